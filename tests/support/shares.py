"""Which cases of a large family of tests run every time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest


def leave_out(items: Iterable[pytest.Item]) -> None:
    """Mark as slow all but one in n of the cases of each test that is marked `share(n)`.

    Of the argument with the most values each is left with another choice of the others, in turn: as long as n is at
    most the number of those choices, every value of every argument is still tried.
    """
    families = defaultdict(list)
    for item in items:
        if item.get_closest_marker("share") and not item.get_closest_marker("slow"):
            families[item.nodeid.partition("[")[0]].append(item)
    for family in families.values():
        n = family[0].get_closest_marker("share").args[0]
        # What is given together, as in parametrize(("T", "D"), ...), is one argument.
        arguments = {
            _ranks(id(item.callspec.params[name]) for item in family) for name in family[0].callspec.params
        }
        most, *rest = sorted(arguments, key=lambda ranks: (-max(ranks), ranks))
        choices = _ranks(zip(*rest, strict=True)) if rest else [0] * len(family)
        for item, value, choice in zip(family, most, choices, strict=True):
            if (value + choice) % n:
                item.add_marker(pytest.mark.slow)


def _ranks(values: Iterable[object]) -> tuple[int, ...]:
    """Number the values in the order in which they first appear."""
    numbers: dict[object, int] = {}
    return tuple(numbers.setdefault(value, len(numbers)) for value in values)
