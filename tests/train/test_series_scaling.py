"""Scaling by series, labels that count from the season before, and a past that is read as changes."""

import json

import numpy as np
import pytest

import gatewise
from gatewise.errors import ArgumentError
from gatewise.train.data import DataError, Preparation, Windows, read
from gatewise.train.data.prepare.series_scaling import series_scales
from gatewise.train.search.blocks import sizes_of_series

pytest.importorskip("pyarrow")

ROWS, WINDOW, HORIZON, SEASON = 60, 12, 6, 4
QUICK = {
    "target": "y", "time": "month", "series": "id", "window": WINDOW, "horizon": HORIZON, "hidden": 4, "epochs": 1,
    "tune": False,
}  # fmt: skip
SIZES = {"small": 1.0, "large": 1000.0}


def panel(rows=ROWS, **more):
    """Two series of the same course and different size, and those of `more`."""
    rng = np.random.default_rng(3)
    course = 5 + np.sin(np.arange(rows) * 2 * np.pi / SEASON) + 0.3 * rng.standard_normal(rows)
    series = {name: size * course for name, size in SIZES.items()} | more
    return {
        "id": np.repeat(list(series), [len(values) for values in series.values()]),
        "month": np.concatenate(
            [np.datetime64("2015-01") + np.arange(len(values)) for values in series.values()]
        ).astype("datetime64[s]"),
        "y": np.concatenate(list(series.values())).astype(float),
    }


def fitted(table, **keys):
    reading = {"target": "y", "time": "month", "series": "id"}
    return Windows.fit(
        read(table, **reading),
        **{"window": WINDOW, "horizon": HORIZON, "scale": "series", "calendar": False, **keys},
    )


def numbers_of(windows, series):
    stretch = windows.dataset.stretches[windows.dataset.ids.index(series)]
    return np.concatenate(
        [
            part[(part >= stretch.first) & (part < stretch.end)]
            for part in (windows.train, windows.validation, windows.test)
        ]
    )


@pytest.mark.parametrize(
    "keys", [{}, {"change": False}, {"season": SEASON}, {"season": SEASON, "past": "changes"}]
)
def test_series_of_the_same_course_look_the_same_whatever_their_size(keys):
    windows = fitted(panel(), **keys)
    small, large = (windows.batch(numbers_of(windows, series)) for series in SIZES)
    assert small.x == pytest.approx(large.x, abs=1e-5)
    assert small.label == pytest.approx(large.label, abs=1e-5)
    assert np.abs(small.label).max() > 0.1


@pytest.mark.parametrize("keys", [{}, {"change": False}, {"season": SEASON}, {"season": 5}])
def test_labels_come_back_as_the_truth(keys):
    windows = fitted(panel(), dtype="float64", **keys)
    numbers = windows.test
    label = windows.batch(numbers).label.reshape(len(numbers), HORIZON, 1)
    assert windows.restore(label, numbers) == pytest.approx(windows.truth(numbers), rel=1e-12)
    assert windows.restore_spread(np.ones_like(label), numbers).shape == label.shape
    with pytest.raises(DataError, match="the numbers of the windows, too"):
        windows.restore_spread(np.ones_like(label))


def test_a_label_counts_from_the_season_before():
    """By hand: the first four of six steps from one season before, the last two from the same rows again."""
    table = panel()
    windows = fitted(table, season=SEASON, dtype="float64")
    number = int(windows.train[3])
    scale = windows.preparation.series_scales[0].label_scale[0]
    y = table["y"]
    expected = [
        y[number + step] - y[number + step - (SEASON if step <= SEASON else 2 * SEASON)]
        for step in range(1, 7)
    ]
    assert windows.batch([number]).label[0] == pytest.approx(np.array(expected) / scale, rel=1e-12)


@pytest.mark.parametrize(("keys", "lag"), [({}, 1), ({"season": SEASON}, SEASON)])
def test_the_past_is_read_as_changes(keys, lag):
    table = panel()
    table["y"][20] = np.nan
    windows = fitted(table, past="changes", dtype="float64", **keys)
    scale = windows.preparation.series_scales[0].label_scale[0]
    x = windows.batch(windows.train[:1]).x[0, :, 0]
    first = windows.train[0] - WINDOW + 1
    assert first == 0
    assert (x[:lag] == 0).all()  # what lies before the first row is not known
    assert x[lag:] == pytest.approx((table["y"][lag:WINDOW] - table["y"][: WINDOW - lag]) / scale, rel=1e-9)
    around = windows.batch([25]).x[0, :, 0]
    assert around[20 - 14] == 0
    assert around[20 + lag - 14] == 0


