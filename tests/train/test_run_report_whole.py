"""The report over the whole test: peaks and gaps of a long one, coverage, what inputs are worth, what was tried."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

import gatewise
from gatewise.train.data.windows.batch import Batch
from gatewise.train.report import SearchTold, words
from gatewise.train.report.inputs import (
    InputColumns,
    chosen_windows,
    exchanged,
    groups_of,
    measure_inputs,
    shuffled_blocks,
)
from gatewise.train.report.observed import coverage
from gatewise.train.report.page import render
from gatewise.train.report.whole_test import COLUMNS, columns_of, shaded, thinned
from gatewise.train.search.search import SearchRecord, Trial
from gatewise.train.search.tuning import shown

NONE = np.empty(0, np.int64)
SHORT = {"hidden": 3, "epochs": 1, "tune": False}


def days(n):
    return np.datetime64("2020-01-01") + np.arange(n)


def test_a_long_test_is_thinned_and_keeps_its_highest_and_lowest_value():
    values = np.sin(np.arange(50_000) / 900)
    values[31_234], values[777] = 40.0, -40.0
    course = thinned(columns_of(days(50_000)), values, NONE)
    assert len(course.values) <= 2 * COLUMNS + 4
    assert (course.values.max(), course.values.min()) == (40.0, -40.0)
    assert (np.diff(course.places) > 0).all()
    np.testing.assert_array_equal(course.values, values[course.places])


def test_a_short_test_is_drawn_point_by_point():
    values = np.arange(50.0)
    course = thinned(columns_of(days(50)), values, NONE)
    np.testing.assert_array_equal(course.values, values)


@pytest.mark.parametrize("size", [50, 40_000])
def test_a_gap_stays_a_gap(size):
    values = np.arange(size, dtype=float)
    values[size // 2 : size // 2 + size // 10] = np.nan
    course = thinned(columns_of(days(size)), values, NONE)
    (gap,) = np.flatnonzero(np.isnan(course.values))
    assert course.values[gap - 1] == size // 2 - 1
    assert course.values[gap + 1] == size // 2 + size // 10


def test_rows_that_are_not_there_are_a_gap_too():
    times = np.concatenate([days(30), days(30) + 300])
    course = thinned(columns_of(times), np.ones(60), np.array([30]))
    assert np.isnan(course.values).sum() == 1
    band = shaded(columns_of(times), (np.zeros(60), np.ones(60)), np.array([30]))
    assert np.isnan(band[1][0]).sum() == 1


def test_nothing_known_is_one_gap():
    assert np.isnan(thinned(columns_of(days(9)), np.full(9, np.nan), NONE).values).all()


def of_series(shops=7):
    rng = np.random.default_rng(0)
    return {
        "shop": np.repeat([f"s{k}" for k in range(shops)], 60),
        "day": np.tile(days(60), shops),
        "y": np.concatenate([np.sin(np.arange(60)) + rng.normal(0, 0.1 + k, 60) for k in range(shops)]),
        "x": rng.normal(size=60 * shops),
    }


def test_of_several_series_the_worst_the_middle_and_the_best_are_drawn(tmp_path):
    table = of_series()
    keys = {"target": "y", "series": "shop", "time": "day", "window": 5, "horizon": 3}
    model = gatewise.fit(table, run=tmp_path / "run", **keys, **SHORT)
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    rows = [row["series"] for row in model.results["by_series"]["y"]]
    for which, name in (("worst", rows[0]), ("middle", rows[3]), ("best", rows[-1])):
        assert f"y of series {name}, the {which} of 7 (mean absolute scaled error " in page
    assert "forecast 1 step and 3 steps ahead" in page
    places = [page.index(f'<th scope="row">{name}</th>') for name in rows]
    assert places == sorted(places)
    assert "The worst series comes first." in page


def test_at_most_20_series_are_listed_and_the_others_counted():
    rows = [
        {"series": f"s{k}", "values": 3, "metrics": {"LSTM": {"mae": 9.0 - k % 2}, "ridge": {"mae": 8.5}}}
        for k in range(31)
    ]
    said = words.series(rows, "mae", "LSTM", 20)
    assert said == (
        "In 15 of 31 series the LSTM beats every baseline. "
        "The worst 20 of 31 series; the other 11 are in results.json."
    )
    model = gatewise.fit(of_series(23), target="y", series="shop", time="day", window=5, horizon=2, **SHORT)
    page = render(model, model.windows(of_series(23), "labelled"))
    assert "The worst 20 of 23 series; the other 3 are in results.json." in page


@pytest.mark.parametrize("classes", [3, 15])
def test_classes_over_the_test_are_a_strip_that_says_how_many_are_right(classes):
    rows = 400
    table = {"x": np.sin(np.arange(rows)), "z": np.cos(np.arange(rows))}
    table["y"] = np.array([f"c{k}" for k in range(classes)])[np.arange(rows) // 5 % classes]
    model = gatewise.fit(table, target="y", task="classify", window=4, **SHORT)
    windows = model.windows(table, "labelled")
    page = render(model, windows)
    right = (model.forecast(windows, windows.test).argmax(axis=1) == windows.truth(windows.test)).sum()
    assert f"{right:,} of {len(windows.test):,} windows are right." in page
    assert "classes of y over the whole test" in page


def test_coverage_counts_truths_between_the_outermost_quantiles():
    rng = np.random.default_rng(1)
    table = {"y": np.sin(np.arange(300) / 5) + rng.normal(0, 0.1, 300)}
    model = gatewise.fit(table, target="y", window=6, horizon=3, loss="pinball", **SHORT)
    windows = model.windows(table, "labelled")
    said = model.forecast(windows, windows.test)
    found = coverage(model, windows, windows.test, said, 0)
    truth = windows.truth(windows.test)[..., 0]
    known = int((~np.isnan(truth)).sum())  # of the last windows the truth is known in part
    assert known < truth.size
    inside = ((truth >= said[..., 0, 0]) & (truth <= said[..., 0, -1])).sum() / known
    assert found.said.startswith(f"{100 * inside:.1f} % of {known:,} truths")
    assert [level for level, _ in found.levels] == ["10 %", "50 %", "90 %"]
    assert found.levels[1][1] == f"{100 * (truth <= said[..., 0, 1]).sum() / known:.1f} %"
    assert found.drawn is not None
    assert "how far its intervals can be trusted" in render(model, windows)
    plain = gatewise.fit(table, target="y", window=6, horizon=3, **SHORT)
    assert coverage(plain, windows, windows.test, plain.forecast(windows, windows.test), 0) is None


def reading(**options):
    """A target that is x two rows before, and a z that says nothing."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=900)
    table = {"x": x, "z": rng.normal(size=900), "y": np.roll(x, 2)}
    keys = {"hidden": 8, "epochs": 40, "learning_rate": 0.02, "tune": False, **options}
    model = gatewise.fit(table, target="y", task="regress", window=6, **keys)
    return model, model.windows(table, "labelled")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_input_that_decides_is_found_and_the_other_is_not(cell):
    model, windows = reading(cell=cell)
    found = measure_inputs(model, windows, windows.test)
    assert found.names == ["x", "z"]
    assert min(found.worse[0]) > 50
    assert abs(np.mean(found.worse[1])) < 10
    assert found == measure_inputs(model, windows, windows.test)  # a fixed seed
    assert "Without x, mean absolute error is" in found.said
    assert "share their importance" in found.said


