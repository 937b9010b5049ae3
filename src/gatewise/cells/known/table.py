"""The cells that gatewise knows, each by its forward equations as they were published.

Those of the LSTM and its relatives are built in family.py; names.py reads names with options.
"""

from __future__ import annotations

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.family import lstm
from gatewise.cells.ways import at_t
from gatewise.expression import Call, Expression, Symbol, sigmoid, tanh

x, out, state = map(at_t, ("x", "out", "state"))
a, i, f, o, r, u, k, m, s = map(at_t, ("a", "i", "f", "o", "r", "u", "k", "m", "s"))


def _sum(gate: str, before: Expression = out.prev) -> Expression:
    """Return W_g·x_t + U_g·out_{t-1} + b_g."""
    return Symbol("W", gate) @ x + Symbol("U", gate) @ before + Symbol("b", gate)


def _equations(*rows: tuple[Symbol, Expression, str]) -> tuple[Equation, ...]:
    return tuple(
        Equation(f"F{number}", "forward", left, right, why)
        for number, (left, right, why) in enumerate(rows, 1)
    )


_SHAPES = {"W": ("3H", "D"), "U": ("3H", "H"), "b": ("3H",)}
_INPUT_OF = "How much of a_t is let in, between 0 and 1."
_OUTPUT_OF = "How much of the state is shown outside."

LSTM = lstm()
PEEPHOLE = lstm(peepholes=True)
COUPLED = lstm(coupled=True)
PROJECTED = lstm(projected=True)
LSTM_1997 = Cell(
    "lstm1997", "LSTM of 1997, without a forget gate", ("a", "i", "o"), ("out", "state"), _SHAPES,
    _equations(
        (a, Call("g", _sum("a")), "What could be written to the state, between −2 and 2."),
        (i, sigmoid(_sum("i")), _INPUT_OF), (o, sigmoid(_sum("o")), _OUTPUT_OF),
        (state, a * i + state.prev, "What is let in is added; nothing is forgotten."),
        (out, Call("h", state) * o, "The state, squashed, as far as the output gate opens."),
    ),
    "Hochreiter and Schmidhuber 1997", words=COUPLED.words,
)  # fmt: skip
_GRU_WORDS = {"r": "reset gate", "u": "update gate", "a": "candidate"}
_R = "How much of what was given before the candidate sees."
_U = "How much of what was given before stays."
_CANDIDATE = "What could take the place of what was given before."
_GRU_OUT = (out, u * out.prev + (1 - u) * a, "What stays, and the candidate in place of the rest.")
GRU = Cell(
    "gru", "GRU, reset before the product", ("r", "u", "a"), ("out",), _SHAPES,
    _equations(
        (r, sigmoid(_sum("r")), _R), (u, sigmoid(_sum("u")), _U),
        (k, r * out.prev, "What the candidate sees of what was given before."),
        (a, tanh(_sum("a", k)), _CANDIDATE), _GRU_OUT,
    ),
    "Cho et al. 2014", words=_GRU_WORDS,
)  # fmt: skip
GRU_RESET_AFTER = Cell(
    "gru-reset-after", "GRU, reset after the product", ("r", "u", "a"), ("out",),
    {**_SHAPES, "c": ("H",)},
    _equations(
        (r, sigmoid(_sum("r")), _R), (u, sigmoid(_sum("u")), _U),
        (m, Symbol("U", "a") @ out.prev + Symbol("c", "a"), "What was given before, weighed."),
        (a, tanh(Symbol("W", "a") @ x + r * m + Symbol("b", "a")), _CANDIDATE),
        _GRU_OUT,
    ),
    "Cho et al. 2014, as torch, Keras and cuDNN compute it", parts={"c": ("a",)}, words=_GRU_WORDS,
)  # fmt: skip


def _elman(name: str, function: str) -> Cell:
    whole = Symbol("W") @ x + Symbol("U") @ out.prev + Symbol("b")
    return Cell(
        name, f"Elman's network, {function}", (), ("out",), {"W": ("H", "D"), "U": ("H", "H"), "b": ("H",)},
        _equations(
            (s, whole, "What comes in, and what was given before."),
            (out, Call(function, s), "The sum, squashed."),
        ),
        "Elman 1990",
    )  # fmt: skip


RNN = _elman("rnn", "tanh")
RNN_RELU = _elman("rnn-relu", "relu")
MGU = Cell(
    "mgu", "Minimal gated unit", ("f", "a"), ("out",), {"W": ("2H", "D"), "U": ("2H", "H"), "b": ("2H",)},
    _equations(
        (f, sigmoid(_sum("f")), "How much is replaced, and how much of what was given before is seen."),
        (k, f * out.prev, "What the candidate sees of what was given before."),
        (a, tanh(_sum("a", k)), _CANDIDATE),
        (out, (1 - f) * out.prev + f * a, "What stays, and the candidate in place of the rest."),
    ),
    "Zhou et al. 2016", words={"f": "forget gate", "a": "candidate"},
)  # fmt: skip


_EACH = (LSTM, PEEPHOLE, COUPLED, PROJECTED, LSTM_1997, GRU, GRU_RESET_AFTER, RNN, RNN_RELU, MGU)
CELLS: dict[str, Cell] = {cell.name: cell for cell in _EACH}
"""By the names that options and files have for them."""
