"""Check a backward pass: compare its gradients with derivatives measured by moving the inputs.

What is differentiated is one number: the loss, plus a random linear function of `trace.last`, so that every
path counts. All inputs are moved: W, U, b, x, the initial out and the initial state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gatewise.arrays import FloatArray, as_array
from gatewise.engine import backward as engine_backward
from gatewise.engine import forward
from gatewise.errors import ArgumentError
from gatewise.losses import l2
from gatewise.params import Grads, Params
from gatewise.trace import State, Trace

METHODS = ("complex-step", "central")

# Nothing is subtracted in a complex step, so h may be so small that the error, of the order of h², is none.
COMPLEX_STEP = 1e-20
# For central differences, the h that balances truncation, of the order of h², against rounding, eps/h.
CENTRAL_STEP = float(np.finfo(np.float64).eps) ** (1 / 3)

# A complex step leaves the rounding of some thousand operations: 4500 eps, which is 1e-12 in float64.
ROUNDING = 4500
# Central differences leave about 4e-11 times the ratio of the loss to its gradient.
CENTRAL_TOLERANCE = 1e-6


class Comparison(NamedTuple):
    """One derivative: by the backward pass (`analytic`) and measured (`numeric`).

    `name` is an input and `at` the place of the entry in it, or "direction" and its number. `error` is
    |analytic - numeric|: for a direction relative to the sum of the magnitudes of the terms that add up to
    the derivative, for an entry to the largest in that input's gradient (by central differences: in any);
    but in either case at least to the size those terms had before they cancelled (`_terms`).
    """

    name: str
    at: tuple[int, ...]
    analytic: Any
    numeric: Any
    error: float


@dataclass(frozen=True)
class Report:
    """What `check` found; printing it says so in words."""

    engine: str
    method: str
    tolerance: float
    comparisons: tuple[Comparison, ...]
    size: int  # how many entries the inputs have together

    @property
    def worst(self) -> Comparison:
        """The comparison with the largest error; NaN counts as larger than any number."""
        return self.comparisons[int(np.argmax([one.error for one in self.comparisons]))]

    @property
    def max_error(self) -> float:
        """The largest relative error; `Comparison` says relative to what."""
        return self.worst.error

    @property
    def ok(self) -> bool:
        """Whether every error is within the tolerance."""
        return self.max_error <= self.tolerance

    def __str__(self) -> str:
        name, at, analytic, numeric, _ = self.worst
        directions = sum(one.name == "direction" for one in self.comparisons)
        return (
            f"The gradients {'agree' if self.ok else 'DO NOT AGREE'} with {self.method}: largest relative "
            f"error {self.max_error:.1e}, allowed {self.tolerance:.1e} (engine: {self.engine}).\n"
            f"Worst: {name}[{', '.join(map(str, at))}], backward {analytic:.10g}, measured {numeric:.10g}.\n"
            f"Checked: {directions} directions through all inputs at once, "
            f"{len(self.comparisons) - directions} of {self.size} entries one by one."
        )


@dataclass(frozen=True)
class _Problem:
    """The number that is differentiated and where: every input, and what makes a loss of out and last."""

    inputs: dict[str, FloatArray]
    lengths: ArrayLike | None
    label: FloatArray | None
    delta: FloatArray
    d_last: State
    engine: str

    def loss(self, inputs: dict[str, FloatArray], engine: str) -> Any:
        """The loss at `inputs`, in their dtype."""
        params = Params(W=inputs["W"], U=inputs["U"], b=inputs["b"])
        initial = State(inputs["out0"], inputs["state0"])
        trace = forward(params, inputs["x"], initial, self.lengths, engine=engine)
        last = (self.d_last.out * trace.last.out).sum() + (self.d_last.state * trace.last.state).sum()
        if self.label is None:
            return (self.delta * trace.out).sum() + last
        return l2(trace.out, self.label)[0] + last

    def moved(self, direction: dict[str, FloatArray], step: complex) -> dict[str, FloatArray]:
        """The inputs, in double precision at least, `step` further along `direction`."""
        double = np.result_type(self.inputs["W"], type(step))
        return {name: value.astype(double) + step * direction[name] for name, value in self.inputs.items()}

    def derivative(self, direction: dict[str, FloatArray], method: str) -> Any:
        """The derivative of the loss along `direction`, measured.

        Complex step: Squire and Trapp 1998.
        """
        if method == "complex-step":
            return self.loss(self.moved(direction, 1j * COMPLEX_STEP), "reference").imag / COMPLEX_STEP
        ahead, behind = (
            self.loss(self.moved(direction, h), self.engine) for h in (CENTRAL_STEP, -CENTRAL_STEP)
        )
        return (ahead - behind) / (2 * CENTRAL_STEP)


def check(
    params: Params,
    x: ArrayLike,
    label: ArrayLike | None = None,
    *,
    delta: ArrayLike | None = None,
    state: State | tuple[ArrayLike, ArrayLike] | None = None,
    lengths: ArrayLike | None = None,
    engine: str = "auto",
    method: str = "auto",
    directions: int = 8,
    elementwise: bool = True,
    entries: int = 50,
    seed: int = 0,
    tolerance: float | None = None,
    backward: Callable[..., Grads] = engine_backward,
) -> Report:
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
    Report
        .ok, .max_error, .worst, .method; prints as text.

    Raises
    ------
    ArgumentError
        If label and delta are both given, the method is not possible, or nothing is left to check.
    """
    if label is not None and delta is not None:
        raise ArgumentError("label and delta are both given; the loss is made from one of them.")
    if directions < 1 and not (elementwise and entries >= 1):
        raise ArgumentError(
            f"directions={directions}, {elementwise=}, entries={entries} leave nothing to check."
        )
    method = _resolve(method, params)
    rng = np.random.default_rng(seed)

    trace = forward(params, x, state, lengths, engine=engine)
    if label is not None:
        label = as_array("label", label, params.dtype, trace.out.shape)
        delta = l2(trace.out, label)[1]
    elif delta is None:
        delta = _random_like(rng, trace.out)
    delta = as_array("delta", delta, params.dtype, trace.out.shape)
    d_last = State(_random_like(rng, trace.last.out), _random_like(rng, trace.last.state))
    grads = backward(params, trace, delta, d_last_state=d_last)

    inputs = {"W": params.W, "U": params.U, "b": params.b}
    inputs |= {"x": trace.x, "out0": trace.out0, "state0": trace.state0}
    problem = _Problem(inputs, lengths, label, _inside(trace, delta), d_last, trace.engine)
    gradients = {name: grads[f"d_{name}"] for name in inputs}
    terms = _terms(problem, trace)
    comparisons = list(_along_directions(problem, gradients, terms, method, rng, directions))
    if elementwise:
        comparisons += _entry_by_entry(problem, gradients, terms, method, rng, entries)

    if tolerance is None:
        rounding = ROUNDING * float(np.finfo(params.dtype).eps)
        tolerance = max(rounding, CENTRAL_TOLERANCE) if method == "central" else rounding
    size = sum(value.size for value in inputs.values())
    return Report(trace.engine, method, tolerance, tuple(comparisons), size)


