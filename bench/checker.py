"""How well the checker finds mistakes: each catalogue entry and kind of misprint, put into random sheets.

    python bench/checker.py --rounds 3 --digits 5 4 3
    python bench/checker.py --dialects --rounds 4 --digits 5
    python bench/checker.py --honest 1000

Each mistake is made once in a sheet of its own (H 1-3, T 2-5, D 1-3; by hand or in full; with formulas and
numbers put in, with numbers only, or results only). A wrong formula and a slip are carried on honestly by who
makes them; after a misprint the work goes on with the right number. Mistakes that change no printed digit
are not counted. Prints a table; --show lists what was missed.

With --dialects every mistake is written as a whole document in a dialect drawn at random (layout, letters,
steps, weights, order, derivatives, loss, language, numbers), its sound twin beside it, and both are read and
judged from their text. Then a mistake is found if a root cause lies in the chain where it was made; "blamed"
are wrong documents in which something else is said to be wrong, "twins" is the share of twins blamed for
anything, "checked" the share of a twin's worked-out numbers that were compared. --save keeps the documents
that failed. --honest checks sheets without a mistake, by people who round in all ways there are.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# The sheets are those of the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support" / "documents"))

from checker_draws import draw
from checker_mistakes import Injected, Outcome, outcome
from dialects.trial import Result, Trial, false_roots, result_of, trials
from honest import RULES, Hand, honest

from gatewise.teach.checker.checking import check
from gatewise.teach.checker.judge.judgement import judge
from gatewise.teach.checker.report import Report


def study(
    rounds: int, digits: int, seed: int, show: bool = False, only: str = ""
) -> dict[str, list[tuple[float, ...]]]:
    """One row for each mistake made: off, detected, named, one root, nothing sound blamed; by kind."""
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for number in range(rounds):
        rng = np.random.default_rng([seed, digits, number])
        for _, make in draw(rng, digits, only):
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


@dataclass(frozen=True)
class Row:
    """One trial: what was found of its mistake, and what was said of its twin."""

    trial: Trial
    result: Result
    twin: list[str]
    checked: float

    @property
    def scores(self) -> tuple[float, ...]:
        result = self.result
        wrongly = bool(result.blamed or result.elsewhere)
        return result.found, result.named, result.roots == 1, wrongly, bool(self.twin), self.checked

    @property
    def well(self) -> bool:
        return self.scores[:5] == (True, True, True, False, False)


def study_in_dialects(options: argparse.Namespace, digits: int) -> list[Row]:
    """Every mistake in a dialect of its own, and its twin."""
    rows: list[Row] = []
    for number in range(options.rounds):
        rng = np.random.default_rng([options.seed, digits, number])
        for trial in trials(rng, digits, options.only, options.share):
            row = _row(trial)
            rows.append(row)
            if not row.well and options.show:
                _show_dialect(row)
            if not row.well and options.save:
                _save(row, Path(options.save), len(rows))
    return rows


def _row(trial: Trial) -> Row:
    try:
        wrong = check(trial.wrong.text, name=trial.wrong.name)
    except Exception as error:  # noqa: BLE001  one crash does not end the study; it counts as not found
        print(f"CRASH {trial.kind}: {error!r}\n{trial.wrong.text}", file=sys.stderr)
        return Row(trial, Result(False, False, 0, ()), [repr(error)], 0.0)
    sound = check(trial.sound.text, name=trial.sound.name)
    cover = sound.coverage
    return Row(trial, result_of(trial, wrong), false_roots(sound), cover.checked / max(cover.worked_out, 1))


def _show_dialect(row: Row) -> None:
    trial, result = row.trial, row.result
    names = ("found", "named", "one root", "nothing else blamed", "twin sound")
    wanted = (True, True, True, False, False)
    missed = [n for n, score, want in zip(names, row.scores, wanted, strict=False) if score != want]
    print(f"## {trial.kind} | {trial.injected.what} | not {missed} | {trial.injected.person.detail}")
    print("   " + ", ".join(f"{name}={value}" for name, value in trial.dialect.choices().items()))
    for title, said in (("elsewhere", result.elsewhere), ("blamed", result.blamed), ("twin", row.twin)):
        if said:
            print(f"   {title} {len(said)}: {said[:3]}")


def _save(row: Row, folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, written in (("wrong", row.trial.wrong), ("sound", row.trial.sound)):
        (folder / f"{number}-{name}{Path(written.name).suffix}").write_text(written.text, "utf-8")


def table_of_dialects(rows: list[Row]) -> str:
    """The shares by every choice of the dialects, by kind, and of all."""
    columns = ("found", "named", "1 root", "blamed", "twins", "checked")
    lines = [f"{'choice or kind':34} {'n':>5} " + " ".join(f"{name:>8}" for name in columns)]
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for name, value in row.trial.dialect.choices().items():
            groups[f"{name}: {value}"].append(row)
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        words = row.trial.kind.split("/")[0] if row.trial.kind.startswith("formula") else row.trial.kind
        kinds[words].append(row)
        kinds[f"worked: {row.trial.injected.person.detail}"].append(row)
    for name, group in (*sorted(groups.items()), *sorted(kinds.items()), ("ALL", rows)):
        shares = np.mean([row.scores for row in group], axis=0) * 100
        lines.append(f"{name:34} {len(group):5} " + " ".join(f"{share:8.2f}" for share in shares))
    twins = sum(bool(row.twin) for row in rows)
    lines.append(
        f"{len({row.trial.dialect for row in rows})} dialects; {twins} of {len(rows)} sound twins blamed"
    )
    return "\n".join(lines)


def honest_sheets(count: int, seed: int) -> str:
    """Check sheets of honest people, and say how many numbers of them were called mistakes."""
    numbers = blamed = 0
    for k in range(count):
        rng = np.random.default_rng([seed, k])
        T, D, H = (int(rng.integers(1, high)) for high in (21, 4, 4))
        rule = RULES[list(RULES)[int(rng.integers(len(RULES)))]]
        guard = int(rng.integers(1, 3)) if rng.random() < 0.5 else 0  # half of them carry guard digits
        report = judge(honest(rng, Hand(int(rng.integers(3, 7)), rule, guard), T, D, H))
        numbers += len(report.numbers)
        blamed += bool(false_roots(report))
    return f"{count} honest sheets, {numbers} numbers: {blamed} sheets blamed"


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--digits", type=int, nargs="+", default=[5])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="what was not found, named or told apart")
    parser.add_argument("--only", default="", help="kinds whose name begins with this")
    parser.add_argument(
        "--dialects", action="store_true", help="whole documents, each in a dialect drawn at random"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="with --dialects: how many of the mistakes, 0 to 1"
    )
    parser.add_argument("--save", default="", help="with --dialects: a folder for the documents that failed")
    parser.add_argument("--honest", type=int, default=0, help="so many sheets without a mistake, instead")
    options = parser.parse_args()
    if options.honest:
        print(honest_sheets(options.honest, options.seed))
        return
    for digits in options.digits:
        start = time.perf_counter()
        if options.dialects:
            of_dialects = study_in_dialects(options, digits)
            took = time.perf_counter() - start
            print(f"{digits} decimals, {options.rounds} rounds, {took:.0f} s")
            print(table_of_dialects(of_dialects), end="\n\n")
            continue
        rows = study(options.rounds, digits, options.seed, options.show, options.only)
        took = time.perf_counter() - start
        print(f"{digits} decimals, {options.rounds} rounds, {took:.0f} s\n{table(rows)}\n")


if __name__ == "__main__":
    main()
