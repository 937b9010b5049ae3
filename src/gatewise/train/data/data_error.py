"""What can be wrong with data, in words: the error, near misses of a name, rows as a person counts them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from gatewise.errors import GatewiseError
from gatewise.support.given import brief

LONGEST_NAME = 60  # characters of a column that a message repeats


class DataError(GatewiseError):
    """A table cannot be used; the message names the column and the row.

    Rows are counted from 1, without the header of a file.
    """


class DataWarning(UserWarning):
    """Something that a user should know of how new data were taken; they are used all the same."""


class OrderError(DataError):
    """Times do not rise from row to row."""


def quoted(names: Iterable[object], limit: int = 12) -> str:
    """List names for a message, the first `limit` of them."""
    texts = [text if len(text := str(name)) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…" for name in names]
    more = f", … ({len(texts)} in all)" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more


def check_columns(source: str, wanted: Mapping[str, Sequence[str]], names: Sequence[str]) -> None:
    """Refuse names that are no column, with the nearest one that is.

    Parameters
    ----------
    wanted : dict
        For each role ("target", "time") the names given for it.
    """
    twice = sorted({name for name in names if list(names).count(name) > 1})
    for role, given in wanted.items():
        for name in given:
            if not isinstance(name, str):
                raise DataError(f"{role} is {brief(name)}; it must be the name of a column, as text.")
            if name not in names:
                raise DataError(f"{source} has no column {quoted([name])} ({role}){near(name, names)}")
            if name in twice:
                raise DataError(
                    f"{source} has the column {name} more than once; give each a name of its own."
                )


def near(name: str, names: Sequence[str]) -> str:
    """End a message about an unknown name: the nearest one, else all of them."""
    folded = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    close = close or [each for each in folded if name and each.startswith(name.casefold())]
    if close:
        return f"; did you mean {quoted([folded[close[0]]])}? Its columns: {quoted(names)}."
    return f". Its columns: {quoted(names)}."
