"""The parameters W, U, b of one LSTM layer.

The four gates' rows are stacked in the order of `cells.lstm.GATES`: a, i, f, o. Weights of other libraries,
which stack them otherwise, are read and written in those libraries' own modules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gatewise.cells.lstm import GATES
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.support.arrays import FloatArray, as_array, as_real, floating, is_count, own_dtype
from gatewise.support.given import brief
from gatewise.support.options import as_generator, named_in
from gatewise.support.reprs import short_repr

LARGEST_SIZE = 2**28  # of D and H: with more, sizes in bytes are no numbers that NumPy has


@dataclass(frozen=True, eq=False, init=False)
class Params:
    """Input weights, recurrent weights and bias.

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

    Raises
    ------
    ShapeError
        If the three do not fit together.
    DtypeError
        If they are of different floating dtypes.
    """

    W: FloatArray
    U: FloatArray
    b: FloatArray

    def __init__(self, *, W: ArrayLike, U: ArrayLike, b: ArrayLike) -> None:
        given = {"W": W, "U": U, "b": b}
        dtypes = {
            name: dtype for name, array in given.items() if (dtype := own_dtype(name, array)) is not None
        }
        if len(set(dtypes.values())) > 1:
            listed = ", ".join(f"{name} is {dtype}" for name, dtype in dtypes.items())
            raise DtypeError(f"{listed}; W, U and b must have one dtype. Convert with .astype first.")
        dtype = next(iter(dtypes.values()), np.dtype("float64"))
        W, U, b = (as_array(name, array, dtype) for name, array in given.items())
        H = U.shape[-1] if U.ndim == 2 else 0
        if H < 1 or W.ndim != 2 or W.shape[1] < 1 or (len(W), len(U), b.shape) != (4 * H, 4 * H, (4 * H,)):
            raise ShapeError(
                f"W is {W.shape}, U is {U.shape}, b is {b.shape}; they must be (4H, D), (4H, H), (4H,) with "
                f"D and H at least 1: the rows of the four gates {', '.join(GATES)}, in this order."
            )
        for name, array in (("W", W), ("U", U), ("b", b)):
            object.__setattr__(self, name, array)

    @property
    def input_size(self) -> int:
        """D, the number of features in each x_t."""
        return int(self.W.shape[1])

    @property
    def hidden_size(self) -> int:
        """H, the number of hidden units."""
        return int(self.U.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of W, U and b."""
        return self.W.dtype

    @property
    def size(self) -> int:
        """How many numbers W, U and b hold together."""
        return self.W.size + self.U.size + self.b.size

    def gate(self, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return views of one gate's W (H, D), U (H, H) and b (H,); `name` is one of a, i, f, o."""
        if not named_in(name, GATES):
            raise ArgumentError(f"{brief(name)} is not a gate. The gates are {', '.join(GATES)}.")
        first = GATES.index(str(name)) * self.hidden_size
        rows = slice(first, first + self.hidden_size)
        return self.W[rows], self.U[rows], self.b[rows]

    def astype(self, dtype: DTypeLike) -> Params:
        """Return the same parameters in another floating dtype, always as new arrays."""
        dtype = floating("Parameters", dtype)
        return Params(W=self.W.astype(dtype), U=self.U.astype(dtype), b=self.b.astype(dtype))

    def contiguous(self) -> Params:
        """Return the same parameters, each array contiguous: itself if they are."""
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in ("W", "U", "b")}
        return self if all(arrays[name] is getattr(self, name) for name in arrays) else Params(**arrays)

    def flat(self) -> FloatArray:
        """Lay W, U and b row by row into one new vector; `from_flat` is the way back."""
        return np.concatenate([self.W.ravel(), self.U.ravel(), self.b])

    @classmethod
    def from_flat(cls, vector: ArrayLike, input_size: int, hidden_size: int) -> Params:
        """Make parameters from a vector of 4H (D + H + 1) numbers in the order of `flat`."""
        D, H = _sizes(input_size, hidden_size)
        vector = as_array("vector", vector, own_dtype("vector", vector) or np.float64, (4 * H * (D + H + 1),))
        W, U, b = np.split(vector, [4 * H * D, 4 * H * (D + H)])
        return cls(W=W.reshape(4 * H, D), U=U.reshape(4 * H, H), b=b)

    @classmethod
    def init(
        cls,
        input_size: int,
        hidden_size: int,
        *,
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = "float32",
        forget_bias: float | None = None,
        scheme: str = "uniform",
    ) -> Params:
        """Draw random parameters. The same seed gives the same numbers in every dtype, up to rounding.

        Parameters
        ----------
        seed : int or numpy.random.Generator
            A generator is drawn from as it stands.
        scheme : "uniform" or "glorot"
            uniform: W, U and b uniform in ±1/√H, as torch draws them. glorot: each gate's W uniform in
            ±√(6/(D+H)) (Glorot and Bengio 2010), each gate's U orthogonal (Saxe, McClelland and Ganguli
            2014), b zero.
        forget_bias : float, optional
            What to set b_f to. 1 keeps the state early in training (Gers, Schmidhuber and Cummins 2000;
            Jozefowicz, Zaremba and Sutskever 2015). None leaves b_f to the scheme.

        Raises
        ------
        ArgumentError
            If a size is below 1 or the scheme is unknown.
        """
        D, H = _sizes(input_size, hidden_size)
        if not named_in(scheme, SCHEMES):
            raise ArgumentError(f"scheme={brief(scheme)} is not known. Known: {', '.join(SCHEMES)}.")
        dtype = floating("Parameters", dtype)
        W, U, b = SCHEMES[scheme](as_generator(seed), D, H)
        params = cls(W=W, U=U, b=b)
        if forget_bias is not None:
            b_f = params.gate("f")[-1]
            if math.isnan(bias := as_real(forget_bias)):
                raise ArgumentError(f"forget_bias={brief(forget_bias)}; it must be a number, or None.")
            b_f[:] = bias
        return params.astype(dtype)

    def __repr__(self) -> str:
        """Name the sizes; `str` has the numbers."""
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size}
        return short_repr(self, *(f"{name}={size}" for name, size in sizes.items()), str(self.dtype))

    def __str__(self) -> str:
        return "\n".join(
            f"{name} = {array!r}" for name, array in (("W", self.W), ("U", self.U), ("b", self.b))
        )


