"""How much of a document was checked: every number is counted once.

A number is checked if something else in the document determines it, and it was compared. Givens are what the
work starts from: parameters, inputs, initial states, constants of formulas, and what is stated without work
and put in somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatewise.teach.checker.judge.arithmetic.examine import Examined
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import written_number
from gatewise.teach.checker.judge.settle import Settled
from gatewise.teach.checker.read.reading import Place, Printed, Reading
from gatewise.teach.checker.report import Coverage, Judged

_NAME = re.compile(r"\w*")  # of a quantity: f of f[0]@t=1


def count(reading: Reading, examined: Examined, parts: Iterable[Verdicts], settled: Settled) -> Coverage:
    """Count the numbers of a document; those that no equation judged get a verdict here."""
    parts = list(parts)
    givens = {place for part in parts for place in part.givens}
    by_formula = {name for part in parts for name in part.by_formula}
    counts = {"given": 0, "checked": 0, "uncheckable": 0}
    for number in _all_numbers(reading):
        assert number.at is not None
        kind = _kind(number, number.at, settled, givens, by_formula, examined)
        counts[kind] += 1
        if number.at not in settled.numbers:
            verdict = "uncheckable" if kind == "uncheckable" else "carried"
            text = written_number(number).text
            settled.numbers[number.at] = Judged(number.at, text, "", verdict)  # type: ignore[arg-type]
        elif kind != "uncheckable" and settled.numbers[number.at].verdict == "uncheckable":
            known = settled.numbers[number.at]
            settled.numbers[number.at] = Judged(known.at, known.printed, known.quantity, "carried")
    skipped = [stretch for stretch in reading.skipped if stretch.kind != "code"]
    return Coverage(
        given=counts["given"],
        checked=counts["checked"],
        uncheckable=counts["uncheckable"],
        unread=sum(stretch.numbers for stretch in skipped),
        program=reading.program,
        formulas=sum(part.formulas for part in parts[:1]),
        wrong_formulas=sum(part.wrong_formulas for part in parts[:1]),
        places=tuple((stretch.at.line, stretch.last_line, stretch.kind) for stretch in skipped),
    )


def _all_numbers(reading: Reading) -> Iterable[Printed]:
    seen: set[Place] = set()
    for number in reading.numbers:
        if number.at is not None and number.at not in seen:
            seen.add(number.at)
            yield number


def _kind(
    number: Printed,
    at: Place,
    settled: Settled,
    givens: set[Place],
    by_formula: set[str],
    examined: Examined,
) -> str:
    """Return "given", "checked" or "uncheckable".

    What is put in elsewhere is a given, as the work starts from it; the value of a gate or state that a
    general formula determines is not.
    """
    chains = examined.chains
    judged = settled.numbers.get(at)
    if at in chains.checked:
        return "checked"
    if at in givens and (judged is None or judged.verdict == "exact"):
        return "given"
    if judged is not None and judged.verdict != "uncheckable":
        return "checked"
    if number.text.lstrip("-") in chains.put_in:
        return "given"
    if judged is not None and at not in givens and _NAME.match(judged.quantity)[0] in by_formula:  # type: ignore[index]
        return "uncheckable"
    return "given" if at in chains.operands or _is_constant(number) else "uncheckable"


def _is_constant(number: Printed) -> bool:
    """Return whether this is a constant of a formula: 1 in 1 − f, 2 in a square, ½."""
    return "." not in number.text and "e" not in number.text
