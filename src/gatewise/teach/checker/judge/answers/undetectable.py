"""Undetectable mistakes: those of the catalogue that would change no printed number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.mistakes.catalogue import Mistake

SEEN = 2.0  # units of the last digit: honest rounding may move a number by nearly as much
NAMED = 6  # so many mistakes of an equation are named, the rest counted


def undetectable_mistakes(case: Case) -> Iterator[str]:
    """Yield a sentence for each equation with mistakes that would not show."""
    unseen: dict[str, dict[str, Mistake]] = {}
    seen: set[str] = set()
    for base in case.order():
        equation = case.sizes.equation_of(base)
        if equation is None or base.name == "z" or not case.is_printed(base):
            continue
        right = case.sound(base).ravel()
        if not np.isfinite(right).all():
            continue
        for mistake, formula in case.mistakes(base):
            if mistake.id in seen:
                continue
            value = case.work_out(base, formula, case.sound)
            if value is None or np.max(np.abs(value - right)) > SEEN * case.style.unit:
                seen.add(mistake.id)
                unseen.get(equation.id, {}).pop(mistake.id, None)
            else:
                unseen.setdefault(equation.id, {})[mistake.id] = mistake
    for id, mistakes in unseen.items():
        if mistakes:
            names = [mistake.name for mistake in mistakes.values()]
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            shown = "; ".join(names[:NAMED])
            digits = case.style.digits
            yield f"{id}: with these numbers and {digits} decimals these would not show: {shown}{more}."
