"""Derivatives of the loss as textbooks write them: ∂E/∂h_t as a fraction or on one line, and ∂ₓE."""

from __future__ import annotations

from gatewise.expression import Expression, Symbol, Transpose, text
from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.grammar.matrices import inside
from gatewise.teach.checker.read.grammar.quantities import index, quantity, word
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream
from gatewise.teach.checker.read.tokens.lexer import Token


def fraction_of_d(stream: Stream, *around: str) -> Expression | None:
    """Read ∂E/∂h from here, else None; `around` are the brackets before and between the two of a fraction."""
    first = stream.i
    before, between = (around[:1], around[1:]) if around else ((), ("operator",))
    if stream.next_is(*before):
        stream.i += len(before)
        if _sign(stream) and word(stream) in names.LOSSES:
            if stream.next_is("sub"):
                index(stream, stream.take())
            if stream.next_is(*between):
                stream.i += len(between)
                if _sign(stream):
                    return _derivative_of(quantity(stream)[0], stream, stream.tokens[first])
    stream.i = first
    return None


def partial(stream: Stream) -> Expression:
    """Read ∂E/∂W on one line, or ∂ₓE, which the worked example has for Δ."""
    if (derived := fraction_of_d(stream)) is not None:
        return derived
    sign = stream.take()
    if stream.next_is("sub"):
        index(stream, stream.take())
    if word(stream) not in names.LOSSES:
        raise CannotRead("∂ of something that is not the loss", sign)
    if stream.next_is("open"):
        skip_arguments(stream)
    return Symbol("d_E")


def skip_arguments(stream: Stream) -> None:
    """Pass the brackets of E(x, x̂)."""
    opening = stream.take()
    inside(stream)
    stream.close(opening)


def _sign(stream: Stream) -> bool:
    token = stream.token
    sign = token is not None and (token.kind == "partial" or (token.kind == "word" and token.text == "d"))
    stream.i += sign
    return sign


def _derivative_of(node: Expression, stream: Stream, first: Token) -> Expression:
    """Return ∂E/∂node as the document's δ; that of a gate is past its activation."""
    symbol = node.argument if isinstance(node, Transpose) else node
    if not isinstance(symbol, Symbol):
        raise CannotRead("a derivative with respect to what is not one quantity", first)
    name = symbol.name if symbol.name.startswith("d_") else f"d_{symbol.name}"
    made = Symbol(name, symbol.part, symbol.step, symbol.entry, symbol.new)
    if symbol.name in ("a", "i", "f", "o"):
        end = stream.tokens[stream.i - 1].end
        why = f"taken as the derivative past the activation, which δ{symbol.name} is"
        stream.note_repair(first.start, end, text(made), why)
    return Transpose(made) if isinstance(node, Transpose) else made
