"""A problem file: one cell, with data to work it out on, which a file of weights alone has not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import Recurrent, Sequential, layers_of, names_of
from gatewise.support.files import named
from gatewise.support.given import brief, one_line
from gatewise.support.options import is_whole, spelled

STEPS = 3  # of the data that are drawn
_FEW = 20  # names in a message


def read(path: Path, choices: Choices) -> Opened:
    """Read a problem file; its layer gives the outs of every step."""
    from gatewise.teach.problem import load_problem

    if choices.layers:
        raise ConvertError(f"{named(path)} has one layer; {spelled('layers', choices.layers)} is of no use.")
    problem = load_problem(path)
    return Opened(
        path=path, format="toml", sequential=Sequential([Recurrent([problem.params])]), problem=problem
    )


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return a problem file of one cell, as text, and what was left out or drawn."""
    if opened.problem is not None and choices.layer is None and not choices.reverse:
        return opened.problem.to_toml().encode(), ()
    if choices.layer is None and (more := _beside_one_cell(opened)):
        names = [name for name, _ in _recurrent_in(opened)]
        which = f"of {_listed(names)}, by name or by number from 0" if len(names) > 1 else "cell to take"
        raise ConvertError(
            f"{named(opened.path)} has {more}, and a problem file one cell in one direction. Say which "
            f"{which}: {spelled('layer', 0)}, and {spelled('reverse', True)} for a second direction."
        )
    problem, notes = problem_of(opened, choices.layer, choices.reverse)
    return problem.to_toml().encode(), notes


def _beside_one_cell(opened: Opened) -> str:
    """Say what a model has that a problem file cannot hold; "" of one cell alone."""
    if opened.run is not None:
        return "a network and what prepares its data"
    layers = opened.layers().layers
    if len(layers) > 1:
        return f"{len(layers)} layers"
    only = opened.layers().recurrent[0]
    if len(only.cells) > 1:
        return "two directions"
    return "a layer that goes backwards" if only.reverse else ""


def problem_of(
    opened: Opened, layer: int | str | None = None, reverse: bool = False, data: dict[str, Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Return a problem of one cell of a model, in float64.

    Parameters
    ----------
    layer : int or str, optional
        The recurrent layer, by its number, from 0, or its name; needed where there are several.
    reverse : bool
        Whether its reverse direction is meant.
    data : dict, optional
        x (T, D) and what else a problem has. Without it x and label are drawn, numbers of two decimals.

    Raises
    ------
    ArgumentError
        If there is no such layer or direction, or several and none is named.
    """
    from gatewise.teach.problem.problem import Problem
    from gatewise.teach.problem.tables import check

    params, name = cell_of(opened, layer, reverse)
    title = f"{name} of {opened.path.name}"
    notes: tuple[str, ...] = ()
    given = dict(data or {})
    if "x" not in given:
        rng = np.random.default_rng(0)
        given["x"] = rng.uniform(-1, 1, (STEPS, params.input_size)).round(2)
        given["label"] = rng.uniform(-1, 1, (STEPS, params.output_size)).round(2)
        notes = (f"x and label are drawn: {STEPS} steps of numbers of two decimals",)
    silent = check({}, params.cell)  # what a file means that says nothing more
    problem = Problem(
        params=params.astype("float64"), x=given["x"], label=given.get("label"), state=given.get("state"),
        lengths=given.get("lengths"), texts={}, seed=None, title=title, learning_rate=silent.learning_rate,
        settings=silent.worksheet,
    )  # fmt: skip
    return problem, notes


def cell_of(opened: Opened, layer: int | str | None, reverse: bool) -> tuple[Params, str]:
    """Return the parameters of one cell of a model, and what it is called there."""
    chosen, own, number = layer_of(opened, layer)
    if reverse and len(chosen.cells) == 1:
        raise ArgumentError(f"layer {brief(own)} of {named(opened.path)} has no second, reverse direction.")
    own = own if own.strip("_l0123456789") else f"layer {number}"
    return chosen.cells[1 if reverse else 0], own + ", reverse" * reverse


def layer_of(opened: Opened, layer: int | str | None) -> tuple[Recurrent, str, int]:
    """Return a recurrent layer of a model, what it is called there, and its number among them.

    Raises
    ------
    ArgumentError
        If there is no such layer, or several and none is named.
    """
    names, layers = zip(*_recurrent_in(opened), strict=True)
    count, where = len(layers), named(opened.path)
    if layer is None and count > 1:
        raise ArgumentError(
            f"{where} has {count} recurrent layers and a problem one. Say which of {_listed(names)}, by name "
            f"or by number from 0: {spelled('layer', 0)}."
        )
    number = names.index(layer) if isinstance(layer, str) and layer in names else layer or 0
    if not is_whole(number) or not 0 <= int(number) < count:
        raise ArgumentError(
            f"{spelled('layer', layer)}: {where} has the recurrent {'layers' if count > 1 else 'layer'} "
            f"{_listed(names)}, counted from 0."
        )
    return layers[int(number)], names[int(number)], int(number)


def _recurrent_in(opened: Opened) -> list[tuple[str, Recurrent]]:
    """Return the recurrent layers of a model, each with what it is called there."""
    whole = layers_of(opened.run.network) if opened.run is not None else opened.layers().layers
    both = zip(names_of(whole), whole, strict=True)
    return [(name, layer) for name, layer in both if isinstance(layer, Recurrent)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(one_line, names[:_FEW])) + " …" * (len(names) > _FEW)
