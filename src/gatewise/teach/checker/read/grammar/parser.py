"""A Pratt parser: the tokens of one side to a tree of gatewise.expression.

Binding is by strength: sums, then products (⊙ · ⊗ × / and things side by side), then what stands high.
What is repaired on the way is noted; what cannot be read raises `CannotRead`.
"""

from __future__ import annotations

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Quotient,
    Symbol,
)
from gatewise.teach.checker.read import words
from gatewise.teach.checker.read.cell_letters import CLIP
from gatewise.teach.checker.read.grammar import limits, matrices
from gatewise.teach.checker.read.grammar.derivatives import fraction_of_d, partial, skip_arguments
from gatewise.teach.checker.read.grammar.functions import PRODUCT, SIGN, SUM, FunctionParser
from gatewise.teach.checker.read.grammar.indices import index
from gatewise.teach.checker.read.grammar.matrices import cells, inside, is_expression, split
from gatewise.teach.checker.read.grammar.numbers import number
from gatewise.teach.checker.read.grammar.products import combine, juxtaposed
from gatewise.teach.checker.read.grammar.quantities import quantity
from gatewise.teach.checker.read.grammar.stream import Braced, CannotRead, Notes, shown
from gatewise.teach.checker.read.grammar.wraps import without_wraps
from gatewise.teach.checker.read.reading import MAX_TERMS, Printed, terms_when_written_out
from gatewise.teach.checker.read.source import MAX_DEPTH, MAX_FACTORS
from gatewise.teach.checker.read.tokens.lexer import Token

CONCATENATIONS = ("concat", "cat", "concatenate")
STARTS = ("brace", "number", "word", "greek", "open", "group", "begin", "frac", "sum", "accent", "partial")
ONE_ENTRY = 3  # brackets, entry and expression are nested so deep for one level of a matrix


def parse(tokens: list[Token], notes: Notes) -> Expression:
    """Return the tree of one side, or raise CannotRead."""
    if (deep := matrices.too_deep(tokens)) is not None:
        raise CannotRead(f"brackets are nested more than {MAX_DEPTH} deep", deep)
    node = _Parser(without_wraps(tokens), notes).whole()
    if terms_when_written_out(node) > MAX_TERMS:
        raise CannotRead(f"a sum of more than {MAX_TERMS} terms")
    return node


