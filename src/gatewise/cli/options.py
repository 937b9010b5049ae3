"""What the commands' options have in common: how they are declared, and those for text on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from gatewise.cells import CELLS
from gatewise.errors import ArgumentError
from gatewise.teach.worksheet.render.text import NARROWEST, terminal_options

COLOURS = {"auto": None, "always": True, "never": False}  # None leaves it to terminal_options


def option(names: str, help: str, value: str | Iterable[str] | None = None) -> Any:
    """Make an option; `value` is what stands for its value in the help, or the values it may have."""
    if value is None or isinstance(value, str):
        return typer.Option(*names.split(), help=help, metavar=value, show_default=False)
    offered = [str(one) for one in value]
    return typer.Option(
        *names.split(), help=help, metavar="|".join(offered), show_default=False,
        autocompletion=completing(offered),
    )  # fmt: skip


def completing(offered: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what gives the shell those of the values `offered` that begin with what was typed."""
    values = list(offered)
    return lambda incomplete: [value for value in values if value.startswith(incomplete)]


def cell_option(help: str) -> Any:
    """Make the option --cell; `help` says whose cell it is."""
    return typer.Option(
        "--cell", help=help, metavar="NAME|FILE.toml", show_default=False, autocompletion=completing(CELLS)
    )


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def number_or_name(text: str | None) -> int | str | None:
    """Read a number, from 0, or what else stands there as a name."""
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else text


def chosen_format(flag: str, asked: str | None, output: Path | None, suffixes: Mapping[str, str]) -> str:
    """Return the format asked for with `flag`, else that of the output's suffix, else text.

    `suffixes` has the name of a format by suffix; several may name the same.
    """
    offered = ", ".join(dict.fromkeys(suffixes.values()))
    if asked is not None and asked not in suffixes.values():
        raise ArgumentError(f"{flag} {asked} is not offered. Choose from: {offered}.")
    if asked is None and output is not None:
        asked = suffixes.get(output.suffix.lower())
        if asked is None:
            raise ArgumentError(
                f"{output} does not say the format by its suffix. Add {flag} with one of: {offered}."
            )
    return asked or "text"


def appearance(
    format: str, output: Path | None, ascii: bool, width: int | None, colour: str | None
) -> dict[str, Any]:
    """Return the options of the text renderer; for another format there are none."""
    if format != "text":
        if ascii or width is not None or colour is not None:
            raise ArgumentError(f"--ascii, --width and --colour are for text; this is {format}.")
        return {}
    if width is not None and width < NARROWEST:
        raise ArgumentError(f"--width is {width}; it needs at least {NARROWEST} columns.")
    if colour is not None and colour not in COLOURS:
        raise ArgumentError(f"--colour {colour} is not offered. Choose from: {', '.join(COLOURS)}.")
    asked = {"width": width, "unicode": False if ascii else None, "colour": COLOURS[colour or "auto"]}
    return (terminal_options(sys.stdout) if output is None else {}) | given(asked)
