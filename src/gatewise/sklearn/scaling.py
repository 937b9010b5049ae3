"""Mean and standard deviation of features or targets, weighted, with what is missing left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.support.arrays import FloatArray


@dataclass(frozen=True)
class Scaling:
    """(values - mean) / spread, along the last axis; spread is 1 where a feature is constant."""

    mean: FloatArray
    spread: FloatArray

    @classmethod
    def none(cls, features: int) -> Scaling:
        """Leave values as they are."""
        return cls(np.zeros(features), np.ones(features))

    @classmethod
    def of(cls, values: FloatArray, weight: FloatArray) -> Scaling:
        """Measure values (…, K); `weight` (…) says how often each counts. NaN is left out."""
        flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
        counts = np.where(np.isnan(flat), 0.0, weight.reshape(-1, 1))
        flat = np.where(counts > 0, flat, 0.0)
        total = np.maximum(counts.sum(axis=0), np.finfo(np.float64).tiny)
        mean = (counts * flat).sum(axis=0) / total
        spread = np.sqrt((counts * (flat - mean) ** 2).sum(axis=0) / total)
        # What is left of a constant after rounding is not a spread.
        constant = spread <= 1e-12 * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, spread))

    def apply(self, values: FloatArray) -> FloatArray:
        """Scale, in the dtype of `values`."""
        mean, spread = (part.astype(values.dtype) for part in (self.mean, self.spread))
        result: FloatArray = (values - mean) / spread
        return result

    def undo(self, values: FloatArray) -> FloatArray:
        """Bring scaled float64 values back into their own units."""
        result: FloatArray = values * self.spread + self.mean
        return result
