"""A trained model: predict, evaluate, step through a stream, save.

predicting.py has what it says; model_file.py loads one.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from gatewise.engine.arguments import check_threads
from gatewise.errors import GatewiseError
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.files import as_path
from gatewise.support.options import as_flag
from gatewise.support.reprs import short_repr
from gatewise.train.cell_key import name_of
from gatewise.train.config import FitConfig
from gatewise.train.data import Baselines, Preparation, Windows
from gatewise.train.data.data_error import DataWarning
from gatewise.train.data.prepare.splits import PARTS
from gatewise.train.metrics.table import checked_metric
from gatewise.train.model import metrics as measuring
from gatewise.train.model import rolling as ranges
from gatewise.train.model.forecasts import levels_of
from gatewise.train.model.predicting import Predicting
from gatewise.train.model.scales import KeptScales
from gatewise.train.model.tables import like
from gatewise.train.run import checkpoint

MOST_SERIES = 20_000  # of the table by series, the worst, in a model file; results.json has them all


class Model(Predicting):
    """A network with everything that leads from a table to a prediction.

    Attributes
    ----------
    network : Network
        Its `views` are the weights by name.
    config : FitConfig
        How it was trained.
    preparation : Preparation
        Columns, scaling, classes: from rows of a table to x and from y back.
    baselines : Baselines
        What it is compared with.
    history : list of dict
        Metrics of each epoch.
    results : dict
        The test, beside the baselines.
    scales : KeptScales
        What the errors of each series are divided by for MASE.
    fingerprint : str or None
        The hash of the training's data, by which they are known where they are given again; None where it is
        not known.
    notes : list of str
        What a user should know of how the training's data were taken: columns left out, gaps, values that may
        stand for a missing one. Those of new data come as `DataWarning`.
    """

    def __init__(
        self, network: Network, config: FitConfig, preparation: Preparation, baselines: Baselines,
        history: list[dict[str, Any]], results: dict[str, Any] | None = None, notes: Sequence[str] = (),
        scales: KeptScales | None = None, fingerprint: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(network, config, preparation, list(notes))
        self.baselines, self.history, self.results = baselines, history, results or {}
        self.scales, self.fingerprint = scales or KeptScales(), fingerprint

    def evaluate(
        self, data: Any = None, *, metric: str | None = None, rolling: bool = False, start: Any = None,
        end: Any = None, every: int | None = None, threads: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Compare predictions with what came, beside the baselines.

        Parameters
        ----------
        data : path, frame or arrays, optional
            With the columns that were trained on. Without it, the test of the training.
        metric : str, optional
            What comes first and decides, as `--metric`; see docs/training.md. Where the results of the
            training have it in their summary alone, and no data to measure the rest, a `DataWarning` says so.
        rolling : bool
            Only from the cutoffs that `start`, `end` and `every` name, as for `predict`. Without data they
            are those of the test, and with a start or end any of the training's own data.
        threads : int, optional
            Threads at most.

        Returns
        -------
        dict
            `metric`: what decides. `targets`: for each target and each predictor its metrics, None where one
            has no value, and then `reasons` says why. `by_step`: the mean absolute error of each step ahead,
            `by_step_metric` the same by `metric` if that is another. `by_series`, of several series: the
            main metrics of each, the worst first.

        Raises
        ------
        GatewiseError
            If a column is missing, there are too few rows, no cutoff lies in the range, or the task has no
            such metric.
        """
        check_threads(threads)
        if metric is not None:
            metric = self.checked_metric(metric)
        if as_flag("rolling", rolling):
            return self.backtest(
                data, metric=metric, start=start, end=end, every=every, threads=threads, table=False
            )[0]
        ranges.check_range(False, start, end, every)
        again = None
        if data is None and self.results:
            if metric in (None, self.results.get("metric")):
                return self.results
            again = measuring.reordered(self.results, metric)
            if again and measuring.has_all(self.results, metric):
                return again
        self.tell_not_finite()
        try:
            windows = self.windows(data, "labelled")
        except GatewiseError as error:
            if not again:
                raise
            warnings.warn(
                f"errors by step ahead and by series are not told by {metric}: that takes the data of the "
                f"training. {error}", DataWarning, stacklevel=2,
            )  # fmt: skip
            return again
        of, numbers = "the data given", windows.test
        if data is None:
            of, numbers = ranges.own_part(windows, self.config)
        elif self._are_own(windows):
            of = self._own_of(windows, numbers, "windows")
        return self.measure(windows, numbers, of, threads, metric)

    def backtest(
        self, data: Any = None, *, metric: str | None = None, start: Any = None, end: Any = None,
        every: int | None = None, threads: int | None = None, table: bool = True,
    ) -> tuple[dict[str, Any], Any]:  # fmt: skip
        """Return what `evaluate(rolling=True)` finds, and the forecasts themselves as `predict` has them.

        Parameters
        ----------
        table : bool
            Whether to make the table; without, the second is None.
        """
        check_threads(threads)
        metric = None if metric is None else self.checked_metric(metric)
        self.tell_not_finite()
        windows = self.windows(data, "labelled")
        of, numbers = "the data given", windows.test
        if data is None and start is None and end is None:
            of, numbers = ranges.own_part(windows, self.config)
        numbers = ranges.in_range(windows, numbers, start, end, every)
        if of == "the data given" and (data is None or self._are_own(windows)):
            of = self._own_of(windows, numbers, "cutoffs")
        said = self.forecast(windows, numbers, threads)
        results = self.measure(windows, numbers, of, threads, metric, said=said)
        results["rolling"] = ranges.facts_of(windows, numbers, every)
        if not as_flag("table", table):
            return results, None
        laid = self._laid(said, windows, numbers, rolling=True)
        return results, like(data, laid, self.preparation.zone, self.empty_in(laid))

    def _are_own(self, windows: Windows) -> bool:
        """Return whether windows of data that were given are of those of the training."""
        return self.fingerprint is not None and windows.fingerprint() == self.fingerprint

    def _own_of(self, windows: Windows, numbers: IntArray, what: str) -> str:
        """Name windows of the training's own data; warn of those in rows that training has seen."""
        name, own = ranges.own_part(windows, self.config)
        first = np.full(len(windows.dataset.stretches), len(windows.dataset))  # of each stretch's test
        np.minimum.at(first, windows.stretch_of(own), own)
        if name == PARTS[2] and (numbers >= first[windows.stretch_of(numbers)]).all():
            return name
        if seen := ranges.seen_in_training(windows, numbers, self.config):
            warnings.warn(
                f"{seen:,} of {len(numbers):,} {what} are in rows that training has seen; "
                "there it is better than it will be on others.", DataWarning, stacklevel=3,
            )  # fmt: skip
        return "the training's own data"

    def checked_metric(self, metric: str) -> str:
        """Return the name of a metric that this model's task and loss have.

        Raises
        ------
        ArgumentError
        """
        config = self.config
        return checked_metric(metric, task=config.task, loss=self.loss.name, window=config.window)

    def test(self, windows: Windows) -> dict[str, Any]:
        """Evaluate on the test part of the training's own windows; on validation where no test was kept."""
        parts = {
            "test": windows.test,
            "validation (no test was kept)": windows.validation,
            "training (no test was kept)": windows.train,
        }
        of, numbers = next((of, numbers) for of, numbers in parts.items() if len(numbers))
        return self.measure(windows, numbers, of, None)

    def measure(
        self, windows: Windows, numbers: IntArray, of: str, threads: int | None,
        metric: str | None = None, said: FloatArray | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Measure the network and the baselines on some windows; `of` names them.

        `said` is what `forecast` says of them, if that is known.
        """
        said = self.forecast(windows, numbers, threads) if said is None else said
        classes = self.preparation.classes is not None
        point = said if classes else self.loss.best(said, **self.loss_options)
        levels = levels_of(self.loss, self.loss_options)
        quantiles = {self.predictor: self.quantiles(said)} if levels else {}
        given = measuring.Contest(
            network=self.predictor, targets=self.preparation.targets, truth=windows.truth(numbers),
            predicted={self.predictor: point, **self.baselines.predict(windows, numbers)},
            quantiles=quantiles, levels=levels, scales=self.scales.of(windows, numbers),
            ids=windows.dataset.ids, metric=metric or self.config.metric, loss=self.loss.name,
            task=self.config.task, whole=self.preparation.window == 0,
        )  # fmt: skip
        head: dict[str, Any] = {"task": self.config.task, "of": of, "windows": len(numbers)}
        if span := windows.span(numbers):
            head |= {"from": span[0], "to": span[1]}
        return head | (measuring.compare_classes(given) if classes else measuring.compare(given))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model in one safetensors file: weights by name, and a JSON document beside them.

        Raises
        ------
        ArgumentError, OutputError
            If `path` is no path, or nothing can be written there; an older file is then as it was.
        """
        arrays, document = self.contents()
        format = checkpoint.format_of(self.config.cell, self.preparation.later)
        checkpoint.save(
            as_path("path", path, "the file to write"), arrays, document, link=True, format=format
        )

    def contents(self) -> tuple[dict[str, FloatArray], dict[str, Any]]:
        """Return what is written of it: weights by name, and a JSON document."""
        arrays = {f"weights.{name}": view for name, view in self.network.views.items()}
        arrays |= {f"baselines.{name}": array for name, array in self.baselines.arrays().items()}
        document = {
            "architecture": self.network.architecture.to_dict(),
            "config": self.config.to_dict(),
            "preparation": self.preparation.to_dict(),
            "history": self.history,
            "results": measuring.shortened(self.results, MOST_SERIES),
            "notes": self.notes,
        }
        if self.scales.by_series:
            document["scales"] = self.scales.to_dict()
        return arrays, document

    def __repr__(self) -> str:
        prepared = self.preparation
        targets = ", ".join(prepared.targets)
        named: dict[str, Any] = {
            "window": prepared.window,
            "horizon": prepared.horizon,
            "hidden": self.config.hidden,
        }
        named |= {} if self.config.cell == "lstm" else {"cell": name_of(self.config.cell)}
        return short_repr(self, f"{prepared.task} of {targets}", **named, parameters=self.network.size)
