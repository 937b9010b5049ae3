"""Networks, losses, optimizers and schedules against torch's, in float64."""

import numpy as np
import pytest
from loss_cases import OPTIONS as LOSS_OPTIONS
from loss_cases import problem as loss_problem
from network_cases import random_case
from optimizer_cases import OPTIONS as OPTIMIZER_OPTIONS
from optimizer_cases import problem as optimizer_problem
from optimizer_cases import run as run_optimizer
from torch_order import in_torch_order

from gatewise.learn.losses import LOSSES
from gatewise.learn.network import backward, forward
from gatewise.learn.optimizers import OPTIMIZERS, clip_by_norm
from gatewise.learn.schedules import PLATEAU, SCHEDULES, plateau_after

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

pytestmark = pytest.mark.peers

# The accuracy promised, relative to the largest entry of each array. Measured: 2e-15.
TORCH_FLOAT64 = 1e-12
# torch divides by the norm plus 1e-6, so its clipped norm is short by that part.
TORCH_CLIP = 2e-6


# The network


def torch_network(case):
    """torch.nn.LSTM and torch.nn.Linear with the same weights."""
    about = case.network.architecture
    lstm = torch.nn.LSTM(
        about.input_size, about.hidden_size, about.layers, batch_first=True, bidirectional=about.bidirectional,
        dtype=torch.float64,
    )  # fmt: skip
    head = torch.nn.Linear(about.head_width, about.outputs, dtype=torch.float64)
    with torch.no_grad():
        for layer, cells in enumerate(case.network.cells):
            for direction, params in enumerate(cells):
                end = f"_l{layer}{'_reverse' * direction}"
                getattr(lstm, "weight_ih" + end).copy_(torch.from_numpy(in_torch_order(params, "W")))
                getattr(lstm, "weight_hh" + end).copy_(torch.from_numpy(in_torch_order(params, "U")))
                getattr(lstm, "bias_ih" + end).copy_(torch.from_numpy(in_torch_order(params, "b")))
                getattr(lstm, "bias_hh" + end).zero_()
        head.weight.copy_(torch.from_numpy(case.network.views["head.W"]))
        head.bias.copy_(torch.from_numpy(case.network.views["head.b"]))
    return lstm, head


def stacked(states, part):
    """States as torch holds them: layers and directions along the first axis."""
    return torch.from_numpy(np.stack([getattr(state, part) for cells in states for state in cells]))


def run_torch(case, lengths):
    """y and the gradients of Σ d_y ⊙ y + Σ d_last ⊙ last, by this project's names."""
    lstm, head = torch_network(case)
    about = case.network.architecture
    T = case.inputs["x"].shape[1]
    x = torch.tensor(case.inputs["x"], requires_grad=True)
    given = x
    if lengths is not None:
        given = torch.nn.utils.rnn.pack_padded_sequence(
            x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
        )
    outs, (last_out, last_state) = lstm(given)
    if about.head == "last":
        z = torch.cat(list(last_out[-about.directions :]), dim=-1)
    elif lengths is None:
        z = outs
    else:
        z, _ = torch.nn.utils.rnn.pad_packed_sequence(outs, batch_first=True, total_length=T)
    y = head(z)
    loss = (torch.from_numpy(case.d_y) * y).sum()
    loss += (stacked(case.d_last, "out") * last_out).sum()
    loss += (stacked(case.d_last, "state") * last_state).sum()
    loss.backward()
    return y.detach().numpy(), x.grad.numpy(), lstm, head


