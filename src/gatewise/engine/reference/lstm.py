"""The LSTM, forward and backward, by the equations of the worked example: F1-F6, B1-B8, G1-G3.

Arrays are batches of rows, so the document's W·x reads x @ W.T and its Wᵀ·δgates reads d_gates @ W.
Arguments were checked in `engine/passes.py`. Nothing here depends on the dtype, which may be complex.

N sequences, T steps, D inputs, H hidden units. W (4H, D), U (4H, H), b (4H,): gates a, i, f, o.
Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.reference.activations import sigmoid, tanh
from gatewise.engine.trace import State, Trace, TraceStep
from gatewise.support.arrays import FloatArray, IntArray


def step(params: Params, x: FloatArray, out_prev: FloatArray, state_prev: FloatArray) -> TraceStep:
    """Go one step forward: x (N, D), out_prev and state_prev (N, H), all results (N, H)."""
    W_a, U_a, b_a = params.gate("a")
    W_i, U_i, b_i = params.gate("i")
    W_f, U_f, b_f = params.gate("f")
    W_o, U_o, b_o = params.gate("o")

    a = tanh(x @ W_a.T + out_prev @ U_a.T + b_a)  # F1
    i = sigmoid(x @ W_i.T + out_prev @ U_i.T + b_i)  # F2
    f = sigmoid(x @ W_f.T + out_prev @ U_f.T + b_f)  # F3
    o = sigmoid(x @ W_o.T + out_prev @ U_o.T + b_o)  # F4
    state = a * i + f * state_prev  # F5
    out = tanh(state) * o  # F6
    return TraceStep(x, out_prev, state_prev, a, i, f, o, state, out)


@np.errstate(all="ignore")  # NaN and infinity show in the result, not as warnings
def forward(params: Params, x: FloatArray, initial: State, lengths: IntArray, trace: bool = True) -> Trace:
    """Go through all steps: x (N, T, D), initial out and state (N, H), lengths (N,) in 0..T."""
    N, T, _ = x.shape
    inside = np.arange(T) < lengths[:, np.newaxis]  # (N, T)
    x = np.where(inside[:, :, np.newaxis], x, 0)
    names = ("a", "i", "f", "o", "state", "out") if trace else ("out",)
    arrays = {name: np.zeros((N, T, params.hidden_size), params.dtype) for name in names}

    out, state = initial
    for t in range(T):
        goes_on = inside[:, t, np.newaxis]
        now = step(params, x[:, t], out, state)
        for name in names:
            arrays[name][:, t] = np.where(goes_on, getattr(now, name), 0)
        out = np.where(goes_on, now.out, out)
        state = np.where(goes_on, now.state, state)

    if trace:
        arrays |= {"x": x, "out0": initial.out, "state0": initial.state}
    return Trace(arrays, last=State(out, state), lengths=lengths, engine="reference")


class StepGrads(NamedTuple):
    """What `step_backward` finds: d_x (N, D), d_gates (N, 4H), all else (N, H)."""

    delta_out: FloatArray
    d_out: FloatArray
    d_state: FloatArray
    d_a: FloatArray
    d_i: FloatArray
    d_f: FloatArray
    d_o: FloatArray
    d_gates: FloatArray
    d_x: FloatArray
    delta_out_prev: FloatArray


def step_backward(
    params: Params,
    now: TraceStep,
    delta: FloatArray,
    delta_out: FloatArray,
    d_state_next: FloatArray,
    f_next: FloatArray,
) -> StepGrads:
    """Go one step backward, all arguments (N, H).

    delta is Δ_t, from the loss; delta_out is Δout_t and d_state_next is δstate_{t+1}, from step t+1.
    """
    a, i, f, o, state_prev = now.a, now.i, now.f, now.o, now.state_prev
    tanh_state = tanh(now.state)

    d_out = delta + delta_out  # B1
    d_state = d_out * o * (1 - tanh_state**2) + d_state_next * f_next  # B2
    d_a = d_state * i * (1 - a**2)  # B3
    d_i = d_state * a * i * (1 - i)  # B4
    d_f = d_state * state_prev * f * (1 - f)  # B5
    d_o = d_out * tanh_state * o * (1 - o)  # B6
    d_gates = np.concatenate([d_a, d_i, d_f, d_o], axis=-1)
    d_x = d_gates @ params.W  # B7
    delta_out_prev = d_gates @ params.U  # B8
    return StepGrads(delta_out, d_out, d_state, d_a, d_i, d_f, d_o, d_gates, d_x, delta_out_prev)


@np.errstate(all="ignore")
def backward(
    params: Params, trace: Trace, delta: FloatArray, d_last: State, keep: bool = False, inputs: bool = True
) -> Grads:
    """Go back through all steps: delta (N, T, H), d_last what reaches the last out and state from outside."""
    N, T, H = delta.shape
    inside = np.arange(T) < trace.lengths[:, np.newaxis]  # (N, T)
    delta = np.where(inside[:, :, np.newaxis], delta, 0)
    kept = ("delta_out", "d_out", "d_state", "d_a", "d_i", "d_f", "d_o", "d_gates") if keep else ()
    arrays = {name: np.zeros((N, T, 4 * H if name == "d_gates" else H), params.dtype) for name in kept}

    d_W, d_U, d_b = np.zeros_like(params.W), np.zeros_like(params.U), np.zeros_like(params.b)
    d_x = np.zeros_like(trace.x)
    # Boundary: at t = T-1, Δout_t is d_last.out and δstate_{t+1} ⊙ f_{t+1} is d_last.state, 0 if not given.
    delta_out, d_state_next, f_next = d_last.out, d_last.state, np.ones_like(d_last.state)
    for t in reversed(range(T)):
        goes_on = inside[:, t, np.newaxis]
        now = trace.at(t)
        d = step_backward(params, now, delta[:, t], delta_out, d_state_next, f_next)
        # Past a sequence's own length all reads 0, also where a 0 met NaN or infinity.
        d = StepGrads(*(np.where(goes_on, part, 0) for part in d))
        for name in kept:
            arrays[name][:, t] = getattr(d, name)
        d_W += d.d_gates.T @ now.x  # G1
        d_U += d.d_gates.T @ now.out_prev  # G2
        d_b += d.d_gates.sum(axis=0)  # G3
        d_x[:, t] = d.d_x
        # There, what came from outside waits for the sequence's own last step.
        delta_out = np.where(goes_on, d.delta_out_prev, delta_out)
        d_state_next = np.where(goes_on, d.d_state, d_state_next)
        f_next = np.where(goes_on, now.f, f_next)

    arrays |= {"d_W": d_W, "d_U": d_U, "d_b": d_b} | ({"d_x": d_x} if inputs else {})
    return Grads(arrays | {"d_out0": delta_out, "d_state0": d_state_next * f_next})
