"""Times as tables have them: clocks of twelve hours, quarters, months by name, weeks, offsets across a clock change."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gatewise.train.data import DataError, read


def series(times):
    return {"t": list(times), "y": np.sin(np.arange(len(times)))}


def written(path, times):
    path.write_text("t,y\n" + "".join(f'"{t}",{n % 7}\n' for n, t in enumerate(times)))
    return path


HOURS = pd.date_range("2020-01-13", periods=60, freq="h")
MONTHS = pd.date_range("1939-01-01", periods=40, freq="MS")
QUARTERS = pd.period_range("1998Q1", periods=40, freq="Q")
WEEKS = pd.date_range("2019-12-30", periods=60, freq="7D")

FORMS = {
    "12-hour clock": ([t.strftime("%m/%d/%Y %I:%M %p") for t in HOURS], HOURS, "1 hour"),
    "no leading zeros": ([f"{t.month}/{t.day}/{t.year} {t.hour % 12 or 12}:00 {'AM' if t.hour < 12 else 'PM'}" for t in HOURS], HOURS, "1 hour"),
    "ISO with pm": ([t.strftime("%Y-%m-%d %I:%M:%S ").replace("-0", "-0") + ("a.m." if t.hour < 12 else "p.m.") for t in HOURS], HOURS, "1 hour"),
    "pm without a gap": ([t.strftime("%d.%m.%Y %I:%M%p").lower() for t in HOURS], HOURS, "1 hour"),
    "1998 Q1": ([f"{q.year} Q{q.quarter}" for q in QUARTERS], QUARTERS.to_timestamp(), "3 months"),
    "1998Q1": ([f"{q.year}Q{q.quarter}" for q in QUARTERS], QUARTERS.to_timestamp(), "3 months"),
    "1998-Q1": ([f"{q.year}-Q{q.quarter}" for q in QUARTERS], QUARTERS.to_timestamp(), "3 months"),
    "Q1 1998": ([f"Q{q.quarter} {q.year}" for q in QUARTERS], QUARTERS.to_timestamp(), "3 months"),
    "1939 Jan": (MONTHS.strftime("%Y %b"), MONTHS, "a month"),
    "Jan 1939": (MONTHS.strftime("%b %Y"), MONTHS, "a month"),
    "January 1939": (MONTHS.strftime("%B %Y"), MONTHS, "a month"),
    "Jan-1939": (MONTHS.strftime("%b-%Y"), MONTHS, "a month"),
    "1939M01": (MONTHS.strftime("%YM%m"), MONTHS, "a month"),
    "01 Jan 1939": (MONTHS.strftime("%d %b %Y"), MONTHS, "a month"),
    "01-Jan-1939": (MONTHS.strftime("%d-%b-%Y"), MONTHS, "a month"),
    "1939-Jan-01": (MONTHS.strftime("%Y-%b-%d"), MONTHS, "a month"),
    "January 1, 1939": (MONTHS.strftime("%B %d, %Y"), MONTHS, "a month"),
    "2020-W01": ([t.strftime("%G-W%V") for t in WEEKS], WEEKS, "7 days"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_time_is_read_as_it_is_written(tmp_path, form):
    texts, times, step = FORMS[form]
    for source in (
        written(tmp_path / "t.csv", texts),
        series(texts),
        pd.DataFrame(series(texts)),
        pl.DataFrame(series(texts)),
    ):
        dataset = read(source, target="y", time="t")
        assert np.array_equal(dataset.time, np.asarray(times, "datetime64[us]"))
        assert str(dataset.step) == step


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("start", ["2024-03-30", "2024-10-26", "2024-11-02", "2024-03-09"])
def test_offsets_across_a_clock_change_say_which_moment_each_is(tmp_path, zone, start):
    hours = pd.date_range(start, periods=72, freq="h", tz=zone)
    pd.DataFrame({"t": hours, "y": np.arange(72.0)}).to_csv(tmp_path / "t.csv", index=False)
    dataset = read(tmp_path / "t.csv", target="y", time="t")
    assert np.array_equal(dataset.time, hours.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]"))
    assert str(dataset.step) == "1 hour"


def test_a_time_without_a_zone_among_others_is_refused(tmp_path):
    times = ["2024-01-01 00:00+01:00", "2024-01-01 01:00+02:00", "2024-01-01 02:00"]
    with pytest.raises(DataError, match=r"row 3: .* mixes time zones"):
        read(written(tmp_path / "t.csv", times), target="y", time="t")


def test_objects_of_python_and_pandas_are_times():
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(n) for n in range(30)]
    for times in (
        days,
        [datetime.datetime(d.year, d.month, d.day) for d in days],
        pd.period_range("2024-01-01", periods=30, freq="D"),
    ):
        dataset = read(pd.DataFrame(series(times)), target="y", time="t")
        assert np.array_equal(dataset.time, np.array(days, "datetime64[us]"))


@pytest.mark.parametrize(
    "text",
    ["1998 Q5", "31 Feb 2020", "Foo 2020", "2020-W54", "2021-W53", "Jan 39", "May", "2020 Q", "12 2020 Jan",
     "Q1", "5th of May 2020", "1939M13", "30 Febr 2020"],
)  # fmt: skip
def test_what_names_no_day_is_refused(tmp_path, text):
    assert f'"{text}"' in refused(written(tmp_path / "t.csv", [text]), time="t")


@pytest.mark.parametrize(("text", "day"), [
    ("Sept 2020", "2020-09-01"), ("5th May 2020", "2020-05-05"), ("May 5th, 2020", "2020-05-05"), ("DEC. 2020", "2020-12-01"),
    ("2020-W53", "2020-12-28"), ("2021-W01", "2021-01-04"), ("q4/1998", "1998-10-01"),
])  # fmt: skip
def test_days_by_their_names(tmp_path, text, day):
    assert read(written(tmp_path / "t.csv", [text]), target="y", time="t").time == np.datetime64(day)


def test_a_quarterly_model_goes_on_in_quarters(run, tmp_path):
    written(tmp_path / "t.csv", FORMS["1998 Q1"][0])
    assert (
        run(
            "fit",
            "t.csv",
            "--target",
            "y",
            "--time",
            "t",
            "--horizon",
            2,
            "--hidden",
            2,
            "--epochs",
            1,
            "-q",
            "-o",
            "r",
        )[0]
        == 0
    )
    assert run("predict", "r", "t.csv", "-o", "out.csv")[0] == 0
    assert [line.split(" ")[0] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]] == [
        "2008-01-01",
        "2008-04-01",
    ]


def refused(source, **options):
    with pytest.raises(DataError) as caught:
        read(source, target="y", **options)
    return str(caught.value)


def test_two_series_in_one_table_are_told_by_which_column_they_differ():
    days = [f"2024-01-{day:02}" for day in range(1, 29)]
    table = {
        "t": days * 3,
        "n": np.arange(84) % 5,
        "shop": np.repeat(["a", "b", "c"], 28),
        "y": np.arange(84.0),
    }
    assert "By column shop, times rise in each: series=shop (--series shop)" in refused(table, time="t")
    mixed = {name: np.asarray(column).reshape(3, 28).T.ravel() for name, column in table.items()}
    assert "series=shop" in refused(mixed, time="t")
    assert "series=" not in refused({"t": days[::-1], "y": np.arange(28.0)}, time="t")


def test_a_row_of_units_is_named_and_left_out(run, tmp_path):
    text = "t,y\n-,m3/s\n" + "".join(f"{n},{n % 7}.5\n" for n in range(80))
    (tmp_path / "t.csv").write_text(text)
    assert '"m3/s" is no number. If it is a row of units, leave it out: --skip-rows 1.' in refused(
        tmp_path / "t.csv", time="t"
    )
    flags = ["--target", "y", "--time", "t", "--hidden", 2, "--epochs", 1, "-q"]
    assert run("fit", "t.csv", *flags, "--skip-rows", 1, "-o", "r")[0] == 0
    assert run("predict", "r", "t.csv")[0] == 0
    assert "is for CSV files" in refused({"y": np.arange(9.0)}, skip_rows=1)


def test_without_a_target_the_columns_are_listed_and_a_missing_file_is_said_first(run, tmp_path):
    (tmp_path / "t.csv").write_text("day,level,rain\n1,2,3\n")
    code, _, err = run("fit", "t.csv")
    assert code == 2
    assert "target is missing" in err
    assert "There are day, level, rain." in err
    assert "gone.csv does not exist" in run("fit", "gone.csv")[2]


def test_marks_between_thousands_are_said_of_a_target_too(run, tmp_path):
    (tmp_path / "t.csv").write_text("y\n" + "".join(f'"{n},234.5"\n' for n in range(1, 60)))
    assert (
        "without marks between thousands"
        in run("fit", "t.csv", "--target", "y", "--window", 3, "--horizon", 1)[2]
    )
