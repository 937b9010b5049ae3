"""The numbers of a Preparation, from the training rows alone: scaling, marks, calendar, classes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief
from gatewise.support.options import named_in
from gatewise.train.data.data_error import DataError, quoted
from gatewise.train.data.prepare.calendar import CYCLES, fitting_cycles
from gatewise.train.data.prepare.categories import find_categories
from gatewise.train.data.prepare.checks import Choice
from gatewise.train.data.prepare.columns import in_logs
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.reading.dataset import CHUNK, Dataset

MOST_CLASSES = 1000


def fit_preparation(
    dataset: Dataset, train: Sequence[Range], choice: Choice, calendar: bool | Sequence[str], dtype: str
) -> Preparation:
    """Find how to prepare a dataset, by its training rows."""
    forecast = choice.task == "forecast"
    columns = (*(dataset.targets if forecast else ()), *dataset.features, *dataset.future, *dataset.static)
    inputs = tuple(name for name in columns if name not in dataset.categories)
    categories, embedded = find_categories(dataset, train)
    if choice.log:
        refuse_negative(dataset, learning=True)
    classes, label_mean, label_scale = _labels(dataset, train, choice)
    mean, scale = scaling(dataset, train, inputs, len(dataset.targets) if forecast and choice.log else 0)
    return Preparation(
        task=choice.task, window=choice.window, horizon=choice.horizon,
        change=choice.change, season=choice.season, past=choice.past, missing=choice.missing,
        targets=dataset.targets, features=dataset.features, future=dataset.future, static=dataset.static,
        time_name=dataset.time_name, series_name=dataset.series_name, step=dataset.step, zone=dataset.zone,
        calendar=cycles(dataset, train, calendar), mean=_plain(mean), scale=_plain(scale),
        label_mean=label_mean, label_scale=label_scale,
        marks=marks(dataset, train, inputs) if choice.missing == "fill" else (), classes=classes, dtype=dtype,
        na=dataset.na, skip_rows=dataset.skip_rows, day_first=dataset.day_first,
        categories=categories, embedded=embedded, log=choice.log, non_negative=choice.non_negative,
    )  # fmt: skip


def _plain(row: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in row)


def _labels(
    dataset: Dataset, train: Sequence[Range], choice: Choice
) -> tuple[tuple[Any, ...] | None, tuple[float, ...], tuple[float, ...]]:
    """Return the classes, or else the mean and scale of labels."""
    columns = dataset.columns(dataset.targets)
    ones = (1.0,) * len(columns)
    if choice.task == "classify":
        labels = np.concatenate([piece for _, piece in pieces(dataset, train, columns)] or [np.empty((0, 1))])
        return find_classes(dataset, labels), (0.0,), ones
    logs = len(columns) if choice.log else 0
    count, mean, spread = mean_and_spread(
        (piece for _, piece in pieces(dataset, train, columns, logs)), len(columns)
    )
    shown = np.expm1(mean) if choice.log else mean
    for name, number, middle, wide in zip(dataset.targets, count, shown, spread, strict=True):
        if number == 0:
            raise DataError(f"target {name} of {dataset.source} has no value in the training rows.")
        if number == 1:
            raise DataError(
                f"target {name} of {dataset.source} has one value in the training rows, {middle:g}."
            )
        if wide <= 1e-12 * abs(middle):
            raise DataError(
                f"target {name} of {dataset.source} is {middle:g} in all {number:g} training rows that "
                f"have a value: "
                "there is nothing to learn."
            )
    if not choice.scale_target:
        return None, (0.0,) * len(columns), ones
    if choice.change:
        over = distances(choice.horizon, choice.season)
        spread = change_spread(dataset, train, columns, over, spread, logs)
    return None, _plain(mean), _plain(spread)


def distances(horizon: int, season: int) -> list[int]:
    """Return over how many rows labels are changes: eight at most, or whole seasons."""
    if season:
        return [season * times for times in range(1, -(-horizon // season) + 1)]
    return [int(rows) for rows in np.unique(np.linspace(1, horizon, 8).round().astype(int))]


def change_spread(
    dataset: Dataset, train: Sequence[Range], columns: Sequence[int], over: Sequence[int],
    otherwise: FloatArray, logs: int = 0,
) -> FloatArray:  # fmt: skip
    """Return the root mean square of the changes over each of these numbers of rows."""
    count, squares = np.zeros(len(columns)), np.zeros(len(columns))
    for distance in over:
        for _, piece in pieces(dataset, train, columns, logs):
            change = piece[distance:] - piece[:-distance]
            count += (~np.isnan(change)).sum(axis=0)
            squares += np.nansum(change**2, axis=0)
    return np.where(squares > 0, np.sqrt(squares / np.maximum(count, 1)), otherwise)


def pieces(
    dataset: Dataset, ranges: Iterable[Range], columns: Sequence[int], logs: int = 0
) -> Iterator[tuple[int, FloatArray]]:
    """Go through the values of some rows; with each piece, its first row.

    The first `logs` columns come as log(1 + value).
    """
    for first, end in ranges:
        for start in range(first, end, CHUNK):
            piece = np.asarray(dataset.values[start : min(start + CHUNK, end)][:, columns])
            yield start, in_logs(piece, logs)


@np.errstate(invalid="ignore")  # a NaN that signals is as missing as any other
def mean_and_spread(values: Iterable[FloatArray], width: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return count, mean and standard deviation of columns that come in pieces, without what is missing.

    The pieces' own means are joined (Chan, Golub and LeVeque 1983), so that large values lose no digits.
    """
    count, mean, squares = np.zeros(width), np.zeros(width), np.zeros(width)
    for piece in values:
        there = ~np.isnan(piece)
        number = there.sum(axis=0)
        known = np.maximum(number, 1)
        own = np.where(there, piece, 0).sum(axis=0) / known
        own_squares = (np.where(there, piece - own, 0) ** 2).sum(axis=0)
        total = np.maximum(count + number, 1)
        away = own - mean
        squares += np.where(number > 0, own_squares + away**2 * count * number / total, 0)
        mean += np.where(number > 0, away * number / total, 0)
        count = count + number
    return count, mean, np.sqrt(squares / np.maximum(count, 1))


