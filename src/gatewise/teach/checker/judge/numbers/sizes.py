"""T steps, D inputs, H units: how large each quantity is, and what its entries are called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import GATES, STACKED
from gatewise.cells.known.table import LSTM
from gatewise.cells.known.two_biases import with_two_biases
from gatewise.cells.quantities import JOINED, SCALARS, Quantities, quantities_of
from gatewise.cells.shapes import Shapes
from gatewise.errors import GatewiseError
from gatewise.expression import Expression, Symbol

VECTORS = (*GATES, "state", "out", "label", "delta", "delta_out", "d_out", "d_state", "carried")
GATE_GRADIENTS = tuple(f"d_{gate}" for gate in GATES)
MOST_STEPS = 500  # of a sequence: 10 ms of work each
MOST_NUMBERS = 1_000_000  # of all steps: T (4H (D + H) + …), a second of work and a few megabytes
KNOWN = (*VECTORS, *GATE_GRADIENTS, "d_gates", "gates", "z", "x", "d_x", *STACKED, *SCALARS)


def equation_of(symbol: Symbol) -> Equation | None:
    """Return the equation that a quantity is found by, with one bias; None for what is given."""
    return quantities_of().equation_of(symbol) or quantities_of(LSTM, 2).equation_of(symbol)


class TooLargeError(GatewiseError):
    """A worked LSTM with more steps, inputs or units than can be judged in a while."""


@dataclass(frozen=True)
class Sizes:
    """How many steps, inputs and units the worked LSTM has."""

    T: int
    D: int
    H: int
    biases: int = 1  # two, where the document has b_ih and b_hh as torch does

    def refuse_too_large(self) -> None:
        """Raise TooLargeError for an LSTM that would take minutes, and gigabytes, to judge."""
        numbers = self.T * (4 * self.H * (self.D + self.H) + 20 * self.H + 2 * self.D)
        if self.T > MOST_STEPS or numbers > MOST_NUMBERS:
            raise TooLargeError(
                f"This is an LSTM of {self.T:,} steps, {self.D:,} inputs and {self.H:,} units, which takes "
                f"{numbers:,} numbers to work. What is checked has at most {MOST_STEPS} steps and takes at "
                f"most {MOST_NUMBERS:,}."
            )

    @cached_property
    def quantities(self) -> Quantities:
        """The quantities of the LSTM with as many biases as the document has."""
        return quantities_of(LSTM, self.biases)

    @cached_property
    def shapes(self) -> Shapes:
        """How large they are."""
        return Shapes(self.quantities, {"D": self.D, "H": self.H})

    def rule(self, symbol: Symbol) -> Expression | None:
        """Return the bound right-hand side that a quantity is found by; None for what is given or outside."""
        return self.quantities.rule(symbol, self.T)

    def of_biases(self, right: Expression) -> Expression:
        """Return a right-hand side of an equation with as many biases as the document has."""
        return with_two_biases(right) if self.biases == 2 else right

    def shape(self, symbol: Symbol) -> tuple[int, ...]:
        """Return the shape of a whole quantity, of a gate's part of it, or of what its `entry` picks."""
        return self.shapes.shape(symbol)

    def cells(self, symbol: Symbol) -> tuple[Symbol, NDArray[np.intp]]:
        """Return the whole quantity that a symbol belongs to, and the flat places of its entries in it.

        δgates_t is a quantity of its own here; `parts_of` says where its entries are kept.
        """
        base = self.quantities.whole(symbol)
        shape = self.shape(base)
        places = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)
        return base, self.quantities.cut_out(places, symbol)

    def parts_of(self, base: Symbol, place: int) -> tuple[Symbol, int]:
        """Where an entry is kept: row 3 of δgates is an entry of δo if H = 1."""
        if base.name in JOINED:
            gate, unit = self.shapes.gate_and_unit(base, place)
            return replace(base, name=f"{JOINED[base.name]}{gate}"), unit
        return base, place

    def name(self, base: Symbol, place: int | None = None) -> str:
        """Name an entry as reports do: d_U[i,0]@t=0; indices that can only be 0 are left out."""
        text = base.name + ("_new" if base.new else "")
        if base.name == "z":
            text += f"_{base.part}"
        if place is not None:
            text += self._indices(base, place)
        return text + (f"@t={base.step.offset}" if base.step and not base.step.base else "")

    def _indices(self, base: Symbol, place: int) -> str:
        shape = self.shape(base)
        if not shape:
            return ""
        row, *column = (int(k) for k in np.unravel_index(place, shape))
        indices = []
        if base.name in (*STACKED, *JOINED):
            gate, row = self.shapes.gate_and_unit(base, row)
            indices.append(gate)
        if (self.D if base.name in ("x", "d_x") else self.H) > 1:
            indices.append(str(row))
        if column and shape[1] > 1:
            indices.append(str(column[0]))
        return f"[{','.join(indices)}]" if indices else ""
