"""What a network's forward and backward return. Nothing is computed here."""

from __future__ import annotations

from functools import cached_property

from gatewise.cells import cell_named
from gatewise.engine.any_cell import state_of
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.trace import State, Trace
from gatewise.errors import NotKeptError
from gatewise.learn.network.architecture import Architecture
from gatewise.learn.network.dropout import Masks
from gatewise.learn.network.parameters import views
from gatewise.support.arrays import FloatArray, IntArray


class NetworkTrace:
    """The forward pass of a network, readable at every layer, direction and step.

    Attributes
    ----------
    architecture : Architecture
        Of the network that ran.
    y : array (N, P), or (N, T, P) if the head is "steps"
        What the head returned; past a sequence's own length 0.
    cells : tuple of tuple of Trace
        cells[layer][direction]: gates, states and outs, in the order of time. Direction 1 went through each
        sequence from its own end, so its last state is that of step 0.
    masks : Masks
        The dropout of this pass.
    lengths : int array (N,) or None
        As given.
    codes : int array (N, K) or None
        Which learned vector each sequence had of each embedding, as given.
    z : array (N, F) or (N, T, F)
        What the head read: the last layer's outs through their mask, extra, and the last rows of x.
    used : tuple of tuple of Params
        What each cell ran with: with recurrent dropout, U' in place of U.
    shape : tuple of int
        Of x.
    extra_repeats : bool
        Whether extra was the same at every step of a head "steps".
    traced : bool
        Whether the gates were kept.
    """

    def __init__(
        self,
        *,
        architecture: Architecture,
        y: FloatArray,
        z: FloatArray,
        cells: tuple[tuple[Trace, ...], ...],
        used: tuple[tuple[Params, ...], ...],
        masks: Masks,
        lengths: IntArray | None,
        codes: IntArray | None,
        shape: tuple[int, ...],
        extra_repeats: bool,
        traced: bool,
    ) -> None:
        self.architecture = architecture
        self.y = y
        self.z = z
        self.cells = cells
        self.used = used
        self.masks = masks
        self.lengths = lengths
        self.codes = codes
        self.shape = shape
        self.extra_repeats = extra_repeats
        self.traced = traced

    @property
    def last(self) -> tuple[tuple[State, ...], ...]:
        """Each cell's last out and state; `forward` takes them as `state`, to go on where this pass ended."""
        return tuple(tuple(cell.last for cell in cells) for cells in self.cells)

    @property
    def engine(self) -> str:
        """The engine that ran; `backward` uses the same one."""
        return self.cells[0][0].engine

    def __repr__(self) -> str:
        return f"NetworkTrace(y {self.y.shape}, {len(self.cells)} layers, engine {self.engine})"


class NetworkGrads:
    """The gradients of the loss with respect to everything that a network's pass began with.

    Attributes
    ----------
    vector : array
        The gradient of `Network.vector`, laid out like it.
    cells : tuple of tuple of Grads
        cells[layer][direction], with δgates, δstate and so on of every step after `backward(..., keep=True)`.
        With recurrent dropout, their d_U is that of U' = U diag(m), which the cell ran with.
    d_extra : array like extra, or None
        For what the head read beside the outs.
    """

    def __init__(
        self,
        *,
        architecture: Architecture,
        vector: FloatArray,
        cells: tuple[tuple[Grads, ...], ...],
        d_x: FloatArray | None,
        d_extra: FloatArray | None,
    ) -> None:
        self.architecture = architecture
        self.vector = vector
        self.cells = cells
        self.d_extra = d_extra
        self._d_x = d_x

    @cached_property
    def views(self) -> dict[str, FloatArray]:
        """The gradient of each parameter by its name in `Network.views`: views on `vector`."""
        return views(self.architecture, self.vector)

    @property
    def d_x(self) -> FloatArray:
        """The gradient of x, like x."""
        if self._d_x is None:
            raise NotKeptError("d_x cannot be read: backward finds it only with inputs=True.")
        return self._d_x

    @property
    def d_state0(self) -> tuple[tuple[State, ...], ...]:
        """The gradient of each cell's initial out and state; `backward` takes them as `d_last_state`."""
        cell = cell_named(self.architecture.cell)
        made = state_of(cell)
        return tuple(
            tuple(made(*(grads[f"d_{name}0"] for name in cell.carried)) for grads in cells)
            for cells in self.cells
        )

    def __repr__(self) -> str:
        return f"NetworkGrads({self.vector.size} parameters, {self.vector.dtype})"
