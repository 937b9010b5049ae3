"""The options of the estimators, with their defaults, and what each may be. What is trained: training.py."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from gatewise.cells import cell_named
from gatewise.learn.optimizers import OPTIMIZERS
from gatewise.learn.schedules import SCHEDULES
from gatewise.sklearn.sequences import LAYOUTS
from gatewise.support.arrays import as_real, is_count
from gatewise.support.given import brief
from gatewise.support.options import as_mapping, is_whole, named_in

_SHARES = ("dropout", "input_dropout", "recurrent_dropout", "output_dropout")
_COUNTS = ("hidden_size", "layers", "batch_size", "epochs", "patience")
_FLAGS = ("bidirectional", "warm_start", "scale")
ENOUGH = 1000  # sequences, of which a tenth can say when to stop: early_stopping="auto"


class LSTMOptions(BaseEstimator):
    """The options that all estimators have; each says what they mean, and its defaults."""

    def __init__(
        self,
        hidden_size: int,
        *,
        layers: int,
        bidirectional: bool,
        dropout: float,
        input_dropout: float,
        recurrent_dropout: float,
        output_dropout: float,
        forget_bias: float | str | None,
        cell: Any,
        projection: int | None,
        optimizer: str,
        learning_rate: float,
        schedule: str,
        schedule_options: dict[str, Any] | None,
        batch_size: int,
        epochs: int,
        clip_norm: float,
        early_stopping: bool | str,
        validation_fraction: float,
        patience: int,
        warm_start: bool,
        scale: bool,
        dtype: str | None,
        threads: int | None,
        random_state: Any,
        verbose: bool,
    ) -> None:
        self.hidden_size = hidden_size
        self.layers = layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.recurrent_dropout = recurrent_dropout
        self.output_dropout = output_dropout
        self.forget_bias = forget_bias
        self.cell = cell
        self.projection = projection
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.schedule_options = schedule_options
        self.batch_size = batch_size
        self.epochs = epochs
        self.clip_norm = clip_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.scale = scale
        self.dtype = dtype
        self.threads = threads
        self.random_state = random_state
        self.verbose = verbose

    def _check_parameters(self) -> None:
        """Refuse an option that is out of its range, by name."""
        for name in _COUNTS:
            check_count(name, getattr(self, name))
        for name in _SHARES:
            if not 0 <= as_real(getattr(self, name)) < 1:
                raise ValueError(f"{name}={brief(getattr(self, name))}; it must be at least 0 and below 1.")
        for name in _FLAGS:
            check_flag(name, getattr(self, name))
        cell_named(self.cell)  # raises, with the names that there are
        if self.projection is not None and not is_count(self.projection):
            raise ValueError(
                f"projection={brief(self.projection)}; it must be a whole number of at least 1, or None."
            )
        check_name("optimizer", self.optimizer, OPTIMIZERS)
        check_name("schedule", self.schedule, SCHEDULES)
        SCHEDULES[self.schedule].with_options(self._given("schedule_options"))
        if not 0 < as_real(self.learning_rate) < math.inf:
            raise ValueError(f"learning_rate={brief(self.learning_rate)}; it must be a number above 0.")
        if not as_real(self.clip_norm) >= 0:
            raise ValueError(
                f"clip_norm={brief(self.clip_norm)}; it must be a number of at least 0, which is no limit."
            )
        if not isinstance(self.verbose, (bool, np.bool_)) and not is_whole(self.verbose):
            raise ValueError(f"verbose={brief(self.verbose)}; it must be True, False or a whole number.")
        automatic = named_in(self.early_stopping, ("auto",))
        if not automatic and not isinstance(self.early_stopping, (bool, np.bool_)):
            raise ValueError(
                f"early_stopping={brief(self.early_stopping)}; it must be True, False or 'auto'."
            )
        if self.early_stopping and not 0 < as_real(self.validation_fraction) < 1:
            raise ValueError(
                f"validation_fraction={brief(self.validation_fraction)}; it must lie between 0 and 1."
            )
        if self.dtype is not None and not named_in(self.dtype, ("float32", "float64")):
            raise ValueError(f"dtype={brief(self.dtype)}; it must be 'float32', 'float64' or None.")

    def _stops_early(self, sequences: int) -> bool:
        """Say whether some of so many sequences are held back."""
        return sequences >= ENOUGH if self.early_stopping == "auto" else bool(self.early_stopping)

    def _given(self, name: str) -> Mapping[str, Any]:
        """Return a dict of options, or an empty one for None."""
        options = getattr(self, name)
        if options is not None and not isinstance(options, Mapping):
            raise ValueError(f"{name}={brief(options)}; it must be a dict of options, or None.")
        return {} if options is None else as_mapping(name, options)


def check_count(name: str, value: Any) -> None:
    """Refuse what is no whole number of at least 1."""
    if not is_count(value):
        raise ValueError(f"{name}={brief(value)}; it must be a whole number of at least 1.")


def check_flag(name: str, value: Any) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}={brief(value)}; it must be True or False.")  # noqa: TRY004  # as the others


def check_name(name: str, value: Any, known: Any) -> None:
    """Refuse what is not one of the names known."""
    if not named_in(value, known):
        raise ValueError(f"{name}={brief(value)} is not known. Known: {', '.join(known)}.")


def check_layout(layout: Any) -> None:
    """Refuse what says nothing about the columns of a table."""
    if not named_in(layout, LAYOUTS) and not is_count(layout):
        raise ValueError(
            f"layout={brief(layout)}; it must be {', '.join(map(repr, LAYOUTS))} or a number of features."
        )
