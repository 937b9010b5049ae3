"""The shapes of a misprint: a digit changed, dropped, inserted, digits swapped, point or sign wrong.

Each is a single error of writing, made in the digits as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

SHAPES = (
    "sign",
    "point-shifted",
    "digits-swapped",
    "digit-changed",
    "digit-dropped",
    "digit-inserted",
)
NAMES = {
    "sign": "the sign is wrong",
    "point-shifted": "the point is shifted",
    "digits-swapped": "two digits are swapped",
    "digit-changed": "one digit is different",
    "digit-dropped": "a digit is missing",
    "digit-inserted": "there is a digit too many",
}


def misprints(text: str) -> Iterator[tuple[str, str]]:
    """Yield every misprint of `text` by a single error of writing that changes its value, with its shape."""
    for shape, wrong in _single_errors(text):
        if _differ(text, wrong):
            yield shape, wrong


def _single_errors(text: str) -> Iterator[tuple[str, str]]:
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    number, assign, exponent = body.partition("e")
    tail = assign + exponent
    yield "sign", ("" if sign else "-") + body
    whole, _, decimals = number.partition(".")
    for shifted in _shifted(whole, decimals):
        yield "point-shifted", sign + shifted + tail
    for k in range(len(number) - 1):
        if number[k].isdigit() and number[k + 1].isdigit():
            yield "digits-swapped", sign + number[:k] + number[k + 1] + number[k] + number[k + 2 :] + tail
    for k, digit in enumerate(number):
        if digit.isdigit():
            for other in "0123456789":
                if other != digit:
                    yield "digit-changed", sign + number[:k] + other + number[k + 1 :] + tail
    for k, digit in enumerate(number):
        if digit.isdigit() and number[:k] + number[k + 1 :] not in ("", "."):
            yield "digit-dropped", sign + number[:k] + number[k + 1 :] + tail
    for k in range(len(number) + 1):
        for digit in "0123456789":
            yield "digit-inserted", sign + number[:k] + digit + number[k:] + tail


def _shifted(whole: str, decimals: str) -> Iterator[str]:
    """Yield the number with its point moved by one or two places, and the zeros that this takes."""
    digits = whole + decimals
    for places in (1, 2):
        point = len(whole) - places
        padded = "0" * max(0, 1 - point) + digits
        point = max(point, 1)
        yield padded[:point].lstrip("0").rjust(1, "0") + "." + padded[point:]
        point = len(whole) + places
        padded = digits + "0" * max(0, point - len(digits))
        rest = padded[point:]
        yield (padded[:point].lstrip("0") or "0") + (f".{rest}" if rest else "")


def _differ(one: str, other: str) -> bool:
    try:
        return Decimal(one) != Decimal(other)
    except InvalidOperation:
        return False


def shape_of(printed: str, right: str) -> str:
    """Return the shape of misprint that turns `right` into `printed`, or "" if there is none."""
    try:
        target = Decimal(printed)
    except InvalidOperation:
        return ""
    found = {shape for shape, wrong in misprints(right) if Decimal(wrong) == target}
    return next((shape for shape in SHAPES if shape in found), "")
