"""A window of a trained model as data of a page; `RunWindow` has what train hands out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.support.wings.run_window import Column, RunWindow
from gatewise.teach.explore.head import SOFTMAX, Head
from gatewise.teach.explore.page import page_of
from gatewise.teach.explore.program import program_of_layers


def page_of_window(window: RunWindow) -> str:
    """Return the page of a window, as HTML."""
    return page_of(program_of_window(window))


def program_of_window(window: RunWindow, **frame: Any) -> dict[str, Any]:
    """Return the data of a page of a window; `frame` is as in `page_data`."""
    beside = {name: (W, np.asarray(values)[np.newaxis]) for name, (W, values) in window.beside.items()}
    head = Head(
        window.W, window.b, window.label[np.newaxis], last=True,
        function=SOFTMAX if window.classes else "linear", beside=beside, recent_rows=_recent_rows(window),
    )  # fmt: skip
    of = f" of {window.series}" if window.series else ""
    run = {
        "run": window.run,
        "at": window.at,
        "times": list(window.times),
        "inputs": [_column(column) for column in window.columns],
        "outputs": [_column(column) for column in window.outputs],
        "outputNames": list(window.output_names),
        "note": window.note,
        "base": window.base,
    }
    frame.setdefault("title", f"What the model reads{of} up to {window.at}, and what it says")
    return program_of_layers(window.layers, window.x, head=head, run=run, **frame)


def _recent_rows(window: RunWindow) -> int:
    """Return how many of the last rows of x the head reads beside the outs; 0 where it reads other numbers.

    With learned vectors a row of x has more columns than the head reads of it.
    """
    steps, width = np.shape(window.x)
    read = np.asarray(window.beside["recent"][1]) if "recent" in window.beside else np.empty(0)
    rows = len(read) // width
    whole = 0 < rows <= steps and np.array_equal(read, np.ravel(window.x[steps - rows :]))
    return rows if whole else 0


def _column(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "mean": column.mean, "scale": column.scale}
    return found if column.base is None else {**found, "base": column.base}
