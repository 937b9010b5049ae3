"""Checks of what a dataset is to serve for: options that go together, new data like those of the training."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.support.given import brief, check_order
from gatewise.support.options import is_whole, named_in
from gatewise.train.data.data_error import DataError, quoted
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.reading.cells import DECIMAL_COMMA, THOUSANDS
from gatewise.train.data.reading.dataset import Dataset

TASKS = ("forecast", "regress", "classify")
PASTS = ("values", "changes")
MISSING = ("fill", "drop", "error")


class Choice(NamedTuple):
    """The options of a preparation, checked and complete."""

    task: str
    window: int
    horizon: int
    change: bool
    missing: str
    scale_target: bool
    season: int
    past: str
    log: bool = False
    non_negative: bool = False


def check_choice(
    dataset: Dataset, task: str, window: int, horizon: int | None, stride: int, split: str,
    change: bool | None, missing: str, scale_target: bool, log: bool = False, non_negative: bool = False,
    season: int = 0, past: str = "values",
) -> Choice:  # fmt: skip
    """Refuse what is not offered, or does not go together with the data."""
    check_order("Windows.fit", {"dataset": dataset}, {"dataset": Dataset})
    flags = {"change": change, "scale_target": scale_target, "log": log, "non_negative": non_negative}
    for name, flag in flags.items():
        if not isinstance(flag, (bool, np.bool_, *((type(None),) if name == "change" else ()))):
            raise DataError(f"{name} is {brief(flag)}; it must be True or False.")
    offered = {"task": (task, TASKS), "split": (split, ("time", "group")), "missing": (missing, MISSING),
               "past": (past, PASTS)}  # fmt: skip
    for name, (given, choices) in offered.items():
        if not named_in(given, choices):
            raise DataError(f"{name}={brief(given)}; it can be {', '.join(choices)}.")
    forecast = task == "forecast"
    horizon = horizon if horizon is not None else 24 if forecast else 1
    for name, number, least in (
        ("window", window, 1 if forecast else 0),
        ("horizon", horizon, 1),
        ("stride", stride, 1),
        ("season", season, 0),
    ):
        if not is_whole(number):
            raise DataError(f"{name}={brief(number)}; it must be a whole number.")
        if number < least:
            raise DataError(f"{name} is {number}; for task {task} it is at least {least}.")
    changes = (forecast and scale_target) if change is None else change
    wrong = {
        f"horizon={horizon}, but task {task} predicts at the window's end: leave it out":
            not forecast and horizon != 1,
        f"change is for forecasts, not for task {task}":
            bool(change) and not forecast,
        "labels that are changes are scaled: give change=False with scale_target=False":
            bool(change) and not scale_target,
        f"future columns ({quoted(dataset.future)}) are for forecasts; name them as features":
            bool(dataset.future) and not forecast,
        f"task {task} needs features: {dataset.source} has no column of numbers beside the target":
            not (forecast or dataset.features or dataset.static),
        f"season={season} is for labels that are changes, of forecasts":
            season > 0 and not changes,
        "past=changes is for labels that are changes, of forecasts":
            past == "changes" and not changes,
        f"season={season} rows are more than the window has, {window}":
            season > window,
        "log and non_negative are for numbers, not for classes":
            (log or non_negative) and task == "classify",
        "task classify has one target":
            task == "classify" and len(dataset.targets) > 1,
    }  # fmt: skip
    for message, holds in wrong.items():
        if holds:
            raise DataError(f"{message}.")
    if task != "classify":
        _refuse_texts(dataset, "use task classify, or give numbers")
    return Choice(
        task,
        window,
        horizon,
        changes,
        missing,
        scale_target,
        season,
        past,
        bool(log),
        bool(non_negative),
    )


def check_same(dataset: Dataset, preparation: Preparation) -> None:
    """Refuse new data that are not like those of the training."""
    roles = ("targets", "features", "future", "static")
    for role in roles:
        here, trained = getattr(dataset, role), getattr(preparation, role)
        if here != trained:
            raise DataError(
                f"the {role} are {quoted(here)}; the model was trained with {quoted(trained)}. Read with "
                f"preparation.reading."
            )
    names = [name for name, _ in preparation.categories]
    if list(dataset.categories) != names:
        raise DataError(
            f"the categories are {quoted(dataset.categories) or 'none'}; the model was trained with "
            f"{quoted(names) or 'none'}. Read with preparation.reading."
        )
    if preparation.task != "classify":
        _refuse_texts(dataset, f"the model was trained on numbers, for task {preparation.task}")
    if (dataset.time is None) != (preparation.time_name is None):
        raise DataError(
            f"the model was trained {'without' if preparation.time_name is None else 'with'} a column of "
            f"times; so must new data be read."
        )
    if (dataset.zone is None) != (preparation.zone is None):
        kinds = {True: "without a time zone", False: "with a time zone"}
        raise DataError(
            f"the times are {kinds[dataset.zone is None]}, those of the training were "
            f"{kinds[preparation.zone is None]}."
        )
    several = any(each.end - each.first > 1 for each in dataset.stretches)
    if (
        several
        and dataset.step != preparation.step
        and "uneven" not in (preparation.step.kind, dataset.step.kind)
    ):
        raise DataError(
            f"rows are {dataset.step} apart in {dataset.source}; the model was trained on rows "
            f"{preparation.step} apart."
        )


def _refuse_texts(dataset: Dataset, otherwise: str) -> None:
    """Refuse a target of texts where numbers are needed; say how to write what looks like numbers."""
    for name in dataset.targets:
        for text in dataset.texts.get(name, [])[:1]:
            if THOUSANDS.fullmatch(text.strip()):
                raise DataError(f'target {name} has "{text}": write numbers without marks between thousands.')
            if DECIMAL_COMMA.fullmatch(text.strip()):
                raise DataError(
                    f'target {name} has "{text}": write a decimal point, or semicolons between the columns.'
                )
            raise DataError(f'target {name} is text ("{text}"): {otherwise}.')
