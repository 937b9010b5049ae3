"""Any cell, forward and backward, by its equations: the trees of `gatewise.cells` are evaluated step by step.

Slow, and for every cell the same: what is printed is what is computed. `lstm.py` has the LSTM of the worked
example written out, and is what this is compared with. Arrays are batches of rows, so that W·x reads x @ W.T
and Wᵀ·δ reads δ @ W. Nothing here depends on the dtype, which may be complex.

N sequences, T steps, D inputs, H hidden units; Q outputs of a projected cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.cell import Cell
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Symbol,
    Transpose,
)
from gatewise.expression.functions import FUNCTIONS
from gatewise.support.arrays import FloatArray, IntArray

Arrays = dict[str, FloatArray]
Lookup = Callable[[Symbol], Any]


def worth(node: Expression, look_up: Lookup) -> Any:
    """Return what a formula is worth: vectors are rows (N, H), parameters matrices (H, D) or vectors (H,)."""
    match node:
        case Number(text):
            return float(text)
        case Symbol():
            return look_up(node)
        case Add(terms):
            return _added([worth(term, look_up) for term in terms])
        case Negative(argument):
            return -worth(argument, look_up)
        case Product("dot", (Transpose(matrix), column)):
            return worth(column, look_up) @ worth(matrix, look_up)
        case Product("dot", (matrix, column)):
            return worth(column, look_up) @ worth(matrix, look_up).T
        case Product("outer", (left, right)):
            return worth(left, look_up).T @ worth(right, look_up)
        case Product(_, factors):
            values = [worth(factor, look_up) for factor in factors]
            result = values[0]
            for value in values[1:]:
                result = result * value
            return result
        case Quotient(top, bottom):
            return worth(top, look_up) / worth(bottom, look_up)
        case Power(base, exponent):
            return worth(base, look_up) ** exponent
        case Call(function, argument):
            return FUNCTIONS[function].worth(worth(argument, look_up))
    raise TypeError(f"{type(node).__name__} has no value at a step")


def _added(values: Sequence[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


class _Steps:
    """Looks symbols up: parameters, and quantities of this step and of the one before."""

    def __init__(self, cell: Cell, parameters: Mapping[str, FloatArray]) -> None:
        self.cell, self.parameters = cell, parameters
        self.now: Arrays = {}
        self.before: Arrays = {}

    def __call__(self, symbol: Symbol) -> FloatArray:
        if symbol.step is None:
            return self.part(symbol)
        at = self.now if symbol.step.offset == 0 else self.before
        if symbol.name == "d_gates":
            return np.concatenate([at[f"d_{gate}"] for gate in self.cell.gates], axis=-1)
        return at[symbol.name]

    def of(self, rows: NDArray[np.bool_]) -> _Steps:
        """Return the same of some sequences alone: past a sequence's end there is nothing to add up."""
        some = _Steps(self.cell, self.parameters)
        some.now = {name: array[rows] for name, array in self.now.items()}
        some.before = {name: array[rows] for name, array in self.before.items()}
        return some

    def part(self, symbol: Symbol) -> FloatArray:
        """Return a parameter, or the rows of one gate."""
        whole = self.parameters[symbol.name]
        return whole[self.cell.rows_of(symbol.name, symbol.part, len(whole))] if symbol.part else whole


def step(
    cell: Cell, parameters: Mapping[str, FloatArray], x: FloatArray, before: Mapping[str, FloatArray]
) -> Arrays:
    """Go one step forward: x (N, D), what was carried from the step before; all quantities of the step."""
    steps = _Steps(cell, parameters)
    steps.now, steps.before = {"x": x}, dict(before)
    for equation in cell.forward:
        steps.now[equation.left.name] = worth(equation.right, steps)
    return steps.now


@np.errstate(all="ignore")  # NaN and infinity show in the result, not as warnings
def forward(
    cell: Cell,
    parameters: Mapping[str, FloatArray],
    x: FloatArray,
    initial: Mapping[str, FloatArray],
    lengths: IntArray,
    trace: bool = True,
) -> tuple[Arrays, Arrays]:
    """Go through all steps: x (N, T, D), what is carried at first, lengths (N,) in 0..T.

    Returns
    -------
    arrays : dict
        Every quantity (N, T, H), 0 past a sequence's own length; with trace=False out alone.
    last : dict
        What each sequence carries after its own last step.
    """
    N, T, _ = x.shape
    inside = np.arange(T) < lengths[:, np.newaxis]  # (N, T)
    x = np.where(inside[:, :, np.newaxis], x, 0)
    carried = dict(initial)
    names = [equation.left.name for equation in cell.forward] if trace else ["out"]
    arrays: Arrays = {}
    for t in range(T):
        goes_on = inside[:, t, np.newaxis]
        now = step(cell, parameters, x[:, t], carried)
        for name in names:
            if t == 0:
                arrays[name] = np.zeros((N, T, now[name].shape[-1]), now[name].dtype)
            arrays[name][:, t] = np.where(goes_on, now[name], 0)
        carried = {name: np.where(goes_on, now[name], old) for name, old in carried.items()}
    if trace:
        arrays |= {"x": x, **{f"{name}0": first for name, first in initial.items()}}
    return arrays, carried


