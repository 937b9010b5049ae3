"""A formula of a cell as ONNX nodes: the tree is walked as the reference engine walks it, step for step.

Vectors are rows (N, H), so that W·x is MatMul(x, Wᵀ).
"""

from __future__ import annotations

from collections.abc import Callable

from gatewise.errors import ConvertError
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    Transpose,
)
from gatewise.onnx.writing.functions import Numbers, called

Values = Callable[[Symbol], str]
Products = Callable[[Expression, Expression], str]


def written(node: Expression, to: Numbers, value: Values, dot: Products) -> str:
    """Add the nodes of a formula, and return the name of what it is worth.

    Parameters
    ----------
    value : callable
        The name of what a symbol stands for: a quantity of this step or the one before, a parameter.
    dot : callable
        The name of a matrix times a column.

    Raises
    ------
    ConvertError
        If there is something in it that ONNX has no nodes for.
    """

    def of(part: Expression) -> str:
        return written(part, to, value, dot)

    match node:
        case Number(text):
            return to.number(float(text))
        case Symbol():
            return value(node)
        case Add(terms):
            total = of(terms[0])
            for term in terms[1:]:
                if isinstance(term, Negative):
                    total = to("Sub", total, of(term.argument))
                else:
                    total = to("Add", total, of(term))
            return total
        case Negative(argument):
            return to("Neg", of(argument))
        case Product("dot", (matrix, column)):
            return dot(matrix, column)
        case Product("hadamard" | "times", factors):
            total = of(factors[0])
            for factor in factors[1:]:
                total = to("Mul", total, of(factor))
            return total
        case Quotient(top, bottom):
            return to("Div", of(top), of(bottom))
        case Power(base, 2):
            once = of(base)
            return to("Mul", once, once)
        case Power(base, exponent):
            return to("Pow", of(base), float(exponent))
        case Call(function, argument):
            return called(to, function, of(argument))
        case Transpose(argument):
            return to.graph.add("Transpose", of(argument), perm=[1, 0])
    raise ConvertError(f"{type(node).__name__} in an equation has no form in ONNX.")
