"""Runs of `gatewise fit` written as ONNX: served with raw rows of the table, they give `predict`'s forecasts."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from onnx_served import RUNTIMES, served
from run_cases import CASES, HORIZON, SMALL, WINDOW, fitted_case, said_of, table

import gatewise
from gatewise import convert
from gatewise.errors import ArgumentError
from gatewise.onnx import model_of
from gatewise.train.data.data_error import DataError
from gatewise.train.data.windows import served as cutting

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.filterwarnings("ignore")

IN_FLOAT32 = 2e-6  # of the largest forecast: OpenVINO reads raw numbers in float32; measured 4.3e-7
ROUNDING = 1e-6  # of float32 networks in ONNX Runtime; measured 1.6e-7, of counts

WITHOUT = [("windows with gaps left out", False), ("stateful", True)]
"""The last window of the one has a gap, and is left out; the other is refused, see below."""


@pytest.fixture(scope="module")
def fitted():
    return fitted_case


@pytest.mark.share(4)
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    ("case", "rolling"), [pair for pair in product(CASES, (False, True)) if pair not in WITHOUT]
)
def test_a_server_gives_the_forecasts_of_predict(case, rolling, runtime, fitted):
    model, data = fitted(case)
    wanted = said_of(model, data, rolling)
    written = model_of(model)
    given = model.inputs(data, rolling=rolling)
    assert list(given) == [each.name for each in written.graph.input]
    outputs = served(written, given, runtime)
    got = outputs[
        next(name for name in ("probabilities", "quantiles", "distribution", "forecast") if name in outputs)
    ]
    got = got.reshape(wanted.shape)
    exact = 1e-13 if case == "float64" else ROUNDING
    bound = exact if runtime == "onnxruntime" else IN_FLOAT32
    assert np.isfinite(wanted).all()
    assert np.abs(got - wanted).max() <= bound * max(1, np.abs(wanted).max())
    if "class" in outputs:
        assert (outputs["class"] == wanted.argmax(axis=1)).all()
    else:
        best = model.loss.best(wanted, **model.loss_options)
        assert np.abs(outputs["forecast"] - best).max() <= bound * max(1, np.abs(wanted).max())


def test_the_table_of_predict_is_what_is_served(fitted):
    model, data = fitted("with gaps")
    told = model.predict(data, rolling=True, every=7)
    got = served(model_of(model), model.inputs(data, rolling=True, every=7), "onnxruntime")["forecast"]
    assert got.ravel() == pytest.approx(np.asarray(told["load"]), rel=1e-6)


@pytest.mark.parametrize("case", ["with gaps", "changes from the season before"])
def test_what_stands_past_a_windows_length_and_what_was_known_before_count_as_described(case, fitted):
    model, data = fitted(case)
    given = model.inputs(data, rolling=True)
    whole = served(model_of(model), given, "onnxruntime")["forecast"]
    spoiled = {**given, "x": np.concatenate([given["x"]])}
    few = given["lengths"] < 3
    spoiled["lengths"] = np.where(few, given["lengths"], 3).astype(np.int32)
    first = served(model_of(model), spoiled, "onnxruntime")["forecast"]
    spoiled["x"][:, 3:] = 1e6
    assert (served(model_of(model), spoiled, "onnxruntime")["forecast"] == first).all()
    nothing = {**given, "known_before": np.full_like(given["known_before"], np.nan)}
    assert np.abs(served(model_of(model), nothing, "onnxruntime")["forecast"] - whole).max() > 1e-4


def test_a_model_says_what_its_inputs_are(fitted):
    written = model_of(fitted("quantiles of two targets")[0])
    told = json.loads({each.key: each.value for each in written.metadata_props}["gatewise"])
    assert told["kind"] == "run"
    assert (told["window"], told["horizon"], told["targets"]) == (WINDOW, HORIZON, ["load", "wind"])
    assert told["quantiles"] == [0.1, 0.4, 0.9]
    assert told["inputs"]["x"]["columns"] == ["load", "wind", "warmth"]
    assert told["inputs"]["calendar"]["columns"] == ["hour sin", "hour cos", "weekday sin", "weekday cos"]
    assert list(told["outputs"]) == ["forecast", "quantiles"]
    docs = {each.name: each.doc_string for each in written.graph.input}
    assert "Columns: load, wind, warmth." in docs["x"]
    shapes = {
        each.name: [axis.dim_param or axis.dim_value for axis in each.type.tensor_type.shape.dim]
        for each in (*written.graph.input, *written.graph.output)
    }
    assert shapes["x"] == ["N", WINDOW, 3]
    assert shapes["quantiles"] == ["N", HORIZON, 2, 3]


def test_categories_classes_and_series_are_listed_in_the_order_of_their_codes(fitted):
    def told(case):
        return json.loads(model_of(fitted(case)[0]).metadata_props[0].value)

    assert told("classes")["classes"] == ["a", "b", "c"]
    assert told("learned vectors")["categories"]["kind"] == ["a", "b", "c"]
    assert told("series scaled each")["series"][:2] == ["id0", "id1"]


def test_a_stateful_model_has_no_inputs_of_one_window_where_it_carries_more(fitted):
    model, data = fitted("stateful")
    with pytest.raises(ArgumentError, match=r"stateful.*without rolling"):
        model.inputs(data, rolling=True)


def test_inputs_that_would_fill_the_memory_are_refused(fitted, monkeypatch):
    model, data = fitted("with gaps")
    monkeypatch.setattr(cutting, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"249 windows are .* bytes, more than 1,000. Take fewer windows"):
        model.inputs(data, rolling=True)


def test_predict_writes_the_inputs_that_a_server_needs(tmp_path, capsys, monkeypatch):
    from gatewise.cli import main

    monkeypatch.chdir(tmp_path)
    gatewise.fit(table(), run="run", **SMALL)
    import pyarrow
    from pyarrow import csv

    csv.write_csv(pyarrow.table(table()), "new.csv")
    capsys.readouterr()
    assert (
        main(
            ["predict", "run", "new.csv", "--rolling", "--every", "24", "--inputs", "in.npz", "-o", "out.csv"]
        )
        == 0
    )
    assert "windows to in.npz" in capsys.readouterr().err
    given = dict(np.load("in.npz"))
    convert.model("run", "run.onnx")
    got = served(onnx.load("run.onnx"), given, "onnxruntime")["forecast"]
    told = csv.read_csv("out.csv").to_pydict()["load"]
    assert got.ravel() == pytest.approx(told, rel=1e-6)
    assert main(["predict", "run", "new.csv", "--inputs", "in.csv"]) == 2
    assert "inputs are written as .npz, not as .csv" in capsys.readouterr().err


# What docs/convert.md says of a run's inputs ---------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "convert.md").read_text(encoding="utf-8")
ROW = r"^\| `(\w+)` \| \(N[^|]*\), (float64|int32|int64|the run's `dtype`) \|"
DTYPES = dict(re.findall(ROW, PAGE, re.MULTILINE))
IN_RUNTIME = {
    "tensor(double)": "float64", "tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64",
}  # fmt: skip
SHOWN = ("known ahead", "the past as changes", "series that are new", "learned vectors", "float64")


@pytest.fixture(scope="module")
def session_of(fitted):
    """The inputs that ONNX Runtime sees of a case, the metadata that it reads, and the run's preparation."""
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

    def made(case, dtype=None):
        model = fitted(case)[0]
        written = model_of(model, dtype=dtype).SerializeToString()
        session = ort.InferenceSession(written, providers=["CPUExecutionProvider"])
        told = json.loads(session.get_modelmeta().custom_metadata_map["gatewise"])
        return session.get_inputs(), told["inputs"], model.preparation

    return made


@pytest.mark.parametrize("dtype", [None, "float64"])
@pytest.mark.parametrize("case", SHOWN)
def test_the_page_has_the_dtype_and_the_metadata_have_the_columns_of_every_input(session_of, case, dtype):
    inputs, told, own = session_of(case, dtype)
    for each in inputs:
        documented = own.dtype if DTYPES[each.name].startswith("the run") else DTYPES[each.name]
        assert IN_RUNTIME[each.type] == documented == told[each.name]["dtype"]
        assert told[each.name]["shape"] == each.shape
        columns = told[each.name]["columns"]
        assert not columns or each.shape[-1] == len(columns)
    assert tuple(told["x"]["columns"]) == own.inputs


def test_every_input_of_the_page_is_met(session_of):
    assert {each.name for case in SHOWN for each in session_of(case)[0]} == set(DTYPES)
