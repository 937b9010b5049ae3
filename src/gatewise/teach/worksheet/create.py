"""`worksheet(...)`: from parameters and data to a sheet, its arguments checked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.cells.known.table import GRU_RESET_AFTER, LSTM
from gatewise.cells.known.two_biases import GRU_OF_TORCH
from gatewise.engine.params import Params
from gatewise.support.foreign import opener_of
from gatewise.support.given import check_order
from gatewise.teach.worksheet.digits import MAX_DIGITS, ROUNDINGS, TIES, Rounding, Ties
from gatewise.teach.worksheet.layout.layout import DETAILS
from gatewise.teach.worksheet.layout.notation import NOTATIONS, notation_for
from gatewise.teach.worksheet.sheet import Worksheet
from gatewise.teach.worksheet.work.build import SequenceProblem, build
from gatewise.teach.worksheet.work.inputs import choose, count, one_sequence


@np.errstate(all="ignore")  # NaN and infinity show on the sheet, not as warnings
def worksheet(
    params: Params | Any,
    x: ArrayLike,
    label: ArrayLike | None = None,
    *,
    state: tuple[ArrayLike, ...] | ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    learning_rate: float = 0.1,
    updates: int = 1,
    digits: int = 5,
    rounding: Rounding = "full",
    ties: Ties = "half-up",
    detail: str = "example",
    notation: str | None = None,
    batch: int = 0,
    steps: Sequence[int] | None = None,
    units: Sequence[int] | None = None,
    max_lines: int | None = None,
    texts: Mapping[str, Any] | None = None,
    seed: int | None = None,
    title: str | None = None,
) -> Worksheet:
    """Work an LSTM, or another cell, out step by step: forward, loss, backward, gradients and SGD update.

    Parameters
    ----------
    params : Params
        W (4H, D), U (4H, H), b (4H,), or those of another cell. The sheet is worked in float64, whatever
        their dtype. Or a torch.nn.LSTM of one layer and direction, with both of its biases.
    x : array (T, D) or (N, T, D)
        Of a batch, the sequence `batch` is worked out, with the loss and gradients of that sequence alone.
    label : array (T, H) or (N, T, H), optional
        (T, Q) where a cell projects its output.
        NaN where there is none. Without labels the sheet ends after the forward pass.
    state, lengths : optional
        As for `forward`.
    updates : int
        How many SGD updates in a row.
    digits : int
        Decimals shown, 1 to 12.
    rounding : "full" or "hand"
        full carries float64 and rounds for display; hand rounds every named quantity before it is used.
    ties : "half-up", "half-even" or "truncate"
        How a number is rounded.
    detail : "results", "example", "products" or "reasons"
        Results alone; as in the worked example; with every product; with a sentence for each equation.
    notation : "document", "torch" or "keras"
        Whose names and gate order to print; "document" by default, "torch" for a layer of torch's that has
        biases and no projection. With torch
        there are two biases, b_ih = b and b_hh = 0 at the start, or those of the layer that is given, and an
        update moves each of them, as torch does: their sum twice as far as one bias. The cell gru-reset-after
        has torch's names, too; other cells have the document's alone.
    steps, units : lists of int, optional
        Which steps and units to show. By default all, or of long and wide ones a few; the sheet says which.
    max_lines : int, optional
        Show fewer steps where the sheet would have more lines than this.
    texts : mapping, optional
        Digits as the user wrote them, by name (W, U, b, x, label, out, state, learning_rate): arrays of
        strings like the values.
    seed : int, optional
        From which numbers were drawn; the header states it. Nothing is drawn here.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If an argument does not fit; the message says what is needed.
    """
    second = None
    if type(params) is not Params and (opener := opener_of(params)) is not None:
        params, second, x, label, state = opener.for_a_sheet(params, x, label, state)
        if notation is None and second is not None:
            notation = "torch"
    notation = "document" if notation is None else notation
    check_order("worksheet", {"params": params, "x": x, "label": label}, {"params": Params})
    choose("rounding", rounding, ROUNDINGS)
    choose("ties", ties, TIES)
    choose("detail", detail, DETAILS)
    choose("notation", notation, tuple(NOTATIONS))
    digits, updates = count("digits", digits, MAX_DIGITS), count("updates", updates, 1000)
    if max_lines is not None:
        max_lines = count("max_lines", max_lines, 10**9)
    problem, facts = one_sequence(params, x, label, state, lengths, learning_rate, texts or {}, batch)
    if seed is not None:
        facts["seed"] = f"{seed}, of the numbers that were drawn"
    if second is not None:
        problem = replace(problem, second_bias=second)
        if notation != "torch":  # names that have no second
            problem = replace(problem, params=problem.summed, second_bias=None)
    cell = params.cell
    if notation == "torch" and cell is GRU_RESET_AFTER:
        problem = _with_two_biases(problem)
    names = notation_for(notation, problem.params.cell)
    if title is None:
        title = "An LSTM, worked out" if cell is LSTM else f"{cell.title}, worked out"
    worked = build(
        problem,
        updates=updates, digits=digits, rounding=rounding, ties=ties, order=names.order, biases=names.biases,
    )  # fmt: skip
    return Worksheet(
        problem, worked, detail=detail, notation=notation, max_lines=max_lines, steps=steps, units=units,
        title=title, facts=facts,
    )  # fmt: skip


def _with_two_biases(problem: SequenceProblem) -> SequenceProblem:
    """Return the same GRU as torch keeps it: c with the rows of r and u above its own, 0 at the start."""
    given, texts = problem.params.arrays, dict(problem.texts)
    rows = np.zeros(2 * problem.params.hidden_size, dtype=given["c"].dtype)
    if "c" in texts:
        texts["c"] = np.concatenate([np.full(rows.shape, None), texts["c"]])
    params = Params.of({**given, "c": np.concatenate([rows, given["c"]])}, GRU_OF_TORCH)
    return replace(problem, params=params, texts=texts)
