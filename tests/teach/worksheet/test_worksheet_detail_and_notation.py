"""How much a sheet writes out, and whose names and gate order it uses; the numbers stay the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from worked_example import LABEL, X, document_params
from worksheet_helpers import blocks, facts, matrix, model, row

from gatewise import (
    worksheet,
)
from gatewise.expression import Array, Number, ascii, text, walk
from gatewise.teach.worksheet.layout.document import Row, Table

# Detail -----------------------------------------------------------------------------------------------------


def test_results_only():
    sheet = worksheet(*model(), detail="results")
    for r in blocks(sheet, Row)[30:]:
        assert len(r.sides) == 1, r.id
    assert sheet.verified.lines_shown == 0


def test_products_show_pre_activations_and_every_entry():
    params, x, label = model(1, H=2, T=2, D=3)
    sheet = worksheet(params, x, label, detail="products")
    for unit in (0, 1):
        z = row(sheet, f"F1[z]@t=0[{unit}]", f"z_a₀[{unit}]")
        expected = params.W[unit] @ x[0] + params.b[unit]
        assert float(ascii(z.sides[-1])) == pytest.approx(expected, abs=5.1e-6)
        assert ascii(z.sides[0]).count("*") == 3 + 2
    assert row(sheet, "B2@t=0", "δstate₀[1]").sides[-1] == sheet["B2@t=0"].numbers()[1]
    lefts = [text(r.left) for r in blocks(sheet, Row) if r.line == "G1"]
    assert len(lefts) == 1 + 1 + 8 * 3  # the formula of section 1, the matrix, each entry
    assert sheet.verified.ok


@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("H", [1, 3, 9])
def test_the_pre_activation_is_a_line_that_the_gate_takes(H, rounding):
    """z_a = …, a = tanh(z_a): what z is displayed as, its guard digits included, gives the gate."""
    sheet = worksheet(*model(2, H=H, T=2), detail="products", rounding=rounding)
    for section in sheet.document.sections:
        if section.key.startswith("forward"):
            rows = [
                r for r in section.blocks if isinstance(r, Row) and r.id.startswith(("F1", "F2", "F3", "F4"))
            ]
            for gate in "aifo":
                z = [r for r in rows if r.left.name == "z" and r.left.part == gate]
                (taken,) = (r for r in rows if r.left.name == gate)
                assert rows.index(taken) == rows.index(z[-1]) + 1
                assert text(taken.sides[0]) == f"{'tanh' if gate == 'a' else 'σ'}({text(z[0].left)})"
                put_in = [node for node in walk(taken.sides[1]) if isinstance(node, Number)]
                assert len(put_in) == (H if H < 9 else 1)
    assert sheet.verified.ok
    with pytest.raises(KeyError, match="a row of the line F1@t=0"):
        sheet["F1[z]@t=0"]


def test_reasons_add_a_sentence_to_each_line():
    sheet = worksheet(*model(), detail="reasons")
    assert row(sheet, "B5@t=1").note == "Through F5, where f_t multiplies state_{t-1}."
    assert row(worksheet(*model()), "B5@t=1").note == ""


# Notation ---------------------------------------------------------------------------------------------------

ORDER = {"torch": "ifao", "keras": "ifao"}
STACKED = ("W", "U", "b", "G1", "G2", "G3", "P1[W]", "P1[U]", "P1[b]")


@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("notation", ["torch", "keras"])
def test_another_notation_reorders_the_rows_and_nothing_else(notation, rounding):
    arguments = model(9, H=2, T=3, D=3)
    own = worksheet(*arguments, rounding=rounding, digits=4)
    other = worksheet(*arguments, rounding=rounding, digits=4, notation=notation)
    for id in STACKED:
        here, there = (matrix(row(sheet, id).sides[-1]) for sheet in (own, other))
        blocks_of = {gate: here[2 * k : 2 * k + 2] for k, gate in enumerate("aifo")}
        assert there == [line for gate in ORDER[notation] for line in blocks_of[gate]], id
    second = ("b_hh", "G4", "P1[b_hh]") if notation == "torch" else ()  # torch's other bias
    shared = [line for line in other if line.id not in second]
    assert len(shared) == len(list(other)) - len(second)
    for mine, theirs in zip(own, shared, strict=True):
        assert mine.id == theirs.id
        np.testing.assert_array_equal(mine.value, theirs.value)
        assert mine.displayed == theirs.displayed
        if mine.id not in STACKED:
            assert row(own, mine.id).sides[-1] == row(other, mine.id).sides[-1]
    assert own.losses[0] == other.losses[0]
    assert (own.losses == other.losses) == (notation != "torch")
    assert other.verified.ok
    more = [r for r in blocks(other, Row) if r.line in second and len(r.sides) == 3]
    assert other.verified.lines_shown == own.verified.lines_shown + len(more)


@pytest.mark.parametrize(
    ("notation", "names", "labels"),
    [
        ("torch", ["W_ih", "W_hh", "b_h"], ["i", "f", "g", "o"]),
        ("keras", ["kernel", "recurrent", "bias"], ["i", "f", "c", "o"]),
    ],
)
def test_names_and_labels_of_another_notation(notation, names, labels):
    sheet = worksheet(document_params(), X, LABEL, notation=notation)
    assert [ascii(row(sheet, id).left).removesuffix("^T") for id in "WU"] == names[:2]
    assert list(row(sheet, "W").labels) == labels
    shown = {ascii(r.left) for r in blocks(sheet, Row)}
    assert {"g[0]", "c[0]", "h[0]", "d_c[0]", "delta_h[0]"} <= shown
    assert not {"a[0]", "state[0]", "out[0]"} & shown
    translation = blocks(sheet, Table)[0]
    assert translation.title == "Translation"
    assert ("out", "h") in [(a, b.split()[0]) for a, b in translation.rows]
    assert not any(
        table.title == "Translation" for table in blocks(worksheet(document_params(), X, LABEL), Table)
    )


def test_keras_keeps_the_matrices_transposed():
    """kernel is (D, 4H) and recurrent_kernel (H, 4H); an entry's row there is the column here."""
    sheet = worksheet(*model(9, H=2, T=2, D=3), notation="keras", detail="products", units=[1])
    shown = {ascii(r.left): ascii(r.sides[0]) for r in blocks(sheet, Row)}
    assert shown["g[t]"] == "tanh(kernel_c^T @ x[t] + recurrent_c^T @ h[t-1] + bias_c)"
    assert shown["d_x[t]"] == "kernel @ d_gates[t]"
    assert shown["z_c[0,1]"].startswith("kernel_c[0,1] * x[0,0] + kernel_c[1,1] * x[0,1] + kernel_c[2,1]")
    assert shown["d_kernel_f[2,1]"] == "sum[t=0..1] d_f[t,1] * x[t,2]"
    wide = worksheet(*model(9, H=2, T=2, D=9), notation="keras", detail="products", units=[1])
    assert any(
        "kernel_c[:,1] @ x[0]" in ascii(r.sides[0]) for r in blocks(wide, Row) if r.id == "F1[z]@t=0[1]"
    )


