r"""Commands that a document defines for itself, \newcommand{\sig}{\sigma}: put in where they stand.

What is put in stands, for messages, where the command does. Definitions within definitions are followed a few
times, and so much is put in at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gatewise.teach.checker.read.tokens.ahead import blanked
from gatewise.teach.checker.read.tokens.lexer import Token, tokens

DEEPEST = 4
MOST_TOKENS = 50_000  # put in, of one document
LONGEST = 40  # tokens of an argument
_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator)\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}"
    r"|\\(?P<bare>[A-Za-z]+))\s*(?:\[(?P<count>[0-9])\]\s*)?"
    r"|\\(?:def|let)\s*\\(?P<defined>[A-Za-z]+)(?P<marks>(?:#[1-9])*)\s*=?"
)
_BODY = re.compile(
    r"\s*(?:\{(?P<body>[^{}]{0,200}(?:\{[^{}]{0,100}(?:\{[^{}]{0,60}\}[^{}]{0,60}){0,4}\}[^{}]{0,100}){0,4})\}"
    r"|(?P<command>\\[A-Za-z]+))"
)


@dataclass(frozen=True)
class Macro:
    """What a command stands for; #1 in its body is the first of `arguments`."""

    body: tuple[Token, ...]
    arguments: int


class Macros:
    """The commands that a document defines."""

    def __init__(self, text: str = "") -> None:
        self.left = MOST_TOKENS
        self.spans: list[tuple[int, int]] = []
        self.known: Mapping[str, Macro] = dict(self._defined(text)) if "\\" in text else {}

    def _defined(self, text: str) -> Iterator[tuple[str, Macro]]:
        for found in _DEFINITION.finditer(text):
            body = _BODY.match(text, found.end())
            name = found["braced"] or found["bare"] or found["defined"]
            if body is None or not name:
                continue
            self.spans.append((found.start(), body.end()))
            meant = body["body"] if body["body"] is not None else body["command"]
            count = int(found["count"] or 0) or len(found["marks"] or "") // 2
            yield name, Macro(tuple(tokens(meant, 0, len(meant))), count)

    def without_definitions(self, text: str) -> str:
        """Return the document, as long as it was, with blanks for its definitions."""
        parts, at = [], 0
        for start, end in self.spans:
            if start < at:  # within another
                continue
            parts += [text[at:start], blanked(text[start:end])]
            at = end
        return "".join((*parts, text[at:]))

    def put_in(self, found: Iterable[Token], depth: int = 0) -> list[Token]:
        """Return the tokens with what the document's own commands stand for."""
        given = list(found)
        if not self.known:
            return given
        made: list[Token] = []
        i = 0
        while i < len(given):
            token = given[i]
            i += 1
            macro = self.known.get(token.text[1:]) if token.kind == "unknown" else None
            if macro is None or depth >= DEEPEST or self.left <= 0:
                made.append(token)
                continue
            arguments = []
            for _ in range(macro.arguments):
                argument, i = _argument(given, i)
                arguments.append(argument)
            body = self.put_in(_filled(macro, arguments, token), depth + 1)
            self.left -= len(body)
            made += body
        return made


def _argument(given: list[Token], i: int) -> tuple[list[Token], int]:
    """Return the next argument, one token or what braces enclose, and where to go on."""
    if i >= len(given) or given[i].kind != "group":
        return given[i : i + 1], i + 1
    depth = 0
    for k in range(i, min(i + LONGEST, len(given))):
        depth += (given[k].kind == "group") - (given[k].kind == "end")
        if depth == 0:
            return given[i + 1 : k], k + 1
    return [], i


def _filled(macro: Macro, arguments: list[list[Token]], at: Token) -> Iterator[Token]:
    """Yield the body at the place of the command, with the arguments where they stand."""
    body = macro.body
    k = 0
    while k < len(body):
        marked = body[k].text == "#" and k + 1 < len(body) and body[k + 1].text.isdecimal()
        if marked and 0 < int(body[k + 1].text) <= len(arguments):
            yield from arguments[int(body[k + 1].text) - 1]
            k += 2
            continue
        gap = body[k].gap or (k == 0 and at.gap)
        yield replace(body[k], start=at.start, end=at.end, gap=gap)
        k += 1
