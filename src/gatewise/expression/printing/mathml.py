"""Presentation MathML, which browsers show without any library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from gatewise.expression.functions import written
from gatewise.expression.printing.walk import (
    UNICODE_OPERATORS,
    Printer,
    greek,
    mantissa_and_exponent,
    places,
)
from gatewise.expression.tree import Expression, Number, Step, Symbol


class MathmlPrinter(Printer[str]):
    """Presentation MathML (Core): the inside of a <math> element."""

    operators: Mapping[str, str] = {**UNICODE_OPERATORS, "<": "&lt;"}

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        minus = "<mo>−</mo>" if node.negative else ""
        shown = f"<mn>{digits.removeprefix('-')}</mn>"
        if guard:
            spoken = escape(node.text.partition("e")[0].removeprefix("-"))
            shown = f'<mrow class="guarded" aria-label="{spoken}">{shown}{self.low(guard)}</mrow>'
        if exponent:
            power = exponent.replace("-", "−")
            shown += f"<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
        return f"<mrow>{minus}{shown}</mrow>" if minus or exponent else shown

    @staticmethod
    def low(guard: str) -> str:
        """Write guard digits: small and low, but no subscript, which would be read as an index."""
        return f'<mpadded voffset="-0.25em"><mn class="guard" scriptlevel="+1">{guard}</mn></mpadded>'

    def symbol(self, node: Symbol) -> str:
        indices = [f"<mi>{escape(node.part)}</mi>"] if node.part else []
        indices += [self.index(node.step)] if node.step else []
        entry = f"<mtext>[{','.join(places(node.entry))}]</mtext>" if node.entry else ""
        name = "".join(f"<mi>{escape(part)}</mi>" for part in greek(node.name) if part)
        name = name.replace("<mi>Δ", '<mi mathvariant="normal">Δ')  # a capital, upright as in LaTeX
        name = f"<mrow>{name}</mrow>" if all(greek(node.name)) else name
        below = f"<mrow>{'<mo>,</mo>'.join(indices)}</mrow>"
        if node.new:
            name = f"<msubsup>{name}{below}<mtext>new</mtext></msubsup>"
        elif indices:
            name = f"<msub>{name}{below}</msub>"
        return f"<mrow>{name}{entry}</mrow>" if entry else name

    def index(self, step: Step) -> str:
        """Write a time index: t−1 with its letter in italics."""
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

    def listed(self, parts: Sequence[str]) -> str:
        return f"<mrow>{'<mo>,</mo>'.join(parts)}</mrow>"

    def condition(self, inner: str) -> str:
        return f"<mrow><mo>[</mo>{inner}<mo>]</mo></mrow>"

    def negative(self, inner: str) -> str:
        return f"<mrow><mo>−</mo>{inner}</mrow>"

    def join(self, parts: Sequence[str], operators: Sequence[str]) -> str:
        text = parts[0]
        for operator, part in zip(operators, parts[1:], strict=True):
            form = (
                "" if text else ' form="infix"'
            )  # what goes on from the line above begins with its operator
            text += f"<mo{form}>{operator}</mo>{part}"
        return f"<mrow>{text}</mrow>"

    def call(self, function: str, argument: str, exponent: int) -> str:
        name = f"<mi>{written(function, 'text')}</mi>"
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
