"""The results of a test: the metrics of the network and of every baseline, together, by step, by series.

train/metrics/ has the metrics themselves. None stands where one has no value, as null does in JSON, and
`reasons` says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.cells import LSTM, Cell
from gatewise.cells.known.names import find_known
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.metrics.classes import by_series_of_classes, of_classes, why_no
from gatewise.train.metrics.known import Metrics, finite
from gatewise.train.metrics.measured import Measured, measured
from gatewise.train.metrics.quantiles import of_quantiles
from gatewise.train.metrics.sums import Scales
from gatewise.train.metrics.table import METRICS, usual_metric

EACH_SERIES = ("mae", "rmse", "bias", "mase", "nse")
"""What is kept of each series, beside the metric that decides."""
Results = dict[str, Any]


@dataclass(frozen=True)
class Contest:
    """What is compared: the truth and the predictions of some windows.

    Attributes
    ----------
    network : str
        What results call the network, the first in `predicted`.
    targets : sequence of str
        The K targets.
    truth : array (N, horizon, K), of classes codes (N,)
        NaN where it is not known.
    predicted : dict of arrays
        By who predicts, of truth's shape; of classes probabilities (N, C).
    quantiles : dict of arrays (N, horizon, K, Q)
        Of those that predict quantiles, for each of `levels`.
    scales : Scales
        The series of each window, and their scales.
    ids : sequence
        The name of each series.
    metric : str or None
        What decides; None takes the usual one.
    """

    network: str
    targets: Sequence[str]
    truth: FloatArray
    predicted: Mapping[str, FloatArray]
    quantiles: Mapping[str, FloatArray]
    levels: Sequence[float]
    scales: Scales
    ids: Sequence[Any]
    metric: str | None
    loss: str
    task: str
    whole: bool  # whether each series is one window, of which a table by series would say nothing

    @property
    def several(self) -> bool:
        """Whether the windows are of several series that have rows to tell apart."""
        return not self.whole and len(np.unique(self.scales.series)) > 1


def predictor(cell: Cell) -> str:
    """Return what results call a network beside the baselines: LSTM, or the cell that it is made of."""
    if cell is LSTM:
        return "LSTM"
    return cell.name if find_known(cell.name) == cell else f"cell {cell.name}"


def compare(given: Contest) -> Results:
    """Measure predictions of values: `metric`, `targets`, `reasons`, `by_step`, `by_series`."""
    found = {
        name: {
            who: measured(predicted[..., k], given.truth[..., k], given.scales, k)
            for who, predicted in given.predicted.items()
        }
        for k, name in enumerate(given.targets)
    }
    first = given.metric or _deciding(given, found)
    targets: dict[str, dict[str, Metrics]] = {}
    for k, name in enumerate(given.targets):
        targets[name] = {who: dict(each.together) for who, each in found[name].items()}
        for who, row in targets[name].items():
            row |= _of_quantiles(given, who, k)
            targets[name][who] = first_in_front(row, first)
    results: Results = {"metric": first, "targets": targets}
    results |= _reasons(
        {name: {who: each.reasons for who, each in rows.items()} for name, rows in found.items()}
    )
    results["by_step"] = _steps(found, "mae")
    if first == "pinball":
        results["by_step_metric"] = _steps_of_quantiles(given)
    elif first != "mae":
        results["by_step_metric"] = _steps(found, first)
    if given.several:
        rows = {name: _rows(given, found[name], first, k) for k, name in enumerate(given.targets)}
        results |= {"left_out": _left_out(given, found), "by_series": rows}
    return results


def compare_classes(given: Contest) -> Results:
    """Measure probabilities of classes: `metric`, `targets`, `reasons`; of several series `by_series`."""
    target, first = given.targets[0], given.metric or usual_metric(given.task, given.loss)
    rows = {who: of_classes(chances, given.truth) for who, chances in given.predicted.items()}
    reasons = {
        who: {name: why_no(name, given.truth) for name, value in row.items() if value is None}
        for who, row in rows.items()
    }
    results: Results = {
        "metric": first,
        "targets": {target: {who: first_in_front(row, first) for who, row in rows.items()}},
    }
    results |= _reasons({target: reasons})
    if given.several:
        series, size = given.scales.series, len(given.ids)
        by_who = {
            who: by_series_of_classes(chances, given.truth, series, size)
            for who, chances in given.predicted.items()
        }
        count = np.bincount(series[~np.isnan(given.truth)], minlength=size)
        order = first if first in ("accuracy", "log_loss") else "accuracy"
        results["by_series"] = {target: _listed(given, by_who, count, order)}
    return results


def reordered(results: Results, metric: str) -> Results | None:
    """Return stored results with another metric first; None where they do not have it.

    The errors of each step by the metric that decided before are left out. See `has_all` for what is missing.
    """
    rows = results.get("targets", {})
    if any(metric not in values for target in rows.values() for values in [next(iter(target.values()))]):
        return None
    targets = {
        name: {who: first_in_front(row, metric) for who, row in target.items()}
        for name, target in rows.items()
    }
    found = {name: value for name, value in results.items() if name != "by_step_metric"}
    found |= {"metric": metric, "targets": targets}
    if "by_series" in results:
        found["by_series"] = {
            name: worst_first(rows, _order_of(rows, metric)) for name, rows in results["by_series"].items()
        }
    return found


def has_all(results: Results, metric: str) -> bool:
    """Whether stored results have all by a metric that is not the one that decided, as if measured by it.

    Of values the errors of each step ahead are kept by the mean absolute error and by what decided.
    """
    return "metric" in results and (results.get("task") == "classify" or metric == "mae")


def shortened(results: Results, most: int) -> Results:
    """Return results with at most so many series of each target, the worst: a model file has little room."""
    if "by_series" not in results:
        return results
    return results | {"by_series": {name: rows[:most] for name, rows in results["by_series"].items()}}


def first_in_front(row: Metrics, first: str) -> Metrics:
    """Return a row of metrics that begins with the one that decides, where it has it."""
    return ({first: row[first]} if first in row else {}) | row


def worst_first(rows: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """Order the rows of series by the network's value, the worst first; those without one last."""
    sign = -1.0 if METRICS[metric].better == "smaller" else 1.0

    def place(row: dict[str, Any]) -> tuple[bool, float]:
        value = next(iter(row["metrics"].values())).get(metric)
        return value is None, 0.0 if value is None else sign * value

    return sorted(rows, key=place)


