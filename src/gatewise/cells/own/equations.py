"""A cell as people write it: equations line by line, in the notation of the worksheet.

    r_t = σ(W_r·x_t + U_r·out_{t-1} + b_r)      # reset gate
    k_t = r_t ⊙ out_{t-1}
    a_t = tanh(W_a·x_t + U_a·k_t + b_a)
    out_t = (1 - r_t) ⊙ out_{t-1} + r_t ⊙ a_t

What is added is told by the equations: a letter with a time index is a quantity, another a parameter; W_r·x_t
makes W a matrix of D columns; a parameter's letter below, the r of W_r, makes r a gate. Definitions are read
strictly, unlike documents that are checked: what is not understood is refused with its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.record import CellError
from gatewise.cells.ways import symbols_in
from gatewise.expression import (
    Call,
    Expression,
    Negative,
    Number,
    Product,
    Step,
    Symbol,
    product,
    times,
    walk,
)
from gatewise.expression.functions import FUNCTIONS, clipped_at, numbered
from gatewise.support.options import as_mapping

LONGEST = 20_000  # characters of a definition
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


def read_cell(
    equations: str,
    name: str = "own",
    *,
    title: str | None = None,
    source: str = "",
    sizes: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> Cell:
    """Make a cell of written equations.

    Parameters
    ----------
    equations : str
        A line for each quantity of a step, in the order of work; what stands after # says what it is for.
    name, title, source : str
        What it is called, and where it was published.
    sizes : dict, optional
        Q of what is projected to another length: {"out": "Q"}.
    words : dict, optional
        What the gates are called.

    Raises
    ------
    CellError
        Where a line is not understood, with its line and column; where the equations are no cell, with why.
    """
    if not isinstance(equations, str):
        raise CellError("equations is no text; give a line for each quantity.")
    if len(equations) > LONGEST:
        raise CellError(f"the equations have {len(equations):,} characters; at most {LONGEST:,} are read.")
    rows: list[tuple[Symbol, Expression, str]] = []
    for number, line in enumerate(equations.splitlines(), 1):
        text, _, why = line.partition("#")
        if text.strip():
            rows.append((*_Line(text.rstrip(), number).equation(), why.strip()))
    made = tuple(
        Equation(f"F{number}", "forward", left, right, sentence_of(left.name, why))
        for number, (left, right, why) in enumerate(rows, 1)
    )
    sizes = as_mapping("sizes", {} if sizes is None else sizes)
    gates = _gates(made)
    shapes, parts = _parameters(made, gates, sizes)
    before = {each.name for e in made for each in symbols_in(e.right) if each.step and each.step.offset < 0}
    carried = ("out", *(e.left.name for e in made if e.left.name in before and e.left.name != "out"))
    return Cell(
        name,
        name if title is None else title,
        gates,
        carried,
        shapes,
        made,
        source,
        parts=parts,
        sizes=sizes,
        words=as_mapping("words", {} if words is None else words),
    )


def sentence_of(name: str, why: str) -> str:
    """Return what is said of a quantity, as a sentence: what was written of it, or that it is what it is."""
    why = why.strip() or f"What {name} is"
    return f"{why[0].upper()}{why[1:]}{'' if why.endswith(('.', '!', '?')) else '.'}"


def _gates(equations: tuple[Equation, ...]) -> tuple[str, ...]:
    """Return the quantities whose letter stands below a parameter, in the order of their equations."""
    letters = {
        each.part for e in equations for each in symbols_in(e.right) if each.step is None and each.part
    }
    return tuple(e.left.name for e in equations if e.left.name in letters)


def _parameters(
    equations: tuple[Equation, ...], gates: tuple[str, ...], sizes: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the shape of each parameter, and the gates that have a part in it, as they are used."""
    used: dict[str, set[str]] = {}
    columns: dict[str, str] = {}
    rows: dict[str, str] = {}
    for equation in equations:
        for node in walk(equation.right):
            if (
                isinstance(node, Product)
                and node.operation == "dot"
                and all(isinstance(f, Symbol) for f in node.factors)
            ):
                matrix, column = node.factors
                assert isinstance(matrix, Symbol)
                assert isinstance(column, Symbol)
                columns.setdefault(matrix.name, "D" if column.name == "x" else sizes.get(column.name, "H"))
        for each in symbols_in(equation.right):
            if each.step is None:
                used.setdefault(each.name, set()).add(each.part)
                rows.setdefault(each.name, sizes.get(equation.left.name, "H"))
    shapes: dict[str, tuple[str, ...]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for name, letters in used.items():
        own = tuple(gate for gate in gates if gate in letters)
        if own:
            parts[name] = own
        first = rows[name] if not own else f"{len(own)}H" if len(own) > 1 else "H"
        shapes[name] = (first, columns[name]) if name in columns else (first,)
    return shapes, parts
