"""The nodes an equation is made of, and how to build, bind and walk them.

A tree says what is computed, not how it looks (printing/) or what it is worth (evaluation.py).
Operators build trees in Python: `a * i + f * state.prev`, `tanh(W_a @ x + b_a)`, `U.T @ d_gates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Operation = Literal["hadamard", "dot", "outer", "times"]


@dataclass(frozen=True, slots=True)
class Step:
    """A time index: `t + offset`, `T + offset` or, with base "", the number `offset`."""

    base: Literal["t", "T", ""] = "t"
    offset: int = 0


class Expression:
    """A node of an equation. Immutable; equal when it is built alike."""

    __slots__ = ()

    def __add__(self, other: Expression | int) -> Add:
        return Add((*terms_in(self), *terms_in(_node(other))))

    def __radd__(self, other: int) -> Add:
        return _node(other) + self

    def __sub__(self, other: Expression | int) -> Add:
        return Add((*terms_in(self), Negative(_node(other))))

    def __rsub__(self, other: int) -> Add:
        return _node(other) - self

    def __mul__(self, other: Expression) -> Product:
        return product("hadamard", self, other)

    def __matmul__(self, other: Expression) -> Product:
        return product("dot", self, other)

    def __truediv__(self, other: Expression | int) -> Quotient:
        return Quotient(self, _node(other))

    def __pow__(self, exponent: int) -> Power:
        return Power(self, exponent)

    def __neg__(self) -> Negative:
        return Negative(self)

    @property
    def T(self) -> Transpose:
        return Transpose(self)


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A literal as it is shown: its digits are kept, and the last `guard` of them are set apart.

    `text` is plain ASCII, such as "-0.05348" or "1.2346e-7". Numbers, symbols and arrays may remember as
    their `source` the line of a sheet that they were taken from; it is no part of what they are.
    """

    text: str
    guard: int = 0
    source: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def negative(self) -> bool:
        return self.text.startswith("-")


@dataclass(frozen=True, slots=True)
class Symbol(Expression):
    """A named quantity, such as state_t, W_a, or entry 2 of δout_3.

    `name` is the ASCII name in the tables of `cells.known.lstm`, `part` a gate letter (W_a), `step` the time
    index if the quantity has one, `entry` the indices of a single entry (None: all along that axis), `new`
    marks a parameter after its update.
    """

    name: str
    part: str = ""
    step: Step | None = None
    entry: tuple[int | None, ...] = ()
    new: bool = False
    source: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def prev(self) -> Symbol:
        return self.shifted(-1)

    @property
    def next(self) -> Symbol:
        return self.shifted(1)

    def shifted(self, offset: int) -> Symbol:
        step = self.step or Step()
        return replace(self, step=replace(step, offset=step.offset + offset))


@dataclass(frozen=True, slots=True)
class Array(Expression):
    """A matrix written out; a vector is a single column."""

    rows: tuple[tuple[Expression, ...], ...]
    source: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    def transposed(self) -> Array:
        return Array(tuple(zip(*self.rows, strict=True)), source=self.source)


@dataclass(frozen=True, slots=True)
class Add(Expression):
    """A sum; a term that is subtracted is a `Negative`."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    """Minus its argument."""

    argument: Expression


@dataclass(frozen=True, slots=True)
class Product(Expression):
    """⊙ element by element, · inner, ⊗ outer, × by a number."""

    operation: Operation
    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Expression):
    """One expression over another."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True, slots=True)
