"""Expression trees as a dialect writes them; every number with a mark that says which one it is."""

from __future__ import annotations

import re

from dialects.dialect import Dialect
from dialects.letters import Letters

from gatewise.expression import (
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
    walk,
)
from gatewise.teach.checker.read.reading import Printed

# The marks round a number: its place in the reading, then how it is shown. They are taken out at the end.
BEGIN, MIDDLE, END = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{BEGIN}(-?[0-9]+){MIDDLE}([^{END}]*){END}")
SUM, TIMES, POWER, ATOM = range(4)


class Printer:
    """Writes trees in a dialect, as LaTeX or as plain text."""

    def __init__(self, dialect: Dialect, plain: bool) -> None:
        self.dialect, self.plain = dialect, plain
        self.letters = Letters(dialect, plain)

    def __call__(self, node: Expression, level: int = SUM) -> str:
        written, own = self._written(node)
        return f"({written})" if own < level else written

    def _written(self, node: Expression) -> tuple[str, int]:
        match node:
            case Number():
                shown = self.number(node)
                return shown, SUM if node.negative else POWER - 1 if "10^" in shown else ATOM
            case Symbol():
                return self.letters.symbol(node), ATOM
            case Array():
                return self.array(node), ATOM
            case Add(terms):
                return self._sum(terms), SUM
            case Negative(argument):
                return "-" + self(argument, TIMES), SUM
            case Product(operation, factors):
                return self._product(operation, factors), TIMES
            case Quotient(top, bottom):
                return self._quotient(top, bottom)
            case Power(base, exponent):
                return self._power(base, exponent), POWER
            case Call(function, argument):
                return self._call(function, argument)
            case Transpose(argument):
                return self._transposed(argument), ATOM
            case Sigma(low, high, body):
                return self._sigma(low, high, body), TIMES
        raise TypeError(type(node).__name__)

    def number(self, node: Number, shown: str | None = None) -> str:
        shown = shown or node.text
        mantissa, _, exponent = shown.partition("e")
        if exponent and not self.plain:
            shown = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        elif not exponent and self.dialect.tens and _is_small(shown):
            shown = self._in_tens(shown)
        if self.dialect.comma:
            shown = shown.replace(".", ",")
        if isinstance(node, Printed) and node.at is not None:
            return f"{BEGIN}{node.at.offset}{MIDDLE}{shown}{END}"
        return shown

    def _in_tens(self, shown: str) -> str:
        digits = shown.lstrip("-0.")
        places = len(shown.partition(".")[2]) - len(digits) + 1
        sign = "-" if shown.startswith("-") else ""
        short = sign + digits[0] + ("." + digits[1:] if digits[1:] else "")
        return short + (f"e-{places:02}" if self.plain else rf" \cdot 10^{{-{places}}}")

    def array(self, node: Array) -> str:
        if self.dialect.rows:
            node = node.transposed()
        n, m = node.shape
        if isinstance(node.rows[0][0], Symbol):  # [h, x]
            return "[" + ", ".join(self(entry) for row in node.rows for entry in row) + "]"
        rows = [[self(entry) for entry in row] for row in node.rows]
        if n == m == 1:
            return rows[0][0]
        comma = "; " if self.dialect.comma else ", "
        if 1 in (n, m) and (self.plain or self.dialect.arrays == "list"):
            return "[" + comma.join(entry for row in rows for entry in row) + "]"
        if self.plain:
            return "[" + comma.join("[" + comma.join(row) + "]" for row in rows) + "]"
        kind = "pmatrix" if self.dialect.arrays == "pmatrix" else "bmatrix"
        inner = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{{kind}}} {inner} \end{{{kind}}}"

    def _sum(self, terms: tuple[Expression, ...]) -> str:
        parts = [self(terms[0], SUM)]
        for term in terms[1:]:
            if isinstance(term, Negative):
                parts.append(" - " + self(term.argument, TIMES))
            else:
                parts.append(" + " + self(term, TIMES))
        return "".join(parts)

    def _product(self, operation: str, factors: tuple[Expression, ...]) -> str:
        if operation in ("dot", "outer") and self.dialect.rows:
            factors = factors[::-1]
        numeric = not any(isinstance(node, Symbol) for factor in factors for node in walk(factor))
        if operation == "outer":
            first, second = (self(factor, TIMES) for factor in factors)
            if self.dialect.outer == "⊗" or numeric:
                return f"{first} {'⊗' if self.plain else chr(92) + 'otimes'} {second}"
            other, k = (factors[0], 0) if self.dialect.rows else (factors[1], 1)
            pair = [first, second]
            pair[k] = self._transposed(other)
            return ("·" if self.plain else " ").join(pair)
        hadamard = operation == "hadamard" and not any(isinstance(factor, Number) for factor in factors)
        if self.plain:
            sign = " ⊙ " if hadamard and not numeric else "·"
        elif hadamard:
            sign = r" \odot "
        elif operation == "dot" and not numeric:
            sign = " "
        else:
            sign = r" \cdot "
        levels = [POWER if k else TIMES for k in range(len(factors))]
        return sign.join(self(factor, level) for factor, level in zip(factors, levels, strict=True))

    def _quotient(self, top: Expression, bottom: Expression) -> tuple[str, int]:
        half = bottom == Number("2") and any(isinstance(node, Symbol) for node in walk(top))
        if half and self.dialect.outer == "T":  # ½ (h − y)² for (h − y)²/2
            return ("1/2 " if self.plain else r"\frac{1}{2} ") + self(top, TIMES), TIMES
        if self.plain:
            return f"{self(top, TIMES)}/{self(bottom, ATOM)}", TIMES
        return rf"\frac{{{self(top)}}}{{{self(bottom)}}}", TIMES

    def _power(self, base: Expression, exponent: int) -> str:
        power = f"^{exponent}"
        if isinstance(base, Call) and base.function in ("tanh", "sigmoid"):
            return f"{self._name(base.function)}{power}({self(base.argument)})"
        written = self(base, ATOM)
        if isinstance(base, Symbol) and "^" in written:
            written = f"({written})"
        return written + power

    def _name(self, function: str) -> str:
        plain = {"sigmoid": "σ"}.get(function, function)
        return (
            plain if self.plain else {"sigmoid": r"\sigma", "tanh": r"\tanh"}.get(function, rf"\{function}")
        )

    def _call(self, function: str, argument: Expression) -> tuple[str, int]:
        if function == "sum":
            return ("Σ " if self.plain else r"\sum_j ") + self(argument, TIMES), TIMES
        return f"{self._name(function)}({self(argument)})", ATOM

    def _transposed(self, argument: Expression) -> str:
        written = self(argument, ATOM)
        if self.plain:
            return written + "ᵀ"
        return (f"({written})" if "^" in written or "(" in written else written) + r"^{\top}"

    def _sigma(self, low: Step, high: Step, body: Expression) -> str:
        first = self.letters.number_of(low)
        last = self.letters.number_of(high)
        if self.plain:
            return f"Σ_{{t={first}}}^{{{last}}} {self(body, TIMES)}"
        return rf"\sum_{{t={first}}}^{{{last}}} {self(body, TIMES)}"


def _is_small(text: str) -> bool:
    return 0 < abs(float(text)) < 0.01 and "." in text


__all__ = ["MARKED", "Printer"]
