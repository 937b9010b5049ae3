"""Claims as data: `quantity = value` in TOML, JSON or CSV, the values as strings, for their digits matter.

A quantity is named in ASCII, d_state@t=0, W_a, d_W[a,0]; a value is a number, a list of them, a list of rows,
or a chain in a string: "0.53631 - 0.5 = 0.03631".
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from gatewise.support.toml import TomlError, parse_toml
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.finder import Finder
from gatewise.teach.checker.read.source import ReadingError
from gatewise.teach.checker.read.tokens.lexer import Token, tokens

_AT = re.compile(r"@\s*t\s*=\s*(-?[0-9]{1,7})")
_UPDATE = re.compile(r"#([0-9]{1,4})$")
MAX_LEVELS = 2  # a matrix is a list of lists


def read_toml(text: str, name: str, collector: Collector) -> None:
    """Read the table [claims], or the whole file if there is none."""
    try:
        data = parse_toml(
            text,
            longest_key="claims.d_state",
            deepest="a matrix, the deepest, is a list of lists",
            parse_float=str,
        )
    except TomlError as error:
        raise ReadingError(f"{name}: {error}") from None
    read_table(data, text, name, collector)


def read_table(data: Any, text: str, name: str, collector: Collector) -> None:
    """Read claims from a table of TOML or JSON."""
    claims = data.get("claims", data) if isinstance(data, dict) else None
    whole = claims is data
    if isinstance(claims, dict) and isinstance(claims.get("cell"), str):  # says whose quantities they are
        claims = {quantity: value for quantity, value in claims.items() if quantity != "cell"}
    if not isinstance(claims, dict):
        raise ReadingError(
            f'{name} has no claims: give each quantity a value, {{"claims": {{"d_state@t=0": "-0.05349"}}}}.'
        )
    if whole and ({"input_size", "hidden_size"} <= data.keys() or {"gates", "weights"} & data.keys()):
        raise ReadingError(
            f"{name} is a problem file, which has nothing to check: gatewise work {name} works it out, and "
            "gatewise check DOCUMENT --model takes from it what a document does not give."
        )
    finder = Finder(text)
    if not whole:
        finder.find("claims")
    for quantity, value in claims.items():
        start, end = finder.find(quantity)
        found = _value(value, finder, quantity, name, 0)
        _claim(quantity, start, end, found, collector)


def read_csv(text: str, name: str, collector: Collector) -> None:
    """Read rows `quantity,value`; a first row with these titles is left out."""
    finder = Finder(text)
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            if len(row) < 2 or [cell.strip().lower() for cell in row[:2]] == ["quantity", "value"]:
                continue
            start, end = finder.find(row[0])
            first, last = finder.find(row[1])
            _claim(row[0], start, end, list(tokens(text, first, last)), collector)
    except csv.Error as error:
        raise ReadingError(f"{name} is not CSV: {error}.") from None


def _claim(quantity: str, start: int, end: int, value: list[Token], collector: Collector) -> None:
    name = _AT.sub(r"[\1]", quantity.strip())
    update = _UPDATE.search(name)
    collector.update = int(update[1]) if update else 1
    name = _UPDATE.sub("", name)
    base, _, step = name.partition("[")
    if "]" in step and step.count("[") == 1:  # W[a,0] needs no step; x[1]@t=0 names its step last
        first, _, second = step.partition("][")
        name = f"{base}[{second.rstrip(']')},{first}]" if second else name
    left = [Token(t.kind, t.text, start, end, t.gap) for t in tokens(name, 0, len(name))]
    collector.add_tokens([*left, Token("equals", "=", end, end), *value], quantity.strip())


def _value(value: Any, finder: Finder, quantity: str, name: str, level: int) -> list[Token]:
    """Return the tokens of a value: those of a string, or a matrix of those of a list."""
    if isinstance(value, list) and level < MAX_LEVELS:
        start = finder.at
        rows: list[Token] = [Token("open", "[", start, start)]
        for k, entry in enumerate(value):
            if k:
                rows.append(Token("comma" if level else "row", ",", finder.at, finder.at))
            found = _value(entry, finder, quantity, name, level + 1)
            inner = isinstance(entry, list)
            rows += found[1:-1] if inner else found
        return [*rows, Token("close", "]", finder.at, finder.at)]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ReadingError(
            f'{name}: {quantity} is {str(value)[:40]!r}; a value is a string, "-0.05349", or a list of them.'
        )
    start, end = finder.find(str(value))
    return list(tokens(finder.text, start, end))
