"""Tables as people have them are read, or refused with what is wrong and what to do."""

import gzip
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

import gatewise
from gatewise.train.data import DataError, read

DAYS = [str(day) for day in np.datetime64("2020-01-01") + np.arange(60)]
BODY = [f"{day},{n % 7},{n % 5}" for n, day in enumerate(DAYS)]
PLAIN = "\n".join(["time,y,x", *BODY]) + "\n"
KEYS = ["--time", "time", "--window", 5, "--horizon", 2, "--hidden", 2, "--epochs", 1, "-q"]


def file(path, text, encoding="utf-8"):
    (path / "t.csv").write_bytes(text.encode(encoding))
    return path / "t.csv"


@pytest.mark.parametrize(("above", "note"), [
    ("# made by a logger\n# station 3\ntime,y,x", "2 lines above the header are left out"),
    ("# time,y,x", None),  # as numpy.savetxt writes
    ("# station 3\n# time,y,x", "a line above the header is left out"),
    ("Station 12345\nDaily discharge\n\ntime,y,x", "2 lines above the header are left out"),
    ("Station 5, daily\n\ntime,y,x", "a line above the header is left out"),
    ("Station,5\nUnit,m3/s\nSince,1990\ntime,y,x", "3 lines above the header are left out"),
    ("sep=,\ntime,y,x", None),
    ("\n\ntime,y,x", None),
    ("\ufefftime,y,x", None),
], ids=["comments", "savetxt", "savetxt, two lines", "titles", "a title with a comma", "titles of two cells", "sep=", "empty lines", "byte order mark"])  # fmt: skip
def test_what_stands_above_a_header_is_left_out(tmp_path, above, note):
    dataset = read(file(tmp_path, PLAIN.replace("time,y,x", above, 1)), target="y", time="time")
    assert dataset.features == ("x",)
    assert len(dataset) == 60
    assert dataset.notes == (() if note is None else (note,))


def test_text_in_one_column_has_no_title(tmp_path):
    dataset = read(file(tmp_path, "y\n" + "1.5\n2.5\n" * 9), target="y")
    assert (len(dataset), dataset.notes) == (18, ())


def test_decimal_commas_in_quotes_are_read(tmp_path):
    path = file(tmp_path, "y,x\n" + "".join(f'"{n},5",{n}\n' for n in range(20)))
    assert read(path, target="y").values[:, 0].tolist() == [n + 0.5 for n in range(20)]


THOUSANDS = [
    ("1,234.5", ","),
    ("1,234", ","),
    ("1.234,5", ";"),
    ("1 234,5", ";"),
    ("1\u00a0234,5", ";"),
    ("1'234.5", ";"),
]


@pytest.mark.parametrize(("text", "delimiter"), THOUSANDS)
@pytest.mark.parametrize("column", ["y", "x"])
def test_marks_between_thousands_are_what_is_said(tmp_path, text, delimiter, column):
    rows = [[f'"{text}"', "1"] if column == "y" else ["1", f'"{text}"'] for _ in range(20)]
    path = file(tmp_path, "\n".join(delimiter.join(row) for row in [["y", "x"], *rows]) + "\n")
    with pytest.raises(
        DataError, match=rf'column {column}, row 1: "{re.escape(text)}" is no number. Write numbers without'
    ):
        read(path, target="y")


@pytest.mark.parametrize(("text", "mark"), [("$5", "$"), ("15.6 %", "%"), ("5€", "€"), ("€ 5,20", "€")])
def test_a_mark_at_a_number_is_named(tmp_path, text, mark):
    path = file(tmp_path, "y;x\n" + f"{text};1\n" * 20)
    with pytest.raises(DataError, match=re.escape(f"Write the number without {mark}.")):
        read(path, target="y")


UNITS = PLAIN.replace("time,y,x", "time,y,x\nyyyy-mm-dd,m3/s,°C", 1)


def test_times_that_no_column_tells_apart_are_refused_as_before(tmp_path):
    path = file(tmp_path, PLAIN + BODY[-1] + "\n")
    with pytest.raises(
        DataError, match=r"rows 60 and 61 have the same time, 2020-02-29 00:00:00\. Leave one out"
    ):
        read(path, target="y", time="time")


