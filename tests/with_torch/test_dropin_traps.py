"""What a drop-in that works on torch's memory can get wrong, one test for each."""

import copy
import gc

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence  # noqa: E402
from torch_models import layers  # noqa: E402

from gatewise.torch import LSTM, calls  # noqa: E402

pytestmark = pytest.mark.peers


def same(theirs, ours, *given):
    torch.testing.assert_close(ours(*given), theirs(*given), rtol=1e-4, atol=1e-6)


@pytest.fixture
def natively():
    """All calls of the test are the engine's."""
    before = calls()
    yield
    after = calls()
    assert after.native > before.native
    assert after.fallback == before.fallback, after.reasons


def test_a_weight_that_changes_without_a_new_version_is_read_again(natively):
    theirs, ours = layers(3, 4)
    x = torch.randn(5, 2, 3)
    same(theirs, ours, x)
    for lstm in (theirs, ours):
        lstm.weight_ih_l0.data.mul_(1.5)
    same(theirs, ours, x)
    for lstm in (theirs, ours):
        torch.optim.SGD(lstm.parameters(), 0.1, fused=True).zero_grad()
        lstm(x)[0].sum().backward()
        torch.optim.SGD(lstm.parameters(), 0.1, fused=True).step()
    same(theirs, ours, x)


