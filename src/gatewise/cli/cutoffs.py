"""The options that name the cutoffs of rolling forecasts, for `predict` and `evaluate` alike."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.errors import ArgumentError

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
