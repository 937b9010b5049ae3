"""Every cell is trained, saved, resumed and reported; what a cell does not have is refused or said, by name."""

import json
import re
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from series_files import SMALL, bits, series, write_csv

import gatewise
from gatewise.cells import CELLS, GRU, LSTM, cell_named, read_cell
from gatewise.cells.own.writing import table_of
from gatewise.cli import main
from gatewise.engine.passes import resolve
from gatewise.learn.network import Architecture, Network, forward
from gatewise.train import ConfigError, FitConfig, RunError
from gatewise.train.fit_run import fit_run
from gatewise.train.loop.non_finite import first_in_backward, first_in_forward
from gatewise.train.loop.state import TrainingState
from gatewise.train.run import checkpoint
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.folder import Run
from gatewise.train.run.interrupt import Stopped
from gatewise.train.run.progress import Silent

pytestmark = pytest.mark.filterwarnings("ignore:cell .* has no compiled engine:RuntimeWarning")
LEAKY = """
title = "A leaky unit"
equations = \"\"\"
g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)     # how much leaks
a_t = tanh(W_a·x_t + b_a)                  # what comes in
out_t = (1 - g_t) ⊙ out_{t-1} + g_t ⊙ a_t  # what stays, and what comes in
\"\"\"
[words]
g = "leak"
"""
NAMES = (*CELLS, "gru+no-bias", "peephole+clip=0.7+state-clip=0.4", "coupled+projected+no-bias+clip=1.5")
EACH = pytest.mark.parametrize("cell", NAMES)
TABLE = series(140)
TINY = {**SMALL, "hidden": 3, "epochs": 2}


def fit(cell, table=TABLE, **keys):
    return gatewise.fit(table, **{**TINY, "cell": cell, **keys})


@pytest.fixture
def own(tmp_path):
    """The file of a cell that gatewise does not have."""
    path = tmp_path / "leaky.toml"
    path.write_text(LEAKY, encoding="utf-8")
    return path


class StopAt(Silent):
    """Asks training to stop after a step, as Ctrl-C does."""

    def __init__(self, step):
        self._at = step

    def step(self, state):
        if state.step == self._at:
            signal.raise_signal(signal.SIGTERM)


def stopped_and_resumed(run, keys, step=11):
    with pytest.raises(Stopped):
        fit_run(run, keys, TABLE, listener=StopAt(step))
    return fit_run(run, {}, TABLE, resume=True)


@EACH
def test_a_saved_model_of_any_cell_predicts_as_it_did(cell, tmp_path):
    model = fit(cell)
    assert model.network.cells[0][0].cell is cell_named(cell)
    model.save(tmp_path / "model.safetensors")
    again = gatewise.load(tmp_path / "model.safetensors")
    assert again.network.cells[0][0].cell is cell_named(cell)
    assert again.config == model.config
    assert np.array_equal(again.network.vector, model.network.vector)
    assert np.array_equal(again.predict(TABLE)["load"], model.predict(TABLE)["load"])


@EACH
def test_the_test_names_the_cell_that_was_measured(cell):
    rows = fit(cell).results["targets"]["load"]
    assert next(iter(rows)) == ("LSTM" if cell == "lstm" else cell)
    assert ("LSTM" in rows) == (cell == "lstm")


@pytest.mark.share(2)
@EACH
def test_a_row_at_a_time_is_what_predict_says(cell):
    model = fit(cell, calendar=["none"])
    stepper = model.stepper()
    for t in range(len(TABLE["load"]) - TINY["window"], len(TABLE["load"])):
        said = stepper.step({"load": TABLE["load"][t], "warmth": TABLE["warmth"][t]}, TABLE["time"][t])
    assert np.array_equal(said[:, 0, 0], model.predict(TABLE)["load"])


