"""report.html: what is measured inside a network, what is said of it, and that the page stands alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

import gatewise
from gatewise.cells import CELLS, LSTM, read_cell
from gatewise.cells.known.lstm import GATES
from gatewise.learn import network as networks
from gatewise.train.data import Windows, read
from gatewise.train.data.reading.times import time_text
from gatewise.train.report import charts, drawing, inside, words
from gatewise.train.report.diagnostics import measure_cells, memory_of
from gatewise.train.report.observed import confusion, pictures, span_of
from gatewise.train.report.page import render


def _network(H=5, T=9, **options):
    architecture = networks.Architecture(input_size=2, hidden_size=H, outputs=1, **options)
    network = networks.Network.init(architecture, seed=1, dtype="float64")
    x = np.random.default_rng(0).normal(size=(6, T, 2))
    return network, SimpleNamespace(x=x, extra=None, codes=None, lengths=None)


def test_what_is_measured_is_what_the_trace_holds():
    network, batch = _network()
    d_y = np.ones((6, 1))
    (cell,) = measure_cells(network, batch, lambda y: d_y)
    trace = networks.forward(network, batch.x)
    run = trace.cells[0][0]
    gradient = networks.backward(network, trace, d_y, keep=True).cells[0][0]
    for gate in GATES:
        values = np.abs(run[gate]) if gate == "a" else run[gate]
        np.testing.assert_allclose(cell.activity[gate], values.mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(cell.half_life, np.log(0.5) / np.log(run.f).mean(axis=(0, 1)), rtol=1e-12)
    for name, measured in cell.norms.items():
        norms = np.linalg.norm(gradient[f"d_{name}"], axis=2)
        np.testing.assert_allclose(measured, np.sqrt((norms**2).mean(axis=0)), rtol=1e-12)
    moved = np.abs(network.views["head.W"][0]) * run.out[:, -1].std(axis=0)
    np.testing.assert_allclose(cell.weight, moved, rtol=1e-12)


def test_steps_past_a_length_do_not_count():
    network, batch = _network()
    lengths = np.array([9, 4, 1, 9, 7, 3])
    (cell,) = measure_cells(
        network,
        SimpleNamespace(x=batch.x, extra=None, codes=None, lengths=lengths),
        lambda y: np.ones((6, 1)),
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
    short = SimpleNamespace(x=batch.x[:1, :5], extra=None, codes=None, lengths=None)
    (alone,) = measure_cells(network, short, lambda y: np.ones((1, 1)))
    twice = np.concatenate([batch.x[:1], batch.x[:1]])
    both = SimpleNamespace(x=twice, extra=None, codes=None, lengths=np.array([5, 9]))
    (cell,) = measure_cells(network, both, lambda y: np.array([[1.0], [0.0]]))
    for name in ("state", "out"):
        np.testing.assert_allclose(cell.norms[name][4:], alone.norms[name] / np.sqrt(2), rtol=1e-12)


def test_the_reverse_direction_is_measured_in_the_order_of_time():
    network, batch = _network(bidirectional=True)
    lengths = np.array([9, 4, 1, 9, 7, 3])
    _, cell = measure_cells(
        network,
        SimpleNamespace(x=batch.x, extra=None, codes=None, lengths=lengths),
        lambda y: np.ones((6, 1)),
    )
    # The same layer alone, over windows that were turned round by hand.
    alone, _ = _network()
    for name in "WUb":
        alone.views[f"layer0.{name}"][...] = network.views[f"layer0.reverse.{name}"]
    alone.views["head.W"][...] = network.views["head.W"][:, 5:]
    turned = np.array(batch.x)
    for row, length in zip(turned, lengths, strict=True):
        row[:length] = row[:length][::-1].copy()
    (other,) = measure_cells(
        alone, SimpleNamespace(x=turned, extra=None, codes=None, lengths=lengths), lambda y: np.ones((6, 1))
    )
    np.testing.assert_allclose(cell.half_life, other.half_life, rtol=1e-12)
    for name, norms in cell.norms.items():  # counted back from the step that was read last
        np.testing.assert_allclose(norms, other.norms[name], rtol=1e-12)
    trace = networks.forward(network, batch.x, lengths=lengths)
    for t in (0, 3, 8):
        expected = trace.cells[0][1].i[lengths > t, t].mean()
        assert cell.activity["i"][t] == pytest.approx(expected, rel=1e-12)


def test_every_layer_and_direction_is_named():
    network, batch = _network(layers=2, bidirectional=True)
    cells = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    assert [cell.name for cell in cells] == [
        "layer 1", "layer 1, backwards in time", "layer 2", "layer 2, backwards in time",
    ]  # fmt: skip
    assert [cell.weight is None for cell in cells] == [True, True, False, False]


def _cell(**values):
    given = {
        "name": "the layer",
        "cell": LSTM,
        "half_life": np.array([1.0, 2.0, 40.0]),
        "norms": {"state": np.ones(1)},
        "saturated": {"a": 0.1, "i": 0.6, "f": 0.0, "o": 0.2},
    }
    return SimpleNamespace(**(given | values))


@pytest.mark.parametrize(
    ("d_state", "said"),
    [
        (0.5 ** np.arange(50)[::-1], "below 1 % of its largest value 7 steps before the end"),
        (1.3 ** np.arange(50)[::-1], "explodes"),
        (np.linspace(0.5, 1, 50), "the whole window of 50 steps"),
        (np.zeros(5), "no gradient"),
    ],
)
def test_vanishing_and_exploding_are_said_in_words(d_state, said):
    assert said in words.gradients(_cell(norms={"state": d_state}))


def test_memory_and_saturation_in_words():
    assert "in 2 steps" in words.memory(_cell())
    assert "unit 2 keeps it longest, 40 steps" in words.memory(_cell())
    assert "input gate i 60 %" in words.saturation(_cell())
    assert "Where i is at an end" in words.saturation(_cell())
    assert words.steps(float("inf")) == "more than 10,000 steps"


def test_the_verdict_says_which_is_better():
    metrics = {"LSTM": {"mae": 0.9}, "last value": {"mae": 1.2}, "ridge": {"mae": 0.8}}
    assert words.verdict("level", metrics, "test") == (
        "level: mean absolute error 0.9 on the test; 25.0 % better than last value (1.2), 12.5 % worse than ridge (0.8)."
    )
    assert words.worth_it(metrics).startswith("ridge does at least as well")
    assert "beats every baseline" in words.worth_it(metrics | {"LSTM": {"mae": 0.5}})
    classes = {"LSTM": {"accuracy": 0.9}, "most frequent": {"accuracy": 0.6}}
    assert "30.0 points better" in words.verdict("kind", classes, "test")
    exact = {"LSTM": {"mae": 0.5}, "last value": {"mae": 0.0}, "ridge": {"mae": 0.5}}
    assert "; worse than last value (0), as good as ridge (0.5)." in words.verdict("level", exact, "test")
    assert "beats every baseline" in words.worth_it(classes)
    far = {"LSTM": {"mae": 712_000.0}, "last value": {"mae": 100.0}, "ridge": {"mae": 711_900.0}}
    assert words.verdict("level", far, "test") == (
        "level: mean absolute error 712,000 on the test; "
        "7,120 times the error of last value (100), as good as ridge (711,900)."
    )


AWKWARD = 'cost $x^$ "a"<b>&'


def test_any_name_of_a_column_is_text():
    days = np.datetime64("2024-01-01T00", "s") + np.arange(3) * np.timedelta64(1, "h")
    for svg in (
        charts.over_time(AWKWARD, days, np.arange(3.0), np.arange(3.0), None, AWKWARD),
        charts.scatter(AWKWARD, np.arange(3.0), np.ones(3)),
        charts.by_step(AWKWARD, {"LSTM": [1.0, 2.0]}),
        charts.forecasts(AWKWARD, days, np.arange(3.0), [(days, np.arange(3.0), None)]),
    ):
        written = ElementTree.fromstring(svg)
        assert AWKWARD in written.get("aria-label")
        assert any(AWKWARD in (text.text or "") for text in written.iter("{http://www.w3.org/2000/svg}text"))


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
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    for svg in (charts.learning([{"epoch": 1, "loss": 0.5}]), inside.memory(cell)):
        ticks = re.search(r'id="[^"]*matplotlib.axis_1".*?id="[^"]*matplotlib.axis_2"', svg, re.DOTALL)[0]
        assert re.findall(r">[^<>]*\d[^<>]*</text>", ticks)
        assert not re.findall(r">[^<>]*\d\.\d[^<>]*</text>", ticks)


def test_charts_take_the_page_s_colour_and_share_no_ids():
    network, batch = _network()
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    history = [{"epoch": n, "loss": 1 / n, "validation_loss": 1 / n + 0.1} for n in (1, 2, 3)]
    drawn = [
        charts.learning(history),
        *(draw(cell) for draw in (inside.activity, inside.memory, inside.gradients, inside.importance)),
    ]
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in drawn]
    for n, svg in enumerate(drawn):
        assert drawing.INK not in svg
        assert "currentColor" in svg
        assert all(name in ids[n] for name in re.findall(r'href="#([^"]+)"', svg))
        assert all(not ids[n] & other for m, other in enumerate(ids) if m != n)
    assert charts.learning(history) == drawn[0]  # the same bytes


def styles_of_texts(svg):
    """The styles of each text and of what it stands in, in one string."""

    def walk(element, style):
        style += element.get("style", "")
        if element.tag.endswith("}text"):
            yield style
        for child in element:
            yield from walk(child, style)

    return list(walk(ElementTree.fromstring(svg), ""))


def test_every_word_of_a_picture_is_in_the_page_s_colour():
    """A text without a colour is black, on a dark page as well."""
    network, batch = _network()
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    days = np.datetime64("2024-01-01", "s") + np.arange(30) * np.timedelta64(1, "D")
    values = np.arange(30.0)
    history = [{"epoch": n, "loss": 1 / n, "validation_loss": 1 / n + 0.1} for n in (1, 2, 3)]
    for svg in (
        charts.learning(history),
        charts.forecasts(
            "y", days, values, [(days[-2:], values[-2:], (values[-2:] - 1, values[-2:] + 1))], "UTC"
        ),
        charts.over_time("y", days, values, values + 1, (values, values + 2), "UTC"),
        charts.scatter("y", values, values + 1),
        charts.by_step("y", {"LSTM": [1.0, 2.0], "ridge": [1.0, 2.0]}),
        *(draw(cell) for draw in (inside.activity, inside.memory, inside.gradients, inside.importance)),
    ):
        styles = styles_of_texts(svg)
        assert len(styles) > 3
        assert all("fill: currentColor" in style for style in styles), svg[:200]


@pytest.mark.parametrize("horizon", [1, 4])
def test_all_that_was_observed_is_drawn_to_the_last_step(horizon):
    """Also of a test that is a single window."""
    rows = 60
    table = {"y": np.arange(rows, dtype=float)}
    model = gatewise.fit(table, target="y", window=5, horizon=horizon, hidden=2, epochs=1)
    windows = model.windows(table, "labelled")
    for numbers in (windows.test, windows.test[-horizon:][:1]):
        seen = {}

        def forecasts(_name, times, truth, pieces, _axis, _band, seen=seen):
            known = ~np.isnan(truth)
            seen.update(zip(times[known].tolist(), truth[known].tolist(), strict=True), pieces=pieces)
            return "<svg/>"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(charts, "forecasts", forecasts)
            pictures(model, windows, numbers, model.forecast(windows, numbers), 0, "test")
        pieces = seen.pop("pieces")
        assert max(seen) == rows - 1
        assert all(truth == time for time, truth in seen.items())
        assert {time for when, *_ in pieces for time in when.tolist() if time < rows} <= set(seen)


def test_first_and_last_time_are_those_of_all_series():
    """In a long table the last row is that of the last series, which may have ended long ago."""
    days = np.datetime64("2024-01-01") + np.arange(80)
    table = {
        "id": np.repeat(["b", "a"], 80),
        "day": np.concatenate([days + 100, days]),
        "y": np.tile(np.sin(np.arange(80) / 4), 2),
    }
    model = gatewise.fit(table, target="y", time="day", series="id", window=5, horizon=2, hidden=2, epochs=1)
    windows = Windows.fit(read(table, target="y", time="day", series="id"), window=5, horizon=2)
    assert span_of(windows) == "2024-01-01 to 2024-06-28"
    assert windows.span(windows.test) == ("2024-06-05", "2024-06-28")
    assert (model.results["from"], model.results["to"]) == windows.span(windows.test)
    page = render(model, windows)
    assert "<dd>160 rows of 2 series, 2024-01-01 to 2024-06-28</dd>" in page
    assert f"predicting {model.results['from']} to {model.results['to']}</dd>" in page


@pytest.mark.parametrize(
    ("value", "zone", "text"),
    [
        (np.datetime64("2024-01-01T00:00", "us"), None, "2024-01-01"),
        (np.datetime64("2024-01-01T05:30", "us"), "+02:00", "2024-01-01 07:30"),
        (np.datetime64("2024-01-01T05:30:07", "us"), None, "2024-01-01 05:30:07"),
        (np.int64(1190), None, "1190"),
        (np.int64(1_700_000_000_123), None, "1700000000123"),
        (np.float64(59.5), None, "59.5"),
    ],
)
def test_a_time_of_any_kind_is_written(value, zone, text):
    assert time_text(value, zone) == text


def test_classes_are_counted_as_observed_and_predicted():
    rows = 120
    kinds = np.array(["a", "b", "c"])[np.arange(rows) // 7 % 3]
    table = {"x": np.sin(np.arange(rows)), "y": kinds}
    model = gatewise.fit(table, target="y", task="classify", window=4, hidden=3, epochs=1)
    windows = model.windows(table, "labelled")
    chances = model.forecast(windows, windows.test)
    found = confusion(model, windows, windows.test, chances)
    truth = windows.truth(windows.test).astype(int)
    assert found.classes == ("a", "b", "c")
    assert sum(map(sum, found.counts)) == len(windows.test)
    for k in range(3):
        for m in range(3):
            assert found.counts[k][m] == ((truth == k) & (chances.argmax(axis=1) == m)).sum()


def _network_of(cell, **options):
    return _network(cell=cell, projection=3 if cell == "projected" else 0, **options)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_measured_of_any_cell_is_what_its_trace_holds(cell):
    network, batch = _network_of(cell)
    (measured,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    made, trace = CELLS[cell], networks.forward(network, batch.x)
    run = trace.cells[0][0]
    gradient = networks.backward(network, trace, np.ones((6, 1)), keep=True).cells[0][0]
    assert tuple(measured.activity) == (made.gates or ("out",))
    for gate, values in measured.activity.items():
        gating = made.equation(gate).right.function == "sigmoid"
        sizes = run[gate] if gating else np.abs(run[gate])
        np.testing.assert_allclose(values, sizes.mean(axis=(0, 2)), rtol=1e-12)
    assert list(measured.norms) == [*reversed(made.carried)]
    for name, norms in measured.norms.items():
        expected = np.sqrt((np.linalg.norm(gradient[f"d_{name}"], axis=2) ** 2).mean(axis=0))
        np.testing.assert_allclose(norms, expected, rtol=1e-12)
    assert measured.weight.shape == (3 if cell == "projected" else 5,)
    keeps = {
        "lstm": lambda: run.f, "peephole": lambda: run.f, "projected": lambda: run.f,
        "coupled": lambda: 1 - run.i, "gru": lambda: run.u, "gru-reset-after": lambda: run.u,
        "mgu": lambda: 1 - run.f,
    }  # fmt: skip
    if cell in keeps:
        expected = np.log(0.5) / np.log(keeps[cell]()).mean(axis=(0, 1))
        np.testing.assert_allclose(measured.half_life, expected, rtol=1e-12)
    else:
        assert measured.half_life is None
        assert words.memory(measured).startswith("There is no half-life to measure")


def test_a_value_is_at_an_end_where_its_function_is():
    network, batch = _network_of("lstm1997")
    network.vector[:] = 0
    network.views["layer0.b"][:] = np.repeat([4.0, -4.0, 0.0], 5)  # a = g(4) = 1.93 of 2, i near 0, o = ½
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    assert cell.saturated == {"a": 1.0, "i": 1.0, "o": 0.0}
    network, batch = _network_of("rnn-relu")
    network.vector[:] = 0
    network.views["layer0.b"][:] = [1, 1, 1, -1, -1]
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    assert cell.saturated == {"out": pytest.approx(0.4)}
    assert "The end of out is 0, where relu passes no gradient." in words.saturation(cell)


def test_what_is_kept_by_a_parameter_is_measured_too():
    own = read_cell("a_t = tanh(W_a·x_t + U_a·out_{t-1})\ns_t = v ⊙ s_{t-1} + a_t\nout_t = tanh(s_t)")
    network, batch = _network(cell=own)
    network.views["layer0.v"][:] = [0.5, 0.25, -0.5, 1.0, 0.9]
    (cell,) = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    np.testing.assert_allclose(cell.half_life[[0, 1, 2, 4]], [1, 0.5, 1, np.log(0.5) / np.log(0.9)])
    assert cell.half_life[3] == np.inf
    assert "from v, which multiplies sₜ₋₁ in the equation of sₜ" in words.remembers_by(own)


@pytest.mark.parametrize("cell", CELLS)
def test_units_of_both_directions_are_weighed_by_their_own_columns_of_the_head(cell):
    network, batch = _network_of(cell, bidirectional=True)
    cells = measure_cells(network, batch, lambda y: np.ones((6, 1)))
    runs, head, Q = networks.forward(network, batch.x).cells[0], np.abs(network.views["head.W"][0]), 0
    for measured, run in zip(cells, runs, strict=True):
        outs = run.last.out
        np.testing.assert_allclose(
            measured.weight, head[Q : Q + outs.shape[1]] * outs.std(axis=0), rtol=1e-12
        )
        Q += outs.shape[1]


def test_of_two_memories_the_state_is_measured():
    both = read_cell(
        "f_t = σ(W_f·x_t + U_f·out_{t-1})\nstate_t = f_t ⊙ state_{t-1} + 1 - f_t\n"
        "out_t = 0.5 × out_{t-1} + tanh(state_t)"
    )
    assert memory_of(both)[0] == "state"


def test_errors_by_step_are_of_the_metric_that_decides():
    mean, scaled, nse = ({"y": {"LSTM": [value, value]}} for value in (2.0, 0.5, -1.0))
    both = {"metric": "mase", "by_step": mean, "by_step_metric": scaled}
    assert words.by_step(both, "y") == ("mean absolute scaled error", scaled["y"])
    assert words.by_step({"metric": "mae", "by_step": mean}, "y") == ("mean absolute error", mean["y"])
    assert words.by_step({"metric": "mase", "by_step": mean}, "y") == ("mean absolute error", mean["y"])
    assert words.by_step({}, "y")[1] is None
    svg = charts.by_step("y", nse["y"], "LSTM", "Nash-Sutcliffe efficiency")
    assert "Nash-Sutcliffe efficiency of y" in svg
    assert any(text.startswith(("-", "−")) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
