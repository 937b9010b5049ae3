"""HDF5 files of Keras 2, and of Keras 3's older format: a configuration as an attribute, or weights alone.

Each layer's group has an attribute weight_names that lists its arrays in order.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.convert.keras.config import Told, chain_of
from gatewise.convert.keras.hdf5 import H5Group, WeightStore
from gatewise.convert.keras.left_out import notes_of_left_out
from gatewise.convert.keras.reading import layers_of
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Sequential
from gatewise.support.arrays import FloatArray
from gatewise.support.files import JsonError, parse_json
from gatewise.support.given import brief

_MOST_PARTS = 1000


def read_whole(store: WeightStore, config: str, chosen: Sequence[str], lengths: bool = False) -> Sequential:
    """Return the layers of a whole model: its configuration, and its weights below model_weights."""
    try:
        model = parse_json(config)
    except JsonError as error:
        raise store.refuse(f"in its model_config, {error}.") from None
    root = store.root
    version = store.attribute(root, "keras_version") or ""
    weights = store.group("model_weights")
    if weights is None:
        raise store.refuse("it has a model_config and no model_weights.")

    def arrays(layer: Told, parts: Sequence[str]) -> list[list[FloatArray]]:
        found = arrays_of_layer(store, weights, layer.name)
        each, left = divmod(len(found), max(len(parts), 1))
        if left:
            raise layer.refuse(f"it has {len(found)} arrays, which are not those of {len(parts)} directions.")
        return [found[number * each : (number + 1) * each] for number in range(len(parts))]

    made = layers_of(chain_of(model, chosen), arrays, old=not str(version).startswith("3"))
    return Sequential(made.layers, [*notes_of_left_out(model, chosen, lengths), *made.notes])


def arrays_of_layer(store: WeightStore, weights: H5Group, name: str) -> list[FloatArray]:
    """Return the arrays of a layer in its order; none where it has none."""
    if name not in weights.members:
        return []
    group = store.subgroup(weights, name)
    if group is None:
        return []
    found = []
    for place in texts(store, group, "weight_names"):
        *rooms, last = place.split("/")
        inner: H5Group | None = group
        for room in rooms:
            inner = store.subgroup(inner, room) if inner is not None and room in inner.members else None
        if inner is None or last not in inner.members:
            raise ConvertError(f"layer {brief(name)} has no array {brief(place)}, which it names.")
        found.append(store.array(inner, last))
    return found


def texts(store: WeightStore, group: H5Group, name: str) -> list[str]:
    """Return a list of texts that is an attribute, or several where it was too long (name0, name1)."""
    whole = store.attribute(group, name)
    number = 0
    if whole is None:
        whole = []
        while number < _MOST_PARTS and (part := store.attribute(group, f"{name}{number}")) is not None:
            whole += part
            number += 1
    return [str(each) for each in whole]
