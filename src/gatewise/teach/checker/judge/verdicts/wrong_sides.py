"""What is wrong with the numbers that are put into a formula."""

from __future__ import annotations

from gatewise.expression import Symbol, text
from gatewise.teach.checker.judge.books.case import AlignedSide, Case
from gatewise.teach.checker.judge.numbers.misprints import NAMES
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.verdicts.causes import misprint_of
from gatewise.teach.checker.report import Finding, Verdict


def report_wrong_operand(
    case: Case, aligned: AlignedSide, number: WrittenNumber, base: Symbol, place: int
) -> None:
    """Report a number put into a formula that is not the one its quantity has."""
    name = case.name(base, place)
    shape, right = operand_misprint(case, number, base, place)
    if right == number.text:
        right = case.style.write_beside(float(case.used(base).ravel()[place]), number.text)
    worked = _gives_result(case, aligned)
    verdict: Verdict = "misprint"
    why = "the result follows from the right one"
    if worked:
        verdict = "slip" if shape else "unexplained"
        why = "the result follows from it"
    how = f"{NAMES[shape]}; " if shape else ""
    message = f"{number.text} stands for {name}, which is {right}: {how}{why}."
    case.verdicts.assign(number, name, verdict)
    case.verdicts.add_finding(
        Finding(verdict, number.at, name, number.text, right, message, mistake=shape),
        cause=f"operand {name} {number.text}",
    )


def operand_misprint(case: Case, number: WrittenNumber, base: Symbol, place: int) -> tuple[str, str]:
    """Return the misprint that makes the number put in out of the one its quantity has, and that one."""
    values = [float(book(base).ravel()[place]) for book in (case.used, case.true)]
    rights = [known.text for known in case.printed.get((base, place), ())[:1]]
    own = range(max(1, number.decimals - 2), number.decimals + 3)  # a misprint may add digits, or lose some
    rights += [case.style.write(value, digits) for digits in (None, *own) for value in values]
    if number.printed.guard:  # what it is a misprint of has guard digits, too
        rights = [case.style.write(value, number.decimals) for value in reversed(values)] + rights
    return misprint_of(number.text, rights)


def report_wrong_side(case: Case, aligned: AlignedSide) -> None:
    """Report numbers that are put into a wrong formula before a result that is right."""
    side, name = aligned.worked.side, case.name(aligned.statement.base)
    results = ", ".join(number.text for number, _ in aligned.statement.results)
    message = f"The numbers put in here are those of {{mistake}}, though {results} is right"
    right = text(case.rule(aligned.statement.base))
    case.verdicts.add_suspicion(
        Finding("wrong-formula", side.at, name, side.source, right, message), aligned.mistakes
    )


def _gives_result(case: Case, aligned: AlignedSide) -> bool:
    """Return whether the side as printed gives the printed result, without any number being put right."""
    if aligned.value is None or aligned.value.size != aligned.statement.places.size:
        return False
    own = aligned.statement.places.ravel().tolist()
    results = [
        (number, float(aligned.value[own.index(place)])) for number, place in aligned.statement.results
    ]
    verdicts = [case.verdicts.by_place.get(number.at) for number, _ in results]
    follows = any(v is not None and v.verdict == "follow-through" for v in verdicts)
    return bool(results) and follows and all(case.style.rounds_to(value, number) for number, value in results)
