"""The parameters of one layer: W, U, b of the LSTM, or those of another cell.

The gates' rows are stacked in the order of the cell, a, i, f, o for the LSTM. Weights of other libraries,
which stack them otherwise, are read and written in those libraries' own modules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import LSTM
from gatewise.engine.schemes import SCHEMES
from gatewise.engine.sizes import by_name, shapes_of, sizes_of
from gatewise.errors import ArgumentError, DtypeError
from gatewise.support.arrays import FloatArray, as_array, as_real, cast, floating, own_dtype
from gatewise.support.foreign import opener_of
from gatewise.support.given import brief, listed
from gatewise.support.options import as_generator, as_mapping, named_in
from gatewise.support.reprs import short_repr


@dataclass(frozen=True, eq=False, init=False)
class Params:
    """Input weights, recurrent weights, bias, and what else a cell has.

    Arrays are kept as given, not copied. Lists and integers take the dtype of the arrays beside them, and
    float64 if there is none.

    Parameters
    ----------
    W : array (4H, D)
        Input weights.
    U : array (4H, H)
        Recurrent weights.
    b : array (4H,)
        Bias.
    cell : Cell or str
        The cell that they are of, or a name that `gatewise.cells.cell_named` reads. The parameters of another
        cell are given by its own names and shapes, which `cell.parameters` lists.

    Raises
    ------
    ShapeError
        If they do not fit together.
    DtypeError
        If they are of different floating dtypes.
    ArgumentError
        If one is missing or unknown, or there is no such cell.
    """

    W: FloatArray
    U: FloatArray
    b: FloatArray
    cell: Cell = LSTM

    def __init__(self, *, cell: Cell | str = LSTM, **arrays: ArrayLike) -> None:
        self._fill(cell_named(cell), arrays)

    @classmethod
    def of(cls, arrays: Mapping[str, ArrayLike], cell: Cell | str = LSTM) -> Params:
        """Return parameters whose arrays are in a dict, by name."""
        made = object.__new__(cls)
        made._fill(cell_named(cell), as_mapping("arrays", arrays))
        return made

    def _fill(self, cell: Cell, arrays: Mapping[str, ArrayLike]) -> None:
        given = by_name(cell, arrays)
        dtypes = {
            name: dtype for name, array in given.items() if (dtype := own_dtype(name, array)) is not None
        }
        if len(set(dtypes.values())) > 1:
            those = ", ".join(f"{name} is {dtype}" for name, dtype in dtypes.items())
            raise DtypeError(f"{those}; {listed(given)} must have one dtype. Convert with .astype first.")
        dtype = next(iter(dtypes.values()), np.dtype("float64"))
        read = {name: as_array(name, array, dtype) for name, array in given.items()}
        object.__setattr__(self, "cell", cell)
        object.__setattr__(self, "_sizes", sizes_of(cell, read))
        for name, array in read.items():
            object.__setattr__(self, name, array)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return sizes_of(self.cell, self.arrays)

    @property
    def arrays(self) -> dict[str, FloatArray]:
        """The parameters by name, in the order of the cell."""
        return {name: getattr(self, name) for name in self.cell.parameters}

    def replace(self, **arrays: ArrayLike) -> Params:
        """Return parameters of the same cell with other arrays in place of those that are named."""
        return Params.of({**self.arrays, **arrays}, self.cell)

    @property
    def input_size(self) -> int:
        """D, the number of features in each x_t."""
        return self._sizes["D"]

    @property
    def hidden_size(self) -> int:
        """H, the number of hidden units."""
        return self._sizes["H"]

    @property
    def output_size(self) -> int:
        """Q, the length of out where a cell projects it, else H."""
        return self.length_of("out")

    def length_of(self, name: str) -> int:
        """Return how many entries a quantity of a step has: D of x, H of a gate."""
        return self._sizes[self.cell.size_of(name)]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of all."""
        return next(iter(self.arrays.values())).dtype

    @property
    def size(self) -> int:
        """How many numbers they hold together."""
        return sum(array.size for array in self.arrays.values())

    def gate(self, name: str) -> tuple[FloatArray, ...]:
        """Return views of one gate's rows: W (H, D), U (H, H), b (H,), and what else it has a part in."""
        gates = self.cell.gates
        if not named_in(name, gates):
            raise ArgumentError(f"{brief(name)} is not a gate. The gates are {', '.join(gates) or 'none'}.")
        return tuple(
            array[rows]
            for parameter, array in self.arrays.items()
            if (rows := self.cell.rows_of(parameter, str(name), len(array))) is not None
        )

    def astype(self, dtype: DTypeLike) -> Params:
        """Return the same parameters in another floating dtype, always as new arrays."""
        dtype = floating("Parameters", dtype)
        return self.replace(**{name: cast(name, array, dtype) for name, array in self.arrays.items()})

    def contiguous(self) -> Params:
        """Return the same parameters, each array contiguous: itself if they are."""
        given = self.arrays
        arrays = {name: np.ascontiguousarray(array) for name, array in given.items()}
        return self if all(arrays[name] is given[name] for name in given) else self.replace(**arrays)

    def flat(self) -> FloatArray:
        """Lay the arrays row by row into one new vector: W, U and b; `from_flat` is the way back."""
        return np.concatenate([array.ravel() for array in self.arrays.values()])

    @classmethod
    def from_flat(
        cls,
        vector: ArrayLike,
        input_size: int,
        hidden_size: int,
        *,
        cell: Cell | str = LSTM,
        output_size: int | None = None,
    ) -> Params:
        """Make parameters from a vector in the order of `flat`: of the LSTM, 4H (D + H + 1) numbers."""
        cell = cell_named(cell)
        shapes = shapes_of(cell, input_size, hidden_size, output_size)
        sizes = [math.prod(shape) for shape in shapes.values()]
        vector = as_array("vector", vector, own_dtype("vector", vector) or np.float64, (sum(sizes),))
        parts = np.split(vector, np.cumsum(sizes)[:-1])
        return cls.of(
            {name: part.reshape(shapes[name]) for name, part in zip(shapes, parts, strict=True)}, cell
        )

    @classmethod
    def init(
        cls,
        input_size: int,
        hidden_size: int,
        *,
        cell: Cell | str = LSTM,
        output_size: int | None = None,
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = "float32",
        forget_bias: float | None = None,
        scheme: str = "uniform",
    ) -> Params:
        """Draw random parameters. The same seed gives the same numbers in every dtype, up to rounding.

        Parameters
        ----------
        cell : Cell or str
            The cell that they are of.
        output_size : int, optional
            Q, of a cell that projects its output; H if None.
        seed : int or numpy.random.Generator
            A generator is drawn from as it stands.
        scheme : "uniform" or "glorot"
            uniform: all uniform in ±1/√H, as torch draws them. glorot: each gate's rows of a matrix that
            meets x uniform in ±√(6/(D+H)) (Glorot and Bengio 2010), of one that meets out orthogonal (Saxe,
            McClelland and Ganguli 2014), what else is a matrix likewise; vectors zero.
        forget_bias : float, optional
            What to set b_f to. 1 keeps the state early in training (Gers, Schmidhuber and Cummins 2000;
            Jozefowicz, Zaremba and Sutskever 2015). None leaves b_f to the scheme.

        Raises
        ------
        ArgumentError
            If a size is below 1, the scheme is unknown, or a forget gate's bias is set where there is none.
        """
        cell = cell_named(cell)
        shapes = shapes_of(cell, input_size, hidden_size, output_size)
        if not named_in(scheme, SCHEMES):
            raise ArgumentError(f"scheme={brief(scheme)} is not known. Known: {', '.join(SCHEMES)}.")
        dtype = floating("Parameters", dtype)
        params = cls.of(SCHEMES[scheme](as_generator(seed), cell, shapes, int(hidden_size)), cell)
        if forget_bias is not None:
            params._set_forget_bias(forget_bias)
        return params.astype(dtype)

    @classmethod
    def from_torch(cls, lstm: Any, layer: int = 0, direction: int = 0) -> Params:
        """Return one direction of one layer of a torch.nn.LSTM, as a copy.

        Parameters
        ----------
        lstm : torch.nn.LSTM
        layer, direction : int
            From 0 on; direction 1 is the reverse one.

        Returns
        -------
        Params
            W (4H, D), U (4H, H) and b (4H,), the sum of torch's two biases; with bias=False those of the cell
            lstm+no-bias, with proj_size of the cell projected. float64 stays, every other dtype is float32.

        Raises
        ------
        ArgumentError
            If it is no torch.nn.LSTM, or has no such layer or direction.
        """
        opener = opener_of(lstm)
        if opener is None:
            raise ArgumentError(f"from_torch takes a torch.nn.LSTM; this is a {type(lstm).__name__}.")
        params: Params = opener.from_torch(lstm, layer, direction)
        return params

    def to_torch(self, lstm: Any, layer: int = 0, direction: int = 0) -> None:
        """Write these parameters into one direction of one layer of a torch.nn.LSTM, in place.

        b goes into bias_ih, and bias_hh becomes 0.

        Raises
        ------
        ArgumentError
            If it is no torch.nn.LSTM, has no such layer or direction, or is of other sizes; nothing is then
            written.
        """
        opener = opener_of(lstm)
        if opener is None:
            raise ArgumentError(f"to_torch takes a torch.nn.LSTM; this is a {type(lstm).__name__}.")
        opener.to_torch(self, lstm, layer, direction)

    def _set_forget_bias(self, forget_bias: float) -> None:
        bias = getattr(self, "b", None)
        rows = None if bias is None else self.cell.rows_of("b", "f", len(bias))
        if bias is None or rows is None:
            raise ArgumentError(
                f"forget_bias={brief(forget_bias)}: cell {self.cell.name} has no bias of a forget gate."
            )
        if math.isnan(number := as_real(forget_bias)):
            raise ArgumentError(f"forget_bias={brief(forget_bias)}; it must be a number, or None.")
        bias[rows] = number

    def __repr__(self) -> str:
        """Name the sizes; `str` has the numbers."""
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size}
        sizes |= {} if self.output_size == self.hidden_size else {"output_size": self.output_size}
        of = [] if self.cell is LSTM else [f"cell={self.cell.name!r}"]
        return short_repr(self, *of, *(f"{name}={size}" for name, size in sizes.items()), str(self.dtype))

    def __str__(self) -> str:
        return "\n".join(f"{name} = {array!r}" for name, array in self.arrays.items())


def refilled(params: Params, vector: FloatArray) -> Params:
    """Return parameters like those given whose numbers are views of a vector, in the order of `flat`.

    Nothing is checked: the vector has the size and dtype that `params.flat()` has.
    """
    made, first = object.__new__(Params), 0
    object.__setattr__(made, "cell", params.cell)
    for name, array in params.arrays.items():
        object.__setattr__(made, name, vector[first : first + array.size].reshape(array.shape))
        first += array.size
    return made
