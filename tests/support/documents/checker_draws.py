"""Every mistake of the catalogue and every kind of misprint, each in a random sheet by a random person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from checker_mistakes import DETAILS, Injected, lost_entry, misprint, slip, wrong_formula
from checker_sheets import Person, random_problem

from gatewise.teach.checker.judge.numbers.misprints import SHAPES
from gatewise.teach.checker.mistakes.catalogue import MISTAKES
from gatewise.teach.worksheet.work.build import SequenceProblem


def draw_person(rng: np.random.Generator, digits: int, detail: str | None = None) -> Person:
    return Person(
        digits=digits,
        rounding=("hand", "full")[rng.integers(2)],
        ties=("half-up", "half-even")[rng.integers(2)],
        detail=detail or DETAILS[rng.integers(len(DETAILS))],
    )


def draw_problem(rng: np.random.Generator) -> SequenceProblem:
    return random_problem(rng, int(rng.integers(2, 6)), int(rng.integers(1, 4)), int(rng.integers(1, 4)))


def draw(
    rng: np.random.Generator, digits: int, only: str = "", drawn: Drawn | None = None
) -> Iterator[tuple[str, Callable[[], Injected | None]]]:
    """Every catalogue entry and every kind of misprint, each in a sheet of its own; `only`: kinds that begin so."""
    for kind, make in _kinds(digits, drawn or Drawn()):
        seed = rng.integers(2**63)
        if kind.startswith(only):
            yield kind, lambda make=make, seed=seed: make(np.random.default_rng(seed))


class Drawn:
    """How problems and people are drawn."""

    def problem(self, rng: np.random.Generator) -> SequenceProblem:
        return draw_problem(rng)

    def person(self, rng: np.random.Generator, digits: int, detail: str | None = None) -> Person:
        return draw_person(rng, digits, detail)


def _kinds(
    digits: int, drawn: Drawn
) -> Iterator[tuple[str, Callable[[np.random.Generator], Injected | None]]]:
    for mistake in MISTAKES:
        for detail in DETAILS:
            yield (
                f"formula {mistake.id}",
                lambda rng, m=mistake, d=detail: wrong_formula(
                    drawn.problem(rng), drawn.person(rng, digits, d), m
                ),
            )
    for shape in SHAPES:
        for where in ("result", "operand", "given"):
            detail = "example" if where == "operand" else None
            for _ in range(8):
                yield (
                    f"misprint {where} {shape}",
                    lambda rng, s=shape, w=where, d=detail: misprint(
                        rng, drawn.problem(rng), drawn.person(rng, digits, d), w, s
                    ),
                )
        for _ in range(4):
            yield (
                f"slip {shape}",
                lambda rng, s=shape: slip(rng, drawn.problem(rng), drawn.person(rng, digits), s),
            )
    for _ in range(24):
        yield "slip last digits", lambda rng: slip(rng, drawn.problem(rng), drawn.person(rng, digits))
        for where in ("result", "operand"):
            yield (
                f"lost entry {where}",
                lambda rng, w=where: lost_entry(
                    rng, drawn.problem(rng), drawn.person(rng, digits, "example"), w
                ),
            )


__all__ = ["Drawn", "draw", "draw_person"]
