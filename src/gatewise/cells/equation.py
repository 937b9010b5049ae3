"""One equation of a cell: what is on its left, what on its right, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gatewise.errors import ArgumentError
from gatewise.expression import Expression, Symbol, text
from gatewise.support.given import brief

Phase = Literal["given", "forward", "loss", "backward", "gradients", "update"]


@dataclass(frozen=True)
class Equation:
    """One equation: `left` = `right`, with the sentence that says where it comes from."""

    id: str
    phase: Phase
    left: Symbol
    right: Expression
    why: str

    def __post_init__(self) -> None:
        sides: tuple[Any, ...] = (self.left, self.right)
        for side, value, kind in zip(("left", "right"), sides, (Symbol, Expression), strict=True):
            if not isinstance(value, kind):
                raise ArgumentError(f"{side} is {brief(value)}; it must be a {kind.__name__}.")

    def __str__(self) -> str:
        return f"{text(self.left)} = {text(self.right)}"
