"""Random problems, and tolerances that more than one test uses. Each tolerance says why it is what it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.engine.trace import State

# Sums of at most some hundred products: a few eps each way. Measured: 1e-15.
FLOAT64_ROUNDING = 1e-13


class Problem(NamedTuple):
    """One random case: x (N, T, D), delta (N, T, H), state (N, H) each, lengths (N,)."""

    params: Params
    x: np.ndarray
    delta: np.ndarray
    state: State
    lengths: np.ndarray


def chunks(count, always):
    """Numbers of parts of a long test, of which the first run always and the others with the slow ones."""
    return [*range(always), *(pytest.param(k, marks=pytest.mark.slow) for k in range(always, count))]


def normal(seed, *shape, dtype="float64"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def random_problem(seed, N=3, T=5, D=2, H=4, dtype="float64", scale=1.0):
    """Everything random and different: initial state not zero, each length in 0..T, at least one whole."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return (scale * rng.standard_normal(shape)).astype(dtype)

    params = Params(W=normal(4 * H, D), U=normal(4 * H, H), b=normal(4 * H))
    lengths = rng.permutation(np.append(rng.integers(0, T + 1, N - 1), T))
    return Problem(params, normal(N, T, D), normal(N, T, H), State(normal(N, H), normal(N, H)), lengths)


def everything(params, x, delta, state, lengths, d_last=None, *, engine, threads=None):
    """All arrays that forward and backward return, by name; nothing left out."""
    trace = forward(params, x, state, lengths, engine=engine, threads=threads)
    grads = backward(params, trace, delta, d_last_state=d_last, threads=threads, keep=True)
    named = {name: trace[name] for name in trace} | {name: grads[name] for name in grads}
    return named | {"last out": trace.last.out, "last state": trace.last.state}


def assert_same(actual, expected, rtol=0.0):
    """Same names, shapes, dtypes and numbers; a difference is relative to the largest entry of the array."""
    assert set(actual) == set(expected)
    for name in expected:
        assert actual[name].shape == expected[name].shape, name
        assert actual[name].dtype == expected[name].dtype, name
        scale = np.abs(expected[name]).max(initial=0)
        np.testing.assert_allclose(actual[name], expected[name], rtol=0, atol=rtol * scale, err_msg=name)


def assert_same_bits(actual, expected, note=""):
    assert set(actual) == set(expected)
    for name in expected:
        assert actual[name].shape == expected[name].shape, name
        if actual[name].tobytes() != expected[name].tobytes():
            np.testing.assert_array_equal(actual[name], expected[name], err_msg=f"{name} {note}")
            raise AssertionError(f"{name} differs in a sign of 0 {note}")