def _uniform(rng: np.random.Generator, D: int, H: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw W (4H, D), U (4H, H), b (4H,), each entry uniform in ±1/√H."""
    limit = 1 / np.sqrt(H)
    W, U, b = (rng.uniform(-limit, limit, shape) for shape in ((4 * H, D), (4 * H, H), (4 * H,)))
    return W, U, b


def _glorot(rng: np.random.Generator, D: int, H: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw W (4H, D) uniform in ±√(6/(D+H)), U (4H, H) orthogonal by gate, b (4H,) zero."""
    limit = np.sqrt(6 / (D + H))
    W = rng.uniform(-limit, limit, (4 * H, D))
    U = np.concatenate([_orthogonal(rng, H) for _ in GATES])
    return W, U, np.zeros(4 * H)


def _orthogonal(rng: np.random.Generator, H: int) -> FloatArray:
    """Draw an (H, H) orthogonal matrix, uniformly distributed thanks to the signs (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((H, H)))
    return q * np.sign(np.diag(r))


SCHEMES = {"uniform": _uniform, "glorot": _glorot}


def _sizes(input_size: int, hidden_size: int) -> tuple[int, int]:
    """Return D and H, both checked to be at least 1."""
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not is_count(size) or size > LARGEST_SIZE:
            raise ArgumentError(
                f"{name} is {brief(size)}; it must be a whole number of at least 1, at most {LARGEST_SIZE:,}."
            )
    return int(input_size), int(hidden_size)
