"""How a network is made and trained for the estimators, and how it predicts.

Their options are in options.py, weights in weights.py; how X is read is in sequences.py; the training loop is
that of gatewise.train.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from gatewise.cells import Cell, cell_named
from gatewise.learn import network as networks
from gatewise.learn.losses import Loss
from gatewise.learn.network import Architecture, Network
from gatewise.learn.network.architecture import half_of, projects
from gatewise.learn.optimizers import OPTIMIZERS
from gatewise.learn.schedules import SCHEDULES, plateau_after
from gatewise.sklearn.options import LSTMOptions
from gatewise.sklearn.scaling import Scaling
from gatewise.sklearn.sequences import Sequences, read_sequences
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.given import brief
from gatewise.train.data import Batch
from gatewise.train.loop.batches import InOrder, Shuffled
from gatewise.train.loop.loop import mean_loss, train
from gatewise.train.loop.recipe import Recipe
from gatewise.train.loop.state import TrainingState
from gatewise.train.slow_training import warn_if_slow

SPLIT = 3  # the stream of random numbers that chooses what is held back for validation
PREDICTED = 256  # sequences in a batch of predictions; the results do not depend on it
_KEPT = ("cell", "hidden_size", "layers", "bidirectional", "projection", "head", "outputs")


class LSTMEstimator(LSTMOptions):
    """Training and predictions of LSTMRegressor and LSTMClassifier."""

    # What a kind of estimator says of itself ------------------------------------------------------------

    def _loss_row(self) -> tuple[Loss, dict[str, Any]]:
        """Return the loss and its options."""
        raise NotImplementedError  # by every estimator

    def _head(self) -> str:
        return "last"

    # Training -------------------------------------------------------------------------------------------

    def _goes_on(self) -> bool:
        """Say whether `fit` goes on from the network that is there."""
        return bool(self.warm_start) and hasattr(self, "network_")

    @contextmanager
    def _as_before_unless_done(self) -> Iterator[None]:
        """Leave a fit that is there as it was where the next one is refused, fails or is interrupted."""
        before = dict(vars(self))
        try:
            yield
        except BaseException:
            self.__dict__ = before
            raise

    def _train(
        self, found: Sequences, labels: FloatArray, weight: FloatArray | None, *, begin: bool, once: bool
    ) -> None:
        """Train on labels (N, …, K) in their own units: from the start if `begin`, one epoch if `once`."""
        if weight is not None:
            counted = np.flatnonzero(weight > 0)
            found, labels, weight = found.rows(counted), labels[counted], weight[counted]
            labels = labels[:, : found.x.shape[1]] if self._head() == "steps" else labels
        if begin:
            warn_if_slow("auto", found.x.dtype, cell_named(self.cell))
            self._begin(found, labels, weight)
        else:
            self._go_on(found.x.shape[2], labels.shape[-1], once)
        dtype = self.network_.vector.dtype
        x = self._input_scaling.apply(found.x).astype(dtype, copy=False)
        y = self._label_scaling.apply(labels).astype(dtype)
        weight = None if weight is None else weight.astype(dtype)

        def make(chosen: IntArray) -> Batch:
            rows = Sequences(x, found.lengths).rows(chosen)
            label = y[chosen, : rows.x.shape[1]] if self._head() == "steps" else y[chosen]
            return Batch(rows.x, label, None, rows.lengths, None if weight is None else weight[chosen])

        learned, held = self._split(len(x), once)
        state = self._state
        batches = Shuffled(learned, self.batch_size, self._seed, make)
        recipe = self._recipe_once() if once else self._recipe(batches.count(), stops=bool(len(held)))

        def validate(network: Network) -> dict[str, float]:
            return {"loss": mean_loss(network, recipe, InOrder(held, PREDICTED, make))}

        if len(held) and not begin:  # weights that are worse on the validation are not kept
            state.best_loss = validate(self.network_)["loss"]
        train(state, recipe, batches, validate=validate if len(held) else None, after_epoch=self._report)
        self.n_iter_ = state.epoch
        self.loss_curve_ = [row["loss"] for row in state.history]
        self.validation_curve_ = [row["validation_loss"] for row in state.history if "validation_loss" in row]

    def _begin(self, found: Sequences, labels: FloatArray, weight: FloatArray | None) -> None:
        """Scale as these data ask for, and draw a network."""
        sequences, steps = found.x.shape[:2]
        each = np.ones(sequences) if weight is None else weight
        inside = np.broadcast_to(each[:, np.newaxis], (sequences, steps))
        if found.lengths is not None:
            inside = inside * (np.arange(steps) < found.lengths[:, np.newaxis])
        for_labels = inside if self._head() == "steps" else each
        scaled = Scaling.of if self.scale else lambda values, _weight: Scaling.none(values.shape[-1])
        self._input_scaling = scaled(found.x, inside)
        self._label_scaling = (
            scaled(labels, for_labels)
            if self._loss_row()[0].labels == "real"
            else Scaling.none(labels.shape[-1])
        )
        self._seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        architecture = self._architecture(found.x.shape[2], labels.shape[-1])
        self.network_ = Network.init(
            architecture, seed=self._seed, dtype=found.x.dtype, forget_bias=self.forget_bias
        )
        self._state = TrainingState.new(self.network_, self._memory())

    def _go_on(self, features: int, labels: int, once: bool) -> None:
        """Take the network that is there, with the dropout and the optimizer that are asked for now.

        A `fit` counts its epochs anew and begins with a fresh memory of the optimizer; `partial_fit` keeps
        both. Scaling and random numbers stay as they are, so that the same sequences are held back. What is
        trained is a copy: `_as_before_unless_done` takes back the network that was there.
        """
        asked, there = self._architecture(features, labels), self.network_.architecture
        for name in _KEPT:
            now, before = getattr(asked, name), getattr(there, name)
            if now != before:
                raise ValueError(
                    f"{self._cause(name, now)}, and the network that would go on has "
                    f"{getattr(before, 'name', before)!r}; fit with warm_start=False starts anew."
                )
        if self.dtype is not None and np.dtype(self.dtype) != self.network_.dtype:
            raise ValueError(
                f"dtype={brief(self.dtype)}, and the network that would go on is {self.network_.dtype}; fit "
                "with warm_start=False starts anew."
            )
        self.network_ = Network(asked, self.network_.vector.copy())
        memory = self._memory()
        if not once:
            self._state = TrainingState.new(self.network_, memory)
            return
        self._state = deepcopy(self._state, {id(self._state.network): self.network_})
        if set(memory) != set(self._state.memory):  # another optimizer
            self._state.memory = memory

    def _cause(self, name: str, asked: Any) -> str:
        """Say which option asks for a network of another shape."""
        if name == "outputs":
            return f"loss={brief(self._loss_row()[0].name)} needs {asked} outputs"
        return f"{name}={getattr(asked, 'name', asked)!r}"

    def _architecture(self, features: int, labels: int) -> Architecture:
        loss, options = self._loss_row()
        return Architecture(
            input_size=features, hidden_size=self.hidden_size, outputs=labels * loss.outputs(**options),
            layers=self.layers, bidirectional=self.bidirectional, head=self._head(), dropout=self.dropout,
            input_dropout=self.input_dropout, recurrent_dropout=self.recurrent_dropout,
            output_dropout=self.output_dropout, cell=self.cell,
            projection=self._projected(cell_named(self.cell)),
        )  # fmt: skip

    def _memory(self) -> dict[str, FloatArray]:
        """Return what the optimizer remembers before its first step."""
        vector = self.network_.vector
        return OPTIMIZERS[self.optimizer].memory(vector.size, vector.dtype)

    def _projected(self, cell: Cell) -> int:
        """Return Q: as given, else half of the units where the cell projects them."""
        if self.projection is None:
            return half_of(self.hidden_size) if projects(cell) else 0
        return self.projection

    def _split(self, count: int, once: bool) -> tuple[IntArray, IntArray]:
        """Choose the sequences to learn from, and those to hold back."""
        everything = np.arange(count)
        if once or not self._stops_early(count):
            return everything, everything[:0]
        held = max(1, round(self.validation_fraction * count))
        if held >= count:
            raise ValueError(
                f"early_stopping holds back {held} of {count} sequences and leaves none to learn from; "
                "give more, or early_stopping=False."
            )
        order = np.random.default_rng([self._seed, SPLIT]).permutation(count)
        return np.sort(order[held:]), np.sort(order[:held])

    def _recipe(self, steps: int, *, stops: bool) -> Recipe:
        """Return the recipe of a `fit` with `steps` steps in an epoch, which may stop early."""
        schedule, given = SCHEDULES[self.schedule], self._given("schedule_options")
        options, whole, base = schedule.with_options(given), self.epochs * steps, float(self.learning_rate)

        def rate(step: int, known: Mapping[str, Any]) -> float:
            watched = {"scale": known["scale"]} if schedule.watches else {}
            return schedule(step, whole, base, **{**options, **watched})

        by_loss = {name: value for name, value in options.items() if name != "scale"}
        return self._recipe_of(
            rate=rate, watch=partial(plateau_after, **by_loss) if schedule.watches else None,
            epochs=self.epochs, patience=self.patience if stops else None,
        )  # fmt: skip

    def _recipe_once(self) -> Recipe:
        """Return the recipe of one epoch more, of which nobody knows how many will come: λ is constant."""
        base = float(self.learning_rate)
        return self._recipe_of(rate=lambda _step, _known: base, epochs=self._state.epoch + 1)

    def _recipe_of(self, **about: Any) -> Recipe:
        loss, options = self._loss_row()
        optimizer = OPTIMIZERS[self.optimizer]
        return Recipe(
            loss=partial(loss, **options), update=optimizer, memory=optimizer.memory, clip=self.clip_norm,
            seed=self._seed, threads=self.threads, **about,
        )  # fmt: skip

    def _report(self, state: TrainingState) -> None:
        if self.verbose:
            row = state.history[-1]
            validation = f", on validation {row['validation_loss']:.6g}" if "validation_loss" in row else ""
            print(f"epoch {row['epoch']}: loss {row['loss']:.6g}{validation}", flush=True)  # noqa: T201

    # Predicting -----------------------------------------------------------------------------------------

    def _read(self, X: Any) -> Sequences:
        check_is_fitted(self, "network_")
        return read_sequences(self, X, reset=False)

    def _raw(self, found: Sequences) -> FloatArray:
        """Return what the network returns, (N, P) or (N, T, P), in float64."""
        network = self.network_
        x = self._input_scaling.apply(found.x).astype(network.vector.dtype, copy=False)
        shape = (len(x), network.architecture.outputs)
        at_end = network.architecture.head == "last"
        raw = np.zeros(shape if at_end else (len(x), x.shape[1], shape[1]))
        for first in range(0, len(x), PREDICTED):
            rows = Sequences(x, found.lengths).rows(np.arange(first, min(first + PREDICTED, len(x))))
            y = networks.forward(network, rows.x, lengths=rows.lengths, threads=self.threads, trace=False).y
            place = raw[first : first + PREDICTED]
            place[(slice(None), slice(0, y.shape[1])) if y.ndim == 3 else ...] = y
        return raw

    def __sklearn_tags__(self) -> Tags:
        """Say what X and y may be."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.non_deterministic = False
        return tags
