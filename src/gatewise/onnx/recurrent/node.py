"""A recurrent node: its attributes and weights read, and its outputs worked out by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells import Cell, CellError
from gatewise.engine import passes
from gatewise.engine.params import Params
from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential.layers import Biases
from gatewise.onnx.recurrent.activations import OF_GATES, Activation, activations_of
from gatewise.onnx.recurrent.node_cells import USUAL, NodeOptions, cell_of, limit_of
from gatewise.onnx.recurrent.weights import BLOCKS, Stacked, params_of
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief, listed

DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
"""What the inputs of a node are called, in order; a GRU and an RNN end with initial_h."""
_MOST_INPUTS = {"LSTM": 8, "GRU": 6, "RNN": 6}
_ATTRIBUTES = (
    "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget",
    "layout", "linear_before_reset",
)  # fmt: skip
_PROJECTED = (
    " An LSTM with a projection (torch's proj_size) is no ONNX LSTM, and torch.onnx.export(dynamo=True) "
    "writes such a wrong node: convert the state_dict instead."
)


@dataclass(frozen=True)
class RecurrentNode:
    """A node whose weights are known.

    Attributes
    ----------
    where : str
        What messages call it.
    kind : "LSTM", "GRU" or "RNN"
    params : tuple of Params
        One for each direction.
    biases : tuple
        Both bias vectors of each direction, or None.
    reverse : tuple of bool
        Whether each direction goes through the sequences from their end.
    batch_first : bool
        ONNX' layout=1: X (N, T, D) and Y (N, T, directions, H); else X (T, N, D) and Y (T, directions, N, H).
    """

    where: str
    kind: str
    params: tuple[Params, ...]
    biases: tuple[Biases | None, ...]
    reverse: tuple[bool, ...]
    batch_first: bool

    @property
    def hidden_size(self) -> int:
        """H, the units of each direction."""
        return self.params[0].hidden_size

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cell of each direction."""
        return tuple(each.cell for each in self.params)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> tuple[FloatArray, ...]:
        """Return Y, Y_h and, of an LSTM, Y_c.

        Parameters
        ----------
        inputs : dict
            X, and what there is of sequence_lens (N,), initial_h and initial_c (directions, N, H); with
            `batch_first` (N, directions, H).

        Raises
        ------
        ConvertError
            If their shapes do not go with the weights.
        """
        X = inputs["X"]
        if X.ndim != 3:
            raise ConvertError(f"{self.where}: X is {X.shape}; it must have three axes.")
        x = X if self.batch_first else X.swapaxes(0, 1)
        first = [self._initial(name, inputs.get(name), len(x)) for name in ("initial_h", "initial_c")]
        lengths = inputs.get("sequence_lens")
        if lengths is not None and lengths.dtype.kind not in "iu":
            raise ConvertError(
                f"{self.where}: sequence_lens is of {lengths.dtype}; lengths are whole numbers."
            )
        try:
            runs = [
                passes.forward(
                    params, np.ascontiguousarray(x), self._state(params, first, direction), lengths,
                    trace=False, reverse=reverse,
                )
                for direction, (params, reverse) in enumerate(zip(self.params, self.reverse, strict=True))
            ]  # fmt: skip
        except GatewiseError as error:
            raise ConvertError(f"{self.where}: {error}") from None
        axis = 1 if self.batch_first else 0
        outs = np.stack([run.out for run in runs], axis=2)  # (N, T, directions, H)
        Y = outs if self.batch_first else outs.transpose(1, 2, 0, 3)
        last = [
            np.stack([getattr(run.last, name) for run in runs], axis=axis)
            for name in (("out", "state") if self.kind == "LSTM" else ("out",))
        ]
        return (np.ascontiguousarray(Y), *last)

    def _initial(self, name: str, given: NDArray[Any] | None, N: int) -> NDArray[Any] | None:
        """Return an initial state as (directions, N, H)."""
        if given is None:
            return None
        count, H = len(self.params), self.hidden_size
        shape = (N, count, H) if self.batch_first else (count, N, H)
        if given.shape != shape:
            why = _PROJECTED * (given.ndim == 3 and name == "initial_c" and given.shape[-1] > H)
            raise ConvertError(
                f"{self.where}: {name} is {given.shape}; with N = {N} it must be {shape}.{why}"
            )
        return given.swapaxes(0, 1) if self.batch_first else given

    @staticmethod
    def _state(params: Params, first: Sequence[NDArray[Any] | None], direction: int) -> Any:
        if all(each is None for each in first):
            return None
        h, c = first
        there = h if h is not None else c
        assert there is not None
        zero = np.zeros_like(there)
        parts = [np.ascontiguousarray((zero if each is None else each)[direction]) for each in first]
        return tuple(parts[: len(params.cell.carried)])


