"""Layers of a Keras configuration and their arrays as layers that run here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.convert.keras.config import Told, snake
from gatewise.convert.keras.left_out import ACTIVATIONS, IDLE, READ
from gatewise.convert.tensors import one_dtype
from gatewise.errors import ConvertError, GatewiseError
from gatewise.keras.cells import RECURRENT, CellOptions
from gatewise.keras.weights import params_of
from gatewise.learn.sequential import FUNCTIONS, Dense, LayerNote, Recurrent, Sequential
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief, listed
from gatewise.support.options import spelled

Arrays = Callable[[Told, Sequence[str]], list[list[FloatArray]]]
"""The arrays of a layer's parts, by the parts' places below the layer's own."""

WHY: Mapping[str, str] = {
    "Lambda": "it is Python code, which is never run",
    "Masking": "it leaves out steps by their numbers; give lengths beside x instead, and save the model "
    "without it",
    "Embedding": "it looks up vectors by whole numbers, and layers here read numbers. Look them up before",
}
_ROOMS = {  # where the arrays of a layer are, below the layer
    "Bidirectional": ("forward_layer/cell", "backward_layer/cell"),
    "Dense": ("",),
    "TimeDistributed": ("layer",),
    **dict.fromkeys(RECURRENT, ("cell",)),
}


def layers_of(told: Sequence[Told], arrays: Arrays, *, old: bool) -> Sequential:
    """Return the layers of a chain.

    Parameters
    ----------
    told : sequence of Told
    arrays : callable
        What returns a layer's arrays.
    old : bool
        Whether Keras 2 wrote it, whose hard_sigmoid is another function than Keras 3's.

    Raises
    ------
    ConvertError
        If a layer is of no kind that is read, or its arrays do not fit; the message names the layer.
    """
    for each in told:
        if each.kind not in (*IDLE, *READ):
            why = WHY.get(each.kind, f"gatewise reads {listed(READ)}")
            raise each.refuse(
                f"{why}. Or say which layers to take, in order: {spelled('layers', ('A', 'B'))}."
            )
    found = _in_one_dtype([(each, arrays(each, _ROOMS.get(each.kind, ()))) for each in told])
    layers: list[Recurrent | Dense] = []
    notes: list[str] = []
    for each, parts in found:
        if each.kind in IDLE:
            continue
        try:
            _append(layers, each, parts, notes, old)
        except GatewiseError as error:
            if isinstance(error, ConvertError) and str(error).startswith("layer "):
                raise
            raise each.refuse(str(error)) from None
    notes += _moved([each for each, parts in found if any(parts)])
    if left_out := [each.name for each in told if each.kind in IDLE and each.kind != "InputLayer"]:
        notes.append(f"left out, for they act in training alone: {', '.join(left_out)}")
    return Sequential(layers, notes)


def _moved(told: Sequence[Told]) -> list[str]:
    """Say which weights a model of layers one after the other, as is written from here, has elsewhere."""

    def is_at_home(each: Told) -> bool:
        kept_as = re.sub(r"_\d+$", "", each.place)
        return not kept_as.startswith("layers/") or kept_as == f"layers/{snake(each.kind)}"

    if not (moved := [each for each in told if not is_at_home(each)]):
        return []
    names = ", ".join(f"{each.name} ({each.place})" for each in moved[:20])
    return [
        f"within another model or layer stand the weights of {names}: a .weights.h5 that is written of them "
        "is for a model of layers one after the other, and load_weights of the one they came from refuses it"
    ]


def _in_one_dtype(
    found: list[tuple[Told, list[list[FloatArray]]]],
) -> list[tuple[Told, list[list[FloatArray]]]]:
    flat = {
        f"{n}/{p}/{k}": array
        for n, (_, parts) in enumerate(found)
        for p, part in enumerate(parts)
        for k, array in enumerate(part)
    }
    one = one_dtype(flat)
    return [
        (each, [[one[f"{n}/{p}/{k}"] for k in range(len(part))] for p, part in enumerate(parts)])
        for n, (each, parts) in enumerate(found)
    ]


def _append(
    layers: list[Recurrent | Dense], told: Told, parts: list[list[FloatArray]], notes: list[str], old: bool
) -> None:
    match told.kind:
        case "Bidirectional":
            layers.append(_both_ways(told, parts, notes, old))
        case "Dense":
            layers.append(_dense(told, parts[0], told.name))
        case "TimeDistributed":
            inner = told.inner("layer", "layer")
            if inner.kind in ACTIVATIONS:
                _add_function(layers, told, _function_of(inner), notes)
            elif inner.kind == "Dense":
                layers.append(_dense(inner, parts[0], told.name, "time_distributed"))
            elif inner.kind not in IDLE:
                raise told.refuse(
                    f"it has a {inner.kind} in it; of TimeDistributed layers those of "
                    f"{listed(['Dense', *ACTIVATIONS])} are read."
                )
        case _ if told.kind in ACTIVATIONS:
            _add_function(layers, told, _function_of(told), notes)
        case _:
            layers.append(_one_way(told, parts[0], notes, old))


# Recurrent layers -------------------------------------------------------------------------------------------


