"""Tables of a run: `python bench/report.py build/bench.json [--markdown FILE] [--plot FILE]`.

Several files of one machine become one report (merge.py).

What the samples come to is in measurements.py. Nothing is measured here.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

import plot
from cases import SIZES, TASKS
from measurements import Time, peaks, ratios, share_of_peak, thread_counts, times
from merge import merge
from peers import OURS, PEERS, is_ours

AVX2 = "gatewise-avx2"
DISTURBED = 0.05  # share of the machine's CPU time taken by others, above which a case is not to be trusted
PIPED_WIDTH = 150  # of the tables where they go to a file


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)


def peers_of(cases: list[dict[str, Any]]) -> list[str]:
    """The peers that some case has a row of, in the order of the table of peers."""
    present = {row["peer"] for case in cases for row in case["rows"] if "unsupported" not in row}
    return [peer for peer in PEERS if peer in present]


def main_table(
    task: str, dtype: str, cases: list[dict[str, Any]], most: dict[tuple[str, int], float]
) -> Table:
    """One task and dtype: a line for each size and number of threads."""
    present = peers_of(cases)
    peers = [peer for peer in present if peer != AVX2]
    columns = ["size", "threads", *(PEERS[peer].label for peer in peers), "% of peak"]
    if AVX2 in present:
        columns.append("AVX2 rate")
    others = [peer for peer in peers if not is_ours(peer)]
    columns += (["÷ torch"] if "torch" in others else []) + (["÷ best peer"] if others else [])
    table = Table(f"{task}, {dtype}: {TASKS[task]}", columns)
    for case in cases:
        for threads in thread_counts(case):
            found = times(case, threads)
            cells = [str(found[peer]) if peer in found else "-" for peer in peers]
            share = share_of_peak(case, threads, most) if threads else None
            table.rows.append([*_head(case, threads), *cells, *_derived(found, share, columns)])
    return table


def _head(case: dict[str, Any], threads: int | None) -> list[str]:
    """Return the first columns: the size's name, on its next line the shape; threads."""
    counts = thread_counts(case)
    lines = [case["size"], "×".join(str(case[axis]) for axis in "NTDH"), ""]
    size = " ".join(lines[:2]) if len(counts) == 1 else lines[counts.index(threads)]
    return [size, str(threads or "best")]


def _derived(found: dict[str, Time], share: float | None, columns: list[str]) -> list[str]:
    """Return the last columns: share of the peak, AVX2's share of the rate, ratios."""
    cells = {"% of peak": "", "AVX2 rate": "-", "÷ torch": "-", "÷ best peer": "-"}
    if share is not None:
        cells["% of peak"] = f"{100 * share:.0f}"
    if OURS in found:
        if AVX2 in found:
            cells["AVX2 rate"] = f"{found[OURS].median / found[AVX2].median:.2f}"
        by_peer = ratios(found)
        if "torch" in by_peer:
            cells["÷ torch"] = f"{by_peer['torch']:.2f}"
        if by_peer:
            best = min(by_peer, key=by_peer.__getitem__)
            cells["÷ best peer"] = f"{by_peer[best]:.2f} {PEERS[best].label}"
    return [text for name, text in cells.items() if name in columns]


def double_table(cases: list[dict[str, Any]]) -> Table | None:
    """This engine's float64 rate as a share of its float32 rate."""
    ours = {(c["size"], c["task"], c["dtype"]): times(c, None).get(OURS) for c in cases}
    title = "float64 rate as a share of the float32 rate, best of all threads"
    table = Table(title, ["size", "task", "share"])
    for (size, task, dtype), single in ours.items():
        double = ours.get((size, task, "float64"))
        if dtype == "float32" and single and double:
            table.rows.append([size, task, f"{single.median / double.median:.2f}"])
    return table if table.rows else None