def test_out_that_is_changed_in_place_makes_backward_raise(natively):
    lstm = LSTM(3, 4)
    out, _ = lstm(torch.randn(5, 2, 3))
    out.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_x_that_is_changed_in_place_makes_backward_raise(natively):
    lstm = LSTM(3, 4)
    x = torch.randn(5, 2, 3)
    out, _ = lstm(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_the_last_states_may_be_changed_in_place(natively):
    theirs, ours = layers(3, 4, 2, dtype=torch.float64)  # where torch's are copies, too
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    for lstm in (theirs, ours):
        out, (h, c) = lstm(x)
        with torch.no_grad():
            h.mul_(2)
            c.mul_(2)
        (out.sum() + h.sum() + c.sum()).backward()
    for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(q.grad, p.grad)


def test_backward_twice_raises_unless_the_graph_is_retained(natively):
    lstm = LSTM(3, 4)
    out, _ = lstm(torch.randn(5, 2, 3))
    out.sum().backward(retain_graph=True)
    first = lstm.weight_ih_l0.grad.clone()
    out.sum().backward()
    torch.testing.assert_close(lstm.weight_ih_l0.grad, 2 * first)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        out.sum().backward()


FORGED = {
    "growing batch sizes": ([2, 3, 1], 6),
    "a batch size of 0": ([3, 0], 3),
    "more rows than there are": ([3, 3, 3], 6),
    "fewer rows than there are": ([3, 1], 6),
    "negative": ([3, -1, 1], 3),
    "huge": ([1 << 60, 1], 3),
    "none": ([], 3),
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_forged_packed_sequence_gets_torchs_answer(name, bidirectional):
    sizes, rows = FORGED[name]
    theirs, ours = layers(3, 4, bidirectional=bidirectional)
    packed = PackedSequence(torch.randn(rows, 3), torch.tensor(sizes, dtype=torch.int64))
    answers = []
    for lstm in (theirs, ours):
        try:
            out, (h, c) = lstm(packed)
            answers.append((tuple(out.data.shape), tuple(h.shape), tuple(c.shape)))
        except Exception as error:  # noqa: BLE001
            answers.append((type(error), str(error).splitlines()[0]))
    assert answers[0] == answers[1]


def test_a_view_whose_numbers_are_negated_later_is_right():
    theirs, ours = layers(3, 4, dtype=torch.float64)
    z = torch.randn(5, 2, 3, dtype=torch.complex128)
    x = torch.conj(z).imag
    assert x.is_neg()
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours(z.real), theirs(z.real))
    start = torch.conj(torch.randn(1, 2, 4, dtype=torch.complex128)).imag
    torch.testing.assert_close(ours(z.real, (start, start)), theirs(z.real, (start, start)))


def test_a_negated_gradient_is_read_right(natively):
    theirs, ours = layers(3, 4, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    d = torch.conj(torch.randn(5, 2, 4, dtype=torch.complex128)).imag
    assert d.is_neg()
    for lstm in (theirs, ours):
        lstm(x)[0].backward(d)
    for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(q.grad, p.grad)


def test_meta_tensors_get_torchs_answer():
    lstm = LSTM(3, 4, device="meta")
    out, (h, c) = lstm(torch.randn(5, 2, 3, device="meta"))
    assert out.shape == (5, 2, 4)
    assert out.is_meta
    assert h.is_meta
    assert c.is_meta


def test_weights_are_read_once_a_call():
    class Counting(torch.nn.Module):
        seen = 0

        def forward(self, weight):
            Counting.seen += 1
            return weight * 1

    lstm = LSTM(3, 4)
    torch.nn.utils.parametrize.register_parametrization(lstm, "weight_hh_l0", Counting())
    theirs = torch.nn.LSTM(3, 4)
    torch.nn.utils.parametrize.register_parametrization(theirs, "weight_hh_l0", Counting())
    theirs.load_state_dict(lstm.state_dict())
    x = torch.randn(5, 2, 3)
    seen = []
    for layer in (theirs, lstm):
        Counting.seen = 0
        layer(x)
        seen.append(Counting.seen)
    assert seen[1] <= seen[0]
    same(theirs, lstm, x)


def test_the_biases_gradients_do_not_share_memory(natively):
    lstm = LSTM(3, 4)
    lstm(torch.randn(5, 2, 3))[0].sum().backward()
    torch.testing.assert_close(lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad)
    lstm.bias_ih_l0.grad.zero_()
    assert lstm.bias_hh_l0.grad.abs().sum() > 0


def test_out_and_last_states_are_in_memory_of_their_own(natively):
    theirs, ours = layers(3, 4, bidirectional=True)
    for lstm in (theirs, ours):
        out, (h, c) = lstm(torch.randn(5, 2, 3))
        assert len({part.untyped_storage().data_ptr() for part in (out, h, c)}) == 3


def test_one_weight_for_two_layers_gets_both_gradients(natively):
    theirs, ours = layers(4, 4, 2, dtype=torch.float64)
    x = torch.randn(5, 2, 4, dtype=torch.float64)
    for lstm in (theirs, ours):
        lstm.weight_hh_l1 = lstm.weight_hh_l0
        lstm(x)[0].square().sum().backward()
    torch.testing.assert_close(ours.weight_hh_l0.grad, theirs.weight_hh_l0.grad)


def test_memory_is_given_back(natively):
    lstm = LSTM(8, 16)
    x = torch.randn(20, 4, 8)
    for _ in range(3):
        lstm(x)[0].sum().backward()
    gc.collect()
    before = sum(1 for one in gc.get_objects() if type(one) is torch.Tensor)
    for _ in range(20):
        lstm(x)[0].sum().backward()
        lstm(x)
    gc.collect()
    assert sum(1 for one in gc.get_objects() if type(one) is torch.Tensor) <= before + 2


def test_gradients_stay_what_they_are_when_memory_is_recycled(natively):
    lstm = LSTM(64, 128)
    x = torch.randn(300, 8, 64, requires_grad=True)
    out, _ = lstm(x)
    (d_x,) = torch.autograd.grad(out.sum(), x)
    kept, kept_out = d_x.clone(), out.detach().clone()
    for _ in range(4):
        other, _ = lstm(torch.randn(300, 8, 64))
        other.sum().backward()
    assert torch.equal(d_x, kept)
    assert torch.equal(out, kept_out)


WRONG = {
    "x of another width": lambda lstm: lstm(torch.randn(5, 2, 7)),
    "x of four axes": lambda lstm: lstm(torch.randn(5, 2, 3, 1)),
    "x of one axis": lambda lstm: lstm(torch.randn(3)),
    "no steps": lambda lstm: lstm(torch.randn(0, 2, 3)),
    "x of another dtype": lambda lstm: lstm(torch.randn(5, 2, 3, dtype=torch.float64)),
    "whole numbers": lambda lstm: lstm(torch.ones(5, 2, 3, dtype=torch.int64)),
    "h_0 of another size": lambda lstm: lstm(
        torch.randn(5, 2, 3), (torch.randn(1, 2, 5), torch.randn(1, 2, 4))
    ),
    "c_0 of another size": lambda lstm: lstm(
        torch.randn(5, 2, 3), (torch.randn(1, 2, 4), torch.randn(1, 3, 4))
    ),
    "hx of a batch for one sequence": lambda lstm: lstm(
        torch.randn(5, 3), (torch.randn(1, 1, 4), torch.randn(1, 1, 4))
    ),
    "hx of one tensor": lambda lstm: lstm(torch.randn(5, 2, 3), torch.randn(1, 2, 4)),
    "hx of another dtype": lambda lstm: lstm(
        torch.randn(5, 2, 3), (torch.randn(1, 2, 4).double(), torch.randn(1, 2, 4).double())
    ),
    "nothing": lambda lstm: lstm(None),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_get_torchs_error(name):
    raised = []
    for lstm in layers(3, 4):
        with pytest.raises(Exception) as error:  # noqa: PT011
            WRONG[name](lstm)
        raised.append((type(error.value), str(error.value)))
    assert raised[0] == raised[1]


def test_an_empty_batch_gets_torchs_answer():
    theirs, ours = layers(3, 4)
    same(theirs, ours, torch.randn(5, 0, 3))


def test_nan_and_infinity_go_through_as_in_torch(natively):
    theirs, ours = layers(3, 4)
    x = torch.randn(5, 3, 3)
    x[2, 0, 1] = float("nan")
    x[1, 1, 0] = float("inf")
    torch.testing.assert_close(ours(x), theirs(x), equal_nan=True, rtol=1e-4, atol=1e-6)


BAD_LENGTHS = {
    "beyond the last step": torch.tensor([6, 1]),
    "below zero": torch.tensor([-1, 1]),
    "too many": torch.tensor([1, 2, 3]),
    "of two axes": torch.tensor([[1, 2]]),
    "not whole": torch.tensor([1.0, 2.0]),
    "truth values": torch.tensor([True, False]),
}


@pytest.mark.parametrize("name", BAD_LENGTHS)
def test_lengths_that_do_not_fit_are_refused_with_the_numbers(name):
    with pytest.raises(ValueError, match="lengths"):
        LSTM(3, 4)(torch.randn(5, 2, 3), None, BAD_LENGTHS[name])


def test_lengths_beside_what_has_no_batch_are_refused():
    lstm = LSTM(3, 4)
    packed = pack_padded_sequence(torch.randn(5, 2, 3), torch.tensor([5, 2]))
    for given in (packed, torch.randn(5, 3)):
        with pytest.raises(ValueError, match="three axes"):
            lstm(given, None, torch.tensor([5, 2]))


def test_lengths_are_a_copy(natively):
    lstm = LSTM(3, 4)
    x, lengths = torch.randn(5, 2, 3), torch.tensor([5, 2])
    out, _ = lstm(x, None, lengths)
    expected = torch.autograd.grad(out.sum(), list(lstm.parameters()))
    out, _ = lstm(x, None, lengths)
    lengths.fill_(1)
    assert all(map(torch.equal, torch.autograd.grad(out.sum(), list(lstm.parameters())), expected))


def test_a_deep_copy_learns_by_itself(natively):
    lstm = LSTM(3, 4)
    other = copy.deepcopy(lstm)
    x = torch.randn(5, 2, 3)
    lstm(x)[0].sum().backward()
    assert other.weight_ih_l0.grad is None
    with torch.no_grad():
        lstm.weight_ih_l0.zero_()
    assert not torch.equal(lstm(x)[0], other(x)[0])


def other_dtype(tensor):
    return tensor.half() if tensor.is_floating_point() else tensor


def other_strides(tensor):
    return torch.stack([tensor, tensor + 100], -1)[..., 0]


def test_a_hook_that_gives_back_another_dtype_is_refused():
    lstm = LSTM(3, 4, dtype=torch.float64)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), other_dtype):
        out, _ = lstm(torch.randn(5, 2, 3, dtype=torch.float64))
    with pytest.raises(RuntimeError, match="float16"):
        out.sum().backward()


@pytest.mark.parametrize("options", [{}, {"proj_size": 2, "bidirectional": True}], ids=str)
def test_a_hook_that_gives_back_other_strides_changes_nothing(options):
    theirs, ours = layers(3, 4, dtype=torch.float64, **options)
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    count = 2 if "bidirectional" in options else 1
    hx = (
        torch.randn(count, 2, options.get("proj_size", 4), dtype=torch.float64, requires_grad=True),
        torch.randn(count, 2, 4, dtype=torch.float64, requires_grad=True),
    )
    expected = torch.autograd.grad(theirs(x, hx)[0].sum(), [x, *hx, *theirs.parameters()])
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), other_strides):
        out, _ = ours(x, hx)
    found = torch.autograd.grad(out.sum(), [x, *hx, *ours.parameters()])
    torch.testing.assert_close(found, expected)


