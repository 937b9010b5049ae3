"""The uses of quantities in forward equations, as ways on which they reach the loss.

A way is kept by its steps: whose δ it begins with, what that is multiplied by, through which matrix it goes
back, with which sign, and whether it comes from step t+1. derive.py makes formulas of them, sentences.py
sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gatewise.cells.equation import Equation
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Step,
    Symbol,
    product,
    times,
    walk,
    with_symbols,
)
from gatewise.expression.functions import FUNCTIONS, numbered


@dataclass(frozen=True)
class Way:
    """One use of a quantity or a parameter, as a way from the loss back to it.

    Attributes
    ----------
    by : Equation
        The equation in which it is used.
    symbol : Symbol
        What is used, with its step and part.
    factors : tuple of Expression
        What the δ of that equation's left side is multiplied by, element by element.
    matrix : Symbol or None
        The matrix that multiplies it; δ is multiplied by its transpose.
    column : Symbol or None
        Of a matrix: what it multiplies.
    negative : bool
        Whether it is subtracted.
    """

    by: Equation
    symbol: Symbol
    factors: tuple[Expression, ...] = ()
    matrix: Symbol | None = None
    column: Symbol | None = None
    negative: bool = False

    @property
    def user(self) -> str:
        """The name of the quantity that it is used for."""
        return self.by.left.name

    @property
    def later(self) -> bool:
        """Whether what is used at step t belongs to step t-1."""
        return self.symbol.step is not None and self.symbol.step.offset < 0


class Unnamed(Exception):
    """A part of a formula must have a name of its own before its derivative can be written."""

    def __init__(self, part: Expression) -> None:
        super().__init__(part)
        self.part = part


def at_t(name: str) -> Symbol:
    """Name a quantity at step t."""
    return Symbol(name, step=Step())


def d(name: str, part: str = "") -> Symbol:
    """Name the δ of a quantity, or of a parameter."""
    return Symbol(f"d_{name}", part=part)


def functions_in(node: Expression) -> tuple[tuple[str, ...], Expression]:
    """Take the functions off that stand around a formula: one, and any clips around it and inside it."""
    found: list[str] = []
    while isinstance(node, Call) and (numbered(node.function) or all(map(numbered, found))):
        found.append(node.function)
        node = node.argument
    return tuple(found), node


def functions_before(equation: Equation, gates: Sequence[str]) -> tuple[tuple[str, ...], Expression]:
    """Return the functions before which a quantity's δ is taken, and what they are applied to.

    Those of a gate are its activation and its clips; of what is no gate, clips alone around its right side.
    """
    found, inner = functions_in(equation.right)
    if equation.left.name in gates or all(map(numbered, found)):
        return found, inner
    return (), equation.right


def ways_of(equation: Equation, gates: Sequence[str]) -> Iterator[Way]:
    """Yield the uses in one equation, in reading order.

    Raises
    ------
    Unnamed
        If a product that is multiplied once more has no name.
    """
    before, inner = functions_before(equation, gates)
    if before or not isinstance(equation.right, Call):
        yield from _down(inner, Way(equation, equation.left))
    else:  # the function's own value has a name
        found, inner = functions_in(equation.right)
        yield from _down(inner, Way(equation, equation.left, slope_of(found, equation.left)))


def _down(node: Expression, way: Way) -> Iterator[Way]:
    match node:
        case Symbol():
            yield replace(way, symbol=node)
        case Number():
            return
        case Add(terms):
            for term in terms:
                yield from _down(term, way)
        case Negative(argument):
            yield from _down(argument, replace(way, negative=not way.negative))
        case Product("dot", (matrix, column)):
            if way.factors:
                raise Unnamed(node)
            if not isinstance(column, Symbol):
                raise Unnamed(column)
            assert isinstance(matrix, Symbol)
            yield replace(way, symbol=matrix, column=column)
            yield replace(way, symbol=column, matrix=matrix)
        case Product("hadamard" | "times", factors):
            for place, factor in enumerate(factors):
                beside = (*factors[:place], *factors[place + 1 :])
                yield from _down(factor, replace(way, factors=(*way.factors, *beside)))
        case Quotient(top, bottom):
            yield from _down(top, replace(way, factors=(*way.factors, Quotient(Number("1"), bottom))))
            if not isinstance(bottom, Number):
                turned = Quotient(top, bottom**2)
                yield from _down(
                    bottom, replace(way, factors=(*way.factors, turned), negative=not way.negative)
                )
        case Power(base, exponent):
            raised = base if exponent == 2 else base ** (exponent - 1)
            slope = times(Number(str(exponent)), raised)
            yield from _down(base, replace(way, factors=(*way.factors, slope)))
        case Call(function, argument):
            # Between its limits a clip changes nothing: its argument tells as well as its value.
            value = argument if numbered(function) else node
            inner = slope_of((function,), value)
            yield from _down(argument, replace(way, factors=(*way.factors, *inner)))


def slope_of(functions: Sequence[str], value: Expression) -> tuple[Expression, ...]:
    """Return the slope of functions around one another as factors, written in the value of all of them.

    All but one are clips. Where a clip around a function is between its limits, its value is the function's;
    a clip inside of it is between its limits where the function's value is between those of them.
    """
    factors: list[Expression] = []
    clips: list[Expression] = []
    around = ""
    for name in functions:
        if found := numbered(name):
            inner = f"{around}, {found.number}" if around else found.number
            clips.append(Call(f"between({inner})", value))
            continue
        around, slope = name, FUNCTIONS[name].slope
        assert slope is not None
        factors += slope(value)
    return (*factors, *clips)


def shifted(node: Expression) -> Expression:
    """Return a formula of step t at step t+1."""
    return with_symbols(node, lambda symbol: symbol if symbol.step is None else symbol.next)


def multiplied(first: Expression, factors: Iterable[Expression]) -> Expression:
    """Return first ⊙ factors; numbers and a sign of `first` stand before all."""
    if isinstance(first, Negative):
        return Negative(multiplied(first.argument, factors))
    factors = tuple(factors)
    others = [factor for factor in factors if not isinstance(factor, Number)]
    whole = product("hadamard", first, *others) if others else first
    for factor in factors:
        if isinstance(factor, Number):
            whole = times(factor, whole)
    return whole


def signed(negative: bool, node: Expression) -> Expression:
    """Return a formula, or the same with a minus before it."""
    return Negative(node) if negative else node


def joined(ways: Sequence[Way]) -> tuple[Expression, ...]:
    """Return what ways that begin with the same δ multiply it by: the factors of one, the sum of several."""
    if len(ways) == 1:
        return ways[0].factors
    parts = [
        signed(way.negative, multiplied(way.factors[0], way.factors[1:]) if way.factors else Number("1"))
        for way in ways
    ]
    parts.sort(key=lambda part: isinstance(part, Negative))  # a sum that begins with a minus reads badly
    return (Add(tuple(parts)),)


def symbols_in(node: Expression) -> Iterator[Symbol]:
    """Go through the symbols of a formula."""
    return (each for each in walk(node) if isinstance(each, Symbol))
