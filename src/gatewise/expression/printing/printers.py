"""The printers as they are mostly used, one for each medium: `text(node)` is a string."""

from gatewise.expression.printing.latex import LatexPrinter
from gatewise.expression.printing.line import AsciiPrinter, TextPrinter
from gatewise.expression.printing.mathml import MathmlPrinter

text = TextPrinter()
ascii = AsciiPrinter()
latex = LatexPrinter()
mathml = MathmlPrinter()
