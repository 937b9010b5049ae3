"""Times are read as people write them, to the same step and the same forecast as ISO 8601."""

import datetime
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow
import pytest

import gatewise
from gatewise.train.data import DataError, read

HOURS = np.datetime64("2020-01-13T00:05") + np.arange(40) * np.timedelta64(1, "h")
DAYS = np.datetime64("1939-01-05") + np.arange(40)
MONTHS = np.datetime64("1939-01") + np.arange(40)
QUARTERS = np.datetime64("1998-01") + 3 * np.arange(40)
WEEKS = np.datetime64("2019-12-30") + 7 * np.arange(60)
YEARS = np.datetime64("1998") + np.arange(40)


def written(form):
    return lambda time: time.item().strftime(form)


def quarter(form):
    return lambda time: form.format(y=time.item().year, q=(time.item().month + 2) // 3)


def week(form):
    return lambda time: form.format(*time.item().isocalendar())


def half(mark):
    return lambda time: time.item().strftime("%m/%d/%Y %I:%M ") + mark[time.item().hour >= 12]


# How a row is written, of which times, and the step.
WRITINGS = {
    "1/13/2020 1:05 PM": (written("%-m/%-d/%Y %-I:%M %p"), HOURS, "1 hour"),
    "13/01/2020 01:05:00 pm": (lambda t: written("%d/%m/%Y %I:%M:%S %p")(t).lower(), HOURS, "1 hour"),
    "2020-01-13 01:05:00 pm": (lambda t: written("%Y-%m-%d %I:%M:%S %p")(t).lower(), HOURS, "1 hour"),
    "01/13/2020 01:05 p.m.": (half(("a.m.", "p.m.")), HOURS, "1 hour"),
    "01/13/2020 01:05 PM, narrow space": (lambda t: written("%m/%d/%Y, %I:%M\u202f%p")(t), HOURS, "1 hour"),
    "2020-01-13T00:05:00.123456789": (lambda t: f"{t}:00.000000789", HOURS, "1 hour"),
    "2020-1-13 0:05": (written("%Y-%-m-%-d %-H:%M"), HOURS, "1 hour"),
    "2020.01.13 00:05": (written("%Y.%m.%d %H:%M"), HOURS, "1 hour"),
    "13.1.2020 00:05": (written("%-d.%-m.%Y %H:%M"), HOURS, "1 hour"),
    "13-01-2020 00:05": (written("%d-%m-%Y %H:%M"), HOURS, "1 hour"),
    "20200113T000500": (written("%Y%m%dT%H%M%S"), HOURS, "1 hour"),
    "202001130005": (written("%Y%m%d%H%M"), HOURS, "1 hour"),
    "Mon, 13 Jan 2020 00:05:00": (written("%a, %d %b %Y %H:%M:%S"), HOURS, "1 hour"),
    "1939-Jan-05": (written("%Y-%b-%d"), DAYS, "1 day"),
    "05-Jan-1939": (written("%d-%b-%Y"), DAYS, "1 day"),
    "05-JAN-1939": (lambda t: written("%d-%b-%Y")(t).upper(), DAYS, "1 day"),
    "5 January 1939": (written("%-d %B %Y"), DAYS, "1 day"),
    "January 5, 1939": (written("%B %-d, %Y"), DAYS, "1 day"),
    "Jan 5 1939": (written("%b %-d %Y"), DAYS, "1 day"),
    "1939-005": (written("%Y-%j"), DAYS, "1 day"),
    "19390105": (written("%Y%m%d"), DAYS, "1 day"),
    "1939 Jan": (written("%Y %b"), MONTHS, "a month"),
    "Jan 1939": (written("%b %Y"), MONTHS, "a month"),
    "January 1939": (written("%B %Y"), MONTHS, "a month"),
    "Jan-1939": (written("%b-%Y"), MONTHS, "a month"),
    "1939M01": (written("%YM%m"), MONTHS, "a month"),
    "1939-01": (written("%Y-%m"), MONTHS, "a month"),
    "1939/01": (written("%Y/%m"), MONTHS, "a month"),
    "01/1939": (written("%m/%Y"), MONTHS, "a month"),
    "1/1/1939": (written("%-m/%-d/%Y"), MONTHS, "a month"),
    "1998 Q1": (quarter("{y} Q{q}"), QUARTERS, "3 months"),
    "1998Q1": (quarter("{y}Q{q}"), QUARTERS, "3 months"),
    "1998q1": (quarter("{y}q{q}"), QUARTERS, "3 months"),
    "1998-Q1": (quarter("{y}-Q{q}"), QUARTERS, "3 months"),
    "Q1 1998": (quarter("Q{q} {y}"), QUARTERS, "3 months"),
    "Q1/1998": (quarter("Q{q}/{y}"), QUARTERS, "3 months"),
    "2020-W05": (week("{0}-W{1:02}"), WEEKS, "7 days"),
    "2020W5": (week("{0}W{1}"), WEEKS, "7 days"),
    "2020-W05-1": (week("{0}-W{1:02}-{2}"), WEEKS, "7 days"),
    "1998-01-01": (written("%Y-%m-%d"), YEARS, "12 months"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITINGS)
def test_a_writing_is_read_with_its_step(tmp_path, name):
    write, times, step = WRITINGS[name]
    path = tmp_path / "t.csv"
    path.write_text("time;y\n" + "".join(f"{write(t)};{n % 7}\n" for n, t in enumerate(times)))
    dataset = read(path, target="y", time="time")
    assert np.array_equal(dataset.time, times.astype("datetime64[us]"))
    assert str(dataset.step) == step
    assert dataset.zone is None


def test_a_forecast_goes_on_in_calendar_months(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "time,y\n" + "".join(f"{quarter('{y} Q{q}')(t)},{n % 4}\n" for n, t in enumerate(QUARTERS))
    )
    model = gatewise.fit(path, "y", time="time", window=4, horizon=3, hidden=2, epochs=1)
    said = model.predict(path)["time"]
    assert said.astype("datetime64[D]").astype(str).tolist() == ["2008-01-01", "2008-04-01", "2008-07-01"]


@pytest.mark.parametrize("mark", ["", " ", "T"])
def test_offsets_that_change_with_the_clocks_are_read_to_utc(tmp_path, mark):
    utc = np.datetime64("2024-03-30T22:00") + np.arange(48) * np.timedelta64(1, "h")
    rows = []
    for n, time in enumerate(utc):
        offset = 1 if time < np.datetime64("2024-03-31T01:00") else 2
        local = str(time + np.timedelta64(offset, "h")).replace("T", "T" if mark == "T" else " ")
        rows.append(f"{local}{' ' if mark == ' ' else ''}+0{offset}:00,{n % 7}\n")
    path = tmp_path / "t.csv"
    path.write_text("time,y\n" + "".join(rows))
    dataset = read(path, target="y", time="time")
    assert np.array_equal(dataset.time, utc.astype("datetime64[us]"))
    assert dataset.zone == "UTC"
    assert any("2 offsets from UTC (+01:00, +02:00); they are kept in UTC" in note for note in dataset.notes)


@pytest.mark.parametrize("end", ["Z", " UTC", " GMT", "z", "+00:00"])
def test_utc_by_any_of_its_names_is_one_zone(tmp_path, end):
    path = tmp_path / "t.csv"
    path.write_text("time,y\n" + "".join(f"{t}{end},{n % 7}\n" for n, t in enumerate(HOURS)))
    dataset = read(path, target="y", time="time")
    assert dataset.zone == "UTC"
    assert not dataset.notes


def test_midnight_may_be_written_as_the_end_of_a_day(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "time,y\n2020-01-31 22:00,1\n2020-01-31 23:00,2\n2020-01-31 24:00,3\n2020-02-01 01:00,4\n"
    )
    assert str(read(path, target="y", time="time").time[2]).startswith("2020-02-01T00:00")


REFUSED = {
    "two digits, month first": (["1/13/20", "1/14/20"], "row 1: \"1/13/20\" has a year of two digits"),
    "two digits, a name": (["Jan-39", "Feb-39"], "row 1: \"Jan-39\" has a year of two digits"),
    "two digits, with a clock": (["13.01.20 05:00", "13.01.20 06:00"], "has a year of two digits"),
    "two digits, day and name": (["05-Jan-39", "06-Jan-39"], "has a year of two digits"),
    "a zone's name": (["2020-01-01 00:00 CET", "2020-01-01 01:00 CET"], "names the time zone CET; write the offset"),
    "PM after noon": (["1/13/2020 11:05 AM", "1/13/2020 13:05 PM"], 'row 2: "1/13/2020 13:05 PM" is no time: there is no such day, or no such hour'),
    "a fifth quarter": (["1998 Q4", "1998 Q5"], 'row 2: "1998 Q5" is no time such as the first, "1998 Q4"'),
    "week 53 of a short year": (["2021-W52", "2021-W53"], "row 2: \"2021-W53\" is no time: there is no such day"),
    "31 June": (["30 June 2020", "31 June 2020"], "row 2: \"31 June 2020\" is no time: there is no such day"),
    "day or month": (["1/2/2020", "2/2/2020", "3/2/2020"], 'in "1/2/2020" day and month cannot be told apart by any row. Say --day-first if it is day/month/year'),
    "an offset that is none": (["2020-01-01 00:00+99:00", "2020-01-02 00:00+99:00"], 'row 1: "2020-01-01 00:00+99:00" is no time that can be read'),
    "an offset that is none, later": (["2020-01-01 00:00+01:00", "2020-01-02 00:00+24:00"], 'row 2: "2020-01-02 00:00+24:00" is no time such as 2013-12-31 05:00'),
    "no offset in a row": (["1 Jan 2020 05:00Z", "1 Jan 2020 06:00"], "row 2: \"1 Jan 2020 06:00\" mixes time zones; the first row has the offset UTC"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_time_that_cannot_be_meant_is_refused(tmp_path, name):
    rows, message = REFUSED[name]
    path = tmp_path / "t.csv"
    path.write_text("time,y\n" + "".join(f'"{text}",{n}\n' for n, text in enumerate(rows)))
    with pytest.raises(DataError, match=re.escape(message)):
        read(path, target="y", time="time")


def test_the_rows_tell_day_from_month_by_their_order(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "time,y\n01/11/2019,1\n01/12/2019,2\n02/01/2019,3\n"
    )  # as days first 2 January would be last
    days = read(path, target="y", time="time").time.astype("datetime64[D]").astype(str).tolist()
    assert days == ["2019-01-11", "2019-01-12", "2019-02-01"]


FRAMES = {
    "numbers yyyymmdd": lambda: [int(written("%Y%m%d")(t)) for t in DAYS],
    "dates of Python": lambda: [t.item() for t in DAYS],
    "times of Python": lambda: [datetime.datetime.combine(t.item(), datetime.time()) for t in DAYS],
}


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("kind", FRAMES)
def test_frames_have_times_of_every_kind(kind, library):
    columns = {"time": FRAMES[kind](), "y": (np.arange(40) % 7).tolist()}
    frame = {
        "dict": lambda: columns,
        "pandas": lambda: pd.DataFrame(columns),
        "polars": lambda: pl.DataFrame(columns),
        "pyarrow": lambda: pyarrow.table(columns),
    }[library]()
    assert np.array_equal(read(frame, target="y", time="time").time, DAYS.astype("datetime64[us]"))


PERIODS = pd.period_range("1998Q1", periods=40, freq="Q")


@pytest.mark.parametrize("make", [
    lambda y: pd.DataFrame({"time": PERIODS, "y": y}),
    lambda y: pd.DataFrame({"time": pd.Series(list(PERIODS), dtype=object), "y": y}),
    lambda y: pd.DataFrame({"y": y}, index=PERIODS),
    lambda y: {"time": PERIODS, "y": y},
    lambda y: {"time": list(PERIODS), "y": y},
], ids=["column", "objects", "index", "dict", "list"])  # fmt: skip
def test_periods_of_pandas_are_the_times_at_which_they_begin(make):
    dataset = read(make(np.arange(40.0) % 7), target="y", time="time")
    assert np.array_equal(dataset.time, QUARTERS.astype("datetime64[us]"))
    assert str(dataset.step) == "3 months"


def test_durations_are_refused_with_what_to_do():
    frame = pd.DataFrame({"time": pd.to_timedelta(np.arange(40), unit="h"), "y": np.arange(40.0)})
    with pytest.raises(DataError, match="column time holds durations; make them times, or numbers of a unit"):
        read(frame, target="y", time="time")


def test_three_januaries_of_365_days_are_a_year_apart():
    dataset = read(
        {"time": ["2021-01-01", "2022-01-01", "2023-01-01"], "y": [1.0, 2.0, 3.0]}, target="y", time="time"
    )
    assert dataset.step.after(dataset.time[-1:], np.ones(1, np.int64)).astype(str)[0].startswith("2024-01-01")


def test_years_alone_go_on_in_years(run, tmp_path):
    (tmp_path / "t.csv").write_text(
        "year,y\n" + "".join(f"{year},{year % 5}\n" for year in range(1960, 2021))
    )
    keys = ["--target", "y", "--time", "year", "--horizon", 2, "--hidden", 2, "--epochs", 1, "-q"]
    assert run("fit", "t.csv", *keys, "-o", "r")[0] == 0
    assert [line.split(",")[0] for line in run("predict", "r")[1].splitlines()] == ['"year"', "2021", "2022"]


@pytest.mark.parametrize("gone", [None, pd.NaT])
@pytest.mark.parametrize("make", [dict, pd.DataFrame])
def test_a_period_that_is_missing_is_a_missing_time(make, gone):
    times = [pd.Period("2020-01"), gone, pd.Period("2020-03")]
    table = make({"time": pd.Series(times, dtype=object), "y": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="column time, row 2: the time is missing"):
        read(table, target="y", time="time")


@pytest.mark.parametrize("make", [
    lambda texts: pd.DataFrame({"time": pd.Categorical(texts), "y": np.arange(12.0)}),
    lambda texts: pd.DataFrame({"time": pd.Categorical(pd.to_datetime(texts, format="%m/%d/%Y")), "y": np.arange(12.0)}),
    lambda texts: pl.DataFrame({"time": pl.Series(texts, dtype=pl.Categorical), "y": np.arange(12.0)}),
    lambda texts: pyarrow.table({"time": pyarrow.array(texts).dictionary_encode(), "y": np.arange(12.0)}),
    lambda texts: pyarrow.table({"time": pyarrow.chunked_array([texts[:3], texts[3:]]), "y": np.arange(12.0)}),
], ids=["pandas", "pandas, timestamps", "polars", "pyarrow", "pieces"])  # fmt: skip
def test_categories_of_times_are_times(make):
    dataset = read(make([f"{month}/15/2020" for month in range(1, 13)]), target="y", time="time")
    months = np.datetime64("2020-01", "M") + np.arange(12)
    assert np.array_equal(dataset.time, months.astype("datetime64[D]") + np.timedelta64(14, "D"))


def test_times_of_a_day_and_nanoseconds_are_refused_with_what_to_do():
    frame = pl.DataFrame({"time": pl.Series(range(5)).cast(pl.Time), "y": np.arange(5.0)})
    with pytest.raises(DataError, match="column time holds times of a day without the day; make them times"):
        read(frame, target="y", time="time")
    counted = 1577836800000000000 + 3_600_000_000_000 * np.arange(5)
    with pytest.raises(DataError, match="if it counts nanoseconds, give times or seconds"):
        read({"time": counted, "y": np.arange(5.0)}, target="y", time="time")