def test_a_long_sum_says_what_its_terms_stand_for():
    sheet = worksheet(*model(3, H=1, T=9))
    assert row(sheet, "G3").note == "the third term stands for t = 2 to 7; JSON has each of them"
    assert len(row(sheet, "G3").sides[1].terms) == 4
    assert row(worksheet(*model(3, H=1, T=6)), "G3").note == ""


def test_inner_products_that_are_put_in_by_their_value_say_so():
    sheet = worksheet(*model(3, H=9, T=2))
    assert {r.note for r in blocks(sheet, Row) if r.line == "B8@t=1"} == {
        "inner products are put in by their values"
    }
    assert row(sheet, "L1@t=0").note == "a sum over 9 units, too long to write out"


def test_the_seed_of_what_was_drawn_is_stated():
    assert facts(worksheet(*model(3), seed=7))["seed"] == "7, of the numbers that were drawn"
    assert "seed" not in facts(worksheet(*model(3)))


def test_sums_over_gates_pair_rows_with_their_own_gate():
    """δx = Wᵀ·δgates: columns and entries both in torch's order."""
    params, x, label = model(9, H=1, T=2, D=2)
    side = row(worksheet(params, x, label, notation="torch"), "B7@t=1").sides[1]
    weights, gates = (node for node in walk(side) if isinstance(node, Array))
    sheet = worksheet(params, x, label)
    expected = [sheet[f"B{k}@t=1"].displayed[0] for k in (4, 5, 3, 6)]
    assert [shown.partition("_")[0][:6] for (shown,) in matrix(gates)] == [shown[:6] for shown in expected]
    np.testing.assert_allclose(
        np.array([[float(n.replace("_", "")) for n in line] for line in matrix(weights)]),
        params.W[[1, 2, 0, 3]].T, atol=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("notation", ["torch", "keras"])
def test_words_use_the_names_of_the_notation(notation):
    """A reason that says W where the formula above it says W_ih sends the reader looking for another matrix."""
    names = {"torch": ("W_{ih}", "W_{hh}", "b_{ih}"), "keras": ("kernel", "recurrent", "bias")}
    sheet = worksheet(document_params(), X, LABEL, notation=notation, detail="reasons")
    notes = {r.id: r.note for r in blocks(sheet, Row)}
    W, U, b = names[notation]
    assert notes["G1"] == f"{W} met x_t at every step."
    assert notes["B8"] == f"h_{{t-1}} enters all four gates of step t through {U}."
    assert notes["G3"] == f"{b} was added at every step."
    assert notes["F2"] == "How much of g_t is let in, between 0 and 1."
    assert "(h − label)²" in facts(sheet)["loss"]
    words = " ".join(notes.values())
    assert not re.search(r"(?<![A-Za-z])([WU]|(state|out)(?=_))(?![A-Za-z_{])", words)
