"""What the work needs and the document does not have: steps not worked out, a λ that is never given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.given.learning_rate import InferredRate
from gatewise.teach.checker.read.reading import Place, Reading
from gatewise.teach.checker.report import Finding

UNNAMED = ("z", "loss")  # steps on the way that need not be written down
AT_ONCE = ("delta", "delta_out")  # Δ and Δout: many write δout of them at once
START = Place(0, 0, 1, 1)  # of the document, where what has no place of its own is reported


def missing_work(case: Case, reading: Reading, rate: InferredRate | None) -> Iterator[Finding]:
    """Yield a finding for each part of the work that later parts need and the document lacks.

    A fragment was not meant to have them: where no parameter is given, or nothing that a part could be worked
    out of.
    """
    if rate is not None:
        interval = f"{rate.low:.6g} to {rate.high:.6g}"
        yield Finding(
            "missing",
            _first_update(case) or START,
            "learning_rate",
            "",
            f"{rate.value:.12g}",
            f"λ is never given. {rate.agreeing} updates agree on a λ from {interval}: λ = {rate.value:.12g}.",
        )
    for symbol in _unknown_givens(case) if _has_a_parameter(case) else ():
        name = case.name(symbol)
        yield Finding("missing", START, name, "", "", f"{name} is never given, and what follows needs it.")
    for (part, t), symbols in _unstated(case).items():
        known = any(np.isfinite(case.sound(symbol)).any() for symbol in symbols)
        if known and not all(symbol.name in AT_ONCE for symbol in symbols):
            yield _missing_block(case, reading, part, t, symbols)


def _has_a_parameter(case: Case) -> bool:
    return any(np.isfinite(case.true(Symbol(name))).any() for name in case.sizes.cell.parameters)


def _unknown_givens(case: Case) -> list[Symbol]:
    needed = {used for symbol in _needed(case) for used in case.operands_of(symbol)}
    needed |= {
        used for symbol in case.order() if case.is_printed(symbol) for used in case.operands_of(symbol)
    }
    return [
        symbol
        for symbol in sorted(needed, key=case.name)
        if case.sizes.rule(symbol) is None
        and symbol.name not in ("learning_rate", "label", *AT_ONCE)
        and np.isnan(case.true(symbol)).all()
    ]


def _needed(case: Case) -> list[Symbol]:
    """Return the quantities that are needed for a stated one and are not stated themselves."""
    needed: set[Symbol] = set()
    waiting = [
        used
        for symbol in case.order()
        if symbol.name not in UNNAMED and case.is_printed(symbol)
        for used in case.operands_of(symbol)
    ]
    while waiting:
        symbol = waiting.pop()
        if symbol in needed or case.sizes.rule(symbol) is None or case.is_printed(symbol):
            continue
        needed.add(symbol)
        waiting += case.operands_of(symbol)
    return [symbol for symbol in case.order() if symbol in needed]


def _unstated(case: Case) -> dict[tuple[str, int | None], list[Symbol]]:
    blocks: dict[tuple[str, int | None], list[Symbol]] = {}
    cell = case.sizes.cell
    forward = {equation.left.name for equation in cell.forward}
    on_the_way = forward - {*cell.gates, *cell.carried}  # k = r ⊙ h of a GRU, which few give a letter
    for symbol in _needed(case):
        if symbol.name.removeprefix("d_") in on_the_way:
            continue
        part = "forward" if symbol.name in forward else "backward" if symbol.step else "gradients"
        blocks.setdefault((part, symbol.step.offset if symbol.step else None), []).append(symbol)
    return blocks


def _missing_block(case: Case, reading: Reading, part: str, t: int | None, symbols: list[Symbol]) -> Finding:
    values = [
        f"{case.name(symbol, place)} = {case.style.write(float(value))}"
        for symbol in symbols
        for place, value in enumerate(case.sound(symbol).ravel().tolist())
        if np.isfinite(value)
    ]
    shown = ", ".join(values[:12]) + (f" and {len(values) - 12} more" if len(values) > 12 else "")
    worth = f"; {shown}" if shown else ""
    names = ", ".join(case.name(symbol) for symbol in symbols)
    where = f"{part.capitalize()} at t={t}" if t is not None else part.capitalize()
    message = (
        f"{where}: {names} {'is' if len(symbols) == 1 else 'are'} needed later and not worked out{worth}."
    )
    return Finding("missing", _heading(reading, part, t) or START, names, "", shown, message)


def _heading(reading: Reading, part: str, t: int | None) -> Place | None:
    for heading in reading.headings:
        if heading.t == t and heading.text.lower().startswith(part):
            return heading.at
    return None


def _first_update(case: Case) -> Place | None:
    updates = [s.claim.left.at for s in case.statements if s.base.new]
    return min(updates, default=None)
