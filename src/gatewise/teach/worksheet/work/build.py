"""From a model to lines: run the engine, then enter every quantity in the order a person would work it out.

One `Working` per update step. The engine's traces are read here; with hand rounding they only serve to
say how far the hand-carried values drift from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.equation import Equation
from gatewise.cells.known.two_biases import SECOND
from gatewise.cells.quantities import at, quantities_of
from gatewise.cells.shapes import Shapes
from gatewise.engine.any_cell import state_of
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.engine.trace import Trace
from gatewise.expression import Expression, Symbol
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import sgd
from gatewise.support.reprs import short_repr
from gatewise.teach.worksheet.digits import Rounding, Ties, Values
from gatewise.teach.worksheet.work.working import Working, line_id

Texts = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class SequenceProblem:
    """One sequence: x (T, D), label (T, H) with NaN where there is none, or None; all float64.

    `state` has what the cell carries into the first step, by name; `second_bias` what is added beside b where
    there are two.
    """

    params: Params
    x: Values
    label: Values | None
    state: Any
    learning_rate: float
    texts: Texts
    second_bias: Values | None = None

    @property
    def summed(self) -> Params:
        """The parameters with the sum of both biases as b: what the engine runs."""
        second = self.second_bias
        return self.params if second is None else self.params.replace(b=self.params.b + second)

    def shapes(self, biases: int = 1) -> Shapes:
        """How large the quantities of its cell are."""
        params = self.params
        sizes = {"D": params.input_size, "H": params.hidden_size}
        sizes |= {letter: params.length_of(name) for name, letter in params.cell.sizes.items()}
        return Shapes(quantities_of(params.cell, biases), sizes)

    def __repr__(self) -> str:
        label = None if self.label is None else self.label.shape
        return short_repr(self, repr(self.params), x=self.x.shape, label=label)


@dataclass(frozen=True)
class Worked:
    """All workings of a problem, and the loss before each update and after the last (none without labels).

    By hand, too, the losses are in full precision: those of the parameters and data that stand on the sheet.
    """

    workings: tuple[Working, ...]
    losses: tuple[float, ...]
    traces: tuple[Trace, ...]
    grads: tuple[Grads, ...]
    drift: float  # the largest difference between a hand-carried value and the full-precision one


def build(
    problem: SequenceProblem,
    *,
    updates: int,
    digits: int,
    rounding: Rounding,
    ties: Ties,
    order: tuple[str, ...] | None = None,
    biases: int = 1,
) -> Worked:
    """Work the problem out, `updates` times in a row; with two biases, the second is 0 unless it is given."""
    params, shapes = problem.summed, problem.shapes(biases)
    workings: list[Working] = []
    losses: list[float] = []
    traces: list[Trace] = []
    all_grads: list[Grads] = []
    drift = 0.0
    for update in range(1, updates + 1):
        working = Working(
            len(problem.x), shapes,
            digits=digits, rounding=rounding, ties=ties, update=update, order=order,
        )  # fmt: skip
        run = _Run(problem, params)
        _enter_given(working, problem, workings[-1] if workings else None)
        for equation, t in shapes.quantities.order_of_work(run.trace.steps, problem.label is not None):
            traced = run.traced(equation, t, biases)
            line = working.derive(equation, t, traced)
            if traced is not None:
                drift = max(drift, _apart(line.value, traced))
        workings.append(working)
        traces.append(run.trace)
        if problem.label is None:
            break
        assert run.grads is not None
        losses.append(_loss(working))
        all_grads.append(run.grads)
        params = run.updated
        if biases == 2:
            params = params.replace(
                b=working[Symbol("b", new=True)].value + working[Symbol(SECOND, new=True)].value
            )
    if problem.label is not None:
        losses.append(_loss(workings[-1], updated=True))
    return Worked(tuple(workings), tuple(losses), tuple(traces), tuple(all_grads), drift)


def work_by_hand(
    problem: SequenceProblem,
    digits: int,
    ties: Ties = "half-up",
    instead: Mapping[str, Expression] | None = None,
) -> Working:
    """One update of a problem with labels, every quantity rounded before it is used.

    `instead` has the right-hand sides that some lines are worked out by in place of their own, by line id
    ("B2@t=0"), with t and T in them: mistakes, on which all later lines build.
    """
    working = Working(len(problem.x), problem.shapes(), digits=digits, rounding="hand", ties=ties)
    _enter_given(working, problem, None)
    for equation, t in working.quantities.order_of_work(len(problem.x)):
        right = (instead or {}).get(line_id(equation.id, t))
        working.derive(equation if right is None else replace(equation, right=right), t, None)
    return working


class _Run:
    """The engine's forward and backward pass, and the values it has for each equation."""

    def __init__(self, problem: SequenceProblem, params: Params) -> None:
        self.trace = forward(params, problem.x, problem.state, engine="reference")
        self.grads: Grads | None = None
        if problem.label is not None:
            self.loss, self.delta = l2(self.trace.out, problem.label)
            self.grads = backward(params, self.trace, self.delta, keep=True)
            self.updated = sgd(params, self.grads, problem.learning_rate)

    def traced(self, equation: Equation, t: int | None, biases: int = 1) -> Values | None:
        """Return the engine's value of the equation's left side at t; None where it keeps none."""
        name, part = equation.left.name, equation.left.part
        if biases == 2 and equation.phase == "update" and name in ("b", SECOND):
            return None  # the engine has their sum
        name = "d_b" if name == f"d_{SECOND}" else name
        if equation.phase == "forward":
            return self._field(self.trace, name, t)
        assert self.grads is not None
        if equation.phase == "loss":
            return np.asarray(self.loss) if t is None else None
        if equation.phase == "update":
            return np.asarray(getattr(self.updated, name))
        if name == "delta":
            return self._field({name: self.delta}, name, t)
        if name.startswith("delta_"):  # B8 at t gives Δout_{t-1}
            first = f"d_{name.removeprefix('delta_')}0"
            return (
                self._field(self.grads, first, None) if t == 0 else self._field(self.grads, name, t and t - 1)
            )
        value = self._field(self.grads, name, t)
        rows = self.updated.cell.rows_of(name.removeprefix("d_"), part, len(value)) if part else None
        return value if rows is None else value[rows]

    @staticmethod
    def _field(record: Any, name: str, t: int | None) -> Values:
        return np.asarray(record[name] if t is None else record[name][t])


