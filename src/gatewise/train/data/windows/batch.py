"""`Batch`: what a training step takes, and how sequences of different lengths are laid in one array."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.reprs import short_repr


class Batch(NamedTuple):
    """What a training step takes.

    x (N, T, D); label (N, P), or (N, T, P) where each step has one, NaN where there is none; extra (N, E);
    lengths (N,) of ragged sequences; weight (N,). `fresh` is False where the batch goes on from the last
    states of the one before. codes (N, K) say which learned vectors each sequence has.
    """

    x: FloatArray
    label: FloatArray
    extra: FloatArray | None = None
    lengths: IntArray | None = None
    weight: FloatArray | None = None
    fresh: bool = True
    codes: IntArray | None = None

    def __repr__(self) -> str:
        shapes = {
            name: value.shape if isinstance(value, np.ndarray) else value
            for name, value in self._asdict().items()
        }
        return short_repr(self, **shapes)


def ragged(rows: FloatArray, firsts: IntArray, ends: IntArray) -> tuple[FloatArray, IntArray]:
    """Return rows first..end-1 of each sequence as x (N, T, D), 0 past its end, and the lengths (N,)."""
    lengths = ends - firsts
    x = np.zeros((len(firsts), int(lengths.max(initial=0)), rows.shape[1]), rows.dtype)
    for place, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        x[place, : end - first] = rows[first:end]
    return x, lengths


def aligned_at_the_end(batch: Batch, steps: int) -> FloatArray:
    """Return x (N, steps, D) with each sequence's last row at the end, and 0, the training mean, before."""
    if batch.lengths is None:
        return batch.x
    x = np.zeros((len(batch.x), steps, batch.x.shape[2]), batch.x.dtype)
    for place, length in enumerate(batch.lengths):
        x[place, steps - length :] = batch.x[place, :length]
    return x
