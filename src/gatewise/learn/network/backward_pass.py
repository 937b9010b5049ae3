"""Backward through a network: the head, then layer after layer from the last."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine import arguments
from gatewise.engine import passes as layer_engine
from gatewise.engine.any_cell import carried_from, state_of
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, DtypeError, NotKeptError
from gatewise.learn.network import embeddings, head
from gatewise.learn.network.forward_pass import States, as_states, inside, masked
from gatewise.learn.network.parameters import Network
from gatewise.learn.network.results import NetworkGrads, NetworkTrace
from gatewise.learn.network.skip import add_to_rows
from gatewise.support.arrays import FloatArray, as_array
from gatewise.support.given import check_order
from gatewise.support.options import as_flag


def backward(
    network: Network,
    trace: NetworkTrace,
    d_y: ArrayLike,
    *,
    d_last_state: States | None = None,
    threads: int | None = None,
    inputs: bool = False,
    keep: bool = False,
) -> NetworkGrads:
    """Find the gradient of the loss with respect to every parameter of a network, and its inputs.

    Parameters
    ----------
    network : Network
        The network that `forward` ran with.
    trace : NetworkTrace
        What `forward` returned.
    d_y : array like trace.y
        The gradient of the loss with respect to y; ignored past a sequence's own length.
    d_last_state : states[layer][direction], a State each, optional
        The gradients that reach `trace.last` from outside, for example d_state0 of the chunk that follows.
    threads : int, optional
        As for `gatewise.forward`.
    inputs : bool
        Whether d_x is wanted.
    keep : bool
        Whether the per-step gradients of every cell stay readable: `NetworkGrads.cells[layer][direction]`.

    Returns
    -------
    NetworkGrads

    Raises
    ------
    NotKeptError
        If `trace` was made with trace=False.
    ShapeError, DtypeError, ArgumentError
        If an argument does not fit the trace.

    Notes
    -----
    δz = Wᵀ·δy, δW = Σ δy ⊗ z, δb = Σ δy in the head; B1-B8 and G1-G3 in every cell. A layer's Δ is δx of the
    layer above, the sum of both its directions', times the dropout mask between them. δU = δU' diag(m). A
    learned vector, which is in every row that the first layer reads, gets the sum of δx over the steps.
    """
    given = {"network": network, "trace": trace, "d_y": d_y}
    check_order("network.backward", given, {"network": Network, "trace": NetworkTrace})
    arguments.check_threads(threads)
    inputs, keep = as_flag("inputs", inputs), as_flag("keep", keep)
    architecture, Q = network.architecture, network.architecture.output_size
    _check_belongs(network, trace)
    d_y = as_array("d_y", d_y, network.dtype, trace.y.shape)
    steps = architecture.head == "steps"
    if steps:
        d_y = inside(d_y, trace.lengths)
    d_z, d_head = head.backward(network.views["head.W"], trace.z, d_y, trace.engine, threads)
    d_outs: FloatArray | None
    d_outs, d_extra = _of_outs_and_extra(network, trace, d_z)
    outside = as_states("d_last_state", architecture, d_last_state)

    below = inputs or bool(architecture.embeddings)  # whether anything is to reach the first layer's input
    found: list[tuple[Grads, ...]] = []
    for layer in reversed(range(architecture.layers)):
        cells = []
        for direction, run in enumerate(trace.cells[layer]):
            params = trace.used[layer][direction]
            delta = _nothing((*trace.shape[:-1], Q), trace.y.dtype)
            d_last = outside[layer][direction]
            if d_outs is not None:
                mine = d_outs[..., direction * Q : (direction + 1) * Q]
                if layer == architecture.layers - 1 and not steps:
                    d_last = _added(mine, d_last, params)
                else:
                    delta = mine
            cells.append(
                layer_engine.backward(
                    params,
                    run,
                    delta,
                    d_last_state=d_last,
                    threads=threads,
                    inputs=below or layer > 0,
                    keep=keep,
                )
            )
        found.insert(0, tuple(cells))
        d_outs = _of_inputs(trace, layer, found[0]) if below or layer > 0 else None
    d_vectors = []
    if d_outs is not None and trace.codes is not None:
        d_rows = d_outs[..., architecture.input_size :]
        d_vectors = [embeddings.gradient(architecture, trace.codes, inside(d_rows, trace.lengths))]
        d_outs = d_outs[..., : architecture.input_size] if inputs else None
    if d_outs is not None and architecture.skip:
        first = architecture.width + architecture.head_inputs
        d_outs = add_to_rows(d_outs, d_z[..., first:], trace.lengths, architecture.skip)

    parts = [part for layer, cells in enumerate(found) for part in _flat(trace, layer, cells)]
    return NetworkGrads(
        architecture=architecture,
        vector=np.concatenate([*d_vectors, *parts, d_head]),
        cells=tuple(found),
        d_x=d_outs,
        d_extra=d_extra,
    )


def _check_belongs(network: Network, trace: NetworkTrace) -> None:
    """Refuse a trace that this network cannot have made, or one without gates."""
    if trace.y.dtype != network.dtype:
        raise DtypeError(
            f"trace is {trace.y.dtype} but the network is {network.dtype}; forward ran with another."
        )
    if not trace.traced:
        raise NotKeptError("backward needs the gates of every step; forward ran with trace=False.")
    if trace.architecture is not network.architecture and trace.architecture != network.architecture:
        raise ArgumentError(
            f"trace was made by another network, {trace.architecture}; this one is {network.architecture}."
        )


def _of_outs_and_extra(
    network: Network, trace: NetworkTrace, d_z: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """Part δz into what reaches the last layer's outs, through their mask, and what reaches extra."""
    width, mask = network.architecture.width, trace.masks.outputs
    if network.architecture.head == "last" and mask is not None:
        mask = mask[..., 0, :]
    d_outs = masked(d_z[..., :width], mask)
    if not network.architecture.head_inputs:
        return d_outs, None
    d_extra = d_z[..., width : width + network.architecture.head_inputs]
    return d_outs, d_extra.sum(axis=-2) if trace.extra_repeats else d_extra


