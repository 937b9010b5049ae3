"""What is said before training runs on the reference engine, where nobody asked for it by name."""

from __future__ import annotations

import warnings

from numpy.typing import DTypeLike

from gatewise.cells import Cell
from gatewise.compiled import missing, without_it
from gatewise.engine.passes import resolve
from gatewise.support.arrays import floating


def why_slow(engine: str, dtype: DTypeLike, cell: Cell) -> str:
    """Say that training will be slow, and why; empty where it will not, or where an engine was named."""
    if engine != "auto":
        return ""
    if missing is not None:
        return without_it("trains")
    if resolve("auto", floating("Parameters", dtype), cell) != "reference":
        return ""
    return (
        f"cell {cell.name} has no compiled engine: the reference engine trains it, in NumPy, "
        "2 to 50 times slower than an LSTM of its size, most of all where it is small"
    )


def warn_if_slow(engine: str, dtype: DTypeLike, cell: Cell) -> None:
    """Warn who calls from Python; the command line says it on standard error."""
    if slow := why_slow(engine, dtype, cell):
        warnings.warn(slow, RuntimeWarning, stacklevel=3)
