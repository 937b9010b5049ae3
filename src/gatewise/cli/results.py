"""The table of a test: every metric of the network beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.train.model.metrics_spans import span_text
from gatewise.train.model.metrics_text import against, count, few_windows, metric, number

OURS = "LSTM"


def results_table(results: Mapping[str, Any]) -> str:
    """Lay out what `evaluate` found, one table for each target."""
    lines = _parts(results)
    if warning := few_windows(results["windows"]):
        lines.append(warning)
    for target, rows in results["targets"].items():
        names = list(rows[OURS])
        head = [target, *map(metric, names), "LSTM against it"]
        table = [head]
        for who, values in rows.items():
            numbers = [number(values[name]) if name in values else "" for name in names]
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


def _parts(results: Mapping[str, Any]) -> list[str]:
    """Say what was tested, and below it the other parts; results of earlier versions have no times."""
    of, parts = results["of"], dict(results.get("parts", {}))
    tested = parts.pop(of.split(" (")[0], None)
    first = f"{of}: {count(results['windows'], 'window')}{f', {span_text(tested)}' if tested else ''}"
    others = [
        f"  {name}: {count(part['windows'], 'window')}, {span_text(part)}" for name, part in parts.items()
    ]
    return [first, *others]


def _against(ours: Mapping[str, float | None], theirs: Mapping[str, float | None], name: str) -> str:
    """Compare by the metric that decides, where both have it."""
    return against(name, ours[name], theirs.get(name))
