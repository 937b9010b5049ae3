"""What a graph is fed to find its layers: which input is x, what its axes may be, and random data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.graph import NodeGraph, Port
from gatewise.support.arrays import IntArray
from gatewise.support.given import brief, listed

SIZES = ((3, 5), (2, 7))  # N and T where the file leaves them open: primes, so that no two axes are the same
MOST = 1 << 20  # numbers of x
_AXES = {3: ("NTD", "TND", "NDT"), 2: ("TD", "NT", "TN"), 1: ("T",)}


class Ports(NamedTuple):
    """The input that is x, and the one that is lengths, if there is one."""

    x: Port
    lengths: Port | None


class Fed(NamedTuple):
    """Random data for a graph.

    Attributes
    ----------
    axes : str
        What each axis of x is: N sequences, T steps, D features.
    x : array (N, T, D)
    lengths : int array (N,)
    arrays : dict
        As the graph is fed.
    labels : int array
        For each number of x as it is fed, its place in x (N, T, D).
    """

    axes: str
    x: NDArray[np.float64]
    lengths: IntArray
    arrays: dict[str, NDArray[Any]]
    labels: NDArray[np.int64]


def ports_of(graph: NodeGraph) -> Ports:
    """Return which input is x and which are lengths.

    Raises
    ------
    ConvertError
        If that cannot be told.
    """
    whole = [port for port in graph.inputs if port.dtype is not None and port.dtype.kind in "iu"]
    real = [port for port in graph.inputs if port not in whole]
    first = {name for node in graph.recurrent() for name in node.inputs[5:7] if name}
    if states := [port.name for port in real if port.name in first]:
        raise ConvertError(
            f"its {listed(map(brief, states))} {'is' if len(states) == 1 else 'are'} an initial state that "
            "is given from outside, and layers begin at 0. Export the model without, so that it begins at "
            "0; or run it whole by gatewise.onnx.Backend."
        )
    if len(real) != 1 or len(whole) > 1:
        given = listed(f"{brief(port.name)} of {port.dtype}" for port in graph.inputs)
        raise ConvertError(
            f"its inputs are {given}; read are models of one input of real numbers, x, and one of whole "
            "numbers, the lengths, where they are given."
        )
    if whole and len(whole[0].shape or (None,)) != 1:
        raise ConvertError(
            f"its input {brief(whole[0].name)} is {brief(list(whole[0].shape or ()))}; lengths are (N,)."
        )
    return Ports(real[0], whole[0] if whole else None)


def readings_of_axes(port: Port) -> tuple[str, ...]:
    """Return what the axes of x may be, the most usual first."""
    rank = 3 if port.shape is None else len(port.shape)
    if rank not in _AXES:
        raise ConvertError(f"its input {brief(port.name)} has {rank} axes; sequences have three: N, T and D.")
    return _AXES[rank]


def feeds(graph: NodeGraph, ports: Ports, axes: str) -> Iterator[Fed]:
    """Yield random data of two sizes, or twice of the one that the file is for.

    Raises
    ------
    ConvertError
        If the file is for one step alone, or for more than is tried.
    """
    held = {} if (batch := batch_of_states(graph)) is None else {"N": batch}
    for number, (N, T) in enumerate(SIZES):
        sizes = {"N": N, "T": T, "D": _features(graph)} | held | _fixed(ports, axes)
        sizes |= {letter: 1 for letter in "ND" if letter not in axes}
        if sizes["T"] < 2:
            raise ConvertError(
                "it is made for a single step, so that what it does with several cannot be told. Export it "
                "with a dynamic number of steps, or of at least 2."
            )
        shape = (sizes["N"], sizes["T"], sizes["D"])
        if min(shape) < 1 or np.prod([float(length) for length in shape]) > MOST:
            raise ConvertError(
                f"its input {brief(ports.x.name)} is for {shape} numbers; at most {MOST:,} are tried."
            )
        yield _fed(ports, axes, shape, number)


def _fed(ports: Ports, axes: str, shape: tuple[int, int, int], number: int) -> Fed:
    N, T, _ = shape
    draw = np.random.default_rng(number)
    x = draw.standard_normal(shape)
    labels = np.arange(x.size, dtype=np.int64).reshape(shape)
    order = ["NTD".index(letter) for letter in axes]
    absent = [axis for axis in range(3) if axis not in order]
    laid = [
        np.ascontiguousarray(each.transpose([*absent, *order]).reshape([shape[axis] for axis in order]))
        for each in (x, labels)
    ]
    arrays: dict[str, NDArray[Any]] = {ports.x.name: laid[0]}
    lengths = np.full(N, T, np.int64)
    if ports.lengths is not None:
        # One has all steps, so that what is padded to the longest is as long; the others differ.
        lengths = 1 + (np.arange(N, dtype=np.int64) * 2 + T - 1 - 2 * (N // 2)) % T
        lengths[N // 2] = T
        arrays[ports.lengths.name] = lengths.astype(ports.lengths.dtype)
    return Fed(axes, x, lengths, arrays, laid[1].astype(np.int64))


def _fixed(ports: Ports, axes: str) -> dict[str, int]:
    """Return the sizes that the file says."""
    found = {
        letter: length
        for letter, length in zip(axes, ports.x.shape or (None,) * 3, strict=False)
        if isinstance(length, int)
    }
    if ports.lengths is not None and ports.lengths.shape and isinstance(N := ports.lengths.shape[0], int):
        found.setdefault("N", N)
    return found


def _features(graph: NodeGraph) -> int:
    """Return D as the first recurrent node's W says it, for a file whose x does not."""
    for node in graph.recurrent():
        W = graph.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
        if W is not None and W.ndim == 3:
            return int(W.shape[2])
    return 1


def batch_of_states(graph: NodeGraph) -> int | None:
    """Return the N for which the file holds initial states, as exporters write those of their example."""
    for node in graph.recurrent():
        for name in node.inputs[5:7]:
            state = graph.constants.get(name)
            if state is not None and state.ndim == 3:
                return int(state.shape[0 if node.attributes.get("layout", 0) == 1 else 1])
    return None


def sizes_are_fixed(ports: Ports) -> bool:
    """Say whether the file is for sequences of one number and length."""
    shape = ports.x.shape
    return shape is not None and all(isinstance(length, int) for length in shape)
