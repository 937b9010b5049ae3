"""What `forward` and `backward` are given, read and checked: x, a state, lengths, the number of threads.

Parameters check themselves (params.py); what counts as an array is in arrays.py. A message has what was given
and what is needed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine.params import Params
from gatewise.engine.trace import State
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.support.arrays import FloatArray, IntArray, as_array, as_numbers, is_count
from gatewise.support.given import brief, described, items_of

LARGEST_TRACE = 2**47  # bytes, of which no system gives a process more


def check_threads(threads: int | None) -> None:
    """Refuse anything but None and whole numbers of at least 1."""
    if threads is not None and not is_count(threads):
        raise ArgumentError(
            f"threads={brief(threads)}; it must be a whole number of at least 1, or None for the default."
        )


def as_input(params: Params, x: ArrayLike, input_size: int | None = None) -> FloatArray:
    """Read x, (N, T, D) or (T, D), checked against `params`; D is `input_size` where W reads more than x."""
    D = params.input_size if input_size is None else input_size
    x = as_array("x", x, params.dtype)
    if x.ndim not in (2, 3):
        raise ShapeError(f"x is {x.shape}; it must be (N, T, D), or (T, D) for a single sequence.")
    if x.shape[-1] != D:
        raise ShapeError(
            f"x has {x.shape[-1]} features per step but W was made for {D}. "
            f"x is {x.shape}, read as {'(N, T, D)' if x.ndim == 3 else '(T, D)'}."
        )
    kept = math.prod(x.shape[:-1]) * max(params.input_size, 4 * params.hidden_size) * params.dtype.itemsize
    if kept > LARGEST_TRACE:
        raise MemoryError(f"x is {x.shape}: its trace has {kept:,} bytes, more than a machine can address.")
    if x.shape[-2] == 0:
        raise ShapeError(
            f"x is {x.shape}: no time steps. Give at least one; lengths may be 0 for some sequences."
        )
    return x


def as_state(name: str, given: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> State:
    """Read a pair (out, state), each a new array of `shape`; zeros if none is given."""
    if given is None:
        return State(np.zeros(shape, dtype), np.zeros(shape, dtype))
    parts = items_of(given) if isinstance(given, (tuple, list)) else ()
    if len(parts) != 2:
        raise ArgumentError(f"{name} is {described(given)}; it must be a pair (out, state), each {shape}.")
    out, state = (
        as_array(f"{name}.{part}", array, dtype, shape)
        for part, array in zip(State._fields, parts, strict=True)
    )
    return State(np.array(out, order="C"), np.array(state, order="C"))


def as_lengths(given: ArrayLike | None, batch: tuple[int, ...], T: int) -> IntArray:
    """Read lengths as int64 of shape `batch`, each in 0..T; T if none are given."""
    if given is None:
        return np.full(batch, T, np.int64)
    lengths = as_numbers("lengths", given)
    if lengths.dtype.kind not in "iu" and lengths.size:
        raise DtypeError(f"lengths holds {lengths.dtype}; it must hold whole numbers.")
    lengths = np.array(lengths)  # what is checked is what is used, whatever another thread writes there
    if lengths.shape != batch:
        needed = (
            f"one for each of the {batch[0]} sequences" if batch else "a whole number for a single sequence"
        )
        raise ShapeError(f"lengths is {lengths.shape}; it must be {batch}, {needed}.")
    if ((lengths < 0) | (lengths > T)).any():
        raise ArgumentError(
            f"lengths go from {lengths.min()} to {lengths.max()}; x has {T} steps, so 0 to {T}."
        )
    return lengths.astype(np.int64)
