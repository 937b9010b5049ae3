"""What report.html and the terminal say of a test: its times and zone, few windows, numbers and names alike in both."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

import gatewise
from gatewise.cli.results import results_table
from gatewise.train.data import Windows, read
from gatewise.train.model.metrics_spans import parts, span_text
from gatewise.train.model.metrics_text import FEW_WINDOWS, against, compared, number
from gatewise.train.report import words

HOURS = np.datetime64("2023-01-31T23:00", "s") + np.arange(200) * np.timedelta64(1, "h")
TIMES = {
    "zone": [f"{time}Z" for time in HOURS],
    "offset": [f"{time}+02:00" for time in HOURS],
    "clock": [str(time) for time in HOURS],
    "day": [str(np.datetime64("2023-01-31") + day) for day in range(200)],
    "number": np.arange(200) * 5 + 1000,
    "epoch": np.arange(200) * 3_600_000 + 1_700_000_000_000,
    "row": None,
}


def windows_of(kind, rows=200, **options):
    table = {"y": np.sin(np.arange(rows) / 4)}
    if TIMES[kind] is not None:
        table["when"] = TIMES[kind][:rows]
    dataset = read(table, target="y", **({"time": "when"} if "when" in table else {}))
    return Windows.fit(dataset, **({"window": 6, "horizon": 3, "calendar": False} | options))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("zone", "2023-02-08 01:00 to 2023-02-09 06:00 UTC"),
        ("offset", "2023-02-08 01:00 to 2023-02-09 06:00 +02:00"),
        ("clock", "2023-02-08 01:00 to 2023-02-09 06:00"),
        ("day", "2023-07-20 to 2023-08-18"),
        ("number", "1850 to 1995"),
        ("epoch", "1700612000000 to 1700716400000"),
        ("row", "rows 170 to 199"),
    ],
)
def test_a_test_says_from_when_to_when_it_predicts(kind, said):
    windows = windows_of(kind)
    assert span_text(parts(windows)["test"]) == said


@pytest.mark.parametrize("kind", TIMES)
def test_training_validation_and_test_follow_on_one_another(kind):
    windows = windows_of(kind)
    found = parts(windows)
    assert list(found) == ["training", "validation", "test"]
    for name, numbers in (
        ("training", windows.train),
        ("validation", windows.validation),
        ("test", windows.test),
    ):
        assert found[name]["windows"] == len(numbers)
    ends = [found[name][end] for name in found for end in ("from", "to")]
    assert ends == sorted(ends)
    assert len(set(ends)) == 6


def test_of_several_series_the_span_is_over_all():
    days = np.datetime64("2024-01-01") + np.arange(80)
    table = {
        "id": np.repeat(["b", "a"], 80),
        "day": np.concatenate([days + 100, days]),
        "y": np.arange(160.0),
    }
    windows = Windows.fit(
        read(table, target="y", time="day", series="id"),
        window=5,
        horizon=2,
        split="group",
        validation=0,
        test=0.5,
    )
    every = np.concatenate([windows.train, windows.test])
    times = windows.where(every)[1]
    found = parts(windows)
    assert min(part["from"] for part in found.values()) == str(times.min())[:10]
    assert max(part["to"] for part in found.values()) == str(times.max())[:10]


def test_the_terminal_says_when_the_test_is_and_warns_of_few_windows():
    values = {"LSTM": {"mae": 711_668_844.0, "log_loss": 0.5}, "ridge": {"mae": 99_816.0}}
    results = {"of": "test", "windows": 1, "targets": {"y": values}}
    first, warning, _, head, *rows = results_table(results).splitlines()
    assert (first, warning[:15]) == ("test: 1 window", "Only 1 window: ")
    assert str(FEW_WINDOWS) in warning
    assert "log loss" in head
    assert "711,668,844" in rows[0]
    assert rows[1].endswith("7,130 times")
    results |= {"windows": FEW_WINDOWS, "parts": parts(windows_of("day"))}
    lines = results_table(results).splitlines()
    assert lines[0] == "test: 30 windows, 2023-07-20 to 2023-08-18"
    assert re.fullmatch(r"  training: \d+ windows, 2023-02-06 to 2023-06-\d\d", lines[1])
    assert lines[3] == ""


@pytest.mark.parametrize(
    ("measure", "ours", "theirs", "sentence", "cell"),
    [
        ("mae", 0.9, 1.2, "25.0 % better than", "-25.0 %"),
        ("mae", 2.0, 1.0, "100.0 % worse than", "+100.0 %"),
        ("mae", 711_668_844, 99_816, "7,130 times the error of", "7,130 times"),
        ("mae", 4.24, 1.0, "4.2 times the error of", "4.2 times"),
        ("mae", 1.0001, 1.0, "as good as", "as good"),
        ("mae", 0.0, 0.0, "as good as", "as good"),
        ("mae", 0.5, 0.0, "worse than", "worse"),
        ("accuracy", 0.9, 0.6, "30.0 points better than", "+30.0 points"),
        ("accuracy", 0.60001, 0.6, "as good as", "as good"),
    ],
)
def test_terminal_and_report_compare_alike(measure, ours, theirs, sentence, cell):
    assert compared(measure, ours, theirs) == sentence
    assert against(measure, ours, theirs) == cell


def test_what_is_as_good_does_not_beat():
    assert words.worth_it({"LSTM": {"mae": 0.9999}, "seasonal 7": {"mae": 1.0}}).startswith(
        "seasonal 7 does at least"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none known"), (0.05, "0.05"), (999.4, "999.4"), (1234.5, "1,234"), (-98_765.4, "-98,765"), (1e300, "1e+300")],
)  # fmt: skip
def test_a_number_is_written_in_one_way(value, text):
    assert number(value) == text


def page_of(tmp_path, rows, kind="zone", **options):
    table = {"y": 7e8 + 1e8 * np.sin(np.arange(rows) / 4), "when": TIMES[kind][:rows]}
    given = {"time": "when", "window": 6, "horizon": 3, "hidden": 2, "epochs": 1}
    model = gatewise.fit(table, target="y", run=tmp_path / "run", **(given | options))
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    return model, html.unescape(re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))


def test_a_test_of_one_window_is_said_to_tell_little_and_draws_no_empty_chart(tmp_path):
    model, page = page_of(tmp_path, 36, test=0.085)
    assert model.results["windows"] == 1
    assert "Only 1 window: fewer than 30 say little" in page
    assert "Which units matter most cannot be said" in page
    assert "units of the layer that matter most" not in (tmp_path / "run" / "report.html").read_text()
    assert "1 windows" not in page
    assert "<strong>y:" not in page


def test_the_page_says_numbers_names_zones_and_bands_as_the_terminal_does(tmp_path):
    model, page = page_of(tmp_path, 200, loss="pinball")
    assert "200 rows, 2023-01-31 23:00 to 2023-02-09 06:00 UTC" in page
    for name, part in parts_in(page):
        assert part.endswith(" UTC"), name
    assert "inside 0.1-0.9" in page
    assert "Shaded: quantiles 0.1 to 0.9." in page
    table = results_table(model.results)
    for values in model.results["targets"]["y"].values():
        for value in values.values():
            assert number(value) in page
            assert number(value) in table
    assert "e+0" not in page
    assert not re.search(r"\d%", page.partition("</style>")[2])


def parts_in(page):
    """Return the parts that the head of a page names, and what it says of their times."""
    found = re.findall(r"<dt>(training|validation|test)</dt><dd>[\d,]+ windows?, predicting (.*?)</dd>", page)
    assert [name for name, _ in found] == ["training", "validation", "test"]
    return found


def test_the_band_of_a_likelihood_is_so_many_standard_deviations(tmp_path):
    _, page = page_of(tmp_path, 150, loss="gaussian", horizon=1)
    assert "Shaded: ± 2 standard deviations." in page
