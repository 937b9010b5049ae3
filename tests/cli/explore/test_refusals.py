"""What `gatewise explore` refuses, in one sentence and without a page."""

import numpy as np
import pytest
from explore_pages import OUT, page, refuse

from gatewise.engine.params import Params
from gatewise.teach.problem import load_problem

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)


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


def test_a_page_that_cannot_be_written_is_named(run):
    code, _, err = run("explore", "-o", "none/page.html", "--no-open")
    assert (code, err) == (2, "gatewise: none/page.html cannot be written: its folder does not exist.\n")


def test_a_layer_too_wide_is_refused_before_it_is_worked(run, tmp_path):
    params = Params.init(2, 200, seed=0)
    np.savez(tmp_path / "w.npz", W=params.W, U=params.U, b=params.b)
    (tmp_path / "own.toml").write_text('weights = "w.npz"\nsteps = 2\n')
    assert "H = 200" in refuse(run, tmp_path, "own.toml")
