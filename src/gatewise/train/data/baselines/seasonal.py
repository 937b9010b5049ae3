"""The seasonal baseline: the value one period before, and how its period is found."""

from __future__ import annotations

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.windows.windows import Windows

TRIED = 2000  # training windows that choose the period
LEAST_KNOWN = 0.5  # of the values one period before; with fewer, it would be the last value by another name
LEAST_CORRELATION = 0.3  # of changes one period apart, where the time names no period


def seasonal(windows: Windows, numbers: IntArray, period: int) -> FloatArray | None:
    """Return the values whole periods before, (N, horizon, K); where there is none, the last value.

    None if most of them are not there: the series do not reach back so far.
    """
    known = ~np.isnan(windows.values_before(numbers, period))
    return windows.season_values(numbers, period) if known.mean() >= LEAST_KNOWN else None


def find_period(windows: Windows) -> int | None:
    """Return the period whose forecasts are best on training windows; None if the data show none."""
    numbers = windows.train
    numbers = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), TRIED)).astype(int)]
    candidates = find_periods(windows)
    if not candidates:
        return None
    truth = windows.truth(numbers)
    said = {period: seasonal(windows, numbers, period) for period in candidates}
    errors = {
        period: np.nanmean(np.abs(values - truth)) for period, values in said.items() if values is not None
    }
    return min(errors, key=lambda period: errors[period], default=None)


def find_periods(windows: Windows) -> list[int]:
    """Return the periods that training has seen twice, by the clock or else by correlation."""
    dataset = windows.dataset
    if dataset.step.day is None or dataset.time is None or dataset.time.dtype.kind != "M":
        return _by_correlation(windows)
    longest = int(windows.train[-1] - windows.train[0]) // 2
    return [period for period in _by_the_clock(windows) if period <= longest]


def _by_the_clock(windows: Windows) -> list[int]:
    """Return the rows of a day, a week, a year, where they are whole."""
    step = windows.dataset.step
    if step.kind == "month":
        return [int(12 // step.size)] if 12 % step.size == 0 and step.size < 12 else []
    if step.kind == "weekday":
        return [5]
    if step.day is None:
        return []
    rows = [days / step.day for days in (1, 7, 365)]
    return [round(number) for number in rows if number >= 2 and abs(number - round(number)) < 1e-9]


def _by_correlation(windows: Windows) -> list[int]:
    """Return the lag at which the changes of the first target are most alike, if they are."""
    first, last = int(windows.train[0]), int(windows.train[-1])
    rows = np.arange(first, min(last, first + (1 << 17)) + 1)
    y = windows.targets_at(rows[:, np.newaxis], windows.stretch_of(rows))[:, 0, 0]
    change = np.nan_to_num(np.diff(y))
    change = change - change.mean()
    most = min(len(change) // 3, 1000)
    if most < 3 or not change.any():
        return []
    size = 1 << (2 * len(change) - 1).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(change, size)) ** 2, size)[: most + 1]
    correlation /= correlation[0]
    lag = 2 + int(correlation[2:].argmax())
    return [lag] if correlation[lag] >= LEAST_CORRELATION else []
