"""Which value? For each line the right value among those that known mistakes give; no formula is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.expression import Expression, Symbol, text, walk
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.render.words import named
from gatewise.teach.exercises.drawing import ExerciseSizes, draw
from gatewise.teach.exercises.make.sheets import items_of, task
from gatewise.teach.exercises.sheet import LETTERS, Draft, Item, Option, Part
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.digits import exact, tree
from gatewise.teach.worksheet.layout.document import Block, Facts, Note, Section, Table

QUESTIONS = 8
DISTRACTORS = 3
TASK = "Choose the right value. The others are what common mistakes give."


def multiple_choice(
    rng: np.random.Generator, _: np.random.Generator, sizes: ExerciseSizes, cell: Cell
) -> Draft:
    """Make questions about lines of one problem, in the order of work."""
    solution = draw(rng, sizes, cell)
    ids = [id for id in solution.lines if len(_distinct(solution, id)) >= DISTRACTORS]
    shuffled = [k for k in rng.permutation(len(ids)).tolist() if ids[k] in solution.telling]
    chosen = sorted(shuffled[:QUESTIONS])
    parts = [task("Task", [TASK], cell)]
    for number, k in enumerate(chosen, 1):
        parts.append(_question(rng, solution, ids[k], number))
    return Draft(solution, tuple(parts))


def _distinct(solution: Solution, id: str) -> list[tuple[Mistake, str]]:
    """Mistakes that give the first number of a line another value than the key and than one another."""
    line = solution.lines[id]
    place = solution.entries[id][0].place
    unit = solution.unit(id)
    taken = [float(line.value[place])]
    found: list[tuple[Mistake, str]] = []
    for mistake, value in solution.mistaken(id):
        number = float(value[place])
        if np.isfinite(number) and all(abs(number - other) >= 3 * unit for other in taken):
            taken.append(number)
            found.append((mistake, line.style_at(place).write(exact(number))))
    return found


def _question(rng: np.random.Generator, solution: Solution, id: str, number: int) -> Part:
    line = solution.lines[id]
    right = items_of(solution, [id])[0]
    wrong = _distinct(solution, id)
    picked = [wrong[k] for k in rng.permutation(len(wrong))[:DISTRACTORS].tolist()]
    answers = [(right.key, None), *((shown, mistake) for mistake, shown in picked)]
    order = rng.permutation(len(answers)).tolist()
    options = tuple(
        Option(letter, answers[k][0], *_mistake_and_hint(answers[k][1]))
        for letter, k in zip(LETTERS, order, strict=False)
    )
    letter = next(option.letter for option in options if not option.mistake)
    name = f"Q{number}"
    item = Item(name, named(right.asks), letter, options=options, form="choice", why=right.why)
    formulas = [line.formula, *(solution.bound(mistake.right, line.t) for mistake, _ in picked)]
    blocks: list[Block] = [
        Note(f"What is {text(line.left)}{_entry(right)}, line {id}?"),
        Facts(tuple(_known(solution, [formula for formula in formulas if formula is not None]))),
        Table("", ("answer", "value"), tuple((option.letter, option.text) for option in options)),
    ]
    return Part(Section(name.lower(), f"Question {number}", tuple(blocks)), (item,))


def _mistake_and_hint(mistake: Mistake | None) -> tuple[str, str]:
    return (mistake.id, f"{mistake.name}: {mistake.why}") if mistake is not None else ("", "")


def _entry(item: Item) -> str:
    inside = item.asks.partition("[")[2].partition("]")[0]
    return f"[{inside}]" if inside else ""


def _known(solution: Solution, formulas: Sequence[Expression]) -> list[tuple[str, str]]:
    """Return the quantities that the right formula or an offered wrong one takes, in the order of work."""
    hand = solution.hand
    symbols = {node for formula in formulas for node in _symbols(formula, solution)}
    order = {other.left: k for k, other in enumerate(hand)}
    found = []
    for symbol in sorted(symbols, key=lambda symbol: (order.get(symbol, -1), text(symbol))):
        try:
            numbers = hand.gather(symbol, lambda other: other.numbers())
        except KeyError:  # beyond the ends, where gradients are 0
            continue
        found.append((text(symbol), text(tree(numbers))))
    return found


def _symbols(formula: Expression, solution: Solution) -> set[Symbol]:
    """Symbols of a bound formula, those of a Σ at every step."""
    from gatewise.expression import Sigma, terms_of

    found: set[Symbol] = set()
    for node in walk(formula):
        if isinstance(node, Sigma):
            for term in terms_of(node):
                found |= _symbols(term, solution)
        elif (
            isinstance(node, Symbol) and (node.step is None or not node.step.base) and node.name != "carried"
        ):
            found.add(node)
    return found
