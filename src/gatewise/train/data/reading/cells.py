"""Pieces of a column as NumPy numbers; what is no number is refused with its row. Times are in times.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.csv_start import NUMBER
from gatewise.train.data.reading.tables import MISSING

EXACT = 2**53
"""Whole numbers up to here have a float64 of their own."""

LARGEST = 1e100
"""Of a value: its square, and sums of such squares, must be numbers, too."""

LONGEST_CELL = 40  # characters of a value that a message repeats
SAMPLED = 2000  # texts that say whether a column has numbers

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,.'’ \u00a0\u2009\u202f]\d{3})+([,.]\d+)?")  # 1,234.5
_MARKED = re.compile(r"[+-]?([$€£¥]) ?[+-]?\d[\d.,]*|[+-]?\d[\d.,]* ?(%|[$€£¥])")  # $5, 15.6 %
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")  # 1234,5

_TRUTH = {"true": 1.0, "false": 0.0}
_WHOLE = re.compile(r"([+-]?\d+)[.,]0+")  # 3.0 names what 3 does


def kind_of(column: Any) -> str:
    """Say what a pyarrow column holds: "number", "text", "time", "nothing" or its nested type's name."""
    types = need("pyarrow.types", "train", "reading data")
    kind = column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return "nothing"
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_timestamp(kind) or types.is_date(kind):
        return "time"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    return str(kind)


def first_null(column: Any) -> int | None:
    """Return the first row of a piece of a column that holds nothing, None if every row holds something."""
    if not column.null_count:
        return None
    return int(np.argmin(column.is_valid().to_numpy(zero_copy_only=False)))


def looks_like_numbers(column: Any, decimal: str) -> bool:
    """Say whether most of the texts of a piece of a column are numbers, if only but for a mark or a unit."""
    texts = [text for text in column.slice(0, SAMPLED).to_pylist() if text is not None]
    good = sum(_parse(text, decimal) is not None or _marked(text) is not None for text in texts)
    return good * 2 >= len(texts)


def to_numbers(source: str, name: str, column: Any, first: int, decimal: str = ".") -> FloatArray:
    """Return a piece of a column as float64, NaN where a value is missing.

    Parameters
    ----------
    first : int
        How many rows come before this piece, for messages.
    decimal : str
        The decimal mark of written numbers.

    Raises
    ------
    DataError
        If a value is text, infinite or too large to be exact, or the column does not hold numbers.
    """
    arrow = need("pyarrow", "train", "reading data")
    compute = need("pyarrow.compute", "train", "reading data")
    kind = kind_of(column)
    where = f"{source}, column {name}"
    if kind == "nothing":
        return np.full(len(column), np.nan)
    if kind == "text":
        values = _from_text(where, column, first, decimal)
    elif kind == "number":
        if arrow.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        _check_exact(where, column, first)
        column = compute.cast(column, arrow.float64(), safe=False)
        values = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    elif kind == "time":
        raise DataError(f"{where} holds times; name it with time={name}, or leave it out of the features.")
    else:
        raise DataError(f"{where} holds {kind}, not numbers; make a column of each part.")
    large = np.abs(values) > LARGEST
    if large.any():
        row = int(large.argmax())
        raise DataError(
            f"{where}, row {first + row + 1}: {_cut(column[row].as_py())} is infinite or too large (above "
            f"{LARGEST:g}); if the value is missing, leave it empty."
        )
    return values


def _check_exact(where: str, column: Any, first: int) -> None:
    """Refuse whole numbers that float64 would round."""
    arrow = need("pyarrow", "train", "reading data")
    if not arrow.types.is_integer(column.type) or column.type.bit_width < 64:
        return
    given = column.to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(np.abs(np.nan_to_num(given.astype(np.float64))) >= EXACT):
        value = column[int(row)].as_py()
        if abs(value) > EXACT:
            raise _inexact(f"{where}, row {first + int(row) + 1}", str(value))


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _inexact(where: str, text: str) -> DataError:
    return DataError(
        f"{where}: {_cut(text)} is above 2^53, where whole numbers are rounded. If it is a name or a code, "
        "leave the column out; if it counts nanoseconds, give times or seconds; else a larger unit."
    )