def scaling(
    dataset: Dataset, ranges: Sequence[Range], names: Sequence[str], logs: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Return mean and scale of columns over the training rows; the scale of a constant is 1.

    The first `logs` columns are measured as log(1 + value).
    """
    columns = dataset.columns(names)
    count, mean, spread = mean_and_spread(
        (piece for _, piece in pieces(dataset, ranges, columns, logs)), len(columns)
    )
    empty = [name for name, number in zip(names, count, strict=True) if number == 0]
    if empty:
        raise DataError(
            f"column {empty[0]} of {dataset.source} has no value in the training rows; leave it out."
        )
    constant = spread <= 1e-12 * np.abs(mean)
    return mean, np.where(constant, 1.0, spread)


def marks(dataset: Dataset, ranges: Sequence[Range], names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Group the columns that have gaps in the training rows; those with the same gaps share a mark."""
    columns = dataset.columns(names)
    digests = [hashlib.sha256() for _ in columns]
    any_gone = np.zeros(len(columns), bool)
    for _, piece in pieces(dataset, ranges, columns):
        gone = np.isnan(piece)
        any_gone |= gone.any(axis=0)
        for digest, column in zip(digests, gone.T, strict=True):
            digest.update(np.ascontiguousarray(column).data)
    groups: dict[bytes, list[int]] = {}
    for place in np.flatnonzero(any_gone).tolist():
        groups.setdefault(digests[place].digest(), []).append(place)
    return tuple(tuple(group) for group in groups.values())


def refuse_missing(dataset: Dataset, names: Sequence[str], rows: Range) -> None:
    """Name the first missing value of these columns and rows, for missing="error"."""
    for first, piece in pieces(dataset, [rows], dataset.columns(names)):
        gone = np.isnan(piece)
        if gone.any():
            row = int(gone.any(axis=1).argmax())
            name = names[int(gone[row].argmax())]
            raise DataError(
                f"{dataset.source}, column {name}, {dataset.row(first + row)}: the value is missing. Use "
                f'missing="fill" to '
                'carry the last value forward, or missing="drop" to leave such windows out.'
            )


def refuse_negative(dataset: Dataset, *, learning: bool = False) -> None:
    """Name the first target below 0, which has no place among logarithms; `learning` says if they begin here.

    Raises
    ------
    DataError
    """
    for first, piece in pieces(dataset, [(0, len(dataset))], dataset.columns(dataset.targets)):
        below = piece < 0
        if below.any():
            row, place = (int(each) for each in np.argwhere(below)[0])
            value = f"{piece[row, place]:g}"
            what = (
                "log learns log(1 + y) of targets from 0 on. Leave log out, or if that stands for a missing "
                f"value, say so: --na {value}."
                if learning
                else "this model learned log(1 + y) of targets from 0 on. Correct it, or if it stands for a "
                "missing value, leave the cell empty; for targets below 0 train a model without log."
            )
            raise DataError(
                f"{dataset.source}, column {dataset.targets[place]}, {dataset.row(first + row)}: "
                f"{value} is below 0; {what}"
            )


def negative_notes(dataset: Dataset, ranges: Sequence[Range]) -> list[str]:
    """Say which targets are below 0 in the training rows, where no prediction is to be."""
    names, notes = dataset.targets, []
    times = np.zeros(len(names), np.int64)
    for _, piece in pieces(dataset, ranges, dataset.columns(names)):
        times += (piece < 0).sum(axis=0)
    for name, often in zip(names, times.tolist(), strict=True):
        if often:
            notes.append(f"{name} is below 0 in {often:,} training rows; with non_negative no prediction is")
    return notes


def cycles(dataset: Dataset, ranges: Sequence[Range], wanted: bool | Sequence[str]) -> tuple[str, ...]:
    """Choose the cycles of the calendar."""
    time = dataset.time
    if not isinstance(wanted, bool):
        if type(wanted) not in (list, tuple):
            raise DataError(f"calendar is {brief(wanted)}; it must be True, False or a list of cycles.")
        unknown = [name for name in wanted if not named_in(name, CYCLES)]
        if unknown:
            raise DataError(f"calendar has {brief(unknown[0])}; it can have {quoted(CYCLES)}.")
        if wanted and (time is None or time.dtype.kind != "M"):
            raise DataError("calendar features need a column of dates: name it with time.")
        return tuple(wanted)
    used = [(first, end) for first, end in ranges if end > first]
    if not wanted or time is None or time.dtype.kind != "M" or not used:
        return ()
    covered = max(time[end - 1] for _, end in used) - min(time[first] for first, _ in used)
    step = dataset.step.day
    return fitting_cycles(
        dataset.step.size / 86_400e6 if step is None else step, covered / np.timedelta64(1, "D")
    )


def find_classes(dataset: Dataset, labels: FloatArray) -> tuple[Any, ...]:
    """Return the classes among training labels, in order; of a text target their texts."""
    name = dataset.targets[0]
    found = np.unique(labels[~np.isnan(labels)])
    if len(found) > MOST_CLASSES:
        raise DataError(
            f"target {name} has {len(found)} different values; classes are at most {MOST_CLASSES}. "
            "For a quantity use task regress."
        )
    if name in dataset.texts:
        found_classes: tuple[Any, ...] = tuple(sorted(str(dataset.texts[name][int(code)]) for code in found))
    else:
        found_classes = tuple(int(value) if value == int(value) else float(value) for value in found.tolist())
    if len(found_classes) < 2:
        what = "no class" if not found_classes else f"only the class {found_classes[0]}"
        raise DataError(f"target {name} has {what} in the training rows; there must be two at least.")
    return found_classes


def class_codes(dataset: Dataset, classes: Sequence[Any]) -> FloatArray:
    """Return for each row the code of its class, NaN where the label is missing.

    Raises
    ------
    DataError
        If a row has a class that is not among `classes`, with the row.
    """
    name = dataset.targets[0]
    values = np.asarray(dataset.values[:, dataset.columns([name])[0]])
    texts = [str(text) for text in dataset.texts.get(name, ())]
    there = ~np.isnan(values)
    known, backward = np.unique(values[there], return_inverse=True)
    found = [texts[int(value)] if texts else value for value in known.tolist()]
    places = np.array([classes.index(each) if each in classes else -1 for each in found], dtype=np.float64)
    codes = np.full(len(values), np.nan)
    codes[there] = places[backward]
    if (codes == -1).any():
        row = int((codes == -1).argmax())
        value = texts[int(values[row])] if texts else f"{values[row]:g}"
        raise DataError(
            f"{dataset.source}, column {name}, {dataset.row(row)}: the class {value} is not among the "
            f"training rows' "
            f"classes: {quoted(classes)}. Leave such rows out, or split so that training has them "
            f'(split="group", another seed).'
        )
    return codes