@np.errstate(all="ignore")
def backward(
    cell: Cell,
    parameters: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    lengths: IntArray,
    delta: FloatArray,
    d_last: Mapping[str, FloatArray],
    keep: bool = False,
    inputs: bool = True,
) -> Arrays:
    """Go back through all steps: delta (N, T, H), d_last what reaches what is carried last from outside.

    Returns
    -------
    dict
        d_ of every parameter, of x and of what is carried at first, as d_out0; with `keep` also δ and Δ of
        every step.
    """
    derivation = cell.derivation
    _, T, _ = delta.shape
    inside = np.arange(T) < lengths[:, np.newaxis]  # (N, T)
    delta = np.where(inside[:, :, np.newaxis], delta, 0)
    gradients = {f"d_{name}": np.zeros_like(array) for name, array in parameters.items()}
    d_x = np.zeros_like(arrays["x"])
    kept: Arrays = {}
    back = dict(d_last)  # what comes from step t+1; at a sequence's own last step, what is given
    equations = {equation.left.name: equation.right for equation in derivation.backward}
    for t in reversed(range(T)):
        goes_on = inside[:, t, np.newaxis]
        steps = _Steps(cell, parameters)
        steps.now = {name: array[:, t] for name, array in arrays.items() if array.ndim == 3}
        steps.before = {name: arrays[name][:, t - 1] if t else arrays[f"{name}0"] for name in cell.carried}
        found = {f"delta_{name}": back[name] for name in derivation.returning}
        for name in derivation.order:
            made = derivation.deltas[name]
            terms = [delta[:, t]] if name == cell.carried[0] else []
            terms += [worth(term, steps) for term in made.now]
            terms += [back[name]] if name in back else []
            value = _added(terms)
            for factor in made.slope:
                value = value * worth(factor, steps)
            # Past a sequence's own length all reads 0, also where a 0 met NaN or infinity.
            found[f"d_{name}"] = steps.now[f"d_{name}"] = np.where(goes_on, value, 0)
        d_x[:, t] = np.where(goes_on, worth(equations["d_x"], steps), 0)
        rows = steps.of(inside[:, t])
        for equation in derivation.gradients:
            _add(gradients, cell, equation.left, equation.right, rows)
        for name in cell.carried:
            came = [worth(term, steps) for term in derivation.deltas[name].back]
            back[name] = np.where(goes_on, _added(came) if came else 0, back[name])
        for name, array in found.items() if keep else ():
            kept.setdefault(name, np.zeros((*delta.shape[:2], array.shape[-1]), array.dtype))[:, t] = (
                np.where(goes_on, array, 0)
            )
    if keep and cell.gates:
        kept["d_gates"] = np.concatenate([kept[f"d_{gate}"] for gate in cell.gates], axis=-1)
    return (
        gradients
        | ({"d_x": d_x} if inputs else {})
        | {f"d_{name}0": last for name, last in back.items()}
        | kept
    )


def _add(gradients: Arrays, cell: Cell, left: Symbol, right: Expression, steps: _Steps) -> None:
    """Add the term of this step to a parameter's gradient, or to the rows of one gate in it."""
    assert isinstance(right, Sigma)
    name = left.name.removeprefix("d_")
    terms = right.body.terms if isinstance(right.body, Add) else (right.body,)
    into = gradients[left.name]
    if left.part:
        into = into[cell.rows_of(name, left.part, len(into))]
    for term in terms:
        value = worth(term, steps)
        into += value if value.shape == into.shape and _is_summed(term) else value.sum(axis=0)


def _is_summed(term: Expression) -> bool:
    """Say whether the sum over the sequences is in a term already, as in δ ⊗ x."""
    inner = term.argument if isinstance(term, Negative) else term
    return isinstance(inner, Product) and inner.operation == "outer"
