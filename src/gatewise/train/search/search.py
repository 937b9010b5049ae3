"""The search itself: trials, one after the other, within a budget of work that no clock measures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import ceil, inf
from typing import Any

import numpy as np

from gatewise.engine.passes import resolve
from gatewise.train.config import FitConfig
from gatewise.train.data import DataError, Windows
from gatewise.train.loop.recipe import network_for
from gatewise.train.search.blocks import JUDGED, sizes_of_series
from gatewise.train.search.space import Settings, questions
from gatewise.train.search.trial import BATCH, LOOKS, run_trial, windows_in_a_step

BUDGET = 150e9
"""Weights times rows of windows that all trials together may go through: about 15 s of two cores with AVX2.

A budget in seconds would choose one thing on a fast machine and another on a slow one.
"""
SLOW = 30.0  # times the work of an engine that is not compiled
LEAST_STEP = 15e6  # the work of the smallest step, which is Python's
FEWEST_STEPS, MOST_STEPS = 100, 600
TRIALS = 14  # that there is room for, the long one counted as four
LONGER = 4  # times the steps of a trial, to see whether a long training pays
MARGIN = 0.01  # by which a score must be lower: less is chance
BASE = 0.2  # the same for what a single series counts from: a short trial favours what begins near the truth
FREER = 0.04  # the same for going without dropout, which pays in a short trial rather than in a long training
MOST_EPOCHS = 300


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes
    ----------
    settings : dict
        Every setting that differs from the start.
    times : int
        How many times the usual steps it had.
    score : float or None
        Its lowest error on the validation blocks; None where the loss was not finite.
    at : int
        The steps after which that was.
    work : float
        What it takes of the budget.
    """

    settings: Settings
    times: int
    score: float | None
    at: int
    work: float


NO_TRIAL = Trial({}, 1, None, 0, 0.0)
"""Stands for the start where the search ended before anything was tried."""


@dataclass
class SearchRecord:
    """What a run folder keeps of a search, as JSON.

    Attributes
    ----------
    given : list of str
        What the user chose, and so was not tried.
    trials : list of Trial
        In their order; the first is the start.
    chosen : dict or None
        The settings of the training; None while the search goes on.
    stopped : bool
        Whether the user ended the search early.
    """

    given: list[str]
    trials: list[Trial] = field(default_factory=list)
    chosen: Settings | None = None
    stopped: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> SearchRecord:
        """Read what `to_dict` wrote."""
        trials = [Trial(**trial) for trial in document["trials"]]
        return cls(**{**document, "trials": trials})


class SearchStopped(Exception):
    """The user ends the search; what is best so far is taken."""


