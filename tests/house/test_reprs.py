"""What gatewise returns is named in a line where Python shows it; what is a document prints as one."""

import numpy as np
import paths
import pytest

import gatewise
from gatewise import exercises, losses, network, optimizers, schedules

PROBLEM = gatewise.load_problem()
MOST = 200


@pytest.fixture(scope="module")
def returned():
    params = gatewise.Params.init(20, 300)
    x, label = np.zeros((5, 40, 20), "float32"), np.zeros((5, 40, 300), "float32")
    trace = gatewise.forward(params, x)
    architecture = network.Architecture(
        input_size=20, hidden_size=30, outputs=9, layers=4, dropout=0.25, input_dropout=0.125,
        recurrent_dropout=0.125, output_dropout=0.25, head_inputs=17, skip=12,
    )  # fmt: skip
    net = network.Network.init(architecture)
    net_trace = network.forward(net, x, extra=np.zeros((5, 17), "float32"), rng=np.random.default_rng(0))
    step = network.TrainingStep(net, losses.mse, optimizers.OPTIMIZERS["adam"])
    taken = step(x, label[:, 0, :9], rate=0.1, step=1, extra=np.zeros((5, 17), "float32"))
    sheet = gatewise.worksheet(PROBLEM.params, PROBLEM.x, PROBLEM.label)
    exercise = exercises.exercise("fill", 1, 1)
    key = exercises.read_key(exercises.write_key(exercise))
    marks = exercises.mark(key, {item.id: "0.5" for item in key.items}, "a student")
    names = [f"a column with a long name {k}" for k in range(9)]
    columns = {name: np.sin(np.arange(200.0) * (k + 1)) for k, name in enumerate(names)}
    model = gatewise.fit(columns, target=names[:2], window=12, horizon=3, epochs=1, hidden=4)
    dataset = gatewise.data.read(columns, target=names[:2])
    windows = gatewise.data.Windows.fit(dataset, window=12, horizon=3)
    report = gatewise.check(paths.DOCUMENTS / "worked-example.md")
    checked = gatewise.derivatives.check(PROBLEM.params, PROBLEM.x, PROBLEM.label)
    return [
        params, PROBLEM.params, trace, gatewise.forward(params, x, trace=False), trace.last, trace.at(0),
        gatewise.backward(params, trace, label, keep=True), gatewise.Stepper(params),
        gatewise.Stepper(params, 3, engine="reference"), optimizers.Moments.zero(params),
        gatewise.train_steps(params, x, label, steps=2, optimizer="adam"),
        net, architecture, net_trace, net_trace.masks, network.backward(net, net_trace, net_trace.y),
        network.NetworkStepper(net), step, taken, PROBLEM, PROBLEM.settings, sheet, *sheet.lines[:9], sheet.verified,
        sheet.document, *sheet.document.sections, exercise, exercise.solution, *exercise.parts, key,
        *key.items[:3], marks, *marks.marked[:3], *marks.hints[:1], report, *report.findings, *report.numbers[:3],
        checked, checked.worst, model, model.config, model.preparation, model.stepper(), windows,
        windows.dataset, windows.batch(windows.train[:2]), *losses.LOSSES.values(),
        *optimizers.OPTIMIZERS.values(), *schedules.SCHEDULES.values(),
    ]  # fmt: skip


def test_every_repr_is_a_line(returned):
    for one in returned:
        text = repr(one)
        assert len(text) <= MOST, text
        assert "\n" not in text, text
        assert " object at 0x" not in text, text
        assert text.startswith(type(one).__name__.removeprefix("Native")), text


def test_a_repr_says_the_sizes():
    assert repr(PROBLEM.params) == "Params(input_size=2, hidden_size=1, float64)"
    state = gatewise.forward(PROBLEM.params, PROBLEM.x).at(0)
    assert "state_prev=[0.]" in repr(state)
    sheet = gatewise.worksheet(PROBLEM.params, PROBLEM.x, PROBLEM.label, title="An LSTM")
    assert repr(sheet).startswith("Worksheet('An LSTM', T = 2, D = 2, H = 1, 51 lines, losses=(0.1149")


def test_a_document_prints_as_one():
    assert "W = array([[0.45, 0.25]" in str(PROBLEM.params)
    assert "B2" in str(gatewise.worksheet(PROBLEM.params, PROBLEM.x, PROBLEM.label))
    exercise = exercises.exercise("fill", 1, 1)
    assert str(exercise) == exercises.render(exercise, "md")
    key = exercises.key_of(exercise)
    assert "0 %" in str(exercises.mark(key, {})).replace("0.0 %", "0 %")
    report = gatewise.check(paths.DOCUMENTS / "worked-example.md")
    assert "Mistakes" in str(report)
    assert "The gradients agree" in str(gatewise.derivatives.check(PROBLEM.params, PROBLEM.x, PROBLEM.label))
