"""From a network's outputs to what they say, in the graph and in the targets' own units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gatewise.errors import ConvertError
from gatewise.learn.losses import Loss
from gatewise.onnx.writing.functions import Numbers
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.onnx.writing.rows import PreparedRows
from gatewise.onnx.writing.scaling import RunScaling

Says = Callable[[Numbers, str, Mapping[str, Any]], str]


def _itself(to: Numbers, y: str, options: Mapping[str, Any]) -> str:
    return y


def _rising(to: Numbers, y: str, options: Mapping[str, Any]) -> str:
    """Return the quantiles (…, Q) sorted, each at its level's place."""
    graph, levels = to.graph, options["quantiles"]
    outputs = graph.add_many(
        "TopK", [y, graph.axes(len(levels))], ("rising", "rising_places"), axis=-1, largest=0, sorted=1
    )
    rank = np.argsort(np.argsort(levels))
    return graph.add("Gather", outputs[0], graph.constant(rank, np.int64), name="quantiles", axis=-1)


def _two(to: Numbers, y: str) -> tuple[str, str]:
    graph = to.graph
    return graph.part(y, -1, 0, 1), graph.part(y, -1, 1, 2)


def _gaussian(to: Numbers, y: str, options: Mapping[str, Any]) -> str:
    """Return mean and sd = least + softplus(s)."""
    mean, s = _two(to, y)
    return to.graph.joined([mean, to("Add", to("Softplus", s), options["least"])], -1)


def _counts(to: Numbers, y: str, options: Mapping[str, Any]) -> str:
    """Return the mean m and the spread √(m + α·m²)."""
    m, alpha = (to("Add", to("Softplus", part), options["least"]) for part in _two(to, y))
    variance = to("Add", m, to("Mul", alpha, to("Mul", m, m)))
    return to.graph.joined([m, to("Sqrt", variance)], -1)


SAYS: Mapping[str, Says] = {
    "l2": _itself, "mse": _itself, "mae": _itself, "huber": _itself, "pinball": _rising,
    "gaussian": _gaussian, "negative_binomial": _counts,
    "cross_entropy": lambda to, y, options: to.graph.add("Softmax", y, name="probabilities", axis=-1),
}  # fmt: skip
"""What the outputs say of each loss, by its name: `Loss.says` as nodes."""


class Forecasts:
    """What a run says of windows.

    Parameters
    ----------
    y : str
        The network's outputs (N, P).
    """

    def __init__(
        self, graph: GraphMaker, rows: PreparedRows, scaling: RunScaling, loss: Loss,
        options: Mapping[str, Any], y: str,
    ) -> None:  # fmt: skip
        self.graph, self.rows, self.scaling, self.own = graph, rows, scaling, rows.own
        self.loss, self.options, self.y = loss, options, y
        self.to = Numbers(graph, np.float64)

    def said(self) -> str:
        """Return (N, horizon, K, Q) in the targets' units, Q as `loss.columns`; of classes (N, C)."""
        own, graph, Q = self.own, self.graph, self.loss.outputs(**self.options)
        if self.loss.name not in SAYS:
            raise ConvertError(f"what loss {self.loss.name} says has no form in ONNX.")
        says = SAYS[self.loss.name]
        in_network = Numbers(graph, self.rows.dtype)
        if own.classes is not None:
            return graph.cast(says(in_network, self.y, self.options), np.float64)
        shape = graph.axes(0, own.horizon, len(own.targets), Q)
        apart = graph.add("Reshape", self.y, shape, name="by_step_and_target")
        said = graph.cast(says(in_network, apart, self.options), np.float64)
        scale = self._column(self.scaling.label_scale())
        wide = self.to("Mul", said, scale)
        values = self.scaling.as_given(self.to("Add", wide, self._column(self._zero())))
        columns = self.loss.columns(**self.options)
        if "sd" not in columns:
            return values
        place = columns.index("sd")
        spread = graph.part(wide, 3, place, place + 1)
        return graph.joined([graph.part(values, 3, 0, place), spread], 3)

    def best(self, said: str) -> str:
        """Return one number for each label, (N, horizon, K); of classes the likeliest, (N,)."""
        if self.own.classes is not None:
            return self.graph.add("ArgMax", said, name="class", axis=1, keepdims=0)
        place = 0
        if self.loss.name == "pinball":
            place = int(np.argmin(np.abs(np.asarray(self.options["quantiles"]) - 0.5)))
        number = self.graph.constant(place, np.int64)
        return self.graph.add("Gather", said, number, name="best", axis=3)

    def _column(self, value: str) -> str:
        return self.graph.add("Unsqueeze", value, self.graph.axes(3))

    def _zero(self) -> str:
        """Return what labels count from, as learned (N or 1, horizon or 1, K)."""
        own, graph = self.own, self.graph
        if not own.change:
            return self.scaling.label_mean()
        targets = len(own.targets)
        known = self.rows.at_last(graph.part(self.rows.within, 2, 0, targets))
        row = graph.add("Unsqueeze", known, graph.axes(1), name="last_value")
        otherwise = self.scaling.as_given(self.scaling.label_mean())
        last = self.to.chosen(graph.add("IsNaN", row), otherwise, row)
        if not own.season:
            return self.scaling.as_learned(last)
        steps = np.arange(1, own.horizon + 1)
        back = steps - own.season * -(-steps // own.season)
        numbers = graph.add("Add", self.rows.last_row, graph.constant(back[np.newaxis], np.int64))
        zero = graph.constant(0, np.int64)
        places = graph.add("Unsqueeze", graph.add("Max", numbers, zero), graph.axes(2), name="season_rows")
        raw = graph.part(self.rows.given["x"], 2, 0, targets)
        before = graph.add("GatherND", raw, places, name="season_before", batch_dims=1)
        outside = graph.add("Unsqueeze", graph.add("Less", numbers, zero), graph.axes(2))
        gone = graph.add("Or", graph.add("IsNaN", before), outside, name="season_unknown")
        return self.scaling.as_learned(self.to.chosen(gone, last, before))
