"""Drafts as layers: the chain from an output down to x, each layer in the dtype that is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.engine.params import Params
from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, joined
from gatewise.onnx.structure.drafts import FunctionDraft, LayerReading, LinearDraft, RecurrentDraft
from gatewise.support.arrays import FloatArray, IntArray

Draft = RecurrentDraft | LinearDraft | FunctionDraft


def layers_of(
    reading: LayerReading, dtype: np.dtype[Any], *, turned: bool, notes: tuple[str, ...]
) -> Sequential:
    """Return the layers that what an output reads comes from.

    Parameters
    ----------
    reading : LayerReading
        Of the output.
    dtype : dtype
    turned : bool
        Whether the output holds the steps from the last to the first.
    notes : tuple of str

    Raises
    ------
    ConvertError
        If layers one after the other cannot say it.
    """
    drafts: list[Draft] = []
    above = reading
    readings = [reading]
    while above.source.work is not None:
        drafts.append(above.source.work)
        above = drafts[-1].below
        readings.append(above)
    made: list[Recurrent | Dense] = []
    wanted = "steps"  # what the layers above want of a recurrent one
    for draft, read in zip(drafts, readings, strict=False):
        if read.returns != "steps":
            wanted = read.returns
        if isinstance(draft, RecurrentDraft):
            made.insert(0, _recurrent(draft, "last" if _given_last(read) else wanted, turned, dtype))
            wanted, turned = "steps", False
        else:
            made.insert(0, _dense(draft, dtype))
    if not any(isinstance(layer, Recurrent) for layer in made):
        raise ConvertError("its output does not come from an LSTM, GRU or RNN node.")
    made = _merged(made)
    if not _whole(reading):
        made.append(_selection(reading, dtype))
    return Sequential(made, notes)


def _given_last(read: LayerReading) -> bool:
    """Say whether a recurrent layer's Y_h is read, which gives its numbers once."""
    return len(read.source.shape) == 2 and isinstance(read.source.work, RecurrentDraft)


def _recurrent(draft: RecurrentDraft, returns: str, turned: bool, dtype: np.dtype[Any]) -> Recurrent:
    node, columns, width = draft.node, draft.below.features, draft.below.source.shape[-1]
    directions = sorted(range(len(node.params)), key=lambda each: draft.reverse[each])
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
    reverse = len(cells) == 1 and draft.reverse[0]
    if returns == "row" and not any(draft.reverse):
        returns = "last"  # the same of a layer that goes forwards
    if turned and not (reverse and returns == "steps"):
        raise ConvertError(
            f"{node.where}: the output holds the steps from the last to the first, which only a layer that "
            "goes backwards does."
        )
    try:
        return Recurrent(
            cells, biases=biases, reverse=reverse, returns=returns, turned=turned, name=draft.name
        )
    except GatewiseError as error:
        raise ConvertError(f"{node.where}: {error}") from None


def _arrays(params: Params, dtype: np.dtype[Any]) -> dict[str, FloatArray]:
    return {name: array.astype(dtype) for name, array in params.arrays.items()}


def _dense(draft: LinearDraft | FunctionDraft, dtype: np.dtype[Any]) -> Dense:
    features, width = draft.below.features, draft.below.source.shape[-1]
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


def _whole(reading: LayerReading) -> bool:
    return np.array_equal(reading.features, np.arange(reading.source.shape[-1]))


def _selection(reading: LayerReading, dtype: np.dtype[Any]) -> Dense:
    """Return a layer that hands on some features, in their order."""
    width = reading.source.shape[-1]
    return Dense(
        _spread(np.eye(len(reading.features)), reading.features, width).astype(dtype), name="selection"
    )
