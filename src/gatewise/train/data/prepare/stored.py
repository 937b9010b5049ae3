"""Whether what a file says of a preparation is one: every value of its kind, and all fitting together.

A file may be damaged or forged with a checksum that is right; nothing of it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from gatewise.support.given import brief
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.calendar import CYCLES
from gatewise.train.data.reading.times import clock_time

TASKS = ("forecast", "regress", "classify")
STEPS = ("fixed", "month", "weekday", "uneven")
LONGEST = 2**40  # rows, or microseconds of a step: over 30,000 years
LARGEST_STEP = 2**60


def keys_of(kind: type, document: Any, version: int, later: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the fields of `kind`, a dataclass, that a document has.

    Parameters
    ----------
    version : int
        That of the documents that are read.
    later : dict
        What stands for fields that earlier documents do not have.

    Raises
    ------
    DataError
        If it is of another version, not complete, or a value is not of its kind.
    """
    if not isinstance(document, Mapping):
        raise DataError(f"the preparation is {brief(document)}, and no document.")
    written = document.get("version")
    if written != version:
        raise DataError(
            f"the preparation is of version {brief(written)}; this gatewise reads version {version}."
        )
    whole, names = {**later, **document}, {each.name for each in fields(kind)}
    if gone := sorted(names - set(whole)):
        raise DataError(f"the preparation is not complete: {', '.join(gone)} is missing.")
    keys = {name: whole[name] for name in names}
    check_kinds(kind, keys)
    return keys


def check_kinds(kind: type, document: Mapping[str, Any]) -> None:
    """Refuse values of other kinds than the fields of `kind`, a dataclass, say.

    Raises
    ------
    DataError
    """
    from gatewise.support.keys import fault_in  # brings pydantic: only when there is a file to read

    if fault := fault_in(kind, document):
        raise DataError(f"the preparation is damaged: {fault}.")


def check_together(made: Any) -> None:
    """Refuse a preparation whose parts do not fit together.

    Raises
    ------
    DataError
    """
    step, columns, targets = made.step, len(made.inputs), len(made.targets)
    classes = made.task == "classify"
    faults = {
        "task": made.task not in TASKS,
        "missing": made.missing not in ("fill", "drop", "error"),
        "dtype": made.dtype not in ("float32", "float64"),
        "calendar": not set(made.calendar) <= {*CYCLES},
        "window": not (made.task == "forecast") <= made.window <= LONGEST,
        "horizon": not 1 <= made.horizon <= (LONGEST if made.task == "forecast" else 1),
        "change": made.change and made.task != "forecast",
        "season": not 0 <= made.season <= (made.window if made.change else 0),
        "past": made.past not in ("values", *(("changes",) if made.change else ())),
        "skip_rows": not 0 <= made.skip_rows <= LONGEST,
        "targets": not targets,
        "mean": not _numbers(made.mean, columns),
        "scale": not _numbers(made.scale, columns) or 0 in made.scale,
        "label_mean": not (classes or _numbers(made.label_mean, targets)),
        "label_scale": not (classes or (_numbers(made.label_scale, targets) and 0 not in made.label_scale)),
        "log": made.log and classes,
        "non_negative": made.non_negative and classes,
        "marks": any(not 0 <= place < columns for mark in made.marks for place in mark),
        "categories": not _fit_together(made),
        "classes": classes != (made.classes is not None) or (classes and len(made.classes or ()) < 2),
        "step": step.kind not in STEPS or not 0 < step.size <= LARGEST_STEP,
        "zone": made.zone is not None and not _is_zone(made.zone),
        "series_scales": not _all_fit(made.series_scales, columns, 0 if classes else targets),
    }  # fmt: skip
    if wrong := [name for name, fault in faults.items() if fault]:
        value = getattr(made, wrong[0])
        raise DataError(f"the preparation is damaged: {wrong[0]} is {brief(value)}, which does not fit.")


def _fit_together(made: Any) -> bool:
    """Whether each column of categories is one that is read, and the static ones alone are embedded."""
    names = [name for name, _ in made.categories]
    columns = {*made.features, *made.future, *made.static}
    return (
        len({*names}) == len(names)
        and {*names} <= columns
        and all(texts and len({*texts}) == len(texts) for _, texts in made.categories)
        and len({*made.embedded}) == len(made.embedded)
        and {*made.embedded} <= {*names} & {*made.static}
    )


def _numbers(values: Iterable[float], count: int) -> bool:
    """Whether there are so many finite numbers."""
    given = list(values)
    return len(given) == count and all(abs(value) < float("inf") for value in given)


def _all_fit(scales: Any, columns: int, targets: int) -> bool:
    """Whether scalings of series are each of another one, and of so many columns and targets."""
    names = {each.series for each in scales}
    return len(names) == len(scales) and all(_fits(each, columns, targets) for each in scales)


def _fits(scale: Any, columns: int, targets: int) -> bool:
    labels = (scale.label_mean, scale.label_scale) if targets else ((), ())
    return (
        _numbers(scale.mean, columns) and _numbers(scale.scale, columns) and 0 not in scale.scale
        and _numbers(labels[0], targets) and _numbers(labels[1], targets) and 0 not in labels[1]
    )  # fmt: skip


def _is_zone(name: str) -> bool:
    try:
        clock_time(np.zeros(1, "datetime64[us]"), name)
    except (KeyError, ValueError, OSError):
        return False
    return True
