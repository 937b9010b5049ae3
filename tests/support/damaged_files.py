"""Every kind of file that gatewise reads, damaged in every way, given to every command that reads it.

Run as a program, in a process of its own with bounds on memory and time, it writes what each command said as JSON:
python damaged_files.py KIND FOLDER. test_damaged_files.py judges.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
import zipfile
from pathlib import Path

import numpy as np
from series_files import SMALL, flags, series, write_csv

import gatewise
from gatewise import cli
from gatewise.train.run import checkpoint

MEMORY = 4 << 30  # bytes of address space: what is declared and not there must not be allocated
SECONDS = 20  # for one command on one damaged file
FORGERIES = int(os.environ.get("GATEWISE_FORGERIES", "60"))  # of each document


# Kinds of damage ----------------------------------------------------------------------------------------------------

BYTES = {
    "empty": lambda data: b"", "NUL": lambda data: b"\0" + data, "NULs at the end": lambda data: data + b"\0" * 9,
    "BOM": lambda data: b"\xef\xbb\xbf" + data, "UTF-16": lambda data: data.decode("latin-1").encode("utf-16"),
    "no UTF-8": lambda data: data[: len(data) // 2] + b"\xff\xfe\xe4" + data[len(data) // 2 :],
    "half": lambda data: data[: len(data) // 2], "all but a byte": lambda data: data[:-1], "nine bytes": lambda data: data[:9],
    "twice": lambda data: data * 2, "noise": lambda data: np.random.default_rng(0).bytes(5000),
    "deep lists": lambda data: b"[" * 100_000, "deep tables": lambda data: b'{"a":' * 100_000, "deep in TOML": lambda data: b"x = " + b"[" * 100_000,
    "deep and closed": lambda data: b'{"cells": ' + b"[" * 5000 + b"]" * 5000 + b"}", "a number": lambda data: b"1", "null": lambda data: b"null",
    "long number": lambda data: b"x = " + b"9" * 5000, "long number in JSON": lambda data: b'{"gatewise": ' + b"9" * 5000 + b"}",
    "surrogate": lambda data: b'{"gatewise": "key", "schema": 1, "name": "\\ud800", "F1@t=0": "\\ud800", "claims": {"\\ud800": "\\udfff"}}',
    "infinities": lambda data: b'{"gatewise": 1e400, "claims": {"a": NaN, "F1@t=0": [1e400, -Infinity]}, "items": NaN}',
    "one long line": lambda data: b"x," * 1_000_000, "quotes": lambda data: b'"' + b'\\"' * 1_000_000,
}  # fmt: skip
"""What can happen to the bytes of any file."""


def special(path, kind):
    """Put something else in the place of a file."""
    path.unlink()
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "link in a circle":
            path.symlink_to(path)
        case "hole":
            with path.open("wb") as file:
                file.truncate(1 << 40)


SPECIAL = ("directory", "pipe", "link to a device", "link in a circle", "hole")


# A JSON document, changed at every place ----------------------------------------------------------------------------

ENTRIES = {
    "None": None, "true": True, "text": "x", "empty list": [], "list": [None], "table": {}, "NaN": float("nan"), "infinite": float("inf"),
    "negative": -1, "half": 0.5, "huge": 10**12, "longest": 10**400, "surrogate": "\ud800", "NUL": "\0",
}  # fmt: skip


def places(document, path=(), depth=3):
    """The paths to what is in a document, of lists the first entry alone."""
    inner = (
        document.items()
        if isinstance(document, dict)
        else list(enumerate(document))[:1]
        if isinstance(document, list)
        else ()
    )
    for key, value in inner:
        yield (*path, key)
        if depth > 1:
            yield from places(value, (*path, key), depth - 1)


def changed(document, path, entry):
    """A copy with another entry at a place; without it if the entry is `places`."""
    document = json.loads(json.dumps(document))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if entry is places:
        del inner[path[-1]]
    else:
        inner[path[-1]] = entry
    return document


def forgeries(document, depth=3):
    """Every change of a document by name."""
    for path in places(document, depth=depth):
        named = ".".join(map(str, path))
        yield f"{named} gone", changed(document, path, places)
        for name, entry in ENTRIES.items():
            yield f"{named}: {name}", changed(document, path, entry)


# The kinds of files, and the commands that read them ----------------------------------------------------------------


def made(folder):
    """Make one sound file of each kind in a folder."""
    table = series(160)
    write_csv(folder / "table.csv", table)
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(table), folder / "table.parquet")
    gatewise.fit("table.csv", run=folder / "run", **SMALL)
    (folder / "fit.toml").write_text((folder / "run" / "config.toml").read_text())
    problem = Path(gatewise.__file__).parent / "teach" / "problem" / "worked-example.toml"
    (folder / "problem.toml").write_bytes(problem.read_bytes())
    params = gatewise.Params.init(2, 3, dtype="float64")
    np.savez(folder / "weights.npz", W=params.W, U=params.U, b=params.b)
    (folder / "named.toml").write_text('weights = "weights.npz"\nx = [[0.5, 0.25]]\n')
    call("work", "--to", "json", "-o", "sheet.json")
    call("work", "-o", "sheet.md")
    (folder / "claims.json").write_text('{"claims": {"state@t=0": "0.5", "W_a": [["0.5", "0.25"]]}}')
    (folder / "claims.toml").write_text('[claims]\n"state@t=0" = "0.5"\n')
    (folder / "claims.csv").write_text("quantity,value\nstate@t=0,0.5\n")
    cells = [{"cell_type": "markdown", "source": (folder / "sheet.md").read_text().splitlines(True)}]
    (folder / "sheet.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    call("exercise", "--kind", "fill", "-o", ".")
    key = json.loads((folder / "fill-0-1.key.json").read_text())
    answers = {item["id"]: item["key"] for item in key["items"]}
    hand_ins = folder / "handed-in"
    hand_ins.mkdir()
    (hand_ins / "ann.json").write_text(json.dumps({"name": "ann", "answers": answers}))
    (hand_ins / "bob.toml").write_text("".join(f'"{id}" = "{answer}"\n' for id, answer in answers.items()))
    (hand_ins / "cid.csv").write_text("".join(f'"{id}","{answer}"\n' for id, answer in answers.items()))
    (hand_ins / "dan.md").write_text("".join(f"`{id}` = {answer}\n" for id, answer in answers.items()))
    (hand_ins / "eve.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "markdown", "source": (hand_ins / "dan.md").read_text()}]})
    )
    with zipfile.ZipFile(hand_ins / "fay.zip", "w") as archive:
        archive.write(hand_ins / "dan.md", "fay.md")


FIT = ["fit", "table.csv", *flags(SMALL), "-o", "new", "-q"]
KINDS = {
    "problem.toml": [["work", "problem.toml", "-o", "out.md"], ["check", "sheet.md", "--model", "problem.toml"], ["check", "problem.toml"]],
    "weights.npz": [["work", "named.toml"]],
    "sheet.md": [["check", "sheet.md"]], "sheet.json": [["check", "sheet.json"]], "sheet.ipynb": [["check", "sheet.ipynb"]],
    "claims.json": [["check", "claims.json"]], "claims.toml": [["check", "claims.toml"]], "claims.csv": [["check", "claims.csv"]],
    "fill-0-1.key.json": [["mark", "fill-0-1.key.json", "handed-in"]],
    **{
        f"handed-in/{name}": [["mark", "fill-0-1.key.json", f"handed-in/{name}"], ["mark", "fill-0-1.key.json", "handed-in", "-o", "out.md"]]
        for name in ("ann.json", "bob.toml", "cid.csv", "dan.md", "eve.ipynb", "fay.zip")
    },
    "table.csv": [FIT, ["predict", "run", "table.csv", "-o", "out.csv"], ["evaluate", "run", "table.csv"]],
    "table.parquet": [["fit", "table.parquet", *FIT[2:]], ["predict", "run", "table.parquet", "-o", "out.csv"]],
    "fit.toml": [[*FIT, "--config", "fit.toml"]],
    "run/config.toml": [["fit", "--resume", "-o", "run", "-q"]],
    "run/run.json": [["fit", "--resume", "-o", "run", "-q"], ["predict", "run", "table.csv", "-o", "out.csv"]],
    "run/model.safetensors": [["predict", "run", "table.csv", "-o", "out.csv"], ["predict", "run/model.safetensors", "table.csv"], ["evaluate", "run"]],
    "run/checkpoint.safetensors": [["fit", "--resume", "-o", "run", "-q"]],
}  # fmt: skip
"""The files by kind, and the commands that read each."""
FORGED = {
    "fill-0-1.key.json": (["mark", "fill-0-1.key.json", "handed-in/ann.json"],),
    "handed-in/ann.json": (["mark", "fill-0-1.key.json", "handed-in/ann.json"],),
    "handed-in/eve.ipynb": (["mark", "fill-0-1.key.json", "handed-in/eve.ipynb"],),
    "sheet.json": (["check", "sheet.json"],), "sheet.ipynb": (["check", "sheet.ipynb"],), "claims.json": (["check", "claims.json"],),
    "run/run.json": (["predict", "run", "table.csv"],),
    "run/model.safetensors": (["predict", "run", "table.csv"], ["evaluate", "run"], ["evaluate", "run", "table.csv", "--json"]),
    "run/checkpoint.safetensors": (["fit", "--resume", "-o", "run", "-q"],),
}  # fmt: skip
"""Documents of JSON, forged entry by entry, with the checksum that belongs to them."""


class Late(BaseException):
    """A command took too long."""


def too_late(_number, _frame):
    raise Late


def call(*words):
    """What a command says: exit code, standard error, and how it ended if not by itself."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            return cli.main(list(words)), err.getvalue(), ""
    except Late:
        return None, err.getvalue(), f"over {SECONDS} s"
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is told)
        place = traceback.extract_tb(error.__traceback__)[-1]
        return (
            None,
            err.getvalue(),
            f"{type(error).__name__}: {str(error)[:100]} ({Path(place.filename).name}:{place.lineno})",
        )
    finally:
        signal.alarm(0)


