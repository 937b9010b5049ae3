"""Schedules: the step size λ as training goes on. Each is one function and one row of `SCHEDULES`.

    rate = SCHEDULES["cosine"](step, steps, base, warmup=100)

A rate depends on the number of the step alone, so that training that was interrupted goes on where it was.
`plateau` alone looks at the validation loss; what it knows is a small dict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.arrays import as_real
from gatewise.support.given import brief
from gatewise.support.options import as_mapping, with_options
from gatewise.support.reprs import short_repr

__all__ = ["PLATEAU", "SCHEDULES", "Schedule", "plateau_after"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """A schedule with its options and their defaults. Calling it gives the rate of a step.

    Attributes
    ----------
    name : str
    rate : function
        (step, steps, base, **options) → λ.
    options : dict
        The options and their defaults.
    watches : bool
        Whether it needs the validation loss of each epoch: then `plateau_after` goes with it.
    """

    name: str
    rate: Callable[..., float]
    options: Mapping[str, Any] = field(default_factory=dict)
    watches: bool = False

    def __call__(self, step: int, steps: int, base: float, **options: Any) -> float:
        """Return λ of a step.

        Parameters
        ----------
        step : int
            The number of the step, from 0 to steps - 1.
        steps : int
            How many steps training has in all.
        base : float
            The rate that was asked for: the first one, or for one_cycle the highest.
        options
            Those of the schedule.

        Raises
        ------
        ArgumentError
            If an option is unknown, or a number out of its range.
        """
        if not 0 <= as_real(step) < as_real(steps):
            raise ArgumentError(
                f"step={brief(step)} of steps={brief(steps)}; steps are counted from 0 to steps - 1."
            )
        if not math.isfinite(as_real(base)):
            raise ArgumentError(f"base={brief(base)}; the rate must be a finite number.")
        for name, number in (("step", step), ("steps", steps)):
            if not isinstance(number, (int, float, np.number)):
                raise ArgumentError(f"{name}={brief(number)}; it must be a whole number.")
        return self.rate(step, steps, float(base), **self.with_options(options))

    def with_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return all options, the defaults where they were not given; an unknown one is refused."""
        return with_options(f"schedule {self.name}", self.options, options)

    def __repr__(self) -> str:
        return short_repr(self, self.name, options=dict(self.options))


def _constant(step: int, steps: int, base: float) -> float:
    return base


def _step(step: int, steps: int, base: float, every: int, factor: float) -> float:
    """Multiply by `factor` after each `every` steps."""
    if every < 1 or not 0 < factor <= 1:
        raise ArgumentError(
            f"every={every}, factor={factor}; every must be at least 1, factor above 0 and at most 1."
        )
    return base * factor ** (step // every)


def _cosine(step: int, steps: int, base: float, least: float, warmup: int) -> float:
    """Up in a line over `warmup` steps, then down half a cosine to `least` (Loshchilov and Hutter 2017)."""
    if not (0 <= warmup < steps and 0 <= least <= base):
        raise ArgumentError(
            f"warmup={warmup}, least={least}; warmup must be at least 0 and below {steps} steps, "
            f"least from 0 to the rate {base}."
        )
    if step < warmup:
        return base * (step + 1) / (warmup + 1)
    return _half_cosine(base, least, (step - warmup) / (steps - warmup))


def _one_cycle(step: int, steps: int, base: float, rise: float, start: float, end: float) -> float:
    """Up half a cosine from base/start to base in the part `rise` of the steps, down to base/(start·end).

    Smith and Topin 2019.
    """
    if not (0 < rise < 1 and start >= 1 and end >= 1):
        raise ArgumentError(
            f"rise={rise}, start={start}, end={end}; rise must be between 0 and 1, start and end at least 1."
        )
    top = rise * steps - 1
    lowest = base / start
    if step <= top:
        return _half_cosine(lowest, base, step / top if top else 1.0)  # a rise of one step begins at the top
    if steps - 1 <= top:
        return base
    return _half_cosine(base, lowest / end, (step - top) / (steps - 1 - top))


def _half_cosine(first: float, last: float, part: float) -> float:
    """From first at part = 0 to last at part = 1."""
    return last + (first - last) * (1 + math.cos(math.pi * part)) / 2


def _plateau(step: int, steps: int, base: float, scale: float, **options: Any) -> float:
    """Return what `plateau_after` has left of the rate."""
    return base * scale


ROWS = (
    Schedule(name="constant", rate=_constant),
    Schedule(name="step", rate=_step, options={"every": 1000, "factor": 0.5}),
    Schedule(name="cosine", rate=_cosine, options={"least": 0.0, "warmup": 0}),
    Schedule(name="one_cycle", rate=_one_cycle, options={"rise": 0.3, "start": 25.0, "end": 1e4}),
    Schedule(
        name="plateau",
        rate=_plateau,
        options={"scale": 1.0, "factor": 0.5, "patience": 3, "threshold": 1e-4, "least_scale": 1e-4},
        watches=True,
    ),
)
SCHEDULES = {row.name: row for row in ROWS}

PLATEAU = {"scale": 1.0, "best": math.inf, "waited": 0}
"""What plateau knows before the first epoch."""


def plateau_after(
    loss: float,
    known: Mapping[str, Any],
    *,
    factor: float = 0.5,
    patience: int = 3,
    threshold: float = 1e-4,
    least_scale: float = 1e-4,
) -> dict[str, Any]:
    """Take in an epoch's validation loss: the new dict, whose "scale" is what the rate is multiplied by.

    Parameters
    ----------
    loss : float
        NaN counts as no improvement.
    known : dict
        `PLATEAU`, or what the epoch before returned.
    factor : float
        What the scale is multiplied by after more than `patience` epochs in a row without improvement.
    threshold : float
        An improvement is a loss below best (1 - threshold).
    least_scale : float
        The scale goes no lower.

    Raises
    ------
    ArgumentError
        If a number is out of its range.
    """
    numbers = {"factor": factor, "patience": patience, "threshold": threshold, "least_scale": least_scale}
    for name, value in numbers.items():
        if math.isnan(as_real(value)):
            raise ArgumentError(f"{name}={brief(value)}; it must be a number.")
    factor, patience, threshold, least_scale = map(as_real, numbers.values())  # type: ignore[assignment]  # numbers
    known = as_mapping("known", known)
    if any(math.isnan(as_real(known.get(name))) for name in PLATEAU):
        raise ArgumentError(
            f"known has no numbers {', '.join(PLATEAU)}; give PLATEAU, or what this returned."
        )
    if math.isnan(as_real(loss)) and not isinstance(loss, (float, np.floating)):
        raise ArgumentError(f"loss={brief(loss)}; it must be a number.")
    if not (0 < factor < 1 and patience >= 0 and 0 <= threshold < 1 and 0 <= least_scale <= 1):
        raise ArgumentError(
            f"factor={factor}, patience={patience}, threshold={threshold}, least_scale={least_scale}; "
            "factor must be between 0 and 1, patience at least 0, threshold and least_scale from 0 to 1."
        )
    scale, best, waited = known["scale"], known["best"], known["waited"]
    # For a loss below 0, as likelihoods have, a part of its size.
    loss = as_real(loss)
    if loss < best - threshold * abs(best) or (math.isinf(best) and loss < best):
        return {"scale": scale, "best": loss, "waited": 0}
    if waited < patience:
        return {"scale": scale, "best": best, "waited": waited + 1}
    return {"scale": max(scale * factor, least_scale), "best": best, "waited": 0}
