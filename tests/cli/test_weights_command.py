"""gatewise work and check --model with files of weights and runs."""

from __future__ import annotations

import numpy as np
import pytest

import gatewise
from gatewise.cli import main

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the worked example's weights as torch stacks them, i f a o, and two layers."""
    monkeypatch.chdir(tmp_path)
    params = gatewise.load_problem().params
    order = [1, 2, 0, 3]
    W, U, b = (np.ascontiguousarray(array[order]) for array in (params.W, params.U, params.b))
    one = {"weight_ih_l0": W, "weight_hh_l0": U, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
    (tmp_path / "one.safetensors").write_bytes(safetensors.save(one))
    two = {f"lstm.{name}": array for name, array in one.items()}
    two |= {
        f"lstm.{name[:-1]}1": (W[:, :1].copy() if name == "weight_ih_l0" else a) for name, a in one.items()
    }
    (tmp_path / "two.safetensors").write_bytes(safetensors.save(two))
    return tmp_path


def run(capsys, *arguments):
    code = main([str(each) for each in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_work_with_the_data_of_a_file_is_the_worked_example(folder, capsys):
    problem = gatewise.load_problem()
    np.savez(folder / "data.npz", x=problem.x, label=problem.label)
    code, out, err = run(capsys, "work", "one.safetensors", "--inputs", "data.npz", "--to", "json")
    assert code == 0
    assert not err
    sheet = gatewise.worksheet(problem.params, problem.x, problem.label)
    ours, theirs = (text.count("0.83") for text in (out, sheet.render("json")))
    assert ours == theirs
    assert "layer 0 of one.safetensors" in out


def test_work_without_data_draws_them_and_says_so(folder, capsys):
    code, out, err = run(capsys, "work", "one.safetensors")
    assert code == 0
    assert "T = 3 (steps), D = 2 (inputs), H = 1" in out
    assert "x and label are drawn" in err


def test_which_of_two_layers_is_asked_for(folder, capsys):
    code, out, err = run(capsys, "work", "two.safetensors")
    assert code == 2
    assert not out
    assert (
        "has 2 recurrent layers and a problem one. Say which of lstm_l0, lstm_l1, by name or by number from 0: --layer 0."
        in err
    )
    code, out, _ = run(capsys, "work", "two.safetensors", "--layer", 1)
    assert code == 0
    assert "lstm_l1 of two.safetensors" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["work", "--layer", "0"], "--layer: it is for a run or a file of weights."),
        (["work", "one.safetensors", "--seed", "3"], "--seed: it is for problem files."),
        (["work", "one.safetensors", "--reverse"], "no second, reverse direction"),
        (["work", "one.safetensors", "--inputs", "one.safetensors"], "is not an .npz file"),
        (["work", "none.safetensors"], "none.safetensors does not exist"),
        (["work", "none.onnx"], "none.onnx does not exist"),
        (["work", "."], "is a directory"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(folder, capsys, arguments, said):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert not out
    assert said in err
    assert err.count("\n") == 1


def test_data_of_other_sizes_are_refused(folder, capsys):
    np.savez(folder / "data.npz", x=np.zeros((3, 5)))
    code, _, err = run(capsys, "work", "one.safetensors", "--inputs", "data.npz")
    assert code == 2
    assert "x" in err
    np.savez(folder / "data.npz", y=np.zeros((3, 5)))
    code, _, err = run(capsys, "work", "one.safetensors", "--inputs", "data.npz")
    assert code == 2
    assert "has no x (T, D): it has y." in err


def test_check_compares_a_document_with_the_weights(folder, capsys):
    problem = gatewise.load_problem()
    (folder / "right.md").write_text(
        gatewise.worksheet(problem.params, problem.x, problem.label).render("md")
    )
    other = problem.params.replace(b=problem.params.b + np.array([0, 0.01, 0, 0]))
    (folder / "wrong.md").write_text(gatewise.worksheet(other, problem.x, problem.label).render("md"))
    assert run(capsys, "check", "right.md", "--model", "one.safetensors")[0] == 0
    assert run(capsys, "check", "wrong.md")[0] == 0
    code, out, _ = run(capsys, "check", "wrong.md", "--model", "one.safetensors")
    assert code == 1
    assert "0.65 in the model" in out


def test_check_with_another_layer_says_so_in_one_line(folder, capsys):
    problem = gatewise.load_problem()
    (folder / "right.md").write_text(
        gatewise.worksheet(problem.params, problem.x, problem.label).render("md")
    )
    assert run(capsys, "check", "right.md", "--model", "two.safetensors", "--layer", "lstm_l0")[0] == 0
    code, out, err = run(capsys, "check", "right.md", "--model", "two.safetensors", "--layer", "lstm_l1")
    assert (code, out) == (2, "")
    assert err == (
        "gatewise: right.md: the document's W is 4×2; lstm_l1 of two.safetensors has 4×1. Give another "
        "--layer, or --reverse?\n"
    )


def test_check_takes_params_in_python(folder):
    problem = gatewise.load_problem()
    sheet = gatewise.worksheet(problem.params, problem.x, problem.label).render("md")
    assert not gatewise.check(sheet, model=problem.params).has_mistakes
    with pytest.raises(gatewise.ArgumentError, match="load_problem read, or Params"):
        gatewise.check(sheet, model=problem.x)
