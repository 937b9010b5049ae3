"""A network fed one step at a time, as data arrives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine.stepper import Stepper
from gatewise.engine.trace import State
from gatewise.errors import ArgumentError
from gatewise.learn.network import embeddings, head
from gatewise.learn.network.forward_pass import States, as_states, check_extra
from gatewise.learn.network.parameters import Network
from gatewise.support.arrays import FloatArray, as_array
from gatewise.support.given import check_order
from gatewise.support.reprs import short_repr


class NetworkStepper:
    """A network in one direction that takes a step and answers.

    The weights are read once, when the stepper is made.

    Parameters
    ----------
    network : Network
        Of one direction: the other would need the sequence's end first.
    batch : int, optional
        How many sequences go in step. None for a single one, whose x is (D,) and whose y is (P,).
    state : states[layer][0], a State each, optional
        Where each layer starts. Zero by default.
    engine : "auto" or a name from `gatewise.available()`

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit.

    Notes
    -----
    y after step t is, bit for bit, that of `forward` over the steps 0 to t.
    """

    def __init__(
        self,
        network: Network,
        batch: int | None = None,
        state: States | None = None,
        *,
        engine: str = "auto",
    ) -> None:
        check_order("NetworkStepper", {"network": network, "batch": batch}, {"network": Network})
        if network.architecture.bidirectional:
            raise ArgumentError("A bidirectional network cannot go step by step: it reads from both ends.")
        self.architecture = network.architecture
        self._layers = [Stepper(cells[0], batch, engine=engine) for cells in network.cells]
        self._vectors = {
            name: network.views[name].copy()
            for name in (embeddings.view_name(each) for each, _, _ in network.architecture.embeddings)
        }
        self._W, self._b = network.views["head.W"].copy(), network.views["head.b"].copy()
        self._rows = () if batch is None else (int(batch),)
        self._recent = np.zeros(
            (*self._rows, self.architecture.skip, self.architecture.input_size), self._b.dtype
        )
        self.reset(state)

    def step(
        self, x: ArrayLike, extra: ArrayLike | None = None, codes: ArrayLike | None = None
    ) -> FloatArray:
        """Take x_t, (N, D) or (D,), and return y, (N, P) or (P,).

        Parameters
        ----------
        extra : array (N, E) or (E,)
            What the head reads beside the outs, where it was made for that.
        codes : int array (N, K) or (K,)
            Which learned vectors the sequence has, as for `forward`, where the network has such.
        """
        E = self.architecture.head_inputs
        check_extra(self.architecture, extra)
        if extra is not None:
            extra = as_array("extra", extra, self._W.dtype, (*self._rows, E))
        out = x
        chosen = embeddings.as_codes(self.architecture, codes, self._rows)
        if chosen is not None:
            x = as_array("x", x, self._W.dtype, (*self._rows, self.architecture.input_size))
            out = np.concatenate([x, embeddings.vectors(self.architecture, self._vectors, chosen)], axis=-1)
        for layer in self._layers:
            out = layer.step(out)
        parts = [np.asarray(out)] if extra is None else [np.asarray(out), extra]
        if self.architecture.skip:
            self._recent = np.concatenate(
                [self._recent[..., 1:, :], np.asarray(x)[..., np.newaxis, :]], axis=-2
            )
            parts.append(self._recent.reshape(*self._rows, -1))
        z = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        return head.forward(self._W, self._b, z, self._layers[0].engine, 1)

    @property
    def state(self) -> tuple[tuple[State, ...], ...]:
        """Each layer's newest out and state, as copies: `reset` takes them back."""
        return tuple((layer.state,) for layer in self._layers)

    def reset(self, state: States | None = None) -> None:
        """Start again, from `state` or from zero; no rows of x are remembered then."""
        self._recent[...] = 0
        for layer, (start,) in zip(self._layers, as_states("state", self.architecture, state), strict=True):
            layer.reset(start)

    def __repr__(self) -> str:
        batch = self._rows[0] if self._rows else None
        return short_repr(self, repr(self.architecture), batch=batch)
