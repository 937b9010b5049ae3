"""Sheets with one known mistake in them: a wrong formula, a misprint, a lost entry, a slip; and what is expected of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from checker_sheets import Person, reading_of, work

from gatewise.cells.known.lstm import Equation
from gatewise.expression import Array, Expression, rebuild
from gatewise.teach.checker.judge.bind.statements import bind_document
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.opening import open_case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.misprints import misprints, shape_of
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.read.reading import Claim, Printed, Reading, Side
from gatewise.teach.checker.report import ERRORS, SOUND, Report
from gatewise.teach.worksheet.work.build import SequenceProblem
from gatewise.teach.worksheet.work.working import Working

DETAILS = ("example", "substituted", "results")
GIVEN = ("W", "U", "b", "x", "label", "learning_rate")


@dataclass(frozen=True)
class Injected:
    """A sheet with one mistake; `verdicts` and `mistakes` are the names a check may give it."""

    kind: str
    what: str
    reading: Reading
    clean: Reading
    verdicts: tuple[str, ...]
    mistakes: tuple[str, ...]
    person: Person
    off: float = np.inf  # how far the first wrong number is off, in units of the last digit
    also: Callable[[], list[str]] = list  # other mistakes that print the very same sheet


@dataclass(frozen=True)
class Outcome:
    detected: bool
    named: bool
    roots: int
    blamed: tuple[str, ...] = field(default=())


def outcome(injected: Injected, report: Report) -> Outcome:
    roots = [f for f in report.roots if f.verdict in ERRORS]
    named = any(f.verdict in injected.verdicts and f.mistake in injected.mistakes for f in roots)
    if not named and any(f.verdict in injected.verdicts for f in roots):
        also = injected.also()
        named = any(f.verdict in injected.verdicts and f.mistake in also for f in roots)
    right = dict(unchanged(injected.clean, injected.reading))
    blamed = tuple(
        f"{n.quantity}={n.printed}:{n.verdict}"
        for n in report.numbers
        if n.verdict not in SOUND and n.at.offset in right
    )
    return Outcome(bool(roots), named, len(roots), blamed)


def unchanged(clean: Reading, reading: Reading) -> Iterator[tuple[int, str]]:
    """The numbers that stand as they do in the clean sheet, by offset."""
    for one, other in zip(clean.claims, reading.claims, strict=True):
        for first, second in zip(reversed(one.sides), reversed(other.sides), strict=False):
            before, after = list(first.numbers), list(second.numbers)
            if len(before) == len(after):
                for a, b in zip(before, after, strict=True):
                    if a.text == b.text and b.at is not None:
                        yield b.at.offset, b.text


# Wrong formulas ---------------------------------------------------------------------------------------


def wrong_formula(
    problem: SequenceProblem, person: Person, mistake: Mistake, at: int | None = None
) -> Injected | None:
    """A person who believes in a wrong formula, at every step or at one; None where it changes nothing printed."""
    clean = reading_of(work(problem, person), person)
    believer = replace(person, believes={**person.believes, mistake.equation: mistake.right}, at=at)
    try:
        reading = reading_of(work(problem, believer), believer)
    except (ValueError, KeyError, IndexError, AssertionError):
        return None
    ours, theirs = _results(reading), _results(clean)
    if ours == theirs or len(ours) != len(theirs):  # it changes nothing, or does not fit in shape
        return None
    off = _first_difference(clean, reading, person.digits)
    return Injected(
        "formula",
        mistake.id,
        reading,
        clean,
        ("wrong-formula",),
        (mistake.id,),
        believer,
        off,
        lambda: _equal_in_effect(problem, person, mistake, at),
    )


def _results(reading: Reading) -> list[str]:
    return [n.text for claim in reading.claims for n in claim.sides[-1].numbers]


def _equal_in_effect(problem: SequenceProblem, person: Person, mistake: Mistake, at: int | None) -> list[str]:
    """Other mistakes of the same equation that give the very same numbers on this sheet."""
    believes = {**person.believes, mistake.equation: mistake.right}
    case = _case_of(work(problem, replace(person, believes=believes, at=at)))
    values = dict(_values(case, mistake.equation))
    return [id for id, value in values.items() if value is not None and value == values[mistake.id]]


def _case_of(sheet: Working) -> Case:
    """The sheet's lines as a case, with everything that is printed entered as true."""
    document = bind_document(reading_of(sheet))
    case = open_case(document, 1, PrintedStyle(sheet.digits), Verdicts())
    for line in sheet:
        case.true.enter(line.left, line.value)
    return case


