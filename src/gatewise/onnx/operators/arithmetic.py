"""Operators that work numbers out: sums, products, functions of heads, and what shapes are computed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gatewise.learn.sequential import FUNCTIONS
from gatewise.onnx.operators.call import Array, OperatorCall

Worked = tuple[Array, ...]


def elementwise(function: Callable[..., Any]) -> Callable[[OperatorCall], Worked]:
    """Make an operator of a function of arrays that are repeated to one shape."""

    def work(call: OperatorCall) -> Worked:
        arrays = [call.input(place) for place in range(len(call.inputs))]
        try:
            call.room(np.broadcast_shapes(*(array.shape for array in arrays)))
            return (np.asarray(function(*arrays)),)
        except (ValueError, TypeError):
            shapes = " and ".join(f"{array.shape} of {array.dtype}" for array in arrays)
            return call.fail(f"{shapes} do not go together.")

    return work


def divide(left: Array, right: Array) -> Any:
    """Return the quotient; of whole numbers, the whole number towards 0."""
    if left.dtype.kind not in "iu":
        return left / right
    if not right.all():
        raise ValueError
    return np.fix(left / right).astype(left.dtype) if left.size and right.size else left // right


def function_of(name: str) -> Callable[[OperatorCall], Worked]:
    """Make an operator of a function of `learn.sequential`."""

    def work(call: OperatorCall) -> Worked:
        z = call.input(0)
        if z.dtype.kind != "f":
            call.fail(f"it is taken of {z.dtype}; it must be real numbers.")
        return (np.asarray(FUNCTIONS[name](z)).astype(z.dtype),)

    return work


def softmax_axes(call: OperatorCall, rank: int) -> tuple[int, ...]:
    """Return the axes over which a softmax adds up: one, or, before opset 13, all from one on."""
    if call.opset >= 13:
        return (call.axis(call.whole("axis", -1), rank),)
    return tuple(range(call.axis(call.whole("axis", 1), rank), rank))


def softmax(call: OperatorCall) -> Worked:
    """Return e^z over its sum."""
    z = call.input(0)
    axes = softmax_axes(call, z.ndim)
    if z.dtype.kind != "f" or not z.size:
        call.fail(f"it is taken of {z.shape} of {z.dtype}.")
    powers = np.exp(z - z.max(axes, keepdims=True))
    return (powers / powers.sum(axes, keepdims=True),)


def matmul(call: OperatorCall) -> Worked:
    """Return the product of matrices."""
    return (_product(call, call.input(0), call.input(1)),)


def gemm(call: OperatorCall) -> Worked:
    """Return alpha·A·B + beta·C, with A and B turned where the node says so."""
    A, B = call.input(0), call.input(1)
    if A.ndim != 2 or B.ndim != 2:
        call.fail(f"A is {A.shape} and B is {B.shape}; they must be matrices.")
    A, B = (array.T if call.whole(name, 0) else array for array, name in ((A, "transA"), (B, "transB")))
    found = _product(call, A, B)
    alpha, beta = call.real("alpha", 1.0), call.real("beta", 1.0)
    found = found if alpha == 1 else found * found.dtype.type(alpha)
    C = call.optional(2)
    if C is None or not beta:
        return (found,)
    try:
        fits = np.broadcast_shapes(found.shape, C.shape) == found.shape
    except ValueError:
        fits = False
    if not fits:
        call.fail(f"C is {C.shape}, and A·B is {found.shape}.")
    return (found + (C if beta == 1 else C * C.dtype.type(beta)),)


def _product(call: OperatorCall, A: Array, B: Array) -> Array:
    fits = A.ndim > 0 and B.ndim > 0 and A.shape[-1] == B.shape[-2 if B.ndim > 1 else 0]
    if not fits or A.dtype.kind not in "fiu" or B.dtype.kind not in "fiu":
        call.fail(f"{A.shape} of {A.dtype} and {B.shape} of {B.dtype} have no product.")
    try:
        before = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    except ValueError:
        call.fail(f"{A.shape} and {B.shape} have no product.")
    call.room((*before, *A.shape[-2:-1], *B.shape[max(B.ndim - 1, 1) :]))
    return np.asarray(A @ B)


def reduce_by(function: Callable[..., Any]) -> Callable[[OperatorCall], Worked]:
    """Make an operator that takes axes together."""

    def work(call: OperatorCall) -> Worked:
        array = call.input(0)
        given = call.integers(1, "axes")
        if not given and call.whole("noop_with_empty_axes", 0):
            return (array,)
        axes = call.axes(given, array.ndim) if given else tuple(range(array.ndim))
        try:
            found = function(array, axis=axes, keepdims=bool(call.whole("keepdims", 1)))
        except ValueError:
            call.fail(f"of {array.shape} there is nothing to take together.")
        return (np.asarray(found).astype(array.dtype),)

    return work


def where(condition: Array, left: Array, right: Array) -> Any:
    """Return the left one where the condition is true, and the right one elsewhere."""
    if condition.dtype != np.bool_:
        raise TypeError
    return np.where(condition, left, right)
