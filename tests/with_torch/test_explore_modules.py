"""A page of a live module of torch is that of its file, and what torch has of no numbers is refused in a sentence."""

import numpy as np
import pytest
from page_values import Worked

import gatewise
from gatewise.errors import ArgumentError, ConvertError, GatewiseError

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")
from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_sequence  # noqa: E402

pytestmark = pytest.mark.peers


class Forecaster(nn.Module):
    """As people write one: an LSTM of two layers, and a Linear on its last out."""

    def __init__(self, **options):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, num_layers=2, **options)
        self.head = nn.Linear(3, 1)


def blocks(page):
    return [(block["name"], block["cell"], block["steps"]) for block in page.data["blocks"]]


def x_of(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["pt", "safetensors"])
@pytest.mark.parametrize("made", [Forecaster, lambda: nn.LSTM(2, 3, num_layers=2), lambda: nn.GRU(2, 3)])
def test_a_module_opens_as_its_file_does(made, kind, tmp_path):
    module, path = made(), tmp_path / f"weights.{kind}"
    if kind == "pt":
        torch.save(module.state_dict(), path)
    else:
        pytest.importorskip("safetensors.torch").save_file(module.state_dict(), path)
    x = x_of(5, 2)
    live, read = gatewise.explore(module, x), gatewise.explore(path, x.numpy())
    assert live.data["blocks"] == read.data["blocks"]
    assert gatewise.explore(module).data["blocks"] == gatewise.explore(path).data["blocks"]  # on drawn inputs


def test_the_page_works_out_what_the_module_does():
    lstm = nn.LSTM(2, 3, num_layers=2, dtype=torch.float64)
    x = x_of(5, 4, 2).double()  # (T, N, D), as torch has it
    page = Worked(gatewise.explore(lstm, x, torch.zeros(5, 4, 3, dtype=torch.float64), batch=2).data)
    out, _ = lstm(x)
    for t in range(5):
        assert page[1, f"out@{t}"] == pytest.approx(out[t, 2].detach().numpy(), abs=1e-12)
    first = nn.LSTM(2, 3, num_layers=2, batch_first=True)
    assert blocks(gatewise.explore(first, x_of(4, 7, 2).requires_grad_(), batch=3))[0][2] == 7


def test_what_a_module_says_beside_its_state_dict_is_kept():
    page = gatewise.explore(nn.RNN(2, 3, num_layers=2, nonlinearity="relu"))
    assert [block["cell"] for block in page.data["blocks"]] == ["rnn-relu", "rnn-relu"]
    assert not any("nonlinearity" in note for note in page.notes)
    model = nn.ModuleList([nn.LSTM(2, 3), nn.Sequential(nn.Linear(3, 2), nn.Softmax(-1))])
    page = gatewise.explore(model)
    assert [each["left"][1] for each in page.data["blocks"][-1]["equations"]][:2] == [
        "z",
        "y",
    ]  # through a function
    assert not any("no function" in note for note in page.notes)


def test_convert_reads_a_module_with_what_is_said_of_it():
    module = Forecaster()
    opened = gatewise.convert.read(module, returns="steps", functions={"head": "tanh"})
    said = opened.layers().forward(x_of(1, 5, 2).numpy())
    out, _ = module.lstm(x_of(1, 5, 2).transpose(0, 1))
    expected = torch.tanh(module.head(out)).transpose(0, 1).detach().numpy()
    np.testing.assert_allclose(said, expected, rtol=0, atol=1e-6)
    assert blocks(gatewise.explore(opened, x_of(5, 2).numpy()))[-1] == ("head", "head", 5)
    with pytest.raises(ArgumentError, match=r"format='torch' is of no use"):
        gatewise.convert.read(module, format="torch")


def test_a_page_keeps_its_numbers_when_the_module_is_trained_on():
    module = nn.LSTM(2, 3, num_layers=2, dtype=torch.float64)
    opened = gatewise.convert.read(module)
    before = opened.layers().layers[0].cells[0].W.copy()
    with torch.no_grad():
        module.weight_ih_l0.zero_()
    np.testing.assert_array_equal(opened.layers().layers[0].cells[0].W, before)


def broken():
    module = nn.LSTM(2, 3, num_layers=2)
    with torch.no_grad():
        module.weight_hh_l0[0, 0] = torch.nan
    return module