def read_document(path):
    return checkpoint.load(path)[1] if path.suffix == ".safetensors" else json.loads(path.read_text())


def write_document(path, document):
    if path.suffix == ".safetensors":
        checkpoint.save(path, checkpoint.load(path)[0], document)
    else:
        path.write_text(json.dumps(document))


def damages(kind, sound):
    """Each damage by name, as what puts it in the place of the file."""
    for name, damage in BYTES.items():
        yield name, lambda path, damage=damage: path.write_bytes(damage(sound))
    for name in SPECIAL:
        yield name, lambda path, name=name: special(path, name)


def contents(folder):
    """Everything in a folder that a command might have written or changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 30
        else ""
        for path in sorted(folder.rglob("*"))
        if path.name != "lock"
    }


def tried(kind, folder, forged):
    """Go through the damages of a kind of file; of forged documents, through some that a seed chooses."""
    sound, here = folder / "sound", folder / "here"
    if forged:
        document = read_document(sound / kind)
        cases = [
            (name, lambda path, document=document: write_document(path, document))
            for name, document in forgeries(document)
        ]
        chosen = np.random.default_rng(FORGERIES).permutation(len(cases))[:FORGERIES]
        cases = [cases[number] for number in sorted(chosen)]
    else:
        cases = damages(kind, (sound / kind).read_bytes())
    for name, put in cases:
        for words in FORGED[kind] if forged else KINDS[kind]:
            if name == "pipe" and kind in words:
                continue  # whoever reads one named on the command line waits for its writer
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(sound, here)
            os.chdir(here)
            try:
                put(here / kind)
            except (ValueError, TypeError):
                continue  # no such file can be written
            before, began = contents(here), time.monotonic()
            code, err, ended = call(*words)
            written = {path for path, _ in set(contents(here).items()) ^ set(before.items())}
            yield {
                "damage": name, "words": " ".join(words), "code": code, "err": err, "ended": ended,
                "seconds": time.monotonic() - began, "written": sorted(written),
            }  # fmt: skip


if __name__ == "__main__":
    kind, folder = sys.argv[1], Path(sys.argv[2])
    signal.signal(signal.SIGALRM, too_late)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print(json.dumps(list(tried(kind.removeprefix("forged "), folder, kind.startswith("forged ")))))
