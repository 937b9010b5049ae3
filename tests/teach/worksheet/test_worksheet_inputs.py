"""What a sheet accepts: a sequence of a batch, lengths, an initial state, dtypes, layouts, texts."""

from __future__ import annotations

import numpy as np
from worksheet_helpers import facts, model

from gatewise import (
    Params,
    State,
    forward,
    worksheet,
)
from gatewise.expression import ascii


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
