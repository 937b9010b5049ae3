"""What can be done to a formula in one edit, a function for each kind of it.

An `Edit` says what was done in the words of the equations ("stateₜ instead of stateₜ₋₁"). edits.py makes them
at every place of a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Step,
    Symbol,
    product,
    rebuild,
    sigmoid,
    text,
    walk,
)
from gatewise.teach.checker.mistakes.slugs import described, slug_of, tanh_slope_of

TWO = Number("2")
# What is easily taken for what: both are there at the same step, and mostly of the same shape.
CONFUSED = {
    "out": ("state",),
    "state": ("out",),
    "d_out": ("d_state", "delta", "delta_out"),
    "d_state": ("d_out",),
    "x": ("out",),
    "W": ("U",),
    "U": ("W",),
}


@dataclass(frozen=True)
class Edit:
    """A tree with one edit: its kind, a slug for ids, what was done in words, and the wrong tree.

    `old` and `new` are the quantities exchanged, where one stands in place of another.
    """

    kind: str
    slug: str
    name: str
    right: Expression
    old: Symbol | None = None
    new: Symbol | None = None


@lru_cache(maxsize=1 << 10)
def _confused(name: str, cell: Cell) -> tuple[str, ...]:
    """Return what a quantity of a cell is easily taken for, of what the cell has."""
    out, *others = cell.carried
    known = quantities_of(cell)
    between = [e.left.name for e in cell.forward if e.left.name not in (*cell.gates, *cell.carried)]
    if cell is LSTM or name in CONFUSED:
        return tuple(each for each in CONFUSED.get(name, ()) if known.has(each))
    if name in between:  # k = r ⊙ out: the candidate of a GRU takes out itself
        return tuple(each for each in between if each != name)
    if name in others:
        return (out, *(each for each in others if each != name))
    return ()


@lru_cache(maxsize=1 << 10)
def _made_of(name: str, cell: Cell) -> tuple[Symbol, ...]:
    """Return what a quantity between is made of and taken for: out_{t-1} for k_t = r_t ⊙ out_{t-1}."""
    if cell is LSTM or name in (*cell.gates, *cell.carried):
        return ()
    rights = [equation.right for equation in cell.forward if equation.left.name == name]
    used = (node for right in rights for node in walk(right) if isinstance(node, Symbol))
    return tuple(dict.fromkeys(node for node in used if node.name in cell.carried))


Change = Callable[[Expression, Cell], Iterator[Edit]]


# One function for each kind of edit, of the node it is made at ----------------------------------------------


def shift_index(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Move a time index one step too early or too late."""
    if isinstance(node, Symbol) and node.step:
        for offset in (-1, 1):
            yield _instead("index", node.shifted(offset), node)


