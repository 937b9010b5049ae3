"""Layers taken by what they are called, and told what a file of weights does not say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gatewise.cells.known.names import cell_named
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential.layers import FUNCTIONS, Dense, Recurrent
from gatewise.support.given import brief, listed
from gatewise.support.options import spelled

_FEW = 20  # names in a message
_OF_RNN = {"tanh": "rnn", "relu": "rnn-relu"}
Layers = Sequence[Recurrent | Dense]


def names_of(layers: Layers) -> list[str]:
    """Return what each layer is called: its name; its place, from 0, where it has none or shares it."""
    given = [layer.name for layer in layers]
    return [name if name and given.count(name) == 1 else str(number) for number, name in enumerate(given)]


def taken(layers: Layers, names: Sequence[str]) -> list[Recurrent | Dense]:
    """Return some layers, in the order of the names.

    Raises
    ------
    ConvertError
        If there is no such layer; the message lists those that there are.
    """
    by_name = dict(zip(names_of(layers), layers, strict=True))
    for name in names:
        if name not in by_name:
            there = listed([brief(each) for each in by_name][:_FEW])
            raise ConvertError(f"there is no layer {brief(name)}; there are {there}.")
    return [by_name[name] for name in names]


def as_said(layers: Layers, returns: str | None, functions: Mapping[str, str]) -> list[Recurrent | Dense]:
    """Return the layers with what a user said that their file does not.

    Parameters
    ----------
    returns : "steps", "last" or "row", optional
        What the last recurrent layer gives.
    functions : dict
        The function of some layers, by their names.

    Raises
    ------
    ConvertError
        If there is no such layer, or it cannot have that function.
    """
    return with_functions(layers if returns is None else returning(layers, returns), functions)


def returning(layers: Layers, returns: str) -> list[Recurrent | Dense]:
    """Return the layers with the last recurrent one giving what is said, one of RETURNS."""
    made = list(layers)
    place = max(number for number, layer in enumerate(made) if isinstance(layer, Recurrent))
    layer = made[place]
    assert isinstance(layer, Recurrent)
    made[place] = Recurrent(
        layer.cells, biases=layer.biases, reverse=layer.reverse, returns=returns,
        turned=layer.turned and returns == "steps", name=layer.name,
    )  # fmt: skip
    return made


def with_functions(layers: Layers, functions: Mapping[str, str]) -> list[Recurrent | Dense]:
    """Return the layers with the functions that stand in some of them, by the layers' names.

    Raises
    ------
    ConvertError
        If there is no such layer, or it cannot have that function.
    """
    made = list(layers)
    for name, function in functions.items():
        (layer,) = taken(layers, [name])
        offered = tuple(FUNCTIONS) if isinstance(layer, Dense) else tuple(_OF_RNN)
        if isinstance(layer, Recurrent) and layer.cell.name.partition("+")[0] != "rnn":
            raise ConvertError(
                f"layer {brief(name)} is of the cell {layer.cell.name}, whose functions are its own; "
                f"{spelled('functions')} is for dense layers and RNNs."
            )
        if function not in offered:
            raise ConvertError(
                f"layer {brief(name)} cannot have the function {brief(function)}. Choose from: "
                f"{', '.join(offered)}."
            )
        made[layers.index(layer)] = _with_function(layer, function)
    return made


def _with_function(layer: Recurrent | Dense, function: str) -> Recurrent | Dense:
    if isinstance(layer, Dense):
        return Dense(layer.W, layer.b, function=function, name=layer.name, form=layer.form)
    _, plus, rest = layer.cell.name.partition("+")
    cell = cell_named(f"{_OF_RNN[function]}{plus}{rest}")
    return Recurrent(
        [Params.of(dict(each.arrays), cell) for each in layer.cells], biases=layer.biases,
        reverse=layer.reverse, returns=layer.returns, turned=layer.turned, name=layer.name,
    )  # fmt: skip
