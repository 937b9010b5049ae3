"""The arrays of a layer: which there are, D, H and Q of them, and the shapes of those that are to be made."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from gatewise.cells.cell import Cell
from gatewise.errors import ArgumentError, ShapeError
from gatewise.support.arrays import FloatArray, is_count
from gatewise.support.given import brief, listed

LARGEST_SIZE = 2**28  # of D and H: with more, sizes in bytes are no numbers that NumPy has


def by_name(cell: Cell, arrays: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """Return the arrays in the order of the cell, if those are there that it has."""
    missing = [name for name in cell.parameters if name not in arrays]
    unknown = [name for name in arrays if name not in cell.parameters]
    if missing or unknown:
        said = f"{listed(missing)} missing" if missing else f"there is no {unknown[0]}"
        raise ArgumentError(
            f"cell {cell.name} has the parameters {', '.join(cell.parameters)}, given by name: {said}."
        )
    return {name: arrays[name] for name in cell.parameters}


def sizes_of(cell: Cell, arrays: Mapping[str, FloatArray]) -> dict[str, int]:
    """Return D, H and Q of arrays that fit together."""
    sizes: dict[str, int] = {}
    fine = True
    for name, letters in cell.parameters.items():
        shape = arrays[name].shape
        fine = fine and len(shape) == len(letters)
        for axis, length in zip(letters, shape, strict=False):
            rows = int(axis.removesuffix("H") or 1) if axis.endswith("H") else 1
            fine = fine and length > 0 and length % rows == 0
            fine = fine and sizes.setdefault(axis[-1], length // rows) == length // rows
    if not fine:
        given = ", ".join(f"{name} is {array.shape}" for name, array in arrays.items())
        needed = ", ".join(_tuple(letters) for letters in cell.parameters.values())
        used = sorted({axis[-1] for letters in cell.parameters.values() for axis in letters})
        counts, gates = ("no", "one", "two", "three", "four"), cell.gates
        count = counts[len(gates)] if len(gates) < len(counts) else len(gates)
        order = f": the rows of the {count} gates {', '.join(gates)}, in this order" if len(gates) > 1 else ""
        raise ShapeError(f"{given}; they must be {needed} with {listed(used)} at least 1{order}.")
    return sizes


def _tuple(letters: tuple[str, ...]) -> str:
    return f"({', '.join(letters)}{',' * (len(letters) == 1)})"


def shapes_of(
    cell: Cell, input_size: int, hidden_size: int, output_size: int | None = None
) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter; the sizes are checked to be at least 1."""
    sizes = {"D": input_size, "H": hidden_size, "Q": hidden_size if output_size is None else output_size}
    names = {"D": "input_size", "H": "hidden_size", "Q": "output_size"}
    for letter, size in sizes.items():
        if not is_count(size) or size > LARGEST_SIZE:
            raise ArgumentError(
                f"{names[letter]} is {brief(size)}; it must be a whole number of at least 1, at most "
                f"{LARGEST_SIZE:,}."
            )
    projects = any("Q" in letters for letters in cell.parameters.values())
    if output_size is not None and not projects and output_size != hidden_size:
        raise ArgumentError(
            f"output_size={output_size}: cell {cell.name} does not project its output; out has H entries."
        )
    return {
        name: tuple(int(axis[:-1] or 1) * int(sizes[axis[-1]]) for axis in letters)
        for name, letters in cell.parameters.items()
    }
