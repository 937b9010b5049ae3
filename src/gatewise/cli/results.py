"""The table of a test: every metric of the network beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.train.model.metrics_text import against, count, few_windows, metric, number


def results_table(results: Mapping[str, Any], network: str = "LSTM") -> str:
    """Lay out what `evaluate` found, one table for each target; `network` is what it is called there."""
    span = f", {results['from']} to {results['to']}" if "from" in results else ""
    lines = [f"{results['of']}: {count(results['windows'], 'window')}{span}"]
    if warning := few_windows(results["windows"]):
        lines.append(warning)
    for target, rows in results["targets"].items():
        names = list(rows[network])
        head = [target, *map(metric, names), f"{network} against it"]
        table = [head]
        for who, values in rows.items():
            numbers = [number(values[name]) if name in values else "" for name in names]
            table.append([who, *numbers, _against(rows[network], values, names[0]) if who != network else ""])
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
    """Compare by the metric that decides, where both have it."""
    return against(name, ours[name], theirs.get(name))