def _from_text(where: str, column: Any, first: int, decimal: str) -> FloatArray:
    """Read written numbers: all at once, and one by one only if that fails."""
    arrow = need("pyarrow", "train", "reading data")
    compute = need("pyarrow.compute", "train", "reading data")
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        plain = compute.utf8_trim_whitespace(column)
        plain = compute.replace_substring(plain, ",", ".") if decimal == "," else plain
        values = np.array(
            compute.cast(plain, arrow.float64()).to_numpy(zero_copy_only=False), dtype=np.float64
        )
    except arrow.ArrowInvalid:
        values = _one_by_one(where, column, first, decimal)
    for row in np.flatnonzero(np.abs(np.nan_to_num(values)) >= EXACT):
        text = column[int(row)].as_py().strip()
        digits = text.lstrip("+-").lstrip("0")  # of a float64, at most 309: Python reads no more than 4,300
        if digits.isdigit() and np.isfinite(values[row]) and int(digits) > EXACT:
            raise _inexact(f"{where}, row {first + int(row) + 1}", text)
    return values


def _one_by_one(where: str, column: Any, first: int, decimal: str) -> FloatArray:
    values = np.full(len(column), np.nan)
    for row, text in enumerate(column.to_pylist()):
        if text is None or text.strip() in MISSING:
            continue
        value = _parse(text, decimal)
        if value is None:
            advice = _advice(text, decimal)
            if first + row == 0 and _marked(text) is None:
                advice = " If it is a row of units, leave it out: --skip-rows 1."
            raise DataError(f'{where}, row {first + row + 1}: "{_cut(text)}" is no number.{advice}')
        values[row] = value
    return values


def _advice(text: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    mark = _marked(text)
    if mark == "thousands":
        return " Write numbers without marks between thousands."
    if mark is not None:
        return f" Write the number without {mark}."
    if text.count(other) == 1 and text.replace(other, "").lstrip("+-").isdigit():
        return f" The decimal mark is {decimal} in the first rows; it must be the same in all."
    return " A missing value is an empty cell or NA; if the column holds categories, say so: --categories."


def _marked(text: str) -> str | None:
    """Say what a number has beside its digits: "thousands", or the mark itself; None for other texts."""
    text = text.strip()
    if THOUSANDS.fullmatch(text):
        return "thousands"
    marked = _MARKED.fullmatch(text)
    return (marked[1] or marked[2]) if marked else None


def _parse(text: str, decimal: str) -> float | None:
    """Return the number that a text is, or None."""
    text = text.strip()
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if decimal == ",":
        text = text.replace(",", ".")
    if NUMBER.fullmatch(text) or text.lstrip("+-").lower() in ("inf", "infinity", "nan"):
        return float(text)
    return None


# Categories -------------------------------------------------------------------------------------------------


def to_categories(
    where: str, column: Any, known: dict[str, int], missing: Callable[[str], bool]
) -> FloatArray:
    """Return a code for each value of a piece of a column of categories, NaN where it is missing.

    Parameters
    ----------
    where : str
        Source and column, for messages.
    known : dict
        The code of each category; those that are new come to it, in the order of their first appearance.
    missing : callable
        Whether a text was named as one that stands for a missing value.

    Raises
    ------
    DataError
        If the column holds times or nested values.
    """
    arrow = need("pyarrow", "train", "reading data")
    kind = kind_of(column)
    if kind == "nothing":
        return np.full(len(column), np.nan)
    if kind not in ("text", "number"):
        held = "times" if kind == "time" else kind
        raise DataError(f"{where} holds {held}, and is no column of categories: those are texts or numbers.")
    encoded = column if arrow.types.is_dictionary(column.type) else column.dictionary_encode()
    names = [category_name(value) for value in encoded.dictionary.to_pylist()]
    code = [np.nan if name is None or missing(name) else known.setdefault(name, len(known)) for name in names]
    places = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.float64)
    there, codes = ~np.isnan(places), np.full(len(places), np.nan)
    codes[there] = np.asarray(code, dtype=np.float64)[places[there].astype(np.int64)]
    return codes


def category_name(value: Any) -> str | None:
    """Return what a value is called as a category, None if it is missing: 3, 3.0 and "3" are one."""
    if value is None or value != value:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    text = text.lower() if text.lower() in _TRUTH else text
    return None if text in MISSING else text
