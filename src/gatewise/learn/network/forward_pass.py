"""Forward through a network: layer after layer, both directions of each, then the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.engine import arguments
from gatewise.engine import passes as layer_engine
from gatewise.engine.params import Params
from gatewise.engine.trace import State, Trace
from gatewise.errors import ArgumentError, ShapeError
from gatewise.learn.network import embeddings, head
from gatewise.learn.network.architecture import Architecture
from gatewise.learn.network.dropout import Mask, Masks, draw
from gatewise.learn.network.parameters import Network
from gatewise.learn.network.results import NetworkTrace
from gatewise.learn.network.skip import last_rows
from gatewise.support.arrays import FloatArray, IntArray, as_array
from gatewise.support.given import brief, check_order, described, items_of
from gatewise.support.options import as_flag

States = Sequence[Sequence[State | tuple[ArrayLike, ArrayLike] | None]]


def forward(
    network: Network,
    x: ArrayLike,
    state: States | None = None,
    lengths: ArrayLike | None = None,
    *,
    extra: ArrayLike | None = None,
    codes: ArrayLike | None = None,
    engine: str = "auto",
    threads: int | None = None,
    trace: bool = True,
    rng: np.random.Generator | None = None,
) -> NetworkTrace:
    """Run a network over whole sequences.

    Parameters
    ----------
    network : Network
    x : array (N, T, D), or (T, D) for a single sequence
    state : states[layer][direction], a State each, optional
        Where each cell starts, (N, H); for example `NetworkTrace.last` of what came before. Zero by default.
    lengths : int array (N,), optional
        Each sequence's own number of steps, 0 to T. The reverse direction starts at its last.
    extra : array (N, E); (N, T, E) too if the head is "steps"
        What the head reads beside the outs; needed where the architecture has `head_inputs` = E.
    codes : int array (N, K)
        Which learned vector each sequence has, from 0, for each of the architecture's K `embeddings`; -1
        stands for none of them and is given their mean.
    engine, threads
        As for `gatewise.forward`. The bits of the result do not depend on the number of threads, nor those
        of one sequence on the sequences beside it.
    trace : bool
        False keeps only y and the cells' outs and last states, which is all that prediction needs.
    rng : numpy.random.Generator, optional
        Draws the dropout masks. Without it there is no dropout.

    Returns
    -------
    NetworkTrace

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit.

    Notes
    -----
    Equations F1-F6 in every cell; y = W·[out; extra; the last K rows of x] + b, K = skip.
    """
    check_order("network.forward", {"network": network, "x": x}, {"network": Network})
    arguments.check_threads(threads)
    trace = as_flag("trace", trace)
    architecture = network.architecture
    x = arguments.as_input(network.cells[0][0], x, architecture.input_size)
    batch, T = x.shape[:-2], x.shape[-2]
    chosen = embeddings.as_codes(architecture, codes, batch)
    ends = None if lengths is None else arguments.as_lengths(lengths, batch, T)
    beside = _beside(architecture, network.dtype, extra, batch, T)
    states = as_states("state", architecture, state)
    masks, used = network.undropped, network.cells
    if rng is not None:
        if not isinstance(rng, np.random.Generator):
            raise ArgumentError(
                f"rng is {brief(rng)}; it must be a generator, as numpy.random.default_rng(seed) gives."
            )
        masks = draw(architecture, batch, network.dtype, rng)
        used = tuple(
            tuple(map(_dropped, cells, drawn))
            for cells, drawn in zip(network.cells, masks.recurrent, strict=True)
        )

    read = x
    if chosen is not None:
        read = embeddings.joined_to(x, embeddings.vectors(architecture, network.views, chosen))
    runs: list[tuple[Trace, ...]] = []
    for layer, cells in enumerate(used):
        given = masked(read if layer == 0 else _joined(runs[-1]), masks.inputs[layer])
        runs.append(
            tuple(
                layer_engine.forward(
                    params,
                    given,
                    states[layer][direction],
                    ends,
                    engine=engine,
                    threads=threads,
                    trace=trace,
                    reverse=direction == 1,
                )
                for direction, params in enumerate(cells)
            )
        )
    z = _read_by_head(architecture, runs[-1], masks, beside)
    if architecture.skip:
        z = np.concatenate([z, last_rows(x, ends, architecture.skip)], axis=-1)
    y = head.forward(network.views["head.W"], network.views["head.b"], z, runs[0][0].engine, threads)
    if architecture.head == "steps":
        y = inside(y, ends)
    return NetworkTrace(
        architecture=architecture,
        y=y,
        z=z,
        cells=tuple(runs),
        used=used,
        masks=masks,
        lengths=ends,
        codes=chosen,
        shape=x.shape,
        extra_repeats=beside is not None and beside.ndim < z.ndim,
        traced=trace,
    )


def as_states(name: str, architecture: Architecture, given: States | None) -> States:
    """Read states[layer][direction]; the pairs themselves are read by the engine."""
    layers, directions = architecture.layers, architecture.directions
    if given is None:
        return [[None] * directions] * layers
    read = items_of(given) if isinstance(given, (tuple, list)) else (None,)
    if not all(isinstance(cells, (tuple, list)) for cells in read):
        raise ArgumentError(
            f"{name} is {described(given)}; it must be {name}[layer][direction], a State each, as "
            "NetworkTrace.last is."
        )
    nested = tuple(items_of(cells) for cells in read)
    if len(nested) != layers or any(len(cells) != directions for cells in nested):
        counts = [len(cells) for cells in nested[:9]]
        raise ArgumentError(
            f"{name} has {len(nested)} layers of {counts} states; it must be {name}[layer][direction], for "
            f"{layers} layers of {directions}, as NetworkTrace.last is."
        )
    return nested


def check_extra(architecture: Architecture, extra: object) -> None:
    """Refuse extra where the head reads none, and its absence where it does."""
    E = architecture.head_inputs
    if (extra is None) != (E == 0):
        given = "not given" if extra is None else described(extra)
        raise ArgumentError(f"extra is {given} but the head was made for {E} numbers beside the outs.")


def masked(series: FloatArray, mask: Mask) -> FloatArray:
    """Multiply by a mask where there is one."""
    return series if mask is None else series * mask


def inside(series: FloatArray, ends: IntArray | None) -> FloatArray:
    """Put 0 past each sequence's own length, also where NaN stands there."""
    if ends is None:
        return series
    within = np.arange(series.shape[-2]) < ends[..., np.newaxis]
    result: FloatArray = np.where(within[..., np.newaxis], series, 0)
    return result


