"""Windows: every number of a batch by hand, splits without leakage, and back from a prediction to the target's units."""

import json

import numpy as np
import pytest

from gatewise.errors import GatewiseError
from gatewise.train.data import DataError, Preparation, Windows, embedded, read

pytest.importorskip("pyarrow")

ROWS, WINDOW, HORIZON = 300, 24, 6
EXACT = 1e-6  # float32 holds seven digits
HOURS = np.datetime64("2024-01-01T00", "s") + 3600 * np.arange(ROWS)


def table(rows=ROWS, seed=0, gaps=True):
    rng = np.random.default_rng(seed)
    columns = {
        "time": np.datetime64("2024-01-01T00", "s") + 3600 * np.arange(rows),
        "y": 50 + 9 * rng.standard_normal(rows),
        "z": rng.standard_normal(rows),
        "x": 1e4 + rng.standard_normal(rows),
        "holiday": (rng.random(rows) < 0.2).astype(float),
    }
    if gaps:
        columns["y"][[0, 40, 41, 90, rows - 70]] = np.nan
        columns["x"][[10, 11, 60, rows - 3]] = np.nan
    return columns


def fitted(columns, *, read_with=None, **arguments):
    reading = {"target": ["y", "z"], "time": "time", "future": "holiday", **(read_with or {})}
    return Windows.fit(read(columns, **reading), **{"window": WINDOW, "horizon": HORIZON, **arguments})


def filled(column, mean):
    """The last known value; before the first, the mean."""
    column, last = column.copy(), mean
    for row, value in enumerate(column):
        last = column[row] = last if np.isnan(value) else value
    return column


@pytest.mark.parametrize("change", [True, False])
def test_a_batch_by_hand(change):
    columns = table()
    windows = fitted(columns, change=change)
    preparation, train = windows.preparation, slice(0, 210)
    assert preparation.columns == (
        "y",
        "z",
        "x",
        "holiday",
        "hour sin",
        "hour cos",
        "weekday sin",
        "weekday cos",
        "missing y",
        "missing x",
    )
    numbers = windows.train[[0, 5, 30, -1]]
    batch = windows.batch(numbers)
    mean = {name: np.nanmean(columns[name][train]) for name in "yzx"}
    scale = {name: np.nanstd(columns[name][train]) for name in "yzx"}
    for place, name in enumerate("yzx"):
        whole = (filled(columns[name], mean[name]) - mean[name]) / scale[name]
        for row, number in enumerate(numbers):
            assert batch.x[row, :, place] == pytest.approx(whole[number - WINDOW + 1 : number + 1], abs=1e-5)
    hour = 2 * np.pi * (numbers[:, np.newaxis] + np.arange(1 - WINDOW, 1)) / 24
    assert batch.x[:, :, 4] == pytest.approx(np.sin(hour), abs=EXACT)
    assert batch.x[:, :, 7] == pytest.approx(np.cos(hour / 7), abs=EXACT)  # 2024-01-01 was a Monday
    for row, number in enumerate(numbers):
        rows = slice(number - WINDOW + 1, number + 1)
        assert np.array_equal(batch.x[row, :, 8], np.isnan(columns["y"][rows]))
        assert np.array_equal(batch.x[row, :, 9], np.isnan(columns["x"][rows]))
        ahead = np.arange(number + 1, number + 1 + HORIZON)
        truth = np.stack([columns["y"][ahead], columns["z"][ahead]], axis=1)
        assert np.array_equal(windows.truth(numbers)[row], truth, equal_nan=True)
        zero = [filled(columns[name], mean[name])[number] if change else mean[name] for name in "yz"]
        label = (truth - zero) / preparation.label_scale
        assert batch.label[row].reshape(HORIZON, 2) == pytest.approx(label, abs=1e-5, nan_ok=True)
        holiday = (columns["holiday"][ahead] - columns["holiday"][train].mean()) / columns["holiday"][
            train
        ].std()
        assert batch.extra[row, 4:] == pytest.approx(holiday, abs=1e-5)
        assert batch.extra[row, 0] == pytest.approx(np.sin(2 * np.pi * (number + 1) / 24), abs=EXACT)
    assert batch.x.dtype == batch.label.dtype == batch.extra.dtype == np.float32
    assert (windows.input_size, windows.targets, windows.extra_size) == (10, 2, 10)
    assert len(preparation.extra) == windows.extra_size


