"""Weights and data from the keys of a problem file: given, in .npz files, or drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.cells import Cell
from gatewise.engine.params import Params
from gatewise.errors import GatewiseError
from gatewise.support.arrays import FloatArray
from gatewise.support.given import listed
from gatewise.teach.problem.npz import Stored
from gatewise.teach.problem.written import (
    ProblemFileError,
    ProblemSizes,
    WrittenArray,
    read,
    read_number,
    stack,
)

if TYPE_CHECKING:
    from gatewise.teach.problem.tables import ProblemTable

MAX_DRAWN = 10_000_000  # numbers: 80 MB; more is a typo
DRAW_WEIGHTS = ("input_size", "hidden_size", "output_size", "scheme", "forget_bias")
DRAW_DATA = ("steps", "sequences")


def data_names(cell: Cell) -> tuple[str, ...]:
    """Return what the data of a problem are called: x, label, lengths, and what a cell carries, at first."""
    return ("x", "label", "lengths", *(f"{name}0" for name in cell.carried))


def seed(table: ProblemTable) -> int | None:
    """Return the seed of what is drawn; None if nothing is."""
    return (table.seed or 0) if _set(table, (*DRAW_WEIGHTS, *DRAW_DATA)) else None


# The weights ------------------------------------------------------------------------------------------------


def weights(
    table: ProblemTable, cell: Cell, files: Mapping[str, Stored], sizes: ProblemSizes
) -> dict[str, WrittenArray]:
    """Return the parameters of a cell, W (4H, D) and so on, from the one way in which the file gives them."""
    by_gate = _set(table, ("gates",))
    beside = [name for name in cell.parameters if not (by_gate and cell.parts_of(name))]
    whole = [name for name in cell.parameters if not by_gate or name not in beside]
    ways = {
        "gates": by_gate,
        "given": _set(table, (*whole, "weights")),
        "drawn": _set(table, DRAW_WEIGHTS),
    }
    used = [keys[0] for keys in ways.values() if keys]
    if len(used) > 1:
        raise ProblemFileError(f"{' and '.join(used)} both say what the weights are; keep one of them.")
    if by_gate:
        return _weights_by_gate(table, cell, beside, sizes)
    if ways["given"]:
        given = _gather(table, cell, tuple(cell.parameters), "weights", files)
        return _weights_stacked(given, cell, tuple(cell.parameters), sizes)
    if ways["drawn"]:
        return _weights_drawn(table, cell, sizes)
    raise ProblemFileError(
        f"there are no weights. Give {_ways(cell)}; or "
        f'weights = "weights.npz"; or input_size and hidden_size to draw them.'
    )


def _ways(cell: Cell) -> str:
    """Say how the parameters of a cell may be written."""
    gates = cell.gates
    if not gates:
        return listed(cell.parameters)
    parted = [name for name in cell.parameters if cell.parts_of(name)]
    beside = [name for name in cell.parameters if not cell.parts_of(name)]
    tables = f"[gates.{gates[0]}] to [gates.{gates[-1]}]" if len(gates) > 1 else f"[gates.{gates[0]}]"
    more = f", and {listed(beside)} above them" if beside else ""
    return f"{tables} with {listed(parted)}{more}; or {listed(cell.parameters)} stacked"


def _vectors_first(cell: Cell, names: Sequence[str]) -> list[str]:
    """Return names in the order in which they are read: the length of a vector is H, or so many times H."""
    return sorted(names, key=lambda name: len(cell.parameters[name]))


def _weights_by_gate(
    table: ProblemTable, cell: Cell, beside: Sequence[str], sizes: ProblemSizes
) -> dict[str, WrittenArray]:
    rows: dict[str, dict[str, WrittenArray]] = {name: {} for name in cell.parameters if name not in beside}
    for gate in cell.gates:
        for name in _vectors_first(cell, [name for name in rows if gate in cell.parts_of(name)]):
            key = f"gates.{gate}.{name}"
            letters = ["H", *cell.parameters[name][1:]]
            rows[name][gate] = sizes.fit(key, read(key, getattr(getattr(table.gates, gate), name)), letters)
    stacked = {name: stack([parts[gate] for gate in cell.parts_of(name)]) for name, parts in rows.items()}
    given = {name: getattr(table, name) for name in _set(table, beside)}
    return stacked | _weights_stacked(given, cell, beside, sizes, " above [gates]")


def _weights_stacked(
    given: dict[str, Any], cell: Cell, names: Sequence[str], sizes: ProblemSizes, where: str = ""
) -> dict[str, WrittenArray]:
    if absent := [name for name in names if name not in given]:
        together = f"; {listed(names)} are needed together" if len(names) > 1 else f"; it is needed{where}"
        raise ProblemFileError(f"{' and '.join(absent)} missing{together}.")
    found: dict[str, WrittenArray] = {}
    for name in _vectors_first(cell, names):
        letters, gates = cell.parameters[name], cell.parts_of(name)
        found[name] = sizes.fit(name, read(name, given[name]), letters, gates)
        rows = letters[0]
        if rows.endswith("H") and rows != "H":
            H, rest = divmod(sizes[rows], int(rows.removesuffix("H")))
            if rest:
                what = "numbers" if len(letters) == 1 else "rows"
                raise ProblemFileError(
                    f"{name} has {sizes[rows]} {what}; it must have {rows}, the same number for each gate "
                    f"{', '.join(gates)}."
                )
            sizes.learn("H", H, name)
    return found


def _weights_drawn(table: ProblemTable, cell: Cell, sizes: ProblemSizes) -> dict[str, WrittenArray]:
    D, H = table.input_size, table.hidden_size
    if D is None or H is None:
        raise ProblemFileError(
            f"{'input_size' if D is None else 'hidden_size'} is missing; drawing weights takes both."
        )
    Q = getattr(table, "output_size", None)
    lengths = {"D": D, "H": H, "Q": H if Q is None else Q}
    shapes = [
        [int(axis[:-1] or 1) * lengths[axis[-1]] for axis in letters] for letters in cell.parameters.values()
    ]
    _limit("input_size and hidden_size", sum(math.prod(shape) for shape in shapes))
    for letter, size in lengths.items():
        key = {"D": "input_size", "H": "hidden_size"}.get(
            letter, "hidden_size" if Q is None else "output_size"
        )
        sizes.learn(letter, size, key)
    options: dict[str, Any] = {"seed": table.seed or 0, "scheme": table.scheme or "uniform"}
    if table.forget_bias is not None:
        options["forget_bias"] = float(read_number("forget_bias", table.forget_bias).values)
    try:
        params = Params.init(D, H, cell=cell, output_size=Q, dtype=np.float64, **options)
    except GatewiseError as error:  # no forget gate
        raise ProblemFileError(str(error)) from None
    return {name: WrittenArray(array) for name, array in params.arrays.items()}


# The data ---------------------------------------------------------------------------------------------------


def data(
    table: ProblemTable, cell: Cell, files: Mapping[str, Stored], sizes: ProblemSizes
) -> dict[str, WrittenArray]:
    """Return x, and of label, lengths, out and state, or what else is carried, those that are there."""
    given = _gather(table, cell, data_names(cell), "inputs", files)
    drawn = _set(table, DRAW_DATA)
    if table.seed is not None and not drawn and table.hidden_size is None:
        raise ProblemFileError("seed has no effect: the weights and x are given, so nothing is drawn.")
    if drawn and (both := {"x", "label", "lengths"} & set(given)):
        raise ProblemFileError(f"{drawn[0]} draws x and label, but {min(both)} is given; keep one of them.")
    if drawn:
        given |= _drawn_data(table, cell, sizes)
    if "x" not in given:
        raise ProblemFileError(
            "x is missing. Give x = [[…], …], one row for each time step; or inputs = "
            '"data.npz"; or steps = 5 to draw it.'
        )
    x = read("x", given["x"])
    batch = ["N"] if x.values.ndim == 3 else []
    data = {"x": sizes.fit("x", x, [*batch, "T", "D"])}
    if "label" in given:
        letters = [*batch, "T", cell.size_of("out")]
        data["label"] = sizes.fit("label", read("label", given["label"], missing=True), letters)
    if "lengths" in given:
        data["lengths"] = _lengths(given["lengths"], sizes, data["x"].values.shape)
    if any(f"{name}0" in given for name in cell.carried):
        for name in cell.carried:
            key, letter = f"{name}0", cell.size_of(name)
            zeros = np.zeros((*data["x"].values.shape[:-2], sizes[letter]))
            data[name] = sizes.fit(key, read(key, given.get(key, zeros)), [*batch, letter])
    return data


def _drawn_data(table: ProblemTable, cell: Cell, sizes: ProblemSizes) -> dict[str, FloatArray]:
    """Draw x and label uniform in ±1, with two decimals so that a person can work with them."""
    if table.steps is None:
        raise ProblemFileError(
            "steps is missing; sequences only says how many sequences of so many steps to draw."
        )
    shape = (table.steps,) if table.sequences is None else (table.sequences, table.steps)
    lengths = {"x": sizes["D"], "label": sizes[cell.size_of("out")]}
    _limit(" and ".join(_set(table, DRAW_DATA)), math.prod(shape) * sum(lengths.values()))
    rng = np.random.default_rng([table.seed or 0, 1])  # another stream than the weights'
    return {name: rng.uniform(-1, 1, (*shape, length)).round(2) for name, length in lengths.items()}


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


def _gather(
    table: ProblemTable, cell: Cell, names: Sequence[str], file_key: str, files: Mapping[str, Stored]
) -> dict[str, Any]:
    """Take the arrays called `names` from the problem file itself and from the .npz file that it names."""
    given = {name: getattr(table, name) for name in _set(table, names)}
    if file_key not in files:
        return given
    stored = files[file_key]
    stored.check_names((*cell.parameters, *data_names(cell)))
    if twice := [name for name in given if name in stored.arrays]:
        file = getattr(table, file_key)
        raise ProblemFileError(f'{twice[0]} is given here and in {file_key} = "{file}"; keep one of them.')
    return given | {name: stored.arrays[name] for name in names if name in stored.arrays}


def _limit(keys: str, numbers: int) -> None:
    if numbers > MAX_DRAWN:
        raise ProblemFileError(f"{keys} ask for {numbers} numbers to be drawn; {MAX_DRAWN} is the most.")
