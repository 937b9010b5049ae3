"""The commands as a group: the help has whole sentences, and fit is made when it is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

LATE: dict[str, Callable[[], Any]] = {}
"""What makes the commands whose options are too heavy for every other one, by name; app.py fills it."""


class CommandGroup(TyperGroup):
    """A group that writes whole sentences, and makes a late command when it is run or completed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, both to run it and to complete what is typed after it."""
        name, command, rest = super().resolve_command(ctx, args)
        make = LATE.get(name or "")
        return name, command if make is None else make(), rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, the sentence folded where the line ends."""
        rows = [
            (name, _first_paragraph(command.help or ""))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def command_of(name: str, function: Callable[..., None], **settings: Any) -> Any:
    """Return a command that stands alone, of a function as Typer reads it."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, **settings)(function)
    return typer.main.get_command(alone)


def _first_paragraph(help: str) -> str:
    return " ".join(inspect.cleandoc(help).split("\n\n")[0].split())
