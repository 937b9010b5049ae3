"""State_dicts of torch: read, run, written again, refused. Without torch, by its names and its gate order."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from gatewise.cells import CELLS
from gatewise.cells.gate_orders import GATE_ORDERS, gate_order
from gatewise.convert import model, read
from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential import Recurrent

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
rng = np.random.default_rng(7)
D, H, P, N, T = 3, 4, 2, 5, 6


def drawn(*shape, dtype="float32"):
    return rng.standard_normal(shape).astype(dtype)


def lstm_tensors(prefix="lstm.", layers=1, both=False, width=D, blocks=4, dtype="float32"):
    found = {}
    for layer in range(layers):
        for end in ("", "_reverse")[: 1 + both]:
            size = width if layer == 0 else H * (1 + both)
            found |= {
                f"{prefix}weight_ih_l{layer}{end}": drawn(blocks * H, size, dtype=dtype),
                f"{prefix}weight_hh_l{layer}{end}": drawn(blocks * H, H, dtype=dtype),
                f"{prefix}bias_ih_l{layer}{end}": drawn(blocks * H, dtype=dtype),
                f"{prefix}bias_hh_l{layer}{end}": drawn(blocks * H, dtype=dtype),
            }
    return found


def saved(tmp_path, tensors, metadata=None, name="m.safetensors"):
    path = tmp_path / name
    path.write_bytes(safetensors.save(tensors, metadata))
    return path


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(tensors, x, order="ifgo", prefix="lstm.", end=""):
    """An LSTM as torch documents it, step by step, in float64: the outs of all steps."""
    W, U = (tensors[f"{prefix}weight_{of}_l0{end}"].astype(float) for of in ("ih", "hh"))
    b = sum(tensors[f"{prefix}bias_{of}_l0{end}"].astype(float) for of in ("ih", "hh"))
    h = c = np.zeros((len(x), H))
    outs = []
    for t in range(x.shape[1]):
        z = dict(zip(order, np.split(x[:, t] @ W.T + h @ U.T + b, 4, axis=1), strict=True))
        c = sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["g"])
        h = sigmoid(z["o"]) * np.tanh(c)
        outs.append(h)
    return np.stack(outs, axis=1)


def test_a_state_dict_runs_as_torch_documents_it(tmp_path):
    tensors = lstm_tensors(dtype="float64")
    x = drawn(N, T, D, dtype="float64")
    found = read(saved(tmp_path, tensors)).layers()
    np.testing.assert_allclose(found.forward(x), by_hand(tensors, x), atol=1e-13)
    assert np.abs(by_hand(tensors, x, "figo") - by_hand(tensors, x)).max() > 0.01  # another order is seen


@pytest.mark.parametrize("library", [name for name in GATE_ORDERS if name != "gatewise"])
def test_the_gate_order_that_the_metadata_name_is_the_one_that_is_read(tmp_path, library):
    tensors = lstm_tensors(dtype="float64")
    x = drawn(N, T, D, dtype="float64")
    order = "".join({"a": "g"}.get(gate, gate) for gate in gate_order(library).gates)
    found = read(saved(tmp_path, tensors, {"gate_order": library})).layers()
    np.testing.assert_allclose(found.forward(x), by_hand(tensors, x, order), atol=1e-13)


def test_an_unknown_gate_order_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(ConvertError, match=r"'caffe' is not known; choose one of: gatewise, torch"):
        read(saved(tmp_path, lstm_tensors(), {"gate_order": "caffe"}))


@pytest.mark.parametrize("blocks", [4, 3, 1], ids=["lstm", "gru", "rnn"])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("way", ["torch", "safetensors"])
def test_a_state_dict_comes_back_to_the_bit(tmp_path, blocks, both, dtype, way):
    tensors = lstm_tensors(layers=2, both=both, blocks=blocks, dtype=dtype)
    tensors |= {"fc.weight": drawn(P, H * (1 + both), dtype=dtype), "fc.bias": drawn(P, dtype=dtype)}
    first, second, third = (tmp_path / f"{name}.safetensors" for name in "abc")
    first.write_bytes(safetensors.save(tensors))
    model(first, second, to=way)
    model(second, third, to="torch")
    back = safetensors.load(third.read_bytes())
    assert set(back) == set(tensors)
    for name, array in tensors.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_a_name_without_a_prefix_and_other_prefixes_are_kept(tmp_path):
    for prefix in ("", "encoder.rnn."):
        tensors = lstm_tensors(prefix)
        path, back = saved(tmp_path, tensors), tmp_path / "back.safetensors"
        model(path, back, to="torch")
        assert set(safetensors.load(back.read_bytes())) == set(tensors)


def test_layers_of_sizes_of_their_own_stand_in_the_order_in_which_they_fit(tmp_path):
    tensors = {"a_head.weight": drawn(P, H), "a_head.bias": drawn(P)}
    tensors |= lstm_tensors("z_first.", width=7) | lstm_tensors("b_second.", width=H)
    found = read(saved(tmp_path, tensors)).layers()
    assert [layer.name for layer in found.layers] == ["z_first_l0", "b_second_l0", "a_head"]
    assert "z_first_l0, b_second_l0, a_head" in found.notes[0]
    assert found.recurrent[-1].returns == "last"
    assert "does not say" in found.notes[1]


def test_an_order_that_cannot_be_told_is_asked_for(tmp_path):
    tensors = lstm_tensors("one.", width=H) | lstm_tensors("two.", width=H)
    tensors |= {"wide.weight": drawn(H, 9), "wide.bias": drawn(H)}
    path = saved(tmp_path, tensors)
    with pytest.raises(ConvertError, match=r"one_l0, two_l0, wide.*layers=\('one_l0', 'two_l0'\)"):
        read(path)
    found = read(path, layers=["two", "one"]).layers()
    assert [layer.name for layer in found.layers] == ["two_l0", "one_l0"]


def test_a_linear_may_stand_before_the_recurrent_layer(tmp_path):
    tensors = {"0.weight": drawn(7, 3), "0.bias": drawn(7), "2.weight": drawn(2, H), "2.bias": drawn(2)}
    found = read(saved(tmp_path, tensors | lstm_tensors("1.", width=7))).layers()
    assert [layer.name for layer in found.layers] == ["0", "1_l0", "2"]


def test_of_several_orders_that_fit_one_with_a_recurrent_layer_first_is_taken_and_said(tmp_path):
    tensors = lstm_tensors(width=3) | {"fc.weight": drawn(3, H), "fc.bias": drawn(3)}
    found = read(saved(tmp_path, tensors))
    assert [layer.name for layer in found.layers().layers] == ["lstm_l0", "fc"]
    assert "lstm_l0, fc, a recurrent one first: others fit as well" in found.notes[0]
    assert [layer.name for layer in read(found.path, layers=["fc", "lstm"]).layers().layers] == [
        "fc",
        "lstm_l0",
    ]


def test_one_layer_by_its_name_needs_no_order_of_the_others(tmp_path):
    tensors = lstm_tensors(layers=2, width=H)
    tensors |= {f"{name}.{part}": drawn(*shape) for name in ("fc1", "fc2")
                for part, shape in (("weight", (H, H)), ("bias", (H,)))}  # fmt: skip
    path = saved(tmp_path, tensors)
    with pytest.raises(ConvertError, match="cannot be told"):
        read(path)
    model(path, tmp_path / "one.toml", layer="lstm_l1")
    alone = read(path, layers=["lstm_l1"]).layers().recurrent[0].cells[0]
    kept = read(tmp_path / "one.toml").layers().recurrent[0].cells[0]
    np.testing.assert_array_equal(kept.U, alone.U.astype("float64"))
    with pytest.raises(GatewiseError, match=r"lstm_l0, lstm_l1"):
        model(path, tmp_path / "two.toml", layer="lstm")
    with pytest.raises(ConvertError, match="no layer lstm_l7"):
        model(path, tmp_path / "two.toml", layer="lstm_l7")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"norm.weight": drawn(H), "norm.bias": drawn(H)}, r"norm\.(weight|bias) \(4,\) is of no LSTM"),
        ({"conv.weight": drawn(2, 3, 3)}, r"conv\.weight \(2, 3, 3\) is of no LSTM"),
        ({"lstm.weight_hh_l0": drawn(5, 2)}, r"weight_hh of \(5, 2\): it is of no LSTM \(4H, H\)"),
        ({"lstm.weight_ih_l0": drawn(4 * H)}, r"weight_ih of \(16,\) beside"),
        ({"lstm.bias_ih_l0": drawn(3)}, r"bias_ih of \(3,\) beside a weight_hh of \(16, 4\)"),
        ({"lstm.weight_ih_l2": drawn(16, 4), "lstm.weight_hh_l2": drawn(16, 4)}, "some layers are missing"),
    ],
)
def test_what_is_no_layer_of_ours_is_refused_by_its_name(tmp_path, more, said):
    with pytest.raises(ConvertError, match=said):
        read(saved(tmp_path, lstm_tensors() | more))


def test_a_file_without_a_recurrent_layer_is_refused(tmp_path):
    with pytest.raises(ConvertError, match="no recurrent layer: no tensor is called weight_ih_l0"):
        read(saved(tmp_path, {"fc.weight": drawn(2, 3)}))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_read_as_the_numbers_that_it_is(tmp_path, dtype):
    tensors = lstm_tensors()
    if dtype == "float16":
        path = saved(tmp_path, {name: array.astype(dtype) for name, array in tensors.items()})
        exact = {name: array.astype(dtype).astype("float32") for name, array in tensors.items()}
    else:
        cut = {name: (array.view("uint32") >> 16).astype("uint16") for name, array in tensors.items()}
        data = safetensors.save(cut)
        path = tmp_path / "m.safetensors"
        path.write_bytes(data.replace(b'"U16"', b'"BF16"').replace(b'"U16"', b'"BF16"'))
        size = int.from_bytes(data[:8], "little")
        head = data[8 : 8 + size].replace(b'"U16"', b'"BF16"')
        head += b" " * (-len(head) % 8)
        path.write_bytes(len(head).to_bytes(8, "little") + head + data[8 + size :])
        exact = {name: (array.astype("uint32") << 16).view("float32") for name, array in cut.items()}
    params = read(path).layers().recurrent[0].cells[0]
    assert params.dtype == np.float32
    W = exact["lstm.weight_ih_l0"]
    np.testing.assert_array_equal(params.W[:H], W[2 * H : 3 * H])  # a is torch's third


@pytest.mark.parametrize("kind", ["int64", "uint8", "bool"])
def test_quantized_weights_are_refused(tmp_path, kind):
    tensors = lstm_tensors() | {"lstm.weight_ih_l0": np.ones((4 * H, D), kind)}
    with pytest.raises(ConvertError, match="Quantized weights must be made real numbers first"):
        read(saved(tmp_path, tensors))


@pytest.mark.parametrize(
    "cell",
    [name for name in CELLS if name not in ("lstm", "projected", "gru-reset-after", "rnn", "rnn-relu")],
)
def test_a_cell_that_torch_has_not_is_refused_by_name(tmp_path, cell):
    from gatewise import Params
    from gatewise.convert import Opened
    from gatewise.convert.formats import Choices
    from gatewise.convert.torch_file import write
    from gatewise.learn.sequential import Sequential

    layer = Recurrent([Params.init(D, H, cell=cell)], name="mine")
    with pytest.raises(ConvertError, match=rf"torch has no cell {cell}\b"):
        write(Opened(path=tmp_path, format="torch", sequential=Sequential([layer])), Choices())


@pytest.mark.parametrize("end", [0, 7, 8, 20, 200, -1])
def test_a_file_that_is_cut_short_is_refused(tmp_path, end):
    path = saved(tmp_path, lstm_tensors())
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(ConvertError, match="damaged or cut short" if end else "is an empty file"):
        read(path)


def test_a_header_that_claims_terabytes_is_refused(tmp_path):
    head = json.dumps(
        {"lstm.weight_ih_l0": {"dtype": "F32", "shape": [2**40, 8], "data_offsets": [0, 2**45]}}
    ).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(len(head).to_bytes(8, "little") + head)
    with pytest.raises(ConvertError, match="damaged or cut short"):
        read(path)
    path.write_bytes((2**60).to_bytes(8, "little") + b"{")
    with pytest.raises(ConvertError, match="damaged or cut short"):
        read(path)


def test_an_order_that_only_the_alphabet_says_is_asked_for(tmp_path):
    """safetensors sorts names: that `out` stands before `proj` says nothing of the model."""
    tensors = lstm_tensors() | {f"{name}.{part}": drawn(*shape) for name in ("out", "proj")
                                for part, shape in (("weight", (H, H)), ("bias", (H,)))}  # fmt: skip
    path = saved(tmp_path, tensors)
    with pytest.raises(
        ConvertError, match=r"lstm_l0, out, proj\. Say it, from the first to the last: layers="
    ):
        read(path)
    found = read(path, layers=["lstm", "proj", "out"]).layers()
    assert [layer.name for layer in found.layers] == ["lstm_l0", "proj", "out"]
    with pytest.raises(ConvertError, match=r"has no layer porj; it has lstm_l0, out, proj"):
        read(path, layers=["lstm", "porj"])
    with pytest.raises(ConvertError, match="of the layers proj none is recurrent"):
        read(path, layers=["proj"])


@pytest.mark.parametrize("missing", ["bias_ih_l0", "bias_hh_l0"])
def test_one_bias_without_the_other_is_refused(tmp_path, missing):
    tensors = lstm_tensors()
    del tensors[f"lstm.{missing}"]
    with pytest.raises(ConvertError, match=f"and no {missing[:7]}; torch has both or neither"):
        read(saved(tmp_path, tensors))


@pytest.mark.parametrize("blocks", [4, 3, 1], ids=["lstm", "gru", "rnn"])
def test_layers_without_biases_and_cells_come_back_by_their_names(tmp_path, blocks):
    whole = lstm_tensors(blocks=blocks)
    bare = {name: array for name, array in whole.items() if "bias" not in name}
    of_cell = {name.removesuffix("_l0"): array for name, array in whole.items()}
    nameless = {name.removeprefix("lstm."): array for name, array in of_cell.items()}
    for tensors in (bare, of_cell, nameless):
        back = tmp_path / "back.safetensors"
        model(saved(tmp_path, tensors), back, to="torch")
        found = safetensors.load(back.read_bytes())
        assert set(found) == set(tensors)
        for name, array in tensors.items():
            np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("name", "key", "suffix"),
    [("b.pt", None, "safetensors"), ("b.onnx", "torch", ".safetensors"), ("b.keras", "c", ".h")],
)
def test_a_name_of_another_format_is_no_target(tmp_path, name, key, suffix):
    path = saved(tmp_path, lstm_tensors())
    with pytest.raises(ConvertError, match=re.escape(suffix)):
        model(path, tmp_path / name, to=key)
    assert not (tmp_path / name).exists()


def test_a_pt_file_is_tensors_that_it_holds_and_nothing_else(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
    layer = torch.nn.LSTM(D, H)
    torch.save({"epoch": 3, "model": layer.state_dict()}, tmp_path / "a.pt")
    assert read(tmp_path / "a.pt").layers().recurrent[0].hidden_size == H
    huge = {**layer.state_dict(), "weight_ih_l0": torch.ones(1).expand(4 * 4000, 4000)}
    meta = {**layer.state_dict(), "weight_ih_l0": torch.ones(4 * H, D, device="meta")}
    for given, said in (
        (huge, "does not hold so many"),
        (meta, "does not hold so many|no file"),
        (layer, "a whole model"),
    ):
        torch.save(given, tmp_path / "b.pt")
        with pytest.raises(ConvertError, match=said) as told:
            read(tmp_path / "b.pt")
        assert "\x1b" not in str(told.value)
