"""How much each sequence counts: sample weights, and those of classes, of which they are the product."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from gatewise.support.arrays import FloatArray, IntArray, as_real
from gatewise.support.given import brief


def sample_weights(sample_weight: Any, X: Any) -> FloatArray | None:
    """Read sample_weight as (n,), finite and at least 0, for the n sequences of X; None stays None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, numbers.Number) and np.isnan(as_real(sample_weight)):
        raise ValueError(f"sample_weight={brief(sample_weight)}; it must be a number, or an array of them.")
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):  # of a single number scikit-learn does not ask
        raise ValueError(
            "sample_weight has NaN, infinity, or too large a sum; each must be finite and at least 0."
        )
    if total == 0:
        raise ValueError("sample_weight is 0 for every sequence; at least one must count.")
    return np.asarray(weight)


def check_class_weight(class_weight: Any, *, once: bool) -> None:
    """Refuse what is no class_weight, and "balanced" where the classes that will come are not known."""
    if isinstance(class_weight, Mapping):
        for name, weight in _by_class(class_weight).items():
            if not 0 <= as_real(weight) < math.inf:
                raise ValueError(
                    f"class_weight[{brief(name)}] is {brief(weight)}; it must be a number of at least 0."
                )
    elif class_weight is not None and not (isinstance(class_weight, str) and class_weight == "balanced"):
        raise ValueError(
            f"class_weight={brief(class_weight)}; it must be a dict of weights by class, 'balanced' or None."
        )
    elif class_weight is not None and once:
        raise ValueError(
            "class_weight='balanced' needs to see all classes at once, and partial_fit does not: give a "
            "dict, as sklearn.utils.class_weight.compute_class_weight makes one."
        )


def with_class_weight(
    class_weight: Any, classes: Any, codes: IntArray, weight: FloatArray | None
) -> FloatArray | None:
    """Multiply the weights (n,) of sequences of the classes numbered `codes` by those of their classes.

    "balanced" makes all classes count alike: n / (classes · the sequences of a class), each sequence as often
    as `weight` says. A class that a dict leaves out counts once.

    Raises
    ------
    ValueError
        If a dict names a class that is not there and leaves one out that is, or nothing would count.
    """
    if class_weight is None:
        return weight
    each = np.ones(len(codes)) if weight is None else weight
    if isinstance(class_weight, str):
        counts = np.bincount(codes, weights=each, minlength=len(classes))
        by_class = counts.sum() / (len(classes) * np.where(counts > 0, counts, 1.0))
    else:
        given, names = _by_class(class_weight), classes.tolist()
        by_class = np.array([float(given.get(name, 1.0)) for name in names])
        missing = [name for name in names if name not in given]
        strange = [name for name in given if name not in names]
        if strange and missing:  # of classes that are merely not in these data scikit-learn does not complain
            raise ValueError(
                f"class_weight has the class {brief(strange[0])}, which y has not, and leaves out "
                f"{brief(missing[0])}. The classes are {brief(names)}."
            )
    product: FloatArray = each * by_class[codes]
    if not 0 < product.sum() < math.inf:
        raise ValueError(
            "class_weight and sample_weight together have the sum "
            f"{product.sum():g}; at least one sequence must count, and none endlessly."
        )
    return product


def _by_class(class_weight: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a dict of what a mapping holds, whatever its own methods do."""
    try:
        return dict(class_weight.items())
    except Exception:  # noqa: BLE001  # an object's own methods may raise anything
        raise ValueError(
            f"class_weight={brief(class_weight)}; it must be a dict of weights by class."
        ) from None
