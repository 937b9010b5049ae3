"""The record that a cell is: its forward equations, and what is to be known to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatewise.cells.equation import Equation
from gatewise.errors import ArgumentError
from gatewise.expression import Symbol
from gatewise.support.given import brief
from gatewise.support.options import as_whole, named_in


class CellError(ArgumentError):
    """Equations are no cell: the message names what is wrong with them, and how it is put right."""


@dataclass(frozen=True)
class Record:
    """A recurrent cell.

    Attributes
    ----------
    name, title : str
        What options and files call it, and what people do.
    gates : tuple of str
        The gates, in the order in which the rows of W, U and b are stacked. Their δ are taken before their
        activations.
    carried : tuple of str
        What goes from step to step; the first is what the layer gives.
    parameters : dict
        The shape of each parameter in letters: D inputs, H hidden units, Q outputs; "4H" are the stacked
        rows of four gates.
    forward : tuple of Equation
        One for each quantity of a step, in the order of work.
    parts : dict
        The gates that have a part in a parameter, in the order of its rows; those that are not named have
        all gates in them where their first axis is stacked, and no parts where not.
    sizes : dict
        The length of quantities that have not H entries, in letters.
    words : dict
        What the gates are called.
    source : str
        Where it was published.
    """

    name: str
    title: str
    gates: tuple[str, ...]
    carried: tuple[str, ...]
    parameters: Mapping[str, tuple[str, ...]]
    forward: tuple[Equation, ...]
    source: str = ""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.name, self.forward))

    def parts_of(self, name: str) -> tuple[str, ...]:
        """Return the gates that have a part in a parameter, in the order of its rows, if any."""
        if not named_in(name, self.parameters):
            raise ArgumentError(
                f"cell {self.name} has no parameter {brief(name)}; it has {', '.join(self.parameters)}."
            )
        if name in self.parts:
            return self.parts[name]
        return self.gates if self.parameters[name][0] == f"{len(self.gates)}H" and self.gates else ()

    def size_of(self, name: str) -> str:
        """Return the letter of how many entries a quantity has: D of x, else H if nothing else is said."""
        known = ("x", *(equation.left.name for equation in self.forward))
        if not named_in(name, known):
            raise ArgumentError(f"cell {self.name} has no quantity {brief(name)}; it has {', '.join(known)}.")
        return "D" if name == "x" else self.sizes.get(name, "H")

    def shape_of(self, symbol: Symbol) -> tuple[str, ...]:
        """Return the shape of a quantity, a parameter or a gate's part of one, in letters."""
        if not isinstance(symbol, Symbol):
            raise ArgumentError(f"symbol is {brief(symbol)}; it must be a Symbol of gatewise.expression.")
        if symbol.name not in self.parameters:
            return (self.size_of(symbol.name),)
        shape = self.parameters[symbol.name]
        return ("H", *shape[1:]) if symbol.part else shape

    def equation(self, name: str) -> Equation:
        """Return the forward equation of a quantity."""
        for each in self.forward:
            if named_in(name, (each.left.name,)):
                return each
        known = ", ".join(each.left.name for each in self.forward)
        raise ArgumentError(f"cell {self.name} has no equation of {brief(name)}; it has those of {known}.")

    def rows_of(self, name: str, gate: str, rows: int) -> slice | None:
        """Return the rows of one gate in a parameter of so many rows; None where it has no part in it."""
        parts = self.parts_of(name)
        if not named_in(gate, parts):
            return None
        each = as_whole("rows", rows, 0) // len(parts)
        return slice(parts.index(gate) * each, (parts.index(gate) + 1) * each)
