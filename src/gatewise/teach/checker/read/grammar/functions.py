"""Functions: σ, tanh, exp, ln, max, softmax, roots, |x|, and the sums and powers of documents."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

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
    Symbol,
    text,
    walk,
)
from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.grammar.indices import index
from gatewise.teach.checker.read.grammar.matrices import inside
from gatewise.teach.checker.read.grammar.products import is_matrix, transposed
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream, shown
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.signs import NORM

SUM, PRODUCT, SIGN = 10, 20, 30
UNIT_INDICES = tuple("ijklmnpq")  # of sums over units
SHORTEST_FUNCTION = 3  # letters of a word that is a function if a bracket follows it
BASES = ("2", "10")  # of logarithms
MOST_BARS = 4  # two |x|, one of which may stand in the other
OF_THE_CANDIDATE = ("c", "h")  # σ_c, σ_h and φ_h are tanh, where σ_g is σ


class FunctionParser(Stream):
    """The part of the parser that reads what is applied to something."""

    within_bars = False  # whether the next bar ends what one began

    @abstractmethod
    def expression(self, strength: int) -> Expression: ...
    @abstractmethod
    def primary(self) -> Expression: ...

    def function(self, name: str) -> Expression:
        """Read what a function is applied to, and the power between the two, tanh²(z)."""
        base = ""
        if self.next_is("sub"):
            low = "".join(index(self, self.take()))
            base = low if name == "log" and low in BASES else ""
            name = name if base else _with_index(name, low, self.tokens[self.i - 1])
        exponent = 1
        if self.next_is("sup"):
            mark = self.take()
            above = "".join(index(self, mark))
            if above in ("′", "prime") and name in ("sigmoid", "tanh") and self.next_is("open"):
                return _slope(name, self.primary(), mark)
            if not above.isdecimal() or len(above) > 2:
                raise CannotRead(f"{name} with {above or 'nothing'} above it", mark)
            exponent = int(above)
        opening = self.token
        if name == "sqrt" and opening is not None and opening.text == "[":
            raise CannotRead("a root that is not the square root", opening)
        bracket = self.next_is("open") or self.next_is("group")
        call = _call(name, self.primary() if bracket else self.expression(PRODUCT))
        if base:
            call = Quotient(call, Call("log", Number(base)))
        return Power(call, exponent) if exponent != 1 else call

    def is_of_candidate(self) -> bool:
        """Return whether _h or _c and a bracket follow: φ_h(…) is tanh, as σ_h is."""
        if not self.next_is("sub"):
            return False
        first = self.i
        low = "".join(index(self, self.take()))
        applied = self.token is not None and self.token.text in ("(", "[")
        self.i = first
        return applied and low in OF_THE_CANDIDATE

    def exponential(self) -> Expression:
        """Read what stands above e."""
        mark = self.take()
        if mark.text:
            sign, letter = mark.text[:1] == "-", mark.text.lstrip("-")
            if letter.isalpha():
                symbol, _ = names.symbol_for(names.Name(letter), self.notes.seen)
                return Call("exp", Negative(symbol) if sign else symbol)
            if not letter.isdecimal():
                raise CannotRead("what stands above e is no number", mark)
            return Call("exp", Printed(mark.text, 0, self.notes.place(mark.start, mark.end)))
        if self.next_is("operator") and self.tokens[self.i].text == "-":
            self.take()
            return Call("exp", Negative(self.primary()))
        return Call("exp", self.primary())

    def sigma(self, token: Token) -> Expression:
        """Read Σ over steps; without bounds, and over units, the sum of all entries."""
        low = high = ""
        if self.next_is("open") and self.tokens[self.i].text == "[" and not self.tokens[self.i].gap:
            self.take()
            written = "".join(".." if part.kind == "dots" else part.text for part in inside(self))
            self.close(token)
            low, _, high = written.partition("..")
        while self.next_is("sub") or self.next_is("sup"):
            mark = self.take()
            bound = ",".join(index(self, mark))
            low, high = (bound, high) if mark.kind == "sub" else (low, bound)
        letter, equals, first = low.partition("=")
        of_units = letter in UNIT_INDICES and (not high or names.step_of(high) is None)
        if of_units or not (low or high):
            return Call("sum", self.expression(PRODUCT))
        start, end = names.step_of(first if equals else "0"), names.step_of(high or "T-1")
        if start is None or end is None:
            raise CannotRead("the bounds of the sum are not steps", token)
        body = self.expression(SUM)
        if not equals or not high:
            last = self.tokens[self.i - 1].end
            self.note_repair(token.start, last, "", "the sum lacks a bound; it is taken over all steps")
        return Sigma(start, end, body)

    def floating(self, token: Token) -> Expression:
        """Read ^{δW}: a quantity set as an index of nothing."""
        if token.text or not self.next_is("group"):
            raise CannotRead("an index stands beside nothing", token)
        node = self.primary()
        if isinstance(node, Symbol) and node.name.startswith("d_"):
            self.note_repair(
                token.start, self.tokens[self.i - 1].end, text(node), "it is set high, beside nothing"
            )
        return node

    def raised(self, node: Expression) -> Expression:
        """Return `node` with the transpose or whole-number power that follows it."""
        for _ in range(3):
            if not self.next_is("sup"):
                break
            mark = self.take()
            above = "".join(index(self, mark)).strip("()⊙")
            if above in ("T", "top"):
                node = transposed(node)
            elif above.removeprefix("-").isdecimal() and len(above) < 4:
                node = Power(node, int(above))
            elif above in ("0.5", "1/2"):
                node = Call("sqrt", node)
            else:
                raise CannotRead(f"{above or 'nothing'} above is no power", mark)
        return node

    def absolute(self, opening: Token) -> Expression:
        """Read |x|, or ‖x‖, the root of a sum of squares; ‖x‖² is the sum."""
        if sum(token.kind == "bar" for token in self.tokens) > MOST_BARS:
            raise CannotRead("which bars belong together cannot be told", opening)
        around, self.within_bars = self.within_bars, True
        node = self.expression(0)
        self.within_bars = around
        token = self.token
        ends_two = token is not None and token.kind == "bar" and token.end - token.start == len("||")
        if token is not None and ends_two and opening.text != NORM:
            self.tokens[self.i] = replace(token, text="|", start=token.start + 1)
            return Call("abs", node)
        if token is None or (token.kind, token.text) != (opening.kind, opening.text):
            raise CannotRead(f"{shown(opening)} has no partner", opening)
        self.take()
        return self.norm(node, opening) if opening.text == NORM else Call("abs", node)

    def norm(self, node: Expression, opening: Token) -> Expression:
        """Return the norm of what stood between ‖ and ‖, with the 2 or F below and the 2 above it."""
        low = squared = ""
        while self.next_is("sub") or (self.next_is("sup") and not squared):
            first, mark = self.i, self.take()
            written = "".join(index(self, mark))
            if mark.kind == "sup" and written != "2":
                self.i = first
                break
            low, squared = (low, written) if mark.kind == "sup" else (written, squared)
        of_matrix = is_matrix(node) or (isinstance(node, Array) and min(node.shape) > 1)
        if low not in ("", "2", "F") or (of_matrix and low != "F"):
            raise CannotRead("a norm other than the root of a sum of squares", opening)
        squares = Call("sum", Power(node, 2))
        return squares if squared else Call("sqrt", squares)

    def is_unknown_function(self, token: Token) -> bool:
        """Return whether a word is applied to something although no function of that name is known."""
        word, opening = token.text, self.token
        if opening is None or opening.kind != "open" or opening.text != "(" or opening.gap:
            return False
        return len(word) >= SHORTEST_FUNCTION and not names.is_known(word) and not names.closest_name(word)

    def concatenated(self, opening: Token) -> Expression:
        """Read concat(h, x) as [h, x]."""
        held = inside(self)
        self.close(opening)
        return self.entries(held, opening)

    @abstractmethod
    def entries(self, held: list[Token], opening: Token, always: bool = False) -> Expression: ...


def _with_index(name: str, low: str, token: Token) -> str:
    """Return the function that σ_g or σ_c is; an index says nothing of the others but of log and max."""
    if name in ("log", "max") and low != "e":
        raise CannotRead(f"{name} with {low} below it", token)
    return "tanh" if name == "sigmoid" and low in OF_THE_CANDIDATE else name


def _slope(name: str, argument: Expression, mark: Token) -> Expression:
    """Return σ'(2) or tanh'(2), of a number; of letters, documents put other things in its brackets."""
    if any(isinstance(node, Symbol) for node in walk(argument)):
        raise CannotRead(f"{name} with ′ above it", mark)
    call = Call(name, argument)
    if name == "tanh":
        return Add((Number("1"), Negative(Power(call, 2))))
    return Product("times", (call, Add((Number("1"), Negative(call)))))


def _call(name: str, argument: Expression) -> Expression:
    """Return the function of its argument; max(0, z) is relu."""
    if name != "max" or not isinstance(argument, Array):
        return Call(name, argument)
    entries = [entry for row in argument.rows for entry in row]
    zeros = [entry for entry in entries if isinstance(entry, Number) and float(entry.text) == 0]
    if len(entries) == 2 and len(zeros) == 1:
        return Call("relu", entries[0] if entries[1] is zeros[0] else entries[1])
    return Call("max", argument)
