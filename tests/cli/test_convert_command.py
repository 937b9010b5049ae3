"""`gatewise convert`: files come out, notes go to standard error, and what is wrong is one line and exit code 2."""

import subprocess
import sys

import numpy as np
import pytest

from gatewise import Params
from gatewise.convert import read
from gatewise.convert.formats import Choices
from gatewise.convert.layers_file import write
from gatewise.convert.opened import Opened
from gatewise.learn.sequential import Dense, Recurrent, Sequential

pytest.importorskip("safetensors", reason="safetensors is not installed; pip install 'gatewise[train]'")


@pytest.fixture
def model(tmp_path):
    """A file of two layers and a head, which gives its numbers once for each sequence."""
    rng = np.random.default_rng(0)
    layers = [
        Recurrent([Params.init(3, 4, seed=1, dtype="float32")], name="first"),
        Recurrent([Params.init(4, 5, cell="gru", seed=2, dtype="float32")], returns="last", name="second"),
        Dense(rng.standard_normal((2, 5)).astype("float32"), function="softmax", name="head"),
    ]
    path = tmp_path / "model.safetensors"
    path.write_bytes(
        write(Opened(path=path, format="safetensors", sequential=Sequential(layers)), Choices())[0]
    )
    return path


def test_a_header_is_written_and_the_notes_are_told(run, model):
    code, out, err = run("convert", "model.safetensors", "net.h")
    assert (code, out) == (0, "")
    assert "note: y after each step is what the model gives of the steps so far" in err
    assert err.endswith("wrote net.h\n")
    assert "typedef float net_real;" in (model.parent / "net.h").read_text()
    assert run("convert", "model.safetensors", "net.h", "--name", "other", "--dtype", "float64")[0] == 0
    assert "typedef double other_real;" in (model.parent / "net.h").read_text()


def test_without_a_file_to_write_it_lists_what_there_is(run, model):
    code, out, err = run("convert", "model.safetensors")
    assert (code, err) == (0, "")
    assert out == (
        "model.safetensors: layers in safetensors, with their gate order\n\n"
        "layer   what            reads  units  gives             of\n"
        "first   lstm            3      4      4, every step     W, U, b\n"
        "second  gru             4      5      5, the last outs  W, U, b\n"
        "head    dense, softmax  5             2                 W\n\n"
        "288 numbers of float32\n"
    ).replace("288", str(4 * 4 * (3 + 4 + 1) + 3 * 5 * (4 + 5 + 1) + 10))


def test_a_run_is_listed_with_its_columns(run, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")
    from series_files import SMALL, series

    import gatewise

    keys = {**SMALL, "epochs": 1, "skip": 2, "layers": 2}
    trained = gatewise.fit(series(), **keys, run=tmp_path / "run")
    code, out, _ = run("convert", "run")
    assert code == 0
    assert out.startswith(
        "run: a run of gatewise fit\n\n"
        "forecast of (label)          load, 3 rows ahead\n"
        "reads                        windows of 12 rows; a row is 1 hour\n"
        "columns, in order            load, warmth\n"
        "from the time                hour, weekday\n"
        "numbers of layer0, in order  load, warmth, hour sin, hour cos, weekday sin, weekday cos"
    )
    assert (
        f"{trained.network.size:,} numbers of float32; beside the layers: 4 numbers known ahead, the last 2"
        in out
    )
    assert run("convert", "run", "net.h")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.safetensors"], "none.safetensors does not exist."),
        (["model.safetensors", "net.h", "--name", "9"], "'9' cannot begin names in C and C++"),
        (["model.safetensors", "my-net.h"], "Say another: --name my_net"),
        (["model.safetensors", "net.h", "--name", "while"], "Say another: --name model_while"),
        (["model.safetensors", "net.h", "--name", "a__b"], "Say another: --name a_b"),
        (["model.safetensors", "net.h", "--name", "a" * 33], "has 33 characters; 32 at most"),
        (["model.safetensors", "net.h", "--gate-order", "torch"], "--gate-order torch is of no use for a C header"),
        (["model.safetensors", "net.h", "--reverse"], "--reverse is of no use for a C header"),
        (["model.safetensors", "net.zip"], "what format it should be cannot be told by its name"),
        (["model.safetensors", "--dtype", "float64"], "--dtype is for a file to write, and none is named"),
        (["model.safetensors", "--layers", ","], "--layers names no layer"),
        (["model.safetensors", "net.h", "--layers", "third"], "there is no layer 'third'"),
        (["model.safetensors", "net.h", "--from", "c"], "is not known"),
        (["model.safetensors", "net.h", "--to", "run"], "is not known"),
        (["model.safetensors", "model.safetensors"], "is read here, and would be overwritten"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(run, model, arguments, why):
    code, out, err = run("convert", *arguments)
    assert (code, out) == (2, "")
    assert why in err
    assert err.startswith("gatewise: ")
    assert err.count("\n") == 1
    assert not (model.parent / "net.h").exists()
    assert read(model).layers().outputs == 2  # as it was


def test_some_layers_are_taken(run, model):
    code, out, _ = run("convert", "model.safetensors", "--layers", "first")
    assert code == 0
    assert "first" in out
    assert "second" not in out


def test_a_bidirectional_model_is_no_header(run, model):
    layer = Recurrent([Params.init(3, 4, seed=seed) for seed in (1, 2)], name="both")
    opened = Opened(path=model, format="safetensors", sequential=Sequential([layer]))
    model.write_bytes(write(opened, Choices())[0])
    code, _, err = run("convert", "model.safetensors", "net.h")
    assert code == 2
    assert err.startswith(
        "gatewise: model.safetensors: both is bidirectional: it reads each sequence from its end"
    )


def test_what_it_offers_is_light_to_import():
    code = "import gatewise.cli.convert, sys; print({'gatewise.train', 'safetensors', 'torch', 'onnx'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


def test_a_file_is_not_written_over_itself_and_names_are_shown_on_one_line(tmp_path, capsys):
    import numpy as np

    import gatewise
    from gatewise.cli import main
    from gatewise.convert import Opened, Recurrent, Sequential
    from gatewise.convert.formats import Choices
    from gatewise.convert.layers_file import write

    path = tmp_path / "a.safetensors"
    layer = Recurrent([gatewise.Params.init(3, 4)], name="o\n\x1b[31mZ")
    opened = Opened(path=path, format="safetensors", sequential=Sequential([layer]))
    path.write_bytes(write(opened, Choices())[0])
    assert main(["convert", str(path), str(path)]) == 2
    assert "would be overwritten; name another file." in capsys.readouterr().err
    assert main(["convert", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert np.count_nonzero([line.startswith("o") for line in out.splitlines()]) == 1
