"""`OPERATORS`: every operator that is read beside the recurrent ones, by ONNX' name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gatewise.onnx.operators import arithmetic, making, moving
from gatewise.onnx.operators.call import Array, OperatorCall


class Operator(NamedTuple):
    """An operator.

    Attributes
    ----------
    run : callable
        run(call) -> outputs; of one that moves numbers run(call, data) -> outputs.
    moves : tuple of int or None
        The places of the inputs whose numbers it moves and does not change; () are all; None moves none.
    """

    run: Callable[..., tuple[Array, ...]]
    moves: tuple[int, ...] | None = None

    def __call__(self, call: OperatorCall) -> tuple[Array, ...]:
        """Run it."""
        if self.moves is None:
            return self.run(call)
        return self.run(call, [call.input(place) for place in self.places(call)])

    def places(self, call: OperatorCall) -> Sequence[int]:
        """Return the places of the inputs that it moves."""
        return self.moves or range(len(call.inputs))


def _binary(function: Callable[..., Any]) -> Operator:
    return Operator(arithmetic.elementwise(function))


OPERATORS: Mapping[str, Operator] = {
    "Identity": Operator(moving.identity, (0,)),
    "Dropout": Operator(moving.dropout, (0,)),
    "Transpose": Operator(moving.transpose, (0,)),
    "Reshape": Operator(moving.reshape, (0,)),
    "Flatten": Operator(moving.flatten, (0,)),
    "Squeeze": Operator(moving.squeeze, (0,)),
    "Unsqueeze": Operator(moving.unsqueeze, (0,)),
    "Slice": Operator(moving.slice_, (0,)),
    "Concat": Operator(moving.concat, ()),
    "Split": Operator(moving.split, (0,)),
    "Expand": Operator(moving.expand, (0,)),
    "Gather": Operator(moving.gather, (0,)),
    "GatherElements": Operator(moving.gather_elements, (0,)),
    "ScatterElements": Operator(moving.scatter_elements, (0, 2)),
    "TopK": Operator(moving.top_k, (0,)),
    "ReverseSequence": Operator(moving.reverse_sequence, (0,)),
    "Cast": Operator(making.cast, (0,)),
    "Constant": Operator(making.constant),
    "ConstantOfShape": Operator(making.constant_of_shape),
    "Shape": Operator(making.shape),
    "Size": Operator(making.size),
    "Range": Operator(making.range_),
    "Add": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Div": _binary(arithmetic.divide),
    "Equal": _binary(np.equal),
    "Less": _binary(np.less),
    "Greater": _binary(np.greater),
    "And": _binary(np.logical_and),
    "Or": _binary(np.logical_or),
    "Not": _binary(np.logical_not),
    "Neg": _binary(np.negative),
    "Where": _binary(arithmetic.where),
    "Gemm": Operator(arithmetic.gemm),
    "MatMul": Operator(arithmetic.matmul),
    "ReduceProd": Operator(arithmetic.reduce_by(np.prod)),
    "ReduceSum": Operator(arithmetic.reduce_by(np.sum)),
    "ReduceMax": Operator(arithmetic.reduce_by(np.max)),
    "ReduceMin": Operator(arithmetic.reduce_by(np.min)),
    "Sigmoid": Operator(arithmetic.function_of("sigmoid")),
    "Tanh": Operator(arithmetic.function_of("tanh")),
    "Relu": Operator(arithmetic.function_of("relu")),
    "Softmax": Operator(arithmetic.softmax),
}
"""A new one is a row here, and a function."""
