"""Options of a row of a table, a loss, an optimizer, a schedule: given ones put over the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.errors import ArgumentError


def with_options(whose: str, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options; `whose` is what the message calls their owner, such as "loss huber".

    Raises
    ------
    ArgumentError
        If one is unknown.
    """
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        known = ", ".join(defaults) or "none"
        raise ArgumentError(f"{whose} has no option {', '.join(unknown)}. Its options: {known}.")
    return {**defaults, **given}
