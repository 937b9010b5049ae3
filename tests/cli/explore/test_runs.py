"""`gatewise explore RUN`: a window of a trained model, the page beside its report, and rows that there are not."""

import csv
import io

import pytest
from explore_pages import OUT, page, refuse
from page_values import Worked
from series_files import SMALL, series, write_csv

import gatewise


def test_a_window_forecasts_what_predict_forecasts_from_that_row(run, tmp_path, trained):
    _, table, _ = run("predict", trained, "--rolling")
    rows = list(csv.DictReader(io.StringIO(table)))
    cutoff = rows[len(rows) // 2]["cutoff"]
    expected = [float(row["load"]) for row in rows if row["cutoff"] == cutoff]
    assert run("explore", trained, *OUT, "--at", cutoff)[0] == 0
    data = page(tmp_path)
    y = Worked(data)[1, "y@0"]
    found = [
        column["mean"] + column["scale"] * value
        for column, value in zip(data["run"]["outputs"], y, strict=True)
    ]
    assert found == pytest.approx(expected, rel=1e-6)
    assert data["run"]["run"] == str(trained)


def test_a_run_without_a_row_shows_a_window_of_the_test(run, tmp_path, trained):
    code, _, err = run("explore", trained, "--no-open")
    assert code == 0
    assert "half the squared error" in err
    assert err.endswith("wrote run.explore.html\n")
    assert (
        page(tmp_path, "run.explore.html")["run"]["times"][-1]
        == page(tmp_path, "run.explore.html")["run"]["at"]
    )


def test_the_run_has_such_a_page_beside_its_report(trained):
    assert page(trained, "explore.html")["run"]["run"] == str(trained)
    report = (trained / "report.html").read_text("utf-8")
    assert '<a href="explore.html">explore.html</a>' in report
    assert "gatewise explore RUN --at ROW" in report


def test_a_report_says_why_there_is_no_page(tmp_path):
    gatewise.fit(series(160), run=tmp_path / "both", **{**SMALL, "bidirectional": True, "report": True})
    assert not (tmp_path / "both" / "explore.html").exists()
    assert "both directions (bidirectional); a page shows layers of one" in (
        tmp_path / "both" / "report.html"
    ).read_text("utf-8")


def test_a_row_that_no_window_ends_with(run, tmp_path, trained):
    assert "--at 3 is the last row of no window" in refuse(run, tmp_path, trained, "--at", 3)
    assert "--at" in refuse(run, tmp_path, trained, "--at", "2031-01-01")


def test_a_row_that_cannot_be_read_says_what_one_is(run, tmp_path, trained):
    said = refuse(run, tmp_path, trained, "--at", "noon")
    assert (
        said
        == 'gatewise: --at="noon" is no time such as 2013-11-01. Or give the number of a row, row 11 to row 159.\n'
    )


def test_the_table_of_a_run_is_not_written_over(run, tmp_path, trained):
    table = write_csv(tmp_path / "load.csv", series(160))
    before = table.read_text()
    code, _, err = run("explore", trained, "--data", table, "-o", table, "--no-open")
    assert (code, table.read_text()) == (2, before)
    assert "would be overwritten" in err
