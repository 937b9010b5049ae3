"""What the estimators share: their parameters, and how a network is made and trained for them.

How X is read is in sequences.py; the training loop is that of gatewise.train.
"""

from __future__ import annotations

import numbers
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from gatewise.cells import Cell, cell_named
from gatewise.learn import network as networks
from gatewise.learn.losses import Loss
from gatewise.learn.network import Architecture, Network
from gatewise.learn.network.architecture import half_of, projects
from gatewise.learn.optimizers import OPTIMIZERS
from gatewise.sklearn.scaling import Scaling
from gatewise.sklearn.sequences import LAYOUTS, Sequences, read_sequences
from gatewise.support.arrays import FloatArray, IntArray, as_real, is_count
from gatewise.support.given import brief
from gatewise.support.options import is_whole, named_in
from gatewise.train.data import Batch
from gatewise.train.loop.batches import InOrder, Shuffled
from gatewise.train.loop.loop import mean_loss, train
from gatewise.train.loop.recipe import Recipe
from gatewise.train.loop.state import TrainingState
from gatewise.train.slow_training import warn_if_slow

SPLIT = 3  # the stream of random numbers that chooses what is held back for validation
PREDICTED = 256  # sequences in a batch of predictions; the results do not depend on it
_SHARES = ("dropout", "input_dropout", "recurrent_dropout")
_COUNTS = ("hidden_size", "layers", "batch_size", "epochs", "patience")


