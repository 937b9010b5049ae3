"""Numbers: signs, guard digits, powers of ten, and what damage leaves of them."""

from __future__ import annotations

from gatewise.teach.checker.read import names, words
from gatewise.teach.checker.read.grammar.stream import CannotRead, DiscardedText, Stream
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.together import split_word

LARGEST_EXPONENT = 5  # characters; float64 goes to 308


def number(stream: Stream, sign: Token | None = None) -> Printed:
    """Read a number with the minus before it, if any; 1.2 × 10^{-7} is one number."""
    token = stream.take()
    minus = "-" if sign else ""
    text, end = token.text, token.end
    powers: list[tuple[str, int, int]] = []
    while (power := _power_of_ten(stream)) is not None:
        powers.append(power)
    if len(powers) == 1 and powers[0][0] and "e" not in text:
        text, end = f"{text}e{powers[0][0]}", powers[0][2]
    elif powers:
        reason = "a power of ten without its exponent" if not powers[-1][0] else "more than one power of ten"
        start, stop = powers[0][1], powers[-1][2]
        stream.notes.discarded.append(DiscardedText(start, stop, minus + text, reason, len(powers)))
    if stream.next_is("percent") and "e" not in text:
        text, end = _hundredth(text), stream.take().end
    following = stream.token
    if following is not None and following.kind == "word" and following.start == end and not following.gap:
        _check_letters(stream, token, following)
    return Printed(minus + text, token.guard, stream.notes.place((sign or token).start, end))


def _hundredth(text: str) -> str:
    """Return the plain decimal form of so many percent, with as many digits: 73.5 is 0.735."""
    whole, _, decimals = text.partition(".")
    digits = whole.rjust(3, "0")
    return f"{digits[:-2].lstrip('0') or '0'}.{digits[-2:]}{decimals}"


def _check_letters(stream: Stream, token: Token, following: Token) -> None:
    """Refuse letters after a number unless they are a name: 2x and 0.2h_2 may stand, 0.05O49 may not."""
    word, after = following.text, stream.tokens[stream.i + 1 : stream.i + 2]
    damaged = "." in token.text and bool(after) and after[0].kind == "number" and not after[0].gap
    if damaged or not (
        names.is_known(word)
        or word in words.FUNCTIONS
        or split_word(word) != [word]
        or (word == "e" and bool(after) and after[0].kind == "sup")
    ):
        raise CannotRead(f"{token.text}{word} is not a number", following)


def _power_of_ten(stream: Stream) -> tuple[str, int, int] | None:
    """Read `× 10^{-7}` from here: its exponent ("" if damaged), start and end; None if it is not that."""
    ahead = stream.tokens[stream.i : stream.i + 3]
    if not stream.next_is("operator", "number", "sup") or ahead[0].text not in "×·*" or ahead[1].text != "10":
        return None
    stream.i += 3
    exponent, end = ahead[2].text, ahead[2].end
    if not exponent:
        exponent, end = _exponent(stream, end)
    fine = exponent.lstrip("-").isdecimal() and len(exponent) <= LARGEST_EXPONENT
    return (exponent if fine else ""), ahead[0].start, end


def _exponent(stream: Stream, end: int) -> tuple[str, int]:
    """Read the whole number in the exponent, in braces or not; return it and where it ends."""
    text, grouped = "", False
    while (token := stream.token) is not None:
        sign = token.kind == "operator" and token.text == "-" and not text
        if token.kind == "end" and grouped:
            return text, stream.take().end
        if token.kind == "group" and not grouped:
            grouped = True
        elif sign or (token.kind == "number" and text in ("", "-")):
            text += token.text
        else:
            break
        end = stream.take().end
        if not grouped and text not in ("", "-"):
            return text, end
    return "", end
