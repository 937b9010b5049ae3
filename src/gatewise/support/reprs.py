"""The repr of what gatewise returns: what it is and its sizes, in a line. `print` may show more."""

from __future__ import annotations

from typing import Any

import numpy as np

LONGEST = 190
_LONGEST_VALUE = 60


def short_repr(instance: object, *plain: str, **named: Any) -> str:
    """Return Kind(plain, name=value, …): of arrays that are not tiny the shape, and never a long line."""
    parts = [*plain, *(f"{name}={_short(value)}" for name, value in named.items())]
    inside = ", ".join(parts)
    kind = type(instance).__name__
    most = LONGEST - len(kind) - 2
    return f"{kind}({inside if len(inside) <= most else inside[: most - 1] + '…'})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        text = np.array2string(value, separator=", ") if value.size <= 8 else ""
        return text if text and "\n" not in text and len(text) <= _LONGEST_VALUE else f"array {value.shape}"
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
