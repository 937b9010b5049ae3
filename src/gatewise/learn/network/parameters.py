"""A network: its architecture and one flat vector of parameters, with a named view on each of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gatewise.cells import Cell, cell_named
from gatewise.cells.memory import forgets_by_a_gate
from gatewise.engine.params import Params
from gatewise.errors import ShapeError
from gatewise.learn.network.architecture import Architecture
from gatewise.learn.network.dropout import draw
from gatewise.learn.network.embeddings import drawn
from gatewise.support.arrays import FloatArray, as_array, floating, own_dtype
from gatewise.support.given import check_order
from gatewise.support.options import as_generator, named_in


def views(architecture: Architecture, vector: FloatArray) -> dict[str, FloatArray]:
    """Cut a contiguous vector into the parameters, or what belongs to them, by name; nothing is copied."""
    found, first = {}, 0
    for name, shape in architecture.shapes().items():
        size = math.prod(shape)
        found[name] = vector[first : first + size].reshape(shape)
        first += size
    return found


def cell_name(layer: int, direction: int) -> str:
    """Return what the names of a cell's parameters begin with."""
    return f"layer{layer}.{'reverse.' if direction else ''}"


def starting_forget_bias(cell: Cell) -> float | None:
    """Return what b_f starts at if nothing is said: 1 where f keeps the state, else None."""
    return 1.0 if forgets_by_a_gate(cell) else None


class Network:
    """Layers of cells and a linear head.

    Parameters
    ----------
    architecture : Architecture
    vector : array (architecture's number of parameters,)
        All parameters. It is kept, not copied: what changes in it changes the network.

    Attributes
    ----------
    views : dict of array
        "embedding.NAME" (n, E) of each embedding, "layer0.W" (4H, D), "layer0.U" (4H, H), "layer0.b" (4H,),
        "layer0.reverse.W", …, "layer1.W", …, "head.W" (P, F), "head.b" (P,): views on the vector, in its
        order. Where there are embeddings, layer0.W has a column for each of their numbers as well.
    cells : tuple of tuple of Params
        cells[layer][direction], direction 1 going through each sequence from its end. Views likewise.
    undropped : Masks
        Those of a pass without dropout.

    Raises
    ------
    ShapeError, DtypeError
        If the vector is not one contiguous vector of so many numbers.
    """

    def __init__(self, architecture: Architecture, vector: ArrayLike) -> None:
        given = {"architecture": architecture, "vector": vector}
        check_order("Network", given, {"architecture": Architecture})
        size = sum(map(math.prod, architecture.shapes().values()))
        self.architecture = architecture
        self.vector = as_array("vector", vector, own_dtype("vector", vector) or np.float64, (size,))
        if not self.vector.flags.c_contiguous:
            raise ShapeError(f"vector has a stride of {self.vector.strides[0]} bytes; it must be contiguous.")
        self.views = views(architecture, self.vector)
        cell = cell_named(architecture.cell)
        self.cells = tuple(
            tuple(
                Params.of(
                    {part: self.views[cell_name(layer, direction) + part] for part in cell.parameters}, cell
                )
                for direction in range(architecture.directions)
            )
            for layer in range(architecture.layers)
        )
        self.undropped = draw(architecture, (), self.dtype, None)

    @classmethod
    def init(
        cls,
        architecture: Architecture,
        *,
        seed: int = 0,
        dtype: DTypeLike = "float32",
        forget_bias: float | str | None = "auto",
        scheme: str = "uniform",
    ) -> Network:
        """Draw random parameters. The same seed gives the same numbers in every dtype, up to rounding.

        Parameters
        ----------
        seed : int
        forget_bias, scheme
            As for `Params.init`, for every cell; "auto" is 1 where a forget gate keeps the state. The head is
            uniform in ±1/√F, as torch draws a linear layer; learned vectors are normal, of deviation 0.1.

        Raises
        ------
        ArgumentError
            If the scheme is unknown, or a forget gate's bias is set where there is none.
        """
        check_order("Network.init", {"architecture": architecture}, {"architecture": Architecture})
        dtype = floating("Parameters", dtype)
        rng = as_generator(seed)
        cell = cell_named(architecture.cell)
        bias: Any = starting_forget_bias(cell) if named_in(forget_bias, ("auto",)) else forget_bias
        cells = [
            Params.init(
                D, architecture.hidden_size, cell=cell, output_size=architecture.projection or None, seed=rng,
                dtype=np.float64, forget_bias=bias, scheme=scheme,
            ).flat()
            for D in _input_sizes(architecture)
        ]  # fmt: skip
        F, P = architecture.head_width, architecture.outputs
        head = rng.uniform(-1, 1, P * (F + 1)) / math.sqrt(F)
        vectors = drawn(architecture, rng)
        return cls(architecture, np.concatenate([*vectors, *cells, head]).astype(dtype))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of all parameters."""
        return self.vector.dtype

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return self.vector.size

    def astype(self, dtype: DTypeLike) -> Network:
        """Return the same network in another floating dtype, with a vector of its own."""
        return Network(self.architecture, self.vector.astype(floating("Parameters", dtype)))

    def copy(self) -> Network:
        """Return the same network with a vector of its own."""
        return Network(self.architecture, self.vector.copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.architecture, self.vector)

    def __repr__(self) -> str:
        about = repr(self.architecture).removeprefix("Architecture(").removesuffix(")")
        return f"Network({about}; {self.size} parameters, {self.dtype})"


def _input_sizes(architecture: Architecture) -> list[int]:
    """Input size of every cell, in the vector's order."""
    return [
        architecture.width if layer else architecture.input_width
        for layer in range(architecture.layers)
        for _ in range(architecture.directions)
    ]
