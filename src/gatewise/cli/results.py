"""The table of a test: every metric of the network beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OURS = "LSTM"


def results_table(results: Mapping[str, Any]) -> str:
    """Lay out what `evaluate` found, one table for each target."""
    lines = [f"{results['of']}: {results['windows']:,} windows"]
    for target, rows in results["targets"].items():
        names = list(rows[OURS])
        head = [target, *(name.replace("_", " ") for name in names), "LSTM against it"]
        table = [head]
        for who, values in rows.items():
            numbers = [_number(values[name]) if name in values else "" for name in names]
            table.append([who, *numbers, _against(rows[OURS], values, names[0]) if who != OURS else ""])
        widths = [max(len(row[column]) for row in table) for column in range(len(head))]
        lines.append("")
        for row in table:
            first, *rest = (
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            lines.append("  ".join([first, *rest]).rstrip())
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    if value is None:
        return "none known"
    return f"{value:,.0f}" if 1e5 <= abs(value) < 1e12 else f"{value:.4g}"


def _against(ours: Mapping[str, float | None], theirs: Mapping[str, float | None], name: str) -> str:
    """Say how much smaller our error is, in percent; of an accuracy, how many points higher."""
    here, there = ours[name], theirs.get(name)
    if here is None or there is None:
        return ""
    if name == "accuracy":
        return f"{100 * (here - there):+.1f} points"
    return f"{100 * (here / there - 1):+.1f} %" if there else ""