class Search:
    """Finds settings for a dataset.

    Parameters
    ----------
    config, windows
        The start, with a window and a horizon, and its windows.
    make : callable
        (config) → its Windows.
    record : SearchRecord
        What was tried before, in an earlier process; goes on from there.
    """

    def __init__(
        self, config: FitConfig, windows: Windows, make: Callable[[FitConfig], Windows], record: SearchRecord
    ) -> None:
        self._start, self._windows, self._make, self.record = config, windows, make, record
        self._made_for, self._windows_here = _of_data(config), windows
        self._weights = network_for(config, windows).size
        self._sizes = sizes_of_series(windows)
        compiled = resolve(config.engine, np.dtype(config.dtype), config.made_cell) != "reference"
        self._budget = BUDGET / (1.0 if compiled else SLOW)
        self._steps = self._steps_of_a_trial()
        self._known = {(_key(trial.settings), trial.times): trial for trial in record.trials}

    def run(self, watch: Callable[[], None], after: Callable[[Trial], None]) -> None:
        """Try settings; the record then has the best ones.

        Parameters
        ----------
        watch : callable
            Called after every step; SearchStopped from it ends the search, with the best so far.
        after : callable
            Called after every trial that was made now.
        """
        best, longer = NO_TRIAL, None
        try:
            best = self._trial({}, 1, watch, after) or best
            passes = self._steps * windows_in_a_step(self._start) / len(self._windows.train)
            for asked in questions(self._start, self._windows, self.record.given, passes):
                here = best.settings
                for settings in asked:
                    tried = self._trial({**here, **settings}, 1, watch, after)
                    margin = self._margin(settings)
                    if tried is not None and _is_better(tried, best, margin):
                        best = tried
            longer = self._trial(best.settings, LONGER, watch, after)
        except SearchStopped:
            self.record.stopped = True
        long = longer is None or _is_better(longer, best)
        self.record.chosen = {**best.settings, **self._length(long=long)}

    def _margin(self, settings: Settings) -> float:
        """Return by which share settings must be better to be taken."""
        if "recurrent_dropout" in settings:
            return FREER
        alone = len(self._windows.dataset.ids) == 1
        return BASE if alone and {"season", "past"} & set(settings) else MARGIN

    def _trial(
        self, settings: Settings, times: int, watch: Callable[[], None], after: Callable[[Trial], None]
    ) -> Trial | None:
        """Make a trial of `times` the usual steps, or find it in the record; None without room for it."""
        if known := self._known.get((_key(settings), times)):
            return known
        config = self._start.with_settings(settings)
        rows = config.window or self._rows_of_a_window()
        work = times * self._steps * self._step_of(rows) + self._judging(rows)
        if self.record.trials and sum(trial.work for trial in self.record.trials) + work > self._budget:
            return None
        score, at = inf, 0
        with suppress(DataError):  # such as too few rows for a longer window
            score, at = run_trial(config, self._windows_of(config), self._sizes, times * self._steps, watch)
        made = Trial(settings, times, None if score == inf else score, at, work)
        self.record.trials.append(made)
        self._known[_key(settings), times] = made
        after(made)
        return made

    def _windows_of(self, config: FitConfig) -> Windows:
        """Return the windows of a configuration, the last ones again where only the network differs."""
        if (made_for := _of_data(config)) != self._made_for:
            self._made_for, self._windows_here = made_for, self._make(config)
        return self._windows_here

    def _rows_of_a_window(self) -> int:
        """Return the rows of a window, of whole series their mean."""
        stretches = self._windows.dataset.stretches
        return self._start.window or ceil(sum(each.end - each.first for each in stretches) / len(stretches))

    def _step_of(self, rows: int) -> float:
        """Return the work of a step of training."""
        return max(float(windows_in_a_step(self._start)) * rows * self._weights, LEAST_STEP)

    def _judging(self, rows: int) -> float:
        """Return the work of judging a trial; forward alone is a third of a step."""
        return LOOKS * 3 * JUDGED * rows * self._weights / 3

    def _steps_of_a_trial(self) -> int:
        rows = self._rows_of_a_window()
        steps = int((self._budget / TRIALS - self._judging(rows)) / self._step_of(rows))
        steps = min(max(steps, FEWEST_STEPS), MOST_STEPS)
        if "epochs" in self.record.given:  # no trial is longer than the training
            steps = min(steps, self._start.epochs * ceil(len(self._windows.train) / BATCH))
        return steps

    def _length(self, *, long: bool) -> Settings:
        """Return how long a training is: twice a trial, or as the long one and no shorter than usual."""
        if "epochs" in self.record.given:
            return {}
        windows = len(self._windows.train)
        seen = self._steps * windows_in_a_step(self._start) * (LONGER if long else 2)
        epochs = ceil(seen / windows)
        epochs = min(max(epochs, self._start.epochs) if long else max(epochs, 2), MOST_EPOCHS)
        found = {"epochs": epochs, "patience": max(2 * epochs // 5, 3)}
        return {name: value for name, value in found.items() if name not in self.record.given}


def _key(settings: Settings) -> str:
    return json.dumps(settings, sort_keys=True)


def _of_data(config: FitConfig) -> tuple[Any, ...]:
    """Return what of the settings that are tried decides about the windows."""
    return config.scale, config.season, config.past, config.window


def _is_better(trial: Trial, other: Trial, margin: float = MARGIN) -> bool:
    if trial.score is None or other.score is None:
        return trial.score is not None
    return trial.score < other.score * (1 - margin)
