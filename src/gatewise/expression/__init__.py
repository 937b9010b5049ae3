"""The small expression tree that equations, worksheets and the checker share.

tree.py has the nodes, evaluation.py what they are worth, printing/ how they look. The equations of the
LSTM themselves are in gatewise.cells.known.lstm.
"""

from gatewise.expression.evaluation import evaluate, evaluate_decimal, magnitude
from gatewise.expression.parts import factors_of, substituted, terms_in_order, with_symbols
from gatewise.expression.printing.printers import ascii, latex, mathml, text
from gatewise.expression.tree import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Step,
    Symbol,
    Transpose,
    bind,
    children,
    outer,
    product,
    rebuild,
    sigmoid,
    tanh,
    terms_in,
    terms_of,
    times,
    walk,
)

__all__ = [
    "Add",
    "Array",
    "Call",
    "Expression",
    "Negative",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Sigma",
    "Step",
    "Symbol",
    "Transpose",
    "ascii",
    "bind",
    "children",
    "evaluate",
    "evaluate_decimal",
    "factors_of",
    "latex",
    "magnitude",
    "mathml",
    "outer",
    "product",
    "rebuild",
    "sigmoid",
    "substituted",
    "tanh",
    "terms_in",
    "terms_in_order",
    "terms_of",
    "text",
    "times",
    "walk",
    "with_symbols",
]