@pytest.mark.parametrize("packed", [False, True], ids=["whole", "packed"])
@pytest.mark.parametrize("head", ["last", "steps"])
@pytest.mark.parametrize("both", [False, True], ids=["one", "both"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_network_agrees_with_torch(engine, layers, both, head, packed):
    case = random_case(
        2, N=4, T=7, lengths=None, dropout=False, layers=layers, bidirectional=both, head=head, hidden_size=9
    )
    lengths = np.array([3, 7, 1, 5]) if packed else None
    if packed and head == "steps":  # torch's head answers past a length, too; here nothing is heard of it
        for n, length in enumerate(lengths):
            case.d_y[n, length:] = 0
    y, d_x, lstm, linear = run_torch(case, lengths)
    trace = forward(case.network, case.inputs["x"], lengths=lengths, engine=engine)
    grads = backward(case.network, trace, case.d_y, d_last_state=case.d_last, inputs=True)

    if packed and head == "steps":
        y = np.where((np.arange(7) < lengths[:, np.newaxis])[..., np.newaxis], y, 0)
    pairs = {"y": (trace.y, y), "d_x": (grads.d_x, d_x)}
    pairs["head.W"] = (grads.views["head.W"], linear.weight.grad.numpy())
    if not (packed and head == "steps"):
        pairs["head.b"] = (grads.views["head.b"], linear.bias.grad.numpy())
    for layer, cells in enumerate(grads.cells):
        for direction, cell in enumerate(cells):
            end = f"_l{layer}{'_reverse' * direction}"
            for name, theirs in (("d_W", "weight_ih"), ("d_U", "weight_hh"), ("d_b", "bias_ih")):
                a, i, f, o = np.split(cell[name], 4)
                pairs[name + end] = (np.concatenate([i, f, a, o]), getattr(lstm, theirs + end).grad.numpy())
    for name, (ours, expected) in pairs.items():
        scale = np.abs(expected).max()
        np.testing.assert_allclose(ours, expected, rtol=0, atol=TORCH_FLOAT64 * scale, err_msg=name)


# Losses


def torch_loss(name, y, label, options):
    """torch's own loss, as a mean."""
    nn = torch.nn.functional
    match name:
        case "l2":
            return nn.mse_loss(y, label, reduction="sum") / 2
        case "mse":
            return nn.mse_loss(y, label)
        case "mae":
            return nn.l1_loss(y, label)
        case "huber":
            return nn.huber_loss(y, label, delta=options["delta"])
        case "gaussian":
            y = y.reshape(*label.shape, 2)
            sd = nn.softplus(y[..., 1]) + LOSSES[name].options["least"]
            return nn.gaussian_nll_loss(y[..., 0], label, sd**2, full=True, eps=0)
        case "negative_binomial":
            y = y.reshape(*label.shape, 2)
            m, alpha = (nn.softplus(y[..., k]) + LOSSES[name].options["least"] for k in (0, 1))
            spread = torch.distributions.NegativeBinomial(1 / alpha, logits=torch.log(alpha * m))
            return -spread.log_prob(label).mean()
        case "cross_entropy":
            return nn.cross_entropy(y.reshape(label.numel(), -1), label.reshape(-1).long())
        case "pinball":
            e = label[..., None] - y.reshape(*label.shape, -1)
            q = torch.tensor(options["quantiles"], dtype=y.dtype)
            return torch.maximum(q * e, (q - 1) * e).mean()


@pytest.mark.parametrize("name", LOSSES)
def test_losses_agree_with_torch(name):
    y, label, _, _ = loss_problem(name, seed=4)
    options = LOSS_OPTIONS.get(name, {})
    label[np.isnan(label)] = 1
    loss, delta = LOSSES[name](y, label, **options)
    theirs = torch.tensor(y, requires_grad=True)
    expected = torch_loss(name, theirs, torch.from_numpy(label), options)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=TORCH_FLOAT64)
    d_y = theirs.grad.numpy()
    np.testing.assert_allclose(delta, d_y, rtol=0, atol=TORCH_FLOAT64 * np.abs(d_y).max())


# Optimizers and schedules


def torch_optimizer(name, parameters):
    options = OPTIMIZER_OPTIONS.get(name, {})
    betas = {"betas": (options.get("beta1", 0.9), options.get("beta2", 0.999))}
    match name:
        case "sgd":
            return torch.optim.SGD(parameters, 1.0)
        case "momentum":
            return torch.optim.SGD(parameters, 1.0, momentum=options["momentum"])
        case "nesterov":
            return torch.optim.SGD(parameters, 1.0, momentum=options["momentum"], nesterov=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, 1.0, alpha=0.99, eps=1e-8)
        case "adam":
            return torch.optim.Adam(parameters, 1.0, **betas)
        case "adamw":
            return torch.optim.AdamW(parameters, 1.0, weight_decay=options["weight_decay"], **betas)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_thirty_steps_agree_with_torch(name):
    vector, gradients, rates = optimizer_problem()
    theirs = torch.nn.Parameter(torch.tensor(vector))
    optimizer = torch_optimizer(name, [theirs])
    for number, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        optimizer.param_groups[0]["lr"] = rate
        theirs.grad = torch.tensor(gradient)
        optimizer.step()
        ours, _ = run_optimizer(
            name, vector, gradients[:number], rates[:number], **OPTIMIZER_OPTIONS.get(name, {})
        )
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=0, atol=TORCH_FLOAT64)


def test_clipping_agrees_with_torch():
    gradient = np.random.default_rng(0).standard_normal(50)
    theirs = torch.nn.Parameter(torch.zeros(50, dtype=torch.float64))
    theirs.grad = torch.tensor(gradient)
    norm = torch.nn.utils.clip_grad_norm_([theirs], 0.5).item()
    assert clip_by_norm(gradient, 0.5) == pytest.approx(norm, rel=1e-14)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=TORCH_CLIP)


def rates_of_torch(make, steps, base=0.3):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], base)
    schedule = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize(
    ("name", "options", "make"),
    [
        ("constant", {}, lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0)),
        ("step", {"every": 7, "factor": 0.3}, lambda o: torch.optim.lr_scheduler.StepLR(o, 7, 0.3)),
        ("cosine", {"least": 0.01}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 40, 0.01)),
        (
            "one_cycle",
            {"rise": 0.25, "start": 10, "end": 100},
            lambda o: torch.optim.lr_scheduler.OneCycleLR(
                o, 0.3, total_steps=40, pct_start=0.25, div_factor=10, final_div_factor=100
            ),
        ),
    ],
)
def test_schedules_agree_with_torch(name, options, make):
    ours = [SCHEDULES[name](step, 40, 0.3, **options) for step in range(40)]
    np.testing.assert_allclose(ours, rates_of_torch(make, 40), rtol=1e-12)


def test_plateau_agrees_with_torch():
    losses = np.abs(np.random.default_rng(3).standard_normal(60)) / np.arange(1, 61) ** 0.3
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.6, patience=2, threshold=1e-2, min_lr=0.05
    )
    known = dict(PLATEAU)
    for loss in losses:
        schedule.step(loss)
        known = plateau_after(float(loss), known, factor=0.6, patience=2, threshold=1e-2, least_scale=0.05)
        assert known["scale"] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
