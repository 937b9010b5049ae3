"""Gates of torch models, their weights in and out, and their worksheets."""

import numpy as np
import pytest

import gatewise
from gatewise import ArgumentError, NotKeptError, Params, backward, forward, worksheet

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import gatewise.torch as gt  # noqa: E402

pytestmark = pytest.mark.peers


class Model(torch.nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 4, dtype=torch.float64, **options)
        self.head = torch.nn.Linear(4 * (2 if options.get("bidirectional") else 1), 1, dtype=torch.float64)

    def forward(self, x):
        out, _ = self.lstm(x)
        data = out.data if hasattr(out, "batch_sizes") else out
        return self.head(data)


NAMES = ("a", "i", "f", "o", "state", "out")
GRADIENTS = ("d_a", "d_i", "d_f", "d_o", "d_state", "d_out", "delta_out")


def reversed_in_time(array):
    return array[:, ::-1]


@pytest.mark.parametrize("batch_first", [False, True])
def test_gates_and_their_gradients_are_gatewises_own(batch_first):
    model = gt.replace(Model(num_layers=2, bidirectional=True, batch_first=batch_first))
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    with gt.trace(model) as recording:
        (model(x) ** 2).sum().backward()
    assert [(g.layer, g.direction) for g in recording["lstm"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    series = x if batch_first else x.transpose(0, 1)
    for layer in (0, 1):
        for direction in (0, 1):
            gates = recording["lstm"][2 * layer + direction]
            shown = {
                name: (part if batch_first else part.transpose(0, 1)).detach().numpy()
                for name, part in ((name, getattr(gates, name)) for name in (*NAMES, *GRADIENTS))
            }
            turn = reversed_in_time if direction else (lambda array: array)
            params = Params.from_torch(model.lstm, layer, direction)
            trace = forward(params, np.ascontiguousarray(turn(series.detach().numpy())))
            for name in NAMES:
                np.testing.assert_allclose(
                    turn(shown[name]), trace[name], rtol=1e-12, atol=1e-14, err_msg=name
                )
            delta = turn(shown["d_out"] - shown["delta_out"])
            grads = backward(params, trace, np.ascontiguousarray(delta), keep=True)
            for name in GRADIENTS:
                np.testing.assert_allclose(
                    turn(shown[name]), grads[name], rtol=1e-10, atol=1e-13, err_msg=name
                )
        outs = [recording["lstm"][2 * layer + d].out for d in (0, 1)]
        both = torch.cat(outs, -1)
        series = both if batch_first else both.transpose(0, 1)


def test_gates_of_packed_sequences_are_padded():
    model = gt.replace(Model())
    x = torch.randn(5, 3, 3, dtype=torch.float64)
    lengths = torch.tensor([2, 5, 3])
    with gt.trace(model) as recording:
        model(pack_padded_sequence(x, lengths, enforce_sorted=False)).sum().backward()
    gates = recording["lstm"][0]
    params = Params.from_torch(model.lstm)
    trace = forward(params, x.transpose(0, 1).numpy(), lengths=lengths.numpy())
    for name in NAMES:
        shown = getattr(gates, name).transpose(0, 1).detach().numpy()
        np.testing.assert_allclose(shown, trace[name], rtol=1e-12, atol=1e-14, err_msg=name)
    assert gates.d_f.shape == (5, 3, 4)
    assert float(gates.d_f[2:, 0].abs().max()) == 0


def test_gates_of_one_sequence_and_without_gradients():
    lstm = gt.LSTM(3, 4, proj_size=2)
    x = torch.randn(5, 3)
    with torch.no_grad(), gt.trace(lstm) as recording:
        out, _ = lstm(x)
    gates = recording[""][0]
    assert gates.f.shape == (5, 4)
    assert torch.equal(gates.out, out)
    with pytest.raises(NotKeptError, match="backward"):
        _ = gates.d_f
    with pytest.raises(AttributeError, match="'g'"):
        _ = gates.g
    assert "d_f" in dir(gates)
    assert "without gradients" in repr(gates)


def test_all_calls_are_recorded_and_none_after():
    lstm = gt.LSTM(3, 4)
    with gt.trace(lstm) as recording:
        for steps in (2, 3):
            lstm(torch.randn(steps, 1, 3))
    lstm(torch.randn(7, 1, 3))
    assert [len(call[0].f) for call in recording.calls[""]] == [2, 3]
    assert [name for name, _ in recording] == [""]


def test_what_cannot_be_recorded_is_said():
    with pytest.raises(ArgumentError, match=r"replace\(model\)"), gt.trace(Model()):
        pass
    with pytest.raises(ArgumentError, match="Module"), gt.trace(3):
        pass
    model = gt.replace(Model())
    with gt.trace(model) as recording:
        pass
    with pytest.raises(NotKeptError, match="not called"):
        _ = recording["lstm"]
    with pytest.raises(ArgumentError, match="'lstm'"):
        _ = recording["gru"]


def test_replaced_in_place_and_back():
    model = Model(num_layers=2)
    names = [name for name, _ in model.named_parameters()]
    before = list(model.parameters())
    assert gt.replace(model) is model
    assert type(model.lstm) is gt.LSTM
    assert all(p is q for p, q in zip(model.parameters(), before, strict=True))
    assert [name for name, _ in model.named_parameters()] == names
    gt.replace(model, back=True)
    assert type(model.lstm) is torch.nn.LSTM
    assert type(gt.replace(torch.nn.LSTM(2, 3))) is gt.LSTM
    with pytest.raises(ArgumentError, match="Module"):
        gt.replace([model])


def test_what_is_built_inside_use_is_gatewises():
    from torch.nn import LSTM as TheirName

    class Own(torch.nn.LSTM):
        pass

    with gt.use():
        model, other, own = Model(), TheirName(2, 3), Own(2, 3)
        with gt.use():
            inner = torch.nn.LSTM(2, 3)
        assert type(torch.nn.LSTM(2, 3)) is gt.LSTM
    assert type(model.lstm) is type(other) is type(inner) is gt.LSTM
    assert type(own) is Own
    assert type(torch.nn.LSTM(2, 3)) is torch.nn.LSTM
    assert torch.nn.LSTM.__init__.__module__ == "torch.nn.modules.rnn"
    assert not hasattr(torch.nn.LSTM.__init__, "__wrapped__")
    assert isinstance(other, torch.nn.LSTM)


def test_use_changes_nothing_in_other_threads():
    from threading import Thread

    built = []
    with gt.use():
        thread = Thread(target=lambda: built.append(torch.nn.LSTM(2, 3)))
        thread.start()
        thread.join()
    assert type(built[0]) is torch.nn.LSTM


@pytest.mark.parametrize(
    "options", [{}, {"bias": False}, {"proj_size": 2}, {"num_layers": 2, "bidirectional": True}], ids=str
)
def test_weights_in_and_out(options):
    lstm = torch.nn.LSTM(3, 4, dtype=torch.float64, **options)
    other = torch.nn.LSTM(3, 4, dtype=torch.float64, **options)
    for layer in range(lstm.num_layers):
        for direction in range(2 if lstm.bidirectional else 1):
            Params.from_torch(lstm, layer, direction).to_torch(other, layer, direction)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(other(x), lstm(x))
    if "num_layers" not in options:
        trace = forward(Params.from_torch(lstm), x.transpose(0, 1).numpy())
        np.testing.assert_allclose(
            trace.out, lstm(x)[0].detach().transpose(0, 1).numpy(), rtol=1e-12, atol=1e-14
        )


def test_weights_that_do_not_fit_are_refused():
    lstm = torch.nn.LSTM(3, 4)
    for call in (
        lambda: Params.from_torch(lstm, 1),
        lambda: Params.from_torch(lstm, 0, 1),
        lambda: Params.from_torch(torch.nn.GRU(3, 4)),
        lambda: Params.from_torch(None),
        lambda: Params.init(3, 5).to_torch(lstm),
        lambda: Params.init(3, 4).to_torch(torch.nn.LSTM(3, 4, proj_size=2)),
        lambda: Params.init(3, 4, seed=1, forget_bias=1.0).to_torch(torch.nn.LSTM(3, 4, bias=False)),
    ):
        with pytest.raises(ArgumentError):
            call()


def test_a_sheet_of_a_layer_moves_both_biases_as_torch_does():
    torch.manual_seed(3)
    lstm = torch.nn.LSTM(2, 3, dtype=torch.float64)
    x, label = torch.randn(4, 2, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    sheet = worksheet(lstm, x, label, learning_rate=0.3, digits=8)
    out, _ = lstm(x)
    loss = 0.5 * (out - label).square().sum()
    loss.backward()
    text = str(sheet)
    assert f"{loss.item():.8f}" in text
    with torch.no_grad():
        for p in lstm.parameters():
            p -= 0.3 * p.grad
    moved = 0.5 * (lstm(x)[0] - label).square().sum().item()
    assert sheet.losses[-1] == pytest.approx(moved, rel=1e-12)
    for bias in (lstm.bias_ih_l0, lstm.bias_hh_l0):
        for value in bias.tolist():
            assert f"{abs(value):.8f}" in text
    assert worksheet(lstm, x, label, notation="document").losses[0] == pytest.approx(moved, rel=1e-12)


def test_a_sheet_of_several_layers_says_what_to_do():
    with pytest.raises(ArgumentError, match="from_torch"):
        gatewise.worksheet(torch.nn.LSTM(2, 3, 2), np.zeros((4, 2)))


FORMS = ["padded", "unbatched", "packed", "packed unsorted", "lengths"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2, "bidirectional": True, "proj_size": 2, "batch_first": True}, {"bias": False}],
    ids=str,
)
def test_gates_that_a_loss_depends_on_are_those_of_the_layer(form, options):
    lstm = gt.LSTM(3, 4, dtype=torch.float64, **options)
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    x = torch.randn(5, 5, 3, dtype=torch.float64)
    batch = () if form == "unbatched" else (5,)
    hx = (
        torch.randn(count, *batch, lstm.proj_size or 4, dtype=torch.float64),
        torch.randn(count, *batch, 4, dtype=torch.float64),
    )
    lengths = torch.tensor([5, 3, 3, 2, 1] if form == "packed" else [2, 5, 3, 1, 3])
    given = (x[0],) if form == "unbatched" else (x,)
    if form.startswith("packed"):
        given = (
            pack_padded_sequence(x, lengths, batch_first=lstm.batch_first, enforce_sorted=form == "packed"),
        )
    more = (lengths,) if form == "lengths" else ()
    with gt.trace(lstm) as recording:
        out, ends = lstm(*given, hx, *more)
    found, found_ends, gates = lstm.forward_gates(*given, hx, *more)
    flat = [one.data if hasattr(one, "batch_sizes") else one for one in (out, found)]
    torch.testing.assert_close(flat[1], flat[0])
    torch.testing.assert_close(found_ends, ends)
    assert len(gates) == count
    for shown, gate in zip(recording[""], gates, strict=True):
        for name in NAMES:
            torch.testing.assert_close(getattr(gate, name), getattr(shown, name), msg=name)
    sum(gate.f.square().sum() + gate.state.sum() for gate in gates).backward()
    assert all(p.grad is not None for name, p in lstm.named_parameters() if "hr" not in name)


def test_gradients_of_a_loss_of_gates_agree_with_differences():
    lstm = gt.LSTM(2, 3, 2, bidirectional=True, dtype=torch.float64)
    x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)

    def loss(x, *weights):
        _, _, gates = lstm.forward_gates(x, None, torch.tensor([3, 2]))
        return sum((gate.f * gate.i).sum() + gate.o.square().sum() for gate in gates)

    assert torch.autograd.gradcheck(loss, (x, *lstm.parameters()))