class LSTMEstimator(BaseEstimator):
    """Parameters and training of LSTMRegressor and LSTMClassifier, which say what they mean."""

    def __init__(
        self,
        hidden_size: int = 32,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        forget_bias: float | str | None = "auto",
        cell: Any = "lstm",
        projection: int | None = None,
        optimizer: str = "adam",
        learning_rate: float = 0.01,
        batch_size: int = 64,
        epochs: int = 100,
        clip_norm: float = 1.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        scale: bool = True,
        layout: str | int = "time",
        dtype: str | None = None,
        threads: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_size = hidden_size
        self.layers = layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.recurrent_dropout = recurrent_dropout
        self.forget_bias = forget_bias
        self.cell = cell
        self.projection = projection
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.clip_norm = clip_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.scale = scale
        self.layout = layout
        self.dtype = dtype
        self.threads = threads
        self.random_state = random_state
        self.verbose = verbose

    # What a kind of estimator says of itself ------------------------------------------------------------

    def _loss_row(self) -> tuple[Loss, dict[str, Any]]:
        """Return the loss and its options."""
        raise NotImplementedError  # by every estimator

    def _head(self) -> str:
        return "last"

    # Training -------------------------------------------------------------------------------------------

    def _check_parameters(self) -> None:
        for name in _COUNTS:
            value = getattr(self, name)
            if not is_count(value):
                raise ValueError(f"{name}={brief(value)}; it must be a whole number of at least 1.")
        for name in _SHARES:
            if not 0 <= as_real(getattr(self, name)) < 1:
                raise ValueError(f"{name}={brief(getattr(self, name))}; it must be at least 0 and below 1.")
        cell_named(self.cell)  # raises, with the names that there are
        if self.projection is not None and not is_count(self.projection):
            raise ValueError(
                f"projection={brief(self.projection)}; it must be a whole number of at least 1, or None."
            )
        if not named_in(self.optimizer, OPTIMIZERS):
            raise ValueError(
                f"optimizer={brief(self.optimizer)} is not known. Known: {', '.join(OPTIMIZERS)}."
            )
        if not named_in(self.layout, LAYOUTS) and not is_count(self.layout):
            raise ValueError(
                f"layout={brief(self.layout)}; it must be "
                f"{', '.join(map(repr, LAYOUTS))} or a number of features."
            )
        for name in ("bidirectional", "early_stopping", "scale"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise ValueError(f"{name}={brief(getattr(self, name))}; it must be True or False.")  # noqa: TRY004  # as the others
        if not isinstance(self.verbose, (bool, np.bool_)) and not is_whole(self.verbose):
            raise ValueError(f"verbose={brief(self.verbose)}; it must be True, False or a whole number.")
        if self.early_stopping and not 0 < as_real(self.validation_fraction) < 1:
            raise ValueError(
                f"validation_fraction={brief(self.validation_fraction)}; it must lie between 0 and 1."
            )
        if self.dtype is not None and not named_in(self.dtype, ("float32", "float64")):
            raise ValueError(f"dtype={brief(self.dtype)}; it must be 'float32', 'float64' or None.")

    def _weights(self, sample_weight: Any, X: Any) -> FloatArray | None:
        if sample_weight is None:
            return None
        if isinstance(sample_weight, numbers.Number) and np.isnan(as_real(sample_weight)):
            raise ValueError(
                f"sample_weight={brief(sample_weight)}; it must be a number, or an array of them."
            )
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        with np.errstate(over="ignore"):
            total = weight.sum()
        if not np.isfinite(total):  # of a single number scikit-learn does not ask
            raise ValueError(
                "sample_weight has NaN, infinity, or too large a sum; each must be finite and at least 0."
            )
        return np.asarray(weight)

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
        elif cell_named(self.cell) != (trained := cell_named(self.network_.architecture.cell)):
            raise ValueError(
                f"cell is {cell_named(self.cell).name}, and the network that would go on is of cell "
                f"{trained.name}; fit starts anew."
            )
        x, y = self._input_scaling.apply(found.x), self._label_scaling.apply(labels)
        dtype = self.network_.vector.dtype
        y = y.astype(dtype)
        weight = None if weight is None else weight.astype(dtype)

        def make(chosen: IntArray) -> Batch:
            rows = Sequences(x, found.lengths).rows(chosen)
            label = y[chosen, : rows.x.shape[1]] if self._head() == "steps" else y[chosen]
            return Batch(rows.x, label, None, rows.lengths, None if weight is None else weight[chosen])

        learned, held = self._split(len(x), once)
        state, recipe = self._state, self._recipe(once)
        batches = Shuffled(learned, self.batch_size, recipe.seed, make)

        def validate(network: Network) -> dict[str, float]:
            return {"loss": mean_loss(network, recipe, InOrder(held, PREDICTED, make))}

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
        loss, options = self._loss_row()
        self._seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        architecture = Architecture(
            input_size=found.x.shape[2], hidden_size=self.hidden_size,
            outputs=labels.shape[-1] * loss.outputs(**options), layers=self.layers,
            bidirectional=self.bidirectional, head=self._head(), dropout=self.dropout,
            input_dropout=self.input_dropout, recurrent_dropout=self.recurrent_dropout, cell=self.cell,
            projection=self._projected(cell_named(self.cell)),
        )  # fmt: skip
        self.network_ = Network.init(
            architecture, seed=self._seed, dtype=found.x.dtype, forget_bias=self.forget_bias
        )
        memory = OPTIMIZERS[self.optimizer].memory(self.network_.vector.size, self.network_.vector.dtype)
        self._state = TrainingState.new(self.network_, memory)

    def _projected(self, cell: Cell) -> int:
        """Return Q: as given, else half of the units where the cell projects them."""
        if self.projection is None:
            return half_of(self.hidden_size) if projects(cell) else 0
        return self.projection

    def _split(self, count: int, once: bool) -> tuple[IntArray, IntArray]:
        """Choose the sequences to learn from, and those to hold back."""
        everything = np.arange(count)
        if once or not self.early_stopping:
            return everything, everything[:0]
        held = max(1, round(self.validation_fraction * count))
        if held >= count:
            raise ValueError(
                f"early_stopping holds back {held} of {count} sequences and leaves none to learn from; "
                "give more, or early_stopping=False."
            )
        order = np.random.default_rng([self._seed, SPLIT]).permutation(count)
        return np.sort(order[held:]), np.sort(order[:held])

    def _recipe(self, once: bool) -> Recipe:
        loss, options = self._loss_row()
        optimizer, rate = OPTIMIZERS[self.optimizer], float(self.learning_rate)
        return Recipe(
            loss=partial(loss, **options), update=optimizer,
            memory=optimizer.memory, rate=lambda _step, _known: rate, clip=self.clip_norm,
            epochs=self._state.epoch + 1 if once else self.epochs,
            patience=self.patience if self.early_stopping and not once else None,
            seed=self._seed, threads=self.threads,
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
        raw = np.zeros(shape if self._head() == "last" else (len(x), x.shape[1], shape[1]))
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
