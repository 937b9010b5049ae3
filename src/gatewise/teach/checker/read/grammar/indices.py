"""The letters of a quantity, and what stands low or high beside them."""

from __future__ import annotations

from gatewise.teach.checker.read.grammar.stream import Stream
from gatewise.teach.checker.read.tokens.lexer import Token

LONGEST_INDEX = 24  # tokens
ACCENTS = {name: name for name in ("tilde", "hat", "bar", "right", "left")}


def is_after_its_letter(token: Token) -> bool:
    """Return whether this is an accent that stands after what it is on, as Unicode has it: c, ̃."""
    return token.kind == "accent" and token.end - token.start == 1


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
    if following is not None and is_after_its_letter(following) and following.start == token.end:
        return token.text + ACCENTS[stream.take().text]
    return token.text


def index(stream: Stream, mark: Token) -> list[str]:
    """Read the low or high index after `mark`; return its pieces, which commas separate."""
    if mark.text == "new" and mark.end - mark.start == 1:
        return ["′"]
    if mark.text:
        return [piece for piece in mark.text.split(",") if piece]
    token = stream.token
    if token is None:
        return []
    if token.kind == "accent":
        return [word(stream)]
    stream.take()
    if token.kind == "group":
        head, bracket, tail = until_close(stream).partition("[")
        return [piece for piece in head.split(",") if piece] + ([bracket + tail] if bracket else [])
    if token.kind == "open":
        return [until_close(stream)]
    if token.kind == "operator" and token.text == "-" and stream.token is not None:
        return ["-" + stream.take().text]
    if token.text == "t" and mark.kind == "sub" and _typed_offset(stream, token):
        return ["t" + stream.take().text + stream.take().text]
    if token.kind in ("word", "number", "operator"):
        return [token.text]
    stream.i -= 1
    return []


def _typed_offset(stream: Stream, t: Token) -> bool:
    """Return whether -1 stands close after an index t without braces: h_t-1 as people type h_{t-1}."""
    if not stream.next_is("operator", "number"):
        return False
    sign, number = stream.tokens[stream.i : stream.i + 2]
    close = t.end == sign.start and sign.end == number.start
    return close and sign.text in "+-" and number.text.isdecimal() and len(number.text) == 1


def until_close(stream: Stream) -> str:
    """Take the text up to a closing bracket and the bracket, but no more than an index may have."""
    written, depth, accents = "", 0, ""
    for _ in range(LONGEST_INDEX):
        if stream.token is None:
            break
        token = stream.take()
        if token.kind == "accent":
            accents = token.text + accents
            continue
        if token.kind in ("open", "group"):
            depth += 1
        elif token.kind in ("close", "end"):
            if depth == 0:
                break
            depth -= 1
        if token.kind not in ("group", "end", "sup"):
            written += token.text
        if token.kind == "word":
            written, accents = written + accents, ""
    return written
