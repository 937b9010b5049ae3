"""Plain text on one line, as a terminal, a message or JSON holds it: Unicode, or pure ASCII."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.expression.functions import written
from gatewise.expression.printing.walk import (
    ATOM,
    FACTOR,
    UNICODE_OPERATORS,
    SpacedPrinter,
    greek,
    index,
    mantissa_and_exponent,
    places,
)
from gatewise.expression.tree import Expression, Number, Step, Symbol

SUBSCRIPT = str.maketrans("0123456789-+t,", "₀₁₂₃₄₅₆₇₈₉₋₊ₜ,")
SUPERSCRIPT = str.maketrans("0123456789-+tT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵗᵀ")


class LinePrinter(SpacedPrinter):
    """What Unicode text and ASCII share: everything stands on one line, matrices as [1 2; 3 4]."""

    fractions = False

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(" ".join(row) for row in rows) + "]"

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def condition(self, inner: str) -> str:
        return f"[{inner}]"

    def negative(self, inner: str) -> str:
        return self.operators["sign"] + inner

    def quotient(self, top: Expression, bottom: Expression) -> str:
        return f"{self.show(top, FACTOR, True)} / {self.show(bottom, ATOM)}"


class TextPrinter(LinePrinter):
    """Unicode on one line: δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) + δstate₁ ⊙ f₁."""

    operators = UNICODE_OPERATORS

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        power = f"e{exponent}" if exponent else ""
        return (digits + guard.translate(SUBSCRIPT) + power).replace("-", "−")

    def symbol(self, node: Symbol) -> str:
        text = "".join(greek(node.name)) + ("ⁿᵉʷ" if node.new else "")
        if node.part:
            text += f"_{node.part}"
        if node.step:
            text += index(node.step).translate(SUBSCRIPT)
        return text + (f"[{','.join(places(node.entry))}]" if node.entry else "")

    def call(self, function: str, argument: str, exponent: int) -> str:
        raised = str(exponent).translate(SUPERSCRIPT) if exponent != 1 else ""
        return f"{written(function, 'text')}{raised}({argument})"

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(SUPERSCRIPT)

    def transpose(self, inner: str) -> str:
        return inner + "ᵀ"

    def sigma(self, low: Step, high: Step, body: str) -> str:
        return f"Σₜ₌{index(low).translate(SUBSCRIPT)}{index(high).translate(SUPERSCRIPT)} {body}"

    def total(self, inner: str) -> str:
        return f"Σ {inner}"


ASCII_OPERATORS = {
    "hadamard": "*", "dot": "@", "outer": "(x)", "times": "*", "+": "+", "-": "-", "sign": "-",
    "<": "<",
}  # fmt: skip


class AsciiPrinter(LinePrinter):
    """ASCII on one line: d_state[0] = d_out[0] * o[0] * (1 - tanh(state[0])^2) + d_state[1] * f[1]."""

    operators = ASCII_OPERATORS

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        return digits + (f"_{guard}" if guard else "") + (f"e{exponent}" if exponent else "")

    def symbol(self, node: Symbol) -> str:
        text = node.name + ("_new" if node.new else "")
        if node.part:
            text += f"_{node.part}"
        indices = ([index(node.step)] if node.step else []) + places(node.entry)
        return text + (f"[{','.join(indices)}]" if indices else "")

    def call(self, function: str, argument: str, exponent: int) -> str:
        return f"{function}({argument})" + (f"^{exponent}" if exponent != 1 else "")

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{exponent}"

    def transpose(self, inner: str) -> str:
        return inner + "^T"

    def sigma(self, low: Step, high: Step, body: str) -> str:
        return f"sum[t={index(low)}..{index(high)}] {body}"

    def total(self, inner: str) -> str:
        return f"sum {inner}"
