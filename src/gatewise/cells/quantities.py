"""The quantities of the LSTM by symbol: their parts and entries, boundary values, and the order of work.

A symbol may name a whole quantity (state_t, W), a gate's rows of one (W_a), the four gates together
(δgates_t) or single entries. The equations that these quantities are found by are in lstm.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.equation import Equation, Phase
from gatewise.cells.lstm import CARRIED_FACTORS, EQUATIONS, GATES, STACKED
from gatewise.cells.two_biases import SECOND, SECOND_BIAS, with_two_biases
from gatewise.expression import (
    Call,
    Expression,
    Number,
    Product,
    Sigma,
    Step,
    Symbol,
    bind,
    rebuild,
    terms_of,
    walk,
)

GIVEN = ("W", "U", "b", SECOND, "x", "label", "learning_rate")
GATE_GRADIENTS = tuple(f"d_{gate}" for gate in GATES)
JOINED = {"gates": "", "d_gates": "d_"}  # what joins the four gates' vectors, and what their names begin with

_PHASES = tuple(dict.fromkeys(equation.phase for equation in EQUATIONS))
_FORWARD = {e.left.name: e for e in EQUATIONS if e.phase == "forward"}
_BACKWARD = {e.left.name: e for e in EQUATIONS if e.phase == "backward"}
_LOSS_AT_STEP, _LOSS = (e for e in EQUATIONS if e.phase == "loss")
_PARAMETERS = {(e.left.name, e.left.new): e for e in EQUATIONS if e.phase in ("gradients", "update")}
_SECOND_BIAS = {(e.left.name, e.left.new): e for e in SECOND_BIAS}


def at(name: str, t: int) -> Symbol:
    """Name a quantity at step t."""
    return Symbol(name, step=Step("", t))


# Parts and entries ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 14)
def whole(symbol: Symbol) -> Symbol:
    """Return the quantity that a symbol belongs to, without part and entry."""
    if symbol.name == "z":
        return replace(symbol, entry=())
    return replace(symbol, part="", entry=())


@lru_cache(maxsize=1 << 14)
def gates_of(joined: Symbol) -> tuple[Symbol, ...]:
    """Return the four quantities that δgates_t or gates_t is made of."""
    return tuple(replace(joined, name=f"{JOINED[joined.name]}{gate}") for gate in GATES)


def gate_rows(gate: str, hidden_size: int) -> slice:
    """Return the rows of a gate in a stacked quantity."""
    first = GATES.index(gate) * hidden_size
    return slice(first, first + hidden_size)


def gate_and_unit(row: int, hidden_size: int) -> tuple[str, int]:
    """Return the gate and the unit that a row of a stacked quantity belongs to."""
    gate, unit = divmod(row, hidden_size)
    return GATES[gate], unit


def cut_out(values: NDArray[Any], symbol: Symbol, hidden_size: int) -> NDArray[Any]:
    """Cut the part and the entry that `symbol` names out of the values of its whole quantity."""
    if symbol.part and symbol.name in STACKED:
        values = values[gate_rows(symbol.part, hidden_size)]
    if symbol.entry and values.ndim:
        places = tuple(slice(None) if place is None else place for place in symbol.entry)
        values = np.asarray(values[places[: values.ndim]], dtype=values.dtype)
    return values


def gather(symbol: Symbol, hidden_size: int, look_up: Callable[[Symbol], NDArray[Any]]) -> NDArray[Any]:
    """Return the values of a symbol; `look_up` is asked for whole quantities, and for each gate alone."""
    base = whole(symbol)
    if base.name in JOINED:
        values = np.concatenate([look_up(gate) for gate in gates_of(base)])
    else:
        values = look_up(base)
    return cut_out(values, symbol, hidden_size)


# Ends of the sequence ---------------------------------------------------------------------------------------


def is_inside(symbol: Symbol, steps: int) -> bool:
    """Tell whether a quantity belongs to a step of the sequence, or to none; Δout_{t-1} belongs to step t."""
    if symbol.step is None:
        return True
    t = symbol.step.offset
    if symbol.name == "delta_out":
        return -1 <= t < steps - 1
    return 0 <= t < steps


def closed(formula: Expression, steps: int) -> Expression:
    """Put the one boundary value in place of the product δstate_T ⊙ f_T, for there is no step T."""
    return formula if isinstance(formula, (Symbol, Number)) else _closed(formula, steps)


@lru_cache(maxsize=1 << 12)
def _closed(formula: Expression, steps: int) -> Expression:
    if isinstance(formula, Product) and isinstance(formula.factors[0], Symbol):
        entry = formula.factors[0].entry
        if formula.factors == tuple(replace(factor, entry=entry) for factor in _carried_factors(steps)):
            return replace(at("carried", steps), entry=entry)
    return rebuild(formula, lambda node: closed(node, steps))


@lru_cache(maxsize=1 << 10)
def _carried_factors(steps: int) -> tuple[Symbol, ...]:
    return tuple(replace(factor, step=Step("", steps)) for factor in CARRIED_FACTORS)


# How a quantity is found ------------------------------------------------------------------------------------


def equation_of(symbol: Symbol) -> Equation | None:
    """Return the equation that a quantity is found by, with one bias; None for what is given."""
    if symbol.name == "loss":
        return _LOSS_AT_STEP if symbol.step else _LOSS
    if symbol.step is None:
        key = symbol.name, symbol.new
        return _PARAMETERS.get(key) or _SECOND_BIAS.get(key)
    if symbol.name == "z":
        return _FORWARD.get(symbol.part)
    return _FORWARD.get(symbol.name) or _BACKWARD.get(symbol.name)


@lru_cache(maxsize=1 << 14)  # the quantities of a sequence of 500 steps are 11,000
def rule(symbol: Symbol, steps: int, biases: int = 1) -> Expression | None:
    """Return the bound right-hand side that a quantity is found by; None for what is given or outside."""
    equation = equation_of(symbol)
    t = symbol.step.offset if symbol.step else None
    if equation is None or not is_inside(symbol, steps):
        return None
    if equation.left.name == "delta_out":
        assert t is not None
        t += 1
    right = with_two_biases(equation.right) if biases == 2 else equation.right
    return bound_right(right, t, steps, pre_activation=symbol.name == "z")


def bound_right(
    right: Expression, t: int | None, steps: int | None, pre_activation: bool = False
) -> Expression:
    """Bind a right-hand side to step t; with `pre_activation`, only what stands inside its function."""
    if pre_activation and isinstance(right, Call):
        right = right.argument
    return bind(right, t, steps)


def operands_of(formula: Expression) -> Iterator[Symbol]:
    """Yield the whole quantities that a bound formula takes, in reading order; δgates by its parts."""
    for node in walk(formula):
        if isinstance(node, Sigma):
            for term in terms_of(node):
                yield from operands_of(term)
        elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
            base = whole(node)
            if base.name in JOINED:
                yield from gates_of(base)
            else:
                yield base


@lru_cache(maxsize=2)
def equations_of(biases: int = 1) -> tuple[Equation, ...]:
    """Return every equation of an LSTM of one bias or of two, in the order in which they are printed."""
    if biases == 1:
        return EQUATIONS
    changed = [replace(e, right=with_two_biases(e.right)) for e in EQUATIONS] + list(SECOND_BIAS)
    return tuple(sorted(changed, key=lambda equation: _PHASES.index(equation.phase)))


# The order of work ------------------------------------------------------------------------------------------


def order_of_work(steps: int, learns: bool = True, biases: int = 1) -> Iterator[tuple[Equation, int | None]]:
    """Yield every equation and its time step in the order of work; without `learns`, forward alone."""
    known = equations_of(biases)

    def phase(name: Phase, times: range) -> Iterator[tuple[Equation, int | None]]:
        equations = [e for e in known if e.phase == name and e.left.step]
        return ((equation, t) for t in times for equation in equations)

    yield from phase("forward", range(steps))
    if learns:
        yield from phase("loss", range(steps))
        yield _LOSS, None
        yield from phase("backward", range(steps - 1, -1, -1))
        yield from ((e, None) for e in known if e.phase in ("gradients", "update"))


def derived_quantities(steps: int, biases: int = 1) -> Iterator[Symbol]:
    """Yield what is worked out, in the order of work; each gate after its pre-activation z."""
    for equation, t in order_of_work(steps, biases=biases):
        left = bind(equation.left, t, steps)
        assert isinstance(left, Symbol)
        if left.name in GATES:
            yield replace(left, name="z", part=left.name)
        yield left
