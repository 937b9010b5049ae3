"""What the configuration of a Keras model says: its layers in a chain, each with its place in the weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gatewise.errors import ConvertError
from gatewise.support.given import brief, listed, one_line
from gatewise.support.options import spelled

MODELS = ("Sequential", "Functional", "Model")
_THEIRS = ("keras", "tf_keras", "gatewise.keras")  # whose layers are known by their class
_OURS = "gatewise>"  # before the names by which Keras registers gatewise's own layers
_LONGEST = 80  # characters of a name in a message
MOST_LAYERS = 1000  # of a model
DEEPEST = 10  # models within one another


def listed_names(names: Iterable[str]) -> str:
    """Return the names of layers for a message: twenty at most, and none of them long."""
    return listed([one_line(name)[:_LONGEST] for name in names][:20])


class Told:
    """The configuration of one layer, asked by name and type.

    Attributes
    ----------
    name : str
        What the model calls the layer.
    kind : str
        Its class.
    place : str
        The group of its weights in a file of Keras 3.
    """

    def __init__(self, name: str, kind: str, config: Mapping[str, Any], place: str) -> None:
        self.name, self.kind, self.config, self.place = name, one_line(kind)[:_LONGEST], config, place

    def refuse(self, why: str) -> ConvertError:
        """Return an error that names the layer."""
        return ConvertError(f"layer {brief(self.name)} ({self.kind}): {why}")

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a setting that is true or false."""
        value = self.config.get(key, default)
        if not isinstance(value, bool):
            raise self.refuse(f"{key} is {brief(value)}; it must be true or false.")
        return value

    def check_units(self, found: int) -> None:
        """Refuse weights of another number of units than the configuration says, where it says one."""
        units = self.config.get("units", found)
        if isinstance(units, bool) or units != found:
            raise self.refuse(f"its configuration has units={brief(units)}, and its weights are of {found}.")

    def number(self, key: str) -> float:
        """Return a setting that is a number; 0 where it is not set."""
        value = self.config.get(key) or 0
        if not isinstance(value, int | float):
            raise self.refuse(f"{key} is {brief(value)}; it must be a number.")
        return value

    def function(self, key: str, default: str) -> str:
        """Return an activation by its name."""
        value = self.config.get(key, default)
        if isinstance(value, dict) and value.get("registered_name") in (None, value.get("config")):
            value = value.get("config")  # {"class_name": "function", "config": "relu"}
        if value is None:
            return "linear"
        if not isinstance(value, str):
            raise self.refuse(
                f"{key} is an object or a function of the user's own; gatewise knows Keras' functions by "
                "name."
            )
        return value

    def inner(self, key: str, place: str) -> Told:
        """Return the layer that this one wraps."""
        return _told(self.config.get(key), f"{self.place}/{place}", self.name)


def chain_of(model: Any, chosen: Sequence[str] = ()) -> list[Told]:
    """Return the layers of a model in the order of work, models within it as their layers.

    Parameters
    ----------
    model : dict
        The configuration: class_name and config.
    chosen : sequence of str
        Which layers to take, by name and in this order; then how they hang together is not asked.

    Raises
    ------
    ConvertError
        If it is no chain, or no model that is known; the message names the layer.
    """
    layers = list(islice(_layers(model, "", not chosen, 0), MOST_LAYERS + 1))
    if len(layers) > MOST_LAYERS:
        raise ConvertError(f"it has more than {MOST_LAYERS:,} layers with those of the models within it.")
    if not chosen:
        return layers
    by_name = {each.name: each for each in layers}
    if unknown := [name for name in chosen if name not in by_name]:
        raise ConvertError(f"there is no layer {brief(unknown[0])}; there are {listed_names(by_name)}.")
    return [by_name[name] for name in chosen]


def _layers(model: Any, place: str, in_a_chain: bool, depth: int) -> Iterator[Told]:
    kind, config = (model.get("class_name"), model.get("config")) if isinstance(model, dict) else (None, None)
    if isinstance(config, list) and kind == "Sequential":  # Keras 2.0 to 2.2
        config = {"layers": config}
    if kind not in MODELS or not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise ConvertError(
            f"the model is a {brief(kind)}; a Sequential or Functional one is read. Of a model of a class of "
            "one's own "
            "say which layers to take from its .weights.h5."
        )
    if depth > DEEPEST:
        raise ConvertError(f"models are nested by more than {DEEPEST} levels.")
    entries = config["layers"]
    if len(entries) > MOST_LAYERS:
        raise ConvertError(f"a model has {len(entries):,} layers; at most {MOST_LAYERS:,} are read.")
    counted: dict[str, int] = {}
    told = []
    for entry in entries:
        kind_of_entry = str(entry.get("class_name")) if isinstance(entry, dict) else ""
        kept_as = snake(kind_of_entry.removeprefix(_OURS))
        number = counted[kept_as] = counted.get(kept_as, -1) + 1
        told.append((_told(entry, f"{place}layers/{kept_as}{f'_{number}' if number else ''}"), entry))
    if in_a_chain and kind != "Sequential":
        told = _in_order(config, told)
    for each, entry in told:
        if each.kind in MODELS:
            yield from _layers(entry, f"{each.place}/", in_a_chain, depth + 1)
        else:
            yield each


