"""`METRICS`: every metric by name, and which of them a task has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    main = _main_of(task, first)
    usual = [name for name in there if name in main or name.startswith(("inside_", "width_"))]
    shown = sorted(usual, key=lambda name: main.index(name) if name in main else len(main))
    return [name for name in dict.fromkeys([first, *shown]) if name in there]


def _main_of(task: str, first: str) -> list[str]:
    """Return the usual metrics of a task; beside `nse` stands `kge`, for of one series `r2` is the same."""
    return ["kge" if (first, name) == ("nse", "r2") else name for name in _MAIN.get(task, ())]


def as_metric(name: Any) -> Any:
    """Return the name of a metric in small letters, as it is kept: NSE, and R² as tables print it."""
    return str.__str__(name).strip().casefold().replace("²", "2") if isinstance(name, str) else name


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
    kinds = (
        {"class"} if task == "classify" else {"value", "quantile"} if loss in WITH_QUANTILES else {"value"}
    )
    offered = [row for row in CHOOSING if METRICS[row].of in kinds and (row, window) != ("mase", 0)]
    plain = as_metric(name)
    metric = METRICS[plain if plain in CHOOSING else as_choice("metric", name, offered)]
    if metric.of == "class" and task != "classify":
        raise ArgumentError(
            f"metric={metric.name} is of classes; the task is {task}, which has {', '.join(offered)}."
        )
    if metric.of != "class" and task == "classify":
        raise ArgumentError(f"metric={metric.name} is of numbers; task classify has {', '.join(offered)}.")
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