def test_a_preparation_with_scales_goes_through_json():
    windows = fitted(panel(), season=SEASON, past="changes")
    document = json.loads(json.dumps(windows.preparation.to_dict()))
    assert Preparation.from_dict(document) == windows.preparation
    same = Windows.of(windows.dataset, Preparation.from_dict(document))
    assert np.array_equal(same.batch(windows.test).x, windows.batch(windows.test).x)


@pytest.mark.parametrize(("change", "said"), [
    (lambda document: document["series_scales"][0][2].__setitem__(0, 0.0), "series_scales"),
    (lambda document: document["series_scales"][0][1].append(1.0), "series_scales"),
    (lambda document: document["series_scales"].append(document["series_scales"][0]), "series_scales"),
    (lambda document: document["series_scales"][0].pop(), "series_scales"),
    (lambda document: document.update(season=WINDOW + 1), "season"),
    (lambda document: document.update(past="squares"), "past"),
    (lambda document: document.update(change=False), "season|past"),
])  # fmt: skip
def test_a_forged_preparation_is_refused(change, said):
    document = json.loads(json.dumps(fitted(panel(), season=SEASON, past="changes").preparation.to_dict()))
    change(document)
    with pytest.raises(DataError, match=f"the preparation is damaged: .*({said})"):
        Preparation.from_dict(document)


def test_what_training_has_not_seen_is_scaled_by_its_own_history():
    """A new series as large as none before: the first window's rows say its size, of a forecast from the end all."""
    known = fitted(panel())
    new = panel(huge=1e6 * panel()["y"][:ROWS])
    windows = Windows.of(read(new, target="y", time="month", series="id"), known.preparation)
    numbers = windows.test[windows.test >= 2 * ROWS]
    assert np.abs(windows.batch(numbers).x[:, :, 0]).max() < 6
    assert (
        "series that training has not seen are scaled by the rows of their first window: huge"
        in windows.notes
    )
    changed = {name: values.copy() for name, values in new.items()}
    changed["y"][2 * ROWS + WINDOW :] *= 3  # what comes later changes nothing that is read before
    later = Windows.of(read(changed, target="y", time="month", series="id"), known.preparation)
    assert np.array_equal(later.batch(numbers[:1]).x, windows.batch(numbers[:1]).x)
    last = Windows.of(read(new, target="y", time="month", series="id"), known.preparation, "last")
    assert "scaled by all their rows: huge" in " ".join(last.notes)


@pytest.mark.parametrize("values", [np.full(ROWS, 7.0), np.zeros(ROWS), np.full(1, 7.0)])
def test_a_series_that_is_constant_or_has_one_row_has_a_scale(values):
    windows = fitted(panel(still=values))
    still = windows.preparation.series_scales[-1]
    assert still.series == "still"
    assert still.mean == (values[0],)
    assert np.isfinite(still.scale).all()
    assert min(still.scale + still.label_scale) > 0
    assert np.isfinite(windows.batch(windows.train).x).all()


