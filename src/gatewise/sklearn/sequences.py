"""What scikit-learn hands over, as the (N, T, D) and lengths that the network takes.

Two-dimensional arrays, three-dimensional ones, and lists of arrays of their own lengths. Estimators: base.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.given import described
from gatewise.train.data.reading.cells import LARGEST

LAYOUTS = ("time", "features")


@dataclass(frozen=True)
class Sequences:
    """x (N, T, D) and, where sequences differ in length, lengths (N,); what lies past a length is 0."""

    x: FloatArray
    lengths: IntArray | None = None

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, chosen: Any) -> Sequences:
        """Return the chosen sequences, no longer than the longest of them."""
        if self.lengths is None:
            return Sequences(self.x[chosen])
        lengths = self.lengths[chosen]
        return Sequences(self.x[chosen, : max(1, int(lengths.max(initial=1)))], lengths)


def is_ragged(X: Any) -> bool:
    """Whether X is a list of arrays that do not all have one shape."""
    if isinstance(X, np.ndarray):
        return X.dtype == object and X.ndim == 1 and len(X) > 0 and np.ndim(X[0]) > 0
    if not isinstance(X, (list, tuple)) or not len(X):
        return False
    return len({np.shape(sequence) for sequence in X if not np.isscalar(sequence)}) > 1


def read_sequences(estimator: Any, X: Any, *, reset: bool) -> Sequences:
    """Read X as sequences, as the estimator's `layout` says, and check it against what the fit has seen.

    Sets `n_features_in_` (and, of a data frame, `feature_names_in_`) if `reset`. Raises ValueError, as
    scikit-learn asks of its estimators.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is refused, not warned of
        try:
            found = _read(estimator, X, reset)
        except (ValueError, TypeError, MemoryError):
            raise
        except Exception:  # noqa: BLE001  # an object's own methods may raise anything
            raise ValueError(f"X is {described(X)}; it must be an array, or a list of arrays.") from None
    refuse_large("X", found.x, ("sequence", "step", "feature"))
    return found


def refuse_large(name: str, values: FloatArray, axes: tuple[str, ...]) -> None:
    """Refuse numbers with which sums of squares, or of float32 differences, would be infinite."""
    most = min(LARGEST, float(np.finfo(values.dtype).max) / 10)
    large = np.abs(values) > values.dtype.type(most)
    if large.any():
        place = tuple(map(int, np.argwhere(large)[0]))
        where = ", ".join(f"{axis} {number}" for axis, number in zip(axes, place, strict=True))
        raise ValueError(f"{name} is {values[place]:g} at {where}: too large, above {most:g}.")


def _read(estimator: Any, X: Any, reset: bool) -> Sequences:
    if is_ragged(X):
        found = _of_list(estimator, X)
    elif _axes(X) == 3:
        array = check_array(X, dtype=_dtypes(estimator), allow_nd=True, input_name="X", estimator=estimator)
        if array.shape[1] == 0:
            raise ValueError(f"X is {array.shape}, read as (samples, time, features): it has no time steps.")
        found = Sequences(array)
    else:
        return Sequences(_of_table(estimator, X, reset))
    _check_features(estimator, found.x.shape[2], reset)
    return found


def _axes(X: Any) -> int:
    """How many axes an array or a list of equal arrays has; 2 for what scikit-learn turns into a table."""
    if isinstance(X, (list, tuple)):
        return np.ndim(X)
    return X.ndim if isinstance(getattr(X, "ndim", None), int) else 2


def _dtypes(estimator: Any) -> Any:
    """Return the dtype to work in; by default X's own, if it is float32 or float64."""
    return [np.float64, np.float32] if estimator.dtype is None else np.dtype(estimator.dtype)


def _of_table(estimator: Any, X: Any, reset: bool) -> FloatArray:
    """Read (samples, columns): the columns are time steps, features, or steps of several features each."""
    seen = getattr(estimator, "_steps", None)
    free = not reset and seen is None and not hasattr(X, "columns")  # fitted on sequences: any length will do
    if free:
        table = check_array(X, dtype=_dtypes(estimator), input_name="X", estimator=estimator)
    else:
        table = validate_data(estimator, X, dtype=_dtypes(estimator), reset=reset)
    layout = estimator.layout
    if layout == "time":
        x = table[:, :, np.newaxis]
    elif layout == "features":
        x = table[:, np.newaxis, :]
    elif table.shape[1] % layout:
        raise ValueError(
            f"X has {table.shape[1]} columns, read as steps of {layout} features each (layout={layout}); "
            f"{table.shape[1]} is not a multiple of {layout}."
        )
    else:
        x = table.reshape(len(table), -1, layout)
    if reset:
        estimator._steps = x.shape[1]
        estimator._features = x.shape[2]
    elif free:
        _check_features(estimator, x.shape[2], reset)
    return np.ascontiguousarray(x)


def _of_list(estimator: BaseEstimator, X: Any) -> Sequences:
    """Read a list of arrays, (T_i,) or (T_i, D) each, into one padded array."""
    kinds = _dtypes(estimator)
    arrays: list[FloatArray] = []
    for n, sequence in enumerate(X):
        name = f"X[{n}]"
        array = check_array(sequence, dtype=kinds, ensure_2d=False, ensure_min_samples=0, input_name=name)
        array = array[:, np.newaxis] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[0] == 0:
            raise ValueError(
                f"{name} is {np.shape(sequence)}; a sequence is (time,) or (time, features), "
                "with at least one step."
            )
        if arrays and array.shape[1] != arrays[0].shape[1]:
            raise ValueError(
                f"{name} has {array.shape[1]} features per step and X[0] has {arrays[0].shape[1]}; "
                "all sequences must have the same features."
            )
        arrays.append(array)
    lengths = np.array([len(array) for array in arrays], np.int64)
    x = np.zeros((len(arrays), int(lengths.max()), arrays[0].shape[1]), np.result_type(*arrays))
    for row, array in zip(x, arrays, strict=True):
        row[: len(array)] = array
    return Sequences(x, lengths)


def _check_features(estimator: Any, features: int, reset: bool) -> None:
    if reset:
        estimator._steps = None
        estimator._features = features
        estimator.n_features_in_ = features
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif features != estimator._features:
        raise ValueError(
            f"X has {features} features per step, but {type(estimator).__name__} was fitted with "
            f"{estimator._features}. X is read as (samples, time, features)."
        )
