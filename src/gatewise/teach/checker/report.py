"""What a check says: a verdict for every number, findings with places, what was inferred, and the answers.

Rows of data only. judge/ makes them, render/ writes them as text, JSON, SARIF, Markdown and HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from gatewise.support.media import Format
from gatewise.support.reprs import short_repr
from gatewise.teach.checker.read.reading import Place

Verdict = Literal[
    "exact", "carried", "within-rounding", "follow-through", "wrong-formula", "misprint", "dropped-entry",
    "slip", "contradiction", "arithmetic", "notation", "unreadable", "unexplained", "missing", "uncheckable",
]  # fmt: skip
_TEXT = Format("gatewise.teach.checker.render.text", "render_text", ".txt")  # what `str` of a report is
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
SOUND: tuple[Verdict, ...] = ("exact", "carried", "within-rounding")
ERRORS: tuple[Verdict, ...] = (
    "wrong-formula",
    "misprint",
    "dropped-entry",
    "slip",
    "contradiction",
    "arithmetic",
    "unexplained",
    "follow-through",
)
MEANINGS: Mapping[Verdict, str] = {
    "exact": "the correctly rounded value",
    "carried": "what follows from the numbers printed before it",
    "within-rounding": "as near as rounding on the way allows",
    "follow-through": "rightly worked out from an earlier mistake",
    "wrong-formula": "what another formula gives",
    "misprint": "written down wrongly, not worked out wrongly",
    "dropped-entry": "a vector or matrix lacks an entry",
    "slip": "off in the last digits",
    "contradiction": "one quantity, printed with two values",
    "arithmetic": "the two sides of a chain are not the same",
    "notation": "the mathematics is clear but is not written as it should be",
    "unreadable": "could not be read",
    "unexplained": "wrong, and no known mistake gives it",
    "missing": "needed, and not there",
    "uncheckable": "nothing in the document determines it",
}
UNUSED = "nothing in the document depends on it"  # why a choice is not told


@dataclass(frozen=True)
class ReadingChoice:
    """One thing that the document was read as: `name` as in --reading, its value, and what says so."""

    name: str
    value: str
    because: str


@dataclass(frozen=True)
class Coverage:
    """How much of a document was checked.

    Attributes
    ----------
    numbers : int
        All numbers of the document; the next five add up to it.
    given, checked, uncheckable, unread, program : int
        What the work starts from; what something else determines, and was compared; what nothing determines;
        what could not be read; what stands in program text, which is not read.
    formulas : int
        General formulas that were compared and are right.
    wrong_formulas : int
        General formulas that were compared and are wrong.
    places : tuple of (int, int, str)
        Where numbers were not read: first and last line, and what stands there ("table", "code").
    """

    given: int = 0
    checked: int = 0
    uncheckable: int = 0
    unread: int = 0
    program: int = 0
    formulas: int = 0
    wrong_formulas: int = 0
    places: tuple[tuple[int, int, str], ...] = ()

    @property
    def numbers(self) -> int:
        """How many numbers the document has."""
        return self.given + self.checked + self.uncheckable + self.unread + self.program

    @property
    def worked_out(self) -> int:
        """How many numbers are results of work, and so could be checked if all was known."""
        return self.numbers - self.given - self.program

    @property
    def enough(self) -> bool:
        """Whether half of what is worked out was checked; of formulas alone, whether one was compared."""
        if not self.worked_out:
            return self.formulas + self.wrong_formulas > 0
        return 2 * self.checked >= self.worked_out


@dataclass(frozen=True)
class Finding:
    """One thing to put right, at one place.

    `printed` is what stands there and `expected` what should, both as text; `quantity` an ASCII name
    (d_U[i,0]@t=0); `message` the evidence in one sentence; `mistake` the id of a catalogue entry, or the
    shape of a misprint ("digit-changed"), if there is one. `root` is False for what an earlier finding
    explains; `cause` is the place of that one among the report's findings, where it is a single one. `shown`
    is what reports for people call the quantity, in the document's own steps and letters, where it is known.
    """

    verdict: Verdict
    at: Place
    quantity: str
    printed: str
    expected: str
    message: str
    root: bool = True
    mistake: str = ""
    cause: int | None = None
    shown: str = ""

    def __repr__(self) -> str:
        at = f"{self.verdict} in line {self.at.line}"
        return short_repr(
            self, at, self.quantity, printed=self.printed, expected=self.expected, mistake=self.mistake
        )


@dataclass(frozen=True)
class Judged:
    """A number that was read, and its verdict."""

    at: Place
    printed: str
    quantity: str
    verdict: Verdict


@dataclass(frozen=True)
class Answer:
    """What a question asks for, worked out: ("c", "…compute δW…", (("d_W[a,0]", "-0.02672"), …))."""

    question: str
    text: str
    at: Place
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Basis:
    """What a document was judged from: the cell, and the numbers that its first update starts with.

    Attributes
    ----------
    cell, loss : Cell, str
        Whose equations, and which loss, as `cells.beside.losses` names it.
    steps, biases : int
        T, and how many biases the document has.
    sizes : dict
        D, H and Q.
    values : dict
        Of each parameter, x_t, label_t, what is carried into the first step, and λ, by symbol: the
        document's or the model's numbers, NaN where nothing says them.
    end : int or None
        Where the second update, or another example, begins, as an offset in the text.
    """

    cell: Any
    loss: str
    steps: int
    biases: int
    sizes: Mapping[str, int]
    values: Mapping[Any, Any]
    end: int | None

    def __repr__(self) -> str:
        return short_repr(self, self.cell.name, steps=self.steps, loss=self.loss, **self.sizes)


@dataclass(frozen=True)
class Report:
    """The outcome of a check.

    Attributes
    ----------
    findings : tuple of Finding
        Root causes first, in the order of the document, then what follows from them.
    numbers : tuple of Judged
        Every number that was read.
    unread : int
        Numbers in pieces that could not be read.
    inferred : mapping
        What the document does not say and its numbers do: learning_rate (value, low, high, outliers),
        rounding (mode, digits, ties), notation.
    hidden : tuple of str
        What cannot be seen at these digits.
    letters : mapping
        What the document calls the quantities of its cell, where this is not their name: a as "g".
    basis : Basis or None
        What it was judged from; None of a document of several layers, of which each has its own.
    """

    text: str
    findings: tuple[Finding, ...]
    numbers: tuple[Judged, ...]
    unread: int = 0
    inferred: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    undetectable: tuple[str, ...] = ()
    enough: bool = True  # whether enough could be read and bound to judge at all
    name: str = "document"  # of the file
    reading: tuple[ReadingChoice, ...] = ()  # what it was read as
    coverage: Coverage = field(default_factory=Coverage)
    letters: Mapping[str, str] = field(default_factory=dict)
    basis: Basis | None = field(default=None, compare=False)

    @property
    def roots(self) -> tuple[Finding, ...]:
        """The findings that no earlier one explains."""
        return tuple(finding for finding in self.findings if finding.root)

    def __repr__(self) -> str:
        """Name the document and say what was found, in a line; `str` is the whole report."""
        counts = Counter(finding.verdict for finding in self.roots)
        found = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing to put right"
        state = "ok" if self.ok else "not ok" if self.enough else "not enough was read"
        name = self.name if len(self.name) <= 40 else f"…{self.name[-40:]}"
        return short_repr(self, f"{name}: {state}", f"{len(self.numbers)} numbers read", found)

    def __str__(self) -> str:
        text: str = _TEXT.renderer(self)
        return text

    @property
    def read(self) -> dict[str, int]:
        """How many numbers were read, and how many were not."""
        return {"numbers": len(self.numbers), "unread": self.unread}

    @property
    def ok(self) -> bool:
        """Whether enough was checked and nothing in it is wrong; remarks do not count."""
        return self.enough and not self.has_mistakes

    @property
    def has_mistakes(self) -> bool:
        """Whether anything in it is wrong."""
        return any(finding.verdict in ERRORS for finding in self.findings)
