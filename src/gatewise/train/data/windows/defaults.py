"""How far to look back and ahead where nobody says: by the time step, and by how many rows there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.train.data.prepare.splits import PARTS, Range, split_rows
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.steps import TimeStep

ENOUGH = 20  # windows of all series in a part: then it may have one of each, as in metrics_text.FEW
HORIZON = 24
SHARE = 0.75  # of the rows of a part, in stretches that have room for a window
WINDOW = 168  # a week of hours; also where rows have no time, or uneven ones
# The most days of a step, and the window up to there: rows that show a cycle or two of such data.
WINDOWS = (
    (0.9, WINDOW),  # hours and less
    (3.0, 28),  # days: four weeks
    (20.0, 52),  # weeks: a year
    (60.0, 24),  # months: two years
    (120.0, 12),  # quarters: three years
    (float("inf"), 8),  # years
)


HORIZONS = (
    (0.9, 24),  # hours and less: a day of hours
    (3.0, 7),  # days: a week
    (20.0, 4),  # weeks: a month
    (60.0, 12),  # months: a year
    (120.0, 4),  # quarters: a year
)
ELSE = 12  # years, and rows without a time


def usual_horizon(step: TimeStep, *, by_step: bool) -> int:
    """Return how many rows ahead are forecast where nobody says: by the time step, or always as many."""
    if not by_step:
        return HORIZON
    return next((rows for most, rows in HORIZONS if step.day is not None and step.day <= most), ELSE)


def default_lengths(
    dataset: Dataset, *, by_step: bool, horizon: int | None, skip: int, split: str, validation: float | str,
    test: float | str, seed: int,
) -> tuple[int, int]:  # fmt: skip
    """Return a window and a horizon that these data have room for.

    Parameters
    ----------
    by_step : bool
        Whether the time step decides about the horizon, too; else it is 24.
    horizon : int or None
        What was asked for; None where it is to be found, 0 where nothing ahead is predicted.
    skip : int
        Rows of the window that the head reads; it has at least as many.
    split, validation, test, seed
        As for `Windows.fit`.
    """
    parts = split_rows(dataset, split, validation, test, seed, whole=False)
    ranges = [[part[place] for part in parts] for place in range(len(PARTS))]
    train, *later = (_usual_rows(each) for each in ranges)
    usual = usual_horizon(dataset.step, by_step=by_step)
    # Labels lie within their part, which is to have several windows, not one: of one series, or of many.
    many = by_step and all(_windows(each, usual) >= ENOUGH for each in ranges[1:] if _usual_rows(each))
    many &= all(rows >= usual for rows in later if rows)
    longest = min(usual, train // 4, *(rows if many else rows // 2 for rows in later if rows))
    ahead = max(longest, 1) if horizon is None else horizon
    room = max((train - ahead) // 2, 1)
    return max(min(_usual_window(dataset.step), room), skip), ahead


def shortened(dataset: Dataset, window: int | None, horizon: int | None, *, by_step: bool) -> list[str]:
    """Say which of the lengths found, None where they were given, had to be shorter than usual."""
    most_ahead = usual_horizon(dataset.step, by_step=by_step)
    usual = {"window": (window, _usual_window(dataset.step)), "horizon": (horizon, most_ahead)}
    short = {name: (here, most) for name, (here, most) in usual.items() if here is not None and here < most}
    if not short:
        return []
    are = " and ".join(f"{name} {here} (else {most})" for name, (here, most) in short.items())
    named = " and ".join(f"--{name}" for name in short)
    why = ""
    if "horizon" in short:
        why = ", validation and test for several forecasts each; an earlier --validation or --test gives more"
    return [f"{are}: as long as the rows in one stretch have room for{why}; {named} to choose"]


def _windows(ranges: Sequence[Range], ahead: int) -> int:
    """Return how many windows with a horizon lie in some rows, all series together."""
    return sum(max(end - first - ahead + 1, 0) for first, end in ranges)


def _usual_rows(ranges: Sequence[Range]) -> int:
    """Return how long the stretches are at least that hold three of four rows; 0 if there is none.

    By rows, not by stretches: what lies between two gaps may be a few rows, which no window has to fit in.
    """
    rows = sorted((int(end - first) for first, end in ranges if end > first), reverse=True)
    held = np.cumsum(rows)
    return rows[int(np.searchsorted(held, SHARE * held[-1]))] if rows else 0


def _usual_window(step: TimeStep) -> int:
    if step.day is None:
        return WINDOW
    return next(window for most, window in WINDOWS if step.day <= most)