class Power(Expression):
    """A whole-number power, element by element."""

    base: Expression
    exponent: int


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function of each element ("tanh", "sigmoid"), or of all entries: "sum", "max", "softmax"."""

    function: str
    argument: Expression


@dataclass(frozen=True, slots=True)
class Transpose(Expression):
    """A matrix with rows and columns exchanged."""

    argument: Expression


@dataclass(frozen=True, slots=True)
class Sigma(Expression):
    """Σ over the time steps from `low` to `high`, both included."""

    low: Step
    high: Step
    body: Expression


def tanh(argument: Expression) -> Call:
    """Tanh, element by element."""
    return Call("tanh", argument)


def sigmoid(argument: Expression) -> Call:
    """σ, element by element."""
    return Call("sigmoid", argument)


def outer(left: Expression, right: Expression) -> Product:
    """Left ⊗ right: a matrix with a row for each entry of `left`."""
    return Product("outer", (left, right))


def times(left: Expression, right: Expression) -> Product:
    """Left × right, of which at least one is a number."""
    return Product("times", (left, right))


def product(operation: Operation, *factors: Expression) -> Product:
    """Make a product; for ⊙ and ×, factors that are products of the same kind are taken in."""
    flat: list[Expression] = []
    for factor in factors:
        joins = isinstance(factor, Product) and factor.operation == operation and operation != "dot"
        flat.extend(factor.factors if isinstance(factor, Product) and joins else (factor,))
    return Product(operation, tuple(flat))


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the nodes directly below `node`, in reading order."""
    match node:
        case Add(terms):
            return terms
        case Product(_, factors):
            return factors
        case Negative(argument) | Transpose(argument) | Call(_, argument):
            return (argument,)
        case Power(base, _):
            return (base,)
        case Quotient(top, bottom):
            return (top, bottom)
        case Sigma(_, _, body):
            return (body,)
        case Array(rows):
            return tuple(entry for row in rows for entry in row)
    return ()


def walk(node: Expression) -> Iterator[Expression]:
    """`node` and everything below it, parents first."""
    waiting = [node]
    while waiting:
        yield (node := waiting.pop())
        waiting.extend(reversed(children(node)))


def rebuild(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """`node` with `change` applied to each of its children."""
    match node:
        case Add(terms):
            return Add(tuple(change(term) for term in terms))
        case Product(operation, factors):
            return Product(operation, tuple(change(factor) for factor in factors))
        case Negative(argument):
            return Negative(change(argument))
        case Transpose(argument):
            return Transpose(change(argument))
        case Call(function, argument):
            return Call(function, change(argument))
        case Power(base, exponent):
            return Power(change(base), exponent)
        case Quotient(top, bottom):
            return Quotient(change(top), change(bottom))
        case Sigma(low, high, body):
            return Sigma(low, high, change(body))
        case Array(rows):
            rebuilt = tuple(tuple(change(entry) for entry in row) for row in rows)
            return Array(rebuilt, source=node.source)
    return node


def bind(node: Expression, t: int | None = None, steps: int | None = None) -> Expression:
    """`node` at time `t` in a sequence of `steps` steps: state_{t-1} becomes state_2 for t = 3.

    A Σ binds its own t, so only its bounds are touched.
    """

    def settle(step: Step) -> Step:
        if step.base == "t" and t is not None:
            return Step("", t + step.offset)
        if step.base == "T" and steps is not None:
            return Step("", steps + step.offset)
        return step

    if isinstance(node, Symbol):
        return replace(node, step=settle(node.step)) if node.step else node
    if isinstance(node, Sigma):
        return Sigma(settle(node.low), settle(node.high), bind(node.body, None, steps))
    return rebuild(node, lambda child: bind(child, t, steps))


def terms_of(sigma: Sigma) -> Iterator[Expression]:
    """Yield the terms of a Σ whose bounds are numbers, first to last."""
    if sigma.low.base or sigma.high.base:
        raise ValueError(f"the sum runs from {sigma.low} to {sigma.high}: bind its bounds to numbers first")
    for t in range(sigma.low.offset, sigma.high.offset + 1):
        yield bind(sigma.body, t)


def terms_in(node: Expression) -> tuple[Expression, ...]:
    """Return the terms of a sum; anything else is its own only term."""
    return node.terms if isinstance(node, Add) else (node,)


def _node(value: Expression | int) -> Expression:
    return value if isinstance(value, Expression) else Number(str(value))
