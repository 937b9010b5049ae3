"""The options that name the cutoffs of rolling forecasts, for `predict` and `evaluate` alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from gatewise.errors import ArgumentError, GatewiseError

FROM = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="With --rolling: the first cutoff, the last row that a forecast knows (a row, from 0).",
        show_default=False,
    ),
]
TO = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="TIME",
        help="With --rolling: the last cutoff; a day is meant whole.",
        show_default=False,
    ),
]
EVERY = Annotated[
    int | None,
    typer.Option(
        "--every", help="With --rolling: rows from one cutoff to the next [1].", show_default=False, min=1
    ),
]


def check_rolling(rolling: bool, start: str | None, end: str | None, every: int | None) -> None:
    """Refuse a range where nothing is rolling.

    Raises
    ------
    ArgumentError
    """
    for flag, value in (("--from", start), ("--to", end), ("--every", every)):
        if value is not None and not rolling:
            raise ArgumentError(f"{flag} {value} is for rolling forecasts; add --rolling.")


@contextmanager
def ranges_by_flags() -> Iterator[None]:
    """Name the ends of a range as they are typed in what refuses it; its messages begin with one of them."""
    try:
        yield
    except GatewiseError as error:
        if not re.match(r"(start|end)(=| is )", str(error)):
            raise
        raise GatewiseError(_by_flags(str(error))) from None


def _by_flags(message: str) -> str:
    """Put --from and --to for start and end where a message names an end of the range."""
    flags = {"start": "--from", "end": "--to"}
    return re.sub(r"(^|(?<= and )|(?<= is after ))(start|end)(?==| is )", lambda m: flags[m[2]], message)
