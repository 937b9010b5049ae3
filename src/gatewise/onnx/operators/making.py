"""Operators that make numbers: constants, shapes, ranges, other dtypes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gatewise.onnx.graphs.tensors import dtype_of
from gatewise.onnx.operators.call import Array, OperatorCall
from gatewise.support.given import brief

Made = tuple[Array, ...]
_DTYPES = {
    "value_float": np.float32,
    "value_floats": np.float32,
    "value_int": np.int64,
    "value_ints": np.int64,
}


def constant(call: OperatorCall) -> Made:
    """Return the array of the node, in whichever of its attributes it stands."""
    for name, value in call.node.attributes.items():
        if name == "value" and isinstance(value, np.ndarray):
            return (value.astype(call.float_dtype(value.dtype)),)
        if name in _DTYPES and isinstance(value, (int, float, tuple)):
            made = np.array(value, _DTYPES[name])
            return (made.astype(call.float_dtype(made.dtype)),)
    return call.fail("it has no value that is of numbers.")


def constant_of_shape(call: OperatorCall) -> Made:
    """Return an array of one number, 0 if none is said."""
    value = call.node.attributes.get("value", np.zeros(1, np.float32))
    shape = call.integers(0)
    if not isinstance(value, np.ndarray) or value.size != 1 or shape is None:
        call.fail("it has no single number, or no shape.")
    return (np.full(call.room(shape), value.reshape(())[()], call.float_dtype(value.dtype)),)


def shape(call: OperatorCall) -> Made:
    """Return the lengths of the axes, from `start` to `end`."""
    found = call.input(0).shape
    start, end = call.whole("start", 0), call.whole("end", len(found))
    return (np.array(found[slice(start, end)], np.int64),)


def size(call: OperatorCall) -> Made:
    """Return how many numbers there are."""
    return (np.array(call.input(0).size, np.int64),)


def range_(call: OperatorCall) -> Made:
    """Return numbers from a start to below a limit."""
    start, limit, step = (call.input(place) for place in range(3))
    if start.size != 1 or limit.size != 1 or step.size != 1 or not float(step.reshape(())):
        call.fail("its start, limit and step must be single numbers, the step not 0.")
    first, end, by = (each.reshape(())[()] for each in (start, limit, step))
    count = (float(end) - float(first)) / float(by)
    if not math.isfinite(count):
        call.fail(f"it goes from {first} to {end}.")
    call.room((max(math.ceil(count), 0),))
    made: Array = np.arange(float(first), float(end), float(by))
    return (made.astype(start.dtype),)


def cast(call: OperatorCall, data: Sequence[Array]) -> Made:
    """Return numbers in another dtype."""
    kind = call.node.attributes.get("to")
    if not isinstance(kind, int):
        call.fail(f"it casts to {brief(kind)}.")
    dtype = call.float_dtype(dtype_of(kind, f"what {call.node.where} casts to").newbyteorder("="))
    with np.errstate(all="ignore"):
        return (data[0].astype(dtype),)
