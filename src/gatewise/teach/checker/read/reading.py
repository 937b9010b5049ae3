"""What was read of a document: claims, each a left side and the sides it is said to equal; and what was not.

The trees are those of gatewise.expression, in the names of the spec whatever names the document uses; their
numbers remember where they stand. The reader fills these in, the judge takes them; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gatewise.cells.known.lstm import GATES
from gatewise.expression import Expression, Number, Sigma, Symbol, children, walk

MAX_TERMS = 1000  # of a sum, those of the sums within it counted in


def terms_when_written_out(node: Expression, T: int = 1) -> int:
    """Count the terms of the largest sum of a tree that is written out, where it has T steps."""
    inner = max((terms_when_written_out(child, T) for child in children(node)), default=1)
    if not isinstance(node, Sigma):
        return inner
    first, last = (step.offset + (T if step.base else 0) for step in (node.low, node.high))
    return inner * max(1, last - first + 1)


@dataclass(frozen=True, order=True)
class Place:
    """A stretch of the document: where it starts (line, column from 1, offset from 0) and its length.

    In a notebook, line and column count within a cell, and `cell` counts the cells from 1; else it is 0.
    """

    offset: int
    length: int
    line: int
    column: int
    cell: int = 0


@dataclass(frozen=True, slots=True)
class Printed(Number):
    """A number as it stands in the document; `text` is its plain decimal form, with its own sign.

    `guard` of its last digits are guard digits, as on our own sheets. Two are equal if their digits are.
    """

    at: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Side:
    """One side of a chain: what was read, and the source it was read from."""

    tree: Expression
    at: Place
    source: str

    @property
    def numbers(self) -> Iterator[Printed]:
        """Every number in it, in reading order."""
        return (node for node in walk(self.tree) if isinstance(node, Printed))


@dataclass(frozen=True)
class Claim:
    """A chain left = side = side = …; `left` may be any tree, mostly a Symbol.

    `id` is a line id where the document gives one ("B2@t=0", as our own sheets do), else "". `update` counts
    from 1; the second update of the parameters begins where a document starts its forward pass again.
    """

    left: Side
    sides: tuple[Side, ...]
    id: str = ""
    update: int = 1

    @property
    def numbers(self) -> Iterator[Printed]:
        """Every number in it, in reading order."""
        for side in (self.left, *self.sides):
            yield from side.numbers

    @property
    def symbols(self) -> Iterator[Symbol]:
        """Every symbol in it, in reading order."""
        for side in (self.left, *self.sides):
            yield from (node for node in walk(side.tree) if isinstance(node, Symbol))


@dataclass(frozen=True)
class Unread:
    """A piece of mathematics that could not be read, with the best guess of what it says, or ""."""

    at: Place
    source: str
    reason: str
    guess: str = ""
    numbers: int = 0  # how many numbers stand in it


@dataclass(frozen=True)
class Skipped:
    """A stretch that was not read: where it begins, its last line, what it is, and how many numbers it has.

    `kind` is "code" (program text), "output" (what a program printed), "table" or "formula".
    """

    at: Place
    last_line: int
    kind: str
    numbers: int


@dataclass(frozen=True)
class Remark:
    """What was read although it is not written as it should be: `source` was taken as `taken_as`, and why.

    Nothing is put right without one: a bracket that is not closed, Δ₀ut₀ read as Δout₀, a sum without bounds.
    `symbol` is what letters alone were taken for; the whole document may show it to be something else.
    """

    at: Place
    source: str
    taken_as: str
    why: str
    symbol: Symbol | None = None


@dataclass(frozen=True)
class Heading:
    """A heading or question: "Backward @ t=1", "(c) … compute δW"; `t` is the step it names, if any.

    `mentions` are the quantities that stand in it, in order.
    """

    at: Place
    text: str
    t: int | None = None
    question: str = ""  # "c" for a question that begins with (c)
    mentions: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A whole document as it was read.

    `notation` names the letters it uses: "document", "textbook", "torch", "keras". `rows` says that vectors
    are rows, as in out = x W: its matrices stand transposed, and its W is read as Wᵀ. `gates` is the order in
    which it stacks them; arrays of stacked quantities are given in the order of the spec. `facts` holds what
    the document says of itself: sizes, digits, rounding, ties. `skipped` is every stretch that was not
    read, in order, formulas of `unread` among them: its numbers and those of the claims are all there are.
    """

    text: str
    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...] = ()
    headings: tuple[Heading, ...] = ()
    notation: str = "document"
    rows: bool = False
    remarks: tuple[Remark, ...] = ()
    gates: tuple[str, ...] = GATES
    facts: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    labels: tuple[str, ...] = ()  # of the rows of stacked matrices
    standard: bool = False  # whether its matrices stand as the spec has them, and its symbols are the spec's

    @property
    def numbers(self) -> Iterator[Printed]:
        """Every number in it, in reading order."""
        for claim in self.claims:
            yield from claim.numbers

    @property
    def symbols(self) -> Iterator[Symbol]:
        """Every symbol in it, in reading order."""
        for claim in self.claims:
            yield from claim.symbols

    @property
    def program(self) -> int:
        """How many numbers stand in program text."""
        return sum(stretch.numbers for stretch in self.skipped if stretch.kind == "code")
