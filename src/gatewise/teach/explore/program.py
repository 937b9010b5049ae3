"""What a page needs to work a model out itself: `PageData` of web/src/core/data.ts, ready for JSON.

    program_of_problem(problem)                   one cell: a problem file's, the worked example's
    program_of_layers(layers, x, head=…)          layers one on the other, with a head (`Head`) or none
    page_data(blocks, title, …)                   the frame around blocks that are made already

What a user may say of a page, `explore` in create.py documents; `page_data` has what holds where nobody does.

What is not plain from data.ts:

- `loss` is both: with a step the loss at it, without one that of the sequence. Both equations are called L1;
  their left sides tell them apart. Of one unit the formula has no Σ over units, as on a worksheet.
- A NaN label (null) counts as the output of its step: the difference is 0 there.
- Without a label there is no backward pass: all equations are of phase "forward", no learning_rate is given.
- `given` has as 0: the boundary values (delta_out@T-1, carried@T), and the gradients past the ends that a
  wrong formula takes (d_state@T, d_f@-1 …). Nobody sets those. What else is outside has no key: a mistake
  that takes it has the step in `undefinedAt`, and is not looked at there.
- An entry of `ends` belongs to the t of the equation: of B8, whose left side is delta_out at t−1, to t.
- A layer below another one, or a head, has no label, no loss and no B0: its `delta` is linked. At t it is d_x
  at t of the block above; below a head of the last step, d_x at 0 of that at the last step, and 0 before.
- `reversed` below: t of this block is T − 1 − t of the one below, for x and for delta.
- `byPart`: d_U of a GRU has an equation for each part, with keys "d_U.r"; P1 takes them joined.
- Names of parts in a library's letters (W_a is W_ig in torch) are in notations.torch.parts; `transposed` says
  that the name is of the transpose, so that Wᵀ is the name without its ᵀ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.support.arrays import FloatArray
from gatewise.teach.explore.block import PageLayer, cell_block
from gatewise.teach.explore.head import Head, head_block
from gatewise.teach.explore.names import notations_of
from gatewise.teach.worksheet.digits import MAX_DIGITS, ROUNDINGS, TIES
from gatewise.teach.worksheet.work.inputs import checked_rate, choose, count, one_sequence

FORMAT = 1
USUAL_RATE = 0.1
MOST_UNITS = 128
MOST_STEPS = 500
NOTATIONS = ("document", "torch", "keras")
LOOK = ("digits", "rounding", "ties", "notation")  # of what explore is told, what a page begins with


def program_of_problem(
    problem: Any,
    *,
    learning_rate: float | None = None,
    batch: int | None = None,
    title: str | None = None,
    **look: Any,
) -> dict[str, Any]:
    """Return the page of one cell on one sequence.

    Parameters
    ----------
    problem : Problem
        What `load_problem` gives, or anything with its fields.
    learning_rate, batch, title, look : optional
        As for `explore`; where they are not given, the problem's own.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If the numbers do not fit, are not finite, or are more than a page can show.
    """
    own = problem.settings.model_dump(exclude_none=True) if problem.settings is not None else {}
    rate = problem.learning_rate if learning_rate is None else learning_rate
    sequence, _ = one_sequence(
        problem.params, problem.x, problem.label, problem.state, problem.lengths, rate, {},
        own.get("batch", 0) if batch is None else batch, needs="a page",
    )  # fmt: skip
    cell = sequence.params.cell
    refuse_large([sequence.params], len(sequence.x))
    state = {name: getattr(sequence.state, name) for name in cell.carried}
    layer = PageLayer(
        "cell", sequence.params, len(sequence.x), x=sequence.x, label=sequence.label, state=state,
        learns=sequence.label is not None,
    )  # fmt: skip
    return page_data(
        [cell_block(layer, sequence.learning_rate)],
        title or problem.title or f"{cell.title}, to play with",
        learning_rate=sequence.learning_rate,
        notations=notations_of(cell),
        **{name: own[name] for name in LOOK if name in own} | look,
    )


def program_of_layers(
    layers: Sequence[tuple[str, Params]],
    x: FloatArray,
    *,
    head: Head | None = None,
    label: FloatArray | None = None,
    flips: Sequence[bool] = (),
    learning_rate: float = USUAL_RATE,
    title: str = "Layers, to play with",
    **frame: Any,
) -> dict[str, Any]:
    """Return the page of layers one on the other.

    Parameters
    ----------
    layers : sequence of (name, Params)
        From the input upwards, in one direction each.
    x : array (T, D)
    head : Head, optional
        On the last layer, with a label of its own.
    label : array (T, H), optional
        For the last layer where there is no head.
    flips : sequence of bool, optional
        For each layer, and for what stands on the last, whether its step 0 is the last step below it, as in
        a layer that goes through the sequence from its end.
    frame
        What `page_data` takes beside these.

    Raises
    ------
    ShapeError, ArgumentError
        If they do not fit together, are not finite, or are more than a page can show.
    """
    series, learning_rate = finite("x", x), checked_rate(learning_rate)
    steps = len(series)
    refuse_large([params for _, params in layers], steps)
    learns = head is not None or label is not None
    turned = list(flips) or [False] * (len(layers) + 1)
    blocks = []
    for number, (name, given) in enumerate(layers):
        params = given.astype("float64")
        for of, values in params.arrays.items():
            finite(f"{of} of {name}", values)
        below: dict[str, Any] | None = None if number == 0 else {"block": number - 1, "steps": "each"}
        if below is not None and turned[number]:
            below["reversed"] = True
        top = number == len(layers) - 1
        own_x = None if number else series[::-1] if turned[0] else series
        own_label = label if top and head is None else None
        if own_label is not None:
            own_label = np.asarray(own_label, dtype=np.float64)[:: -1 if turned[-1] else 1]
        blocks.append(
            cell_block(
                PageLayer(name, params, steps, x=own_x, label=own_label, below=below, learns=learns),
                learning_rate,
            )
        )
    if head is not None:
        block = head_block(head, len(blocks) - 1, steps, learning_rate)
        if turned[-1] and not head.last:
            block["below"]["reversed"] = True
        blocks.append(block)
    named = [set(notations_of(params.cell)) for _, params in layers]
    common = [name for name in NOTATIONS if all(name in names for names in named)]
    return page_data(blocks, title, learning_rate=learning_rate, notations=common, **frame)


def page_data(
    blocks: list[dict[str, Any]],
    title: str,
    *,
    learning_rate: float = USUAL_RATE,
    digits: int = 5,
    rounding: str = "full",
    ties: str = "half-up",
    notation: str = "document",
    notations: Sequence[str] = NOTATIONS,
    sheet: str = "",
    marks: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = None,
    run: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the data of a page around its blocks: options are as for `explore`, the others as in data.ts.

    Raises
    ------
    ArgumentError
        If a choice is none of those offered.
    """
    choose("rounding", rounding, ROUNDINGS)
    choose("ties", ties, TIES)
    choose("notation", notation, NOTATIONS)
    if notation not in notations:
        raise ArgumentError(
            f"notation={notation!r} has no names for these cells; there are those of {', '.join(notations)}."
        )
    more = (("marks", marks), ("document", document), ("run", run))
    return {
        "format": FORMAT,
        "title": title,
        "learningRate": learning_rate,
        "digits": count("digits", digits, MAX_DIGITS),
        "rounding": rounding,
        "ties": ties,
        "notation": notation,
        "notations": list(notations),
        "blocks": blocks,
        "sheet": sheet,
        "version": metadata.version("gatewise"),
        **{name: value for name, value in more if value is not None},
    }


def refuse_large(layers: Sequence[Params], steps: int) -> None:
    """Refuse what is more than a page can show."""
    units = max(params.hidden_size for params in layers)
    if units > MOST_UNITS:
        raise ArgumentError(
            f"H = {units}; a page shows at most {MOST_UNITS} hidden units. For a larger layer, gatewise work "
            "MODEL --units 0,5 writes some of its units out."
        )
    if steps > MOST_STEPS:
        raise ArgumentError(
            f"T = {steps}; a page shows at most {MOST_STEPS} steps. Give a shorter x: the steps to look at."
        )
    if steps < 1:
        raise ArgumentError("x has no step; it must have at least one.")


def finite(name: str, values: Any) -> FloatArray:
    """Return numbers as float64; NaN and infinity are refused, for nothing can be followed from them."""
    array: FloatArray = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        place = [int(k) for k in np.argwhere(~np.isfinite(array))[0]]
        raise ArgumentError(f"{name}{place} is {array[tuple(place)]}; a page needs finite numbers.")
    return array
