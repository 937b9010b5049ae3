"""The gradient check can fail: the reference's backward pass is broken in many ways and each must be caught.

A mutation is a piece of the source of `reference/lstm.py`, which must occur exactly once, and what is put in
its place. Without this file a check that compares nothing would pass every other test.
"""

import inspect
from typing import NamedTuple

import pytest
from helpers import random_problem

from gatewise.engine.reference import lstm
from gatewise.learn.derivatives import check

SOURCE = inspect.getsource(lstm)

FAR = 1e6  # a wrong formula is off by percents, 1e10 tolerances; this leaves room for small gradients


class Mutation(NamedTuple):
    id: str
    old: str
    new: str


MUTATIONS = [
    Mutation("B1-drop-delta", "d_out = delta + delta_out ", "d_out = delta_out "),
    Mutation("B1-drop-delta_out", "d_out = delta + delta_out ", "d_out = delta "),
    Mutation("B1-sign", "d_out = delta + delta_out ", "d_out = delta - delta_out "),
    Mutation("B2-drop-carried", "+ d_state_next * f_next  # B2", "  # B2"),
    Mutation("B2-drop-forget", "+ d_state_next * f_next  # B2", "+ d_state_next  # B2"),
    Mutation("B2-f_t-for-f_next", "d_state_next * f_next  # B2", "d_state_next * f  # B2"),
    Mutation("B2-no-output-gate", "d_out * o * (1 - tanh_state**2)", "d_out * (1 - tanh_state**2)"),
    Mutation("B2-no-slope", "d_out * o * (1 - tanh_state**2)", "d_out * o"),
    Mutation("B2-state-for-tanh", "(1 - tanh_state**2)", "(1 - now.state**2)"),
    Mutation("B2-sigmoid-slope", "(1 - tanh_state**2)", "tanh_state * (1 - tanh_state)"),
    Mutation("B2-delta-for-d_out", "d_state = d_out * o", "d_state = delta * o"),
    Mutation("B3-no-slope", "d_state * i * (1 - a**2)", "d_state * i"),
    Mutation("B3-sigmoid-slope", "(1 - a**2)", "a * (1 - a)"),
    Mutation("B3-wrong-factor", "d_state * i * (1 - a**2)", "d_state * o * (1 - a**2)"),
    Mutation("B4-no-slope", "d_state * a * i * (1 - i)", "d_state * a"),
    Mutation("B4-tanh-slope", "d_state * a * i * (1 - i)", "d_state * a * (1 - i**2)"),
    Mutation("B4-no-a", "d_state * a * i * (1 - i)", "d_state * i * (1 - i)"),
    Mutation("B5-state_t", "d_state * state_prev * f * (1 - f)", "d_state * now.state * f * (1 - f)"),
    Mutation("B5-out_prev", "d_state * state_prev * f", "d_state * now.out_prev * f"),
    Mutation("B5-no-slope", "d_state * state_prev * f * (1 - f)", "d_state * state_prev"),
    Mutation("B6-no-slope", "d_out * tanh_state * o * (1 - o)", "d_out * tanh_state"),
    Mutation("B6-state-for-tanh", "d_out * tanh_state * o", "d_out * now.state * o"),
    Mutation("B6-d_state-for-d_out", "d_o = d_out * tanh_state", "d_o = d_state * tanh_state"),
    Mutation("gates-swapped-i-f", "[d_a, d_i, d_f, d_o]", "[d_a, d_f, d_i, d_o]"),
    Mutation("gates-in-torch-order", "[d_a, d_i, d_f, d_o]", "[d_i, d_f, d_a, d_o]"),
    Mutation("B7-x-0", "d_x = d_gates @ params.W", "d_x = 0 * d_gates @ params.W"),
    Mutation("B7-one-gate", "d_x = d_gates @ params.W", "d_x = d_a @ params.gate('a')[0]"),
    Mutation("B8-W-for-U", "delta_out_prev = d_gates @ params.U", "delta_out_prev = d_gates @ params.W"),
    Mutation(
        "B8-U-not-transposed",
        "delta_out_prev = d_gates @ params.U",
        "delta_out_prev = sum(d @ params.gate(g)[1].T for g, d in zip('aifo', (d_a, d_i, d_f, d_o)))",
    ),
    Mutation("B8-lost", "delta_out_prev = d_gates @ params.U", "delta_out_prev = 0 * d_gates @ params.U"),
    Mutation("G1-lost-sum", "d_W += d.d_gates.T @ now.x", "d_W = d.d_gates.T @ now.x"),
    Mutation("G1-out-for-x", "d_W += d.d_gates.T @ now.x", "d_W += d.d_gates.T @ now.out_prev"),
    Mutation("G1-batch-mean", "d_W += d.d_gates.T @ now.x", "d_W += d.d_gates.T @ now.x / N"),
    Mutation("G2-lost-sum", "d_U += d.d_gates.T @ now.out_prev", "d_U = d.d_gates.T @ now.out_prev"),
    Mutation("G2-out_t", "d_U += d.d_gates.T @ now.out_prev", "d_U += d.d_gates.T @ now.out"),
    Mutation("G2-state_prev", "d_U += d.d_gates.T @ now.out_prev", "d_U += d.d_gates.T @ now.state_prev"),
    Mutation(
        "G2-no-initial-out",
        "d_U += d.d_gates.T @ now.out_prev",
        "d_U += (t > 0) * d.d_gates.T @ now.out_prev",
    ),
    Mutation("G3-lost-sum", "d_b += d.d_gates.sum(axis=0)", "d_b = d.d_gates.sum(axis=0)"),
    Mutation("G3-one-sequence", "d_b += d.d_gates.sum(axis=0)", "d_b += d.d_gates[0]"),
    Mutation("time-forwards", "reversed(range(T))", "range(T)"),
    Mutation("first-step-forgotten", "reversed(range(T))", "reversed(range(1, T))"),
    Mutation("last-step-forgotten", "reversed(range(T))", "reversed(range(T - 1))"),
    Mutation("wrong-delta", "(params, now, delta[:, t]", "(params, now, delta[:, t - 1]"),
    Mutation("d_x-shifted", "d_x[:, t] =", "d_x[:, t - 1] ="),
    Mutation("last-out-ignored", "= d_last.out, d_last.state,", "= 0 * d_last.out, d_last.state,"),
    Mutation("last-state-ignored", "= d_last.out, d_last.state,", "= d_last.out, 0 * d_last.state,"),
    Mutation("last-swapped", "= d_last.out, d_last.state,", "= d_last.state, d_last.out,"),
    Mutation("lengths-delta_out", "np.where(goes_on, d.delta_out_prev, delta_out)", "d.delta_out_prev"),
    Mutation("lengths-f_next", "np.where(goes_on, now.f, f_next)", "now.f"),
    Mutation("state0-without-f", '"d_state0": d_state_next * f_next', '"d_state0": d_state_next'),
    Mutation("state0-is-out0", '"d_state0": d_state_next * f_next', '"d_state0": delta_out'),
]  # fmt: skip


def run(source, **options):
    """The check's report when the backward pass comes from `source`. D = H, so that shapes hide nothing."""
    module = {"__name__": "mutated"}
    exec(compile(source, "mutated lstm.py", "exec"), module)

    def backward(params, trace, delta, *, d_last_state):
        return module["backward"](params, trace, delta, d_last_state)

    params, x, delta, state, _ = random_problem(11, N=3, T=4, D=3, H=3)
    return check(params, x, delta=delta, state=state, lengths=[4, 2, 0], backward=backward, **options)


def test_unbroken_source_passes():
    report = run(SOURCE)
    assert report.ok, report


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_broken_source_is_caught(mutation):
    assert SOURCE.count(mutation.old) == 1, f"the source has changed: {mutation.old!r}"
    report = run(SOURCE.replace(mutation.old, mutation.new))
    assert not report.ok, report
    # By far, not by rounding. NaN would not do either.
    assert report.max_error > FAR * report.tolerance


@pytest.mark.parametrize("half", [{"directions": 0}, {"elementwise": False}], ids=["entries", "directions"])
def test_each_half_of_the_check_can_fail_alone(half):
    report = run(SOURCE.replace("d_state_next * f_next  # B2", "d_state_next * f  # B2"), **half)
    assert not report.ok, report
