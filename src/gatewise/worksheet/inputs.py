"""What a worksheet is asked to work out: one sequence, in float64, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.arrays import as_numbers
from gatewise.errors import ArgumentError, ShapeError
from gatewise.params import Params
from gatewise.trace import State
from gatewise.worksheet.build import Problem
from gatewise.worksheet.digits import Values

_SHARED = ("W", "U", "b", "learning_rate")  # texts that all sequences of a batch have in common


def choose(name: str, value: object, offered: Sequence[str]) -> None:
    if value not in offered:
        raise ArgumentError(f"{name}={value!r} is not offered. Choose from: {', '.join(offered)}.")


def count(name: str, value: object, largest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= largest:
        raise ArgumentError(f"{name}={value!r}; it must be a whole number from 1 to {largest}.")


def one_sequence(
    params: Params, x: ArrayLike, label: ArrayLike | None, state: State | tuple[ArrayLike, ArrayLike] | None,
    lengths: ArrayLike | None, learning_rate: float, texts: Mapping[str, Any], batch: int,
) -> tuple[Problem, dict[str, str]]:  # fmt: skip
    """Cut one sequence out of the batch, as float64, and say what the header should mention."""
    facts: dict[str, str] = {}
    if params.dtype != np.float64:
        if params.dtype.kind == "c":
            raise ArgumentError("the parameters are complex; a worksheet needs real ones.")
        facts["precision"] = f"given in {params.dtype}, worked out in float64"
    wide = params.astype(np.float64)
    H = params.hidden_size
    series = _float64("x", x)
    if series.ndim not in (2, 3) or series.shape[-1] != params.input_size or 0 in series.shape:
        raise ShapeError(
            f"x is {series.shape}, read as (N, T, D) or (T, D); W was made for D = {params.input_size}, "
            "and there must be at least one sequence and one step."
        )
    given = {"x": series, "label": None if label is None else _float64("label", label, missing=True)}
    first = np.zeros((*series.shape[:-2], H))
    start = (
        State(*(_float64(n, s) for n, s in zip(State._fields, state, strict=True)))
        if state
        else State(first, first)
    )
    for name, array, shape in (
        ("label", given["label"], (*series.shape[:-1], H)),
        ("state.out", start.out, first.shape),
        ("state.state", start.state, first.shape),
    ):
        if array is not None and array.shape != shape:
            raise ShapeError(
                f"{name} is {array.shape}; with x {series.shape} and H = {H} it must be {shape}."
            )
    ends = np.broadcast_to(
        series.shape[-2] if lengths is None else as_numbers("lengths", lengths), first.shape[:-1]
    )
    targets = given["label"]
    if series.ndim == 3:
        N = len(series)
        if not 0 <= batch < N:
            raise ArgumentError(f"batch={batch}; x has {N} sequences, 0 to {N - 1}.")
        if N > 1:
            facts["sequence"] = f"{batch} of a batch of {N} (0 to {N - 1}); loss and gradients are its own"
        series, ends = series[batch], ends[batch]
        targets = None if targets is None else targets[batch]
        start = State(start.out[batch], start.state[batch])
        texts = {name: value if name in _SHARED else value[batch] for name, value in texts.items()}
    elif batch:
        raise ArgumentError(f"batch={batch}, but x {series.shape} is a single sequence.")
    T = int(ends)
    if not 1 <= T <= len(series):
        raise ArgumentError(f"the sequence's length is {T}; it must be 1 to {len(series)} to be worked out.")
    series, targets = series[:T], None if targets is None else targets[:T]
    if targets is not None and np.isnan(targets).all():
        raise ArgumentError("label is missing at every step; leave it out for a forward pass alone.")
    return Problem(wide, series, targets, start, float(learning_rate), dict(texts)), facts


def _float64(name: str, value: ArrayLike, missing: bool = False) -> Values:
    array = as_numbers(name, value)
    if array.dtype.kind == "c":
        raise ArgumentError(f"{name} is complex; a worksheet needs real numbers.")
    array = array.astype(np.float64)
    bad = np.isinf(array) if missing else ~np.isfinite(array)
    if bad.any():
        place = tuple(int(k) for k in np.argwhere(bad)[0])
        raise ArgumentError(f"{name}{list(place)} is {array[place]}; a worksheet needs finite numbers.")
    return array
