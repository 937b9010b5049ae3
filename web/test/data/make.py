"""Write models and what the engine makes of them, for the tests of the page's arithmetic.

    python web/test/data/make.py

models.json has lists of cases: the data of a page, and values by block and key ("0:d_state@1"). Beside the
plain pass: after edits, after ten updates, and by hand as a worksheet carries it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from problems import RATE, drawn, edited, problem_of

from gatewise.cells import CELLS, cell_named
from gatewise.cells.quantities import at, quantities_of
from gatewise.engine import Params, backward, forward
from gatewise.engine.any_cell import state_of
from gatewise.expression.functions import FUNCTIONS
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import sgd
from gatewise.teach.explore.block import key_of
from gatewise.teach.explore.head import Head
from gatewise.teach.explore.program import program_of_layers, program_of_problem
from gatewise.teach.problem import load_problem
from gatewise.teach.worksheet.work.build import SequenceProblem, work_by_hand

HERE = Path(__file__).parent
UPDATES = 10
Values = dict[str, Any]


def plain(values: Any) -> list[float | None]:
    """Return all numbers in a row; NaN is None."""
    return [None if np.isnan(each) else each for each in np.ravel(values).tolist()]


def engine_values(
    params: Params, x: Any, label: Any, state: Any, delta: Any = None, rate: float = RATE
) -> Values:
    """Return every quantity of one layer by its key, from the engine; with `delta` in place of a label."""
    known = quantities_of(params.cell)
    trace = forward(params, x, state, engine="reference")
    loss = None
    if delta is None:
        loss, delta = l2(trace.out, label)
    grads = backward(params, trace, delta, keep=True)
    updated = sgd(params, grads, rate)
    values: Values = {} if loss is None else {"loss": plain(loss)}
    for equation in known.equations:
        left = equation.left
        if equation.phase == "forward":
            values |= {key_of(at(left.name, t)): plain(trace[left.name][t]) for t in range(len(x))}
        elif left.name == "delta":
            values |= {f"delta@{t}": plain(delta[t]) for t in range(len(x))}
        elif left.name.startswith("delta_"):
            values |= {f"{left.name}@{t}": plain(grads[left.name][t]) for t in range(len(x) - 1)}
            values[f"{left.name}@-1"] = plain(grads[f"d_{left.name.removeprefix('delta_')}0"])
        elif equation.phase == "backward":
            values |= {f"{left.name}@{t}": plain(grads[left.name][t]) for t in range(len(x))}
    for name in params.arrays:
        values |= {f"d_{name}": plain(grads[f"d_{name}"]), f"{name}_new": plain(updated.arrays[name])}
    starts = {f"d_{name}0": plain(grads[f"d_{name}0"]) for name in params.cell.carried}
    return values | {f"initial:{name}": values for name, values in starts.items()}


def at_block(number: int, values: Values) -> Values:
    """Put a block's number before the keys."""
    return {f"{number}:{key}": each for key, each in values.items()}


def case(name: str, problem: Any, seed: int = 0, mistakes: bool = False) -> dict[str, Any]:
    """Return one cell's case."""
    data = program_of_problem(problem)
    if not mistakes:
        without_mistakes(data)

    def worked(of: Any) -> Values:
        return at_block(0, engine_values(of.params, of.x, of.label, of.state, rate=of.learning_rate))

    edits, after = edited(problem, seed)
    after.learning_rate = problem.learning_rate
    params = problem.params
    losses = []
    for _ in range(UPDATES):
        trace = forward(params, problem.x, problem.state, engine="reference")
        loss, delta = l2(trace.out, problem.label)
        losses.append(float(loss))
        params = sgd(params, backward(params, trace, delta), problem.learning_rate)
    later = SimpleNamespace(**{**vars(after), "params": params, "x": problem.x, "label": problem.label})
    return {
        "name": name,
        "data": data,
        "values": worked(problem),
        "edits": edits,
        "edited": worked(after),
        "updates": UPDATES,
        "losses": losses,
        "updated": worked(later),
    }


def by_hand(name: str, problem: Any, ways: Iterable[tuple[int, Any]]) -> dict[str, Any]:
    """Return what a worksheet by hand has for each line, by key, for each way of rounding."""
    state = problem.state or state_of(problem.params.cell)(
        *(np.zeros(problem.params.length_of(each)) for each in problem.params.cell.carried)
    )
    sequence = SequenceProblem(
        problem.params, np.atleast_2d(problem.x), problem.label, state, problem.learning_rate, {}
    )
    runs = []
    for digits, ties in ways:
        working = work_by_hand(sequence, digits, ties)
        values = {f"0:{key_of(line.left)}": plain(line.value) for line in working}
        runs.append({"digits": digits, "ties": ties, "values": values})
    return {"name": name, "data": without_mistakes(program_of_problem(problem)), "runs": runs}


