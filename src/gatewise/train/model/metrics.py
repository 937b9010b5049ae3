"""How good predictions are: the metrics of a task, for the network and for every baseline alike.

None stands where there is no truth to compare with, as null does in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.cells import LSTM, Cell
from gatewise.cells.known.names import find_known
from gatewise.support.arrays import FloatArray

Metrics = dict[str, float | None]


def predictor(cell: Cell) -> str:
    """Return what results call a network beside the baselines: LSTM, or the cell that it is made of."""
    if cell is LSTM:
        return "LSTM"
    return cell.name if find_known(cell.name) == cell else f"cell {cell.name}"


def of_values(predicted: FloatArray, truth: FloatArray) -> Metrics:
    """Return the mean absolute and the root mean squared error, where there is a truth (NaN: none)."""
    error = (predicted - truth)[~np.isnan(truth)]
    if not len(error):
        return {"mae": None, "rmse": None}
    return {"mae": _known(np.abs(error).mean()), "rmse": _known(np.sqrt((error**2).mean()))}


def _known(value: Any) -> float | None:
    """Return a metric, None if it is no finite number, as of a model whose weights are none."""
    return float(value) if np.isfinite(value) else None


def of_quantiles(quantiles: FloatArray, levels: Sequence[float], truth: FloatArray) -> Metrics:
    """Return the mean pinball loss, and the share of truths inside the outermost pair of quantiles.

    `quantiles` has one more axis than `truth`, the last, for the levels.
    """
    there = ~np.isnan(truth)
    error = truth[there][:, np.newaxis] - quantiles[there]
    if not len(error):
        return {"pinball": None}
    level = np.asarray(levels)
    pinball = _known(np.maximum(level * error, (level - 1) * error).mean())
    if len(levels) < 2:
        return {"pinball": pinball}
    inside = float(((error[:, 0] >= 0) & (error[:, -1] <= 0)).mean())
    return {"pinball": pinball, f"inside_{levels[0]:g}-{levels[-1]:g}": inside}


def of_classes(chances: FloatArray, truth: FloatArray) -> Metrics:
    """Return accuracy and log loss of the probabilities (N, C), where there is a class."""
    there = ~np.isnan(truth)
    codes, chances = truth[there].astype(int), chances[there]
    right = chances[np.arange(len(codes)), codes]
    return {
        "accuracy": float((chances.argmax(axis=1) == codes).mean()),
        "log_loss": _known(-np.log(np.maximum(right, 1e-15)).mean()),
    }


def by_step(predicted: FloatArray, truth: FloatArray) -> list[float | None]:
    """Return the mean absolute error of each step ahead, of arrays (N, horizon)."""
    return [of_values(predicted[:, step], truth[:, step])["mae"] for step in range(truth.shape[1])]


def compare(targets: Sequence[str], truth: FloatArray, predicted: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Measure every prediction (N, horizon, K) against the truth, target by target."""
    return {
        "targets": {
            name: {who: of_values(values[..., k], truth[..., k]) for who, values in predicted.items()}
            for k, name in enumerate(targets)
        },
        "by_step": {
            name: {who: by_step(values[..., k], truth[..., k]) for who, values in predicted.items()}
            for k, name in enumerate(targets)
        },
    }


def compare_classes(target: str, truth: FloatArray, predicted: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Measure every prediction (N, C) of probabilities against the classes that came."""
    return {"targets": {target: {who: of_classes(chances, truth) for who, chances in predicted.items()}}}