class _Parser(FunctionParser):
    def __init__(self, tokens: list[Token], notes: Notes, depth: int = 0) -> None:
        super().__init__(tokens, notes)
        self.depth = depth

    def expression(self, strength: int) -> Expression:
        """Read everything from here that binds more tightly than `strength`."""
        self.deepen()
        left = self.signed(strength)
        factors = 1
        while (token := self.token) is not None:
            sign = token.text if token.kind == "operator" else ""
            if sign and sign in "+-±":
                if strength >= SUM:
                    break
                left = self.sum(left)
                continue
            starts = token.kind in STARTS or (token.kind == "bar" and not self.within_bars)
            if strength >= PRODUCT or not (sign or starts):
                break
            factors += 1
            if factors > MAX_FACTORS:
                raise CannotRead(f"a product of more than {MAX_FACTORS} factors", token)
            if sign:
                self.take()
            elif token.kind == "number" and self.tokens[self.i - 1].kind == "number":
                before = self.tokens[self.i - 1].text
                raise CannotRead(f"{before} and {token.text} stand side by side", token, before + token.text)
            right = self.expression(PRODUCT)
            left = combine(sign, left, right) if sign else self.juxtaposed(left, right)
        self.depth -= 1
        return left

    def deepen(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise CannotRead(f"brackets are nested more than {MAX_DEPTH} deep", self.token)

    def juxtaposed(self, left: Expression, right: Expression) -> Expression:
        """Return two things side by side as a product, or as a matrix whose rows the second names."""
        if isinstance(left, Array) and (labels := matrices.row_labels(right, self.notes.gates)):
            self.notes.labels = labels
            return left
        return juxtaposed(left, right)

    def sum(self, left: Expression) -> Expression:
        """Read all the terms that are added to `left` or subtracted from it."""
        terms = [left]
        while (token := self.token) is not None and token.kind == "operator" and token.text in "+-±":
            if token.text == "±":
                raise CannotRead("± has two values", token)
            self.take()
            term = self.expression(SUM)
            terms.append(term if token.text == "+" else Negative(term))
        return Add(tuple(terms))

    def signed(self, strength: int) -> Expression:
        """Read a factor with the signs before it; a minus before a number is the number's own."""
        token = self.token
        if token is None or token.kind != "operator" or token.text not in "+-":
            return self.raised(self.primary())
        self.take()
        if token.text == "+":
            return self.expression(SIGN)
        if not self.next_is("number"):
            return Negative(self.expression(max(strength, SUM)))
        if self.next_is("number", "sup"):
            return Negative(self.raised(number(self)))
        return self.raised(number(self, token))

    def primary(self) -> Expression:
        token = self.take()
        match token.kind:
            case "number":
                self.i -= 1
                return number(self)
            case "word" if token.text in words.FUNCTIONS:
                return self.function(words.FUNCTIONS[token.text])
            case "word" if self.notes.seen.letters and token.text in self.notes.seen.letters.functions:
                return self.function_of_cell(token)
            case "word" if token.text == "e" and self.next_is("sup") and not self.e_is_a_letter:
                return self.exponential()
            case "word" if token.text[:1] == "d" and (token.text == "d" or token.text[1:] in words.LOSSES):
                self.i -= 1
                derivative = fraction_of_d(self)
                return self.quantities() if derivative is None else derivative
            case "word" | "greek" if token.text == "phi" and self.is_of_candidate():
                return self.function("sigmoid")
            case "word" if token.text in CONCATENATIONS and self.next_is("open"):
                return self.concatenated(self.take())
            case "word" if self.is_unknown_function(token):
                raise CannotRead(f"{token.text} is not a function that is known", token)
            case "word" | "greek" | "accent":
                self.i -= 1
                return self.quantities()
            case "open" if token.text in ("[", "."):
                return self.square(token)
            case "open" | "group":
                return self.bracketed(token)
            case "begin":
                return self.matrix(token)
            case "brace":
                return self.braced()
            case "frac":
                return self.fraction()
            case "bar":
                return self.absolute(token)
            case "sum":
                return self.sigma(token)
            case "partial":
                self.i -= 1
                return partial(self)
            case "sup":
                return self.floating(token)
            case "dots":
                raise CannotRead("something is left out (…)", token)
        raise CannotRead(f"{shown(token)} is not expected here", token)

    @property
    def e_is_a_letter(self) -> bool:
        """Whether e is a quantity here, and not Euler's number."""
        return self.notes.seen.has("e") or "e" in self.notes.seen.words

    def braced(self) -> Expression:
        """Read what a brace encloses, and note what is written at it."""
        self.deepen()
        first = self.i
        node = self.primary()
        enclosed = self.tokens[first : self.i]
        self.depth -= 1
        while self.next_is("sub") or self.next_is("sup"):
            mark = self.take()
            if not self.next_is("group"):
                index(self, mark)
                continue
            opening = self.take()
            self.notes.braced.append(Braced(node, enclosed, inside(self)))
            self.close(opening)
        return node

    def quantities(self) -> Expression:
        """Read a quantity, or several that are written together."""
        first, *more = quantity(self)
        for node in more:
            first = self.juxtaposed(first, node)
        if isinstance(first, Symbol) and first.name == "loss" and self.next_is("open") and not first.step:
            skip_arguments(self)
            return Symbol("E")
        return first

    # Brackets and matrices ----------------------------------------------------------------------------

    def bracketed(self, opening: Token) -> Expression:
        """Read (…): an expression in brackets, or a vector (1, 2)."""
        first = self.i
        held = inside(self)
        if opening.kind == "open" and len(split(held, ("comma",))) > 1:
            node = self.entries(held, opening)
        else:
            self.i = first
            node = self.expression(0)
        self.close(opening)
        return node

    def square(self, opening: Token) -> Expression:
        """Read […]: a matrix, an expression in brackets, or columns of a matrix that continues below."""
        held = matrices.with_commas(inside(self))
        if (within := limits.parts(held)) is not None:
            _, value, high = (self.child(part).whole() for part in within)
            node = limits.between(value, high)
            self.close(opening)
            return node
        if is_expression(held):
            node = self.child(held).whole()
            self.close(opening)
            return node
        node = self.entries(held, opening)
        broken = self.token is not None and self.token.text == "."
        self.close(opening)
        while broken and self.next_is("open"):
            more = self.take()
            rest = self.entries(inside(self), more)
            broken = self.token is not None and self.token.text == "."
            self.close(more)
            if not isinstance(node, Array) or not isinstance(rest, Array):
                raise CannotRead("a matrix goes on as something else", more)
            node = matrices.joined(node, rest)
        return node

    def matrix(self, opening: Token) -> Expression:
        node = self.entries(inside(self), opening, always=True)
        self.close(opening)
        return node

    def entries(self, held: list[Token], opening: Token, always: bool = False) -> Expression:
        """Return the matrix of these tokens; a single entry that is no number stands for itself."""
        rows = [tuple(self.child(cell).whole() for cell in row) for row in cells(held)]
        if not rows:
            raise CannotRead("a matrix without entries", opening)
        rows = matrices.list_of_rows(rows)
        if not always and len(rows) == len(rows[0]) == 1 and not isinstance(rows[0][0], Number):
            return rows[0][0]
        if len({len(row) for row in rows}) > 1:
            lengths = ", ".join(str(len(row)) for row in rows)
            self.note_repair(
                opening.start, held[-1].end, "", f"the rows of the matrix have {lengths} entries"
            )
        return Array(tuple(rows))

    def child(self, tokens: list[Token]) -> _Parser:
        return _Parser(tokens, self.notes, self.depth + ONE_ENTRY)

    def whole(self) -> Expression:
        node = self.expression(0)
        if self.token is not None:
            raise CannotRead(f"{shown(self.token)} is not expected here", self.token)
        return node

    # Functions, fractions, derivatives, sums ----------------------------------------------------------

    def function_of_cell(self, token: Token) -> Expression:
        """Read a function of the cell's equations: relu(s), clip(s, 3)."""
        if token.text != CLIP:
            return self.function(token.text)
        held, function = limits.clip_from(self, token)
        return Call(function, self.child(held).whole())

    def fraction(self) -> Expression:
        token = self.token
        if token is not None and token.kind == "number" and token.text.isdecimal() and len(token.text) == 2:
            self.take()  # \frac12
            place = self.notes.place(token.start, token.end)
            return Quotient(Printed(token.text[0], 0, place), Printed(token.text[1], 0, place))
        first = self.i
        if (derivative := fraction_of_d(self, "group", "end", "group")) is not None:
            self.close(self.tokens[first])
            return derivative
        self.deepen()
        made = Quotient(self.raised(self.primary()), self.raised(self.primary()))
        self.depth -= 1
        return made
