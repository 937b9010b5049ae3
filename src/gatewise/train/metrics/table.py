"""`METRICS`: every metric by name, and which of them a task has."""

from __future__ import annotations

from collections.abc import Iterable

from gatewise.errors import ArgumentError
from gatewise.support.options import as_choice
from gatewise.train.metrics.classes import CLASSES
from gatewise.train.metrics.metric import Metric
from gatewise.train.metrics.quantiles import QUANTILES
from gatewise.train.metrics.values import VALUES

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*VALUES, *QUANTILES, *CLASSES)}
"""Every metric by its name."""
CHOOSING: tuple[str, ...] = tuple(name for name, metric in METRICS.items() if metric.chooses)
"""Those that can say which prediction is better, and so be `--metric`."""
WITH_QUANTILES = ("pinball", "gaussian", "negative_binomial")
"""Losses whose predictions say quantiles."""
_MAIN = {
    "forecast": ("mae", "rmse", "bias", "mase", "pinball"),
    "regress": ("mae", "rmse", "bias", "r2", "pinball"),
    "classify": ("accuracy", "log_loss", "balanced_accuracy", "f1"),
}


def metric_of(key: str) -> Metric | None:
    """Return the row of a key of results.json, where those of an interval have its levels: inside_0.1-0.9."""
    return METRICS.get(key) or METRICS.get(key.split("_", 1)[0])


def main_of(task: str, first: str, names: Iterable[str]) -> list[str]:
    """Return the keys among `names` that a terminal shows of a task: `first`, then the usual ones."""
    there = list(names)
    usual = [name for name in there if name in _MAIN.get(task, ()) or name.startswith(("inside_", "width_"))]
    shown = sorted(usual, key=lambda name: _order(task, name))
    return [name for name in dict.fromkeys([first, *shown]) if name in there]


def _order(task: str, name: str) -> int:
    main = _MAIN.get(task, ())
    return main.index(name) if name in main else len(main)


def checked_metric(name: object, *, task: str, loss: str, window: int | None) -> str:
    """Read the metric that is shown first and decides.

    Parameters
    ----------
    window : int or None
        Rows of a window; 0 where each series is one value.

    Raises
    ------
    ArgumentError
        If there is none of the name, or the task or the loss does not have it.
    """
    metric = METRICS[as_choice("metric", name, CHOOSING)]
    kind = "class" if task == "classify" else "value"
    if metric.of == "class" and kind != "class":
        raise ArgumentError(f"metric={metric.name} is of classes; the task is {task}.")
    if metric.of != "class" and kind == "class":
        offered = ", ".join(row.name for row in CLASSES)
        raise ArgumentError(f"metric={metric.name} is of numbers; task classify has {offered}.")
    if metric.of == "quantile" and loss not in WITH_QUANTILES:
        raise ArgumentError(
            f"metric={metric.name} needs quantiles, which loss {loss} does not give; take loss pinball."
        )
    if metric.name == "mase" and window == 0:
        raise ArgumentError(
            "metric=mase compares with how a series' rows differ; with window=0 each series is one value."
        )
    return metric.name


def usual_metric(task: str, loss: str) -> str:
    """Return the metric that decides where nobody says: the one that the loss makes small, in plain units.

    Of classes the accuracy; the root mean squared error of a loss of squares; else the mean absolute error,
    which is in the target's units and what the default loss makes small.
    """
    if task == "classify":
        return "accuracy"
    return "rmse" if loss in ("mse", "l2") else "mae"
