"""Derivatives measured by moving the inputs, and how far a gradient is from them.

What is differentiated is one number: the loss, plus a random linear function of `trace.last`, so that every
path counts. All inputs are moved: W, U, b, x, the initial out and the initial state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.cells.cell import Cell
from gatewise.cells.ways import symbols_in
from gatewise.engine.params import Params
from gatewise.engine.passes import forward
from gatewise.engine.trace import State, Trace
from gatewise.learn.derivatives.report import Comparison
from gatewise.learn.losses import l2
from gatewise.support.arrays import FloatArray

# Nothing is subtracted in a complex step, so h may be so small that the error, of the order of h², is none.
COMPLEX_STEP = 1e-20
# For central differences, the h that balances truncation, of the order of h², against rounding, eps/h.
CENTRAL_STEP = float(np.finfo(np.float64).eps) ** (1 / 3)


@dataclass(frozen=True)
class ScalarFunction:
    """The number that is differentiated and where: every input, and what makes a loss of out and last."""

    cell: Cell
    inputs: dict[str, FloatArray]
    lengths: ArrayLike | None
    label: FloatArray | None
    delta: FloatArray
    d_last: State
    engine: str

    def loss(self, inputs: dict[str, FloatArray], engine: str) -> Any:
        """Return the loss at `inputs`, in their dtype."""
        params = Params.of({name: inputs[name] for name in self.cell.parameters}, self.cell)
        initial = tuple(inputs[f"{name}0"] for name in self.cell.carried)
        trace = forward(params, inputs["x"], initial, self.lengths, engine=engine)
        last = sum((given * found).sum() for given, found in zip(self.d_last, trace.last, strict=True))
        if self.label is None:
            return (self.delta * trace.out).sum() + last
        return l2(trace.out, self.label)[0] + last

    def moved(self, direction: dict[str, FloatArray], step: complex) -> dict[str, FloatArray]:
        """Return the inputs, in double precision at least, `step` further along `direction`."""
        double = np.result_type(self.inputs["x"], type(step))
        return {name: value.astype(double) + step * direction[name] for name, value in self.inputs.items()}

    def derivative(self, direction: dict[str, FloatArray], method: str) -> Any:
        """Measure the derivative of the loss along `direction`.

        Complex step: Squire and Trapp 1998.
        """
        if method == "complex-step":
            return self.loss(self.moved(direction, 1j * COMPLEX_STEP), "reference").imag / COMPLEX_STEP
        ahead, behind = (
            self.loss(self.moved(direction, h), self.engine) for h in (CENTRAL_STEP, -CENTRAL_STEP)
        )
        return (ahead - behind) / (2 * CENTRAL_STEP)


def terms_of(problem: ScalarFunction, trace: Trace) -> dict[str, float]:
    """How large the terms of each input's gradient are before they cancel.

    A term is what the loss sends back, times a slope such as 1 - a², times what the input meets. Where a gate
    is shut or open to its last digit the slope is the rounding of 1 - 1: all of a gradient may then be noise
    of the size eps times these terms, and is neither right nor wrong. The slope of an activation is at most
    1, so without it a term of an LSTM is at most this. A gradient that is wrong is still off by its own size,
    which is found as long as it is not itself as small as that noise.
    """

    def largest(*arrays: FloatArray) -> float:
        return max((float(np.abs(array).max(initial=0)) for array in arrays), default=0.0)

    cell, inputs = problem.cell, problem.inputs
    ways = cell.derivation.ways
    sent_back = largest(problem.delta, *problem.d_last)
    meets, traced = {}, trace.names()
    for name in cell.parameters:
        # A matrix meets what it multiplies, a vector what stands beside it; what is added meets 1.
        met = {way.column.name for way in ways[name] if way.column is not None}
        beside = {each.name for way in ways[name] for factor in way.factors for each in symbols_in(factor)}
        arrays = [
            array
            for each in met | beside
            for array in (trace[each] if each in traced else None, inputs.get(each), inputs.get(f"{each}0"))
            if array is not None
        ]
        meets[name] = largest(*arrays) if met else max(1.0, largest(*arrays))
    for name, later in (("x", False), *((name, True) for name in cell.carried)):
        used = ways.get(name, ())
        through = {way.matrix.name for way in used if way.matrix is not None and way.later == later}
        meets[f"{name}0" if later else name] = (
            largest(*(inputs[each] for each in through)) if through else 1.0
        )
    return {name: sent_back * met for name, met in meets.items()}


def along_directions(
    problem: ScalarFunction,
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


def entry_by_entry(
    problem: ScalarFunction,
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