@pytest.mark.parametrize(("keys", "message"), [
    ({"scale": "both"}, "scale"),
    ({"season": WINDOW + 1}, "season=13 rows are more than the window has, 12"),
    ({"season": 4, "change": False}, "season=4 is for labels that are changes"),
    ({"past": "changes", "change": False}, "past=changes is for labels that are changes"),
    ({"season": 1.5}, "season=1.5; it must be a whole number"),
    ({"past": "all"}, "past='all'; it can be values, changes"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(keys, message):
    with pytest.raises((DataError, ArgumentError), match=message):
        fitted(panel(), **keys)


def test_one_series_alone_has_no_scale_of_its_own():
    with pytest.raises(DataError, match="scale=series is for tables of several series"):
        Windows.fit(read({"y": np.arange(100.0)}, target="y"), window=8, horizon=2, scale="series")


@pytest.mark.parametrize(
    "keys", [{}, {"season": SEASON}, {"past": "changes"}, {"season": SEASON, "past": "changes"}]
)
@pytest.mark.parametrize("scale", ["table", "series"])
def test_a_stepper_says_what_predict_says(keys, scale):
    table = panel()
    model = gatewise.fit(table, **QUICK, **keys, scale=scale)
    for place, series in enumerate(SIZES):
        rows = {name: values[place * ROWS : place * ROWS + WINDOW] for name, values in table.items()}
        stepper = model.stepper(series)
        for time, y in zip(rows["month"], rows["y"], strict=True):
            said = stepper.step({"y": y}, time)
        assert np.array_equal(said[:, 0, 0], model.predict(rows)["y"])


def test_a_stepper_needs_a_series_that_is_known():
    model = gatewise.fit(panel(), **QUICK, scale="series")
    for series in (None, "huge"):
        with pytest.raises(
            ArgumentError, match=f"series={series!r}: this model scales each series by itself.*small, large"
        ):
            model.stepper(series)


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_a_model_with_scales_is_kept_and_read(tmp_path):
    table = panel()
    model = gatewise.fit(table, **QUICK, scale="series", season=SEASON, past="changes", run=tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["format"] == 3
    loaded = gatewise.load(tmp_path / "run")
    assert loaded.preparation == model.preparation
    assert loaded.evaluate(table) == model.evaluate(table)
    assert np.array_equal(loaded.predict(table)["y"], model.predict(table)["y"])


def labelled_panel(rows=40, ids=("a", "b", "c", "d"), seed=0):
    """Series whose levels differ and whose targets are those levels and noise."""
    rng = np.random.default_rng(seed)
    levels = 50 * rng.standard_normal(len(ids))
    return {
        "id": np.repeat(ids, rows),
        "month": np.tile(np.datetime64("2015-01") + np.arange(rows), len(ids)).astype("datetime64[s]"),
        "f": rng.standard_normal(rows * len(ids)),
        "y": np.repeat(levels, rows) + rng.standard_normal(rows * len(ids)),
    }


def test_labels_of_whole_series_are_not_scaled_by_themselves():
    """The one label of a series would tell its own scale, and with it the label."""
    table = labelled_panel() | {"y": np.repeat(np.arange(4.0) * 10, 40)}
    reading = {"target": "y", "features": ["f"], "time": "month", "series": "id"}
    windows = Windows.fit(
        read(table, **reading), task="regress", window=0, scale="series", split="group", calendar=False,
        validation=0.25, test=0.25,
    )  # fmt: skip
    prepared = windows.preparation
    for each in prepared.series_scales:
        assert (each.label_mean, each.label_scale) == (prepared.label_mean, prepared.label_scale)
        assert each.mean != prepared.mean
    of_all = np.concatenate([windows.train, windows.validation, windows.test])
    assert len(np.unique(windows.batch(of_all).label)) == 4


@pytest.mark.parametrize("choose", ["labelled", "every", "last"])
def test_a_regression_of_a_new_series_is_scaled_by_what_comes_before_its_first_window_ends(choose):
    reading = {"target": "y", "features": ["f"], "time": "month", "series": "id"}
    keys = {"task": "regress", "window": 6, "scale": "series", "calendar": False}
    prepared = Windows.fit(read(labelled_panel(), **reading), **keys).preparation
    new = labelled_panel(ids=("new",), seed=5)
    changed = new | {"y": np.where(np.arange(40) < 5, new["y"], 1e6)}
    found = [
        series_scales(read(each, **prepared.reading), prepared, from_the_end=False)[0][0]
        for each in (new, changed)
    ]
    assert found[0].label_mean == found[1].label_mean == (pytest.approx(new["y"][:5].mean()),)
    said = [Windows.of(read(each, **prepared.reading), prepared, choose) for each in (new, changed)]
    restored = [each.restore(np.zeros((1, 1, 1)), each.test[:1]) for each in said]
    np.testing.assert_array_equal(restored[0], restored[1])


def test_counts_of_a_new_series_are_not_scaled_where_those_of_the_training_are_not():
    table = panel(new=300 + np.arange(ROWS) % 7)
    known = {name: column[table["id"] != "new"] for name, column in table.items()}
    prepared = fitted(known, scale_target=False, change=False).preparation
    windows = Windows.of(read(table, **prepared.reading), prepared, "labelled")
    assert {(each.label_mean, each.label_scale) for each in windows.preparation.series_scales} == {
        ((0.0,), (1.0,))
    }
    scales, notes = series_scales(windows.dataset, prepared, from_the_end=True)
    assert [(each.label_mean, each.label_scale) for each in scales] == [((0.0,), (1.0,))] * 3
    assert notes
    assert scales[2].mean != scales[0].mean


@pytest.mark.parametrize("log", [False, True])
def test_a_large_series_decides_no_more_than_a_small_one_also_of_logarithms(log):
    sizes = sizes_of_series(fitted(panel(), log=log))
    assert sizes[1] / sizes[0] == pytest.approx(SIZES["large"] / SIZES["small"], rel=0.01)


def test_a_series_is_the_same_whether_its_name_is_a_whole_number_or_a_decimal_one():
    table = panel()
    whole = table | {"id": np.where(table["id"] == "small", 1, 2)}
    prepared = fitted(whole).preparation
    for ids in (whole["id"].astype(float), whole["id"].astype(float).astype(str)):
        scales, notes = series_scales(
            read(whole | {"id": ids}, **prepared.reading), prepared, from_the_end=True
        )
        assert scales == list(prepared.series_scales)
        assert not notes
