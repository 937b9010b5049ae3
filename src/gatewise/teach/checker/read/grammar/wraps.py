r"""Braces around a name whose index or accent stands outside: \mathbf{\tilde{c}}^{(t)}, \tilde{h_t}."""

from __future__ import annotations

from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.words import FUNCTIONS

LONGEST = 24  # tokens in such braces
MARKS = ("sub", "sup")
IN_NAMES = ("group", "end", "word", "accent", "open", "close", "number", "comma", "operator", *MARKS)
TAKES_ARGUMENT = ("frac", "end", "brace", "begin", *MARKS)


def without_wraps(tokens: list[Token]) -> list[Token]:
    """Return the tokens of a side without braces that only hold one name, whose marks stand outside."""
    dropped: set[int] = set()
    for k, token in enumerate(tokens):
        if token.kind == "group" and (end := _end_of_name(tokens, k)) and _is_wrap(tokens, k, end, dropped):
            dropped |= {k, end}
    return [token for k, token in enumerate(tokens) if k not in dropped] if dropped else tokens


def _is_wrap(tokens: list[Token], first: int, end: int, dropped: set[int]) -> bool:
    """Return whether nothing takes these braces as its argument but an accent, or what stands after them."""
    first -= 1
    while first in dropped:
        first -= 1
    before = tokens[first] if first >= 0 else None
    if before is not None and before.kind == "accent":
        return True
    if before is not None and (before.kind in TAKES_ARGUMENT or before.text in FUNCTIONS):
        return False
    return end + 1 < len(tokens) and tokens[end + 1].kind in (*MARKS, "end")


def _end_of_name(tokens: list[Token], first: int) -> int:
    """Return where the braces end that begin here, if they hold one name with its indices; else 0."""
    depth = names = marked = 0
    after_mark = False
    for k in range(first, min(first + LONGEST, len(tokens))):
        token = tokens[k]
        if token.kind not in IN_NAMES:
            return 0
        depth += (token.kind == "group") - (token.kind == "end")
        if token.kind == "group" and after_mark and not marked:
            marked = depth
        elif token.kind == "end" and depth < marked:
            marked = 0
        elif not marked and not after_mark:
            if token.kind in ("number", "comma", "operator", "open", "close"):
                return 0
            names += token.kind == "word" and token.text not in FUNCTIONS
        if depth == 0:
            return k if names == 1 else 0
        after_mark = token.kind in MARKS and not token.text
    return 0
