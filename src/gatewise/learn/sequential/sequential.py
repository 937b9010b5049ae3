"""`Sequential`: recurrent and dense layers, each reading what the one before gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine import arguments
from gatewise.engine.trace import Trace
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.learn.sequential.layers import Dense, Recurrent
from gatewise.support.arrays import FloatArray, IntArray, own_dtype
from gatewise.support.given import as_numpy
from gatewise.support.reprs import short_repr


class Sequential:
    """Layers one after the other.

    Parameters
    ----------
    layers : sequence of Recurrent and Dense
        At least one recurrent one; after a layer that gives one row for each sequence, dense ones alone.
    notes : sequence of str
        What the file did not say and was taken so.

    Attributes
    ----------
    layers, notes : tuple

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If a layer does not read what the one before it gives.
    """

    def __init__(self, layers: Sequence[Recurrent | Dense], notes: Sequence[str] = ()) -> None:
        self.layers, self.notes = tuple(layers), tuple(notes)
        if not self.recurrent:
            raise ArgumentError("there is no recurrent layer.")
        if len(dtypes := {layer.dtype for layer in self.layers}) > 1:
            raise DtypeError(
                f"layers are of {' and '.join(sorted(map(str, dtypes)))}; they must have one dtype."
            )
        once = False
        for below, layer in zip((None, *self.layers), self.layers, strict=False):
            if below is not None and layer.input_size != below.width:
                raise ShapeError(
                    f"layer {layer.name or layer!r} reads {layer.input_size} numbers and the one before "
                    f"gives {below.width}."
                )
            if isinstance(layer, Recurrent):
                if once:
                    raise ArgumentError(
                        f"layer {layer.name or layer!r} reads steps and the one before gives none."
                    )
                once = layer.returns != "steps"

    @property
    def recurrent(self) -> tuple[Recurrent, ...]:
        """The recurrent layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Recurrent))

    @property
    def input_size(self) -> int:
        """D, the numbers that the first layer reads at each step."""
        return self.layers[0].input_size

    @property
    def outputs(self) -> int:
        """P, the numbers that the last layer gives."""
        return self.layers[-1].width

    @property
    def by_step(self) -> bool:
        """Whether it gives numbers for every step, not once for a sequence."""
        return all(layer.returns == "steps" for layer in self.recurrent)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of all weights."""
        return self.layers[0].dtype

    def forward(
        self,
        x: ArrayLike,
        lengths: ArrayLike | None = None,
        *,
        engine: str = "auto",
        threads: int | None = None,
    ) -> FloatArray:
        """Return what the last layer gives.

        Parameters
        ----------
        x : array (N, T, D), or (T, D) for a single sequence
        lengths : int array (N,), optional
            Each sequence's own number of steps.
        engine, threads
            As for `gatewise.forward`.

        Returns
        -------
        array
            (N, T, P), or (N, P) of a model that gives its numbers once for a sequence; without the N as x.
        """
        return self._run(x, lengths, engine, threads, trace=False)[0]

    def trace(
        self,
        x: ArrayLike,
        lengths: ArrayLike | None = None,
        *,
        engine: str = "auto",
        threads: int | None = None,
    ) -> tuple[tuple[Trace, ...], ...]:
        """Return the traces of the recurrent layers, traces[layer][direction]: every gate and state."""
        return self._run(x, lengths, engine, threads, trace=True)[1]

    def _run(
        self, x: ArrayLike, lengths: ArrayLike | None, engine: str, threads: int | None, *, trace: bool
    ) -> tuple[FloatArray, tuple[tuple[Trace, ...], ...]]:
        first = self.recurrent[0]
        own = own_dtype("x", x)
        if own is not None and own != self.dtype and own.kind == "f":
            other = f", or write the model in {own}: gatewise convert A B --dtype {own}"
            raise DtypeError(
                f"x is {own} and the model is of {self.dtype}; precision is not converted silently. Use "
                f"{as_numpy('x', x)}.astype('{self.dtype}'){other * (own in (np.float32, np.float64))}."
            )
        given = arguments.as_input(first.cells[0], x, self.input_size)
        ends: IntArray | None = None
        if lengths is not None:
            ends = arguments.as_lengths(lengths, given.shape[:-2], given.shape[-2])
        runs = []
        for layer in self.layers:
            if isinstance(layer, Dense):
                given = layer.forward(given)
                continue
            run = layer.traces(given, ends, engine=engine, threads=threads, trace=trace)
            given = layer.given(run, ends)
            runs.append(run)
        return given, tuple(runs)

    def __repr__(self) -> str:
        return short_repr(self, *map(repr, self.layers), str(self.dtype))
