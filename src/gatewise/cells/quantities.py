"""The quantities of a cell by symbol: parts and entries, letters of shapes, and the order of work.

A symbol may name a whole quantity (state_t, W), a gate's rows of one (W_a), the gates together (δgates_t) or
single entries. The equations that these quantities are found by are those of the cell, and what derive.py
makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.beside.by_gate import PREFIX, by_gate
from gatewise.cells.beside.losses import GIVEN, HALF, loss_equations, rule_at
from gatewise.cells.cell import Cell
from gatewise.cells.ends import CARRIED, boundaries, boundary_in_place_of, boundary_of, is_inside
from gatewise.cells.equation import Equation, Phase
from gatewise.cells.known.lstm import EQUATIONS
from gatewise.cells.known.table import LSTM
from gatewise.cells.known.two_biases import SECOND, SECOND_BIAS, with_two_biases
from gatewise.cells.ways import shifted
from gatewise.expression import (
    Call,
    Expression,
    Number,
    Sigma,
    Step,
    Symbol,
    bind,
    rebuild,
    terms_of,
    walk,
)

JOINED = {"gates": "", "d_gates": "d_"}  # what joins the gates' vectors, and what their names begin with
SCALARS = ("learning_rate", "loss")

_PHASES = tuple(dict.fromkeys(equation.phase for equation in EQUATIONS))
Key = tuple[str, str, bool, bool]


def at(name: str, t: int) -> Symbol:
    """Name a quantity at step t."""
    return Symbol(name, step=Step("", t))


def stem_of(name: str) -> str:
    """Return what a gradient is of: state for d_state, out for delta_out; another name as it is."""
    for prefix in ("delta_", "d_", PREFIX, f"{CARRIED}_"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


class Quantities:
    """The quantities of one cell. `quantities_of` makes them, once for each cell.

    Attributes
    ----------
    cell : Cell
        The cell.
    biases : int
        2 for an LSTM with b and b_hh, as torch has it; else 1.
    loss : str
        Which loss is worked with, as losses.py names them; "half" of the worked example, and of worksheets.
    parameters : tuple of str
        Its parameters by name.
    given : tuple of str
        What is not worked out.
    names : frozenset of str
        All that has a name of its own.
    equations : tuple of Equation
        All equations, in the order in which they are printed.
    by_part : dict
        The gradients of parameters that are worked out gate by gate, not all in one, and the gates.
    by_gate : dict
        The equations of the derivatives by the gates themselves, which are no quantities of a worksheet.
    carried : dict
        For each carried quantity without a Δ of its own, the terms of its δ that come from step t+1. Past
        the last step they are boundary values.
    """

    def __init__(self, cell: Cell, biases: int = 1, loss: str = HALF) -> None:
        self.cell, self.biases, self.loss, self.gates = cell, biases, loss, cell.gates
        self.parameters = (*cell.parameters, *((SECOND,) if biases == 2 else ()))
        second = (SECOND,) if cell is LSTM else ()
        ends = ("delta", "loss") if loss == GIVEN else ()
        self.given = (*cell.parameters, *second, "x", "label", "learning_rate", *ends)
        self.equations = _equations(cell, biases, loss)
        self.by_gate = by_gate(cell)
        known = (*self.equations, *self.by_gate.values())
        self._by_left: dict[Key, Equation] = {_key(equation.left): equation for equation in known}
        self.by_part: dict[str, tuple[str, ...]] = {}
        for left in (equation.left for equation in self.equations if equation.phase == "gradients"):
            if left.part:
                self.by_part[left.name] = (*self.by_part.get(left.name, ()), left.part)
        lefts = (equation.left.name for equation in known)
        self.names = frozenset((*self.given, *lefts, *(JOINED if self.gates else ())))
        derived = cell.derivation
        self.carried: dict[str, tuple[Expression, ...]] = {
            name: tuple(shifted(term) for term in derived.deltas[name].back)
            for name in cell.carried
            if name not in derived.returning and derived.deltas[name].back
        }
        self.returning = derived.returning
        # The quantities of a sequence of 500 steps are 11,000.
        self.whole = lru_cache(maxsize=1 << 14)(self._whole)
        self.made_of = lru_cache(maxsize=1 << 14)(self._made_of)
        self.rule = lru_cache(maxsize=1 << 14)(self._rule)
        self._closed_at = lru_cache(maxsize=1 << 12)(self._closed)
        self._boundaries = lru_cache(maxsize=1 << 10)(lambda steps: boundaries(self.carried, steps))

    # Parts and entries ------------------------------------------------------------------------------------

    def parts_of(self, name: str) -> tuple[str, ...]:
        """Return the gates whose rows are stacked in a quantity, in their order; none in most."""
        if name in JOINED:
            return self.gates
        stem = "b" if stem_of(name) == SECOND else stem_of(name)
        is_parameter = stem in self.cell.parameters and not name.startswith("delta_")
        return self.cell.parts_of(stem) if is_parameter else ()

    def has(self, name: str) -> bool:
        """Say whether there is a quantity, a parameter or a gradient of that name."""
        return name in self.names

    def _whole(self, symbol: Symbol) -> Symbol:
        """Return the quantity that a symbol belongs to: no entry, and a part only where parts stand alone."""
        if symbol.name == "z" or symbol.name in self.by_part:
            return replace(symbol, entry=())
        return replace(symbol, part="", entry=())

    def _made_of(self, symbol: Symbol) -> tuple[Symbol, ...]:
        """Return the quantities that a whole one is put together of, as δgates_t is; none of most."""
        if symbol.name in JOINED:
            return tuple(replace(symbol, name=f"{JOINED[symbol.name]}{gate}") for gate in self.gates)
        if symbol.name in self.by_part and not symbol.part:
            return tuple(replace(symbol, part=gate) for gate in self.by_part[symbol.name])
        return ()

    def cut_out(self, values: NDArray[Any], symbol: Symbol) -> NDArray[Any]:
        """Cut the part and the entry that `symbol` names out of the values of its whole quantity."""
        parts = self.parts_of(symbol.name)
        if symbol.part and not parts and stem_of(symbol.name) in self.cell.parameters:
            raise KeyError(symbol)  # a part that there is not
        if symbol.part in parts and symbol.name not in self.by_part:
            rows = len(values) // len(parts)
            first = parts.index(symbol.part) * rows
            values = values[first : first + rows]
        if symbol.entry and values.ndim:
            places = tuple(slice(None) if place is None else place for place in symbol.entry)
            values = np.asarray(values[places[: values.ndim]], dtype=values.dtype)
        return values

    def gather(self, symbol: Symbol, look_up: Callable[[Symbol], NDArray[Any]]) -> NDArray[Any]:
        """Return the values of a symbol; `look_up` is asked for whole quantities, and for parts alone."""
        base = self.whole(symbol)
        made_of = self.made_of(base)
        values = np.concatenate([look_up(part) for part in made_of]) if made_of else look_up(base)
        return self.cut_out(values, symbol)

    def letters(self, symbol: Symbol) -> tuple[str, ...]:
        """Return the shape of a whole quantity, or of a gate's part of one, in letters: ("4H", "D")."""
        name = symbol.name
        if name in SCALARS:
            return ()
        if name in JOINED:
            return (f"{len(self.gates)}H",)
        stem = "b" if stem_of(name) == SECOND else stem_of(name)
        if stem in self.cell.parameters and not name.startswith("delta_"):
            shape = self.cell.parameters[stem]
            return ("H", *shape[1:]) if symbol.part and self.parts_of(stem) else shape
        if name == CARRIED:
            stem = next(iter(self.carried), self.cell.carried[-1])
        known = stem == "x" or any(equation.left.name == stem for equation in self.cell.forward)
        if stem in ("label", "delta"):
            stem = self.cell.carried[0]
        elif not known:  # z, and what a document may name besides
            return ("H",)
        return (self.cell.size_of(stem),)

    # Ends of the sequence ---------------------------------------------------------------------------------

    is_inside = staticmethod(is_inside)

    def boundary_of(self, name: str) -> str:
        """Name what stands for the terms of a carried quantity's δ that take a step which does not exist."""
        return boundary_of(name, self.carried)

    def closed(self, formula: Expression, steps: int) -> Expression:
        """Put the boundary value in place of terms like δstate_T ⊙ f_T, for there is no step T."""
        if isinstance(formula, (Number, Symbol)):
            return boundary_in_place_of(formula, self._boundaries(steps)) or formula
        return self._closed_at(formula, steps)

    def _closed(self, formula: Expression, steps: int) -> Expression:
        boundary = boundary_in_place_of(formula, self._boundaries(steps))
        return boundary or rebuild(formula, lambda node: self.closed(node, steps))

    # How a quantity is found ------------------------------------------------------------------------------

    def equation_of(self, symbol: Symbol) -> Equation | None:
        """Return the equation that a quantity is found by; None for what is given."""
        if symbol.name == "z":
            return self._by_left.get((symbol.part, "", False, True))
        part = symbol.part if symbol.name in self.by_part else ""
        return self._by_left.get((symbol.name, part, symbol.new, symbol.step is not None))

    def _rule(self, symbol: Symbol, steps: int) -> Expression | None:
        """Return the bound right-hand side that a quantity is found by; None if given or outside."""
        equation = self.equation_of(symbol)
        if equation is None or not self.is_inside(symbol, steps):
            return None
        if (ended := rule_at(self.loss, symbol, steps)) is not None:
            return bind(ended, symbol.step.offset if symbol.step else None, steps)
        t = symbol.step.offset if symbol.step else None
        if t is not None and equation.left.step is not None:
            t -= equation.left.step.offset
        return bound_right(equation.right, t, steps, pre_activation=symbol.name == "z")

    def operands_of(self, formula: Expression) -> Iterator[Symbol]:
        """Yield the whole quantities that a bound formula takes, in reading order; δgates by its parts."""
        for node in walk(formula):
            if isinstance(node, Sigma):
                for term in terms_of(node):
                    yield from self.operands_of(term)
            elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
                base = self.whole(node)
                yield from self.made_of(base) or (base,)

    # The order of work ------------------------------------------------------------------------------------

    def order_of_work(self, steps: int, learns: bool = True) -> Iterator[tuple[Equation, int | None]]:
        """Yield every equation and its time step in the order of work; without `learns`, forward alone."""

        def phase(name: Phase, times: Iterable[int]) -> Iterator[tuple[Equation, int | None]]:
            equations = [e for e in self.equations if e.phase == name and e.left.step]
            return ((equation, t) for t in times for equation in equations)

        yield from phase("forward", range(steps))
        if learns:
            yield from phase("loss", range(steps))
            yield from ((e, None) for e in self.equations if e.phase == "loss" and not e.left.step)
            yield from phase("backward", range(steps - 1, -1, -1))
            yield from ((e, None) for e in self.equations if e.phase in ("gradients", "update"))

    def derived_quantities(self, steps: int) -> Iterator[Symbol]:
        """Yield what is worked out, in the order of work; each gate after its z, its δ after dg."""
        for equation, t in self.order_of_work(steps):
            left = bind(equation.left, t, steps)
            assert isinstance(left, Symbol)
            if left.name in self.gates:
                yield replace(left, name="z", part=left.name)
            elif (own := f"{PREFIX}{left.name.removeprefix('d_')}") in self.by_gate and left.name[:2] == "d_":
                yield replace(left, name=own)
            yield left


