"""The formats a worksheet can be rendered in, one file each; formats.py has the table of them.

Each renderer turns a `Document` into text or bytes and knows nothing of LSTMs. prose.py finds the quantities
in sentences for all of them, folding.py folds long formulas, assets/ has templates, styles and scripts.
"""

from gatewise.teach.worksheet.render.formats import FORMATS, render

__all__ = ["FORMATS", "render"]
