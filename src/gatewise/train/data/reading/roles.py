"""Which column of a table is what: named by the user, or found in the first rows."""

from __future__ import annotations

import re
from itertools import islice
from numbers import Integral
from shlex import quote
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.given import brief
from gatewise.support.options import entries
from gatewise.train.data.data_error import DataError, check_columns, quoted
from gatewise.train.data.reading.cells import kind_of, looks_like_numbers, to_numbers
from gatewise.train.data.reading.tables import SourceTable
from gatewise.train.data.reading.times import TimeReader

_COUNTERS = (
    "index", "level_0", "idx", "no", "no.", "nr", "nr.", "num", "id",
    "row", "row_nr", "row_id", "rowid", "rn", "obs", "#",
)  # fmt: skip
_INDEX = re.compile(r"|Unnamed: \d+|__index_level_\d+__")  # how pandas calls an index without a name


def as_names(role: str, given: Any) -> list[str]:
    """Return names of columns as texts; the columns of an array, and of some frames, are numbers.

    Raises
    ------
    ArgumentError
        If it is neither a name nor a list of names.
    """
    names = [given] if isinstance(given, (str, Integral)) else entries(given)
    if names is None:
        raise ArgumentError(f"{role} is {brief(given)}; it must be the name of a column, or a list of names.")
    return [as_name(role, name) for name in names]


def as_name(role: str, given: Any) -> str:
    """Return the name of a column as text.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    if not isinstance(given, (str, Integral)) or isinstance(given, bool):
        raise ArgumentError(
            f"{role} has {brief(given)}; a column is named by text, or in an array by number."
        )
    return str(given)


class Roles:
    """Which column is what. What is left open is decided by the first rows."""

    def __init__(
        self, table: SourceTable, target: list[str], features: list[str] | None, time: str | None,
        series: str | None, future: list[str], static: list[str], optional_target: bool,
        categories: list[str],
    ) -> None:  # fmt: skip
        self.time, self.series = time or table.time, series or table.series
        # A category that has no other role is a feature; the name of the series is one that never changes.
        loose = [name for name in categories if name not in {*(features or ()), *future, *static}]
        static = [*static, *(name for name in loose if name == self.series)]
        loose = [name for name in loose if name not in static]
        self.absent = [name for name in target if optional_target and name not in table.names]
        named = {
            "target": [name for name in target if name not in self.absent],
            "features": features or [],
            "categories": loose,
            "future": future,
            "static": static,
            "time": [self.time] if self.time else [],
            "series": [self.series] if self.series else [],
        }
        if not target:
            raise DataError("target is empty: name the column to predict.")
        check_columns(table.source, {**named, "categories": categories}, table.names)
        _check_distinct(table.source, {**named, "target": target})
        self.target, self.future, self.static = target, future, static
        taken = {name for role, names in named.items() if role != "features" for name in names} | set(target)
        self.notes: list[str] = []
        if features is None:
            chosen = self._chosen(table, [name for name in table.names if name not in taken])
            self.features = [*chosen, *loose]
        else:
            # A feature may be named again as known ahead or static: that says more.
            self.features = [name for name in features if name not in {*future, *static, *target}] + loose
        # Targets that are texts are classes, and so are inputs. Other texts are refused where they are met.
        _, self.texts = self._first_rows(table, named["target"])
        inputs = [name for name in (*(features or ()), *future, *static) if name not in self.target]
        found = {*categories, *_columns_of_texts(table, [name for name in inputs if name not in categories])}
        self.categories = [name for name in self.columns if name in found]

    def _chosen(self, table: SourceTable, candidates: list[str]) -> list[str]:
        """Return the columns of numbers among those that nobody named, and note what is left out."""
        indices = index_columns(table, candidates)
        self.notes += [
            f"{_called(name)} is left out: it looks like the index of a frame, or a count of the rows. "
            f"{'Name it in features' if name else 'Give it a name'} to use it."
            for name in indices
            if not _is_empty(table, name)  # a comma at the end of every line makes a column of nothing
        ]
        candidates = [name for name in candidates if name not in indices]
        check_columns(table.source, {"features": candidates}, table.names)
        chosen, left = self._first_rows(table, candidates)
        if left:
            self.notes.append(
                f"columns without numbers are left out: {quoted(left)}{_if_categories(table, left)}"
            )
        if self.time is None:
            self.notes += [
                f"{_called(name)} holds times: "
                + (f"--time {quote(name)}" if name else "with a name of its own, --time")
                + " makes it the time"
                for name in _columns_of_times(table, [*indices, *left])
            ]
        return chosen

    @property
    def columns(self) -> list[str]:
        """The columns of `Dataset.values`."""
        return [*self.target, *self.features, *self.future, *self.static]

    @property
    def needed(self) -> list[str]:
        """The columns that are read."""
        others = [name for name in (self.time, self.series) if name and name not in self.columns]
        return [*(name for name in self.columns if name not in self.absent), *others]

    @property
    def numbers(self) -> list[str]:
        """The columns that must hold numbers."""
        return [name for name in self.columns if name not in {*self.absent, *self.texts, *self.categories}]

    def _first_rows(self, table: SourceTable, names: list[str]) -> tuple[list[str], list[str]]:
        """Return the columns that hold numbers in the first rows, and the others."""
        kept: list[str] = []
        left: list[str] = []
        for piece in islice(table.pieces(names, ()), 1 if names else 0):
            for name in names:
                column = piece.column(name)
                readable = table.written or kind_of(column) == "number"  # a frame's texts are texts
                number = readable and _holds_numbers(column, table.decimal)
                (kept if number else left).append(name)
        return kept, left


def index_columns(table: SourceTable, names: list[str]) -> list[str]:
    """Return the columns that are a frame's own index, by their names or because they count rows."""
    found = [name for name in names if name in table.index or _INDEX.fullmatch(name)]
    counting = [name for name in names if name.lower() in _COUNTERS and name not in found]
    for piece in islice(table.pieces(counting, ()), 1 if counting else 0):
        for name in counting:
            column = piece.column(name)
            if _holds_numbers(column, table.decimal):
                values = to_numbers(table.source, name, column, 0, table.decimal)
                found += [name] if (values == values[0] + np.arange(len(values))).all() else []
    return found


