"""What each quantity is worth, and how sure that is: one value and one radius for each entry.

A Book answers for every symbol: what was entered, else what the equations make of what was entered. Beyond
the sequence's ends values are 0, as in the worked example, unless they were entered.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.known.two_biases import SECOND
from gatewise.cells.quantities import Quantities, at
from gatewise.expression import Expression, Symbol, evaluate
from gatewise.teach.checker.judge.numbers.error_propagation import spread
from gatewise.teach.checker.judge.numbers.sizes import Sizes

Values = NDArray[np.float64]
FAR = 20  # steps


@lru_cache(maxsize=8)
def _places(T: int, quantities: Quantities) -> dict[Symbol, int]:
    """Return the place of every derived quantity in the order of work."""
    return {symbol: place for place, symbol in enumerate(quantities.derived_quantities(T))}


class Book:
    """Values and radii by quantity. `enter` overwrites; what depends on it is to be entered afterwards."""

    def __init__(self, sizes: Sizes, rounding: float = 0.0) -> None:
        self.sizes = sizes
        self.done = 0  # how far in the order of work everything is worked out
        self.labelled = False  # whether any label is given
        self.rounding = rounding  # by how much what is not entered was rounded before it was used
        self.values: dict[Symbol, Values] = {}
        self.radii: dict[Symbol, Values] = {}

    def copy(self, rounding: float | None = None) -> Book:
        """Return an independent book of the same entries."""
        book = Book(self.sizes, self.rounding if rounding is None else rounding)
        book.values, book.radii = dict(self.values), dict(self.radii)
        book.done, book.labelled = self.done, self.labelled
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
        self.labelled = self.labelled or (symbol.name == "label" and bool(np.isfinite(value).any()))

    def __call__(self, symbol: Symbol) -> Values:
        """Return the value that a symbol has in a formula."""
        return self._gather(symbol, 0)

    def radius(self, symbol: Symbol) -> Values:
        """How far the value of a symbol may lie from the one that was worked with."""
        return self._gather(symbol, 1)

    def _gather(self, symbol: Symbol, which: int) -> Values:
        return self.sizes.quantities.gather(symbol, lambda quantity: self._whole(quantity)[which])

    def _whole(self, base: Symbol) -> tuple[Values, Values]:
        if base not in self.values:
            if self.sizes.T > FAR:
                self._fill_up_to(base)
            if base not in self.values:
                self._fill(base)
        if base.name == "label" and base.step is not None:
            missing = np.isnan(self.values[base])
            if missing.any() and self.labelled:  # the unit's own output stands in: the difference is 0
                out, radius = self._whole(at("out", base.step.offset))
                return np.where(missing, out, self.values[base]), np.where(missing, radius, self.radii[base])
        return self.values[base], self.radii[base]

    def _fill_up_to(self, base: Symbol) -> None:
        """Work out what comes before `base` first to last, for Python does not go hundreds of steps back."""
        places = _places(self.sizes.T, self.sizes.quantities)
        if base not in places or self.done > places[base]:
            return
        symbols = list(places)
        end, start = places[base], self.done
        self.done = end  # what is asked for on the way is not looked for from here again
        for symbol in symbols[start:end]:
            if symbol not in self.values and (base.new or not symbol.new):
                self._fill(symbol)

    def _fill(self, base: Symbol) -> None:
        formula, known = self.sizes.rule(base), self.sizes.quantities
        if formula is None:
            unknown = base.name in known.given and base.name != SECOND and known.is_inside(base, self.sizes.T)
            self.enter(base, np.full(self.sizes.shape(base), np.nan if unknown else 0.0))
            return
        shape = self.sizes.shape(base)
        if not self.rounding:  # what was not rounded is exact
            self.enter(base, self.work_out(formula).reshape(shape))
            return
        value, radius = spread(formula, self, self.radius)
        self.enter(base, value.reshape(shape), radius.reshape(shape) + self.rounding)

    def work_out(self, formula: Expression) -> Values:
        """Evaluate a formula on these values."""
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(formula, self), dtype=np.float64)

    def spread(self, formula: Expression) -> tuple[Values, Values]:
        """Evaluate a formula on these values, and say how far the radii can move it."""
        return spread(formula, self, self.radius)
