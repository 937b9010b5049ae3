"""What the checks say of the compiled core that is loaded: run by test_native_mutants.py, in a process for each mutant.

Prints the names of the checks that it fails. A difference counts if it is far from rounding; so does NaN.
"""

import numpy as np
from helpers import everything, random_problem
from variants import VARIANTS, problem
from variants import everything as of_variant

from gatewise.engine.trace import State
from gatewise.learn.derivatives import check
from gatewise.learn.network import head

FAR = 1e6  # tolerances; a wrong formula is off by percents
ROUNDING = 1e-12

# N, T, D, H, lengths: a square problem in which shapes hide nothing; several chunks of the backward pass and blocks with
# a tail; several groups; a single sequence longer than its W·x is worked out ahead.
PROBLEMS = [
    (3, 4, 3, 3, [4, 2, 0]),
    (9, 100, 2, 5, [100, 77, 30, 100, 0, 1, 55, 99, 13]),
    (1, 60, 3, 5, [60]),
]


def far_off(actual, expected):
    """Whether two arrays differ by more than rounding."""
    scale = np.abs(expected).max(initial=0) or 1
    return not np.abs(actual - expected).max(initial=0) <= FAR * ROUNDING * scale


def fails_check(params, x, delta, state, lengths):
    few = {"directions": 3, "entries": 4}
    report = check(params, x, delta=delta, state=state, lengths=lengths, engine="native", **few)
    return not report.max_error <= FAR * report.tolerance


def fails_lengths(params, x, delta, state, lengths):
    """Padding has no influence, and everything past a sequence's length reads 0, in memory that held NaN."""
    N, T, _ = delta.shape
    whole = np.full(N, T)
    expected = everything(params, x, delta, state, lengths, state, engine="native")
    everything(params, np.full_like(x, np.nan), delta, state, whole, state, engine="native")
    outside = np.arange(T) >= np.array(lengths)[:, np.newaxis]
    x, delta = x.copy(), delta.copy()
    x[outside] = delta[outside] = np.nan
    actual = everything(params, x, delta, state, lengths, state, engine="native")
    if any(far_off(actual[name], expected[name]) for name in expected):
        return True
    for n, length in enumerate(lengths):
        if any(actual[name][n, length:].any() for name in ("out", "state", "d_x", "d_out", "d_gates")):
            return True
        if length:
            start = State(*(part[n] for part in state))
            alone = everything(params, x[n, :length], delta[n, :length], start, None, start, engine="native")
            ends = ("last out", "last state", "d_out0", "d_state0")
            if any(far_off(actual[name][n], alone[name]) for name in ends):
                return True
    return False


def fails_reference(params, x, delta, state, lengths):
    """Every array, against the readable engine."""
    expected = everything(params, x, delta, state, lengths, engine="reference")
    actual = everything(params, x, delta, state, lengths, engine="native")
    return any(far_off(actual[name], expected[name]) for name in expected)


def fails_head():
    """The linear head against NumPy: more rows than 64 pieces of the least size have, columns in several vectors with a tail."""
    rng = np.random.default_rng(11)
    R, F, P = 30_000, 5, 23
    W, b, z, d_y = (rng.standard_normal(shape) for shape in ((P, F), (P,), (R, F), (R, P)))
    y = head.forward(W, b, z, "native", None)
    d_z, d_parameters = head.backward(W, z, d_y, "native", None)
    parts = [(y, z @ W.T + b), (d_z, d_y @ W), (d_parameters, np.append(d_y.T @ z, d_y.sum(axis=0)))]
    return any(far_off(*part) for part in parts)


def fails_variants():
    """Every array of every variant of the LSTM, with chunks, blocks and lengths, against the readable engine."""
    for number, cell in enumerate(VARIANTS.values()):
        for N, T, D, H, Q in ((3, 4, 3, 3, 2), (9, 100, 2, 5, 6), (1, 6, 3, 5, 9)):
            case = problem(cell, number, N, T, D, H, Q, scale=0.6)
            spoilt = case._replace(x=np.full_like(case.x, np.nan), lengths=None)
            of_variant(spoilt, engine="native")  # memory then holds NaN
            expected, actual = (of_variant(case, engine=engine) for engine in ("reference", "native"))
            if any(far_off(actual[name], expected[name]) for name in expected):
                return True
    return False


CHECKS = {"check": fails_check, "lengths": fails_lengths, "reference": fails_reference}

if __name__ == "__main__":
    failed = ({"head"} if fails_head() else set()) | ({"variants"} if fails_variants() else set())
    for N, T, D, H, lengths in PROBLEMS:
        params, x, delta, state, _ = random_problem(11, N, T, D, H, scale=0.5)
        failed |= {name for name, fails in CHECKS.items() if fails(params, x, delta, state, lengths)}
    print(*sorted(failed))