@lru_cache(maxsize=16)  # the same at every training step
def _nothing(shape: tuple[int, ...], dtype: np.dtype[Any]) -> FloatArray:
    """Δ (N, T, H) where the loss reaches no out directly: one row of zeros, read again and again."""
    return np.broadcast_to(np.zeros(shape[-1], dtype), shape)


def _added(d_out: FloatArray, outside: Any, params: Params) -> Any:
    """Return what reaches a last out and state: d_out from the head, and what comes from outside."""
    made, batch = state_of(params.cell), d_out.shape[:-1]
    if outside is None:
        out = np.ascontiguousarray(d_out)
        others = (np.zeros((*batch, params.length_of(name)), d_out.dtype) for name in params.cell.carried[1:])
        return made(out, *others)
    reaches = carried_from("d_last_state", outside, params, batch)
    return made(**{**reaches, "out": d_out + reaches["out"]})


def _of_inputs(trace: NetworkTrace, layer: int, cells: tuple[Grads, ...]) -> FloatArray:
    """Return what reaches a layer's input: δx of both directions, through the mask."""
    total = cells[0].d_x
    if len(cells) == 2:
        total = total + cells[1].d_x
    return masked(total, trace.masks.inputs[layer])


def _flat(trace: NetworkTrace, layer: int, cells: tuple[Grads, ...]) -> list[FloatArray]:
    """δW, δU, δb of a layer's cells as they stand in the vector."""
    parts = []
    for grads, mask in zip(cells, trace.masks.recurrent[layer], strict=True):
        if mask is None:
            parts.append(grads.flat(copy=False))
        else:
            names = (f"d_{name}" for name in trace.used[layer][0].arrays)
            parts += [(grads[name] * mask if name == "d_U" else grads[name]).ravel() for name in names]
    return parts
