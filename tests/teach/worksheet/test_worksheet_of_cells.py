"""Sheets of every cell: what is displayed works out, and is what the engine gives."""

import numpy as np
import pytest
from any_cell import OPTIONAL
from calculator import TIES
from displayed import Check
from helpers import chunks
from own_cells import OWN, own_cell

from gatewise import Params, worksheet
from gatewise.cells import CELLS, cell_named, read_cell
from gatewise.engine.passes import backward, forward
from gatewise.errors import ArgumentError
from gatewise.learn.losses import l2
from gatewise.teach.worksheet import derivative_check

SHEETS, OF_OWN, CHUNKS = 200, 40, 5  # random sheets of each cell of the table, of each other one; tests
NAMES = (*CELLS, *OPTIONAL, *OWN)


def cell_of(name):
    return own_cell(name) if name in OWN else cell_named(name)


def random_model(cell, seed):
    """Arguments of a sheet: H 1-3, T 1-4, D 1-3, 3-8 digits; initial values, missing labels, short numbers."""
    rng = np.random.default_rng([seed, sum(map(ord, cell.name))])
    H, T, D = (int(n) for n in rng.integers(1, [4, 5, 4]))
    Q = int(rng.integers(1, H + 1)) if "Q" in cell.sizes.values() else None
    scale, short = rng.choice([0.3, 1, 2]), rng.random() < 0.5

    def normal(*shape):
        values = rng.normal(size=shape) * scale
        return values.round(2) if short else values

    params = Params.init(D, H, cell=cell, output_size=Q, dtype="float64")
    params = params.replace(**{name: normal(*array.shape) for name, array in params.arrays.items()})
    label = rng.uniform(-1, 1, size=(T, params.output_size))
    label[rng.random(label.shape) < 0.1] = np.nan
    if np.isnan(label).all():
        label[0, 0] = 0.5
    state = tuple(normal(params.length_of(name)) for name in cell.carried) if rng.random() < 0.5 else None
    return {
        "params": params, "x": normal(T, D), "label": label, "state": state,
        "learning_rate": float(rng.choice([0.1, 0.05, 0.3])),
        "updates": 1 + int(rng.random() < 0.1), "digits": int(rng.integers(3, 9)),
    }  # fmt: skip


@pytest.mark.share(4)
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("chunk", chunks(CHUNKS, 2))
@pytest.mark.parametrize("name", NAMES)
def test_displayed_sides_give_what_is_displayed(name, chunk, rounding, monkeypatch):
    monkeypatch.setattr(derivative_check, "CHECK_STEPS", 0)  # derivatives are checked below
    each = (SHEETS if name in CELLS else OF_OWN) // CHUNKS
    for seed in range(chunk * each, (chunk + 1) * each):
        ties = list(TIES)[seed % 3]
        model = random_model(cell_of(name), seed)
        detail = "products" if seed % 20 == 0 else "example"
        check = Check(
            worksheet(**model, ties=ties, detail=detail, rounding=rounding), model["digits"], ties, rounding
        )
        if seed % 20 == 0:
            check.json()
        if seed % 5 == 0:
            check.rows()


@pytest.mark.parametrize("name", NAMES)
def test_worked_with_many_digits_by_hand_a_sheet_is_what_the_engine_gives(name):
    for seed in range(5):
        model = random_model(cell_of(name), seed) | {"digits": 12, "updates": 1}
        params, x, label = model["params"], model["x"], model["label"]
        sheet = worksheet(**model, rounding="hand")
        trace = forward(params, x, model["state"])
        loss, delta = l2(trace.out, label)
        grads = backward(params, trace, delta, keep=True)
        assert sheet.losses[0] == pytest.approx(loss, abs=1e-8)
        for line in sheet:
            if line.phase == "forward":
                assert line.value == pytest.approx(trace[line.left.name][line.t], abs=1e-8), line.id
            if line.phase == "gradients":
                whole = grads[line.left.name]
                rows = params.cell.rows_of(line.left.name.removeprefix("d_"), line.left.part, len(whole))
                assert line.value == pytest.approx(whole if rows is None else whole[rows], abs=1e-8), line.id
            if line.phase == "backward" and line.left.name in grads and line.left.step.offset >= 0:
                of_step = grads[line.left.name][line.left.step.offset]
                assert line.value == pytest.approx(of_step, abs=1e-8), line.id


