"""Our own sheets as JSON: each line of the sheet is a claim, in the digits that are displayed."""

from __future__ import annotations

import re
from typing import Any

from gatewise.cells.known.lstm import BY_ID, CARRIED_FACTORS
from gatewise.expression import Array, Expression, Step, Symbol, bind, product
from gatewise.teach.checker.read.cell_letters import CellLetters
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.finder import Finder
from gatewise.teach.checker.read.reading import Printed, Side
from gatewise.teach.checker.read.source import ReadingError
from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.worksheet.render.json import SCHEMA

_PART = re.compile(r"\[(\w+)\]$")  # G2[r] is the line of δU_r
MISSING = "missing"  # what a sheet displays of a label that is not there
FACTS = ("rounding", "ties", "digits")


def is_sheet(data: Any) -> bool:
    """Return whether this JSON is one of our sheets."""
    return isinstance(data, dict) and isinstance(data.get("lines"), list) and "schema" in data


def read_sheet(data: dict[str, Any], text: str, collector: Collector) -> None:
    """Read the lines of a sheet.

    Raises
    ------
    ReadingError
        For a sheet of another schema, whose keys may mean something else, or a line that is no sheet's.
    """
    if data["schema"] != str(SCHEMA):  # numbers of JSON are read as text, for their digits
        raise ReadingError(
            f"the sheet has schema {str(data['schema'])[:40]}; "
            f"this version of gatewise reads schema {SCHEMA}. "
            "Make the sheet again, or check it with that version."
        )
    for fact in FACTS:
        if isinstance(data.get(fact), str):
            collector.facts[fact] = data[fact]
    finder = Finder(text)
    finder.find('"lines"')
    for number, line in enumerate(data["lines"], 1):
        try:
            _line(line, finder, collector)
        except ReadingError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ReadingError(
                f"line {number} of the sheet is not as a sheet has it: {str(line)[:80]}"
            ) from None


def _line(line: dict[str, Any], finder: Finder, collector: Collector) -> None:
    start, end = finder.quoted(line["id"])
    collector.update = int(line["update"])
    left = _left(line["symbol"], line["t"], line["id"], collector.letters)
    sides: list[Side] = []
    shape, displayed = [int(n) for n in line["shape"]], line["displayed"]
    collector.count(len(displayed))
    _, numbers_start = finder.find('"displayed":')
    numbers: list[Expression] = [_number(text, finder, collector) for text in displayed]
    numbers_end = finder.at
    formulas: list[list[Token]] = []
    for key in ("formula", "substituted"):
        if line[key] is not None:
            first, last = finder.quoted(line[key])
            formulas.append(list(tokens(finder.text, first, last)))
    sides = collector.sides([side for side in formulas if side])
    if all(text == MISSING or text.lstrip("-")[:1].isdigit() for text in displayed) and numbers:
        tree = _tree(numbers, shape)
        sides.append(collector.side(tree, numbers_start, numbers_end))
    collector.add_claim(left, start, end, sides, line["id"])


def _left(symbol: str, t: str | None, id: str, letters: CellLetters | None) -> Expression:
    """Return the quantity of a line worked out at step `t`; that of B8 belongs to the step before."""
    step = None if t is None else Step("", int(t))
    if letters is not None:
        return _of_cell(symbol, step, id, letters)
    if symbol == "carried" and step is not None:
        return product("hadamard", *(bind(factor, step.offset - 1) for factor in CARRIED_FACTORS))
    if step is not None and id.startswith("B8@"):
        return bind(BY_ID["B8"].left, step.offset)
    return Symbol(symbol.removesuffix("_new"), step=step, new=symbol.endswith("_new"))


def _of_cell(symbol: str, step: Step | None, id: str, letters: CellLetters) -> Symbol:
    """Return the quantity of a line of another cell; the line's id names a gate's part of a gradient."""
    name, new = symbol.removesuffix("_new"), symbol.endswith("_new")
    if step is not None and name.startswith("delta_") and id.startswith("B"):
        step = Step("", step.offset - 1)
    part = _PART.search(id)
    parted = name in letters.quantities.by_part and id.startswith("G") and part
    return Symbol(name, part[1] if parted and part else "", step, new=new)


def _number(text: str, finder: Finder, collector: Collector) -> Expression:
    """Return an entry: a number, or the word for a label that is not there."""
    start, end = finder.quoted(text)
    return Symbol(MISSING) if text == MISSING else Printed(text, 0, collector.source.place(start, end))


def _tree(numbers: list[Expression], shape: list[int]) -> Expression:
    if len(numbers) == 1:
        return numbers[0]
    width = shape[1] if len(shape) > 1 else 1
    return Array(tuple(tuple(numbers[k : k + width]) for k in range(0, len(numbers), width)))
