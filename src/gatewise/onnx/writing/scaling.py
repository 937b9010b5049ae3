"""How a run scales its columns and labels, in the graph: the table's numbers, or those of each series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.onnx.writing.functions import Numbers
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.windows.served import scaling_row


class RunScaling:
    """Means and scales (N or 1, 1, columns) in float64.

    Parameters
    ----------
    given : dict
        The names of the graph's inputs; of a run that scales each series by itself, series and own_scaling.
    """

    def __init__(self, graph: GraphMaker, own: Preparation, given: dict[str, str]) -> None:
        self.graph, self.own, self.to = graph, own, Numbers(graph, np.float64)
        self._row: str | None = None
        if own.series_scales:
            self._row = self._of_series(given)

    def _of_series(self, given: dict[str, str]) -> str:
        """Return the scaling of each window's series (N, 1, all): from the table, or its own."""
        graph = self.graph
        table = np.array([scaling_row(self.own, each) for each in self.own.series_scales])
        series = graph.add("Unsqueeze", given["series"], graph.axes(1), name="series_column")
        zero = graph.constant(0, np.int64)
        known = graph.add("Max", given["series"], zero, name="known_series")
        rows = graph.add("Gather", graph.constant(table, name="scaling"), known, name="scaling_of", axis=0)
        new = graph.add("Less", series, zero, name="is_new")
        return graph.add("Unsqueeze", self.to.chosen(new, given["own_scaling"], rows), graph.axes(1))

    def mean(self) -> str:
        """Of each column of `inputs`."""
        return self._part(self.own.mean, 0)

    def scale(self) -> str:
        """Of each column of `inputs`."""
        return self._part(self.own.scale, len(self.own.inputs))

    def label_mean(self) -> str:
        """Of each target."""
        return self._part(self.own.label_mean, 2 * len(self.own.inputs))

    def label_scale(self) -> str:
        """Of each target."""
        return self._part(self.own.label_scale, 2 * len(self.own.inputs) + len(self.own.targets))

    def _part(self, of_table: Sequence[float], first: int) -> str:
        if self._row is None:
            return self.graph.constant(np.array(of_table)[np.newaxis, np.newaxis], np.float64)
        return self.graph.part(self._row, 2, first, first + len(of_table))

    def as_learned(self, y: str) -> str:
        """Return targets as they are learned: log(1 + y) where that was asked for."""
        return self.to("Log", self.to("Add", y, 1.0)) if self.own.log else y

    def as_given(self, y: str) -> str:
        """Return what was learned in the targets' own units; none below 0 if so asked."""
        given = self.to("Sub", self.to("Exp", y), 1.0) if self.own.log else y
        return self.to("Max", given, 0.0) if self.own.non_negative else given
