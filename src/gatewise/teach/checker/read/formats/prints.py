"""What programs print: `c_0 = 0.9999`, `h: [0.1111]`, `array([[0.9999], [0.1234]])`, `tensor([0.5])`.

An array printed for a name without a step holds one row for each step, if the document gives the input for so
many steps and its shape leaves no other way; else it is a vector, if it has the length of one. What it is
cannot be told otherwise, and it is only counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gatewise.expression import Array, Expression, Step, Symbol
from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.grammar.parser import parse
from gatewise.teach.checker.read.grammar.stream import CannotRead
from gatewise.teach.checker.read.tokens.lexer import Token, tokens

_NAME = r"[^\W\d_][\w\u0302-\u0304]{0,24}(?:\[-?[0-9]{1,4}\]|\(-?[0-9]{1,4}\)|'|′|~)?"
_NUMBER = r"[-−+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_WRAPPED = r"(?:np\.|numpy\.|torch\.|jnp\.)?(?:array|tensor|Array|matrix|float32|float64)\("
_PATH = r"(?:[A-Za-z]\w{0,24}\.){0,3}"  # lstm. before weight_ih_l0
_PARAMETER = r"(?:Parameter containing:[ \t]*\n[ \t]*)?"  # as torch says of its weights
_ENTRY = re.compile(
    rf"(?:(?<![\w.])(?P<quote>[\"']?){_PATH}(?!containing:)(?P<name>{_NAME})(?P=quote)[ \t]*(?:=|:|≈)"
    rf"(?:[ \t]*\n(?=[ \t]*{_PARAMETER}(?:{_WRAPPED}|\[)))?"
    rf"|(?m:^)[ \t]*{_PATH}(?P<alone>{_NAME})"
    rf"(?=[ \t]+(?:{_WRAPPED}|\[|{_NUMBER}[ \t]*(?m:$))|[ \t]*\n[ \t]*{_PARAMETER}(?:{_WRAPPED}|\[\[))\s*)"
    rf"[ \t]*{_PARAMETER}(?P<value>{_WRAPPED}|\[|{_NUMBER})"
)
# A name on a line of its own, with its array below.
_HEADS_ARRAY = re.compile(rf"\s*{_PATH}(?P<name>{_NAME})[ \t]*(?P<sign>[=:≈]?)[ \t]*")
_BEGINS_ARRAY = re.compile(rf"\s*(?:Parameter containing:|{_WRAPPED}|\[)")
_ENTRIES = re.compile(
    rf"(?<![\w.])(?P<quote>[\"']?){_NAME}(?P=quote)[ \t]*(?:=|:|≈)[ \t]*{_NUMBER}(?![\w·*/(])"
)
_LABELLED = re.compile(
    rf"[^\W\d_][^\W\d_ ,'-]+(?:[ ,'-]+[^\W\d_]{{2,}}){{0,5}}[ \t]+(?={_NAME}[ \t]*[=:≈][ \t]*{_NUMBER}\s*\Z)"
)
_STEP_LABEL = re.compile(
    r"\s*(?:t|(?:time ?)?step|schritt)\s*[=:]?\s*-?[0-9]{1,4}\s*[:,;|)\s-]\s*", re.IGNORECASE
)
_STEP_OF_VALUES = re.compile(
    r"[-=#*\s]*(?:t\s*=|(?:time ?)?step\s*[=:#]?|schritt)\s*-?[0-9]{1,4}\s*[-=#*:.\s]*", re.IGNORECASE
)
_BARE = re.compile(rf"\s*{_PARAMETER}(?P<value>{_WRAPPED}|\[|{_NUMBER}(?=\s*\Z))")
_STEP = re.compile(
    r"(?:\bt(?:ime)?|\bstep|\btime ?step)\s*[=:]?\s*(?P<step>-?[0-9]{1,4})\b(?!\.)", re.IGNORECASE
)
_ALONE = re.compile(rf"{_NUMBER}(?=\s*[,)])")
_TAIL = re.compile(r"\s*(?:,\s*(?:dtype|grad_fn|device|requires_grad|shape)\s*=\s*[^,)\n]{1,40})*,?\s*\)")
# What programs print of a quantity has no signs of mathematics; a worked line that they print has.
_WORKED = re.compile(
    r"[∂Σ√∇·⊙⊗]|</?su[bp]>|=[^=\n]*(?:[*/^]|[\d)\]] [-−+] |\b(?:tanh|sigmoid|exp)\b|σ)|=[^=\n]+="
)
WEIGHTS = ("W", "U", "b", "b_hh")  # which have no step
MOST_UNCLOSED = 20  # lists that are never closed, after which a print is damaged
LONGEST_ARRAY = 20_000  # characters


def is_printed(line: str) -> bool:
    """Return whether a line holds names with values after a colon, an array, or a value after words."""
    line = line.strip()
    if _LABELLED.match(line) or is_printed_step(line):
        return True
    found = _ENTRY.match(line.lstrip("{("))
    if found is None:
        return False
    if found["alone"]:
        return _is_name(found["alone"])
    return ":" in found[0] or found["value"].endswith("(")


def _is_name(word: str) -> bool:
    letters = word.rstrip("0123456789_")
    return len(letters) == 1 or names.is_known(letters) or names.is_known(word)


def is_printed_step(line: str) -> bool:
    """Return whether a line holds the values of a step, which stands first: t=1: f=0.735, i=0.677."""
    step = _STEP_LABEL.match(line)
    if step is None:
        return False
    rest = line[step.end() :]
    return _ENTRY.match(rest) is not None and not _ENTRIES.sub("", rest).strip(" ,;|\t.")


def heads_values(line: str, following: str) -> bool:
    """Return whether a line only names a step, "step 1", and the next one holds a value of it."""
    return _STEP_OF_VALUES.fullmatch(line) is not None and is_entry(following)


def heads_array(line: str, following: str) -> bool:
    """Return whether a line only has a name, "W_f =" or "lstm.weight_ih_l0", and its array follows."""
    head = _HEADS_ARRAY.fullmatch(line)
    if head is None or _BEGINS_ARRAY.match(following) is None:
        return False
    return head["sign"] != "" or (_is_name(head["name"]) and not following.lstrip().startswith("[ "))


def is_entry(line: str) -> bool:
    """Return whether a line begins with a name and its value, and has no work in it."""
    return _ENTRY.match(line.strip()) is not None and not is_worked(line)


def is_worked(line: str) -> bool:
    """Return whether a line that a program printed is one of mathematics: f_1 = σ(0.85) = 0.7006."""
    return "=" in line and not is_printed_step(line) and _WORKED.search(line) is not None


def read_printed(text: str, start: int, end: int, collector: Collector, asked: str = "") -> None:
    """Read `text[start:end]`; `asked` is the name of a value that stands alone."""
    at, step, line_end, unclosed = start, None, end, 0
    while (found := _ENTRY.search(text, at, end)) is not None:
        if found.start() > line_end:  # a step at the head of a line is of that line alone
            step, line_end = None, end
        said = list(_STEP.finditer(text, at, found.start()))
        if _STEP.match(text, found.start(), found.end()):
            step, at = int(found["value"]), found.end()
            line_end = _line_end(text, at, end)
            continue
        if said:
            step = int(said[-1]["step"])
            line_end = _line_end(text, said[-1].end(), end)
        held = _value(text, found.start("value"), found.end("value"), end)
        if held is None:
            at, unclosed = found.end(), unclosed + 1
            if unclosed > MOST_UNCLOSED:
                return
            continue
        _add(list(tokens(text, *found.span("name" if found["name"] else "alone"))), held, step, collector)
        at = held[1]
    bare = _BARE.match(text, start, end) if asked and at == start else None
    held = _value(text, bare.start("value"), bare.end("value"), end) if bare else None
    if held is not None:
        name = [replace(token, start=held[0], end=held[0]) for token in tokens(asked, 0, len(asked))]
        _add(name, held, None, collector)


def _line_end(text: str, at: int, end: int) -> int:
    """Return where the line of a step ends; a step that stands alone is of all that follow: the end."""
    stop = text.find("\n", at, end)
    stop = end if stop < 0 else stop
    return stop if _ENTRY.search(text, at, stop) else end


def _value(text: str, start: int, opened: int, end: int) -> tuple[int, int, list[Token]] | None:
    """Return where a value stands and its tokens: a number, or a list to its last bracket."""
    if text[opened - 1] not in "([":
        return start, opened, list(tokens(text, start, opened))
    alone = _ALONE.match(text, opened, end)
    if alone is not None and text[opened - 1] == "(":
        tail = _TAIL.match(text, alone.end(), end)
        return start, tail.end() if tail else alone.end(), list(tokens(text, opened, alone.end()))
    inner = opened if text[opened - 1] == "(" else opened - 1
    depth, at = 0, inner
    for at in range(inner, min(end, inner + LONGEST_ARRAY)):
        depth += (text[at] in "[(") - (text[at] in ")]")
        if depth < 0 or (depth == 0 and text[at] == "]"):
            break
    else:
        return None
    last = at + 1 if text[at] == "]" else at
    held = list(tokens(text, inner, last))
    if text[opened - 1] == "(":
        tail = _TAIL.match(text, last, end)
        last = tail.end() if tail else last
    return start, last, held


def _add(
    name: list[Token], held: tuple[int, int, list[Token]], step: int | None, collector: Collector
) -> None:
    """Add name = value; an array perhaps row by row."""
    start, end, value = held
    try:
        left, tree = parse(name, collector.notes), parse(value, collector.notes)
    except CannotRead:
        return
    written = names.name_of(left) if isinstance(left, Symbol) else None
    if not isinstance(left, Symbol) or written is None:
        return
    first, last = name[0].start, name[-1].end
    known = names.is_known(written.word) or len(written.word) == 1 or written.word in names.GREEK
    if not known:
        return
    if left.step is None and step is not None and left.name.removeprefix("d_") not in WEIGHTS:
        left = at_step(left, step)
    if isinstance(tree, Array) and left.step is None and not left.part:
        rows = _by_step(left, tree, collector)
        if rows is None:
            return
        for bound, row in rows:
            collector.add_claim(bound, first, last, [collector.side(row, *_span(row, start, end))])
        return
    if isinstance(tree, Array) and tree.shape == (1, 1):
        tree = tree.rows[0][0]
    collector.add_claim(left, first, last, [collector.side(tree, start, end)])


def at_step(symbol: Symbol, step: int) -> Symbol:
    """Return a quantity of a table or print at a step; of one at t−1, the step before."""
    written = names.name_of(symbol)
    own = symbol.step
    found = Step("", step + (own.offset if own else 0))
    if written is None:
        return replace(symbol, step=found)
    indices = [list(written.low), list(written.high), list(written.brackets)]
    for pieces in indices:
        at = next((k for k, piece in enumerate(pieces) if own and names.step_of(piece) == own), None)
        if at is not None:
            pieces[at] = str(found.offset)
            break
    else:
        indices[0].append(str(found.offset))
    low, high, brackets = map(tuple, indices)
    return replace(symbol, step=found, source=replace(written, low=low, high=high, brackets=brackets).source)


def _span(row: Expression, start: int, end: int) -> tuple[int, int]:
    at = getattr(row, "at", None)
    return (at.offset, at.offset + at.length) if at else (start, end)


def _by_step(left: Symbol, tree: Array, collector: Collector) -> list[tuple[Symbol, Expression]] | None:
    """Return an array as one quantity or as one for each step; None if it cannot be told which it is."""
    steps, size = sorted(collector.steps_given), collector.units
    count, width = tree.shape
    if left.name.removeprefix("d_") in WEIGHTS:
        return [(left, tree)]
    if (count, width) == (1, 1):
        return [(left, tree.rows[0][0])]
    if size is None or any(len(row) != width for row in tree.rows):
        return None
    if count == 1 and size == 1 and width == len(steps):
        tree, count, width = tree.transposed(), width, 1
    if count == len(steps) and width == size and (size > 1 or count > 1):
        if size == 1:
            return [(at_step(left, step), row[0]) for step, row in zip(steps, tree.rows, strict=True)]
        return [(at_step(left, step), _column(row)) for step, row in zip(steps, tree.rows, strict=True)]
    one = 1 in (count, width) and size == max(count, width) and size != len(steps)
    return [(left, tree)] if one else None


def _column(row: Sequence[Expression]) -> Array:
    return Array(tuple((entry,) for entry in row))
