r"""Where the entries of a matrix begin and end, and what its rows are.

Entries are parted by `&`, or else by commas, by `\\ ` or by blanks alone: a minus close to its number begins
an entry, a minus with a blank at both sides does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gatewise.expression import Array, Expression, Symbol
from gatewise.teach.checker.read.grammar.stream import Stream
from gatewise.teach.checker.read.source import MAX_DEPTH
from gatewise.teach.checker.read.tokens.lexer import Token

Cells = list[list[list[Token]]]
ENDS = ("number", "word", "close", "end", "finish")  # of an entry, as far as its last token tells
BEGINS = ("number", "word", "greek", "open", "group", "begin", "frac", "accent")
OPENS, CLOSES = ("open", "group", "begin"), ("close", "end", "finish")


def inside(stream: Stream) -> list[Token]:
    """Take the tokens up to the closing bracket, which stays the next token, or to the end."""
    first, depth = stream.i, 0
    while (token := stream.token) is not None:
        if token.kind in CLOSES:
            if depth == 0:
                break
            depth -= 1
        elif token.kind in OPENS:
            depth += 1
        stream.i += 1
    return stream.tokens[first : stream.i]


def too_deep(tokens: list[Token]) -> Token | None:
    """Return the first bracket that is nested too deep to be read, if there is one."""
    depth = 0
    for token in tokens:
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if depth > MAX_DEPTH:
            return token
    return None


def is_expression(tokens: list[Token]) -> bool:
    """Return whether square brackets hold one expression in brackets rather than a matrix."""
    depth, operators = 0, False
    for k, token in enumerate(tokens):
        if token.kind in OPENS:
            depth += 1
        elif token.kind in CLOSES:
            depth -= 1
        elif depth == 0 and token.kind in ("row", "cell", "comma", "quad"):
            return False
        elif depth == 0 and token.kind == "operator" and k and not _begins_entry(tokens, k):
            operators = True
    return operators


def cells(tokens: list[Token]) -> Cells:
    """Return the entries of a matrix, row by row, as tokens."""
    rows: Cells = []
    for row in split(tokens, ("row",)):
        marked = split(row, ("cell",))
        if len(marked) == 1:
            marked = [part for piece in split(row, ("comma", "quad")) for part in _parted_by_gaps(piece)]
        if any(marked):
            rows.append([cell for cell in marked if cell])
    return rows


def split(tokens: list[Token], kinds: tuple[str, ...]) -> list[list[Token]]:
    """Return the tokens cut at those of these kinds, except within brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if depth == 0 and token.kind in kinds:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _parted_by_gaps(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for k, token in enumerate(tokens):
        if depth == 0 and parts[-1] and _begins_entry(tokens, k):
            parts.append([])
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        parts[-1].append(token)
    return parts


def _begins_entry(tokens: list[Token], k: int) -> bool:
    """Return whether a new entry begins at token `k`, where blanks separate entries."""
    token, before = tokens[k], tokens[k - 1]
    if not token.gap or not (before.kind in ENDS or (before.kind in ("sub", "sup") and before.text)):
        return False
    if token.kind == "operator" and token.text == "-":
        return k + 1 < len(tokens) and tokens[k + 1].kind == "number" and not tokens[k + 1].gap
    return token.kind in BEGINS


def joined(left: Array, right: Array) -> Array:
    """Join two groups of columns of one matrix that was too wide for the page."""
    rows = (
        [*left.rows]
        if len(left.rows) >= len(right.rows)
        else [*left.rows, *[()] * (len(right.rows) - len(left.rows))]
    )
    return Array(tuple(row + (right.rows[k] if k < len(right.rows) else ()) for k, row in enumerate(rows)))


def list_of_rows(rows: list[tuple[Expression, ...]]) -> list[tuple[Expression, ...]]:
    """Return a list of rows as a matrix, [[1, 2], [3, 4]] as Python has it, or parted by semicolons alone."""
    entries = [entry for row in rows for entry in row]
    alone = len(rows) == 1 or all(len(row) == 1 for row in rows)
    lists = [entry.rows[0] for entry in entries if isinstance(entry, Array) and len(entry.rows) == 1]
    if alone and len(lists) == len(entries):
        return lists
    # Where commas are decimal, semicolons part all: [[0,1; 0,2]; [0,3; 0,4]].
    columns = [entry.transposed().rows[0] for entry in entries if isinstance(entry, Array) and _stands(entry)]
    return columns if len(rows) > 1 and alone and len(columns) == len(entries) else rows


def _stands(array: Array) -> bool:
    return all(len(row) == 1 for row in array.rows)


def row_labels(node: Expression, gates: Sequence[str]) -> list[str]:
    """Return the gates that name the rows of the matrix before, if `node` is a column of them."""
    if not isinstance(node, Array) or any(len(row) != 1 for row in node.rows):
        return []
    letters = [entry.name for (entry,) in node.rows if isinstance(entry, Symbol)]
    keras = "state" not in gates  # which calls the block of a c
    names = ["a" if letter == "state" and keras else letter for letter in letters]
    indexed = [
        entry for (entry,) in node.rows if isinstance(entry, Symbol) and entry.step and entry.step.base
    ]
    fits = len(names) == len(node.rows) and not indexed and all(name in gates for name in names)
    return names if fits and len(names) > 1 else []


def with_commas(held: list[Token]) -> list[Token]:
    """Return what stands in brackets, a bar by itself as a comma: [h ‖ x] is h joined to x."""
    bars = [k for k, token in enumerate(held) if token.kind == "bar"]
    if len(bars) != 1 or bars[0] in (0, len(held) - 1):
        return held
    return [replace(token, kind="comma", text=",") if token.kind == "bar" else token for token in held]
