"""Derivatives of the loss as textbooks write them: ∂E/∂h_t as a fraction or on one line, and ∂ₓE."""

from __future__ import annotations

from dataclasses import replace

from gatewise.expression import Expression, Symbol, Transpose, text
from gatewise.teach.checker.read import names, words
from gatewise.teach.checker.read.grammar.indices import index, word
from gatewise.teach.checker.read.grammar.matrices import inside
from gatewise.teach.checker.read.grammar.quantities import quantity
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.together import glued


def fraction_of_d(stream: Stream, *around: str) -> Expression | None:
    """Read ∂E/∂h or ∂h/∂c from here, else None; `around` are a fraction's brackets before and between."""
    first, shortened = stream.i, list[tuple[int, Token]]()
    before, between = (around[:1], around[1:]) if around else ((), ("operator",))
    made = None
    if stream.next_is(*before):
        stream.i += len(before)
        made = _fraction(stream, between, shortened)
    if made is None:
        stream.i = first
        for k, token in shortened:
            stream.tokens[k] = token
    return made


def _fraction(
    stream: Stream, between: tuple[str, ...], shortened: list[tuple[int, Token]]
) -> Expression | None:
    start = stream.i
    if not _sign(stream, shortened):
        return None
    loss = _loss(stream)
    above = None if loss is not None else _quantity(stream)
    if (loss is None and above is None) or not stream.next_is(*between):
        return None
    if between == ("operator",) and stream.tokens[stream.i].text != "/":
        return None
    stream.i += len(between)
    below = _quantity(stream) if _sign(stream, shortened) else None
    if below is None:
        return None
    if above is not None:
        return _derivative_between(above, below)
    return _derivative_of(below, stream.tokens[start], loss or "")


def _loss(stream: Stream) -> str | None:
    """Read the loss; return its index, "t" of L_t, or "" if it has none; None if it is something else."""
    first = stream.i
    if word(stream) not in words.LOSSES:
        stream.i = first
        return None
    indices: list[str] = []
    while stream.next_is("sub") or stream.next_is("sup"):
        indices += index(stream, stream.take())
    if stream.next_is("open") and not stream.tokens[stream.i].gap:
        indices.append("".join(token.text for token in skip_arguments(stream)))
    steps = [text.strip("()<>") for text in indices]
    return next((text for text in steps if names.step_of(text) is not None), "")


def _quantity(stream: Stream) -> Expression | None:
    token = stream.token
    if token is None or token.kind not in ("word", "accent", "greek", "group"):
        return None
    return quantity(stream)[0]


def partial(stream: Stream) -> Expression:
    """Read ∂E/∂W on one line, or ∂ₓE, which the worked example has for Δ."""
    if (derived := fraction_of_d(stream)) is not None:
        return derived
    sign = stream.take()
    if stream.next_is("sub"):
        index(stream, stream.take())
    if word(stream) not in words.LOSSES:
        raise CannotRead("∂ of something that is not the loss", sign)
    if stream.next_is("open"):
        skip_arguments(stream)
    return Symbol("d_E")


def skip_arguments(stream: Stream) -> list[Token]:
    """Pass the brackets of E(x, x̂), and return what stands in them."""
    opening = stream.take()
    held = inside(stream)
    stream.close(opening)
    return held


def _sign(stream: Stream, shortened: list[tuple[int, Token]]) -> bool:
    """Pass ∂ or d; of a word that begins with it, dL or dh, the d is taken off, and what it was is noted."""
    token = stream.token
    if token is None:
        return False
    if token.kind == "partial" or (token.kind == "word" and token.text == "d"):
        stream.i += 1
        return True
    rest = token.text[1:]
    if token.kind != "word" or token.text[:1] != "d" or not _is_name(rest):
        return False
    shortened.append((stream.i, token))
    stream.tokens[stream.i] = replace(token, text=rest)
    return True


def _is_name(word: str) -> bool:
    return word in words.LOSSES or names.is_known(word) or glued(word) is not None


def _derivative_of(node: Expression, first: Token, loss: str) -> Expression:
    """Return ∂E/∂node as the document's δ; its name keeps the index of the loss."""
    symbol = node.argument if isinstance(node, Transpose) else node
    if not isinstance(symbol, Symbol):
        raise CannotRead("a derivative with respect to what is not one quantity", first)
    name = symbol.name if symbol.name.startswith("d_") else f"d_{symbol.name}"
    written = names.name_of(symbol)
    source = replace(written, prefix=f"∂{loss}").source if written else ""
    made = Symbol(name, symbol.part, symbol.step, symbol.entry, symbol.new, source=source)
    return Transpose(made) if isinstance(node, Transpose) else made


def _derivative_between(above: Expression, below: Expression) -> Symbol:
    """Return ∂h/∂c, the derivative of one quantity by another, as a quantity of its own."""
    return Symbol(f"∂{text(above)}/∂{text(below)}")
