"""A sheet in torch's names has torch's two biases: each is moved by λδb, so their sum moves twice as far.

The expected values come from torch where it is installed, and from the loop below, which shares no code with
the package.
"""

from __future__ import annotations

import numpy as np
import pytest
from worksheet_helpers import model

import gatewise
from gatewise import worksheet
from gatewise.cells.gate_orders import to_library
from gatewise.teach.problem import load_problem

ORDER = ("a", "i", "f", "o")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss_of_gru(W, U, b_ih, b_hh, x, label):
    """The same of torch's GRU, as its documentation has it, rows r, z, n."""
    h = np.zeros(U.shape[1], dtype=W.dtype)
    total = 0.0
    for t in range(len(x)):
        of_x, of_h = np.split(W @ x[t] + b_ih, 3), np.split(U @ h + b_hh, 3)
        r, z = sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])
        h = (1 - z) * np.tanh(of_x[2] + r * of_h[2]) + z * h
        total = total + 0.5 * ((h - label[t]) ** 2).sum()
    return total


def loss_of(W, U, b_ih, b_hh, x, label):
    """½ Σ (out − label)², in whatever numbers the parameters are."""
    H = U.shape[1]
    out = state = np.zeros(H, dtype=W.dtype)
    total = 0.0
    for t in range(len(x)):
        a, i, f, o = np.split(W @ x[t] + b_ih + U @ out + b_hh, 4)
        state = np.tanh(a) * sigmoid(i) + state * sigmoid(f)
        out = np.tanh(state) * sigmoid(o)
        total = total + 0.5 * ((out - label[t]) ** 2).sum()
    return total


def updated(arrays, x, label, rate, loss_of=loss_of):
    """Move each of the four arrays against its own gradient, found by complex steps."""
    moved = []
    for k, array in enumerate(arrays):
        gradient = np.empty_like(array)
        for place in np.ndindex(array.shape):
            trial = [other.astype(complex) for other in arrays]
            trial[k][place] += 1e-30j
            gradient[place] = loss_of(*trial, x, label).imag / 1e-30
        moved.append(array - rate * gradient)
    return moved


def by_hand(params, x, label, rate, updates):
    arrays = [params.W, params.U, params.b, np.zeros_like(params.b)]
    losses = [loss_of(*arrays, x, label)]
    for _ in range(updates):
        arrays = updated(arrays, x, label, rate)
        losses.append(loss_of(*arrays, x, label))
    return arrays, losses


@pytest.mark.parametrize("H", [1, 2])
def test_each_of_the_two_biases_is_moved(H):
    params, x, label = model(4, H=H)
    sheet = worksheet(params, x, label, learning_rate=0.3, updates=3, notation="torch")
    arrays, losses = by_hand(params, x, label, 0.3, 3)
    np.testing.assert_allclose(sheet.losses, losses, rtol=1e-12)
    for name, array in zip(("W", "U", "b", "b_hh"), arrays, strict=True):
        np.testing.assert_allclose(sheet[f"P1[{name}]#3"].value, array, rtol=1e-11, atol=1e-14)
    assert sheet["b_hh#3"].uses == ("P1[b_hh]#2",)
    assert sheet.verified.ok


def gru(H, T=4):
    params = gatewise.Params.init(2, H, cell="gru-reset-after", seed=H, dtype="float64")
    rng = np.random.default_rng(H)
    params = params.replace(b=rng.normal(size=3 * H), c=rng.normal(size=H))
    return params, rng.normal(size=(T, 2)), rng.normal(size=(T, H))


@pytest.mark.parametrize("H", [1, 2])
def test_each_of_the_two_biases_of_torchs_gru_is_moved(H):
    params, x, label = gru(H)
    sheet = worksheet(params, x, label, learning_rate=0.3, updates=3, notation="torch")
    arrays = [params.W, params.U, params.b, np.concatenate([np.zeros(2 * H), params.c])]
    losses = [loss_of_gru(*arrays, x, label)]
    for _ in range(3):
        arrays = updated(arrays, x, label, 0.3, loss_of_gru)
        losses.append(loss_of_gru(*arrays, x, label))
    np.testing.assert_allclose(sheet.losses, losses, rtol=1e-12)
    for name, array in zip("WUbc", arrays, strict=True):
        np.testing.assert_allclose(sheet[f"P1[{name}]#3"].value, array, rtol=1e-11, atol=1e-14)
    assert sheet.verified.ok
    own = worksheet(params, x, label, learning_rate=0.3)
    assert own.losses[0] == pytest.approx(sheet.losses[0], rel=1e-14)
    assert own.losses[1] != pytest.approx(sheet.losses[1], rel=1e-6)  # one bias of r and u moves half as far


def test_a_sheet_of_torchs_gru_has_torchs_names_and_the_digits_that_were_given():
    params, x, label = gru(1)
    texts = {"c": np.array(["-0.880"], dtype=object)}
    params = params.replace(c=np.array([-0.88]))
    for rounding in ("full", "hand"):
        sheet = worksheet(
            params, x, label, texts=texts, notation="torch", rounding=rounding, detail="reasons"
        )
        text = str(sheet)
        assert sheet["c"].displayed == ["0", "0", "-0.880"]
        assert sheet.verified.ok
        for shown in (
            "rₜ = σ(W_ir · xₜ + b_ir + W_hr · hₜ₋₁ + b_hr)",
            "nₜ = tanh(W_in · xₜ + rₜ ⊙ mₜ + b_in)",
            "mₜ = W_hn · hₜ₋₁ + b_hn",
            "hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ nₜ",
            "bias_hh_l0 = b_hh, rows r z n",
            "b_hr was added at every step.",
        ):
            assert shown in text, shown
        assert "out₋₁" not in text


