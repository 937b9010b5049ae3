"""gatewise.torch.LSTM beside torch.nn.LSTM: values, gradients, gradients of gradients, over all options."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch_configurations import Configuration, differences, drawn, pair  # noqa: E402

from gatewise.torch import LSTM, calls  # noqa: E402

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]


@pytest.mark.parametrize("seed", range(40))
def test_configurations_drawn_at_random_agree_with_torch_and_run_natively(seed):
    rng, before = np.random.default_rng(seed), calls()
    for k in range(8):
        case = drawn(rng)
        assert differences(case, 100 * seed + k) == [], case
    after = calls()
    assert (after.native - before.native, after.fallback - before.fallback) == (8, 0), after.reasons


BIGGER = {
    "several groups of rows": ({"input_size": 5, "hidden_size": 20}, 70, 9),
    "weights beyond the nearest cache": ({"input_size": 100, "hidden_size": 130, "bidirectional": True}, 3, 4),
    "a single row": ({"input_size": 7, "hidden_size": 33, "num_layers": 2}, 1, 120),
    "one step of one row, in parts": ({"input_size": 200, "hidden_size": 300}, 1, 1),
    "projected, in both directions": (
        {"input_size": 9, "hidden_size": 40, "proj_size": 17, "num_layers": 2, "bidirectional": True}, 40, 12,
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ["padded", "packed unsorted", "lengths"])
@pytest.mark.parametrize("name", BIGGER)
def test_larger_layers_agree_with_torch(name, form):
    options, N, T = BIGGER[name]
    lengths = np.random.default_rng(3).integers(0 if form == "lengths" else 1, T + 1, N).tolist()
    for dtype in (torch.float32, torch.float64):
        options = {
            "num_layers": 1,
            "bias": True,
            "batch_first": True,
            "bidirectional": False,
            "proj_size": 0,
            **options,
        }
        case = Configuration(options, N, T, dtype, form, lengths, True, learns=("x", "h", "c"))
        assert differences(case, 7) == []


OPTIONS = [
    {},
    {"bias": False},
    {"num_layers": 2},
    {"bidirectional": True},
    {"proj_size": 2},
    {"num_layers": 2, "bidirectional": True, "proj_size": 2, "batch_first": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_and_gradients_of_gradients_agree_with_differences(options):
    torch.manual_seed(0)
    lstm = LSTM(2, 3, dtype=torch.float64, **options)
    weights = list(lstm.parameters())
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    N = 3 if lstm.batch_first else 2
    h = torch.randn(count, N, lstm.proj_size or 3, dtype=torch.float64, requires_grad=True)
    c = torch.randn(count, N, 3, dtype=torch.float64, requires_grad=True)

    def function(x, h, c, *weights):
        out, (h_n, c_n) = lstm(x, (h, c))
        return out, h_n, c_n

    before = calls().native
    assert torch.autograd.gradcheck(function, (x, h, c, *weights))
    assert torch.autograd.gradgradcheck(function, (x, h, c, *weights))
    assert calls().native > before


@pytest.mark.parametrize("lengths", [[3, 1, 2], [0, 3, 1]])
def test_gradients_of_gradients_hold_with_lengths(lengths):
    lstm = LSTM(2, 2, bidirectional=True, batch_first=True, dtype=torch.float64)
    x = torch.randn(3, 3, 2, dtype=torch.float64, requires_grad=True)

    def function(x, *weights):
        out, (h, c) = lstm(x, None, torch.tensor(lengths))
        return out, h, c

    assert torch.autograd.gradcheck(function, (x, *lstm.parameters()))
    assert torch.autograd.gradgradcheck(function, (x, *lstm.parameters()))


def test_a_gradient_penalty_trains_as_torchs():
    case = Configuration(
        {"input_size": 3, "hidden_size": 4, "num_layers": 2, "bidirectional": True},
        2,
        5,
        torch.float64,
        "padded",
    )
    found = []
    for lstm in pair(case, 1):
        torch.manual_seed(2)
        x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
        (d_x,) = torch.autograd.grad(lstm(x)[0].square().sum(), x, create_graph=True)
        d_x.square().sum().backward()
        found.append([x.grad, *(p.grad for p in lstm.parameters())])
    for theirs, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("packed", [False, True])
def test_dropout_between_layers_draws_torchs_masks(packed):
    options = {"input_size": 3, "hidden_size": 4, "num_layers": 3, "dropout": 0.5, "bidirectional": True}
    theirs, ours = torch.nn.LSTM(**options), LSTM(**options)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(6, 5, 3)
    if packed:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor([6, 5, 5, 2, 1]))
    found = []
    for lstm in (theirs, ours):
        torch.manual_seed(11)
        out = lstm(x)[0]
        out = out.data if packed else out
        out.square().sum().backward()
        found.append((out, [p.grad for p in lstm.parameters()]))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-5)


def test_bits_do_not_depend_on_the_number_of_threads():
    before = torch.get_num_threads()
    lstm = LSTM(20, 70, 2, bidirectional=True)
    x = torch.randn(9, 40, 20, requires_grad=True)
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            out, (h, c) = lstm(x)
            found.append([out, h, c, *torch.autograd.grad(out.square().sum(), [x, *lstm.parameters()])])
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(p, q) for p, q in zip(found[0], other, strict=True))


def test_torchs_own_samples_agree():
    """torch.testing's module samples for nn.LSTM: values, gradients and errors."""
    from torch.testing._internal.common_modules import module_db
    from torch.testing._internal.common_utils import freeze_rng_state

    info = next(one for one in module_db if one.module_cls is torch.nn.LSTM)
    ran = 0
    for dtype in (torch.float32, torch.float64):
        for training in (True, False):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                samples = info.module_inputs_func(info, "cpu", dtype, True, training=training)
            for sample in samples:
                made, given = sample.constructor_input, sample.forward_input
                found = []
                for kind in (torch.nn.LSTM, LSTM):
                    with freeze_rng_state():
                        torch.manual_seed(0)
                        lstm = kind(*made.args, **made.kwargs).to(dtype).train(training)
                    with freeze_rng_state():
                        out, (h, c) = lstm(*given.args, **given.kwargs)
                        data = out.data if hasattr(out, "batch_sizes") else out
                        grads = torch.autograd.grad(data.sum() + h.sum() + c.sum(), list(lstm.parameters()))
                    found.append((data, h, c, *grads))
                torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-5)
                ran += 1
    assert ran >= 100


def test_torchs_own_error_samples_raise_torchs_errors():
    from torch.testing._internal.common_modules import module_db

    info = next(one for one in module_db if one.module_cls is torch.nn.LSTM)
    errors = 0
    for sample in info.module_error_inputs_func(info, "cpu", torch.float32, False, training=True):
        made, given = sample.module_error_input.constructor_input, sample.module_error_input.forward_input
        raised = []
        for kind in (torch.nn.LSTM, LSTM):
            try:
                lstm = kind(*made.args, **made.kwargs)
                lstm(*given.args, **given.kwargs)
            except Exception as error:  # noqa: BLE001
                raised.append((type(error), str(error)))
            else:
                raised.append(None)
        assert raised[0] == raised[1]
        assert raised[0] is not None
        errors += 1
    assert errors >= (10 if hasattr(torch.compiler, "is_exporting") else 2)  # torch 2.4 has two