def _resolve(method: str, params: Params) -> str:
    """Return the method that `method` stands for with these parameters."""
    is_complex = params.dtype.kind == "c"
    if method == "auto":
        return "central" if is_complex else "complex-step"
    if method not in METHODS:
        raise ArgumentError(f"method={method!r} is not known. Choose from: auto, {', '.join(METHODS)}.")
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


def _terms(problem: _Problem, trace: Trace) -> dict[str, float]:
    """How large the terms of each input's gradient are before they cancel.

    A term is what the loss sends back, times a slope such as 1 - a², times what the input meets. Where a gate
    is shut or open to its last digit the slope is the rounding of 1 - 1: all of a gradient may then be noise
    of the size eps times these terms, and is neither right nor wrong. No slope is above 1, so without them a
    term is at most this. A gradient that is wrong is still off by its own size, which is found as long as it
    is not itself as small as that noise.
    """

    def largest(*arrays: FloatArray) -> float:
        return max(float(np.abs(array).max(initial=0)) for array in arrays)

    sent_back = largest(problem.delta, *problem.d_last)
    W, U, x = (problem.inputs[name] for name in ("W", "U", "x"))
    meets = {"W": largest(x), "U": largest(trace.out, trace.out0), "b": 1.0}
    meets |= {"x": largest(W), "out0": largest(U), "state0": 1.0}
    return {name: sent_back * met for name, met in meets.items()}


def _along_directions(
    problem: _Problem,
    gradients: dict[str, FloatArray],
    terms: dict[str, float],
    method: str,
    rng: np.random.Generator,
    directions: int,
) -> Iterator[Comparison]:
    """Compare along random directions, of length about 1, through all inputs."""
    length = np.sqrt(sum(value.size for value in problem.inputs.values()))
    for number in range(directions):
        direction = {
            name: rng.standard_normal(value.shape) / length for name, value in problem.inputs.items()
        }
        parts = np.concatenate([(gradients[name] * direction[name]).ravel() for name in gradients])
        least = max(terms[name] * np.abs(direction[name]).max(initial=0) for name in terms)
        numeric = problem.derivative(direction, method)
        yield _compare("direction", (number,), parts.sum(), numeric, max(np.abs(parts).sum(), least))


def _entry_by_entry(
    problem: _Problem,
    gradients: dict[str, FloatArray],
    terms: dict[str, float],
    method: str,
    rng: np.random.Generator,
    entries: int,
) -> Iterator[Comparison]:
    """Compare the derivative by single entries, at most `entries` of each input."""
    largest = {name: np.abs(gradient).max(initial=terms[name]) for name, gradient in gradients.items()}
    for name, value in problem.inputs.items():
        scale = largest[name] if method == "complex-step" else max(largest.values())
        for position in rng.permutation(value.size)[:entries]:
            at = tuple(map(int, np.unravel_index(position, value.shape)))
            direction = {other: np.zeros(array.shape) for other, array in problem.inputs.items()}
            direction[name][at] = 1
            numeric = problem.derivative(direction, method)
            yield _compare(name, at, gradients[name][at], numeric, scale)


def _compare(name: str, at: tuple[int, ...], analytic: Any, numeric: Any, scale: float) -> Comparison:
    """Compare the two, relative to `scale` or, where it is larger, to the measured derivative."""
    scale = max(scale, abs(numeric))
    difference = abs(analytic - numeric)
    return Comparison(name, at, analytic, numeric, float(difference / scale) if scale else float(difference))
