"""The tokens of one side as the parser walks them, and what it notes on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from gatewise.cells.known.lstm import GATES
from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.read.names import NamesSeen
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.read.tokens.lexer import Token


class CannotRead(Exception):
    """Why a side could not be read, the token at which, and perhaps a guess of what is meant."""

    def __init__(self, reason: str, token: Token | None = None, guess: str = "") -> None:
        super().__init__(reason)
        self.reason, self.token, self.guess = reason, token, guess


@dataclass(frozen=True)
class Repair:
    """What was read although it is not written as it should be; `symbol` is what letters were taken for."""

    start: int
    end: int
    taken_as: str
    why: str
    symbol: Symbol | None = None


@dataclass(frozen=True)
class DiscardedText:
    """What was put aside: damage after a number. `guess` is the number without it."""

    start: int
    end: int
    guess: str
    reason: str
    numbers: int


class Braced(NamedTuple):
    """What a brace encloses, its tokens, and those that stand below or above the brace."""

    node: Expression
    enclosed: list[Token]
    beside: list[Token]


@dataclass
class Notes:
    """What a document's parsers note together."""

    place: Callable[[int, int], Place]
    seen: NamesSeen = field(default_factory=NamesSeen)
    repairs: list[Repair] = field(default_factory=list)
    discarded: list[DiscardedText] = field(default_factory=list)
    gates: tuple[str, ...] = GATES
    braced: list[Braced] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # of the rows of the last matrix that had any


class Stream:
    """A cursor over tokens."""

    def __init__(self, tokens: list[Token], notes: Notes) -> None:
        self.tokens, self.notes = tokens, notes
        self.i = 0

    @property
    def token(self) -> Token | None:
        """The token that comes next."""
        return self.tokens[self.i] if self.i < len(self.tokens) else None

    def take(self) -> Token:
        """Take the next token."""
        if self.i >= len(self.tokens):
            raise CannotRead("something is missing at the end", self.tokens[-1] if self.tokens else None)
        self.i += 1
        return self.tokens[self.i - 1]

    def next_is(self, *kinds: str) -> bool:
        """Return whether tokens of these kinds come next."""
        return [token.kind for token in self.tokens[self.i : self.i + len(kinds)]] == [*kinds]

    def close(self, opening: Token) -> None:
        """Take the bracket that closes `opening`; a damaged side may end before it."""
        token = self.token
        if token is None:
            self.note_repair(opening.start, opening.end, "", f"the bracket {shown(opening)} is not closed")
        elif token.kind in ("close", "end", "finish"):
            self.i += 1
        else:
            raise CannotRead(f"{shown(token)} is not expected here", token)

    def note_repair(
        self, start: int, end: int, taken_as: str, why: str, symbol: Symbol | None = None
    ) -> None:
        """Note that something was read that is not written as it should be."""
        self.notes.repairs.append(Repair(start, end, taken_as, why, symbol))


def shown(token: Token) -> str:
    """Return a token as messages show it."""
    signs = {
        "end": "}",
        "group": "{",
        "sup": "^",
        "sub": "_",
        "cell": "&",
        "begin": "\\begin",
        "finish": "\\end",
    }
    return signs.get(token.kind, token.text or token.kind)
