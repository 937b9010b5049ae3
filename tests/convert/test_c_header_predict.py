"""Every kind of run that is served elsewhere, compiled: each forecast is the one of `predict`."""

import subprocess

import numpy as np
import pytest
from c_headers import needs
from c_runs import header
from c_served import Program, records_of, widths
from run_cases import CASES, HORIZON, SMALL, fitted_case, said_of, table

import gatewise
from gatewise.convert.c import both_ways
from gatewise.convert.c.runs import ahead_code, scaling_code
from gatewise.errors import ConvertError

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")
pytestmark = pytest.mark.filterwarnings("ignore")

CLOSE = {"float32": 1e-6, "float64": 1e-12}
BY_WINDOW = [case for case in CASES if case not in ("whole series", "stateful")]
WATCHED = ("-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
HOW = {
    "C99": ("gcc", ("-std=c99", "-O2")),
    "C++17": ("g++", ("-std=c++17", "-O2")),
    "clang": ("clang", ("-std=c99", "-O2")),
    "clang++": ("clang++", ("-std=c++17", "-O2")),
}
# Each kind of run is compiled once, under the sanitizers, in every run of the tests; some of them in every way.
IN_EVERY_WAY = ("known ahead", "both directions, last rows", BY_WINDOW[0])
SLOW = [case if case in IN_EVERY_WAY else pytest.param(case, marks=pytest.mark.slow) for case in BY_WINDOW]


def rolling(case):
    """A case's model and data, the numbers of the windows that predict forecasts, and those (N, outputs)."""
    model, data = fitted_case(case)
    windows = model.windows(data, "every")
    said = model.forecast(windows, windows.test)
    assert len(said) >= 16
    return model, data, windows.test, said.reshape(len(said), -1)


def check(found, wanted, dtype):
    assert np.isfinite(wanted).all()
    assert np.abs(found - wanted).max() <= CLOSE[dtype] * max(1, np.abs(wanted).max())


@pytest.mark.share(2)
@pytest.mark.parametrize("case", BY_WINDOW)
def test_a_header_gives_the_forecasts_of_predict(tmp_path, case):
    model, data, numbers, wanted = rolling(case)
    program = Program(tmp_path, model, window=True, options=WATCHED)
    check(program.forecasts(data)[numbers], wanted, model.config.dtype)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", SLOW)
def test_a_header_gives_them_under_other_compilers(tmp_path, case, how):
    model, data, numbers, wanted = rolling(case)
    compiler, options = HOW[how]
    needs(compiler)
    program = Program(tmp_path, model, window=True, compiler=compiler, options=options)
    check(program.forecasts(data)[numbers], wanted, model.config.dtype)


@pytest.mark.parametrize("case", SLOW)
def test_a_header_of_doubles_gives_them_too(tmp_path, case):
    model, data, numbers, wanted = rolling(case)
    program = Program(tmp_path, model, window=True, dtype="float64", options=WATCHED)
    check(program.forecasts(data)[numbers], wanted, "float32")


def test_whole_series_are_forecast_when_their_last_row_is_in(tmp_path):
    model, data, numbers, wanted = rolling("whole series")
    check(Program(tmp_path, model, window=False).forecasts(data)[numbers], wanted, "float32")
    assert b"window_step" not in header(model)[0]


def test_a_stateful_run_goes_on_from_row_to_row_and_has_its_last_window_alone(tmp_path):
    """The step is that of rolling predictions, where a target is known within a window; else see below."""
    model, data, numbers, wanted = rolling("stateful")
    known = ~np.isnan(data["load"])
    told = np.array([known[max(0, n - SMALL["window"] + 1) : n + 1].any() for n in numbers])
    assert not told.all()
    found = Program(tmp_path, model, window=False).forecasts(data)[numbers]
    check(found[told], wanted[told], "float32")
    last = Program(tmp_path, model, window=True).forecasts(data)[-1]
    check(last, said_of(model, data, False).ravel(), "float32")
    assert np.abs(last - found[-1]).max() > 1e-5  # the one has seen more than the other


def test_without_a_value_for_longer_than_a_window_a_step_counts_from_the_last_one_known(tmp_path):
    """As Model.stepper() does; predict, which sees a window, counts from the training's mean."""
    model, data, numbers, wanted = rolling("stateful")
    found, stepper = Program(tmp_path, model, window=False).forecasts(data), model.stepper()
    rows = [
        stepper.step({name: data[name][n] for name in model.preparation.inputs}, time)
        for n, time in enumerate(data["time"])
    ]
    check(found, np.array(rows).reshape(found.shape), "float32")
    assert np.abs(found[numbers] - wanted).max() > 0.1


def test_series_shorter_than_a_window_are_forecast_from_both_ends(tmp_path):
    keys = {**SMALL, "bidirectional": True, "layers": 2, "skip": 3, "future": ["warmth"]}
    data = table()
    model = gatewise.fit(data, **keys)
    program = Program(tmp_path, model, window=True, options=WATCHED)
    for rows in (1, 2, 3, 4, 11):
        short = {name: values[100 : 100 + rows + HORIZON].copy() for name, values in data.items()}
        for name in ("load", "wind"):
            short[name][rows:] = np.nan
        found = program.forecasts(short)[rows - 1]
        check(found, said_of(model, short, False).ravel(), "float32")


def test_both_directions_of_learned_vectors(tmp_path):
    data, keys, _ = CASES["learned vectors"]
    model = gatewise.fit(data(), **{**SMALL, **keys, "bidirectional": True})
    windows = model.windows(data(), "every")
    wanted = model.forecast(windows, windows.test)
    program = Program(tmp_path, model, window=True, options=WATCHED)
    check(program.forecasts(data())[windows.test], wanted.reshape(len(wanted), -1), "float32")


def test_both_directions_of_whole_series_are_refused_with_the_reason():
    data, keys, _ = CASES["whole series"]
    keys = {name: value for name, value in {**SMALL, **keys}.items() if value is not None}
    model = gatewise.fit(data(), **keys, bidirectional=True)
    with pytest.raises(ConvertError, match=r"runs/a-run: layer 0 is bidirectional.*no longest one.*ONNX"):
        header(model)


@pytest.mark.parametrize(
    ("where", "right", "wrong"),
    [
        (ahead_code.AheadCode, "columns[j]]", "columns[0]]"),
        (ahead_code.AheadCode, "n * 1 + 0] == j", "n * 1 + 0] == 1 - j"),
        (ahead_code.AheadCode, "calendar_next[j]", "calendar_next[3 - j]"),
        (both_ways.BothWaysCode, "t = count - 1; t >= 0; --t", "t = 0; t < count; ++t"),
        (both_ways.BothWaysCode, "(first + t)", "(first + t + 1)"),
        (scaling_code.ScalingCode, "self->scale[j] = scaling[1 + j]", "self->scale[j] = scaling[j]"),
    ],
)  # fmt: skip
def test_a_header_that_is_wrong_in_one_place_is_seen(tmp_path, where, right, wrong):
    case = {
        ahead_code.AheadCode: "known ahead", both_ways.BothWaysCode: "both directions, last rows",
        scaling_code.ScalingCode: "series that are new",
    }[where]  # fmt: skip
    if where is ahead_code.AheadCode and "columns" in right:
        data, keys, new = table, {**SMALL, "future": ["wind", "warmth"]}, table
        model = gatewise.fit(data(), **keys)
        windows = model.windows(data := new(), "every")
        numbers, wanted = windows.test, model.forecast(windows, windows.test).reshape(len(windows.test), -1)
    else:
        model, data, numbers, wanted = rolling(case)
    text = header(model)[0].decode()
    if right.startswith("self->scale"):
        inputs = len(model.preparation.inputs)
        right, wrong = right.replace("1 +", f"{inputs} +"), wrong
    assert right in text
    program = Program(tmp_path, model, window=True, text=text.replace(right, wrong).encode())
    with pytest.raises(AssertionError):
        check(program.forecasts(data)[numbers], wanted, "float32")


def test_what_is_ahead_stands_as_predict_writes_it(tmp_path):
    """The arrays of `inputs`, a window's rows one after the other, with what is ahead of its last row."""
    model, data, numbers, wanted = rolling("known ahead")
    given = model.inputs(data, rolling=True)
    sizes = {name: size for name, (size, _) in widths(model).items()}
    assert sizes["ahead"] == given["ahead"][0].size
    assert sizes["ahead_categories"] == given["ahead_categories"][0].size
    assert sizes["calendar_next"] == given["calendar_next"].shape[1]
    records = []
    for n in range(len(numbers)):
        records += [[0.0]]
        before = np.where(np.isnan(given["known_before"][n]), np.nan, given["known_before"][n])
        rows = [before, *given["x"][n, : given["lengths"][n]]]
        for t, row in enumerate(rows):  # what was known before the window is a row of its own
            at = max(t - 1, 0)
            records += [
                [1.0], row, given["categories"][n, at], given["calendar"][n, at], given["calendar_next"][n],
                given["ahead"][n].ravel(), given["ahead_categories"][n].ravel(),
            ]  # fmt: skip
    _, found = Program(tmp_path, model, window=True).run(records)
    ends = np.cumsum(given["lengths"] + 1) - 1
    check(found[ends], wanted, "float32")


def test_a_step_that_is_refused_changes_nothing(tmp_path):
    """A number ahead that is too large, a calendar that is none; the rows around it are forecast as without."""
    model, data, _, _ = rolling("known ahead")
    program = Program(tmp_path, model, window=True, options=WATCHED)
    records, rows = records_of(model, data)
    size = len(widths(model))
    whole, sizes = np.concatenate(records), [each[0] for each in widths(model).values()]
    statuses, wanted = program.run([whole])
    assert (statuses == 0).all()
    first = 1 + sizes[0] + sizes[1]
    places = {
        "row": 1, "calendar": first, "calendar_next": first + sizes[2], "ahead": first + sizes[2] + sizes[3]
    }  # fmt: skip
    assert size == 6
    bad = [("row", 1e101), ("row", np.inf), ("row", -np.inf), ("ahead", 1e200), ("ahead", -np.inf)]
    bad += [(name, value) for name in ("calendar", "calendar_next") for value in (np.nan, 1.5, -np.inf)]
    width, spoiled, refused = 1 + sum(sizes), [whole[:1]], []
    for n in range(len(rows)):
        row = whole[1 + n * width : 1 + (n + 1) * width]
        if n % 3 == 0:
            name, value = bad[n // 3 % len(bad)]
            spoiled.append(row.copy())
            spoiled[-1][places[name]] = value
            refused.append(n + len(refused))
        spoiled.append(row)
    statuses, found = program.run(spoiled)
    assert (statuses[refused] == -1).all()
    assert np.isnan(found[refused]).all()
    np.testing.assert_array_equal(np.delete(found, refused, axis=0), wanted)


def test_codes_that_are_none_are_those_of_nothing_known(tmp_path):
    """A code below 0 or past the last reads nothing outside the tables."""
    model, data, _, _ = rolling("learned vectors")
    program = Program(tmp_path, model, window=True, options=WATCHED)
    records, _ = records_of(model, data)
    (inputs, _), (codes, _) = widths(model)["row"], widths(model)["categories"]
    width = 1 + sum(size for size, _ in widths(model).values())
    rows = np.concatenate(records[1 : 1 + 40 * (len(widths(model)) + 1)]).reshape(-1, width)
    found = []
    for code in (-1, -(2**31), 2**31 - 1, 1000):
        spoiled = rows.copy()
        spoiled[:, 1 + inputs : 1 + inputs + codes] = code
        statuses, forecasts = program.run([[0.0], spoiled.ravel()])
        assert (statuses == 0).all()
        found.append(forecasts)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_a_scaling_that_is_none_is_refused(tmp_path):
    model, data, _, _ = rolling("series that are new")
    Program(tmp_path, model, window=True, options=WATCHED)
    records, _ = records_of(model, data)
    columns = len(records[2])
    for place in range(columns):
        for value in (np.nan, np.inf, *((0.0, -1.0) if place in divisors(model) else ())):
            scaling = np.array(records[2])
            scaling[place] = value
            result = subprocess.run(
                [str(tmp_path / "program")], input=np.concatenate([[0.0, -1.0], scaling]).tobytes(), check=False
            )  # fmt: skip
            assert result.returncode == 4, (place, value)


def divisors(model):
    inputs, targets = len(model.preparation.inputs), len(model.preparation.targets)
    return [*range(inputs, 2 * inputs), *range(2 * inputs + targets, 2 * inputs + 2 * targets)]
