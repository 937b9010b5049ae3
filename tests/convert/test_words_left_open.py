"""What a file of weights leaves open is said by options; layers are called as the listing prints them."""

import json
from pathlib import Path

import numpy as np
import pytest

import gatewise
from gatewise.cli import main
from gatewise.convert import model, read
from gatewise.errors import ArgumentError, ConvertError

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
RNG = np.random.default_rng(5)
D, H, P = 3, 4, 2


def drawn(*shape):
    return (RNG.standard_normal(shape) / 2).astype("float32")


def recurrent(block, width=D, gates=4, layers=1, both=False):
    """Return tensors of an nn.LSTM, GRU or RNN by their names."""
    found, dot = {}, "." * bool(block)
    for number in range(layers):
        reads = width if not number else H * (1 + both)
        for end in ("", "_reverse")[: 1 + both]:
            shapes = {
                "weight_ih": (gates * H, reads), "weight_hh": (gates * H, H), "bias_ih": (gates * H,),
                "bias_hh": (gates * H,),
            }  # fmt: skip
            found |= {f"{block}{dot}{key}_l{number}{end}": drawn(*shape) for key, shape in shapes.items()}
    return found


def linear(name, P, F):
    return {f"{name}.weight": drawn(P, F), f"{name}.bias": drawn(P)}


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def save(tensors, name="m.safetensors"):
        (tmp_path / name).write_bytes(safetensors.save(tensors))
        return name

    return save


@pytest.mark.parametrize("returns", ["steps", "last", "row"])
def test_what_a_linear_reads_is_said_and_is_what_torch_gives(saved, capsys, returns):
    torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
    tensors = recurrent("lstm", both=True) | linear("fc", P, 2 * H)
    path, x = saved(tensors), drawn(5, 7, D)
    lstm, fc = torch.nn.LSTM(D, H, bidirectional=True, batch_first=True), torch.nn.Linear(2 * H, P)
    whole = {name: torch.from_numpy(array) for name, array in tensors.items()}
    lstm.load_state_dict({k[5:]: v for k, v in whole.items() if k.startswith("lstm.")})
    fc.load_state_dict({k[3:]: v for k, v in whole.items() if k.startswith("fc.")})
    with torch.no_grad():
        out, (h, _) = lstm(torch.from_numpy(x))
        reads = {"steps": out, "last": torch.cat([h[0], h[1]], 1), "row": out[:, -1]}
        wanted = torch.sigmoid(fc(reads[returns])).numpy()
    assert (
        main(
            [
                "convert",
                path,
                "b.safetensors",
                "--to",
                "safetensors",
                "--returns",
                returns,
                "--functions",
                "fc=sigmoid",
            ]
        )
        == 0
    )
    err = capsys.readouterr().err
    assert "does not say" not in err  # for all was said
    np.testing.assert_allclose(read("b.safetensors").layers().forward(x), wanted, atol=3e-7)
    np.testing.assert_allclose(
        read(path, returns=returns, functions={"fc": "sigmoid"}).layers().forward(x), wanted, atol=3e-7
    )


def test_what_is_not_said_is_noted_and_only_that(saved):
    path = saved(recurrent("lstm") | linear("fc1", 5, H) | linear("fc2", P, 5))
    notes = " ".join(read(path).notes)
    assert "reads each direction's last outs" in notes
    assert "no function stands after fc1, fc2" in notes
    notes = " ".join(read(path, functions={"fc1": "relu"}).notes)
    assert "no function stands after fc2:" in notes
    assert "last outs" not in " ".join(read(path, returns="row").notes)


@pytest.mark.parametrize("function", ["tanh", "relu"])
def test_the_nonlinearity_of_an_rnn_is_said(saved, function):
    torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
    tensors = recurrent("", gates=1)
    path, x = saved(tensors), drawn(2, 6, D)
    rnn = torch.nn.RNN(D, H, batch_first=True, nonlinearity=function)
    rnn.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    with torch.no_grad():
        wanted = rnn(torch.from_numpy(x))[0].numpy()
    found = read(path, functions={"_l0": function})
    assert not found.notes
    np.testing.assert_allclose(found.layers().forward(x), wanted, atol=1e-6)
    # And back: what torch's code must say stands in a note.
    notes = " ".join(model(path, "back.safetensors", to="torch", functions={"_l0": function}))
    assert ("nonlinearity='relu'" in notes) == (function == "relu")
    back = safetensors.load(Path("back.safetensors").read_bytes())
    assert all(np.array_equal(back[name], array) for name, array in tensors.items())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"functions": {"fc": "elu"}}, "layer 'fc' cannot have the function 'elu'. Choose from: linear, softmax"),
        ({"functions": {"lstm_l0": "relu"}}, "layer 'lstm_l0' is of the cell lstm, whose functions are its own"),
        ({"functions": {"head": "relu"}}, "there is no layer 'head'; there are 'lstm_l0' and 'fc'"),
        ({"returns": "all"}, "returns='all' is not offered. Choose from: steps, last, row"),
        ({"functions": "fc=relu"}, "functions is 'fc=relu'; it must be a dict"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(saved, options, said):
    path = saved(recurrent("lstm") | linear("fc", P, H))
    with pytest.raises((ArgumentError, ConvertError)) as refused:
        read(path, **options)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fc", '--functions has "fc"; write NAME=FUNCTION'),
        ("fc=relu,fc=tanh", "--functions names fc twice"),
        ("=relu", "write NAME=FUNCTION"),
    ],
)
def test_functions_are_typed_by_name(saved, capsys, text, said):
    path = saved(recurrent("lstm") | linear("fc", P, H))
    assert main(["convert", path, "--functions", text]) == 2
    assert said in capsys.readouterr().err


