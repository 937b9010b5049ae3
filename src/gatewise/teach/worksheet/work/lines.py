"""One line of a sheet: a named quantity, how it was found, and its digits.

ledger.py is the table that a line takes values from; substitution.py makes the substituted sides.
Which lines are shown, and how much of them, is decided in layout.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.equation import Equation
from gatewise.expression import Expression, Number, Symbol, text
from gatewise.expression import ascii as ascii_text
from gatewise.support.reprs import short_repr
from gatewise.teach.worksheet.digits import (
    COLUMN,
    DOUBT,
    Numbers,
    Style,
    Values,
    as_given,
    quick_texts,
    style_for,
    tree,
)
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.substitution import count_numbers, settle

Styles = NDArray[Any]  # an object array of Style
_SUBSTITUTE_LIMIT = 600  # numbers in a substituted side; beyond it, only single entries are written out


@dataclass(frozen=True, eq=False)
class Line:
    """One quantity of the sheet and how it was found.

    `value` is float64, () for a number, (n,) for a vector, (rows, columns) for a matrix. `formula` is bound
    to its time step, and None for what was given; `texts` are digits as the user wrote them or, by hand, as
    they were rounded.
    """

    id: str
    phase: str
    t: int | None
    left: Symbol
    value: Values
    working: Ledger[Line] = field(repr=False)
    formula: Expression | None = None
    equation: Equation | None = None
    note: str = ""
    uses_given: tuple[str, ...] = ()
    texts: NDArray[Any] | None = field(default=None, repr=False)
    _numbers: dict[int, Numbers] = field(default_factory=dict, init=False, repr=False)  # by guard digits

    def __str__(self) -> str:
        """Write the line as it is worked: left = formula, = substituted, = result, aligned."""
        left = text(self.left)
        sides = [side for side in (self.formula, self.substituted, self.shown) if side is not None]
        below = "\n" + " " * (len(left) + 1)
        return f"{left} " + below.join(f"= {text(side)}" for side in sides)

    @property
    def symbol(self) -> str:
        """The ASCII name: d_state, W_new."""
        return self.left.name + ("_new" if self.left.new else "")

    @property
    def given(self) -> bool:
        return self.formula is None

    def settle_styles(self) -> None:
        """Choose the styles now: they depend on those of the lines that this one uses, and they on others."""
        _ = self.styles

    @cached_property
    def styles(self) -> Styles:
        """Decimals or significant digits, entry by entry, but only as many as float64 has.

        Where 1 − a² loses digits because a is nearly 1, the engine's value has fewer than are asked for,
        and showing them would make a line that does not work out.
        """
        styles = self._usual_styles()
        if self.by_hand or self._too_long:
            return styles
        strained = self._strained(styles)
        if not strained.any() or self._settled(styles)[1]:
            return styles
        for digits in range(self.working.digits, 0, -1):
            fewer = styles.copy()
            for place in map(tuple, np.argwhere(strained).tolist()):
                fewer[place] = replace(styles[place], digits=digits, significant=True)
            if self._settled(fewer)[1]:
                return fewer
        return styles

    def _usual_styles(self) -> Styles:
        styles = np.empty(self.value.shape, dtype=object)
        if self.value.size > COLUMN:  # there are too many to look at each; `style_at` does where it is shown
            styles[...] = Style(self.working.digits, ties=self.working.ties)
            return styles
        for place in np.ndindex(self.value.shape):
            styles[place] = self._style_for(place)
        return styles

    def _strained(self, styles: Styles) -> NDArray[np.bool_]:
        """Tell for which entries rounding errors come near the last digit that is shown."""
        assert self.formula is not None
        terms = self.working.magnitude(self.formula)
        terms = terms.reshape(self.value.shape) if terms.size == self.value.size else terms
        units = np.empty(self.value.shape)
        for place in np.ndindex(self.value.shape):
            style: Any = styles[place]
            units[place] = style.unit(float(self.value[place]))
        return np.asarray(10 * DOUBT * terms > units)

    def style_at(self, place: tuple[int, ...]) -> Style:
        """Return the style of one entry."""
        if self.value.size > COLUMN:
            return self._style_for(place)
        style: Style = self.styles[place]
        return style

    @property
    def by_hand(self) -> bool:
        """Whether the value was worked out by hand, so that its texts are what there is."""
        return self.working.rounding == "hand" and not self.given

    def _style_for(self, place: tuple[int, ...]) -> Style:
        if self.by_hand:
            assert self.texts is not None
            return Style(self.working.digits, "e" in str(self.texts[place]), self.working.ties)
        value = float(self.value[place])
        return style_for([value] if np.isfinite(value) else [], self.working.digits, self.working.ties)

    @cached_property
    def _too_long(self) -> bool:
        if self.formula is None or self.value.size > COLUMN:
            return True
        return count_numbers(self.working, self.formula) > _SUBSTITUTE_LIMIT

    def _settled(self, styles: Styles) -> tuple[Expression, bool]:
        assert self.formula is not None
        written = self._arranged(self._written(0, styles))
        return settle(self.working, self.formula, written, self._arranged(styles).ravel().tolist())

    @property
    def arranged_styles(self) -> list[Style]:
        """The styles of the entries in the order in which they are shown."""
        styles: list[Style] = self._arranged(self.styles).ravel().tolist()
        return styles

    def numbers(self, guard: int = 0) -> Numbers:
        """Return the displayed value, entry by entry, with `guard` more digits where it has them."""
        guard = 0 if self.working.rounding == "hand" else guard
        if guard not in self._numbers:
            self._numbers[guard] = self._written(guard)
        return self._numbers[guard]

    def _written(self, guard: int, styles: Styles | None = None) -> Numbers:
        result = np.empty(self.value.shape, dtype=object)
        texts = np.full(self.value.shape, "", dtype=object)
        if self.value.size > COLUMN and self.texts is None and not self.given and not guard:
            texts = quick_texts(self.value, self.working.digits, self.working.ties)
        for place in np.ndindex(self.value.shape):
            style: Any = None if styles is None else styles[place]
            result[place] = Number(str(texts[place])) if texts[place] else self.number_at(place, guard, style)
        return result

    def number_at(self, place: tuple[int, ...], guard: int = 0, style: Style | None = None) -> Number:
        """One displayed entry."""
        value = float(self.value[place])
        if np.isnan(value):
            return Number("missing")
        text = self.texts[place] if self.texts is not None else None
        if text is not None:
            return Number(str(text))
        own = as_given(value, self.working.digits) if self.given else None
        return own or (style or self.style_at(place)).number(value, guard)

    @cached_property
    def arranged(self) -> Numbers:
        """The displayed value, stacked rows in the order in which they are shown."""
        return self._arranged(self.numbers())

    def _arranged(self, numbers: Numbers) -> Numbers:
        stacked = self.working.shapes.parts_of(self.left) == self.working.quantities.gates
        return self.working.arranged(numbers, self.working.order) if stacked else numbers

    @cached_property
    def shown(self) -> Expression:
        """The displayed value as a tree."""
        return tree(self.arranged)

    @property
    def displayed(self) -> list[str]:
        """The displayed value as ASCII strings, row by row."""
        return [ascii_text(number) for number in self.numbers().ravel().tolist()]

    @cached_property
    def substituted(self) -> Expression | None:
        """The formula with displayed values put in; None for a given, or where it would fill pages."""
        return None if self._too_long else self._work[0]

    @property
    def reproduces(self) -> bool:
        """Whether the substituted side, worked out as displayed, gives the displayed result."""
        return not self._too_long and self._work[1]

    @cached_property
    def _work(self) -> tuple[Expression, bool]:
        return self._settled(self.styles)

    @cached_property
    def uses(self) -> tuple[str, ...]:
        """The ids of the lines whose values the formula takes."""
        if self.formula is None:
            return self.uses_given
        return tuple(dict.fromkeys(self.working.ids_in(self.formula)))

    def __repr__(self) -> str:
        return short_repr(self, self.id, self.symbol, value=self.value)
