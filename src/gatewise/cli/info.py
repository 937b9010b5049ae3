"""`gatewise info`: versions and what this machine can run, for bug reports. Collected in gatewise/info.py."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from gatewise.cli.output import write_stdout
from gatewise.support.info import info as collect


def info(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say which versions and instruction sets are here, for bug reports."""
    facts = collect()
    if json:
        text = json_module.dumps(facts, indent=2)
    else:
        rows = list(_rows(facts))
        width = max(len(name) for name, _ in rows)
        text = "\n".join(f"{name:<{width}}  {value}" for name, value in rows)
    write_stdout(f"{text}\n".encode())


def _rows(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Lay nested facts out as rows such as cpu.model and cpu.logical."""
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            yield from _rows(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}", ", ".join(map(str, value)) or "none"
        else:
            yield f"{prefix}{name}", str(value) if value not in ({}, None) else "none"
