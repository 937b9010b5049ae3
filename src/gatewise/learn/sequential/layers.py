"""The kinds of layer: `Recurrent`, a cell in one direction or both, and `Dense`, a function of W·z + b."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.cells.cell import Cell
from gatewise.engine import passes
from gatewise.engine.params import Params
from gatewise.engine.trace import Trace
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.expression.functions import FUNCTIONS as OF_EQUATIONS
from gatewise.support.arrays import FloatArray, IntArray, as_array, own_dtype
from gatewise.support.given import brief
from gatewise.support.options import as_choice, as_flag
from gatewise.support.reprs import short_repr

RETURNS = ("steps", "last", "row")
Biases = tuple[FloatArray, FloatArray]


class Recurrent:
    """One layer of one cell, in one direction or in both.

    Parameters
    ----------
    cells : sequence of Params
        One, or two of the same cell and sizes: the second goes through each sequence from its end.
    biases : sequence, optional
        For each direction, of a library that keeps two bias vectors, both in this project's order of gates,
        or None: that of the input weights, and that of the recurrent weights. What runs is `cells`; these are
        kept so that they can be written again to the bit.
    reverse : bool
        Whether the only direction goes through each sequence from its end. Outs stand in the order of x.
    returns : "steps", "last" or "row"
        steps: the outs of every step (N, T, F). last: each direction's own last outs (N, F), which the second
        has at the first step. row: the outs at each sequence's last step (N, F), where the second has only
        begun, as `out[:, -1]` has them in torch.
    turned : bool
        Whether the outs of the steps of a reverse layer stand in the order in which they were made, as Keras'
        go_backwards returns them.
    name : str
        What the file calls the layer.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If they do not fit together.
    """

    def __init__(
        self, cells: Sequence[Params], *, biases: Sequence[Biases | None] | None = None,
        reverse: bool = False, returns: str = "steps", turned: bool = False, name: str = "",
    ) -> None:  # fmt: skip
        self.cells: tuple[Params, ...] = tuple(cells)
        self.biases: tuple[Biases | None, ...] = tuple(biases or [None] * len(self.cells))
        self.reverse, self.turned = as_flag("reverse", reverse), as_flag("turned", turned)
        self.returns, self.name = as_choice("returns", returns, RETURNS), str(name)
        if len(self.cells) not in (1, 2) or len(self.biases) != len(self.cells):
            raise ArgumentError(
                f"a layer has {len(self.cells)} cells; it must have one or two, for its directions."
            )
        if len({(each.cell, each.input_size, each.hidden_size, each.output_size) for each in self.cells}) > 1:
            raise ShapeError("the two directions of a layer are of different cells or sizes.")
        if len({each.dtype for each in self.cells}) > 1:
            raise DtypeError("the two directions of a layer are of different dtypes.")
        if self.reverse and len(self.cells) == 2:
            raise ArgumentError("reverse is for a layer of one direction; this one has both.")
        if self.turned and not (self.reverse and self.returns == "steps"):
            raise ArgumentError('turned is for a reverse layer that returns "steps".')

    @property
    def cell(self) -> Cell:
        """The cell that it is of."""
        return self.cells[0].cell

    @property
    def input_size(self) -> int:
        """D, the numbers that it reads at each step."""
        return self.cells[0].input_size

    @property
    def hidden_size(self) -> int:
        """H, the units of each direction."""
        return self.cells[0].hidden_size

    @property
    def width(self) -> int:
        """F, the numbers that it gives: at each step, or once."""
        return len(self.cells) * self.cells[0].output_size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of its weights."""
        return self.cells[0].dtype

    def traces(
        self, x: ArrayLike, lengths: ArrayLike | None = None, *, engine: str = "auto",
        threads: int | None = None, trace: bool = True,
    ) -> tuple[Trace, ...]:  # fmt: skip
        """Run each direction over x (N, T, D) and return its trace; see `gatewise.forward`."""
        return tuple(
            passes.forward(
                params, x, None, lengths, engine=engine, threads=threads, trace=trace,
                reverse=self.reverse or direction == 1,
            )
            for direction, params in enumerate(self.cells)
        )  # fmt: skip

    def given(self, runs: Sequence[Trace], lengths: IntArray | None = None) -> FloatArray:
        """Return what the layer gives of its directions' traces."""
        if self.returns == "last":
            return np.concatenate([run.last_out for run in runs], axis=-1)
        outs = np.concatenate([run.out for run in runs], axis=-1)
        if self.returns == "row":
            return np.asarray(_at_last_step(outs, lengths))
        if not self.turned:
            return outs
        if lengths is not None and np.any(lengths != outs.shape[-2]):
            raise ArgumentError(
                f"layer {brief(self.name)} turns its outs round (go_backwards): series of different lengths "
                "have no one order then. Give whole series."
            )
        return outs[..., ::-1, :]

    def __repr__(self) -> str:
        about: dict[str, Any] = {"hidden_size": self.hidden_size, "returns": self.returns}
        about |= {"directions": 2} if len(self.cells) == 2 else {}
        about |= {"reverse": True} if self.reverse else {}
        return short_repr(self, self.cell.name, **about)


