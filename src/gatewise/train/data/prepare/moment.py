"""The time of one row that arrives alone, as the times of a table are kept: in UTC where they have a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from gatewise.support.given import brief
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.steps import Times


def moment(time: Any, zone: str | None) -> Times:
    """Return the time of a row as an array of one datetime64[us].

    Parameters
    ----------
    time : datetime, date, str or datetime64
        A text in ISO 8601. A datetime64 cannot have a zone and is taken to be in UTC where there is one.
    zone : str or None
        That of the training's times.

    Raises
    ------
    DataError
        If it is no time, or has a zone where the training's times have none, or the other way round.
    """
    given = time
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time.strip())
        except ValueError:
            raise DataError(f'time is "{given}"; write it as in 2013-11-01T06:00.') from None
    if isinstance(time, np.datetime64) and not np.isnat(time):
        return np.array([time], dtype="datetime64[us]")
    if isinstance(time, datetime) and time == time:  # pandas' NaT is a datetime that is not itself
        if (time.utcoffset() is None) != (zone is None):
            raise DataError(
                f"time {given} has no time zone; those of the training had one. Add the offset, as in "
                "2013-11-01T06:00+01:00."
                if zone is not None
                else f"time {given} has a time zone; those of the training had none. Leave it out."
            )
        if zone is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
    elif not isinstance(time, date):
        raise DataError(f"time is {brief(given)}; give a datetime, or a text such as 2013-11-01T06:00.")
    return np.array([time], dtype="datetime64[us]")
