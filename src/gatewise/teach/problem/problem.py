"""`Problem`, what a problem file says, and reading one."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.known.lstm import PARAMETERS
from gatewise.engine.params import Params
from gatewise.engine.trace import State
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.files import as_path, named, open_input
from gatewise.support.given import brief, has_method
from gatewise.support.reprs import short_repr
from gatewise.teach.problem import build
from gatewise.teach.problem.text import parse_text, read_text
from gatewise.teach.problem.written import ProblemFileError, ProblemSizes, read_number

if TYPE_CHECKING:
    from gatewise.teach.problem.tables import Settings


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """What a problem file says, in float64.

    Attributes
    ----------
    x, label : array (N, T, D) and (N, T, H), or (T, D) and (T, H) for a single sequence
        Label is NaN where it is missing, and None if there is none at all.
    state : State
        The initial out and state, (N, H) each, or (H,); None for zeros.
    texts : dict of object arrays
        For W, U, b, x, label, out, state and learning_rate, as far as they hold numbers in quotes: the text
        of each such number, None for the others.
    seed : int or None
        From which the weights or the data were drawn; None if all are given.
    settings : Settings
        The [worksheet] table.
    """

    params: Params
    x: FloatArray
    label: FloatArray | None
    state: State | None
    lengths: IntArray | None
    learning_rate: float
    texts: dict[str, NDArray[Any]]
    seed: int | None
    settings: Settings
    title: str | None

    def __repr__(self) -> str:
        label = None if self.label is None else self.label.shape
        return short_repr(self, repr(self.params), x=self.x.shape, label=label, title=self.title)


def load_problem(path: str | PathLike[str] | BinaryIO | None = None) -> Problem:
    """Read a problem file; without one, the worked example.

    Parameters
    ----------
    path : str, Path or open binary file, optional
        Of an open file, such as sys.stdin.buffer, .npz files are looked for in the working folder.

    Raises
    ------
    ProblemFileError
        If it cannot be read or used. The message names the file and the key.
    """
    if path is None:
        source = resources.files("gatewise.teach.problem") / "worked-example.toml"
        return parse_problem(source.read_text(encoding="utf-8"), Path())
    name, folder = _name_and_folder(path)
    try:
        if not isinstance(path, (str, PathLike)):
            return parse_problem(read_text(path), folder)
        with open_input(Path(path), pipe=True) as file:
            text = read_text(file)
        return parse_problem(text, folder)
    except OSError as error:
        raise ProblemFileError(f"{name} cannot be read: {error.strerror}.") from None
    except ProblemFileError as error:
        raise ProblemFileError(f"{name}: {error}") from None


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


def parse_problem(text: str, folder: Path) -> Problem:
    """Read the text of a problem file; .npz files that it names are looked for in `folder`."""
    from gatewise.teach.problem.tables import check  # brings pydantic: only when there is a file to read

    table = check(parse_text(text))
    sizes = ProblemSizes()
    weights = build.weights(table, folder, sizes)
    data = build.data(table, folder, sizes)
    rate = read_number("learning_rate", table.learning_rate)
    written = {**weights, **data, "learning_rate": rate}
    return Problem(
        params=Params.of({name: weights[name].values for name in PARAMETERS}),
        x=data["x"].values,
        label=data["label"].values if "label" in data else None,
        state=State(data["out"].values, data["state"].values) if "out" in data else None,
        lengths=data["lengths"].values.astype(np.int64) if "lengths" in data else None,
        learning_rate=float(rate.values),
        texts={name: numbers.texts for name, numbers in written.items() if numbers.texts is not None},
        seed=build.seed(table),
        settings=table.worksheet,
        title=table.title,
    )
