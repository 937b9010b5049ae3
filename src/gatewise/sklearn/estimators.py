"""LSTMRegressor and LSTMClassifier. Shared parts are in base.py; sequences.py and targets.py read X and y."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from gatewise.learn.losses import LOSSES, Loss
from gatewise.sklearn.base import LSTMEstimator
from gatewise.sklearn.sequences import read_sequences
from gatewise.sklearn.targets import deliver, read_targets
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
        H, the units of a layer.
    layers, bidirectional
        Layers stacked; whether each runs in both directions.
    forget_bias : float, "auto" or None
        The b_f to start from. "auto": 1 where the cell has a forget gate that keeps the state.
    cell : str or Cell
        The cell of the layers, one of `gatewise.cells.CELLS` or one of your own. Others than the LSTM run on
        the reference engine where the compiled one does not have them, many times slower, with a warning.
    projection : int, optional
        Q, the outs of a layer, of a cell that projects them; None takes half of the units.
    dropout, input_dropout, recurrent_dropout : float
        Shares of the units that are set to zero in training: between layers, of the inputs, of the out_{t-1}
        that a layer reads; the same ones at every step.
    optimizer, learning_rate, batch_size, epochs, clip_norm
        Of the training. `epochs` is the most there are; a gradient longer than `clip_norm` is shortened.
    early_stopping : bool
        Whether to hold back `validation_fraction` of the sequences, stop when the loss on them has not fallen
        for `patience` epochs, and keep the best weights.
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
        super().__init__(
            hidden_size, layers=layers, bidirectional=bidirectional, dropout=dropout,
            input_dropout=input_dropout, recurrent_dropout=recurrent_dropout, forget_bias=forget_bias,
            cell=cell, projection=projection, optimizer=optimizer, learning_rate=learning_rate,
            batch_size=batch_size, epochs=epochs, clip_norm=clip_norm,
            early_stopping=early_stopping, validation_fraction=validation_fraction,
            patience=patience, scale=scale, layout=layout, dtype=dtype, threads=threads,
            random_state=random_state, verbose=verbose,
        )  # fmt: skip
        self.head = head
        self.loss = loss
        self.loss_options = loss_options

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the start.

        `sample_weight` (n,) says how often each sequence counts: 2 is as if it were there twice.

        Raises
        ------
        ValueError
            If X, y or a parameter cannot be used; the message says what is needed.
        """
        return self._fit(X, y, sample_weight, begin=True, once=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch more. The first call draws the network and measures the scaling."""
        return self._fit(X, y, sample_weight, begin=not hasattr(self, "network_"), once=True)

    def _fit(self, X: Any, y: Any, sample_weight: ArrayLike | None, *, begin: bool, once: bool) -> Self:
        self._check_parameters()
        if not named_in(self.head, ("last", "steps")):
            raise ValueError(f"head={brief(self.head)}; it must be 'last' or 'steps'.")
        if y is None:
            raise ValueError("LSTMRegressor requires y to be passed, but the target y is None.")
        found = read_sequences(self, X, reset=begin)
        labels, self._several = read_targets(self, y, found)
        check_consistent_length(found.x, labels)
        if not begin and labels.shape[-1] != self._label_scaling.mean.size:
            raise ValueError(
                f"y has {labels.shape[-1]} targets; the first call had {self._label_scaling.mean.size}."
            )
        self._train(found, labels, self._weights(sample_weight, found.x), begin=begin, once=once)
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict y, shaped as in `fit`: with head="steps" and sequences of their own lengths, a list.

        With loss="gaussian" and `return_std`, a pair: the means and their standard deviations.
        """
        if not isinstance(return_std, (bool, np.bool_)):
            raise ValueError(f"return_std={brief(return_std)}; it must be True or False.")  # noqa: TRY004  # as others
        if return_std and self.loss != "gaussian":
            raise ValueError(f'return_std=True needs loss="gaussian"; this estimator has loss="{self.loss}".')
        found = self._read(X)
        loss, options = self._loss_row()
        raw = self._raw(found)
        y = deliver(self._label_scaling.undo(loss.point(raw, **options)), found, several=self._several)
        if not return_std:
            return y
        spread = loss.forecast(raw, **options)[..., 1] * self._label_scaling.spread
        return y, deliver(spread, found, several=self._several)

    def predict_quantiles(self, X: Any) -> Any:
        """Predict the quantiles of ``loss_options``, side by side in a last axis. For loss="pinball"."""
        if self.loss != "pinball":
            raise ValueError(
                f'predict_quantiles needs loss="pinball"; this estimator has loss="{self.loss}".'
            )
        found = self._read(X)
        loss, options = self._loss_row()
        quantiles = loss.forecast(self._raw(found), **options)  # (…, K, Q)
        restored = self._label_scaling.undo(np.moveaxis(quantiles, -1, 0))
        return deliver(restored, found, several=self._several, ahead=1)

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of `predict(X)`; with head="steps", over all steps of all sequences."""
        if self.head == "last":
            return float(super().score(X, y, sample_weight))
        if sample_weight is not None:
            raise ValueError('score takes sample_weight with head="last" only.')
        flat = [np.concatenate([np.ravel(part) for part in side]) for side in (y, self.predict(X))]
        return float(r2_score(*flat))

    def _loss_row(self) -> tuple[Loss, dict[str, Any]]:
        if not named_in(self.loss, REGRESSION_LOSSES):
            raise ValueError(f"loss={brief(self.loss)} is not known. Known: {', '.join(REGRESSION_LOSSES)}.")
        row = LOSSES[self.loss]
        return row, row.with_options({} if self.loss_options is None else self.loss_options)

    def _head(self) -> str:
        return self.head

    def __sklearn_tags__(self) -> Tags:
        """Say what X and y may be."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class LSTMClassifier(ClassifierMixin, LSTMEstimator):
    """An LSTM with a linear head and softmax, as a scikit-learn classifier of whole sequences.

    X is (n, time) or (n, time, features), or a list of arrays, (time_i,) or (time_i, features) each; y is
    (n,), the classes. The parameters are those of `LSTMRegressor`, without head and loss: cross-entropy.

    Attributes
    ----------
    classes_ : array
        The classes, sorted, as in the columns of `predict_proba`.
    network_, loss_curve_, validation_curve_, n_iter_, n_features_in_
        As of `LSTMRegressor`.
    """

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the start.

        `sample_weight` (n,) says how often each sequence counts: 2 is as if it were there twice.

        Raises
        ------
        ValueError
            If X, y or a parameter cannot be used, or y has one class only.
        """
        return self._fit(X, y, None, sample_weight, begin=True, once=False)

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch more. The first call needs all `classes` that will ever come."""
        begin = not hasattr(self, "network_")
        if begin and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        return self._fit(X, y, classes, sample_weight, begin=begin, once=True)

    def _fit(
        self, X: Any, y: Any, classes: Any, sample_weight: ArrayLike | None, *, begin: bool, once: bool
    ) -> Self:
        self._check_parameters()
        if y is None:
            raise ValueError("LSTMClassifier requires y to be passed, but the target y is None.")
        found = read_sequences(self, X, reset=begin)
        _refuse_missing("y", y)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=self)
        check_consistent_length(found.x, y)
        weight = self._weights(sample_weight, found.x)
        counted = y if weight is None else y[weight > 0]
        if begin:
            _refuse_missing("classes", () if classes is None else classes)
            self.classes_ = np.unique(counted if classes is None else np.asarray(classes))
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class, {self.classes_[0]!r}; LSTMClassifier needs at least two classes."
            )
        unknown = np.setdiff1d(counted, self.classes_)
        if len(unknown):
            raise ValueError(f"y has the class {unknown[0]!r}, not one of classes={self.classes_}.")
        codes = np.searchsorted(self.classes_, np.where(np.isin(y, self.classes_), y, self.classes_[0]))
        self._train(found, codes[:, np.newaxis].astype(np.float64), weight, begin=begin, once=once)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each of `classes_` for each sequence, (n, classes)."""
        found = self._read(X)
        loss, options = self._loss_row()
        return np.asarray(loss.forecast(self._raw(found), **options)[:, 0], np.float64)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest class of each sequence, (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def _loss_row(self) -> tuple[Loss, dict[str, Any]]:
        return LOSSES["cross_entropy"], {"classes": len(self.classes_)}


def _refuse_missing(name: str, y: Any) -> None:
    """Refuse what stands for a missing class, and numbers among texts: NumPy would make texts of them."""
    if isinstance(y, np.ndarray) and y.dtype.kind in "biufU":
        return  # all numbers, or all texts
    try:
        values = np.asarray(y, dtype=object).ravel()
    except Exception:  # noqa: BLE001  # an object's own methods may raise anything
        raise ValueError(f"{name} is {brief(y)}; it must be an array.") from None
    texts = [isinstance(value, str) for value in values]
    for n, value in enumerate(values):
        missing = value is None or type(value).__name__ in ("NAType", "NaTType")
        if missing or (any(texts) and isinstance(value, float) and np.isnan(value)):
            raise ValueError(f"{name}[{n}] is {value}, which is no class; leave samples without one out.")
    if any(texts) and not all(texts):
        raise ValueError(f"{name} has numbers and texts; classes must be of one kind.")
