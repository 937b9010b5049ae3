"""The rows of a dataset as rows of x, and its labels, made once; windows are views of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.train.data.prepare.categories import row_places
from gatewise.train.data.prepare.columns import SeriesScale
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.statistics import class_codes
from gatewise.train.data.reading.dataset import CHUNK, Dataset
from gatewise.train.data.store import Store


def prepared_rows(
    dataset: Dataset, preparation: Preparation, store: Store, scales: Sequence[SeriesScale] = ()
) -> FloatArray:
    """Return x of every row, (rows, D); gaps are filled from earlier rows of the same stretch.

    `scales` has the scaling of each stretch, where each series has its own.
    """
    columns = dataset.columns(preparation.inputs)
    rows = store.empty((len(dataset), preparation.input_size), preparation.dtype)
    for stretch, of in zip_longest(dataset.stretches, scales):
        last = np.full(len(columns), np.nan)
        before = np.full((preparation.lag, len(preparation.targets)), np.nan)
        for start in range(stretch.first, stretch.end, CHUNK):
            end = min(start + CHUNK, stretch.end)
            time = None if dataset.time is None else dataset.time[start:end]
            values = np.asarray(dataset.values[start:end])[:, columns]
            places = row_places(dataset, preparation, (start, end)) if preparation.one_hot else None
            rows[start:end] = preparation.rows(values, time, last, places, of, before)
    return rows


def label_columns(dataset: Dataset, preparation: Preparation) -> FloatArray:
    """Return the targets of every row, (rows, K), NaN where missing: values, or codes of classes."""
    if preparation.classes is not None:
        return class_codes(dataset, preparation.classes)[:, np.newaxis]
    return dataset.values[:, : len(preparation.targets)]
