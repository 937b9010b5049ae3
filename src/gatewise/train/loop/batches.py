"""The order of batches: a function of the seed, the epoch and the place in it, without a state of its own.

So a run resumed from a checkpoint takes the batches that an undisturbed one would have taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from gatewise.support.arrays import IntArray
from gatewise.train.data import Batch
from gatewise.train.data.windows.streams import Streams

SHUFFLE, DROPOUT = 1, 2
"""Streams of random numbers: each is drawn from (seed, stream, a number)."""


class Batches(Protocol):
    """A source of batches."""

    def count(self) -> int:
        """Return how many batches an epoch has."""

    def epoch(self, number: int, start: int, /) -> Iterator[Batch]:
        """Go through the batches of an epoch from the one numbered `start`."""


class Shuffled:
    """Batches in an order of their own for each epoch.

    Parameters
    ----------
    numbers : int array
        The windows, or rows of an array, to learn from.
    size : int
        How many of them are a batch; the last of an epoch may have fewer.
    make : callable
        Makes a batch of some of the numbers.
    """

    def __init__(self, numbers: IntArray, size: int, seed: int, make: Callable[[IntArray], Any]) -> None:
        self._numbers, self._size, self._seed, self._make = numbers, size, seed, make

    def count(self) -> int:
        """Return how many batches an epoch has."""
        return -(-len(self._numbers) // self._size)

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """Go through the batches of an epoch from the one numbered `start`."""
        order = np.random.default_rng([self._seed, SHUFFLE, number]).permutation(self._numbers)
        for first in range(start * self._size, len(order), self._size):
            # In rising order within a batch: the same gradient, and memory is read forwards.
            yield self._make(np.sort(order[first : first + self._size]))


class InOrder:
    """Batches in the order of the numbers, for validation and prediction."""

    def __init__(self, numbers: IntArray, size: int, make: Callable[[IntArray], Any]) -> None:
        self._numbers, self._size, self._make = numbers, size, make

    def __iter__(self) -> Iterator[Batch]:
        for first in range(0, len(self._numbers), self._size):
            yield self._make(self._numbers[first : first + self._size])


class StreamChunks:
    """Truncated backpropagation: streams cut into chunks that go on from one another.

    Parameters
    ----------
    streams : Streams
        Row r of every batch walks along stream r.
    length : int
        Steps in a chunk.
    make : callable
        Makes a batch of the streams' next `length` steps.
    """

    def __init__(self, streams: Streams, length: int, make: Callable[[Streams], Any]) -> None:
        self._streams, self._length, self._make = streams, length, make

    def count(self) -> int:
        """Return how many chunks the streams have."""
        return -(-self._streams.steps // self._length)

    def epoch(self, _number: int, start: int = 0, /) -> Iterator[Batch]:
        """Go through the chunks from the one numbered `start`; every epoch takes the same."""
        for chunk in range(start, self.count()):
            piece = self._streams.between(chunk * self._length, (chunk + 1) * self._length)
            yield self._make(piece)._replace(fresh=chunk == 0)
