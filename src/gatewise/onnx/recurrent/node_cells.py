"""Which cell a node is: one of gatewise's own where there is one, else its equations with other functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from gatewise.cells import CELLS, Cell, cell_named, lstm
from gatewise.cells.known.family import digits_of
from gatewise.errors import ConvertError
from gatewise.expression import Call, Expression, rebuild
from gatewise.expression.functions import clipped_at
from gatewise.onnx.recurrent.activations import Activation, shortest

USUAL: Mapping[str, tuple[str, ...]] = {
    "LSTM": ("sigmoid", "tanh", "tanh"),
    "GRU": ("sigmoid", "tanh"),
    "RNN": ("tanh",),
}
"""The activations of each kind of node where it names none, by ONNX' letters: f, g, h; f, g; f."""


class NodeOptions(NamedTuple):
    """What a node says of its cell, beside its functions.

    Attributes
    ----------
    kind : "LSTM", "GRU" or "RNN"
    bias, peepholes : bool
        Whether B and P are given.
    coupled : bool
        ONNX' input_forget: 1 − i in place of f.
    reset_after : bool
        ONNX' linear_before_reset.
    clip : float or None
    """

    kind: str
    bias: bool = True
    peepholes: bool = False
    coupled: bool = False
    reset_after: bool = False
    clip: float | None = None


def limit_of(where: str, clip: float | None) -> float | None:
    """Return the limit of a node's clip; None for none."""
    if clip is None:
        return None
    if not 0 < clip < math.inf:
        raise ConvertError(f"{where} has clip={clip:g}; a limit must be a finite number above 0.")
    return shortest(clip)


@lru_cache(maxsize=64)
def cell_of(options: NodeOptions, functions: tuple[Activation, ...]) -> Cell:
    """Return the cell of a node; the same options give the same cell."""
    kind, names = options.kind, tuple(each.name for each in functions)
    usual = names == USUAL[kind]
    if kind == "LSTM":
        cell = lstm(
            bias=options.bias, peepholes=options.peepholes, coupled=options.coupled, clip=options.clip
        )
        f, g, h = functions
        return cell if usual else _with(cell, {"a": g, "i": f, "f": f, "o": f, "out": h}, functions)
    if kind == "GRU":
        name = "gru-reset-after" if options.reset_after else "gru"
        cell = CELLS[name] if options.bias else cell_named(f"{name}+no-bias")
        f, g = functions
        by_name = {"r": f, "u": f, "a": g}
    else:
        name = "rnn-relu" if names == ("relu",) else "rnn"
        usual = usual or name == "rnn-relu"
        cell = CELLS[name] if options.bias else cell_named(f"{name}+no-bias")
        by_name = {"out": functions[0]}
    if usual and options.clip is None:
        return cell
    return _with(cell, by_name, functions, options.clip)


def _with(
    cell: Cell,
    by_name: Mapping[str, Activation],
    functions: tuple[Activation, ...],
    clip: float | None = None,
) -> Cell:
    """Return a cell with other functions, and a clip before them, in the equations of some quantities."""

    def changed(name: str, right: Expression) -> Expression:
        return _replaced(right, lambda z: by_name[name].of(_clipped(z, clip))) if name in by_name else right

    words = f"functions {', '.join(map(str, functions))}"
    words += "" if clip is None else f", clip {digits_of(clip)}"
    return replace(
        cell, name=f"{cell.name}, {words}", title=f"{cell.title}, {words}",
        forward=tuple(
            replace(each, right=changed(each.left.name, each.right), why="") for each in cell.forward
        ),
    )  # fmt: skip


def _clipped(z: Expression, clip: float | None) -> Expression:
    return z if clip is None else Call(clipped_at(digits_of(clip)), z)


def _replaced(node: Expression, function: Callable[[Expression], Expression]) -> Expression:
    """Put a function in place of the outermost sigmoid, tanh or relu."""
    if isinstance(node, Call) and node.function in ("sigmoid", "tanh", "relu"):
        return function(node.argument)
    return rebuild(node, lambda child: _replaced(child, function))
