"""The tensors of a file as arrays: their sizes are checked before anything is made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.external import ExternalFiles
from gatewise.support.arrays import of_bfloat16
from gatewise.support.given import brief, one_line

# What dtypes are read, and by which field of a TensorProto where the numbers are not raw bytes.
DTYPES: dict[int, Any] = {
    TensorProto.FLOAT: np.dtype("<f4"), TensorProto.DOUBLE: np.dtype("<f8"),
    TensorProto.FLOAT16: np.dtype("<f2"), TensorProto.BFLOAT16: np.dtype("<f4"),
    TensorProto.INT8: np.dtype("i1"), TensorProto.INT16: np.dtype("<i2"), TensorProto.INT32: np.dtype("<i4"),
    TensorProto.INT64: np.dtype("<i8"), TensorProto.UINT8: np.dtype("u1"),
    TensorProto.UINT16: np.dtype("<u2"), TensorProto.UINT32: np.dtype("<u4"),
    TensorProto.UINT64: np.dtype("<u8"), TensorProto.BOOL: np.dtype("?"),
}  # fmt: skip
"""NumPy's dtype of each kind of ONNX that is read; bfloat16 becomes float32, which has its every number."""
_RAW_SIZE = {TensorProto.BFLOAT16: 2}
_FIELDS = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data", "raw_data")


def dtype_of(kind: int, where: str) -> np.dtype[Any]:
    """Return NumPy's dtype of one of ONNX' numbers for dtypes."""
    if kind not in DTYPES:
        known = {value: name for name, value in TensorProto.DataType.items()}
        raise ConvertError(
            f"{where} is of {known.get(kind, f'the unknown dtype {kind}')}; read are real and whole numbers "
            "of 8 to 64 bits, and bool. Quantized weights must be made real numbers first."
        )
    found: np.dtype[Any] = DTYPES[kind]
    return found


def array_of(tensor: TensorProto, files: ExternalFiles | None = None, where: str = "") -> NDArray[Any]:
    """Return a tensor as an array of its own.

    Parameters
    ----------
    tensor : TensorProto
    files : ExternalFiles or None
        The files beside the model; None reads none.
    where : str
        What messages call it; its name by default.

    Raises
    ------
    ConvertError
        If it is damaged, of a dtype that is not read, or lies outside the folder.
    """
    where = where or f"tensor {brief(tensor.name)}"
    dtype = dtype_of(tensor.data_type, where)
    shape = tuple(tensor.dims)
    if any(length < 0 for length in shape) or len(shape) > 32:
        raise ConvertError(f"{where} has the shape {brief(shape)}, which no array has.")
    count = math.prod(shape)
    if tensor.data_location == TensorProto.EXTERNAL:
        raw = _external(tensor, files, where, count * _RAW_SIZE.get(tensor.data_type, dtype.itemsize))
        return _from_raw(tensor.data_type, raw, dtype).reshape(shape)
    if tensor.HasField("raw_data"):
        needed, there = count * _RAW_SIZE.get(tensor.data_type, dtype.itemsize), len(tensor.raw_data)
        if there != needed:
            raise ConvertError(f"{where} is {shape} of {dtype}: {needed:,} bytes, and has {there:,}.")
        return _from_raw(tensor.data_type, tensor.raw_data, dtype).reshape(shape)
    there = max(len(getattr(tensor, field)) for field in _FIELDS[:-1])
    if there != count:
        raise ConvertError(f"{where} is {shape}: {count:,} numbers, and has {there:,}.")
    try:
        found = onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # noqa: BLE001  # of another library, on a file that anybody wrote
        raise ConvertError(f"{where} cannot be read: {one_line(error)}.") from None
    return np.array(found, dtype).reshape(shape)


def _from_raw(kind: int, raw: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    if kind == TensorProto.BFLOAT16:
        return of_bfloat16(raw)
    return np.frombuffer(raw, dtype).astype(dtype.newbyteorder("="))


def _external(tensor: TensorProto, files: ExternalFiles | None, where: str, needed: int) -> bytes:
    """Return the bytes of a tensor that lie in a file beside the model."""
    told = {entry.key: entry.value for entry in tensor.external_data}
    location = told.get("location", "")
    if files is None:
        raise ConvertError(f"{where} lies in the file {brief(location)}; here no files are read.")
    try:
        offset, length = int(told.get("offset") or 0), int(told.get("length") or needed)
    except ValueError:
        raise ConvertError(f"{where} lies at no place of {brief(location)} that is a number.") from None
    if offset < 0 or length != needed:
        raise ConvertError(
            f"{where} has {needed:,} bytes, and the file says that {length:,} lie in {brief(location)} from "
            f"{offset:,} on."
        )
    return files.read(where, location, offset, needed)