def _values(case: Case, equation: Equation) -> Iterator[tuple[str, list[float] | None]]:
    """What each mistake of an equation gives, at all steps."""
    bases = [base for base in case.order() if case.sizes.equation_of(base) is equation and base.name != "z"]
    found: dict[str, list[float]] = {}
    unfit = set()
    for base in bases:
        for mistake, formula in case.mistakes(base):
            value = case.work_out(base, formula, case.true)
            if value is None:
                unfit.add(mistake.id)
            else:
                found.setdefault(mistake.id, []).extend(np.round(value, case.style.digits + 3).tolist())
    return ((id, None if id in unfit else value) for id, value in found.items())


def _first_difference(clean: Reading, wrong: Reading, digits: int) -> float:
    """How far the first claim that differs is off, in units of the last digit."""
    for one, other in zip(clean.claims, wrong.claims, strict=True):
        a = [float(n.text) for n in one.sides[-1].numbers]
        b = [float(n.text) for n in other.sides[-1].numbers]
        if a != b and len(a) == len(b):
            return float(np.max(np.abs(np.array(a) - np.array(b)))) * 10**digits
    return np.inf


# Slips that the work goes on with ----------------------------------------------------------------------


def slip(
    rng: np.random.Generator, problem: SequenceProblem, person: Person, shape: str = ""
) -> Injected | None:
    """One result worked out wrongly by some last digits, or copied with a stroke wrong, and used from there on."""
    sheet = work(problem, person)
    lines = [line for line in sheet if line.formula is not None and line.phase in ("forward", "backward")]
    line = lines[rng.integers(len(lines))]
    texts = np.vectorize(lambda number: number.text, otypes=[object])(line.numbers())
    place = tuple(int(rng.integers(size)) for size in texts.shape)
    old = str(texts[place])
    if "e" in old or old == "0":
        return None
    if shape:
        options = [wrong for kind, wrong in misprints(old) if kind == shape and _counts(old, wrong)]
        if not options:
            return None
        new = options[rng.integers(len(options))]
    else:
        step = int(rng.integers(2, 9)) * (1 if rng.random() < 0.5 else -1)
        new = f"{float(old) + step * 10.0**-person.digits:.{person.digits}f}"
    if float(new) == float(old) or abs(float(new)) in (0.0, 1.0):
        return None

    def change(texts: np.ndarray) -> np.ndarray:
        texts = texts.copy()
        texts[place] = new
        return texts

    slipping = replace(person, slips={line.id: change})
    reading = reading_of(work(problem, slipping), slipping)
    clean = reading_of(work(problem, replace(person, slips={"none": change})), person)
    off = abs(float(new) - float(old)) * 10**person.digits
    verdicts = ("slip", "misprint") if shape or _is_last(line) else ("slip",)
    found = shape_of(new, old)
    return Injected(
        f"slip {shape or 'last digits'}",
        f"{line.id} {old} -> {new}",
        reading,
        clean,
        verdicts,
        (found, shape, ""),
        slipping,
        off,
    )


def _is_last(line) -> bool:
    return line.left.name in ("d_x", "loss") or line.left.new


# Misprints: the work goes on with the right number -------------------------------------------------------


