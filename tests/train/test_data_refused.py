"""Wrong tables: each is refused with a message that names the column and the row, and says what to do."""

import ctypes
import gzip
import re

import numpy as np
import pytest

from gatewise.errors import GatewiseError
from gatewise.train.data import DataError, Windows, embedded_path, read

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def hours(rows, start="2024-01-01"):
    return [
        str(time).replace("T", " ")
        for time in np.datetime64(f"{start}T00:00") + np.arange(rows) * np.timedelta64(1, "h")
    ]


def table(rows=60, **columns):
    base = {
        "time": hours(rows),
        "y": [f"{np.sin(row / 4):.3f}" for row in range(rows)],
        "x": [str(row % 7) for row in range(rows)],
    }
    return {**base, **columns}


def csv_text(columns, delimiter=","):
    return (
        "\n".join(
            [delimiter.join(columns), *(delimiter.join(row) for row in zip(*columns.values(), strict=True))]
        )
        + "\n"
    )


def changed(name, row, value, rows=60):
    """The table with one cell changed; rows count from 1."""
    columns = table(rows)
    columns[name][row - 1] = value
    return columns


# What a CSV file can have: its columns, the arguments of read, what the message must say.
FILES = {
    "missing column": (table(), {"target": "yy"}, "has no column yy (target); did you mean y? Its columns: time, y, x."),
    "missing feature, other case": (table(), {"features": ["X"]}, "no column X (features); did you mean x?"),
    "missing column, nothing near": (table(), {"target": "load"}, "has no column load (target). Its columns: time, y, x."),
    "text among numbers": (changed("x", 17, "abc"), {}, 'column x, row 17: "abc" is no number'),
    "text in the target": (changed("y", 3, "high"), {}, 'column y, row 3: "high" is no number'),
    "thousands": (changed("x", 5, '"1,234.5"'), {}, 'column x, row 5: "1,234.5" is no number. Write numbers without marks'),
    "infinite": (changed("x", 9, "inf"), {}, "column x, row 9: inf is infinite or too large"),
    "overflow": (changed("x", 9, "1e999"), {}, "column x, row 9: 1e999 is infinite or too large"),
    "too large": (changed("x", 9, "1e300"), {}, "column x, row 9: 1e300 is infinite or too large (above 1e+100)"),
    "too large target": (changed("y", 4, "-1e101"), {}, "column y, row 4: -1e101 is infinite or too large"),
    "thousands of digits": (changed("x", 2, "9" * 5000), {}, f"column x, row 2: {'9' * 40}… is infinite or too large"),
    "thousands of zeros": (changed("x", 2, "0" * 5000 + "9007199254740993"), {}, "… is above 2^53, where whole numbers are rounded"),
    "huge whole number": (changed("x", 2, "9007199254740993"), {}, "column x, row 2: 9007199254740993 is above 2^53"),
    "times named as a feature": (table(day=["2024-01-01"] * 60), {"features": ["day"]}, 'column day, row 1: "2024-01-01" is no number'),
    "equal times": (changed("time", 31, hours(60)[29]), {}, "rows 30 and 31 have the same time, 2024-01-02 05:00"),
    "equal times, many series?": (changed("time", 31, hours(60)[29]), {}, "name the column that tells the series apart (series)"),
    "unsorted": (changed("time", 10, "2024-01-01 02:30"), {}, "row 10 (2024-01-01 02:30:00) is earlier than row 9 (2024-01-01 08:00:00). Sort"),
    "backwards": (table(time=hours(60)[::-1]), {}, "row 2 (2024-01-03 10:00:00) is earlier than row 1"),
    "offset among none": (changed("time", 40, "2024-01-02 15:00+01:00"), {}, "row 40: \"2024-01-02 15:00+01:00\" mixes time zones; the first row has no offset"),
    "no offset among some": (table(time=[text + ("Z" if row != 5 else "") for row, text in enumerate(hours(60))]), {}, 'row 6: "2024-01-01 05:00" mixes time zones; the first row has the offset UTC'),
    "no time": (changed("time", 12, ""), {}, "column time, row 12: the time is missing"),
    "a time that is none": (changed("time", 12, "noon"), {}, 'column time, row 12: "noon" is no time'),
    "a day that is none": (changed("time", 12, "2024-02-30 00:00"), {}, 'row 12: "2024-02-30 00:00" is no time'),
    "a writing unknown": (table(time=["Monday"] * 60), {}, 'row 1: "Monday" is no time that can be read. Write 2013-12-31 05:00'),
    "day or month": (table(time=[f"0{1 + row // 10}/0{1 + row % 9}/2024" for row in range(60)]), {}, "day and month cannot be told apart"),
    "one role for two": (table(), {"future": ["x"], "static": ["x"]}, "is named as future and as static; a column has one role"),
    "the target a feature": (table(), {"features": ["y", "x"]}, "is named as target and as features; a column has one role"),
    "no name of a series": (table(id=["a"] * 20 + [""] + ["a"] * 39), {"series": "id"}, "column id, row 21: the series has no name"),
    "static that changes": (table(id=["a"] * 60, area=["5"] * 59 + ["6"]), {"series": "id", "static": ["area"]}, "column area, row 60 (2024-01-03 11:00): static is one number for each series, and series a has 5 and 6"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_csv_file_is_refused(case, tmp_path):
    columns, arguments, message = FILES[case]
    path = tmp_path / "data.csv"
    path.write_text(csv_text(columns), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        read(path, **{"target": "y", "time": "time", **arguments})
    assert str(path) in str(caught.value)


# Files that are no table: their bytes and what the message must say.
BYTES = {
    "empty": (b"", "is empty"),
    "header only": (b"time,y,x\n", "has no rows"),
    "blank": (b"\n\n", "has no header"),
    "not UTF-8": ("time,y,x\n2024-01-01,1,2\n2024-01-02,3,\xe9\n".encode("latin-1"), 'row 2: "é" is no number'),
    "binary": (b"\x00\x01\x02\x03" * 50, "is no text"),
    "zip": (b"PK\x03\x04" + bytes(50), "is a zip or Excel file"),
    "cut gzip": (gzip.compress(b"time,y,x\n" + b"2024-01-01,1,2\n" * 5000)[:60], "cannot be read"),
    "a row too short": (b"time,y,x\n2024-01-01,1,2\n2024-01-02,3\n", "line 3 has 2 cells, the header 3: 2024-01-02,3. Add the cells"),
    "cut Parquet": (b"PAR1" + bytes(30), "is damaged"),
    "a name twice": (b"time,y,y\n2024-01-01,1,2\n", "has the column y more than once"),
}  # fmt: skip


@pytest.mark.parametrize("case", BYTES)
def test_a_file_that_is_no_table_is_refused(case, tmp_path):
    content, message = BYTES[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        read(path, target="y", time="time")


def test_a_folder_and_a_file_that_is_not_there(tmp_path):
    (tmp_path / "river.csv").write_text("y\n1\n")
    with pytest.raises(DataError, match="is a folder; give a CSV or Parquet file"):
        read(tmp_path, target="y")
    with pytest.raises(DataError, match=r"rivver\.csv does not exist; did you mean .*river\.csv\?"):
        read(tmp_path / "rivver.csv", target="y")


def test_nested_columns_of_parquet_are_refused_by_name_and_else_left_out(tmp_path):
    path = tmp_path / "data.parquet"
    columns = {"y": [1.0, 2.0, 3.0], "both": [{"a": 1, "b": 2}] * 3, "x": [[1], [2], [3]]}
    parquet.write_table(pyarrow.table(columns), path)
    with pytest.raises(DataError, match="column both holds struct<a: int64, b: int64>, not numbers"):
        read(path, target="y", features=["both"])
    assert read(path, target="y").notes == ("columns without numbers are left out: both, x",)


def test_frames_and_arrays_that_are_no_table():
    with pytest.raises(DataError, match=r"data is a builtins\.int\. It can be"):
        read(3, target="y")
    with pytest.raises(DataError, match="the columns of the dict have different lengths"):
        read({"y": [1, 2], "x": [1]}, target="y")
    with pytest.raises(DataError, match="data is an empty list"):
        read([], target="y")
    with pytest.raises(DataError, match="series 1 has 1 columns, series 0 has 2"):
        read([np.zeros((3, 2)), np.zeros((3, 1))], target="0")
    with pytest.raises(DataError, match=r"column x, row 2: .* is infinite"):
        read({"y": [1.0, 2.0], "x": [1.0, np.inf]}, target="y")
    with pytest.raises(DataError, match="column x, row 2: 9007199254740993 is above"):
        read({"y": [1.0, 2.0], "x": [1, 2**53 + 1]}, target="y")
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match=r"the pandas frame cannot be read: .*'y' 2 times"):
        read(pandas.DataFrame(np.ones((3, 2)), columns=["y", "y"]), target="y")
    with pytest.raises(DataError, match="the pandas frame has a column of several kinds"):
        read(pandas.DataFrame({"y": [1, "a", 2.0]}), target="y")
    with pytest.raises(DataError, match="target is empty"):
        read({"y": [1.0]}, target=[])


WAVE = np.sin(np.arange(300) / 5)


def columns(**changes):
    return {
        "time": np.datetime64("2024-01-01T00", "s") + np.arange(300) * 3600,
        "y": WAVE.copy(),
        "x": WAVE**2,
        **changes,
    }


def gone_after(row):
    values = WAVE.copy()
    values[row:] = np.nan
    return values


# What the windows refuse: columns, arguments of Windows.fit, message.
WINDOWS = {
    "constant target": (columns(y=np.full(300, 7.0)), {}, "target y of the dict is 7 in all 210 training rows that have a value"),
    "target all missing": (columns(y=np.full(300, np.nan)), {}, "target y of the dict has no value in the training rows"),
    "feature all missing": (columns(x=np.full(300, np.nan)), {}, "column x of the dict has no value in the training rows; leave it out"),
    "horizon beyond the data": (columns(), {"horizon": 400}, "does not fit into the training: all rows of a forecast lie within it, and its longest series without a "
     "long gap has 210. A horizon of at most 186 fits"),
    "window beyond the data": (columns(), {"window": 301}, "the longest series without a long gap has 300 rows"),
    "no room for validation": (columns(), {"validation": 0.01}, "a horizon of 6 rows does not fit into the validation"),
    "no labels in the test": (columns(y=gone_after(200)), {}, "no validation window among 45 rows"),
    "shares of more than all": (columns(), {"validation": 0.6, "test": 0.5}, "validation=0.6 and test=0.5 are shares"),
    "a date outside": (columns(), {"test": "2025-01-01"}, "test=2025-01-01 is not within the times of the data"),
    "a date that is none": (columns(), {"test": "soon"}, 'test="soon" is neither a share nor a time'),
    "test before validation": (columns(), {"validation": "2024-01-11", "test": "2024-01-05"}, "validation must begin before the test"),
    "missing refused": (columns(x=np.where(np.arange(300) == 99, np.nan, WAVE)), {"missing": "error"}, "column x, row 100 (2024-01-05 03:00): the value is missing"),
    "everything dropped": (columns(x=np.where(np.arange(300) % 20 == 0, np.nan, WAVE)), {"missing": "drop"}, "without a missing value"),
    "too few series": (columns(), {"split": "group"}, "there are 1 series, too few"),
    "no such task": (columns(), {"task": "guess"}, "task='guess'; it can be forecast, regress, classify"),
    "window 0": (columns(), {"window": 0}, "window is 0; for task forecast it is at least 1"),
    "horizon of a label": (columns(), {"task": "regress", "horizon": 4}, "horizon=4, but task regress predicts at the window's end"),
    "no features": ({"y": WAVE}, {"task": "regress"}, "task regress needs features"),
    "calendar without time": ({"y": WAVE, "x": WAVE}, {"calendar": ["hour"]}, "calendar features need a column of dates"),
    "no such cycle": (columns(), {"calendar": ["moon"]}, "calendar has 'moon'; it can have hour, weekday, year"),
    "text to forecast": (columns(y=np.array(["wet", "dry"])[np.arange(300) % 2]), {}, 'target y is text ("wet"): use task classify'),
    "one class": (columns(y=np.ones(300)), {"task": "classify"}, "target y has only the class 1 in the training rows"),
    "a class of the test only": (columns(y=np.array(["wet", "dry"] * 140 + ["hail"] * 20)), {"task": "classify"}, "column y, row 281 (2024-01-12 16:00): the class hail is not among the training rows' classes: dry, wet"),
    "a quantity for a class": (columns(y=np.arange(300) / 7), {"task": "classify", "validation": 0, "test": 0}, None),
}  # fmt: skip


def test_a_table_of_no_rows_is_refused_where_columns_are_chosen(tmp_path):
    """A column without a name is looked at for its index."""
    with pytest.raises(DataError, match="has no rows"):
        read(pyarrow.table({"y": pyarrow.array([], "float64"), "": pyarrow.array([], "float64")}), target="y")


def test_texts_that_are_no_utf_8_are_told_as_damage(tmp_path):
    broken = pyarrow.Array.from_buffers(
        pyarrow.string(),
        2,
        [None, pyarrow.py_buffer(np.array([0, 1, 3], "i4")), pyarrow.py_buffer(b"a\xff\xfe")],
    )
    table = pyarrow.table({"y": [1.0, 2.0], "name": broken})
    parquet.write_table(table, tmp_path / "t.parquet")
    for source in (tmp_path / "t.parquet", table):
        with pytest.raises(DataError, match="is damaged"):
            read(source, target="y", series="name")


def test_the_name_of_a_column_has_an_end(tmp_path):
    (tmp_path / "t.csv").write_text(f"{'9' * 5000},y\n1,2\n")
    with pytest.raises(DataError, match="a column whose name has 5,000 characters") as told:
        read(tmp_path / "t.csv", target="y")
    assert len(str(told.value)) < 400


def test_a_nan_that_signals_is_missing_like_any_other():
    signals = np.array([0x7FF0000000000001], "u8").view("f8")
    y = np.concatenate([WAVE[:80], signals, WAVE[80:]])
    windows = Windows.fit(read({"y": y}, target="y"), window=8, horizon=2)
    assert np.isnan(windows.dataset.values).sum() == 1


class Raises:
    def __array__(self, *given, **more):
        raise RuntimeError("no way")


def nested(deep):
    return [1.0] if deep == 0 else [nested(deep - 1)]


ODD_ARGUMENTS = {  # arguments of read beside the target; what the message must say
    "features": ({"features": object()}, "features is an object; it must be the name of a column"),
    "a feature": ({"features": [object()]}, "features has an object; a column is named by text"),
    "bytes": ({"features": b"x"}, "features is a bytes; it must be the name"),
    "static": ({"static": [object()]}, "static has an object; a column"),
    "future": ({"future": Raises()}, "future is a Raises; it must be"),
    "time": ({"time": object()}, "time has an object; a column"),
    "series": ({"series": 1.5}, "series has 1.5; a column"),
    "na": ({"na": object()}, "na has an object; it must be numbers and texts"),
    "a sentinel": ({"na": [1, None]}, "na has None; it must be numbers and texts"),
    "skip_rows": ({"skip_rows": object()}, "skip_rows=an object; it must be a whole number of at least 0."),
    "day_first": ({"day_first": 1}, "day_first is 1; it must be True or False."),
    "optional_target": ({"optional_target": "no"}, "optional_target is 'no'; it must be True or False."),
}


@pytest.mark.parametrize("case", ODD_ARGUMENTS)
def test_an_odd_argument_is_refused_in_words(case):
    given, said = ODD_ARGUMENTS[case]
    with pytest.raises(GatewiseError, match=re.escape(said)):
        read({"y": WAVE, "x": WAVE}, **{"target": "y", **given})


class Lies(list):
    def __len__(self):
        return 5


ODD_SOURCES = {
    "a list that lies": (Lies(), "data is an empty list."),
    "raising column": ({"y": Raises()}, "column y of the dict is a Raises, and no array: no way."),
    "raising series": ([Raises()], "series 0 is a Raises, and no array: no way."),
    "objects": ((object(), object()), "series 0 is (); it must be (rows,) or (rows, columns)."),
    "nested": ([nested(900)], "series 0 is a list of 1, and no array"),
    "an array of C": ((ctypes.c_bool * 4)(), "c_bool_Array_4. It can be a path"),
    "no columns": ([[[]]], "series 0 is (1, 0); it has no columns."),
    "a name without words": ({object(): Raises()}, "column an object of the dict"),
}


@pytest.mark.parametrize("case", ODD_SOURCES)
def test_an_odd_source_is_refused_in_words(case):
    source, said = ODD_SOURCES[case]
    with pytest.raises(DataError, match=re.escape(said)):
        read(source, target="y")


@pytest.mark.parametrize("of", ["a column", "an array", "a series"])
def test_what_is_masked_is_missing(of):
    masked = np.ma.masked_array([1, 2, 3], [False, True, False])
    source = {"a column": {"y": masked}, "an array": masked, "a series": [masked]}[of]
    assert np.array_equal(read(source, target="y").values, [[1], [np.nan], [3]], equal_nan=True)


@pytest.mark.parametrize("case", [name for name in WINDOWS if WINDOWS[name][2]])
def test_windows_that_cannot_be_cut_are_refused(case):
    given, arguments, message = WINDOWS[case]
    dataset = read(given, target="y", time="time" if "time" in given else None)
    with pytest.raises(DataError, match=re.escape(message)):
        Windows.fit(dataset, **{"window": 24, "horizon": None if "task" in arguments else 6, **arguments})


def test_one_row_is_too_few():
    with pytest.raises(DataError, match="target y of the dict has one value in the training rows, 1"):
        Windows.fit(read({"y": [1.0], "x": [2.0]}, target="y", features=["x"]), window=24, horizon=6)


def test_new_data_unlike_those_of_the_training_are_refused():
    windows = Windows.fit(read(columns(), target="y", time="time"), window=24, horizon=6)
    reading = windows.preparation.reading
    days = columns(time=np.datetime64("2024-01-01", "s") + np.arange(300) * 86400)
    with pytest.raises(
        DataError, match="rows are 1 day apart in the dict; the model was trained on rows 1 hour apart"
    ):
        Windows.of(read(days, **reading), windows.preparation)
    with pytest.raises(DataError, match=re.escape("has no column x (features)")):
        read({"time": columns()["time"], "y": WAVE}, **reading)
    with pytest.raises(DataError, match="one needs 1 row of window and 6 of horizon, with a label"):
        Windows.of(
            read({name: column[:1] for name, column in columns().items()}, **reading), windows.preparation
        )


def test_a_forecast_needs_the_columns_known_ahead():
    windows = Windows.fit(read(columns(), target="y", time="time", future="x"), window=24, horizon=6)
    rows = {name: column[:104].copy() for name, column in columns().items()}
    rows["y"][100:] = np.nan
    with pytest.raises(
        DataError,
        match=re.escape(
            "a forecast from row 100 (2024-01-05 03:00) needs x for 6 rows after it; there are 4"
        ),
    ):
        Windows.of(read(rows, **windows.preparation.reading), windows.preparation, "last")


def test_errors_are_those_of_gatewise():
    assert issubclass(DataError, GatewiseError)
    with pytest.raises(
        DataError, match=r"weather\.csv\.gz has no column temp \(target\); did you mean temperature\?"
    ):
        read(embedded_path(), target="temp")
