"""What report.html and the terminal say of a test: its times and zone, few windows, numbers and names alike in both."""

from __future__ import annotations

import html
import re
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

import gatewise
from gatewise.cli.results import results_table
from gatewise.train.model.metrics_text import FEW, against, compared, number
from gatewise.train.report import words

HOURS = np.datetime64("2023-01-31T23:00", "s") + np.arange(200) * np.timedelta64(1, "h")
TIMES = {
    "zone": [f"{time}Z" for time in HOURS],
    "offset": [f"{time}+02:00" for time in HOURS],
    "clock": [str(time) for time in HOURS],
    "day": [str(np.datetime64("2023-01-31") + day) for day in range(200)],
    "number": np.arange(200) * 5 + 1000,
    "row": None,
}


def fitted(kind, **options):
    table = {"y": np.sin(np.arange(200) / 4)} | ({} if TIMES[kind] is None else {"when": TIMES[kind]})
    given = {"time": "when"} if "when" in table else {}
    return gatewise.fit(table, target="y", window=6, horizon=3, hidden=2, epochs=1, **given, **options)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("zone", "2023-02-08 01:00 to 2023-02-09 06:00 UTC"),
        ("offset", "2023-02-08 01:00 to 2023-02-09 06:00 +02:00"),
        ("clock", "2023-02-08 01:00 to 2023-02-09 06:00"),
        ("day", "2023-07-20 to 2023-08-18"),
        ("number", "1850 to 1995"),
        ("row", "row 171 to row 200"),
    ],
)
def test_the_terminal_says_from_when_to_when_the_test_predicts(kind, said):
    assert results_table(fitted(kind).results).startswith(f"test: 28 windows, {said}\n\n")


def test_the_terminal_says_when_the_test_is_and_warns_of_few_windows():
    values = {"LSTM": {"mae": 711_668_844.0, "log_loss": 0.5}, "ridge": {"mae": 99_816.0}}
    results = {"of": "test", "windows": 1, "targets": {"y": values}}
    first, warning, _, head, *rows = results_table(results).splitlines()
    assert (first, warning[:15]) == ("test: 1 window", "Only 1 window: ")
    assert str(FEW) in warning
    assert "log loss" in head
    assert "711,668,844" in rows[0]
    assert rows[1].endswith("7,130 times the error")
    lines = results_table(results | {"windows": FEW, "from": "2023-07-20", "to": "2023-08-18"}).splitlines()
    assert lines[:2] == ["test: 20 windows, 2023-07-20 to 2023-08-18", ""]


@pytest.mark.parametrize(
    ("measure", "ours", "theirs", "sentence", "cell"),
    [
        ("mae", 0.9, 1.2, "25.0 % better than", "25.0 % better"),
        ("mae", 2.0, 1.0, "100.0 % worse than", "100.0 % worse"),
        ("mae", 711_668_844, 99_816, "7,130 times the error of", "7,130 times the error"),
        ("mae", 42.4, 1.0, "42 times the error of", "42 times the error"),
        ("mae", 1.0001, 1.0, "as good as", "as good"),
        ("mae", 0.0, 0.0, "as good as", "as good"),
        ("mae", 0.5, 0.0, "worse than", "worse"),
        ("accuracy", 0.9, 0.6, "30.0 points better than", "30.0 points better"),
        ("accuracy", 0.60001, 0.6, "as good as", "as good"),
    ],
)
def test_terminal_and_report_compare_alike(measure, ours, theirs, sentence, cell):
    assert compared(measure, ours, theirs) == sentence
    assert against(measure, ours, theirs) == cell


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "mae",
            "ridge does at least as well: here, with these settings, the LSTM is not worth its trouble yet.",
        ),
        ("pinball", "It beats every baseline; the best of them is ridge."),
    ],
)
def test_the_terminal_says_under_its_table_what_the_report_says_by_what_decides(metric, said):
    rows = {"LSTM": {"mae": 3.0, "pinball": 1.0}, "ridge": {"mae": 2.0, "pinball": 2.0}}
    results = {"of": "test", "windows": 30, "metric": metric, "task": "forecast", "targets": {"y": rows}}
    lines = results_table(results).splitlines()
    assert lines[-1] == said == words.worth_it(rows, "LSTM", metric)
    assert lines[-2].endswith("  50.0 % worse" if metric == "mae" else "  50.0 % better")


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
    assert "Only 1 window: fewer than 20 say little" in page
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
        for name, value in values.items():
            assert number(value) in page
            if name in ("mae", "rmse", "bias", "mase", "pinball", "inside_0.1-0.9", "width_0.1-0.9"):
                assert number(value) in table
    assert "KGE" not in table
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


def test_the_words_of_a_test_are_loaded_by_no_other_command():
    """They bring all of gatewise.train, for which `gatewise --help` would wait."""
    code = (
        "import sys, gatewise.cli.app; print(any(name.startswith('gatewise.train') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