def test_batch_sizes_may_change_after_the_call(natively):
    theirs, ours = layers(3, 4, dtype=torch.float64)
    data = torch.randn(8, 3, dtype=torch.float64)
    found = []
    for lstm in (theirs, ours):
        sizes = torch.tensor([3, 2, 2, 1])
        out, _ = lstm(PackedSequence(data, sizes))
        sizes.copy_(torch.tensor([3, 3, 1, 1]))
        found.append(torch.autograd.grad(out.data.sum(), list(lstm.parameters())))
    torch.testing.assert_close(found[1], found[0])


def test_a_large_output_is_no_view_and_may_be_changed_in_place(natively):
    lstm = LSTM(3, 64)
    with torch.no_grad():
        out, _ = lstm(torch.randn(7, 700, 3))
    out.add_(torch.ones(1, requires_grad=True))
    assert out.requires_grad
    out, _ = lstm(torch.randn(7, 700, 3))
    assert not out._is_view()


def test_batches_of_gradients_agree_with_torch():
    theirs, ours = layers(3, 4, dtype=torch.float64)
    x = torch.randn(2, 1, 3, dtype=torch.float64)
    found = [
        torch.autograd.functional.jacobian(lambda x, lstm=lstm: lstm(x)[0], x, vectorize=True)
        for lstm in (theirs, ours)
    ]
    torch.testing.assert_close(found[1], found[0])