@EACH
@pytest.mark.parametrize("stateful", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(cell, stateful, tmp_path):
    keys = {**TINY, "cell": cell, "stateful": stateful, "layers": 2, "dropout": 0.2, "batch": 4}
    keys |= {"window": 6} if stateful else {}
    whole, halved = Run(tmp_path / "whole"), Run(tmp_path / "halved")
    fit_run(whole, keys, TABLE)
    stopped_and_resumed(halved, keys, step=3 if stateful else 11)
    assert bits(halved) == bits(whole)


@EACH
def test_a_run_of_one_cell_is_not_resumed_with_another(cell, tmp_path):
    run, other = Run(tmp_path / "run"), "mgu" if cell == "gru" else "gru"
    with pytest.raises(Stopped):
        fit_run(run, {**TINY, "cell": cell}, TABLE, listener=StopAt(2))
    with pytest.raises(RunError, match=rf"cell is {re.escape(cell)} in .*, and {other} was given"):
        fit_run(run, {"cell": other}, TABLE, resume=True)


def test_a_checkpoint_of_one_cell_is_not_taken_for_that_of_another_of_its_size(tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, {**TINY, "cell": "rnn"}, TABLE, listener=StopAt(2))
    run.config.write_text(run.config.read_text("utf-8").replace('cell = "rnn"', 'cell = "rnn-relu"'), "utf-8")
    with pytest.raises(CheckpointError, match="it is of cell rnn, and the configuration has rnn-relu"):
        fit_run(run, {}, TABLE, resume=True)


@pytest.mark.share(3)
@EACH
def test_a_report_speaks_of_the_cell_that_it_is_of(cell, tmp_path):
    run = Run(tmp_path / "run")
    model = fit_run(run, {**TINY, "cell": cell, "report": True}, TABLE)
    page = run.report.read_text("utf-8")
    made = cell_named(cell)
    # What has none says so, and what has it coupled in its title.
    told = cell == "lstm1997" or "coupled" in cell
    assert ("forget gate" in page) == ("forget gate" in made.words.values() or told)
    assert ("It has no gates" in page) == (not made.gates)
    assert ("‖δstate‖" in page) == ("state" in made.carried)
    assert ("There is no half-life to measure" in page) == (cell in ("lstm1997", "rnn", "rnn-relu"))
    assert ("has no compiled engine" in page) == (resolve("auto", model.network.dtype, made) == "reference")
    if cell != "lstm":
        assert f"of cell {cell}" in page
        assert "the LSTM" not in page
    for word in made.words.values():
        assert word in page


@EACH
def test_files_of_the_lstm_say_nothing_of_cells_and_those_of_others_do(cell, tmp_path):
    run = Run(tmp_path / "run")
    fit_run(run, {**TINY, "cell": cell}, TABLE)
    _, document = checkpoint.load(run.model)
    _, state = checkpoint.load(run.checkpoint)
    said = (
        "cell" in document["architecture"], "cell" in document["config"], "cell" in state,
        "\ncell =" in run.config.read_text("utf-8"), json.loads(run.facts.read_text())["format"] == 2,
    )  # fmt: skip
    assert said == (cell != "lstm",) * 5


def test_an_lstm_by_name_writes_what_is_written_without(tmp_path):
    with_name, without = Run(tmp_path / "with"), Run(tmp_path / "without")
    fit_run(with_name, {**TINY, "cell": "lstm"}, TABLE)
    fit_run(without, TINY, TABLE)
    for path in sorted(path.name for path in without.path.iterdir() if path.name != "lock"):
        assert (with_name.path / path).read_bytes() == (without.path / path).read_bytes(), path


@pytest.mark.parametrize(
    "cell", ["lstm+no-bias", "peephole+coupled+clip=3", "lstm+state-clip=0.5", "gru+no-bias"]
)
def test_a_cell_with_options_is_trained_saved_and_resumed(cell, tmp_path):
    keys = {**TINY, "cell": cell}
    whole, halved = Run(tmp_path / "whole"), Run(tmp_path / "halved")
    model = fit_run(whole, {**keys, "report": True}, TABLE)
    stopped_and_resumed(halved, keys)
    assert bits(halved) == bits(whole)
    assert cell in model.results["targets"]["load"]
    assert model.network.cells[0][0].cell is cell_named(cell)
    assert (gatewise.load(whole.path).predict(TABLE)["load"] == model.predict(TABLE)["load"]).all()
    assert f"of cell {cell}" in whole.report.read_text("utf-8")
    assert "There is no half-life" not in whole.report.read_text("utf-8")
    assert model.config.forget_bias == (1.0 if cell == "lstm+state-clip=0.5" else None)


# A cell of one's own ----------------------------------------------------------------------------------------


def test_a_cell_of_one_s_own_is_trained_and_needs_its_file_no_more(own, tmp_path):
    run = Run(tmp_path / "run")
    keys = {**TINY, "cell": str(own)}
    with pytest.raises(Stopped):
        fit_run(run, keys, TABLE, listener=StopAt(11))
    own.unlink()
    model = fit_run(run, {"report": True}, TABLE, resume=True)
    again = gatewise.load(run.path)
    assert np.array_equal(again.predict(TABLE)["load"], model.predict(TABLE)["load"])
    assert again.network.cells[0][0].cell == model.network.cells[0][0].cell
    assert again.network.cells[0][0].cell.name == "leaky"
    assert "cell leaky" in model.results["targets"]["load"]
    assert "leak g" in run.report.read_text("utf-8")


def test_a_cell_with_the_equations_of_the_lstm_trains_as_the_lstm_does():
    written = table_of(LSTM) | {"name": "mine"}
    options = {"engine": "reference", "dtype": "float64", "epochs": 1, "forget_bias": 1.0}
    mine, lstm = fit(written, **options), fit("lstm", **options)
    np.testing.assert_allclose(mine.network.vector, lstm.network.vector, rtol=1e-9, atol=1e-12)


def test_a_cell_stands_in_a_configuration_by_its_path_or_whole(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = write_csv(tmp_path / "t.csv", TABLE)
    start = f'target = ["load"]\ntime = "time"\nwindow = 6\nhorizon = 2\nhidden = 2\nepochs = 1\ndata = "{table.name}"\n'
    (tmp_path / "path.toml").write_text(f'{start}cell = "{own.name}"\n', "utf-8")
    (tmp_path / "whole.toml").write_text(
        f'{start}[cell]\nname = "leaky"\n{LEAKY.replace("[words]", "[cell.words]")}', "utf-8"
    )
    for name in ("path", "whole"):
        assert main(["fit", "--config", f"{name}.toml", "-o", name]) == 0
        assert main(["fit", "--config", f"{name}/config.toml", "-o", f"{name}-again"]) == 0
    models = [gatewise.load(name) for name in ("path", "whole", "path-again", "whole-again")]
    assert len({model.network.vector.tobytes() for model in models}) == 1
    assert {model.config.cell["name"] for model in models} == {"leaky"}


def test_words_of_a_cell_are_text_on_the_page(tmp_path):
    run = Run(tmp_path / "run")
    written = table_of(GRU) | {"name": "x", "title": "<b>bold", "words": {"r": "<i>$leak$"}}
    fit_run(run, {**TINY, "cell": written, "report": True}, TABLE)
    page = run.report.read_text("utf-8")
    assert "<b>bold" not in page
    assert "<i>$leak" not in page
    assert "&lt;i&gt;$leak$ r" in page


def test_resuming_with_other_equations_of_the_same_name_is_refused(own, tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, {**TINY, "cell": str(own)}, TABLE, listener=StopAt(2))
    own.write_text(LEAKY.replace("tanh", "softsign"), "utf-8")
    with pytest.raises(RunError, match=r"cell is leaky in .*, and leaky with other equations was given"):
        fit_run(run, {"cell": str(own)}, TABLE, resume=True)
    own.write_text(LEAKY.replace("  # what", "  #  what"), "utf-8")  # written otherwise, and the same
    assert fit_run(run, {"cell": str(own)}, TABLE, resume=True).network.size


def test_a_cell_that_projects_something_else_than_out(tmp_path):
    cell = read_cell(
        "p_t = P·out_{t-1}\ns_t = W·x_t + U·p_t + b\nout_t = tanh(s_t)", "narrow", sizes={"p": "Q"}
    )  # fmt: skip
    model = fit(cell, projection=2)
    assert model.network.views["layer0.P"].shape == (2, 3)
    assert model.config.recurrent_dropout == 0  # its U meets p, which has no out to leave out
    with pytest.raises(ConfigError, match=r"recurrent_dropout=0\.1: cell narrow has no matrix U that meets"):
        fit(cell, projection=2, recurrent_dropout=0.1)


@pytest.mark.parametrize(("text", "said"), [
    ("equations = 'out_t = W·x_t + s_t'", "leaky.toml"),
    ("equations = 3", "equations is 3; it must be a text"),
    ("name = 'gru'\nequations = \"\"\"s_t = W·x_t + U·out_{t-1}\nout_t = tanh(s_t)\"\"\"", "gatewise has another cell gru"),
    ("name = 'a b'\nequations = \"\"\"s_t = W·x_t + U·out_{t-1}\nout_t = tanh(s_t)\"\"\"", "letters, digits"),
    ("equations = 'out_t = tanh(W·x_t'", "a bracket is not closed"),
])  # fmt: skip
def test_a_file_that_is_no_cell_is_refused_in_words(own, tmp_path, text, said, capsys):
    own.write_text(text, "utf-8")
    table = write_csv(tmp_path / "t.csv", TABLE)
    command = ["fit", str(table), "--target", "load", "--cell", str(own), "-o", str(tmp_path / "run")]
    assert main(command) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


# What does not go together ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "said"), [
    ({"cell": "grü"}, "choose from lstm, peephole"),
    ({"cell": 3}, "must be the name of a cell, or a table"),
    ({"cell": ["gru"]}, "must be the name of a cell, or a table"),
    ({"cell": {"equations": 3}}, "equations is 3; it must be a text"),
    ({"cell": {"equations": "out_t = {"}}, "line 1, column 9: '{' is no sign"),
    ({"cell": {"name": "x", "equation": ""}}, "there is no key 'equation'"),
    ({"cell": table_of(GRU) | {"name": "x", "words": {"r": "\x1b[31m"}}}, "letters that can be printed"),
    ({"cell": "/etc/passwd"}, "choose from lstm"),
    ({"cell": "gru", "forget_bias": 1.0}, r"forget_bias=1\.0: cell gru has no bias of a forget gate"),
    ({"cell": "rnn", "forget_bias": 0.0}, r"forget_bias=0\.0: cell rnn has no bias of a forget gate"),
    ({"cell": "gru", "projection": 2}, "projection=2: cell gru does not project its output"),
    ({"projection": 2}, "projection=2: cell lstm does not project its output"),
    ({"cell": "projected", "projection": 0}, "projection is 0; it must be at least 1"),
])  # fmt: skip
def test_what_a_cell_does_not_have_is_refused_by_name(keys, said):
    with pytest.raises(ConfigError, match=said):
        FitConfig.make({"target": ["load"], **keys})


