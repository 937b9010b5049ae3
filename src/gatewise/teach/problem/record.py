"""What a problem file says, as data. problem.py reads and writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from gatewise.cells import Cell
from gatewise.engine.params import Params
from gatewise.engine.trace import State
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.reprs import short_repr

if TYPE_CHECKING:
    from gatewise.teach.problem.tables import Settings


@dataclass(frozen=True, eq=False, kw_only=True)
class ProblemRecord:
    """What a problem file says, in float64.

    Attributes
    ----------
    params : Params
        The parameters; `params.cell` is the cell that they are of.
    x, label : array (N, T, D) and (N, T, H), or (T, D) and (T, H) for a single sequence
        Label is NaN where it is missing, and None if there is none at all. Of a cell that projects its
        output, label has Q entries.
    state : State, or what else the cell carries
        The initial out and state, (N, H) each, or (H,), by the names that the cell carries; None for zeros.
    texts : dict of object arrays
        For the parameters, x, label, what is carried, and learning_rate, as far as they hold numbers in
        quotes: the text of each such number, None for the others.
    seed : int or None
        From which the weights or the data were drawn; None if all are given.
    settings : Settings
        The [worksheet] table.
    """

    params: Params
    x: FloatArray
    label: FloatArray | None
    state: State | Any | None
    lengths: IntArray | None
    learning_rate: float
    texts: dict[str, NDArray[Any]]
    seed: int | None
    settings: Settings
    title: str | None

    def __repr__(self) -> str:
        label = None if self.label is None else self.label.shape
        return short_repr(self, repr(self.params), x=self.x.shape, label=label, title=self.title)

    @property
    def cell(self) -> Cell:
        """The cell that the parameters are of."""
        return self.params.cell
