"""A whole run of `gatewise fit` in a graph: rows of the table in, forecasts in the targets' own units out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.onnx.writing.forecasts import Forecasts
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.onnx.writing.networks import Beside, network
from gatewise.onnx.writing.rows import PreparedRows
from gatewise.onnx.writing.scaling import RunScaling
from gatewise.train.data.windows.served import ServedInput, served_inputs
from gatewise.train.model.forecasts import levels_of
from gatewise.train.model.model import Model


def write_run(graph: GraphMaker, model: Model, dtype: np.dtype[Any] | None, *, scan: bool) -> dict[str, Any]:
    """Add the graph of a run, and return what is told of it in the model's metadata.

    Raises
    ------
    ConvertError
        If something has no form in ONNX; the message names it.
    """
    own = model.preparation
    whole = model.network if dtype is None else model.network.astype(dtype)
    wanted = served_inputs(own)
    given = {
        name: graph.input(name, each.dtype, each.shape, _described(each)) for name, each in wanted.items()
    }
    scaling = RunScaling(graph, own, given)
    rows = PreparedRows(graph, own, given, scaling, whole.dtype)
    beside = Beside(given["lengths"], rows.extra(), given.get("codes"))
    y = network(graph, whole, rows.x(), beside, scan=scan, at_end=True)
    made = Forecasts(graph, rows, scaling, model.loss, model.loss_options, y)
    said = made.said()
    K, columns = len(own.targets), model.loss.columns(**model.loss_options)
    outputs: dict[str, Any] = {}

    def give(value: str, name: str, kind: Any, shape: tuple[int | str, ...], about: str) -> None:
        graph.output(value, name, kind, shape, about)
        outputs[name] = {"dtype": np.dtype(kind).name, "shape": list(shape), "about": about}

    if own.classes is not None:
        give(made.best(said), "class", np.int64, ("N",), "The likeliest class: its place among the classes.")
        about = f"The probability of each class: {', '.join(map(str, own.classes))}."
        give(said, "probabilities", np.float64, ("N", len(own.classes)), about)
    else:
        about = f"{', '.join(own.targets)}, in the units of the table, of each row ahead."
        give(made.best(said), "forecast", np.float64, ("N", own.horizon, K), about)
        if columns != ["value"]:
            name = "quantiles" if model.loss.name == "pinball" else "distribution"
            about = f"Of each forecast: {', '.join(columns)}, in the units of the table."
            give(said, name, np.float64, ("N", own.horizon, K, len(columns)), about)
    return _told(model, wanted) | {"outputs": outputs}


def _described(each: ServedInput) -> str:
    """Return what an input's doc_string says: its columns, in order, and what they are."""
    return f"{each.about} Columns: {', '.join(each.columns)}." if each.columns else each.about


def _told(model: Model, wanted: dict[str, ServedInput]) -> dict[str, Any]:
    """Return what a server should know, for JSON."""
    own = model.preparation
    told: dict[str, Any] = {
        "task": own.task, "window": own.window, "horizon": own.horizon, "targets": list(own.targets),
        "step": str(own.step), "zone": own.zone, "missing": own.missing, "loss": model.loss.name,
        "columns": list(model.loss.columns(**model.loss_options)),
        "inputs": {
            name: {
                "dtype": each.dtype, "shape": list(each.shape), "columns": list(each.columns),
                "about": each.about,
            }
            for name, each in wanted.items()
        },
        "x_of_the_network": list(own.columns),
    }  # fmt: skip
    if model.loss.name == "pinball":
        told["quantiles"] = list(levels_of(model.loss, model.loss_options))
    if own.classes is not None:
        told["classes"] = [each if isinstance(each, (str, int, float)) else str(each) for each in own.classes]
    if own.categories:
        told["categories"] = {name: list(texts) for name, texts in own.categories}
    if own.series_scales:
        told["series"] = [each.series for each in own.series_scales]
    return told