def test_torch_itself_makes_the_update_of_the_sheet_of_its_gru():
    torch = pytest.importorskip("torch")
    params, x, label = gru(2)
    sheet = worksheet(params, x, label, learning_rate=0.3, updates=2, notation="torch")
    layer = torch.nn.GRU(2, 2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(params.W))
        layer.weight_hh_l0.copy_(torch.tensor(params.U))
        layer.bias_ih_l0.copy_(torch.tensor(params.b))
        layer.bias_hh_l0.copy_(torch.tensor(np.concatenate([np.zeros(4), params.c])))
    descent = torch.optim.SGD(layer.parameters(), lr=0.3)
    for expected in sheet.losses[:2]:
        descent.zero_grad()
        loss = 0.5 * ((layer(torch.tensor(x))[0] - torch.tensor(label)) ** 2).sum()
        assert float(loss.detach()) == pytest.approx(expected, rel=1e-12)
        loss.backward()
        descent.step()
    for name, own in (("b", layer.bias_ih_l0), ("c", layer.bias_hh_l0)):
        np.testing.assert_allclose(sheet[f"P1[{name}]#2"].value, own.detach().numpy(), rtol=1e-11, atol=1e-14)


def test_the_worked_example_has_the_loss_that_torch_has_after_one_step():
    problem = load_problem()
    losses = {
        notation: worksheet(
            problem.params, problem.x, problem.label, learning_rate=0.1, notation=notation
        ).losses[1]
        for notation in ("document", "torch", "keras")
    }
    assert f"{losses['torch']:.12f}" == "0.110495389394"
    assert f"{losses['document']:.12f}" == f"{losses['keras']:.12f}" == "0.110880801307"


def test_torch_itself_makes_the_update_of_the_sheet():
    torch = pytest.importorskip("torch")
    params, x, label = model(4, H=2)
    sheet = worksheet(params, x, label, learning_rate=0.3, updates=2, notation="torch")
    layer = torch.nn.LSTM(2, 2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(to_library("torch", params.W)))
        layer.weight_hh_l0.copy_(torch.tensor(to_library("torch", params.U)))
        layer.bias_ih_l0.copy_(torch.tensor(to_library("torch", params.b)))
        layer.bias_hh_l0.zero_()
    descent = torch.optim.SGD(layer.parameters(), lr=0.3)
    for expected in sheet.losses[:2]:
        descent.zero_grad()
        loss = 0.5 * ((layer(torch.tensor(x))[0] - torch.tensor(label)) ** 2).sum()
        assert float(loss.detach()) == pytest.approx(expected, rel=1e-12)
        loss.backward()
        descent.step()
    for name, own in (("b", layer.bias_ih_l0), ("b_hh", layer.bias_hh_l0)):
        np.testing.assert_allclose(
            to_library("torch", sheet[f"P1[{name}]#2"].value), own.detach().numpy(), rtol=1e-11, atol=1e-14
        )


@pytest.mark.share(3)
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("format", ["md", "tex", "text"])
def test_the_checker_finds_nothing_wrong_with_two_biases(format, rounding):
    sheet = worksheet(*model(4, H=2), updates=2, notation="torch", rounding=rounding)
    suffix = "txt" if format == "text" else format
    report = gatewise.check(sheet.render(format), name=f"sheet.{suffix}")
    assert report.findings == ()
    assert report.unread == 0


def test_the_checker_sees_a_second_bias_that_was_not_moved():
    sheet = worksheet(*model(4, H=1), notation="torch")
    text = sheet.render("md")
    begin = text.index("P1[b_hh]", text.index("## Update"))
    result = sheet["P1[b_hh]"].displayed
    tail = text[begin:]
    for number in result:
        tail = tail.replace(number, "0.00000")
    report = gatewise.check(text[:begin] + tail, name="sheet.md")
    assert {finding.quantity.partition("[")[0] for finding in report.findings} == {"b_hh_new"}


def test_two_biases_that_are_given_are_both_added():
    """A student's own notes: b_ih and b_hh with numbers; a gate is worked with both."""
    notes = """
W_ih = [0.1; 0.2; 0.3; 0.4]
W_hh = [0.5; 0.6; 0.7; 0.8]
b_ih = [0.1; 0.2; 0.3; 0.4]
b_hh = [0.05; 0.15; 0.25; 0.35]
x_0 = 1.5
g_0 = {g}
i_0 = {i}
"""
    right = {"g": np.tanh(0.3 * 1.5 + 0.3 + 0.25), "i": sigmoid(0.1 * 1.5 + 0.1 + 0.05)}
    one = {"g": np.tanh(0.3 * 1.5 + 0.3), "i": sigmoid(0.1 * 1.5 + 0.1)}
    sound, wrong = (
        gatewise.check(
            notes.format(**{k: f"{v:.5f}" for k, v in values.items()}), name="notes.txt", notation="torch"
        )
        for values in (right, one)
    )
    assert sound.findings == ()
    assert wrong.findings
