"""A reader's calculator: evaluates a printed side from nothing but its characters, in exact decimals.

It shares no code with the package. Used to prove that displayed lines work out as displayed.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import numpy as np

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:_\d+)?(?:e-?\d+)?)|(\(x\)|\^T|[a-z_]+|[-+*/@^()\[\];,<]))")
UNICODE = {"−": "-", "×": "*", "⊙": "*", "·": "@", "⊗": "(x)", "σ": "sigmoid", "Σ": "sum"}
LOW, HIGH = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"
SMALLEST = Decimal(2) ** -1022  # below it float64 has fewer digits; it counts as 0
TIES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}


def plain(text: str) -> str:
    """Unicode notation in ASCII: guard digits after an underscore, powers after a caret."""
    for sign, ascii_sign in UNICODE.items():
        text = text.replace(sign, ascii_sign)
    text = re.sub(f"[{LOW}]+", lambda m: "_" + "".join(str(LOW.index(c)) for c in m[0]), text)
    text = re.sub(rf"([a-z]+)([{HIGH}])\(([^()]*)\)", lambda m: f"{m[1]}({m[3]})^{HIGH.index(m[2])}", text)
    return re.sub(f"[{HIGH}]", lambda m: f"^{HIGH.index(m[0])}", text)


def tanh(z: Decimal) -> Decimal:
    if abs(z) < Decimal("1e-12"):  # the series, for 1 − e loses the digits of a small z
        return z - z**3 / 3 + 2 * z**5 / 15
    e = (-2 * abs(z)).exp()
    return ((1 - e) / (1 + e)).copy_sign(z)


def sigmoid(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return (1 if z > 0 else e) / (1 + e)


def softplus(z: Decimal) -> Decimal:
    return max(z, Decimal(0)) + (1 + (-abs(z)).exp()).ln()


FUNCTIONS = {
    "tanh": tanh,
    "sigmoid": sigmoid,
    "g": lambda z: 4 * sigmoid(z) - 2,
    "h": lambda z: 2 * sigmoid(z) - 1,
    "relu": lambda z: max(z, Decimal(0)),
    "step": lambda z: Decimal(1 if z > 0 else 0),
    "hard_sigmoid": lambda z: min(max(z / 5 + Decimal("0.5"), Decimal(0)), Decimal(1)),
    "inside": lambda v: Decimal(1 if 0 < v < 1 else 0),
    "softsign": lambda z: z / (1 + abs(z)),
    "softplus": softplus,
    "abs": abs,
    "exp": Decimal.exp,
}


def lies_between(low: Decimal, value: Decimal, high: Decimal) -> bool:
    """Whether a number is between two others, each written with its decimals: 0.9640 is not below tanh(2)."""
    last = Decimal(1).scaleb(min(value.as_tuple().exponent, -3))

    def written(limit: Decimal) -> list[Decimal]:
        return [limit.quantize(last, way) for way in (ROUND_HALF_UP, ROUND_DOWN)]

    return max(written(low)) < value < min(written(high))


def work_out(text: str) -> list[Decimal]:
    """The value of a printed side, row by row."""
    with localcontext() as context:
        context.prec = 60
        reader = _Reader(plain(text))
        value = reader.sum()
        assert reader.peek() is None, f"could not read {text!r} beyond {reader.peek()!r}"
        context.prec = 40
        return np.ravel(+value).tolist()


def writes_as(value: Decimal, shown: str, digits: int, ties: str) -> bool:
    """Whether `value` rounds to `shown`: to decimals or, of a number with a power of ten, to as many significant
    digits as it has. So has one that would have a power of ten but for its exponent of 0: 5.30 of 5 decimals."""
    target = Decimal(shown)
    if abs(value) < SMALLEST:
        value = Decimal(0)
    mantissa = shown.partition("e")[0].replace("-", "")
    if "e" in shown or (shown != "0" and len(mantissa.partition(".")[2]) < digits):
        places = len(mantissa.replace(".", ""))
        last = Decimal(1).scaleb((target or value).adjusted() - places + 1) if value else Decimal(1)
    else:
        last = Decimal(1).scaleb(-digits)
    return value.quantize(last, TIES[ties]) == target


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            assert match, f"cannot read {text[position:]!r} in {text!r}"
            self.tokens.append(match[1] or match[2])
            position = match.end()
        self.at = 0

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self):
        value = -self.product() if self.peek() == "-" and self.take() else self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.power()
        while self.peek() in ("*", "@", "(x)", "/"):
            match self.take():
                case "*":
                    value = value * self.power()
                case "/":
                    value = value / self.power()
                case "@":
                    value = value @ self.power()
                case _:
                    value = np.multiply.outer(np.ravel(value), np.ravel(self.power()))
        return value

    def power(self):
        value = self.atom()
        while self.peek() in ("^", "^T"):
            value = value.T if self.take() == "^T" else value ** int(self.take())
        return value

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            assert self.take() == ")"
            return value
        if token in FUNCTIONS:
            return np.frompyfunc(FUNCTIONS[token], 1, 1)(self.atom())
        if token == "clip":
            assert self.take() == "("
            value = self.sum()
            assert self.take() == ","
            most = Decimal(self.take())
            assert self.take() == ")"
            return np.frompyfunc(lambda z: max(min(z, most), -most), 1, 1)(value)
        if token == "sum":
            return np.sum(self.power())
        if token == "[" and self.is_condition():
            low = self.sum()
            assert self.take() == "<"
            value = self.sum()
            assert self.take() == "<"
            high = self.sum()
            assert self.take() == "]"
            return np.frompyfunc(lambda v: Decimal(int(lies_between(low, v, high))), 1, 1)(value)
        if token == "[":
            rows = [[]]
            while self.peek() != "]":
                if self.peek() == ";":
                    self.take()
                    rows.append([])
                else:
                    rows[-1].append(-Decimal(self.take_number()) if self.peek() == "-" else self.atom())
            self.take()
            return np.array(rows, dtype=object)
        return Decimal(token.replace("_", ""))

    def is_condition(self) -> bool:
        """Whether the bracket that was opened holds low < value < high."""
        depth = 1
        for token in self.tokens[self.at :]:
            depth += {"[": 1, "]": -1}.get(token, 0)
            if depth == 0 or (depth == 1 and token == "<"):
                return depth == 1
        return False

    def take_number(self) -> str:
        self.take()
        return self.take().replace("_", "")
