"""Files that hold no model to read, each told what it is: a header, a folder, a cut .pt, a pickled model."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy as safetensors

from gatewise import convert
from gatewise.cli.app import main
from gatewise.convert import read
from gatewise.errors import ConvertError, DtypeError

RNG = np.random.default_rng(3)


def torch_here():
    return pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")


def state_dict(D=3, H=4, head=2):
    sizes = {"lstm.weight_ih_l0": (4 * H, D), "lstm.weight_hh_l0": (4 * H, H), "lstm.bias_ih_l0": (4 * H,),
             "lstm.bias_hh_l0": (4 * H,), "head.weight": (head, H), "head.bias": (head,)}  # fmt: skip
    return {name: RNG.normal(size=size).astype("float32") for name, size in sizes.items()}


@pytest.fixture
def model(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(safetensors.save(state_dict()))
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize(
    "command",
    [
        ["work", "net.h"],
        ["check", "p.md", "--model", "net.h"],
        ["convert", "net.h", "x.onnx"],
        ["convert", "net.h"],
    ],
)
def test_a_header_is_only_written(tmp_path, monkeypatch, capsys, model, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.md").write_text("a sheet")
    assert main(["convert", model.name, "net.h"]) == 0
    capsys.readouterr()
    assert main(command) == 2
    err = capsys.readouterr().err
    assert (
        "net.h is a C header, which is written and never read. Give the model that it was made from." in err
    )


def test_a_folder_as_the_file_to_write_is_told_so(tmp_path, model):
    (tmp_path / "out").mkdir()
    with pytest.raises(ConvertError, match=r"out is a folder; name the file to write in it, as in .*m\.onnx"):
        convert.model(model, tmp_path / "out")


def test_a_problem_file_of_several_layers_lists_them(tmp_path):
    two = state_dict() | {"lstm.weight_ih_l1": RNG.normal(size=(16, 4)).astype("float32")}
    two |= {
        name.replace("l0", "l1"): two[name]
        for name in list(two)
        if name.endswith("l0") and "ih_l0" not in name
    }
    two["lstm.bias_ih_l1"] = two["lstm.bias_ih_l0"]
    (tmp_path / "m.safetensors").write_bytes(safetensors.save(two))
    with pytest.raises(
        ConvertError, match="Say which of lstm_l0, lstm_l1, by name or by number from 0: layer=0"
    ):
        convert.model(tmp_path / "m.safetensors", tmp_path / "p.toml", layers=["lstm"])


def test_a_float32_x_of_a_float64_model_is_told_what_fits(tmp_path, model):
    convert.model(model, tmp_path / "wide.safetensors", dtype="float64")
    opened = read(tmp_path / "wide.safetensors").layers()
    with pytest.raises(DtypeError) as told:
        opened.forward(np.zeros((1, 2, 3), "float32"))
    assert (
        "Use x.astype('float64'), or write the model in float32: gatewise convert A B --dtype float32"
        in str(told.value)
    )
    assert "params" not in str(told.value)


# What torch saved -------------------------------------------------------------------------------------------


def _refused_without_torch(path):
    """The message, and whether torch was imported for it, in a process of its own."""
    code = (
        "import sys\nfrom gatewise.convert import read\n"
        f"try: read({str(path)!r})\nexcept Exception as error: print(error)\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    message, imported = done.stdout.strip().rsplit("\n", 1)
    return message, imported == "True"


def test_a_cut_file_is_told_from_a_whole_model_and_neither_imports_torch(tmp_path):
    torch = torch_here()
    torch.save(torch.nn.LSTM(3, 4).state_dict(), tmp_path / "whole.pt")
    data = (tmp_path / "whole.pt").read_bytes()
    for size in (400, len(data) // 2, len(data) - 30):
        (tmp_path / "cut.pt").write_bytes(data[:size])
        message, imported = _refused_without_torch(tmp_path / "cut.pt")
        assert "cut.pt is cut short or damaged" in message
        assert not imported
    for protocol in (2, 4):
        torch.save(torch.nn.LSTM(3, 4), tmp_path / "model.pt", pickle_protocol=protocol)
        message, imported = _refused_without_torch(tmp_path / "model.pt")
        assert (
            "model.pt is a whole model or more than tensors: its pickle has objects of torch.nn.modules.rnn.LSTM,"
            in message
        )
        assert "model.state_dict()" in message
        assert not imported


@pytest.mark.parametrize("zipped", [True, False])
def test_a_state_dict_in_any_form_is_read(tmp_path, zipped):
    torch = torch_here()
    layer = torch.nn.LSTM(3, 4)
    torch.save(layer.state_dict(), tmp_path / "m.pt", _use_new_zipfile_serialization=zipped)
    kept = {
        "epoch": 1,
        "model": layer.state_dict(),
        "device": torch.device("cpu"),
        "size": torch.Size([2]),
        "of": torch.float32,
    }
    torch.save(kept, tmp_path / "more.pt", _use_new_zipfile_serialization=zipped)
    for name in ("m.pt", "more.pt"):
        (found,) = read(tmp_path / name).layers().recurrent
        ours, theirs = np.sort(found.biases[0][0]), np.sort(layer.bias_ih_l0.detach().numpy())
        np.testing.assert_array_equal(ours, theirs)


def test_a_pickle_with_settings_names_their_class_and_runs_nothing(tmp_path):
    torch = torch_here()
    import argparse

    torch.save(
        {"model": torch.nn.LSTM(3, 4).state_dict(), "args": argparse.Namespace(a=1)}, tmp_path / "a.pt"
    )
    with pytest.raises(ConvertError, match=r"objects of argparse\.Namespace"):
        read(tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps({"a": 1}, protocol=2))
    with pytest.raises(ConvertError, match=r"another pickle, or damaged|no state_dict"):
        read(tmp_path / "b.pt")


# Notes of `work` --------------------------------------------------------------------------------------------


def test_work_prints_the_notes_of_its_layer_and_none_of_the_head(tmp_path, monkeypatch, capsys, model):
    monkeypatch.chdir(tmp_path)
    assert main(["work", model.name, "--layer", "0"]) == 0
    assert (
        capsys.readouterr().err.strip() == "note: x and label are drawn: 3 steps of numbers of two decimals"
    )
    rnn = {name: array[:4] if "lstm" in name else array for name, array in state_dict().items()}
    (tmp_path / "r.safetensors").write_bytes(safetensors.save(rnn))
    assert main(["work", "r.safetensors", "--layer", "0"]) == 0
    first, *_ = capsys.readouterr().err.splitlines()
    assert first == "note: the nonlinearity of an nn.RNN is tanh: a state_dict does not say"
