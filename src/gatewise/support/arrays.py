"""What gatewise takes for an array, and the record in which results hold theirs.

Precision is never converted silently: an array of another floating dtype than asked for is refused.
Lists, Python numbers and integer arrays carry no precision of their own and take the one asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gatewise.errors import ArgumentError, DtypeError, NotKeptError, ShapeError
from gatewise.support.foreign import why_no_numbers_in
from gatewise.support.given import (
    as_numpy,
    brief,
    described,
    first_entry,
    library_of,
    masked_entries,
    masked_in,
    why_no_numbers,
)

FloatArray: TypeAlias = NDArray[Any]  # one real or complex floating dtype throughout; the type cannot say it
IntArray: TypeAlias = NDArray[np.int64]


def as_numbers(name: str, value: ArrayLike) -> NDArray[Any]:
    """Read `value` as an array of numbers as this machine holds them; messages call it `name`.

    Raises
    ------
    ShapeError
        If it is a ragged list.
    DtypeError
        If it holds anything but booleans, integers, real or complex numbers.
    ArgumentError
        If entries are masked, or it is an object of another library that gives no array.
    """
    if type(value) is not np.ndarray:
        refuse_masked(name, value)
    try:
        array = np.asarray(value)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # an object's own methods may raise anything
        raise _unreadable(name, value, error) from None
    if array.dtype.kind not in "biufc":
        raise DtypeError(why_no_numbers(name, array, value))
    # An array that does not stand on a multiple of its item's size is copied: compiled code may not read it.
    return array.astype(array.dtype.newbyteorder("="), copy=not array.flags.aligned)


def refuse_masked(name: str, value: Any) -> None:
    """Refuse an array with masked entries: what is under a mask means nothing.

    Raises
    ------
    ArgumentError
    """
    found = masked_in(value)
    if found is not None:
        raise ArgumentError(
            f"{name} is a masked array, {masked_entries(found)} of its {found.size} entries are masked, and "
            f"gatewise knows no masks. Fill them: np.ma.filled({name}, 0), or np.ma.filled({name}, np.nan) "
            "where NaN may stand for what is missing, as in a label. Sequences of several lengths: lengths=."
        )


def _unreadable(name: str, value: Any, error: Exception) -> DtypeError | ShapeError | ArgumentError:
    """Return what to raise for something of which NumPy makes no array."""
    entry = first_entry(value)
    if library_of(entry):
        what = described(value) if entry is value else f"{described(value)}, the first {described(entry)}"
        if why := why_no_numbers_in(entry):
            return ArgumentError(f"{name} is {what}: {why}")
        return ArgumentError(
            f"{name} is {what}, of which NumPy makes no array ({' '.join(str(error).split())[:120]}). "
            f"Pass {as_numpy(name, value)}."
        )
    if isinstance(error, ValueError):
        return ShapeError(f"{name} is a ragged list; rows must be of one length. Pad it and give lengths.")
    return DtypeError(f"{name} is {described(value)}; it must be an array of numbers, for example float64.")


def own_dtype(name: str, value: ArrayLike) -> np.dtype[Any] | None:
    """Return the floating dtype that `value` brings with it; None for lists, Python numbers and integers."""
    if type(value) is np.ndarray and value.dtype.kind in "fc" and value.dtype.isnative:
        dtype: np.dtype[Any] = value.dtype
        return dtype
    dtype = as_numbers(name, value).dtype
    entry = first_entry(value)
    is_array = isinstance(entry, np.generic) or not isinstance(entry, (list, tuple, int, float, complex))
    return dtype if is_array and dtype.kind in "fc" else None


def as_array(
    name: str, value: ArrayLike, dtype: DTypeLike, shape: tuple[int, ...] | None = None
) -> FloatArray:
    """Read `value` as an array of `dtype` and, where one is given, of `shape`; copy only where it must.

    Raises
    ------
    DtypeError
        If `value` has a floating dtype of its own and it is another one, or numbers beyond `dtype`.
    ShapeError
        If it has another shape.
    """
    wanted = np.dtype(dtype)
    if type(value) is np.ndarray and value.dtype == wanted and value.flags.aligned:
        array, own = value, None  # nothing to read or to refuse
    else:
        array, own = as_numbers(name, value), own_dtype(name, value)
    if array.dtype.kind == "c" and wanted.kind != "c":
        raise DtypeError(
            f"{name} is complex where {wanted} is needed. Use {as_numpy(name, value)}.real, or "
            "params.astype('complex128') to work in complex numbers."
        )
    if own is not None and own != wanted:  # not `in`: NumPy holds float64 equal to None
        raise DtypeError(
            f"{name} is {own} where {wanted} is needed; precision is not converted silently. "
            f"Use {as_numpy(name, value)}.astype('{wanted}'), or params.astype('{own}') to work in {own}."
        )
    if shape is not None and array.shape != shape:
        raise ShapeError(f"{name} is {array.shape}; it must be {shape}.")
    if array.dtype == wanted:
        return array
    with np.errstate(over="ignore"):
        read = array.astype(wanted)
    beyond = np.isinf(read) & np.isfinite(array)
    if beyond.any():
        raise DtypeError(f"{name} has {array[beyond].flat[0]:g}, which is beyond {wanted}.")
    return read


def floating(whose: str, dtype: DTypeLike) -> np.dtype[Any]:
    """Read a floating dtype, real or complex; `whose` is what the message calls those that have it.

    Raises
    ------
    DtypeError
    """
    try:
        with catch_warnings():
            simplefilter("ignore")  # of old names such as "a", which are refused below
            read = np.dtype(dtype)
    except Exception:  # noqa: BLE001  # NumPy looks into what it is given, which may raise anything
        raise DtypeError(f"{brief(dtype)} is not a dtype; give one such as 'float32' or 'float64'.") from None
    if read.kind not in "fc":
        raise DtypeError(f"{whose} cannot be {read}; they need a floating dtype such as float32.")
    return read


def as_real(value: object) -> float:
    """Read a real number; NaN stands for what is none, so that every range refuses it."""
    if type(value) is float:
        return value
    if isinstance(value, (str, bytes, bytearray, np.ma.MaskedArray)):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]  # tried
    except Exception:  # noqa: BLE001  # an object's own method may raise anything
        return math.nan


def is_count(value: object) -> bool:
    """Say whether `value` is a whole number of at least 1."""
    if type(value) is int:  # as nearly always, and a small pass would feel a longer look
        return value >= 1
    return isinstance(value, (int, np.integer)) and int(value) >= 1


def cast(name: str, array: FloatArray, dtype: np.dtype[Any]) -> FloatArray:
    """Return an array in another dtype, or refuse numbers that it does not have."""
    with np.errstate(over="ignore"):
        made = array.astype(dtype)
    if not np.isfinite(made).all() and np.isfinite(array).all():
        largest = array.flat[np.abs(array).argmax()]
        raise ArgumentError(f"{name} has {largest:g}, which is beyond the largest {dtype}.")
    return made


class NamedArrays:
    """A read-only record of arrays, read as `record.name` or `record["name"]`.

    A subclass annotates the names it can hold. The arrays may be any mapping, so that an engine can make
    one when it is first read.
    """

    _why_missing = "it was not kept"

    def __init__(self, arrays: Mapping[str, FloatArray]) -> None:
        self._arrays = arrays

    def __getattr__(self, name: str) -> FloatArray:
        # Called where there is no such attribute yet: an array becomes one when it is first read.
        kind = type(self).__name__
        if name.startswith("_"):  # also keeps copy and pickle from asking a half-made object for _arrays
            raise AttributeError(f"{kind} has no attribute {name}")
        try:
            array = self._arrays[name]
        except KeyError:
            pass
        else:
            setattr(self, name, array)
            return array
        if name in self.names():
            raise NotKeptError(f"{name} cannot be read: {self._why_missing}. Kept: {', '.join(self)}.")
        raise AttributeError(f"{kind} has no attribute {name}. Its arrays are {', '.join(self.names())}.")

    def __getitem__(self, name: str) -> FloatArray:
        if name not in self.names():
            raise KeyError(f"{name} is not one of {', '.join(self.names())}")
        array: FloatArray = getattr(self, name)
        return array

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the arrays that were kept."""
        return iter(self._arrays)

    def __repr__(self) -> str:
        """Name the arrays that were kept, those of one shape together."""
        shapes: dict[tuple[int, ...], list[str]] = {}
        for name in self:
            shapes.setdefault(self[name].shape, []).append(name)
        kind = type(self).__name__.removeprefix("Native")
        listed = [" ".join([*names, str(shape)]) for shape, names in shapes.items()]
        return f"{kind}({', '.join(listed)})"

    def __dir__(self) -> list[str]:
        return [*{*super().__dir__(), *self._arrays}]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all arrays that such a record can hold."""
        own = (vars(kind).get("__annotations__", {}) for kind in reversed(cls.__mro__))
        return tuple(name for names in own for name in names if not name.startswith("_"))


def of_bfloat16(raw: bytes) -> FloatArray:
    """Return bfloat16 numbers, which are the upper halves of float32 ones, as float32."""
    return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
