"""Histories with fewer rows than the window: predicted and learned from as they are, and said."""

import re
import warnings

import numpy as np
import pytest
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.cli.results import results_table
from gatewise.data import Baselines, Windows, read
from gatewise.learn.network import forward
from gatewise.train.data.baselines.linear import flat
from gatewise.train.data.data_error import DataError, DataWarning

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

QUICK = {**SMALL, "epochs": 1}


def joined(*rows, constant=()):
    """Series a, b, c … of so many rows each, all from the same hour on."""
    tables = [series(count, seed) for seed, count in enumerate(rows)]
    table = {name: np.concatenate([each[name] for each in tables]) for name in tables[0]}
    table["id"] = np.repeat(np.array([*"abcdefgh"][: len(rows)]), rows)
    for name in constant:
        table["load"][table["id"] == name] = 2.5
    return table


def of(table, name):
    return {key: column[table["id"] == name] for key, column in table.items()}


def windows_of(table, **how):
    dataset = read(table, target="load", time="time", series="id")
    return Windows.fit(dataset, **{"window": 12, "horizon": 3, "calendar": False} | how)


@pytest.fixture(scope="module")
def model():
    return gatewise.fit(joined(100, 100), **QUICK, series="id")


# Predicted ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 2, 11])
def test_a_forecast_needs_one_row_and_says_where_there_are_fewer_than_the_window_has(model, rows):
    table = joined(rows)
    with pytest.warns(
        DataWarning, match="series a: fewer rows in a stretch than the window has, 12; predicted from"
    ):
        said = model.predict(table)
    assert len(said["load"]) == 3
    np.testing.assert_array_equal(said["time"] - table["time"][-1], np.arange(1, 4) * np.timedelta64(1, "h"))
    stepper = model.stepper()
    for row in range(rows):
        ahead = stepper.step({name: table[name][row] for name in ("load", "warmth")}, table["time"][row])
    np.testing.assert_array_equal(ahead[:, 0, 0], said["load"])


def test_a_table_without_a_column_of_series_is_called_these_data(tmp_path):
    model = gatewise.fit(series(), **QUICK)
    assert len(model.predict(series(12))["load"]) == 3  # and no warning
    with pytest.warns(DataWarning, match="these data: fewer rows in a stretch"):
        model.predict(write_csv(tmp_path / "t.csv", series(11)))


def test_a_short_series_changes_nothing_of_the_long_ones_beside_it(model):
    with pytest.warns(DataWarning, match="series b, c: fewer rows"):
        said = model.predict(joined(40, 5, 1))
    np.testing.assert_array_equal(said["id"], np.repeat(["a", "b", "c"], 3))
    alone = model.predict(of(joined(40, 5, 1), "a"))["load"]
    np.testing.assert_array_equal(said["load"][:3], alone)


def test_every_row_of_a_short_series_has_its_forecast(model):
    with pytest.warns(DataWarning, match="series b: fewer"):
        said = model.predict(joined(14, 5), rolling=True)
    assert (said["id"] == "a").sum() == 3 * 3  # from the twelfth row on, as ever
    assert (said["id"] == "b").sum() == 5 * 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = model.predict(
            of(joined(14, 5), "b") | {key: column[14:15] for key, column in joined(14, 5).items()}
        )
    np.testing.assert_array_equal(said["load"][9:12], first["load"])


def test_an_evaluation_has_the_short_series_and_their_baselines(model):
    with pytest.warns(DataWarning, match="series b: fewer"):
        results = model.evaluate(joined(20, 6))
    full, short = 20 - 12, 6 - 1  # windows with a label
    assert results["windows"] == full + short
    assert all(np.isfinite(metrics["mae"]) for metrics in results["targets"]["load"].values())


def test_an_evaluation_says_which_series_it_cannot_judge(model):
    with pytest.warns(DataWarning, match="series without a label after a row are left out: b"):
        assert model.evaluate(joined(20, 1))["windows"] == 8