def _is_empty(table: SourceTable, name: str) -> bool:
    """Return whether the first rows of a column hold nothing."""
    piece = next(iter(table.pieces([name], ())), None)
    return piece is None or bool(piece.column(name).null_count == len(piece))


def _called(name: str) -> str:
    return f"column {name}" if name else "the column without a name"


def _columns_of_times(table: SourceTable, names: list[str]) -> list[str]:
    """Return the columns whose first rows are times, and no mere numbers."""
    found = []
    for piece in islice(table.pieces(names, ()), 1 if names else 0):
        for name in names:
            try:
                times = TimeReader(table.source, name, table.decimal).read(piece.column(name).slice(0, 20), 0)
            except DataError:
                continue
            found += [name] if times.dtype.kind == "M" else []
    return found


def _columns_of_texts(table: SourceTable, names: list[str]) -> list[str]:
    """Return the columns whose first rows are texts, and neither numbers nor times."""
    texts = []
    for piece in islice(table.pieces(names, ()), 1 if names else 0):
        for name in names:
            column = piece.column(name)
            if kind_of(column) == "text" and not looks_like_numbers(column, table.decimal):
                texts.append(name)
    times = _columns_of_times(table, texts)
    return [name for name in texts if name not in times]


def _if_categories(table: SourceTable, left: list[str]) -> str:
    """End a note about columns that are left out: how to use one of texts."""
    texts = _columns_of_texts(table, left)
    return f"; if {texts[0]} holds categories, --categories {quote(texts[0])} uses it" if texts else ""


def time_reader(table: SourceTable, name: str, day_first: bool | None) -> TimeReader:
    """Return what reads the column `name` of a table as times."""
    return TimeReader(
        table.source, name, table.decimal, day_first,
        lambda: (piece.column(name) for piece in table.pieces([name], ()) if len(piece)),
    )  # fmt: skip


def series_column(table: SourceTable, roles: Roles, day_first: bool | None) -> str | None:
    """Return the column by which times rise within each of several series: names first, and the fewest."""
    others = [name for name in table.names if name not in (*roles.target, roles.time)]
    found: list[tuple[bool, int, str]] = []
    if roles.time is None or roles.series is not None:
        return None
    for piece in islice(table.pieces([roles.time, *others], ()), 1):
        try:
            times = time_reader(table, roles.time, day_first).read(piece.column(roles.time), 0)
        except DataError:
            return None
        for name in others:
            column = piece.column(name)
            names = np.array([str(value) for value in column.to_pylist()])
            different, codes = np.unique(names, return_inverse=True)
            order = np.argsort(codes, kind="stable")
            same, rising = np.diff(codes[order]) == 0, times[order][1:] > times[order][:-1]
            if 1 < len(different) <= len(names) // 2 and rising[same].all():
                found.append((_holds_numbers(column, table.decimal), len(different), name))
    return min(found)[2] if found else None


def _holds_numbers(column: Any, decimal: str) -> bool:
    """Return whether a piece of a column has numbers, or texts of which most are."""
    kind = kind_of(column)
    return kind == "number" or (kind == "text" and looks_like_numbers(column, decimal))


def _check_distinct(source: str, named: dict[str, list[str]]) -> None:
    seen: dict[str, str] = {}
    for role, names in named.items():
        for name in names:
            other = seen.get(name)
            both = (other == "features" and role in ("future", "static")) or (other, role) == (
                "static",
                "series",
            )
            if other is not None and not both:
                twice = f"twice as {role}" if other == role else f"as {other} and as {role}"
                raise DataError(f"column {name} of {source} is named {twice}; a column has one role.")
            seen[name] = role
