"""A file under the suffix of another format is no damaged file: the message says what it is and what to do."""

import shutil

import numpy as np
import pytest

import gatewise
from gatewise.cli import main
from gatewise.convert import Dense, Recurrent, Sequential, read
from gatewise.convert.formats import FORMATS, Choices
from gatewise.convert.opened import Opened
from gatewise.errors import ConvertError
from gatewise.support.files import kind_of

NEEDED = {
    "safetensors": "safetensors",
    "torch": "safetensors",
    "keras": "h5py",
    "keras-weights": "h5py",
    "onnx": "onnx",
}
SUFFIXES = {
    "safetensors": ".safetensors", "torch": ".safetensors", "keras": ".keras", "keras-weights": ".weights.h5",
    "onnx": ".onnx", "toml": ".toml",
}  # fmt: skip


@pytest.fixture
def saved(tmp_path):
    def save(key):
        if package := NEEDED.get(key):
            pytest.importorskip(package, reason=f"{package} is not installed")
        rng = np.random.default_rng(1)
        layers = [Recurrent([gatewise.Params.init(3, 4, seed=2, dtype="float32")], name="lstm_l0")]
        if key != "toml":
            layers.append(Dense(rng.standard_normal((2, 4)).astype("float32"), name="fc"))
        opened = Opened(path=tmp_path, format="safetensors", sequential=Sequential(layers))
        written = FORMATS[key].load().write(opened, Choices())[0]
        path = tmp_path / f"right{SUFFIXES[key]}"
        path.write_bytes(written)
        return path

    return save


@pytest.mark.parametrize("suffix", [*dict.fromkeys(SUFFIXES.values()), ".h5", ".pt"])
@pytest.mark.parametrize("key", SUFFIXES)
def test_a_wrong_suffix_is_told_with_what_the_file_is(saved, tmp_path, capsys, key, suffix):
    path = saved(key)
    if (suffix.endswith(".h5") and key == "keras-weights") or suffix == SUFFIXES[key]:
        assert read(path).format == key
        return
    wrong = tmp_path / f"wrong{suffix}"
    shutil.copy(path, wrong)
    with pytest.raises(ConvertError, match=f"by its first bytes, and not .*say format='{key}', or rename it"):
        read(wrong)
    assert main(["convert", str(wrong)]) == 2
    assert f"say --from {key}, or rename it to end in " in capsys.readouterr().err
    again = read(wrong, format=key).layers()
    assert np.array_equal(
        again.recurrent[0].cells[0].flat(), read(path).layers().recurrent[0].cells[0].flat()
    )


@pytest.mark.parametrize("key", SUFFIXES)
def test_without_a_suffix_that_is_known_the_first_bytes_say_it(saved, tmp_path, key):
    path = saved(key)
    shutil.copy(path, tmp_path / "pytorch_model.bin")
    assert read(tmp_path / "pytorch_model.bin").format == key


def test_a_file_that_torch_saved_is_known_in_both_of_its_forms(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
    layer = torch.nn.LSTM(3, 4)
    for zipped in (True, False):
        torch.save(layer.state_dict(), tmp_path / "m.pt", _use_new_zipfile_serialization=zipped)
        assert read(tmp_path / "m.pt").format == "torch"
        shutil.copy(tmp_path / "m.pt", tmp_path / "m.safetensors")
        with pytest.raises(ConvertError, match=r"is a file that torch saved by its first bytes.*end in \.pt"):
            read(tmp_path / "m.safetensors")
        assert read(tmp_path / "m.safetensors", format="torch").layers().recurrent[0].hidden_size == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is an empty file, and not"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"\x1f\x8b\x08\x00", "packed with gzip"),
        (b'{"a": 1}', "is JSON"),
        (b"PK\x03\x04rest", "a zip of something else"),
    ],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".keras", ".h5", ".onnx", ".toml"])
def test_what_is_no_model_is_said_to_be_what_it_is(tmp_path, content, said, suffix):
    path = tmp_path / f"m{suffix}"
    path.write_bytes(content)
    with pytest.raises(ConvertError, match=said):
        read(path)


def test_numpy_arrays_are_told_from_other_zips(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros(3))
    assert kind_of(tmp_path / "a.npz") == "npz"
    with pytest.raises(ConvertError, match=r"arrays of NumPy, \.npz, which say no layers"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "text", ["# a comment\n\n[weights]\n", "title = 'x'\n", '\n\n"a key".b = 1\n', "[[cells]]\n", "a.b=1"]
)
def test_problem_files_are_not_taken_for_something_else(tmp_path, text):
    path = tmp_path / "p.toml"
    path.write_text(text)
    assert kind_of(path) in ("toml", None)


@pytest.mark.filterwarnings("ignore")  # of Keras' own saving
def test_a_whole_model_in_hdf5_is_titled_a_model(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="keras is not installed; pip install 'gatewise[keras]'")
    pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")
    model = keras.Sequential([keras.layers.Input((7, 3)), keras.layers.LSTM(4), keras.layers.Dense(2)])
    model.save(tmp_path / "m.h5")
    model.save_weights(tmp_path / "m.weights.h5")
    assert main(["convert", str(tmp_path / "m.h5")]) == 0
    assert "m.h5: a whole Keras model, in HDF5" in capsys.readouterr().out
    assert main(["convert", str(tmp_path / "m.weights.h5")]) == 0
    assert "m.weights.h5: weights of a Keras 3 model" in capsys.readouterr().out
    with pytest.raises(ConvertError, match="returns='steps' is of no use for a whole model"):
        read(tmp_path / "m.h5", returns="steps")


def test_h5_is_not_written_for_keras_would_take_it_for_keras_2s(saved, tmp_path):
    from gatewise.convert import model

    with pytest.raises(ConvertError, match=r"\.h5 is read and not written"):
        model(saved("safetensors"), tmp_path / "b.h5")
    with pytest.raises(ConvertError, match=r"call it by its suffix, \.weights\.h5"):
        model(saved("safetensors"), tmp_path / "b.h5", to="keras-weights")
