"""Tables that a reader of the code tried: blanks for times, months as numbers, far years, long headers, commas."""

import warnings

import numpy as np
import pytest
from series_files import SMALL, series

import gatewise
from gatewise.cli import main
from gatewise.train.data import read
from gatewise.train.data.prepare.outliers import nines

MONTHS = (np.datetime64("1990-01", "M") + np.arange(240)).astype("datetime64[us]")


def write(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("blank", [" ", "\u00a0", '"  "'])
@pytest.mark.parametrize("offset", ["", "+01:00"])
def test_a_time_of_blanks_is_missing(tmp_path, blank, offset):
    rows = [f"2013-01-{day:02} 00:00{offset},{day}" for day in range(1, 29)]
    path = write(tmp_path / "t.csv", "t,y", [*rows, f"{blank},3", *rows])
    with pytest.raises(gatewise.GatewiseError, match="row 29: the time is missing; every row needs one"):
        read(path, target="y", time="t")


@pytest.mark.parametrize("form", ["%Y%m", "%m.%Y"])
def test_months_that_look_like_numbers_are_months(tmp_path, form):
    """The month after 200912 was 200913."""
    rows = [f"{each.item():{form}},{k % 12}" for k, each in enumerate(MONTHS)]
    dataset = read(write(tmp_path / "t.csv", "month,y", rows), target="y", time="month")
    assert (dataset.time == MONTHS).all()
    assert str(dataset.step) == "a month"
    numbers = np.array([int(f"{each.item():%Y%m}") for each in MONTHS])
    assert (read({"month": numbers, "y": np.zeros(240)}, target="y", time="month").time == MONTHS).all()


def test_a_counter_is_no_month(tmp_path):
    rows = [f"{200001 + k},{k % 12}" for k in range(40)]
    dataset = read(write(tmp_path / "t.csv", "t,y", rows), target="y", time="t")
    assert dataset.time.dtype.kind in "if"


@pytest.mark.parametrize(("header", "row"), [
    ("Monat;Wert", "{m:02}.2013;{m},5"), ("Zeit;Wert", "{m:02}.30;{m},5"), ("Tag;Wert", "{m:02}.12.2013;{m},5"),
])  # fmt: skip
def test_a_time_with_points_does_not_make_a_point_the_decimal_mark(tmp_path, header, row):
    path = write(tmp_path / "t.csv", header, [row.format(m=m) for m in range(1, 13)])
    assert read(path, target="Wert").values[:, 0].tolist() == [m + 0.5 for m in range(1, 13)]


def test_a_comma_after_nothing_but_0_is_no_thousands_mark(tmp_path):
    rows = [f'"0,{k + 100}",{k}' for k in range(40)]
    assert read(write(tmp_path / "t.csv", "y,z", rows), target="y").values[3, 0] == 0.103


def test_a_long_header_is_read_whole(tmp_path):
    names = [f"column_{k:06}" for k in range(9000)]
    path = write(tmp_path / "t.csv", ",".join(names), [",".join(["1"] * 9000)] * 3)
    assert read(path, target=names[-1], features=[names[0]]).names == (names[-1], names[0])


def test_a_comma_at_the_end_of_lines_is_passed_over(tmp_path):
    path = write(tmp_path / "t.csv", "t,y,", [f"{k},{k % 7}," for k in range(40)])
    dataset = read(path, target="y", time="t")
    assert (dataset.notes, dataset.features) == ((), ())


@pytest.mark.parametrize("year", ["0000-01-01", "9999-10-01"])
def test_a_picture_that_cannot_be_drawn_costs_no_run(tmp_path, year, capsys):
    """matplotlib knows no year 0 and no year 10000; training had ended, and the last lines were a traceback."""
    days = np.datetime64(year) + np.arange(90)
    path = write(tmp_path / "t.csv", "t,y", [f"{day},{k % 7}" for k, day in enumerate(days)])
    flags = ["--window", "6", "--horizon", "2", "--epochs", "1", "--hidden", "2", "-o", str(tmp_path / "run")]
    assert main(["fit", str(path), "--target", "y", "--time", "t", *flags]) == 0
    out, err = capsys.readouterr()
    assert "LSTM" in out
    assert "Traceback" not in err
    assert (tmp_path / "run" / "report.html").exists() or "no report.html: " in err


def test_nines_are_counted_however_many():
    z = np.where(np.arange(5000) % 2, -9999.0, np.sin(np.arange(5000)))
    (note,) = nines(read({"y": np.sin(np.arange(5000)), "z": z}, target="y"))
    assert note.startswith("z is -9999 2,500 times, first in row 2; its other values go from -")


def test_numbers_of_numpy_and_single_values_are_taken():
    table = series(120)
    array = np.stack([table["load"], table["warmth"]], axis=1)
    sizes = {key: value for key, value in SMALL.items() if key not in ("target", "time")}
    array[7, 1] = -9999
    model = gatewise.fit(array, np.int64(0), na=-9999, **sizes)
    assert (model.preparation.targets, model.preparation.na) == (("0",), (-9999.0,))
    stepper = model.stepper()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for wrong in (None, 1.0, "abc"):
            with pytest.raises(gatewise.GatewiseError, match=r"^the row is "):
                stepper.step(wrong)
