"""What a trained model says: of new rows, of any window, of a stream. model.py has how good that is."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells import cell_named
from gatewise.engine.arguments import check_threads
from gatewise.errors import ArgumentError
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.options import as_flag, spelled
from gatewise.train.config import FitConfig
from gatewise.train.data import Preparation, Windows, read
from gatewise.train.data.data_error import DataWarning
from gatewise.train.data.reading.frames import open_source
from gatewise.train.data.reading.layout import FILLED
from gatewise.train.data.windows.served import raw_inputs
from gatewise.train.loop.recipe import chosen_loss
from gatewise.train.model import metrics as measuring
from gatewise.train.model import rolling as ranges
from gatewise.train.model.columns import columns_of, truth_names
from gatewise.train.model.forecasts import quantiles_of, raw_outputs, restored
from gatewise.train.model.metrics_text import count
from gatewise.train.model.stepper import ModelStepper
from gatewise.train.model.tables import Table, like
from gatewise.train.sources import data_of


class Predicting:
    """A network with what leads from a table to a prediction; see `Model`.

    Parameters
    ----------
    notes : list of str
        What is known of the training's data, which is not told again.

    Attributes
    ----------
    remarks : list of str
        What is to be known of the predictions made last and is no warning: rows without one, and steps that
        are not in the training's own data and yet predicted. The command line prints them.
    """

    def __init__(
        self, network: Network, config: FitConfig, preparation: Preparation, notes: list[str]
    ) -> None:
        self.network, self.config, self.preparation, self.notes = network, config, preparation, notes
        self.loss, self.loss_options = chosen_loss(config, len(preparation.classes or ()))
        self._told_not_finite = 0
        self.remarks: list[str] = []

    @property
    def predictor(self) -> str:
        """What results call the network: "LSTM", or the name of the cell that it is made of."""
        return measuring.predictor(cell_named(self.network.architecture.cell))

    def predict(
        self, data: Any = None, *, rolling: bool = False, start: Any = None, end: Any = None,
        every: int | None = None, threads: int | None = None,
    ) -> Any:  # fmt: skip
        """Predict what comes after the end of each series, or the value or class of each window.

        Parameters
        ----------
        data : path, frame or arrays, optional
            With the columns that were trained on; a forecast reads the last `window` rows of each series. By
            default the data of the training.
        rolling : bool
            A forecast from every row, not only from the end, with columns cutoff (the time of the last row
            that it knows), step, and truth, NaN where it is not known.
        start, end : time or number, optional
            The first and the last cutoff, as the data have their times; without times rows of each series,
            from 0. Of tasks other than forecast a cutoff is the row that is predicted.
        every : int, optional
            Rows from one cutoff to the next.
        threads : int, optional
            Threads at most.

        Returns
        -------
        frame or dict of arrays
            A frame for a frame, else columns by name. Forecasts have a row for each step ahead.

        Raises
        ------
        GatewiseError
            If a column is missing, there are too few rows, or no cutoff lies in the range.
        """
        check_threads(threads)
        ranges.check_range(as_flag("rolling", rolling), start, end, every)
        self.tell_not_finite()
        windows = self.windows(data, "every" if rolling else "last")
        numbers = ranges.in_range(windows, windows.test, start, end, every) if rolling else windows.test
        table = self.table(windows, numbers, rolling=rolling, threads=threads)
        return like(data, table, self.preparation.zone, self.empty_in(table) if rolling else ())

    def inputs(
        self, data: Any = None, *, rolling: bool = False, start: Any = None, end: Any = None,
        every: int | None = None,
    ) -> dict[str, NDArray[Any]]:  # fmt: skip
        """Return what an exported model is given of each window that `predict` predicts, in the same order.

        Parameters
        ----------
        data, rolling, start, end, every
            As for `predict`.

        Returns
        -------
        dict of arrays
            By the names of the graph's inputs, as the table has the numbers; see docs/convert.md.

        Raises
        ------
        GatewiseError
            As `predict`; and of a stateful model whose predictions carry what came before their window.
        """
        ranges.check_range(as_flag("rolling", rolling), start, end, every)
        windows = self.windows(data, "every" if rolling else "last")
        numbers = ranges.in_range(windows, windows.test, start, end, every) if rolling else windows.test
        if self.config.stateful and len(np.unique(windows.stretch_of(numbers))) < len(numbers):
            raise ArgumentError(
                "this model is stateful: it carries what it has seen from window to window, and the inputs "
                "of one window do not have that. Ask for the last window of each series of a forecast: "
                f"without {spelled('rolling', True)}."
            )
        return raw_inputs(windows, numbers)

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
        own_test = data is None and choose == "labelled"
        self.remarks = [] if own_test else self._remarks_on(windows, choose)
        return windows

    def _remarks_on(self, windows: Windows, choose: str) -> list[str]:
        """Say which steps are predicted that the data do not have, and how many rows are not predicted."""
        prepared, dataset = self.preparation, windows.dataset
        if prepared.task == "forecast" and choose == "last":
            return []
        known = [note for note in windows.notes if note in self.notes and note.endswith(FILLED)]
        size = prepared.window
        if prepared.task == "forecast" or size < 2:
            return known
        stretches = np.unique(windows.stretch_of(windows.test))
        rows = np.array([each.end - each.first for each in dataset.stretches])[stretches]
        without = int((rows >= size).sum()) * (size - 1)
        if not without:
            return known
        each = (
            "" if len(stretches) == 1 else " of each series" if len(dataset.ids) > 1 else " of each stretch"
        )
        return [
            *known,
            f"the first {count(size - 1, 'row')}{each} ({without:,} of {len(dataset):,}) have no prediction: "
            f"one reads {size:,} rows, the window. gatewise fit --window takes fewer",
        ]

    def forecast(self, windows: Windows, numbers: IntArray, threads: int | None = None) -> FloatArray:
        """Return what the network says of some windows, in the targets' own units.

        (N, horizon, K, Q), where `loss.columns` names the Q; of classes the probabilities (N, C).
        """
        y = raw_outputs(self.network, self.config, windows, numbers, threads)
        return restored(y, self.loss, self.loss_options, windows, numbers)

    def quantiles(self, said: FloatArray) -> FloatArray:
        """Return the quantiles (N, horizon, K, Q) of what `forecast` says, in the targets' own units."""
        return quantiles_of(said, self.loss, self.loss_options, non_negative=self.preparation.non_negative)

    def table(
        self, windows: Windows, numbers: IntArray, *, rolling: bool = False, threads: int | None = None
    ) -> Table:
        """Lay predictions of some windows out as columns."""
        return self._laid(self.forecast(windows, numbers, threads), windows, numbers, rolling=rolling)

    def _laid(self, said: FloatArray, windows: Windows, numbers: IntArray, *, rolling: bool) -> Table:
        return columns_of(said, windows, numbers, self.loss, self.loss_options, rolling=rolling)

    def empty_in(self, table: Table) -> list[str]:
        """Return the columns of a rolling forecast in which NaN means that the truth is not known."""
        return truth_names(table, self.preparation.targets)

    def stepper(self, series: Any = None) -> ModelStepper:
        """Return what takes one row of a table at a time, and predicts after each; see `ModelStepper`."""
        self.tell_not_finite()
        return ModelStepper(
            self.network, self.preparation, self.loss, self.loss_options, self.config.engine, series
        )
