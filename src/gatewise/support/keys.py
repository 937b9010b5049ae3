"""The keys of a document and what is wrong with them, in words: unknown ones, near ones, wrong values.

Documents are checked by pydantic; what it complains of is said here as a person would.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from gatewise.support.given import one_line
from gatewise.support.toml import show

LIKE = 0.8  # of a key that stands under the wrong table: gates.forget is no forget_bias
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
    "less_than_equal": "it must be at most {le}",
    "literal_error": "choose from {expected}",
}


def one_of(offered: Iterable[str], reason: str = "") -> AfterValidator:
    """Make a check that a text is one of those that the package offers; `reason`: why there are no more."""
    names = tuple(offered)

    def check(given: str) -> str:
        if given not in names:
            raise PydanticCustomError("literal_error", "", {"expected": ", ".join(names) + reason})
        return given

    return AfterValidator(check)


def fault_in(kind: Any, document: Mapping[str, Any]) -> str | None:
    """Say what of a document of a file of ours is not of its kind, where and why; None if it is.

    It is read as JSON, in which a list is a tuple's and a table a record's, and yet no text is a number.
    """
    try:
        TypeAdapter(kind).validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"]) or "all of it"
        return f"{place}: {one_line(first['msg'])}"
    except (ValueError, RecursionError) as error:
        return f"all of it: {one_line(error)}"
    return None


def in_words(error: ValidationError, table: type[BaseModel], document: str) -> str:
    """Say what is wrong with a document that should be `table`: the first thing only."""
    # An unknown key first: it is often the reason why another is missing.
    first = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
    *path, last = first["loc"]
    key = _dotted(first["loc"])
    if first["type"] == "missing":
        return f"{key} is missing; {_dotted(path)} needs {', '.join(_keys(table, path))}."
    if first["type"] == "extra_forbidden":
        here = list(_keys(table, path))
        moved = _elsewhere(table, path, str(last), exact=True)
        if not moved and not nearest(str(last), here):
            moved = _elsewhere(table, path, str(last), exact=False)
        return (
            f"{key} is not a key of {document}; {moved}" if moved else unknown(key, str(last), here, document)
        )
    needed = _NEEDED.get(first["type"], first["msg"]).format(**first.get("ctx", {}))
    return f"{key} is {show(first['input'])}; {needed}."


def _dotted(path: Iterable[int | str]) -> str:
    """Write a key as TOML does: gates.a.W, and what is no plain name in quotes."""
    return ".".join(str(part) if re.fullmatch(r"[\w-]{1,40}", str(part)) else show(part) for part in path)


def unknown(key: str, name: str, known: Collection[str], document: str) -> str:
    """Say that a key is not known, and which one was probably meant."""
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"known here: {', '.join(known)}."
    return f"{key} is not a key of {document}; {hint}"


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str:
    """Return the key that was probably meant, or ""; `least` is how like it must be, from 0 to 1."""
    spelt = {name.lower(): name for name in known}
    near = difflib.get_close_matches(name.lower(), spelt, n=1, cutoff=least)
    return spelt[near[0]] if near else ""


def _elsewhere(table: type[BaseModel], path: list[int | str], name: str, *, exact: bool) -> str:
    """Say where a key belongs that stands under the wrong [table], or ""."""
    near = nearest(name, table.model_fields, LIKE) if path else ""
    if near and (near == name or not exact):
        return ("" if near == name else f"did you mean {near}? ") + under_a_table(path)
    for other, field in table.model_fields.items():
        inner = _table_of(field.annotation)
        if inner is not None and other not in path and name in inner.model_fields:
            return f"it belongs to the table [{other}]: write it below that line."
    return ""


def under_a_table(path: list[int | str]) -> str:
    """Say of a key that belongs to no table where it stands: what follows a [table] is in it."""
    return (
        f"it stands under [{_dotted(path)}] and belongs to no table: move it to the top, above [{path[0]}]."
    )


def _keys(table: type[BaseModel], path: Iterable[int | str]) -> Iterator[str]:
    """List the keys that the table at `path` may have."""
    for part in path:
        inner = _table_of(table.model_fields[str(part)].annotation)
        assert inner is not None
        table = inner
    yield from table.model_fields


def _table_of(annotation: Any) -> type[BaseModel] | None:
    """Return the table that a key holds, None if it holds something else."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
