"""Weights without a configuration: which layers there are, told by the groups' names and the arrays' shapes.

What arrays cannot say is taken as Keras has it by default, and said in the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gatewise.convert.formats import Choices
from gatewise.convert.keras.config import Told, listed_names
from gatewise.convert.keras.hdf5 import H5Group, WeightStore
from gatewise.convert.keras.legacy import arrays_of_layer, texts
from gatewise.convert.keras.reading import layers_of
from gatewise.errors import ConvertError
from gatewise.learn.sequential import (
    Dense,
    LayerNote,
    Recurrent,
    Sequential,
    as_said,
    fit_together,
    orders_that_fit,
)
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief
from gatewise.support.options import spelled

_ASIDE = ("optimizer", "top_level_model_weights")
_WRAPPER = re.compile(r"time_distributed(_\d+)?")
_DENSE = re.compile(r"dense(_\d+)?|time_distributed(_\d+)?")
Parts = list[list[FloatArray]]


class WeightGroup(NamedTuple):
    """The arrays of one layer: a list for each direction."""

    place: str
    name: str
    parts: Parts

    @property
    def by_step(self) -> bool:
        """Whether it stands in a TimeDistributed, which reads steps."""
        return not self.recurrent and _WRAPPER.fullmatch(self.place.rpartition("/")[2]) is not None

    @property
    def recurrent(self) -> bool:
        """Whether it has the two kernels of a recurrent layer."""
        arrays = self.parts[0]
        return len(arrays) > 1 and arrays[0].ndim == arrays[1].ndim == 2

    @property
    def input_size(self) -> int:
        """The rows of its kernel."""
        return int(self.parts[0][0].shape[0])

    @property
    def width(self) -> int:
        """The numbers that it gives."""
        arrays = self.parts[0]
        return len(self.parts) * int(arrays[1].shape[0] if self.recurrent else arrays[0].shape[-1])


def read_inferred(store: WeightStore, choices: Choices) -> Sequential:
    """Return the layers of a file of weights of Keras 3, or of Keras 2, with what the user says of them.

    Raises
    ------
    ConvertError
        If arrays are of no layer that is read, or the order of layers cannot be told.
    """
    root = store.root
    old = texts(store, root, "layer_names")
    groups = list(_of_keras_2(store, root, old) if old else _walk(store, root, ""))
    notes = []
    if choices.layers:
        groups = [_chosen(groups, name) for name in choices.layers]
    else:
        for each in groups:
            _check(each)
        if not old:
            groups = _in_order(groups)
            if len(groups) > 1:
                names = ", ".join(each.name for each in groups)
                notes.append(
                    f"the layers stand in the order {names}, as they were written and as their sizes fit"
                )
    if not any(each.recurrent for each in groups):
        raise store.refuse(
            "it has no recurrent layer: no group has a kernel and a recurrent_kernel. It has "
            f"{listed_names(each.name for each in groups) or 'no arrays'}."
        )
    told = _as_told(groups)
    by_place = {each.place: each.parts for each in groups}
    model = layers_of(told, lambda layer, _: by_place[layer.place], old=False)
    said = Sequential(as_said(model.layers, choices.returns, choices.functions))
    return Sequential(said.layers, [*notes, *_taken(said, told, choices), *model.notes])


def _walk(store: WeightStore, group: H5Group, place: str) -> Iterator[WeightGroup]:
    """Go through the layers of a group of Keras 3: those with arrays, their own or their cell's."""
    names = group.members
    rooms = next(
        (
            rooms
            for rooms in (("forward_layer/cell", "backward_layer/cell"), ("cell",), ("layer",))
            if all(room.partition("/")[0] in names for room in rooms)
        ),
        ("",),
    )
    parts = [store.arrays(f"{place}/{room}/vars") for room in rooms] if "vars" in names else []
    if place and any(parts):
        own = store.group(f"{place}/vars")
        called = None if own is None else store.attribute(own, "name")
        yield WeightGroup(place, str(called or place.rpartition("/")[2]), parts)
        return
    for name in names:
        if name in ("vars", "seed_generator") or (not place and name in _ASIDE):
            continue
        inner = store.subgroup(group, name)
        if inner is not None:
            yield from _walk(store, inner, f"{place}/{name}".strip("/"))


def _of_keras_2(store: WeightStore, root: H5Group, names: Sequence[str]) -> Iterator[WeightGroup]:
    for name in names:
        arrays = arrays_of_layer(store, root, name)
        if not arrays or name in _ASIDE:
            continue
        half = len(arrays) // 2
        both = len(arrays) in (4, 6) and arrays[0].shape == arrays[half].shape
        yield WeightGroup(name, name, [arrays[:half], arrays[half:]] if both else [arrays])


def _check(group: WeightGroup) -> None:
    """Refuse the arrays of another layer than those that are read."""
    last = group.place.rpartition("/")[2]
    arrays = group.parts[0]
    dense = arrays[0].ndim == 2 and (len(arrays) == 1 or arrays[1].ndim == 1) and len(arrays) < 3
    if not group.recurrent and not (dense and (_DENSE.fullmatch(last) or len(arrays) == 2)):
        raise ConvertError(
            f"layer {brief(group.name)}: its arrays {', '.join(str(each.shape) for each in arrays)} are of "
            "no LSTM, GRU, "
            f"SimpleRNN or Dense. Say which layers to take, in order: {spelled('layers', ('A', 'B'))}."
        )


