"""LSTMRegressor. How it is trained is in base.py; sequences.py and targets.py read X and y."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from gatewise.learn.losses import LOSSES, Loss
from gatewise.sklearn.base import LSTMEstimator
from gatewise.sklearn.options import check_flag, check_layout, check_name
from gatewise.sklearn.sequences import read_sequences
from gatewise.sklearn.targets import deliver, read_targets
from gatewise.sklearn.weights import sample_weights
from gatewise.support.given import brief
from gatewise.support.options import named_in

REGRESSION_LOSSES = ("mse", "mae", "huber", "pinball", "gaussian")


class LSTMRegressor(RegressorMixin, LSTMEstimator):
    """An LSTM with a linear head, as a scikit-learn regressor.

    X is (n, time) or (n, time, features), or a list of arrays, (time_i,) or (time_i, features) each. y is
    (n,) or (n, targets); with head="steps" one for each time step: (n, time), (n, time, targets) or a list.

    Parameters
    ----------
    hidden_size : int
        H, the units of a layer, and of each direction.
    layers, bidirectional
        Layers stacked; whether each reads the sequence in both directions.
    dropout, input_dropout, recurrent_dropout, output_dropout : float
        Shares of the units that are set to zero in training: between layers, of the inputs, of the out_{t-1}
        that a layer reads, of the outs that the head reads; the same ones at every step.
    forget_bias : float, "auto" or None
        The b_f to start from. "auto": 1 where the cell has a forget gate that keeps the state.
    cell : str or Cell
        The cell of the layers, one of `gatewise.cells.CELLS` or one of your own. Others than the LSTM run on
        the reference engine where the compiled one does not have them, many times slower, with a warning.
    projection : int, optional
        Q, the outs of a layer, of a cell that projects them; None takes half of the units.
    optimizer : str
        One of `gatewise.optimizers.OPTIMIZERS`.
    learning_rate, schedule, schedule_options
        λ, and how it goes on over the steps of `fit`: one of `gatewise.schedules.SCHEDULES`, with a dict of
        its options; "one_cycle" rises to λ and falls, "cosine" falls. `partial_fit` keeps to `learning_rate`.
    batch_size, epochs : int
        Sequences in a step; times through all of them, at most.
    clip_norm : float
        A gradient longer than this is shortened to it; 0 for no limit.
    early_stopping, validation_fraction, patience
        Whether to hold back that share of the sequences, stop when the loss on them has not fallen for
        `patience` epochs, and keep the best weights; "auto" does where there are at least 1000 sequences.
    warm_start : bool
        Whether `fit` goes on from the weights and the scaling of the last `fit`. Epochs, schedule and
        curves begin anew, and so does the optimizer's memory (`partial_fit` keeps it). What it was fitted on
        and the network must have the same shape.
    scale : bool
        Whether features and targets are brought to mean 0 and standard deviation 1, as measured in `fit`.
    layout : "time", "features" or int
        How a table X is read. Its columns are time steps of one feature; or features of a single step; or,
        for a number k, time steps of k features each, side by side.
    dtype : "float32" or "float64", optional
        None takes that of X; float32 is about twice as fast.
    threads : int, optional
        At most so many. The result does not depend on it.
    random_state : int, RandomState or None
        What weights, batches and dropout are drawn from.
    verbose : bool
        Whether to print the loss of each epoch.
    head : "last" or "steps"
        One prediction for a sequence, from its last step, or one for each of its steps.
    loss : "mse", "mae", "huber", "pinball" or "gaussian"
        gaussian predicts mean and spread, ``predict(X, return_std=True)``; pinball quantiles,
        ``predict_quantiles(X)``.
    loss_options : dict, optional
        Such as {"quantiles": (0.1, 0.5, 0.9)} for pinball or {"delta": 1.0} for huber.

    Attributes
    ----------
    network_ : gatewise.network.Network
        The trained network.
    loss_curve_, validation_curve_ : list of float
        The mean loss of each epoch, in scaled units.
    n_iter_ : int
        Epochs trained.
    n_features_in_ : int
        Columns of a table X; of sequences, features per step.
    """

    def __init__(
        self,
        hidden_size: int = 32,
        *,
        head: str = "last",
        loss: str = "mse",
        loss_options: dict[str, Any] | None = None,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        output_dropout: float = 0.0,
        forget_bias: float | str | None = "auto",
        cell: Any = "lstm",
        projection: int | None = None,
        optimizer: str = "adam",
        learning_rate: float = 0.02,
        schedule: str = "one_cycle",
        schedule_options: dict[str, Any] | None = None,
        batch_size: int = 32,
        epochs: int = 100,
        clip_norm: float = 1.0,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        patience: int = 10,
        warm_start: bool = False,
        scale: bool = True,
        layout: str | int = "time",
        dtype: str | None = None,
        threads: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden_size, layers=layers, bidirectional=bidirectional, dropout=dropout,
            input_dropout=input_dropout, recurrent_dropout=recurrent_dropout, output_dropout=output_dropout,
            forget_bias=forget_bias, cell=cell, projection=projection, optimizer=optimizer,
            learning_rate=learning_rate, schedule=schedule, schedule_options=schedule_options,
            batch_size=batch_size, epochs=epochs, clip_norm=clip_norm, early_stopping=early_stopping,
            validation_fraction=validation_fraction, patience=patience, warm_start=warm_start, scale=scale,
            dtype=dtype, threads=threads, random_state=random_state, verbose=verbose,
        )  # fmt: skip
        self.layout = layout
        self.head = head
        self.loss = loss
        self.loss_options = loss_options

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the start, or with `warm_start` from where the last `fit` ended.

        `sample_weight` (n,) says how often each sequence counts: 2 is as if it were there twice.

        Raises
        ------
        ValueError
            If X, y or a parameter cannot be used; the message says what is needed.
        """
        with self._as_before_unless_done():
            return self._fit(X, y, sample_weight, begin=not self._goes_on(), once=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch more. The first call draws the network and measures the scaling."""
        with self._as_before_unless_done():
            return self._fit(X, y, sample_weight, begin=not hasattr(self, "network_"), once=True)

    def _fit(self, X: Any, y: Any, sample_weight: ArrayLike | None, *, begin: bool, once: bool) -> Self:
        self._check_parameters()
        if not named_in(self.head, ("last", "steps")):
            raise ValueError(f"head={brief(self.head)}; it must be 'last' or 'steps'.")
        if y is None:
            raise ValueError("LSTMRegressor requires y to be passed, but the target y is None.")
        check_layout(self.layout)
        found = read_sequences(self, X, reset=begin)
        labels, several = read_targets(self, y, found)
        check_consistent_length(found.x, labels)
        if not begin and labels.shape[-1] != self._label_scaling.mean.size:
            raise ValueError(
                f"y has {labels.shape[-1]} targets; the first call had {self._label_scaling.mean.size}."
            )
        self._several = several
        self._train(found, labels, sample_weights(sample_weight, found.x), begin=begin, once=once)
        self._learned_loss = (self.loss, self._loss_row()[1])  # which `set_params` does not change
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict y, shaped as in `fit`: with head="steps" and sequences of their own lengths, a list.

        With loss="gaussian" and `return_std`, a pair: the means and their standard deviations.
        """
        check_flag("return_std", return_std)
        loss, options = self._learned()
        if return_std and loss.name != "gaussian":
            raise ValueError(f'return_std=True needs loss="gaussian"; this fit has loss="{loss.name}".')
        found = self._read(X)
        raw = self._raw(found)
        y = deliver(self._label_scaling.undo(loss.point(raw, **options)), found, several=self._several)
        if not return_std:
            return y
        spread = loss.forecast(raw, **options)[..., 1] * self._label_scaling.spread
        return y, deliver(spread, found, several=self._several)

    def predict_quantiles(self, X: Any) -> Any:
        """Predict the quantiles of ``loss_options``, side by side in a last axis. For loss="pinball"."""
        loss, options = self._learned()
        if loss.name != "pinball":
            raise ValueError(f'predict_quantiles needs loss="pinball"; this fit has loss="{loss.name}".')
        found = self._read(X)
        quantiles = loss.forecast(self._raw(found), **options)  # (…, K, Q)
        restored = self._label_scaling.undo(np.moveaxis(quantiles, -1, 0))
        return deliver(restored, found, several=self._several, ahead=1)

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of `predict(X)`; with head="steps", over all steps of all sequences."""
        check_is_fitted(self, "network_")
        if self.network_.architecture.head == "last":
            return float(super().score(X, y, sample_weight))
        if sample_weight is not None:
            raise ValueError('score takes sample_weight with head="last" only.')
        flat = [np.concatenate([np.ravel(part) for part in side]) for side in (y, self.predict(X))]
        return float(r2_score(*flat))

    def _loss_row(self) -> tuple[Loss, dict[str, Any]]:
        check_name("loss", self.loss, REGRESSION_LOSSES)
        row = LOSSES[self.loss]
        return row, row.with_options(self._given("loss_options"))

    def _learned(self) -> tuple[Loss, dict[str, Any]]:
        """Return the loss that the network was trained by, with its options."""
        check_is_fitted(self, "network_")
        name, options = self._learned_loss
        return LOSSES[name], options

    def _head(self) -> str:
        return self.head

    def __sklearn_tags__(self) -> Tags:
        """Say what X and y may be."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
