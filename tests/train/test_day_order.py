"""Whether the day or the month comes first in 1/2/2013: told by the column, said by the user, kept with the model."""

import numpy as np
import pyarrow
import pytest

import gatewise
from gatewise.train.data import read
from gatewise.train.data.reading.day_order import told_apart
from gatewise.train.data.reading.written_times import Writing


def written(form):
    return lambda time: time.item().strftime(form)


def slashed(path, days, form="%m/%d/%Y"):
    path.write_text("time,y\n" + "".join(f"{written(form)(day)},{n % 7}\n" for n, day in enumerate(days)))
    return path


AMBIGUOUS = ["01/02/2020", "02/02/2020", "03/02/2020"]


@pytest.mark.parametrize(("day_first", "last"), [(True, "2020-02-03"), (False, "2020-03-02")])
def test_the_order_can_be_said_where_no_row_tells_it(tmp_path, day_first, last):
    path = tmp_path / "t.csv"
    path.write_text("time,y\n" + "".join(f"{text},{n}\n" for n, text in enumerate(AMBIGUOUS)))
    dataset = read(path, target="y", time="time", day_first=day_first)
    assert str(dataset.time[-1].astype("datetime64[D]")) == last
    assert dataset.day_first is day_first


def test_a_row_far_below_tells_day_from_month(tmp_path):
    """As of a logger that writes every second: the first day above 12 comes long after the first piece of a file."""
    seconds = np.datetime64("2020-02-01T00:00:00") + np.arange(100_000) * np.timedelta64(10, "s")
    dataset = read(slashed(tmp_path / "t.csv", seconds, "%d/%m/%Y %H:%M:%S"), target="y", time="time")
    assert np.array_equal(dataset.time, seconds.astype("datetime64[us]"))


def test_without_a_day_above_12_the_order_of_all_rows_tells(tmp_path):
    seconds = np.datetime64("2020-02-28T00:00:00") + np.arange(60_000) * np.timedelta64(10, "s")
    seconds = seconds[seconds >= np.datetime64("2020-03-01")]
    path = slashed(tmp_path / "t.csv", seconds, "%d/%m/%Y %H:%M:%S")
    dataset = read(path, target="y", time="time")
    assert dataset.day_first is True
    assert str(dataset.step) == "10 seconds"


def test_the_order_said_for_training_is_kept_for_predicting(run, tmp_path):
    days = [text for month in range(1, 13) for text in (f"05/{month:02}/2020",)]
    rows = "".join(f"{text},{n % 4}\n" for n, text in enumerate(days))
    (tmp_path / "t.csv").write_text("time,y\n" + rows)
    keys = [
        "--target",
        "y",
        "--time",
        "time",
        "--window",
        2,
        "--horizon",
        1,
        "--hidden",
        2,
        "--epochs",
        1,
        "-q",
    ]
    assert run("fit", "t.csv", *keys, "--no-day-first", "-o", "american")[0] == 0
    assert run("fit", "t.csv", *keys, "--day-first", "-o", "other")[0] == 0
    assert [gatewise.load(name).preparation.day_first for name in ("american", "other")] == [False, True]
    assert run("predict", "american", "t.csv")[1].splitlines()[1].startswith("2020-05-13")
    assert run("predict", "other", "t.csv")[1].splitlines()[1].startswith("2021-01-05")
    (tmp_path / "b.csv").write_text("time,y\n13/05/2020,1\n14/05/2020,2\n15/05/2020,3\n")
    code, _, err = run("predict", "american", "b.csv")
    assert code == 2
    assert (
        'row 1: "13/05/2020" is no time: there is no such day, or no such hour. The month is read first.'
        in err
    )


def test_day_and_month_stay_as_in_training(tmp_path):
    def table(name, days):
        rows = "".join(f"{written('%m/%d/%Y')(day)},{n % 7}\n" for n, day in enumerate(days))
        (tmp_path / name).write_text("time,y\n" + rows)
        return tmp_path / name

    days = np.datetime64("2020-01-01") + np.arange(70)
    model = gatewise.fit(table("a.csv", days), "y", time="time", window=5, horizon=2, hidden=2, epochs=1)
    said = model.predict(table("b.csv", days[60:70]))["time"]  # 03/01 to 03/10, which no row tells
    assert said.astype("datetime64[D]").astype(str).tolist() == ["2020-03-11", "2020-03-12"]


PIECES = {
    "a day above 12 in a later piece": ([["01/02/2020"], ["13/02/2020"]], True),
    "a row that would go back to the piece before": ([["09/01/2020"], ["01/02/2020"]], True),
    "series side by side, each time twice": ([["01/02/2020", "01/02/2020", "02/01/2020", "02/01/2020"]], False),
    "the step of series side by side": ([[f"{m:02}/01/{year}" for year in (2020, 2021) for m in range(1, 13) for _ in "ab"]], False),
    "nothing": ([["01/02/2020", "02/02/2020"], ["03/02/2020"]], None),
}  # fmt: skip


@pytest.mark.parametrize("case", PIECES)
def test_what_tells_day_from_month(case):
    pieces, day_first = PIECES[case]
    told = told_apart(Writing("a/b/year"), [pyarrow.array(piece) for piece in pieces])
    assert (None if told is None else told.day_first) is day_first