def _dropped(params: Params, mask: Mask) -> Params:
    """U' = U diag(m): a unit that is left out is left out of every gate's recurrent product."""
    return params if mask is None else params.replace(U=params.U * mask)


def _joined(runs: tuple[Trace, ...]) -> FloatArray:
    """Lay the outs of both directions side by side."""
    if len(runs) == 1:
        return runs[0].out
    return np.concatenate([run.out for run in runs], axis=-1)


def _beside(
    architecture: Architecture, dtype: np.dtype[Any], extra: ArrayLike | None, batch: tuple[int, ...], T: int
) -> FloatArray | None:
    """Read extra, checked; for the head "steps" without a T axis if it is the same at every step."""
    E, steps = architecture.head_inputs, architecture.head == "steps"
    check_extra(architecture, extra)
    if extra is None:
        return None
    extra = as_array("extra", extra, dtype)
    if extra.shape == (*batch, E) or (steps and extra.shape == (*batch, T, E)):
        return extra
    raise ShapeError(f"extra is {extra.shape}; it must be {(*batch, E)}{f' or {(*batch, T, E)}' * steps}.")


def _read_by_head(
    architecture: Architecture,
    runs: tuple[Trace, ...],
    masks: Masks,
    beside: FloatArray | None,
) -> FloatArray:
    """Return the outs and extra of z (N, F) or, for the head "steps", (N, T, F)."""
    if architecture.head == "steps":
        z = masked(_joined(runs), masks.outputs)
    else:
        lasts = [run.last_out for run in runs]
        z = lasts[0] if len(lasts) == 1 else np.concatenate(lasts, axis=-1)
        z = masked(z, None if masks.outputs is None else masks.outputs[..., 0, :])
    if beside is None:
        return z
    if beside.ndim < z.ndim:
        beside = np.broadcast_to(beside[..., np.newaxis, :], (*z.shape[:-1], beside.shape[-1]))
    return np.concatenate([z, beside], axis=-1)
