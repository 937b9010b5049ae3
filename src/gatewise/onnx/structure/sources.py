"""Labels: each number that a layer gives has one, and goes with it wherever a graph moves it.

A label is a whole number that says which source a number is of, and which sequence, step and feature it has
there. So transposes, reshapes, slices and sorted sequences need not be understood: where the labels are, the
numbers are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import IntArray

NONE = -1  # the label of a constant


@dataclass(frozen=True, eq=False)
class LabelSource:
    """What gives numbers: x, or a node.

    Attributes
    ----------
    where : str
        What messages call it.
    shape : tuple
        (N, T, F), or (N, F) of what gives its numbers once for a sequence.
    first : int
        The first of its labels.
    work : object
        What was done: see drafts.py; None of x and of what cannot be read.
    fault : str
        Why what reads it is no layer; "" if nothing stands against it.
    """

    where: str
    shape: tuple[int, ...]
    first: int
    work: Any = None
    fault: str = ""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Its labels, laid out as `shape`."""
        return self.first + np.arange(math.prod(self.shape), dtype=np.int64).reshape(self.shape)


class LabelPlaces(NamedTuple):
    """Where numbers come from: one source, and a sequence, step (or None) and feature for each."""

    source: LabelSource
    n: IntArray
    t: IntArray | None
    f: IntArray


@dataclass
class LabelSources:
    """All sources of a run, by their labels."""

    all: list[LabelSource] = field(default_factory=list)
    _next: int = 0

    def add(self, where: str, shape: tuple[int, ...], work: Any = None, fault: str = "") -> LabelSource:
        """Make a source."""
        made = LabelSource(where, shape, self._next, work, fault)
        self._next += max(math.prod(shape), 1)
        self.all.append(made)
        return made

    def of(self, label: int) -> LabelSource:
        """Return the source of a label."""
        firsts = [source.first for source in self.all]
        return self.all[int(np.searchsorted(firsts, label, "right")) - 1]

    def places(self, labels: NDArray[np.int64]) -> LabelPlaces | str:
        """Return where the numbers of an array come from; why not, if they are not all of one source."""
        if not labels.size or labels.min() < 0:
            return "some of the numbers are constants"
        low, high = self.of(int(labels.min())), self.of(int(labels.max()))
        if low is not high:
            return f"its numbers come from {low.where} and from {high.where}"
        if low.fault:
            return low.fault
        index = np.unravel_index(labels - low.first, low.shape)
        n, f = index[0], index[-1]
        return LabelPlaces(low, n, index[1] if len(low.shape) == 3 else None, f)
