"""`Problem`, what a problem file says, and reading one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.lstm import PARAMETERS
from gatewise.engine.params import Params
from gatewise.engine.trace import State
from gatewise.support.arrays import FloatArray, IntArray
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


def load_problem(path: str | PathLike[str] | None = None) -> Problem:
    """Read a problem file; without a path, the worked example.

    Raises
    ------
    ProblemFileError
        If it cannot be read or used. The message names the file and the key.
    """
    if path is None:
        source = resources.files("gatewise.teach.problem") / "worked-example.toml"
        return parse_problem(source.read_text(encoding="utf-8"), Path())
    path = Path(path)
    try:
        return parse_problem(read_text(path), path.parent)
    except OSError as error:
        raise ProblemFileError(f"{path} cannot be read: {error.strerror}.") from None
    except ProblemFileError as error:
        raise ProblemFileError(f"{path}: {error}") from None


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
        params=Params(**{name: weights[name].values for name in PARAMETERS}),
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