def swap_gate(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Put another gate's value, or another gate's parameter."""
    if not isinstance(node, Symbol):
        return
    parts = cell.gates if not node.part else quantities_of(cell).parts_of(node.name)
    for gate in parts:
        if node.name in cell.gates and gate != node.name:
            yield _instead("gate", replace(node, name=gate), node)
        if node.part and gate != node.part:
            yield _instead("gate", replace(node, part=gate), node)


def swap_quantity(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Put a quantity for one that it is easily taken for: out for state, U for W, Δ for δout."""
    if isinstance(node, Symbol):
        for name in _confused(node.name, cell):
            if not node.part or node.part in quantities_of(cell).parts_of(name):
                yield _instead("quantity", replace(node, name=name), node)
        for made_of in _made_of(node.name, cell) if node.step else ():
            assert node.step
            yield _instead("quantity", made_of.shifted(node.step.offset), node)


def drop(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Leave a factor or a term out."""
    if isinstance(node, Product) and node.operation in ("hadamard", "times"):
        for k, factor in enumerate(node.factors):
            rest = node.factors[:k] + node.factors[k + 1 :]
            yield _without("factor", factor, rest[0] if len(rest) == 1 else replace(node, factors=rest))
    if isinstance(node, Add):
        for k, term in enumerate(node.terms):
            rest = node.terms[:k] + node.terms[k + 1 :]
            kind = "term-of-slope" if node.terms[0] == Number("1") else "term"
            yield _without(kind, _positive(term), rest[0] if len(rest) == 1 else Add(rest))


def flip_sign(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Put plus for minus in a sum, and minus for plus."""
    if isinstance(node, Add):
        first, *rest = node.terms
        if isinstance(first, Product):
            slug, name = f"minus-{slug_of(first)}", f"minus before {text(first)}"
            yield Edit("sign-first", slug, name, Add((Negative(first), *rest)))
        for k, term in enumerate(rest, 1):
            other = term.argument if isinstance(term, Negative) else Negative(term)
            sign, old = ("plus", "minus") if isinstance(term, Negative) else ("minus", "plus")
            yield Edit(
                "sign",
                f"{sign}-{slug_of(_positive(term))}",
                f"{sign} instead of {old} {text(_positive(term))}",
                Add((*node.terms[:k], other, *node.terms[k + 1 :])),
            )


def swap_function(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Put tanh for σ, σ for tanh, or neither."""
    if not isinstance(node, Call) or node.function == "sum":
        return
    if node.function not in ("tanh", "sigmoid"):
        yield Edit("no-function", f"no-{node.function}", f"{node.function} left out", node.argument)
        return
    other = {"tanh": "sigmoid", "sigmoid": "tanh"}[node.function]
    shown = {"tanh": "tanh", "sigmoid": "σ"}
    new, old = shown[other], shown[node.function]
    yield Edit(
        "function", f"{other}-for-{node.function}", f"{new} instead of {old}", Call(other, node.argument)
    )
    yield Edit("linear", f"no-{node.function}", f"{old} left out", node.argument)


def change_power(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Leave a square out, or take it inside a function: tanh(z²) for tanh²(z)."""
    if isinstance(node, Power):
        power = "square" if node.exponent == 2 else "power"
        yield Edit(
            power,
            f"no-{power}-of-{slug_of(node.base)}",
            f"the {power} of {text(node.base)} left out",
            node.base,
        )
        if isinstance(node.base, Call) and node.base.function != "sum":
            inside = Call(node.base.function, Power(node.base.argument, node.exponent))
            yield Edit(
                "square-inside" if node.base.function == "tanh" else "square-inside-of-other",
                f"{slug_of(inside)}-for-square",
                f"{text(inside)} instead of {text(node)}",
                inside,
            )


def exchange_complement(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Take what a gate lets stay for what it replaces, as where another text has 1 − u for u."""
    for gate in _with_complement(cell):
        keeps = Symbol(gate, step=Step())
        rest = 1 - keeps
        if isinstance(node, Product) and (keeps in node.factors) != (rest in node.factors):
            old, new = (keeps, rest) if keeps in node.factors else (rest, keeps)
            factors = (new if factor == old else factor for factor in node.factors)
            slug = f"{slug_of(new)}-for-{slug_of(old)}"
            right = product(node.operation, *factors)
            yield Edit("complement", slug, f"{text(new)} instead of {text(old)}", right)
        if isinstance(node, Add) and node != rest and {keeps, rest} <= {*walk(node)}:
            name = f"{text(keeps)} and {text(rest)} exchanged"
            yield Edit("complement", f"{gate}-exchanged", name, _exchanged(node, keeps, rest))


@lru_cache(maxsize=64)
def _with_complement(cell: Cell) -> tuple[str, ...]:
    """Return the gates of which a step uses what is left of 1 as well, as u and 1 − u of a GRU."""
    parts = [part for equation in cell.forward for part in walk(equation.right)]
    return tuple(gate for gate in cell.gates if 1 - Symbol(gate, step=Step()) in parts)


def _exchanged(node: Expression, one: Expression, other: Expression) -> Expression:
    if node in (one, other):
        return other if node == one else one
    return rebuild(node, lambda child: _exchanged(child, one, other))


def turn_difference(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Take a difference the other way round."""
    if cell is LSTM or not isinstance(node, Add) or len(node.terms) != 2 or isinstance(node.terms[0], Number):
        return
    first, second = node.terms
    if isinstance(second, Negative) and not isinstance(first, Negative):
        turned = second.argument - first
        yield Edit("turned", f"turned-{slug_of(first)}", f"{text(turned)} instead of {text(node)}", turned)


def change_slope(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Put the other activation's derivative, none, or the right one at the wrong argument."""
    value = tanh_slope_of(node)
    if value is not None:
        yield Edit("slope", "sigmoid-slope", "the slope of σ instead of that of tanh", value * (1 - value))
        if isinstance(value, Symbol):
            twice = 1 - Call("tanh", value) ** 2
            yield Edit(
                "slope-twice", "tanh-twice", f"the slope taken at {text(value)} instead of before tanh", twice
            )
    if isinstance(node, Product):
        for k, (value, complement) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
            if complement != 1 - value:
                continue
            before, after = node.factors[:k], node.factors[k + 2 :]
            again = sigmoid(value)
            factors: tuple[tuple[str, str, str, tuple[Expression, ...]], ...] = (
                ("slope", "tanh-slope", "the slope of tanh instead of that of σ", (1 - value**2,)),
                (
                    "slope-squared",
                    "slope-squared",
                    f"{text(value * value)} instead of {text(value * complement)}",
                    (value, value),
                ),
                ("no-slope", "no-slope", f"the slope {text(value * complement)} left out", ()),
                ("slope-twice", "sigmoid-twice", f"σ taken again of {text(value)}", (again, 1 - again)),
            )
            for kind, slug, name, inner in factors:
                yield Edit(kind, slug, name, product("hadamard", *before, *inner, *after))


def change_bounds(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Sum over the wrong steps, or one step only, or take the mean."""
    if not isinstance(node, Sigma):
        return
    low, high = node.low, node.high
    later, earlier = replace(low, offset=low.offset + 1), replace(high, offset=high.offset - 1)
    yield Edit("bounds", "without-first", "the first step left out of the sum", replace(node, low=later))
    yield Edit("bounds", "without-last", "the last step left out of the sum", replace(node, high=earlier))
    yield Edit("one-step", "last-only", "only the last step instead of the sum", replace(node, low=high))
    yield Edit("one-step", "first-only", "only the first step instead of the sum", replace(node, high=low))
    yield Edit(
        "mean", "mean", "the mean over the steps instead of the sum", node / Sigma(low, high, Number("1"))
    )


def scale(tree: Expression) -> Iterator[Edit]:
    """Make the whole twice or half as large, or give it the other sign."""
    if isinstance(tree, Quotient):
        yield Edit("scale", "no-half", "the factor ½ left out", tree.top)
    else:
        yield Edit("scale", "doubled", "a factor 2 too many", Product("times", (TWO, tree)))
        yield Edit("scale", "halved", "a factor ½ too many", tree / TWO)
    yield Edit("negated", "negated", "the sign of the whole", Negative(tree))


def _instead(kind: str, new: Symbol, old: Symbol) -> Edit:
    return Edit(
        kind, f"{slug_of(new)}-for-{slug_of(old)}", f"{text(new)} instead of {text(old)}", new, old, new
    )


def _without(kind: str, part: Expression, right: Expression) -> Edit:
    return Edit(kind, f"without-{slug_of(part)}", f"{described(part)} left out", right)


def _positive(term: Expression) -> Expression:
    return term.argument if isinstance(term, Negative) else term
