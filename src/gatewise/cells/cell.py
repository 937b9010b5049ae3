"""`Cell`: a recurrent cell by its forward equations. All else is derived from them, in derive.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from gatewise.cells.check import check
from gatewise.cells.derive import Derivation, derive
from gatewise.cells.record import Record


@dataclass(frozen=True)
class Cell(Record):
    """A recurrent cell: a `Record` of forward equations that was checked, with what follows from them.

    Raises
    ------
    CellError
        If the equations are no cell.
    """

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Work it out once: it goes through all equations, and tables by cell are looked up in every pass."""
        return super().__hash__()

    def __post_init__(self) -> None:
        check(self)
        for name in ("parameters", "parts", "sizes", "words"):  # what was checked stays so
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @cached_property
    def derivation(self) -> Derivation:
        """The backward pass, derived when it is first asked for."""
        return derive(self)
