"""A window of a trained run on a page: it says what predict says, in the table's units, and is found by its row."""

import re
import warnings

import numpy as np
import pytest
from page_data import data_in
from page_values import Worked
from run_cases import CASES, fitted_case, said_of

import gatewise
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.wings.openers import opener
from gatewise.teach.explore.sources.run_page import program_of_window
from gatewise.train.explore.window import window_of_run

CLOSE = 1e-6  # relative: a model in float32 beside the same numbers worked in float64
REFUSED = {"both directions, last rows": "both directions", "stateful": "stateful: what a window says"}
SHOWN = [case for case in CASES if case not in REFUSED]


def window(model, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return window_of_run(model, *arguments, **options)


def in_units(page, y):
    run = page["run"]
    return np.array(
        [column["mean"] + column["scale"] * value for column, value in zip(run["outputs"], y, strict=True)]
    )


@pytest.mark.parametrize("case", SHOWN)
def test_a_window_says_what_predict_says_of_it(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, data = fitted_case(case)
        numbers = model.windows(data, "every").test
        said = said_of(model, data, rolling=True)
    for place in (len(numbers) // 3, len(numbers) - 1):
        page = program_of_window(window(model, int(numbers[place]), data=data))
        found = in_units(page, Worked(page)[len(page["blocks"]) - 1, "y@0"])
        expected, loss = said[place].ravel(), model.loss.name
        if loss == "gaussian":  # the spread is what a function makes of the output beside the mean
            found, expected = found[::2], expected[::2]
        if loss == "negative_binomial":
            found = np.ravel(model.loss.forecast(found, **model.loss_options))
        if loss == "pinball":  # predict puts quantiles in order
            found = np.sort(found.reshape(-1, 3)).ravel()
        if model.preparation.log:
            found = np.expm1(found)
        if model.preparation.non_negative:
            found = np.maximum(found, 0)
        assert found == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


FOLLOW = [
    "float64",
    "with gaps",
    "logarithms, none below 0",
    "quantiles of two targets",
    "series scaled each",
]


@pytest.mark.parametrize("case", FOLLOW)
def test_a_changed_last_value_moves_the_forecast_as_predict_on_the_changed_table_does(case):
    model, data = fitted_case(case)
    target = model.preparation.targets[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        places = model.windows(data, "every").test
    place = next(k for k in range(len(places) // 2, len(places)) if np.isfinite(data[target][places[k]]))
    row = int(places[place])
    changed = {**data, target: data[target].copy()}
    changed[target][row] += 1
    series = {"series": data["id"][row]} if "id" in data else {}
    page = program_of_window(window(model, row, data=data, **series))
    last = page["blocks"][0]["given"][f"x@{page['blocks'][0]['steps'] - 1}"]
    read = page["run"]["inputs"][0]
    learned = np.log1p(changed[target][row]) if model.preparation.log else changed[target][row]
    last[0] = (learned - read["mean"]) / read["scale"]
    y = Worked(page)[len(page["blocks"]) - 1, "y@0"]
    inputs, outputs = page["run"]["inputs"], page["run"]["outputs"]
    bases = [
        inputs[each["base"]]["mean"] + inputs[each["base"]]["scale"] * last[each["base"]] for each in outputs
    ]
    found = np.array(bases) + np.array([each["scale"] for each in outputs]) * y
    found = np.sort(found.reshape(-1, 3)).ravel() if model.loss.name == "pinball" else found
    found = np.expm1(found) if model.preparation.log else found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = said_of(model, changed, rolling=True)[place].ravel()
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("from the season before", "one season before; .* held as measured, whatever you change here\\."),
        ("the past as changes", "held as measured, whatever you change here, as the inputs do not have it"),
        ("values", "^$"),
        ("classes", "^$"),
    ],
)
def test_a_base_that_cannot_move_is_said_to_be_held(case, said):
    model, data = fitted_case(case)
    shown = window(model, data=data)
    assert [output.base for output in shown.outputs] == [None] * len(shown.outputs)
    assert re.search(said, shown.base)


@pytest.mark.parametrize("case", REFUSED)
def test_a_run_that_a_page_cannot_show_is_refused_by_name(case):
    model, data = fitted_case(case)
    with pytest.raises(ArgumentError, match=REFUSED[case]):
        window(model, data=data)


def test_last_rows_that_the_head_reads_are_those_of_x_so_that_a_change_reaches_it():
    model, data = fitted_case("last rows")
    shown = window(model, 100, data=data)
    page = program_of_window(shown)
    head = len(page["blocks"]) - 1
    assert page["blocks"][head]["beside"] == {"recent": {"block": 0, "rows": 3}}
    assert "recent@0" not in page["blocks"][head]["given"]
    changed = shown.x.copy()
    changed[-1] += 1
    page["blocks"][0]["given"][f"x@{len(changed) - 1}"] = changed[-1].tolist()
    weights, read = shown.beside["recent"]
    assert read == pytest.approx(shown.x[-3:].ravel())
    worked = Worked(page)
    out = worked[head - 1, f"out@{len(changed) - 1}"]
    known = sum(
        (E @ extra for name, (E, extra) in shown.beside.items() if name == "extra"), np.zeros(len(shown.b))
    )
    expected = shown.W @ out + weights @ changed[-3:].ravel() + known + shown.b
    assert worked[head, "y@0"] == pytest.approx(expected)


def test_inputs_are_told_in_the_units_of_the_table():
    model, data = fitted_case("float64")
    shown = window(model, 100, data=data)
    page = program_of_window(shown)
    names = [column["name"] for column in page["run"]["inputs"]]
    first = names.index("wind")
    value = page["run"]["inputs"][first]["mean"] + page["run"]["inputs"][first]["scale"] * shown.x[:, first]
    rows = data["wind"][100 + 1 - len(shown.x) : 101]
    known = ~np.isnan(rows)
    assert value[known] == pytest.approx(rows[known])
    assert page["run"]["times"][-1] == "2024-01-05 04:00"
    assert len(page["run"]["times"]) == page["blocks"][0]["steps"]
    assert page["run"]["outputNames"] == ["+1", "+2", "+3", "+4", "+5"]


def test_the_loss_on_the_page_is_told_beside_that_of_training():
    model, data = fitted_case("float64")
    shown = window(model, data=data)
    note = shown.note
    assert "half the squared error of every label" in note
    assert model.loss.title in note
    assert "change from the target's last value" in shown.base
    assert "starts from your value" in shown.base


def test_a_row_is_found_by_its_number_or_its_time():
    model, data = fitted_case("float64")
    by_number, by_time = window(model, 100, data=data), window(model, "2024-01-05 04:00", data=data)
    assert (by_number.x == by_time.x).all()
    assert by_number.at == by_time.at == "2024-01-05 04:00"


def test_without_a_row_it_is_the_last_of_the_test_with_its_labels():
    model, data = fitted_case("float64")
    assert np.isfinite(window(model, data=data).label).all()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (5, "at=5 is the last row of no window: those of .* end from row 11 to row 259"),
        ("2030-01-01", "end from 2024-01-01 11:00"),
        ("noon", 'at="noon" is no time such as 2013-11-01. Or give the number of a row, row 11 to row 259.'),
    ],
)
def test_a_row_that_is_not_there_is_refused_with_those_that_are(at, said):
    model, data = fitted_case("float64")
    with pytest.raises(GatewiseError, match=said):
        window(model, at, data=data)


def test_of_several_series_one_must_be_named():
    model, data = fitted_case("series")
    with pytest.raises(GatewiseError, match=r"there are windows of id0, id1, .*series='id0'"):
        window(model, "2024-01-02 00:00", data=data)
    shown = window(model, "2024-01-02 00:00", series="id2", data=data)
    assert shown.series == "id2"
    with pytest.raises(GatewiseError, match=r"series='id99': at .* there are windows of id0"):
        window(model, "2024-01-02 00:00", series="id99", data=data)


def test_a_rows_number_is_that_of_the_table_also_behind_a_gap():
    kept = np.r_[0:100, 110:160]  # of hours
    table = {"time": np.datetime64("2024-01-01T00:00") + kept * np.timedelta64(1, "h"), "load": np.sin(kept)}
    options = {"target": "load", "time": "time", "window": 6, "horizon": 2, "hidden": 2, "epochs": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = gatewise.fit(table, tune=False, **options)
    assert window(model, 99, data=table).at == "2024-01-05 03:00"
    assert window(model, 100, data=table).at == "2024-01-05 14:00"
    with pytest.raises(GatewiseError, match="end from row 5 to row 149"):
        window(model, 150, data=table)


def test_a_series_without_a_row_is_its_own_last_window():
    model, data = fitted_case("series")
    shown = window(model, series="id1", data=data)
    assert (shown.series, np.isfinite(shown.label).all()) == ("id1", True)
    with pytest.raises(GatewiseError, match=r"series='id99': there are windows of id0, id1"):
        window(model, series="id99", data=data)


def test_a_series_of_data_without_any_is_refused():
    model, data = fitted_case("float64")
    with pytest.raises(GatewiseError, match="series='a': the data are one series; leave it out"):
        window(model, 100, series="a", data=data)


def test_explore_takes_a_model_and_a_run_folder(tmp_path):
    model, data = fitted_case("float64")
    page = gatewise.explore(model, at=100, data=data)
    assert page.data["run"]["at"] == "2024-01-05 04:00"
    assert page.data["run"]["run"] == "the model"
    model.save(tmp_path / "model.safetensors")
    again = gatewise.explore(gatewise.load(tmp_path / "model.safetensors"), at=100, data=data)
    assert again.data["blocks"] == page.data["blocks"]
    titled = gatewise.explore(tmp_path / "model.safetensors", at=100, data=data, title="Mine")
    assert titled.data["title"] == "Mine"


def test_a_window_of_64_units_and_168_steps_is_at_most_3_mb():
    data = {"load": np.sin(np.arange(500) / 4)}
    model = gatewise.fit(data, "load", window=168, horizon=24, hidden=64, epochs=1, tune=False, threads=1)
    page = opener("page of a window")(window(model, data=data))
    assert len(page.encode()) <= 3_000_000
    assert data_in(page)["blocks"][0]["sizes"]["H"] == 64
