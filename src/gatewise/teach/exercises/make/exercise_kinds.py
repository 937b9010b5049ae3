"""The kinds of exercises, a function and a table row each; `exercise` makes one.

The problem is drawn from a generator seeded by kind, seed and variant; what is left out on a sheet from one
seeded by kind and seed alone, so that all variants of a seed ask for the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import LSTM
from gatewise.errors import ArgumentError
from gatewise.support.given import brief
from gatewise.support.options import as_choice, as_whole
from gatewise.teach.exercises.drawing import ExerciseSizes, draw
from gatewise.teach.exercises.make.find_error import find_error
from gatewise.teach.exercises.make.multiple_choice import multiple_choice
from gatewise.teach.exercises.make.rounding import explain_rounding
from gatewise.teach.exercises.make.sheets import (
    items_of,
    lines_of,
    reshaped,
    sections,
    task,
    with_blanks,
    without_results,
)
from gatewise.teach.exercises.sheet import Draft, Exercise, Part, name_of

MOST = 2**31 - 1
SHARE_BLANK = 0.4  # of the lines of a fill sheet
_BY_HAND = "Round every result to {digits} decimals and go on with the rounded number."

FOLLOWING = "Of what is worked out from it only the formulas are shown."


@dataclass(frozen=True)
class Kind:
    """A kind: its title, and what makes a sheet from a generator for the variant and one for all variants."""

    title: str
    make: Callable[[np.random.Generator, np.random.Generator, ExerciseSizes, Cell], Draft]


def fill(rng: np.random.Generator, choice: np.random.Generator, sizes: ExerciseSizes, cell: Cell) -> Draft:
    """Make a worked sheet in which some results are left out."""
    solution = draw(rng, sizes, cell)
    ids = list(solution.lines)
    count = max(1, round(SHARE_BLANK * len(ids)))
    shuffled = (ids[k] for k in choice.permutation(len(ids)).tolist())
    blank = {*[id for id in shuffled if id in solution.telling][:count]}
    parts = [task("Task", ["Work out what stands as ?.", _BY_HAND.format(digits=sizes.digits)], cell)]
    for section in sections(solution.hand).values():
        here = [id for id in lines_of(section, solution) if id in blank and section.key != "formulas"]
        shown = section if section.key == "formulas" else reshaped(section, with_blanks(blank))
        parts.append(Part(shown, items_of(solution, here)))
    return Draft(solution, tuple(parts))


def full(rng: np.random.Generator, _: np.random.Generator, sizes: ExerciseSizes, cell: Cell) -> Draft:
    """Make a sheet of the formulas and the given values; everything else is to be worked out."""
    solution = draw(rng, sizes, cell)
    parts = [task("Task", ["Work everything out.", _BY_HAND.format(digits=sizes.digits)], cell)]
    for section in sections(solution.hand).values():
        if section.key in ("formulas", "given"):
            parts.append(Part(section))
            continue
        here = lines_of(section, solution)
        parts.append(Part(reshaped(section, with_blanks(here, formulas=False)), items_of(solution, here)))
    return Draft(solution, tuple(parts))


def missing_block(
    rng: np.random.Generator, choice: np.random.Generator, sizes: ExerciseSizes, cell: Cell
) -> Draft:
    """Make a worked sheet without one block: a step forward or back, the gradients or the update.

    What follows from the block has its formulas alone: from its results the block could be read off.
    """
    solution = draw(rng, sizes, cell)
    found = sections(solution.hand)
    asked = {key: [id for id in lines_of(found[key], solution) if id in solution.telling] for key in found}
    blocks = ("forward", "backward", "gradients", "update")
    keys = [key for key in found if key.startswith(blocks) and asked[key]]
    block = keys[int(choice.integers(len(keys)))]
    blank = set(asked[block])
    following = solution.following(blank)
    instructions = [f"“{found[block].title}” is missing. Work it out.", _BY_HAND.format(digits=sizes.digits)]
    if following - set(lines_of(found[block], solution)):
        instructions.append(FOLLOWING)
    parts = [task("Task", instructions, cell)]
    for key, section in found.items():
        if key == block:
            shown = reshaped(section, with_blanks(blank, formulas=False))
            parts.append(Part(shown, items_of(solution, asked[block])))
        else:
            shown = section if key == "formulas" else reshaped(section, without_results(following))
            parts.append(Part(shown))
    return Draft(solution, tuple(parts))


KINDS: Mapping[str, Kind] = {
    "fill": Kind("Fill in", fill),
    "full": Kind("Work it all out", full),
    "missing-block": Kind("The missing block", missing_block),
    "find-error": Kind("Find the mistake", find_error),
    "explain-rounding": Kind("Rounding or mistake?", explain_rounding),
    "multiple-choice": Kind("Which value?", multiple_choice),
}


def exercise(
    kind: str,
    seed: int = 0,
    variant: int = 1,
    sizes: ExerciseSizes | None = None,
    *,
    cell: Cell | str = LSTM,
) -> Exercise:
    """Make a sheet; the same arguments make the same one, byte for byte.

    Parameters
    ----------
    kind : str
        One of `KINDS`: fill, full, missing-block, find-error, explain-rounding, multiple-choice.
    seed, variant : int
        Which sheet; variants of a seed are different problems of the same kind, from 1.
    sizes : ExerciseSizes, optional
        Steps, inputs, units and decimals. A projected output has an entry less than there are units.
    cell : Cell or str
        The cell that is worked out.

    Raises
    ------
    ArgumentError
        If there is no such kind, or no fit problem of these sizes.
    """
    kind = as_choice("kind", kind, KINDS)
    seed, variant = as_whole("seed", seed, 0, MOST), as_whole("variant", variant, 1, MOST)
    if sizes is None:
        sizes = ExerciseSizes()
    elif not isinstance(sizes, ExerciseSizes):
        raise ArgumentError(f"sizes is {brief(sizes)}; it must be an ExerciseSizes, or None.")
    cell = cell_named(cell)
    of = "" if cell is LSTM else f"{cell.name} "
    of_kind = zlib.crc32(f"{of}{kind}".encode())
    rng, choice = np.random.default_rng([of_kind, seed, variant]), np.random.default_rng([of_kind, seed])
    draft = KINDS[kind].make(rng, choice, sizes, cell)
    title = f"{KINDS[kind].title} ({name_of(cell, kind, seed, variant)})"
    return Exercise(kind, seed, variant, sizes, draft.solution, title, draft.parts, draft.line, draft.mistake)
