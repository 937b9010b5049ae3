r"""Mathematics cut into tokens: LaTeX, Unicode and ASCII alike, by one regular expression, in linear time.

A token keeps where it stands and whether a blank comes before it, which parts the entries of a matrix.
What only changes the look (`\displaystyle`, `\left`, `\phantom{0}`) is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

from gatewise.teach.checker.read.tokens.signs import (
    COLOURS,
    COMMANDS,
    FONTS,
    LOOKS,
    NORM,
    PROSE,
    SIGNS,
    THOUSANDS,
    WITH_ARGUMENT,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the sign or word in its plain form; `start` and `end` are offsets in the document."""

    kind: Kind
    text: str
    start: int
    end: int
    gap: bool = False  # whether a blank, or LaTeX's `\\ `, stands before it
    guard: int = 0  # how many digits of a number are set apart


_TOKEN = re.compile(
    r"""
    (?P<tilded>(?<=[A-Za-z])~(?=[_0-9₀-₉])
        |(?<=[A-Za-z])(?<![A-Za-z_^\\][A-Za-z])~(?=[ \t]*(?:\Z|[-+*·×⊙/)=≈:](?![ \t]*~))))
  | (?P<space>(?:[\s~\u200b]|</?(?:b|em|strong|br|code|var)[ ]?/?>)+)
  | (?P<number>(?:[0-9]+(?:\u2063+[0-9]{3})*(?:(?:\.(?!\.)|\{,\})[0-9]*(?:_\{?[0-9]+\}?|[₀-₉]+)?)?|\.[0-9]+)
        (?:[eE][-+−]?[0-9]+(?![0-9.]))?)
  | (?P<word>(?:d|delta)_(?:state|out|gates|loss|kernel|recurrent|bias|[aifogcxzhWUb])(?![A-Za-z])
        | learning_rate | (?:weight|bias)_(?:ih|hh)(?:_l[0-9]+)? | recurrent_kernel | [A-Za-z]+)
  | (?P<row>\\\\(?:\*|\[[^\]\n]{0,20}\])?)
  | \\(?P<command>[A-Za-z]+)\*?
  | (?P<escape>\\.)
  | (?P<low>[₀-₉₋₊₌ₜₐₑₒₓₕₖₗₘₙₚₛᵢⱼ]+)
  | (?P<high>[⁰¹²³⁴-⁹⁻⁺ⁿᵉʷᵗᵀˣᶻ]+)
  | (?P<html><su(?P<mark>[bp])>[^<>\n]{1,24}</su[bp]>)
  | (?P<outer>(?<=\s)\([x×]\)(?=\s)(?!\s+=))
  | (?P<assign>:=)
  | (?P<norm>\|\||‖)
  | (?P<dots>\.\.\.?)
  | (?P<sign>\S)
    """,
    re.VERBOSE,
)
ESCAPED: dict[str, Kind] = {"\\{": "open", "\\}": "close", "\\_": "sub", "\\%": "percent", "\\|": "bar"}
_GUARDED = re.compile(
    r"(?P<digits>[0-9.]+(?:\{,\}[0-9]*)?)(?:_\{?(?P<plain>[0-9]+)\}?|(?P<low>[₀-₉]+))?(?:[eE](?P<exponent>.+))?"
)
_ARGUMENT = re.compile(r"\s*\{([^{}]{0,200}+(?:\{[^{}]{0,200}+\}[^{}]{0,200}+)?)\}")
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*")
_LOW_FOLLOWS = re.compile(r"\s*[_^(]")
LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋₊₌ₜₐₑₒₓₕₖₗₘₙₚₛᵢⱼ", "0123456789-+=taeoxhklmnpsij")
HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵉʷᵗᵀˣᶻ", "0123456789-+newtTxz")


def tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the tokens of `text[start:end]`."""
    gap, at = False, start
    while at < end:
        found = _TOKEN.match(text, at, end)
        if found is None:  # a lone backslash at the end
            return
        if found.lastgroup == "command":
            made, at = _command(found, text, end)
        else:
            made, at = _plain(found.lastgroup or "", found), found.end()
        if made is None:
            gap = gap or found.lastgroup in ("space", "escape")
        else:
            yield Token(made.kind, made.text, made.start, made.end, True, made.guard) if gap else made
            gap = False


def moved(token: Token, by: int) -> Token:
    """Return the token, `by` characters further on."""
    return Token(token.kind, token.text, token.start + by, token.end + by, token.gap, token.guard)


def _plain(kind: str, found: re.Match[str]) -> Token | None:
    r"""Return a token without a command; None for blanks, among them LaTeX's `\ ` and `\,`."""
    text, start, end = found[0], found.start(), found.end()
    match kind:
        case "space":
            return None
        case "number":
            return _number(text.replace(THOUSANDS, ""), start, end)
        case "word":
            return Token("sum" if text == "sum" else "word", text, start, end)
        case "assign":
            return Token("equals", "=", start, end)
        case "row" | "dots":
            return Token(kind, "", start, end)
        case "tilded":
            return Token("accent", "tilde", start, end)
        case "low":
            return Token("sub", text.translate(LOW), start, end)
        case "high":
            return Token("sup", text.translate(HIGH), start, end)
        case "html":
            return Token(
                "sub" if found["mark"] == "b" else "sup", text[5:-6].strip().replace("−", "-"), start, end
            )
        case "outer":
            return Token("operator", "⊗", start, end)
        case "escape":
            meant = ESCAPED.get(text)
            sign = "" if meant == "sub" else NORM if meant == "bar" else text[1]
            return Token(meant, sign, start, end) if meant else None
        case "norm":
            return Token("bar", NORM, start, end)
    known = SIGNS.get(text) or _accented(text)
    return Token(known[0], known[1], start, end) if known else Token("unknown", text, start, end)


def _accented(sign: str) -> tuple[Kind, str] | None:
    """Return the word of a letter that has its accent with it, ŷ: yhat."""
    letter, *accents = list(normalize("NFD", sign))
    words = [SIGNS[accent][1] for accent in accents if accent in SIGNS]
    return ("word", letter + words[0]) if letter.isascii() and len(words) == len(accents) == 1 else None


def _number(text: str, start: int, end: int) -> Token:
    """Return a number; its guard digits (0.81757₃₄, 0.81757_{34}) are part of it and counted."""
    parts = _GUARDED.fullmatch(text)
    assert parts is not None
    digits = parts["digits"].replace("{,}", ".")
    digits = "0" + digits if digits.startswith(".") else digits
    guard = (parts["low"] or parts["plain"] or "").translate(LOW)
    exponent = (parts["exponent"] or "").replace("−", "-").replace("+", "")
    if not guard:
        digits = digits.removesuffix(".")
    return Token(
        "number", digits + guard + (f"e{exponent}" if exponent else ""), start, end, guard=len(guard)
    )


def _command(found: re.Match[str], text: str, end: int) -> tuple[Token | None, int]:
    """Return the token of a LaTeX command, None if it only changes the look, and where to go on."""
    name, start, at = found["command"], found.start(), found.end()
    if name in ("begin", "end"):
        argument = _ARGUMENT.match(text, at, end)
        inner, at = (argument[1].strip(), argument.end()) if argument else ("", at)
        return Token("begin" if name == "begin" else "finish", inner.rstrip("*"), start, at), at
    if name in FONTS:
        return _in_font(name, start, at, text, end)
    if name in WITH_ARGUMENT:
        argument = _ARGUMENT.match(text, at, end)
        return None, argument.end() if argument else at
    if name in ("left", "right") and text.startswith(".", at):
        return Token("open" if name == "left" else "close", ".", start, at + 1), at + 1
    if name in COLOURS:
        argument = _ARGUMENT.match(text, at, end)
        at = argument.end() if argument else at
    if name in COMMANDS:
        kind, plain = COMMANDS[name]
        return Token(kind, plain, start, at), at
    return (None if name in LOOKS else Token("unknown", f"\\{name}", start, at)), at


def _in_font(name: str, start: int, at: int, text: str, end: int) -> tuple[Token | None, int]:
    """Return a word in a font, or a sentence; else what is in it is read as it is."""
    argument = _ARGUMENT.match(text, at, end)
    if argument is None:
        return None, at
    word = argument[1].strip().replace(r"\_", "_")
    said = (
        name in PROSE and argument[1] != argument[1].strip() and not _LOW_FOLLOWS.match(text, argument.end())
    )
    if _WORD.fullmatch(word) and not said:
        return Token("word", word, start, argument.end()), argument.end()
    return (Token("prose", word, start, argument.end()), argument.end()) if name in PROSE else (None, at)
