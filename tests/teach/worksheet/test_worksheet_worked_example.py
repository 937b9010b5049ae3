"""A sheet of the worked example: every line against mpmath, its sections, formulas, header and formats."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import oracle_mpmath as oracle
import pytest
from mpmath import mpf, nstr
from worked_example import LABEL, LOSS_AFTER, LOSS_BEFORE, LOSS_DIGITS, X, document_params
from worksheet_helpers import FORMATS, blocks, facts, keys, row

from gatewise import (
    ArgumentError,
    Params,
    forward,
    worksheet,
)
from gatewise.expression import Number, ascii, text
from gatewise.learn.losses import l2
from gatewise.teach.worksheet.layout.contents import Verified
from gatewise.teach.worksheet.layout.document import Row, Table


@pytest.fixture(scope="module")
def example():
    return worksheet(document_params(), X, LABEL)


def exact_lines():
    """{line id: mpf values}, from the 50-digit calculation of the document's formulas."""
    W, U, b = oracle.given()
    steps, loss = oracle.forward(W, U, b)
    found = oracle.backward(W, U, steps)
    lines = {"L1": [loss]}
    for t, (v, d) in enumerate(zip(steps, found, strict=True)):
        lines |= {f"F{k}@t={t}": [v[n]] for k, n in enumerate(("a", "i", "f", "o", "state"), 1)}
        lines[f"F6@t={t}"] = [v["delta"] + mpf(oracle.LABEL[t])]
        lines[f"L1@t={t}"] = [v["delta"] ** 2 / 2]
        lines[f"B0@t={t}"] = [v["delta"]]
        names = ("d_out", "d_state", "d_a", "d_i", "d_f", "d_o")
        lines |= {f"B{k}@t={t}": [d[n]] for k, n in enumerate(names, 1)}
        lines[f"B7@t={t}"] = list(d["d_x"])
        lines[f"B8@t={t}"] = [d["delta_out_prev"]]
    gradients = oracle.gradients(steps, found)
    updated = oracle.update(W, U, b, *gradients)
    for id, table in zip(("G1", "G2", "G3", "P1[W]", "P1[U]", "P1[b]"), (*gradients, *updated), strict=True):
        lines[id] = [
            n
            for gate in oracle.GATES
            for n in (table[gate] if isinstance(table[gate], tuple) else [table[gate]])
        ]
    return lines


EXACT = exact_lines()


@pytest.mark.parametrize("id", EXACT)
def test_each_line_of_the_worked_example(example, id):
    """Its float64 value, and the five decimals that are shown of it (no value is near a tie)."""
    line = example[id]
    assert len(line.displayed) == len(EXACT[id])
    for value, shown, exact in zip(line.value.ravel(), line.displayed, EXACT[id], strict=True):
        assert abs(mpf(float(value)) - exact) <= 1e-14 * abs(exact)
        decimals = 0 if exact == 0 else 5
        assert abs(mpf(shown) - exact) < mpf(10) ** -5 / 2, (shown, nstr(exact, 12))
        assert len(shown.partition(".")[2]) == decimals


def test_losses_of_the_worked_example(example):
    assert len(example.losses) == 2
    assert abs(example.losses[0] - LOSS_BEFORE) <= LOSS_DIGITS
    assert abs(example.losses[1] - LOSS_AFTER) <= LOSS_DIGITS
    assert facts(example)["loss before"] == "0.114910363059"
    assert facts(example)["loss after"] == "0.110880801307"


def test_lines_are_read_by_id(example):
    line = example["B2@t=0"]
    assert (line.id, line.symbol, line.t, line.phase) == ("B2@t=0", "d_state", 0, "backward")
    assert line.uses == ("B1@t=0", "F4@t=0", "F5@t=0", "B2@t=1", "F3@t=1")
    assert str(line) == (
        "δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) + δstate₁ ⊙ f₁\n"
        "        = 0.01804 × 0.81757 × (1 − tanh²(0.78573)) + (−0.07111) × 0.87030\n"
        "        = −0.05348"
    )
    assert "B2@t=0" in example
    assert "B2@t=2" not in example
    assert list(example) == list(example.lines)
    assert len(example) == len(example.lines) == 12 + 2 * 16 + 1 + 6


def test_an_outer_product_is_a_column_times_a_row(example):
    second = "[-0.01938_4; -0.00111_6; -0.00630_7; -0.05537_8] (x) [0.5 3]"
    assert ascii(example["G1"].substituted) == f"[-0.01702_4; -0.00164_6; 0; 0.00176_5] (x) [1 2] + {second}"
    assert ascii(example["B7@t=1"].substituted).startswith(
        "[0.45 0.95 0.7 0.6; 0.25 0.8 0.45 0.4] @ [-0.01938"
    )


@pytest.mark.parametrize("id", ["B2", "B2@t=2", "P1", "", 0, "B2@t=0#2"])
def test_an_unknown_id_is_refused_with_an_idea_of_ids(example, id):
    with pytest.raises(
        KeyError, match=rf"no line {re.escape(repr(id))}; ids look like .*B2@t=0, G1, P1\[W\]"
    ):
        example[id]


def test_sections_in_order(example):
    assert keys(example) == [
        "header", "formulas", "given", "forward-t0", "forward-t1", "loss", "backward-t1", "backward-t0",
        "gradients", "update", "verified",
    ]  # fmt: skip


