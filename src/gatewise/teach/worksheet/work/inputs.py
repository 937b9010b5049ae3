"""What a worksheet is asked to work out: one sequence, in float64, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewise.engine.any_cell import state_of
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.support.arrays import as_numbers
from gatewise.support.given import brief, described
from gatewise.support.options import as_choice, as_mapping
from gatewise.teach.worksheet.digits import Values
from gatewise.teach.worksheet.work.build import SequenceProblem, Texts

SHEET = "a worksheet"


def choose(name: str, value: object, offered: Sequence[str]) -> None:
    as_choice(name, value, offered)


def is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def count(name: str, value: object, largest: int) -> int:
    if not is_whole(value) or not 1 <= value <= largest:
        raise ArgumentError(f"{name}={brief(value)}; it must be a whole number from 1 to {largest}.")
    return int(value)


def one_sequence(
    params: Params, x: ArrayLike, label: ArrayLike | None, state: Any,
    lengths: ArrayLike | None, learning_rate: float, texts: Mapping[str, Any], batch: int,
    needs: str = SHEET,
) -> tuple[SequenceProblem, dict[str, str]]:  # fmt: skip
    """Cut one sequence out of the batch, as float64, and say what the header should mention.

    `needs` is what the numbers are for, as messages call it.
    """
    facts: dict[str, str] = {}
    if params.dtype != np.float64:
        facts["precision"] = f"given in {params.dtype}, worked out in float64"
    weights = {name: real(name, array, needs) for name, array in params.arrays.items()}
    data = _data(params, x, label, state, needs)
    *N, T, _ = data["x"].shape
    ends = _ends(lengths, tuple(N), T)
    written = _texts(texts, weights | data)
    if N:
        if not is_whole(batch) or not 0 <= batch < N[0]:
            raise ArgumentError(f"batch={brief(batch)}; x has {N[0]} sequences, 0 to {N[0] - 1}.")
        if N[0] > 1:
            which = f"{batch} of a batch of {N[0]} (0 to {N[0] - 1})"
            facts["sequence"] = f"{which}; loss and gradients are its own"
        data = {name: array[batch] for name, array in data.items()}
        of_all = (*weights, "learning_rate")  # what the sequences of a batch have in common
        written = {name: text if name in of_all else text[batch] for name, text in written.items()}
        ends = ends[batch]
    elif batch:
        raise ArgumentError(f"batch={brief(batch)}, but x {data['x'].shape} is a single sequence.")
    if ends == 0:
        raise ArgumentError("the sequence's length is 0; it must be at least 1 to be worked out.")
    data |= {name: data[name][: int(ends)] for name in ("x", "label") if name in data}
    for name, array in (weights | data).items():
        _require_finite(
            f"state.{name}" if name in params.cell.carried else name, array, needs, missing=name == "label"
        )
    targets = data.get("label")
    if targets is not None and np.isnan(targets).all():
        raise ArgumentError("label is missing at every step; leave it out for a forward pass alone.")
    start = state_of(params.cell)(*(data[name] for name in params.cell.carried))
    return SequenceProblem(
        Params.of(weights, params.cell), data["x"], targets, start, checked_rate(learning_rate), written
    ), facts


def _data(params: Params, x: ArrayLike, label: ArrayLike | None, state: Any, needs: str) -> dict[str, Values]:
    """Return the whole batch by name: x, label if there is one, and what the cell carries at first."""
    series = real("x", x, needs)
    if series.ndim not in (2, 3) or series.shape[-1] != params.input_size or 0 in series.shape:
        raise ShapeError(
            f"x is {series.shape}, read as (N, T, D) or (T, D); W was made for D = {params.input_size}, "
            "and there must be at least one sequence and one step."
        )
    *N, T, _ = series.shape
    carried = params.cell.carried
    data = {"x": series}
    if label is not None:
        data["label"] = _shaped(
            "label", label, (*N, T, params.output_size), params.cell.size_of(carried[0]), series, needs
        )
    if state is None:
        state = tuple(np.zeros((*N, params.length_of(name))) for name in carried)
    elif len(carried) == 1 and not isinstance(state, tuple):  # the array itself
        state = (state,)
    if not isinstance(state, (tuple, list)) or len(state) != len(carried):
        names = ", ".join(carried)
        needed = {1: f"({names},), or the array itself", 2: f"a pair ({names})"}.get(
            len(carried), f"({names})"
        )
        raise ArgumentError(f"state is {described(state)}; it must be {needed}.")
    for name, array in zip(carried, state, strict=True):
        shape = (*N, params.length_of(name))
        data[name] = _shaped(f"state.{name}", array, shape, params.cell.size_of(name), series, needs)
    return data


def real(name: str, value: ArrayLike, needs: str = SHEET) -> Values:
    """Copy to float64, so that what `needs` the numbers stays as it is when the caller's array changes."""
    array = as_numbers(name, value)
    if array.dtype.kind == "c":
        raise DtypeError(f"{name} is complex; {needs} needs real numbers.")
    return array.astype(np.float64)


def _shaped(
    name: str, value: ArrayLike, shape: tuple[int, ...], letter: str, series: Values, needs: str
) -> Values:
    array = real(name, value, needs)
    if array.shape != shape:
        raise ShapeError(
            f"{name} is {array.shape}; with x {series.shape} and {letter} = {shape[-1]} it must be {shape}."
        )
    return array


def _require_finite(name: str, array: Values, needs: str, missing: bool = False) -> None:
    bad = np.isinf(array) if missing else ~np.isfinite(array)
    if bad.any():
        place = tuple(int(k) for k in np.argwhere(bad)[0])
        raise ArgumentError(f"{name}{list(place)} is {array[place]}; {needs} needs finite numbers.")


def _ends(lengths: ArrayLike | None, N: tuple[int, ...], T: int) -> NDArray[Any]:
    """How many steps each sequence has."""
    if lengths is None:
        return np.full(N, T)
    ends = as_numbers("lengths", lengths)
    if ends.dtype.kind not in "iu":
        raise DtypeError(f"lengths holds {ends.dtype}; it must hold whole numbers.")
    if ends.shape != N:
        raise ShapeError(f"lengths is {ends.shape}; it must be {N}, one whole number for each sequence.")
    if ends.min() < 0 or ends.max() > T:
        raise ArgumentError(f"lengths go from {ends.min()} to {ends.max()}; x has {T} steps, so 0 to {T}.")
    return ends


def checked_rate(learning_rate: Any) -> float:
    """Return a step size, or refuse what is none."""
    rate = as_numbers("learning_rate", learning_rate)
    if rate.shape or rate.dtype.kind == "c" or not (math.isfinite(rate) and rate >= 0):
        raise ArgumentError(
            f"learning_rate={brief(learning_rate)}; it must be a finite number of at least 0."
        )
    return float(rate)


def _texts(texts: Mapping[str, Any], values: Mapping[str, Values]) -> Texts:
    """Copy the digits as the user wrote them into arrays of the shapes of their values."""
    written: Texts = {name: np.array(text, dtype=object) for name, text in as_mapping("texts", texts).items()}
    for name, text in written.items():
        shape = () if name == "learning_rate" else values[name].shape if name in values else None
        if text.shape != shape:
            needed = f"they must be {shape}" if shape is not None else "there is nothing of that name"
            raise ArgumentError(f"texts for {name} are {text.shape}; {needed}.")
    return written
