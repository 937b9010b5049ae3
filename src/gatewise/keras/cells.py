"""The cells of Keras' recurrent layers: by their kind, activations, bias and, of the GRU, where it resets.

Needs no Keras: what is here is known by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import GRU, GRU_RESET_AFTER, LSTM, RNN, RNN_RELU
from gatewise.cells.record import CellError
from gatewise.errors import ConvertError
from gatewise.expression import Call, Expression, rebuild, walk
from gatewise.support.given import brief

RECURRENT = ("LSTM", "GRU", "SimpleRNN")
FUNCTIONS: Mapping[str, str] = {
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "relu": "relu",
    "softsign": "softsign",
    "softplus": "softplus",
    "exponential": "exp",
    "hard_tanh": "clip(1)",
    "linear": "",
}
"""Keras' activations that equations have, by the name of the function there; "" changes nothing."""


class CellOptions(NamedTuple):
    """What says which cell a recurrent layer of Keras is of.

    Attributes
    ----------
    kind : str
        One of RECURRENT.
    activation, recurrent_activation : str
        Keys of FUNCTIONS; a SimpleRNN has no recurrent_activation.
    bias : bool
        Whether it has a bias.
    reset_after : bool
        Of a GRU: whether the reset gate is applied after the product, with a second bias.
    hard_sigmoid : bool
        Whether "hard_sigmoid" is that of Keras 2, max(0, min(1, z/5 + 1/2)), not of Keras 3.
    """

    kind: str
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    bias: bool = True
    reset_after: bool = True
    hard_sigmoid: bool = False


@lru_cache(maxsize=256)
def cell_of(options: CellOptions) -> Cell:
    """Return the cell of a recurrent layer.

    Raises
    ------
    ConvertError
        If an activation has no counterpart in equations.
    """
    base = _base(options)
    recurrent = options.recurrent_activation if options.kind != "SimpleRNN" else "sigmoid"
    if (options.activation, recurrent) == ("tanh", "sigmoid"):
        return base
    if base is RNN and options.activation == "relu":
        return RNN_RELU
    functions = {
        "tanh": _function(options.activation, options.hard_sigmoid),
        "sigmoid": _function(recurrent, options.hard_sigmoid),
    }
    name = f"{base.name}, {options.activation}"
    if options.kind != "SimpleRNN":
        name += f" and {recurrent}"

    def changed(node: Expression) -> Expression:
        if isinstance(node, Call) and node.function in functions:
            inner, function = rebuild(node.argument, changed), functions[node.function]
            return Call(function, inner) if function else inner
        return rebuild(node, changed)

    forward = tuple(replace(each, right=changed(each.right)) for each in base.forward)
    try:
        return replace(
            base, name=name, title=f"{base.title}, with {name.partition(', ')[2]}", forward=forward
        )
    except CellError as error:
        raise ConvertError(
            f"activation={brief(options.activation)} with recurrent_activation={brief(recurrent)} makes no "
            "cell: "
            f"{error}"
        ) from None


def _base(options: CellOptions) -> Cell:
    kinds = {"LSTM": LSTM, "GRU": GRU_RESET_AFTER if options.reset_after else GRU, "SimpleRNN": RNN}
    base = kinds[options.kind]
    return base if options.bias else cell_named(f"{base.name}+no-bias")


def _function(name: str, hard_sigmoid: bool) -> str:
    if name == "hard_sigmoid" and hard_sigmoid:
        return "hard_sigmoid"
    if name not in FUNCTIONS:
        why = (
            "Keras 3's is max(0, min(6, z + 3))/6, and that of equations max(0, min(1, z/5 + 1/2))"
            if name == "hard_sigmoid"
            else "cells made of equations have no function that is exactly it"
        )
        raise ConvertError(
            f"activation {brief(name)}: {why}. Known are {', '.join(FUNCTIONS)}. Train the layer with one of "
            "these, such as sigmoid; its weights are no good with another function than they learned with."
        )
    return FUNCTIONS[name]


_BASES = [
    CellOptions(kind, bias=bias, reset_after=after)
    for kind in RECURRENT
    for bias in (True, False)
    for after in ((True, False) if kind == "GRU" else (True,))
]


def options_of(cell: Cell) -> CellOptions | None:
    """Return which layer of Keras has this cell, or None."""
    for base in _BASES:
        if _same(cell, base):
            return base
    used = {node.function for each in cell.forward for node in walk(each.right) if isinstance(node, Call)} | {
        ""
    }
    names = [name for name, function in FUNCTIONS.items() if function in used]
    for base, activation, recurrent in product(_BASES, names, names):
        options = base._replace(activation=activation, recurrent_activation=recurrent)
        try:
            if _same(cell, options):
                return options
        except ConvertError:  # these functions make no cell
            continue
    return None


def _same(cell: Cell, options: CellOptions) -> bool:
    """Say whether two cells work the same equations, whatever they are called."""
    other = cell_of(options)
    return cell == other or (
        dict(cell.parameters) == dict(other.parameters)
        and cell.gates == other.gates
        and [(each.left, each.right) for each in cell.forward]
        == [(each.left, each.right) for each in other.forward]
    )
