"""The keys of a problem file, checked by pydantic, and its complaints in words. written.py reads numbers.

docs/problem-file.md describes the same keys for users; a test compares the two.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from gatewise.engine.params import SCHEMES
from gatewise.teach.problem.written import ProblemFileError, show
from gatewise.teach.worksheet.digits import ROUNDINGS, TIES
from gatewise.teach.worksheet.layout import DETAILS
from gatewise.teach.worksheet.notation import NOTATIONS


def one_of(offered: Iterable[str]) -> AfterValidator:
    """Make a check that a text is one of those that the package itself offers."""
    names = tuple(offered)

    def check(given: str) -> str:
        if given not in names:
            raise PydanticCustomError("literal_error", "", {"expected": ", ".join(names)})
        return given

    return AfterValidator(check)


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


_NEEDED = {
    "int_type": "it must be a whole number",
    "string_type": "it must be text in quotes",
    "list_type": "it must be a list such as [0, 1, 2]",
    "model_type": "it must be a table",
    "float_type": "it must be a number",
    "bool_type": "it must be true or false",
    "dict_type": "it must be a table such as {{delta = 0.5}}",
    "finite_number": "it must be a finite number",
    "greater_than": "it must be above {gt}",
    "less_than": "it must be below {lt}",
    "greater_than_equal": "it must be at least {ge}",
    "literal_error": "choose from {expected}",
}


def check(document: dict[str, Any]) -> ProblemTable:
    """Check the keys and what kind of thing each one holds."""
    try:
        return ProblemTable.model_validate(document)
    except ValidationError as error:
        raise ProblemFileError(in_words(error, ProblemTable, "a problem file")) from None


def in_words(error: ValidationError, table: type[BaseModel], document: str) -> str:
    """Say what is wrong with a document that should be `table`: the first thing only."""
    # An unknown key first: it is often the reason why another is missing.
    first = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
    *path, last = first["loc"]
    key = _dotted(first["loc"])
    if first["type"] == "missing":
        return f"{key} is missing; {_dotted(path)} needs {', '.join(_keys(table, path))}."
    if first["type"] == "extra_forbidden":
        return unknown(key, str(last), _keys(table, path), document)
    needed = _NEEDED.get(first["type"], first["msg"]).format(**first.get("ctx", {}))
    return f"{key} is {show(first['input'])}; {needed}."


def _dotted(path: Iterable[int | str]) -> str:
    """Write a key as TOML does: gates.a.W, and what is no plain name in quotes."""
    return ".".join(str(part) if re.fullmatch(r"[\w-]{1,40}", str(part)) else show(part) for part in path)


def unknown(key: str, name: str, known: Iterable[str], document: str = "a problem file") -> str:
    """Say that a key is not known, and which one was probably meant."""
    spelt = {name.lower(): name for name in known}
    near = difflib.get_close_matches(name.lower(), spelt, n=1)
    hint = f"did you mean {spelt[near[0]]}?" if near else f"known here: {', '.join(spelt.values())}."
    return f"{key} is not a key of {document}; {hint}"


def _keys(table: type[BaseModel], path: Iterable[int | str]) -> Iterator[str]:
    """List the keys that the table at `path` may have."""
    for part in path:
        kind = table.model_fields[str(part)].annotation
        table = next(c for c in (kind, *get_args(kind)) if isinstance(c, type) and issubclass(c, BaseModel))
    yield from table.model_fields
