"""What torch's own tests of recurrent layers ask (test/test_nn.py and test_modules.py, by their names), in other words."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch_models import close, counted, layers  # noqa: E402

from gatewise.torch import LSTM  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore:LSTM with projections")]  # torch's own

KINDS = {"plain": {}, "projected": {"proj_size": 2}, "both directions": {"bidirectional": True}}


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_rnn_initial_hidden_state(options):
    """No initial state is one of zeros, of which none is changed."""
    theirs, ours = layers(5, 6, 3, **options)
    x, count = torch.randn(7, 4, 5), 3 * (2 if ours.bidirectional else 1)
    hx = (torch.zeros(count, 4, ours.proj_size or 6), torch.zeros(count, 4, 6))
    ((out, ends), native, _), (other, other_ends) = counted(lambda: ours(x)), ours(x, hx)
    assert native == 1
    assert torch.equal(out, other)
    assert all(torch.equal(p, q) for p, q in zip(ends, other_ends, strict=True))
    assert not any(part.any() for part in hx)
    close(out, theirs(x, hx)[0])


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "wrong", ["x's width", "h's rows", "h's width", "c's width", "layers", "one state for both"]
)
def test_rnn_args_check(options, wrong):
    """Sizes that do not fit are refused in torch's words."""
    theirs, ours = layers(5, 6, 2, **options)
    count, Q = 2 * (2 if ours.bidirectional else 1), ours.proj_size or 6
    x = torch.randn(7, 4, 3 if wrong == "x's width" else 5)
    h = torch.zeros(count + (wrong == "layers"), 3 if wrong == "h's rows" else 4, Q + (wrong == "h's width"))
    c = torch.zeros(count, 4, 6 + (wrong == "c's width"))
    hx = h if wrong == "one state for both" else (h, c)
    errors = []
    for lstm in (theirs, ours):
        with pytest.raises((RuntimeError, ValueError, TypeError, IndexError)) as caught:
            lstm(x, hx)
        errors.append((caught.type, str(caught.value)))
    assert errors[0] == errors[1]


def test_error_rnn_seq_len_zero():
    for lstm in layers(5, 6, bidirectional=True):
        for x in (torch.zeros(0, 4, 5), torch.zeros(0, 5)):
            with pytest.raises(RuntimeError, match="sequence length to be larger than 0"):
                lstm(x)


def test_rnn_input_size_zero():
    """No rows are no error: gradients are zeros."""
    for lstm in layers(5, 6):
        out, _ = lstm(torch.zeros(7, 0, 5))
        assert out.shape == (7, 0, 6)
        out.sum().backward()
        assert all(p.grad is None or not p.grad.any() for p in lstm.parameters())


def test_rnn_change_dropout():
    """Dropout is what it is at the call, also where the layer was made without."""
    for train in (True, False):
        theirs, ours = layers(5, 6, 2)
        for lstm in (theirs, ours):
            lstm.train(train)
        x, found = torch.randn(4, 3, 5), []
        for p in (0.0, 0.5, 0.0, 1.0):
            theirs.dropout = ours.dropout = p
            results = []
            for lstm in (theirs, ours):
                torch.manual_seed(3)
                results.append(lstm(x)[0])
            close(results[1], results[0])
            found.append(results[1])
        assert torch.equal(found[0], found[2])
        assert torch.equal(found[0], found[1]) != train


def test_rnn_dropout_state():
    """A copy in a file goes on with the same masks for the same seed."""
    _, ours = layers(5, 6, 2, dropout=0.5)
    x = torch.randn(4, 3, 5)
    torch.manual_seed(1)
    first, second = ours(x)[0], ours(x)[0]
    assert not torch.equal(first, second)
    again = LSTM(5, 6, 2, dropout=0.5)
    again.load_state_dict(ours.state_dict())
    torch.manual_seed(1)
    assert torch.equal(again(x)[0], first)
    assert torch.equal(again(x)[0], second)


def test_partial_flat_weights():
    """A weight that is deleted and put there as a plain tensor takes part, and without it the layer says so."""
    theirs, ours = layers(3, 4)
    x = torch.randn(5, 2, 3)
    for lstm in (theirs, ours):
        weight = lstm.weight_hh_l0
        del lstm.weight_hh_l0
        assert not hasattr(lstm, "weight_hh_l0")
        lstm.weight_hh_l0 = weight.detach() * 2
    close(ours(x)[0], theirs(x)[0])
    before = ours(x)[0]
    for lstm in (theirs, ours):
        del lstm.weight_hh_l0
        lstm.weight_hh_l0 = torch.zeros(16, 4)
    close(ours(x)[0], theirs(x)[0])
    assert not torch.equal(ours(x)[0], before)


def test_rnn_weight_norm():
    """A normed weight reaches the engine at every call, its two parts get torch's gradients, and norm by rows holds."""
    theirs, ours = layers(3, 4, 2)
    x = torch.randn(5, 2, 3)
    for lstm in (theirs, ours):
        torch.nn.utils.parametrizations.weight_norm(lstm, "weight_hh_l1")
    for _ in range(2):
        results = []
        for lstm in (theirs, ours):
            lstm.zero_grad()
            (out, _), native, _ = counted(lambda lstm=lstm: lstm(x))
            assert native == (lstm is ours)
            out.square().sum().backward()
            with torch.no_grad():
                for p in lstm.parameters():
                    p -= 0.1 * p.grad
            results.append([out, *(p.grad for p in lstm.parameters())])
        for mine, other in zip(results[1], results[0], strict=True):
            close(mine, other)


def test_lstm_differentiable_backward():
    """A gradient of a gradient, with a weight's gradient taken after it: torch's numbers."""
    theirs, ours = layers(3, 4, batch_first=True)
    found = []
    x = torch.randn(2, 5, 3)
    for lstm in (theirs, ours):
        given = x.clone().requires_grad_()
        out, (_, c) = lstm(given)
        (first,) = torch.autograd.grad(out.square().sum() + c.sum(), given, create_graph=True)
        lstm.zero_grad()
        first.square().sum().backward()
        found.append([first.detach(), given.grad, *(p.grad for p in lstm.parameters())])
    for mine, other in zip(found[1], found[0], strict=True):
        close(mine, other)
