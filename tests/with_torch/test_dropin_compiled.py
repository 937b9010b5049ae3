"""gatewise.torch.LSTM under torch.compile: the operator that a graph holds, and what torch's own layer does instead."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch_models import X, answer, both, close, close_or_same_error, grads, layers  # noqa: E402

from gatewise.torch import LSTM, calls, operators, passes  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

OPTIONS = {
    "plain": {},
    "two layers": {"num_layers": 2},
    "both directions": {"bidirectional": True, "num_layers": 2},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "projected": {"proj_size": 2, "bidirectional": True},
}
# In torch 2.4 the compiler cannot be asked what goes on, and refuses its own layers in other words than ours.
asks = pytest.mark.skipif(not hasattr(torch.compiler, "is_exporting"), reason="torch 2.4 has no is_exporting")
DTYPES = [torch.float32, torch.float64]


@pytest.fixture(autouse=True)
def recurrent_layers_are_allowed():
    """As a user sets it for a whole graph; without it the compiler breaks its graph at any recurrent layer."""
    torch._dynamo.reset()
    with torch._dynamo.config.patch(allow_rnn=True):
        yield
    torch._dynamo.reset()
    torch.set_autocast_enabled("cpu", False)  # torch 2.4 leaves it on where what is compiled within raises


@pytest.fixture
def native(monkeypatch):
    """Counts the engine's passes: inside a graph calls() sees none."""
    count = {"forward": 0, "backward": 0}
    for name, pass_ in (("forward", passes.forward), ("backward", passes.backward)):

        def counted(*arguments, name=name, pass_=pass_, **options):
            count[name] += 1
            return pass_(*arguments, **options)

        monkeypatch.setattr(passes, name, counted)
    return count


