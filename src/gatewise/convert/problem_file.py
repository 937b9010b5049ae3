"""A problem file: one cell, with data to work it out on, which a file of weights alone has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import Recurrent, Sequential
from gatewise.support.files import named
from gatewise.support.given import brief
from gatewise.support.options import is_whole

STEPS = 3  # of the data that are drawn


def read(path: Path, choices: Choices) -> Opened:
    """Read a problem file; its layer gives the outs of every step."""
    from gatewise.teach.problem import load_problem

    if choices.layers:
        raise ConvertError(f"{named(path)} has one layer; layers= (--layers) is of no use.")
    problem = load_problem(path)
    return Opened(
        path=path, format="toml", sequential=Sequential([Recurrent([problem.params])]), problem=problem
    )


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return a problem file of one cell, as text, and what was left out or drawn."""
    if opened.problem is not None and choices.layer is None and not choices.reverse:
        return opened.problem.to_toml().encode(), ()
    if choices.layer is None and (more := _beside_one_cell(opened)):
        raise ConvertError(
            f"{named(opened.path)} has {more}, and a problem file one cell in one direction. Say which "
            "cell to take: --layer 0 (layer=), and --reverse for a second direction."
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
    opened: Opened, layer: int | None = None, reverse: bool = False, data: dict[str, Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Return a problem of one cell of a model, in float64.

    Parameters
    ----------
    layer : int, optional
        The recurrent layer, from 0; needed where there are several.
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


def cell_of(opened: Opened, layer: int | None, reverse: bool) -> tuple[Params, str]:
    """Return the parameters of one cell of a model, and what it is called there."""
    network = opened.run.network if opened.run is not None else None
    cells = [each.cells for each in opened.layers().recurrent] if network is None else list(network.cells)
    count = len(cells)
    if layer is None and count > 1:
        raise ArgumentError(
            f"{named(opened.path)} has {count} recurrent layers and a problem one. Say which: --layer 0 to "
            f"{count - 1} (layer=)."
        )
    number = 0 if layer is None else layer
    if not is_whole(number) or not 0 <= number < count:
        raise ArgumentError(f"layer={brief(layer)}; {named(opened.path)} has {count}, counted from 0.")
    if reverse and len(cells[number]) == 1:
        raise ArgumentError(f"layer {number} of {named(opened.path)} has no second, reverse direction.")
    own = opened.layers().recurrent[number].name if network is None else ""
    own = own if own.strip("_l0123456789") else f"layer {number}"
    return cells[number][1 if reverse else 0], own + ", reverse" * reverse