def test_boundary_values_are_stated(example):
    stated = {
        text(r.left): (r.id, ascii(r.sides[-1]), r.note)
        for r in example.document.sections[1].blocks
        if isinstance(r, Row) and isinstance(r.sides[-1], Number)
    }
    assert stated == {
        "out₋₁": ("out@t=-1", "0", ""),
        "state₋₁": ("state@t=-1", "0", ""),
        "Δout₁": ("delta_out@t=1", "0", "no step after t=1 sends anything back"),
        "δstate₂ ⊙ f₂": ("carried@t=2", "0", "there is no step 2"),
    }


def test_every_formula_is_stated_once(example):
    formulas = [r.id for r in example.document.sections[1].blocks if isinstance(r, Row) and len(r.sides) == 1]
    assert formulas[:24] == [
        *(f"F{k}" for k in range(1, 7)), "L1", "L1", *(f"B{k}" for k in range(7)), "d_gates", "B7", "B8",
        "G1", "G2", "G3",
        "P1[W]", "P1[U]", "P1[b]",
    ]  # fmt: skip


def test_header_and_verification(example):
    told = facts(example)
    assert told["sizes"] == "T = 2 (steps), D = 2 (inputs), H = 1 (hidden units)"
    assert told["learning rate"] == "λ = 0.1, SGD"
    assert told["rounding"].startswith("full: float64 is carried")
    assert told["lines"].startswith("39 of 39 substituted sides give the displayed result")
    assert "complex-step" in told["gradients"]
    assert "all entries" in told["gradients"]
    assert example.verified.ok
    assert example.verified.lines_shown == example.verified.lines_reproduced == 39
    norms = blocks(example, Table)[-1]
    assert norms.columns == ("t", "‖δout‖", "‖δstate‖", "‖δgates‖")
    assert [r[:3] for r in norms.rows] == [("0", "0.01804", "0.05348"), ("1", "0.47802", "0.07111")]


def test_what_is_not_verified_is_not_ok(example):
    report = example.verified.derivatives
    assert Verified(report, 7, 7).ok
    assert Verified(None, 7, 7).ok
    assert not Verified(report, 7, 6).ok
    assert not Verified(replace(report, tolerance=0.0), 7, 7).ok


def test_by_hand_the_header_says_so_and_how_far_it_drifts():
    sheet = worksheet(document_params(), X, LABEL, rounding="hand", ties="half-even")
    told = facts(sheet)["rounding"]
    assert told.startswith(
        "by hand: every quantity is rounded before it is used, ties to even; drift from full "
    )
    full = worksheet(document_params(), X, LABEL)
    drift = max(np.abs(a.value - b.value).max() for a, b in zip(sheet, full, strict=True))
    assert float(told.rpartition(" ")[2]) == pytest.approx(drift, rel=0.01)
    assert 1e-6 < drift < 1e-4


def test_by_hand_losses_are_those_of_the_parameters_on_the_sheet():
    sheet = worksheet(document_params(), X, LABEL, rounding="hand", digits=3, updates=2)
    for update, loss in enumerate(sheet.losses[:2]):
        suffix = "#2" if update else ""
        params = Params(**{name: sheet[name + suffix].value for name in "WUb"})
        assert loss == l2(forward(params, X, engine="reference").out, LABEL)[0]
    after = Params(**{name: sheet[f"P1[{name}]#2"].value for name in "WUb"})
    assert sheet.losses[2] == l2(forward(after, X, engine="reference").out, LABEL)[0]


def test_every_format(example):
    for format in FORMATS:
        assert len(example.render(format)) > 3000
    assert str(example) == example.render("text")
    assert set(example._repr_mimebundle_()) == {"text/html", "text/markdown", "text/plain"}
    with pytest.raises(ArgumentError, match="'docx' is not offered; choose one of: text, md"):
        example.render("docx")


@pytest.mark.parametrize("notation", ["document", "torch", "keras"])
def test_the_four_gates_gradients_are_put_together_before_they_are_used(notation):
    """δgates_t has a row of its own, once in the formulas and once in each step, before B7."""
    sheet = worksheet(document_params(), X, LABEL, learning_rate=0.1, notation=notation)
    for section in sheet.document.sections:
        ids = [block.id for block in section.blocks if isinstance(block, Row)]
        if section.key == "formulas" or section.key.startswith("backward"):
            (defined,) = (k for k, id in enumerate(ids) if id.startswith("d_gates"))
            assert ids[defined - 1].startswith("B6")
            assert ids[defined + 1].startswith("B7")
    gates = row(sheet, "d_gates@t=1")
    names, numbers = gates.sides
    shown = {
        ascii(symbol): ascii(number) for (symbol,), (number,) in zip(names.rows, numbers.rows, strict=True)
    }
    letter = "a" if notation == "document" else "g"
    for id, gate in zip(("B3", "B4", "B5", "B6"), (letter, "i", "f", "o"), strict=True):
        assert shown[f"d_{gate}[1]"] == sheet[f"{id}@t=1"].displayed[0]
    with pytest.raises(KeyError, match="B3, B4, B5 and B6"):
        sheet["d_gates@t=1"]


def test_results_alone_use_no_gates_together():
    sheet = worksheet(document_params(), X, LABEL, detail="results")
    assert [r.id for r in blocks(sheet, Row) if r.id.startswith("d_gates")] == ["d_gates"]
