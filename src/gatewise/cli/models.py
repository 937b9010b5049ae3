"""A model that a command is given: a problem file, or any file of weights that `gatewise.convert` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.streams import tell


def is_of_weights(path: Path | None) -> bool:
    """Say whether a path is one of a run or of a file of weights, and not of a problem file."""
    from gatewise.convert import FORMATS

    if path is None:
        return False
    if path.is_dir():
        return (path / "config.toml").exists()  # as every run has from its start
    rows = [row for key, row in FORMATS.items() if key != "toml" and row.reads]
    return any(path.name.lower().endswith(row.suffixes) for row in rows)


def params_of(path: Path, layer: int | None, reverse: bool) -> Any:
    """Return the parameters of one cell of a file of weights, in float64."""
    from gatewise.convert import read
    from gatewise.convert.problem_file import cell_of

    opened = read(path)
    _tell(path, opened.notes)
    return cell_of(opened, layer, reverse)[0].astype("float64")


def problem_of(path: Path, layer: int | None, reverse: bool, inputs: Path | None) -> Any:
    """Return a problem of one cell of a file of weights, on the data of an .npz file or on drawn ones."""
    from gatewise.convert import problem_file, read
    from gatewise.teach.problem.npz import read_npz

    opened = read(path)
    data: dict[str, Any] | None = None
    if inputs is not None:
        stored = read_npz("--inputs", inputs)
        if "x" not in stored.arrays:
            raise GatewiseError(f"{inputs} has no x (T, D): it has {', '.join(stored.arrays) or 'nothing'}.")
        data = {name: stored.arrays[name] for name in ("x", "label", "lengths") if name in stored.arrays}
    problem, notes = problem_file.problem_of(opened, layer, reverse, data)
    _tell(path, (*opened.notes, *notes))
    return problem


def refuse_of_weights(given: dict[str, Any], why: str) -> None:
    """Refuse options that only one of the two kinds of file has a use for."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise ArgumentError(f"{name}: {why}")


def _tell(path: Path, notes: tuple[str, ...]) -> None:
    for note in notes:
        tell(f"gatewise: {path}: {note}.")
