"""`Problem`, what a problem file says, and reading one."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gatewise.cells import LSTM, Cell
from gatewise.cells.own.cell_file import find_cell
from gatewise.engine.any_cell import state_of
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.support.files import as_path, named, open_input
from gatewise.support.given import brief, has_method
from gatewise.support.options import as_whole
from gatewise.teach.problem import build, writing
from gatewise.teach.problem.cell import cell_of, checked, refuse_another, refuse_equations
from gatewise.teach.problem.draw import MOST_SEED, draw
from gatewise.teach.problem.npz import read_npz
from gatewise.teach.problem.record import ProblemRecord
from gatewise.teach.problem.text import parse_text, read_text
from gatewise.teach.problem.written import ProblemFileError, ProblemSizes, read_number


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Problem(ProblemRecord):
    """What a problem file says, as a `ProblemRecord` has it, and how it is written again."""

    def to_toml(self, arrays: str | None = None) -> str:
        """Write a problem file: reading it gives the same problem.

        Every number is written, by gate where the cell has gates, with its digits where they were given as
        text. So a problem that was drawn becomes one that is given, and has no seed.

        Parameters
        ----------
        arrays : str, optional
            The name of an .npz file that holds the parameters and data instead, as `to_npz` writes it.

        Raises
        ------
        ProblemFileError
            If it would be longer than a problem file may be.
        CellError
            If the cell has what its equations do not tell.
        """
        return writing.toml_of(self, arrays)

    def to_npz(self) -> bytes:
        """Write the parameters and the data as an .npz file, which `weights` and `inputs` can name.

        It has each array by its name, as W, x, label or out0, without the digits of numbers in quotes; of
        another cell than the LSTM also the text `cell`: its name, or its equations.

        Raises
        ------
        CellError
            If the cell has what its equations do not tell.
        """
        return writing.npz_of(self)


def load_problem(
    path: str | PathLike[str] | BinaryIO | None = None,
    *,
    cell: Cell | str | None = None,
    seed: int | None = None,
) -> Problem:
    """Read a problem file; without one, the worked example, or a small problem of another cell.

    Parameters
    ----------
    path : str, Path or open binary file, optional
        Of an open file, such as sys.stdin.buffer, files that it names are looked for in the working folder.
    cell : Cell or str, optional
        The cell that it must be of: a name, or the TOML file of one's own. Without a file, a problem of this
        cell is drawn: two steps, two inputs, one unit (two where out is projected to one number), numbers of
        two decimals.
    seed : int, optional
        From which numbers are drawn, the same ones for the same seed; instead of the file's `seed`. By
        default 0, or what the file says.

    Raises
    ------
    ProblemFileError
        If it cannot be read or used, or is of another cell, or there is a seed and nothing to draw. The
        message names the file and the key.
    CellError
        If there is no such cell.
    """
    asked = None if cell is None else checked(_cell(cell))
    seed = None if seed is None else as_whole("seed", seed, 0, MOST_SEED)
    if path is None and asked not in (None, LSTM):
        return _drawn(asked, seed or 0)
    if path is None:
        if seed is not None:
            raise ProblemFileError(
                f"seed={seed} has no effect: the numbers of the worked example are given. Give another cell "
                "than the lstm, or a file with sizes, whose numbers are drawn."
            )
        source = resources.files("gatewise.teach.problem") / "worked-example.toml"
        return parse_problem(source.read_text(encoding="utf-8"), Path())
    name, folder = _name_and_folder(path)
    try:
        problem = parse_problem(_text_of(path), folder, seed=seed, name=name)
        if asked is not None:
            refuse_another(problem.cell, asked)
    except OSError as error:
        raise ProblemFileError(f"{name} cannot be read: {error.strerror}.") from None
    except ProblemFileError as error:
        raise ProblemFileError(f"{name}: {error}") from None
    return problem


def _text_of(path: str | PathLike[str] | BinaryIO) -> str:
    if not isinstance(path, (str, PathLike)):
        return read_text(path)
    with open_input(Path(path), pipe=True) as file:
        return read_text(file)


def _drawn(cell: Cell, seed: int) -> Problem:
    """Return a small problem of a cell, as a file with drawn numbers would give it."""
    from gatewise.teach.problem.tables import check  # brings pydantic

    params, x, label = draw(cell, seed)
    silent = check({}, cell)  # what a file means that says nothing more
    return Problem(
        params=params, x=x, label=label, state=None, lengths=None, texts={}, seed=seed, title=cell.title,
        learning_rate=silent.learning_rate, settings=silent.worksheet,
    )  # fmt: skip


def _cell(given: Any) -> Cell:
    if isinstance(given, Cell):
        return given
    if not isinstance(given, str):
        raise ArgumentError(
            f"cell is {brief(given)}; it must be a Cell, the name of one, or of its TOML file."
        )
    return find_cell(given)


def _name_and_folder(path: object) -> tuple[str, Path]:
    """Return what messages call the file, and where the files it names are looked for."""
    if isinstance(path, (str, PathLike)):
        if isinstance(path, str) and "\n" in path:
            raise ProblemFileError(f"{brief(path[:30])}… is text; load_problem takes the path of a file.")
        read = as_path("path", path, "a problem file")
        return named(read), read.parent
    if isinstance(path, io.TextIOBase) or not has_method(path, "read"):
        raise ProblemFileError(
            f"path is {brief(path)}; it must be the path of a problem file, or a file opened in binary mode."
        )
    name = getattr(path, "name", "")
    return name if isinstance(name, str) and name and not name.startswith("<") else "standard input", Path()


def parse_problem(text: str, folder: Path, *, seed: int | None = None, name: str = "FILE") -> Problem:
    """Read the text of a problem file; files that it names are looked for in `folder`.

    With a `seed`, numbers are drawn from it, whatever the file says. `name` is the file's in messages.
    """
    from gatewise.teach.problem.tables import check  # brings pydantic: only when there is a file to read

    document = parse_text(text)
    refuse_equations(document, name)
    if seed is not None:
        document["seed"] = seed
    named_files = {key: document[key] for key in ("weights", "inputs") if isinstance(document.get(key), str)}
    files = {key: read_npz(key, folder / file) for key, file in named_files.items()}
    cell = cell_of(document, folder, files)
    table = check(document, cell)
    sizes = ProblemSizes()
    weights = build.weights(table, cell, files, sizes)
    data = build.data(table, cell, files, sizes)
    rate = read_number("learning_rate", table.learning_rate)
    written = {**weights, **data, "learning_rate": rate}
    carried = [data[name].values for name in cell.carried if name in data]
    return Problem(
        params=Params.of({name: weights[name].values for name in cell.parameters}, cell),
        x=data["x"].values,
        label=data["label"].values if "label" in data else None,
        state=state_of(cell)(*carried) if carried else None,
        lengths=data["lengths"].values.astype(np.int64) if "lengths" in data else None,
        learning_rate=float(rate.values),
        texts={name: numbers.texts for name, numbers in written.items() if numbers.texts is not None},
        seed=build.seed(table),
        settings=table.worksheet,
        title=table.title,
    )
