"""The cell that is worked, T steps, D inputs, H units: how large quantities are, what entries are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.beside.losses import HALF, entries_of, mean_of
from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.table import LSTM
from gatewise.cells.known.two_biases import OF_SECOND, SECOND, with_two_biases
from gatewise.cells.quantities import Quantities, quantities_of
from gatewise.cells.shapes import Shapes
from gatewise.cells.ways import functions_in
from gatewise.errors import GatewiseError
from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.mistakes.catalogue import Catalogue, catalogue_of

MEAN_OF_ALL, MEAN_OF_ENTRIES = "mean of all", "mean of entries"
MOST_STEPS = 500  # of a sequence: 10 ms of work each
MOST_NUMBERS = 1_000_000  # of all steps: T (4H (D + H) + …), a second of work and a few megabytes


class TooLargeError(GatewiseError):
    """A worked cell with more steps, inputs or units than can be judged in a while."""


@lru_cache(maxsize=64)
def _known(cell: Cell) -> frozenset[str]:
    """Name all that a document may state of a cell, with as many biases as there may be."""
    quantities = quantities_of(cell)
    ends = (quantities.boundary_of(name) for name in quantities.carried)
    second = OF_SECOND if cell is LSTM else ()
    return frozenset((*quantities.names, *ends, *second, *(("z",) if cell.gates else ())))


@dataclass(frozen=True)
class Sizes:
    """Which cell is worked, and how many steps, inputs and units it has.

    Everything in the judge asks here for what depends on the cell.
    """

    T: int
    D: int
    H: int
    biases: int = 1  # two, where the document has b_ih and b_hh as torch does
    cell: Cell = LSTM
    Q: int = 0  # how many entries out has, where the cell projects it
    # One of losses.LOSSES, or a mean over the entries of out, with MEAN_OF_ALL also over the steps.
    loss: str = HALF

    def refuse_too_large(self) -> None:
        """Raise TooLargeError for a cell that would take minutes, and gigabytes, to judge."""
        rows = max(len(self.cell.gates), 1) * self.H
        numbers = self.T * (rows * (self.D + self.H) + 20 * self.H + 2 * self.D)
        if self.T > MOST_STEPS or numbers > MOST_NUMBERS:
            what = "an LSTM" if self.cell is LSTM else f"a work of cell {self.cell.name}"
            raise TooLargeError(
                f"This is {what} of {self.T:,} steps, {self.D:,} inputs and {self.H:,} units, which takes "
                f"{numbers:,} numbers to work. What is checked has at most {MOST_STEPS} steps and takes at "
                f"most {MOST_NUMBERS:,}."
            )

    @cached_property
    def quantities(self) -> Quantities:
        """The quantities of the cell, with as many biases as the document has."""
        return quantities_of(self.cell, self.biases, self.loss_by_size)

    @property
    def loss_by_size(self) -> str:
        of_all = {MEAN_OF_ALL: mean_of, MEAN_OF_ENTRIES: entries_of}.get(self.loss)
        return self.loss if of_all is None else of_all(self.Q or self.H)

    @property
    def catalogue(self) -> Catalogue:
        """The mistakes that people make of the cell's equations."""
        return catalogue_of(self.cell, self.loss_by_size)

    @cached_property
    def shapes(self) -> Shapes:
        """How large they are."""
        return Shapes(self.quantities, {"D": self.D, "H": self.H, "Q": self.Q or self.H})

    def has(self, name: str) -> bool:
        """Say whether there is a quantity of that name."""
        return name in _known(self.cell)

    def has_part(self, symbol: Symbol) -> bool:
        """Say whether there is what a symbol names: a quantity, and the gate whose part of it is named."""
        parts = self.cell.gates if symbol.name == "z" else self.quantities.parts_of(symbol.name)
        return self.has(symbol.name) and (not symbol.part or symbol.part in parts)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that the document may have: of the LSTM also the second bias."""
        return (*self.cell.parameters, *((SECOND,) if self.cell is LSTM else ()))

    def equation_of(self, symbol: Symbol) -> Equation | None:
        """Return the equation that a quantity is found by, with one bias; None for what is given."""
        one = quantities_of(self.cell, 1, self.loss_by_size).equation_of(symbol)
        return one if self.biases == 1 else one or self.quantities.equation_of(symbol)

    def functions_of(self, gate: str) -> tuple[str, ...]:
        """Return the functions around a gate's sum: its activation, and any clips around it and inside it."""
        return functions_in(self.cell.equation(gate).right)[0]

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
        for part in self.quantities.made_of(base):
            size = int(np.prod(self.shape(part), dtype=int))
            if place < size:
                return part, place
            place -= size
        return base, place

    def name(self, base: Symbol, place: int | None = None) -> str:
        """Name an entry as reports do: d_U[i,0]@t=0; indices that can only be 0 are left out."""
        text = base.name + ("_new" if base.new else "")
        if base.name == "z":
            text += f"_{base.part}"
        if place is not None:
            text += self._indices(base, place)
        return text + (f"@t={base.step.offset}" if base.step and not base.step.base else "")

    @staticmethod
    def plain_name(symbol: Symbol) -> str:
        """Name what a symbol stands for, whatever the sizes: W[f,0,1], z_f@t=0, out[1]@t=2."""
        indices = [symbol.part] if symbol.part and symbol.name != "z" else []
        indices += [":" if place is None else str(place) for place in symbol.entry]
        text = symbol.name + ("_new" if symbol.new else "")
        text += f"_{symbol.part}" if symbol.part and symbol.name == "z" else ""
        text += f"[{','.join(indices)}]" if indices else ""
        return text + (f"@t={symbol.step.offset}" if symbol.step and not symbol.step.base else "")

    def _indices(self, base: Symbol, place: int) -> str:
        shape = self.shape(base)
        if not shape:
            return ""
        row, *column = (int(k) for k in np.unravel_index(place, shape))
        indices, rows = [], shape[0]
        if self.shapes.parts_of(base):
            gate, row = self.shapes.gate_and_unit(base, row)
            indices, rows = [gate], self.H
        elif base.part and base.name != "z":
            indices = [base.part]
        if rows > 1:
            indices.append(str(row))
        if column and shape[1] > 1:
            indices.append(str(column[0]))
        return f"[{','.join(indices)}]" if indices else ""