def _told(entry: Any, place: str, within: str = "") -> Told:
    if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict | list):
        raise ConvertError(
            f"a layer{f' in {brief(within)}' if within else ''} is {brief(entry)}, no configuration."
        )
    kind, config = str(entry.get("class_name")), entry["config"]
    settings = config if isinstance(config, dict) else {}
    name = str(settings.get("name") or entry.get("name") or kind)
    module, registered = entry.get("module"), entry.get("registered_name")
    if module is None and registered is None:
        kind = kind.removeprefix(_OURS)  # .h5 has the name by which a class is registered
    if module is None and registered not in (None, kind, f"{_OURS}{kind}"):
        kind = str(registered)
    elif module is not None and not str(module).startswith(_THEIRS):
        kind = f"{module}.{kind}"
    return Told(name, kind, settings, place)


def read_by_entry(entry: Any) -> tuple[Told, list[str]]:
    """Return the layer of an entry of a model's list, and the names of all that it reads."""
    return _told(entry, ""), list(_tensors(entry.get("inbound_nodes") or [], 0))


def snake(name: str) -> str:
    """Return the name of a class as Keras' files have it: SimpleRNN is simple_rnn."""
    whole = re.sub(r"\W+", "", name.rpartition(".")[2])
    apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", whole)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()


# Functional models ------------------------------------------------------------------------------------------


def _in_order(config: Mapping[str, Any], told: list[tuple[Told, Any]]) -> list[tuple[Told, Any]]:
    """Return the layers of a functional model from its input to its output; refuse one that branches."""
    by_name = {each.name: (each, entry) for each, entry in told}
    before = {each.name: _read_by(each, entry) for each, entry in told}
    starts, ends = (ends_of(config.get(key)) for key in ("input_layers", "output_layers"))
    if len(starts) != 1 or len(ends) != 1:
        raise ConvertError(
            f"the model has {len(starts)} inputs and {len(ends)} outputs ({listed_names([*starts, *ends])}); "
            f"one of each is read. Say which layers to take, in order: {spelled('layers', ('A', 'B'))}."
        )
    order: list[str] = []
    here: str | None = ends[0]
    while here is not None:
        if here not in by_name or len(order) > len(told):
            raise ConvertError(f"the model reads a layer {brief(here)} that it has not, or goes in a circle.")
        order.append(here)
        here = before[here]
    if order[-1] != starts[0]:
        raise ConvertError(f"its output {brief(ends[0])} does not hang on its input {brief(starts[0])}.")
    if beside := [name for name in by_name if name not in order]:
        raise ConvertError(
            f"layer {brief(beside[0])} ({by_name[beside[0]][0].kind}) stands beside the chain from input to "
            "output. Say "
            f"which layers to take, in order: {spelled('layers', ('A', 'B'))}."
        )
    return [by_name[name] for name in reversed(order)]


def ends_of(given: Any) -> list[str]:
    """Return the names of inputs or outputs: [["a", 0, 0]], or ["a", 0, 0] of one alone."""
    if isinstance(given, list) and given and isinstance(given[0], str):
        given = [given]
    rows = given if isinstance(given, list) else []
    return [str(each[0]) for each in rows if isinstance(each, list) and each]


def _read_by(layer: Told, entry: Any) -> str | None:
    """Return the name of the one layer that a layer reads; None of an input."""
    nodes = entry.get("inbound_nodes") or []
    if not isinstance(nodes, list) or len(nodes) > 1:
        raise layer.refuse("it stands at several places of the model, and a chain has each layer once.")
    if not nodes:
        return None
    node = nodes[0]
    read = list(_tensors(node, 0))
    if len(read) != 1:
        raise layer.refuse(
            f"it reads {listed_names(read) if read else 'nothing'}; in a chain each layer reads the one "
            "before it, and starts from 0. Or say which layers to take, in order: "
            f"{spelled('layers', ('A', 'B'))}."
        )
    return read[0]


def _tensors(node: Any, depth: int) -> Iterator[str]:
    """Go through the layers whose outputs a node reads, in Keras 3's form or in Keras 2's."""
    if depth > DEEPEST:
        return
    if isinstance(node, dict):
        history = (
            node.get("config", {}).get("keras_history") if isinstance(node.get("config"), dict) else None
        )
        if node.get("class_name") == "__keras_tensor__" and isinstance(history, list) and history:
            yield str(history[0])
            return
        for each in node.values():
            yield from _tensors(each, depth + 1)
    elif isinstance(node, list):
        if (
            len(node) >= 3
            and isinstance(node[0], str)
            and node[1:3]
            and all(type(n) is int for n in node[1:3])
        ):
            yield node[0]
            node = node[3:]
        for each in node:
            yield from _tensors(each, depth + 1)
