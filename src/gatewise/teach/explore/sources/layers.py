"""What of a model of several layers is shown on a page: the stack with its head, on data given or drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.errors import ArgumentError, ShapeError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, names_of
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief
from gatewise.support.options import spelled
from gatewise.teach.explore.head import SOFTMAX, Head
from gatewise.teach.explore.program import finite, program_of_layers
from gatewise.teach.worksheet.work.inputs import real

STEPS = 3  # of inputs that are drawn


def program_of_sequential(
    model: Sequential,
    x: ArrayLike | None = None,
    label: ArrayLike | None = None,
    *,
    seed: int = 0,
    batch: int = 0,
    title: str = "A model, to play with",
    **frame: Any,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the data of the page of layers, and what is to be told: what was drawn, what is not shown.

    Parameters
    ----------
    model : Sequential
        Recurrent layers in one direction each, and one dense layer at most, on the last of them.
    x : array (T, D) or (N, T, D), optional
        Drawn, with the label, if it is not given: numbers of two decimals.
    label : array (T, P), or (P,) of a model that gives its numbers once, optional
        With an N in front where x has it; after a softmax probabilities, or the classes' codes.
    seed : int
        Where drawn numbers start.
    batch : int
        Which sequence of several, from 0.
    frame
        What `program_of_layers` takes beside these.

    Raises
    ------
    ArgumentError, ShapeError
        If the model is one that a page does not show, or the data do not fit it.
    """
    layers, dense = _shown(model)
    names = dict(zip(map(id, model.layers), names_of(model.layers), strict=True))
    called = [_called(names[id(layer)], number) for number, layer in enumerate(layers)]
    last = layers[-1].returns != "steps"
    notes: list[str] = []
    own_x, own_label = _one_sequence(model, x, label, batch)
    rng = np.random.default_rng(seed)
    if own_x is None:
        own_x = rng.uniform(-1, 1, (STEPS, model.input_size)).round(2)
        notes.append(f"x and label are drawn: {STEPS} steps of numbers of two decimals")
    steps = 1 if last else len(own_x)
    if own_label is None and x is None:
        own_label = _drawn_label(rng, steps, model.outputs, dense)
    head = None
    if dense is not None:
        if own_label is None:
            own_label = np.full((steps, dense.width), np.nan)
        head = Head(dense.W, dense.b, own_label, last=last, function=dense.function)
        own_label = None
    elif last and own_label is not None:
        own_label = np.concatenate([np.full((len(own_x) - 1, model.outputs), np.nan), own_label])
    data = program_of_layers(
        [(name, layer.cells[0]) for name, layer in zip(called, layers, strict=True)],
        own_x, head=head, label=own_label, flips=_flips(layers), title=title, **frame,
    )  # fmt: skip
    return data, tuple(notes)


def _shown(model: Sequential) -> tuple[list[Recurrent], Dense | None]:
    """Return the recurrent layers and the head of a model, or refuse one that a page does not show."""
    *below, top = model.layers
    dense = top if isinstance(top, Dense) else None
    layers = below if dense is not None else [*below, top]
    recurrent = [layer for layer in layers if isinstance(layer, Recurrent)]
    names = dict(zip(map(id, model.layers), names_of(model.layers), strict=True))
    one = f"Show one layer: {spelled('layer', 0)}."
    if len(recurrent) < len(layers):
        raise ArgumentError(
            f"the model has {len(model.layers) - len(model.recurrent)} dense layers; a page shows one, on "
            f"the last recurrent layer. {one}"
        )
    for layer in recurrent:
        name = brief(names[id(layer)])
        if len(layer.cells) == 2:
            raise ArgumentError(
                f"layer {name} goes both ways; a page shows layers of one direction. Show one of its two: "
                f"{spelled('layer', names[id(layer)])}, {spelled('reverse', True)} for the second."
            )
        if layer.returns == "row" and layer.reverse:
            raise ArgumentError(
                f"layer {name} goes backwards and gives its outs at the last step, where it has only begun; "
                f"a page does not show that. {one}"
            )
    return recurrent, dense


def _flips(layers: list[Recurrent]) -> list[bool]:
    """Return for each layer, and for what stands on the last, whether its step 0 is the last one below."""
    flips, below = [], False  # whether what is read stands the other way than it was worked
    for layer in layers:
        flips.append(layer.reverse != below)
        below = layer.reverse and not layer.turned
    return [*flips, below]


def _called(name: str, number: int) -> str:
    """Return what a page calls a layer: its own name, if that says something."""
    return name if name.strip("_l0123456789") else f"layer {number}"


def _one_sequence(
    model: Sequential, x: ArrayLike | None, label: ArrayLike | None, batch: int
) -> tuple[FloatArray | None, FloatArray | None]:
    """Return one sequence x (T, D) and its label (T, P), or (1, P) where a model says it once; in float64."""
    if x is None:
        if label is not None:
            raise ArgumentError("label was given without x; give both, or neither.")
        if batch:
            raise ArgumentError(f"{spelled('batch', batch)}: one sequence is drawn where x is not given.")
        return None, None
    series = real("x", x, "a page")
    if series.ndim not in (2, 3) or series.shape[-1] != model.input_size or 0 in series.shape:
        raise ArgumentError(
            f"x is {series.shape}; it must be (T, {model.input_size}) or (N, T, {model.input_size}): the "
            f"first layer reads {model.input_size} numbers at each step."
        )
    many = len(series) if series.ndim == 3 else 1
    if not 0 <= batch < many:
        raise ArgumentError(f"{spelled('batch', batch)}: x has {many} sequence{'s' * (many > 1)}, from 0.")
    chosen = series[batch] if series.ndim == 3 else series
    if label is None:
        return finite("x", chosen), None
    values = real("label", label, "a page")
    steps, width = len(chosen) if model.by_step else 1, model.outputs
    top = model.layers[-1]
    shapes: list[tuple[int, ...]] = [(steps, width)] + [(width,)] * (not model.by_step)
    if width == 1 or (isinstance(top, Dense) and top.function == SOFTMAX):  # one number, or a code, at a step
        shapes += [(steps,), (steps, 1)] + [()] * (not model.by_step)
    own = values[batch] if series.ndim == 3 and values.ndim and len(values) == many else values
    if own.shape not in shapes or (series.ndim == 3 and own is values):
        whole = (many, steps, width) if series.ndim == 3 else (steps, width)
        raise ShapeError(f"label is {values.shape}; with x {series.shape} it must be {whole}.")
    if np.isinf(own).any():
        raise ArgumentError(f"label has {own[np.isinf(own)][0]}; a page needs finite numbers, or NaN.")
    if own.size == steps and width > 1:
        own = _probabilities(own.reshape(steps), width)
    return finite("x", chosen), own.reshape(steps, width)


def _probabilities(codes: FloatArray, width: int) -> FloatArray:
    """Return 1 for the class whose code is given at each step, 0 for the others, NaN where none is."""
    known = ~np.isnan(codes)
    if not np.isin(codes[known], np.arange(width)).all():
        raise ArgumentError(f"label holds codes of classes; they must be 0 to {width - 1}.")
    values = np.full((len(codes), width), np.nan)
    values[known] = np.eye(width)[codes[known].astype(int)]
    return values


def _drawn_label(rng: np.random.Generator, steps: int, width: int, dense: Dense | None) -> FloatArray:
    """Draw a label: numbers of two decimals, or after a softmax a class for each step."""
    if dense is not None and dense.function == SOFTMAX:
        classes: FloatArray = np.eye(width)[rng.integers(0, width, steps)]
        return classes
    return rng.uniform(-1, 1, (steps, width)).round(2)