@pytest.mark.parametrize("name", NAMES)
def test_the_derivatives_of_a_sheet_are_measured(name):
    model = random_model(cell_of(name), 7)
    verified = worksheet(**model).verified
    assert verified.ok
    assert verified.derivatives.ok
    assert verified.lines_shown > 10


@pytest.mark.share(5)
@pytest.mark.parametrize("format", ["text", "md", "tex", "html", "json"])
@pytest.mark.parametrize("name", NAMES)
def test_every_format_writes_every_cell(name, format):
    sheet = worksheet(**random_model(cell_of(name), 3), detail="reasons")
    written = sheet.render(format)
    assert name == "lstm" or cell_of(name).name in written
    assert len(written) > 1000


def test_what_is_put_together_of_several_lines_is_defined_before_it_is_used():
    params = Params.init(2, 2, cell="gru-reset-after", seed=1, dtype="float64")
    sheet = worksheet(params, [[1.0, 2.0]], [[0.5, 0.1]])
    update = next(section for section in sheet.document.sections if section.key == "update")
    ids = [row.id for row in update.blocks if hasattr(row, "id")]
    assert ids.index("d_U") < ids.index("P1[U]")
    assert "d_c" not in ids  # of one part: that is its line
    with pytest.raises(KeyError, match=r"d_U is no line of its own.*G2\[r\], G2\[u\] and G2\[a\]"):
        sheet["d_U"]
    assert sheet["G2[r]"].value.shape == (2, 2)


def test_names_of_other_libraries_are_those_of_the_lstm():
    params = Params.init(2, 2, cell="gru", dtype="float64")
    for notation, cells in (("torch", "cells lstm and gru-reset-after"), ("keras", "cell lstm alone")):
        with pytest.raises(
            ArgumentError, match=f"names for the {cells}; these parameters are of cell gru[.]"
        ):
            worksheet(params, [[1.0, 2.0]], notation=notation)
    of_keras = Params.init(2, 2, cell="gru-reset-after", dtype="float64")
    with pytest.raises(ArgumentError, match="names for the cell lstm alone"):
        worksheet(of_keras, [[1.0, 2.0]], notation="keras")


def test_what_a_cell_carries_is_asked_for_by_name():
    params = Params.init(2, 2, cell="gru", dtype="float64")
    given = worksheet(params, [[1.0, 2.0]], state=np.array([0.5, 0.25]))
    assert given["out@t=-1"].displayed == ["0.5", "0.25"]
    with pytest.raises(ArgumentError, match=r"state is .*; it must be \(out,\), or the array itself"):
        worksheet(params, [[1.0, 2.0]], state=(np.zeros(2), np.zeros(2)))


def test_a_sum_of_givens_that_ends_on_a_tie_is_rounded_as_its_digits_say():
    """−0.78·0.66 + 0.68·0.94 − 0.48·0.73 + 0.53·0.35 is −0.0405 exactly, and another number in float64."""
    cell = own_cell("out is not carried on")
    params = Params(cell=cell, M=[[-0.78, -0.68, -0.48]], v=[0.53])
    sheet = worksheet(params, [[0.66, -0.94, 0.73]], state=([0.0], [0.35]), digits=3, ties="half-even")
    Check(sheet, 3, "half-even")
    assert sheet.verified.ok


def test_q_is_the_length_of_whatever_is_projected():
    cell = read_cell(
        "g_t = tanh(W_g·x_t + U_g·out_{t-1} + V_g·q_{t-1})\nq_t = R·g_t\nout_t = g_t + S·q_t",
        sizes={"q": "Q"},
    )
    params = Params.init(2, 3, cell=cell, dtype="float64", seed=1, output_size=2)
    sheet = worksheet(params, [[0.5, -0.3], [1.0, 0.2]], [[0.3] * 3] * 2)
    assert sheet.verified.ok
    assert "Q = 2 (q)" in str(sheet)


@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("equation", ["h_t / g_t", "exp(exp(h_t))"])
def test_what_is_no_number_is_named(equation, rounding):
    cell = read_cell(f"h_t = W·x_t + U·out_{{t-1}}\ng_t = V·x_t\nout_t = {equation} + g_t")
    params = Params.of({"W": [[1e60]], "U": [[1.0]], "V": [[1.0]]}, cell)
    with pytest.raises(ArgumentError, match=r"is no number here, as 0 / 0 or ∞ − ∞"):
        worksheet(params, [[10.0], [0.0]], [[1.0], [1.0]], rounding=rounding)
