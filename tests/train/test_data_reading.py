"""Tables of every kind give the same Dataset; times, gaps, series and scratch files are taken as the documents say."""

import gzip
from datetime import UTC, datetime

import numpy as np
import pytest

from gatewise.train.data import Windows, embedded, read
from gatewise.train.data.reading.layout import LONG_GAP
from gatewise.train.data.reading.tables import PIECE

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 40
HOUR = np.timedelta64(1, "h")
TIME = np.datetime64("2024-03-01T00:00:00") + np.arange(ROWS) * HOUR
Y, X = np.round(np.sin(np.arange(ROWS)), 3), np.round(np.arange(ROWS) / 8, 3)
X_GONE = np.where(np.arange(ROWS) == 7, np.nan, X)


def written(value, decimal="."):
    return "" if value != value else str(value).replace(".", decimal)


def csv_lines(delimiter=",", decimal=".", time=TIME):
    rows = (
        delimiter.join([str(t), written(y, decimal), written(x, decimal)])
        for t, y, x in zip(time, Y, X_GONE, strict=True)
    )
    return delimiter.join(["time", "y", "x"]) + "\n" + "\n".join(rows) + "\n"


def from_pandas(path):
    return pytest.importorskip("pandas").DataFrame({"time": TIME, "y": Y, "x": X_GONE})


def indexed(path):
    return from_pandas(path).set_index("time")


def from_polars(path):
    polars = pytest.importorskip("polars")
    return polars.DataFrame(
        {"time": TIME.astype("datetime64[ms]"), "y": Y, "x": [None if x != x else x for x in X_GONE]}
    )


