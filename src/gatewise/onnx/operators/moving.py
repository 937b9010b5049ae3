"""Operators that only move numbers: each takes the data apart from what says where they go.

    move(call, data) -> outputs

`data` are the inputs that are moved, which a caller may put others in place of: labels go the same ways as
the numbers do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gatewise.onnx.operators.call import Array, OperatorCall
from gatewise.support.given import brief

Moved = tuple[Array, ...]


def identity(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Identity, and Dropout in inference, whose mask is all true."""
    mask = (np.ones(data[0].shape, bool),) if len(call.node.outputs) > 1 else ()
    return (data[0], *mask)


def dropout(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Hand the numbers on; a node that is set to training is refused."""
    training = call.optional(2)
    if training is not None and training.size == 1 and bool(training.reshape(-1)[0]):
        call.fail(
            "it drops numbers out, as in training (training_mode). Export the model in inference (eval)."
        )
    return identity(call, data)


def transpose(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Put the axes in another order."""
    rank = data[0].ndim
    perm = call.integers(len(call.inputs), "perm")
    if perm is None:
        perm = tuple(reversed(range(rank)))
    if sorted(perm) != list(range(rank)):
        call.fail(f"perm={brief(list(perm))} is no order of {rank} axes.")
    return (np.transpose(data[0], perm),)


def reshape(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Lay the numbers out in another shape: 0 keeps an axis, -1 is what is left."""
    array = data[0]
    want = call.integers(1, "shape")
    if want is None:
        call.fail("it has no shape.")
    shape = list(want)
    if not call.whole("allowzero", 0):
        for axis, length in enumerate(shape):
            if length == 0 and axis >= array.ndim:
                call.fail(f"its shape {brief(shape)} keeps axis {axis}, and there are {array.ndim}.")
            shape[axis] = array.shape[axis] if length == 0 else length
    free = [axis for axis, length in enumerate(shape) if length == -1]
    known = math.prod(length for length in shape if length != -1)
    fits = len(free) <= 1 and all(length >= -1 for length in shape)
    if free and fits:
        fits = known > 0 and array.size % known == 0
        shape[free[0]] = array.size // max(known, 1)
    if not fits or math.prod(shape) != array.size:
        call.fail(f"what is {array.shape} has no shape {brief(list(want))}.{_fixed(call, array)}")
    return (array.reshape(shape),)


def _fixed(call: OperatorCall, array: Array) -> str:
    return (
        " The model may be made for sequences of one number and length alone: export it with dynamic axes."
        * (array.ndim > 1 and call.node.op == "Reshape")
    )


def flatten(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Lay out as a matrix: the axes before `axis`, and those from it on."""
    shape = data[0].shape
    given = call.whole("axis", 1)
    axis = len(shape) if given == len(shape) else call.axis(given, len(shape))
    return (data[0].reshape(math.prod(shape[:axis]), math.prod(shape[axis:])),)


def squeeze(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Take axes of length 1 away: those that are named, or all."""
    shape = data[0].shape
    given = call.integers(1, "axes")
    if given is None:
        axes = tuple(axis for axis, length in enumerate(shape) if length == 1)
    else:
        axes = call.axes(given, len(shape))
    if any(shape[axis] != 1 for axis in axes):
        call.fail(f"of {shape} the axes {brief(list(axes))} are not all of length 1.")
    return (data[0].reshape([length for axis, length in enumerate(shape) if axis not in axes]),)


def unsqueeze(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Put axes of length 1 in."""
    given = call.integers(1, "axes")
    if given is None:
        call.fail("it has no axes.")
    rank = data[0].ndim + len(given)
    axes = call.axes(given, rank)
    lengths = iter(data[0].shape)
    return (data[0].reshape([1 if axis in axes else next(lengths) for axis in range(rank)]),)


def slice_(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Take stretches of axes, forwards or backwards."""
    array = data[0]
    starts, ends = call.integers(1, "starts"), call.integers(2, "ends")
    if starts is None or ends is None:
        call.fail("it has no starts or no ends.")
    axes = call.axes(call.integers(3, "axes") or range(len(starts)), array.ndim)
    steps = call.integers(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        call.fail("its starts, ends, axes and steps do not go together.")
    index: list[Any] = [slice(None)] * array.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        length = array.shape[axis]
        start, end = (each + length if each < 0 else each for each in (start, end))
        if step > 0:
            index[axis] = slice(min(max(start, 0), length), min(max(end, 0), length), step)
        else:
            last = min(max(end, -1), length - 1)
            index[axis] = slice(min(max(start, 0), length - 1), None if last < 0 else last, step)
            if not length or start < 0:
                index[axis] = slice(0, 0)
    return (array[tuple(index)],)


def concat(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Put arrays after one another."""
    shapes = [array.shape for array in data]
    if not shapes or "axis" not in call.node.attributes:
        call.fail("it has no inputs or no axis.")
    axis = call.axis(call.whole("axis", 0), len(shapes[0]))
    rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes if len(shape) == len(shapes[0])}
    if len(rest) > 1 or any(len(shape) != len(shapes[0]) for shape in shapes) or not shapes[0]:
        call.fail(f"{' and '.join(map(str, shapes[:4]))} cannot stand side by side on axis {axis}.")
    whole = list(shapes[0])
    whole[axis] = sum(shape[axis] for shape in shapes)
    call.room(whole)
    return (np.concatenate(data, axis),)


def split(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Cut an axis into parts."""
    array, count = data[0], len(call.node.outputs)
    axis = call.axis(call.whole("axis", 0), array.ndim)
    parts = call.integers(1, "split")
    length = array.shape[axis]
    if parts is None:
        each = -(-length // count)
        parts = tuple(min(each, max(length - each * number, 0)) for number in range(count))
    if sum(parts) != length or len(parts) != count or min(parts) < 0:
        call.fail(f"an axis of {length} is not {brief(list(parts))}, as {count} parts.")
    ends = np.cumsum([0, *parts])
    return tuple(np.take(array, range(first, end), axis) for first, end in pairwise(ends.tolist()))


def expand(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Repeat along axes of length 1."""
    want = call.integers(1)
    if want is None:
        call.fail("it has no shape.")
    try:
        shape = np.broadcast_shapes(data[0].shape, call.room(want))
    except ValueError:
        call.fail(f"what is {data[0].shape} cannot be repeated to {brief(list(want))}.")
    return (np.broadcast_to(data[0], call.room(shape)),)


def _inside(call: OperatorCall, place: int, length: int) -> Array:
    """Return indices, of which those below 0 count from the end."""
    index = call.input(place)
    if index.dtype.kind not in "iu":
        call.fail(f"its indices are of {index.dtype}; they must be whole numbers.")
    if index.size and not (-length <= index.min() and index.max() < length):
        call.fail(f"its indices go from {index.min()} to {index.max()}, on an axis of {length}.")
    return np.where(index < 0, index + length, index).astype(np.int64)


def gather(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Take entries of an axis by their numbers."""
    array = data[0]
    axis = call.axis(call.whole("axis", 0), array.ndim)
    if not array.ndim:
        call.fail("it takes entries of a single number.")
    index = _inside(call, 1, array.shape[axis])
    call.room((*array.shape[:axis], *index.shape, *array.shape[axis + 1 :]))
    return (np.take(array, index, axis),)


def gather_elements(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Take entries of an axis by numbers of which each entry of the others has its own."""
    array = data[0]
    axis = call.axis(call.whole("axis", 0), array.ndim)
    index = _inside(call, 1, array.shape[axis] if array.ndim else 0)
    others = zip(index.shape, array.shape, strict=False)
    if index.ndim != array.ndim or any(i > a for place, (i, a) in enumerate(others) if place != axis):
        call.fail(f"its indices are {index.shape}, its data {array.shape}.")
    parts = tuple(
        slice(0, length) if place != axis else slice(None) for place, length in enumerate(index.shape)
    )
    return (np.take_along_axis(array[parts], index, axis),)


def scatter_elements(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Put entries into a copy of the data; each place once."""
    array, updates = data
    axis = call.axis(call.whole("axis", 0), array.ndim)
    index = _inside(call, 1, array.shape[axis] if array.ndim else 0)
    if call.node.attributes.get("reduction", "none") != "none":
        call.fail("it adds numbers up where it puts them (reduction), which is not read.")
    if index.shape != updates.shape or index.ndim != array.ndim:
        call.fail(f"its indices are {index.shape}, its updates {updates.shape}, its data {array.shape}.")
    if any(i > a for place, (i, a) in enumerate(zip(index.shape, array.shape, strict=True)) if place != axis):
        call.fail(f"its indices are {index.shape}, its data {array.shape}.")
    made = np.array(array)
    parts = np.ix_(*map(range, index.shape))
    made[tuple(index if place == axis else part for place, part in enumerate(parts))] = updates
    return (made,)


def top_k(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Return the largest or smallest entries in order, and their places; of equal ones the first is first."""
    array = call.input(0)
    axis = call.axis(call.whole("axis", -1), array.ndim)
    wanted = call.integers(1, "k")
    if not wanted or not array.ndim or not 0 <= wanted[0] <= array.shape[axis]:
        call.fail(f"it takes {brief(list(wanted or ()))} entries of {array.shape}.")
    ascending = np.argsort(array, axis=axis, kind="stable")
    if call.whole("largest", 1):
        turned = np.flip(array, axis)
        ascending = np.flip(array.shape[axis] - 1 - np.argsort(turned, axis=axis, kind="stable"), axis)
    places = np.take(ascending, range(wanted[0]), axis)
    return (np.take_along_axis(data[0], places, axis), places.astype(np.int64))


def reverse_sequence(call: OperatorCall, data: Sequence[Array]) -> Moved:
    """Turn the first steps of each sequence round, as many as it is long."""
    array = data[0]
    batch, time = call.whole("batch_axis", 1), call.whole("time_axis", 0)
    if array.ndim < 2 or {batch, time} != {0, 1}:
        call.fail(f"its axes {batch} and {time} of {array.shape} are not 0 and 1.")
    T, N = array.shape[time], array.shape[batch]
    lengths = call.input(1)
    if lengths.shape != (N,) or lengths.dtype.kind not in "iu" or np.any((lengths < 0) | (lengths > T)):
        call.fail(f"its lengths are {lengths.shape}, for {N} sequences of at most {T} steps.")
    steps = np.arange(T)[:, np.newaxis]
    source = np.where(steps < lengths, lengths - 1 - steps, steps)  # (T, N)
    columns = np.arange(N)[np.newaxis]
    return (array[source, columns] if time == 0 else array[columns.T, source.T],)
