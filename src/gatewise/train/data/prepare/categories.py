"""Categories: which there are in the training rows, how a row and a series say theirs, and which are new."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.data_error import DataError, quoted
from gatewise.train.data.prepare.preparation import Categories, Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.reading.dataset import CHUNK, Dataset

MOST = 100  # categories of a column that changes within a series, each a column of x
ONE_HOT = 10  # of a static column; of more, the network learns a vector for each


def find_categories(dataset: Dataset, train: Sequence[Range]) -> tuple[Categories, tuple[str, ...]]:
    """Return the categories of each column in the training rows, in order, and the columns to be embedded."""
    found: list[tuple[str, tuple[str, ...]]] = []
    embedded: list[str] = []
    for name in dataset.categories:
        times = sum((_counts(dataset, name, rows) for rows in train), start=_counts(dataset, name, (0, 0)))
        here = tuple(sorted(dataset.texts[name][code] for code in np.flatnonzero(times)))
        if not here:
            raise DataError(
                f"column {name} of {dataset.source} has no category in the training rows; leave it out."
            )
        if name in dataset.static:
            embedded += [name] if len(here) > ONE_HOT else []
        elif len(here) > MOST:
            raise DataError(
                f"column {name} of {dataset.source} has {len(here)} categories in the training rows, as "
                f"{quoted(here, 3)}; a column that changes within a series may have {MOST}. Give the rare "
                "ones one name, leave the column out, or name it static if it is one for each series."
            )
        found.append((name, here))
    return tuple(found), tuple(embedded)


def places_of(dataset: Dataset, preparation: Preparation, name: str) -> IntArray:
    """Return for each code of a column of the dataset its place among the categories of training, else -1."""
    known = {text: place for place, text in enumerate(dict(preparation.categories)[name])}
    return np.array([known.get(text, -1) for text in dataset.texts[name]], dtype=np.int64)


def row_places(dataset: Dataset, preparation: Preparation, rows: Range) -> IntArray:
    """Return (rows, columns) the places of the categories that are told by ones, -1 for none."""
    first, end = rows
    found = np.full((end - first, len(preparation.one_hot)), -1, np.int64)
    for column, (name, _) in enumerate(preparation.one_hot):
        codes = np.asarray(dataset.values[first:end, dataset.names.index(name)])
        there = ~np.isnan(codes)
        found[there, column] = places_of(dataset, preparation, name)[codes[there].astype(np.int64)]
    return found


def series_places(dataset: Dataset, preparation: Preparation) -> IntArray | None:
    """Return (stretches, columns) the places of the categories that are embedded, -1 for none; or None."""
    names = preparation.embedded
    if not names:
        return None
    firsts = [stretch.first for stretch in dataset.stretches]
    codes: FloatArray = np.asarray(dataset.values[firsts])[:, dataset.columns(names)]
    found = np.full(codes.shape, -1, np.int64)
    for column, name in enumerate(names):
        there: NDArray[np.bool_] = ~np.isnan(codes[:, column])
        found[there, column] = places_of(dataset, preparation, name)[codes[there, column].astype(np.int64)]
    return found


def unseen_notes(dataset: Dataset, preparation: Preparation) -> list[str]:
    """Say which categories training has not seen, and in how many rows they are."""
    notes = []
    for name, _ in preparation.categories:
        new = places_of(dataset, preparation, name) < 0
        times = np.where(new, _counts(dataset, name, (0, len(dataset))), 0)
        told = [
            f"{dataset.texts[name][code]} ({times[code]:,} row{'s' if times[code] > 1 else ''})"
            for code in np.flatnonzero(times)
        ]
        if told:
            instead = (
                "each is given the mean of the vectors learned"
                if name in preparation.embedded
                else "such rows have none of its categories"
            )
            notes.append(
                f"column {name} has categories that training has not seen, {quoted(told)}; {instead}"
            )
    return notes


def _counts(dataset: Dataset, name: str, rows: Range) -> IntArray:
    """Count how often each code of a column is in some rows."""
    column, texts = dataset.names.index(name), len(dataset.texts[name])
    total = np.zeros(texts, np.int64)
    for start in range(*rows, CHUNK):
        codes = np.asarray(dataset.values[start : min(start + CHUNK, rows[1]), column])
        total += np.bincount(codes[~np.isnan(codes)].astype(np.int64), minlength=texts)
    return total
