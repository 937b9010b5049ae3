"""Functions: σ, tanh and what else documents apply to numbers: exp, ln, max, softmax, roots and |x|."""

from __future__ import annotations

from abc import abstractmethod

from gatewise.expression import Array, Call, Expression, Negative, Number, Power
from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.grammar.matrices import inside
from gatewise.teach.checker.read.grammar.quantities import index
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream, shown
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.checker.read.tokens.lexer import Token

SUM, PRODUCT, SIGN = 10, 20, 30
SHORTEST_FUNCTION = 3  # letters of a word that is a function if a bracket follows it
OF_THE_CANDIDATE = ("c", "h")  # σ_c and σ_h are tanh, where σ_g is σ


class FunctionParser(Stream):
    """The part of the parser that reads what is applied to something."""

    @abstractmethod
    def expression(self, strength: int) -> Expression: ...
    @abstractmethod
    def primary(self) -> Expression: ...

    def function(self, name: str) -> Expression:
        """Read what a function is applied to, and the power between the two, tanh²(z)."""
        if self.next_is("sub"):
            name = _with_index(name, "".join(index(self, self.take())), self.tokens[self.i - 1])
        exponent = 1
        if self.next_is("sup"):
            mark = self.take()
            above = "".join(index(self, mark))
            if not above.isdecimal() or len(above) > 2:
                raise CannotRead(f"{name} with {above or 'nothing'} above it", mark)
            exponent = int(above)
        opening = self.token
        if name == "sqrt" and opening is not None and opening.text == "[":
            raise CannotRead("a root that is not the square root", opening)
        bracket = self.next_is("open") or self.next_is("group")
        call = _call(name, self.primary() if bracket else self.expression(PRODUCT))
        return Power(call, exponent) if exponent != 1 else call

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

    def absolute(self, opening: Token) -> Expression:
        """Read |x|."""
        node = self.expression(0)
        if not self.next_is("bar"):
            raise CannotRead(f"{shown(opening)} has no partner", opening)
        self.take()
        return Call("abs", node)

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


def _call(name: str, argument: Expression) -> Expression:
    """Return the function of its argument; max(0, z) is relu."""
    if name != "max" or not isinstance(argument, Array):
        return Call(name, argument)
    entries = [entry for row in argument.rows for entry in row]
    zeros = [entry for entry in entries if isinstance(entry, Number) and float(entry.text) == 0]
    if len(entries) == 2 and len(zeros) == 1:
        return Call("relu", entries[0] if entries[1] is zeros[0] else entries[1])
    return Call("max", argument)