@pytest.mark.parametrize(
    "cell", [cell for cell in NAMES if resolve("auto", None, cell_named(cell)) != "native"]
)
def test_an_engine_that_does_not_have_the_cell_is_refused(cell):
    native = [name for name in gatewise.available() if name != "reference"]
    for engine in native:
        with pytest.raises(ConfigError, match=re.escape(f"cell {cell}")):
            FitConfig.make({"target": ["load"], "cell": cell, "engine": engine})


@EACH
def test_defaults_suit_every_cell(cell):
    config = FitConfig.make({"target": ["load"], "cell": cell, "hidden": 7})
    gated = cell in ("lstm", "peephole", "projected", "peephole+clip=0.7+state-clip=0.4")
    assert config.forget_bias == (1.0 if gated else None)
    assert config.projection == (3 if "projected" in cell else None)
    assert FitConfig.make(config.to_dict()) == config  # as a run folder and a model have it


def test_a_warning_says_that_training_is_slow_and_quiet_says_nothing(tmp_path, capsys, recwarn):
    recwarn.clear()
    table = write_csv(tmp_path / "t.csv", TABLE)
    words = ["fit", str(table), "--target", "load", "--window", "6", "--horizon", "2", "--hidden", "2"]
    words += ["--epochs", "1", "--cell", "gru", "-o"]
    assert main([*words, str(tmp_path / "a")]) == 0
    assert "cell gru has no compiled engine: the reference engine trains it" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "b"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert not recwarn.list
    with pytest.warns(RuntimeWarning, match="cell gru has no compiled engine") as told:
        fit("gru")
    assert told[0].filename == __file__  # of who called


