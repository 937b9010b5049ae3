"""How well the checker finds mistakes: each catalogue entry and kind of misprint, put into random sheets.

    python bench/checker.py --rounds 3 --digits 5 4 3

Each mistake is made once in a sheet of its own (H 1-3, T 2-5, D 1-3; by hand or in full; with formulas and
numbers put in, with numbers only, or results only). A wrong formula and a slip are carried on honestly by who
makes them; after a misprint the work goes on with the right number. Mistakes that change no printed digit
are not counted. Prints a table; --show lists what was missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

# The sheets are those of the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support" / "documents"))

from checker_mistakes import Injected, Outcome, draw, outcome

from gatewise.teach.checker.judge.judgement import judge
from gatewise.teach.checker.report import Report


def study(
    rounds: int, digits: int, seed: int, show: bool = False, only: str = ""
) -> dict[str, list[tuple[float, ...]]]:
    """One row for each mistake made: off, detected, named, one root, nothing sound blamed; by kind."""
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for number in range(rounds):
        rng = np.random.default_rng([seed, digits, number])
        for make in draw(rng, digits, only):
            injected = make()
            if injected is None:
                continue
            report = judge(injected.reading)
            found = outcome(injected, report)
            row = (injected.off, found.detected, found.named, found.roots == 1, not found.blamed)
            kind = injected.kind + (f" {injected.person.detail}" if injected.kind == "formula" else "")
            rows[kind].append(row)
            if show and not all(row[1:]):
                _show(kind, injected, report, found)
    return rows


def _show(kind: str, injected: Injected, report: Report, found: Outcome) -> None:
    missed = [
        name
        for name, well in (("found", found.detected), ("named", found.named), ("root", found.roots == 1))
        if not well
    ]
    person = injected.person
    print(f"## {kind} | {injected.what} | off by {injected.off:.3g} | {person.rounding} {person.detail}")
    print(f"   not {missed}, blamed {found.blamed[:3]}")
    for f in report.roots[:4]:
        print(f"   {f.verdict} {f.quantity} {f.printed} -> {f.expected} [{f.mistake}] {f.message[:110]}")


def table(rows: dict[str, list[tuple[float, ...]]]) -> str:
    """The shares by kind, and of all."""
    lines = [f"{'kind':44} {'n':>5} {'found':>7} {'named':>7} {'1 root':>7} {'sound':>7}"]
    everything = [row for kind in rows.values() for row in kind]
    seen = [row for row in everything if row[0] > 2]
    for name, group in (*sorted(rows.items()), ("ALL", everything), ("ALL off by more than 2 units", seen)):
        shares = np.mean([row[1:] for row in group], axis=0) * 100 if group else [np.nan] * 4
        lines.append(f"{name:44} {len(group):5} " + " ".join(f"{share:7.2f}" for share in shares))
    return "\n".join(lines)


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--digits", type=int, nargs="+", default=[5])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="what was not found, named or told apart")
    parser.add_argument("--only", default="", help="kinds whose name begins with this")
    options = parser.parse_args()
    for digits in options.digits:
        start = time.perf_counter()
        rows = study(options.rounds, digits, options.seed, options.show, options.only)
        took = time.perf_counter() - start
        print(f"{digits} decimals, {options.rounds} rounds, {took:.0f} s\n{table(rows)}\n")


if __name__ == "__main__":
    main()
