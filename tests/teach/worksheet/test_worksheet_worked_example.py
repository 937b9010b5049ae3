"""A sheet's lines, values and sections: the worked example against mpmath, then all that can be asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import oracle_mpmath as oracle
import pytest
from mpmath import mpf, nstr
from worked_example import LABEL, LOSS_AFTER, LOSS_BEFORE, LOSS_DIGITS, X, document_params

from gatewise import (
    ArgumentError,
    DtypeError,
    GatewiseError,
    Params,
    ShapeError,
    State,
    backward,
    forward,
    worksheet,
)
from gatewise.expression import Array, Number, ascii, text, walk
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import sgd
from gatewise.teach.worksheet.layout.contents import Verified
from gatewise.teach.worksheet.layout.document import Facts, Note, Row, Table

FORMATS = ("text", "md", "tex", "html", "json")


def model(seed=0, H=2, T=3, D=2, N=None):
    """Params, x and label of a random problem; a batch if N is given."""
    rng = np.random.default_rng(seed)
    batch = () if N is None else (N,)
    params = Params(W=rng.normal(size=(4 * H, D)), U=rng.normal(size=(4 * H, H)), b=rng.normal(size=4 * H))
    return params, rng.normal(size=(*batch, T, D)), rng.uniform(-1, 1, size=(*batch, T, H))


def blocks(sheet, kind):
    return [
        block for section in sheet.document.sections for block in section.blocks if isinstance(block, kind)
    ]


def row(sheet, id, left=None):
    """The first row with this id (and left side) that has a value."""
    found = [r for r in blocks(sheet, Row) if r.id == id and isinstance(r.sides[-1], (Number, Array))]
    return next(r for r in found if left is None or text(r.left) == left)


def facts(sheet):
    return dict(pair for block in blocks(sheet, Facts) for pair in block.pairs)


def keys(sheet):
    return [section.key for section in sheet.document.sections]


def matrix(node):
    """A result as lists of strings."""
    return [[ascii(entry) for entry in line] for line in node.rows]


# The worked example -----------------------------------------------------------------------------------------


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
    assert formulas[:23] == [
        *(f"F{k}" for k in range(1, 7)), "L1", "L1", *(f"B{k}" for k in range(9)), "G1", "G2", "G3",
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


# Several updates --------------------------------------------------------------------------------------------


def test_several_updates_are_those_of_the_engine():
    params, x, label = model(5, H=3, T=4, D=2)
    sheet = worksheet(params, x, label, updates=3, learning_rate=0.4)
    losses = []
    for suffix in ("", "#2", "#3"):
        trace = forward(params, x, engine="reference")
        loss, delta = l2(trace.out, label)
        grads = backward(params, trace, delta, keep=True)
        losses.append(loss)
        for name in "WUb":
            np.testing.assert_array_equal(sheet[name + suffix].value, getattr(params, name))
        for t in range(4):
            np.testing.assert_array_equal(sheet[f"F5@t={t}{suffix}"].value, trace.state[t])
            np.testing.assert_array_equal(sheet[f"B2@t={t}{suffix}"].value, grads.d_state[t])
        np.testing.assert_array_equal(sheet[f"G2{suffix}"].value, grads.d_U)
        params = sgd(params, grads, 0.4)
        np.testing.assert_array_equal(sheet[f"P1[W]{suffix}"].value, params.W)
    losses.append(l2(forward(params, x, engine="reference").out, label)[0])
    assert sheet.losses == tuple(losses)
    assert sheet.verified.ok


@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_an_update_starts_from_the_parameters_of_the_one_before(rounding):
    sheet = worksheet(*model(), updates=3, rounding=rounding)
    assert sheet["W"].uses == ()
    assert sheet["W#2"].uses == ("P1[W]",)
    assert sheet["b#3"].uses == ("P1[b]#2",)
    assert sheet["F1@t=0#3"].uses == ("W#3", "x@t=0#3", "U#3", "out@t=-1#3", "b#3")
    for name in "WUb":
        np.testing.assert_array_equal(sheet[f"{name}#2"].value, sheet[f"P1[{name}]"].value)
        assert sheet[f"{name}#2"].displayed == sheet[f"P1[{name}]"].displayed
    assert [key for key in keys(sheet) if key.startswith("update")] == [
        "update",
        "update-update2",
        "update-update3",
    ]
    titles = [section.title for section in sheet.document.sections]
    assert "Forward @ t=0, update 2" in titles
    assert len(set(keys(sheet))) == len(keys(sheet))


# Missing labels, no labels ----------------------------------------------------------------------------------


def test_missing_labels_add_nothing_and_the_sheet_says_so():
    params, x, label = model()
    label[0], label[2, 1] = np.nan, np.nan
    sheet = worksheet(params, x, label)
    assert sheet["label@t=0"].displayed == ["missing", "missing"]
    assert sheet["B0@t=0"].displayed == ["0", "0"]
    assert sheet["L1@t=0"].displayed == ["0"]
    assert sheet["B0@t=2"].displayed[1] == "0"
    assert sheet["B0@t=2"].displayed[0] != "0"
    side = ascii(sheet["B0@t=2"].substituted)
    first, second = sheet["F6@t=2"].displayed
    assert side == f"[{first}; {second}] - [{sheet['label@t=2'].displayed[0]}; {second}]"
    assert "no label for unit 0, 1: out itself stands in" in row(sheet, "label@t=0").note
    assert "no label for unit 1: out itself stands in" in row(sheet, "label@t=2").note
    assert row(sheet, "label@t=1").note == ""
    assert sheet.losses[0] == l2(forward(params, x, engine="reference").out, label)[0]
    assert sheet.verified.ok


@pytest.mark.parametrize("options", [{}, {"updates": 3}, {"rounding": "hand"}, {"notation": "torch"}])
def test_without_labels_the_sheet_ends_after_the_forward_pass(options):
    params, x, _ = model()
    sheet = worksheet(params, x, **options)
    assert {line.phase for line in sheet} == {"given", "forward"}
    assert sheet.losses == ()
    assert keys(sheet) == [
        "header",
        "formulas",
        "given",
        "forward-t0",
        "forward-t1",
        "forward-t2",
        "verified",
    ]
    assert "learning rate" not in facts(sheet)
    assert sheet.verified.ok
    assert sheet.verified.derivatives is None
    for format in ("text", "md", "tex", "html"):
        assert "δ" not in str(sheet.render(format)).replace("δ-", "")


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
        z = row(sheet, "F1@t=0", f"z_a₀[{unit}]")
        expected = params.W[unit] @ x[0] + params.b[unit]
        assert float(ascii(z.sides[-1])) == pytest.approx(expected, abs=5.1e-6)
        assert ascii(z.sides[0]).count("*") == 3 + 2
    assert row(sheet, "B2@t=0", "δstate₀[1]").sides[-1] == sheet["B2@t=0"].numbers()[1]
    lefts = [text(r.left) for r in blocks(sheet, Row) if r.id == "G1"]
    assert len(lefts) == 1 + 1 + 8 * 3  # the formula of section 1, the matrix, each entry
    assert sheet.verified.ok


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
    for mine, theirs in zip(own, other, strict=True):
        assert mine.id == theirs.id
        np.testing.assert_array_equal(mine.value, theirs.value)
        assert mine.displayed == theirs.displayed
        if mine.id not in STACKED:
            assert row(own, mine.id).sides[-1] == row(other, mine.id).sides[-1]
    assert own.losses == other.losses
    assert other.verified.ok
    assert other.verified.lines_shown == own.verified.lines_shown


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
    assert any("kernel_c[:,1] @ x[0]" in ascii(r.sides[0]) for r in blocks(wide, Row) if r.id == "F1@t=0")


def test_a_long_sum_says_what_its_terms_stand_for():
    sheet = worksheet(*model(3, H=1, T=9))
    assert row(sheet, "G3").note == "the third term stands for t = 2 to 7; JSON has each of them"
    assert len(row(sheet, "G3").sides[1].terms) == 4
    assert row(worksheet(*model(3, H=1, T=6)), "G3").note == ""


def test_inner_products_that_are_put_in_by_their_value_say_so():
    sheet = worksheet(*model(3, H=9, T=2))
    assert {r.note for r in blocks(sheet, Row) if r.id == "B8@t=1"} == {
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


# Batch, lengths, state, precision, kinds of input -----------------------------------------------------------


def test_one_sequence_of_a_batch_is_itself_alone():
    params, x, label = model(2, N=3, T=5)
    rng = np.random.default_rng(0)
    state = State(rng.normal(size=(3, 2)), rng.normal(size=(3, 2)))
    lengths = [5, 2, 4]
    for n in range(3):
        sheet = worksheet(params, x, label, state=state, lengths=lengths, batch=n)
        end = lengths[n]
        alone = worksheet(params, x[n, :end], label[n, :end], state=(state.out[n], state.state[n]))
        assert sheet.losses == alone.losses
        for one, other in zip(sheet, alone, strict=True):
            assert (one.id, one.displayed) == (other.id, other.displayed)
        assert facts(sheet)["sequence"] == f"{n} of a batch of 3 (0 to 2); loss and gradients are its own"
        assert "sequence" not in facts(alone)
        np.testing.assert_array_equal(sheet["out@t=-1"].value, state.out[n])


def test_what_lies_past_the_length_does_not_matter():
    params, x, label = model(2, N=2, T=5)
    clean = worksheet(params, x, label, lengths=[3, 5])
    x[0, 3:], label[0, 3:], x[1], label[1] = np.nan, np.inf, np.nan, np.inf
    assert worksheet(params, x, label, lengths=[3, 5]).render("json") == clean.render("json")
    single = worksheet(params, x[0], label[0], lengths=3)
    assert single.losses == clean.losses


def test_an_initial_state_is_given_and_used():
    params, x, label = model()
    sheet = worksheet(params, x, label, state=([0.25, -0.5], [1.5, 2]))
    assert sheet["out@t=-1"].displayed == ["0.25", "-0.5"]
    assert sheet["state@t=-1"].displayed == ["1.5", "2"]
    trace = forward(params, x, (np.array([0.25, -0.5]), np.array([1.5, 2.0])), engine="reference")
    np.testing.assert_array_equal(sheet["F6@t=2"].value, trace.out[2])
    assert "0.25" in ascii(sheet["G2"].substituted)


def test_float32_is_worked_out_in_float64_and_the_header_says_so():
    params, x, label = model()
    small = params.astype(np.float32)
    sheet = worksheet(small, x.astype(np.float32), label)
    assert facts(sheet)["precision"] == "given in float32, worked out in float64"
    wide = worksheet(small.astype(np.float64), x.astype(np.float32).astype(float), label)
    assert [line.displayed for line in sheet] == [line.displayed for line in wide]
    assert "precision" not in facts(wide)
    assert sheet.verified.ok


def test_lists_integers_and_arrays_of_any_layout():
    params, x, label = model(H=1)
    expected = worksheet(params, x, label).render("json")
    assert worksheet(params, x.tolist(), label.tolist()).render("json") == expected
    assert worksheet(params, np.asfortranarray(x), label[::-1][::-1]).render("json") == expected
    assert worksheet(params, np.repeat(x, 2, axis=1)[:, ::2], label).render("json") == expected
    assert worksheet(params, x.astype(">f8"), label).render("json") == expected
    assert worksheet(params, x[np.newaxis], label[np.newaxis]).render("json") == expected
    assert worksheet(params, [[1, 0]], [[1]])["x@t=0"].displayed == ["1", "0"]
    assert worksheet(params, np.array([[True, False]]), [[1]])["x@t=0"].displayed == ["1", "0"]


def test_a_sheet_stays_as_it_is_when_its_input_changes():
    params, x, label = model()
    state = State(np.ones(2), np.ones(2))
    texts = {"x": np.array([["1", "2"]] * 3, dtype=object)}
    x[:] = [1, 2]
    sheet = worksheet(params, x, label, state=state, texts=texts)
    expected = worksheet(params, x, label, state=state, texts=texts).render("json")
    for array in (params.W, params.U, params.b, x, label, *state):
        array[:] = 99
    texts["x"][:] = "99"
    assert sheet.render("json") == expected


def test_texts_keep_the_digits_as_they_were_written():
    params, x, label = model(H=1, T=2, D=2, N=2)
    params = Params(W=params.W.round(1), U=params.U, b=params.b)
    x = np.array([[[1, 2], [3, 4]], [[0.5, 0.25], [-1, 1]]])
    texts = {
        "W": np.vectorize(lambda value: f"{value:.3f}", otypes=[object])(params.W),
        "x": np.array([[["1.0", "2"], [None, "4"]], [["0.50", "0.250"], ["-1", None]]], dtype=object),
        "learning_rate": "0.10",
    }
    for rounding in ("full", "hand"):
        sheet = worksheet(params, x, label, batch=1, texts=texts, rounding=rounding)
        assert sheet["x@t=0"].displayed == ["0.50", "0.250"]
        assert sheet["x@t=1"].displayed == ["-1", "1"]
        assert sheet["learning_rate"].displayed == ["0.10"]
        assert sheet["W"].displayed[0] == f"{params.W[0, 0]:.3f}"
        assert "0.10 * " in ascii(sheet["P1[b]"].substituted)
        assert sheet.verified.ok


# Refused ----------------------------------------------------------------------------------------------------

OPTIONS = {
    "digits 0": ({"digits": 0}, "digits=0; it must be a whole number from 1 to 12"),
    "digits 13": ({"digits": 13}, "digits=13; it must be a whole number from 1 to 12"),
    "digits a float": ({"digits": 5.0}, "digits=5.0; it must be a whole number"),
    "digits True": ({"digits": True}, "digits=True; it must be a whole number"),
    "digits a string": ({"digits": "5"}, "digits='5'; it must be a whole number"),
    "rounding": ({"rounding": "half"}, "rounding='half' is not offered. Choose from: full, hand."),
    "rounding a list": ({"rounding": ["full"]}, "rounding=['full'] is not offered"),
    "rounding an array": ({"rounding": np.array(["full", "hand"])}, "is not offered. Choose from: full"),
    "ties": ({"ties": "up"}, "ties='up' is not offered. Choose from: half-up, half-even, truncate."),
    "detail": ({"detail": 2}, "detail=2 is not offered. Choose from: results, example, products, reasons."),
    "notation": ({"notation": "jax"}, "notation='jax' is not offered. Choose from: document, torch, keras."),
    "updates": ({"updates": 0}, "updates=0; it must be a whole number from 1 to 1000"),
    "max_lines": ({"max_lines": 0}, "max_lines=0; it must be a whole number"),
    "steps outside": ({"steps": [0, 3]}, "steps: 3 given; this sheet has steps 0 to 2."),
    "steps negative": ({"steps": [-1]}, "steps: -1 given; this sheet has steps 0 to 2."),
    "no steps": ({"steps": []}, "steps: none given; this sheet has steps 0 to 2."),
    "steps a number": ({"steps": 1}, "steps=1; it must be a list of whole numbers."),
    "steps floats": ({"steps": [0.5]}, "steps=[0.5]; it must be a list of whole numbers."),
    "steps text": ({"steps": "01"}, "steps='01'; it must be a list of whole numbers."),
    "units outside": ({"units": (0, 7, 9)}, "units: 7, 9 given; this sheet has units 0 to 1."),
    "batch of one": ({"batch": 1}, "batch=1, but x (3, 2) is a single sequence."),
    "rate negative": ({"learning_rate": -0.1}, "learning_rate=-0.1; it must be a finite number"),
    "learning rate NaN": ({"learning_rate": np.nan}, "learning_rate=nan; it must be a finite number"),
    "learning rate complex": ({"learning_rate": 1j}, "learning_rate=1j; it must be a finite number"),
    "learning rate a list": ({"learning_rate": [0.1]}, "learning_rate=[0.1]; it must be a finite number"),
    "learning rate text": ({"learning_rate": "0.1"}, "learning_rate holds <U3; it must hold numbers"),
    "state one": ({"state": (np.zeros(2),)}, "state is a tuple; it must be a pair (out, state)."),
    "state an array": ({"state": np.zeros((2, 2))}, "state is a ndarray; it must be a pair (out, state)."),
    "state short": ({"state": ([0, 0], [0])}, "state.state is (1,); with x (3, 2) and H = 2 it must"),
    "state NaN": ({"state": (np.zeros(2), [0, np.nan])}, "state.state[1] is nan; a worksheet needs finite"),
    "lengths 0": ({"lengths": 0}, "the sequence's length is 0; it must be at least 1"),
    "lengths long": ({"lengths": 4}, "lengths go from 4 to 4; x has 3 steps, so 0 to 3."),
    "lengths floats": ({"lengths": 2.5}, "lengths holds float64; it must hold whole numbers."),
    "lengths many": ({"lengths": [3, 3]}, "lengths is (2,); it must be (), one whole number for"),
    "texts of nothing": ({"texts": {"y": ["1"]}}, "texts for y are (1,); there is nothing of that name."),
    "texts short": ({"texts": {"b": ["1"]}}, "texts for b are (1,); they must be (8,)."),
}  # fmt: skip


@pytest.mark.parametrize(("options", "message"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_that_does_not_fit(options, message):
    params, x, label = model()
    with pytest.raises(GatewiseError, match=re.escape(message)):
        worksheet(params, x, label, **options)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5])
def test_a_bad_learning_rate_is_refused_without_labels_too(value):
    params, x, _ = model()
    with pytest.raises(ArgumentError, match="learning_rate="):
        worksheet(params, x, learning_rate=value)


@pytest.mark.parametrize("batch", [3, -1, 0.0, True, "0", None])
def test_a_batch_element_that_does_not_exist(batch):
    params, x, label = model(N=3)
    with pytest.raises(ArgumentError, match=re.escape(f"batch={batch!r}; x has 3 sequences, 0 to 2.")):
        worksheet(params, x, label, batch=batch)


LABEL_2 = np.zeros((3, 2))
X_2 = np.zeros((3, 2))
BAD_DATA = {
    "x NaN": ([[1, np.nan]] * 3, LABEL_2, ArgumentError, "x[0, 1] is nan; a worksheet needs finite numbers."),
    "x infinite": ([[1, 2], [3, 4], [5, -np.inf]], LABEL_2, ArgumentError, "x[2, 1] is -inf"),
    "x features": (np.zeros((3, 5)), LABEL_2, ShapeError, "x is (3, 5), read as (N, T, D) or (T, D); W"),
    "x one axis": (np.zeros(3), LABEL_2, ShapeError, "x is (3,), read as"),
    "x four axes": (np.zeros((1, 1, 3, 2)), LABEL_2, ShapeError, "x is (1, 1, 3, 2), read as"),
    "no steps": (np.zeros((0, 2)), np.zeros((0, 2)), ShapeError, "at least one sequence and one step"),
    "no sequence": (np.zeros((0, 3, 2)), np.zeros((0, 3, 2)), ShapeError, "at least one sequence"),
    "x ragged": ([[1, 2], [3]], LABEL_2, ShapeError, "x is a ragged list"),
    "x text": ([["a", "b"]] * 3, LABEL_2, DtypeError, "x holds <U1; it must hold numbers"),
    "x objects": (np.array([[None, 1]] * 3), LABEL_2, DtypeError, "x holds object; it must hold numbers"),
    "x complex": (np.zeros((3, 2), complex), LABEL_2, DtypeError, "x is complex; a worksheet needs real"),
    "x None": (None, LABEL_2, DtypeError, "x holds object"),
    "label shape": (X_2, np.zeros((2, 2)), ShapeError, "label is (2, 2); with x (3, 2) and H = 2 it must"),
    "label all missing": (X_2, LABEL_2 * np.nan, ArgumentError, "label is missing at every step"),
    "label infinite": (X_2, LABEL_2 + np.inf, ArgumentError, "label[0, 0] is inf"),
    "label complex": (X_2, LABEL_2 + 0j, DtypeError, "label is complex"),
    "label text": (X_2, [["a", "b"]] * 3, DtypeError, "label holds <U1"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "label", "error", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_data_that_does_not_fit(x, label, error, message):
    with pytest.raises(error, match=re.escape(message)):
        worksheet(model()[0], x, label)


@pytest.mark.parametrize("name", ["W", "U", "b"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_not_finite(name, value):
    params, x, label = model()
    getattr(params, name).flat[3] = value
    with pytest.raises(ArgumentError, match=rf"{name}\[.*\] is {value}; a worksheet needs finite numbers"):
        worksheet(params, x, label)


def test_complex_parameters():
    params, x, label = model()
    with pytest.raises(DtypeError, match="W is complex; a worksheet needs real numbers"):
        worksheet(params.astype(complex), x, label)


# Elision ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    """H = 128, T = 500, N = 32."""
    params = Params.init(3, 128, seed=1, dtype="float64")
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(32, 500, 3)), rng.uniform(-1, 1, size=(32, 500, 128))
    return worksheet(params, x, label, batch=31)


def test_a_large_sheet_is_a_few_pages(large):
    for format in ("text", "md", "tex"):
        assert len(large.render(format).splitlines()) < 1500
    assert len(large.render("html")) < 1_000_000
    assert len(blocks(large, Row)) < 200
    assert large.verified.ok
    assert large.verified.lines_shown > 40


def test_a_large_sheet_says_what_it_leaves_out(large):
    assert facts(large)["sequence"].startswith("31 of a batch of 32")
    shown = [key.removeprefix("forward-t") for key in keys(large) if key.startswith("forward")]
    assert len(shown) == 3
    assert (shown[0], shown[-1]) == ("0", "499")
    notes = [block.text for block in blocks(large, Note)]
    expected = f"497 of 500 steps are left out; shown: t = {', '.join(shown)}. JSON has all of them."
    assert expected in notes
    assert (
        f"the first step, the last, and t={shown[1]}, where the state changes most" in facts(large)["shown"]
    )
    assert "whose state is the largest" in facts(large)["shown"]
    norms = blocks(large, Table)[-1]
    assert norms.title == "Norms of the gradients by step (480 of 500 steps left out)"
    assert len(norms.rows) == 20


def test_the_step_and_unit_that_are_shown_are_those_that_they_are_said_to_be(large):
    states = np.array([large[f"F5@t={t}"].value for t in range(500)])
    turning = int(np.linalg.norm(np.diff(states, axis=0), axis=1).argmax()) + 1
    busiest = int(np.abs(states).max(axis=0).argmax())
    assert f"forward-t{turning}" in keys(large)
    assert f"unit {busiest}, whose state is the largest" in facts(large)["shown"]
    assert row(large, "F5@t=0").left.entry == (busiest,)


def test_the_unit_whose_state_is_the_largest_may_be_negative():
    rng = np.random.default_rng(0)
    params = Params(W=rng.normal(size=(36, 2)), U=np.zeros((36, 9)), b=np.zeros(36))
    params.b[4], params.b[9:] = -9, 2
    sheet = worksheet(params, rng.normal(size=(4, 2)))
    assert sheet["F5@t=3"].value.argmin() == np.abs(sheet["F5@t=3"].value).argmax() == 4
    assert facts(sheet)["shown"] == "unit 4, whose state is the largest"


def test_counts_of_entries_left_out_are_right(large):
    rows = {r[0]: r for table in blocks(large, Table) for r in table.rows if "Left out" in table.title}
    for id in ("W", "U", "b", "F5@t=499", "B2@t=0", "G1", "G2", "P1[U]"):
        line = large[id]
        written = sum(r.id == id and len(r.left.entry) > 0 for r in blocks(large, Row))
        assert rows[id][1] == "×".join(map(str, line.value.shape))
        assert int(rows[id][2]) == line.value.size - written
        for shown, number in zip(
            rows[id][3:], (line.value.min(), line.value.max(), np.linalg.norm(line.value)), strict=True
        ):
            assert float(shown.replace("−", "-")) == pytest.approx(number, abs=1e-5, rel=1e-4)


def test_a_large_sheet_s_lines_are_all_there(large):
    assert len(large) == 4 + 2 * 500 + 4 + 16 * 500 + 1 + 6
    assert large["B2@t=250"].value.shape == (128,)
    assert large["G2"].value.shape == (512, 128)
    assert len(large["G2"].displayed) == 512 * 128
    assert large["B2@t=250"].substituted is None  # 768 numbers


@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_steps_and_units_that_were_asked_for(rounding):
    sheet = worksheet(*model(3, H=12, T=20, D=2), steps=[17, 4, 4], units=(3, 11), rounding=rounding)
    assert [key for key in keys(sheet) if "-t" in key] == [
        "forward-t4",
        "forward-t17",
        "backward-t17",
        "backward-t4",
    ]
    assert {r.left.entry for r in blocks(sheet, Row) if r.id == "F5@t=17"} == {(3,), (11,)}
    assert [r.left.part + str(r.left.entry) for r in blocks(sheet, Row) if r.id == "G3"][1:] == [
        f"{gate}({unit},)" for unit in (3, 11) for gate in "aifo"
    ]
    assert any(
        "18 of 20 steps are left out; shown: t = 4, 17." in block.text for block in blocks(sheet, Note)
    )
    assert "shown" not in facts(sheet)
    assert sheet.verified.ok


def test_steps_and_units_as_arrays_and_ranges():
    arguments = model(3, H=3, T=12)
    expected = worksheet(*arguments, steps=[1, 2], units=[2]).render("text")
    assert worksheet(*arguments, steps=range(1, 3), units=np.array([2])).render("text") == expected


@pytest.mark.parametrize("max_lines", [110, 150, 300, 10_000])
def test_the_line_budget_is_kept(max_lines):
    arguments = model(3, H=2, T=8)
    sheet = worksheet(*arguments, max_lines=max_lines)
    count = len(blocks(sheet, Row))
    whole = len(blocks(worksheet(*arguments), Row))
    steps = [key for key in keys(sheet) if key.startswith("forward")]
    assert count <= max_lines
    if whole <= max_lines:
        assert count == whole
    else:
        assert steps[0] == "forward-t0"
        assert steps[-1] == "forward-t7"
        assert len(steps) < 8
        assert facts(sheet)["shown"] == "steps chosen to keep within the line budget"
        assert any("of 8 steps are left out" in block.text for block in blocks(sheet, Note))


@pytest.mark.parametrize("options", [{}, {"steps": [0, 1, 2]}])
def test_a_line_budget_that_cannot_be_kept_is_not_passed_over(options):
    sheet = worksheet(*model(3, T=8), max_lines=5, **options)
    count = len(blocks(sheet, Row))
    assert count > 5
    assert f"{count} lines for these steps, more than the 5 asked for" in facts(sheet)["shown"]


# Sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("H", range(1, 10))
@pytest.mark.parametrize(("T", "D"), [(1, 1), (3, 2), (9, 9)])
def test_every_small_size(H, T, D, rounding):
    """Also where matrices are no longer written out and sequences no longer shown step by step."""
    sheet = worksheet(*model(H, H=H, T=T, D=D), rounding=rounding)
    assert sheet.verified.ok
    assert sheet.verified.lines_shown >= 20
    labels = row(sheet, "b").labels
    if H == 1:
        assert labels == ("a", "i", "f", "o")
    elif H <= 8:
        assert labels == tuple(f"{gate}[{unit}]" for gate in "aifo" for unit in range(H))
    left_out = [table for table in blocks(sheet, Table) if "Left out" in table.title]
    assert bool(left_out) == (H > 8 or D > 8)
    for format in FORMATS:
        assert sheet.render(format)


@pytest.mark.parametrize("H", [4, 5])
def test_a_matrix_too_large_to_substitute_is_expanded_by_one_unit(H):
    """Up to 4 rows in full; from 5 on symbols and result, and one unit as scalars."""
    sheet = worksheet(*model(H, H=H))
    sides = len(row(sheet, "F1@t=1").sides)
    expanded = [r for r in blocks(sheet, Row) if r.id == "F1@t=1" and r.left.entry]
    assert (sides, len(expanded)) == ((3, 0) if H == 4 else (2, 1))


def test_one_step():
    params, x, label = model(T=1)
    sheet = worksheet(params, x, label)
    assert keys(sheet).count("forward-t0") == 1
    assert ascii(sheet["L1"].formula) == "sum[t=0..0] loss[t]"
    assert sheet["L1"].displayed == sheet["L1@t=0"].displayed
    assert not sheet["G2"].value.any()
    assert sheet["G2"].displayed == ["0"] * 16
    assert sheet.verified.ok


def test_everything_zero():
    params = Params(W=np.zeros((4, 1)), U=np.zeros((4, 1)), b=np.zeros(4))
    for rounding in ("full", "hand"):
        sheet = worksheet(params, np.zeros((2, 1)), np.zeros((2, 1)), rounding=rounding)
        assert sheet["F2@t=1"].displayed == ["0.50000"]
        assert sheet["F6@t=1"].displayed == ["0"]
        assert sheet.losses == (0.0, 0.0)
        assert "-0" not in sheet.render("json").replace("e-0", "")
        assert sheet.verified.ok
