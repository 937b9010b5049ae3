"""Numbers as students write them, as plain decimals: = 0,75 and 3/4 and 75 % and 7.5·10⁻¹ are one.

numberOf in web/src/core/marking/reading.ts reads the same.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

LONGEST = 80  # characters of an answer; more is no number

_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_POWERS = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)|10\s?\*\*(?=\s?[({]?[+−-]?[0-9])")
_GUARD_DIGITS = "₀₁₂₃₄₅₆₇₈₉"  # of a sheet, 0.84980₄
_LATEX = (
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"(\1/\2)"),
    (re.compile(r"\\(?:text|mathrm|mathbf|mathit|boxed)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\(?:approx|simeq|sim)(?![a-zA-Z])"), "≈"),
    (re.compile(r"\\(?:cdot|times)(?![a-zA-Z])"), "·"),
    (re.compile(r"\\(?:left|right|displaystyle|q?quad)(?![a-zA-Z])|\\[,;:! ()\[\]\\]"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\%"), "%"),
)
_ALIKE = (
    (re.compile("[−–—\N{HYPHEN}\N{NON-BREAKING HYPHEN}]"), "-"),
    (re.compile("[⋅∙•]"), "·"),
    (re.compile(r"per ?cent|prozent|pour ?cent", re.IGNORECASE), "%"),
)
_SIDES = re.compile("[=≈≅≃≐]")
_SEVERAL = re.compile(r"[0-9][$`*)\]]*[,;]\s+[^\s0-9]")  # 0.5, b = 0.6: which of the two is meant?
_ABOUT = re.compile(
    r"^(?:ca|circa|about|approx|approximately|roughly|rounded|etwa|rund|ungefähr|gerundet|env|environ|arrondi)"
    r"(?![a-z])\.?|^c\.(?=\s*[0-9])|^[~∼]+",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s*\([^()0-9]*\)$|\s+(?:rounded|approx|gerundet|arrondi)\.?$|\s*[✓✔]$", re.IGNORECASE)
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_PLAIN = re.compile(rf"{_NUMBER}(?:[eE][+-]?[0-9]{{1,3}})?")
_POWER = re.compile(rf"({_NUMBER})[·×x*]10(?:\^[({{]*|(?=[+-]))([+-]?[0-9]{{1,3}})[)}}]*")
_TEN = re.compile(r"([+-]?)10\^[({]*([+-]?[0-9]{1,3})[)}]*")
_RATIO = re.compile(rf"({_NUMBER})/({_NUMBER})")
_SIGNED_RATIO = re.compile(r"^([+-]) ?\(([0-9.,]+/[0-9.,]+)\)$")
_PERCENT = re.compile(rf"({_NUMBER})%")
# Blanks between digits are those of thousands, 1 234 and 0.123 45; any other may stand between two numbers.
_THOUSANDS = re.compile(
    r"(?<![0-9.,])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[.,](?:[0-9]{3} )+[0-9]{1,3}(?![0-9])"
)
_GAP = re.compile(r"[0-9.,] [0-9.,]")


def written_number(answer: str) -> Decimal | None:
    """Return the number that an answer is, with the decimals it is written with; None if it is none.

    Of a chain, tanh(1.47) = 0.90072, the last side counts. A fraction has as many decimals as it needs. What
    may be two numbers, 0.5 6 or 0, 5, or a number and more, 0.5², is none.
    """
    if len(answer) > LONGEST:
        return None
    sides = [side.strip(" \t`$*_") for side in _SIDES.split(_plain_signs(answer))]
    sides = [side for side in sides if side]
    if not sides or any(_SEVERAL.search(side) for side in sides[:-1]):
        return None
    text = _REMARK.sub("", _ABOUT.sub("", sides[-1]).strip(" `$*_"))
    text = text.strip().rstrip(" .;,")
    while len(text) > 2 and text[0] + text[-1] in ("[]", "()", "{}"):
        text = text[1:-1].strip()
    text = _SIGNED_RATIO.sub(r"\1\2", text)
    text = _THOUSANDS.sub(lambda digits: digits[0].replace(" ", ""), text)
    # A middle dot is a decimal point where a product would be 0: 0·75.
    text = re.sub(r"^([+-]? ?)0?·([0-9]+)$", r"\g<1>0.\2", text)
    return None if _GAP.search(text) else _read(_with_point(text.replace(" ", "")))


def _plain_signs(answer: str) -> str:
    """Write LaTeX, powers, full-width digits, dashes and blanks in one way."""
    text = answer
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    text = _POWERS.sub(lambda power: "10^" + (power[1] or "").translate(_HIGH), text)
    text = "".join(map(_known_sign, text))
    text = unicodedata.normalize("NFKC", text)
    for pattern, plain in _ALIKE:
        text = pattern.sub(plain, text)
    return " ".join(text.split())


def _known_sign(sign: str) -> str:
    """Leave out what is not seen; a square, ½ and ① are no digits, though they look like some when plain."""
    kind = unicodedata.category(sign)
    return "" if kind == "Cf" else "^" if kind == "No" and sign not in _GUARD_DIGITS else sign


def _with_point(text: str) -> str:
    """Return a number with a point as its decimal mark."""
    if "." not in text and text.count(",") <= 2:
        return re.sub(r"(?<=[0-9]),(?=[0-9])|(?<![0-9,]),(?=[0-9])", ".", text)
    return text


def _read(text: str) -> Decimal | None:
    try:
        if _PLAIN.fullmatch(text):
            return _within(Decimal(text))
        if power := _POWER.fullmatch(text):
            return _within(Decimal(f"{power[1]}e{power[2]}"))
        if power := _TEN.fullmatch(text):
            return _within(Decimal(f"{power[1]}1e{power[2]}"))
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