def test_forward_gates_refuses_what_forward_refuses():
    lstm = gt.LSTM(3, 4)
    for given in (
        (torch.randn(5, 2, 7),),
        (torch.randn(5, 2, 3, 1),),
        (torch.randn(5, 2, 3).double(),),
        (torch.randn(5, 2, 3), (torch.randn(1, 2, 5), torch.randn(1, 2, 4))),
    ):
        raised = []
        for call in (lstm, lstm.forward_gates):
            with pytest.raises(Exception) as error:  # noqa: PT011
                call(*given)
            raised.append((type(error.value), str(error.value)))
        assert raised[0] == raised[1]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch 2.4's own
@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpointed_layer_has_its_gates_and_gradients(reentrant):
    lstm = gt.LSTM(3, 4, 2, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    with gt.trace(lstm) as expected:
        lstm(x)[0].sum().backward()
    with gt.trace(lstm) as recording:
        checkpoint(lambda x: lstm(x)[0], x, use_reentrant=reentrant).sum().backward()
    for one, other in zip(recording[""], expected[""], strict=True):
        torch.testing.assert_close(one.out, other.out)
        torch.testing.assert_close(one.d_f, other.d_f)


def test_gradients_are_those_of_the_last_backward_pass():
    lstm = gt.LSTM(3, 4)
    with gt.trace(lstm) as recording:
        out, _ = lstm(torch.randn(5, 2, 3))
        out.sum().backward(retain_graph=True)
        first = recording[""][0].d_a.clone()
        (10 * out.sum()).backward()
    gates = recording[""][0]
    torch.testing.assert_close(gates.d_a, 10 * first)
    assert float(gates.d_i.abs().max()) > 0


def test_an_output_that_was_changed_is_not_shown_as_it_was():
    lstm = gt.LSTM(3, 4)
    with torch.no_grad(), gt.trace(lstm) as recording:
        out, _ = lstm(torch.randn(5, 2, 3))
        out.zero_()
    with pytest.raises(NotKeptError, match="in place"):
        _ = recording[""][0].out
    assert recording[""][0].state.shape == (5, 2, 4)


def test_gates_are_not_copied_or_pickled():
    import copy
    import pickle

    lstm = gt.LSTM(3, 4)
    with gt.trace(lstm) as recording:
        lstm(torch.randn(5, 2, 3))
    for action in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="running model"):
            action(recording[""][0])