def test_weights_of_keras_are_told_what_they_leave_open(saved, capsys):
    pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")
    path, x = saved(recurrent("lstm") | linear("fc", P, H)), drawn(5, 7, D)
    model(path, "m.weights.h5")
    wanted = read(path, returns="steps", functions={"fc": "relu"}).layers().forward(x)
    assert (
        main(["convert", "m.weights.h5", "b.safetensors", "--returns", "steps", "--functions", "fc=relu"])
        == 0
    )
    assert "last outs" not in capsys.readouterr().err
    np.testing.assert_array_equal(read("b.safetensors").layers().forward(x), wanted)


# Names ------------------------------------------------------------------------------------------------------


def listed(path, capsys, *options):
    assert main(["convert", path, *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    return [line.split()[0] for line in lines[3 : lines.index("", 3)]]


@pytest.mark.share(2)
@pytest.mark.parametrize("to", ["m.safetensors", "k.keras", "k.weights.h5", "o.onnx", "l.safetensors"])
def test_a_layer_is_taken_by_the_name_that_the_listing_prints(saved, capsys, to):
    if to.startswith("k"):
        pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")
    if to.startswith("o"):
        pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
    path = saved(recurrent("enc.lstm", layers=2, both=True) | linear("fc", P, 2 * H))
    if to != path:
        model(path, to, **({"to": "safetensors"} if to.startswith("l") else {}))
    names, whole = listed(to, capsys), read(to).layers()
    assert len(names) == len(whole.layers) == 3
    for name, layer in zip(names[:2], whole.recurrent, strict=True):
        (alone,) = read(to, layers=[name]).layers().layers
        for ours, its in zip(alone.cells, layer.cells, strict=True):
            np.testing.assert_array_equal(ours.flat(), its.flat())
        assert listed(to, capsys, "--layers", name) == [name]
        assert main(["work", to, "--layer", name, "--reverse", "--to", "json"]) == 0
        out = capsys.readouterr().out
        assert main(["work", to, "--layer", str(names.index(name)), "--reverse", "--to", "json"]) == 0
        assert _numbers(capsys.readouterr().out) == _numbers(out)
    assert listed(to, capsys, "--layers", ",".join(names)) == names
    x = drawn(2, 5, D)
    np.testing.assert_allclose(
        read(to, layers=names, **_last(to)).layers().forward(x), whole.forward(x), atol=1e-7
    )


def _last(path):
    return {"returns": "last"} if path in ("m.safetensors", "k.weights.h5") else {}


def _numbers(text):
    """Return a sheet without its title, which says how the layer was called."""
    sheet = json.loads(text)
    return list(sheet.get("lines", sheet)) if isinstance(sheet, dict) else sheet


def test_a_block_of_several_layers_is_taken_whole_or_by_each(saved, capsys):
    path = saved(recurrent("lstm", layers=3))
    assert listed(path, capsys, "--layers", "lstm") == ["lstm_l0", "lstm_l1", "lstm_l2"]
    assert listed(path, capsys, "--layers", "lstm_l1,lstm_l2") == ["lstm_l1", "lstm_l2"]
    with pytest.raises(ConvertError, match="has no layer lstm_l3; it has lstm_l0, lstm_l1, lstm_l2"):
        read(path, layers=["lstm_l3"])


def test_work_takes_one_layer_of_a_file_whose_order_is_open(saved, capsys):
    path = saved(recurrent("one", width=H) | recurrent("two", width=H))
    assert main(["work", path, "--layer", "0"]) == 2
    assert "one_l0, two_l0" in (err := capsys.readouterr().err)
    assert "--layer NAME" in err
    assert main(["work", path, "--layer", "two_l0"]) == 0
    assert "two_l0 of m.safetensors" in capsys.readouterr().out


def test_unnamed_layers_are_called_by_their_places(tmp_path, capsys):
    from gatewise.convert import Dense, Opened, Recurrent, Sequential
    from gatewise.convert.formats import Choices
    from gatewise.convert.layers_file import write

    layers = [
        Recurrent([gatewise.Params.init(D, H, dtype="float32")]),
        Recurrent([gatewise.Params.init(H, H, dtype="float32")], name="lstm"),
    ]
    layers += [
        Recurrent([gatewise.Params.init(H, H, dtype="float32")], name="lstm", returns="last"),
        Dense(drawn(P, H)),
    ]
    path = tmp_path / "m.safetensors"
    opened = Opened(path=path, format="safetensors", sequential=Sequential(layers))
    path.write_bytes(write(opened, Choices())[0])
    assert listed(str(path), capsys) == ["0", "1", "2", "3"]
    (alone,) = read(path, layers=["2"]).layers().layers
    np.testing.assert_array_equal(alone.cells[0].flat(), layers[2].cells[0].flat())


def test_the_width_that_a_layer_reads_is_said_where_x_has_another(saved, capsys):
    path = saved(recurrent("lstm", layers=2))
    np.savez("data.npz", x=drawn(6, D), label=drawn(6, H))
    assert main(["work", path, "--layer", "lstm_l0", "--inputs", "data.npz"]) == 0
    capsys.readouterr()
    assert main(["work", path, "--layer", "lstm_l1", "--inputs", "data.npz"]) == 2
    err = capsys.readouterr().err
    assert (
        "data.npz: x is (6, 3), and lstm_l1 of m.safetensors reads 4 numbers at each step: x must be (T, 4)"
        in err
    )
    assert "the outs of the layer before" in err
    # As it says: the outs of the first layer are what the second reads.
    outs = read(path).layers().trace(np.load("data.npz")["x"][np.newaxis])[0][0].out
    np.savez("data.npz", x=outs[0], label=drawn(6, H))
    assert main(["work", path, "--layer", "lstm_l1", "--inputs", "data.npz"]) == 0
