"""Whether the parts of a model that is read from a file fit together: network, preparation, baselines."""

from __future__ import annotations

import numpy as np

from gatewise.learn.network import Architecture
from gatewise.train.config import MOST_SKIPPED, FitConfig
from gatewise.train.data import Baselines, Preparation
from gatewise.train.data.baselines.linear import WIDEST
from gatewise.train.data.prepare.calendar import CYCLES
from gatewise.train.data.reading.times import clock_time
from gatewise.train.loop.recipe import chosen_loss


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
    columns = prepared.input_size
    steps = min(prepared.window, max(WIDEST // max(columns, 1), 1))
    width = (3 if prepared.window == 0 else steps) * columns + ahead
    answers = len(prepared.classes or ()) or labels
    linear = baselines.linear
    faults = {
        f"loss {loss.name} is for labels of kind {loss.labels}":
            (loss.labels == "class") != (prepared.classes is not None),
        f"the network reads {architecture.input_size} columns, and {columns} are prepared":
            architecture.input_size != columns,
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
        f"baselines.period is {baselines.period}": baselines.period is not None and baselines.period < 1,
    }  # fmt: skip
    for fault, holds in faults.items():
        if holds:
            raise ValueError(fault)


def _check_preparation(prepared: Preparation, config: FitConfig) -> None:
    """Refuse a preparation that is not of this configuration, or not sound in itself."""
    K, inputs = len(prepared.targets), len(prepared.inputs)
    for name in ("task", "dtype", "missing", "window"):
        here, there = getattr(config, name), getattr(prepared, name)
        if here != there:
            raise ValueError(f"{name} is {here!r} in config and {there!r} in preparation")
    if not K or prepared.horizon < 1:
        raise ValueError(f"{K} targets and a horizon of {prepared.horizon} make no label")
    sizes = (len(prepared.label_mean), len(prepared.label_scale))
    if prepared.task != "classify" and sizes != (K, K):
        raise ValueError(f"{sizes} label_mean and label_scale do not belong to {K} targets")
    if (len(prepared.mean), len(prepared.scale)) != (inputs, inputs):
        raise ValueError(f"preparation.mean and scale must have a number for each of {prepared.inputs}")
    numbers = (*prepared.mean, *prepared.scale, *prepared.label_mean, *prepared.label_scale)
    if not np.isfinite([*numbers, prepared.step.size]).all():
        raise ValueError("mean, scale and step must be finite numbers")
    if not 0 <= prepared.skip_rows <= MOST_SKIPPED:
        raise ValueError(f"skip_rows is {prepared.skip_rows}")
    wrong = {*prepared.calendar} - {*CYCLES}
    if wrong or any(not 0 <= place < inputs for mark in prepared.marks for place in mark):
        raise ValueError(f"calendar and marks name what is not there: {[*wrong, *prepared.marks]}")
    if prepared.zone is not None:
        try:
            clock_time(np.zeros(1, "datetime64[us]"), prepared.zone)
        except (KeyError, OSError) as error:
            raise ValueError(f"zone: {error}") from None