def test_whether_windows_are_whole_is_a_flag():
    windows = Windows.fit(read({"y": np.sin(np.arange(60.0))}, target="y"), window=4, horizon=2)
    with pytest.raises(GatewiseError, match="whole is an array"):
        windows.checked([5], whole=np.zeros((4, 2)))


def test_the_scale_of_changes_is_their_root_mean_square():
    columns = table(gaps=False)
    y = columns["y"][:210]
    squares = [(y[k:] - y[:-k]) ** 2 for k in range(1, HORIZON + 1)]
    expected = np.sqrt(sum(each.sum() for each in squares) / sum(map(len, squares)))
    assert fitted(columns).preparation.label_scale[0] == pytest.approx(expected, rel=1e-12)


def test_predictions_come_back_in_the_units_of_the_target():
    windows = fitted(table(gaps=False))
    numbers = windows.test[::5]
    label = windows.batch(numbers).label.astype(float).reshape(-1, HORIZON, 2)
    assert windows.restore(label, numbers) == pytest.approx(windows.truth(numbers), abs=1e-4)
    quantiles = np.stack([label, label], axis=-1)
    assert windows.restore(quantiles, numbers)[..., 1] == pytest.approx(windows.truth(numbers), abs=1e-4)
    assert windows.restore_spread(np.ones((2, HORIZON, 2)))[0, 0] == pytest.approx(
        windows.preparation.label_scale
    )
    ids, times = windows.where(numbers)
    assert ids == [0] * len(numbers)
    assert np.array_equal(times[3], HOURS[numbers[3] + 1 : numbers[3] + 1 + HORIZON])


# Splits and leakage ---------------------------------------------------------------------------------------------------


