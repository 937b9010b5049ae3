"""The reading of a document, inferred: what its formulas say, then what explains most of its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from gatewise.cells.cell import Cell
from gatewise.expression import Add, Expression, Negative, Number, Symbol, walk
from gatewise.teach.checker.judge.numbers.grids import grid_of, grids_of, normalized
from gatewise.teach.checker.judge.reading.cell.letters import OTHER, Letters
from gatewise.teach.checker.judge.reading.cell.usual import one_letter_each, usual_letters
from gatewise.teach.checker.judge.reading.cell.which_cell import letters_of
from gatewise.teach.checker.judge.reading.choices import first_step
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.judge.reading.losses import (
    compared_with_labels,
    compares,
    labels_of,
    stated_loss,
    subtracts_label,
)
from gatewise.teach.checker.judge.reading.one_step import of_one_step
from gatewise.teach.checker.judge.reading.own import word_and_index
from gatewise.teach.checker.judge.reading.score import NOTHING, Explained, explained
from gatewise.teach.checker.judge.reading.structure import structure_of
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Claim, Reading
from gatewise.teach.checker.report import UNUSED

NO_CHOICES: Mapping[str, str] = {}
WAYS = {"x h": (False, ""), "h x": (True, ""), "[h,x]": (False, "h x"), "[x,h]": (False, "x h")}
OF_LOSS = {"delta", "d_out", "label", "loss", "delta_out"}
LOSSES = ("half", "sum", "mean", "last")
_H = r"(?:h|a|out|y|s)[^\],;&\\]{0,24}(?:\\rangle\s*\}?)?[^\],;&\\]{0,6}"
_X = r"x[^\],;&\\]{0,24}(?:\\rangle\s*\}?)?[^\],;&\\]{0,6}"
_H_FIRST = re.compile(rf"[\[(]\s*{_H}\s*[,;]\s*{_X}[\])]")
_X_FIRST = re.compile(rf"[\[(]\s*{_X}\s*[,;]\s*{_H}[\])]")
SHOWN_LOSS = {
    "half": "½Σ(h − y)²",
    "sum": "Σ(h − y)²",
    "mean": "the mean of (h − y)² over the steps",
    "mean of halves": "the mean of ½(h − y)² over the steps",
    "mean of entries": "the mean of (h − y)² over the entries",
    "last": "½(h − y)² of the last step",
    "last squares": "(h − y)² of the last step",
    "given": "not one I know: Δ is taken as given",
}


@dataclass(frozen=True)
class Inferred:
    """The dialect of a document, what says so, and what other readings explain as much."""

    dialect: Dialect
    because: Mapping[str, str]
    explained: Explained
    alternatives: tuple[Explained, ...]


def of_cell(cell: Cell) -> Inferred:
    """Return the reading of a document in the letters of a cell that is known."""
    because = {"cell": "the document says so, or the model is of it"}
    return Inferred(Dialect(cell), because, NOTHING, ())


def infer(reading: Reading, given: Mapping[str, str] = NO_CHOICES, has_labels: bool = False) -> Inferred:
    """Find the reading under which a document's formulas fit, and most of its numbers hold.

    What is `given` (reading_option.py) is not looked for; `has_labels` says that labels are known from
    elsewhere.
    """
    letters = letters_of(reading, structure_of(reading), given.get("cell"))
    usual_letters(reading, letters)
    one_letter_each(reading, letters)
    because = dict(letters.because)
    firsts = _firsts(reading, Dialect(letters.cell, letters.names), because)
    ways = _ways_of_weights(reading, letters, because)
    for key in labels_of(reading, Dialect(letters.cell, letters.names).symbol):
        letters.know(key, "label")
    losses = _losses(reading, letters, because, has_labels)
    by_gate = _by_gate(reading, because)
    if "first-step" in given:
        firsts = (int(given["first-step"]),)
    if "weights" in given:
        ways = (WAYS[given["weights"]],)
        letters.names = {
            key: what for key, what in letters.names.items() if what[0] not in ("W", "U", "joined")
        }
    if "loss" in given:
        losses = (given["loss"],)
    if "derivatives" in given:
        by_gate = ("∂", "d") if given["derivatives"] == "gate" else ()
    because |= dict.fromkeys((name.replace("-", "_") for name in given), "you say so")
    for claim, _ in compared_with_labels(reading):  # ∂L/∂s = p − y: s is of the head
        compared = word_and_index(claim.left.tree) if isinstance(claim.left.tree, Symbol) else None
        if compared is not None:
            letters.know(compared, OTHER)
    if losses == ("given",):  # its labels are what its head is compared with, not h
        letters.know(("y", ""), "target")
    plain = Dialect(letters.cell, letters.names, by_gate=by_gate)
    plain = replace(
        plain,
        one_step=of_one_step(reading, replace(plain, first_step=firsts[0])),
        next_is_given=_next_is_given(reading),
    )
    forward = [
        replace(plain, first_step=first, exchanged=exchanged, concatenated=joined, loss=losses[0])
        for first, (exchanged, joined) in product(firsts, ways)
    ]
    if len(forward) == len(losses) == 1:
        return Inferred(forward[0], because, explained(reading, forward[0]), ())
    best, score, others = _best(reading, forward)
    if len(losses) > 1:
        best, score, more = _best(reading, [replace(best, loss=loss) for loss in losses])
        unknown = replace(best, loss="given")
        without = explained(reading, unknown)
        none_holds = score.right <= without.right and not score.wrong <= without.wrong
        if none_holds and not subtracts_label(reading):
            best, score, more = unknown, without, ()
            because["loss"] = "none is stated, and no number holds with one that I know"
        more = tuple(other for other in more if other.wrong <= score.wrong)  # else either blames a number
        others = (*others, *more)
        if score.right and not more and best.loss != "given":
            because["loss"] = f"{len(score.right)} numbers hold with it"
    if len(forward) > 1 and score.right and not others:
        because.setdefault("weights", f"{len(score.right)} numbers hold with it")
        because.setdefault("first_step", f"{len(score.right)} numbers hold with it")
    return Inferred(best, because, score, others)


def _best(reading: Reading, dialects: Iterable[Dialect]) -> tuple[Dialect, Explained, tuple[Explained, ...]]:
    """Return the dialect that explains most, the first of equals, and what the others of these explain."""
    scored = [(dialect, explained(reading, dialect)) for dialect in dialects]
    best, found = max(scored, key=lambda entry: entry[1].score)
    others = tuple(score for dialect, score in scored if dialect is not best and score.score == found.score)
    return best, found, others


def _firsts(reading: Reading, dialect: Dialect, because: dict[str, str]) -> tuple[int, ...]:
    said = first_step(reading, dialect.symbol)
    if said is None:
        return 0, 1
    because["first_step"] = said.because
    return (int(said.value),)


def _next_is_given(reading: Reading) -> bool:
    """Return whether a document begins its way back with a number for dc_next that is not 0."""
    for claim in reading.claims:
        left = claim.left.tree
        name = name_of(left) if isinstance(left, Symbol) and left.name == "d_state" else None
        grids = [grid_of(normalized(side.tree)) for side in claim.sides]
        if name is not None and "next" in name.low and len(grids) == 1 and grids[0]:
            return any(number.value for row in grids[0] for number in row)
    return False


def _losses(reading: Reading, letters: Letters, because: dict[str, str], has_labels: bool) -> tuple[str, ...]:
    dialect = Dialect(letters.cell, letters.names)
    named = {dialect.symbol(symbol).name for symbol in reading.symbols}
    said = stated_loss(reading, in_words=bool(named & OF_LOSS))
    if letters.heads and not compares(reading, "out", dialect.symbol):
        head, formula = next(iter(letters.heads.items()))
        because["loss"] = f"it is of {head[0]} = {formula}"
        return ("given",)
    if said is not None:
        because["loss"] = said.because
        return (said.value,)
    derived = any(name.startswith(("d_", "dg_", "delta")) for name in named)
    if not (named & OF_LOSS or derived):
        because["loss"] = UNUSED
    if not (named & {"loss"} or derived):
        return ("half",)
    if not (has_labels or named & {"label", "loss"}):
        because["loss"] = "it names no label and no loss"
        return ("given",)
    return LOSSES


def _ways_of_weights(
    reading: Reading, letters: Letters, because: dict[str, str]
) -> tuple[tuple[bool, str], ...]:
    """Return what W may stand on: (whether W and U are exchanged, the order of one W on both)."""
    if letters.concatenated:
        return ((False, letters.concatenated),)
    if not letters.no_formula:
        return ((letters.w_is_on_hidden, ""),)
    values = {name for claim in reading.claims if (name := _weight(claim)) is not None}
    if "U" in values:
        return (False, ""), (True, "")
    if "W" not in values or not _is_wide(reading):
        return ((False, ""),)
    for pattern, order in ((_H_FIRST, "h x"), (_X_FIRST, "x h")):
        if found := pattern.search(reading.text):
            because["weights"] = found[0]
            return ((False, order),)
    return (False, "h x"), (False, "x h")


def _weight(claim: Claim) -> str | None:
    left = claim.left.tree
    return left.name if isinstance(left, Symbol) and left.name in ("W", "U") else None


def _is_wide(reading: Reading) -> bool:
    """Return whether W has more columns than x has entries."""
    inputs = [_columns(claim) for claim in reading.claims if _named(claim, "x")]
    weights = [_columns(claim) for claim in reading.claims if _named(claim, "W")]
    return bool(weights) and max(weights) > max(inputs, default=1)


def _named(claim: Claim, name: str) -> bool:
    return isinstance(claim.left.tree, Symbol) and claim.left.tree.name == name


def _columns(claim: Claim) -> int:
    sizes = ((len(grid), len(grid[0])) for grid in grids_of(claim))
    return max((max(columns, rows if columns == 1 else 0) for rows, columns in sizes), default=0)


def _by_gate(reading: Reading, because: dict[str, str]) -> tuple[str, ...]:
    """Return which signs stand for derivatives by the gates themselves: those without a slope."""
    votes: dict[str, list[bool]] = {"∂": [], "d": []}
    for claim in reading.claims:
        left = claim.left.tree
        if not isinstance(left, Symbol) or left.name.removeprefix("d_") not in ("a", "i", "f", "o"):
            continue
        name = name_of(left)
        if name is None or not left.name.startswith("d_"):
            continue
        symbolic = [s.tree for s in claim.sides if any(isinstance(n, Symbol) for n in walk(s.tree))]
        prefix = name.prefix or "d"
        if symbolic and prefix in votes:
            votes[prefix].append(not any(_has_slope(tree) for tree in symbolic))
            because["derivatives"] = claim.sides[0].source
    usual = {"∂": True, "d": False}
    by_gate = {prefix: 2 * sum(said) > len(said) if said else usual[prefix] for prefix, said in votes.items()}
    return tuple(prefix for prefix, by in by_gate.items() if by)


def _has_slope(tree: Expression) -> bool:
    """Return whether 1 − something stands in a formula, as in the slope of σ or tanh."""
    return any(
        isinstance(node, Add)
        and any(isinstance(term, Number) and term.text in ("1", "1.0") for term in node.terms)
        and any(isinstance(term, Negative) for term in node.terms)
        for node in walk(tree)
    )


__all__ = ["SHOWN_LOSS", "Inferred", "infer"]
