"""Where the data of a configuration are: in a file, in the package, or given from Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.data import EMBEDDED, embedded_path
from gatewise.train.data.reading.tables import NamedFile

GIVEN = "(given from Python)"
"""Stands for data in a configuration that no file holds."""
STDIN = "(standard input)"
"""Stands for data that were piped in, also through a pipe with a name."""


def with_data(keys: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Return the keys with what the data decide: their name, and what belongs to the embedded ones."""
    if data is not None:
        return {**keys, "data": STDIN if isinstance(data, NamedFile) else GIVEN}
    return dict(keys) if keys.get("data") is not None else {**EMBEDDED, **keys}


def data_of(config: FitConfig, data: Any = None) -> Any:
    """Return what `read` takes: the data given, else those that the configuration names.

    Raises
    ------
    ConfigError
        If no file holds the data, and they are not given again.
    """
    if data is not None:
        return data
    if config.data == GIVEN:
        raise ConfigError("the data of this run were given from Python; give them again.")
    if config.data == STDIN:
        raise ConfigError(
            "the data of this run came from standard input, and were not kept; name a file that has them, or "
            "pipe them in again and name -."
        )
    return embedded_path() if config.data is None else config.data