def everything(call, module, x, hx=None):
    """Results and all gradients."""
    given = [x.clone().requires_grad_(), *(one.clone().requires_grad_() for one in hx or ())]
    out, (h_n, c_n) = call(given[0], tuple(given[1:])) if hx else call(given[0])
    (out.square().sum() + h_n.sum() + 2 * c_n.square().sum()).backward()
    found = [out.detach(), h_n.detach(), c_n.detach(), *(one.grad for one in given)]
    found += [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    return found


@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_whole_graph_trains_on_the_engine(options, dtype, native):
    theirs, ours = layers(3, 4, dtype=dtype, **options)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    count = theirs.num_layers * (2 if theirs.bidirectional else 1)
    hx = (torch.randn(count, 2, theirs.proj_size or 4, dtype=dtype), torch.randn(count, 2, 4, dtype=dtype))
    if theirs.batch_first:
        hx = tuple(one[:, :1].expand(-1, 2, -1).contiguous() for one in hx)
    x = torch.randn((2, 5, 3) if theirs.batch_first else (5, 2, 3), dtype=dtype)
    for start in (None, hx):
        before = dict(native)
        for mine, other in zip(
            everything(compiled, ours, x, start), everything(theirs, theirs, x, start), strict=True
        ):
            close(mine, other)
        assert native["forward"] - before["forward"] == theirs.num_layers
        assert native["backward"] - before["backward"] == theirs.num_layers


def test_a_single_sequence(native):
    theirs, ours = layers(3, 4, bidirectional=True)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    x = torch.randn(5, 3)
    hx = (torch.randn(2, 4), torch.randn(2, 4))
    for mine, other in zip(everything(compiled, ours, x, hx), everything(theirs, theirs, x, hx), strict=True):
        close(mine, other)
    assert native["forward"] == 1


def test_by_inductor_with_sizes_that_change(native):
    theirs, ours = both()
    compiled = torch.compile(ours, fullgraph=True, dynamic=True)
    for N, T in ((2, 5), (3, 7), (1, 4)):
        x = torch.randn(N, T, 3)
        for mine, other in zip(grads(ours, compiled, x), grads(theirs, theirs, x), strict=True):
            close(mine, other)
        ours.zero_grad()
        theirs.zero_grad()
    assert native == {"forward": 3, "backward": 3}


@pytest.mark.parametrize("mode", ["trained", "no_grad", "frozen"])
def test_what_is_not_trained_saves_nothing(mode, monkeypatch):
    traced, forward = [], passes.forward
    monkeypatch.setattr(passes, "forward", lambda *given: traced.append(given[-1]) or forward(*given))
    _, ours = layers(3, 4, bidirectional=True)
    ours.requires_grad_(mode != "frozen")
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    with torch.set_grad_enabled(mode != "no_grad"):
        out, _ = compiled(X)
    assert traced == [mode == "trained"]
    assert out.requires_grad == (mode == "trained")


def test_dropout_between_layers_is_drawn(native):
    _, ours = layers(3, 4, num_layers=2, dropout=0.5)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    assert not torch.equal(compiled(X)[0], compiled(X)[0])
    ours.eval()
    close(compiled(X)[0], ours(X)[0])


@torch._dynamo.config.patch(allow_rnn=False)
def test_a_broken_graph_runs_the_layer_as_if_there_were_no_compiler(native):
    torch._dynamo.utils.counters.clear()
    theirs, ours = both()
    compiled = torch.compile(ours, backend="aot_eager")
    before = calls().native
    for T in range(3, 9):
        x = torch.randn(2, T, 3)
        close(compiled(x), theirs(x))
    assert native["forward"] == calls().native - before == 6
    resumed = torch._dynamo.utils.counters["resumes"]
    ours_resumed = [name for name in resumed if "read_call" in name or "plain" in name or "run_at" in name]
    assert ours_resumed == []  # our own functions were not compiled in pieces


@asks
@pytest.mark.parametrize("given", ["a packed sequence", "lengths", "autocast", "bfloat16"])
def test_what_the_operator_has_not_is_torchs(given, native):
    theirs, ours = layers(3, 4, batch_first=True)

    def call(lstm, x):
        if given == "a packed sequence":
            packed = torch.nn.utils.rnn.pack_padded_sequence(x, [5, 2], batch_first=True)
            return lstm(packed)[0].data
        if given == "lengths":
            return lstm(x, None, torch.tensor([5, 2]))[0] if lstm is ours else None
        if given == "autocast":
            with torch.autocast("cpu", torch.bfloat16):
                return lstm(x)[0]
        if given == "bfloat16":
            return lstm(x.bfloat16())[0]
        return lstm(x)[0]

    found, expected = (
        answer(lambda lstm=lstm: torch.compile(lambda x: call(lstm, x), backend="eager")(X))
        for lstm in (ours, theirs)
    )
    if given == "lengths":
        expected = ours(X, None, torch.tensor([5, 2]))[0]
    if not isinstance(found, tuple):
        close_or_same_error(found, expected)
    else:
        assert found[0] is expected[0]
    if given != "lengths":
        assert native["forward"] == 0


def test_wrong_sizes_are_torchs_to_refuse():
    theirs, ours = layers(3, 4)
    for x in (torch.ones(5, 2, 4), torch.ones(3), torch.ones(5, 2, 3, 1)):
        found, expected = (
            answer(lambda lstm=lstm, x=x: torch.compile(lstm, backend="eager")(x)) for lstm in (ours, theirs)
        )
        for one in (found, expected):  # an error, of which each torch has its own wrapping
            assert isinstance(one[0], type), one


@asks
@pytest.mark.parametrize("transform", ["vmap", "grad"])
def test_within_functional_transforms(transform, native):
    theirs, ours = layers(3, 4)

    def call(lstm):
        if transform == "vmap":
            return torch.compile(torch.func.vmap(lambda x: lstm(x)[0]), backend="aot_eager")(
                torch.ones(2, 5, 1, 3)
            )
        return torch.compile(torch.func.grad(lambda x: lstm(x)[0].sum()), backend="aot_eager")(
            torch.ones(5, 1, 3)
        )

    found, expected = (answer(lambda lstm=lstm: call(lstm)) for lstm in (ours, theirs))
    if isinstance(expected, tuple):
        assert found[0] is expected[0]
    else:
        close(found, expected)
    assert native["forward"] == 0


@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
@pytest.mark.parametrize("options", [o for o in OPTIONS.values() if "num_layers" not in o], ids=str)
@pytest.mark.parametrize("with_start", [False, True])
def test_the_operators_are_what_torch_asks_of_one(options, dtype, with_start):
    """Schema, autograd, sizes without numbers, and tracing with sizes that change, by torch's own check."""
    _, ours = layers(3, 4, dtype=dtype, **options)
    weights = [one.detach().clone().requires_grad_() for one in ours._flat_weights]
    directions, Q = 2 if ours.bidirectional else 1, ours.proj_size or 4
    start = [
        torch.randn(directions, 2, size, dtype=dtype, requires_grad=True) for size in (Q, 4) if with_start
    ]
    x = torch.randn((2, 5, 3) if ours.batch_first else (5, 2, 3), dtype=dtype, requires_grad=True)
    flags = directions == 2, ours.bias, ours.proj_size > 0, not ours.batch_first
    of_a_step = operators.saved_of_a_step(dtype is torch.float64, 4, ours.proj_size > 0)
    torch.library.opcheck(torch.ops.gatewise.lstm_layer, (x, start, weights, *flags, of_a_step))

    with torch.no_grad():
        out, h_n, _, *saved = operators.lstm_layer(x, start, weights, *flags, of_a_step)
        back = x.detach(), [one.detach() for one in start], [one.detach() for one in weights], out, *saved
        torch.library.opcheck(
            torch.ops.gatewise.lstm_layer_backward,
            (*back, torch.randn_like(out), torch.randn_like(h_n), None, *flags, True, with_start),
        )


def test_what_the_operators_cannot_read_is_refused():
    """Anybody may call an operator; wrong memory would be read otherwise."""
    layer, back = torch.ops.gatewise.lstm_layer, torch.ops.gatewise.lstm_layer_backward
    W, U, b, b2 = (one.detach() for one in LSTM(3, 4)._flat_weights)
    x, flags = torch.randn(5, 2, 3), (False, True, False, True)
    of_a_step = operators.saved_of_a_step(False, 4, False)
    start = [torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)]
    wrong = {
        "x": [(torch.randn(5, 3), [], [W, U, b, b2]), (x.bfloat16(), [], [W, U, b, b2]), (x[:0], [], [W, U, b, b2])],
        "weights": [
            (x, [], [W, U, b]), (x, [], [W, U[:, :3], b, b2]), (x, [], [W[:0], U[:0], b[:0], b2[:0]]), (x, [], [W[:8], U, b, b2]), (x, [], [W, U, b[:3], b2]), (x, [], [W.double(), U, b, b2]),
        ],
        "start": [(x, start[:1], [W, U, b, b2]), (x, [start[0], start[1][:, :1]], [W, U, b, b2])],
    }  # fmt: skip
    for what, calls_ in wrong.items():
        for given in calls_:
            with pytest.raises(ValueError, match=f"lstm_layer: {what}"):
                layer(*given, *flags, of_a_step)
    out, h, c, saved, nothing = layer(x, [], [W, U, b, b2], *flags, of_a_step)
    fine = (x, [], [W, U, b, b2], out, saved, nothing, out, h, c)
    assert len(back(*fine, *flags, True, True)) == 7
    for k, bad in (
        (3, out[:3]),
        (4, saved[:-1]),
        (4, nothing),
        (5, saved),
        (6, out[..., :2]),
        (7, h[:, :1]),
        (8, c.double()),
    ):
        with pytest.raises(ValueError, match="lstm_layer: "):
            back(*fine[:k], bad, *fine[k + 1 :], *flags, True, True)