def recurrent_node(
    where: str,
    kind: str,
    attributes: Mapping[str, Any],
    inputs: Mapping[str, NDArray[Any]],
    dtype: np.dtype[Any],
) -> RecurrentNode:
    """Read a node.

    Parameters
    ----------
    where : str
        What messages call it.
    kind : "LSTM", "GRU" or "RNN"
    attributes : dict
        As the file has them.
    inputs : dict
        W (directions, 4H, D), R (directions, 4H, H), B (directions, 8H) and P (directions, 3H), the last two
        where they are given; 3 and 6, 1 and 2 of a GRU and an RNN.
    dtype : dtype
        In which it is worked out.

    Raises
    ------
    ConvertError
        For an attribute that ONNX or gatewise has not, and for weights that do not fit together.
    """
    if unknown := [name for name in attributes if name not in _ATTRIBUTES]:
        raise ConvertError(
            f"{where} has the attribute {brief(unknown[0])}; it can have {listed(_ATTRIBUTES)}."
        )
    direction = attributes.get("direction", "forward")
    if direction not in DIRECTIONS:
        raise ConvertError(f"{where} has direction={brief(direction)}; it must be {listed(DIRECTIONS)}.")
    reverse = DIRECTIONS[direction]
    layout = attributes.get("layout", 0)
    if layout not in (0, 1):
        raise ConvertError(f"{where} has layout={brief(layout)}; it must be 0 or 1.")
    weights = _checked(where, kind, attributes.get("hidden_size"), len(reverse), inputs)
    options = NodeOptions(
        kind, "B" in weights, "P" in weights, bool(attributes.get("input_forget", 0)),
        bool(attributes.get("linear_before_reset", 0)), limit_of(where, attributes.get("clip")),
    )  # fmt: skip
    each = len(USUAL[kind])
    names = attributes.get("activations") or USUAL[kind] * len(reverse)
    if len(names) != each * len(reverse):
        raise ConvertError(
            f"{where} has {len(names)} activations; {each} for each of {len(reverse)} directions are needed."
        )
    functions = activations_of(
        where, names, attributes.get("activation_alpha") or (), attributes.get("activation_beta") or ()
    )
    made = []
    for number in range(len(reverse)):
        own = {name: np.asarray(array[number], dtype) for name, array in weights.items()}
        cell = _cell(where, options, functions[number * each : (number + 1) * each])
        made.append(params_of(kind, cell, Stacked(own["W"], own["R"], own.get("B"), own.get("P"))))
    params, biases = zip(*made, strict=True)
    return RecurrentNode(where, kind, params, biases, reverse, layout == 1)


def _cell(where: str, options: NodeOptions, functions: tuple[Activation, ...]) -> Cell:
    try:
        return cell_of(options, functions)
    except CellError:
        raise ConvertError(
            f"{where} has the activations {listed(map(str, functions))}, and a gate's must be one of "
            f"{listed(OF_GATES)}."
        ) from None


def _checked(
    where: str, kind: str, hidden_size: Any, directions: int, inputs: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return the weights that are given, with shapes that go together."""
    weights = {name: inputs[name] for name in ("W", "R", "B", "P") if name in inputs}
    for name in ("W", "R"):
        if name not in weights:
            raise ConvertError(f"{where} has no {name}; a recurrent node needs X, W and R.")
    W, R, blocks = weights["W"], weights["R"], BLOCKS[kind]
    H = R.shape[-1] if R.ndim == 3 else 0
    if hidden_size is not None and hidden_size != H:
        raise ConvertError(
            f"{where} has hidden_size={brief(hidden_size)}, and R is {R.shape}: its last axis must be as "
            "long." + _PROJECTED * (kind == "LSTM")
        )
    D = W.shape[-1] if W.ndim == 3 else 0
    shapes: dict[str, tuple[int, ...]]
    shapes = {"W": (directions, blocks * H, D), "R": (directions, blocks * H, H)}
    shapes |= {"B": (directions, 2 * blocks * H), "P": (directions, 3 * H)}
    for name, array in weights.items():
        if array.dtype.kind != "f":
            raise ConvertError(f"{where}: {name} is of {array.dtype}; weights are real numbers.")
        if array.shape != shapes[name] or not array.size:
            raise ConvertError(
                f"{where}: {name} is {array.shape}; with {directions} directions, H = {H} and D = {D} it "
                "must be "
                f"{shapes[name]}." + _PROJECTED * (kind == "LSTM" and name in "WR")
            )
    return weights


def named_inputs(where: str, kind: str, inputs: Sequence[NDArray[Any] | None]) -> dict[str, NDArray[Any]]:
    """Return the inputs of a node that are given, by ONNX' names for them."""
    if len(inputs) > _MOST_INPUTS[kind]:
        raise ConvertError(f"{where} has {len(inputs)} inputs; an {kind} has at most {_MOST_INPUTS[kind]}.")
    return {name: array for name, array in zip(INPUTS, inputs, strict=False) if array is not None}
