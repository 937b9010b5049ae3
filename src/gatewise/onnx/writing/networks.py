"""A `Sequential` or a `Network` in a graph: from x, lengths, extra and codes to y."""

from __future__ import annotations

import numpy as np

from gatewise.learn.network import Network
from gatewise.learn.network.embeddings import view_name
from gatewise.learn.sequential import Dense, Recurrent, Sequential, layers_of
from gatewise.onnx.writing.functions import Numbers
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.onnx.writing.layers import Ends, dense, recurrent


def names_of(model: Sequential) -> list[str]:
    """Return a name for each layer that its nodes and weights bear: the file's own, or what it is.

    No two are the same, nor is one what the reverse direction of another is called.
    """
    found: list[str] = []
    taken: set[str] = set()
    for number, layer in enumerate(model.layers):
        kind = "dense" if isinstance(layer, Dense) else layer.cell.name.split("+")[0]
        wanted = layer.name or f"{kind}{number}"
        name, again = wanted, 1
        while taken & {name, f"{name}_reverse"}:
            again += 1
            name = f"{wanted}_{again}"
        taken |= {name, f"{name}_reverse"}
        found.append(name)
    return found


def steps_first(graph: GraphMaker, value: str, name: str = "by_step") -> str:
    """Return (T, N, F) of (N, T, F), and the other way round."""
    return graph.add("Transpose", value, name=name, perm=[1, 0, 2])


def sequential(graph: GraphMaker, model: Sequential, x: str, lengths: str | None, *, scan: bool) -> str:
    """Add layers one after the other over x (N, T, D); y (N, T, P), or (N, P) of one row for each sequence.

    Raises
    ------
    ConvertError
        If a layer cannot be written, by its name.
    """
    now = steps_first(graph, x)
    ends = None if lengths is None else Ends(graph, lengths, now)
    by_step = True
    for layer, name in zip(model.layers, names_of(model), strict=True):
        if isinstance(layer, Dense):
            now = dense(graph, layer, now, by_step=by_step, name=name)
        else:
            now = recurrent(graph, layer, now, ends, name=name, scan=scan)
            by_step = layer.returns == "steps"
    return steps_first(graph, now) if by_step else now


class Beside:
    """What a network reads beside x, as names of values; None where it reads none.

    lengths (N,), int32 · extra (N, E), of a head of all steps (N, T, E) · codes (N, K), int64.
    """

    def __init__(
        self, lengths: str | None = None, extra: str | None = None, codes: str | None = None
    ) -> None:
        self.lengths, self.extra, self.codes = lengths, extra, codes


def network(
    graph: GraphMaker, whole: Network, x: str, beside: Beside, *, scan: bool, at_end: bool = False
) -> str:
    """Add a network over x (N, T, D): y (N, P), or (N, T, P) of the head "steps".

    Parameters
    ----------
    at_end : bool
        Whether of the head "steps" only the last step is asked for: y (N, P), from extra (N, E).

    Raises
    ------
    ConvertError
        If a layer cannot be written, by its name.
    """
    architecture = whole.architecture
    by_step = architecture.head == "steps" and not at_end
    read = steps_first(graph, x)
    ends = None if beside.lengths is None else Ends(graph, beside.lengths, read)
    now = read
    if beside.codes is not None:
        now = graph.joined([read, _vectors(graph, whole, read, beside.codes)], 2)
    *layers, head = layers_of(whole)
    for number, layer in enumerate(layers):
        assert isinstance(layer, Recurrent)
        if at_end and number == len(layers) - 1:
            layer = Recurrent(layer.cells, returns="last")
        now = recurrent(graph, layer, now, ends, name=layer.name, scan=scan)
    z = [now]
    if beside.extra is not None:
        z.append(steps_first(graph, beside.extra) if by_step else beside.extra)
    if architecture.skip:
        z.append(_last_rows(graph, whole, x, ends))
    assert isinstance(head, Dense)
    y = dense(graph, head, graph.joined(z, -1), by_step=by_step, name="head")
    if not by_step:
        return y
    return steps_first(graph, y if ends is None else ends.cut(y, whole.dtype))


def _vectors(graph: GraphMaker, whole: Network, x: str, codes: str) -> str:
    """Return the learned vectors of codes (N, K) beside every step: (T, N, ΣE).

    The mean of all vectors stands after the last of them, where −1 finds it.
    """
    found = []
    for column, (name, _, _) in enumerate(whole.architecture.embeddings):
        table = whole.views[view_name(name)]
        rows = graph.constant(np.concatenate([table, table.mean(axis=0)[np.newaxis]]), name=view_name(name))
        code = graph.add("Gather", codes, graph.constant(column, np.int64), name=f"code_{name}", axis=1)
        found.append(graph.add("Gather", rows, code, name=f"vector_{name}", axis=0))
    once = graph.add("Unsqueeze", graph.joined(found, 1), graph.axes(0), name="vectors")
    shape = graph.joined([graph.size(x, 0), graph.axes(1, 1)], 0)
    return graph.add("Expand", once, shape, name="vectors_by_step")


def _last_rows(graph: GraphMaker, whole: Network, x: str, ends: Ends | None) -> str:
    """Return the last rows of x (N, T, D) that the head reads, the oldest first: (N, skip·D)."""
    skip, D = whole.architecture.skip, whole.architecture.input_size
    back = graph.constant(np.arange(-skip, 0)[np.newaxis], np.int64)  # (1, skip)
    if ends is None:
        ones = graph.add(
            "ConstantOfShape", graph.size(x, 0), name="ones",
            value=graph.onnx.numpy_helper.from_array(np.ones(1, np.int64)),
        )  # fmt: skip
        length = graph.add("Mul", ones, graph.size(x, 1), name="length")
    else:
        length = ends.whole
    column = graph.add("Unsqueeze", length, graph.axes(1), name="length_column")
    return rows_at(graph, x, graph.add("Add", column, back, name="row_numbers"), skip * D, whole.dtype)


def rows_at(graph: GraphMaker, x: str, numbers: str, width: int, dtype: np.dtype[np.generic]) -> str:
    """Return the rows of x (N, T, D) at numbers (N, k), 0 where a number is below 0, as (N, width)."""
    zero = graph.constant(0, np.int64)
    there = graph.add("GreaterOrEqual", numbers, zero, name="there")
    places = graph.add("Unsqueeze", graph.add("Max", numbers, zero), graph.axes(2), name="places")
    rows = graph.add("GatherND", x, places, name="last_rows", batch_dims=1)
    kept = Numbers(graph, dtype).chosen(graph.add("Unsqueeze", there, graph.axes(2), name="there"), rows, 0.0)
    return graph.add("Reshape", kept, graph.axes(0, width), name="last_rows")
