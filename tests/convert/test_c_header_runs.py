"""A run of `gatewise fit` as a C header forecasts what Model.stepper() and Model.predict() do."""

import subprocess
from datetime import datetime, timedelta

import numpy as np
import pytest
from c_headers import LANGUAGES, compiled, included, needs
from c_runs import InC, header, rows_of
from series_files import SMALL, series

import gatewise
from gatewise.convert.c.runs import answer_code, rows_code
from gatewise.convert.c_header import write
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.train.data.prepare.calendar import CYCLES, calendar

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")
pytestmark = pytest.mark.filterwarnings("ignore::gatewise.train.data.data_error.DataWarning")

QUICK = {**SMALL, "epochs": 1, "hidden": 5}
ROWS = 200
CLOSE = {"float32": 1e-6, "float64": 1e-12}


def table(rows=ROWS, seed=0):
    """Two numbers with gaps, a whole one, categories, and a count."""
    found, rng = series(rows, seed), np.random.default_rng(seed)
    found["load"] = np.abs(found["load"]).round(4)
    for name in ("load", "warmth"):
        found[name][rng.random(rows) < 0.07] = np.nan
    found["load"][3:18] = np.nan  # longer than a window
    found["flow"] = rng.normal(5, 2, rows).round(3)
    found["sky"] = rng.choice(["sun", 'rain "x"', "/* fog */ ??/"], rows)
    found["count"] = rng.poisson(4, rows)
    return found


def stores(count=12, rows=40):
    """Several series, of which each is one store: the network learns a vector for each."""
    tables = [table(rows, seed) for seed in range(count)]
    joined = {name: np.concatenate([each[name] for each in tables]) for name in tables[0]}
    joined["load"] *= np.repeat(1.0 + np.arange(count), rows)
    joined["store"] = np.repeat([f"store {number:02}" for number in range(count)], rows)
    return joined


REGRESS = {"task": "regress", "target": "flow", "features": ["warmth", "load"], "horizon": None}
RUNS = {
    "as by default": {},
    "values, not changes": {"change": False, "non_negative": True},
    "changes from the season before": {"season": 6, "horizon": 8},
    "reads changes": {"past": "changes"},
    "reads changes over a season": {"season": 5, "past": "changes", "horizon": 7},
    "logarithms": {"log": True, "non_negative": True},
    "logarithms of changes over a season": {"log": True, "season": 4, "past": "changes"},
    "quantiles of two targets": {"target": ["load", "flow"], "loss": "pinball", "horizon": 2},
    "a distribution": {"loss": "gaussian"},
    "counts": {"target": "count", "loss": "negative_binomial"},
    "the last rows beside two layers": {"skip": 3, "layers": 2},
    "the whole calendar": {"calendar": ["year", "hour", "weekday"]},
    "no calendar": {"time": None},
    "categories": {"features": ["warmth", "sky"]},
    "missing values that are numbers": {"na": [-9, 1e20, "none"]},
    "float64": {"dtype": "float64"},
    "another cell": {"cell": "gru", "dtype": "float64", "engine": "reference"},
    "stateful": {"stateful": True},
    "a value for each window": REGRESS,
    "a value for each series": {**REGRESS, "window": 0, "split": "group", "series": "store"},
    "classes": {"task": "classify", "target": "sky", "features": ["warmth", "flow"], "horizon": None},
}


def fitted(keys, data):
    keys = {**QUICK, **keys}
    return gatewise.fit(data, **{name: value for name, value in keys.items() if value is not None})


def rows_and_times(model, data):
    prepared = model.preparation
    names = [*prepared.inputs, *(name for name, _ in prepared.categories)]
    return list(zip(rows_of(data, names), data["time"], strict=True))


def compare(found, wanted, dtype):
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    size = np.nanmax(np.abs(wanted))
    assert size > 0.01
    assert np.nanmax(np.abs(found - wanted)) <= CLOSE[dtype] * size


def check_stepper(folder, model, data, series=None):
    in_c, stepper = InC(folder, model, series=series), model.stepper(series)
    pairs = []
    for row, time in data:
        pairs.append((in_c.step(row, time), stepper.step(row, time).ravel()))
        assert in_c.status == 0
    compare(*map(np.array, zip(*pairs, strict=True)), model.config.dtype)


