"""The run folder: what lies where, who may write in it, and which version of gatewise made it.

config.toml   every key with its value         metrics.jsonl   a line for each epoch
model.safetensors   the best weights, and what prediction needs beside them
checkpoint.safetensors, checkpoint.previous.safetensors   where to go on
tuning.json   what the search for settings tried and chose
results.json  the test, beside the baselines    report.html     all of it to look at
explore.html  one window of the test, to play with
run.json      versions and the data's fingerprint               lock   who is writing
tensorboard   the metrics for TensorBoard, if asked for
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from gatewise.errors import GatewiseError
from gatewise.support.files import (
    JsonError,
    Limit,
    OutputError,
    append_line,
    parse_json,
    read_input,
    write_file,
)
from gatewise.train.run import checkpoint, file_lock
from gatewise.train.run.checkpoint import VERSION, CheckpointError, check_format
from gatewise.train.run.documents import TrainingDocument, check_document

LIMIT = Limit(1_000_000, "a run.json has less by far")


class RunError(GatewiseError):
    """A run folder cannot be used as asked."""


class Run:
    """A run folder, by its path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.toml"
        self.facts = path / "run.json"
        self.tuning = path / "tuning.json"
        self.model = path / "model.safetensors"
        self.checkpoint = path / "checkpoint.safetensors"
        self.previous = path / "checkpoint.previous.safetensors"
        self.metrics = path / "metrics.jsonl"
        self.results = path / "results.json"
        self.report = path / "report.html"
        self.explore = path / "explore.html"
        self.tensorboard = path / "tensorboard"

    @property
    def resuming(self) -> str:
        """The command that goes on with the run."""
        return f"gatewise fit --resume -o {quote(str(self.path))}"

    def _own(self) -> set[str]:
        return {path.name for path in vars(self).values()} - {self.path.name} | {"lock"}

    def check_free(self) -> None:
        """Refuse a folder with something in it; one that does not exist or is empty is free.

        Raises
        ------
        RunError
            The message says how to go on with a run that is there.
        """
        try:
            there = sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("."))
        except FileNotFoundError:
            return
        except OSError as error:
            raise RunError(f"the run folder {self.path} cannot be used: {error.strerror}.") from None
        if self.facts.name in there:
            raise RunError(
                f"{self.path} has a run in it. Go on with it: {self.resuming}; "
                "or name another folder with -o."
            )
        # A run has begun when run.json, the last of its first files, is there; before, it may begin again.
        other = [name for name in there if name not in self._own()]
        if other:
            raise RunError(
                f"{self.path} is not empty: it has {', '.join(other[:3])}{', …' * (len(other) > 3)}. "
                "Name another folder with -o."
            )

    def begin_anew(self) -> None:
        """Refuse a folder that is not free; else remove what a run left that ended before it had begun.

        Raises
        ------
        RunError
        """
        self.check_free()
        for left in (self.tuning, self.checkpoint, self.previous):  # a resumed run would go on from these
            left.unlink(missing_ok=True)

    def _if_killed_early(self) -> str:
        """Say what to do with a folder of a run that ended before run.json; empty where it is none."""
        there = {entry.name for entry in self.path.iterdir() if not entry.name.startswith(".")}
        if not there & {self.config.name, "lock"} or there - self._own():
            return ""
        return " A run ended here before anything of it was kept; start it again, without --resume."

    def check(self) -> dict[str, Any]:
        """Return run.json, after a look at what made it.

        Raises
        ------
        RunError, CheckpointError
            If there is no run here, or one of a later version.
        """
        if not self.path.is_dir():
            raise RunError(f"{self.path} is not a run folder: there is no such folder.")
        try:
            facts: dict[str, Any] = parse_json(read_input(self.facts, LIMIT, link=False))
        except FileNotFoundError:
            raise RunError(
                f"{self.path} is not a run folder: it has no {self.facts.name}.{self._if_killed_early()}"
            ) from None
        except OSError as error:
            raise RunError(f"{self.facts} cannot be read: {error.strerror}.") from None
        except JsonError as error:
            raise CheckpointError(f"{self.facts} is damaged: {error}.") from None
        check_format(facts, self.facts)
        return facts

    def write(self, path: Path, text: str) -> None:
        """Write one of the folder's files; a link in its place is replaced."""
        write_file(path, text.encode(), link=False)

    def describe(self, facts: Mapping[str, Any], format: int = 1) -> None:
        """Write run.json: versions, and what the data were."""
        head = {"gatewise": VERSION, "format": format}
        self.write(self.facts, json.dumps({**head, **facts}, indent=2) + "\n")

    def refuse_links(self) -> None:
        """Refuse a run folder with a link in place of a file: what is written would go elsewhere.

        Raises
        ------
        RunError
        """
        for name in sorted(self._own()):
            if (self.path / name).is_symlink():
                raise RunError(
                    f"{self.path / name} is a link, and inside a run folder no link is followed. Remove it, "
                    "or put the file there."
                )

    @contextlib.contextmanager
    def lock(self, *, make: bool = False) -> Iterator[None]:
        """Be the only process that writes here; with `make`, the folder is made first.

        The kernel holds the lock and lets go of it when the process ends, however it ends; so what a killed
        process leaves behind is only a file with its number.

        Raises
        ------
        RunError
            If another process has it; the message says which.
        OutputError
            If nothing can be written here.
        """
        path = self.path / "lock"
        self.refuse_links()
        try:
            if make:
                self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise OutputError(f"the run folder {self.path} cannot be written: {error.strerror}.") from None
        try:
            if not file_lock.take(handle):
                os.lseek(handle, 0, os.SEEK_SET)
                other = os.read(handle, 100).decode("ascii", "replace").strip() or "unknown"
                raise RunError(
                    f"another process writes in {self.path}: process {other}. "
                    "Wait for it, or name another folder with -o."
                )
            os.ftruncate(handle, 0)
            for name in self._own():
                for left in self.path.glob(f".{name}.*"):  # half-written by a process that was killed
                    left.unlink()
            with contextlib.suppress(OSError):  # on a full disk the lock holds without its number
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, f"{os.getpid()}\n".encode())
            yield
        finally:
            os.close(handle)

    def save_checkpoint(
        self, arrays: Mapping[str, Any], document: Mapping[str, Any], format: int = 1
    ) -> None:
        """Write the checkpoint; the one before stays beside it."""
        checkpoint.save(self.checkpoint, arrays, document, previous=self.previous, format=format)

    def load_checkpoint(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Read the checkpoint.

        Raises
        ------
        CheckpointError
            If it cannot be used; the message says whether the one before it can, and how.
        """
        try:
            return _checked(self.checkpoint)
        except CheckpointError as error:
            try:
                _, document = _checked(self.previous)
            except CheckpointError:
                raise error from None
            raise CheckpointError(
                f"{error} The one before it is whole, of step {document['step']}. To go on from there: "
                f"mv {quote(str(self.previous))} {quote(str(self.checkpoint))}; {self.resuming}"
            ) from None

    def write_metrics(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write metrics.jsonl anew."""
        self.write(self.metrics, "".join(map(_line, rows)))

    def add_metrics(self, row: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl."""
        append_line(self.metrics, _line(row))


def _checked(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a checkpoint, and refuse one whose document is not of its kind."""
    arrays, document = checkpoint.load(path)
    check_document(TrainingDocument, document, path)
    return arrays, document


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, allow_nan=False) + "\n"


def next_folder(parent: Path, name: str) -> Path:
    """Return the first of name-1, name-2, … in `parent` that is not there."""
    number = 1
    while (parent / f"{name}-{number}").exists():
        number += 1
    return parent / f"{name}-{number}"
