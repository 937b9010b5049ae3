"""Runs as headers: rows of a table go through C and through gatewise, side by side."""

from pathlib import Path

import numpy as np
from c_headers import Called

from gatewise.convert.c_header import write
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.moment import moment


def header(model, name="net", dtype=None):
    """The text of a model's header."""
    opened = Opened(path=Path("runs/a-run"), format="run", run=model)
    return write(opened, Choices(name=name, dtype=dtype))


class InC:
    """A model's header compiled; step takes a row as ModelStepper does."""

    def __init__(self, folder, model, *, window=False, dtype=None, series=None, name="net"):
        self.model, self.prepared = model, model.preparation
        text, self.notes = header(model, name, dtype)
        (folder / f"{name}.h").write_bytes(text)
        prepared = self.prepared
        args = ["const double *"] if prepared.inputs else []
        args += ["const int *"] if prepared.categories else []
        args += ["const double *"] * (bool(prepared.calendar) + bool(prepared.extra)) + ["double *"]
        kind = "window_" if window else ""
        self.called = Called(
            folder, name, struct=f"{name}_window" if window else None, step=f"{kind}step",
            reset=f"{kind}reset", args=args, start=("int",) if prepared.series_scales else (), status=True,
        )  # fmt: skip
        known = [each.series for each in prepared.series_scales]
        self.series = (known.index(series),) if known else ()
        self.reset()

    def reset(self):
        self.called.reset(*self.series)

    def step(self, row, time=None):
        prepared = self.prepared
        numbers, places = prepared.read_row(row)
        arrays = []
        if prepared.inputs:
            arrays.append(np.array(numbers, np.float64))
        if prepared.categories:
            arrays.append(np.array(places, np.intc))
        if prepared.calendar:
            arrays.append(calendar(moment(time, prepared.zone), prepared.zone, prepared.calendar).ravel())
        if prepared.extra:
            ahead = prepared.step.after(moment(time, prepared.zone), np.ones(1, np.int64))
            arrays.append(calendar(ahead, prepared.zone, prepared.calendar).ravel())
        forecast = np.full(self.model.network.architecture.outputs, np.nan)
        self.status = self.called.step(*arrays, forecast)
        return forecast


def rows_of(table, names):
    """The rows of a table of columns, as dicts."""
    return [{name: table[name][place] for name in names} for place in range(len(next(iter(table.values()))))]
