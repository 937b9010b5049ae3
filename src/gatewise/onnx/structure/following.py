"""Labels followed through a run of a graph: what every node does to the numbers of the layers before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.onnx.operators.arithmetic import softmax_axes
from gatewise.onnx.operators.call import OperatorCall
from gatewise.onnx.operators.table import OPERATORS
from gatewise.onnx.recurrent.node import RecurrentNode
from gatewise.onnx.structure.drafts import FunctionDraft, LayerReading, LinearDraft, RecurrentDraft
from gatewise.onnx.structure.readings import order_of, rows_of
from gatewise.onnx.structure.sources import NONE, LabelSources
from gatewise.support.arrays import IntArray

Labelled = NDArray[np.int64]
Outputs = tuple[NDArray[Any], ...]
_FUNCTIONS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu", "Softmax": "softmax"}
_NUMBERLESS = ("Shape", "Size")  # what they give does not depend on the numbers


class Follower:
    """Watches a graph run (`run_graph`'s `watch`).

    Parameters
    ----------
    x : str
        The input that is x.
    labels : int array
        The labels of x, as it is fed.
    sources : LabelSources
        With x as the first.
    lengths : int array (N,)
        How long each sequence is.
    varied : bool
        Whether the graph has an input of lengths.

    Attributes
    ----------
    labels : dict
        By name, for each array that holds numbers of layers.
    steps_done : int
        How many nodes were followed.
    """

    def __init__(
        self, x: str, labels: Labelled, sources: LabelSources, lengths: IntArray, *, varied: bool
    ) -> None:
        self.sources, self.lengths, self.varied = sources, lengths, varied
        self.labels: dict[str, Labelled] = {x: labels}
        self.steps_done = 0

    def __call__(
        self, call: OperatorCall, outputs: Outputs, recurrent: RecurrentNode | None, done: Sequence[str]
    ) -> None:
        """Follow one node."""
        self.steps_done += 1
        self._follow(call, outputs, recurrent)
        for name in done:
            self.labels.pop(name, None)

    def _follow(self, call: OperatorCall, outputs: Outputs, recurrent: RecurrentNode | None) -> None:
        given = [self.labels.get(name) if name else None for name in call.node.inputs]
        if all(each is None for each in given) or call.node.op in _NUMBERLESS:
            return
        if recurrent is not None:
            self._recurrent(call, given, recurrent)
            return
        operator = OPERATORS[call.node.op]
        if operator.moves is not None:
            self._moved(call, given)
            return
        work = _WORK.get(call.node.op)
        why = "it works out what no layer does" if work is None else work(self, call, given)
        if why is not None:
            self._spoil(call, outputs, why)

    def _moved(self, call: OperatorCall, given: list[Labelled | None]) -> None:
        operator = OPERATORS[call.node.op]
        places = operator.places(call)
        if all(given[place] is None for place in places):
            return  # numbers say where constants go, as lengths do: what comes of it is a constant here
        data = [
            np.full(call.input(place).shape, NONE, np.int64) if (own := given[place]) is None else own
            for place in places
        ]
        if call.node.op == "Cast":
            moved: tuple[Labelled, ...] = (data[0],)
        else:
            moved = operator.run(call, data)
        if call.node.op != "Split":
            moved = moved[:1]  # what else is given are places (TopK) or a mask (Dropout)
        for name, labels in zip(call.node.outputs, moved, strict=False):
            if name:
                self.labels[name] = labels

    def _spoil(self, call: OperatorCall, outputs: Outputs, why: str) -> None:
        """Note that what a node gives is no layer's, which is said if anything needs it."""
        for name, array in zip(call.node.outputs, outputs, strict=False):
            if name and array.size:
                source = self.sources.add(call.node.where, array.shape, fault=f"{call.node.where}: {why}")
                self.labels[name] = source.labels

    # Recurrent nodes ----------------------------------------------------------------------------------------

    def _recurrent(self, call: OperatorCall, given: list[Labelled | None], node: RecurrentNode) -> None:
        for place, name in ((1, "W"), (2, "R"), (3, "B"), (7, "P")):
            if place < len(given) and given[place] is not None:
                call.fail(f"its {name} is worked out of x.")
        X = given[0]
        if X is None:
            return  # it reads constants alone, and no layer reads x through it
        X = X.swapaxes(0, 1) if node.batch_first else X
        T, N, _ = X.shape
        reading = self._rows(X)
        if isinstance(reading, str):
            call.fail(f"{reading}.")
        if reading.t is None:
            call.fail(f"it reads what {reading.source.where} gives once for a sequence as if it were steps.")
        order = order_of(reading, T, self.lengths)
        if not order or len(self.lengths) != N:
            call.fail(
                f"its X holds the steps of {reading.source.where} in no one order, or those of several "
                "sequences."
            )
        sequences = reading.n.reshape(T, N)[0]
        self._check_beside(call, given, sequences, node)
        draft = RecurrentDraft(node, call.node.name or call.node.outputs[0], reading, order == "backward")
        self._outputs_of(call, draft, sequences, reading.t.reshape(T, N))

    def _check_beside(
        self, call: OperatorCall, given: list[Labelled | None], sequences: IntArray, node: RecurrentNode
    ) -> None:
        """Refuse initial states that are not 0, and lengths that are not the sequences'."""
        for place, name in ((5, "initial_h"), (6, "initial_c")):
            array = call.optional(place)
            if array is not None and (
                np.any(array != 0) or (place < len(given) and given[place] is not None)
            ):
                call.fail(
                    f"its {name} is not 0, and layers begin at 0. Export the model without initial states, "
                    "or with those of 0."
                )
        lengths = call.optional(4)
        ends = self.lengths[sequences]
        if lengths is not None and not np.array_equal(lengths, ends):
            call.fail("its sequence_lens are not the lengths that are an input of the model.")
        if lengths is None and self.varied and any(node.reverse):
            call.fail("it begins past the end of shorter sequences: the lengths are not its sequence_lens.")

    def _outputs_of(
        self, call: OperatorCall, draft: RecurrentDraft, sequences: IntArray, steps: IntArray
    ) -> None:
        """Label Y, Y_h and Y_c: sequence and step as those of X, features by direction, forward first."""
        node, where = draft.node, call.node.where
        N, T, H, count = len(sequences), len(steps), node.hidden_size, len(node.params)
        slots = [int(each) for each in draft.reverse] if count == 2 else [0]
        features = (np.array(slots)[:, np.newaxis] * H + np.arange(H))[np.newaxis, :, np.newaxis]
        source = self.sources.add(where, (N, T, count * H), draft)
        last = self.sources.add(where, (N, count * H), draft)
        state = self.sources.add(
            where,
            (N, count * H),
            fault=f"it reads the state of {where} (Y_c), which no layer gives to another",
        )
        # Y has steps, directions, sequences, units.
        Y = source.labels[sequences[:, np.newaxis], steps[:, np.newaxis, :, np.newaxis], features]
        ends = [each.labels[sequences[:, np.newaxis], features[0]] for each in (last, state)]
        made = [Y, *ends]
        if node.batch_first:
            made = [Y.transpose(2, 0, 1, 3), *(each.swapaxes(0, 1) for each in ends)]
        for name, labels in zip(call.node.outputs, made, strict=False):
            if name:
                self.labels[name] = labels

    # Dense layers -------------------------------------------------------------------------------------------

    def _rows(self, labels: Labelled) -> LayerReading | str:
        """Return what an array reads whose last axis are features."""
        if not labels.ndim:
            return "it reads a single number"
        return rows_of(self.sources, labels.reshape(-1, labels.shape[-1]), self.lengths)

    def _given(self, call: OperatorCall, reading: LayerReading, shape: tuple[int, ...], work: Any) -> None:
        """Label what a dense layer gives: rows as those that it reads."""
        P = shape[-1]
        if reading.t is None:
            source = self.sources.add(call.node.where, (reading.source.shape[0], P), work)
            labels = source.labels[reading.n]
        else:
            source = self.sources.add(call.node.where, (*reading.source.shape[:2], P), work)
            labels = source.labels[reading.n, reading.t]
        self.labels[call.node.outputs[0]] = labels.reshape(shape)

    def product(self, call: OperatorCall, given: list[Labelled | None]) -> str | None:
        """Follow MatMul and Gemm."""
        rows, others = given[0], given[1:]
        W, b = call.input(1), None
        if rows is None or any(each is not None for each in others):
            return "it multiplies by what is worked out of x"
        if call.node.op == "Gemm":
            rows = rows.T if call.whole("transA", 0) else rows
            W = (W if call.whole("transB", 0) else W.T) * call.real("alpha", 1.0)
            if (C := call.optional(2)) is not None:
                b = C * call.real("beta", 1.0)
        elif W.ndim != 2:
            return f"it multiplies by weights of {W.shape}"
        else:
            W = W.T
        if b is not None and (b := _one_row(b, len(W))) is None:
            return "it adds other numbers to each row"
        reading = self._rows(rows)
        if isinstance(reading, str):
            return reading
        draft = LinearDraft(call.node.name or call.node.outputs[0], reading, W, b)
        self._given(call, reading, (*rows.shape[:-1], len(W)), draft)
        return None

    def line(self, call: OperatorCall, given: list[Labelled | None]) -> str | None:
        """Follow the sum, difference, product or quotient of numbers of a layer and constants."""
        left, right = (*given, None)[:2]
        if left is not None and right is not None:
            return "it works numbers of two layers together, which layers one after the other do not"
        rows = left if left is not None else right
        assert rows is not None
        constant = call.input(1 if left is not None else 0)
        if not rows.ndim or constant.dtype.kind != "f":
            return "it works out what no layer does"
        row = _one_row(constant, rows.shape[-1])
        if row is None or np.broadcast_shapes(rows.shape, constant.shape) != rows.shape:
            return "it works with other constants at each row"
        reading = self._rows(rows)
        if isinstance(reading, str):
            return reading
        name = call.node.name or call.node.outputs[0]
        one = np.ones_like(row)
        with np.errstate(all="ignore"):
            match call.node.op:
                case "Add":
                    draft = LinearDraft(name, reading, None, row)
                case "Sub" if left is not None:
                    draft = LinearDraft(name, reading, None, -row)
                case "Sub":
                    draft = LinearDraft(name, reading, -one, row)
                case "Mul":
                    draft = LinearDraft(name, reading, row)
                case "Div" if left is not None:
                    draft = LinearDraft(name, reading, one / row)
                case _:
                    return "it divides by numbers of a layer"
        self._given(call, reading, rows.shape, draft)
        return None

    def function(self, call: OperatorCall, given: list[Labelled | None]) -> str | None:
        """Follow Sigmoid, Tanh, Relu and Softmax."""
        rows = given[0]
        assert rows is not None
        if call.node.op == "Softmax" and softmax_axes(call, rows.ndim) != (rows.ndim - 1,):
            return "it is a softmax over more than the features"
        reading = self._rows(rows)
        if isinstance(reading, str):
            return reading
        draft = FunctionDraft(call.node.name or call.node.outputs[0], reading, _FUNCTIONS[call.node.op])
        self._given(call, reading, rows.shape, draft)
        return None


def _one_row(array: NDArray[Any], length: int) -> NDArray[Any] | None:
    """Return a constant that is the same at every row as a vector; None if it is not."""
    if array.ndim and any(each != 1 for each in array.shape[:-1]):
        return None
    try:
        return np.array(np.broadcast_to(array.reshape(-1) if array.ndim else array, (length,)), np.float64)
    except ValueError:
        return None


_WORK: Mapping[str, Callable[[Follower, OperatorCall, list[Labelled | None]], str | None]] = {
    **dict.fromkeys(("MatMul", "Gemm"), Follower.product),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), Follower.line),
    **dict.fromkeys(_FUNCTIONS, Follower.function),
}
