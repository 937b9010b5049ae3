"""Whether the parts of a model that is read from a file fit together: network, preparation, baselines."""

from __future__ import annotations

from gatewise.cells import cell_named
from gatewise.learn.network import Architecture
from gatewise.train.cell_key import name_of
from gatewise.train.config import MOST_SKIPPED, FitConfig
from gatewise.train.data import Baselines, Preparation
from gatewise.train.data.baselines.linear import WIDEST
from gatewise.train.loop.recipe import chosen_loss

LONGEST_PERIOD = 2**40  # rows


def check_fits(
    architecture: Architecture, config: FitConfig, preparation: Preparation, baselines: Baselines
) -> None:
    """Refuse parts of different models.

    Raises
    ------
    ValueError
        It names what does not fit.
    """
    _check_preparation(preparation, config)
    prepared = preparation
    loss, options = chosen_loss(config, len(prepared.classes or ()))
    labels = 1 if prepared.classes is not None else prepared.horizon * len(prepared.targets)
    ahead, outputs = len(prepared.extra), labels * loss.outputs(**options)
    columns, vectors = prepared.input_size, tuple((name, n) for name, n, _ in architecture.embeddings)
    steps = min(prepared.window, max(WIDEST // max(columns, 1), 1))
    width = (3 if prepared.window == 0 else steps) * columns + ahead
    answers = len(prepared.classes or ()) or labels
    linear = baselines.linear
    cell = cell_named(architecture.cell)
    faults = {
        f"the network is of cell {cell.name}, and config has {name_of(config.cell)}":
            cell != config.made_cell,
        f"projection is {architecture.projection} of the network, and {config.projection} in config":
            architecture.projection != (config.projection or 0),
        f"loss {loss.name} is for labels of kind {loss.labels}":
            (loss.labels == "class") != (prepared.classes is not None),
        f"the network reads {architecture.input_size} columns, and {columns} are prepared":
            architecture.input_size != columns,
        f"the network has vectors of {vectors or 'none'}, and {prepared.embeddings or 'none'} are prepared":
            vectors != prepared.embeddings,
        f"the head reads {architecture.head_inputs} numbers ahead, and {ahead} are prepared":
            architecture.head_inputs != ahead,
        f"the network has {architecture.outputs} outputs, and {outputs} are needed":
            architecture.outputs != outputs,
        f"the head is {architecture.head}, and stateful is {config.stateful}":
            (architecture.head == "steps") != config.stateful,
        f"baselines.weights is {linear.weights.shape}, and {(width, answers)} is needed":
            linear.weights.shape != (width, answers),
        f"baselines.offset is {linear.offset.shape}, and {(answers,)} is needed":
            linear.offset.shape != (answers,),
        "baselines.shares are not those of the classes":
            (None if baselines.shares is None else baselines.shares.shape)
            != (None if prepared.classes is None else (len(prepared.classes),)),
        f"baselines.period is {baselines.period}":
            baselines.period is not None and not 1 <= baselines.period <= LONGEST_PERIOD,
    }  # fmt: skip
    for fault, holds in faults.items():
        if holds:
            raise ValueError(fault)


def _check_preparation(prepared: Preparation, config: FitConfig) -> None:
    """Refuse a preparation that is not of this configuration; in itself it is sound."""
    for name in ("task", "dtype", "missing", "window", "log", "non_negative"):
        here, there = getattr(config, name), getattr(prepared, name)
        if here != there:
            raise ValueError(f"{name} is {here!r} in config and {there!r} in preparation")
    if prepared.skip_rows > MOST_SKIPPED:
        raise ValueError(f"skip_rows is {prepared.skip_rows}")
