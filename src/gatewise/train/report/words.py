"""What the measured numbers mean, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gatewise.cells.known.lstm import GATE_NAMES
from gatewise.train.model.metrics_text import advantage, compared, count, number, percent
from gatewise.train.report.diagnostics import MeasuredCell, Series

HARDLY = 0.01  # a gradient that has fallen below this share of its largest hardly counts
EXPLODES = 100.0  # times as large at the first step as at the last
OURS = "LSTM"

Metrics = Mapping[str, Mapping[str, float | None]]


def verdict(target: str, metrics: Metrics, of: str) -> str:
    """Say how the network compares with each baseline on one target."""
    measure, values = _measured(metrics)
    if OURS not in values:
        return f"{target}: no value is known in the {of}, so nothing can be compared."
    ours = values.pop(OURS)
    parts = [f"{compared(measure, ours, theirs)} {who} ({number(theirs)})" for who, theirs in values.items()]
    name = {"mae": "mean absolute error"}.get(measure, measure)
    return f"{target}: {name} {number(ours)} on the {of}; " + ", ".join(parts) + "."


def _measured(metrics: Metrics) -> tuple[str, dict[str, float]]:
    """Return the metric that decides, and each predictor's where it is known."""
    measure = "mae" if "mae" in metrics[OURS] else "accuracy"
    found = {who: values.get(measure) for who, values in metrics.items()}
    return measure, {who: value for who, value in found.items() if value is not None}


def worth_it(metrics: Metrics) -> str:
    """Say whether the network is worth its trouble on one target."""
    measure, others = _measured(metrics)
    ours = others.pop(OURS, None)
    if ours is None or not others:
        return ""
    ahead = {who: advantage(measure, ours, theirs) for who, theirs in others.items()}
    best = min(ahead, key=lambda who: ahead[who])
    if ahead[best] > 0:
        return f"It beats every baseline; the best of them is {best}."
    return f"{best} does at least as well: here, with these settings, the LSTM is not worth its trouble yet."


def gradients(cell: MeasuredCell) -> str:
    """Say how far the gradient reaches back, and whether it vanishes or explodes."""
    norms = cell.d_state
    T = len(norms)
    if T < 2 or not norms.max() > 0:
        return "There is no gradient to follow."
    first, last = float(norms[0]), float(norms[-1])
    if last > 0 and first > EXPLODES * last:
        return (
            f"‖δstate‖ grows {number(first / last)}-fold from the last step to the first: the gradient "
            "explodes. Shorten it (clip), or lower the learning rate."
        )
    reach = _reach(norms)
    if reach < T:
        return (
            f"‖δstate‖ falls below {percent(HARDLY)} of its largest value {count(reach, 'step')} before "
            "the end: what lies further back hardly changes the weights. The gradient vanishes; a shorter "
            "window would learn about the same, and more forget-gate bias would make it reach further."
        )
    return (
        f"‖δstate‖ at the first step is {first / norms.max():.2g} of its largest value: the gradient reaches "
        f"over the whole window of {count(T, 'step')}, neither vanishing nor exploding."
    )


def _reach(norms: Series) -> int:
    """How many steps before the end the gradient still counts."""
    large = np.flatnonzero(norms >= HARDLY * norms.max())
    return int(len(norms) - large[0])


def memory(cell: MeasuredCell) -> str:
    """Say how long the units remember."""
    lives = cell.half_life
    longest = int(np.argmax(lives))
    typical, long = (steps(float(np.quantile(lives, share))) for share in (0.5, 0.9))
    return (
        f"A typical unit forgets half of its state in {typical}; a tenth of them take at least {long}; "
        f"unit {longest} keeps it longest, {steps(float(lives[longest]))}."
    )


def saturation(cell: MeasuredCell) -> str:
    """Say which gates are stuck at an end."""
    parts = [f"{GATE_NAMES[gate]} {gate} {percent(share)}" for gate, share in cell.saturated.items()]
    worst = max(cell.saturated, key=lambda gate: cell.saturated[gate])
    end = f" Where {worst} is at an end, its own weights learn slowly." if cell.saturated[worst] > 0.5 else ""
    return "Near one of its ends: " + ", ".join(parts) + " of the time." + end


def importance(cell: MeasuredCell) -> str:
    """Say what the chart of the units shows, or why there is none; nothing of a layer that no head reads."""
    if cell.weight is None:
        return ""
    if cell.weight.any():
        return (
            "Units that matter most: how much each moves the predictions, as the spread of its last out "
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
