"""One loss as a row, and what all losses have in common: labels that are missing, weights, the mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.errors import ArgumentError, ShapeError
from gatewise.support.arrays import FloatArray, as_array, as_numbers, own_dtype
from gatewise.support.options import with_options
from gatewise.support.reprs import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss:
    """A loss with everything that is needed around it. Calling it gives the loss and Δ.

    Attributes
    ----------
    name : str
    title : str
        What it is, in a few words.
    terms : function
        (y, label, **options) → what each label costs, and the derivative of that with respect to y. y is like
        label where there is one output for each label, else it has a further axis of Q outputs.
    outputs : function
        (**options) → Q, how many numbers the network returns for each label.
    says : function
        (y (…, Q), **options) → what the Q outputs of a label say, in the order of `columns`: (…, Q).
    best : function
        (what they say (…, Q), **options) → one number for each label: the mean, the median, the class.
    columns : function
        (**options) → Q names.
    options : dict
        The options and their defaults.
    mean : bool
        Whether the loss is the weighted mean over the labels that are present, not the sum.
    labels : "real", "count" or "class"
        What labels it takes: any number, whole numbers from 0 on, the number of a class.
    """

    name: str
    title: str
    terms: Callable[..., tuple[FloatArray, FloatArray]]
    outputs: Callable[..., int]
    says: Callable[..., FloatArray]
    best: Callable[..., FloatArray]
    columns: Callable[..., list[str]]
    options: Mapping[str, Any] = field(default_factory=dict)
    mean: bool = True
    labels: str = "real"

    def __call__(
        self,
        y: ArrayLike,
        label: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        lengths: ArrayLike | None = None,
        **options: Any,
    ) -> tuple[Any, FloatArray]:
        """Compute the loss and Δ, its gradient with respect to y.

        Parameters
        ----------
        y : array (…, P), or (…, P·Q) where the loss takes Q outputs for each label
            The Q outputs of one label lie side by side.
        label : array (…, P)
            NaN where there is no label: nothing is added to the loss there, and Δ is 0.
        weight : array, optional
            How often each label counts, at least 0: of label's shape, or of the first of its axes, such as
            (N,). Weight 2 is as if the label were there twice, 0 as if it were missing.
        lengths : int array (N,), optional
            Where label is (N, T, P): the number of steps of each sequence whose labels count.
        options
            Those of the loss.

        Returns
        -------
        loss : scalar of y's dtype
            The sum of what the labels cost, times their weights; divided by the sum of the weights if `mean`.
            Without any label 0.
        delta : array like y

        Raises
        ------
        ShapeError, DtypeError
            If y, label and weight do not fit together.
        ArgumentError
            If an option is unknown, or a label or weight is not of the kind it must be.
        """
        y = as_array("y", y, own_dtype("y", y) or np.float64)
        chosen = self.with_options(options) if options else self.options
        label = _read_label(y, label)
        outputs = self._apart(y, label, chosen)
        counts = _counts(label, weight, lengths)
        with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
            if counts is None:  # each label once
                costs, slopes = self.terms(outputs, label, **chosen)
                once = 1 / (max(label.size, 1) if self.mean else 1)
                return np.add.reduce(costs * once, axis=None), (slopes * once).reshape(y.shape)
            present = counts > 0
            costs, slopes = self.terms(outputs, np.where(present, label, 0), **chosen)
            scale = counts / (counts.sum() or 1) if self.mean else counts
            loss = np.where(present, costs * scale, 0).sum()  # 0 also where it would meet NaN or infinity
            if slopes.ndim > label.ndim:
                present, scale = present[..., np.newaxis], scale[..., np.newaxis]
            return loss, np.where(present, slopes * scale, 0).reshape(y.shape)

    def forecast(self, y: ArrayLike, **options: Any) -> FloatArray:
        """Return what the network's outputs y (…, P·Q) say: (…, P, Q), the last axis named by `columns`."""
        chosen = self.with_options(options)
        y, Q = as_array("y", y, own_dtype("y", y) or np.float64), self.outputs(**chosen)
        if y.ndim == 0 or y.shape[-1] % Q or 0 in y.shape:
            raise ShapeError(f"y is {y.shape}; its last axis must have {Q} outputs for each label.")
        with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
            return self.says(y.reshape(*y.shape[:-1], -1, Q), **chosen)

    def point(self, y: ArrayLike, **options: Any) -> FloatArray:
        """Return one number for each label, from the network's outputs y (…, P·Q): (…, P)."""
        return self.best(self.forecast(y, **options), **self.with_options(options))

    def with_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return all options, the defaults where they were not given; an unknown one is refused."""
        return with_options(f"loss {self.name}", self.options, options)

    def _apart(self, y: FloatArray, label: FloatArray, options: Mapping[str, Any]) -> FloatArray:
        """Return y like label, or with a further axis for the outputs of each label."""
        Q = self.outputs(**options)
        if Q == 1:
            if label.shape != y.shape:
                raise ShapeError(f"label is {label.shape}; it must be {y.shape}, like y.")
            return y
        whole = 0 not in (y.ndim, label.ndim) and y.shape[:-1] == label.shape[:-1]
        if not whole or y.shape[-1] != Q * label.shape[-1]:
            needed = (*label.shape[:-1], Q * label.shape[-1]) if label.ndim else (Q,)
            raise ShapeError(
                f"y is {y.shape} and label is {label.shape}; {self.name} takes {Q} outputs for each label, "
                f"so y must be {needed}."
            )
        return y.reshape(*label.shape, Q)

    def __repr__(self) -> str:
        return short_repr(self, f"{self.name}: {self.title}", **self.options)


def _read_label(y: FloatArray, label: ArrayLike) -> FloatArray:
    """Read labels: in y's dtype, real where y is complex unless they are complex, too."""
    own = own_dtype("label", label)
    wanted = y.dtype if own is not None and own.kind == "c" else y.real.dtype
    return as_array("label", label, wanted)


def _counts(label: FloatArray, weight: ArrayLike | None, lengths: ArrayLike | None) -> FloatArray | None:
    """How much each label counts, 0 where it is missing; None if all are there and count once."""
    missing = np.isnan(label)
    if weight is None and lengths is None and not missing.any():
        return None
    counts: FloatArray = (~missing).astype(label.real.dtype)
    if weight is not None:
        counts = counts * _read_weight(label, weight)
    if lengths is not None:
        ends = as_numbers("lengths", lengths)
        if label.ndim < 2 or ends.shape != label.shape[: label.ndim - 2]:
            raise ShapeError(
                f"lengths is {ends.shape}; with label {label.shape}, read as (N, T, P), it must be (N,)."
            )
        inside = np.arange(label.shape[-2]) < ends[..., np.newaxis]
        counts = counts * inside[..., np.newaxis]
    return counts


def _read_weight(label: FloatArray, weight: ArrayLike) -> FloatArray:
    """Read weights and give them as many axes as label has."""
    given = as_numbers("weight", weight)
    if given.shape != label.shape[: given.ndim]:
        raise ShapeError(f"weight is {given.shape}; it must be {label.shape}, like label, or its first axes.")
    if given.dtype.kind == "c" or not (np.isfinite(given).all() and (given >= 0).all()):
        raise ArgumentError("weight holds numbers below 0, infinite or NaN; each must be at least 0.")
    return given.astype(label.real.dtype).reshape(given.shape + (1,) * (label.ndim - given.ndim))