def _order_of(rows: list[dict[str, Any]], metric: str) -> str:
    """Return what orders the rows of series: a metric, or where they do not have it the one that all have."""
    there = next(iter(rows[0]["metrics"].values())) if rows else {}
    return next((name for name in (metric, "mae", "accuracy") if name in there), metric)


def _deciding(given: Contest, found: Mapping[str, Mapping[str, Measured]]) -> str:
    """Return what decides where nobody says: of several series MASE, where there is one.

    An error pooled over series of different size is that of the few largest.
    """
    if given.several and all(rows[given.network].together["mase"] is not None for rows in found.values()):
        return "mase"
    return usual_metric(given.task, given.loss)


def _of_quantiles(given: Contest, who: str, k: int) -> Metrics:
    """Return metrics of quantiles; of a point forecast the pinball loss, each being the point."""
    if not given.quantiles:
        return {}
    truth = given.truth[..., k]
    if who in given.quantiles:
        return of_quantiles(given.quantiles[who][..., k, :], given.levels, truth)
    point = given.predicted[who][..., k, np.newaxis]
    said = np.broadcast_to(point, (*truth.shape, len(given.levels)))
    return {"pinball": of_quantiles(said, given.levels, truth)["pinball"]}


def _steps_of_quantiles(given: Contest) -> dict[str, dict[str, list[float | None]]]:
    found: dict[str, dict[str, list[float | None]]] = {}
    for k, name in enumerate(given.targets):
        truth = given.truth[..., k]
        found[name] = {}
        for who, predicted in given.predicted.items():
            point = np.broadcast_to(predicted[..., k, np.newaxis], (*truth.shape, len(given.levels)))
            said = given.quantiles[who][..., k, :] if who in given.quantiles else point
            found[name][who] = [
                of_quantiles(said[:, h], given.levels, truth[:, h])["pinball"] for h in range(truth.shape[1])
            ]
    return found


def _steps(
    found: Mapping[str, Mapping[str, Measured]], metric: str
) -> dict[str, dict[str, list[float | None]]]:
    return {name: {who: each.by_step[metric] for who, each in rows.items()} for name, rows in found.items()}


def _reasons(reasons: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Results:
    """Return why metrics have no value, by target and who predicts; nothing where all have one."""
    some = {name: {who: dict(why) for who, why in rows.items() if why} for name, rows in reasons.items()}
    some = {name: rows for name, rows in some.items() if rows}
    return {"reasons": some} if some else {}


def _left_out(given: Contest, found: Mapping[str, Mapping[str, Measured]]) -> dict[str, dict[str, int]]:
    """Count the series with a truth that a mean or median over series leaves out, by target and metric."""
    counted: dict[str, dict[str, int]] = {}
    for name, rows in found.items():
        ours = rows[given.network]
        there = ours.known > 0
        counted[name] = {
            metric.name: missing
            for metric in METRICS.values()
            if metric.over != "pooled"
            and (missing := int((there & np.isnan(ours.by_series[metric.name])).sum()))
        }
    return counted


def _rows(given: Contest, found: Mapping[str, Measured], first: str, k: int) -> list[dict[str, Any]]:
    """Return a row for each series of one target, the worst first."""
    names = dict.fromkeys((first, *EACH_SERIES))
    by_who = {
        who: {name: each.by_series[name] for name in names if name in each.by_series}
        for who, each in found.items()
    }
    order = first if first in found[given.network].by_series else "mae"
    return _listed(given, by_who, found[given.network].known, order, given.scales.scale[:, k])


def _listed(
    given: Contest,
    by_who: Mapping[str, Mapping[str, FloatArray]],
    count: FloatArray | IntArray,
    order: str,
    scale: FloatArray | None = None,
) -> list[dict[str, Any]]:
    rows = []
    for place in np.flatnonzero(count).tolist():
        metrics = {
            who: {name: finite(values[place]) for name, values in each.items()}
            for who, each in by_who.items()
        }
        row: dict[str, Any] = {"series": str(given.ids[place]), "values": int(count[place])}
        row |= {} if scale is None else {"scale": finite(scale[place])}
        rows.append(row | {"metrics": metrics})
    return worst_first(rows, order)