def test_a_call_that_is_refused_is_not_recorded():
    from torch.nn.utils.rnn import PackedSequence

    lstm = gt.LSTM(3, 4)
    with gt.trace(lstm) as recording:
        lstm(PackedSequence(torch.randn(4, 3), torch.tensor([2, 1])))
    with pytest.raises(NotKeptError, match="natively"):
        _ = recording[""]


def test_gates_of_packed_rows_stand_in_the_callers_order():
    from torch.nn.utils.rnn import PackedSequence

    lstm = gt.LSTM(2, 3)
    order = torch.tensor([1, 0])
    packed = PackedSequence(torch.randn(4, 2), torch.tensor([2, 2]), order, order)
    out, _ = lstm(packed)
    found, _, _ = lstm.forward_gates(packed)
    torch.testing.assert_close(found.data, out.data)


def test_others_changes_of_the_constructor_survive_use(monkeypatch):
    built = []
    theirs = torch.nn.LSTM.__init__

    def counting(self, *args, **options):
        built.append(1)
        theirs(self, *args, **options)

    monkeypatch.setattr(torch.nn.LSTM, "__init__", counting)
    with gt.use():
        assert type(torch.nn.LSTM(1, 1)) is gt.LSTM
    assert built == [1]
    assert torch.nn.LSTM.__init__ is counting


