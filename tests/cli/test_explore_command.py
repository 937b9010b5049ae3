"""`gatewise explore`: which page it writes and where, of what it is, and what it refuses in one sentence."""

import csv
import io
import webbrowser

import numpy as np
import pytest
from page_data import data_in
from page_values import Worked
from paths import DOCUMENTS
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.cells import CELLS
from gatewise.engine.params import Params
from gatewise.teach.problem import load_problem

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
OUT = ("-o", "page.html", "--no-open")


@pytest.fixture(autouse=True)
def no_browser(monkeypatch):
    """No test opens a browser; what would be opened is here."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)) or True)
    return opened


@pytest.fixture
def weights(tmp_path):
    """Two layers of torch's in a file, with a linear head, and their values for an x."""
    rng = np.random.default_rng(0)
    shapes = {
        "lstm.weight_ih_l0": (12, 2),
        "lstm.weight_hh_l0": (12, 3),
        "lstm.bias_ih_l0": (12,),
        "lstm.bias_hh_l0": (12,),
    }
    shapes |= {
        "lstm.weight_ih_l1": (12, 3),
        "lstm.weight_hh_l1": (12, 3),
        "lstm.bias_ih_l1": (12,),
        "lstm.bias_hh_l1": (12,),
    }
    shapes |= {"head.weight": (1, 3), "head.bias": (1,)}
    (tmp_path / "two.safetensors").write_bytes(
        safetensors.save({name: rng.normal(size=shape) for name, shape in shapes.items()})
    )
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(5, 2)))
    return tmp_path / "two.safetensors"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run in a folder, of a table beside it."""
    folder = tmp_path_factory.mktemp("trained")
    write_csv(folder / "load.csv", series(160))
    gatewise.fit(str(folder / "load.csv"), run=folder / "run", **{**SMALL, "dtype": "float64"})
    return folder / "run"


def page(folder, name="page.html"):
    return data_in((folder / name).read_text("utf-8"))


def cells(data):
    return [block["cell"] for block in data["blocks"]]


# What it writes -------------------------------------------------------------------------------------------------------


def test_without_a_model_it_is_the_worked_example_in_this_folder(run, tmp_path, no_browser):
    assert run("explore") == (0, "", "wrote gatewise-explore.html\n")
    assert page(tmp_path, "gatewise-explore.html")["title"] == "The worked example"
    assert no_browser == []  # where there is no terminal nothing is opened


def test_open_opens_it_where_it_is(run, tmp_path, no_browser):
    run("explore", "-o", "page.html", "--open")
    assert no_browser == [(tmp_path / "page.html").as_uri()]


def test_where_there_is_no_browser_that_is_said(run, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    code, _, err = run("explore", "-o", "page.html", "--open")
    assert code == 0
    assert "no browser could be opened here; open page.html in one." in err


def test_a_problem_file_names_its_page(run, tmp_path):
    (tmp_path / "my-model.toml").write_text(load_problem(cell="gru", seed=1).to_toml())
    assert run("explore", "my-model.toml", "--no-open")[2] == "wrote my-model.explore.html\n"
    assert cells(page(tmp_path, "my-model.explore.html")) == ["gru"]


def test_a_problem_may_come_from_standard_input(run, tmp_path):
    assert run("explore", "-", *OUT, stdin=load_problem(cell="mgu").to_toml().encode())[0] == 0
    assert cells(page(tmp_path)) == ["mgu"]


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_a_page(run, tmp_path, cell):
    assert run("explore", "--cell", cell, *OUT)[0] == 0
    assert cells(page(tmp_path)) == [cell]


def test_options_stand_on_the_page(run, tmp_path):
    run(
        "explore",
        *OUT,
        "--digits",
        7,
        "--rounding",
        "hand",
        "--ties",
        "truncate",
        "--notation",
        "keras",
        "--learning-rate",
        0.5,
    )
    data = page(tmp_path)
    assert [data[key] for key in ("digits", "rounding", "ties", "notation", "learningRate")] == [
        7,
        "hand",
        "truncate",
        "keras",
        0.5,
    ]


def test_weights_open_as_all_their_layers_and_the_head(run, tmp_path, weights):
    code, _, err = run("explore", weights, *OUT)
    data = page(tmp_path)
    assert (code, cells(data)) == (0, ["lstm", "lstm", "head"])
    assert "x and label are drawn" in err
    again = page(tmp_path)
    run("explore", weights, *OUT, "--seed", 3)
    assert page(tmp_path) != again


def test_weights_on_given_inputs_say_what_the_model_says(run, tmp_path, weights):
    run("explore", weights, *OUT, "--inputs", tmp_path / "data.npz")
    model = gatewise.convert.read(weights).layers()
    said = model.forward(np.load(tmp_path / "data.npz")["x"])
    data = page(tmp_path)
    steps = range(data["blocks"][-1]["steps"])
    assert np.ravel([Worked(data)[2, f"y@{t}"] for t in steps]) == pytest.approx(np.ravel(said))


def test_one_layer_of_weights_stands_alone(run, tmp_path, weights):
    run("explore", weights, *OUT, "--layer", 1)
    assert page(tmp_path)["blocks"][0]["sizes"] == {"D": 3, "H": 3}
    assert len(page(tmp_path)["blocks"]) == 1


# A run ----------------------------------------------------------------------------------------------------------------


def test_a_window_forecasts_what_predict_forecasts_from_that_row(run, tmp_path, trained):
    _, table, _ = run("predict", trained, "--rolling")
    rows = list(csv.DictReader(io.StringIO(table)))
    cutoff = rows[len(rows) // 2]["cutoff"]
    expected = [float(row["load"]) for row in rows if row["cutoff"] == cutoff]
    assert run("explore", trained, *OUT, "--at", cutoff)[0] == 0
    data = page(tmp_path)
    y = Worked(data)[1, "y@0"]
    found = [
        column["mean"] + column["scale"] * value
        for column, value in zip(data["run"]["outputs"], y, strict=True)
    ]
    assert found == pytest.approx(expected, rel=1e-6)
    assert data["run"]["run"] == str(trained)


def test_a_run_without_a_row_shows_a_window_of_the_test(run, tmp_path, trained):
    code, _, err = run("explore", trained, "--no-open")
    assert code == 0
    assert "half the squared error" in err
    assert err.endswith("wrote run.explore.html\n")
    assert (
        page(tmp_path, "run.explore.html")["run"]["times"][-1]
        == page(tmp_path, "run.explore.html")["run"]["at"]
    )


def test_the_run_has_such_a_page_beside_its_report(trained):
    assert page(trained, "explore.html")["run"]["run"] == str(trained)
    report = (trained / "report.html").read_text("utf-8")
    assert '<a href="explore.html">explore.html</a>' in report
    assert "gatewise explore RUN --at ROW" in report


def test_a_report_says_why_there_is_no_page(tmp_path):
    gatewise.fit(series(160), run=tmp_path / "both", **{**SMALL, "bidirectional": True})
    assert not (tmp_path / "both" / "explore.html").exists()
    assert "both directions (bidirectional); a page shows layers of one" in (
        tmp_path / "both" / "report.html"
    ).read_text("utf-8")


# A document -----------------------------------------------------------------------------------------------------------


def test_a_document_wears_its_marks(run, tmp_path):
    assert run("explore", DOCUMENTS / "worked-example.md", *OUT)[0] == 0
    data = page(tmp_path)
    assert data["document"]["name"] == "worked-example.md"
    assert len(data["marks"]) > 40
    run("explore", DOCUMENTS / "worked-example.md", *OUT, "--learning-rate", 0.5)
    assert page(tmp_path)["learningRate"] == 0.5


def test_a_worksheet_is_a_document_in_each_form_that_check_reads(run, tmp_path):
    for suffix in ("md", "json", "tex"):
        run("work", "-o", f"sheet.{suffix}")
        assert run("explore", f"sheet.{suffix}", *OUT)[0] == 0
        assert {mark["verdict"] for mark in page(tmp_path)["marks"]} == {"exact"}, suffix


def test_a_document_without_its_problem_takes_one(run, tmp_path):
    (tmp_path / "part.md").write_text(
        "$a_0 = 0.81775$\n\n$i_0 = 0.96083$\n\n$state_0 = 0.78572$\n\n$out_0 = 0.53631$\n"
    )
    (tmp_path / "own.toml").write_text(load_problem().to_toml())
    code, _, err = run("explore", "part.md", *OUT)
    assert code == 2
    assert "Say of which model it is: --model PROBLEM.toml." in err
    assert run("explore", "part.md", "--model", "own.toml", *OUT)[0] == 0
    assert {mark["key"] for mark in page(tmp_path)["marks"]} >= {"a@0", "state@0"}


# What it refuses ------------------------------------------------------------------------------------------------------


def refuse(run, tmp_path, *arguments):
    code, out, err = run("explore", *arguments, *OUT)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert not (tmp_path / "page.html").exists()
    return err


WORDS = {
    "a file that is not there": (["none.toml"], "none.toml cannot be read"),
    "a folder without a run": (["."], "is a folder without a run in it"),
    "an empty file": (["empty.toml"], "empty.toml: there are no weights"),
    "a row of a problem": (["--at", 3], "--at: it is for a run."),
    "a layer of a problem": (["--layer", 0], "--layer: it is for a run or a file of weights."),
    "a model beside a problem": (["--model", "empty.toml"], "--model: it is for a document."),
    "digits": (["--digits", 40], "--digits=40; it must be a whole number from 1 to 12."),
    "a rounding": (["--rounding", "up"], "up"),
    "a cell": (["--cell", "nope"], "no cell 'nope'"),
    "a seed of nothing drawn": (["--seed", 3], "--seed=3 has no effect"),
    "too many units": (["large.toml"], "H = 129; a page shows at most 128 hidden units"),
    "a number that is none": (["nan.toml"], "nan"),
}


@pytest.mark.parametrize("name", WORDS)
def test_what_it_cannot_show_is_one_sentence(run, tmp_path, name):
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "large.toml").write_text("input_size = 1\nhidden_size = 129\nsteps = 2\n")
    (tmp_path / "nan.toml").write_text(load_problem().to_toml().replace("[1", "[nan", 1))
    arguments, said = WORDS[name]
    assert said in refuse(run, tmp_path, *arguments)


def test_a_row_that_no_window_ends_with(run, tmp_path, trained):
    assert "--at 3 is the last row of no window" in refuse(run, tmp_path, trained, "--at", 3)
    assert "--at" in refuse(run, tmp_path, trained, "--at", "2031-01-01")


def test_a_row_that_cannot_be_read_says_what_one_is(run, tmp_path, trained):
    said = refuse(run, tmp_path, trained, "--at", "noon")
    assert (
        said
        == 'gatewise: --at="noon" is no time such as 2013-11-01. Or give the number of a row, row 11 to row 159.\n'
    )


def test_a_seed_is_refused_where_nothing_is_drawn_by_it(run, tmp_path, weights, trained):
    of_data = ("--inputs", tmp_path / "data.npz")
    assert "--seed: with --inputs nothing is drawn." in refuse(run, tmp_path, weights, *of_data, "--seed", 3)
    assert "--seed: it is for a problem or a whole model" in refuse(
        run, tmp_path, weights, "--layer", 0, "--seed", 3
    )
    assert "--seed: a run has its own data" in refuse(run, tmp_path, trained, "--seed", 3)


def test_lengths_of_a_whole_model_are_not_passed_over(run, tmp_path, weights):
    np.savez(tmp_path / "batch.npz", x=np.ones((2, 4, 2)), lengths=[4, 2])
    assert "batch.npz has lengths" in refuse(run, tmp_path, weights, "--inputs", tmp_path / "batch.npz")
    of_layer = ("--layer", 0, "--batch", 1)
    assert run("explore", weights, "--inputs", tmp_path / "batch.npz", *of_layer, *OUT)[0] == 0
    assert page(tmp_path)["blocks"][0]["steps"] == 2


def test_what_has_two_directions_is_refused_by_name(run, tmp_path, weights):
    loaded = (
        safetensors.load_file(weights)
        if hasattr(safetensors, "load_file")
        else safetensors.load(weights.read_bytes())
    )
    both = {name.removeprefix("lstm."): array for name, array in loaded.items() if name.endswith("_l0")}
    both |= {f"{name}_reverse": array for name, array in both.items()}
    (tmp_path / "both.safetensors").write_bytes(safetensors.save(both))
    assert "goes both ways; a page shows layers of one direction" in refuse(run, tmp_path, "both.safetensors")
    assert run("explore", "both.safetensors", "--layer", 0, "--reverse", *OUT)[0] == 0


def test_nothing_that_is_read_is_written_over(run, tmp_path):
    text = load_problem().to_toml()
    (tmp_path / "own.toml").write_text(text)
    code, _, err = run("explore", "own.toml", "-o", "own.toml", "--no-open")
    assert code == 2
    assert "would be overwritten" in err
    assert (tmp_path / "own.toml").read_text() == text


def test_the_table_of_a_run_is_not_written_over(run, tmp_path, trained):
    table = write_csv(tmp_path / "load.csv", series(160))
    before = table.read_text()
    code, _, err = run("explore", trained, "--data", table, "-o", table, "--no-open")
    assert (code, table.read_text()) == (2, before)
    assert "would be overwritten" in err


def test_a_page_that_cannot_be_written_is_named(run):
    code, _, err = run("explore", "-o", "none/page.html", "--no-open")
    assert (code, err) == (2, "gatewise: none/page.html cannot be written: its folder does not exist.\n")


def test_a_layer_too_wide_is_refused_before_it_is_worked(run, tmp_path):
    params = Params.init(2, 200, seed=0)
    np.savez(tmp_path / "w.npz", W=params.W, U=params.U, b=params.b)
    (tmp_path / "own.toml").write_text('weights = "w.npz"\nsteps = 2\n')
    assert "H = 200" in refuse(run, tmp_path, "own.toml")