@EACH
def test_a_number_that_is_not_finite_is_traced_to_the_quantity_of_the_cell(cell):
    made = cell_named(cell)
    projection = 2 if "projected" in cell else 0
    architecture = Architecture(input_size=2, hidden_size=3, outputs=1, cell=cell, projection=projection)
    network = Network.init(architecture)
    batch = SimpleNamespace(x=np.zeros((2, 4, 2), "float32"))
    weights = "layer0.b" if "b" in made.parameters else "layer0.W"
    last_row = network.views[weights][-1:]
    last_row[:] = np.inf if cell in ("rnn", "rnn-relu") else np.nan
    name = made.gates[-1] if made.gates else "s"
    trace = forward(network, batch.x)
    error = first_in_forward(TrainingState.new(network, {}), batch, trace, np.nan)
    word = f"{made.words.get(name, '')} {name}".strip()
    assert f"It began at layer 0, step 0, {word}, unit 2 (sequence 0" in str(error)
    assert f"The weights {weights} were not finite" in str(error)


@EACH
def test_a_gradient_that_is_not_finite_is_traced_to_the_quantity_of_the_cell(cell):
    projection = 2 if "projected" in cell else 0
    architecture = Architecture(input_size=2, hidden_size=3, outputs=1, cell=cell, projection=projection)
    network = Network.init(architecture)
    trace = forward(network, np.ones((2, 4, 2), "float32"))
    network.views["head.W"][0, 1] = np.inf
    error = first_in_backward(TrainingState.new(network, {}), trace, np.ones((2, 1), "float32"))
    assert "It began at layer 0, step 3, d_out, unit 1 (sequence 0" in str(error)