def _chosen(groups: Sequence[WeightGroup], name: str) -> WeightGroup:
    found = next(
        (each for each in groups if name in (each.name, each.place, each.place.rpartition("/")[2])), None
    )
    if found is None:
        raise ConvertError(
            f"there is no layer {brief(name)} with weights; there are "
            f"{listed_names(each.name for each in groups)}."
        )
    _check(found)
    return found


# The order of layers ----------------------------------------------------------------------------------------


def _in_order(groups: Sequence[WeightGroup]) -> list[WeightGroup]:
    """Return the layers in an order in which each reads what the one before gives.

    That in which the file was written, for Keras writes its layers from the first to the last; but the order
    of the alphabet, which a program gives a file that it writes anew, says nothing alone. Else the only one
    that fits, the numbers in names rising.
    """
    found = [order for order in orders_that_fit(groups, [_by_class(groups)]) if _numbered(order)]
    written, places = list(groups), [each.place for each in groups]
    usual = [order for order in found if not any(b.recurrent and not a.recurrent for a, b in pairwise(order))]
    if fit_together(written) and (places != sorted(places) or usual == [written]):
        return written
    if len(found) != 1:
        raise ConvertError(
            f"in which order its layers stand cannot be told by their sizes: "
            f"{listed_names(each.name for each in groups)}. Say it: {spelled('layers', ('A', 'B'))}."
        )
    return found[0]


def _numbers(group: WeightGroup) -> tuple[str, int]:
    match = re.fullmatch(r"(.*?)(?:_(\d+))?", group.place)
    assert match is not None  # it fits every text
    return match[1], int(match[2] or 0)


def _by_class(groups: Sequence[WeightGroup]) -> list[WeightGroup]:
    return sorted(groups, key=lambda each: (not each.recurrent, _numbers(each)))


def _numbered(order: Sequence[WeightGroup]) -> bool:
    last: dict[str, int] = {}
    for kind, number in map(_numbers, order):
        if number < last.get(kind, -1):
            return False
        last[kind] = number
    return True


# What arrays do not say -------------------------------------------------------------------------------------


def _as_told(groups: Sequence[WeightGroup]) -> list[Told]:
    """Return a configuration for each layer: that of Keras by default, where the arrays do not say."""
    recurrent = [number for number, each in enumerate(groups) if each.recurrent]
    last = recurrent[-1] if recurrent else -1
    after = groups[last + 1 :]
    if not after or any(each.by_step for each in after):
        last = -1
    told = []
    for number, each in enumerate(groups):
        arrays = each.parts[0]
        if not each.recurrent:
            dense: dict[str, Any] = {"use_bias": len(arrays) == 2}
            if each.by_step:
                wrapped = {"layer": {"class_name": "Dense", "config": dense}}
                told.append(Told(each.name, "TimeDistributed", wrapped, each.place))
            else:
                told.append(Told(each.name, "Dense", dense, each.place))
            continue
        kind = _kind(each)
        config = {
            "use_bias": len(arrays) > 2, "return_sequences": number != last,
            "reset_after": len(arrays) < 3 or arrays[2].ndim == 2,
        }  # fmt: skip
        if len(each.parts) == 2:
            inner = {"class_name": kind, "config": config}
            told.append(Told(each.name, "Bidirectional", {"layer": inner}, each.place))
        else:
            told.append(Told(each.name, kind, config, each.place))
    return told


def _kind(group: WeightGroup) -> str:
    rows, columns = group.parts[0][1].shape
    kind = {4 * rows: "LSTM", 3 * rows: "GRU", rows: "SimpleRNN"}.get(columns)
    if kind is None or not rows:
        raise ConvertError(
            f"layer {brief(group.name)} has a recurrent_kernel of {(rows, columns)}: it is of no LSTM (H, "
            "4H), GRU (H, 3H) "
            "or SimpleRNN (H, H)."
        )
    return kind


def _taken(model: Sequential, told: Sequence[Told], choices: Choices) -> list[str]:
    """Say what was taken as Keras has it by default."""
    other = "other " if choices.functions else ""
    notes: list[str] = [
        LayerNote(
            f"a file of weights does not name {other}activations or go_backwards: Keras' own defaults are "
            "taken",
            [layer.name for layer in model.recurrent],
        )
    ]
    if choices.returns is None:
        notes += [
            f"layer {layer.name} gives its last outs to the Dense after it: a file of weights does not say"
            for layer, after in pairwise(model.layers)
            if isinstance(layer, Recurrent) and isinstance(after, Dense) and layer.returns == "last"
        ]
        if not any(isinstance(layer, Dense) for layer in model.layers):
            notes.append("the outs of every step are given: a file of weights does not say return_sequences")
    for each in told:
        inner = each.config.get("layer", {}).get("config", each.config)
        if not inner.get("use_bias") and (
            each.kind == "GRU" or each.config.get("layer", {}).get("class_name") == "GRU"
        ):
            why = "resets after the product: without a bias, its arrays do not say"
            notes.append(LayerNote(f"layer {each.name} {why}", [each.name]))
    return notes
