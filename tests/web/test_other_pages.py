"""Pages of other models, of a run's window and of a checked document, by mouse and by keys alone."""

import copy
from pathlib import Path

import numpy as np
import pytest
from explored_pages import data_of, explored
from page_values import Worked, unpacked
from series_files import write_csv
from worked_example import LABEL, X, document_params

import gatewise
from gatewise.teach.explore.head import Head
from gatewise.teach.explore.page import page_of
from gatewise.teach.explore.program import program_of_layers

OWN_CELL = '''
title = "A leaky unit, two of them"
input_size = 2
hidden_size = 2
steps = 4
seed = 5
[cell]
name = "leaky"
equations = """
g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)         # how much leaks
a_t = tanh(W_a·x_t + b_a)                      # what comes in
out_t = (1 - g_t) ⊙ out_{t-1} + g_t ⊙ a_t      # what stays, and what comes in
"""
'''
SIZES = {"middle": (3, 8, 20), "large": (8, 64, 168)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of each kind, in a folder."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "own.toml").write_text(OWN_CELL)
    made = {
        "gru": explored(folder / "gru.html", "--cell", "gru"),
        "own": explored(folder / "own.html", folder / "own.toml"),
        "forward": explored(folder / "forward.html", problem_without_labels(folder)),
        "layers": layers(folder / "layers.html"),
    }
    for name, (inputs, units, steps) in SIZES.items():
        text = f'title = "{units} units"\ninput_size = {inputs}\nhidden_size = {units}\nsteps = {steps}\nseed = 3\n'
        (folder / f"{name}.toml").write_text(text)
        made[name] = explored(folder / f"{name}.html", folder / f"{name}.toml")
    return made


def problem_without_labels(folder):
    given = gatewise.load_problem()
    rows = [f"[gates.{gate}]\nW = [{given.params.W[k].tolist()}]\nU = [[{given.params.U[k, 0]}]]\nb = [{given.params.b[k]}]\n"
            for k, gate in enumerate("aifo")]  # fmt: skip
    (folder / "forward.toml").write_text(f"x = {X}\n" + "".join(rows))
    return folder / "forward.toml"


def layers(path):
    """Two layers of two and three units over five steps, and a head on the last step."""
    rng = np.random.default_rng(4)
    own = [
        gatewise.Params.init(2, 2, seed=1, dtype="float64"),
        gatewise.Params.init(2, 3, seed=2, dtype="float64"),
    ]
    head = Head(rng.normal(size=(2, 3)), rng.normal(size=2), rng.normal(size=(1, 2)), last=True)
    x = rng.normal(size=(5, 2)).round(2)
    program = program_of_layers(
        [("layer 0", own[0]), ("layer 1", own[1])], x, head=head, title="Two layers and a head"
    )
    path.write_text(page_of(program), encoding="utf-8")
    return path


def worked(data):
    """Return what the numbers of a page are worth, step by step: many steps are too deep for one call."""
    values = Worked(data)
    for number, block in enumerate(data["blocks"]):
        for t in range(block["steps"]):
            for name in block["carried"]:
                values[number, f"{name}@{t}"]
    for number, block in reversed(list(enumerate(data["blocks"]))):
        for t in reversed(range(block["steps"])):
            for name in block["carried"]:
                values[number, f"d_{name}@{t}"]
    return values


def expected(data, changed_place, value):
    """Return the loss, a number at each of several places, and the loss after a change."""
    values = worked(data)
    places = {}
    for number, block in enumerate(data["blocks"]):
        last = block["steps"] - 1
        out = block["carried"][0] if block["kind"] == "cell" else "y"
        keys = [
            f"{out}@{last}",
            f"d_x@{last}",
            *([f"{out}@{last // 2}"] if last else []),
            "d_W",
            "d_b",
            "W_new",
        ]
        for key in (key for key in keys if key.removesuffix("_new").split("@")[0] in block["quantities"]):
            array = np.asarray(values[number, key])
            entry = (array.shape[0] - 1, *([0] * (array.ndim - 1)))
            places[f"#{number}:{key}[{','.join(map(str, entry))}]"] = float(array[entry])
    other = copy.deepcopy(data)
    block, key, entry = changed_place
    array = unpacked(other["blocks"][block]["given"][key])
    array[entry] = value
    other["blocks"][block]["given"][key] = array.tolist()
    return {
        "loss": values.loss, "places": places, "names": [one["name"] for one in data["blocks"]],
        "changed": {"place": f"{block}:{key}[{','.join(map(str, entry))}]", "value": value, "loss": worked(other).loss},
    }  # fmt: skip


CHANGES = {
    "gru": ((0, "W", (0, 0)), 1.25),
    "middle": ((0, "W", (9, 1)), -1.5),
    "large": ((0, "b", (70,)), 2),
    "layers": ((0, "x@1", (1,)), 3),
    "own": ((0, "W", (1, 1)), 0.75),
}


def test_other_models(visit, pages, run_here):
    """A GRU, many units, layers with a head, a cell of one's own: numbers, changes, every tool."""
    models = {name: expected(data_of(pages[name]), *change) for name, change in CHANGES.items()}
    trace = gatewise.forward(document_params(), np.array([X]))
    results = visit("models", pages, models=models, forward={"out@1": trace.out[0, 1]})
    saved = [Path(file["path"]) for one in results for file in one["files"]]
    assert len(saved) == 2  # one by mouse, one by keys
    for path in saved:
        problem = gatewise.load_problem(path)
        assert problem.cell.name == "leaky"
        sheet = gatewise.worksheet(problem.params, problem.x, problem.label)
        loss = next(line for line in sheet.lines if line.id == "L1")
        assert float(loss.value) == pytest.approx(models["own"]["loss"], rel=1e-12)


def test_a_checked_document(visit, tmp_path_factory):
    """Its marks are the checker's, each with its sentence."""
    folder = tmp_path_factory.mktemp("document")
    text = gatewise.worksheet(document_params(), X, LABEL, detail="results").render("text", width=100)
    assert text.count("= 0.53631\n") >= 1
    (folder / "handed-in.txt").write_text(text.replace("= 0.53631\n", "= 0.64238\n", 1))
    page = explored(folder / "marks.html", folder / "handed-in.txt")
    marks = data_of(page)["marks"]
    [wrong] = [mark for mark in marks if mark["verdict"] not in ("exact", "carried", "within-rounding")]
    report = gatewise.check((folder / "handed-in.txt").read_text())
    [finding] = [one for one in report.findings if one.verdict == wrong["verdict"]]
    assert wrong["written"] == finding.printed
    assert finding.message.removeprefix("out@t=0") == wrong["sentence"].removeprefix("out₀")
    visit(
        "marks", {"marks": page}, wrong=wrong,
        findings={"wrong": 1, "to look at": 0, "right": len(marks) - 1},
    )  # fmt: skip


def test_a_window_of_a_run(visit, tmp_path_factory):
    """What was forecast, and how it moves when an input is changed."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    hours = np.arange(160)
    load = 5 + np.sin(hours / 4) + 0.1 * rng.standard_normal(160)
    time = np.datetime64("2024-01-01T00") + hours.astype("timedelta64[h]")
    write_csv(folder / "load.csv", {"time": time, "load": load, "wind": rng.standard_normal(160)})
    gatewise.fit(
        str(folder / "load.csv"), run=folder / "run", target="load", time="time", window=12, horizon=2, hidden=6,
        epochs=2, tune=False, threads=1, dtype="float64",
    )  # fmt: skip
    page = explored(folder / "run.html", folder / "run")
    data = data_of(page)
    t, column, value = 7, 1, 2.5
    mean, scale = (data["run"]["inputs"][column][key] for key in ("mean", "scale"))
    other = copy.deepcopy(data)
    x = unpacked(other["blocks"][0]["given"][f"x@{t}"])
    x[column] = (value - mean) / scale
    other["blocks"][0]["given"][f"x@{t}"] = x.tolist()
    visit(
        "window", {"run": page}, forecast=forecast(data),
        change={"t": t, "column": column, "value": value, "forecast": forecast(other)},
    )  # fmt: skip


def forecast(data):
    """Return what the model says, in the target's units."""
    values = worked(data)
    said = np.asarray(values[len(data["blocks"]) - 1, "y@0"])
    return [
        one["mean"] + one["scale"] * number for one, number in zip(data["run"]["outputs"], said, strict=True)
    ]
