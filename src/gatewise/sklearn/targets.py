"""The targets of a regressor as the labels that losses take, and predictions as the targets were given.

Labels are (N, K), or (N, T, K) for a prediction at each step, in float64; NaN past a sequence's own length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_array

from gatewise.sklearn.sequences import Sequences, is_ragged, refuse_large
from gatewise.support.arrays import FloatArray


def read_targets(estimator: Any, y: Any, found: Sequences) -> tuple[FloatArray, bool]:
    """Read y; also return whether it has an axis for several targets, as predictions will."""
    labels, several = _read(estimator, y, found)
    axes = ("sequence", "step", "target") if estimator.head == "steps" else ("sequence", "target")
    refuse_large("y", labels, axes)
    return labels, several


def _read(estimator: Any, y: Any, found: Sequences) -> tuple[FloatArray, bool]:
    steps = estimator.head == "steps"
    if steps and (is_ragged(y) or found.lengths is not None):
        return _of_list(y, found)
    values = check_array(
        y, dtype=np.float64, ensure_2d=False, allow_nd=True, input_name="y", estimator=estimator
    )
    axes = 2 if steps else 1  # without the one for targets
    if values.ndim not in (axes, axes + 1):
        needed = (
            "(samples, time) or (samples, time, targets)" if steps else "(samples,) or (samples, targets)"
        )
        raise ValueError(f'y should be {needed} with head="{estimator.head}"; it is {values.shape}.')
    if steps and values.shape[1] != found.x.shape[1]:
        raise ValueError(
            f"y has {values.shape[1]} time steps and X has {found.x.shape[1]}; there is one y for each."
        )
    several = values.ndim > axes
    return (values if several else values[..., np.newaxis]), several


def _of_list(y: Any, found: Sequences) -> tuple[FloatArray, bool]:
    """Read a list of arrays, (time_i,) or (time_i, targets), beside sequences of those lengths."""
    steps = found.x.shape[1]
    lengths = np.full(len(found), steps) if found.lengths is None else found.lengths
    arrays = [np.asarray(part, np.float64) for part in y]
    if len(arrays) != len(found):
        raise ValueError(f"y has {len(arrays)} sequences and X has {len(found)}.")
    several = arrays[0].ndim == 2
    wide = [array if several else array[:, np.newaxis] for array in arrays]
    labels = np.full((len(wide), steps, wide[0].shape[-1]), np.nan)
    for n, (array, length) in enumerate(zip(wide, lengths, strict=True)):
        if array.shape != (length, labels.shape[2]):
            raise ValueError(
                f"y[{n}] is {arrays[n].shape}; X[{n}] has {length} steps and y[0] {labels.shape[2]} targets."
            )
        if not np.isfinite(array).all():
            raise ValueError(f"y[{n}] contains NaN or infinity.")
        labels[n, :length] = array
    return labels, several


def deliver(values: FloatArray, found: Sequences, *, several: bool, ahead: int = 0) -> Any:
    """Return predictions (…, N, K) or (…, N, T, K) as y was given, with `ahead` axes put last.

    Without the axis of targets where y had none; for each step of sequences of their own lengths, as a list.
    """
    values = values if several else values[..., 0]
    values = np.moveaxis(values, 0, -1) if ahead else values
    if found.lengths is None or values.ndim - ahead - several < 2:
        return values
    return [row[:length] for row, length in zip(values, found.lengths, strict=True)]
