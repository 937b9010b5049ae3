"""Dropped entries: a vector or matrix, printed or put in, that is shorter than its quantity."""

from __future__ import annotations

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import AlignedSide, Case
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.report import Finding

JOINED = (("W", "U"), ("x", "out"))


def report_dropped_entries(
    case: Case, statement: Statement, base: Symbol, own: list[int], flat: Values
) -> None:
    """Report a result that lacks entries."""
    assert statement.value is not None
    present = {place for _, place in statement.results}
    missing = [place for place in own if place not in present]
    _report(case, statement.value.at, statement.value.source, base, missing, flat, len(own))


def report_short_operands(case: Case, aligned: AlignedSide) -> None:
    """Report arrays put into a formula that lack entries."""
    for grid, base, places in aligned.alignment.incomplete:
        flat = [number for row in grid for number in row]
        at = {number.at for number in flat}
        present = {place for number, whole, place in aligned.pairs if whole == base and number.at in at}
        missing = [place for place in places if place not in present]
        values = np.array([_sound_value(case, base, place) for place in range(max(places) + 1)])
        source = ", ".join(number.text for number in flat)
        kind = next((kind for kind in JOINED if base.name in kind), None)  # one fault of W on [h, x]
        cause = "" if kind is None else f"short {kind[0]} {aligned.worked.side.at.offset}"
        _report(case, flat[0].at, source, base, missing, values, len(places), cause)


def _sound_value(case: Case, base: Symbol, place: int) -> float:
    whole, kept = case.cell(base, place)
    return float(case.sound(whole).ravel()[kept])


def _report(
    case: Case,
    at: Place,
    source: str,
    base: Symbol,
    missing: list[int],
    values: Values,
    size: int,
    cause: str = "",
) -> None:
    entries = [(case.name(*case.cell(base, place)), float(values[place])) for place in missing]
    names = ", ".join(
        f"{name} = {case.style.write(value)}" if np.isfinite(value) else name for name, value in entries
    )
    name = case.name(base)
    message = f"{name} has {size} entries and {size - len(missing)} stand here; missing: {names}."
    case.verdicts.add_finding(
        Finding("dropped-entry", at, name, source, names, message, mistake="dropped-entry"), cause
    )