def _at_last_step(outs: FloatArray, lengths: IntArray | None) -> FloatArray:
    if lengths is None:
        return outs[..., -1, :]
    ends = np.maximum(np.asarray(lengths) - 1, 0)[..., np.newaxis, np.newaxis]
    return np.take_along_axis(outs, ends, axis=-2)[..., 0, :]


def _softmax(z: FloatArray) -> FloatArray:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


FUNCTIONS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda z: z,
    "softmax": _softmax,
    **{name: OF_EQUATIONS[name].worth for name in ("sigmoid", "tanh", "relu")},
}
"""What may stand after W·z + b, by the names of Keras."""
FORMS = ("dense", "time_distributed", "activation")


class Dense:
    """y = g(W·z + b), of the last numbers of each step or of each sequence.

    Parameters
    ----------
    W : array (P, F)
    b : array (P,), optional
        None adds nothing.
    function : str
        g, one of FUNCTIONS; "softmax" is over the P.
    name : str
        What the file calls the layer.
    form : str
        How Keras has it, which says where its files keep the weights and changes no number: "dense", a
        Dense; "time_distributed", a Dense in a TimeDistributed; "activation", a function alone, for which W
        is the identity here.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If they do not fit together.
    """

    def __init__(
        self, W: ArrayLike, b: ArrayLike | None = None, *, function: str = "linear", name: str = "",
        form: str = "dense",
    ) -> None:  # fmt: skip
        dtype = own_dtype("W", W) or np.dtype(np.float64)
        self.W: FloatArray = as_array("W", W, dtype)
        if self.W.ndim != 2:
            raise ShapeError(f"W is {self.W.shape}; it must be (P, F).")
        if b is not None and own_dtype("b", b) not in (None, dtype):
            raise DtypeError(f"b is {own_dtype('b', b)} and W is {dtype}; they must have one dtype.")
        self.b: FloatArray | None = None if b is None else as_array("b", b, dtype, (self.W.shape[0],))
        self.function, self.name = as_choice("function", function, tuple(FUNCTIONS)), str(name)
        self.form = as_choice("form", form, FORMS)
        if form == "activation" and (b is not None or not np.array_equal(self.W, np.eye(len(self.W)))):
            raise ArgumentError("a layer that is a function alone has the identity as W, and no b.")

    @property
    def input_size(self) -> int:
        """F, the numbers that it reads."""
        return int(self.W.shape[1])

    @property
    def width(self) -> int:
        """P, the numbers that it gives."""
        return int(self.W.shape[0])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype of its weights."""
        return self.W.dtype

    def forward(self, z: FloatArray) -> FloatArray:
        """Return g(W·z + b) of z (…, F)."""
        with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
            y = z @ self.W.T
            return np.asarray(FUNCTIONS[self.function](y if self.b is None else y + self.b))

    def __repr__(self) -> str:
        return short_repr(self, function=self.function, W=self.W.shape)
