"""One row that arrives alone, as a table's row is read: its numbers and its categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.given import brief
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.cells import LARGEST, category_name
from gatewise.train.data.reading.sentinels import Sentinels


def read_row(
    values: Any, numbers: Sequence[str], categories: Sequence[tuple[str, tuple[str, ...]]], na: Sequence[Any]
) -> tuple[FloatArray, IntArray]:
    """Read a row.

    Parameters
    ----------
    values : dict or array
        The columns by name, or first the numbers, then the categories, in this order.
    numbers : list of str
        The columns of numbers.
    categories : list of (name, categories)
        The columns of categories, and which training has seen.
    na : list of float or str
        What stands for a missing value.

    Returns
    -------
    array (numbers,), int array (categories,)
        NaN where a number is missing; -1 where a category is missing or was not seen.

    Raises
    ------
    DataError
        If a column is missing, or a value is none.
    """
    names = [*numbers, *(name for name, _ in categories)]
    if isinstance(values, Mapping):
        gone = [name for name in names if name not in values]
        if gone:
            raise DataError(f"the row has no {gone[0]}; it needs {', '.join(names)} (None where missing).")
        values = [values[name] for name in names]
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DataError(f"the row is {brief(values)}; it must have the values of {', '.join(names)}.")
    try:
        values = list(values)
    except Exception:  # noqa: BLE001  # an object's own methods may raise anything
        raise DataError(f"the row is {brief(values)}; it must be a dict, or an array.") from None
    row = np.array([_number(name, value) for name, value in zip(numbers, values, strict=False)])
    if len(values) != len(names):
        raise DataError(f"the row has {len(values)} values; it needs {len(names)}: {', '.join(names)}.")
    sentinels = Sentinels(na)
    places = [
        _place(name, seen, value, sentinels)
        for (name, seen), value in zip(categories, values[len(numbers) :], strict=True)
    ]
    return sentinels.without_numbers(row), np.array(places, dtype=np.int64)


def _place(name: str, seen: tuple[str, ...], value: Any, sentinels: Sentinels) -> int:
    """Return the place of a category among those seen, -1 where it is missing or was not."""
    if value is np.ma.masked:
        return -1
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is not None and not isinstance(plain, (str, int, float)):
        raise DataError(
            f"column {name} of the row is {brief(value)}; it must be a text or a number, or None."
        )
    text = category_name(plain)
    return seen.index(text) if text in seen and text not in sentinels else -1


def _number(name: str, value: Any) -> float:
    try:
        number = np.nan if value is None or value is np.ma.masked else float(value)
    except Exception:  # noqa: BLE001  # an object's own method may raise anything
        raise DataError(
            f"column {name} of the row is {brief(value)}; it must be a number, or None."
        ) from None
    if abs(number) > LARGEST:
        raise DataError(
            f"column {name} of the row is {brief(value)}, infinite or too large (above {LARGEST:g})."
        )
    return number