def cell_options(told: Told, old: bool) -> CellOptions:
    """Return which cell a recurrent layer is of."""
    return CellOptions(
        told.kind, told.function("activation", "tanh"), told.function("recurrent_activation", "sigmoid"),
        told.flag("use_bias", True), told.flag("reset_after", not old), old,
    )  # fmt: skip


def _notes_of(told: Told, notes: list[str], name: str) -> None:
    """Note what a layer has that does not act here; `name` is what the layer is called that is made of it."""
    if told.flag("return_state"):
        raise told.refuse(
            "it returns its states beside its outs (return_state), and in a chain nothing reads them."
        )
    if told.flag("stateful"):
        notes.append(LayerNote(f"layer {told.name} is stateful; here every call begins from 0", [name]))
    if told.number("dropout") or told.number("recurrent_dropout"):
        why = "acts in training alone, and is left out"
        notes.append(LayerNote(f"the dropout of layer {told.name} {why}", [name]))


def _recurrent(told: Told, options: CellOptions, parts: list[list[NDArray[Any]]], **about: Any) -> Recurrent:
    made = [params_of(options, part) for part in parts]
    return Recurrent([params for params, _ in made], biases=[two for _, two in made], name=told.name, **about)


def _one_way(told: Told, arrays: list[NDArray[Any]], notes: list[str], old: bool) -> Recurrent:
    _notes_of(told, notes, told.name)
    backwards, steps = told.flag("go_backwards"), told.flag("return_sequences")
    made = _recurrent(
        told, cell_options(told, old), [arrays], reverse=backwards, returns="steps" if steps else "last",
        turned=backwards and steps,
    )  # fmt: skip
    told.check_units(made.hidden_size)
    return made


def _both_ways(told: Told, parts: list[list[NDArray[Any]]], notes: list[str], old: bool) -> Recurrent:
    mode = told.config.get("merge_mode", "concat")
    if mode != "concat":
        raise told.refuse(
            f'merge_mode is {brief(mode)}; layers here give both directions beside each other, as "concat" '
            "does."
        )
    forward = told.inner("layer", "forward_layer")
    own = told.config.get("backward_layer") is not None
    backward = told.inner("backward_layer", "backward_layer") if own else forward
    for each in (forward, backward):
        if each.kind not in RECURRENT:
            raise told.refuse(
                f"it goes both ways through a {each.kind}; that of {listed(RECURRENT)} is read."
            )
        _notes_of(each, notes, told.name)
    options = cell_options(forward, old)
    if forward.flag("go_backwards") or (own and not backward.flag("go_backwards")):
        raise told.refuse("its first direction goes backwards; the second alone does so here.")
    if cell_options(backward, old) != options:
        raise told.refuse("its two directions are of different cells.")
    steps = forward.flag("return_sequences")
    if backward.flag("return_sequences") != steps:
        raise told.refuse("one direction returns all steps and the other the last one.")
    made = _recurrent(told, options, parts, returns="steps" if steps else "last")
    for each in (forward, backward):
        each.check_units(made.hidden_size)
    return made


# Dense layers and functions ---------------------------------------------------------------------------------


def _dense(told: Told, arrays: list[NDArray[Any]], name: str, form: str = "dense") -> Dense:
    bias = told.flag("use_bias", True)
    if len(arrays) != 1 + bias or arrays[0].ndim != 2:
        raise told.refuse(
            f"its weights are {', '.join(str(array.shape) for array in arrays) or 'missing'}; a Dense "
            f"{'with' if bias else 'without'} a bias needs a kernel (F, P){' and a bias (P,)' * bias}."
        )
    told.check_units(arrays[0].shape[1])
    function = _known(told, told.function("activation", "linear"))
    W, b = np.ascontiguousarray(arrays[0].T), arrays[1] if bias else None
    return Dense(W, b, function=function, name=name, form=form)


def _known(told: Told, function: str) -> str:
    if function not in FUNCTIONS:
        raise told.refuse(
            f"activation {brief(function)} is not known after Dense layers; {listed(list(FUNCTIONS))} are."
        )
    return function


def _function_of(told: Told) -> str:
    """Return the function of a layer that is one."""
    if told.kind == "Activation":
        return _known(told, told.function("activation", "linear"))
    if told.kind == "Softmax":
        if told.config.get("axis", -1) not in (-1, [-1]):
            raise told.refuse("its axis is not the last one.")
        return "softmax"
    if told.config.get("max_value") is not None or told.number("negative_slope") or told.number("threshold"):
        raise told.refuse("it has a max_value, negative_slope or threshold; the plain ReLU is read.")
    return "relu"


def _add_function(layers: list[Recurrent | Dense], told: Told, function: str, notes: list[str]) -> None:
    """Put a function after what there is: into a Dense without one, else as a Dense of the identity."""
    if function == "linear":
        return
    if not layers:
        raise told.refuse("it stands before all layers that have weights; apply it to x.")
    last = layers[-1]
    if isinstance(last, Dense) and last.function == "linear":
        layers[-1] = Dense(last.W, last.b, function=function, name=last.name, form=last.form)
        return
    identity = np.eye(last.width, dtype=last.dtype)
    layers.append(Dense(identity, function=function, name=told.name, form="activation"))
    notes.append(f"layer {told.name} ({function}) is a Dense whose kernel is the identity here")
