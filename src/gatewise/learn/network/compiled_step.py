"""The training step in the compiled core: which networks, losses and optimizers it has, and what it is given.

It gives the bits of the functions one after the other. A loss that needs functions of NumPy's whose bits
depend on the machine (exp, log) stays in Python, between the core's forward and backward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import Lock
from types import NoneType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from gatewise.cells import cell_named
from gatewise.compiled import core as _core
from gatewise.engine.native import Native, most_threads
from gatewise.engine.passes import ENGINES, resolve
from gatewise.engine.trace import State
from gatewise.engine.variant import variant_of
from gatewise.errors import ArgumentError
from gatewise.learn.losses import LOSSES
from gatewise.learn.network.dropout import draw
from gatewise.learn.network.forward_pass import as_states
from gatewise.learn.network.parameters import Network
from gatewise.learn.optimizers import OPTIMIZERS, Memory
from gatewise.learn.optimizers.optimizer import MOST_STEPS
from gatewise.support.arrays import FloatArray, is_count
from gatewise.support.given import described
from gatewise.support.options import as_generator
from gatewise.support.reprs import short_repr

LOSSES_IN_CORE = ("l2", "mse", "mae", "huber", "pinball")
OPTIMIZERS_IN_CORE = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
R = TypeVar("R")


class StepTaken(NamedTuple):
    """What a training step returns: the loss before its update, and each cell's last out and state.

    `last` is as `NetworkTrace.last`: the `state` of a step that goes on where this one ended.
    """

    loss: float
    last: tuple[tuple[Any, ...], ...]

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


class StepInputs(NamedTuple):
    """What `TrainingStep` was called with, none of it checked."""

    x: Any
    label: Any
    rate: Any
    step: Any
    weight: Any
    lengths: Any
    extra: Any
    state: Any
    seed: Any
    codes: Any


class CompiledStep:
    """The core's training step of a network. `loss` is asked where the core has it not."""

    def __init__(
        self,
        network: Network,
        core: _core.NetworkStep,
        loss: Callable[..., tuple[Any, FloatArray]] | None,
        remembers: tuple[str, ...],
    ) -> None:
        self._network, self._core, self._loss, self._remembers = network, core, loss, remembers
        self._free = Lock()
        self._each = 2 * network.architecture.directions

    def __call__(self, given: StepInputs, memory: Memory) -> StepTaken | None:
        """Take a step; None, and nothing changed, if an argument does not fit or something is not finite."""
        x, label, rate, step, weight, lengths, extra, _, seed, _ = given
        if not type(x) is type(label) is np.ndarray or type(rate) is not float or not 0 <= rate < math.inf:
            return None
        if not is_count(step) or step > MOST_STEPS or not all(map(_is_plain, (weight, lengths, extra))):
            return None
        if type(seed) not in (NoneType, int, list, tuple):
            return None  # a generator would draw others if the step is taken again
        if not self._free.acquire(blocking=False):
            return None  # another thread, or the loss itself, is between the core's forward and its update
        try:
            return self._taken(given, memory)
        finally:
            self._free.release()

    def _taken(self, given: StepInputs, memory: Memory) -> StepTaken | None:
        x, label, rate, step, weight, lengths, extra, state, seed, _ = given
        core, vector = self._core, self._network.vector
        starts = None if state is None else self._starts(state)
        masks = None if seed is None else self._masks(x, seed)
        if not core.forward(vector, x, extra, lengths, starts, masks):
            return None
        if self._loss is None:
            d_y, loss = None, core.loss(label, weight)
        else:
            loss, d_y = loss_of(self._loss, self._network, core.y, label, weight, lengths)
        if loss is None or not math.isfinite(loss):
            return None
        norm = core.update(d_y, vector, tuple(map(memory.get, self._remembers)), rate, step)
        return None if norm is None or not math.isfinite(norm) else StepTaken(float(loss), self._last())

    def _masks(self, x: FloatArray, seed: Any) -> tuple[FloatArray | None, ...]:
        """Draw the dropout masks of a pass, one after the other as the core takes them."""
        masks = draw(self._network.architecture, x.shape[:-2], self._network.dtype, as_generator(seed))
        return (*masks.inputs, *(mask for cells in masks.recurrent for mask in cells), masks.outputs)

    def _starts(self, state: Any) -> tuple[Any, ...]:
        """Lay out and state of every cell one after the other; what is no pair makes them too few."""
        pairs = [pair for cells in as_states("state", self._network.architecture, state) for pair in cells]
        return tuple(
            part
            for pair in pairs
            for part in ((None, None) if pair is None else pair if _is_pair(pair) else ())
        )

    def _last(self) -> tuple[tuple[State, ...], ...]:
        arrays, each = self._core.last(), self._each
        return tuple(
            tuple(State(*arrays[k : k + 2]) for k in range(first, first + each, 2))
            for first in range(0, len(arrays), each)
        )