def uneven_table(cases: list[dict[str, Any]]) -> Table | None:
    """What uneven lengths cost beside padding them."""
    padded = {(c["size"], c["dtype"]): c for c in cases if c["task"] == "train"}
    columns = ["size", "dtype", "threads", "share of real steps", "share of the padded time", "quotient"]
    table = Table("Uneven lengths beside our own padded run", columns)
    for case in cases:
        whole = padded.get((case["size"], case["dtype"]))
        if case["task"] != "uneven" or whole is None:
            continue
        for threads in thread_counts(case):
            ours, full = times(case, threads).get(OURS), times(whole, threads).get(OURS)
            if ours and full:
                took = ours.median / full.median
                numbers = [f"{case['share']:.3f}", f"{took:.3f}", f"{took / case['share']:.2f}"]
                table.rows.append([case["size"], case["dtype"], str(threads or "best"), *numbers])
    return table if table.rows else None


def memory_table(result: dict[str, Any]) -> Table | None:
    """Peak memory of a first run over N·T·H numbers of its dtype."""
    columns = ["size", "task", "library", "MB", "numbers per (n, t, unit)", "beyond out, δx and a copy of x"]
    table = Table("Memory that a first run adds at its peak", columns)
    for row in result["memory"]:
        if "bytes" in row:
            N, T, D, H = SIZES[row["size"]]
            each = row["bytes"] / (4 * N * T * H)
            known = 1 + 2 * D / H if row["task"] == "train" else 1
            numbers = [f"{row['bytes'] / 1e6:.0f}", f"{each:.1f}", f"{each - known:.1f}"]
            table.rows.append([row["size"], row["task"], PEERS[row["peer"]].label, *numbers])
    return table if table.rows else None


def import_table(result: dict[str, Any]) -> Table:
    """Seconds until a library can be used."""
    table = Table("Import, with NumPy already there", ["library", "seconds", "versions"])
    for worker in result["workers"]:
        if worker["threads"] == min(w["threads"] for w in result["workers"]):
            versions = ", ".join(f"{name} {text}" for name, text in worker.get("versions", {}).items())
            seconds = f"{worker['import_seconds']:.2f}" if "import_seconds" in worker else worker["error"]
            table.rows.append([PEERS[worker["peer"]].label, seconds, versions])
    return table