def test_sheets_of_layers_without_biases_or_with_a_projection():
    for options in ({"bias": False}, {"proj_size": 2}):
        lstm = torch.nn.LSTM(2, 3, dtype=torch.float64, **options)
        x, label = torch.randn(4, 2).double(), torch.randn(4, options.get("proj_size", 3)).double()
        sheet = worksheet(lstm, x, label, learning_rate=0.3)
        loss = 0.5 * (lstm(x)[0] - label).square().sum()
        assert sheet.losses[0] == pytest.approx(loss.item(), rel=1e-12)
        if "bias" in options:
            loss.backward()
            with torch.no_grad():
                for p in lstm.parameters():
                    p -= 0.3 * p.grad
            moved = 0.5 * (lstm(x)[0] - label).square().sum().item()
            assert sheet.losses[1] == pytest.approx(moved, rel=1e-12)


def test_a_sheet_takes_torchs_axes_and_states():
    lstm = torch.nn.LSTM(2, 3)
    x, label = torch.randn(4, 2, 2), torch.randn(4, 2, 3)
    hx = (torch.randn(1, 2, 3), torch.randn(1, 2, 3))
    sheet = worksheet(lstm, x, label, state=hx, batch=1)
    loss = 0.5 * (lstm(x, hx)[0] - label)[:, 1].square().sum()
    assert sheet.losses[0] == pytest.approx(loss.item(), rel=1e-5)
    assert worksheet(lstm.bfloat16(), x.bfloat16()).losses == ()


def test_weights_that_would_be_lost_are_refused():
    lstm = torch.nn.LSTM(3, 4)
    with pytest.raises(ArgumentError, match="peephole"):
        Params.init(3, 4, cell="peephole", seed=1).to_torch(lstm)
    torch.nn.utils.parametrizations.weight_norm(lstm, "weight_ih_l0")
    with pytest.raises(ArgumentError, match="parametrized"):
        Params.init(3, 4, seed=1).to_torch(lstm)
