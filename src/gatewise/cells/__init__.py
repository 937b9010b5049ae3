"""Cells as equations: what a step computes, written once, and the backward pass that follows from it.

gru = gatewise.cells.GRU
params = gatewise.Params.init(3, 4, cell=gru)
print(gatewise.derivation(gru))                 # forward, derivation, backward, gradients
clipped = gatewise.cells.lstm(peepholes=True, clip=3)
"""

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.family import LstmOptions, lstm, options_of
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import (
    CELLS,
    COUPLED,
    GRU,
    GRU_RESET_AFTER,
    LSTM,
    LSTM_1997,
    MGU,
    PEEPHOLE,
    PROJECTED,
    RNN,
    RNN_RELU,
)
from gatewise.cells.own import read_cell
from gatewise.cells.record import CellError

__all__ = [
    "CELLS",
    "COUPLED",
    "GRU",
    "GRU_RESET_AFTER",
    "LSTM",
    "LSTM_1997",
    "MGU",
    "PEEPHOLE",
    "PROJECTED",
    "RNN",
    "RNN_RELU",
    "Cell",
    "CellError",
    "Equation",
    "LstmOptions",
    "cell_named",
    "lstm",
    "options_of",
    "read_cell",
]