def test_no_label_crosses_from_one_part_to_another():
    windows = fitted(table())
    ranges = {"train": (0, 210), "validation": (210, 255), "test": (255, 300)}
    for name, (first, end) in ranges.items():
        numbers = getattr(windows, name)
        assert numbers.min() + 1 >= first
        assert numbers.max() + HORIZON < end
        assert (np.diff(numbers) > 0).all()
    by_date = fitted(table(), validation="2024-01-09 18:00", test="2024-01-11T15:00")
    assert np.array_equal(by_date.validation, windows.validation)
    assert np.array_equal(by_date.test, windows.test)
    assert np.array_equal(
        fitted(table(), stride=5).train, windows.train[0] + 5 * np.arange(len(windows.train) // 5 + 1)
    )


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("task", ["forecast", "regress"])
def test_nothing_of_validation_and_test_reaches_training(task, change):
    """Every value after the training range is changed, some to missing: training batches keep their bits."""
    columns = table()
    other = {name: column.copy() for name, column in columns.items()}
    for name in ("y", "z", "x", "holiday"):
        other[name][210:] = -3 * other[name][210:] + 1e5
    other["z"][220:] = np.nan  # a column without gaps in training
    other["z"][230] = other["z"][-1] = 0.0
    arguments = {"change": change} if task == "forecast" else {"task": task, "horizon": None}
    reading = {} if task == "forecast" else {"future": (), "features": ["x", "holiday"], "target": "y"}
    here, there = (fitted(each, read_with=reading, **arguments) for each in (columns, other))
    assert here.preparation == there.preparation
    assert np.array_equal(here.train, there.train)
    mine, theirs = here.batch(here.train), there.batch(there.train)
    for name in ("x", "label", "extra"):
        a, b = getattr(mine, name), getattr(theirs, name)
        assert (a is None and b is None) or a.tobytes() == b.tobytes()
    if task == "forecast":  # the first validation window looks back on training rows only
        assert here.batch(here.validation[:1]).x.tobytes() == there.batch(here.validation[:1]).x.tobytes()
    assert here.batch(here.test).label.tobytes() != there.batch(here.test).label.tobytes()


def many(series=10, rows=60):
    rng = np.random.default_rng(5)
    return {
        "id": np.repeat([f"s{k}" for k in range(series)], rows),
        "time": np.tile(np.datetime64("2024-01-01", "D") + np.arange(rows), series),
        "y": np.repeat(np.arange(series), rows) * 10 + rng.standard_normal(series * rows),
        "x": rng.standard_normal(series * rows),
        "area": np.repeat(rng.random(series), rows),
    }


def test_a_split_by_group_keeps_series_together_and_out_of_the_scaling():
    columns = many()
    dataset = read(columns, target="y", time="time", series="id", static="area")
    windows = Windows.fit(dataset, window=7, horizon=2, split="group", validation=0.2, test=0.2, seed=1)
    parts = [set(windows.where(getattr(windows, name))[0]) for name in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [6, 2, 2]
    assert set.union(*parts) == set(columns["id"])
    rows = np.isin(columns["id"], list(parts[0]))
    assert windows.preparation.mean[0] == pytest.approx(columns["y"][rows].mean(), rel=1e-12)
    again = Windows.fit(dataset, window=7, horizon=2, split="group", validation=0.2, test=0.2, seed=1)
    assert np.array_equal(again.test, windows.test)
    others = [Windows.fit(dataset, window=7, horizon=2, split="group", seed=seed).test for seed in range(5)]
    assert len({tuple(each) for each in others}) > 1
    static = windows.batch(windows.train).x[:, :, 2]
    assert (static == static[:, :1]).all()
    assert len(np.unique(static)) == 6


def test_series_of_different_lengths_are_cut_at_the_same_time_and_no_window_mixes_them():
    columns = many()
    keep = ~((columns["id"] == "s3") & (columns["time"] < np.datetime64("2024-02-10")))
    dataset = read(
        {name: column[keep] for name, column in columns.items()}, target="y", time="time", series="id"
    )
    windows = Windows.fit(dataset, window=7, horizon=2)
    for name in ("validation", "test"):
        first = [windows.where(np.array([number]))[1][0, 0] for number in getattr(windows, name)]
        starts = {
            series: min(
                t for t, s in zip(first, windows.where(getattr(windows, name))[0], strict=True) if s == series
            )
            for series in dataset.ids
        }
        assert len({starts[series] for series in dataset.ids if series != "s3"}) == 1
    truth = windows.truth(windows.train)[:, :, 0]
    names = np.array([int(series[1:]) for series in windows.where(windows.train)[0]])
    assert (np.abs(truth - 10 * names[:, np.newaxis]) < 5).all()
    inside = (
        windows.batch(windows.train).x[:, :, 0] * windows.preparation.scale[0] + windows.preparation.mean[0]
    )
    assert (np.abs(inside - 10 * names[:, np.newaxis]) < 5).all()


# Other tasks ----------------------------------------------------------------------------------------------------------


def test_regress_sees_features_only_and_has_the_label_of_its_last_row():
    columns = table(gaps=False)
    windows = fitted(columns, read_with={"future": (), "target": "y"}, task="regress", horizon=None)
    assert windows.preparation.inputs == ("z", "x", "holiday")
    assert windows.extra_size == 0
    numbers = windows.test[:4]
    assert np.array_equal(windows.truth(numbers)[:, 0, 0], columns["y"][numbers])
    label = (columns["y"][numbers] - columns["y"][:210].mean()) / columns["y"][:210].std()
    assert windows.batch(numbers).label[:, 0] == pytest.approx(label, abs=1e-5)
    assert np.array_equal(windows.where(numbers)[1][:, 0], HOURS[numbers])
    new = {name: column for name, column in columns.items() if name != "y"}  # no target at all
    ahead = Windows.of(read(new, **windows.preparation.reading), windows.preparation, "every")
    assert len(ahead.test) == ROWS - WINDOW + 1
    assert np.array_equal(ahead.batch(numbers).x, windows.batch(numbers).x)


@pytest.mark.parametrize("kind", ["text", "number"])
def test_classes_are_numbered_in_order(kind):
    columns = table(gaps=False)
    names = np.array(["wet", "dry", "icy"]) if kind == "text" else np.array([7, 3, 5])
    columns["y"] = names[np.arange(ROWS) % 3]
    windows = fitted(columns, read_with={"future": (), "target": "y"}, task="classify", horizon=None)
    assert windows.classes == (("dry", "icy", "wet") if kind == "text" else (3, 5, 7))
    codes = windows.batch(windows.test).label[:, 0]
    assert np.array_equal(np.array(windows.classes)[codes.astype(int)], columns["y"][windows.test])
    assert np.array_equal(windows.truth(windows.test), codes)
    twisted = {name: column[::-1] if name == "y" else column for name, column in columns.items()}
    new = Windows.of(read(twisted, **windows.preparation.reading), windows.preparation)
    assert np.array_equal(np.array(windows.classes)[new.truth(new.test).astype(int)], twisted["y"][new.test])
    unknown = {**columns, "y": np.where(np.arange(ROWS) == 50, "hail" if kind == "text" else 9, columns["y"])}
    with pytest.raises(
        DataError, match=r"row 51 .*: the class (hail|9) is not among the training rows' classes"
    ):
        Windows.of(read(unknown, **windows.preparation.reading), windows.preparation)


def test_whole_series_have_their_own_lengths_and_one_label():
    rng = np.random.default_rng(2)
    lengths = rng.integers(5, 30, 20)
    sequences = [
        np.column_stack([rng.standard_normal((length, 2)), np.full(length, length % 2)]) for length in lengths
    ]
    windows = Windows.fit(read(sequences, target="2"), task="classify", window=0, split="group", test=0.2)
    numbers = np.concatenate([windows.train, windows.validation, windows.test])
    assert len(numbers) == 20
    batch = windows.batch(windows.train)
    ids = windows.where(windows.train)[0]
    assert np.array_equal(batch.lengths, lengths[ids])
    assert np.array_equal(batch.label[:, 0], lengths[ids] % 2)
    for row, series in enumerate(ids):
        raw = batch.x[row, : lengths[series]] * windows.preparation.scale + windows.preparation.mean
        assert raw == pytest.approx(sequences[series][:, :2], abs=EXACT * 10)
        assert not batch.x[row, lengths[series] :].any()


def test_policies_for_missing_values():
    columns = table()
    whole = ~np.isnan(np.column_stack([columns[name] for name in ("y", "z", "x", "holiday")])).any(axis=1)
    windows = fitted(columns, missing="drop")
    assert windows.preparation.marks == ()
    for number in windows.train:
        assert whole[number - WINDOW + 1 : number + 1].all()
    assert len(windows.train) == sum(whole[n - WINDOW + 1 : n + 1].all() for n in fitted(columns).train)
    with pytest.raises(DataError, match=r"column y, row 1 \(2024-01-01\): the value is missing"):
        fitted(columns, missing="error")


# New data -------------------------------------------------------------------------------------------------------------


def test_a_preparation_goes_through_json_and_prepares_new_data_alike():
    columns = table()
    windows = fitted(columns)
    text = json.dumps(windows.preparation.to_dict())
    preparation = Preparation.from_dict(json.loads(text))
    assert preparation == windows.preparation
    assert len(text) < 3000
    new = Windows.of(read(columns, **preparation.reading), preparation)
    assert np.array_equal(new.batch(windows.test).x, windows.batch(windows.test).x)
    assert np.array_equal(new.batch(windows.test).label, windows.batch(windows.test).label, equal_nan=True)
    assert set(windows.test) < set(new.test)
    with pytest.raises(DataError, match="the preparation is of version 99"):
        Preparation.from_dict({**json.loads(text), "version": 99})
    with pytest.raises(DataError, match="not complete: scale is missing"):
        Preparation.from_dict({name: value for name, value in json.loads(text).items() if name != "scale"})


def test_the_last_window_forecasts_what_is_not_there_yet():
    columns = table(gaps=False)
    windows = fitted(columns)
    beyond = {name: column.copy() for name, column in columns.items()}
    for name in ("y", "z", "x"):
        beyond[name][-HORIZON:] = np.nan  # only time and holiday are known
    last = Windows.of(read(beyond, **windows.preparation.reading), windows.preparation, "last")
    assert last.test.tolist() == [ROWS - HORIZON - 1]
    mine, theirs = last.batch(last.test), windows.batch(last.test)
    assert np.array_equal(mine.x, theirs.x)
    assert np.array_equal(mine.extra, theirs.extra)
    assert np.isnan(last.truth(last.test)).all()
    assert np.array_equal(last.where(last.test)[1][0], HOURS[-HORIZON:])


def test_without_columns_known_ahead_the_last_row_is_the_origin():
    columns = table(gaps=False)
    windows = fitted(columns, read_with={"future": ()})
    last = Windows.of(read(columns, **windows.preparation.reading), windows.preparation, "last")
    assert last.test.tolist() == [ROWS - 1]
    assert np.array_equal(last.where(last.test)[1][0], HOURS[-1] + 3600 * np.arange(1, HORIZON + 1))
    every = Windows.of(read(columns, **windows.preparation.reading), windows.preparation, "every")
    assert every.test.tolist() == list(range(WINDOW - 1, ROWS))
    part = Windows.of(read(columns, **windows.preparation.reading), windows.preparation)
    assert part.test[-1] == ROWS - 2
    assert np.isnan(part.truth(part.test[-1:])).sum() == 2 * (HORIZON - 1)


def test_a_row_of_a_stream_is_the_row_of_a_window():
    columns = table()
    windows = fitted(columns)
    preparation = windows.preparation
    last = np.full(len(preparation.inputs), np.nan)
    whole = []
    for row in range(ROWS):
        values = {
            name: None if np.isnan(columns[name][row]) else columns[name][row] for name in preparation.inputs
        }
        whole.append(preparation.row(values, columns["time"][row], last))
    number = windows.test[-1]
    assert np.array_equal(
        np.stack(whole)[number - WINDOW + 1 : number + 1], windows.batch(np.array([number])).x[0]
    )
    with pytest.raises(DataError, match="the row has no z; it needs y, z, x, holiday"):
        preparation.row({"y": 1.0}, columns["time"][0])
    with pytest.raises(DataError, match="the row has no time"):
        preparation.row([1.0, 2.0, 3.0, 0.0])


# Truncated backpropagation --------------------------------------------------------------------------------------------


def test_rows_walk_every_step_once_in_order():
    windows = fitted(table())
    walk = windows.walk(windows.train, 4)
    assert len(walk.rows) == 4
    assert np.array_equal(np.sort(walk.rows[walk.rows != -1]), np.arange(windows.train[-1] + 1))
    assert np.array_equal(np.sort(walk.rows[walk.labelled]), windows.train)
    batch = windows.chunk(walk.part(10, 30))
    assert batch.x.shape == (4, 20, windows.input_size)
    for row in range(4):
        for t in range(20):
            step = walk.rows[row, 10 + t]
            if walk.labelled[row, 10 + t]:
                alone = windows.batch(np.array([step]))
                assert np.array_equal(batch.x[row, t], alone.x[0, -1])
                assert np.array_equal(batch.label[row, t], alone.label[0], equal_nan=True)
                assert np.array_equal(batch.extra[row, t], alone.extra[0])
            else:
                assert np.isnan(batch.label[row, t]).all()
    uneven = windows.walk(windows.train, 5)
    assert (uneven.rows[-1, -1:] == -1).all()
    assert (
        not windows.chunk(uneven.part(uneven.length - 3, uneven.length)).x[-1, -1].any()
    )  # past the end of a row
    dataset = read(many(), target="y", time="time", series="id")
    walk = (each := Windows.fit(dataset, window=7, horizon=2)).walk(each.train, 4)
    assert len(walk.rows) == 10  # a row for each series


def test_calendar_cycles_are_those_that_training_has_seen():
    assert embedded().time is not None
    for rows, expected in ((30, ()), (40, ("hour",)), (ROWS, ("hour", "weekday"))):
        columns = table(rows, gaps=False)
        windows = Windows.fit(
            read(columns, target="y", time="time"), window=4, horizon=2, validation=0.1, test=0.1
        )
        assert windows.preparation.calendar == expected
    assert (
        Windows.fit(
            read(table(), target="y", time="time"), window=4, horizon=2, calendar=False
        ).preparation.calendar
        == ()
    )
    days = {"time": np.datetime64("2020-01-01", "D") + np.arange(800), "y": np.sin(np.arange(800))}
    assert Windows.fit(read(days, target="y", time="time"), window=4, horizon=2).preparation.calendar == (
        "weekday",
        "year",
    )