def tables(result: dict[str, Any]) -> list[Table]:
    """All tables of a run."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in result["cases"]:
        groups.setdefault((case["task"], case["dtype"]), []).append(case)
    most = peaks(result)
    made = [main_table(task, dtype, cases, most) for (task, dtype), cases in groups.items()]
    rest = (double_table(result["cases"]), uneven_table(result["cases"]), memory_table(result))
    return [*made, *(table for table in rest if table), import_table(result)]


def faster(result: dict[str, Any]) -> list[str]:
    """Where a peer took less time than this engine."""
    found = []
    for case in result["cases"]:
        for threads in thread_counts(case):
            for peer, ratio in ratios(times(case, threads)).items():
                if ratio < 1:
                    count = threads or "best"
                    where = f"{case['size']} {case['task']} {case['dtype']}, threads {count}"
                    found.append(f"{where}: {PEERS[peer].label} takes {ratio:.2f} of our time")
    return found


def left_out(result: dict[str, Any]) -> list[str]:
    """Which peers have no time, and why: once for each reason."""
    reasons: dict[str, list[str]] = {}
    for case in result["cases"]:
        for row in case["rows"]:
            label, where = PEERS[row["peer"]].label, f"{case['size']} {case['task']} {case['dtype']}"
            reason = row.get("unsupported") or row.get("error")
            if not reason and not row["agrees"]:
                worst = max(row["errors"], key=row["errors"].__getitem__)
                reason = f"its {worst} differs from ours by {row['errors'][worst]:.1e} of the largest entry"
            if reason:
                places = reasons.setdefault(f"{label}: {reason}", [])
                places += [] if where in places else [where]
    return [f"{reason} ({_listed(places)})" for reason, places in reasons.items()]


def _listed(places: list[str]) -> str:
    return ", ".join(places) if len(places) < 4 else f"{places[0]} and {len(places) - 1} more"


def summary(result: dict[str, Any]) -> list[str]:
    """Return the circumstances of a run, in sentences."""
    machine, build, cases = result["machine"], result["build"], result["cases"]
    measured = ", ".join(
        f"{rate:.0f} {dtype} on {threads}" for (dtype, threads), rate in sorted(peaks(result).items())
    )
    shares = [case["others_cpu"] for case in cases if case["others_cpu"] is not None]
    busy = [share for share in shares if share > DISTURBED]
    sets = ", ".join(result["instruction_sets"])
    return [
        f"{machine['model']}, {machine['available']} CPUs, {machine['platform']}, {result['date']}.",
        f"Python {machine['python']}, NumPy {result['numpy']}; gatewise compiled by {build['compiler']} "
        f"{build['compiler_version']} {build['flags']}, instruction sets {sets}.",
        f"`{result['command']}`",
        f"Peak, GFLOP/s by threads: {measured} ({result['peak_how']}).",
        f"Other processes took more than {DISTURBED:.0%} of the machine in {len(busy)} of {len(shares)} cases"
        + (f", up to {max(busy):.0%}: do not trust these numbers." if busy else "."),
    ]


def line(case: dict[str, Any]) -> str:
    """One case in one line, for watching a run."""
    found = times(case, None)
    shown = ", ".join(f"{PEERS[peer].label} {time}" for peer, time in found.items())
    return f"{case['size']} {case['task']} {case['dtype']}: {shown}"


def console() -> Console:
    """Where to print; wide enough where it is not a terminal."""
    made = Console()
    return made if made.is_terminal else Console(width=PIPED_WIDTH)


def show(result: dict[str, Any], to: Console) -> None:
    """Print everything."""
    for table in tables(result):
        rich = RichTable(title=table.title, title_justify="left")
        for number, column in enumerate(table.columns):
            rich.add_column(column, justify="left" if number == 0 else "right", no_wrap=number < 2)
        for row in table.rows:
            rich.add_row(*row, end_section="best" in row)
        to.print(rich)
    for title, lines in (("A peer is faster", faster(result)), ("Without a time", left_out(result))):
        to.print(f"{title}:", *(lines or ["nowhere"]), sep="\n  ", highlight=False, soft_wrap=True)
    to.print(*summary(result), sep="\n", highlight=False, soft_wrap=True)


def markdown(result: dict[str, Any]) -> str:
    """Everything as one Markdown page, generated: not to be edited by hand."""
    parts = ["<!-- Written by bench/lstm.py. -->", "# Benchmark tables", "\n".join(
        f"- {sentence}" for sentence in summary(result)
    )]  # fmt: skip
    for table in tables(result):
        rows = [table.columns, ["---"] * len(table.columns), *table.rows]
        parts += [f"## {table.title}", "\n".join(f"| {' | '.join(row)} |" for row in rows)]
    for title, lines in (("Where a peer is faster", faster(result)), ("Without a time", left_out(result))):
        parts += [f"## {title}", "\n".join(f"- {text}" for text in lines or ["nowhere"])]
    return "\n\n".join(parts) + "\n"


def write(result: dict[str, Any], path: Path | None) -> None:
    """Write the page, if one is wanted."""
    if path:
        path.write_text(markdown(result), encoding="utf-8")


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that this script and lstm.py share."""
    parser.add_argument("--markdown", type=Path, help="write the tables there")
    parser.add_argument("--plot", type=Path, help="draw there, as SVG; needs matplotlib")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("json", type=Path, nargs="+", help="what lstm.py wrote; parts of one run")
    add_outputs(parser)
    arguments = parser.parse_args()
    try:
        result = merge([json.loads(path.read_text(encoding="utf-8")) for path in arguments.json])
    except ValueError as refused:
        parser.error(str(refused))
    show(result, console())
    write(result, arguments.markdown)
    plot.write(result, arguments.plot)


if __name__ == "__main__":
    main()
