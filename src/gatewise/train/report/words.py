"""What the measured numbers mean, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.cells import LSTM, Cell
from gatewise.cells.memory import forgets_by_a_gate
from gatewise.expression import Number, text
from gatewise.support.given import listed
from gatewise.train.metrics.table import METRICS
from gatewise.train.model.metrics_text import advantage, compared, count, number, percent, title
from gatewise.train.report.diagnostics import MeasuredCell, Series, function_of, memory_of
from gatewise.train.report.inside import SHOWN_GATES

HARDLY = 0.01  # a gradient that has fallen below this share of its largest hardly counts
MOST_NAMED = 6  # inputs in a sentence
EXPLODES = 100.0  # times as large at the first step as at the last
Metrics = Mapping[str, Mapping[str, float | None]]


def verdict(target: str, metrics: Metrics, of: str, network: str = "LSTM", metric: str | None = None) -> str:
    """Say how the `network`, by the name that it has there, compares with each baseline on one target.

    `metric` decides; without one, as in results of before there was a choice, the mean absolute error does,
    or the accuracy.
    """
    measure, values = _measured(metrics, network, metric)
    if network not in values:
        return f"{target}: no value is known in the {of}, so nothing can be compared."
    ours = values.pop(network)
    parts = [f"{compared(measure, ours, theirs)} {who} ({number(theirs)})" for who, theirs in values.items()]
    return (
        f"{target}: {title(measure)} {number(ours)} on the {of}"
        + ("; " + ", ".join(parts) if parts else "")
        + "."
    )


def _measured(metrics: Metrics, network: str, metric: str | None) -> tuple[str, dict[str, float]]:
    """Return the metric that decides, and each predictor's where it is known.

    One that has no value for the network here decides nothing, and the usual one does.
    """
    usual = "mae" if "mae" in metrics[network] else "accuracy"
    measure = metric if metric is not None and metrics[network].get(metric) is not None else usual
    found = {who: values.get(measure) for who, values in metrics.items()}
    return measure, {who: value for who, value in found.items() if value is not None}


def by_step(
    results: Mapping[str, Any], target: str
) -> tuple[str, Mapping[str, Sequence[float | None]] | None]:
    """Return what is measured at each step ahead, in words, and its values: what decides, if it is known."""
    metric, known = str(results.get("metric")), results.get("by_step_metric")
    row = METRICS.get(metric) if known else None
    of, found = (row.title, known) if known and row else (METRICS["mae"].title, results.get("by_step"))
    return of, (found or {}).get(target)


def worth_it(metrics: Metrics, network: str = "LSTM", metric: str | None = None) -> str:
    """Say whether the network is worth its trouble on one target."""
    measure, others = _measured(metrics, network, metric)
    ours = others.pop(network, None)
    if ours is None or not others:
        return ""
    ahead = {who: advantage(measure, ours, theirs) for who, theirs in others.items()}
    best = min(ahead, key=lambda who: ahead[who])
    if ahead[best] > 0:
        return f"It beats every baseline; the best of them is {best}."
    return (
        f"{best} does at least as well: here, with these settings, the {network} is not worth its trouble "
        "yet."
    )


def best_of(measure: str, values: Sequence[float | None]) -> float | None:
    """Return the best of some values of a metric, None where none is known."""
    known = [value for value in values if value is not None]
    larger = METRICS[measure].better == "larger"
    return (max if larger else min)(known, default=None)


def series(rows: Sequence[Mapping[str, Any]], measure: str, network: str, shown: int) -> str:
    """Say in how many series the network is better than the best baseline, and how many are not shown."""
    better = compared = 0
    for row in rows:
        ours = row["metrics"][network].get(measure)
        best = best_of(measure, [each.get(measure) for who, each in row["metrics"].items() if who != network])
        if ours is not None and best is not None:
            compared += 1
            better += advantage(measure, ours, best) > 0
    won = (
        f"In {better:,} of {count(compared, 'series', 'series')} the {network} beats every baseline. "
        if compared
        else ""
    )
    if len(rows) == shown:
        return f"{won}The worst series comes first."
    others = f"the other {len(rows) - shown:,} are in results.json"
    return f"{won}The worst {shown} of {len(rows):,} series; {others}."


def inputs(
    worse: Mapping[str, Sequence[float]], metric: str, unit: str, times: int, windows: tuple[int, int]
) -> str:
    """Say how inputs were exchanged, what that changed, and how far it can be trusted.

    Parameters
    ----------
    worse : mapping from input to list of float
        How much worse each exchange made the metric, the most important input first.
    unit : str
        Of an error: "%", or nothing where the error was 0 before.
    windows : (int, int)
        How many were exchanged, and of how many.
    """
    row = METRICS[metric]
    unit = "points" if row.unit == "share" else unit if row.better == "smaller" else ""
    first, most = next((name, np.array(values)) for name, values in worse.items())
    if not any(any(values) for values in worse.values()):
        found = "Nothing changes, whichever is exchanged: the network says the same whatever it reads."
    else:
        amount = f"{most.mean():.3g} {unit}".strip()
        found = f"Without {first}, {title(metric)} is {amount} worse ({most.min():.3g} to {most.max():.3g})."
        if hardly := [name for name, values in worse.items() if min(values) <= 0]:
            some = listed(hardly) if len(hardly) <= MOST_NAMED else f"{count(len(hardly), 'input')}"
            found += (
                f" {some} cannot be told from nothing: at least one of the {times} times it was no worse."
            )
    part = f"{count(windows[0], 'window')}{f' of {windows[1]:,}' if windows[0] < windows[1] else ''}"
    return (
        f"Each input in turn is exchanged between windows in blocks ({part}, {times} times), so that it "
        f"tells nothing of its own window. {found} Inputs that say the same share their importance: without "
        "one of them the network still reads the other. This is what the network reads, not what causes what."
    )


def gates(cell: Cell) -> str:
    """Say what the letters of the gates mean, or that there are none."""
    if cell is LSTM:
        return (
            "a, i, f, o are the input activation and the input, forget and output gate of the equations "
            "F1 to F4."
        )
    about = f"The cell is {cell.name}" + (f", {cell.title}" if cell.title != cell.name else "")
    if not cell.gates:
        return f"{about}. It has no gates; shown is the size of out, which it gives."
    named = listed([f"{gate} ({cell.words[gate]})" if gate in cell.words else gate for gate in cell.gates])
    return f"{about}. Its gates, in the rows of its parameters, are {named}."


def activity(cell: Cell) -> str:
    """Say what the chart of the gates shows."""
    many = f" The first {SHOWN_GATES} are shown." if len(cell.gates) > SHOWN_GATES else ""
    what = "How open the gates are" if cell.gates else "How large out is"
    return f"{what} at each step: the mean over units, and the middle 80 % of the units.{many}"


def remembers_by(cell: Cell) -> str:
    """Say what the chart of memory is measured from."""
    if cell is LSTM:
        return "Memory length, from the forget gate: ln ½ over the mean of ln f."
    name, kept = memory_of(cell)
    assert kept is not None
    return (
        f"Memory length, from {text(kept)}, which multiplies {name}ₜ₋₁ in the equation of {name}ₜ: ln ½ over "
        "the mean of its logarithm. What comes back through a matrix is not counted."
    )


def passes_by(cell: Cell) -> str:
    """Name the equations of the gradients that are drawn."""
    ids = {equation.left.name: equation.id for equation in cell.derivation.backward}
    return f"{listed([ids[f'd_{name}'] for name in cell.carried])} back through time."


def gradients(cell: MeasuredCell) -> str:
    """Say how far the gradient reaches back, and whether it vanishes or explodes."""
    name, norms = next(iter(cell.norms.items()))
    T = len(norms)
    if T < 2 or not norms.max() > 0:
        return "There is no gradient to follow."
    first, last = float(norms[0]), float(norms[-1])
    if last > 0 and first > EXPLODES * last:
        return (
            f"‖δ{name}‖ grows {number(first / last)}-fold from the last step to the first: the gradient "
            "explodes. Shorten it (clip), or lower the learning rate."
        )
    reach = _reach(norms)
    if reach < T:
        bias = (
            ", and more forget-gate bias would make it reach further" if forgets_by_a_gate(cell.cell) else ""
        )
        return (
            f"‖δ{name}‖ falls below {percent(HARDLY)} of its largest value {count(reach, 'step')} before "
            "the end: what lies further back hardly changes the weights. The gradient vanishes; a shorter "
            f"window would learn about the same{bias}."
        )
    return (
        f"‖δ{name}‖ at the first step is {first / norms.max():.2g} of its largest value: the gradient "
        f"reaches over the whole window of {count(T, 'step')}, neither vanishing nor exploding."
    )


def _reach(norms: Series) -> int:
    """How many steps before the end the gradient still counts."""
    large = np.flatnonzero(norms >= HARDLY * norms.max())
    return int(len(norms) - large[0])


def memory(cell: MeasuredCell) -> str:
    """Say how long the units remember, or why that cannot be measured."""
    lives = cell.half_life
    name, kept = memory_of(cell.cell)
    if kept is None:
        return (
            f"There is no half-life to measure: no gate of cell {cell.cell.name} keeps {name}ₜ₋₁; what was "
            "before comes through a matrix alone."
        )
    if lives is None:
        return f"There is no half-life to measure: cell {cell.cell.name} has no forget gate. {name}ₜ₋₁ " + (
            "is added as it is: nothing is forgotten."
            if kept == Number("1")
            else f"is multiplied by {text(kept)} at every step."
        )
    longest = int(np.argmax(lives))
    typical, long = (steps(float(np.quantile(lives, share))) for share in (0.5, 0.9))
    return (
        f"A typical unit forgets half of its {name} in {typical}; a tenth of them take at least {long}; "
        f"unit {longest} keeps it longest, {steps(float(lives[longest]))}."
    )


def saturation(cell: MeasuredCell) -> str:
    """Say which gates are stuck at an end."""
    if not cell.saturated:
        return "Nothing of this cell that is shown has an end at which it could be stuck."
    words = cell.cell.words
    parts = [
        f"{words.get(gate, '')} {gate} {percent(share)}".strip() for gate, share in cell.saturated.items()
    ]
    worst = max(cell.saturated, key=lambda gate: cell.saturated[gate])
    end = f" Where {worst} is at an end, its own weights learn slowly." if cell.saturated[worst] > 0.5 else ""
    relu = [gate for gate in cell.saturated if function_of(cell.cell, gate) == "relu"]
    zero = f" The end of {listed(relu)} is 0, where relu passes no gradient." if relu else ""
    return "Near one of its ends: " + ", ".join(parts) + " of the time." + zero + end


def importance(cell: MeasuredCell) -> str:
    """Say what the chart of the units shows, or why there is none; nothing of a layer that no head reads."""
    if cell.weight is None:
        return ""
    what = "Units" if cell.cell.size_of("out") == "H" else "Entries of the projected out"
    if cell.weight.any():
        return (
            f"{what} that matter most: how much each moves the predictions, as the spread of its last out "
            "times its weights in the head."
        )
    return (
        "Which units matter most cannot be said: it is measured by how their last out differs between "
        "windows, and here it does not. A test of several windows would tell."
    )


def steps(amount: float) -> str:
    """Write a number of steps as one says it."""
    if not np.isfinite(amount) or amount > 10_000:
        return "more than 10,000 steps"
    written = f"{amount:.3g}" if amount < 1000 else f"{amount:,.0f}"
    return f"{written} step{'' if written == '1' else 's'}"
