"""Every action on the worked example's page, by mouse and by keys alone; its numbers are the engine's."""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from explored_pages import explored
from worked_example import LABEL, LOSS_BEFORE, LOSS_DIGITS, X, document_params
from written_out_lstm import written_out

import gatewise
from gatewise.teach.exercises.marking.hints import name_and_reason

PARAMS = document_params()
GIVEN = {"W": PARAMS.W, "U": PARAMS.U, "b": PARAMS.b, "x": np.array(X), "label": np.array(LABEL)}
VALUES = written_out(**GIVEN)
TYPED = ("W", (3, 1), 0.9)  # W_o of the second input


def changed(name, entry, value):
    """Return all values after one number of what is given is another one."""
    arrays = {**GIVEN, name: np.array(GIVEN[name], dtype=float)}
    arrays[name][entry] = value
    return written_out(**arrays)


def place(name, entry):
    """Return the address of a number: of x and label the first index is the step."""
    step, own = (f"@{entry[0]}", entry[1:]) if name in ("x", "label") else ("", entry)
    return f"0:{name}{step}[{','.join(map(str, own))}]"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return {"worked": explored(tmp_path_factory.mktemp("pages") / "worked.html")}


def test_the_numbers_that_pages_are_compared_with_are_the_engines():
    trace = gatewise.forward(PARAMS, np.array([X]))
    loss, delta = gatewise.losses.l2(trace.out, np.array([LABEL]))
    grads = gatewise.backward(PARAMS, trace, delta)
    for t, name in [(t, name) for t in range(2) for name in ("a", "i", "f", "o", "state", "out")]:
        np.testing.assert_allclose(VALUES[f"{name}@{t}"], getattr(trace, name)[0, t], rtol=1e-14)
    for name in ("d_W", "d_U", "d_b"):
        np.testing.assert_allclose(VALUES[name], getattr(grads, name), rtol=1e-12)
    np.testing.assert_allclose([VALUES["d_x@0"], VALUES["d_x@1"]], grads.d_x[0], rtol=1e-12)
    assert loss == pytest.approx(VALUES["loss"], rel=1e-14) == pytest.approx(LOSS_BEFORE, abs=LOSS_DIGITS)


def test_the_three_views(visit, pages):
    """Choose in the sequence, the cell and the line; addresses, back and forward."""
    places = [
        f"#0:{key}"
        for key in VALUES
        if key not in ("delta_out@-1", "d_gates@0", "d_gates@1", "learning_rate")
    ]
    visit("views", pages, values=VALUES, places=[*places, "#0:W[1,0]", "#0:d_U[3,0]"])


def test_stepping(visit, pages):
    """n, p, play, the keys' dialog."""
    visit("step", pages, values=VALUES)


def test_what_if(visit, pages):
    """Numbers typed, dragged and slid; undo, redo, reset."""
    tried = [
        ("W", (1, 0), -0.4),
        ("U", (2, 0), 1.5),
        ("b", (0,), -2),
        ("x", (1, 1), 0.25),
        ("label", (0, 0), 3),
    ]
    changes = [
        {"place": place(name, entry), "value": value, "values": changed(name, entry, value)}
        for name, entry, value in tried
    ]
    name, entry, value = TYPED
    visit(
        "change", pages, values=VALUES, changes=[*changes, *initial_changes()],
        typed={"place": place(name, entry), "value": value, "values": changed(name, entry, value)},
    )  # fmt: skip


def initial_changes():
    """Return what λ and the values before the first step make of the numbers."""
    out0, state0 = 0.4, -0.7
    rate = written_out(**GIVEN, rate=0.5)
    return [
        {"place": "0:learning_rate", "value": 0.5, "values": rate},
        {"place": "0:out@-1[0]", "value": out0, "values": written_out(**GIVEN, out0=out0)},
        {"place": "0:state@-1[0]", "value": state0, "values": written_out(**GIVEN, state0=state0)},
    ]


def test_holding_a_gate(visit, pages):
    """What comes out and what gradient flows with f = 1 and i = 0, or o = 0.25."""
    held = written_out(**GIVEN, held={"f@1": 1, "i@1": 0})
    np.testing.assert_array_equal(held["state@1"], held["state@0"])
    every = written_out(**GIVEN, held={"o@0": 0.25, "o@1": 0.25})
    visit("hold", pages, values=VALUES, held=held, everyStep=every)


def test_where_the_gradient_goes(visit, pages):
    """Shares of the ways, and the scissors; the name of the mistake is the checker's."""
    name, why = name_and_reason("B2/without-d_state_next*f_next")
    cut = {"name": name, "why": why, "values": written_out(**GIVEN, carried=False)}
    cut_out = {"name": name_and_reason("B1/without-delta_out")[0]}
    visit("flow", pages, values=VALUES, cut=cut, cutOut=cut_out)


