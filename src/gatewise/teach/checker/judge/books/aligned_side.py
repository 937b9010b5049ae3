"""A side with numbers put in, and the formula that it follows."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.alignment import Alignment
from gatewise.teach.checker.judge.bind.statements import Statement, WorkedSide
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.mistakes.catalogue import Mistake


@dataclass
class AlignedSide:
    """A worked side aligned with the formula that it follows.

    If that is a wrong one, `mistakes` are those that it may be, and `right` is the alignment with the right
    formula, if the side is built like it.
    """

    statement: Statement
    worked: WorkedSide
    alignment: Alignment
    mistakes: tuple[Mistake, ...] = ()
    right: Alignment | None = None
    value: Values | None = None  # of the side as it is printed; None if it cannot be worked out

    @property
    def pairs(self) -> list[tuple[WrittenNumber, Symbol, int]]:
        return self.alignment.pairs
