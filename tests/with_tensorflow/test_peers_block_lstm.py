"""TensorFlow's BlockLSTM, the raw op of version 1: peepholes and a clip of the state; float32 is all that it has.

Its gradient ignores its own clip: it equals ours with the slope of the clip left out, which is not the derivative.
"""

from dataclasses import replace

import numpy as np
import pytest
from peer_cells import PeerCase, T, agree, differences, peer

from gatewise.engine.reference import any_cell

tf = peer("tensorflow", "tensorflow")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

TF_FLOAT32 = 1e-5  # 80 roundings: 5 steps of sums of 7 terms, gradients of 15 such; measured 2e-6
ORDER = ("i", "a", "f", "o")  # TensorFlow: i c f o


def run(case, clip):
    """Values and gradients by name, in the order of the cell."""
    H = case.params.hidden_size
    gates = case.cell.parts_of("V") if "V" in case.params.arrays else ()
    tensors = {
        "x": case.x.swapaxes(0, 1), "state0": case.first["state"], "out0": case.first["out"],
        "w": np.concatenate([case.stacked("W", ORDER).T, case.stacked("U", ORDER).T]), "b": case.stacked("b", ORDER),
        **{f"wc{gate}": case.part("V", gate) if gates else np.zeros(H, "float32") for gate in "ifo"},
    }  # fmt: skip
    tensors = {name: tf.constant(array) for name, array in tensors.items()}
    with tf.GradientTape() as tape:
        tape.watch(list(tensors.values()))
        i, state, f, o, a, _, out = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.constant(T, tf.int64), x=tensors["x"], cs_prev=tensors["state0"], h_prev=tensors["out0"],
            w=tensors["w"], wci=tensors["wci"], wcf=tensors["wcf"], wco=tensors["wco"], b=tensors["b"],
            forget_bias=0.0, cell_clip=clip, use_peephole=bool(gates),
        )  # fmt: skip
        loss = tf.reduce_sum(case.delta.swapaxes(0, 1) * out)
    found = tape.gradient(loss, tensors)
    values = {"a": a, "i": i, "f": f, "o": o, "state": state, "out": out}
    values = {name: each.numpy().swapaxes(0, 1) for name, each in values.items()}
    D = case.x.shape[-1]
    w = found["w"].numpy()
    grads = {
        "d_x": found["x"].numpy().swapaxes(0, 1), "d_W": case.own(w[:D].T, "W", ORDER), "d_U": case.own(w[D:].T, "U", ORDER),
        "d_b": case.own(found["b"].numpy(), "b", ORDER),
    }  # fmt: skip
    if gates:
        grads["d_V"] = np.concatenate([found[f"wc{gate}"].numpy() for gate in gates])
    return values, grads


@pytest.mark.parametrize("name", ["lstm", "peephole"])
@pytest.mark.parametrize("seed", range(3))
def test_a_block_lstm(name, seed):
    case = PeerCase(name, "float32", seed=seed)
    values, theirs = run(case, -1.0)
    trace, grads = case.trace(), case.grads(last=False)
    agree(
        {**values, **theirs},
        {**{key: trace[key] for key in values}, **{key: grads[key] for key in theirs}},
        TF_FLOAT32,
    )


@pytest.mark.parametrize("name", ["lstm+state-clip=0.4", "peephole+state-clip=0.4"])
@pytest.mark.parametrize("seed", range(3))
def test_a_block_lstm_that_clips_its_state(name, seed):
    case = PeerCase(name, "float32", seed=seed)
    values, theirs = run(case, 0.4)
    trace, grads = case.trace(), case.grads(last=False)
    assert (np.abs(trace.state) == np.float32(0.4)).any()
    agree(values, {key: trace[key] for key in values}, TF_FLOAT32)
    assert max(differences(theirs, {key: grads[key] for key in theirs}).values()) > 0.01
    derived = case.cell.derivation
    unclipped = replace(case.cell)
    unclipped.__dict__["derivation"] = replace(
        derived, deltas={**derived.deltas, "state": replace(derived.deltas["state"], slope=())}
    )
    arrays = {key: trace[key] for key in trace}
    zeros = {key: np.zeros_like(array) for key, array in case.first.items()}
    ignoring = any_cell.backward(
        unclipped, case.params.arrays, arrays, np.full(len(case.x), T), case.delta, zeros
    )
    agree(theirs, {key: ignoring[key] for key in theirs}, TF_FLOAT32)
