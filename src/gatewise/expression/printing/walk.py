"""The walk that all printers share: it decides where brackets and signs go.

A printer for a new medium implements the pieces and inherits the walk. At the end of the file: how names,
indices and numbers come apart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from gatewise.expression.functions import numbered
from gatewise.expression.tree import (
    Add,
    Array,
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
    Transpose,
)

R = TypeVar("R")

# Binding strength: a node is bracketed when it stands where something stronger is needed.
SUM, PRODUCT, FACTOR, ATOM = 1, 2, 3, 4


class Printer(ABC, Generic[R]):
    """The walk; the abstract methods are the pieces a medium writes its own way."""

    operators: Mapping[str, str]  # by operation, and "+", "-", "<" between terms, "sign" before one
    fractions = True  # a quotient has its top above its bottom

    def __call__(self, node: Expression) -> R:
        """`node` in this medium."""
        return self.show(node, SUM, opens=True)

    def show(self, node: Expression, strength: int, opens: bool = False) -> R:
        """`node` where `strength` is needed; `opens` at the start of a side or just after a bracket."""
        match node:
            case Number():
                shown = self.number(node)
                return self.bracket(shown) if node.negative and not opens else shown
            case Symbol():
                return self.symbol(node)
            case Array(rows):
                return self.array([[self.show(entry, SUM, True) for entry in row] for row in rows])
            case Call("sum", argument):
                return self.fence(self.total(self.show(argument, FACTOR)), PRODUCT, strength)
            case Call(function, argument) if found := numbered(function):
                shown = self.show(argument, SUM, True)
                low, high = (self.show(limit, SUM, True) for limit in found.limits)
                if found.name == "clip":
                    return self.call("clip", self.listed([shown, high]), 1)
                return self.condition(self.join([low, shown, high], [self.operators["<"]] * 2))
            case Call(function, argument):
                return self.call(function, self.show(argument, SUM, True), 1)
            case Power(Call(function, argument), exponent) if function != "sum" and not numbered(function):
                return self.call(function, self.show(argument, SUM, True), exponent)
            case Power(Number(guard=guard) as base, exponent) if guard and not base.negative:
                return self.power(self.bracket(self.number(base)), exponent)  # 4 of 0.84₄² is no index
            case Power(base, exponent):
                return self.power(self.show(base, ATOM), exponent)
            case Transpose(argument):
                return self.transpose(self.show(argument, ATOM))
            case Quotient(top, _) if not (opens or self.fractions) and _begins_with_a_sign(top):
                return self.bracket(self.show(node, SUM, True))
            case Quotient(top, bottom):
                return self.fence(self.quotient(top, bottom), PRODUCT, strength)
            case Product(operation, factors):
                if strength > PRODUCT:
                    return self.bracket(self.show(node, SUM, True))
                sign = self.operators[operation]
                parts = [self.show(part, FACTOR, opens and i == 0) for i, part in enumerate(factors)]
                return self.join(parts, [sign] * (len(parts) - 1))
            case Negative(argument):
                if strength > SUM or not opens:
                    return self.bracket(self.show(node, SUM, True))
                return self.negative(self.show(argument, PRODUCT))
            case Add(terms):
                if strength > SUM:
                    return self.bracket(self.show(node, SUM, True))
                signs = ["-" if isinstance(term, Negative) else "+" for term in terms[1:]]
                first = self.show(terms[0], PRODUCT if not isinstance(terms[0], Negative) else SUM, opens)
                rest = [
                    self.show(term.argument if isinstance(term, Negative) else term, PRODUCT)
                    for term in terms[1:]
                ]
                return self.join([first, *rest], [self.operators[sign] for sign in signs])
            case Sigma(low, high, body):
                inner = self.sigma(low, high, self.show(body, PRODUCT))
                return self.fence(inner, PRODUCT, strength)
        raise TypeError(f"{type(node).__name__} cannot be printed")

    def fence(self, shown: R, own: int, strength: int) -> R:
        return self.bracket(shown) if own < strength else shown

    @abstractmethod
    def number(self, node: Number) -> R: ...
    @abstractmethod
    def symbol(self, node: Symbol) -> R: ...
    @abstractmethod
    def array(self, rows: Sequence[Sequence[R]]) -> R: ...
    @abstractmethod
    def bracket(self, inner: R) -> R: ...
    @abstractmethod
    def negative(self, inner: R) -> R: ...
    @abstractmethod
    def join(self, parts: Sequence[R], operators: Sequence[str]) -> R: ...
    @abstractmethod
    def call(self, function: str, argument: R, exponent: int) -> R: ...
    @abstractmethod
    def listed(self, parts: Sequence[R]) -> R: ...
    @abstractmethod
    def condition(self, inner: R) -> R: ...
    @abstractmethod
    def power(self, base: R, exponent: int) -> R: ...
    @abstractmethod
    def transpose(self, inner: R) -> R: ...
    @abstractmethod
    def quotient(self, top: Expression, bottom: Expression) -> R: ...
    @abstractmethod
    def sigma(self, low: Step, high: Step, body: R) -> R: ...
    @abstractmethod
    def total(self, inner: R) -> R: ...


def _begins_with_a_sign(node: Expression) -> bool:
    match node:
        case Product(_, (first, *_)) | Quotient(first, _):
            return _begins_with_a_sign(first)
    return isinstance(node, Negative) or (isinstance(node, Number) and node.negative)


class SpacedPrinter(Printer[str]):
    """A medium in which an operator stands between two blanks, and a comma before one."""

    def listed(self, parts: Sequence[str]) -> str:
        return ", ".join(parts)

    def join(self, parts: Sequence[str], operators: Sequence[str]) -> str:
        text = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            text += f" {operator} {part}"
        return text


UNICODE_OPERATORS = {
    "hadamard": "⊙", "dot": "·", "outer": "⊗", "times": "×", "+": "+", "-": "−", "sign": "−", "<": "<",
}  # fmt: skip


def greek(name: str) -> tuple[str, str]:
    """Split an ASCII name into its Greek letter and the rest: d_state is δ, state; delta_out is Δ, out."""
    if name == "learning_rate":
        return "λ", ""
    head, _, tail = name.partition("_")
    return ({"d": "δ", "delta": "Δ"}[head], tail) if head in ("d", "delta") else ("", name)


def places(entry: tuple[int | None, ...]) -> list[str]:
    """Write the indices of an entry in plain letters: 0, 3, or ":" for a whole row or column."""
    return [":" if place is None else str(place) for place in entry]


def index(step: Step) -> str:
    """Write a time index in plain letters: t, t-1, T-1, 3."""
    if not step.base:
        return str(step.offset)
    return f"{step.base}{step.offset:+d}" if step.offset else step.base


def mantissa_and_exponent(number: Number) -> tuple[str, str, str]:
    """Split a number into digits, guard digits and the power of ten, "" if there is none."""
    digits, _, exponent = number.text.partition("e")
    cut = len(digits) - number.guard
    return digits[:cut], digits[cut:], exponent
