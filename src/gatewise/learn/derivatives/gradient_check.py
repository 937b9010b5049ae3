"""`check`: the gradients of a backward pass beside derivatives measured by moving the inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.passes import backward as engine_backward
from gatewise.engine.passes import forward
from gatewise.engine.trace import Trace
from gatewise.errors import ArgumentError
from gatewise.learn.derivatives.measure import ScalarFunction, along_directions, entry_by_entry, terms_of
from gatewise.learn.derivatives.report import DerivativeReport
from gatewise.learn.losses import l2
from gatewise.support.arrays import FloatArray, as_array, as_real
from gatewise.support.given import brief, check_order
from gatewise.support.options import as_choice, as_flag, as_generator, as_whole

MOST = 10_000  # directions, and entries of each input
METHODS = ("complex-step", "central")

# A complex step leaves the rounding of some thousand operations: 4500 eps, which is 1e-12 in float64.
ROUNDING = 4500
# Central differences leave about 4e-11 times the ratio of the loss to its gradient.
CENTRAL_TOLERANCE = 1e-6


@np.errstate(all="ignore")  # NaN and infinity show in the report, not as warnings
def check(
    params: Params,
    x: ArrayLike,
    label: ArrayLike | None = None,
    *,
    delta: ArrayLike | None = None,
    state: tuple[ArrayLike, ...] | ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    engine: str = "auto",
    method: str = "auto",
    directions: int = 8,
    elementwise: bool = True,
    entries: int = 50,
    seed: int = 0,
    tolerance: float | None = None,
    backward: Callable[..., Grads] = engine_backward,
) -> DerivativeReport:
    """Check the gradients of an engine, or of your own backward pass, at these parameters and this input.

    Parameters
    ----------
    params, x, state, lengths, engine
        As for `forward`.
    label : array (N, T, H), optional
        The loss is `losses.l2`, NaN where there is no label.
    delta : array (N, T, H), optional
        In place of a label: the loss is Σ delta ⊙ out. Random if neither is given.
    method : "auto", "complex-step" or "central"
        complex-step is exact up to rounding; it measures with the reference engine in complex numbers.
        central measures with `engine`, in float64 at least. auto is complex-step, for complex params central.
    directions : int
        How many random directions to try in which all inputs move at once.
    elementwise : bool
        Whether to move single entries, too: of each input all, or `entries` drawn at random if it has more.
    tolerance : float, optional
        The largest error that is `ok`. By default 4500 eps of the dtype, which is 1e-12 in float64; for
        central differences at least 1e-6.
    backward : function, optional
        What to check instead of `gatewise.backward`; it is called in the same way.

    Returns
    -------
    DerivativeReport
        .ok, .max_error, .worst, .method; prints as text.

    Raises
    ------
    ArgumentError
        If label and delta are both given, the method is not possible, or nothing is left to check.
    """
    check_order("derivatives.check", {"params": params, "x": x, "label": label}, {"params": Params})
    if label is not None and delta is not None:
        raise ArgumentError("label and delta are both given; the loss is made from one of them.")
    directions, entries = as_whole("directions", directions, 0, MOST), as_whole("entries", entries, 0, MOST)
    elementwise = as_flag("elementwise", elementwise)
    if tolerance is not None and not as_real(tolerance) >= 0:
        raise ArgumentError(f"tolerance={brief(tolerance)}; it must be a number of at least 0, or None.")
    if not callable(backward):
        raise ArgumentError(
            f"backward is {brief(backward)}; it must be a function, called as gatewise.backward is."
        )
    tolerance = None if tolerance is None else as_real(tolerance)
    if directions < 1 and not (elementwise and entries >= 1):
        raise ArgumentError(
            f"directions={directions}, {elementwise=}, entries={entries} leave nothing to check."
        )
    method = _resolve(method, params)
    rng = as_generator(seed)

    trace = forward(params, x, state, lengths, engine=engine)
    if label is not None:
        label = as_array("label", label, params.dtype, trace.out.shape)
        delta = l2(trace.out, label)[1]
    elif delta is None:
        delta = _random_like(rng, trace.out)
    delta = as_array("delta", delta, params.dtype, trace.out.shape)
    d_last = type(trace.last)(*(_random_like(rng, part) for part in trace.last))
    grads = backward(params, trace, delta, d_last_state=d_last)

    inputs = {
        **params.arrays,
        "x": trace.x,
        **{f"{name}0": trace[f"{name}0"] for name in params.cell.carried},
    }
    problem = ScalarFunction(params.cell, inputs, lengths, label, _inside(trace, delta), d_last, trace.engine)
    gradients = {name: grads[f"d_{name}"] for name in inputs}
    terms = terms_of(problem, trace)
    comparisons = list(along_directions(problem, gradients, terms, method, rng, directions))
    if elementwise:
        comparisons += entry_by_entry(problem, gradients, terms, method, rng, entries)

    if tolerance is None:
        rounding = ROUNDING * float(np.finfo(params.dtype).eps)
        tolerance = max(rounding, CENTRAL_TOLERANCE) if method == "central" else rounding
    size = sum(value.size for value in inputs.values())
    return DerivativeReport(trace.engine, method, tolerance, tuple(comparisons), size)


def _resolve(method: str, params: Params) -> str:
    """Return the method that `method` stands for with these parameters."""
    is_complex = params.dtype.kind == "c"
    if as_choice("method", method, ("auto", *METHODS), "known") == "auto":
        return "central" if is_complex else "complex-step"
    if method == "complex-step" and is_complex:
        raise ArgumentError("A complex step needs real parameters; these are complex. Use method='central'.")
    return method


def _inside(trace: Trace, delta: FloatArray) -> FloatArray:
    """Put 0 past each sequence's own length, where delta means nothing and may be NaN."""
    inside = np.arange(trace.steps) < trace.lengths[..., np.newaxis]
    return np.where(inside[..., np.newaxis], delta, 0)


def _random_like(rng: np.random.Generator, array: FloatArray) -> FloatArray:
    """Draw a standard normal array of the same shape and dtype."""
    return rng.standard_normal(array.shape).astype(array.dtype)
