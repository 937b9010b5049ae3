"""The cells that gatewise knows, each by its forward equations as they were published."""

from __future__ import annotations

import copyreg
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import EQUATIONS, GATE_NAMES, GATES, PARAMETERS
from gatewise.cells.ways import at_t
from gatewise.expression import Call, Expression, Symbol, sigmoid, tanh
from gatewise.support.options import as_choice

x, out, state = map(at_t, ("x", "out", "state"))
a, i, f, o, r, u, k, m, h, s = map(at_t, ("a", "i", "f", "o", "r", "u", "k", "m", "h", "s"))


def _sum(gate: str, before: Expression = out.prev, bias: bool = True) -> Expression:
    """Return W_g·x_t + U_g·out_{t-1} + b_g."""
    whole = Symbol("W", gate) @ x + Symbol("U", gate) @ before
    return whole + Symbol("b", gate) if bias else whole


def _equations(*rows: tuple[Symbol, Expression, str]) -> tuple[Equation, ...]:
    return tuple(
        Equation(f"F{number}", "forward", left, right, why)
        for number, (left, right, why) in enumerate(rows, 1)
    )


_A = "What could be written to the state, between −1 and 1."
_I = "How much of a_t is let in, between 0 and 1."
_F = "How much of the old state is kept."
_O = "How much of the state is shown outside."
_STATE = (state, a * i + f * state.prev, "What is let in, plus what is kept.")
_OUT = (out, tanh(state) * o, "The state, squashed, as far as the output gate opens.")
_COUPLED_WORDS = {gate: GATE_NAMES[gate] for gate in ("a", "i", "o")}


def _v(gate: str, seen: Expression) -> Expression:
    return Symbol("V", gate) * seen


LSTM = Cell(
    "lstm", "LSTM with forget gate", GATES, ("out", "state"), PARAMETERS,
    tuple(equation for equation in EQUATIONS if equation.phase == "forward"),
    "Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000", words=GATE_NAMES,
)  # fmt: skip
PEEPHOLE = Cell(
    "peephole", "LSTM with peepholes", ("a", "i", "f", "o"), ("out", "state"), {**PARAMETERS, "V": ("3H",)},
    _equations(
        (a, tanh(_sum("a")), _A),
        (i, sigmoid(_sum("i") + _v("i", state.prev)), f"{_I} It sees the old state."),
        (f, sigmoid(_sum("f") + _v("f", state.prev)), f"{_F} It sees the old state."), _STATE,
        (o, sigmoid(_sum("o") + _v("o", state)), f"{_O} It sees the new state."), _OUT,
    ),
    "Gers and Schmidhuber 2000", parts={"V": ("i", "f", "o")}, words=GATE_NAMES,
)  # fmt: skip
COUPLED = Cell(
    "coupled", "LSTM whose input and forget gate are coupled", ("a", "i", "o"), ("out", "state"),
    {"W": ("3H", "D"), "U": ("3H", "H"), "b": ("3H",)},
    _equations(
        (a, tanh(_sum("a")), _A), (i, sigmoid(_sum("i")), _I), (o, sigmoid(_sum("o")), _O),
        (state, a * i + (1 - i) * state.prev, "As much is kept as is not replaced."), _OUT,
    ),
    "Greff et al. 2017", words=_COUPLED_WORDS,
)  # fmt: skip
PROJECTED = Cell(
    "projected", "LSTM with a projected output", ("a", "i", "f", "o"), ("out", "state"),
    {"W": ("4H", "D"), "U": ("4H", "Q"), "b": ("4H",), "R": ("Q", "H")},
    _equations(
        (a, tanh(_sum("a")), _A), (i, sigmoid(_sum("i")), _I), (f, sigmoid(_sum("f")), _F),
        (o, sigmoid(_sum("o")), _O), _STATE,
        (h, tanh(state) * o, "The state, squashed, as far as the output gate opens."),
        (out, Symbol("R") @ h, "Fewer numbers, made of all units."),
    ),
    "Sak, Senior and Beaufays 2014", sizes={"out": "Q"}, words=GATE_NAMES,
)  # fmt: skip
LSTM_1997 = Cell(
    "lstm1997", "LSTM of 1997, without a forget gate", ("a", "i", "o"), ("out", "state"),
    {"W": ("3H", "D"), "U": ("3H", "H"), "b": ("3H",)},
    _equations(
        (a, Call("g", _sum("a")), "What could be written to the state, between −2 and 2."),
        (i, sigmoid(_sum("i")), _I), (o, sigmoid(_sum("o")), _O),
        (state, a * i + state.prev, "What is let in is added; nothing is forgotten."),
        (out, Call("h", state) * o, "The state, squashed, as far as the output gate opens."),
    ),
    "Hochreiter and Schmidhuber 1997", words=_COUPLED_WORDS,
)  # fmt: skip
_GRU_WORDS = {"r": "reset gate", "u": "update gate", "a": "candidate"}
_GRU_SHAPES = {"W": ("3H", "D"), "U": ("3H", "H"), "b": ("3H",)}
_R = "How much of what was given before the candidate sees."
_U = "How much of what was given before stays."
_CANDIDATE = "What could take the place of what was given before."
_GRU_OUT = (out, u * out.prev + (1 - u) * a, "What stays, and the candidate in place of the rest.")
GRU = Cell(
    "gru", "GRU, reset before the product", ("r", "u", "a"), ("out",), _GRU_SHAPES,
    _equations(
        (r, sigmoid(_sum("r")), _R), (u, sigmoid(_sum("u")), _U),
        (k, r * out.prev, "What the candidate sees of what was given before."),
        (a, tanh(_sum("a", k)), _CANDIDATE), _GRU_OUT,
    ),
    "Cho et al. 2014", words=_GRU_WORDS,
)  # fmt: skip
GRU_RESET_AFTER = Cell(
    "gru-reset-after", "GRU, reset after the product", ("r", "u", "a"), ("out",),
    {**_GRU_SHAPES, "c": ("H",)},
    _equations(
        (r, sigmoid(_sum("r")), _R), (u, sigmoid(_sum("u")), _U),
        (m, Symbol("U", "a") @ out.prev + Symbol("c", "a"), "What was given before, weighed, with its bias."),
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


def _reduced(cell: Cell) -> Any:
    """Copy and pickle a cell of the table by its name: it stays the one that it is."""
    return (cell_named, (cell.name,)) if CELLS.get(cell.name) is cell else object.__reduce_ex__(cell, 2)


copyreg.pickle(Cell, _reduced)


def cell_named(cell: Cell | str) -> Cell:
    """Return a cell by its name; a cell is returned as it is.

    Raises
    ------
    ArgumentError
        With the names that there are.
    """
    return cell if isinstance(cell, Cell) else CELLS[as_choice("cell", cell, CELLS)]
