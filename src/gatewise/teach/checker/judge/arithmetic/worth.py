"""What a side of a chain comes to, and how far rounding can have moved it.

A literal is exact when it is a given, or when nothing says what it is. One that is printed for a quantity
that is worked out, or that the chain itself has worked out, may stand for anything that rounds to it, the
same thing in every place where it is put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy as np

from gatewise.expression import Expression, Number, Symbol, bind, evaluate, rebuild, walk
from gatewise.teach.checker.judge.arithmetic.stated import Statements, Values
from gatewise.teach.checker.judge.numbers.grids import elementwise, grid_of
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, written_number
from gatewise.teach.checker.judge.reading.own import own_tree
from gatewise.teach.checker.read.reading import Printed

LITERAL = "literal "  # what the names of literals begin with while a side is worked out
NOISE = 1e-9  # relative: what float64 leaves
MOST_ENTRIES = 64  # of a vector or matrix, that are moved one by one
MOST_LITERALS = 300  # of one side


@dataclass(frozen=True)
class Worth:
    """The value of a side and its radius; the literals in it; whether letters were looked up for it."""

    tree: Expression
    value: Values
    radius: Values
    literals: tuple[WrittenNumber, ...]
    looked_up: frozenset[str]  # the texts of the values that letters were looked up for
    is_value: bool  # whether it is nothing but numbers
    assumed_step: bool = False  # whether t was taken for the step of the left side


@dataclass(frozen=True)
class Context:
    """Where a side stands: its offset, the step that t is, and the numbers of the chain before it."""

    statements: Statements
    offset: int
    step: int | None
    rounded_before: Set[str]  # texts in the sides before that are rounded
    exact_before: Set[str]  # texts in the sides before that are exact
    is_first: bool  # whether nothing before it could be worked out
    as_worked: bool = False  # whether letters are worth what their own chains come to, not what is printed
    all_rounded: bool = False  # whether every decimal may be rounded, whatever is known of it


def radius_of(number: WrittenNumber, context: Context) -> float:
    """Return how far the number that a literal stands for may lie from it."""
    text = number.unsigned
    if context.all_rounded and number.unit < 1:
        return number.unit / 2
    if number.unit >= 1 or text in context.exact_before:
        return 0.0
    if text in context.rounded_before:
        return number.unit / 2
    if text in context.statements.rounded_texts:
        return number.unit / 2
    worked_here = not context.is_first and text not in context.statements.texts
    return number.unit / 2 if worked_here else 0.0


def worth_of(tree: Expression, context: Context) -> Worth | None:
    """Work out a side; None if a letter has no value, or its shapes do not fit."""
    literals = [written_number(n) for n in walk(tree) if isinstance(n, Printed) and n.at is not None]
    if len(literals) > MOST_LITERALS or any(not number.is_known for number in literals):
        return None
    own = own_tree(tree)
    assumed = context.step is not None and any(_is_of_t(node) for node in walk(own))
    if assumed:
        own = bind(own, context.step)
    sources: dict[Symbol, tuple[Values, Values]] = {}
    texts: set[str] = set()
    for node in walk(own):
        if isinstance(node, Symbol) and node not in sources:
            stated = context.statements.look_up(node, context.offset)
            if stated is None:
                return None
            worked = context.statements.worked.get(stated.offset) if context.as_worked else None
            sources[node] = worked or (stated.value, stated.radius)
            texts |= {number.unsigned for row in stated.grid for number in row}
    ambiguous = context.statements.ambiguous
    marked = _marked(own, ambiguous)
    for number in literals:
        symbol = _literal(number.printed, ambiguous)
        value = np.array(abs(number.value))
        sources[symbol] = value, np.array(radius_of(number, context))
    found = _spread(marked, sources)
    if found is None:
        return None
    grid = grid_of(tree)
    return Worth(tree, *found, tuple(literals), frozenset(texts), grid is not None, assumed)


def _is_of_t(node: Expression) -> bool:
    return isinstance(node, Symbol) and node.step is not None and node.step.base == "t"


def _literal(number: Number, ambiguous: Set[str]) -> Symbol:
    """Return what a literal is while a side is worked out: the same wherever it may stand for the same."""
    text = number.text.lstrip("-")
    at = number.at if isinstance(number, Printed) and text in ambiguous else None
    return Symbol(LITERAL + text, part="" if at is None else str(at.offset))


def _marked(node: Expression, ambiguous: Set[str]) -> Expression:
    """Return the tree with a symbol for each literal."""
    if isinstance(node, Number):
        symbol = _literal(node, ambiguous)
        return -symbol if node.negative else symbol
    return rebuild(node, lambda child: _marked(child, ambiguous))


def _spread(tree: Expression, sources: dict[Symbol, tuple[Values, Values]]) -> tuple[Values, Values] | None:
    """Return a value, and the sum of what each source can move it by."""
    values = {symbol: value for symbol, (value, _) in sources.items()}

    def number(symbol: Symbol) -> Values:
        if symbol in values:
            return values[symbol]
        return np.array(float(symbol.name.removeprefix(LITERAL)))

    def evaluated(tree: Expression) -> Values:
        with np.errstate(all="ignore"):
            value = np.asarray(evaluate(tree, number), dtype=np.float64)
        return np.squeeze(value) if value.size == 1 else value.ravel() if 1 in value.shape else value

    for form in (tree, elementwise(tree)):
        try:
            centre = evaluated(form)
            radius = np.zeros_like(centre)
            for symbol, (value, radii) in sources.items():
                for moved in _moves(radii):
                    values[symbol] = value + moved
                    high = np.abs(evaluated(form) - centre)
                    values[symbol] = value - moved
                    radius = radius + np.maximum(high, np.abs(evaluated(form) - centre))
                    values[symbol] = value
        except (ValueError, KeyError, TypeError, OverflowError, IndexError, ArithmeticError):
            values = {symbol: value for symbol, (value, _) in sources.items()}
            continue
        if np.all(np.isfinite(centre)):
            return centre, radius
        if np.all(np.isinf(centre)):  # 9^999
            return centre, np.zeros_like(centre)
    return None


def _moves(radii: Values) -> Iterator[Values]:
    """Yield how each entry may be moved, one at a time; of a large matrix all together."""
    if not np.any(radii):
        return
    if radii.size == 1 or radii.size > MOST_ENTRIES:
        yield radii
        return
    for place in zip(*np.nonzero(radii), strict=True):
        moved = np.zeros_like(radii)
        moved[place] = radii[place]
        yield moved


def rounded_texts(worth: Worth, context: Context) -> tuple[set[str], set[str]]:
    """Return the texts of a side's literals that are rounded, and those that are exact."""
    rounded: set[str] = set()
    exact: set[str] = set()
    for number in worth.literals:
        (rounded if radius_of(number, context) else exact).add(number.unsigned)
    return rounded, exact


def result_radius(worth: Worth) -> Values:
    """Return how far what was rounded to the numbers of a value may lie from them."""
    units = [number.unit for number in worth.literals]
    if len(units) != worth.value.size:
        return np.full(worth.value.shape, max(units, default=0.0) / 2)
    return (np.array(units) / 2).reshape(worth.value.shape)


def literals_apart(one: Worth, other: Worth) -> Iterator[WrittenNumber]:
    """Yield the literals of `other` that do not stand in `one`."""
    known = {number.unsigned for number in one.literals}
    return (number for number in other.literals if number.unsigned not in known)


__all__ = [
    "NOISE",
    "Context",
    "Worth",
    "literals_apart",
    "result_radius",
    "rounded_texts",
    "worth_of",
]
