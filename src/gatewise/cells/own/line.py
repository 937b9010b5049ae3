"""One line of a cell as people write it, left = right: signs and names, and the formula that they make.

Read strictly, unlike documents that are checked: what is not understood is refused with its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from gatewise.cells.record import CellError
from gatewise.expression import Call, Expression, Negative, Number, Step, Symbol, product, times
from gatewise.expression.functions import FUNCTIONS, clipped_at, numbered

MOST_TOKENS = 400  # of a line
DEEPEST = 24  # brackets within brackets

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>hard_sigmoid|[A-Za-zσ]+)(?P<index>(?:_(?:\{[^{}\n]*\}|[A-Za-z0-9]+)|\[[^][\n]*\]|[ₜ₋₊₀-₉]+)*)
    |(?P<sign>[-+−*⊙·@×/()²^=,])""",
    re.VERBOSE,
)
_INDEX = re.compile(r"_\{([^{}]*)\}|_([A-Za-z0-9]+)|\[([^][]*)\]|([ₜ₋₊₀-₉]+)")
_SMALL = str.maketrans("ₜ₋₊₀₁₂₃₄₅₆₇₈₉", "t-+0123456789")  # as text has them: out_{t-1} is outₜ₋₁
_STEP = re.compile(r"t(?:[ ]*([-−+])[ ]*(\d{1,3}))?")
_PRODUCTS = {"⊙": "hadamard", "*": "hadamard", "·": "dot", "@": "dot", "×": "times"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int
    index: str = ""


class _Line:
    """One line of a definition, read by recursive descent: sums, products, powers, brackets."""

    def __init__(self, text: str, number: int) -> None:
        self.text, self.number = text, number
        self.tokens = [*self._cut()]
        self.place = self.depth = 0

    def refuse(self, what: str, column: int | None = None) -> NoReturn:
        """Raise what is wrong, and where."""
        at = self.token.column if column is None and self.token else column or len(self.text) + 1
        raise CellError(f"line {self.number}, column {at}: {what}.")

    def _cut(self) -> Iterator[_Token]:
        place = 0
        while place < len(self.text):
            found = _TOKEN.match(self.text, place)
            if found is None:
                raise CellError(
                    f"line {self.number}, column {place + 1}: {self.text[place]!r} is no sign of an "
                    "equation; there are + − ⊙ · × / ( ) ^ , and =, with * and @ for ⊙ and ·."
                )
            kind = found.lastgroup if found.lastgroup != "index" else "name"
            if kind != "space":
                text = found["name"] if kind == "name" else found[0]
                yield _Token(str(kind), text, place + 1, found["index"] or "")
            place = found.end()

    @property
    def token(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, *signs: str) -> str:
        """Take the next sign if it is one of these, else nothing."""
        token = self.token
        if token is None or token.kind != "sign" or token.text not in signs:
            return ""
        self.place += 1
        return token.text

    def equation(self) -> tuple[Symbol, Expression]:
        """Read left = right, to the end of the line."""
        if len(self.tokens) > MOST_TOKENS:
            self.refuse(f"the line has more than {MOST_TOKENS} signs and names", 1)
        left = self.primary()
        if not isinstance(left, Symbol) or left.step != Step() or left.part:
            self.refuse("an equation begins with a quantity at step t, such as out_t", 1)
        if not self.take("="):
            self.refuse(f"after {left.name}_t an = is missing")
        right = self.sum()
        if self.token is not None:
            self.refuse(f"{self.token.text!r} is not understood here")
        return left, right

    def sum(self) -> Expression:
        """Read terms."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"brackets are nested more than {DEEPEST} deep")
        first = Negative(self.product()) if self.take("-", "−") else self.product()
        total: Expression = first
        while sign := self.take("+", "-", "−"):
            term = self.product()
            total = total + term if sign == "+" else total - term
        self.depth -= 1
        return total

    def product(self) -> Expression:
        """Read factors."""
        left = self.power()
        while sign := self.take(*_PRODUCTS, "/"):
            right = self.power()
            if sign == "/":
                left = left / right
            elif isinstance(left, Number) or isinstance(right, Number) or sign == "×":
                if not isinstance(left, Number) and not isinstance(right, Number):
                    self.refuse("× is for numbers; of vectors, ⊙ goes element by element")
                left = times(left, right)
            else:
                left = left * right if _PRODUCTS[sign] == "hadamard" else product("dot", left, right)
        if self.token is not None and (self.token.kind != "sign" or self.token.text == "("):
            self.refuse(
                f"before {self.token.text!r} a sign is missing: · after a matrix, ⊙ element by element"
            )
        return left

    def power(self) -> Expression:
        """Read what may have an exponent."""
        base = self.primary()
        for _ in range(DEEPEST):
            if self.take("²"):
                base = base**2
            elif self.take("^"):
                token = self.token
                if token is None or not re.fullmatch(r"[1-9]", token.text):
                    self.refuse("an exponent is a whole number from 1 to 9")
                self.place += 1
                base = base ** int(token.text)
            else:
                return base
        return self.refuse(f"there are more than {DEEPEST} exponents")

    def primary(self) -> Expression:
        """Read a name, a number, a function or what stands in brackets."""
        if self.take("("):
            return self.closed()
        token = self.token
        if token is None:
            self.refuse("the line ends where a quantity is needed")
        if token.kind == "sign":
            self.refuse(f"{token.text!r} stands where a quantity is needed")
        self.place += 1
        if token.kind == "number":
            return Number(token.text)
        follows = self.token
        if follows is not None and follows.text == "(" and not token.index:
            return self.call(token)
        return self.symbol(token)

    def closed(self) -> Expression:
        """Read to the bracket that closes."""
        inner = self.sum()
        if not self.take(")"):
            self.refuse("a bracket is not closed")
        return inner

    def call(self, token: _Token) -> Expression:
        """Read what a function is applied to."""
        names = {**{name: name for name, each in FUNCTIONS.items() if each.slope}, "σ": "sigmoid"}
        if token.text not in (*names, "clip"):
            self.refuse(
                f"{token.text} is no function; there are {', '.join(names)}, clip(…, 3)", token.column
            )
        self.take("(")
        return self.clip() if token.text == "clip" else Call(names[token.text], self.closed())

    def clip(self) -> Expression:
        """Read what is kept between −number and number: clip(a_t + s_{t-1}, 3)."""
        inner = self.sum()
        if not self.take(","):
            self.refuse("clip needs its limit after a comma, as in clip(s_t, 3)")
        token = self.token
        if token is None or numbered(clipped_at(token.text)) is None:
            self.refuse("the limit of clip is a number above 0")
        self.place += 1
        if not self.take(")"):
            self.refuse("a bracket is not closed")
        return Call(clipped_at(token.text), inner)

    def symbol(self, token: _Token) -> Symbol:
        """Read the indices of a name: a letter of a gate, a time, or both, as in W_{a} and out_{t-1}."""
        part, step = "", None
        for found in _INDEX.finditer(token.index):
            for one in found[found.lastindex or 0].translate(_SMALL).split(","):
                time = _STEP.fullmatch(one.strip())
                if time is not None and step is None:
                    step = Step("t", int(f"{'-' if time[1] in ('-', '−') else ''}{time[2] or 0}"))
                elif re.fullmatch("[A-Za-z]+", one.strip()) and not part:
                    part = one.strip()
                else:
                    self.refuse(
                        f"{one.strip()[:40] or 'nothing'} is no index; there are t, t-1 and gates",
                        token.column,
                    )
        return Symbol(token.text, part=part, step=step)


def read_equation(text: str, number: int) -> tuple[Symbol, Expression]:
    """Read the line of that number: what it works out at step t, and by which formula.

    Raises
    ------
    CellError
        Where it is not understood, with the line and the column.
    """
    return _Line(text, number).equation()