@pytest.mark.parametrize("name", RUNS)
def test_each_row_is_forecast_as_by_the_stepper(tmp_path, name):
    needs()
    data = stores() if "series" in RUNS[name] else table()
    if name.startswith("missing"):
        data["warmth"][::9], data["load"][::13], data["warmth"][5] = -9, -9, np.float32(1e20)
    model = fitted(RUNS[name], data)
    rows = rows_and_times(model, data)
    check_stepper(tmp_path, model, rows[: ROWS // 2] if "series" in RUNS[name] else rows)


@pytest.mark.parametrize("name", [name for name in RUNS if name != "a value for each series"])
def test_each_window_is_forecast_as_by_predict(tmp_path, name):
    """Of a stateful network, which reads from the first row on, by going on from row to row."""
    needs()
    data = table()
    if name == "stateful":  # ModelStepper remembers a value for longer than a window, and predict does not
        data["load"][3:18] = 0.5
    model = fitted(RUNS[name], data)
    in_c = InC(tmp_path, model, window=not model.config.stateful)
    found = np.array([in_c.step(row, time) for row, time in rows_and_times(model, data)])
    windows = model.windows(data, "every")
    wanted = model.forecast(windows, windows.test)
    assert len(wanted) > 150
    compare(found[windows.test], wanted.reshape(len(wanted), -1), model.config.dtype)


def test_fewer_rows_than_a_window_are_forecast_as_predict_does(tmp_path):
    needs()
    model = fitted({}, table())
    short = {name: values[20:27] for name, values in table().items()}
    in_c = InC(tmp_path, model, window=True)
    found = [in_c.step(row, time) for row, time in rows_and_times(model, short)][-1]
    np.testing.assert_allclose(found, model.predict(short)["load"], rtol=1e-6)


@pytest.mark.parametrize("keys", [{}, {"season": 4}, {"past": "changes", "log": True}])
def test_a_series_is_scaled_as_itself_and_has_its_own_vector(tmp_path, keys):
    needs()
    data = stores()
    model = fitted({"series": "store", "static": ["store"], "scale": "series", **keys}, data)
    assert model.preparation.embedded == ("store",)
    for place in (2, 11):
        rows = rows_and_times(model, data)[place * 40 : place * 40 + 30]
        rows[4][0]["store"] = None  # said once, it stays
        check_stepper(tmp_path, model, rows, f"store {place:02}")
        in_c = InC(tmp_path, model, window=True, series=f"store {place:02}")
        assert in_c.called.reset(12) == -1
        assert in_c.called.reset(-1) == -1
        one = {name: values[place * 40 : place * 40 + 30] for name, values in data.items()}
        found = [in_c.step(row, time) for row, time in rows_and_times(model, one)][-1]
        wanted = np.asarray(model.forecast(windows := model.windows(one, "last"), windows.test)).ravel()
        if not model.preparation.series_scales:
            np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_float_and_double_are_chosen(tmp_path):
    needs()
    data = table()
    model = fitted({}, data)
    rows = rows_and_times(model, data)[:30]
    in_c, stepper = InC(tmp_path, model, dtype="float64"), model.stepper()
    assert "typedef double net_real;" in header(model, dtype="float64")[0].decode()
    for row, time in rows:
        found, wanted = in_c.step(row, time), stepper.step(row, time).ravel()
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_row_that_is_refused_changes_nothing(tmp_path):
    needs()
    data = table()
    model = fitted({"log": True}, data)
    rows = rows_and_times(model, data)[20:40]
    in_c, other = InC(tmp_path, model), model.stepper()
    for number, (row, time) in enumerate(rows):
        if number % 3 == 0:
            in_c.step({**row, "load": -1.0}, time)
            assert in_c.status == -1
            numbers = np.array([1e101, np.nan])
            forecast = np.full(3, 7.0)
            waves = np.zeros(2)
            assert in_c.called.step(numbers, waves, waves, forecast) == -1
            assert (forecast == 7).all()
        found, wanted = in_c.step(row, time), other.step(row, time).ravel()
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_reset_begins_again(tmp_path):
    needs()
    data = table()
    model = fitted({"season": 4, "past": "changes"}, data)
    rows = rows_and_times(model, data)[20:30]
    for window in (False, True):
        in_c = InC(tmp_path, model, window=window)
        first = [in_c.step(row, time) for row, time in rows]
        in_c.reset()
        again = [in_c.step(row, time) for row, time in rows]
        assert np.array_equal(first, again, equal_nan=True)


def test_a_mark_or_a_scale_in_another_column_is_seen(tmp_path, monkeypatch):
    """The comparison itself: the writer is broken in places that a constant would not show."""
    needs()
    data = table()
    model = fitted({}, data)
    read = rows_code.RowsCode._prepare
    for right, wrong in (("known[0] != known[0]", "known[1] != known[1]"), ("_mean[j]", "_mean[1 - j]")):
        monkeypatch.setattr(
            rows_code.RowsCode, "_prepare", lambda self, a=right, b=wrong: read(self).replace(a, b)
        )
        with pytest.raises(AssertionError):
            check_stepper(tmp_path, model, rows_and_times(model, data))
    monkeypatch.setattr(rows_code.RowsCode, "_prepare", read)
    monkeypatch.setattr(answer_code.AnswerCode, "_given", lambda self: [])
    with pytest.raises(AssertionError):
        check_stepper(tmp_path, model, rows_and_times(model, data))


CALENDAR = """
#include "net.h"
#include <stdio.h>
int main(void)
{
    int year, month, day, j;
    double hours, waves[6];
    while (scanf("%d %d %d %lf", &year, &month, &day, &hours) == 4) {
        const int status = net_calendar(year, month, day, hours, waves);
        printf("%d", status);
        for (j = 0; j < 6 && status == 0; ++j) {
            printf(" %.17g", waves[j]);
        }
        printf("\\n");
    }
    return 0;
}
"""


def linked(folder, text, name="program", *more):
    made = compiled(folder, text, name=name)
    subprocess.run(
        ["gcc", str(made), *map(str, more), "-o", str(folder / name), "-lm"], check=True, timeout=60
    )
    return folder / name


def test_the_calendar_is_worked_out_as_gatewise_does(tmp_path):
    needs()
    cycles = ["year", "weekday", "hour"]
    (tmp_path / "net.h").write_bytes(header(fitted({"calendar": cycles}, table()))[0])
    rng = np.random.default_rng(0)
    times = [
        datetime(1999, 12, 28) + timedelta(hours=13 * n, seconds=int(rng.integers(3600))) for n in range(900)
    ]
    times += [datetime(1600, 2, 29, 23, 59, 59), datetime(1900, 12, 31), datetime(2100, 3, 1, 5)]
    lines = [
        f"{time.year} {time.month} {time.day} {(time - datetime(time.year, time.month, time.day)) / timedelta(hours=1)!r}"
        for time in times
    ]
    lines += ["2024 13 1 0.0", "2024 0 1 0.0", "2024 1 0 0", "2024 1 1 -1.0", "2024 1 1 nan", "0 1 1 0"]
    result = subprocess.run(
        [linked(tmp_path, CALENDAR)], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in result.stdout.splitlines()]
    assert [row[0] for row in rows] == ["0"] * len(times) + ["-1"] * 6
    found = np.array([row[1:] for row in rows[: len(times)]], float)
    wanted = calendar(np.array(times, "datetime64[us]"), None, cycles)
    assert set(cycles) == set(CYCLES)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


LOOKUP = """
#include "net.h"
#include <stdio.h>
int main(void)
{
    printf("%d %d %d %d %d\\n", net_category(0, "sun"), net_category(0, "rain \\"x\\""),
        net_category(0, "/* fog */ ?\\?/"), net_category(0, "snow"), net_category(1, "sun"));
    return 0;
}
"""


def test_categories_are_found_by_their_texts(tmp_path):
    needs()
    model = fitted({"features": ["sky"]}, table())
    (tmp_path / "net.h").write_bytes(header(model)[0])
    result = subprocess.run([linked(tmp_path, LOOKUP)], capture_output=True, text=True, check=True)
    texts = dict(model.preparation.categories)["sky"]
    wanted = [texts.index(text) for text in ("sun", 'rain "x"', "/* fog */ ??/")]
    assert list(map(int, result.stdout.split())) == [*wanted, -1, -1]


@pytest.mark.parametrize(("language", "compiler", "standard"), LANGUAGES)
def test_runs_compile_without_a_warning(tmp_path, language, compiler, standard):
    needs(compiler)
    kinds = {
        "all": {"season": 5, "past": "changes", "log": True, "non_negative": True, "skip": 2, "na": [-9]},
        "quantiles": {"loss": "pinball", "features": ["warmth", "sky"], "calendar": ["weekday"]},
        "spread": {"loss": "gaussian", "calendar": ["hour"]},
        "classes": RUNS["classes"],
        "regress": REGRESS,
        "stores": {"series": "store", "static": ["store"], "scale": "series", "features": ["sky"]},
    }
    texts = []
    for name, keys in kinds.items():
        model = MADE.setdefault(name, None) or fitted(keys, stores() if name == "stores" else table())
        MADE[name] = model
        texts += [header(model, f"{name}_{dtype}", dtype)[0].decode() for dtype in CLOSE]
    included(tmp_path, "\n".join(texts), language=language, compiler=compiler, standard=standard)


MADE = {}


def test_columns_named_to_break_out_of_a_comment(tmp_path):
    needs()
    evil = "*/ #error x /*\n??/"
    data = {**{name: table()[name] for name in ("time", "load")}, evil: table()["warmth"]}
    model = fitted({"features": [evil]}, data)
    text = header(model)[0].decode()
    assert "*/ #error" not in text
    check_stepper(tmp_path, model, rows_and_times(model, data)[:40])


def test_a_run_folder_is_converted_and_the_notes_say_which_function_forecasts_what(tmp_path):
    data = table()
    run = tmp_path / "run"
    model = gatewise.fit(data, **QUICK, run=run)
    target = tmp_path / "river.h"
    notes = gatewise.convert.model(run, target)
    assert any(note.startswith("river_window_step forecasts from the last 12 rows") for note in notes)
    opened = Opened(path=run, format="run", run=model)
    again, _ = write(opened, Choices(name="river"))
    assert target.read_bytes() == again
    said = " ".join(again.decode().replace("\n *", " ").split())
    names = ", ".join(f"[{n}] {name}" for n, name in enumerate(model.preparation.inputs))
    assert (
        f"row: {len(model.preparation.inputs)} numbers as the table has them, NaN where missing: {names}."
        in said
    )
