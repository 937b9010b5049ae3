"""Rows of a table, as they are, made rows of x in the graph: `Preparation.rows`, step for step.

Batch first: (N, T, columns), in float64 until they are scaled, as gatewise prepares them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.onnx.writing.functions import Numbers
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.onnx.writing.scaling import RunScaling
from gatewise.train.data.prepare.preparation import Preparation

MOST_DOUBLINGS = 31
"""How often a gap is filled from twice as far where the number of rows is open: up to 2³¹ rows."""


class PreparedRows:
    """The rows of windows, prepared.

    Parameters
    ----------
    given : dict
        The names of the graph's inputs, by what `served_inputs` calls them.
    dtype : dtype
        Of the network.

    Attributes
    ----------
    last_row : str
        The number (N, 1) of each window's last row.
    """

    def __init__(
        self, graph: GraphMaker, own: Preparation, given: dict[str, str], scaling: RunScaling,
        dtype: np.dtype[np.generic],
    ) -> None:  # fmt: skip
        self.graph, self.own, self.given, self.scaling, self.dtype = graph, own, given, scaling, dtype
        self.to = Numbers(graph, np.float64)
        length = graph.cast(given["lengths"], np.int64)
        column = graph.add("Unsqueeze", length, graph.axes(1), name="length")
        before = graph.add("Sub", column, graph.constant(1, np.int64))
        self.last_row = graph.add("Max", before, graph.constant(0, np.int64), name="last_row")
        if "x" in given:
            self.gone = graph.add("IsNaN", given["x"], name="gone")
            self.within = given["x"]  # gaps filled from rows of the window alone
            if own.missing == "fill":
                self.within = self._filled(given["x"], own.window)
            self.filled = self.within
            if "known_before" in given:
                before = graph.add("Unsqueeze", given["known_before"], graph.axes(1), name="known_before_row")
                self.filled = self._or(self.within, before)

    def x(self) -> str:
        """Return what the network reads (N, T, D)."""
        graph, own = self.graph, self.own
        parts = []
        if "x" in self.given:
            parts.append(graph.cast(self._scaled(), self.dtype))
        if "calendar" in self.given:
            parts.append(self._as_network(self.given["calendar"]))
        for mark in own.marks:
            columns = graph.add("Gather", self.gone, graph.axes(*mark), name="marked", axis=2)
            flags = graph.cast(columns, np.float32)
            most = graph.add("ReduceMax", flags, name="mark", axes=[2], keepdims=1)
            parts.append(graph.cast(most, self.dtype))
        if "categories" in self.given:
            counts = [len(texts) for _, texts in own.one_hot]
            parts.append(self._ones(self.given["categories"], counts))
        return graph.joined(parts, 2)

    def extra(self) -> str | None:
        """Return what the head reads beside the outs (N, E); None if it reads nothing."""
        graph, own = self.graph, self.own
        if not own.extra:
            return None
        parts = []
        if "calendar_next" in self.given:
            parts.append(self._as_network(self.given["calendar_next"]))
        ahead = []
        if "ahead" in self.given:
            ahead.append(graph.cast(self._ahead(), self.dtype))
        if "ahead_categories" in self.given:
            counts = [len(texts) for name, texts in own.one_hot if name in own.future]
            ahead.append(self._ones(self.given["ahead_categories"], counts))
        if ahead:
            width = own.horizon * len(own.future_places)
            joined = graph.joined(ahead, 2)
            parts.append(graph.add("Reshape", joined, graph.axes(0, width), name="ahead_flat"))
        return graph.joined(parts, 1)

    def at_last(self, value: str) -> str:
        """Return the rows (N, k) of a value (N, T, k) at each window's last row."""
        return self.graph.add("GatherND", value, self.last_row, name="at_last", batch_dims=1)

    def _scaled(self) -> str:
        """Return the numbers of `inputs` (N, T, C), scaled, 0 where nothing is known."""
        graph, own, to = self.graph, self.own, self.to
        values = self.filled
        if own.log and own.own_past:
            logs = to("Log", to("Add", graph.part(values, 2, 0, own.own_past), 1.0))
            rest = graph.part(values, 2, own.own_past)
            values = graph.joined([logs, rest], 2)
        scaled = to("Div", to("Sub", values, self.scaling.mean()), self.scaling.scale())
        if own.lag:
            count = len(own.targets)
            scaled = graph.joined([self._changes(), graph.part(scaled, 2, count)], 2)
        return to.chosen(graph.add("IsNaN", scaled), 0.0, scaled)

    def _changes(self) -> str:
        """Return the changes of the targets over `lag` rows, as labels are scaled (N, T, K)."""
        graph, own = self.graph, self.own
        known = graph.part(self.given["x"], 2, 0, len(own.targets))
        joined = graph.joined([self.given["targets_before"], known], 1)
        earlier = graph.part(joined, 1, 0, -own.lag)
        change = self.to("Sub", self.scaling.as_learned(known), self.scaling.as_learned(earlier))
        return self.to("Div", change, self.scaling.label_scale())

    def _ahead(self) -> str:
        """Return the columns of numbers known ahead (N, horizon, F), filled and scaled."""
        graph, own, to = self.graph, self.own, self.to
        places = [own.inputs.index(name) for name in own.future if name in own.inputs]
        columns = graph.axes(*places)
        last = graph.add("Gather", self.at_last(self.filled), columns, name="last_known", axis=1)
        values = self._or(
            self._filled(self.given["ahead"], own.horizon), graph.add("Unsqueeze", last, graph.axes(1))
        )
        mean, scale = (
            graph.add("Gather", each, columns, name="of_ahead", axis=2)
            for each in (self.scaling.mean(), self.scaling.scale())
        )
        scaled = to("Div", to("Sub", values, mean), scale)
        return to.chosen(graph.add("IsNaN", scaled), 0.0, scaled)

    def _or(self, values: str, others: str) -> str:
        """Return values, and others where they are missing."""
        return self.to.chosen(self.graph.add("IsNaN", values), others, values)

    def _filled(self, values: str, rows: int) -> str:
        """Return values (N, T, k) with each gap as the value before it; NaN before the first.

        A gap is looked for one row back, then two, then four …, so that it needs no loop.
        """
        graph = self.graph
        doublings = (rows - 1).bit_length() if rows else MOST_DOUBLINGS
        if not doublings:
            return values
        steps = graph.add("Squeeze", graph.size(values, 1), graph.axes(0), name="rows")
        zero = graph.constant(0, np.int64)
        numbers = graph.add("Range", zero, steps, graph.constant(1, np.int64), name="row_numbers")
        for doubling in range(doublings):
            back = graph.add("Sub", numbers, graph.constant(2**doubling, np.int64), name="rows_before")
            there = graph.add("GreaterOrEqual", back, zero, name="there")
            column = graph.add("Unsqueeze", there, graph.axes(0, 2), name="there")
            earlier = graph.add("Gather", values, graph.add("Max", back, zero), name="earlier", axis=1)
            gap = graph.add("IsNaN", values, name="gap")
            values = self.to.chosen(graph.add("And", gap, column, name="fillable"), earlier, values)
        return values

    def _ones(self, places: str, counts: Sequence[int]) -> str:
        """Return 1 in the column of each row's category: places (N, T, columns) to (N, T, Σ counts)."""
        graph = self.graph
        parts = []
        for column, count in enumerate(counts):
            place = graph.part(places, 2, column, column + 1)
            same = graph.add("Equal", place, graph.constant(np.arange(count), np.int64), name="is_category")
            parts.append(graph.cast(same, self.dtype))
        return graph.joined(parts, 2)

    def _as_network(self, value: str) -> str:
        return value if np.dtype(self.own.dtype) == self.dtype else self.graph.cast(value, self.dtype)
