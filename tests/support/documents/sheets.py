"""A small document, made by hand, with everything in it that a renderer meets."""

from typing import Any

from gatewise.cells.known.lstm import EQUATIONS
from gatewise.expression import Add, Array, Expression, Number, Product, Symbol, bind, tanh
from gatewise.teach.worksheet.layout.document import Document, Facts, Note, Row, Section, Table

EQUATION = {f"{equation.id} {equation.left.name}": equation for equation in EQUATIONS}


def number(text: str) -> Number:
    """0.81757|34 is 0.81757 with the guard digits 34."""
    digits, _, guard = text.partition("|")
    return Number(digits + guard, len(guard))


def matrix(text: str) -> Array:
    """Rows are parted by semicolons."""
    return Array(tuple(tuple(number(cell) for cell in line.split()) for line in text.split(";")))


def product(operation: Any, *factors: Expression | str) -> Product:
    return Product(operation, tuple(number(f) if isinstance(f, str) else f for f in factors))


def row(id: str, equation: str, t: int | None, *sides: Expression | str, **more: Any) -> Row:
    known = EQUATION[equation]
    formula = bind(known.right, t, 2)
    shown = [number(side) if isinstance(side, str) else side for side in sides]
    return Row(id, bind(known.left, t, 2), (formula, *shown), **more)


def given(id: str, symbol: Symbol, value: Expression) -> Row:
    return Row(id, symbol, (value,))


SCALAR = row(
    "B2@t=0",
    "B2 d_state",
    0,
    Add(
        (
            product("times", "0.01804", "0.81757", 1 - tanh(number("0.78573")) ** 2),
            product("times", "-0.07111", "0.87030"),
        )
    ),
    "-0.05348",
)
GUARDED = row(
    "B6@t=0",
    "B6 d_o",
    0,
    product("times", "0.01804|31", tanh(number("0.78573")), "0.81757|44", 1 - number("0.81757|44")),
    "0.00176",
    note="δout₀ and o_0 are shown with guard digits, so that the line gives 0.00176 on a calculator.",
)
TIMES_COLUMN = row(
    "B7@t=0",
    "B7 d_x",
    0,
    product("dot", matrix("0.45 0.95 0.7 0.6;0.25 0.8 0.45 0.4"), matrix("-0.01703;-0.00165;0;0.00176")),
    matrix("-0.00817;-0.00487"),
)
OUTER_PRODUCTS = row(
    "G1",
    "G1 d_W",
    None,
    Add(
        (
            product("outer", matrix("-0.01703;-0.00165;0;0.00176"), matrix("1 2")),
            product("outer", matrix("-0.01938;-0.00112;-0.00631;-0.05538"), matrix("0.5 3")),
        )
    ),
    matrix("-0.02672 -0.09221;-0.00221 -0.00666;-0.00316 -0.01893;-0.02593 -0.16262"),
    labels=("a", "i", "f", "o"),
)
SIXTEEN = Row(
    "G2",
    Symbol("d_U"),
    (
        matrix(
            ";".join(
                " ".join(f"{(-1) ** k}.{r:02}{k}25".replace("1.", "0.") for k in range(4)) for r in range(16)
            )
        ),
    ),
    labels=tuple(f"{gate}{'₀₁₂₃'[unit]}" for gate in "aifo" for unit in range(4)),
)
WIDE = given(
    "W", Symbol("W"), matrix(";".join(" ".join(f"{r}.{k:02}517" for k in range(14)) for r in range(4)))
)
GATE = row(
    "F1@t=0",
    "F1 a",
    0,
    tanh(
        Add(
            (
                product("dot", matrix("0.45 0.25;0.5 -0.125"), matrix("1;2")),
                product("dot", matrix("0.15 0.3;-0.1 0.2"), matrix("0;0")),
                matrix("0.2;0.1"),
            )
        )
    ),
    matrix("0.81775;0.33638"),
)
UPDATE = row(
    "P1[W]",
    "P1[W] W",
    None,
    matrix("0.45 0.25;0.95 0.8") - product("times", "0.1", matrix("-0.02672 -0.09221;-0.00221 -0.00666")),
    matrix("0.45267 0.25922;0.95022 0.80067"),
)
LOSS = row("L1", "L1 loss", None, Add((number("0.00066"), number("0.11425"))), "0.11491")
TINY = given("d_f@t=0", EQUATION["B5 d_f"].left, number("-1.2346e-7"))

SHEET = Document(
    "An LSTM, worked by hand & <checked>",
    (
        Section(
            "header",
            "What is worked here",
            (
                Facts(
                    (
                        ("sizes", "N = 1 sequence, T = 2 steps, D = 2 inputs, H = 1 unit"),
                        ("loss", "½ Σ (out − label)², summed over steps"),
                        ("λ", "0.1"),
                        ("digits", "5, rounding full, ties half up"),
                    )
                ),
                Note(
                    "⊙ multiplies entry by entry, · is inner and ⊗ outer product, σ(z) = 1/(1 + e⁻ᶻ). "
                    "δstate_{t+1} reaches state_t through f_{t+1}; out₋₁ = 0, 100 % sure & #safe_a ~."
                ),
            ),
        ),
        Section("given", "Given", (WIDE, TINY)),
        Section("forward-t0", "Forward, t = 0", (GATE, row("F5@t=0", "F5 state", 0, "0.78573"))),
        Section("backward-t0", "Backward, t = 0", (SCALAR, GUARDED, TIMES_COLUMN, LOSS)),
        Section("gradients", "Gradients", (OUTER_PRODUCTS, SIXTEEN, UPDATE)),
        Section(
            "verified",
            "Verified",
            (
                Table(
                    "Norms by step",
                    ("t", "loss", "‖δout‖", "‖δstate_t‖", "where"),
                    (
                        ("0", "0.00066", "0.01804", "0.05348", "first"),
                        ("1", "0.11425", "0.47803", "12.07111", "last"),
                    ),
                ),
                Note("Every line reproduces."),
            ),
        ),
    ),
)
