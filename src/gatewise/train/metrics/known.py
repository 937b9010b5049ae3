"""What stands for a metric that has no value: None, as null does in JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

Metrics = dict[str, float | None]


def finite(value: Any) -> float | None:
    """Return a metric, None if it is no finite number, as of a model whose weights are none."""
    return float(value) if np.isfinite(value) else None