def without_mistakes(data: dict[str, Any]) -> dict[str, Any]:
    """Leave the mistakes out, which are most of a page."""
    equations = [equation for block in data["blocks"] for equation in block["equations"]]
    for equation in equations:
        equation["mistakes"] = []
    return data


def classes(name: str, seed: int) -> dict[str, Any]:
    """Return a layer and a head that gives probabilities, with a step whose label is missing."""
    rng = np.random.default_rng(seed)
    T, D, H, P = 4, 2, 3, 3
    params = drawn(CELLS["lstm"], D, H, T, seed).params
    x, V, c = rng.normal(0, 1, (T, D)), rng.normal(0, 1, (P, H)), rng.normal(0, 1, P)
    label = np.eye(P)[rng.integers(P, size=T)]
    label[1] = np.nan
    out = forward(params, x, engine="reference").out
    z = np.exp(out @ V.T + c)
    y = z / z.sum(1, keepdims=True)
    known = ~np.isnan(label)
    delta = np.where(known, y - label, 0.0)
    loss = -np.sum(np.where(known, label, 0.0) * np.log(y))
    bottom = engine_values(params, x, None, None, delta=delta @ V)
    head: Values = {"loss": plain(loss), "d_V": plain(delta.T @ out), "d_c": plain(delta.sum(0))}
    head |= {f"y@{t}": plain(y[t]) for t in range(T)} | {f"delta@{t}": plain(delta[t]) for t in range(T)}
    made = Head(V=V, c=c, label=label, last=False, function="softmax")
    data = program_of_layers([("layer", params)], x, head=made, learning_rate=RATE)
    return {"name": name, "data": without_mistakes(data), "values": at_block(0, bottom) | at_block(1, head)}


def forward_alone(name: str, seed: int) -> dict[str, Any]:
    """Return a model without labels."""
    problem = drawn(CELLS["peephole"], 2, 3, 4, seed)
    problem.label = None
    trace = forward(problem.params, problem.x, problem.state, engine="reference")
    names = [equation.left.name for equation in problem.params.cell.forward]
    values = {f"{name}@{t}": plain(trace[name][t]) for name in names for t in range(len(problem.x))}
    return {"name": name, "data": program_of_problem(problem), "values": at_block(0, values)}


def stacked(name: str, last: bool, reverse: bool, seed: int, skip: int = 0) -> dict[str, Any]:
    """Return two layers and a head, worked out by layers; the head reads the last `skip` rows of x, too."""
    rng = np.random.default_rng(seed)
    T, D, H, P = 5, 2, 3, 2
    first, second = drawn(CELLS["lstm"], D, H, T, seed).params, drawn(CELLS["gru"], H, H, T, seed + 1).params
    x, V, c = rng.normal(0, 1, (T, D)), rng.normal(0, 1, (P, H)), rng.normal(0, 1, P)
    label = rng.normal(0, 1, (1 if last else T, P))
    label[0, 0] = np.nan
    below = forward(first, x, engine="reference").out
    above = forward(second, below[::-1] if reverse else below, engine="reference").out
    read = above[-1:] if last else above[::-1] if reverse else above
    S, recent = rng.normal(0, 1, (P, skip * D)), x[T - skip :].ravel()
    y = read @ V.T + S @ recent + c
    delta = np.where(np.isnan(label), 0.0, y - label)
    back = delta @ V
    d_above = np.zeros_like(above)
    if last:
        d_above[-1] = back[0]
    else:
        d_above[:] = back[::-1] if reverse else back
    top = engine_values(second, below[::-1] if reverse else below, None, None, delta=d_above)
    d_below = np.array([top[f"d_x@{t}"] for t in range(T)])
    bottom = engine_values(first, x, None, None, delta=d_below[::-1] if reverse else d_below)
    head: Values = {
        "loss": plain(0.5 * np.sum(delta**2)),
        "d_V": plain(delta.T @ read),
        "d_c": plain(delta.sum(0)),
    }
    head |= {"V_new": plain(V - RATE * (delta.T @ read)), "c_new": plain(c - RATE * delta.sum(0))}
    for t in range(len(y)):
        head |= {f"y@{t}": plain(y[t]), f"x@{t}": plain(read[t]), f"d_x@{t}": plain(back[t])}
    made = Head(V=V, c=c, label=label, last=last)
    if skip:
        made = replace(made, beside={"recent": (S, recent[np.newaxis])}, recent_rows=skip)
        head |= {"recent@0": plain(recent), "d_recent@0": plain(delta[0] @ S)}
        head |= {
            "d_S": plain(np.outer(delta[0], recent)),
            "S_new": plain(S - RATE * np.outer(delta[0], recent)),
        }
    data = program_of_layers(
        [("layer 0", first), ("layer 1", second)], x, head=made,
        flips=(False, reverse, reverse), learning_rate=RATE,
    )  # fmt: skip
    values = at_block(0, bottom) | at_block(1, top) | at_block(2, head)
    return {"name": name, "data": without_mistakes(data), "values": values}


