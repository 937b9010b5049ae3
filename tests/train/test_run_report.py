"""report.html: what is measured inside a network, what is said of it, and that the page stands alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

import gatewise
from gatewise.cells.lstm import GATES
from gatewise.learn import network as networks
from gatewise.train.report import charts, interpretation
from gatewise.train.report.diagnostics import measure_cells


def _network(H=5, T=9, **options):
    architecture = networks.Architecture(input_size=2, hidden_size=H, outputs=1, **options)
    network = networks.Network.init(architecture, seed=1, dtype="float64", forget_bias=1.0)
    x = np.random.default_rng(0).normal(size=(6, T, 2))
    return network, SimpleNamespace(x=x, extra=None, lengths=None)


def test_what_is_measured_is_what_the_trace_holds():
    network, batch = _network()
    d_y = np.ones((6, 1))
    (cell,) = measure_cells(network, batch, lambda _y: d_y)
    trace = networks.forward(network, batch.x)
    run = trace.cells[0][0]
    gradient = networks.backward(network, trace, d_y, keep=True).cells[0][0]
    for gate in GATES:
        values = np.abs(run[gate]) if gate == "a" else run[gate]
        np.testing.assert_allclose(cell.activity[gate], values.mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(cell.half_life, np.log(0.5) / np.log(run.f).mean(axis=(0, 1)), rtol=1e-12)
    for name, measured in (("d_state", cell.d_state), ("d_out", cell.d_out)):
        norms = np.linalg.norm(gradient[name], axis=2)
        np.testing.assert_allclose(measured, np.sqrt((norms**2).mean(axis=0)), rtol=1e-12)
    moved = np.abs(network.views["head.W"][0]) * run.out[:, -1].std(axis=0)
    np.testing.assert_allclose(cell.weight, moved, rtol=1e-12)


def test_steps_past_a_length_do_not_count():
    network, batch = _network()
    lengths = np.array([9, 4, 1, 9, 7, 3])
    (cell,) = measure_cells(
        network, SimpleNamespace(x=batch.x, extra=None, lengths=lengths), lambda _y: np.ones((6, 1))
    )
    trace = networks.forward(network, batch.x, lengths=lengths)
    for t in (0, 3, 8):
        there = lengths > t
        expected = trace.cells[0][0].i[there, t].mean()
        assert cell.activity["i"][t] == pytest.approx(expected, rel=1e-12)
    values = np.concatenate([trace.cells[0][0].f[n, :end] for n, end in enumerate(lengths)])
    assert cell.half_life == pytest.approx(np.log(0.5) / np.log(values).mean(axis=0), rel=1e-12)


def test_the_gradient_is_followed_from_each_window_s_own_end():
    network, batch = _network()
    short = SimpleNamespace(x=batch.x[:1, :5], extra=None, lengths=None)
    (alone,) = measure_cells(network, short, lambda _y: np.ones((1, 1)))
    twice = np.concatenate([batch.x[:1], batch.x[:1]])
    both = SimpleNamespace(x=twice, extra=None, lengths=np.array([5, 9]))
    (cell,) = measure_cells(network, both, lambda _y: np.array([[1.0], [0.0]]))
    for name in ("d_state", "d_out"):
        np.testing.assert_allclose(getattr(cell, name)[4:], getattr(alone, name) / np.sqrt(2), rtol=1e-12)


def test_every_layer_and_direction_is_named():
    network, batch = _network(layers=2, bidirectional=True)
    cells = measure_cells(network, batch, lambda _y: np.ones((6, 1)))
    assert [cell.name for cell in cells] == [
        "layer 1", "layer 1, backwards in time", "layer 2", "layer 2, backwards in time",
    ]  # fmt: skip
    assert [cell.weight is None for cell in cells] == [True, True, False, False]


def _cell(**values):
    T = len(values.get("d_state", [1.0]))
    given = {
        "name": "the layer",
        "half_life": np.array([1.0, 2.0, 40.0]),
        "d_state": np.ones(T),
        "saturated": {"a": 0.1, "i": 0.6, "f": 0.0, "o": 0.2},
    }
    return SimpleNamespace(**(given | values))


@pytest.mark.parametrize(
    ("d_state", "said"),
    [
        (0.5 ** np.arange(50)[::-1], "below 1% of its largest value 7 steps before the end"),
        (1.3 ** np.arange(50)[::-1], "explodes"),
        (np.linspace(0.5, 1, 50), "the whole window of 50 steps"),
        (np.zeros(5), "no gradient"),
    ],
)
def test_vanishing_and_exploding_are_said_in_words(d_state, said):
    assert said in interpretation.gradients(_cell(d_state=d_state))


def test_memory_and_saturation_in_words():
    assert "in 2 steps" in interpretation.memory(_cell())
    assert "unit 2 keeps it longest, 40 steps" in interpretation.memory(_cell())
    assert "input gate i 60%" in interpretation.saturation(_cell())
    assert "Where i is at an end" in interpretation.saturation(_cell())
    assert interpretation.steps(float("inf")) == "more than 10,000 steps"


def test_the_verdict_says_which_is_better():
    metrics = {"LSTM": {"mae": 0.9}, "last value": {"mae": 1.2}, "ridge": {"mae": 0.8}}
    assert interpretation.verdict("level", metrics, "test") == (
        "level: mean absolute error 0.9 on the test; 25.0% better than last value (1.2), 12.5% worse than ridge (0.8)."
    )
    assert interpretation.worth(metrics).startswith("ridge does at least as well")
    assert "beats every baseline" in interpretation.worth(metrics | {"LSTM": {"mae": 0.5}})
    classes = {"LSTM": {"accuracy": 0.9}, "most frequent": {"accuracy": 0.6}}
    assert "30.0 points better" in interpretation.verdict("kind", classes, "test")
    exact = {"LSTM": {"mae": 0.5}, "last value": {"mae": 0.0}, "ridge": {"mae": 0.5}}
    assert "; worse than last value (0), as good as ridge (0.5)." in interpretation.verdict(
        "level", exact, "test"
    )
    assert "beats every baseline" in interpretation.worth(classes)


AWKWARD = 'cost $x^$ "a"<b>&'


def test_any_name_of_a_column_is_text():
    days = np.datetime64("2024-01-01T00", "s") + np.arange(3) * np.timedelta64(1, "h")
    for svg in (
        charts.by_step(AWKWARD, {"LSTM": [1.0, 2.0]}),
        charts.forecasts(AWKWARD, days, np.arange(3.0), [(days, np.arange(3.0), None)]),
    ):
        written = ElementTree.fromstring(svg)
        assert AWKWARD in written.get("aria-label")
        assert any(AWKWARD in (text.text or "") for text in written.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("hours", [3, 47, 72, 95, 120, 400, 3000, 30_000])
def test_dates_on_the_axis_without_a_warning(hours, recwarn):
    time = np.datetime64("2024-01-01T00", "s") + np.arange(hours) * np.timedelta64(1, "h")
    charts.forecasts("level", time, np.zeros(hours), [(time[-2:], np.ones(2), None)])
    assert not recwarn.list


@pytest.mark.parametrize("task", ["forecast", "regress", "classify"])
def test_the_page_of_every_task(tmp_path, task):
    rows = 90
    signal = np.sin(np.arange(rows) / 3)
    kinds = np.where(signal > 0, "up", "down")
    table = {"x": signal, AWKWARD: kinds if task == "classify" else signal + 1}
    options = {"window": 6, "hidden": 3, "epochs": 1} | ({"horizon": 1} if task == "forecast" else {})
    gatewise.fit(table, target=AWKWARD, task=task, run=tmp_path / "run", **options)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    said = {"forecast": "predicts 1 step ahead", "regress": "regression of", "classify": "classification of"}
    assert said[task] in page
    assert "1 epoch," in page
    assert "<b>" not in page.replace("&lt;b&gt;", "")


def test_epochs_and_units_are_counted_in_whole_numbers():
    network, batch = _network(H=3)
    (cell,) = measure_cells(network, batch, lambda _y: np.ones((6, 1)))
    for svg in (charts.learning([{"epoch": 1, "loss": 0.5}]), charts.memory(cell)):
        ticks = re.search(r'id="[^"]*matplotlib.axis_1".*?id="[^"]*matplotlib.axis_2"', svg, re.DOTALL)[0]
        assert re.findall(r">[^<>]*\d[^<>]*</text>", ticks)
        assert not re.findall(r">[^<>]*\d\.\d[^<>]*</text>", ticks)


def test_charts_take_the_page_s_colour_and_share_no_ids():
    network, batch = _network()
    (cell,) = measure_cells(network, batch, lambda _y: np.ones((6, 1)))
    history = [{"epoch": n, "loss": 1 / n, "validation_loss": 1 / n + 0.1} for n in (1, 2, 3)]
    drawn = [
        charts.learning(history),
        *(draw(cell) for draw in (charts.activity, charts.memory, charts.gradients, charts.importance)),
    ]
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in drawn]
    for n, svg in enumerate(drawn):
        assert charts.INK not in svg
        assert "currentColor" in svg
        assert all(name in ids[n] for name in re.findall(r'href="#([^"]+)"', svg))
        assert all(not ids[n] & other for m, other in enumerate(ids) if m != n)
    assert charts.learning(history) == drawn[0]  # the same bytes