@lru_cache(maxsize=64)
def quantities_of(cell: Cell = LSTM, biases: int = 1, loss: str = HALF) -> Quantities:
    """Return the quantities of a cell with a loss; of the LSTM, with one bias or with two."""
    return Quantities(cell, biases, loss)


def bound_right(
    right: Expression, t: int | None, steps: int | None, pre_activation: bool = False
) -> Expression:
    """Bind a right-hand side to step t; with `pre_activation`, only what stands inside its function."""
    if pre_activation and isinstance(right, Call):
        right = right.argument
    return bind(right, t, steps)


def _equations(cell: Cell, biases: int, loss: str) -> tuple[Equation, ...]:
    if loss != HALF:
        others = [e for e in _equations(cell, biases, HALF) if e.phase != "loss" and e.id != "B0"]
        return tuple(sorted((*loss_equations(loss), *others), key=lambda each: _PHASES.index(each.phase)))
    if cell is not LSTM:
        derived = cell.derivation
        return (
            *cell.forward, *derived.loss, *derived.backward, *derived.gradients, *derived.updates
        )  # fmt: skip
    if biases == 1:
        return EQUATIONS
    changed = [replace(e, right=with_two_biases(e.right)) for e in EQUATIONS] + list(SECOND_BIAS)
    return tuple(sorted(changed, key=lambda equation: _PHASES.index(equation.phase)))


def _key(left: Symbol) -> Key:
    return left.name, left.part, left.new, left.step is not None
