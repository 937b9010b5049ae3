"""Numbers as students write them, as plain decimals: = 0,75 and 3/4 and 75 % and 7.5·10⁻¹ are one.

numberOf in marking.js reads the same.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

LONGEST = 80  # characters of an answer; more is no number

_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_LATEX = (
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\(?:approx|simeq|sim)\b"), "≈"),
    (re.compile(r"\\(?:cdot|times)\b"), "·"),
    (re.compile(r"\\(?:left|right|displaystyle|[,;:! ])|\\q?quad\b"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\%"), "%"),
)
_MINUS = re.compile("[−–—\N{HYPHEN}\N{NON-BREAKING HYPHEN}]")
_ABOUT = re.compile(
    r"^(?:ca|circa|about|approx|approximately|roughly|etwa|rund|env|environ)\b\.?|^[~≈≅≃]+", re.IGNORECASE
)
_REMARK = re.compile(r"\([^()\d]*\)$")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_PLAIN = re.compile(rf"{_NUMBER}(?:e[+-]?\d{{1,3}})?", re.IGNORECASE | re.ASCII)
_POWER = re.compile(rf"({_NUMBER})[·×x*]10\^?[({{]*([+-]?\d{{1,3}})[)}}]*", re.IGNORECASE | re.ASCII)
_RATIO = re.compile(rf"({_NUMBER})/({_NUMBER})", re.ASCII)
_PERCENT = re.compile(rf"({_NUMBER})%", re.ASCII)


def written_number(answer: str) -> Decimal | None:
    """Return the number that an answer is, with the decimals it is written with; None if it is none.

    Of a chain, tanh(1.47) = 0.90072, the last side counts. A fraction has as many decimals as it needs.
    """
    if len(answer) > LONGEST:
        return None
    text = answer
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    text = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)", lambda power: "10^" + power[1].translate(_HIGH), text)
    text = _MINUS.sub("-", unicodedata.normalize("NFKC", text))
    sides = [side.strip(" \t`$*_") for side in re.split(r"[=≈≅≃]", text)]
    text = next((side for side in reversed(sides) if side), "")
    text = _REMARK.sub("", _ABOUT.sub("", text).strip())
    text = "".join(text.split()).rstrip(".;,")
    while len(text) > 2 and text[0] + text[-1] in ("[]", "()", "{}"):
        text = text[1:-1]
    return _read(_with_point(text))


def _with_point(text: str) -> str:
    """Return a number with a point as its decimal mark."""
    if "." not in text:
        text = re.sub(r"(?<=\d),(?=\d)|(?<![\d,]),(?=\d)", ".", text) if text.count(",") <= 2 else text
    # A middle dot is a decimal point where it is no sign of a product: 0·75, but 7.5·10^-1.
    return re.sub(r"^([+-]?\d*)·(\d+)$", r"\1.\2", text)


def _read(text: str) -> Decimal | None:
    try:
        if _PLAIN.fullmatch(text):
            return _within(Decimal(text))
        if power := _POWER.fullmatch(text):
            return _within(Decimal(f"{power[1]}e{power[2]}"))
        if percent := _PERCENT.fullmatch(text):
            return _within(Decimal(percent[1]).scaleb(-2))
        if ratio := _RATIO.fullmatch(text):
            return _within(Decimal(ratio[1]) / Decimal(ratio[2]))
    except (InvalidOperation, ZeroDivisionError):
        return None
    return None


def _within(number: Decimal) -> Decimal | None:
    return number if not number or abs(number.adjusted()) <= 300 else None


def decimals_of(number: Decimal) -> int:
    """Return how many decimals a number is written with: 9.0072e-1 has five."""
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
