"""One window of a trained model, taken out to be looked at: what is read, the weights, what is to be said."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.learn.network import embeddings
from gatewise.learn.network.skip import last_rows
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.given import brief, listed
from gatewise.support.options import spelled
from gatewise.support.wings.run_window import Column, RunWindow
from gatewise.train.data import DataError, Windows
from gatewise.train.data.reading.times import time_text
from gatewise.train.explore.base import base_said, with_bases
from gatewise.train.model.model import Model
from gatewise.train.model.model_file import load
from gatewise.train.model.rolling import at_cutoff, own_part

_FEW = 8  # series in a message


def window_of_run(
    run: str | PathLike[str] | Model, at: Any = None, *, series: Any = None, data: Any = None
) -> RunWindow:
    """Return the window of a trained model that ends with a row.

    Parameters
    ----------
    run : path or Model
        A run folder, a model file, or a model.
    at : int, time or str, optional
        The row: its number, from 0, in the table, or its time. Of a forecast it is the last
        one that is known. By default the last one whose labels are all known, in the test.
    series : optional
        Which one, where several have a row at that time; without a row, of which the last window is meant.
    data : path, frame or arrays, optional
        By default the data of the training.

    Raises
    ------
    GatewiseError
        If there is no such run, row or series; or the model is one that a page does not show.
    """
    model = run if isinstance(run, Model) else load(run)
    refuse_unshown(model)
    windows = model.windows(data, "labelled" if at is None else "every")
    if series is not None and model.preparation.series_name is None and len(windows.dataset.ids) == 1:
        raise ArgumentError(f"{spelled('series', series)}: the data are one series; leave it out.")
    if at is None:
        own = windows.test if data is not None else own_part(windows, model.config)[1]
        number = last_labelled(windows, own if series is None else _of_series(windows, own, series))
    else:
        number = _at(windows, at, series)
    return cut_window(model, windows, number, "the model" if isinstance(run, Model) else str(run))


def refuse_unshown(model: Model) -> None:
    """Refuse a model that a page does not show, by what it has.

    Raises
    ------
    ArgumentError
    """
    architecture = model.network.architecture
    if architecture.bidirectional:
        raise ArgumentError(
            "the run reads each window in both directions (bidirectional); a page shows layers of one. Show "
            f"one direction of a layer on drawn inputs: {spelled('layer', 0)}, {spelled('reverse', True)}."
        )
    if model.config.stateful:
        raise ArgumentError(
            "the run is stateful: what a window says depends on all that came before it, which the page does "
            f"not have. Show a layer on drawn inputs: {spelled('layer', 0)}."
        )


def cut_window(model: Model, windows: Windows, number: int, run: str) -> RunWindow:
    """Return the window that ends with the row `number` of a dataset."""
    numbers = np.array([number], np.int64)
    batch = windows.batch(numbers)
    own, architecture, views = model.preparation, model.network.architecture, model.network.views
    x = batch.x[0] if batch.lengths is None else batch.x[0, : int(batch.lengths[0])]
    read, columns = x, list(_columns(model, windows, numbers))
    if batch.codes is not None:
        vectors = embeddings.vectors(architecture, views, batch.codes)
        read = embeddings.joined_to(x[np.newaxis], vectors)[0]
        columns += [Column(f"{name}[{k}]") for name, _, size in architecture.embeddings for k in range(size)]
    width, E = architecture.width, architecture.head_inputs
    W = views["head.W"]
    beside: dict[str, tuple[FloatArray, FloatArray]] = {}
    if E:
        assert batch.extra is not None
        beside["extra"] = W[:, width : width + E], batch.extra[0]
    if architecture.skip:
        beside["recent"] = W[:, width + E :], last_rows(x, None, architecture.skip)
    names, outputs = _outputs(model, windows, numbers)
    outputs = with_bases(model, outputs, columns, x[-1])
    stretch = int(windows.stretch_of(numbers)[0])
    times = _times(windows, number, len(x))
    of_series = str(windows.dataset.ids[windows.dataset.stretches[stretch].series])
    return RunWindow(
        run=run, at=times[-1], series=of_series if own.series_name is not None else "", times=times,
        layers=tuple((f"layer {place}", _params(cells)) for place, cells in enumerate(model.network.cells)),
        x=read, columns=tuple(columns), W=W[:, :width], b=views["head.b"], beside=beside,
        label=_label(model, batch.label[0], len(outputs)), classes=own.classes is not None,
        outputs=outputs, output_names=names, note=_note(model),
        base=base_said(model, outputs),
    )  # fmt: skip


def _params(cells: Sequence[Params]) -> Params:
    (only,) = cells
    return only


def _times(windows: Windows, number: int, steps: int) -> tuple[str, ...]:
    """Return when each row of a window was, or which row of its series it is."""
    dataset, rows = windows.dataset, range(number + 1 - steps, number + 1)
    if dataset.time is None:
        first = dataset.stretches[int(windows.stretch_of(np.array([number]))[0])].first
        return tuple(f"row {row - first}" for row in rows)
    return tuple(time_text(dataset.time[row], dataset.zone) for row in rows)


def _columns(model: Model, windows: Windows, numbers: IntArray) -> list[Column]:
    """Return what the numbers of each column of x stand for."""
    own, place = model.preparation, int(windows.stretch_of(numbers)[0])
    scales = windows.scales[place] if windows.scales else None
    mean, scale = (own.mean, own.scale) if scales is None else (scales.mean, scales.scale)
    label_scale = own.label_scale if scales is None else scales.label_scale
    found = []
    for k, name in enumerate(own.columns):
        if k >= len(own.inputs):  # the calendar, marks and categories are as they are
            found.append(Column(name))
        elif own.lag and k < len(own.targets):
            change = f"change of {_in_logs(name, own.log)} over {own.lag} row{'s' * (own.lag > 1)}"
            found.append(Column(change, 0.0, float(label_scale[k])))
        else:
            shown = _in_logs(name, own.log and k < own.own_past)
            found.append(Column(shown, float(mean[k]), float(scale[k])))
    return found


def _in_logs(name: str, log: bool) -> str:
    return f"log(1 + {name})" if log else name


def _outputs(model: Model, windows: Windows, numbers: IntArray) -> tuple[tuple[str, ...], tuple[Column, ...]]:
    """Return what each output of the head is called, and what its number stands for."""
    own = model.preparation
    if own.classes is not None:
        names = tuple(str(each) for each in own.classes)
        return names, tuple(Column(own.targets[0]) for _ in names)
    said = model.loss.columns(**model.loss_options)
    zero, scale = windows.units(numbers)
    short, columns = [], []
    for step in range(own.horizon):
        for k, target in enumerate(own.targets):
            for column in said:
                of = "" if len(said) == 1 else f" {column}"
                ahead = f"+{step + 1}" if own.task == "forecast" else target
                several = own.task == "forecast" and len(own.targets) > 1
                short.append(f"{target} {ahead}{of}" if several else f"{ahead}{of}")
                if not _is_value(model, column):
                    columns.append(Column(f"{target}{of}, before its function"))
                    continue
                name = _in_logs(target, own.log) + of
                columns.append(Column(name, float(zero[0, step, k]), float(scale[0, step, k])))
    return tuple(short), tuple(columns)


def _is_value(model: Model, column: str) -> bool:
    """Return whether an output is a value of the target, scaled; else a function makes one of it."""
    return model.loss.name != "negative_binomial" and column != "sd"


def _compared(model: Model) -> tuple[int, str] | None:
    """Return which output of a label is compared with it, and what that is; None where none can be."""
    if model.loss.name == "negative_binomial":
        return None
    if model.loss.name != "pinball":
        return 0, "the mean of each label" if model.loss.name == "gaussian" else "every label"
    levels = [abs(level - 0.5) for level in model.loss_options["quantiles"]]
    place = levels.index(min(levels))
    return place, f"the quantile {model.loss_options['quantiles'][place]:g} of each label"


def _label(model: Model, label: FloatArray, outputs: int) -> FloatArray:
    """Return what each output is to be; NaN for one of which nothing of that kind is known."""
    if model.preparation.classes is not None:
        code = label[0]
        found = np.full(outputs, np.nan if np.isnan(code) else 0.0)
        if not np.isnan(code):
            found[int(code)] = 1.0
        return found
    table = np.full((len(label), outputs // len(label)), np.nan)
    if (compared := _compared(model)) is not None:
        table[:, compared[0]] = label
    return table.ravel()


def _note(model: Model) -> str:
    """Say what the loss on a page is beside that of the training, and what is not as there."""
    own, config, compared = model.preparation, model.config, _compared(model)
    parts = []
    if own.classes is not None:
        parts.append("The loss is the cross-entropy, as in training.")
    elif compared is None:
        parts.append("There is no loss: training had the likelihood of counts, which the page does not work.")
    else:
        parts.append(
            f"The loss on this page is half the squared error of {compared[1]}, scaled and summed; that of "
            f"the training: {model.loss.title}."
        )
    dropped = ("dropout", "input_dropout", "recurrent_dropout", "output_dropout")
    if any(getattr(config, name) for name in dropped):
        parts.append("Dropout is off, as in prediction.")
    if own.log:
        parts.append("Targets are shown as learned, log(1 + y): a forecast is e to that power, minus 1.")
    if model.loss.name == "pinball":
        parts.append("A forecast has its quantiles in rising order.")
    if own.non_negative:
        parts.append("A forecast below 0 is given as 0.")
    return " ".join(parts)


def last_labelled(windows: Windows, numbers: IntArray) -> int:
    """Return the last of some windows whose labels are all known; where there is none, the last one."""
    for start in range(len(numbers), 0, -512):
        some = numbers[max(start - 512, 0) : start]
        known = ~np.isnan(windows.batch(some).label).any(axis=1)
        if known.any():
            return int(some[known][-1])
    return int(numbers[-1])


def _at(windows: Windows, at: Any, series: Any) -> int:
    """Return the window that ends with a row; where several series have one, with that of one of them."""
    numbers = at_cutoff(windows, windows.test, at)
    if series is not None:
        return int(_of_series(windows, numbers, series, f"at {brief(at)} ")[0])
    if len(numbers) > 1:
        names = _series_of(windows, numbers)
        raise ArgumentError(
            f"at {brief(at)} there are windows of {_listed(names)}. Say which: {spelled('series', names[0])}."
        )
    return int(numbers[0])


def _of_series(windows: Windows, numbers: IntArray, series: Any, where: str = "") -> IntArray:
    """Return those of some windows that are of one series."""
    names = _series_of(windows, numbers)
    own = np.array([name == str(series) for name in names])
    if not own.any():
        several = list(dict.fromkeys(names))
        raise DataError(f"{spelled('series', series)}: {where}there are windows of {_listed(several)}.")
    found: IntArray = numbers[own]
    return found


def _series_of(windows: Windows, numbers: IntArray) -> list[str]:
    dataset = windows.dataset
    return [str(dataset.ids[dataset.stretches[each].series]) for each in windows.stretch_of(numbers)]


def _listed(names: Sequence[str]) -> str:
    return listed(names[:_FEW]) + " …" * (len(names) > _FEW)
