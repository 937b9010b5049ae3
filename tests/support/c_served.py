"""Runs as C programs: every row of some data goes in, as a program would give it, and forecasts come out.

A program, not a library, so that it can be compiled as C++ or with sanitizers as well.
"""

import shutil
import subprocess

import numpy as np
from c_headers import STRICT, needs
from c_runs import header

from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.categories import places_of
from gatewise.train.data.windows.served import scaling_columns, scaling_row

MAIN = """
#include "net.h"
#include <stdio.h>
#include <stdlib.h>
static double numbers[{most}];
static int whole[{most}];
static void take(double *into, int count)
{{
    if (fread(into, sizeof *into, (size_t)count, stdin) != (size_t)count) {{
        exit(3);
    }}
}}
static void say(int status, const double *forecast)
{{
    const double told = status;
    fwrite(&told, sizeof told, 1, stdout);
    fwrite(forecast, sizeof *forecast, net_outputs, stdout);
}}
int main(void)
{{
    static {struct} state;
    double kind, forecast[net_outputs];
{declared}
    int j, status;
    (void)numbers;
    (void)whole;
    while (fread(&kind, sizeof kind, 1, stdin) == 1) {{
        for (j = 0; j < net_outputs; ++j) {{
            forecast[j] = (double)NAN;
        }}
        if (kind < 1.0) {{
            {reset}
            continue;
        }}
{reads}
        status = {step}(&state{call}, forecast);
        say(status, forecast);
    }}
    return 0;
}}
"""


def widths(model):
    """The arguments of a step beside the struct and the forecast: their sizes, and whether they are whole."""
    own = model.preparation
    forecast = own.task == "forecast"
    numbers = [name for name in own.future if name in own.inputs] if forecast else []
    kinds = [name for name, _ in own.one_hot if name in own.future] if forecast else []
    cycles = 2 * len(own.calendar)
    found = {
        "row": (len(own.inputs), False), "categories": (len(own.categories), True), "calendar": (cycles, False),
        "calendar_next": (cycles * forecast, False), "ahead": (own.horizon * len(numbers), False),
        "ahead_categories": (own.horizon * len(kinds), True),
    }  # fmt: skip
    return {name: each for name, each in found.items() if each[0]}


class Program:
    """A run's header compiled in a program of its own; `window` for the step from the last rows alone."""

    def __init__(
        self, folder, model, *, window, dtype=None, compiler="gcc", options=("-std=c99", "-O2"), text=None
    ):
        needs(compiler)
        self.model, self.own, self.folder = model, model.preparation, folder
        (folder / "net.h").write_bytes(header(model, dtype=dtype)[0] if text is None else text)
        kind, struct = ("window_", "net_window") if window else ("", "net_state")
        scaled = bool(self.own.series_scales)
        self.scaling = len(scaling_columns(self.own)) if scaled else 0
        reset = f"net_{kind}reset(&state);"
        if scaled:
            reset = (
                f"take(numbers, {1 + self.scaling}); if (numbers[0] < 0.0 ? net_{kind}reset_as(&state, "
                f"numbers + 1) : net_{kind}reset(&state, (int)numbers[0])) {{ return 4; }}"
            )
        declared, reads = [], []
        for name, (size, whole) in widths(model).items():
            declared.append(f"    {'int' if whole else 'double'} {name}[{size}];")
            reads.append(f"        take({'numbers' if whole else name}, {size});")
            if whole:
                reads.append(f"        for (j = 0; j < {size}; ++j) {{ {name}[j] = (int)numbers[j]; }}")
        source = folder / ("unit.cpp" if "++" in compiler else "unit.c")
        source.write_text(
            MAIN.format(
                most=1000 + self.scaling, struct=struct, reset=reset, step=f"net_{kind}step",
                declared="\n".join(declared), reads="\n".join(reads),
                call="".join(f", {name}" for name in widths(model)),
            )
        )  # fmt: skip
        command = [
            shutil.which(compiler),
            *options,
            *STRICT,
            str(source),
            "-o",
            str(folder / "program"),
            "-lm",
        ]
        made = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
        assert made.returncode == 0, made.stderr[:4000]

    def run(self, records):
        """Give records; return the statuses and forecasts, one for each row."""
        result = subprocess.run(
            [str(self.folder / "program")], input=np.concatenate(records).astype(np.float64).tobytes(),
            capture_output=True, timeout=300,
        )  # fmt: skip
        assert result.returncode == 0, (result.returncode, result.stderr[:2000])
        found = np.frombuffer(result.stdout).reshape(-1, 1 + self.model.network.architecture.outputs)
        return found[:, 0].astype(int), found[:, 1:]

    def forecasts(self, data):
        """Every row of every series in order: the forecasts (rows, outputs), by the rows of the dataset."""
        records, rows = records_of(self.model, data)
        statuses, found = self.run(records)
        assert (statuses == 0).all()
        by_row = np.full((max(rows) + 1, found.shape[1]), np.nan)
        by_row[rows] = found
        return by_row


def records_of(model, data):
    """What a program is given of data: at each stretch a reset, then its rows; and the rows' numbers."""
    own = model.preparation
    windows = model.windows(data, "every")
    dataset, records, numbers = windows.dataset, [], []
    values = np.asarray(dataset.values)
    inputs = values[:, dataset.columns(own.inputs)]
    kinds = np.full((len(values), len(own.categories)), -1)
    for place, (name, _) in enumerate(own.categories):
        codes = values[:, dataset.names.index(name)]
        there = ~np.isnan(codes)
        kinds[there, place] = places_of(dataset, own, name)[codes[there].astype(int)]
    known = [each.series for each in own.series_scales]
    cycles = (
        waves(model, dataset.time),
        waves(model, None if dataset.time is None else next_of(own, dataset.time)),
    )
    ahead = [own.inputs.index(name) for name in own.future if name in own.inputs]
    ahead_kinds = [n for n, (name, _) in enumerate(own.categories) if name in own.future]
    for number, stretch in enumerate(dataset.stretches):
        records.append([0.0])
        if known:
            name = str(dataset.ids[stretch.series])
            records.append([known.index(name) if name in known else -1.0])
            records.append(scaling_row(own, windows.scales[number]))
        for n in range(stretch.first, stretch.end):
            future = np.arange(n + 1, n + 1 + own.horizon)
            inside = future < stretch.end
            future = np.minimum(future, stretch.end - 1)
            parts = {
                "row": inputs[n], "categories": kinds[n], "calendar": cycles[0][n], "calendar_next": cycles[1][n],
                "ahead": np.where(inside[:, np.newaxis], inputs[future][:, ahead], np.nan),
                "ahead_categories": np.where(inside[:, np.newaxis], kinds[future][:, ahead_kinds], -1),
            }  # fmt: skip
            records.append([1.0])
            records += [np.ravel(parts[name]) for name in widths(model)]
            numbers.append(n)
    return records, numbers


def waves(model, times):
    own = model.preparation
    if not own.calendar:
        return np.empty((10**6, 0))
    return calendar(times, own.zone, own.calendar)


def next_of(own, times):
    return own.step.after(times, np.ones(1, np.int64)) if own.calendar else times
