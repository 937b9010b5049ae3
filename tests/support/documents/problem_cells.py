"""Cells of one's own for tests of problem files, and problems of any cell with every number another one."""

import numpy as np

from gatewise.cells import CELLS, read_cell
from gatewise.engine.params import Params
from gatewise.engine.sizes import shapes_of

OWN = {
    "leaky": """
g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)     # how much leaks
a_t = tanh(W_a·x_t + b_a)                  # what comes in
out_t = (1 - g_t) ⊙ out_{t-1} + g_t ⊙ a_t  # what stays, and what comes in
""",
    "slow": """
k_t = M·x_t + json·out_{t-1} + dict
a_t = tanh(k_t) ⊙ tanh(k_t) + slow_{t-1}
slow_t = slow_{t-1} + v ⊙ (a_t - slow_{t-1}) / 8
out_t = tanh(a_t + slow_t)
""",
    "squeezed": """
i_t = softsign(W_i·x_t + U_i·out_{t-1} + b_i)
h_t = i_t ⊙ file + h_{t-1}
out_t = R·h_t
""",
}  # fmt: skip
OWN_CELLS = {
    name: read_cell(text, name, sizes={"out": "Q"} if "R" in text else None, words={"g": "leak"} if name == "leaky" else None)
    for name, text in OWN.items()
}  # fmt: skip
EVERY = {**CELLS, **OWN_CELLS}


def parameters(cell, D=3, H=2):
    """Parameters whose numbers are all different, so that no swap of gates, units or matrices can hide."""
    Q = 1 if any("Q" in letters for letters in cell.parameters.values()) else None
    count, made = 0, {}
    for name, shape in shapes_of(cell, D, H, Q).items():
        size = int(np.prod(shape))
        made[name] = (np.arange(count, count + size) / 100 - 0.4).round(2).reshape(shape)
        count += size
    return Params.of(made, cell)


def gate_lines(params, write=lambda array: array.tolist()):
    """The parameters as keys, by gate where they have gates: rows are cut here, not by what reads them."""
    for name, array in params.arrays.items():
        parts = params.cell.parts_of(name)
        for gate, rows in zip(parts, np.split(array, len(parts)) if parts else (), strict=True):
            yield f"gates.{gate}.{name} = {write(rows)}"
        if not parts:
            yield f"{name} = {write(array)}"


def cell_lines(cell):
    """What says the cell: a name, or its equations as a table."""
    if cell.name in CELLS:
        return f'cell = "{cell.name}"\n'
    sizes = 'sizes = { out = "Q" }\n' if cell.sizes else ""
    words = 'words = { g = "leak" }\n' if cell.words else ""
    return f"[cell]\nname = '{cell.name}'\nequations = '''{OWN[cell.name]}'''\n{sizes}{words}"
