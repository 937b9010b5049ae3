"""Arguments that stand in each other's place, refused with the order that they must have.

Arrays look alike, so that only what has a type of its own is looked at: parameters, a trace, gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.given import described

_CALLED: Mapping[type, str] = {Real: "number", np.ndarray: "NumPy array", str: "text", dict: "dict"}
_PLACES = ("first", "second", "third", "fourth", "fifth")


def check_order(function: str, given: Mapping[str, Any], kinds: Mapping[str, type]) -> None:
    """Refuse what is not of its type, and say where the right one stands if it is among the arguments.

    Parameters
    ----------
    function : str
        What the message calls the function.
    given : dict
        Its first arguments in their order.
    kinds : dict
        The types of those that have one.

    Raises
    ------
    ArgumentError
        Of the first argument that is of another type.
    """
    for name, kind in kinds.items():
        if isinstance(given[name], kind):
            continue
        elsewhere = [other for other, one in given.items() if isinstance(one, kind) and other not in kinds]
        elsewhere += [other for other, one in given.items() if isinstance(one, kind) and other != name]
        called = _CALLED.get(kind, kind.__name__)
        raise ArgumentError(
            f"{function}({', '.join(given)}): {name} comes {_PLACES[list(given).index(name)]}, and "
            f"{described(given[name])} was given there. "
            + (
                f"The {called} stands where {elsewhere[0]} belongs: exchange them."
                if elsewhere
                else f"It must be {'an' if called[0] in 'AEIO' else 'a'} {called}."
            )
        )
