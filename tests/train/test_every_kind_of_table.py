"""From a table to a report and a prediction, as a user types it: every kind of time, every task, one series or many."""

import csv
import html
import re
from xml.etree import ElementTree

import numpy as np
import pytest

ROWS = 120
HOURS = np.datetime64("2024-01-01T00") + np.arange(ROWS) * np.timedelta64(1, "h")
TIMES = {
    "none": None,
    "dates": [str(time).replace("T", " ") + ":00" for time in HOURS],
    "zone": [f"{time}:00+02:00" for time in HOURS],
    "months": [str(np.datetime64("1990-01") + n) for n in range(ROWS)],
    "whole numbers": [str(10 * n) for n in range(ROWS)],
    "fractions": [str(n / 2) for n in range(ROWS)],
}
# The time of the first row that is predicted after the table, and how the report writes the table's own.
AFTER = {
    "none": "120",
    "dates": "2024-01-06 00:00:00",
    "zone": "2024-01-06 00:00:00+0200",
    "months": "2000-01-01 00:00:00",
    "whole numbers": "1200",
    "fractions": "60",
}
SPAN = {
    "none": "",
    "dates": ", 2024-01-01 to 2024-01-05 23:00",
    "zone": ", 2024-01-01 to 2024-01-05 23:00 +02:00",
    "months": ", 1990-01-01 to 1999-12-01",
    "whole numbers": ", 0 to 1190",
    "fractions": ", 0 to 59.5",
}


def write_table(path, kind, task, many):
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(["when"] if TIMES[kind] else []), *(["id"] if many else []), "y", "z"])
        for series in range(3 if many else 1):
            y = np.sin(np.arange(ROWS) / 5 + series) + 0.1 * rng.standard_normal(ROWS)
            for n in range(ROWS):
                label = ("up" if y[n] > 0 else "down") if task == "classify" else round(y[n], 3)
                start = [TIMES[kind][n]] if TIMES[kind] else []
                writer.writerow([*start, *([f"s{series}"] if many else []), label, round(y[n] + 0.3, 3)])


@pytest.mark.share(6)
@pytest.mark.parametrize("many", [False, True], ids=["one series", "many series"])
@pytest.mark.parametrize("task", ["forecast", "regress", "classify"])
@pytest.mark.parametrize("kind", TIMES)
def test_a_table_becomes_a_report_and_predictions(run, tmp_path, kind, task, many):
    write_table(tmp_path / "t.csv", kind, task, many)
    flags = ["--window", 12, "--hidden", 3, "--epochs", 1, "--task", task, "-q", "-o", "run"]
    flags += ["--time", "when"] if TIMES[kind] else []
    flags += ["--series", "id"] if many else []
    flags += ["--horizon", 3] if task == "forecast" else []
    code, _, err = run("fit", "t.csv", "--target", "y", *flags)
    assert code == 0, err

    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    rows = "360 rows of 3 series" if many else "120 rows"
    assert f"<dd>{rows}{SPAN[kind]}</dd>" in html.unescape(page)
    assert not re.search(r">[^<]*\b(nan|NaN|NaT|None|inf)\b", page)
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) >= (5 if task == "classify" else 6)
    for picture in pictures:
        ElementTree.fromstring(picture)
    assert {
        "forecast": "forecasts, each made",
        "regress": "observed and predicted",
        "classify": "observed (rows)",
    }[task] in page

    code, _, err = run("predict", "run", "t.csv", "-o", "out.csv")
    assert code == 0, err
    with (tmp_path / "out.csv").open(newline="") as file:
        predicted = list(csv.DictReader(file))
    if task == "forecast":
        assert len(predicted) == (9 if many else 3)
        assert predicted[0]["when" if TIMES[kind] else "row"] == AFTER[kind]
    else:
        assert len(predicted) == (3 if many else 1) * (ROWS - 11)
    assert run("evaluate", "run", "t.csv")[0] == 0
