"""`Metric`: one row of the table of metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.support.reprs import short_repr
from gatewise.train.metrics.sums import ErrorSums


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """A metric: what it is, which way is better, and how it is found.

    Attributes
    ----------
    name : str
        Its key in results.json.
    title : str
        What it is called in a sentence.
    unit : str
        "target": that of the target; "percent"; "scaled": errors of a naive forecast; "share": from 0 to 1;
        "score": 1 at best; "nats".
    better : str
        "smaller", "larger", or "level": neither is, for it is compared with 0 or with what was asked for.
    of : str
        "value", "class" or "quantile": what kind of prediction it measures.
    source : str
        Where its formula stands.
    each : function, optional
        (sums, scale (S,)) → (S,): its value for each series, NaN where there is none.
    over : str
        How series are brought together: "pooled" as if all were one, or the "mean" or "median" over series.
    missing : function, optional
        (sums of all series) → why there is no value.
    """

    name: str
    title: str
    unit: str
    better: str
    of: str
    source: str
    each: Callable[[ErrorSums, FloatArray], FloatArray] | None = None
    over: str = "pooled"
    missing: Callable[[ErrorSums], str] | None = None

    @property
    def chooses(self) -> bool:
        """Whether it can say which of two predictions is better, and so be `--metric`."""
        return self.better != "level"

    def together(self, sums: ErrorSums, scale: FloatArray) -> float:
        """Return the one value of all series, NaN where there is none."""
        assert self.each is not None
        if self.over == "pooled":
            return float(self.each(sums.pooled(), np.full(1, np.nan))[0])
        found = self.each(sums, scale)
        found = found[~np.isnan(found)]
        if not len(found):
            return float("nan")
        return float(found.mean() if self.over == "mean" else np.median(found))

    def __repr__(self) -> str:
        return short_repr(self, self.name, of=self.of, better=self.better)
