"""The table of a test: every metric of the network beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.train.model.metrics import FEW, MANY, OURS, measure_text, number_text


def results_table(results: Mapping[str, Any]) -> str:
    """Lay out what `evaluate` found, one table for each target."""
    windows = results["windows"]
    span = f", {results['from']} to {results['to']}" if "from" in results else ""
    lines = [f"{results['of']}: {windows:,} window{'' if windows == 1 else 's'}{span}"]
    if windows < FEW:
        lines.append("So few windows say little.")
    for target, rows in results["targets"].items():
        names = list(rows[OURS])
        head = [target, *(measure_text(name) for name in names), "LSTM against it"]
        table = [head]
        for who, values in rows.items():
            numbers = [
                ("none known" if values[name] is None else number_text(values[name]))
                if name in values
                else ""
                for name in names
            ]
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


def _against(ours: Mapping[str, float | None], theirs: Mapping[str, float | None], name: str) -> str:
    """Say how much smaller our error is, in percent; of an accuracy, how many points higher."""
    here, there = ours[name], theirs.get(name)
    if here is None or there is None:
        return ""
    if name == "accuracy":
        return f"{100 * (here - there):+.1f} points"
    if there and here > MANY * there:
        return f"{here / there:,.0f} times"
    return f"{100 * (here / there - 1):+.1f} %" if there else ""
