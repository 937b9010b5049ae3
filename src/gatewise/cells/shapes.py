"""How large the quantities of a cell are, and where their entries stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatewise.cells.quantities import Quantities
from gatewise.expression import Symbol


@dataclass(frozen=True)
class Shapes:
    """How large the quantities of a cell are.

    Attributes
    ----------
    quantities : Quantities
        Those of the cell.
    sizes : dict
        D inputs, H hidden units and, of a cell that projects its output, Q.
    """

    quantities: Quantities
    sizes: Mapping[str, int]

    @property
    def units(self) -> int:
        """H, the rows of each gate."""
        return self.sizes["H"]

    @property
    def outputs(self) -> int:
        """How many entries out has."""
        return self.shape(Symbol(self.quantities.cell.carried[0]))[0]

    def shape(self, symbol: Symbol) -> tuple[int, ...]:
        """Return the shape of a whole quantity, of a gate's part of it, or of what its `entry` picks."""
        whole = tuple(
            int(letters[:-1] or 1) * self.sizes[letters[-1]] for letters in self.quantities.letters(symbol)
        )
        if not symbol.entry:
            return whole
        picked = [size for size, place in zip(whole, symbol.entry, strict=False) if place is None]
        return (*picked, *whole[len(symbol.entry) :])

    def parts_of(self, symbol: Symbol) -> tuple[str, ...]:
        """Return the gates whose rows are stacked in what a symbol names; none where it names a part."""
        return () if symbol.part else self.quantities.parts_of(symbol.name)

    def gate_and_unit(self, symbol: Symbol, row: int) -> tuple[str, int]:
        """Return the gate and the unit that a row of a stacked quantity belongs to."""
        gate, unit = divmod(row, self.units)
        return self.parts_of(symbol)[gate], unit