def test_weights_of_other_shapes_are_torchs_to_judge(native):
    """Of which torch 2.13 reads past their end; the engine is not asked."""
    _, ours = layers(3, 4)
    ours.weight_ih_l0 = torch.nn.Parameter(torch.ones(16, 2))
    found = answer(lambda: torch.compile(ours, backend="eager")(torch.ones(5, 2, 3)))
    assert "lstm_layer" not in str(found)
    assert native["forward"] == 0


def test_a_graph_of_another_instruction_set_is_not_taken():
    _, ours = layers(3, 4)
    weights = [one.detach() for one in ours._flat_weights]
    with pytest.raises(ValueError, match="Compile the model here"):
        torch.ops.gatewise.lstm_layer(X, [], weights, False, True, False, True, 7)


def test_gradients_without_a_trace_are_refused():
    _, ours = layers(3, 4)
    out = torch.ops.gatewise.lstm_layer(X, [], list(ours._flat_weights), False, True, False, True, 0)[0]
    with pytest.raises(RuntimeError, match="no trace"):
        out.sum().backward()


@pytest.mark.parametrize("with_start", [False, True])
def test_a_gradient_of_a_gradient_where_the_compiler_leaves_backward_alone(with_start):
    found, x = [], torch.randn(5, 2, 3, dtype=torch.float64)
    for lstm in layers(3, 4, bidirectional=True, dtype=torch.float64):
        start = [torch.full((2, 2, 4), 0.1, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        given = x.clone().requires_grad_()
        compiled = torch.compile(lstm, fullgraph=True, backend="eager")
        out, _ = compiled(given, tuple(start)) if with_start else compiled(given)
        (first,) = torch.autograd.grad(out.square().sum(), given, create_graph=True)
        first.square().sum().backward()
        found.append(
            [first.detach(), given.grad, *(p.grad for p in lstm.parameters()), *(one.grad for one in start)]
        )
    for mine, other in zip(*found[::-1], strict=True):
        close(mine, other)


def test_a_projection_that_no_step_met_has_no_gradient_as_in_torch():
    for lstm in layers(3, 4, proj_size=2):
        compiled = torch.compile(lstm, fullgraph=True, backend="eager")
        compiled(X[:, :1].transpose(0, 1))[1][1].sum().backward()
        assert lstm.weight_hr_l0.grad is None


@pytest.mark.parametrize("lengths", [[5, 2, 1], [5.0, 2.0], [True, False], [6, 1], [5, -1]], ids=str)
def test_lengths_are_checked_in_a_graph_too(lengths):
    _, ours = layers(3, 4, batch_first=True)
    compiled = torch.compile(ours, backend="eager")
    with pytest.raises(Exception, match="lengths"):
        compiled(X, None, torch.tensor(lengths))