# Hostile files ------------------------------------------------------------------------------------------------


def forged(tmp_path, cell, change):
    """Return a model file, sound but for one change of what it says of itself."""
    arrays, document = fit(cell).contents()
    document = json.loads(json.dumps(document))
    change(document)
    path = tmp_path / "forged.safetensors"
    checkpoint.save(path, arrays, document)
    return path


def named(part, value):
    def change(document):
        document[part]["cell"] = value

    return change


def both(value):
    def change(document):
        document["architecture"]["cell"] = document["config"]["cell"] = value

    return change


@pytest.mark.parametrize(("cell", "change", "said"), [
    ("gru", named("architecture", "cpu"), r"cell='cpu' is not offered\. Choose from: lstm"),
    ("gru", named("architecture", 3), "cell=3 is not offered"),
    ("gru", named("architecture", {"equations": 3}), "equations is 3"),
    ("gru", named("architecture", {"equations": "out_t = " + "(" * 99}), "brackets are nested more than"),
    ("gru", named("architecture", "/etc/hosts"), "is not offered"),
    ("gru", named("architecture", "lstm"), r"weights\.layer0\.W is \(9, 4\), and \(12, 4\) is declared"),
    ("gru", both("rnn"), r"is declared"),
    ("rnn", named("architecture", "rnn-relu"), "the network is of cell rnn-relu, and config has rnn"),
    ("rnn", named("config", "rnn-relu"), "the network is of cell rnn, and config has rnn-relu"),
    ("rnn", named("config", "mine.toml"), "choose from lstm"),
    ("rnn", named("config", None), "must be the name of a cell"),
    ("rnn", both("rnn-relu"), "rnn-relu has no metric"),
    ("projected", lambda d: d["architecture"].update(projection=2), r"is declared"),
    ("projected", lambda d: d["config"].update(projection=2), "projection is 1 of the network, and 2 in config"),
    ("projected", lambda d: d["architecture"].pop("projection"), "projection=0: cell projected projects"),
    ("lstm", lambda d: d["architecture"].update(projection=2), "cell lstm does not project its output"),
])  # fmt: skip
def test_a_model_whose_cell_is_not_its_own_is_refused(tmp_path, cell, change, said):
    with pytest.raises(CheckpointError, match=said):
        gatewise.load(forged(tmp_path, cell, change))


@pytest.mark.parametrize("value", [3, None, "mgu", {"name": 3}, []])
def test_a_checkpoint_with_another_cell_in_it_is_refused(tmp_path, value):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, {**TINY, "cell": "gru"}, TABLE, listener=StopAt(2))
    arrays, document = checkpoint.load(run.checkpoint)
    checkpoint.save(run.checkpoint, arrays, document | {"cell": value})
    with pytest.raises(CheckpointError, match=r"damaged|does not belong"):
        fit_run(run, {}, TABLE, resume=True)


def test_a_named_cell_is_the_one_of_the_table(tmp_path):
    model = fit(GRU)
    assert model.config.cell == "gru"
    assert "cell='gru'" in repr(model)