def compiled_step(
    network: Network,
    loss: Callable[..., tuple[Any, FloatArray]],
    optimizer: Callable[..., None],
    memory: Memory,
    clip: float,
    engine: str,
    threads: int | None,
) -> CompiledStep | None:
    """Return the core's step, or None where it has not this cell, precision, optimizer or input.

    Raises
    ------
    EngineError
        If the engine cannot run here, or not with this network.
    """
    about = network.architecture
    if about.embeddings:
        return None
    cell = cell_named(about.cell)
    run, variant = ENGINES[resolve(engine, network.dtype, cell)], variant_of(cell)
    row, options = row_of(optimizer, OPTIMIZERS)
    if not isinstance(run, Native) or variant is None:
        return None
    if row is None or row.name not in OPTIMIZERS_IN_CORE or tuple(memory) != row.remembers:
        return None
    numbers = _numbers(row.with_options(options).values())
    if numbers is None:
        return None
    of_loss = _loss_in_core(loss, about.outputs)
    name, of_name = of_loss or (None, [])
    core = _core.NetworkStep(
        network.dtype == np.float64,
        [
            *(about.input_size, about.hidden_size, about.output_size, about.outputs, about.head_inputs),
            *(about.skip, about.layers, about.directions, about.head == "steps", variant.bias),
        ],
        [variant.peepholes, variant.coupled, variant.projected, variant.clip, variant.state_clip],
        name,
        of_name,
        row.name,
        numbers,
        clip,
        most_threads(threads),
        run.instruction_set,
    )
    return CompiledStep(network, core, None if of_loss else loss, row.remembers)


def row_of(function: Callable[..., Any], rows: Mapping[str, R]) -> tuple[R | None, dict[str, Any]]:
    """Return the row of a table that a function is, and the options it is bound to; None where it is none."""
    options: dict[str, Any] = {}
    row: Any = function
    if isinstance(function, partial) and not function.args:
        row, options = function.func, function.keywords
    return (row, options) if any(row is one for one in rows.values()) else (None, {})


def loss_of(
    loss: Callable[..., Any], network: Network, y: FloatArray, label: Any, weight: Any, lengths: Any
) -> tuple[Any, FloatArray]:
    """Return the loss of y and its gradient. Lengths are the loss's only where each step has a label.

    Raises
    ------
    ArgumentError
        If `loss` is a function that returns something else.
    """
    inside = {} if lengths is None or network.architecture.head != "steps" else {"lengths": lengths}
    found = loss(y, label, weight, **inside)
    if not isinstance(found, tuple) or len(found) != 2 or not np.isrealobj(found[0]) or np.ndim(found[0]):
        raise ArgumentError(
            f"loss returned {described(found)}; it must return (loss, d_y), a number and an array."
        )
    return found


def _loss_in_core(loss: Callable[..., Any], outputs: int) -> tuple[str, list[float]] | None:
    """Return the name and the numbers of a loss of the core; None where it has it not, or would refuse it."""
    row, options = row_of(loss, LOSSES)
    if row is None or row.name not in LOSSES_IN_CORE:
        return None
    chosen = row.with_options(options)
    numbers = _numbers(chosen["quantiles"] if row.name == "pinball" else chosen.values())
    fits = numbers is not None and all(number > 0 for number in numbers)
    return (
        (row.name, numbers) if fits and numbers is not None and outputs % row.outputs(**chosen) == 0 else None
    )


def _numbers(values: Iterable[Any]) -> list[float] | None:
    """Return options as the core takes them; None if one is of a type with a precision of its own."""
    given = [*values]
    return [*map(float, given)] if all(type(value) in (int, float) for value in given) else None


def _is_plain(array: object) -> bool:
    return array is None or type(array) is np.ndarray


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and all(type(part) is np.ndarray for part in pair)