def test_where_no_row_has_a_label_an_evaluation_is_refused(model):
    message = r"no window of the dict: one needs 1 row of window and 3 of horizon, with a label; .* has 1 row"
    with pytest.raises(DataError, match=message):
        model.evaluate(joined(1))


def test_a_series_in_which_nothing_is_known_is_left_out_and_said(model):
    table = joined(20, 5)
    for name in ("load", "warmth"):
        table[name][table["id"] == "b"] = np.nan
    with pytest.warns(DataWarning, match="series in which nothing is known are left out: b"):
        assert {*model.predict(table)["id"]} == {"a"}


def test_after_a_long_gap_the_rows_there_are_are_what_is_predicted_from(model):
    table = series(300)
    kept = np.r_[0:100, 290:295]
    with (
        pytest.warns(DataWarning, match="a gap is longer than 100 steps"),
        pytest.warns(DataWarning, match="series a: fewer rows in a stretch"),
    ):
        said = model.predict(
            {**{name: column[kept] for name, column in table.items()}, "id": np.array(["a"] * 105)}
        )
    assert said["time"][0] == table["time"][295]


@pytest.mark.parametrize(
    "how",
    [
        {"skip": 5},
        {"bidirectional": True, "layers": 2},
        {"stateful": True},
        {"missing": "drop"},
        {"task": "regress"},
        {"cell": "peephole"},
    ],
    ids=str,
)
def test_short_histories_go_with_every_kind_of_network(how):
    keys = {name: value for name, value in (QUICK | how).items() if name != "horizon" or "task" not in how}
    model = gatewise.fit(joined(100, 100), **keys, series="id")
    with pytest.warns(DataWarning, match="series a: fewer rows"):
        said = model.predict(joined(7))["load"]
    assert len(said) == (7 if "task" in how else 3)
    assert np.isfinite(said).all()


def test_rows_past_the_end_of_a_short_window_are_not_read():
    """A batch of full and short windows: the short ones at the front, with their lengths."""
    windows = windows_of(joined(60, 9), short=True, validation=0, test=0)
    batch = windows.batch(windows.train)
    assert batch.lengths.tolist() == [12] * 46 + [2, 3, 4, 5, 6]
    np.testing.assert_array_equal(batch.x[-1, :6], windows.batch(windows.train[-1:]).x[0])
    assert not batch.x[-1, 6:].any()


# Learned from -------------------------------------------------------------------------------------------------


def test_without_short_windows_all_is_as_before_and_what_gives_no_window_is_said():
    table = joined(100, 100, 9, 1)
    kept = {"validation": 0, "test": 0}
    windows = windows_of(table, **kept)
    plain = windows_of({key: column[:200] for key, column in table.items()}, **kept)
    np.testing.assert_array_equal(windows.train, plain.train)
    assert "no window of series c, d: one needs 15 rows in one part, without a long gap" in windows.notes
    assert windows.batch(windows.train).lengths is None


def test_with_short_windows_a_series_without_a_full_one_gives_those_of_its_rows():
    table = joined(100, 100, 9, 1)
    windows, plain = windows_of(table, short=True), windows_of(table)
    full = windows.train[windows.train < 200]
    np.testing.assert_array_equal(full, plain.train)
    assert windows.train[len(full) :].tolist() == [201, 202, 203, 204, 205]  # two rows at least, three labels
    assert "no window of series d: one needs 5 rows in one part, without a long gap" in windows.notes


def test_batches_of_full_windows_alone_have_no_lengths():
    windows = windows_of(joined(100, 100, 9), short=True)
    assert windows.batch(windows.train[:64]).lengths is None
    assert windows.batch(windows.train[-8:]).lengths.max() == 12
    assert windows.batch(windows.train[-2:]).x.shape == (2, 6, windows.input_size)


def test_a_window_that_was_not_chosen_is_refused_as_ever():
    windows = windows_of(joined(100, 100, 9), short=True)
    assert windows.batch([202]).lengths.tolist() == [3]
    for number in (5, 107, 200):  # within series a and b there are full ones; a first row alone is too little
        with pytest.raises(DataError, match=f"window {number} has not all of its 12 rows"):
            windows.batch([number])


