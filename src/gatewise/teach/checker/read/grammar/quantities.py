"""Quantities as they stand in mathematics: δ or Δ, the letters, and all indices low, high and in brackets."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatewise.expression import Expression, Symbol, text
from gatewise.teach.checker.read import names, words
from gatewise.teach.checker.read.grammar.indices import index, is_after_its_letter, until_close, word
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream
from gatewise.teach.checker.read.tokens import together
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.together import glued, split_word

LONGEST_NUMBER = 4  # digits of an index that stands close to its letters
INDEX_LETTERS = {*words.GATE_LETTERS, "t", "T", "k"}
PREFIXES = {"δ": "d", "Δ": "delta", "∇": "d"}


@dataclass
class _Indices:
    low: list[str] = field(default_factory=list)
    high: list[str] = field(default_factory=list)
    brackets: list[str] = field(default_factory=list)


def quantity(stream: Stream) -> list[Expression]:
    """Read the quantity that begins here; more than one if letters are written together, as in Wx."""
    start = stream.i
    prefix, damaged = _sign(stream)
    letters = word(stream)
    if not letters:
        if prefix == "delta":
            return [_symbol(stream, "delta", "", start)]
        return [_indexed_delta(stream, start)]
    if damaged:
        return [_symbol(stream, "o" + letters, prefix, start, f"{letters} is read as o{letters}")]
    seen = stream.notes.seen
    if (parted := glued(letters, _step_follows(stream))) is not None and not seen.has(letters):
        return [_symbol(stream, parted[0], prefix, start, indices=_Indices([parted[1]]))]
    letters, *below = [letters] if names.is_known(letters) or "_l" in letters else letters.split("_")
    if below:
        return [_symbol(stream, letters, prefix, start, indices=_Indices([*below]))]
    *before, last = [letters] if seen.has(letters) else split_word(letters)
    made = [names.symbol_for(names.Name(part, prefix), seen)[0] for part in before]
    return [*made, _symbol(stream, last, "" if before else prefix, start)]


def _step_follows(stream: Stream) -> bool:
    """Return whether an index stands close behind the letters just read: the 1 of af1, the _1 of af_1."""
    token = stream.token
    close = token is not None and token.start == stream.tokens[stream.i - 1].end
    return close and token is not None and (token.kind == "sub" or token.text.isdecimal())


def _sign(stream: Stream) -> tuple[str, bool]:
    """Read δ or Δ before a name, and whether a 0 after it stands for the o of out, as scans have Δ_0 ut_0."""
    token = stream.token
    if token is not None and token.text == "d" and _stands_close(stream, token):
        stream.take()
        return "d", False
    if token is None or token.kind != "greek":
        return "", False
    prefix = PREFIXES[stream.take().text]
    ahead = stream.tokens[stream.i : stream.i + 3]
    zero = [t.text for t in ahead]
    kinds = [t.kind for t in ahead]
    if kinds == ["sub", "number", "word"] and zero[1] == "0":
        rest = 2
    elif kinds[:2] in (["sub", "word"], ["number", "word"]) and zero[0] == "0":
        rest = 1
    else:
        return prefix, False
    if len("o" + zero[rest]) < 2 or "o" + zero[rest] not in words.STEPPED:
        return prefix, False
    stream.i += rest
    return prefix, True


def _stands_close(stream: Stream, d: Token) -> bool:
    r"""Return whether d is no name of its own, but close before one that begins anew: dΓ, d\tilde{c}."""
    following = stream.tokens[stream.i + 1 : stream.i + 2]
    return (
        bool(following)
        and following[0].start == d.end
        and not is_after_its_letter(following[0])
        and (following[0].kind in ("accent", "word"))
    )


def _indexed_delta(stream: Stream, start: int) -> Expression:
    """Read δ_{h_t}, δ_{f,2}, δ^{out}_t or δ_t^o, where the quantity stands as an index of δ; or δ_t alone."""
    letters, indices = "", _Indices()
    while stream.next_is("sub") or (stream.next_is("sup") and not _is_power(stream)):
        mark = stream.take()
        opening = stream.token
        if not letters and not mark.text and opening is not None and opening.kind == "group":
            stream.take()
            round_ = stream.take() if stream.next_is("open") else None
            if not _is_step(stream):
                letters = word(stream)
                _collect(stream, indices, letters)
            if round_ is not None and stream.next_is("close"):
                stream.take()
            if stream.next_is("end"):
                stream.take()
            else:
                indices.low += [piece for piece in until_close(stream).split(",") if piece]
            continue
        pieces = index(stream, mark)
        named = [piece for piece in pieces if piece.strip("()").isalpha() and piece.strip("()") not in "tTk"]
        if named and not letters:
            letters = named[0].strip("()")
            pieces.remove(named[0])
        (indices.low if mark.kind == "sub" else indices.high).extend(pieces)
    if not letters and not (indices.low or indices.high):
        raise CannotRead("δ stands alone", stream.tokens[start])
    return _symbol(stream, letters or "δ", "d" if letters else "", start, indices=indices)


def _is_step(stream: Stream) -> bool:
    """Return whether a step stands next, or a number, not the name of a quantity."""
    ahead = stream.tokens[stream.i : stream.i + 2]
    if not ahead or ahead[0].kind not in ("word", "accent", "greek"):
        return True
    return ahead[0].text in ("t", "T", "k") and (len(ahead) < 2 or ahead[1].kind != "sub")


def _symbol(
    stream: Stream, letters: str, prefix: str, start: int, why: str = "", indices: _Indices | None = None
) -> Expression:
    """Read the indices that follow a name, and return the symbol."""
    indices = indices or _Indices()
    _collect(stream, indices, letters)
    if indices.low and indices.low[0] in words.ACCENTS:  # c_tilde_t, as programs spell it
        letters += indices.low.pop(0)
    if _has_step(letters) and (marks := [mark for mark in indices.high if mark in ("′", "prime")]):
        letters += "prime" * len(marks)  # nothing that has a step is updated: c′ is another letter
        indices.high = [mark for mark in indices.high if mark not in ("′", "prime")]
    indices.high = ["new" if mark == "′" else mark for mark in indices.high]
    if not prefix and not _is_known(stream, letters) and (guess := names.closest_name(letters)):
        why, letters = f"{letters} is read as {guess}", guess
    name = names.Name(letters, prefix, tuple(indices.low), tuple(indices.high), tuple(indices.brackets))
    node, doubt = names.symbol_for(name, stream.notes.seen)
    if why or doubt:
        first, last = stream.tokens[start], stream.tokens[stream.i - 1]
        by_letters = node if not why and isinstance(node, Symbol) else None
        because = "; ".join(part for part in (why, doubt) if part)
        stream.note_repair(first.start, last.end, text(node), because, by_letters)
    return node


def _is_known(stream: Stream, letters: str) -> bool:
    return stream.notes.seen.has(letters) or names.is_known(letters)


def _collect(stream: Stream, indices: _Indices, letters: str) -> None:
    while (token := stream.token) is not None:
        if token.kind == "sub":
            stream.take()
            indices.low += index(stream, token)
        elif token.kind == "number" and _is_typed_low(stream, letters, indices):
            indices.low.append(stream.take().text)
        elif token.kind == "sup" and not _is_power(stream):
            stream.take()
            indices.high += index(stream, token)
        elif token.kind == "open" and token.text == "[" and not token.gap and _is_index(stream):
            stream.take()
            indices.brackets.append(until_close(stream))
        elif token.kind == "open" and token.text == "(" and _is_time(stream, letters, indices):
            stream.take()
            indices.low.append(until_close(stream))
        else:
            return


def _is_power(stream: Stream) -> bool:
    """Return whether a whole-number power stands high here; h¹ and h^2_t are of layers."""
    token = stream.tokens[stream.i]
    rest = stream.tokens[stream.i + 1 : stream.i + 6]
    if token.text:
        return token.text.isdecimal() and token.text != "1" and not _then_low(rest)
    ahead = [t for t in rest[:3] if t.kind not in ("group", "end")]
    if ahead and ahead[0].kind == "number" and rest[0].kind in ("group", "number"):
        closed = (
            rest[1:] if rest[0].kind == "number" else rest[3:] if rest[2:3] and rest[2].kind == "end" else []
        )
        return not (_then_low(closed) or ahead[0].text == "1")
    return bool(ahead) and ahead[0].kind == "operator" and ahead[0].text in "⊙-"


def _then_low(rest: list[Token]) -> bool:
    return bool(rest) and rest[0].kind == "sub"


def _is_typed_low(stream: Stream, letters: str, indices: _Indices) -> bool:
    """Return whether a whole number close to the letters is their index: f0 as people type f_0."""
    token, before = stream.tokens[stream.i], stream.tokens[stream.i - 1]
    marked = before.kind == "greek" or (before.kind == "sup" and before.text in ("new", "prime"))
    close = (before.kind in ("word", "accent") or marked) and before.end == token.start
    of_gate = [index in together.GATES for index in indices.low] == [True]  # z_f1
    bare = (of_gate or not indices.low) and not indices.brackets and set(indices.high) <= {"′", "prime"}
    short = token.text.isdecimal() and len(token.text) <= LONGEST_NUMBER
    return close and bare and short and letters != "e"


def _is_index(stream: Stream) -> bool:
    """Return whether the square brackets from here hold indices, such as 0, t, : and a gate; not [h, x]."""
    for token in stream.tokens[stream.i + 1 : stream.i + 12]:
        if token.kind == "close":
            return True
        plain = token.kind == "number" and token.text.isdecimal()
        letter = token.kind == "word" and token.text in INDEX_LETTERS
        if not (plain or letter or token.text in (",", "-", "+", ":")):
            return False
    return False


def _has_step(letters: str) -> bool:
    """Return whether letters name what is of a step, or the derivative by it."""
    stem = names.derivative_of(letters)[1]
    return stem in words.STEPPED or stem == "Gamma" or letters in words.LOSSES


def _is_time(stream: Stream, letters: str, indices: _Indices) -> bool:
    """Return whether (t-1) or (0) stands here, close to a quantity that has a time index."""
    written = ""
    gates = all(text.isalpha() and names.step_of(text) is None for text in indices.low)
    primed = _has_step(letters) and set(indices.high) <= {"′", "prime"} and gates
    if stream.tokens[stream.i].gap or not primed:
        return False
    for token in stream.tokens[stream.i + 1 : stream.i + 5]:
        if token.kind == "close":
            return names.step_of(written) is not None
        written += token.text
    return False
