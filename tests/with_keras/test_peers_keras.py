"""Keras' GRU in both forms, values and gradients, in float64 on TensorFlow."""

import numpy as np
import pytest
from peer_cells import PeerCase, agree, peer

tf = peer("tensorflow", "tensorflow")
keras = peer("keras", "keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

KERAS_FLOAT64 = 1e-12  # as of torch; measured 1e-15
ORDER = ("u", "r", "a")  # Keras: z r h


@pytest.mark.parametrize("name", ["gru", "gru-reset-after", "gru+no-bias", "gru-reset-after+no-bias"])
@pytest.mark.parametrize("seed", range(3))
def test_a_gru_of_keras(name, seed):
    case = PeerCase(name, seed=seed)
    H, after, biased = case.params.hidden_size, "after" in name, "b" in case.params.arrays
    layer = keras.layers.GRU(
        H, reset_after=after, use_bias=biased, return_sequences=True, return_state=True, dtype="float64"
    )
    layer.build(case.x.shape)
    weights = [case.stacked("W", ORDER).T, case.stacked("U", ORDER).T]
    if biased:
        b = case.stacked("b", ORDER)
        if after:  # two biases: of r and u their sum counts, of the candidate one is reset
            parts = np.stack([0.25 * b, 0.75 * b])
            parts[:, 2 * H :] = case.part("b", "a"), case.params.arrays["c"]
        weights.append(parts if after else b)
    layer.set_weights(weights)
    x, first = tf.constant(case.x), tf.constant(case.first["out"])
    with tf.GradientTape() as tape:
        tape.watch([x, first])
        out, last = layer(x, initial_state=first)
        loss = tf.reduce_sum(case.delta * out) + tf.reduce_sum(case.d_last["out"] * last)
    variables = [each.value for each in layer.trainable_weights]
    d_x, d_first, *rest = (each.numpy() for each in tape.gradient(loss, [x, first, *variables]))
    theirs = {"out": out.numpy(), "last": last.numpy(), "d_x": d_x, "d_out0": d_first}
    theirs |= {"d_W": case.own(rest[0].T, "W", ORDER), "d_U": case.own(rest[1].T, "U", ORDER)}
    if biased:
        theirs["d_b"] = case.own(rest[2][0] if after else rest[2], "b", ORDER)
        theirs |= {"d_c": rest[2][1, 2 * H :]} if after else {}
    trace, grads = case.trace(), case.grads()
    ours = {
        "out": trace.out,
        "last": trace.last[0],
        **{key: grads[key] for key in theirs if key.startswith("d_")},
    }
    agree(theirs, ours, KERAS_FLOAT64)