def file(name, content):
    def make(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return make


def parquet_file(path):
    parquet.write_table(
        pyarrow.table({"time": TIME, "y": Y, "x": X_GONE}), path / "d.parquet", row_group_size=7
    )
    return path / "d.parquet"


SOURCES = {
    "csv": file("d.csv", csv_lines().encode()),
    "tab": file("d.tsv", csv_lines("\t").encode()),
    "semicolon and decimal comma": file("d.csv", csv_lines(";", ",").encode()),
    "byte order mark, CRLF": file("d.csv", b"\xef\xbb\xbf" + csv_lines().replace("\n", "\r\n").encode()),
    "gzip": file("d.csv.gz", gzip.compress(csv_lines().encode())),
    "gzip by another name": file("d.csv", gzip.compress(csv_lines().encode())),
    "spaces and quotes": file("d.csv", csv_lines().replace(",", ', ').replace("time, y", '"time","y"').encode()),
    "NA": file("d.csv", csv_lines().replace(",\n", ",NA\n").encode()),
    "german dates": file("d.csv", csv_lines(";", ",", [t.item().strftime("%d.%m.%Y %H:%M") for t in TIME]).encode()),
    "american dates": file("d.csv", csv_lines(time=[t.item().strftime("%m/%d/%Y %H:%M") for t in TIME + 20 * 24 * HOUR]).encode()),
    "old Mac lines": file("d.csv", csv_lines().replace("\n", "\r").encode()),
    "empty lines": file("d.csv", ("\n\n" + csv_lines().replace("\n", "\n\n")).encode()),
    "big-endian": lambda path: {"time": TIME, "y": Y.astype(">f8"), "x": X_GONE},
    "parquet": parquet_file,
    "pandas": from_pandas,
    "pandas with an index of times": indexed,
    "polars": from_polars,
    "polars lazy": lambda path: from_polars(path).lazy(),
    "pyarrow": lambda path: pyarrow.table({"time": TIME, "y": Y, "x": X_GONE}),
    "dict": lambda path: {"time": TIME, "y": Y, "x": X_GONE},
    "dict of lists": lambda path: {"time": TIME.tolist(), "y": Y.tolist(), "x": [None if x != x else x for x in X_GONE.tolist()]},
}  # fmt: skip


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_table_gives_the_same_numbers(kind, tmp_path):
    dataset = read(SOURCES[kind](tmp_path), target="y", time="time")
    assert dataset.names == ("y", "x")
    assert np.array_equal(dataset.values, np.column_stack([Y, X_GONE]), equal_nan=True)
    later = 20 * 24 * HOUR if kind == "american dates" else 0 * HOUR
    assert np.array_equal(dataset.time, TIME + later)
    assert str(dataset.step) == "1 hour"
    assert dataset.zone is None
    assert dataset.notes == ()


def test_the_fingerprint_knows_every_cell():
    table = {"time": TIME, "y": Y, "x": X_GONE}
    first = read(table, target="y", time="time").fingerprint()
    assert first == read(dict(table), target="y", time="time").fingerprint()
    for name in ("time", "y", "x"):
        column = table[name].copy()
        column[-1] += 1e-9 if name != "time" else HOUR
        assert read({**table, name: column}, target="y", time="time").fingerprint() != first
    assert read({**table, "z": X}, target="y", time="time").fingerprint() != first


def test_arrays_and_ragged_lists():
    assert read(Y, target="y").names == ("y",)
    two = read(np.column_stack([Y, X]), target="0")
    assert (two.targets, two.features, two.time) == (("0",), ("1",), None)
    ragged = read([np.column_stack([Y, X])[:5], np.column_stack([Y, X])[5:]], target="1")
    assert [(each.first, each.end, each.series) for each in ragged.stretches] == [(0, 5, 0), (5, 40, 1)]
    assert np.array_equal(ragged.values, np.column_stack([X, Y]))


def test_series_objects_and_periods_of_pandas():
    pandas = pytest.importorskip("pandas")
    assert (
        read(pandas.Series(Y, index=pandas.DatetimeIndex(TIME), name="level"), target="level").time[1]
        == TIME[1]
    )
    monthly = pandas.DataFrame({"y": Y}, index=pandas.period_range("2020-01", periods=ROWS, freq="M"))
    assert str(read(monthly, target="y").step) == "a month"


def test_rows_of_many_series_may_be_mixed():
    order = np.random.default_rng(3).permutation(2 * ROWS)
    order = order[np.argsort(order % ROWS, kind="stable")]  # by time, the series in any order
    name = np.array(["b", "a"])[order // ROWS]
    mixed = read(
        {"unique_id": name, "ds": TIME[order % ROWS], "y": np.concatenate([Y, X])[order]},
        target="y",
        time="ds",
        series="unique_id",
    )
    by_name = dict(zip(mixed.ids, mixed.stretches, strict=True))
    for series, values in (("b", Y), ("a", X)):
        stretch = by_name[series]
        assert np.array_equal(mixed.values[stretch.first : stretch.end, 0], values)
        assert np.array_equal(mixed.time[stretch.first : stretch.end], TIME)
    row = by_name["a"].first + 3
    at = int(mixed.row(row).split()[1]) - 1
    assert (name[at], order[at] % ROWS) == ("a", 3)


def test_missing_steps_become_rows_of_missing_values():
    keep = np.delete(np.arange(ROWS), [3, 4, 20])
    dataset = read({"time": TIME[keep], "y": Y[keep], "x": X[keep]}, target="y", time="time")
    assert np.array_equal(dataset.time, TIME)
    assert np.flatnonzero(np.isnan(dataset.values).all(axis=1)).tolist() == [3, 4, 20]
    assert np.array_equal(dataset.values[keep, 0], Y[keep])
    assert dataset.notes == ("3 of 40 steps of 1 hour are not in the dict; they count as missing values",)
    assert dataset.row(5) == "row 4 (2024-03-01 05:00)"


def test_no_window_crosses_a_long_gap():
    time = np.concatenate([TIME, TIME + (ROWS + LONG_GAP + 1) * HOUR])
    dataset = read({"time": time, "y": np.tile(Y, 2)}, target="y", time="time")
    assert [(each.first, each.end) for each in dataset.stretches] == [(0, 40), (40, 80)]
    assert "a gap is longer than 100 steps" in dataset.notes[0]
    windows = Windows.fit(dataset, window=8, horizon=2, validation=0, test=0)
    assert set(windows.train) == {*range(7, 38), *range(47, 78)}
    long = np.datetime64("2024-01-01T00") + np.arange(300) * HOUR
    for gap, stretches in ((LONG_GAP, 1), (LONG_GAP + 1, 2)):
        time = np.concatenate([long, long + (299 + gap) * HOUR])
        assert (
            len(read({"time": time, "y": np.arange(600.0)}, target="y", time="time").stretches) == stretches
        )


def test_more_gaps_than_rows_are_no_step():
    time = np.concatenate([TIME, TIME + (ROWS + LONG_GAP - 1) * HOUR])
    dataset = read({"time": time, "y": np.tile(Y, 2)}, target="y", time="time")
    assert (len(dataset), dataset.step.kind) == (80, "uneven")
    assert "more gaps (99 of 1 hour) than rows" in dataset.notes[0]


STEPS = {
    "month": (np.arange("2020-01", "2023-05", dtype="datetime64[M]").astype("datetime64[D]"), "a month", "2023-05-01"),
    "quarter": (np.arange("2014-01", "2024-01", 3, dtype="datetime64[M]").astype("datetime64[D]"), "3 months", "2024-01-01"),
    "month's end": (np.arange("2020-02", "2023-06", dtype="datetime64[M]").astype("datetime64[D]") - 1, "a month", "2023-05-31"),
    "weekday": (np.busday_offset("2024-01-01", np.arange(ROWS)), "a weekday", "2024-02-26"),
    "day": (np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]"), "1 day", "2024-02-10"),
    "15 minutes": (np.datetime64("2024-01-01T00:00") + 15 * np.arange(ROWS), "15 minutes", "2024-01-01T10:00"),
    "numbers": (np.arange(ROWS) * 10, "10", 400),
    "fractions": (np.arange(ROWS) * 0.1, "0.1", pytest.approx(4.0)),
}  # fmt: skip


@pytest.mark.parametrize("kind", STEPS)
def test_the_step_is_found_and_goes_on(kind):
    time, text, following = STEPS[kind]
    dataset = read({"time": time, "y": Y}, target="y", time="time")
    assert len(dataset) == ROWS
    assert dataset.notes == ()
    assert str(dataset.step) == text
    expected = np.datetime64(following) if isinstance(following, str) else following
    assert dataset.step.after(dataset.time[-1:], np.ones(1, np.int64))[0] == expected
    assert np.array_equal(dataset.step.positions(dataset.time), np.arange(ROWS))


def test_times_without_a_step_are_taken_row_by_row():
    time = np.datetime64("2024-01-01T00:00:00") + np.cumsum(
        np.random.default_rng(1).integers(1, 10_000, ROWS)
    )
    dataset = read({"time": time, "y": Y}, target="y", time="time")
    assert len(dataset) == ROWS
    assert "keep no step" in dataset.notes[0]
    windows = Windows.fit(dataset, window=8, horizon=2)
    assert windows.where(windows.test)[1].shape == (len(windows.test), 2)


def test_zones_are_kept_in_utc_and_the_calendar_goes_by_their_clocks():
    pandas = pytest.importorskip("pandas")
    start = datetime(2024, 3, 28, tzinfo=UTC)  # the clocks of Berlin change on the 31st
    time = pandas.date_range(start, periods=24 * 10, freq="h").tz_convert("Europe/Berlin")
    y = np.sin(np.arange(240) / 3)
    dataset = read(pandas.DataFrame({"time": time, "y": y}), target="y", time="time")
    assert dataset.zone == "Europe/Berlin"
    assert dataset.time[0] == np.datetime64("2024-03-28T00:00")
    windows = Windows.fit(dataset, window=8, horizon=2, calendar=["hour"], validation=0, test=0)
    x = windows.batch(np.array([7, 239 - 2])).x
    hour = np.arctan2(x[:, -1, 1], x[:, -1, 2]) * 24 / 2 / np.pi % 24
    assert hour == pytest.approx(
        [8, (237 + 2) % 24], abs=1e-4
    )  # 07:00 UTC is 08:00 in winter; 21:00 UTC is 23:00 in summer
    iso = read({"time": [each.isoformat() for each in time[:48]], "y": y[:48]}, target="y", time="time")
    assert (iso.zone, iso.time[0]) == ("+01:00", np.datetime64("2024-03-28T00:00"))


@pytest.mark.parametrize("gaps", [False, True], ids=["even", "with gaps"])
def test_larger_than_memory_gives_the_same_bits(gaps, tmp_path):
    rows = 5000
    rng = np.random.default_rng(0)
    keep = np.sort(rng.choice(rows, rows - 40, replace=False)) if gaps else np.arange(rows)
    series = np.repeat(["a", "b"], [len(keep) // 2, len(keep) - len(keep) // 2])
    table = {
        "id": series, "time": (np.datetime64("2024-01-01T00", "s") + 3600 * np.arange(rows))[keep],
        "y": rng.standard_normal(len(keep)), "x": np.where(rng.random(len(keep)) < 0.1, np.nan, rng.standard_normal(len(keep))),
    }  # fmt: skip
    both = []
    for memory in (1 << 30, 10_000):
        dataset = read(table, target="y", time="time", series="id", memory=memory, scratch=tmp_path)
        windows = Windows.fit(dataset, window=12, horizon=3, memory=memory, scratch=tmp_path)
        both.append((dataset, windows, windows.batch(windows.train[::7])))
    (small, _, here), (large, windows, there) = both
    assert isinstance(large.values, np.memmap)
    assert isinstance(windows._rows.base, np.memmap) or isinstance(windows._rows, np.memmap)
    assert small.fingerprint() == large.fingerprint()
    for name in ("x", "label", "extra"):
        assert np.array_equal(getattr(here, name), getattr(there, name), equal_nan=True)
    assert list(tmp_path.iterdir()) == []  # scratch files have no name


def test_a_scratch_folder_that_is_full_or_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"scratch file of .* cannot be written: .*TMPDIR"):
        read({"y": np.arange(5000.0)}, target="y", memory=1000, scratch=tmp_path / "none")


@pytest.mark.parametrize("unit", ["D", "h", "m", "s", "ms", "us", "ns"])
def test_times_of_any_unit(unit):
    time = np.datetime64("2024-01-01", unit) + np.arange(6) * (1000 if unit == "ns" else 1)
    dataset = read({"time": time, "y": np.arange(6.0)}, target="y", time="time")
    assert (dataset.time == time.astype("datetime64[us]")).all()


def test_the_embedded_weather():
    dataset = embedded()
    assert dataset.names == (
        "temperature",
        "dew_point",
        "humidity",
        "wind_east",
        "wind_north",
        "pressure",
        "precipitation",
        "visibility",
    )
    assert (len(dataset), str(dataset.step), dataset.zone) == (8730, "1 hour", "UTC")
    assert (dataset.time[0], dataset.time[-1]) == (
        np.datetime64("2013-01-01T06:00"),
        np.datetime64("2013-12-30T23:00"),
    )
    assert np.isnan(dataset.values[:, 0]).sum() == 28
    assert np.nanmean(dataset.values[:, 0]) == pytest.approx(13.08, abs=0.01)


def test_texts_with_line_breaks_are_read_across_pieces_of_the_file(tmp_path):
    """A file is read a megabyte at a time; a piece may end between the two lines of a text."""
    rows = 50_000
    lines = "".join(f'"first, line {"x" * (row % 57)}\nsecond line",{row % 7}\n' for row in range(rows))
    path = tmp_path / "notes.csv"
    path.write_text("note,y\n" + lines)
    assert path.stat().st_size > 2 * PIECE
    dataset = read(path, target="y")
    assert dataset.notes == (
        "columns without numbers are left out: note; if note holds categories, --categories note uses it",
    )
    assert (dataset.values[:, 0] == np.arange(rows) % 7).all()


def test_steps_that_are_missing_in_a_later_series_get_its_own_times():
    time = np.concatenate([TIME, np.delete(TIME + 1000 * HOUR, [7, 8])])
    table = {"id": np.repeat(["a", "b"], [ROWS, ROWS - 2]), "time": time, "y": np.arange(2 * ROWS - 2.0)}
    dataset = read(table, target="y", time="time", series="id")
    (_first, second) = dataset.stretches
    assert (dataset.time[second.first : second.end] == TIME + 1000 * HOUR).all()
    assert np.flatnonzero(np.isnan(dataset.values[:, 0])).tolist() == [second.first + 7, second.first + 8]


def test_a_label_on_the_last_row_holds_the_line_over_a_gap_before_it():
    y = np.arange(20.0)
    y[-2] = np.nan
    windows = Windows.fit(read({"y": y}, target="y"), window=4, horizon=1, validation=0, test=0, change=False)
    labels = windows.without_gaps(windows.train).batch(np.array([17])).label
    scale, mean = windows.preparation.label_scale[0], windows.preparation.label_mean[0]
    assert labels[0, 0] * scale + mean == pytest.approx(18.0, abs=1e-5)
