"""The orders in which layers can stand, by their sizes: a file of weights need not say which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Protocol, TypeVar

MOST_TRIED = 7  # layers of which every order is tried


class SizedLayer(Protocol):
    """A layer, or several that stand together: what it reads and gives at each step."""

    @property
    def input_size(self) -> int:
        """How many numbers it reads."""
        ...

    @property
    def width(self) -> int:
        """How many numbers it gives."""
        ...


S = TypeVar("S", bound=SizedLayer)


def fit_together(layers: Sequence[SizedLayer]) -> bool:
    """Say whether each layer reads as many numbers as the one before gives."""
    return all(below.width == above.input_size for below, above in pairwise(layers))


def orders_that_fit(layers: Sequence[S], of_many: Sequence[Sequence[S]] = ()) -> list[list[S]]:
    """Return the orders in which the layers fit together; of more than MOST_TRIED, `of_many` are tried."""
    tried = permutations(layers) if len(layers) <= MOST_TRIED else of_many
    return [list(order) for order in tried if fit_together(order)]
