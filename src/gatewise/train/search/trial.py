"""One trial: a network of some settings, trained for so many steps and judged on blocks of windows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows
from gatewise.train.loop.loop import mean_loss, train
from gatewise.train.loop.non_finite import NonFiniteError
from gatewise.train.loop.recipe import Recipe, chosen_loss, make_recipe, network_for, training_batches
from gatewise.train.loop.state import TrainingState
from gatewise.train.model.forecasts import batches_of, raw_outputs, restored
from gatewise.train.model.scales import series_of
from gatewise.train.search.blocks import parts_of

BATCH = 32
"""Windows in a step of a trial, at most: more steps for the same work than a training has."""
LOOKS = 3
"""How often a trial is judged on its way; the best counts, as with early stopping."""


def windows_in_a_step(config: FitConfig) -> int:
    """Return how many windows a step of a trial learns from."""
    return min(config.batch, BATCH)


class _EnoughError(Exception):
    """The trial has made its steps."""


def run_trial(
    config: FitConfig, windows: Windows, sizes: FloatArray, steps: int, watch: Callable[[], None]
) -> tuple[float, int]:
    """Train for `steps` steps; return the lowest score, and after how many steps it was.

    The score is an error: of a forecast the mean absolute one, of a regression the root mean squared one, in
    units of each series' own spread where there are several, the mean over the blocks; of classes the loss.
    A trial whose loss is not finite has the score inf.

    Parameters
    ----------
    sizes : array (series, K)
        What the errors of each series are divided by.
    watch : callable
        Called after every step; what it raises ends the trial.
    """
    classes = len(windows.classes or ())
    recipe = replace(
        make_recipe(config.model_copy(update={"epochs": 1}), classes, steps), epochs=steps, patience=None
    )
    network = network_for(config, windows)
    state = TrainingState.new(network, recipe.memory(network.size, network.dtype))
    parts = parts_of(windows)
    judge = Judge(config, windows, parts.blocks, recipe, sizes)
    looks = {math.ceil(steps * look / LOOKS) for look in range(1, LOOKS + 1)}
    best, best_step = math.inf, 0

    def after_step(state: TrainingState) -> None:
        nonlocal best, best_step
        watch()
        if state.step in looks and (score := judge(network)) < best:
            best, best_step = score, state.step
        if state.step >= steps:
            raise _EnoughError

    try:
        batches = training_batches(config, windows, parts.learned, windows_in_a_step(config))
        train(state, recipe, batches, after_step=after_step)
    except _EnoughError:
        pass
    except NonFiniteError:
        return math.inf, 0
    return best, best_step


class Judge:
    """Says how good a network is on the blocks of a trial."""

    def __init__(
        self,
        config: FitConfig,
        windows: Windows,
        blocks: Sequence[IntArray],
        recipe: Recipe,
        sizes: FloatArray,
    ) -> None:
        self._config, self._windows, self._blocks, self._recipe = config, windows, blocks, recipe
        self._loss, self._options = chosen_loss(config, len(windows.classes or ()))
        self._sizes = sizes

    def __call__(self, network: Network) -> float:
        """Return the score of a network, inf if it is no finite number."""
        found = [self._of_block(network, numbers) for numbers in self._blocks]
        score = float(np.mean([each for each in found if each is not None] or [math.inf]))
        return score if math.isfinite(score) else math.inf

    def _of_block(self, network: Network, numbers: IntArray) -> float | None:
        windows = self._windows
        if windows.classes is not None:
            return mean_loss(network, self._recipe, batches_of(self._config, windows, numbers))
        y = raw_outputs(network, self._config, windows, numbers, None)
        said = self._loss.best(restored(y, self._loss, self._options, windows, numbers), **self._options)
        sizes = self._sizes[series_of(windows, numbers)][:, np.newaxis]
        error = np.abs(said - windows.truth(numbers)) / sizes
        known = error[~np.isnan(error)]
        if not known.size:
            return None
        return float(known.mean() if self._config.task == "forecast" else np.sqrt((known**2).mean()))