@pytest.mark.filterwarnings("ignore")
def test_forward_over_reverse_agrees_with_torch():
    theirs, ours = layers(3, 4, dtype=torch.float64)
    x = torch.randn(2, 1, 3, dtype=torch.float64, requires_grad=True)
    found = []
    for lstm in (theirs, ours):
        out, _ = lstm(x)
        with torch.autograd.forward_ad.dual_level():
            d = torch.autograd.forward_ad.make_dual(torch.ones_like(out), torch.full_like(out, 2.0))
            (d_x,) = torch.autograd.grad(out, x, d)
            found.append(torch.autograd.forward_ad.unpack_dual(d_x).tangent)
    torch.testing.assert_close(found[1], found[0])


def test_a_gradient_of_zeros_without_memory_is_read(natively):
    lstm = LSTM(3, 4)
    out, _ = lstm(torch.randn(5, 2, 3))
    grads = torch.autograd.grad(out, list(lstm.parameters()), torch._efficientzerotensor(out.shape))
    assert all(float(g.abs().max()) == 0 for g in grads)


def test_a_gradient_of_a_gradient_under_autocast_and_of_no_steps():
    lstm = LSTM(3, 4, bidirectional=True)
    x = torch.randn(5, 2, 3, requires_grad=True)
    out, _ = lstm(x)
    with torch.autocast("cpu", torch.bfloat16):
        (d_x,) = torch.autograd.grad(out.sum(), x, create_graph=True)
    d_x.square().sum().backward()
    out, _ = lstm(x, None, torch.tensor([0, 0]))
    (d_x,) = torch.autograd.grad(out.sum() + lstm.bias_ih_l0.sum(), x, create_graph=True, allow_unused=True)
    assert d_x is None or float(d_x.detach().abs().max()) == 0


def test_the_cpu_as_the_default_device_keeps_the_engine(natively):
    theirs, ours = layers(3, 4)
    x = torch.randn(5, 2, 3)
    with torch.device("cpu"):
        out, _ = ours(x)
        out.sum().backward()
    torch.testing.assert_close(out, theirs(x)[0], rtol=1e-4, atol=1e-6)


def test_traced_by_fx_as_a_layer_of_torch():
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = LSTM(3, 4)

        def forward(self, x):
            out, _ = self.lstm(x)
            return out * 2

    model = Model()
    traced = torch.fx.symbolic_trace(model)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(traced(x), model(x))


def test_states_of_the_wrong_batch_beside_packed_sequences_get_torchs_error():
    packed = pack_padded_sequence(torch.randn(5, 2, 3), torch.tensor([5, 2]))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size"):
        LSTM(3, 4)(packed, (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4)))


def test_lengths_come_with_all_of_torchs_checks():
    lstm = LSTM(3, 4)
    with pytest.raises(RuntimeError, match="hidden"):
        lstm(torch.randn(5, 2, 3), (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4)), torch.tensor([3, 2]))
    with pytest.raises(RuntimeError, match="input_size"):
        lstm(torch.randn(5, 2, 7), None, torch.tensor([0, 0]))
    out, _ = lstm(torch.randn(5, 0, 3), None, [])
    assert out.shape == (5, 0, 4)
