"""Sides that are too wide for a page, folded, for every medium that is written as markup.

`FoldingPrinter` walks a tree and writes it with a markup printer, keeping beside each part how many
characters wide it looks. A sum or product that is too wide becomes lines below each other, a matrix that
is too wide becomes groups of columns. box.py does the same for plain characters.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatewise.expression import Array, Expression, Number, Step, Symbol
from gatewise.expression.printing import ATOM, FACTOR, SUM, Printer, TextPrinter, mantissa_and_exponent

_LOOKS = TextPrinter()


class Sized(NamedTuple):
    """Markup, and how many characters wide it looks; `lines` has the parts of what had to be folded."""

    markup: str
    width: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Padding:
    """What a number lacks at its right to fill its column: a point, digits, guard digits."""

    point: bool = False
    digits: int = 0
    guard: int = 0

    @property
    def width(self) -> int:
        return self.point + self.digits + self.guard


class Markup(Printer[str]):
    """A printer that can also lay lines and column groups below each other."""

    nothing: str  # stands at the start of a continuation line, before its operator

    @abstractmethod
    def stack(self, lines: Sequence[str]) -> str:
        """Write lines below each other, centred on the line they stand in."""

    @abstractmethod
    def columns(self, rows: Sequence[Sequence[str]], opens: bool = True, closes: bool = True) -> str:
        """Write a matrix, right-aligned; a group of columns may lack the bracket at either end."""

    @abstractmethod
    def pad(self, shown: str, padding: Padding) -> str:
        """Add empty space to a number for digits that it does not have."""

    def linked(self, shown: str, source: str) -> str:  # noqa: ARG002
        """Lead from an operand to its `source`, the line that it was taken from, where the medium can."""
        return shown

    @abstractmethod
    def labelled(self, matrix: str, labels: Sequence[str]) -> str:
        """Write a matrix with the names of its rows at its right."""


class FoldingPrinter(Printer[Sized]):
    """A tree in the markup of `markup`, folded where it would be wider than `width` characters."""

    def __init__(self, markup: Markup, width: int) -> None:
        self.markup = markup
        self.operators = markup.operators
        self.width = width

    def side(self, node: Expression, labels: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the lines of a side, mostly one; `labels` name the rows of a matrix."""
        shown = self(node)
        lines = shown.lines or (shown.markup,)
        if labels and isinstance(node, Array) and len(labels) == len(node.rows):
            return *lines[:-1], self.markup.labelled(lines[-1], labels)
        return lines

    def folded(self, lines: Sequence[str], width: int) -> Sized:
        if len(lines) == 1:
            return Sized(lines[0], width)
        return Sized(self.markup.stack(lines), width, tuple(lines))

    def show(self, node: Expression, strength: int, opens: bool = False) -> Sized:
        if isinstance(node, Array):
            return self._linked(self.matrix(node.rows), node.source)
        return super().show(node, strength, opens)

    def _linked(self, matrix: Sized, source: str) -> Sized:
        if not source:
            return matrix
        lines = tuple(self.markup.linked(line, source) for line in matrix.lines)
        markup = self.markup.stack(lines) if lines else self.markup.linked(matrix.markup, source)
        return Sized(markup, matrix.width, lines)

    def matrix(self, rows: Sequence[Sequence[Expression]]) -> Sized:
        """Write a matrix with its decimal points aligned, in groups of columns if it is too wide."""
        cells = [[self.show(entry, SUM, True) for entry in row] for row in rows]
        count = max(len(row) for row in rows)
        padded: list[list[str]] = [[] for _ in rows]
        widths = []
        for k in range(count):
            paddings = list(_paddings([row[k] if k < len(row) else None for row in rows]))
            wide = 0
            for line, row, padding in zip(padded, cells, paddings, strict=True):
                if k < len(row):
                    shown = self.markup.pad(row[k].markup, padding) if padding.width else row[k].markup
                    line.append(shown)
                    wide = max(wide, row[k].width + padding.width)
            widths.append(wide + 2)
        groups = list(_groups(widths, self.width))
        blocks = [
            self.markup.columns([row[first:end] for row in padded], first == 0, end == count)
            for first, end in groups
        ]
        width = max(sum(widths[first:end]) for first, end in groups) + 2  # the brackets
        return self.folded(blocks, width)

    def join(self, parts: Sequence[Sized], operators: Sequence[str]) -> Sized:
        lines: list[tuple[list[Sized], list[str]]] = [([parts[0]], [])]
        used = parts[0].width
        widest = used
        for operator, part in zip(operators, parts[1:], strict=True):
            if used + 3 + part.width > self.width:
                lines.append(([], []))
                used = 0
            lines[-1][0].append(part)
            lines[-1][1].append(operator)
            used += 3 + part.width
            widest = max(widest, used)
        return self.folded([self._line(*line) for line in lines], widest)

    def _line(self, parts: Sequence[Sized], operators: Sequence[str]) -> str:
        texts = [part.markup for part in parts]
        return self.markup.join(
            texts if len(parts) > len(operators) else [self.markup.nothing, *texts], operators
        )

    def number(self, node: Number) -> Sized:
        return Sized(self.markup.number(node), len(_LOOKS.number(node)))

    def symbol(self, node: Symbol) -> Sized:
        return Sized(self.markup.symbol(node), len(_LOOKS.symbol(node)))

    def array(self, rows: Sequence[Sequence[Sized]]) -> Sized:
        raise AssertionError(f"a matrix of {len(rows)} rows is written by matrix()")

    def bracket(self, inner: Sized) -> Sized:
        return Sized(self.markup.bracket(inner.markup), inner.width + 2)

    def listed(self, parts: Sequence[Sized]) -> Sized:
        width = sum(part.width + 2 for part in parts) - 2
        return Sized(self.markup.listed([part.markup for part in parts]), width)

    def condition(self, inner: Sized) -> Sized:
        return Sized(self.markup.condition(inner.markup), inner.width + 2)

    def negative(self, inner: Sized) -> Sized:
        return Sized(self.markup.negative(inner.markup), inner.width + 1)

    def call(self, function: str, argument: Sized, exponent: int) -> Sized:
        around = len(_LOOKS.call(function, "", exponent))
        return Sized(self.markup.call(function, argument.markup, exponent), argument.width + around)

    def power(self, base: Sized, exponent: int) -> Sized:
        return Sized(self.markup.power(base.markup, exponent), base.width + 1)

    def transpose(self, inner: Sized) -> Sized:
        return Sized(self.markup.transpose(inner.markup), inner.width + 1)

    def quotient(self, top: Expression, bottom: Expression) -> Sized:
        over, under = self.show(top, FACTOR, True), self.show(bottom, ATOM)
        return Sized(self.markup.quotient(top, bottom), max(over.width, under.width))

    def sigma(self, low: Step, high: Step, body: Sized) -> Sized:
        return Sized(self.markup.sigma(low, high, body.markup), body.width + 3)

    def total(self, inner: Sized) -> Sized:
        return Sized(self.markup.total(inner.markup), inner.width + 2)


def _paddings(column: Sequence[Expression | None]) -> Iterator[Padding]:
    """Yield what each number of a column needs so that all of them have as many decimals."""
    places = [_places(entry) for entry in column]
    digits = max((digits for digits, _ in filter(None, places)), default=0)
    guard = max((guard for _, guard in filter(None, places)), default=0)
    for place in places:
        if place is None:
            yield Padding()
        else:
            yield Padding(digits > 0 and place[0] == 0, digits - place[0], guard - place[1])


def _places(entry: Expression | None) -> tuple[int, int] | None:
    """Decimals before the guard digits, and guard digits; None for what is not a plain decimal."""
    if not isinstance(entry, Number):
        return None
    digits, guard, exponent = mantissa_and_exponent(entry)
    if exponent or not digits[-1:].isdigit():
        return None
    return len(digits.partition(".")[2]), len(guard)


def _groups(widths: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """First and end of each group of columns."""
    first, used = 0, 0
    for k, width in enumerate(widths):
        if k > first and used + width > most:
            yield first, k
            first, used = k, 0
        used += width
    yield first, len(widths)
