"""What a check of derivatives found: one row for each derivative that was compared, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gatewise.support.reprs import short_repr


class Comparison(NamedTuple):
    """One derivative: by the backward pass (`analytic`) and measured (`numeric`).

    `name` is an input and `at` the place of the entry in it, or "direction" and its number. `error` is
    |analytic - numeric|: for a direction relative to the sum of the magnitudes of the terms that add up to
    the derivative, for an entry to the largest in that input's gradient (by central differences: in any);
    but in either case at least to the size those terms had before they cancelled (`terms_of` in measure.py).
    """

    name: str
    at: tuple[int, ...]
    analytic: Any
    numeric: Any
    error: float


@dataclass(frozen=True)
class DerivativeReport:
    """What `check` found; printing it says so in words."""

    engine: str
    method: str
    tolerance: float
    comparisons: tuple[Comparison, ...]
    size: int  # how many entries the inputs have together

    @property
    def worst(self) -> Comparison:
        """The comparison with the largest error; NaN counts as larger than any number."""
        return self.comparisons[int(np.argmax([one.error for one in self.comparisons]))]

    @property
    def max_error(self) -> float:
        """The largest relative error; `Comparison` says relative to what."""
        return self.worst.error

    @property
    def ok(self) -> bool:
        """Whether every error is within the tolerance."""
        return self.max_error <= self.tolerance

    def __str__(self) -> str:
        name, at, analytic, numeric, _ = self.worst
        directions = sum(one.name == "direction" for one in self.comparisons)
        return (
            f"The gradients {'agree' if self.ok else 'DO NOT AGREE'} with {self.method}: largest relative "
            f"error {self.max_error:.1e}, allowed {self.tolerance:.1e} (engine: {self.engine}).\n"
            f"Worst: {name}[{', '.join(map(str, at))}], backward {analytic:.10g}, measured {numeric:.10g}.\n"
            f"Checked: {directions} directions through all inputs at once, "
            f"{len(self.comparisons) - directions} of {self.size} entries one by one."
        )

    def __repr__(self) -> str:
        """Give the verdict in a line; `str` says it in words."""
        verdict = "ok" if self.ok else "NOT ok"
        error = f"max_error={self.max_error:.1e}"
        return short_repr(
            self, verdict, error, self.method, engine=self.engine, compared=len(self.comparisons)
        )
