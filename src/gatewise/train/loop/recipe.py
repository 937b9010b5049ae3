"""From a configuration to what the loop takes: the network's architecture, loss, optimizer and schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gatewise.learn.losses import LOSSES, Loss
from gatewise.learn.network import Architecture, Network
from gatewise.learn.network.embeddings import vector_size
from gatewise.learn.optimizers import OPTIMIZERS, Memory
from gatewise.learn.schedules import PLATEAU, SCHEDULES, plateau_after
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows
from gatewise.train.loop.batches import Batches, Shuffled, Walks
from gatewise.train.metrics.table import METRICS


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train. `make_recipe` makes one of a configuration.

    Attributes
    ----------
    loss : callable
        (y, label, weight, lengths=) → (loss, d_y). A Loss or a partial of one: these can be compiled.
    update : callable
        (vector, gradient, memory, rate, step): one step of the optimizer, in place; steps count from 1. An
        Optimizer or a partial of one: these can be compiled.
    memory : callable
        (size, dtype) → what the optimizer remembers before its first step.
    rate : callable
        (step, known) → λ of the step, which counts from 0; `known` is what the schedule remembers.
    watch : callable, optional
        (validation loss, known) → known, for a schedule that looks at the validation.
    clip : float
        The longest gradient, 0 for no limit.
    patience : int or None
        Epochs without a better validation loss before training ends.
    decides : str
        Which metric of the validation says which epoch is best.
    larger : bool
        Whether more of that metric is better.
    """

    loss: Callable[..., tuple[Any, FloatArray]]
    update: Callable[[FloatArray, FloatArray, Memory, float, int], None]
    memory: Callable[..., Memory]
    rate: Callable[[int, Mapping[str, Any]], float]
    watch: Callable[[float, Mapping[str, Any]], dict[str, Any]] | None = None
    epochs: int = 1
    clip: float = 0.0
    patience: int | None = None
    seed: int = 0
    engine: str = "auto"
    threads: int | None = None
    decides: str = "loss"
    larger: bool = False


def make_recipe(config: FitConfig, classes: int, steps: int) -> Recipe:
    """Return the recipe of a configuration; an epoch has `steps` steps.

    Raises
    ------
    ArgumentError
        If an option is unknown to its loss, optimizer or schedule, or out of its range.
    """
    loss, options = chosen_loss(config, classes)
    optimizer, schedule = OPTIMIZERS[config.optimizer], SCHEDULES[config.schedule]
    scheduled = schedule.with_options(config.schedule_options)

    def rate(step: int, known: Mapping[str, Any]) -> float:
        watched = {"scale": known["scale"]} if schedule.watches else {}
        return schedule(step, config.epochs * steps, config.learning_rate, **{**scheduled, **watched})

    of_update: dict[str, Any] = optimizer.with_options(config.optimizer_options)
    rate(0, PLATEAU)  # for its complaints
    by_loss = {name: value for name, value in scheduled.items() if name != "scale"}
    return Recipe(
        loss=partial(loss, **options),
        update=partial(optimizer, **of_update),
        memory=optimizer.memory,
        rate=rate,
        watch=partial(plateau_after, **by_loss) if schedule.watches else None,
        epochs=config.epochs,
        clip=config.clip,
        patience=config.patience,
        seed=config.seed,
        engine=config.engine,
        threads=config.threads,
        decides=config.metric or "loss",
        larger=config.metric is not None and METRICS[config.metric].better == "larger",
    )


def chosen_loss(config: FitConfig, classes: int) -> tuple[Loss, dict[str, Any]]:
    """Return the row of the loss and its options."""
    loss = LOSSES[config.loss or "mae"]
    options = dict(config.loss_options)
    if loss.name == "pinball":
        options["quantiles"] = tuple(config.quantiles or ())
    if loss.labels == "class":
        options["classes"] = classes
    return loss, loss.with_options(options)


def make_network(
    config: FitConfig, *, input_size: int, labels: int, extra: int, classes: int,
    embeddings: Sequence[tuple[str, int]] = (),
) -> Network:  # fmt: skip
    """Draw the network of a configuration, for data of these sizes; of `embeddings`, how many vectors."""
    loss, options = chosen_loss(config, classes)
    architecture = Architecture(
        input_size=input_size,
        hidden_size=config.hidden,
        outputs=labels * loss.outputs(**options),
        layers=config.layers,
        bidirectional=config.bidirectional,
        head="steps" if config.stateful else "last",
        head_inputs=extra,
        skip=config.skip,
        dropout=config.dropout,
        input_dropout=config.input_dropout,
        recurrent_dropout=config.recurrent_dropout,
        output_dropout=config.output_dropout,
        cell=config.made_cell,
        projection=config.projection or 0,
        embeddings=tuple((name, count, vector_size(count)) for name, count in embeddings),
    )
    return Network.init(architecture, seed=config.seed, dtype=config.dtype, forget_bias=config.forget_bias)


def training_batches(config: FitConfig, windows: Windows, numbers: IntArray, size: int) -> Batches:
    """Return the batches in which some windows are learned from, each of `size` windows or rows of a walk."""
    if config.stateful:
        return Walks(windows.walk(numbers, size), windows.preparation.window, windows.chunk)
    return Shuffled(numbers, size, config.seed, windows.batch)


def network_for(config: FitConfig, windows: Windows) -> Network:
    """Draw the network of a configuration for some windows."""
    classes = len(windows.classes or ())
    return make_network(
        config, input_size=windows.input_size, labels=1 if classes else windows.horizon * windows.targets,
        extra=windows.extra_size, classes=classes, embeddings=windows.embeddings,
    )  # fmt: skip
