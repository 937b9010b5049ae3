"""The LSTM with two bias vectors, as torch and ONNX keep it: b for the inputs, b_hh for the recurrent part.

Each is added before every activation and each is moved by λδb, so their sum moves by 2λδb: an update of one
bias is no update of two. The equations of lstm.py have one; here they are rewritten, and what b_hh adds.

Of torch's GRU the second bias of the candidate is c of the cell gru-reset-after already; those of the two
gates come to it in a cell of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import BY_ID
from gatewise.cells.known.table import GRU_RESET_AFTER
from gatewise.expression import Add, Call, Expression, Negative, Symbol, rebuild, sigmoid

SECOND = "b_hh"
OF_SECOND = (SECOND, f"d_{SECOND}")


def _second(node: Expression) -> Expression:
    """Return the same expression with b_hh in place of b."""
    if isinstance(node, Symbol) and node.name in ("b", "d_b"):
        return Symbol(f"{node.name}_hh", node.part, node.step, node.entry, node.new)
    return rebuild(node, _second)


def _of_second(id: str, like: str, why: str) -> Equation:
    equation = BY_ID[like]
    left = _second(equation.left)
    assert isinstance(left, Symbol)
    return Equation(id, equation.phase, left, _second(equation.right), why)


SECOND_BIAS = (
    _of_second("G4", "G3", "The second bias was added at every step, too, and has the same gradient."),
    _of_second(
        f"P1[{SECOND}]", "P1[b]", "Each of the two biases is moved, so that their sum moves twice as far."
    ),
)


@lru_cache(maxsize=1 << 12)
def with_two_biases(node: Expression) -> Expression:
    """Return a formula of a gate with both biases in it: W_a·x_t + b_a + U_a·out_{t-1} + b_hh_a."""
    if isinstance(node, Add) and any(_is_gate_bias(term) for term in node.terms):
        terms = node.terms
        if len(terms) == 3 and _is_gate_bias(terms[2]):  # each beside its weights, as torch writes it
            return Add((terms[0], terms[2], terms[1], _second(terms[2])))
        return Add(tuple(part for term in terms for part in _doubled(term)))
    return rebuild(node, with_two_biases)


def _is_gate_bias(node: Expression) -> bool:
    inner = node.argument if isinstance(node, Negative) else node
    return isinstance(inner, Symbol) and inner.name == "b" and bool(inner.part)


def _doubled(term: Expression) -> Iterator[Expression]:
    yield term
    if _is_gate_bias(term):
        yield _second(term)


def _gru_equation(equation: Equation) -> Equation:
    """Return W_r·x_t + b_r + U_r·out_{t-1} + c_r inside the gates r and u; another equation as it is."""
    match equation.right:
        case Call("sigmoid", Add((of_x, of_out, Symbol("b", part) as first))):
            return replace(equation, right=sigmoid(Add((of_x, first, of_out, Symbol("c", part)))))
    return equation


GRU_OF_TORCH = Cell(
    "gru-reset-after, two biases",
    GRU_RESET_AFTER.title,
    GRU_RESET_AFTER.gates,
    GRU_RESET_AFTER.carried,
    {**GRU_RESET_AFTER.parameters, "c": GRU_RESET_AFTER.parameters["b"]},
    tuple(map(_gru_equation, GRU_RESET_AFTER.forward)),
    GRU_RESET_AFTER.source,
    words=GRU_RESET_AFTER.words,
)
"""The GRU with c in all three rows, as torch's bias_hh_l0 has them."""
