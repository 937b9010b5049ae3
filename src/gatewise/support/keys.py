"""The keys of a document that pydantic has checked: what is wrong with them, in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import get_args

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from gatewise.support.toml import show

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


def one_of(offered: Iterable[str]) -> AfterValidator:
    """Make a check that a text is one of those that the package itself offers."""
    names = tuple(offered)

    def check(given: str) -> str:
        if given not in names:
            raise PydanticCustomError("literal_error", "", {"expected": ", ".join(names)})
        return given

    return AfterValidator(check)


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


def unknown(key: str, name: str, known: Iterable[str], document: str) -> str:
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