def functions() -> dict[str, Any]:
    """Return values of each function that formulas may call: at points, and at its limits and beside them."""
    points = [
        -800.0,
        -7.5,
        -2.5,
        -1.0,
        -0.3,
        -1e-9,
        0.0,
        1e-9,
        0.05,
        0.3,
        0.5,
        0.999,
        1.0,
        2.0,
        2.5,
        7.5,
        800.0,
    ]
    limits = [np.tanh(2.0), np.tanh(2.0) - 1e-13, np.tanh(2.0) - 1e-15, -np.tanh(2.0), 3.0, 2.9999, -3.0]
    names = [*FUNCTIONS, "clip(2)", "clip(0.5)", "between(3)", "between(tanh, 2)", "between(sigmoid, 3)"]
    table = {}
    for name in names:
        at = np.array([*points, *limits])
        with np.errstate(all="ignore"):
            table[name] = [
                [*pair] for pair in zip(at.tolist(), finite(FUNCTIONS[name].worth(at)), strict=True)
            ]
    return table


def finite(values: Any) -> list[float | str | None]:
    """Return numbers as JSON holds them; NaN is None, and infinity a word."""
    return [
        None if np.isnan(each) else str(each) if np.isinf(each) else each
        for each in np.asarray(values).tolist()
    ]


def cases() -> dict[str, Any]:
    """Return all cases by kind."""
    example = load_problem()
    engine = [case("worked example", example, mistakes=True)]
    for seed, name in enumerate([*CELLS, "lstm+clip=0.5", "peephole+coupled+no-bias", "lstm+state-clip=0.2"]):
        cell = cell_named(name)
        engine.append(case(name, drawn(cell, 2, 3, 4, seed), seed))
    sizes = [(name, 1, 1, T) for name in ("lstm", "gru", "projected") for T in (1, 2)]
    sizes += [(name, 5, 16, 30) for name in ("lstm", "gru-reset-after")]
    engine += [
        case(f"{name}, {H} units, {T} steps", drawn(CELLS[name], D, H, T, 50)) for name, D, H, T in sizes
    ]
    ties = ("half-up", "half-even", "truncate")
    hand = [by_hand("worked example", example, [(digits, each) for digits in (2, 4, 6) for each in ties])]
    for seed, name in enumerate(CELLS):
        problem = drawn(CELLS[name], 2, 2, 3, seed + 20)
        short = {key: np.round(array, 2) for key, array in problem.params.arrays.items()}
        problem = problem_of(
            Params.of(short, CELLS[name]), np.round(problem.x, 1), np.round(problem.label, 1), problem.state
        )
        hand.append(by_hand(name, problem, [(3, "half-up"), (5, "half-even")]))
    layers = [
        stacked("two layers and a head of each step", False, False, 5),
        stacked("two layers and a head of the last step", True, False, 6),
        stacked("a layer in reverse", False, True, 7),
        stacked("two layers and a head that reads the last rows, too", True, False, 8, skip=2),
        classes("a layer and a head of classes", 8),
        forward_alone("a forward pass alone", 9),
    ]
    return {"engine": engine, "hand": hand, "layers": layers, "functions": functions()}


if __name__ == "__main__":
    started = time.time()
    new = HERE / f"models.{os.getpid()}.part"
    new.write_text(json.dumps(cases()))
    os.utime(new, (started, started))  # a source that changes meanwhile is newer than what is made of it
    new.replace(HERE / "models.json")
