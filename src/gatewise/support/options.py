"""Single values that a caller gives, read or refused: one of a few names, a whole number, a seed, options.

Arrays and real numbers are read in arrays.py. A value may be of any type, and its own methods may raise or
lie, so its type is looked at before it is compared with anything.

A message that names an option asks `spelled` for it, which is gate_order='haste' in Python and
--gate-order haste where a command has said, with `as_flags`, what its user types.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.arrays import as_real
from gatewise.support.given import brief

_FLAGS: ContextVar[Mapping[str, str] | None] = ContextVar("flags", default=None)
_PLAIN = re.compile(r"[\w.,/+-]+")  # what a shell takes as it is
MOST_ENTRIES = 1_000_000  # of a row of single values, such as names


def named_in(value: object, offered: Iterable[str]) -> bool:
    """Say whether `value` is a text and one of those offered."""
    return isinstance(value, str) and str.__str__(value) in tuple(offered)


def as_choice(name: str, value: object, offered: Iterable[str], said: str = "offered") -> str:
    """Read one of a few names.

    Raises
    ------
    ArgumentError
        With the names that there are.
    """
    names = tuple(offered)
    if not isinstance(value, str) or (plain := str.__str__(value)) not in names:
        raise ArgumentError(f"{name}={brief(value)} is not {said}. Choose from: {', '.join(names)}.")
    return plain


def is_whole(value: object) -> bool:
    """Say whether `value` is a whole number, Python's or NumPy's; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def as_whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Read a whole number of at least `least` and, where one is given, of at most `most`.

    Raises
    ------
    ArgumentError
    """
    if not is_whole(value) or not least <= int(value) <= (int(value) if most is None else most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ArgumentError(f"{name}={brief(value)}; it must be a whole number {bounds}.")
    return int(value)


def as_flag(name: str, value: object) -> bool:
    """Read True or False, NumPy's too; refuse anything else, numbers among it.

    Raises
    ------
    ArgumentError
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"{name} is {brief(value)}; it must be True or False.")
    return bool(value)


def entries(value: object) -> list[Any] | None:
    """Return what a list, or another row of values, holds; None of what is none, or has no end in sight."""
    try:
        is_row = isinstance(value, Iterable) and not isinstance(value, (str, bytes))
        read = list(islice(value, MOST_ENTRIES + 1)) if is_row else None  # type: ignore[call-overload]
        return None if read is None or len(read) > MOST_ENTRIES else read
    except Exception:  # noqa: BLE001  # its own methods may raise anything
        return None


def as_generator(seed: Any) -> np.random.Generator:
    """Return the generator that was given, or a new one of a seed.

    Raises
    ------
    ArgumentError
        If `seed` is neither.
    """
    sources = (np.random.Generator, np.random.BitGenerator, np.random.SeedSequence)
    parts = seed if type(seed) in (list, tuple) else [seed]  # of a list within a list NumPy goes on and on
    if isinstance(seed, sources) or all(is_whole(part) and int(part) >= 0 for part in parts):
        return np.random.default_rng(seed)
    raise ArgumentError(
        f"seed={brief(seed)}; it must be a whole number of at least 0, or a numpy.random.Generator."
    )


def as_mapping(name: str, value: Any) -> dict[str, Any]:
    """Read a mapping whose keys are texts.

    Raises
    ------
    ArgumentError
    """
    try:
        read = dict(value.items()) if isinstance(value, Mapping) else None
    except Exception:  # noqa: BLE001  # an object's own methods may raise anything
        read = None
    if read is None:
        raise ArgumentError(f"{name} is {brief(value)}; it must be a dict, or another mapping, by name.")
    odd = [key for key in read if not isinstance(key, str)]
    if odd:
        raise ArgumentError(f"{name} has the key {brief(odd[0])}; its keys must be texts.")
    return read


def with_options(whose: str, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options; `whose` is what the message calls their owner, such as "loss huber".

    Raises
    ------
    ArgumentError
        If one is unknown, or is no number where the default is one.
    """
    given = as_mapping(f"options of {whose}", given)
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        known = ", ".join(defaults) or "none"
        raise ArgumentError(f"{whose} has no option {', '.join(unknown)}. Its options: {known}.")
    for name, value in given.items():
        number = isinstance(defaults[name], (int, float)) and not isinstance(defaults[name], bool)
        if number and not math.isfinite(as_real(value)):
            raise ArgumentError(f"{name}={brief(value)}; it must be a finite number.")
    return {**defaults, **given}


# As the reader writes them --------------------------------------------------------------------------------


@contextmanager
def as_flags(flags: Mapping[str, str]) -> Iterator[None]:
    """Let messages spell options as flags.

    Parameters
    ----------
    flags : dict
        The flag of each option: {"gate_order": "--gate-order"}. One that has its value in it already, as
        "--layer NAME", is said as it is.
    """
    before = _FLAGS.set(flags)
    try:
        yield
    finally:
        _FLAGS.reset(before)


def spelled(name: str, *value: Any) -> str:
    """Return an option, with a value or without one, as its reader has to write it.

    Parameters
    ----------
    name : str
        As Python has it; what no flag is known for is spelled so.
    *value
        One at most; several names are a tuple.
    """
    flag = (_FLAGS.get() or {}).get(name)
    if flag is None:
        return f"{name}={brief(value[0])}" if value else f"{name}="
    if not value or " " in flag or value[0] is True:
        return flag
    return f"{flag} {_typed(value[0])}"


def _typed(value: Any) -> str:
    """Return a value as it is typed in a shell."""
    if isinstance(value, tuple | list):
        value = ",".join(map(str, value))
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and len(value) < 100 else brief(value)
    return brief(value)


def as_spelled_choice(name: str, value: object, offered: Iterable[str]) -> str:
    """Read one of a few names that a user gave as an option.

    Raises
    ------
    ArgumentError
        With the option as it was written, and the names that there are.
    """
    names = tuple(offered)
    if not named_in(value, names):
        raise ArgumentError(f"{spelled(name, value)} is not offered. Choose from: {', '.join(names)}.")
    return str(value)
