"""Formats that something can be written in: a table row each, and the two refusals that all of them share.

What is written and which formats there are is known to the callers: each has a table of `Format` by name. A
renderer's module, and with it a library that only one format needs, is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import Any

from gatewise.errors import ArgumentError
from gatewise.support.given import brief
from gatewise.support.options import as_flag, named_in


@dataclass(frozen=True)
class Format:
    """A format: the function that writes it, by its module's full name, and what its files are.

    `takes` names the attribute of what is rendered that the function takes, "" for the whole; `together` says
    that the function takes a list, all of which go into one file.
    """

    module: str
    function: str
    suffix: str
    media_type: str = ""
    takes: str = ""
    together: bool = False

    @property
    def renderer(self) -> Callable[..., Any]:
        """Import the function that writes this format."""
        renderer: Callable[..., Any] = getattr(import_module(self.module), self.function)
        return renderer


def find_format(formats: Mapping[str, Format], name: str) -> Format:
    """Return the format of that name.

    Raises
    ------
    ArgumentError
        If there is none; the message has those that there are.
    """
    if not named_in(name, formats):
        raise ArgumentError(f"format {brief(name)} is not offered; choose one of: {', '.join(formats)}")
    return formats[name]


def render(formats: Mapping[str, Format], name: str, content: Any, **options: Any) -> Any:
    """Write `content` in the format of that name; options as its renderer takes them.

    Raises
    ------
    ArgumentError
        For a format that is not in `formats`, or an option that it does not take.
    """
    chosen = find_format(formats, name)
    renderer = chosen.renderer
    _, *parameters = signature(renderer).parameters.values()
    taken = {parameter.name: parameter for parameter in parameters}
    if unknown := [option for option in options if option not in taken]:
        words = f"its options are {', '.join(taken)}" if taken else "it has no options"
        raise ArgumentError(f"format {name!r} does not take {', '.join(unknown)}; {words}.")
    for option, value in options.items():
        if taken[option].annotation in (bool, "bool"):
            as_flag(option, value)
    return renderer(getattr(content, chosen.takes) if chosen.takes else content, **options)
