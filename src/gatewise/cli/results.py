"""The table of a test: the main metrics of the network beside the baselines, and the worst series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.train.metrics.table import main_of
from gatewise.train.model.metrics_text import against, count, few_windows, left_out, metric, no_test, number
from gatewise.train.report import words

SHOWN_SERIES = 5


def results_table(results: Mapping[str, Any], network: str = "LSTM") -> str:
    """Lay out what `evaluate` found, one table for each target; `network` is what it is called there.

    Shown are the metric that decides and those that are usual of the task; results.json has them all.
    """
    span = f", {results['from']} to {results['to']}" if "from" in results else ""
    lines = [f"{results['of']}: {count(results['windows'], 'window')}{span}"]
    if rolling := results.get("rolling"):
        lines.append(
            f"{count(rolling['cutoffs'], 'cutoff')}, {rolling['first']} to {rolling['last']}, "
            f"every {count(rolling['every'], 'row')}"
        )
    lines += [said for said in (no_test(results["of"]), few_windows(results["windows"])) if said]
    shown: set[str] = set()
    for target, rows in results["targets"].items():
        names = list(rows[network])
        first = results.get("metric", names[0])
        if "task" in results and "metric" in results:
            names = main_of(results["task"], first, names)
        table = [[target, *map(metric, names), f"{network} against it"]]
        for who, values in rows.items():
            numbers = [number(values[name]) if name in values else "" for name in names]
            table.append([who, *numbers, _against(rows[network], values, first) if who != network else ""])
        lines += ["", *_laid_out(table)]
        if worth := words.worth_it(rows, network, results.get("metric")):
            lines.append(worth)
        reasons = results.get("reasons", {}).get(target, {}).get(network, {})
        lines += [f"{metric(name)}: none, for {reasons[name]}" for name in names if name in reasons]
        lines += _worst(target, first, results.get("by_series", {}).get(target, ()))
        shown |= set(names)
    if said := left_out(results, shown):
        lines += ["", *said]
    return "\n".join(lines) + "\n"


def _worst(target: str, first: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lay out the series with the worst value of the metric that decides; nothing of one series."""
    known = [row for row in rows if next(iter(row["metrics"].values())).get(first) is not None]
    if len(known) < 2:
        return []
    shown = known[:SHOWN_SERIES]
    table = [[f"{target}: the worst of {len(rows):,} series, {metric(first)}", *shown[0]["metrics"]]]
    table += [
        [row["series"], *(number(values.get(first)) for values in row["metrics"].values())] for row in shown
    ]
    return ["", *_laid_out(table)]


def _laid_out(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *rest]).rstrip())
    return lines


def _against(ours: Mapping[str, float | None], theirs: Mapping[str, float | None], name: str) -> str:
    """Compare by the metric that decides, where both have it."""
    return against(name, ours.get(name), theirs.get(name))
