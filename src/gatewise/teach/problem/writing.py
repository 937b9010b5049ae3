"""Problems written: as a problem file, and as the .npz file that one can name."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells import LSTM
from gatewise.cells.own.writing import cell_toml, is_known, name_or_toml, quoted
from gatewise.teach.problem.record import ProblemRecord
from gatewise.teach.problem.text import LIMIT
from gatewise.teach.problem.written import MISSING, ProblemFileError

WIDEST = 100  # characters of an array that stands on one line


def toml_of(problem: ProblemRecord, arrays: str | None = None) -> str:
    """Write a problem file of a problem; `arrays` names the .npz file that holds its numbers, if one does."""
    written = "\n".join(_lines(problem, arrays)) + "\n"
    if (size := len(written.encode())) > LIMIT.most:
        raise ProblemFileError(
            f"the problem has {size:,} bytes as text, and at most {LIMIT.most:,} are read. Write its arrays "
            'with to_npz() to a file, and name that: to_toml("arrays.npz").'
        )
    return written


def _lines(problem: ProblemRecord, arrays: str | None) -> Iterator[str]:
    cell = problem.cell
    if problem.title is not None:
        yield f"title = {quoted(problem.title)}"
    if is_known(cell) and cell is not LSTM:
        yield f"cell = {quoted(cell.name)}"
    yield f"learning_rate = {_array(np.array(problem.learning_rate), problem.texts.get('learning_rate'))}"
    if arrays is not None:
        yield f"weights = {quoted(arrays)}"
        yield f"inputs = {quoted(arrays)}"
    else:
        yield from _numbers(problem)
    if not is_known(cell):
        yield from ("", "[cell]", cell_toml(cell).rstrip("\n"))
    settings = {name: value for name, value in problem.settings if value is not None}
    if settings:
        yield from ("", "[worksheet]")
        yield from (
            f"{name} = {quoted(value) if isinstance(value, str) else value}"
            for name, value in settings.items()
        )


def _numbers(problem: ProblemRecord) -> Iterator[str]:
    """Write the data, then the parameters: what has no gates first, for nothing can follow a [table]."""
    cell, texts = problem.cell, problem.texts
    for name, array, key in _data(problem):
        yield f"{key} = {_array(array, texts.get(name))}"
    parameters = problem.params.arrays
    for name, array in parameters.items():
        if not cell.parts_of(name):
            yield f"{name} = {_array(array, texts.get(name))}"
    for gate in cell.gates:
        having = [name for name in parameters if gate in cell.parts_of(name)]
        yield from ("", f"[gates.{gate}]")
        for name in having:
            rows = cell.rows_of(name, gate, len(parameters[name]))
            written = texts.get(name)
            yield f"{name} = {_array(parameters[name][rows], None if written is None else written[rows])}"


def _data(problem: ProblemRecord) -> Iterator[tuple[str, NDArray[Any], str]]:
    """Give what the data are called among the texts, their numbers, and their keys in a file."""
    for name in ("x", "label", "lengths"):
        if (array := getattr(problem, name)) is not None:
            yield name, array, name
    if problem.state is not None:
        for name, array in zip(problem.cell.carried, problem.state, strict=True):
            yield name, array, f"{name}0"


def _array(array: NDArray[Any], texts: NDArray[Any] | None) -> str:
    """Write an array as nested lists; `texts` has the digits of those numbers that were given as text."""
    return _nested(array.tolist(), (np.full(array.shape, None) if texts is None else texts).tolist())


def _nested(values: Any, texts: Any) -> str:
    if not isinstance(values, list):
        return _number(values, texts)
    rows = [_nested(row, text) for row, text in zip(values, texts, strict=True)]
    line = f"[{', '.join(rows)}]"
    if len(line) <= WIDEST or not isinstance(values[0], list):
        return line
    return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"


def _number(value: float, text: str | None) -> str:
    if text is not None:
        return quoted(text)
    if math.isnan(value):
        return quoted(MISSING)
    written = repr(value)
    return written if written == "-0.0" else written.removesuffix(".0")


def npz_of(problem: ProblemRecord) -> bytes:
    """Write the arrays of a problem as an .npz file, the same bytes for the same problem."""
    arrays = {**problem.params.arrays, **{key: array for _, array, key in _data(problem)}}
    cell = problem.cell
    if cell is not LSTM:
        arrays["cell"] = np.array(name_or_toml(cell))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # not numpy.savez, for which a parameter `file` is its own
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()