def test_series_that_are_all_short_can_be_learned_from():
    table = joined(9, 9, 8, 9)
    with pytest.raises(DataError, match="no train window"):
        windows_of(table, split="group", validation=0.25, test=0.25)
    windows = windows_of(table, split="group", validation=0.25, test=0.25, short=True)
    series_of = dict(zip("abcd", (9, 9, 8, 9), strict=True))
    learned = {*windows.where(windows.train)[0]}
    assert len(learned) == 2
    assert len(windows.train) == sum(series_of[name] - 4 for name in learned)  # two rows before, three labels
    found = Baselines.fit(windows).predict(windows, windows.test)
    assert np.isfinite(found["ridge"]).all()


def test_a_stride_holds_for_short_windows_too():
    windows = windows_of(joined(100, 100, 9), short=True, stride=3)
    assert windows.train[windows.train >= 200].tolist() == [201, 204]


def test_linear_models_read_the_training_mean_where_a_short_window_has_no_row():
    windows = windows_of(joined(60, 9), short=True)
    number = windows.train[-1:]
    rows = flat(windows.batch(number), 12).reshape(12, windows.input_size)
    short = windows.batch(number)
    length = int(short.lengths[0])
    np.testing.assert_array_equal(rows[12 - length :], short.x[0])
    assert not rows[: 12 - length].any()


def test_the_network_reads_a_short_window_as_a_sequence_of_its_own_length(model):
    windows = windows_of(joined(60, 9), short=True, calendar=True)
    batch = windows.batch(windows.train)
    y = forward(model.network, batch.x, lengths=batch.lengths, extra=batch.extra).y
    alone = windows.batch(windows.train[-1:])
    length = int(alone.lengths[0])
    np.testing.assert_array_equal(forward(model.network, alone.x[:, :length], extra=alone.extra).y[0], y[-1])


@pytest.mark.parametrize("given", [1, "yes", None])
def test_short_is_true_or_false(given):
    with pytest.raises(gatewise.GatewiseError, match=r"short is .*; it must be True or False"):
        windows_of(joined(60), short=given)


# Series that are odd ------------------------------------------------------------------------------------------


def late(rows=160, start=150):
    """One series over all the time, and one that begins late."""
    table, other = series(rows), series(rows, 1)
    whole = {name: np.concatenate([table[name], other[name][start:]]) for name in table}
    return {**whole, "id": np.array(["a"] * rows + ["late"] * (rows - start))}


def test_a_series_that_is_in_the_test_alone_is_said():
    windows = windows_of(late(start=140))
    note = "training has no window of series late; validation and test have"
    assert note in windows.notes
    assert "late" in windows.where(windows.test)[0]
    short = windows_of(late(), short=True)
    assert note in short.notes
    assert "late" in short.where(short.test)[0]
    assert (
        "no window of series late: one needs 15 rows in one part, without a long gap"
        in windows_of(late()).notes
    )


def test_a_constant_series_among_others_is_learned_and_predicted():
    table = joined(100, 100, constant="b")
    model = gatewise.fit(table, **QUICK, series="id")
    assert {*model.predict(table)["id"]} == {"a", "b"}
    assert np.isfinite(model.results["targets"]["load"]["LSTM"]["mae"])


def test_a_constant_series_can_be_predicted_alone(model):
    assert np.isfinite(model.predict(joined(20, constant="a"))["load"]).all()


def test_series_of_one_row_are_read_said_and_predicted():
    table = joined(100, 100, 1)
    model = gatewise.fit(table, **QUICK, series="id")
    assert any(re.match("no window of series c: one needs 15 rows", note) for note in model.notes)
    with pytest.warns(DataWarning, match="series c: fewer rows"):
        assert {*model.predict(table)["id"]} == {"a", "b", "c"}


def test_a_huge_error_keeps_the_table_narrow():
    results = {"of": "test", "windows": 1, "targets": {"x": {"LSTM": {"mae": 1e300, "rmse": 123456.0}}}}
    assert "1e+300" in results_table(results)
    assert "123,456" in results_table(results)
