"""What is tried, and in which order: one question at a time, each asked of the best settings so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gatewise.learn.network.architecture import has_recurrent_mask
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows
from gatewise.train.data.baselines.seasonal import find_periods

Settings = dict[str, Any]

RATES = (0.001, 0.003)
OUTPUT_DROPOUT = 0.3
ENOUGH_PASSES = 2.0  # through the training windows: before, none is best, for nothing is learned by heart
DAYS_OF_A_WEEK = 7
WEEKS = 52  # of a year, which is no whole number of them
DAY = 24  # rows that the head reads where there is no season
LONG_WINDOW = 90  # of a regression from other columns, whose past may count for as long


def questions(
    config: FitConfig, windows: Windows, given: Collection[str], passes: float
) -> Iterator[list[Settings]]:
    """Go through the questions of a search; each is a list of settings to try instead of those that stand.

    Parameters
    ----------
    config : FitConfig
        What stands at the start, with a window and a horizon.
    windows : Windows
        Those of the start.
    given : names
        What the user chose: a setting that would change any of it is not tried.
    passes : float
        How often a trial goes through the training windows.
    """
    for asked in _all(config, windows, passes):
        if left := [settings for settings in asked if not set(settings) & set(given)]:
            yield left


def _all(config: FitConfig, windows: Windows, passes: float) -> Iterator[list[Settings]]:
    forecast, dataset = config.task == "forecast", windows.dataset
    season = season_of(windows) if forecast else 0
    if dataset.series_name is not None and len(dataset.ids) > 1 and config.task != "classify":
        yield [{"scale": "series"}]
    if forecast and config.change:
        changes: list[Settings] = [{"past": "changes"}]
        if season:
            changes = [{"season": season}, {"season": season, "past": "changes"}, *changes]
        yield changes
    if config.loss == "mae" and not forecast:
        yield [{"loss": "mse"}]
    yield [{"learning_rate": rate} for rate in RATES if rate != config.learning_rate]
    if forecast and not config.stateful and config.window:
        yield [{"skip": min(season or DAY, config.window)}]
    if passes >= ENOUGH_PASSES:
        if has_recurrent_mask(config.made_cell) and config.recurrent_dropout:
            yield [{"recurrent_dropout": 0.0}]
        if not config.output_dropout:
            yield [{"output_dropout": OUTPUT_DROPOUT}]
    if config.task == "regress" and config.window and config.window < LONG_WINDOW <= len(windows.train) // 4:
        yield [{"window": LONG_WINDOW}]


def season_of(windows: Windows) -> int:
    """Return the rows of the shortest season that the time step has and the window holds; 0 if there is none.

    A day of hours and not a week: the network learns what a weekday changes, and the day before says more of
    the level.
    """
    rows = windows.preparation.window
    if windows.dataset.step.day == DAYS_OF_A_WEEK:
        return WEEKS if rows >= WEEKS else 0
    return min((period for period in find_periods(windows) if period <= rows), default=0)


def told(settings: Mapping[str, Any]) -> str:
    """Write settings for a reader: season 24, past changes."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())
