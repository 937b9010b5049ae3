"""The table of lines: values and digits by symbol, and formulas worked out on them.

substitution.py puts digits from here into formulas, lines.py holds one line, working.py enters lines. What a
line must have to stand in the table is `LedgerEntry`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.quantities import JOINED, at
from gatewise.cells.shapes import Shapes
from gatewise.expression import (
    Expression,
    Number,
    Step,
    Symbol,
    bind,
    evaluate,
    evaluate_decimal,
    magnitude,
    walk,
)
from gatewise.teach.worksheet.digits import (
    COLUMN,
    Numbers,
    Rounding,
    Style,
    Ties,
    Values,
    exact,
    quick_texts,
    styles_for,
)
from gatewise.teach.worksheet.work.entries import entry_of


class LedgerEntry(Protocol):
    """What the table must know of a line: its id, its value, and the digits that are displayed of it."""

    @property
    def id(self) -> str: ...

    @property
    def left(self) -> Symbol: ...

    @property
    def value(self) -> Values: ...

    def numbers(self, guard: int = 0) -> Numbers: ...

    def number_at(self, place: tuple[int, ...], guard: int = 0) -> Number: ...


L = TypeVar("L", bound=LedgerEntry)


class Ledger(Generic[L]):
    """The lines of one update step, by symbol, and how they are to be rounded and shown."""

    def __init__(
        self,
        steps: int,
        shapes: Shapes,
        *,
        digits: int,
        rounding: Rounding,
        ties: Ties,
        update: int = 1,
        order: tuple[str, ...] | None = None,
    ) -> None:
        self.steps = steps
        self.shapes = shapes
        self.quantities = shapes.quantities
        # In which the gates' rows are shown; they are kept in the order of the cell.
        self.order = order or self.quantities.gates
        self.digits = digits
        self.rounding = rounding
        self.ties = ties
        self.update = update
        self.lines: list[L] = []
        self._table: dict[Symbol, L] = {}

    def __iter__(self) -> Iterator[L]:
        return iter(self.lines)

    def __getitem__(self, symbol: Symbol) -> L:
        return self._table[symbol]

    def enter(self, line: L) -> L:
        """Enter a line under the symbol on its left side."""
        self.lines.append(line)
        self._table[line.left] = line
        return line

    # Values and digits by symbol --------------------------------------------------------------------------

    def gather(
        self, symbol: Symbol, read: Callable[[L], NDArray[Any]], order: tuple[str, ...] | None = None
    ) -> NDArray[Any]:
        """Return what `read` takes of the line of `symbol`, part and entry cut out, the gates in `order`."""
        out = self.quantities.cell.carried[0]

        def look_up(quantity: Symbol) -> NDArray[Any]:
            line = self._table[quantity]
            values = read(line)
            if quantity.name == "label":
                missing = np.isnan(line.value)
                if missing.any():  # the unit's own output stands in, so that the difference is 0
                    values = np.where(missing, read(self._table[replace(quantity, name=out)]), values)
            return values

        values = self.quantities.gather(symbol, look_up)
        if order is None or symbol.entry or not self.shapes.parts_of(symbol):
            return values
        return self.arranged(values, order)

    def arranged(self, stacked: NDArray[Any], order: tuple[str, ...]) -> NDArray[Any]:
        """Return the rows of all gates with the gates in another order."""
        gates = self.quantities.gates
        if order == gates:
            return stacked
        rows = np.split(stacked, len(gates))
        return np.concatenate([rows[gates.index(gate)] for gate in order])

    def value(self, symbol: Symbol) -> Values:
        return np.asarray(self.gather(symbol, lambda line: line.value))

    def number(self, symbol: Symbol, guard: int) -> Number:
        """One displayed entry of a large quantity, without writing out the rest of it."""
        base = self.quantities.whole(symbol)
        line = self._table[base]
        parts = self.quantities.parts_of(symbol.name)
        first = parts.index(symbol.part) * self.shapes.units if symbol.part and not base.part else 0
        row, *column = symbol.entry
        assert row is not None
        place = (first + row, *(k for k in column if k is not None))
        if symbol.name == "label" and np.isnan(line.value[place]):
            return self.number(replace(symbol, name=self.quantities.cell.carried[0]), guard)
        return line.number_at(place, guard)

    # Formulas on the lines -------------------------------------------------------------------------------

    def evaluate(self, formula: Expression) -> Values:
        """Evaluate a bound formula on the values of the lines."""
        return np.asarray(evaluate(self.closed(formula), self.value), dtype=np.float64)

    def evaluate_exactly(self, formula: Expression) -> NDArray[Any]:
        """Evaluate a bound formula on the lines: by hand in decimal arithmetic, else in float64."""
        return self.exactly(formula) if self.rounding == "hand" else self.evaluate(formula)

    def exactly(self, formula: Expression) -> NDArray[Any]:
        """Evaluate a bound formula in decimal arithmetic, on the decimals that the values stand for."""
        return np.asarray(evaluate_decimal(self.closed(formula), self._decimal_value))

    def magnitude(self, formula: Expression) -> Values:
        """How large the terms are that a bound formula adds up, on the values of the lines."""
        return np.asarray(magnitude(self.closed(formula), self.value), dtype=np.float64)

    def _decimal_value(self, symbol: Symbol) -> Any:
        value = self.value(symbol)
        return np.vectorize(exact, otypes=[object])(value) if value.ndim else exact(float(value))

    def closed(self, formula: Expression) -> Expression:
        """Put the boundary value in place of terms like δstate_T ⊙ f_T."""
        return self.quantities.closed(formula, self.steps)

    def ids_in(self, formula: Expression) -> Iterator[str]:
        """Yield the ids of the lines that a formula names, in reading order."""
        return (self._table[symbol].id for symbol in self.quantities.operands_of(self.closed(formula)))

    def source_of(self, symbol: Symbol) -> str:
        """Return the id of the line that a symbol's value stands on, "" for one that is bound to no step.

        δgates_t has a row of that name, for it is put together of four lines.
        """
        base = self.quantities.whole(symbol)
        if base.step is not None and base.step.base:
            return ""
        again = f"#{self.update}" if self.update > 1 else ""
        if base.name in JOINED and base.step is not None:
            return f"{base.name}@t={base.step.offset}{again}"
        line = self._table.get(base) or self._table.get(self._boundary_of(base))
        made_of = self.quantities.made_of(base)
        if line is None and len(made_of) > 1:
            return f"{base.name}{again}"
        line = line or (self._table.get(made_of[0]) if made_of else None)
        return line.id if line is not None else ""

    def _boundary_of(self, base: Symbol) -> Symbol:
        """Return the boundary value that a quantity of step T is part of; itself, of another step."""
        return self._boundaries.get(base, base)

    @cached_property
    def _boundaries(self) -> dict[Symbol, Symbol]:
        known = self.quantities
        return {
            leaf: at(known.boundary_of(name), self.steps)
            for name, terms in known.carried.items()
            for term in terms
            for leaf in walk(bind(term, self.steps - 1))
            if isinstance(leaf, Symbol) and leaf.step == Step("", self.steps)
        }

    # Written by hand --------------------------------------------------------------------------------------

    def written(self, formula: Expression) -> NDArray[Any]:
        """Evaluate the formula in decimal arithmetic, rounded and written entry by entry.

        Floating point does the work; decimal arithmetic decides wherever it could round differently.
        """
        value = self.evaluate(formula)
        sizes = np.broadcast_to(self.magnitude(formula), value.shape)
        if value.size > COLUMN:
            texts = quick_texts(value, self.digits, self.ties, sizes)
            for place in np.argwhere(texts == "").tolist():
                texts[tuple(place)] = self._entry_written(formula, tuple(place), value, sizes)
            return texts
        return self._written_together(formula, value.ravel().tolist(), sizes.ravel().tolist()).reshape(
            value.shape
        )

    def _entry_written(
        self, formula: Expression, place: tuple[int, ...], value: Values, sizes: Values
    ) -> str:
        """One entry of a large quantity, alone; in decimal arithmetic where that could matter."""
        entry = entry_of(formula, place, self.shapes)
        return str(self._written_together(entry, [float(value[place])], [float(sizes[place])])[0])

    def _written_together(self, formula: Expression, flat: list[Any], sizes: list[float]) -> NDArray[Any]:
        """Values that share a style, written."""
        fixed, styles = Style(self.digits, ties=self.ties), styles_for(flat, self.digits, self.ties)
        if any(
            style.doubtful(entry, size) or fixed.doubtful(entry, size)
            for entry, size, style in zip(flat, sizes, styles, strict=True)
        ):
            flat = np.ravel(self.exactly(formula)).tolist()
            styles = styles_for(flat, self.digits, self.ties)
        texts = np.empty(len(flat), dtype=object)
        texts[:] = [style.write(exact(entry)) for style, entry in zip(styles, flat, strict=True)]
        return texts
