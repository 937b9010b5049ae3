"""How a tree looks: plain Unicode, ASCII, LaTeX, MathML.

One walk decides where brackets and signs go; each printer says only how its pieces are written.
A printer for a new medium implements the pieces and inherits the walk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar
from xml.sax.saxutils import escape

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

    operators: Mapping[str, str]  # by operation, and "+", "-" between terms, "sign" before one

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
            case Call(function, argument):
                return self.call(function, self.show(argument, SUM, True), 1)
            case Power(Call(function, argument), exponent) if function != "sum":
                return self.call(function, self.show(argument, SUM, True), exponent)
            case Power(base, exponent):
                return self.power(self.show(base, ATOM), exponent)
            case Transpose(argument):
                return self.transpose(self.show(argument, ATOM))
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
    def power(self, base: R, exponent: int) -> R: ...
    @abstractmethod
    def transpose(self, inner: R) -> R: ...
    @abstractmethod
    def quotient(self, top: Expression, bottom: Expression) -> R: ...
    @abstractmethod
    def sigma(self, low: Step, high: Step, body: R) -> R: ...
    @abstractmethod
    def total(self, inner: R) -> R: ...


def greek(name: str) -> tuple[str, str]:
    """The Greek letter an ASCII name begins with, and the rest: d_state is δ, state; delta_out is Δ, out."""
    if name == "learning_rate":
        return "λ", ""
    head, _, tail = name.partition("_")
    return ({"d": "δ", "delta": "Δ"}[head], tail) if head in ("d", "delta") else ("", name)


SUBSCRIPT = str.maketrans("0123456789-+t,", "₀₁₂₃₄₅₆₇₈₉₋₊ₜ,")
SUPERSCRIPT = str.maketrans("0123456789-+tT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵗᵀ")


def places(entry: tuple[int | None, ...]) -> list[str]:
    """The indices of an entry in plain letters: 0, 3, or ":" for a whole row or column."""
    return [":" if place is None else str(place) for place in entry]


def index(step: Step) -> str:
    """A time index in plain letters: t, t-1, T-1, 3."""
    if not step.base:
        return str(step.offset)
    return f"{step.base}{step.offset:+d}" if step.offset else step.base


def mantissa_and_exponent(number: Number) -> tuple[str, str, str]:
    """The digits, the guard digits and the power of ten ("" if there is none) of a number."""
    digits, _, exponent = number.text.partition("e")
    cut = len(digits) - number.guard
    return digits[:cut], digits[cut:], exponent


class LinePrinter(Printer[str]):
    """What Unicode text and ASCII share: everything stands on one line, matrices as [1 2; 3 4]."""

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(" ".join(row) for row in rows) + "]"

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def negative(self, inner: str) -> str:
        return self.operators["sign"] + inner

    def join(self, parts: Sequence[str], operators: Sequence[str]) -> str:
        text = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            text += f" {operator} {part}"
        return text

    def quotient(self, top: Expression, bottom: Expression) -> str:
        return f"{self.show(top, FACTOR, True)} / {self.show(bottom, ATOM)}"


UNICODE_OPERATORS = {
    "hadamard": "⊙", "dot": "·", "outer": "⊗", "times": "×", "+": "+", "-": "−", "sign": "−",
}  # fmt: skip


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
        return f"{'σ' if function == 'sigmoid' else function}{raised}({argument})"

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


LATEX_OPERATORS = {
    "hadamard": r"\odot", "dot": r"\cdot", "outer": r"\otimes", "times": r"\times",
    "+": "+", "-": "-", "sign": "-",
}  # fmt: skip


class LatexPrinter(Printer[str]):
    """LaTeX for amsmath: names in italics as one word, δ and Δ before them."""

    operators = LATEX_OPERATORS

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        text = digits + (f"_{{{guard}}}" if guard else "")
        return text + (rf" \times 10^{{{exponent}}}" if exponent else "")

    def symbol(self, node: Symbol) -> str:
        below = [node.part] if node.part else []
        below += [index(node.step)] if node.step else []
        below += ["[" + ",".join(places(node.entry)) + "]"] if node.entry else []
        letter, word = greek(node.name)
        word = rf"\mathit{{{word}}}" if len(word) > 1 else word
        name = {"δ": r"\delta ", "Δ": r"\Delta ", "λ": r"\lambda"}.get(letter, "") + word
        new = r"^{\mathrm{new}}" if node.new else ""
        return name + new + (f"_{{{','.join(below)}}}" if below else "")

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"

    def bracket(self, inner: str) -> str:
        return rf"\left( {inner} \right)"

    def negative(self, inner: str) -> str:
        return "-" + inner

    def join(self, parts: Sequence[str], operators: Sequence[str]) -> str:
        text = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            text += f" {operator} {part}"
        return text

    def call(self, function: str, argument: str, exponent: int) -> str:
        name = {"sigmoid": r"\sigma", "tanh": r"\tanh"}[function]
        return name + (f"^{{{exponent}}}" if exponent != 1 else "") + rf"\left( {argument} \right)"

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


class MathmlPrinter(Printer[str]):
    """Presentation MathML (Core): the inside of a <math> element."""

    operators = UNICODE_OPERATORS

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        minus = "<mo>−</mo>" if node.negative else ""
        shown = f"<mn>{digits.removeprefix('-')}</mn>"
        if guard:
            shown = f'<msub>{shown}<mn class="guard">{guard}</mn></msub>'
        if exponent:
            power = exponent.replace("-", "−")
            shown += f"<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
        return f"<mrow>{minus}{shown}</mrow>" if minus or exponent else shown

    def symbol(self, node: Symbol) -> str:
        indices = [f"<mi>{escape(node.part)}</mi>"] if node.part else []
        indices += [self.index(node.step)] if node.step else []
        indices += [f"<mtext>[{','.join(places(node.entry))}]</mtext>"] if node.entry else []
        name = "".join(f"<mi>{escape(part)}</mi>" for part in greek(node.name) if part)
        name = name.replace("<mi>Δ", '<mi mathvariant="normal">Δ')  # a capital, upright as in LaTeX
        name = f"<mrow>{name}</mrow>" if all(greek(node.name)) else name
        below = f"<mrow>{'<mo>,</mo>'.join(indices)}</mrow>"
        if node.new:
            return f"<msubsup>{name}{below}<mtext>new</mtext></msubsup>"
        return f"<msub>{name}{below}</msub>" if indices else name

    def index(self, step: Step) -> str:
        """A time index: t−1 with its letter in italics."""
        offset = f"<mn>{abs(step.offset)}</mn>" if step.offset or not step.base else ""
        sign = "−" if step.offset < 0 else "+" if step.base and offset else ""
        sign = f'<mo lspace="0" rspace="0">{sign}</mo>' if sign else ""
        return (f"<mi>{step.base}</mi>" if step.base else "") + sign + offset

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        cells = "".join("<mtr>" + "".join(f"<mtd>{e}</mtd>" for e in row) + "</mtr>" for row in rows)
        return f"<mrow><mo>[</mo><mtable>{cells}</mtable><mo>]</mo></mrow>"

    def bracket(self, inner: str) -> str:
        tall = "<mtable" in inner or "<mfrac" in inner
        grow = "" if tall else ' stretchy="false"'
        return f"<mrow><mo{grow}>(</mo>{inner}<mo{grow}>)</mo></mrow>"

    def negative(self, inner: str) -> str:
        return f"<mrow><mo>−</mo>{inner}</mrow>"

    def join(self, parts: Sequence[str], operators: Sequence[str]) -> str:
        text = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            text += f"<mo>{operator}</mo>{part}"
        return f"<mrow>{text}</mrow>"

    def call(self, function: str, argument: str, exponent: int) -> str:
        name = f"<mi>{'σ' if function == 'sigmoid' else function}</mi>"
        name = f"<msup>{name}<mn>{exponent}</mn></msup>" if exponent != 1 else name
        return f"<mrow>{name}{self.bracket(argument)}</mrow>"

    def power(self, base: str, exponent: int) -> str:
        return f"<msup>{base}<mn>{exponent}</mn></msup>"

    def transpose(self, inner: str) -> str:
        return f"<msup>{inner}<mi>T</mi></msup>"

    def quotient(self, top: Expression, bottom: Expression) -> str:
        return f"<mfrac>{self(top)}{self(bottom)}</mfrac>"

    def sigma(self, low: Step, high: Step, body: str) -> str:
        start = f"<mrow><mi>t</mi><mo>=</mo>{self.index(low)}</mrow>"
        end = f"<mrow>{self.index(high)}</mrow>"
        return f"<mrow><munderover><mo>∑</mo>{start}{end}</munderover>{body}</mrow>"

    def total(self, inner: str) -> str:
        return f"<mrow><mo>∑</mo>{inner}</mrow>"


text = TextPrinter()
ascii = AsciiPrinter()
latex = LatexPrinter()
mathml = MathmlPrinter()
