"""Quantities as they stand in mathematics: δ or Δ, the letters, and all indices low, high and in brackets."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatewise.expression import Expression, text
from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.grammar.stream import CannotRead, Stream
from gatewise.teach.checker.read.tokens.lexer import Token

LONGEST_INDEX = 24  # tokens
PREFIXES = {"δ": "d", "Δ": "delta", "∇": "d"}
ACCENTS = {"tilde": "tilde", "hat": "hat", "bar": "bar"}
CLOSING = {"(": ")", "[": "]", "<": ">"}


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
        if stream.next_is("sub", "group", "word") or stream.next_is("sup", "group", "word"):
            return [_indexed_delta(stream, start)]
        raise CannotRead("δ stands alone", stream.tokens[start])
    if damaged:
        return [_symbol(stream, "o" + letters, prefix, start, f"{letters} is read as o{letters}")]
    *before, last = names.split_word(letters)
    made = [names.symbol_for(names.Name(part, prefix), stream.notes.seen)[0] for part in before]
    return [*made, _symbol(stream, last, "" if before else prefix, start)]


def _sign(stream: Stream) -> tuple[str, bool]:
    """Read δ or Δ before a name, and whether a 0 after it stands for the o of out, as scans have Δ_0 ut_0."""
    token = stream.token
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
    if len("o" + zero[rest]) < 2 or "o" + zero[rest] not in names.STEPPED:
        return prefix, False
    stream.i += rest
    return prefix, True


def word(stream: Stream) -> str:
    """Read the letters of a name: a run of them, or one under a tilde, hat or bar; "" if there are none."""
    token = stream.token
    if token is None:
        return ""
    if token.kind == "accent":
        accents = []
        while stream.next_is("accent"):
            accents.append(ACCENTS[stream.take().text])
        inner = word(stream)
        return inner + "".join(reversed(accents)) if inner else ""
    if stream.next_is("group", "word", "end"):
        stream.i += 3
        return stream.tokens[stream.i - 2].text
    if token.kind != "word" or token.text in ("top", "prime"):
        return ""
    stream.take()
    following = stream.token
    if following is not None and following.kind == "accent" and following.start == token.end:
        return token.text + ACCENTS[stream.take().text]
    return token.text


def _indexed_delta(stream: Stream, start: int) -> Expression:
    """Read δ_{h_t} or δ^{out}_t, where the quantity stands as an index of δ."""
    opening = stream.tokens[stream.i + 1]
    stream.i += 2
    letters, indices = word(stream), _Indices()
    _collect(stream, indices, letters)
    stream.close(opening)
    return _symbol(stream, letters, "d", start, indices=indices)


def _symbol(
    stream: Stream, letters: str, prefix: str, start: int, why: str = "", indices: _Indices | None = None
) -> Expression:
    """Read the indices that follow a name, and return the symbol."""
    indices = indices or _Indices()
    _collect(stream, indices, letters)
    if not prefix and not names.is_known(letters) and (guess := names.closest_name(letters)):
        why, letters = f"{letters} is read as {guess}", guess
    name = names.Name(letters, prefix, tuple(indices.low), tuple(indices.high), tuple(indices.brackets))
    node, doubt = names.symbol_for(name, stream.notes.seen)
    if not why and not names.is_known(letters):
        why = f"{letters} is not a quantity of an LSTM"
    why = "; ".join(part for part in (why, doubt) if part)
    if why:
        stream.note_repair(stream.tokens[start].start, stream.tokens[stream.i - 1].end, text(node), why)
    return node


def _collect(stream: Stream, indices: _Indices, letters: str) -> None:
    while (token := stream.token) is not None:
        if token.kind == "sub":
            stream.take()
            indices.low += index(stream, token)
        elif token.kind == "sup" and not _is_power(stream):
            stream.take()
            indices.high += index(stream, token)
        elif token.kind == "open" and token.text == "[" and not token.gap and _is_index(stream):
            stream.take()
            indices.brackets.append(_until_close(stream))
        elif token.kind == "open" and token.text == "(" and not token.gap and _is_time(stream, letters):
            stream.take()
            indices.low.append(_until_close(stream))
        else:
            return


def _is_power(stream: Stream) -> bool:
    """Return whether a whole-number power stands high here."""
    token = stream.tokens[stream.i]
    if token.text:
        return token.text.isdecimal()
    ahead = [t for t in stream.tokens[stream.i + 1 : stream.i + 4] if t.kind not in ("group", "end")]
    return bool(ahead) and (
        ahead[0].kind == "number" or (ahead[0].kind == "operator" and ahead[0].text in "⊙-")
    )


def _is_index(stream: Stream) -> bool:
    """Return whether the square brackets from here hold indices: whole numbers, t, :, a gate letter."""
    for token in stream.tokens[stream.i + 1 : stream.i + 12]:
        if token.kind == "close":
            return True
        plain = token.kind == "number" and token.text.isdecimal()
        letter = token.kind == "word" and len(token.text) == 1
        if not (plain or letter or token.text in (",", "-", "+", ":")):
            return False
    return False


def _is_time(stream: Stream, letters: str) -> bool:
    """Return whether (t-1) stands here, after a quantity that has a time index."""
    written = ""
    for token in stream.tokens[stream.i + 1 : stream.i + 5]:
        if token.kind == "close":
            return (
                letters in names.STEPPED and written[:1] in ("t", "T") and names.step_of(written) is not None
            )
        written += token.text
    return False


def index(stream: Stream, mark: Token) -> list[str]:
    """Read the low or high index after `mark`; return its pieces, which commas separate."""
    if mark.text:
        return [piece for piece in mark.text.split(",") if piece]
    token = stream.token
    if token is None:
        return []
    if token.kind == "accent":
        return [word(stream)]
    stream.take()
    if token.kind == "group":
        head, bracket, tail = _until_close(stream).partition("[")
        return [piece for piece in head.split(",") if piece] + ([bracket + tail] if bracket else [])
    if token.kind == "open":
        return [_until_close(stream)]
    if token.kind == "operator" and token.text == "-" and stream.token is not None:
        return ["-" + stream.take().text]
    if token.kind in ("word", "number", "operator"):
        return [token.text]
    stream.i -= 1
    return []


def _until_close(stream: Stream) -> str:
    """Take the text up to a closing bracket and the bracket, but no more than an index may have."""
    written, depth = "", 0
    for _ in range(LONGEST_INDEX):
        if stream.token is None:
            break
        token = stream.take()
        if token.kind in ("open", "group"):
            depth += 1
        elif token.kind in ("close", "end"):
            if depth == 0:
                break
            depth -= 1
        if (
            (token.kind == "sub" and token.text)
            or token.kind not in ("group", "end", "sub", "sup", "close")
            or depth
        ):
            written += token.text
    return written
