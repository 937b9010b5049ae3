"""Drafts as layers: the chain from an output down to x, each layer in the dtype that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.engine.params import Params
from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, joined
from gatewise.onnx.structure.drafts import FunctionDraft, LayerReading, LinearDraft, RecurrentDraft
from gatewise.onnx.structure.step_orders import orders_of
from gatewise.support.arrays import FloatArray, IntArray

Draft = RecurrentDraft | LinearDraft | FunctionDraft


def layers_of(
    reading: LayerReading, dtype: np.dtype[Any], *, turned: bool, varied: bool, notes: tuple[str, ...]
) -> Sequential:
    """Return the layers that what an output reads comes from.

    Parameters
    ----------
    reading : LayerReading
        Of the output.
    dtype : dtype
    turned : bool
        Whether the output holds the steps from the last to the first.
    varied : bool
        Whether sequences have lengths of their own.
    notes : tuple of str

    Raises
    ------
    ConvertError
        If layers one after the other cannot say it.
    """
    chain: list[tuple[Draft, str]] = []  # from x on, each with what it returns
    above, returns = reading, "steps"
    while (draft := above.source.work) is not None:
        if above.returns != "steps":
            returns = above.returns
        if isinstance(draft, RecurrentDraft):
            chain.insert(0, (draft, _returned(draft, "last" if _given_last(above) else returns)))
            returns = "steps"
        else:
            chain.insert(0, (draft, returns))
        above = draft.below
    orders = _orders(chain, turned=turned, varied=varied)
    made: list[Recurrent | Dense] = []
    for draft, returns in chain:
        columns = _columns(draft.below, orders)
        if isinstance(draft, RecurrentDraft):
            made.append(_recurrent(draft, returns, columns, orders[id(draft)], dtype))
        else:
            made.append(_dense(draft, columns, dtype))
    made = _merged(made)
    columns, width = _columns(reading, orders), reading.source.shape[-1]
    if not np.array_equal(columns, np.arange(width)):  # some features, or in another order
        made.append(Dense(_spread(np.eye(len(columns)), columns, width).astype(dtype), name="selection"))
    return Sequential(made, notes)


def _given_last(read: LayerReading) -> bool:
    """Say whether a recurrent layer's Y_h is read, which gives its numbers once."""
    return len(read.source.shape) == 2 and isinstance(read.source.work, RecurrentDraft)


def _returned(draft: RecurrentDraft, returns: str) -> str:
    """Return "last" for the row at which a layer of one direction ends, whichever that is."""
    ends = {"row": (False,), "first": (True,)}
    return "last" if draft.reverse == ends.get(returns) else returns


_Orders = Mapping[int, tuple[bool, bool]]
"""By the id of a draft: whether the steps stand from the last to the first before the layer, and after it."""


def _orders(chain: Sequence[tuple[Draft, str]], *, turned: bool, varied: bool) -> _Orders:
    recurrent = [(draft, returns) for draft, returns in chain if isinstance(draft, RecurrentDraft)]
    if not recurrent:
        raise ConvertError("its output does not come from an LSTM, GRU or RNN node.")
    last, returns = recurrent[-1]
    found = orders_of(
        [draft.reverse[0] if len(draft.reverse) == 1 else None for draft, _ in recurrent],
        [draft.backward for draft, _ in recurrent],
        {"steps": turned, "row": False, "first": True}.get(returns),
        steps=returns == "steps",
        varied=varied,
    )
    if found is None:
        what = "the output holds the steps from the last to the first"
        if returns != "steps":
            what = f"its {'first' if returns == 'first' else 'last'} step is read"
        raise ConvertError(
            f"{last.node.where}: {what}, which no layers one after the other do that go through time as "
            "these: only one that goes backwards turns the steps, and none where lengths are given."
        )
    return {id(draft): (found[number], found[number + 1]) for number, (draft, _) in enumerate(recurrent)}


def _columns(read: LayerReading, orders: _Orders) -> IntArray:
    """Return which of a layer's features are read: the direction that goes with its steps stands first."""
    draft, width = read.source.work, read.source.shape[-1]
    if not isinstance(draft, RecurrentDraft) or len(draft.reverse) == 1 or not orders[id(draft)][0]:
        return read.features
    return (read.features + width // 2) % width


def _recurrent(
    draft: RecurrentDraft, returns: str, columns: IntArray, order: tuple[bool, bool], dtype: np.dtype[Any]
) -> Recurrent:
    node, width, (before, after) = draft.node, draft.below.source.shape[-1], order
    directions = sorted(range(len(node.params)), key=lambda each: draft.reverse[each] != before)
    cells, biases = [], []
    for each in directions:
        params = node.params[each]
        arrays = _arrays(params, dtype)
        arrays["W"] = _spread(arrays["W"], columns, width)
        kept = node.biases[each]
        two = None if kept is None else (kept[0].astype(dtype), kept[1].astype(dtype))
        if two is not None:
            arrays |= joined(params.cell, two)
        cells.append(Params.of(arrays, params.cell))
        biases.append(two)
    try:
        return Recurrent(
            cells, biases=biases, reverse=len(cells) == 1 and draft.reverse[0] != before,
            returns="row" if returns == "first" else returns, turned=before != after, name=draft.name,
        )  # fmt: skip
    except GatewiseError as error:
        raise ConvertError(f"{node.where}: {error}") from None


def _arrays(params: Params, dtype: np.dtype[Any]) -> dict[str, FloatArray]:
    return {name: array.astype(dtype) for name, array in params.arrays.items()}


def _dense(draft: LinearDraft | FunctionDraft, features: IntArray, dtype: np.dtype[Any]) -> Dense:
    width = draft.below.source.shape[-1]
    if isinstance(draft, FunctionDraft):
        eye = _spread(np.eye(len(features)), features, width)
        form = "activation" if np.array_equal(eye, np.eye(width)) else "dense"
        return Dense(eye.astype(dtype), function=draft.function, name=draft.name, form=form)
    W = np.ones(len(features)) if draft.W is None else draft.W
    W = np.diag(W) if W.ndim == 1 else W
    b = None if draft.b is None else draft.b.astype(dtype)
    return Dense(_spread(W, features, width).astype(dtype), b, name=draft.name)


def _spread(W: FloatArray, columns: IntArray, width: int) -> FloatArray:
    """Return weights for all features of what is below, 0 for those that are not read."""
    if np.array_equal(columns, np.arange(width)):
        return W
    whole = np.zeros((len(W), width), W.dtype)
    whole[:, columns] = W
    return whole


def _merged(layers: list[Recurrent | Dense]) -> list[Recurrent | Dense]:
    """Let a bias or a function that stands alone be that of the dense layer before it."""
    made: list[Recurrent | Dense] = []
    for layer in layers:
        before = made[-1] if made else None
        if (
            isinstance(layer, Dense) and isinstance(before, Dense) and before.function == "linear"
            and layer.W.shape[0] == layer.W.shape[1] and np.array_equal(layer.W, np.eye(len(layer.W)))
            and (before.b is None or layer.b is None)
        ):  # fmt: skip
            b = before.b if layer.b is None else layer.b
            made[-1] = Dense(before.W, b, function=layer.function, name=before.name)
        else:
            made.append(layer)
    return made
