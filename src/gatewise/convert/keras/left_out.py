"""What layers of a Keras model that were chosen leave out of it: what stands before and between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from gatewise.convert.keras.config import MODELS, Told, ends_of, listed_names, read_by_entry
from gatewise.keras.cells import RECURRENT
from gatewise.learn.sequential import LayerNote
from gatewise.support.options import spelled

IDLE = (
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "Identity",
)  # fmt: skip
"""Layers that change nothing of what a trained model gives."""
ACTIVATIONS = ("Activation", "ReLU", "Softmax")
READ = (*RECURRENT, "Bidirectional", "Dense", "TimeDistributed", *ACTIVATIONS)
_OF_A_MASK = ("NotEqual", "Any")  # operations by which a functional model has a Masking
_MOST = 20  # notes


def notes_of_left_out(model: Mapping[str, Any], chosen: Sequence[str], lengths: bool = False) -> list[str]:
    """Say which layers that change numbers are left out, and what to do about each.

    Parameters
    ----------
    model : dict
        A configuration that `chain_of` has read.
    chosen : sequence of str
        The names of the layers that are taken, in order; of none nothing is left out.
    lengths : bool
        Whether what is written takes lengths, which stand for masks.
    """
    if not chosen:
        return []
    leaves: list[Told] = []
    passed: dict[str, int] = {}
    _walk(model, 0, leaves, passed)
    unsaid = {each.name: each for each in leaves if each.name not in chosen and not _is_idle(each)}

    def said(way: int) -> list[Told]:
        """Return the layers of a way that are left out, each once for all notes."""
        names = [each.name for number, each in enumerate(leaves) if way >> number & 1]
        return [unsaid.pop(name) for name in names if name in unsaid]

    notes: list[str] = []
    for name in chosen:
        before = said(passed[name])
        masks = [each for each in before if _masks(each)]
        for each in masks:
            said_of_it = f"{_called(each)} before {name} is left out: {_of_mask(each, lengths)}"
            notes.append(LayerNote(said_of_it, chosen))
        rest = [each for each in before if each not in masks and not (masks and each.kind in _OF_A_MASK)]
        if rest and name == chosen[0]:
            notes.append(
                f"left out before {name}: {listed_names(map(_called, rest))}; x must be what comes after them"
            )
        elif rest:
            notes += [f"{_called(each)} before {name} is left out: {_between(each)}" for each in rest]
    end = passed[chosen[-1]]
    if after := said(_united([way for way in passed.values() if way & end == end])):
        notes.append(f"left out after {chosen[-1]}: {listed_names(map(_called, after))}")
    return notes[:_MOST]


def _walk(model: Any, before: int, leaves: list[Told], passed: dict[str, int]) -> int:
    """Find the layers of a model, and for each the way to its output; return that to the model's output.

    A way is a number with a bit for each of the `leaves` that it goes through.
    """
    config = model["config"]
    in_order = model["class_name"] == "Sequential"
    here: dict[str, int] = {}
    last = before
    for entry in config["layers"] if isinstance(config, dict) else config:
        each, read = read_by_entry(entry)
        if not in_order:
            last = _united([here[name] for name in dict.fromkeys(read) if name in here] or [before])
        if each.kind in MODELS:
            last = _walk(entry, last, leaves, passed)
        else:
            last = passed[each.name] = last | 1 << len(leaves)
            leaves.append(each)
        here[each.name] = last
    ends = () if in_order else [here[name] for name in ends_of(config.get("output_layers")) if name in here]
    return _united(ends) if ends else last


def _united(ways: Sequence[int]) -> int:
    return reduce(or_, ways, 0)


def _called(layer: Told) -> str:
    return layer.name if layer.name == layer.kind.lower() else f"{layer.name} ({layer.kind})"


def _is_idle(layer: Told) -> bool:
    if layer.kind == "TimeDistributed":
        return layer.inner("layer", "layer").kind in IDLE
    return layer.kind in IDLE or (
        layer.kind == "Activation" and layer.config.get("activation") in ("linear", None)
    )


def _masks(layer: Told) -> bool:
    return layer.kind == "Masking" or (layer.kind == "Embedding" and layer.flag("mask_zero"))


def _of_mask(layer: Told, lengths: bool) -> str:
    """Say what stands for the mask that a layer makes."""
    first = "look up its vectors before; " if layer.kind == "Embedding" else ""
    if lengths:
        return f"{first}lengths stand for its mask, of steps at the end of a series alone"
    return (
        f"{first}give lengths, which leave out steps at the end of a series alone; an ONNX model takes them "
        f"where it is written with {spelled('lengths', True)}"
    )


def _between(layer: Told) -> str:
    return (
        "name it, too, if it shall act" if layer.kind in READ else "what it does to the numbers is not done"
    )