def misprint(
    rng: np.random.Generator, problem: SequenceProblem, person: Person, where: str, shape: str
) -> Injected | None:
    """One number written wrongly: of a result, of a number put in, or of what is given."""
    clean = reading_of(work(problem, person), person)
    numbers = [n for n, role in roles(clean) if role == where and "e" not in n.text and float(n.text) != 0]
    if not numbers:
        return None
    number = numbers[rng.integers(len(numbers))]
    options = [
        wrong for kind, wrong in misprints(number.text) if kind == shape and _counts(number.text, wrong)
    ]
    if not options:
        return None
    new = options[rng.integers(len(options))]
    assert number.at is not None
    reading = replace(clean, claims=tuple(_with(claim, number.at.offset, new) for claim in clean.claims))
    off = abs(float(new) - float(number.text)) * 10**person.digits
    return Injected(
        f"misprint {where} {shape}", f"{number.text} -> {new}", reading, clean,
        ("misprint", "slip") if off < 9.5 else ("misprint",), (shape, shape_of(new, number.text)), person, off,
    )  # fmt: skip


def _counts(old: str, new: str) -> bool:
    """Whether the stroke is more than fewer digits of the same number: 0.1234 for 0.12345 is not wrong."""
    digits = min(len(text.partition(".")[2]) for text in (old, new))
    return abs(float(new) - float(old)) > 1.0001 * 10.0**-digits


def roles(reading: Reading) -> Iterator[tuple[Printed, str]]:
    """Every number of a sheet: "given", "result" or "operand"."""
    for claim in reading.claims:
        left = claim.left.tree
        derived = len(claim.sides) > 1 or claim.id[:1] in "FLBGP"
        given = getattr(left, "name", "") in GIVEN and not getattr(left, "new", False)
        for k, side in enumerate(claim.sides):
            for number in side.numbers:
                if given and not derived:
                    yield number, "given"
                elif derived and k == len(claim.sides) - 1:
                    yield number, "result"
                elif derived and not _is_symbolic(side) and number.text not in ("1", "2"):
                    yield number, "operand"


def _is_symbolic(side: Side) -> bool:
    from gatewise.expression import Symbol, walk

    return any(isinstance(node, Symbol) for node in walk(side.tree))


def _with(claim: Claim, offset: int, text: str) -> Claim:
    def change(node: Expression) -> Expression:
        if isinstance(node, Printed) and node.at is not None and node.at.offset == offset:
            return replace(node, text=text)
        return rebuild(node, change)

    return replace(claim, sides=tuple(replace(side, tree=change(side.tree)) for side in claim.sides))


# Lost entries ---------------------------------------------------------------------------------------------


def lost_entry(
    rng: np.random.Generator, problem: SequenceProblem, person: Person, where: str
) -> Injected | None:
    """A vector of a result or of a side with numbers put in that lacks one entry."""
    clean = reading_of(work(problem, person), person)
    sides = []
    for k, claim in enumerate(clean.claims):
        if len(claim.sides) < 2:
            continue
        for j, side in enumerate(claim.sides):
            if (j == len(claim.sides) - 1) == (where == "result") and not _is_symbolic(side):
                arrays = [a for a in _arrays(side.tree) if a.shape[0] >= 3 and a.shape[1] == 1]
                sides += [(k, j, a) for a in arrays]
    if not sides:
        return None
    k, j, array = sides[rng.integers(len(sides))]
    gone = int(rng.integers(len(array.rows)))
    short = Array(array.rows[:gone] + array.rows[gone + 1 :])

    def change(node: Expression) -> Expression:
        return short if node is array else rebuild(node, change)

    claim = clean.claims[k]
    side = replace(claim.sides[j], tree=change(claim.sides[j].tree))
    changed = replace(claim, sides=(*claim.sides[:j], side, *claim.sides[j + 1 :]))
    reading = replace(clean, claims=(*clean.claims[:k], changed, *clean.claims[k + 1 :]))
    return Injected(
        f"lost entry {where}", claim.id, reading, clean, ("dropped-entry",), ("dropped-entry",), person
    )


def _arrays(node: Expression) -> Iterator[Array]:
    from gatewise.expression import walk

    return (part for part in walk(node) if isinstance(part, Array))


__all__ = ["Injected", "Outcome", "lost_entry", "misprint", "outcome", "slip", "wrong_formula"]
