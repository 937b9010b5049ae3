"""Learned vectors of what is one of many, such as a store: beside every row of x that the first layer reads.

Entity embeddings (Guo and Berkhahn 2016). A code says which vector; -1, for none of those that were learned,
is given the mean of them all.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.learn.network.architecture import Architecture
from gatewise.support.arrays import FloatArray, IntArray, as_numbers
from gatewise.support.given import described

WIDEST = 16
"""The longest vector that `vector_size` gives."""
START = 0.1
"""Standard deviation of the numbers that a vector starts with."""
Views = dict[str, FloatArray]


def vector_size(categories: int) -> int:
    """Return how long the vectors of so many categories are: the square root of their number, 16 at most."""
    return min(WIDEST, math.isqrt(categories - 1) + 1)


def view_name(name: str) -> str:
    """Return what the vectors of an embedding are called among the parameters."""
    return f"embedding.{name}"


def as_codes(architecture: Architecture, given: ArrayLike | None, batch: tuple[int, ...]) -> IntArray | None:
    """Read codes (N, K), one for each embedding of the architecture; (K,) of a single sequence.

    Raises
    ------
    ArgumentError, DtypeError, ShapeError
        If they are missing, not wanted, or no such codes.
    """
    wanted = architecture.embeddings
    if (given is None) != (not wanted):
        what = "not given" if given is None else described(given)
        names = ", ".join(name for name, _, _ in wanted) or "none"
        raise ArgumentError(
            f"codes is {what}; the network has vectors of {names}, and needs a code for each."
        )
    if given is None:
        return None
    codes = as_numbers("codes", given)
    if codes.dtype.kind not in "iu" and codes.size:
        raise DtypeError(f"codes holds {codes.dtype}; it must hold whole numbers.")
    codes = np.array(codes, dtype=np.int64)  # what is checked is what is used
    if codes.shape != (*batch, len(wanted)):
        raise ShapeError(f"codes is {codes.shape}; it must be {(*batch, len(wanted))}.")
    for column, (name, count, _) in enumerate(wanted):
        here = codes[..., column]
        if here.size and (here.min() < -1 or here.max() >= count):
            raise ArgumentError(
                f"codes of {name} go from {here.min()} to {here.max()}; there are {count} vectors: 0 to "
                f"{count - 1}, and -1 for none of them."
            )
    return codes


def vectors(architecture: Architecture, views: Views, codes: IntArray) -> FloatArray:
    """Return the vectors of codes (…, K), all of a row side by side (…, ΣE)."""
    parts = []
    for column, (name, _, _) in enumerate(architecture.embeddings):
        table = views[view_name(name)]
        here = codes[..., column]
        parts.append(np.where((here < 0)[..., np.newaxis], table.mean(axis=0), table[here]))
    return np.concatenate(parts, axis=-1)


def joined_to(x: FloatArray, found: FloatArray) -> FloatArray:
    """Return x (…, T, D) with the vectors (…, ΣE) in every row, after its own columns."""
    shape = (*x.shape[:-1], found.shape[-1])
    return np.concatenate([x, np.broadcast_to(found[..., np.newaxis, :], shape)], axis=-1)


def gradient(architecture: Architecture, codes: IntArray, d_rows: FloatArray) -> FloatArray:
    """Return the gradient of all vectors, as they stand in the network's vector.

    Parameters
    ----------
    d_rows : array (…, T, ΣE)
        The columns of δx of the first layer that the vectors were, 0 past a sequence's own length.

    Notes
    -----
    A vector was in every step of each sequence of its code: δv = Σ δx_t over them. Of what reaches the mean
    of n vectors, each gets 1/n.
    """
    reached = d_rows.sum(axis=-2).reshape(-1, d_rows.shape[-1])
    rows = codes.reshape(-1, codes.shape[-1])
    parts, first = [], 0
    for column, (_, count, size) in enumerate(architecture.embeddings):
        mine, here = reached[:, first : first + size], rows[:, column]
        table: NDArray[Any] = np.zeros((count, size), reached.dtype)
        known = here >= 0
        np.add.at(table, here[known], mine[known])
        if not known.all():
            table += mine[~known].sum(axis=0) / count
        parts.append(table.ravel())
        first += size
    return np.concatenate(parts)


def drawn(architecture: Architecture, rng: np.random.Generator) -> list[FloatArray]:
    """Draw the vectors that training begins with."""
    return [START * rng.standard_normal(count * size) for _, count, size in architecture.embeddings]