def test_nudges_and_updates(visit, pages):
    """A nudge meets the gradient; updates are those of gradient descent, and can be rewound."""
    loss = [changed("W", (0, 1), GIVEN["W"][0, 1] + nudge)["loss"] for nudge in (0.1, -0.1)]
    nudge = {"place": "0:W[0,1]", "gradient": VALUES["d_W"][0, 1], "at_a_tenth": (loss[0] - loss[1]) / 0.2}
    visit(
        "slopes", pages, values=VALUES, nudge=nudge, updates=losses_of_updates(10, 0.1),
        large={"rate": 40, "loss": losses_of_updates(1, 40)[1]},
    )  # fmt: skip


def losses_of_updates(times, rate):
    """Return the loss before each update, and after the last."""
    found, params, x, label = [], PARAMS, np.array([X]), np.array([LABEL])
    for _ in range(times + 1):
        trace = gatewise.forward(params, x)
        loss, delta = gatewise.losses.l2(trace.out, label)
        grads = gatewise.backward(params, trace, delta)
        found.append(float(loss))
        params = gatewise.Params(
            **{name: getattr(params, name) - rate * getattr(grads, f"d_{name}") for name in "WUb"}
        )
    return found


def test_settings(visit, pages):
    """By hand, digits, the names of other libraries."""
    sheet = gatewise.worksheet(PARAMS, X, LABEL, rounding="hand", digits=4)
    by_hand = {key_of(line): np.asarray(line.value).tolist() for line in sheet.lines}
    notations = [
        {"notation": "torch", "names": ["g", "c", "h"]},
        {"notation": "keras", "names": ["c", "h"]},
        {"notation": "document", "names": ["state", "out"]},
    ]
    visit("settings", pages, values=VALUES, byHand={"digits": 4, "values": by_hand}, notations=notations)


def key_of(line):
    """Return the key of a worksheet's line, as pages have it."""
    step = (
        line.t if line.t is None or not line.id.startswith("B8") else line.t - 1
    )  # its left side is Δoutₜ₋₁
    return line.symbol + ("" if step is None else f"@{step}")


def test_now_you(visit, pages, tmp_path, run_here):
    """Numbers are hidden, typed, judged; what is saved is what `gatewise mark` takes."""
    misprint = 0.81757  # for 0.81775
    follows = misprint * round(float(VALUES["i@0"][0]), 5)
    mistake = {
        "name": name_and_reason("F6/no-tanh")[0],
        "answer": f"{float((VALUES['state@0'] * VALUES['o@0'])[0]):.5f}",
    }
    results = visit(
        "learn", pages, values=VALUES, mistake=mistake,
        slip={"misprint": f"{misprint:.5f}", "follows": f"{follows:.5f}"},
    )  # fmt: skip
    saved = [(one["facts"], [file["path"] for file in one["files"]]) for one in results if one["files"]]
    assert len(saved) == 3  # a few answers by each hand, by keys all of them
    for facts, (answers, key) in saved:
        code, out, err = run_here("mark", key, answers, "--format", "json")
        assert code == 0, err
        verdicts = Counter(verdict_words(json.loads(out)))
        if facts:
            assert verdicts == {"right": facts["whole"]}
        else:
            assert verdicts["right"] == 2


def verdict_words(marks):
    """Return every verdict in what `gatewise mark` wrote, whichever its level."""
    if isinstance(marks, dict):
        own = [marks["verdict"]] if isinstance(marks.get("verdict"), str) else []
        return own + [word for value in marks.values() for word in verdict_words(value)]
    return [word for value in marks for word in verdict_words(value)] if isinstance(marks, list) else []


def test_take_away(visit, pages, tmp_path, run_here):
    """The model is read again by `gatewise work`, with the same numbers; pictures are SVG."""
    name, entry, value = TYPED
    results = visit(
        "take", pages, values=VALUES, printed=f"{VALUES['d_state@0'][0]:.5f}".replace("-", "−"),
        typed={"place": place(name, entry), "value": value},
    )  # fmt: skip
    files = [
        (Path(file["path"]), one["facts"].get("changed", False)) for one in results for file in one["files"]
    ]
    models = [(path, after) for path, after in files if path.suffix == ".toml"]
    assert len(models) == 4
    for path, after in models:
        code, out, err = run_here("work", path, "--to", "json")
        assert code == 0, err
        values = changed(*TYPED) if after else VALUES
        found = {line["id"]: line["value"] for line in json.loads(out)["lines"]}
        np.testing.assert_allclose(found["L1"], values["loss"], rtol=1e-12)
        np.testing.assert_allclose(found["G1"], values["d_W"], rtol=1e-12)
    pictures = [path for path, _ in files if path.suffix == ".svg"]
    assert len(pictures) == 4
    for path in pictures:
        root = ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "0.7857" in "".join(root.itertext())