def _loss(working: Working, updated: bool = False) -> float:
    """Return the loss, in full precision, of the parameters and data that stand on the sheet."""

    def series(name: str) -> Values:
        return np.stack([working[at(name, t)].value for t in range(working.steps)])

    cell = working.quantities.cell
    weights = {name: working[Symbol(name, new=updated)].value for name in cell.parameters}
    if working.quantities.biases == 2:
        weights["b"] = weights["b"] + working[Symbol(SECOND, new=updated)].value
    params = Params.of(weights, cell)
    state = state_of(cell)(*(working[at(name, -1)].value for name in cell.carried))
    return float(l2(forward(params, series("x"), state, engine="reference").out, series("label"))[0])


def _enter_given(working: Working, problem: SequenceProblem, before: Working | None) -> None:
    """Enter the parameters (after the update `before`, if there is one), the data and the boundary values."""
    texts = problem.texts
    for name in working.quantities.parameters:
        if before is None and name == SECOND:
            second = problem.second_bias
            working.give(Symbol(name), np.zeros_like(problem.params.b) if second is None else second)
        elif before is None:
            working.give(Symbol(name), getattr(problem.params, name), texts=texts.get(name))
        else:
            new = before[Symbol(name, new=True)]
            working.give(Symbol(name), new.value, texts=new.texts, uses=(new.id,))
    working.give(Symbol("learning_rate"), np.asarray(problem.learning_rate), texts=texts.get("learning_rate"))
    for name, series in (("x", problem.x), ("label", problem.label)):
        for t in range(working.steps if series is not None else 0):
            assert series is not None
            text = texts[name][t] if name in texts else None
            working.give(at(name, t), series[t], texts=text)
    for name in working.quantities.cell.carried:
        working.give(at(name, -1), getattr(problem.state, name), texts=texts.get(name))
    if problem.label is not None:
        working.give_boundaries()


def _apart(value: NDArray[Any], other: NDArray[Any]) -> float:
    """Return how far two arrays are apart at most; the same infinity is not."""
    with np.errstate(invalid="ignore"):
        return float(np.where(value == other, 0, np.abs(value - other)).max())
