"""The losses that people work with beside the worked example's ½Σ(out − label)²: equations L1 and B0 of each.

All are sums over the steps of something at each step. Their Δ_t = ∂loss/∂out_t is what all else begins with.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import EQUATIONS, delta, label, loss, loss_t, out, over_steps
from gatewise.errors import ArgumentError
from gatewise.expression import Call, Expression, Number, Step, Symbol, times
from gatewise.support.given import brief

HALF, SUM, MEAN, LAST, GIVEN = "half", "sum", "mean", "last", "given"
HALF_MEAN, LAST_SQUARES = "mean of halves", "last squares"
AT_LAST = (LAST, LAST_SQUARES)
LOSSES = (HALF, SUM, MEAN, LAST, GIVEN, HALF_MEAN, LAST_SQUARES)
_MEAN_OF = re.compile(r"mean of ([1-9][0-9]{0,8})")
_ENTRIES_OF = re.compile(r"mean of each ([1-9][0-9]{0,8})")
_OF_HALF = tuple(each for each in EQUATIONS if each.phase == "loss" or each.id == "B0")
_TWO, _SQUARES = Number("2"), Call("sum", (out - label) ** 2)
_DIFFERENCE = out - label
_STEPS = over_steps(Number("1"))  # how many steps there are
NOTHING = out - out  # 0 in the shape of out


def mean_of(outputs: int) -> str:
    """Name the loss that is the mean over the steps and over so many entries of out."""
    return f"mean of {outputs}"


def entries_of(outputs: int) -> str:
    """Name the loss that is, at each step, the mean over so many entries of out."""
    return f"mean of each {outputs}"


@lru_cache(maxsize=32)
def loss_equations(name: str) -> tuple[Equation, ...]:
    """Return L1 at a step, L1 of the sequence, and B0.

    Parameters
    ----------
    name : str
        "half": ½Σ(out − label)². "sum": without ½. "mean": the sum divided by the number of steps, and
        "mean of 3" also by that of the 3 entries of out, "mean of each 3" by these alone; "mean of halves":
        half of "mean". "last": half at the last step, the only one with a label, "last squares": without ½;
        `rule_at` has what holds before it. "given": none, Δ is given.
    """
    if name == HALF:
        return _OF_HALF
    if name == GIVEN:
        return ()
    if name == SUM:
        return _made(_SQUARES, over_steps(loss_t), times(_TWO, _DIFFERENCE), "of the squared error")
    if name == LAST:
        return _made(
            _SQUARES / 2,
            Symbol("loss", step=Step("T", -1)),
            _DIFFERENCE,
            "of half the squared error at the last step",
        )
    if name == LAST_SQUARES:
        at_last = Symbol("loss", step=Step("T", -1))
        return _made(_SQUARES, at_last, times(_TWO, _DIFFERENCE), "of the squared error at the last step")
    if name == HALF_MEAN:
        return _made(_SQUARES / 2, over_steps(loss_t) / _STEPS, _DIFFERENCE / _STEPS, "of half the mean")
    if entries := _ENTRIES_OF.fullmatch(name):
        outs = Number(entries[1])
        slope = times(_TWO, _DIFFERENCE) / outs
        return _made(_SQUARES / outs, over_steps(loss_t), slope, "of the mean over the entries")
    found = _MEAN_OF.fullmatch(name)
    if name != MEAN and found is None:
        raise ArgumentError(f"there is no loss {brief(name)}; there are {', '.join(LOSSES)}.")
    count: Expression = _STEPS if found is None else times(Number(found[1]), _STEPS)
    words = "of the mean squared error"
    return _made(_SQUARES, over_steps(loss_t) / count, times(_TWO, _DIFFERENCE) / count, words)


def rule_at(name: str, symbol: Symbol, steps: int) -> Expression | None:
    """Return what Δ_t and loss_t are before the last step, if that alone has a label: 0. Else None."""
    before = symbol.step is not None and not symbol.step.base and symbol.step.offset < steps - 1
    if name not in AT_LAST or not before or symbol.name not in ("delta", "loss"):
        return None
    return NOTHING if symbol.name == "delta" else Call("sum", NOTHING)


def _made(at_step: Expression, total: Expression, slope: Expression, words: str) -> tuple[Equation, ...]:
    return (
        Equation("L1", "loss", loss_t, at_step, "The squared error of every unit at this step."),
        Equation("L1", "loss", loss, total, "The loss of the sequence."),
        Equation("B0", "backward", delta, slope, f"The derivative {words} with respect to out_t."),
    )
