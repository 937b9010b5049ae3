"""The JSON of a sheet: the schema others rely on, every line with its full value and its displayed digits."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from worked_example import LABEL, X, document_params

from gatewise import ArgumentError, backward, forward, worksheet
from gatewise.engine.params import Params
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import sgd

TOP = {"schema", "title", "model", "rounding", "ties", "digits", "losses", "lines", "verified"}
FIELDS = {
    "id", "phase", "t", "update", "symbol", "shape", "value", "displayed", "formula", "substituted", "uses",
    "used_by", "note",
}  # fmt: skip
SYMBOLS = {
    "a", "i", "f", "o", "state", "out", "loss", "delta", "delta_out", "d_out", "d_state", "d_a", "d_i", "d_f",
    "d_o", "d_x", "d_W", "d_U", "d_b", "W", "U", "b", "W_new", "U_new", "b_new", "x", "label", "carried",
    "learning_rate",
}  # fmt: skip
PHASES = ["given", "forward", "loss", "backward", "gradients", "update"]
ID = re.compile(
    r"(F[1-6]|L1|B[0-8]|[a-z_]+)@t=-?\d+(#\d+)?|(L1|G[1-3]|P1\[[WUb]\]|W|U|b|learning_rate)(#\d+)?"
)


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def read(sheet):
    """The JSON, strictly: neither NaN nor Infinity."""
    text = sheet.render("json")
    assert text.isascii()
    return json.loads(text, parse_constant=refuse)


def random_sheet(seed=3, H=2, T=3, D=2, **options):
    rng = np.random.default_rng(seed)
    params = Params(W=rng.normal(size=(4 * H, D)), U=rng.normal(size=(4 * H, H)), b=rng.normal(size=4 * H))
    x, label = rng.normal(size=(T, D)), rng.uniform(-1, 1, size=(T, H))
    return params, x, label, worksheet(params, x, label, **options)


@pytest.fixture(scope="module")
def document():
    return read(worksheet(document_params(), X, LABEL))


@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("updates", [1, 2])
def test_the_schema(rounding, updates):
    *_, sheet = random_sheet(rounding=rounding, updates=updates, ties="half-even", digits=4, title="A test")
    data = read(sheet)
    assert set(data) == TOP
    assert (data["schema"], data["title"], data["rounding"], data["ties"], data["digits"]) == (
        1, "A test", rounding, "half-even", 4,
    )  # fmt: skip
    assert data["model"] == {
        "steps": 3, "input_size": 2, "hidden_size": 2, "gates": ["a", "i", "f", "o"], "learning_rate": 0.1,
        "updates": updates,
    }  # fmt: skip
    assert len(data["losses"]) == updates + 1
    ids = [line["id"] for line in data["lines"]]
    assert len(set(ids)) == len(ids)
    for position, line in enumerate(data["lines"]):
        assert set(line) == FIELDS
        assert ID.fullmatch(line["id"]), line["id"]
        assert line["symbol"] in SYMBOLS
        assert line["phase"] in PHASES
        assert line["update"] == (int(line["id"].partition("#")[2] or 1))
        assert line["t"] is None or f"@t={line['t']}" in line["id"]
        value = np.array(line["value"], dtype=np.float64)
        assert list(value.shape) == line["shape"]
        assert len(line["displayed"]) == value.size
        for shown, number in zip(line["displayed"], value.ravel(), strict=True):
            assert float(shown) == pytest.approx(number, rel=1e-3, abs=10.0**-4)
        assert (line["formula"] is None) == (line["substituted"] is None) == (line["phase"] == "given")
        assert set(line["uses"]) <= set(ids[:position]), "a line uses earlier ones"
        assert (not line["uses"]) == (line["phase"] == "given" and line["id"] not in ("W#2", "U#2", "b#2"))
        assert line["id"] not in line["uses"]


def test_every_line_is_there():
    T = 3
    *_, sheet = random_sheet(T=T)
    ids = [line["id"] for line in read(sheet)["lines"]]
    given = ["W", "U", "b", "learning_rate", *(f"{name}@t={t}" for name in ("x", "label") for t in range(T))]
    given += ["out@t=-1", "state@t=-1", f"delta_out@t={T - 1}", f"carried@t={T}"]
    steps = [f"F{k}@t={t}" for t in range(T) for k in range(1, 7)] + [f"L1@t={t}" for t in range(T)] + ["L1"]
    back = [f"B{k}@t={t}" for t in reversed(range(T)) for k in range(9)]
    assert ids == [*given, *steps, *back, "G1", "G2", "G3", "P1[W]", "P1[U]", "P1[b]"]


def test_the_line_of_the_issue(document):
    line = next(line for line in document["lines"] if line["id"] == "B2@t=0")
    value = line.pop("value")
    assert line == {
        "id": "B2@t=0", "phase": "backward", "t": 0, "update": 1, "symbol": "d_state", "shape": [1],
        "displayed": ["-0.05348"],
        "formula": "d_out[0] * o[0] * (1 - tanh(state[0])^2) + d_state[1] * f[1]",
        "substituted": "0.01804 * 0.81757 * (1 - tanh(0.78573)^2) + (-0.07111) * 0.87030",
        "uses": ["B1@t=0", "F4@t=0", "F5@t=0", "B2@t=1", "F3@t=1"],
        "used_by": ["B3@t=0", "B4@t=0", "B5@t=0"],
        "note": "",
    }  # fmt: skip
    assert value == pytest.approx([-0.05348368], abs=1e-8)


def test_uses(document):
    uses = {line["id"]: line["uses"] for line in document["lines"]}
    assert uses["F1@t=1"] == ["W", "x@t=1", "U", "F6@t=0", "b"]
    assert uses["F5@t=0"] == ["F1@t=0", "F2@t=0", "F3@t=0", "state@t=-1"]
    assert uses["L1"] == ["L1@t=0", "L1@t=1"]
    assert uses["B1@t=1"] == ["B0@t=1", "delta_out@t=1"]
    assert uses["B1@t=0"] == ["B0@t=0", "B8@t=1"]
    assert "carried@t=2" in uses["B2@t=1"]
    assert uses["B7@t=0"] == ["W", *(f"B{k}@t=0" for k in range(3, 7))]
    assert uses["G2"] == [
        *(f"B{k}@t=0" for k in range(3, 7)),
        "out@t=-1",
        *(f"B{k}@t=1" for k in range(3, 7)),
        "F6@t=0",
    ]
    assert uses["P1[W]"] == ["W", "learning_rate", "G1"]
    assert uses["W"] == []


def test_values_are_the_engine_s_to_the_bit():
    params, x, label, sheet = random_sheet(seed=11, H=3, T=4, D=2)
    trace = forward(params, x, engine="reference")
    loss, delta = l2(trace.out, label)
    grads = backward(params, trace, delta, keep=True)
    new = sgd(params, grads, 0.1)
    data = read(sheet)
    values = {line["id"]: np.array(line["value"]) for line in data["lines"]}
    steps = {f"F{k}": trace[n] for k, n in enumerate(("a", "i", "f", "o", "state", "out"), 1)}
    names = ("d_out", "d_state", "d_a", "d_i", "d_f", "d_o", "d_x")
    steps |= {"B0": delta} | {f"B{k}": grads[n] for k, n in enumerate(names, 1)}
    for id, expected in steps.items():
        for t in range(4):
            np.testing.assert_array_equal(values[f"{id}@t={t}"], expected[t], err_msg=id)
    for t in range(1, 4):
        np.testing.assert_array_equal(values[f"B8@t={t}"], grads.delta_out[t - 1])
    np.testing.assert_array_equal(values["B8@t=0"], grads.d_out0)
    for id, expected in (("G1", grads.d_W), ("G2", grads.d_U), ("G3", grads.d_b), ("L1", loss)):
        np.testing.assert_array_equal(values[id], expected)
    for name in "WUb":
        np.testing.assert_array_equal(values[name], getattr(params, name))
        np.testing.assert_array_equal(values[f"P1[{name}]"], getattr(new, name))
    assert data["losses"] == [loss, l2(forward(new, x, engine="reference").out, label)[0]]


def test_missing_labels_are_null():
    label = np.array([[np.nan, 0.5], [np.nan, np.nan], [0.25, np.nan]])
    params, x, *_ = random_sheet()
    lines = {line["id"]: line for line in read(worksheet(params, x, label))["lines"]}
    assert lines["label@t=0"]["value"] == [None, 0.5]
    assert lines["label@t=0"]["displayed"] == ["missing", "0.5"]
    assert lines["label@t=1"]["value"] == [None, None]
    assert lines["B0@t=1"]["value"] == [0, 0]
    assert lines["L1@t=1"]["value"] == 0


def test_verified(document):
    verified = document["verified"]
    assert set(verified) == {"ok", "lines_shown", "lines_reproduced", "derivatives"}
    assert verified["ok"] is True
    assert verified["lines_shown"] == verified["lines_reproduced"] == 39
    derivatives = verified["derivatives"]
    assert set(derivatives) == {"method", "max_error", "tolerance", "worst"}
    assert derivatives["method"] == "complex-step"
    assert 0 <= derivatives["max_error"] <= derivatives["tolerance"] == pytest.approx(1e-12, rel=0.01)


def test_without_labels():
    params, x, *_ = random_sheet()
    data = read(worksheet(params, x))
    assert {line["phase"] for line in data["lines"]} == {"given", "forward"}
    assert data["losses"] == []
    assert data["verified"]["derivatives"] is None
    assert data["verified"]["ok"] is True


def test_a_large_sheet_is_complete_in_json():
    """What a page leaves out is all here; only sides that would fill pages are null."""
    H, T, D = 24, 30, 3
    *_, sheet = random_sheet(H=H, T=T, D=D)
    data = read(sheet)
    assert len(data["lines"]) == 4 + 2 * T + 4 + 16 * T + 1 + 6
    shapes = {line["id"]: line["shape"] for line in data["lines"]}
    assert shapes["G2"] == [4 * H, H]
    assert shapes["B7@t=29"] == [D]
    for line in data["lines"]:
        assert np.size(line["value"]) == len(line["displayed"])
        assert "missing" not in line["displayed"]
    assert next(line for line in data["lines"] if line["id"] == "F1@t=3")["substituted"] is None
    assert next(line for line in data["lines"] if line["id"] == "B2@t=3")["substituted"] is not None


def test_numpy_numbers_as_options_are_written_too():
    *_, sheet = random_sheet(digits=np.int64(3), updates=np.int32(2), learning_rate=np.float32(0.5))
    data = read(sheet)
    assert (data["digits"], data["model"]["updates"], data["model"]["learning_rate"]) == (3, 2, 0.5)


@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_the_same_again_is_the_same_to_the_byte(rounding):
    first, second = (random_sheet(rounding=rounding, updates=2)[-1] for _ in range(2))
    assert first.render("json") == second.render("json")
    assert first.render("text") == second.render("text")


@pytest.mark.parametrize("notation", ["torch", "keras"])
def test_json_is_in_the_document_s_notation_only(notation):
    *_, sheet = random_sheet(notation=notation)
    with pytest.raises(ArgumentError, match=f"notation='{notation}' cannot be written as JSON"):
        sheet.render("json")
