"""Everything that training remembers from step to step, and so everything that a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatewise.cells import Cell, cell_named
from gatewise.engine.any_cell import state_of
from gatewise.learn.network import Network
from gatewise.learn.schedules import PLATEAU
from gatewise.support.arrays import FloatArray
from gatewise.train.loop.recipe import Recipe

WORST = 1e300  # and yet better than no epoch at all, so that the first one's weights are kept


@dataclass
class TrainingState:
    """Where training is.

    Attributes
    ----------
    network : Network
        Its vector changes with every step.
    memory : dict of arrays
        The optimizer's.
    step : int
        Updates made so far.
    epoch, batch : int
        The epoch, and how many of its batches are done.
    summed, counted : float
        The loss of the epoch so far times its sequences, and the sequences.
    best : array
        The vector with the best validation so far.
    best_loss, stale
        That loss, or of another metric its value (negative where more is better), and how many epochs ago it
        was.
    schedule : dict
        What the schedule remembers.
    carried : list of lists of (out, state), or of what another cell carries, or None
        Where the next chunk goes on, by layer and direction.
    history : list of dict
        One row of metrics for each epoch.
    """

    network: Network
    memory: dict[str, FloatArray]
    best: FloatArray
    step: int = 0
    epoch: int = 0
    batch: int = 0
    summed: float = 0.0
    counted: int = 0
    best_loss: float = float("inf")
    stale: int = 0
    schedule: dict[str, Any] = field(default_factory=lambda: dict(PLATEAU))
    carried: Any = None
    history: list[dict[str, Any]] = field(default_factory=list)

    _NUMBERS = ("step", "epoch", "batch", "summed", "counted", "best_loss", "stale", "schedule", "history")

    @classmethod
    def new(cls, network: Network, memory: dict[str, FloatArray]) -> TrainingState:
        """Return the state before the first step."""
        return cls(network, memory, network.vector.copy())

    def after_batch(self, loss: float, sequences: int, last: Any) -> None:
        """Count a step that was made; `last` is where a next chunk would go on."""
        self.step += 1
        self.batch += 1
        self.summed += loss * sequences
        self.counted += sequences
        self.carried = last

    def after_epoch(self, recipe: Recipe, metrics: Mapping[str, float] | None) -> None:
        """Count an epoch, and keep the vector if it is the best so far."""
        loss = self.summed / self.counted
        rate = recipe.rate(self.step - 1, self.schedule)
        row = {"epoch": self.epoch + 1, "step": self.step, "loss": loss, "rate": rate}
        row |= {f"validation_{name}": value for name, value in (metrics or {}).items()}
        watched = metrics["loss"] if metrics else loss
        decisive = watched if recipe.decides == "loss" else _value(recipe, metrics)
        self.stale += 1
        if metrics is None or decisive < self.best_loss:
            self.best_loss, self.stale = decisive, 0
            self.best[:] = self.network.vector
        if recipe.watch:
            self.schedule = recipe.watch(watched, self.schedule)
        self.history.append(row | {"best": self.stale == 0})
        self.epoch += 1
        self.batch, self.summed, self.counted, self.carried = 0, 0.0, 0, None

    def arrays(self) -> dict[str, FloatArray]:
        """Return every array, by name."""
        found = {"vector": self.network.vector, "best": self.best}
        found |= {f"memory.{name}": array for name, array in self.memory.items()}
        for l, directions in enumerate(self.carried or ()):  # noqa: E741  (the layer's letter)
            for d, pair in enumerate(directions):
                names = cell_named(self.network.architecture.cell).carried
                found |= {f"carried.{l}.{d}.{part}": array for part, array in zip(names, pair, strict=True)}
        return found

    def document(self) -> dict[str, Any]:
        """Return every number, by name. JSON keeps a float to the bit."""
        return {name: getattr(self, name) for name in self._NUMBERS}

    def restore(self, arrays: Mapping[str, FloatArray], document: Mapping[str, Any]) -> None:
        """Become what `arrays` and `document` say."""
        self.network.vector[:] = arrays["vector"]
        self.best[:] = arrays["best"]
        for name in self.memory:
            self.memory[name][...] = arrays[f"memory.{name}"]
        for name in self._NUMBERS:
            setattr(self, name, document[name])
        self.carried = _carried(arrays, cell_named(self.network.architecture.cell))


def _value(recipe: Recipe, metrics: Mapping[str, float] | None) -> float:
    """Return the metric that decides, so that less is better; what has no value is worse than all."""
    value = (metrics or {}).get(recipe.decides)
    if value is None:
        return WORST
    return -value if recipe.larger else value


def _carried(arrays: Mapping[str, FloatArray], cell: Cell) -> list[list[Any]] | None:
    """Read the carried states back, by layer and direction."""
    made = state_of(cell)
    layers: list[list[Any]] = []
    while f"carried.{len(layers)}.0.out" in arrays:
        directions: list[Any] = []
        while (name := f"carried.{len(layers)}.{len(directions)}") + ".out" in arrays:
            directions.append(made(*(arrays[f"{name}.{part}"] for part in cell.carried)))
        layers.append(directions)
    return layers or None
