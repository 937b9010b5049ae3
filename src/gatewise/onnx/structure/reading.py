"""`read`: an ONNX file as layers, which are proved to give the graph's own numbers before that."""

from __future__ import annotations

from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential import Sequential
from gatewise.onnx.graphs.advice import no_layers
from gatewise.onnx.graphs.graph import NodeGraph, graph_of
from gatewise.onnx.graphs.interpreter import Room, check_operators, run_graph
from gatewise.onnx.graphs.model_file import read_model
from gatewise.onnx.structure.building import layers_of
from gatewise.onnx.structure.drafts import LayerReading
from gatewise.onnx.structure.feeding import (
    Fed,
    Ports,
    batch_of_states,
    feeds,
    ports_of,
    readings_of_axes,
    sizes_are_fixed,
)
from gatewise.onnx.structure.following import Follower
from gatewise.onnx.structure.own_files import written_here
from gatewise.onnx.structure.readings import rows_of
from gatewise.onnx.structure.sources import LabelPlaces, LabelSources
from gatewise.support.files import as_path, named
from gatewise.support.given import brief, listed

_ROOM = Room(1 << 24, 1 << 28)  # of numbers that a run may have at once, and make in all
PROVED = 1e-9  # of float64: sums in another order; measured below 1e-14
_WORDS = {"N": "sequences", "T": "steps", "D": "features"}


class _Found(NamedTuple):
    """What one run of a graph shows: its output, what that reads, and where each number of it stands."""

    fed: Fed
    output: NDArray[Any]
    reading: LayerReading
    turned: bool
    places: tuple[NDArray[np.intp], ...]


class _Refused(Exception):  # no error: another reading of the axes is tried
    def __init__(self, why: ConvertError, done: int) -> None:
        self.why, self.done = why, done


def read(path: str | PathLike[str]) -> Sequential:
    """Read a model as layers one after the other.

    Parameters
    ----------
    path : str or Path
        An ONNX file; its external data lie in the same folder.

    Returns
    -------
    Sequential
        Layers that give the graph's own numbers: both were run on random data, in float64 and of two sizes
        where the file leaves them open, and agreed.

    Raises
    ------
    ConvertError
        If the file is damaged, or is not layers one after the other: the message names the node and says why.
    """
    place = as_path("path", path, "an ONNX model")
    model = read_model(place)
    if (own := written_here(model)) is not None:
        return own
    try:
        return layers_in(graph_of(model, place.parent))
    except ConvertError as error:
        raise ConvertError(f"{named(place)}: {error}") from None


@np.errstate(all="ignore")  # NaN and infinity show in the result, not as warnings
def layers_in(graph: NodeGraph) -> Sequential:
    """Return the layers that a graph is; see `read`."""
    check_operators(graph)
    if not graph.recurrent():
        raise ConvertError(no_layers(graph))
    ports = ports_of(graph)
    refused: list[_Refused] = []
    for axes in readings_of_axes(ports.x):
        try:
            return _read_as(graph, ports, axes)
        except _Refused as each:
            refused.append(each)
    raise max(refused, key=lambda each: each.done).why


def _read_as(graph: NodeGraph, ports: Ports, axes: str) -> Sequential:
    """Return the layers of a graph whose x has these axes."""
    found = [_followed(graph, ports, fed) for fed in feeds(graph, ports, axes)]
    notes = _notes(graph, ports, found[0])
    wide = np.dtype(np.float64)
    dtype = _dtype(graph)
    try:
        varied = ports.lengths is not None
        model = layers_of(found[0].reading, wide, turned=found[0].turned, varied=varied, notes=notes)
        for each in found:
            _prove(model, each, varied=varied)
        if dtype == wide:
            return model
        return layers_of(found[0].reading, dtype, turned=found[0].turned, varied=varied, notes=notes)
    except GatewiseError as error:
        raise _Refused(ConvertError(str(error)), len(graph.nodes) + 1) from None


def _followed(graph: NodeGraph, ports: Ports, fed: Fed) -> _Found:
    """Run a graph, and tell what its first output reads."""
    sources = LabelSources()
    sources.add(f"the input {brief(ports.x.name)}", fed.x.shape)
    follower = Follower(ports.x.name, fed.labels, sources, fed.lengths, varied=ports.lengths is not None)
    try:
        outputs = run_graph(graph, fed.arrays, wide=True, room=_ROOM, watch=follower)
        name = graph.outputs[0].name
        return _output(follower, fed, name, outputs[name])
    except ConvertError as error:
        raise _Refused(error, follower.steps_done) from None


def _output(follower: Follower, fed: Fed, name: str, output: NDArray[Any]) -> _Found:
    """Tell what an output reads, however its axes stand."""
    labels = follower.labels.get(name)
    if labels is None:
        raise ConvertError(f"its output {brief(name)} does not come from x through any layer that is read.")
    places = follower.sources.places(labels)
    reading = places if isinstance(places, str) else _rows(follower, labels, places, fed)
    if isinstance(places, str) or isinstance(reading, str):
        raise ConvertError(f"its output {brief(name)} is no layer's: {reading}.")
    order = "" if reading.t is None else _order(reading, fed.x.shape[1])
    if order is None:
        raise ConvertError(f"its output {brief(name)} holds the steps in no one order.")
    return _Found(fed, output, reading, order == "backward", _places(places, reading, order, fed))


