"""Predictions of some windows as columns of a table: which there are, and in which order."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.learn.losses import Loss
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Windows
from gatewise.train.data.data_error import DataWarning
from gatewise.train.model.rolling import cutoffs
from gatewise.train.model.tables import Table

NEW = "forecast_{}"
"""What a column of a rolling forecast is called whose name the table itself has."""


def columns_of(
    said: FloatArray, windows: Windows, numbers: IntArray, loss: Loss, options: Mapping[str, Any], *,
    rolling: bool = False,
) -> Table:  # fmt: skip
    """Lay out what `Model.forecast` says of some windows.

    A row for each window and step ahead: series, time, predictions; a rolling forecast has also the cutoff,
    which is the time of the last row that is known, the step, and the truth, NaN or None where none is known.
    """
    prepared = windows.preparation
    ids, times = windows.where(numbers)
    ahead = times.shape[1]
    where: Table = {}
    if prepared.series_name is not None:
        where[prepared.series_name] = np.repeat(np.array(ids, object), ahead)
    when: Table = {prepared.time_name or "row": times.reshape(-1)}
    values = _predicted(said, windows, loss, options)
    if not rolling:
        return {**where, **when, **values}
    own = [*where, *when, *values]
    which: Table = {}
    if prepared.task == "forecast":
        which["cutoff"] = np.repeat(cutoffs(windows, numbers), ahead)
        which["step"] = np.tile(np.arange(1, ahead + 1), len(times))
    return where | _named(which, own) | when | values | _named(_truth(windows, numbers), own)


def truth_names(table: Table, targets: Sequence[str]) -> list[str]:
    """Return the columns of a rolling forecast that have the truth, which are empty where it is not known."""
    names = ["truth"] if len(targets) == 1 else [f"{name}_truth" for name in targets]
    return [new if (new := NEW.format(name)) in table else name for name in names]


def _predicted(said: FloatArray, windows: Windows, loss: Loss, options: Mapping[str, Any]) -> Table:
    names = windows.preparation.targets
    if windows.classes is not None:
        classes = np.array(windows.classes)
        table: Table = {names[0]: classes[said.argmax(axis=1)]}
        return table | {f"{names[0]}_p_{name}": said[:, c] for c, name in enumerate(classes.tolist())}
    point = loss.best(said, **options)
    columns = loss.columns(**options)
    table = {}
    for k, name in enumerate(names):
        table[name] = point[..., k].reshape(-1)
        if columns != ["value"]:
            table |= {f"{name}_{column}": said[..., k, q].reshape(-1) for q, column in enumerate(columns)}
    return table


def _truth(windows: Windows, numbers: IntArray) -> Table:
    truth, names = windows.truth(numbers), windows.preparation.targets
    if windows.classes is not None:
        classes: NDArray[Any] = np.array([*windows.classes, None], object)
        return {"truth": classes[np.where(np.isnan(truth), -1, truth).astype(int)]}
    if len(names) == 1:
        return {"truth": truth.reshape(-1)}
    return {f"{name}_truth": truth[..., k].reshape(-1) for k, name in enumerate(names)}


def _named(columns: Table, own: Sequence[str]) -> Table:
    """Return columns under names that the table does not have itself, and say so."""
    taken = [name for name in columns if name in own]
    for name in taken:
        new = NEW.format(name)
        warnings.warn(
            f"the data have a column {name} of their own; that of the rolling forecast is called {new}.",
            DataWarning, stacklevel=5,
        )  # fmt: skip
    return {NEW.format(name) if name in taken else name: values for name, values in columns.items()}
