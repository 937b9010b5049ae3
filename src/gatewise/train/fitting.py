"""`fit`: a table in, a trained model out. What the command line does with files is in cli/fit.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from os import PathLike
from typing import Any

import numpy as np

from gatewise.support.files import as_path
from gatewise.support.options import as_flag
from gatewise.train.data.reading.roles import as_name, as_names
from gatewise.train.data.reading.sentinels import as_sentinels
from gatewise.train.fit_run import fit_run
from gatewise.train.model.model import Model
from gatewise.train.run.folder import Run
from gatewise.train.run.progress import Warns, listener

_NAMES = ("features", "future", "static", "categories")


def fit(
    data: Any = None,
    target: str | int | Sequence[str | int] | None = None,
    *,
    run: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: bool = False,
    **keys: Any,
) -> Model:
    """Train a network on a table.

    Parameters
    ----------
    data : path, frame or arrays, optional
        A CSV or Parquet file; a frame of pandas, polars or pyarrow; a dict of columns; an array or a list of
        arrays. Without it, the weather that comes with gatewise.
    target : str or list of str
        The column or columns to predict; those of an array are numbered, from 0.
    run : path, optional
        A folder for the model, checkpoints, metrics and report. Without it nothing is written.
    resume : bool
        Go on with the run in that folder from its checkpoint, to the same bits as if nothing had happened.
    progress : bool
        Say on standard error how it goes.
    keys
        Those of `FitConfig`: features, time, task, window, horizon, cell, hidden, loss, epochs, seed, …

    Returns
    -------
    Model

    Raises
    ------
    GatewiseError
        If something given cannot be used, or the loss is not a finite number any more.
    """
    for name, flag in (("resume", resume), ("progress", progress)):
        as_flag(name, flag)
    if target is not None:
        keys["target"] = as_names("target", target)
    given = {name: value for name, value in keys.items() if value is not None}
    keys |= {name: as_names(name, given[name]) for name in _NAMES if name in given}
    keys |= {name: as_name(name, given[name]) for name in ("time", "series") if name in given}
    if "na" in keys:
        keys["na"] = as_sentinels(keys["na"])
    for part in ("validation", "test"):
        if isinstance(keys.get(part), (date, np.datetime64)):
            keys[part] = str(keys[part])
    if isinstance(data, (str, PathLike)):
        keys["data"], data = str(data), None
    folder = None if run is None else Run(as_path("run", run, "the folder of the run"))
    heard = listener() if progress else Warns()
    return fit_run(folder, keys, data, resume=resume, listener=heard, source="fit")