def _rows(follower: Follower, labels: NDArray[np.int64], places: LabelPlaces, fed: Fed) -> LayerReading | str:
    """Return what an output reads: its numbers laid out by sequence and step, with features in a row."""
    f = places.f.ravel()
    features, first = np.unique(f, return_index=True)
    rank = np.argsort(np.argsort(first))[np.searchsorted(features, f)]  # features as they first come
    order = np.lexsort((np.arange(f.size), rank, places.n.ravel()))
    N, F = len(np.unique(places.n)), len(features)
    if f.size % (N * F):
        return f"it reads the features of {places.source.where} in no one order"
    rows = labels.ravel()[order].reshape(N, F, -1).swapaxes(1, 2)
    return rows_of(follower.sources, rows.reshape(-1, F), fed.lengths)


def _order(reading: LayerReading, T: int) -> str | None:
    """Say in which order the rows of each sequence stand: "forward", "backward", or None for no one order."""
    assert reading.t is not None
    by_sequence = reading.t[np.argsort(reading.n, kind="stable")].reshape(-1, T)
    if np.all(by_sequence == np.arange(T)):
        return "forward"
    return "backward" if np.all(by_sequence == np.arange(T)[::-1]) else None


def _places(places: LabelPlaces, reading: LayerReading, order: str, fed: Fed) -> tuple[NDArray[np.intp], ...]:
    """Return where each number of the output stands in what the layers give."""
    column = np.zeros(reading.source.shape[-1], np.intp)
    column[reading.features] = np.arange(len(reading.features))
    if not order:
        return places.n, column[places.f]
    assert places.t is not None
    T = fed.x.shape[1]
    return places.n, T - 1 - places.t if order == "backward" else places.t, column[places.f]


def _prove(model: Sequential, found: _Found, *, varied: bool) -> None:
    """Refuse layers that do not give the graph's own numbers."""
    given = model.forward(found.fed.x, found.fed.lengths if varied else None)
    if given.ndim != len(found.places):
        raise ConvertError(f"{_it_is(model)}, which gives {given.shape}, and the graph {found.output.shape}.")
    own = given[found.places]
    size = np.abs(found.output[np.isfinite(found.output)]).max(initial=1.0)
    if not np.allclose(own, found.output, rtol=0, atol=PROVED * size, equal_nan=True):
        off = float(np.nanmax(np.abs(own - found.output), initial=0.0))
        raise ConvertError(
            f"{_it_is(model)}, which does not give the graph's own numbers: up to {off:.2g} beside them on "
            "random data."
        )


def _it_is(model: Sequential) -> str:
    layers = listed(f"{type(layer).__name__} {brief(layer.name)}" for layer in model.layers)
    return f"its nodes look like the layers {layers}"


def _dtype(graph: NodeGraph) -> np.dtype[Any]:
    """Return float64 if any array of weights of the file is, else float32."""
    held = [*graph.constants.values()]
    held += [
        each for node in graph.nodes for each in node.attributes.values() if isinstance(each, np.ndarray)
    ]
    wide = any(array.dtype == np.float64 and array.size > 1 for array in held)
    return np.dtype(np.float64 if wide else np.float32)


def _notes(graph: NodeGraph, ports: Ports, found: _Found) -> tuple[str, ...]:
    """Say what the layers leave out of the graph, and what differs."""
    notes = []
    if sizes_are_fixed(ports):
        N, T, _ = found.fed.x.shape
        notes.append(f"the file is for {N} sequences of {T} steps alone, and is taken to hold for any")
    elif (batch := batch_of_states(graph)) is not None:
        notes.append(f"the file is for {batch} sequences alone, and is taken to hold for any number")
    if found.fed.axes != "NTD":
        axes = listed(_WORDS[letter] for letter in found.fed.axes)
        notes.append(
            f"the axes of {brief(ports.x.name)} are {axes} in the file; here they are "
            "sequences, steps and features"
        )
    output = brief(graph.outputs[0].name)
    if not _is_laid_out(found):
        notes.append(
            f"the output {output} is {found.output.shape} in the file, where here it is (N, T, P) or (N, P)"
        )
    if others := [port.name for port in graph.outputs[1:]]:
        notes.append(f"of the outputs, {output} is taken, and not {listed(map(brief, others))}")
    return tuple(notes)


def _is_laid_out(found: _Found) -> bool:
    """Say whether the output stands as the layers give it."""
    if found.output.ndim != len(found.places):
        return False
    axes = np.indices(found.output.shape)
    return all(np.array_equal(axis, place) for axis, place in zip(axes, found.places, strict=True))
