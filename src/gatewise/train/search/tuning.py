"""The search of a run: what is kept of it in the folder, what is said of it, and how Ctrl-C ends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Self

from gatewise.support.files import JsonError, Limit, parse_json, read_input
from gatewise.support.given import brief
from gatewise.train import report
from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.data import Dataset, Windows
from gatewise.train.model.metrics_text import count
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.documents import check_document
from gatewise.train.run.folder import Run
from gatewise.train.run.interrupt import Interrupt, Stopped
from gatewise.train.run.progress import Silent
from gatewise.train.search.search import NO_TRIAL, Search, SearchRecord, SearchStopped, Trial
from gatewise.train.search.space import told

FEWEST = 10  # training windows: with fewer there is nothing to choose by
UNTRIED = "nothing was tried; training with the defaults; Ctrl-C again ends it"
LIMIT = Limit(1_000_000, "a tuning.json has less by far")


class Tuning:
    """A search with the file that it keeps.

    Attributes
    ----------
    record : SearchRecord
        What was tried and chosen.
    """

    def __init__(self, run: Run | None, config: FitConfig, record: SearchRecord) -> None:
        self._run, self._config, self.record = run, config, record

    @classmethod
    def of(cls, run: Run | None, config: FitConfig, keys: Mapping[str, Any], *, resume: bool) -> Self | None:
        """Return the search of a configuration, or that of a run that goes on; None where there is none.

        Raises
        ------
        CheckpointError
            If what the run keeps of its search is damaged.
        """
        if resume:
            assert run is not None
            return cls(run, config, _read(run, config)) if run.tuning.exists() else None
        if not config.tune:
            return None
        given = sorted(name for name, value in keys.items() if value is not None)
        made = cls(run, config, SearchRecord(given))
        if run is not None:
            run.write(run.config, config.to_toml())
            made._save()
        return made

    @property
    def done(self) -> bool:
        """Whether settings are chosen."""
        return self.record.chosen is not None and self.has_begun

    @property
    def has_begun(self) -> bool:
        """Whether training with them has begun, so that there is a checkpoint to go on from."""
        return self._run is not None and self._run.checkpoint.exists()

    def search(
        self,
        windows: Windows,
        make: Callable[[FitConfig, Dataset], Windows],
        interrupt: Interrupt,
        listener: Silent,
    ) -> FitConfig:
        """Search from the `windows` of the start, or go on; return the configuration with what was chosen.

        Raises
        ------
        Stopped
            If a signal other than Ctrl-C asked for it: the run goes on later. Ctrl-C ends the search alone.
        """

        def watch() -> None:
            if not interrupt.requested:
                return
            if interrupt.terminated:
                raise Stopped(self._how_to_go_on())
            interrupt.requested = False
            raise SearchStopped

        def after(_trial: Trial) -> None:
            self._save()

        if self.record.chosen is None and len(windows.train) < FEWEST:
            self.record.chosen = {}
            self._save()
            listener.say(
                f"{count(len(windows.train), 'training window')}: fewer than {FEWEST} tell no settings "
                "apart, so the plain defaults are taken"
            )
        if self.record.chosen is None:
            where = (
                "validation blocks"
                if len(windows.validation)
                else "training windows, for there is no validation"
            )
            listener.say(
                f"choosing settings on {where}, never on the test; Ctrl-C takes the best so far, "
                "--no-tune the plain defaults"
            )
            search = Search(self._config, windows, lambda config: make(config, windows.dataset), self.record)
            search.run(watch, after)
            self._save()
            for line in said(self.record) if self.record.trials else [UNTRIED]:
                listener.say(line)
        assert self.record.chosen is not None  # by the search, or in an earlier process
        return self._config.with_settings(self.record.chosen)

    def _how_to_go_on(self) -> str:
        where = f"stopped in the search for settings, after {len(self.record.trials)} trials"
        if self._run is None:
            return f"{where}; without a run folder nothing of it is kept."
        return f"{where}, which are kept. Go on with: {self._run.resuming}"

    def _save(self) -> None:
        if self._run is not None:
            self._run.write(self._run.tuning, json.dumps(self.record.to_dict(), indent=2) + "\n")


def said(record: SearchRecord) -> list[str]:
    """Say in a few lines what was tried, what was chosen, and why."""
    start, *others = record.trials or [NO_TRIAL]
    if not record.trials:
        why = (
            "the search was stopped" if record.stopped else f"there are fewer than {FEWEST} training windows"
        )
        return [f"tried: nothing, for {why}", "chosen: the defaults"]
    if not others:
        tried = "tried: nothing beside the defaults"
    else:
        tried = "tried, by the error beside the defaults: " + "; ".join(
            f"{_named(trial)} {_beside(trial, start)}" for trial in others
        )
    chosen = record.chosen or {}
    why = "the lowest error of these" if chosen else "nothing tried was better"
    lines = [tried, f"chosen: {told(chosen) or 'the defaults'} ({why})"]
    if record.stopped:
        lines.append("the search was stopped; this is the best so far")
    if given := [name for name in record.given if name in TUNED]:
        lines.append(f"given, and so not tried: {', '.join(given)}")
    return lines


def shown(record: SearchRecord) -> report.SearchTold:
    """Return what a report shows of a search: every trial beside the start, and what was chosen."""
    start, *others = record.trials or [NO_TRIAL]
    tried = [(_named(trial), _beside(trial, start)) for trial in others]
    return report.SearchTold(
        tried, [f"{line[0].upper()}{line[1:]}." for line in said(record)[1 if tried else 0 :]]
    )


TUNED = (
    "scale", "season", "past", "loss", "learning_rate", "window", "skip", "recurrent_dropout",
    "output_dropout", "epochs", "patience",
)  # fmt: skip
"""What a search may choose."""


def _named(trial: Trial) -> str:
    return (told(trial.settings) or "the defaults") + ", longer" * (trial.times > 1)


def _beside(trial: Trial, start: Trial) -> str:
    if trial.score is None:
        return "not finite"
    if not start.score:
        return f"{trial.score:.4g}"
    return f"{100 * (trial.score / start.score - 1):+.1f} %"


def _read(run: Run, config: FitConfig) -> SearchRecord:
    """Read what a run keeps of its search; every setting in it is one that the configuration can have."""
    try:
        document = parse_json(read_input(run.tuning, LIMIT, link=False))
    except OSError as error:
        raise CheckpointError(f"{run.tuning} cannot be read: {error.strerror}.") from None
    except JsonError as error:
        raise CheckpointError(f"{run.tuning} is damaged: {error}.") from None
    check_document(SearchRecord, document, run.tuning)
    record = SearchRecord.from_dict(document)
    for settings in (record.chosen or {}, *(trial.settings for trial in record.trials)):
        if others := [name for name in settings if name not in TUNED]:
            raise CheckpointError(
                f"{run.tuning} is damaged: {brief(others[0])} is not what a search chooses."
            )
        try:
            config.with_settings(settings)
        except ConfigError as error:
            raise CheckpointError(f"{run.tuning} is damaged: {error}") from None
    return record
