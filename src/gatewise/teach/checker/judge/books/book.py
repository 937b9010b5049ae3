"""What each quantity is worth, and how sure that is: one value and one radius for each entry.

A Book answers for every symbol: what was entered, else what the equations make of what was entered. Beyond
the sequence's ends values are 0, as in the worked example, unless they were entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.lstm import BY_ID, CARRIED_FACTORS, EQUATIONS, GATES, STACKED, Equation
from gatewise.expression import (
    Call,
    Expression,
    Product,
    Sigma,
    Symbol,
    bind,
    evaluate,
    rebuild,
    terms_of,
    walk,
)
from gatewise.teach.checker.judge.numbers.error_propagation import spread
from gatewise.teach.checker.judge.numbers.sizes import GATE_GRADIENTS, GIVEN, Sizes, at, whole

Values = NDArray[np.float64]
FAR = 20  # steps
FORWARD = {e.left.name: e for e in EQUATIONS if e.phase == "forward"}
BACKWARD = {e.left.name: e for e in EQUATIONS if e.phase == "backward"}
LOSS_AT, LOSS = (e for e in EQUATIONS if e.phase == "loss")
WHOLE = {(e.left.name, e.left.new): e for e in EQUATIONS if e.phase in ("gradients", "update")}


def equation_of(symbol: Symbol) -> Equation | None:
    """The equation that a quantity is found by; None for what is given."""
    if symbol.name == "loss":
        return LOSS_AT if symbol.step else LOSS
    if symbol.step is None:
        return WHOLE.get((symbol.name, symbol.new))
    if symbol.name == "z":
        return FORWARD.get(symbol.part)
    return FORWARD.get(symbol.name) or BACKWARD.get(symbol.name)


@cache
def rule(symbol: Symbol, T: int) -> Expression | None:
    """The right-hand side that a quantity at a step of a sequence of T is found by; None for givens."""
    equation = equation_of(symbol)
    t = symbol.step.offset if symbol.step else None
    if equation is None or not _inside(symbol, T):
        return None
    if equation.left.name == "delta_out":
        assert t is not None
        t += 1
    return right_of(equation, equation.right, t, T, pre=symbol.name == "z")


def right_of(
    equation: Equation, right: Expression, t: int | None, T: int | None, pre: bool = False
) -> Expression:
    """A right-hand side of `equation`, perhaps a wrong one, at t; `pre`: before its activation."""
    if pre and isinstance(right, Call):
        right = right.argument
    return bind(right, t, T)


def _inside(symbol: Symbol, T: int) -> bool:
    if symbol.step is None:
        return True
    t = symbol.step.offset
    if symbol.name == "delta_out":
        return -1 <= t < T - 1
    return 0 <= t < T


@lru_cache(maxsize=8)
def _places(T: int) -> dict[Symbol, int]:
    """The place of every derived quantity in the order of work."""
    return {symbol: place for place, symbol in enumerate(order(T))}


def order(T: int) -> Iterator[Symbol]:
    """Every derived quantity, in the order of work."""
    for t in range(T):
        for gate in GATES:
            yield Symbol("z", part=gate, step=at("z", t).step)
            yield at(gate, t)
        yield at("state", t)
        yield at("out", t)
    for t in range(T):
        yield at("loss", t)
    yield Symbol("loss")
    for t in range(T - 1, -1, -1):
        for name in ("delta", "d_out", "d_state", *GATE_GRADIENTS, "d_x"):
            yield at(name, t)
        yield at("delta_out", t - 1)
    for e in EQUATIONS:
        if e.phase in ("gradients", "update"):
            yield e.left


class Book:
    """Values and radii by quantity. `enter` overwrites; what depends on it is to be entered afterwards."""

    def __init__(self, sizes: Sizes, rounding: float = 0.0) -> None:
        self.sizes = sizes
        self.done = 0  # how far in the order of work everything is worked out
        self.rounding = rounding  # by how much what is not entered was rounded before it was used
        self.values: dict[Symbol, Values] = {}
        self.radii: dict[Symbol, Values] = {}

    def copy(self, rounding: float | None = None) -> Book:
        """An independent book of the same entries."""
        book = Book(self.sizes, self.rounding if rounding is None else rounding)
        book.values, book.radii = dict(self.values), dict(self.radii)
        book.done = self.done
        return book

    def keep(self, symbols: set[Symbol]) -> None:
        """Forget everything but these."""
        self.done = 0
        self.values = {symbol: value for symbol, value in self.values.items() if symbol in symbols}
        self.radii = {symbol: radius for symbol, radius in self.radii.items() if symbol in symbols}

    def enter(self, symbol: Symbol, value: Values, radius: Values | float = 0.0) -> None:
        """Enter a whole quantity."""
        self.values[symbol] = value
        self.radii[symbol] = np.broadcast_to(np.asarray(radius, dtype=np.float64), value.shape)

    def __call__(self, symbol: Symbol) -> Values:
        """The value a symbol has in a formula."""
        return self._gather(symbol, 0)

    def radius(self, symbol: Symbol) -> Values:
        """How far the value of a symbol may lie from the one that was worked with."""
        return self._gather(symbol, 1)

    def _gather(self, symbol: Symbol, which: int) -> Values:
        base = whole(symbol)
        if base.name in ("d_gates", "gates"):
            result = np.concatenate([self._whole(part)[which] for part in _gates_of(base)])
        else:
            result = self._whole(base)[which]
        if symbol.part and symbol.name in STACKED:
            first = GATES.index(symbol.part) * self.sizes.H
            result = result[first : first + self.sizes.H]
        if symbol.entry and result.ndim:
            picked = tuple(slice(None) if place is None else place for place in symbol.entry)
            result = np.asarray(result[picked[: result.ndim]])
        return result

    def _whole(self, base: Symbol) -> tuple[Values, Values]:
        if base not in self.values:
            if self.sizes.T > FAR:
                self._fill_up_to(base)
            if base not in self.values:
                self._fill(base)
        if base.name == "label" and base.step is not None:
            missing = np.isnan(self.values[base])
            if missing.any():  # the unit's own output stands in, so that the difference is 0
                out, radius = self._whole(at("out", base.step.offset))
                return np.where(missing, out, self.values[base]), np.where(missing, radius, self.radii[base])
        return self.values[base], self.radii[base]

    def _fill_up_to(self, base: Symbol) -> None:
        """Work out what comes before `base` first to last, for Python does not go hundreds of steps back."""
        places = _places(self.sizes.T)
        if base not in places or self.done > places[base]:
            return
        symbols = list(places)
        end, start = places[base], self.done
        self.done = end  # what is asked for on the way is not looked for from here again
        for symbol in symbols[start:end]:
            if symbol not in self.values and (base.new or not symbol.new):
                self._fill(symbol)

    def _fill(self, base: Symbol) -> None:
        formula = rule(base, self.sizes.T)
        if formula is None:
            unknown = base.name in GIVEN and _inside(base, self.sizes.T)
            self.enter(base, np.full(self.sizes.shape(base), np.nan if unknown else 0.0))
            return
        shape = self.sizes.shape(base)
        if not self.rounding:  # what was not rounded is exact
            self.enter(base, self.work_out(formula).reshape(shape))
            return
        value, radius = spread(formula, self, self.radius)
        self.enter(base, value.reshape(shape), radius.reshape(shape) + self.rounding)

    def work_out(self, formula: Expression) -> Values:
        """A formula on these values."""
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(formula, self), dtype=np.float64)

    def spread(self, formula: Expression) -> tuple[Values, Values]:
        """A formula on these values, and how far the radii can move it."""
        return spread(formula, self, self.radius)


def uses(formula: Expression) -> Iterator[Symbol]:
    """The quantities a bound formula takes; δgates by its parts."""
    for node in walk(formula):
        if isinstance(node, Sigma):
            for term in terms_of(node):
                yield from uses(term)
        elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
            base = whole(node)
            if base.name == "d_gates":
                yield from _gates_of(base)
            else:
                yield base


@lru_cache(maxsize=1 << 14)
def _gates_of(base: Symbol) -> tuple[Symbol, ...]:
    """The four quantities that δgates_t or gates_t is made of."""
    prefix = "d_" if base.name == "d_gates" else ""
    return tuple(replace(base, name=f"{prefix}{gate}") for gate in GATES)


@lru_cache(maxsize=1 << 12)
def closed(formula: Expression, T: int) -> Expression:
    """The formula with the product δstate_T ⊙ f_T, a boundary value, as one quantity."""
    return rebuild(formula, lambda node: closed(_carried(node, T), T))


def _carried(node: Expression, T: int) -> Expression:
    if isinstance(node, Product) and isinstance(node.factors[0], Symbol):
        entry = node.factors[0].entry
        boundary = tuple(replace(factor, step=at("", T).step, entry=entry) for factor in CARRIED_FACTORS)
        if node.factors == boundary:
            return replace(at("carried", T), entry=entry)
    return node


__all__ = ["BY_ID", "Book", "Values", "closed", "equation_of", "order", "right_of", "rule", "uses"]
