"""One equation of a cell: what is on its left, what on its right, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gatewise.expression import Expression, Symbol, text

Phase = Literal["given", "forward", "loss", "backward", "gradients", "update"]


@dataclass(frozen=True)
class Equation:
    """One equation: `left` = `right`, with the sentence that says where it comes from."""

    id: str
    phase: Phase
    left: Symbol
    right: Expression
    why: str

    def __str__(self) -> str:
        return f"{text(self.left)} = {text(self.right)}"
