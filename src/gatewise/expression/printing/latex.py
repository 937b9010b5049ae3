"""LaTeX, with nothing beyond amsmath."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.expression.functions import written
from gatewise.expression.printing.walk import SpacedPrinter, greek, index, mantissa_and_exponent, places
from gatewise.expression.tree import Expression, Number, Step, Symbol

LATEX_OPERATORS = {
    "hadamard": r"\odot", "dot": r"\cdot", "outer": r"\otimes", "times": r"\times",
    "+": "+", "-": "-", "sign": "-", "<": "<",
}  # fmt: skip


class LatexPrinter(SpacedPrinter):
    """LaTeX for amsmath: names in italics as one word, δ and Δ before them."""

    operators = LATEX_OPERATORS

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        text = digits + (f"_{{{guard}}}" if guard else "")
        return text + (rf" \times 10^{{{exponent}}}" if exponent else "")

    def symbol(self, node: Symbol) -> str:
        below = [node.part] if node.part else []
        below += [index(node.step)] if node.step else []
        entry = "[" + ",".join(places(node.entry)) + "]" if node.entry else ""
        letter, word = greek(node.name)
        word = rf"\mathit{{{word}}}" if len(word) > 1 else word
        name = {"δ": r"\delta ", "Δ": r"\Delta ", "λ": r"\lambda"}.get(letter, "") + word
        new = r"^{\mathrm{new}}" if node.new else ""
        return name + new + (f"_{{{','.join(below)}}}" if below else "") + entry

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"

    def bracket(self, inner: str) -> str:
        return rf"\left( {inner} \right)"

    def condition(self, inner: str) -> str:
        return rf"\left[ {inner} \right]"

    def negative(self, inner: str) -> str:
        return "-" + inner

    def call(self, function: str, argument: str, exponent: int) -> str:
        return (
            written(function, "latex")
            + (f"^{{{exponent}}}" if exponent != 1 else "")
            + rf"\left( {argument} \right)"
        )

    def power(self, base: str, exponent: int) -> str:
        return f"{{{base}}}^{{{exponent}}}"

    def transpose(self, inner: str) -> str:
        return f"{{{inner}}}^{{T}}"

    def quotient(self, top: Expression, bottom: Expression) -> str:
        return rf"\frac{{{self(top)}}}{{{self(bottom)}}}"

    def sigma(self, low: Step, high: Step, body: str) -> str:
        return rf"\sum_{{t={index(low)}}}^{{{index(high)}}} {body}"

    def total(self, inner: str) -> str:
        return rf"\sum {inner}"
