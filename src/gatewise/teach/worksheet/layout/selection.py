"""Which steps, units and entries a sheet shows; what it leaves out is always said."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ArgumentError
from gatewise.support.given import brief
from gatewise.teach.worksheet.work.lines import Line

FULL_ROWS = 4  # matrices up to here are substituted in full
RESULT_ROWS = 8  # up to here the result is shown in full
MOST_WANTED = 100_000  # steps or units that are asked for
FEW = 8  # of them that a message repeats
ALL_STEPS = 8  # sequences up to here are shown step by step


@dataclass(frozen=True)
class Selection:
    """The steps and units that are worked out on the sheet."""

    steps: tuple[int, ...]
    units: tuple[int, ...]
    chosen_steps: bool = False  # by the user, so the line budget leaves them alone
    reason: str = ""  # why these steps and units, if not all

    def fewer_steps(self) -> Selection | None:
        """Without the middle one of the steps; None when first and last are all that is left."""
        if self.chosen_steps or len(self.steps) <= 2:
            return None
        middle = len(self.steps) // 2
        kept = self.steps[:middle] + self.steps[middle + 1 :]
        return Selection(kept, self.units, False, "steps chosen to keep within the line budget")


def select(
    name: str,
    values: NDArray[np.float64],
    steps: Sequence[int] | None,
    units: Sequence[int] | None,
) -> Selection:
    """Choose from the values (T, H) of what a cell keeps, of that name; what the user asked for wins."""
    T, H = values.shape
    reasons = []
    if steps is not None:
        chosen = _checked("steps", steps, T)
    elif T <= ALL_STEPS:
        chosen = tuple(range(T))
    else:
        change = np.linalg.norm(np.diff(values, axis=0), axis=1)
        turning = int(np.argmax(change)) + 1
        chosen = tuple(sorted({0, turning, T - 1}))
        reasons.append(f"the first step, the last, and t={turning}, where {_the(name)} changes most")
    if units is not None:
        shown = _checked("units", units, H)
    elif H <= RESULT_ROWS:
        shown = (0,)
    else:
        busiest = int(np.argmax(np.abs(values).max(axis=0)))
        shown = (busiest,)
        reasons.append(f"unit {busiest}, whose {name} is the largest")
    return Selection(chosen, shown, steps is not None, "; ".join(reasons))


def _the(name: str) -> str:
    return "the state" if name == "state" else name


def _checked(name: str, wanted: Sequence[int], count: int) -> tuple[int, ...]:
    try:
        numbers = [operator.index(number) for number in islice(wanted, MOST_WANTED + 1)]
    except Exception:  # noqa: BLE001  # an object's own methods may raise anything
        raise ArgumentError(f"{name}={brief(wanted)}; it must be a list of whole numbers.") from None
    if len(numbers) > MOST_WANTED:
        raise ArgumentError(f"{name} has more than {MOST_WANTED:,} numbers; this sheet has {count} {name}.")
    outside = [number for number in numbers if not 0 <= number < count]
    if outside or not numbers:
        given = ", ".join(map(brief, outside[:FEW])) + ", …" * (len(outside) > FEW) or "none"
        raise ArgumentError(f"{name}: {given} given; this sheet has {name} 0 to {count - 1}.")
    return tuple(sorted(set(numbers)))


def row_count(line: Line) -> int:
    """How many rows count for typography: of stacked quantities those of one gate, H."""
    rows = line.value.shape[0] if line.value.ndim else 1
    return line.working.shapes.units if line.working.shapes.parts_of(line.left) else rows


def column_count(line: Line) -> int:
    return int(line.value.shape[1]) if line.value.ndim == 2 else 1


def entries(line: Line, units: Sequence[int], everything: bool) -> list[tuple[int, ...]]:
    """List the entries of a line to write out one by one: of the units asked for, or up to 8 all of them.

    Of stacked quantities, the unit's row of every gate. Of several columns the first, or up to 8 all.
    """
    rows, columns = row_count(line), column_count(line)
    stacked = line.working.shapes.parts_of(line.left)
    own_units = [unit for unit in units if unit < rows] or [0]
    if everything and rows <= RESULT_ROWS:
        own_units = list(range(rows))
    if stacked:
        H = line.working.shapes.units
        own_rows = [gate * H + unit for unit in own_units for gate in range(len(line.value) // H)]
    else:
        own_rows = own_units
    if line.value.ndim < 2:
        return [(row,) for row in own_rows]
    shown_columns = range(columns) if everything and columns <= RESULT_ROWS else range(1)
    return [(row, column) for row in own_rows for column in shown_columns]