def test_one_input_has_nothing_to_be_compared_with():
    table = {"y": np.sin(np.arange(200) / 5)}
    model = gatewise.fit(table, target="y", window=6, horizon=2, **SHORT)
    page = render(model, model.windows(table, "labelled"))
    assert "There is one input, so there is nothing to compare its worth with." in page


def test_every_column_of_an_input_goes_with_it():
    hours = np.datetime64("2024-01-01T00") + np.arange(900)
    rng = np.random.default_rng(0)
    wind = rng.normal(size=900)
    wind[50:60] = np.nan
    table = {
        "t": hours, "y": np.sin(np.arange(900) / 5), "wind": wind, "sun": rng.normal(size=900),
        "sky": np.array(["clear", "fog", "rain"])[np.arange(900) // 50 % 3],
    }  # fmt: skip
    model = gatewise.fit(
        table, target="y", time="t", future=["sun", "sky"], features=["wind"], categories=["sky"],
        window=24, horizon=2, **SHORT,
    )  # fmt: skip
    prepared = model.preparation
    found = groups_of(prepared)
    x = [prepared.columns[place] for place in found["sky"].x]
    assert x == ["sky=clear", "sky=fog", "sky=rain"]
    assert [prepared.columns[place] for place in found["wind"].x] == ["wind", "missing wind"]
    assert [prepared.extra[place] for place in found["sun"].extra] == ["sun (+1)", "sun (+2)"]
    assert [prepared.columns[place] for place in found["hour (calendar)"].x] == ["hour sin", "hour cos"]
    assert [prepared.extra[place] for place in found["hour (calendar)"].extra] == [
        "hour sin (+1)", "hour cos (+1)",
    ]  # fmt: skip
    covered = sorted(place for group in found.values() for place in group.x)
    assert covered == list(range(prepared.input_size))
    assert sorted(place for group in found.values() for place in group.extra) == list(
        range(len(prepared.extra))
    )


def test_an_exchange_moves_the_columns_of_one_input_and_no_other():
    x = np.arange(4 * 3 * 2, dtype=float).reshape(4, 3, 2)
    order = np.array([2, 3, 0, 1])
    given = Batch(x, np.zeros((4, 1)), extra=np.arange(8.0).reshape(4, 2))
    new = exchanged(given, InputColumns([1], [0]), order)
    np.testing.assert_array_equal(new.x[..., 1], x[order][..., 1])
    np.testing.assert_array_equal(new.x[..., 0], x[..., 0])
    np.testing.assert_array_equal(new.extra, [[4, 1], [6, 3], [0, 5], [2, 7]])
    assert given.x is x
    assert x[0, 0, 1] == 1


def test_a_course_of_another_length_is_stretched():
    x = np.zeros((2, 4, 1))
    x[0, :4, 0], x[1, :2, 0] = [1, 2, 3, 4], [7, 9]
    given = Batch(x, np.zeros((2, 1)), lengths=np.array([4, 2]))
    new = exchanged(given, InputColumns([0]), np.array([1, 0]))
    np.testing.assert_array_equal(new.x[..., 0], [[7, 7, 9, 9], [1, 4, 0, 0]])


def test_blocks_are_pieces_of_consecutive_windows_in_another_order():
    rng = np.random.default_rng(0)
    order = shuffled_blocks(100, rng)
    assert sorted(order.tolist()) == list(range(100))
    assert (np.diff(order) == 1).sum() >= 100 - 10
    assert (order != np.arange(100)).mean() > 0.5
    chosen = chosen_windows(np.arange(5000), 256, rng)
    assert len(chosen) <= 256
    assert (np.diff(chosen) == 1).sum() >= len(chosen) - 16


def test_what_a_search_tried_and_chose_is_on_the_page():
    trials = [Trial({}, 1, 2.0, 5, 1.0), Trial({"skip": 24}, 1, 1.5, 5, 1.0)]
    told = shown(SearchRecord(["window"], trials, {"skip": 24}))
    assert told == SearchTold(
        [("skip 24", "-25.0 %")],
        ["Chosen: skip 24 (the lowest error of these).", "Given, and so not tried: window."],
    )
    table = {"y": np.sin(np.arange(200) / 5)}
    model = gatewise.fit(table, target="y", window=6, horizon=2, **SHORT)
    windows = model.windows(table, "labelled")
    page = render(model, windows, told)
    assert '<tr><th scope="row">skip 24</th><td>-25.0 %</td></tr>' in page
    assert "How its settings were chosen" not in render(model, windows)
    order = [
        "over the whole test",
        'class="ours"',
        "Which inputs matter",
        "How its settings",
        "How it learned",
        "Inside:",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
