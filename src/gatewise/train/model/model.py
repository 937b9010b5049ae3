"""A trained model: predict, evaluate, step through a stream, save. model_file.py loads one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from gatewise.cells import cell_named
from gatewise.engine.arguments import check_threads
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.files import as_path
from gatewise.support.options import as_flag
from gatewise.support.reprs import short_repr
from gatewise.train.cell_key import name_of
from gatewise.train.config import FitConfig
from gatewise.train.data import Baselines, Preparation, Windows, read
from gatewise.train.data.data_error import DataWarning
from gatewise.train.data.reading.frames import open_source
from gatewise.train.loop.batches import InOrder, Walks
from gatewise.train.loop.loop import outputs
from gatewise.train.loop.recipe import chosen_loss
from gatewise.train.model import metrics as measuring
from gatewise.train.model.stepper import ModelStepper
from gatewise.train.model.tables import Table, like
from gatewise.train.run import checkpoint
from gatewise.train.sources import data_of

AT_ONCE = 512  # windows that are predicted together; bounds memory


class Model:
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
    notes : list of str
        What a user should know of how the training's data were taken: columns left out, gaps, values that may
        stand for a missing one. Those of new data come as `DataWarning`.
    """

    def __init__(
        self, network: Network, config: FitConfig, preparation: Preparation, baselines: Baselines,
        history: list[dict[str, Any]], results: dict[str, Any] | None = None, notes: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.network, self.config, self.preparation, self.baselines = network, config, preparation, baselines
        self.history, self.results, self.notes = history, results or {}, list(notes)
        self.loss, self.loss_options = chosen_loss(config, len(preparation.classes or ()))
        self._told_not_finite = 0

    @property
    def predictor(self) -> str:
        """What results call the network: "LSTM", or the name of the cell that it is made of."""
        return measuring.predictor(cell_named(self.network.architecture.cell))

    def predict(self, data: Any = None, *, rolling: bool = False, threads: int | None = None) -> Any:
        """Predict what comes after the end of each series, or the value or class of each window.

        Parameters
        ----------
        data : path, frame or arrays, optional
            With the columns that were trained on; a forecast reads the last `window` rows of each series, or
            those that it has, with a warning. By default the data of the training.
        rolling : bool
            A forecast from every row, not only from the end.
        threads : int, optional
            Threads at most.

        Returns
        -------
        frame or dict of arrays
            A frame for a frame, else columns by name. Forecasts have a row for each step ahead.

        Raises
        ------
        GatewiseError
            If a column is missing or there is no row to predict from.
        """
        check_threads(threads)
        self.tell_not_finite()
        windows = self.windows(data, "every" if as_flag("rolling", rolling) else "last")
        table = self.table(windows, windows.test, rolling=rolling, threads=threads)
        return like(data, table, self.preparation.zone)

    def evaluate(self, data: Any = None, *, threads: int | None = None) -> dict[str, Any]:
        """Compare predictions with what came, beside the baselines.

        Returns
        -------
        dict
            `targets`: for each target and each predictor its metrics; `by_step`: the mean absolute error of
            each step ahead. Without data, the test of the training.
        """
        check_threads(threads)
        if data is None and self.results:
            return self.results
        self.tell_not_finite()
        windows = self.windows(data, "labelled")
        return self.measure(windows, windows.test, "the data given", threads)

    def tell_not_finite(self, where: str = "") -> None:
        """Warn of weights that are NaN or infinite, once for as many: what they say is no prediction."""
        bad = int((~np.isfinite(self.network.vector)).sum())
        if bad and bad != self._told_not_finite:
            what = f"{bad:,} of the {self.network.size:,} weights{where} are NaN or infinite"
            warnings.warn(f"{what}; so will predictions be.", DataWarning, stacklevel=3)
        self._told_not_finite = bad

    def windows(self, data: Any, choose: str) -> Windows:
        """Return windows of other data, prepared as those of the training were; see `Windows.of`."""
        source, reading = data_of(self.config, data), self.preparation.reading
        if reading["skip_rows"] and not (table := open_source(source)).written:
            source, reading["skip_rows"] = table, 0  # rows such as one of units stand in CSV files alone
        windows = Windows.of(read(source, **reading), self.preparation, choose)
        for note in windows.notes:
            if note not in self.notes:  # those of the training are known
                warnings.warn(note, DataWarning, stacklevel=3)
        return windows

    def forecast(self, windows: Windows, numbers: IntArray, threads: int | None = None) -> FloatArray:
        """Return what the network says of some windows, in the targets' own units.

        (N, horizon, K, Q), where `loss.columns` names the Q; of classes the probabilities (N, C).
        """
        values = self.loss.forecast(self._run(windows, numbers, threads), **self.loss_options)
        if self.preparation.classes is not None:
            return values[:, 0].astype(np.float64)
        values = values.astype(np.float64).reshape(len(values), windows.horizon, windows.targets, -1)
        back = windows.restore(values, numbers)
        for q, column in enumerate(self.loss.columns(**self.loss_options)):
            if column == "sd":
                back[..., q] = windows.restore_spread(values[..., q])
        return back

    def _run(self, windows: Windows, numbers: IntArray, threads: int | None) -> FloatArray:
        """Return the network's own outputs of some windows (N, P)."""
        engine, most = self.config.engine, threads or self.config.threads
        if not self.config.stateful:
            batches = InOrder(numbers, AT_ONCE, windows.batch)
            return np.concatenate([y for _, y in outputs(self.network, batches, engine=engine, threads=most)])
        walk = windows.walk(numbers, 1)
        chunks = Walks(walk, self.preparation.window, windows.chunk).epoch(0)
        y = np.concatenate([y for _, y in outputs(self.network, chunks, engine=engine, threads=most)], axis=1)
        return y[walk.labelled]  # the steps at which a window ends, in the order of the numbers

    def test(self, windows: Windows) -> dict[str, Any]:
        """Evaluate on the test part of the training's own windows; on validation where no test was kept."""
        parts = {
            "test": windows.test,
            "validation (no test was kept)": windows.validation,
            "training (no test was kept)": windows.train,
        }
        of, numbers = next((of, numbers) for of, numbers in parts.items() if len(numbers))
        return self.measure(windows, numbers, of, None)

    def measure(self, windows: Windows, numbers: IntArray, of: str, threads: int | None) -> dict[str, Any]:
        """Measure the network and the baselines on some windows; `of` names them."""
        said, truth = self.forecast(windows, numbers, threads), windows.truth(numbers)
        others = self.baselines.predict(windows, numbers)
        head: dict[str, Any] = {"task": self.config.task, "of": of, "windows": len(numbers)}
        if span := windows.span(numbers):
            head |= {"from": span[0], "to": span[1]}
        names = self.preparation.targets
        if self.preparation.classes is not None:
            return head | measuring.compare_classes(names[0], truth, {self.predictor: said, **others})
        point = self.loss.best(said, **self.loss_options)
        found: dict[str, Any] = head | measuring.compare(names, truth, {self.predictor: point, **others})
        if self.loss.name == "pinball":
            levels = self.loss_options["quantiles"]
            for k, name in enumerate(names):
                more = measuring.of_quantiles(said[..., k, :], levels, truth[..., k])
                found["targets"][name][self.predictor] |= more
        return found

    def table(
        self, windows: Windows, numbers: IntArray, *, rolling: bool = False, threads: int | None = None
    ) -> Table:
        """Lay predictions of some windows out as columns."""
        said = self.forecast(windows, numbers, threads)
        ids, times = windows.where(numbers)
        table: Table = {}
        if self.preparation.series_name is not None:
            table[self.preparation.series_name] = np.repeat(np.array(ids, object), times.shape[1])
        if rolling and windows.horizon > 1:
            table["step"] = np.tile(np.arange(1, windows.horizon + 1), len(times))
        table[self.preparation.time_name or "row"] = times.reshape(-1)
        names = self.preparation.targets
        if self.preparation.classes is not None:
            classes = np.array(self.preparation.classes)
            table[names[0]] = classes[said.argmax(axis=1)]
            return table | {f"{names[0]}_p_{name}": said[:, c] for c, name in enumerate(classes.tolist())}
        point = self.loss.best(said, **self.loss_options)
        columns = self.loss.columns(**self.loss_options)
        for k, name in enumerate(names):
            table[name] = point[..., k].reshape(-1)
            if columns != ["value"]:
                table |= {f"{name}_{column}": said[..., k, q].reshape(-1) for q, column in enumerate(columns)}
        return table

    def stepper(self) -> ModelStepper:
        """Return what takes one row of a table at a time, and predicts after each; see `ModelStepper`."""
        self.tell_not_finite()
        return ModelStepper(self.network, self.preparation, self.loss, self.loss_options, self.config.engine)

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
            "results": self.results,
            "notes": self.notes,
        }
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