REFUSED = {
    "both directions": (lambda: nn.LSTM(2, 3, bidirectional=True), "goes both ways; a page shows"),
    "no recurrent layer": (lambda: nn.Linear(2, 3), "Linear has no recurrent layer"),
    "nothing": (nn.Identity, "Identity has no recurrent layer"),
    "a convolution": (lambda: nn.ModuleList([nn.Conv1d(2, 2, 1), nn.LSTM(2, 3)]), r"0.weight \(2, 2, 1\) is of no LSTM"),
    "the meta device": (lambda: nn.LSTM(2, 3, num_layers=2, device="meta"), "weight_ih_l0 is on torch's meta device"),
    "one layer on it": (lambda: nn.LSTM(2, 3, device="meta"), "it is on torch's meta device"),
    "NaN": (broken, r"U of layer 0\[3, 0\] is nan; a page needs finite numbers"),
    "too many units": (lambda: nn.LSTM(2, 129, num_layers=2), "H = 129; a page shows at most 128"),
    "the class": (lambda: nn.LSTM, "model is a type; it must be Params"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_that_a_page_cannot_show_is_refused_in_a_sentence(name):
    made, said = REFUSED[name]
    with pytest.raises((ArgumentError, ConvertError), match=said) as refused:
        gatewise.explore(made(), x_of(5, 2))
    assert "worksheet" not in str(refused.value)


# Tensors that are no arrays -------------------------------------------------------------------------------------------


def quantized():
    return torch.quantize_per_tensor(torch.zeros(4, 2), 0.1, 0, torch.qint8)


TENSORS = {
    "packed": (lambda: pack_sequence([torch.zeros(4, 2)]), r"PackedSequence.*pad_packed_sequence\({}, batch_first=True\)"),
    "meta": (lambda: torch.zeros(4, 2, device="meta"), "meta device, where tensors have sizes and no numbers"),
    "meta, in a list": (lambda: [torch.zeros(2, device="meta")] * 4, "meta device"),
    "sparse": (lambda: torch.zeros(4, 2).to_sparse(), r"Pass {}.to_dense\(\).detach\(\).cpu\(\).numpy\(\)"),
    "sparse rows": (lambda: torch.eye(2).to_sparse_csr(), r"{}.to_dense\(\)"),
    "quantized": (quantized, r"{}.dequantize\(\)"),
    "nested": (lambda: torch.nested.nested_tensor([torch.zeros(2, 2), torch.zeros(3, 2)]), r"to_padded_tensor\({}, 0.0\)"),
    "8 bits": (lambda: torch.zeros(4, 2).to(torch.float8_e4m3fn), r"{}.detach\(\).cpu\(\).float\(\).numpy\(\)"),
    "conjugate": (lambda: (torch.zeros(4, 2) * 1j).conj(), r"{}.detach\(\).cpu\(\).resolve_conj\(\).numpy\(\)"),
}  # fmt: skip


def takers():
    params = gatewise.Params.init(2, 3, seed=0, dtype="float64")
    layers = gatewise.convert.Sequential([gatewise.convert.Recurrent([params])])
    x = np.zeros((4, 2))
    return {
        "trace": ("x", lambda given: gatewise.forward(params, given)),
        "worksheet": ("x", lambda given: gatewise.worksheet(params, given, np.zeros((4, 3)))),
        "page": ("x", lambda given: gatewise.explore(params, given)),
        "label": ("label", lambda given: gatewise.explore(params, x, given)),
        "layers": ("x", lambda given: gatewise.explore(layers, given)),
        "module": ("x", lambda given: gatewise.explore(nn.LSTM(2, 3, num_layers=2), given)),
        "one layer": ("x", lambda given: gatewise.explore(nn.LSTM(2, 3), given)),
        "weights": ("W", lambda given: gatewise.Params(W=given, U=np.zeros((12, 3)), b=np.zeros(12))),
    }


@pytest.mark.filterwarnings("ignore")  # torch's, of what is a prototype or deprecated
@pytest.mark.parametrize("where", takers())
@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_of_which_numpy_makes_no_array_says_how_one_is_had(name, where):
    made, said = TENSORS[name]
    called, take = takers()[where]
    if name == "8 bits" and where in ("module", "one layer"):  # which knows torch, and widens it
        assert take(made()).data["blocks"][0]["steps"] == 4
        return
    with pytest.raises(GatewiseError, match=said.replace("{}", called)):
        take(made())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TENSORS)
def test_what_a_document_or_a_model_is_not_is_refused(name):
    made, _ = TENSORS[name]
    for take in (gatewise.explore, gatewise.check, lambda given: gatewise.check("$x_0 = 1$", model=given)):
        with pytest.raises(ArgumentError):
            take(made())
