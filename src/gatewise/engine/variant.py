"""The LSTM's variants that the compiled engine runs, as options: what travels from `Params.cell` to cpp/.

Other cells have no options, and the compiled engine refuses them by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from gatewise.cells.cell import Cell
from gatewise.cells.known.family import options_of
from gatewise.cells.known.table import LSTM
from gatewise.engine.params import Params


class Variant(NamedTuple):
    """What a cell has that the plain LSTM has not: `gatewise_variant` in cpp/kernels/contract.hpp."""

    bias: bool = True
    peepholes: bool = False
    coupled: bool = False
    projected: bool = False
    clip: float = math.inf
    state_clip: float = math.inf

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in the order in which the engine keeps them."""
        has = {"W": True, "U": True, "b": self.bias, "V": self.peepholes, "R": self.projected}
        return tuple(name for name, there in has.items() if there)


R = TypeVar("R")
_MOST = 64  # cells that are kept in mind


def kept_for_each(made: Callable[[Cell], R]) -> Callable[[Cell], R]:
    """Keep what is made of a cell beside the cell itself: to hash one takes longer than a small pass."""
    kept: dict[int, tuple[Cell, R]] = {}

    def of(cell: Cell) -> R:
        found = kept.get(id(cell))
        if found is None or found[0] is not cell:
            if len(kept) >= _MOST:
                kept.clear()
            found = kept[id(cell)] = (cell, made(cell))
        return found[1]

    return of


@kept_for_each
def variant_of(cell: Cell) -> Variant | None:
    """Return the options of a cell that the compiled engine has; None for any other cell."""
    options = options_of(cell)
    if options is None:
        return None
    limits = (math.inf if limit is None else limit for limit in (options.clip, options.state_clip))
    return Variant(options.bias, options.peepholes, options.coupled, options.projected, *limits)


def weights(params: Params) -> tuple[Any, Any, Any, Any]:
    """Return W, U, b and what the cell has beside them, as the compiled engine takes them.

    b is None where there is none; the rest is None for the plain LSTM, else (V, R, coupled, clip,
    state_clip).
    """
    if params.cell is LSTM:
        return params.W, params.U, params.b, None
    variant = variant_of(params.cell)
    assert variant is not None, params.cell.name  # passes.resolve has refused other cells
    arrays = params.arrays
    beside = (arrays.get("V"), arrays.get("R"), variant.coupled, variant.clip, variant.state_clip)
    return arrays["W"], arrays["U"], arrays.get("b"), beside