def zipped(path, inside):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(inside, "x")


NO_TABLES = {
    "Excel": (lambda path: zipped(path, "xl/workbook.xml"), "is an Excel or other spreadsheet file; save the sheet as CSV (in Excel: Save as, CSV UTF-8)"),
    "old Excel": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)), "pandas.read_excel("),
    "zip": (lambda path: zipped(path, "river.csv"), "is a zip file (river.csv); unpack it and give the table inside"),
    "spaces": (lambda path: path.write_text("t y\n" + "1 2\n" * 9), "has spaces between its columns; write commas, or read it in Python"),
    "cut off": (lambda path: path.write_bytes(gzip.compress(PLAIN.encode())[:40]), "t.data cannot be read: Truncated compressed stream."),
    "JSON": (lambda path: path.write_text('[{"time": 1, "y": 2}]'), "looks like JSON"),
    "HTML": (lambda path: path.write_text("<!DOCTYPE html>\n<table>"), "looks like HTML or XML"),
    "no header": (lambda path: path.write_text("\n".join(BODY)), "has no header: its first line is 2020-01-01, 0, 0. Put a line above"),
    "folder": (lambda path: (path.mkdir(), (path / "a.csv").write_text(PLAIN)), "is a folder; give a CSV or Parquet file, such as "),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_TABLES)
def test_what_is_no_table_is_said_with_what_to_do(tmp_path, kind):
    make, message = NO_TABLES[kind]
    make(tmp_path / "t.data")
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        read(tmp_path / "t.data", target="y")
    assert ".." not in str(caught.value)


def test_columns_that_are_called_by_numbers_are_a_header(tmp_path):
    assert read(file(tmp_path, "0,1\n" + "1,2\n" * 9), target="0").features == ("1",)


def test_a_text_among_numbers_is_no_unit(tmp_path):
    with pytest.raises(DataError, match='row 2: "high" is no number') as caught:
        read(file(tmp_path, PLAIN.replace("2020-01-02,1,", "2020-01-02,high,")), target="y", time="time")
    assert "units" not in str(caught.value)


