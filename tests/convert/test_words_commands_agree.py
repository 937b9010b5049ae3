"""By the command line: every order of gates there and back, and check --model with every format of weights."""

import json

import numpy as np
import pytest

import gatewise
from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cli import main
from gatewise.convert import read

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
D, H, P = 2, 3, 2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An nn.LSTM of both directions and a Linear, with weights of two decimals, all different."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(11)

    def drawn(*shape):
        return (rng.permutation(np.prod(shape)).reshape(shape) / 50 - 0.4).astype("float32")

    shapes = {"weight_ih": (4 * H, D), "weight_hh": (4 * H, H), "bias_ih": (4 * H,), "bias_hh": (4 * H,)}
    tensors = {
        f"lstm.{name}_l0{end}": drawn(*shape) for name, shape in shapes.items() for end in ("", "_reverse")
    }
    tensors |= {"fc.weight": drawn(P, 2 * H), "fc.bias": drawn(P)}
    (tmp_path / "t.safetensors").write_bytes(safetensors.save(tensors))
    return tensors


@pytest.mark.parametrize("order", GATE_ORDERS)
def test_an_order_of_gates_is_written_and_read_by_the_command(folder, capsys, order):
    to = f"{order}.safetensors"
    assert main(["convert", "t.safetensors", to, "--to", "safetensors", "--gate-order", order]) == 0
    with safetensors_file(to) as (arrays, document):
        blocks = dict(zip("ifao", np.split(folder["lstm.weight_ih_l0_reverse"], 4), strict=True))
        wanted = np.concatenate([blocks[gate] for gate in GATE_ORDERS[order].gates])
        np.testing.assert_array_equal(arrays["layer0.reverse.W"], wanted)
        assert document["gate_order"] == order
        assert document["layers"][0]["gates"] == list(GATE_ORDERS[order].gates)
    assert main(["convert", to, "back.safetensors", "--to", "torch"]) == 0
    back = safetensors.load_file("back.safetensors")
    assert set(back) == {name.replace("lstm.", "").replace("fc.", "fc.") for name in folder} or set(
        back
    ) == set(folder)
    for name, array in folder.items():
        np.testing.assert_array_equal(back[name], array)


@pytest.mark.parametrize("order", GATE_ORDERS)
def test_a_file_of_torchs_names_is_read_in_the_order_that_its_metadata_have(folder, order):
    gates = GATE_ORDERS[order].gates
    stacked = {
        name: np.concatenate([dict(zip("ifao", np.split(array, 4), strict=True))[gate] for gate in gates])
        if name.startswith("lstm")
        else array
        for name, array in folder.items()
    }
    safetensors.save_file(stacked, "named.safetensors", {"gate_order": order})
    assert main(["convert", "named.safetensors", "back.safetensors", "--to", "torch"]) == 0
    back = safetensors.load_file("back.safetensors")
    assert all(np.array_equal(back[name], array) for name, array in folder.items())


class safetensors_file:
    """The arrays and the document of a file that gatewise wrote."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        from safetensors import safe_open

        with safe_open(self.path, "numpy") as file:
            document = json.loads(file.metadata()["gatewise"])
            return {name: file.get_tensor(name) for name in file.keys()}, document  # noqa: SIM118

    def __exit__(self, *_):
        pass


FILES = {
    "t.safetensors": "safetensors", "t.pt": "torch", "k.keras": "h5py", "k.weights.h5": "h5py", "o.onnx": "onnx",
    "l.safetensors": "safetensors",
}  # fmt: skip


@pytest.mark.share(2)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("file", FILES)
def test_check_knows_the_weights_of_every_format(folder, capsys, file, reverse):
    package = FILES[file]
    pytest.importorskip(package, reason=f"{package} is not installed")
    if file == "t.pt":
        import torch

        torch.save({name: torch.from_numpy(array) for name, array in folder.items()}, file)
    elif file != "t.safetensors":
        arguments = ["--to", "safetensors", "--gate-order", "onnx"] if file.startswith("l") else []
        assert main(["convert", "t.safetensors", file, *arguments]) == 0
    params = read("t.safetensors").layers().recurrent[0].cells[int(reverse)].astype("float64")
    x, label = np.array([[0.5, -1], [0.25, 0.75], [1.5, 0.1]]), np.array([[0.1, 0.2, 0.3]] * 3)
    end = ["--reverse"] * reverse
    assert _checked(params, x, label, file, end) == 0
    # Two gates exchanged and a number changed are mistakes of the document; the other direction is another model.
    f_for_i = [*range(H), *range(2 * H, 3 * H), *range(H, 2 * H), *range(3 * H, 4 * H)]
    swapped = params.replace(W=params.W[f_for_i], U=params.U[f_for_i], b=params.b[f_for_i])
    assert _checked(swapped, x, label, file, end) == 1
    assert _checked(params.replace(b=params.b + np.eye(4 * H)[H] * 0.03), x, label, file, end) == 1
    capsys.readouterr()
    assert _checked(params, x, label, file, ["--reverse"] * (not reverse)) == 2
    assert "or --reverse?" in capsys.readouterr().err


def test_check_knows_the_weights_of_a_run(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")
    monkeypatch.chdir(tmp_path)
    from series_files import SMALL, series

    model = gatewise.fit(series(), **{**SMALL, "epochs": 1, "layers": 2, "hidden": 2}, run=tmp_path / "run")
    params = model.network.cells[1][0].astype("float64")
    x, label = np.array([[0.5, -1], [0.25, 0.75]]), np.array([[0.1, 0.2]] * 2)
    for layer in ("1", "layer1"):
        assert _checked(params, x, label, "run", ["--layer", layer]) == 0
    assert _checked(params.replace(b=params.b + 0.05), x, label, "run", ["--layer", "1"]) == 1
    assert _checked(params, x, label, "run/model.safetensors", ["--layer", "1"]) == 0
    capsys.readouterr()
    assert main(["check", "doc.md", "--model", "run"]) == 2
    assert "Say which of layer0, layer1, by name or by number from 0: --layer 0." in capsys.readouterr().err


def _checked(params, x, label, file, options):
    from pathlib import Path

    Path("doc.md").write_text(gatewise.worksheet(params, x, label, units=[0, 1]).render("md"))
    return main(["check", "doc.md", "--model", file, *options])
