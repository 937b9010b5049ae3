"""`gatewise explore` of the worked example, a problem or weights: which page it writes, where, and whether it opens it."""

import webbrowser

import numpy as np
import pytest
from explore_pages import OUT, cells, page
from page_values import Worked

import gatewise
from gatewise.cells import CELLS
from gatewise.teach.problem import load_problem


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
