"""What each input is worth: how much worse predictions get where its course is that of another window.

Permutation importance (Breiman 2001), in blocks of consecutive windows, so that what is read stays a course
as it happens. Nothing is trained, and the work is bounded whatever the table's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from markupsafe import Markup

from gatewise.engine.passes import resolve
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Batch, Preparation, Windows
from gatewise.train.loop.loop import outputs
from gatewise.train.metrics.scoring import score
from gatewise.train.metrics.table import METRICS, usual_metric
from gatewise.train.model.forecasts import AT_ONCE, levels_of, restored
from gatewise.train.model.metrics_text import count, title
from gatewise.train.model.model import Model
from gatewise.train.report import charts, words

PERMUTATIONS = 5
FEWEST, MOST = 32, 256  # windows
LEAST = 8  # windows, below which nothing can be exchanged in blocks
BUDGET = 20e9  # weights times rows of windows: about a second of two cores
SLOW = 30.0  # times the work of an engine that is not compiled
SHOWN = 20


@dataclass
class InputColumns:
    """The columns of one input: of x, of what the head reads past the network, of the codes of vectors."""

    x: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class InputsWorth:
    """How much worse each input's absence makes it.

    Attributes
    ----------
    names : list of str
        The inputs, the most important first.
    worse : list of list of float
        Of each, how much worse each permutation makes the metric, in `unit`.
    unit : str
        What is counted: "% more mean absolute error".
    said : str
        What was done and found, in words.
    left_out : int
        How many less important ones are not listed.
    """

    names: list[str]
    worse: list[list[float]]
    unit: str
    said: str
    left_out: int


def groups_of(preparation: Preparation) -> dict[str, InputColumns]:
    """Return the columns of each input by its name; marks of what was missing go with what they mark."""
    found: dict[str, InputColumns] = {}
    own = preparation.own_past
    past = f"past of {', '.join(preparation.targets)}"
    for place, name in enumerate(preparation.inputs):
        found.setdefault(past if place < own else name, InputColumns()).x.append(place)
    owners = [past if place < own else name for place, name in enumerate(preparation.inputs)]
    first = len(preparation.inputs)
    cycles = [f"{cycle} (calendar)" for cycle in preparation.calendar]
    for name in cycles:
        found.setdefault(name, InputColumns()).x.extend((first, first + 1))
        first += 2
    for place, mark in enumerate(preparation.marks, start=first):
        for name in dict.fromkeys(owners[column] for column in mark):
            found[name].x.append(place)
    first += len(preparation.marks)
    for name, texts in preparation.one_hot:
        found.setdefault(name, InputColumns()).x.extend(range(first, first + len(texts)))
        first += len(texts)
    for place, name in enumerate(preparation.embedded):
        found.setdefault(name, InputColumns()).codes.append(place)
    if preparation.extra:
        for place, name in enumerate(cycles):
            found[name].extra.extend((2 * place, 2 * place + 1))
        ahead = preparation.future_places
        for k in range(preparation.horizon):
            for j, column in enumerate(ahead):
                owner = next(name for name, group in found.items() if column in group.x)
                found[owner].extra.append(2 * len(cycles) + k * len(ahead) + j)
    return found


def measure_inputs(model: Model, windows: Windows, numbers: IntArray) -> InputsWorth | str:
    """Exchange each input between windows in blocks, and measure by how much the deciding metric gets worse.

    Returns
    -------
    InputsWorth, or str
        Why there is none.
    """
    groups = groups_of(model.preparation)
    if len(groups) < 2:
        return "There is one input, so there is nothing to compare its worth with."
    if len(numbers) < LEAST:
        return f"{count(len(numbers), 'window')} are too few to exchange inputs between them."
    rng = np.random.default_rng(0)
    chosen = chosen_windows(numbers, _room(model, windows, numbers, len(groups)), rng)
    whole = windows.batch(chosen)
    judge = ReadingJudge(model, windows, chosen)
    if not judge.has_value(whole):
        return "The metric that decides has no value on the windows that were chosen."
    name, base = judge.metric, judge.base
    worse: dict[str, list[float]] = {each: [] for each in groups}
    together = max(AT_ONCE // len(chosen), 1)  # one pass over several inputs saves its steps
    for _ in range(PERMUTATIONS):
        order = shuffled_blocks(len(chosen), rng)
        for first in range(0, len(groups), together):
            some = list(groups)[first : first + together]
            found = judge([exchanged(whole, groups[each], order) for each in some])
            for each, value in zip(some, found, strict=True):
                worse[each].append(_worse(name, base, base if value is None else value))
    ranked = sorted(groups, key=lambda each: -float(np.mean(worse[each])))
    values = [worse[each] for each in ranked]
    said = words.inputs(
        dict(zip(ranked, values, strict=True)),
        name,
        "%" * (base > 0),
        PERMUTATIONS,
        (len(chosen), len(numbers)),
    )
    if model.preparation.change:
        what = "the value a season before" if model.preparation.season else "the last value known"
        said += f" A forecast is a change from {what}, which stays as it is."
    return InputsWorth(ranked[:SHOWN], values[:SHOWN], _unit(name, base), said, max(len(ranked) - SHOWN, 0))


def chosen_windows(numbers: IntArray, room: int, rng: np.random.Generator) -> IntArray:
    """Return at most `room` windows, in blocks of consecutive ones, each at some place in its part of all."""
    if len(numbers) <= room:
        return numbers
    blocks = max(int(np.sqrt(room)), 2)
    length = room // blocks
    edges = np.linspace(0, len(numbers), blocks + 1).astype(int)
    # Blocks an even way apart could all begin at the same hour.
    starts = [rng.integers(low, max(high - length, low) + 1) for low, high in pairwise(edges)]
    places = np.unique(np.concatenate([start + np.arange(length) for start in starts]))
    return np.asarray(numbers[places[places < len(numbers)]])


def shuffled_blocks(size: int, rng: np.random.Generator) -> IntArray:
    """Return numbers 0..size-1 cut at chance places into about √size blocks, in an order of chance."""
    blocks = max(int(np.sqrt(size)), 2)
    cuts = np.sort(rng.choice(np.arange(1, size), blocks - 1, replace=False))
    pieces = np.split(np.arange(size), cuts)
    order = rng.permutation(blocks)
    if (order == np.arange(blocks)).all():
        order = np.roll(order, 1)
    return np.concatenate([pieces[place] for place in order])


def exchanged(batch: Batch, group: InputColumns, order: IntArray) -> Batch:
    """Return a batch in which window n has the columns of a group as window order[n] has them.

    The course of a window of another length is stretched to this one's.
    """
    x, extra, codes = batch.x, batch.extra, batch.codes
    if group.x:
        x = np.array(x)
        if batch.lengths is None:
            x[:, :, group.x] = x[order][:, :, group.x]
        else:
            for n, m in enumerate(order.tolist()):
                mine, theirs = int(batch.lengths[n]), int(batch.lengths[m])
                rows = np.linspace(0, theirs - 1, mine).round().astype(int)
                x[n, :mine, group.x] = batch.x[m, rows][:, group.x].T
    if group.extra and extra is not None:
        extra = np.array(extra)
        extra[:, group.extra] = extra[order][:, group.extra]
    if group.codes and codes is not None:
        codes = np.array(codes)
        codes[:, group.codes] = codes[order][:, group.codes]
    return batch._replace(x=x, extra=extra, codes=codes)


def _room(model: Model, windows: Windows, numbers: IntArray, groups: int) -> int:
    """Return how many windows the budget has room for."""
    config = model.config
    rows = model.preparation.window or windows.batch(numbers[:MOST]).x.shape[1]
    compiled = resolve(config.engine, np.dtype(config.dtype), config.made_cell) != "reference"
    work = float(model.network.size) * rows * PERMUTATIONS * groups * (1.0 if compiled else SLOW)
    return int(np.clip(BUDGET / work, FEWEST, MOST))


class ReadingJudge:
    """Measures what the network says of some windows, whatever it is given to read.

    Attributes
    ----------
    metric : str
        The metric that decides, or the usual one where that has no value here.
    base : float
        Its value on what the windows really read.
    """

    def __init__(self, model: Model, windows: Windows, chosen: IntArray) -> None:
        self._model, self._windows, self._chosen = model, windows, chosen
        self._truth, self._scales = windows.truth(chosen), model.scales.of(windows, chosen)
        self.metric, self.base = usual_metric(model.config.task, model.loss.name), 0.0

    def has_value(self, whole: Batch) -> bool:
        """Find the metric and its value; say whether there is one."""
        for name in dict.fromkeys((self._model.results.get("metric", self.metric), self.metric)):
            self.metric = name
            (value,) = self([whole])
            if value is not None and np.isfinite(value):
                self.base = value
                return True
        return False

    def __call__(self, batches: Sequence[Batch]) -> list[float | None]:
        """Return the metric of each batch; all are of the same windows, and are read together."""
        config, joined = self._model.config, _joined(batches)
        ((_, y),) = outputs(self._model.network, [joined], engine=config.engine, threads=config.threads)
        if y.ndim == 3:  # a head at every step predicts at the window's end
            y = y[np.arange(len(y)), -1 if joined.lengths is None else joined.lengths - 1]
        return [self._scored(part) for part in np.split(y, len(batches))]

    def _scored(self, y: FloatArray) -> float | None:
        loss, options = self._model.loss, self._model.loss_options
        said = restored(y, loss, options, self._windows, self._chosen)
        if self.metric == "pinball":
            said = self._model.quantiles(said)
        elif self._windows.classes is None:
            said = loss.best(said, **options)
        return score(self.metric, said, self._truth, self._scales, levels_of(loss, options))


def _joined(batches: Sequence[Batch]) -> Batch:
    """Return batches one after the other as one."""

    def all_of(name: str) -> Any:
        parts = [getattr(batch, name) for batch in batches]
        return None if parts[0] is None else np.concatenate(parts)

    return Batch(all_of("x"), all_of("label"), all_of("extra"), all_of("lengths"), codes=all_of("codes"))


def _worse(metric: str, base: float, value: float) -> float:
    """Return how much worse a value is: of an error in percent, of a share in points, of a score as it is."""
    row = METRICS[metric]
    if row.better == "larger":
        return (base - value) * (100.0 if row.unit == "share" else 1.0)
    return 100.0 * (value / base - 1.0) if base > 0 else value - base


def _unit(metric: str, base: float) -> str:
    row = METRICS[metric]
    if row.better == "larger":
        return f"{title(metric)} lost{', points' if row.unit == 'share' else ''}"
    return f"% more {title(metric)}" if base > 0 else f"more {title(metric)}"


@dataclass(frozen=True)
class InputsPage:
    """What the page says of the inputs: a picture and words, or words alone."""

    drawn: Markup | None
    said: str


def shown_inputs(model: Model, windows: Windows, numbers: IntArray) -> InputsPage:
    """Measure the inputs, and draw what they are worth."""
    worth = measure_inputs(model, windows, numbers)
    if not isinstance(worth, InputsWorth):
        return InputsPage(None, worth)
    more = f" {count(worth.left_out, 'input')} of less are not drawn." if worth.left_out else ""
    return InputsPage(Markup(charts.worse_without(worth.names, worth.worse, worth.unit)), worth.said + more)
