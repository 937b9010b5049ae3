"""What a network is made of: cell, sizes, layers, directions, head, dropout; checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from gatewise.cells import LSTM, Cell, cell_named
from gatewise.cells.known.names import find_known
from gatewise.cells.own.cell_file import cell_of_table
from gatewise.cells.own.writing import table_of
from gatewise.engine.sizes import LARGEST_SIZE, shapes_of
from gatewise.errors import ArgumentError
from gatewise.support.given import brief
from gatewise.support.options import as_mapping, entries, is_whole, named_in
from gatewise.support.reprs import short_repr

HEADS = ("last", "steps")
_SIZES = {
    "input_size": 1,
    "hidden_size": 1,
    "outputs": 1,
    "layers": 1,
    "head_inputs": 0,
    "skip": 0,
    "projection": 0,
}
_MOST = {"layers": 10_000}  # of every other size LARGEST_SIZE
_LATER = ("cell", "projection", "embeddings")  # not in files that do without, which earlier versions read
_CHANCES = ("dropout", "input_dropout", "recurrent_dropout", "output_dropout")


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Stacked layers of one kind of cell, in one or both directions, with a linear head.

    Parameters
    ----------
    input_size : int
        D, the number of features in each x_t.
    hidden_size : int
        H, the number of units of each layer and direction.
    outputs : int
        P, the numbers that the head returns: per sequence, or per step.
    layers : int
        Each further layer reads the outs of the one below.
    bidirectional : bool
        Whether each layer also has a cell that goes through the sequence from its end. The next layer and the
        head read the outs of both, side by side (Schuster and Paliwal 1997).
    head : "last" or "steps"
        last: y (N, P) from each sequence's own last outs. steps: y (N, T, P), from the outs of each step.
    head_inputs : int
        E, numbers beside the outs that the head reads, `extra` in `forward`: what is known of the future.
    skip : int
        K, the last rows of x that the head "last" reads as well: a linear regression beside the layers, for
        what needs no memory. Rows before a sequence's first are 0; no dropout.
    input_dropout, dropout, output_dropout : float in [0, 1)
        The chance of each feature of x, of each out between two layers, of each out that the head reads, to
        be left out while training. The choice is each sequence's own and the same at every step (Gal and
        Ghahramani 2016); what stays is divided by the chance to stay.
    recurrent_dropout : float in [0, 1)
        The same for out_{t-1} where it meets U, but with one choice of units for the whole batch: it then is
        a factor of U's columns, U' = U diag(m).
    cell : Cell or str
        The cell of every layer: one of `gatewise.cells.CELLS`, or one of your own. Others than the LSTM run
        on the reference engine.
    projection : int
        Q, the length of out of the cell "projected", or of what a cell of your own projects; 0 for cells that
        project nothing.
    embeddings : tuple of (name, n, E)
        Learned vectors, n of length E, for what each sequence is one of, such as a store. `forward` takes the
        codes; the first layer reads the vectors beside the D features of every x_t.

    Raises
    ------
    ArgumentError
        If a number is out of its range, there is no such cell, or something is asked for that the layers do
        not have: dropout between them where there is one, a projection, the mask of a missing U.
    """

    input_size: int
    hidden_size: int
    outputs: int
    layers: int = 1
    bidirectional: bool = False
    head: str = "last"
    head_inputs: int = 0
    skip: int = 0
    dropout: float = 0.0
    input_dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_dropout: float = 0.0
    cell: Cell | str = LSTM
    projection: int = 0
    embeddings: tuple[tuple[str, int, int], ...] = ()

    def __post_init__(self) -> None:
        for name, least in _SIZES.items():
            size = getattr(self, name)
            if not is_whole(size) or int(size) < least:
                raise ArgumentError(f"{name}={brief(size)}; it must be a whole number of at least {least}.")
            if size > (most := _MOST.get(name, LARGEST_SIZE)):
                raise ArgumentError(f"{name}={brief(size)}; it must be at most {most:,}.")
            object.__setattr__(self, name, int(size))
        for name in _CHANCES:
            chance = getattr(self, name)
            if not isinstance(chance, (int, float, np.number)) or not 0 <= chance < 1:
                raise ArgumentError(f"{name}={brief(chance)}; it must be a chance of at least 0 and below 1.")
            object.__setattr__(self, name, float(chance))
        if not isinstance(self.bidirectional, (bool, np.bool_)):
            raise ArgumentError(f"bidirectional={brief(self.bidirectional)}; it must be True or False.")
        object.__setattr__(self, "bidirectional", bool(self.bidirectional))
        if not named_in(self.head, HEADS):
            raise ArgumentError(f"head={brief(self.head)} is not known. Known: {', '.join(HEADS)}.")
        self._check_cell()
        self._check_embeddings()
        if self.skip and self.head != "last":
            raise ArgumentError(f'skip={self.skip} is for the head "last"; the head is "{self.head}".')
        if self.dropout and self.layers == 1:
            raise ArgumentError(
                f"dropout={self.dropout} acts between layers, and there is one. Give layers=2 or more, or "
                "use output_dropout (before the head), input_dropout or recurrent_dropout."
            )

    def _check_cell(self) -> None:
        given: Any = self.cell
        cell = cell_of_table(dict(given)) if isinstance(given, Mapping) else cell_named(given)
        object.__setattr__(self, "cell", cell)
        if projects(cell) != (self.projection > 0):
            does = "projects its output: give its length" if projects(cell) else "does not project its output"
            raise ArgumentError(f"projection={self.projection}: cell {cell.name} {does}.")
        if self.recurrent_dropout and not has_recurrent_mask(cell):
            raise ArgumentError(
                f"recurrent_dropout={self.recurrent_dropout}: cell {cell.name} has no matrix U that meets "
                "what it gave before, where units could be left out. Give 0."
            )

    def _check_embeddings(self) -> None:
        made = []
        given = entries(self.embeddings)
        for each in [self.embeddings] if given is None else given:
            parts = entries(each) or []
            if len(parts) != 3 or not isinstance(parts[0], str) or not all(map(_is_size, parts[1:])):
                raise ArgumentError(
                    f"embeddings has {brief(each)}; each is (name, n, E): how many vectors, and how long."
                )
            made.append((parts[0], int(parts[1]), int(parts[2])))
        names = [name for name, _, _ in made]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ArgumentError(f"embeddings has {brief(twice[0])} twice; each has a name of its own.")
        object.__setattr__(self, "embeddings", tuple(made))

    @property
    def directions(self) -> int:
        """2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @cached_property  # asked for at every training step
    def output_size(self) -> int:
        """How many outs a cell has: H, or Q where it projects them."""
        return self.projection if cell_named(self.cell).size_of("out") == "Q" else self.hidden_size

    @property
    def input_width(self) -> int:
        """How many numbers the first layer reads at each step: D, and the learned vectors beside them."""
        return self.input_size + sum(size for _, _, size in self.embeddings)

    @property
    def width(self) -> int:
        """How many outs a layer has at each step, of both directions together."""
        return self.directions * self.output_size

    @property
    def head_width(self) -> int:
        """F, how many numbers the head reads: the last layer's outs, the extra ones, the last rows of x."""
        return self.width + self.head_inputs + self.skip * self.input_size

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter by name, in the order of `Network.vector`."""
        P = self.outputs
        found: dict[str, tuple[int, ...]] = {f"embedding.{name}": (n, E) for name, n, E in self.embeddings}
        for layer in range(self.layers):
            D = self.width if layer else self.input_width
            for direction in ("", "reverse.")[: self.directions]:
                name = f"layer{layer}.{direction}"
                own = shapes_of(cell_named(self.cell), D, self.hidden_size, self.projection or None)
                found |= {f"{name}{parameter}": shape for parameter, shape in own.items()}
        return found | {"head.W": (P, self.head_width), "head.b": (P,)}

    def to_dict(self) -> dict[str, Any]:
        """Return all settings by name; `from_dict` is the way back. A cell of your own is there as a table.

        Raises
        ------
        CellError
            If such a cell cannot be written down.
        """
        settings = self._settings()
        cell = cell_named(self.cell)
        if "cell" in settings and cell != find_known(cell.name):
            settings["cell"] = table_of(cell)
        return settings

    def _settings(self) -> dict[str, Any]:
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        settings["cell"] = cell_named(self.cell).name
        return {
            name: value
            for name, value in settings.items()
            if name not in _LATER or getattr(self, name) != getattr(Architecture, name)
        }

    def __repr__(self) -> str:
        """Name what is not as by default."""
        named = {n: v for n, v in self._settings().items() if v != getattr(Architecture, n, None)}
        return short_repr(self, **named)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Architecture:
        """Make one of settings by name.

        Raises
        ------
        ArgumentError
            If a setting is unknown or missing.
        """
        known, settings = [field.name for field in fields(cls)], as_mapping("settings", settings)
        unknown = sorted(set(settings) - set(known))
        missing = [name for name in known[:3] if name not in settings]
        if unknown or missing:
            what = f"does not know {', '.join(unknown)}" if unknown else f"needs {', '.join(missing)}"
            raise ArgumentError(f"An architecture {what}. Its settings are {', '.join(known)}.")
        return cls(**settings)


def _is_size(number: Any) -> bool:
    return is_whole(number) and 1 <= number <= LARGEST_SIZE


def has_recurrent_mask(cell: Cell) -> bool:
    """Say whether a cell has a U with a column for each entry of out, which recurrent dropout masks."""
    return cell.parameters.get("U", ())[1:] == (cell.size_of("out"),)


def projects(cell: Cell) -> bool:
    """Say whether a cell has quantities of a length of their own, Q."""
    return any("Q" in letters for letters in cell.parameters.values())


def half_of(hidden_size: int) -> int:
    """Return the Q that is taken where none is given: half of the hidden units, at least one."""
    return max(hidden_size // 2, 1)
