"""Limits, as the equations of cells with clips have them: clip(s, 3), and [−3 < s < 3], which is 1 or 0."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.expression import Call, Expression, Negative, Number
from gatewise.expression.functions import clipped_at
from gatewise.teach.checker.read.grammar.matrices import CLOSES, OPENS, inside, split
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream
from gatewise.teach.checker.read.tokens.lexer import Token

BELOW = "<"


def clip_from(stream: Stream, word: Token) -> tuple[list[Token], str]:
    """Take (…, 3) after clip; return the tokens of what is kept within limits, and the function."""
    opening = stream.take()
    if opening.kind not in ("open", "group"):
        raise CannotRead("clip of nothing", word)
    *inner, limit = split(inside(stream), ("comma",))
    stream.close(opening)
    if len(inner) != 1 or len(limit) != 1 or limit[0].kind != "number":
        raise CannotRead("clip needs a number after a comma", word)
    return inner[0], clipped_at(limit[0].text)


def parts(held: Sequence[Token]) -> list[list[Token]] | None:
    """Return the three parts of low < value < high; None if these tokens are something else."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in held:
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if depth == 0 and token.kind == "operator" and token.text == BELOW:
            found.append([])
        else:
            found[-1].append(token)
    return found if len(found) == 3 and all(found) else None


def between(value: Expression, high: Expression) -> Expression:
    """Return what is 1 where a value is below `high` and above its negative, and 0 elsewhere."""
    match high:
        case Number(text):
            return Call(f"between({text})", value)
        case Call(function, Number(text)):
            return Call(f"between({function}, {text})", value)
        case Negative():
            raise CannotRead("the upper limit is negative")
    raise CannotRead("the limits are no numbers")
