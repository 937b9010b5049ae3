"""LSTMClassifier. How it is trained is in base.py, how classes are weighted in weights.py."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from gatewise.learn.losses import LOSSES, Loss
from gatewise.sklearn.base import LSTMEstimator
from gatewise.sklearn.options import check_layout
from gatewise.sklearn.sequences import read_sequences
from gatewise.sklearn.weights import check_class_weight, sample_weights, with_class_weight
from gatewise.support.given import brief


class LSTMClassifier(ClassifierMixin, LSTMEstimator):
    """An LSTM with a linear head and softmax, as a scikit-learn classifier of whole sequences.

    X is (n, time) or (n, time, features), or a list of arrays, (time_i,) or (time_i, features) each; y is
    (n,), the classes. The loss is cross-entropy.

    Parameters
    ----------
    hidden_size : int
        H, the units of a layer, and of each direction.
    layers, bidirectional
        Layers stacked; whether each reads the sequence in both directions, as a whole recording allows.
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
        Whether features are brought to mean 0 and standard deviation 1, as measured in `fit`.
    class_weight : dict, "balanced" or None
        How often each class counts, by name: a class that is not named counts once. "balanced" makes all
        classes count alike: n / (classes · the sequences of a class). Multiplied with `sample_weight`.
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

    Attributes
    ----------
    classes_ : array
        The classes, sorted, as in the columns of `predict_proba`.
    network_, loss_curve_, validation_curve_, n_iter_, n_features_in_
        As of `LSTMRegressor`.
    """

    def __init__(
        self,
        hidden_size: int = 32,
        *,
        class_weight: dict[Any, float] | str | None = None,
        layers: int = 1,
        bidirectional: bool = True,
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
        self.class_weight = class_weight
        self.layout = layout

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the start, or with `warm_start` from where the last `fit` ended.

        `sample_weight` (n,) says how often each sequence counts: 2 is as if it were there twice.

        Raises
        ------
        ValueError
            If X, y or a parameter cannot be used, y has one class only, or at a warm start other classes.
        """
        with self._as_before_unless_done():
            return self._fit(X, y, None, sample_weight, begin=not self._goes_on(), once=False)

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch more. The first call needs all `classes` that will ever come."""
        begin = not hasattr(self, "network_")
        if begin and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        with self._as_before_unless_done():
            return self._fit(X, y, classes, sample_weight, begin=begin, once=True)

    def _fit(
        self, X: Any, y: Any, classes: Any, sample_weight: ArrayLike | None, *, begin: bool, once: bool
    ) -> Self:
        self._check_parameters()
        check_layout(self.layout)
        check_class_weight(self.class_weight, once=once)
        if y is None:
            raise ValueError("LSTMClassifier requires y to be passed, but the target y is None.")
        found = read_sequences(self, X, reset=begin)
        _refuse_missing("y", y)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=self)
        check_consistent_length(found.x, y)
        weight = sample_weights(sample_weight, found.x)
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
        if not begin and not once and len(missing := np.setdiff1d(self.classes_, counted)):
            raise ValueError(
                f"y has no sequence of class {missing[0]!r}, which the fit before had; with warm_start=True "
                "the classes must be the same."
            )
        codes = np.searchsorted(self.classes_, np.where(np.isin(y, self.classes_), y, self.classes_[0]))
        weight = with_class_weight(self.class_weight, self.classes_, codes, weight)
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
