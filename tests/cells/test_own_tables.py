"""A cell as a table of texts, as files keep it, and back: what is read is the cell that was written."""

import random
from dataclasses import replace

import pytest

from gatewise.cells import CELLS, GRU, LSTM, CellError, read_cell
from gatewise.cells.memory import forgets_by_a_gate, kept_of
from gatewise.cells.own.cell_file import cell_of_table
from gatewise.cells.own.writing import table_of
from gatewise.expression import text

EACH = pytest.mark.parametrize("name", CELLS)
FUNCTIONS = ("tanh", "σ", "relu", "hard_sigmoid", "softsign", "softplus", "exp", "g", "h")


def trees(cell):
    return [(equation.left, equation.right) for equation in cell.forward]


@EACH
def test_a_cell_of_the_table_is_written_and_read(name):
    cell = CELLS[name]
    again = cell_of_table(table_of(cell))
    assert trees(again) == trees(cell)
    assert [equation.why for equation in again.forward] == [equation.why for equation in cell.forward]
    assert (again.gates, again.carried, again.parameters) == (cell.gates, cell.carried, cell.parameters)
    assert (again.name, again.title, again.source, again.words) == (
        cell.name, cell.title, cell.source, cell.words,
    )  # fmt: skip


def formula(rng, names, depth):
    """A random formula in the notation of a definition, brackets around all of it."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice([*names, *names, "2", "0.5", "3"])
    left, right = (formula(rng, names, depth - 1) for _ in range(2))
    number, function = rng.choice(["2", "0.5", "3"]), rng.choice(FUNCTIONS)
    return rng.choice([
        f"({left} + {right})", f"({left} - {right})", f"({left} ⊙ {right})", f"({left} / {number})",
        f"({number} × {left})", f"(-{left})", f"{function}({left})", f"{rng.choice(names)}^{rng.choice('23')}",
    ])  # fmt: skip


def test_whatever_is_read_is_written_so_that_it_is_read_alike():
    rng, made = random.Random(0), 0
    for _ in range(300):
        s, out = formula(rng, ["p_t", "q_t", "s_{t-1}"], 4), formula(rng, ["p_t", "s_t", "out_{t-1}"], 4)
        written = (
            f"p_t = {rng.choice(FUNCTIONS)}(W_p·x_t + U_p·out_{{t-1}} + b_p)\nq_t = tanh(W_q·x_t)\n"
            f"s_t = {s} + p_t ⊙ s_{{t-1}}\nout_t = {out} + s_t ⊙ q_t"
        )
        try:
            cell = read_cell(written)
        except CellError:  # such as a quantity that its own formula cancels
            continue
        made += 1
        assert trees(cell_of_table(table_of(cell))) == trees(cell), written
    assert made > 200


def test_a_cell_whose_rows_would_be_read_in_another_order_is_refused():
    turned = replace(GRU, name="turned", gates=("a", "u", "r"))
    with pytest.raises(CellError, match=r"cell turned cannot be written as equations: .* another cell"):
        table_of(turned)


@pytest.mark.parametrize(("name", "kept"), [
    ("lstm", "fₜ"), ("peephole", "fₜ"), ("coupled", "1 − iₜ"), ("projected", "fₜ"), ("lstm1997", "1"),
    ("gru", "uₜ"), ("gru-reset-after", "uₜ"), ("rnn", None), ("rnn-relu", None), ("mgu", "1 − fₜ"),
])  # fmt: skip
def test_what_a_step_keeps_of_the_one_before(name, kept):
    cell = CELLS[name]
    found = kept_of(cell, cell.carried[-1])
    assert (found and text(found)) == kept
    assert forgets_by_a_gate(cell) == (kept == "fₜ")
    if cell.carried[-1] == "state":
        assert kept_of(cell, "out") is None  # it comes back through U


@pytest.mark.parametrize(("written", "kept"), [
    ("out_t = 0.9 × out_{t-1} + a_t", "0.9"),
    ("out_t = v ⊙ out_{t-1} + a_t", "v"),
    ("out_t = a_t ⊙ v ⊙ out_{t-1} + a_t", "aₜ ⊙ v"),
    ("out_t = out_{t-1} ⊙ out_{t-1} + a_t", None),
    ("out_t = out_{t-1} + a_t ⊙ out_{t-1}", None),
    ("out_t = a_t - out_{t-1}", None),
])  # fmt: skip
def test_what_cells_of_one_s_own_keep(written, kept):
    found = kept_of(read_cell(f"a_t = tanh(W_a·x_t + b_a)\n{written}"), "out")
    assert (found and text(found)) == kept


def test_a_gate_f_is_a_forget_gate_where_it_keeps():
    keeps = read_cell("f_t = σ(W_f·x_t + b_f)\nout_t = f_t ⊙ out_{t-1} + 1 - f_t")
    fills = read_cell("f_t = σ(W_f·x_t + b_f)\nout_t = (1 - f_t) ⊙ out_{t-1} + f_t")
    assert forgets_by_a_gate(keeps)
    assert not forgets_by_a_gate(fills)
    assert forgets_by_a_gate(LSTM)
