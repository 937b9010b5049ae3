"""What `gatewise fit` looks back over and ahead where nobody says: it follows the time step, and is never too long."""

import numpy as np
import pytest

import gatewise
from gatewise.train.data import Dataset, read
from gatewise.train.data.windows.defaults import default_lengths

SHARES = {"skip": 0, "split": "time", "validation": 0.15, "test": 0.15, "seed": 0}


def table(step, rows, unit):
    time = np.datetime64("1900-01-01", unit) + step * np.arange(rows) if unit else None
    y = np.sin(np.arange(rows) / 3)
    return {"y": y} | ({} if time is None else {"time": time.astype("datetime64[s]")})


@pytest.mark.parametrize(("step", "unit", "window", "horizon"), [
    (1, "h", 168, 24), (15, "m", 168, 24), (1, "D", 28, 7), (7, "D", 52, 4), (1, "M", 24, 12), (3, "M", 12, 4),
    (1, "Y", 8, 4), (1, "", 168, 12),
])  # fmt: skip
def test_window_and_horizon_follow_the_time_step(step, unit, window, horizon):
    """Sixty years have 9 rows of validation, and so a horizon of 4; otherwise it would be 12. Without tuning it is 24."""
    dataset = read(table(step, 900 if unit != "Y" else 60, unit), target="y", time="time" if unit else None)
    assert isinstance(dataset, Dataset)
    assert default_lengths(dataset, by_step=True, horizon=None, **SHARES) == (window, horizon)
    plain = default_lengths(dataset, by_step=False, horizon=None, **SHARES)
    assert plain == (window, 24 if unit != "Y" else 4)


@pytest.mark.parametrize("unit", ["h", "D", "M", "Y", ""])
@pytest.mark.parametrize("rows", [12, 20, 37, 60, 130])
def test_no_default_is_refused_for_being_too_long(rows, unit):
    model = gatewise.fit(
        table(1, rows, unit),
        target="y",
        time="time" if unit else None,
        hidden=2,
        epochs=1,
        validation=0.2,
        test=0.2,
    )
    assert 1 <= model.config.window <= rows
    assert 1 <= model.config.horizon <= 24
    assert model.results["windows"] > 0


def test_what_is_given_is_kept_or_refused_with_the_numbers():
    model = gatewise.fit(table(1, 60, "M"), target="y", time="time", window=9, hidden=2, epochs=1)
    assert model.config.window == 9
    with pytest.raises(gatewise.GatewiseError, match="168 rows of window"):
        gatewise.fit(table(1, 60, "M"), target="y", time="time", window=168, hidden=2, epochs=1, tune=False)
    assert (
        gatewise.fit(table(1, 60, "M"), target="y", time="time", skip=30, hidden=2, epochs=1).config.window
        == 30
    )


@pytest.mark.parametrize("unit", ["h", "D", "M", ""])
def test_what_was_found_is_kept_in_the_run_folder(tmp_path, unit):
    given = table(1, 90, unit)
    model = gatewise.fit(
        given, target="y", time="time" if unit else None, hidden=2, epochs=1, run=tmp_path / "run"
    )
    assert f"window = {model.config.window} " in (tmp_path / "run" / "config.toml").read_text()
    assert gatewise.load(tmp_path / "run").config == model.config


def test_series_of_different_length_keep_three_of_four():
    lengths = [30, 40, 50, 300]
    columns = {
        "id": np.repeat(["a", "b", "c", "d"], lengths),
        "y": np.concatenate([np.sin(np.arange(rows) / 3) for rows in lengths]),
    }
    model = gatewise.fit(columns, target="y", series="id", hidden=2, epochs=1)
    assert model.config.window + model.config.horizon < 40


@pytest.mark.parametrize(("series", "horizon"), [(30, 12), (1, 6)])
def test_many_series_keep_the_usual_horizon_where_each_has_one_window_to_test(series, horizon):
    """A test of exactly a year of months: one forecast of a year for each of 30 series says enough, one alone not."""
    months = np.datetime64("2015-01", "M") + np.arange(84)
    y = np.sin(np.arange(84) / 3)
    names = np.repeat([f"s{each}" for each in range(series)], 84)
    data = {"y": np.tile(y, series), "t": np.tile(months.astype("datetime64[s]"), series), "who": names}
    dataset = read(data, target="y", time="t", series="who")
    shares = {**SHARES, "validation": "2020-01-01", "test": "2021-01-01"}
    assert default_lengths(dataset, by_step=True, horizon=None, **shares)[1] == horizon
    assert default_lengths(dataset, by_step=False, horizon=None, **shares)[1] == 6  # as ever without tuning


def test_a_horizon_that_does_not_fit_is_refused_with_the_most_that_does():
    data = table(1, 260, "h")
    with pytest.raises(
        gatewise.GatewiseError, match="horizon of 100 rows does not fit into the validation"
    ) as told:
        gatewise.fit(data, target="y", time="time", horizon=100, hidden=2, epochs=1)
    assert "of at most 39 fits" in str(told.value)
    assert "of window" not in str(told.value)
    gatewise.fit(data, target="y", time="time", horizon=39, hidden=2, epochs=1, tune=False)
