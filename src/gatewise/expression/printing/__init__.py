"""How a tree looks, one file for each medium; walk.py decides where brackets and signs go."""

from gatewise.expression.printing.latex import LatexPrinter
from gatewise.expression.printing.line import AsciiPrinter, TextPrinter
from gatewise.expression.printing.mathml import MathmlPrinter
from gatewise.expression.printing.walk import (
    ATOM,
    FACTOR,
    PRODUCT,
    SUM,
    UNICODE_OPERATORS,
    Printer,
    SpacedPrinter,
    greek,
    index,
    mantissa_and_exponent,
    places,
)

__all__ = [
    "ATOM",
    "FACTOR",
    "PRODUCT",
    "SUM",
    "UNICODE_OPERATORS",
    "AsciiPrinter",
    "LatexPrinter",
    "MathmlPrinter",
    "Printer",
    "SpacedPrinter",
    "TextPrinter",
    "greek",
    "index",
    "mantissa_and_exponent",
    "places",
]
