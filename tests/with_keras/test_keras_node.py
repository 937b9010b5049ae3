"""What gatewise.keras.LSTM is to torch's autograd and to Keras around it: gradients of gradients, hooks, overriding."""

import numpy as np
import pytest
from keras_here import keras_on_torch, numbers, randomize

keras = keras_on_torch()
torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
from gatewise.keras import LSTM, calls  # noqa: E402  (after the check)

pytestmark = pytest.mark.filterwarnings("ignore")

N, T, D, H = 3, 5, 4, 6
SAME = 1e-6  # of the largest number: float32, and Keras multiplies in float32 where there is a mask


def layer_of(kind, seed=0, **options):
    layer = kind(H, **{"seed": 7, **options})
    layer.build((N, T, D))
    rng = np.random.default_rng(seed)
    for each in layer.trainable_weights:
        each.assign(rng.normal(size=each.shape) * 0.5)
    return layer


def data(dtype="float64", seed=1):
    return torch.tensor(np.random.default_rng(seed).normal(size=(N, T, D)).astype(dtype), requires_grad=True)


def agree(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(
            numbers(one), numbers(other), rtol=0, atol=SAME * max(1, np.abs(numbers(other)).max())
        )


@pytest.mark.parametrize("given", [False, True], ids=["from 0", "from a state"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_a_gradient_of_a_gradient_is_that_of_keras(bias, steps, masked, given):
    mask = torch.arange(T)[None] < torch.tensor([[T], [2], [1]]) if masked else None

    def worked(kind):
        layer = layer_of(kind, dtype="float64", use_bias=bias, return_sequences=steps)
        x, rng = data(), np.random.default_rng(2)
        start = [torch.tensor(rng.normal(size=(N, H)), requires_grad=True) for _ in range(2)] if given else []
        y = layer(x, initial_state=start or None, mask=mask)
        weights = [each.value for each in layer.trainable_weights]
        first = torch.autograd.grad((y * torch.cos(y)).sum(), [x, *start, *weights], create_graph=True)
        sum((each**2).sum() for each in first).backward()
        return [*first, x.grad, *(each.grad for each in (*start, *weights))]

    before = calls().native
    agree(worked(LSTM), worked(keras.layers.LSTM))
    assert calls().native == before + 1


def test_a_gradient_of_a_gradient_is_0_where_every_step_is_masked():
    layer, x = layer_of(LSTM, dtype="float64"), data()
    y = layer(x, mask=torch.zeros((N, T), dtype=torch.bool))
    weights = [each.value for each in layer.trainable_weights]
    y.sum().backward(create_graph=True)
    for each in (x, *weights):
        np.testing.assert_array_equal(numbers(each.grad), 0)


def test_hooks_of_saved_tensors_may_give_others_in_their_place():
    def gradients(hooked):
        layer, x = layer_of(LSTM), data("float32")
        with torch.autograd.graph.saved_tensors_hooks(
            lambda each: each.clone() if hooked else each, lambda each: each
        ):
            y = layer(x)
        y.sum().backward()
        return [x.grad, *(each.value.grad for each in layer.trainable_weights)]

    for one, other in zip(gradients(True), gradients(False), strict=True):
        np.testing.assert_array_equal(numbers(one), numbers(other))


def test_weights_that_are_changed_before_backward_are_noticed():
    layer = layer_of(LSTM)
    y = layer(data("float32"))
    with torch.no_grad():
        layer.cell.recurrent_kernel.value.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_what_is_made_of_outs_may_be_changed_in_place():
    results = []
    for kind in (LSTM, keras.layers.LSTM):
        layer, x = layer_of(kind, return_sequences=True), data("float32")
        y = layer(x).add(0)
        y[:, 0] *= 2
        y.square().sum().backward()
        results.append([x.grad, *(each.value.grad for each in layer.trainable_weights)])
    agree(*results)


def test_a_frozen_layer_has_no_gradients_and_hands_that_of_x_on():
    results = []
    for kind in (LSTM, keras.layers.LSTM):
        layer, x = layer_of(kind), data("float32")
        layer.trainable = False
        layer(x).sum().backward()
        assert all(each.value.grad is None for each in layer.weights)
        results.append([x.grad])
    agree(*results)


def test_dropout_draws_from_its_seed_as_keras_does_in_predicting_too():
    x = data("float32").detach()
    layers = [layer_of(kind, dropout=0.4) for kind in (LSTM, keras.layers.LSTM)]
    for training in (True, False, False, True):
        ours, theirs = (layer(x, training=training) for layer in layers)
        agree([ours], [theirs])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float64"])
def test_a_policy_of_dtypes_gives_the_dtype_of_keras(policy):
    x = data("float32").detach()
    ours, theirs = (layer_of(kind, dtype=policy)(x) for kind in (LSTM, keras.layers.LSTM))
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(numbers(ours.double()), numbers(theirs.double()), atol=2e-2)


def test_what_a_subclass_overrides_is_called():
    class Counted(LSTM):
        seen = 0

        def inner_loop(self, *args, **options):
            Counted.seen += 1
            return super().inner_loop(*args, **options)

    class Begun(LSTM):
        def get_initial_state(self, batch_size):
            return [keras.ops.ones((batch_size, H)) for _ in range(2)]

    x, plain = data("float32").detach(), layer_of(LSTM)
    agree([layer_of(Counted)(x)], [plain(x)])
    assert Counted.seen >= 1
    agree([layer_of(Begun)(x)], [layer_of(keras.layers.LSTM)(x, initial_state=[torch.ones(N, H)] * 2)])


def test_a_stateless_call_takes_the_variables_that_it_is_given():
    layer, x = layer_of(LSTM), data("float32").detach()
    other = layer_of(LSTM, seed=3)
    given = [each.value for each in other.trainable_variables]
    y, _ = layer.stateless_call(given, [each.value for each in layer.non_trainable_variables], x)
    agree([y], [other(x)])


def test_hooks_of_modules_and_losses_of_outs_act():
    layer = layer_of(LSTM, activity_regularizer="l2")
    seen = []
    layer.register_forward_hook(lambda *_: seen.append("forward"))
    y = layer(data("float32").detach())
    assert seen == ["forward"]
    agree([layer.losses[0]], [0.01 * y.square().sum() / N])


def test_a_masked_row_without_a_step_gives_0_whatever_its_state_was():
    mask = torch.tensor([[True] * T, [False] * T, [True, False, True, False, False]])
    start = [torch.ones(N, H), torch.ones(N, H)]
    for zero in (False, True):
        ours, theirs = (
            layer_of(kind, zero_output_for_mask=zero, return_state=True)(
                data("float32").detach(), mask=mask, initial_state=start
            )
            for kind in (LSTM, keras.layers.LSTM)
        )
        agree(ours, theirs)
    randomized = randomize(layer_of(LSTM))
    assert not numbers(randomized(data("float32").detach(), mask=mask))[1].any()
