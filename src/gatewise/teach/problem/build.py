"""Weights and data from the keys of a problem file: given, in .npz files, or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.cells.known.lstm import GATES, PARAMETERS
from gatewise.engine.params import Params
from gatewise.support.arrays import FloatArray
from gatewise.teach.problem.npz import read_npz
from gatewise.teach.problem.written import (
    ProblemFileError,
    ProblemSizes,
    WrittenArray,
    read,
    read_number,
    stack,
)

if TYPE_CHECKING:
    from gatewise.teach.problem.tables import Gates, ProblemTable

MAX_DRAWN = 10_000_000  # numbers: 80 MB; more is a typo
DATA = ("x", "label", "lengths", "out0", "state0")
DRAW_WEIGHTS = ("input_size", "hidden_size", "scheme", "forget_bias")
DRAW_DATA = ("steps", "sequences")


def seed(table: ProblemTable) -> int | None:
    """Return the seed of what is drawn; None if nothing is."""
    return (table.seed or 0) if _set(table, (*DRAW_WEIGHTS, *DRAW_DATA)) else None


# The weights ------------------------------------------------------------------------------------------------


def weights(table: ProblemTable, folder: Path, sizes: ProblemSizes) -> dict[str, WrittenArray]:
    """Return W (4H, D), U (4H, H) and b (4H,) from the one way in which the file gives them."""
    ways = {
        "gates": _set(table, ("gates",)),
        "given": _set(table, (*PARAMETERS, "weights")),
        "drawn": _set(table, DRAW_WEIGHTS),
    }
    used = [keys[0] for keys in ways.values() if keys]
    if len(used) > 1:
        raise ProblemFileError(f"{' and '.join(used)} both say what the weights are; keep one of them.")
    if table.gates is not None:
        return _weights_by_gate(table.gates, sizes)
    if ways["given"]:
        return _weights_stacked(_gather(table, tuple(PARAMETERS), "weights", folder), sizes)
    if ways["drawn"]:
        return _weights_drawn(table, sizes)
    raise ProblemFileError(
        "there are no weights. Give [gates.a] to [gates.o] with W, U and b; or W, U and b stacked; or "
        'weights = "weights.npz"; or input_size and hidden_size to draw them.'
    )


def _weights_by_gate(gates: Gates, sizes: ProblemSizes) -> dict[str, WrittenArray]:
    parts: dict[str, list[WrittenArray]] = {"b": [], "W": [], "U": []}  # b first: its length is H
    for gate in GATES:
        for name, rows in parts.items():
            key = f"gates.{gate}.{name}"
            letters = [letter.removeprefix("4") for letter in PARAMETERS[name]]
            rows.append(sizes.fit(key, read(key, getattr(getattr(gates, gate), name)), letters))
    return {name: stack(rows) for name, rows in parts.items()}


def _weights_stacked(given: dict[str, Any], sizes: ProblemSizes) -> dict[str, WrittenArray]:
    if absent := [name for name in PARAMETERS if name not in given]:
        raise ProblemFileError(f"{' and '.join(absent)} missing; W, U and b are needed together.")
    b = sizes.fit("b", read("b", given["b"]), PARAMETERS["b"])
    H, rest = divmod(sizes["4H"], len(GATES))
    if rest:
        raise ProblemFileError(
            f"b has {sizes['4H']} numbers; it must have 4H, the same number for each gate {', '.join(GATES)}."
        )
    sizes.learn("H", H, "b")
    matrices = {name: sizes.fit(name, read(name, given[name]), PARAMETERS[name]) for name in ("W", "U")}
    return {**matrices, "b": b}


def _weights_drawn(table: ProblemTable, sizes: ProblemSizes) -> dict[str, WrittenArray]:
    D, H = table.input_size, table.hidden_size
    if D is None or H is None:
        raise ProblemFileError(
            f"{'input_size' if D is None else 'hidden_size'} is missing; drawing weights takes both."
        )
    _limit("input_size and hidden_size", 4 * H * (D + H + 1))
    sizes.learn("D", D, "input_size")
    sizes.learn("H", H, "hidden_size")
    options: dict[str, Any] = {"seed": table.seed or 0, "scheme": table.scheme or "uniform"}
    if table.forget_bias is not None:
        options["forget_bias"] = float(read_number("forget_bias", table.forget_bias).values)
    params = Params.init(D, H, dtype=np.float64, **options)
    return {name: WrittenArray(getattr(params, name)) for name in PARAMETERS}


# The data ---------------------------------------------------------------------------------------------------


def data(table: ProblemTable, folder: Path, sizes: ProblemSizes) -> dict[str, WrittenArray]:
    """Return x, and of label, lengths, out and state those that are there."""
    given = _gather(table, DATA, "inputs", folder)
    drawn = _set(table, DRAW_DATA)
    if table.seed is not None and not drawn and table.hidden_size is None:
        raise ProblemFileError("seed has no effect: the weights and x are given, so nothing is drawn.")
    if drawn and (both := {"x", "label", "lengths"} & set(given)):
        raise ProblemFileError(f"{drawn[0]} draws x and label, but {min(both)} is given; keep one of them.")
    if drawn:
        given |= _drawn_data(table, sizes)
    if "x" not in given:
        raise ProblemFileError(
            "x is missing. Give x = [[…], …], one row for each time step; or inputs = "
            '"data.npz"; or steps = 5 to draw it.'
        )
    x = read("x", given["x"])
    batch = ["N"] if x.values.ndim == 3 else []
    data = {"x": sizes.fit("x", x, [*batch, "T", "D"])}
    if "label" in given:
        data["label"] = sizes.fit("label", read("label", given["label"], missing=True), [*batch, "T", "H"])
    if "lengths" in given:
        data["lengths"] = _lengths(given["lengths"], sizes, data["x"].values.shape)
    if {"out0", "state0"} & set(given):
        for name, key in (("out", "out0"), ("state", "state0")):
            zeros = np.zeros((*data["x"].values.shape[:-2], sizes["H"]))
            data[name] = sizes.fit(key, read(key, given.get(key, zeros)), [*batch, "H"])
    return data


def _drawn_data(table: ProblemTable, sizes: ProblemSizes) -> dict[str, FloatArray]:
    """Draw x and label uniform in ±1, with two decimals so that a person can work with them."""
    if table.steps is None:
        raise ProblemFileError(
            "steps is missing; sequences only says how many sequences of so many steps to draw."
        )
    shape = (table.steps,) if table.sequences is None else (table.sequences, table.steps)
    D, H = sizes["D"], sizes["H"]
    _limit(" and ".join(_set(table, DRAW_DATA)), int(np.prod(shape, dtype=object)) * (D + H))
    rng = np.random.default_rng([table.seed or 0, 1])  # another stream than the weights'
    return {name: rng.uniform(-1, 1, (*shape, size)).round(2) for name, size in (("x", D), ("label", H))}


def _lengths(given: Any, sizes: ProblemSizes, shape: tuple[int, ...]) -> WrittenArray:
    if len(shape) == 2:
        raise ProblemFileError(
            "lengths is for several sequences; x is a single one, so leave out the steps past its end."
        )
    lengths = sizes.fit("lengths", read("lengths", given), ["N"])
    T = shape[1]
    for place, length in enumerate(lengths.values):
        if length != int(length) or not 0 <= length <= T:
            raise ProblemFileError(
                f"lengths[{place}] is {length:g}; it must be a whole number from 0 to {T}, the steps of x."
            )
    return lengths


# Both -------------------------------------------------------------------------------------------------------


def _set(table: ProblemTable, keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key in table.model_fields_set]


def _gather(table: ProblemTable, names: Sequence[str], file_key: str, folder: Path) -> dict[str, Any]:
    """Take the arrays called `names` from the problem file itself and from the .npz file that it names."""
    given = {name: getattr(table, name) for name in _set(table, names)}
    file = getattr(table, file_key)
    if file is None:
        return given
    stored = read_npz(file_key, folder / file, (*PARAMETERS, *DATA))
    if twice := [name for name in given if name in stored]:
        raise ProblemFileError(f'{twice[0]} is given here and in {file_key} = "{file}"; keep one of them.')
    return given | {name: stored[name] for name in names if name in stored}


def _limit(keys: str, numbers: int) -> None:
    if numbers > MAX_DRAWN:
        raise ProblemFileError(f"{keys} ask for {numbers} numbers to be drawn; {MAX_DRAWN} is the most.")
