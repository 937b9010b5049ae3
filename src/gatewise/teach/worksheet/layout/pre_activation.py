"""z: what stands inside tanh or σ of a gate, worked out in rows of its own, and the gate's row that takes it.

Coarser sheets have no z: a gate is then worked in one row, all that is inside its function put in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gatewise.expression import Call, Expression, Number, Symbol
from gatewise.teach.worksheet.digits import Numbers, Style, tree
from gatewise.teach.worksheet.work.entries import entry_id, entry_of
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.substitution import settle, settle_side, taken


def has_pre_activation(line: Line) -> bool:
    return line.left.name in line.working.quantities.gates and isinstance(line.formula, Call)


class PreActivation:
    """The z of one gate's line; `entry` is a unit of it."""

    def __init__(self, line: Line) -> None:
        assert isinstance(line.formula, Call)
        self.line = line
        self.function, self.formula = line.formula.function, line.formula.argument
        self.left = Symbol("z", part=line.left.name, step=line.left.step)
        self._texts: dict[tuple[int, ...], str] = {}

    @property
    def id(self) -> str:
        """Name its rows: F1[z]@t=0."""
        assert self.line.equation is not None
        return self.line.id.replace(self.line.equation.id, f"{self.line.equation.id}[z]", 1)

    def formula_of(self, entry: tuple[int, ...]) -> Expression:
        return entry_of(self.formula, entry, self.line.working.shapes)

    def number(self, entry: tuple[int, ...], guard: int = 0) -> Number:
        """One displayed entry; by hand, too, with guard digits: z goes from one key to the next."""
        working = self.line.working
        if entry not in self._texts:
            self._texts[entry] = str(working.written(self.formula_of(entry)))
        text = self._texts[entry]
        if not guard:
            return Number(text)
        value: Any = working.evaluate_exactly(self.formula_of(entry))[()]
        return self._style(text).number(value if working.rounding == "hand" else float(value), guard)

    def numbers(self, guard: int = 0) -> Numbers:
        """All displayed entries."""
        result = np.empty(self.line.value.shape, dtype=object)
        for place in np.ndindex(result.shape):
            result[place] = self.number(place, guard)
        return result

    def sides(self, entry: tuple[int, ...]) -> tuple[tuple[Expression, Expression, Number], bool]:
        """Return the sides of z's row at an entry, product by product, and whether they work out."""
        formula, number = self.formula_of(entry), self.number(entry)
        result = np.array([number], dtype=object)
        substituted, fine = settle(self.line.working, formula, result, [self._style(number.text)])
        return (formula, substituted, number), fine

    def sides_of_gate(
        self, entry: tuple[int, ...] | None
    ) -> tuple[tuple[Expression, Expression, Expression], bool]:
        """Return the sides of the gate's row, whole or at an entry, and whether they work out."""
        line = self.line
        left = self.left if entry is None else self.at(entry)
        source = self.id if entry is None else entry_id(self.id, line.left, entry, line.working.shapes)
        if entry is None:
            result, styles, shown = line.numbers(), line.arranged_styles, line.shown
        else:
            number = line.number_at(entry)
            result, styles, shown = np.array([number], dtype=object), [line.style_at(entry)], number

        def put(guard: int) -> Expression:
            inner = tree(self.numbers(guard)) if entry is None else self.number(entry, guard)
            return Call(self.function, taken(inner, source))

        substituted, fine = settle_side(line.working, put, result, styles)
        return (Call(self.function, replace(left, source=source)), substituted, shown), fine

    def at(self, entry: tuple[int, ...]) -> Symbol:
        """Name z, or an entry of it where there are several units."""
        return Symbol("z", self.left.part, self.left.step, entry if self.line.value.size > 1 else ())

    def _style(self, text: str) -> Style:
        return Style(self.line.working.digits, "e" in text, self.line.working.ties)