def test_addresses_are_no_files():
    with pytest.raises(
        DataError, match=r"https://example\.org/t\.csv is an address; download the file first"
    ):
        read("https://example.org/t.csv", target="y")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_in_the_encoding_that_it_has(tmp_path, encoding, end):
    """UTF-16 as Excel's Unicode text has it, with tabs; Windows-1252 as its CSV has it; long enough for several pieces."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    rows = 300 if encoding != "utf-16" else 60_000
    body = end.join(["Höhe\tort", *(f"{n % 7}\tMünchen" for n in range(rows))]) + end
    dataset = read(file(tmp_path, mark + body, encoding), target="Höhe", series="ort")
    assert dataset.values[:, 0].tolist() == [n % 7 for n in range(rows)]
    assert dataset.ids == ["München"]
    assert any("it is read as Windows-1252" in note for note in dataset.notes) == (encoding == "latin-1")


@pytest.mark.parametrize("end", [",,\n", ",,\n,,\n,,", " , , \n".replace(" ", ""), ",,\n" * 70_000])
def test_empty_rows_at_the_end_are_left_out(tmp_path, end):
    assert len(read(file(tmp_path, PLAIN + end), target="y", time="time")) == 60


def test_an_empty_row_among_others_is_refused_and_a_missing_value_at_the_end_stays(tmp_path):
    with pytest.raises(DataError, match="row 2: the time is missing"):
        read(file(tmp_path, PLAIN.replace("2020-01-02,1,1", ",,")), target="y", time="time")
    assert len(read(file(tmp_path, PLAIN + "2020-03-01,,\n"), target="y", time="time")) == 61
    assert len(read(file(tmp_path, "y,x\n" + "1,2\n" * 9 + ",\n"), target="y")) == 10  # a row is a step


LINES = {
    "too many": ("2020-01-02,1,1", "2020-01-02,1,1,5", "t.csv, line 3 has 4 cells, the header 3: 2020-01-02,1,1,5. Put a cell that holds a comma in quotation marks."),
    "too few": ("2020-01-02,1,1", "2020-01-02,1", "t.csv, line 3 has 2 cells, the header 3: 2020-01-02,1. Add the cells that are missing, as empty ones."),
    "an open quotation": ("2020-02-29,3,4", '"2020-02-29,3,4', 't.csv, line 61 has a quotation mark that is not closed in that line; close it, or leave it out.'),
    "below comments": ("time,y,x\n2020-01-01,0,0\n", "# a\n# b\ntime,y,x\n2020-01-01,0,0,1\n", "line 4 has 4 cells"),
    "below empty lines": ("time,y,x\n2020-01-01,0,0\n", "time,y,x\n\n\n2020-01-01,0\n", "line 4 has 2 cells"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_with_too_many_or_too_few_cells_is_named_by_its_number(tmp_path, case, encoding):
    old, new, message = LINES[case]
    with pytest.raises(DataError, match=re.escape(message)):
        read(file(tmp_path, PLAIN.replace(old, new, 1), encoding), target="y", time="time")


@pytest.mark.parametrize("text", ["time,y", "time,y\n", "time,y\n\n\n", "time,y\n,\n"])
def test_a_header_alone_has_no_rows(tmp_path, text):
    with pytest.raises(DataError, match="has no rows"):
        read(file(tmp_path, text), target="y", time="time")


@pytest.mark.parametrize("name", ["No", "id", "nr.", "#", "row_id"])
def test_a_column_that_only_counts_rows_is_no_feature(tmp_path, name):
    counted = file(tmp_path, f"{name},y,x\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(1, 60)))
    dataset = read(counted, target="y")
    assert dataset.features == ("x",)
    assert dataset.notes == (f"column {name} is left out: it looks like the index of a frame, or a count of the rows. Name it in features to use it.",)  # fmt: skip
    assert read(counted, target="y", features=[name, "x"]).features == (name, "x")
    other = file(tmp_path, f"{name},y,x\n" + "".join(f"{n % 9},{n % 7},{n % 5}\n" for n in range(1, 60)))
    assert read(other, target="y").features == (name, "x")


def test_a_model_with_rows_to_skip_reads_frames_which_have_none(tmp_path):
    keys = {"time": "time", "window": 5, "horizon": 2, "hidden": 2, "epochs": 1}
    model = gatewise.fit(file(tmp_path, UNITS), "y", **keys, skip_rows=1)
    same = model.predict(file(tmp_path, UNITS))["y"]
    frame = pd.read_csv(file(tmp_path, PLAIN))
    frame.to_parquet(tmp_path / "t.parquet")
    for data in (frame, {name: frame[name].to_numpy() for name in frame}, tmp_path / "t.parquet"):
        assert np.array_equal(model.predict(data)["y"], same)
    with pytest.raises(DataError, match="skip_rows=1 is for CSV files"):
        gatewise.fit(frame, "y", **keys, skip_rows=1)


def test_titles_stand_above_a_table_with_decimal_commas(tmp_path):
    text = "Station;5\nUnit;m\n\nt;y;x\n" + "".join(f"{n};{n},5;{n},25\n" for n in range(20))
    dataset = read(file(tmp_path, text), target="y", time="t")
    assert dataset.values[:, 0].tolist() == [n + 0.5 for n in range(20)]
    assert dataset.notes == ("2 lines above the header are left out",)


def test_names_in_brackets_are_a_header(tmp_path):
    """As MetaTrader has them, and tables that were written with units alone."""
    for name in ("<DATE>", "[m]", "{a}"[1:]):
        assert read(file(tmp_path, f"{name}\ty\n" + "1\t2\n3\t4\n" * 9), target="y").features == (name,)


def test_a_quotation_mark_that_opens_far_from_the_end_is_named_by_its_line(tmp_path):
    """The cell that it opens is larger than what Python's csv takes, and than a piece."""
    for end in ("", '"'):
        text = "y,x\n" + "1,2\n" * 5 + '"1,2\n' + "1,2\n" * 600_000 + end
        with pytest.raises(DataError, match=r"t\.csv, line 7 has a quotation mark that is not closed"):
            read(file(tmp_path, text), target="y")
