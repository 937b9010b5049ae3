"""The keys of a problem file, checked by pydantic, and its complaints in words. written.py reads numbers.

docs/problem-file.md describes the same keys for users; a test compares the two.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatewise.engine.schemes import SCHEMES
from gatewise.support.keys import in_words, one_of
from gatewise.teach.problem.written import ProblemFileError
from gatewise.teach.worksheet.digits import ROUNDINGS, TIES
from gatewise.teach.worksheet.layout.layout import DETAILS
from gatewise.teach.worksheet.layout.notation import NOTATIONS


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Gate(_Table):
    """[gates.a]: the weights of one gate, read as numbers later."""

    W: Any
    U: Any
    b: Any


class Gates(_Table):
    """[gates]: one table for each gate."""

    a: Gate
    i: Gate
    f: Gate
    o: Gate


class Settings(_Table):
    """[worksheet]: what the sheet shows and how. None leaves it to `gatewise.worksheet`."""

    digits: int | None = None
    rounding: Annotated[str, one_of(ROUNDINGS)] | None = None
    ties: Annotated[str, one_of(TIES)] | None = None
    detail: Annotated[str, one_of(DETAILS)] | None = None
    notation: Annotated[str, one_of(NOTATIONS)] | None = None
    updates: int | None = None
    batch: int | None = None
    steps: list[int] | None = None
    units: list[int] | None = None
    max_lines: int | None = None


class ProblemTable(_Table):
    """The whole file. Which keys go together is decided in build.py."""

    title: str | None = None
    # The weights: for each gate, stacked, from a file, or drawn.
    gates: Gates | None = None
    W: Any = None
    U: Any = None
    b: Any = None
    weights: str | None = None
    input_size: int | None = Field(None, ge=1)
    hidden_size: int | None = Field(None, ge=1)
    scheme: Annotated[str, one_of(SCHEMES)] | None = None
    forget_bias: Any = None
    # The data: given, from a file, or drawn.
    x: Any = None
    label: Any = None
    lengths: Any = None
    out0: Any = None
    state0: Any = None
    inputs: str | None = None
    steps: int | None = Field(None, ge=1)
    sequences: int | None = Field(None, ge=1)

    seed: int | None = Field(None, ge=0)
    learning_rate: Any = 0.1
    worksheet: Settings = Settings()


def check(document: dict[str, Any]) -> ProblemTable:
    """Check the keys and what kind of thing each one holds."""
    try:
        return ProblemTable.model_validate(document)
    except ValidationError as error:
        raise ProblemFileError(in_words(error, ProblemTable, "a problem file")) from None
