"""Problem files of every cell: read by gate, whole and drawn; written and read again; drawn without a file."""

import io
import warnings
from dataclasses import replace

import numpy as np
import pytest
from problem_cells import EVERY, OWN, OWN_CELLS, cell_lines, gate_lines, parameters
from problem_files import GATE_TABLES, STACKED, parse

import gatewise
from gatewise.cells import CELLS, LSTM
from gatewise.cells.own.writing import cell_toml, same
from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.teach.problem import load_problem

EACH = pytest.mark.parametrize("cell", EVERY.values(), ids=EVERY)
X = "x = [[1, 2, 3], [4, 5, 6]]\n"


def document(cell, *lines):
    """A problem file: `[cell]` is a table, and so comes last."""
    said = cell_lines(cell)
    rest = "\n".join(lines) + "\n"
    return rest + said if said.startswith("[") else said + rest


def assert_same(read, wanted):
    """Two problems are alike in everything but the seed."""
    assert same(read.cell, wanted.cell)
    assert list(read.params.arrays) == list(wanted.params.arrays)
    for name, array in wanted.params.arrays.items():
        np.testing.assert_array_equal(read.params.arrays[name], array, strict=True)
    for name in ("x", "label", "lengths"):
        one, other = getattr(read, name), getattr(wanted, name)
        assert (one is None) == (other is None)
        if other is not None:
            np.testing.assert_array_equal(one, other, strict=True)
    assert (read.state is None) == (wanted.state is None)
    if wanted.state is not None:
        assert read.state._fields == wanted.cell.carried
        for one, other in zip(read.state, wanted.state, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    assert read.learning_rate == wanted.learning_rate
    assert read.title == wanted.title


def assert_same_texts(read, wanted):
    assert {name: texts.tolist() for name, texts in read.texts.items()} == {
        name: texts.tolist() for name, texts in wanted.texts.items()
    }
    assert read.settings == wanted.settings


# Read -------------------------------------------------------------------------------------------------------


@EACH
def test_parameters_land_where_they_belong_by_gate_and_whole(cell):
    wanted = parameters(cell)
    whole = [f"{name} = {array.tolist()}" for name, array in wanted.arrays.items()]
    for lines in (whole, [*gate_lines(wanted)], [*gate_lines(wanted)][::-1]):
        read = parse(document(cell, X, *lines))
        assert same(read.cell, cell)
        assert read.params.cell is CELLS.get(cell.name, read.params.cell)
        for name, array in wanted.arrays.items():
            np.testing.assert_array_equal(read.params.arrays[name], array, strict=True)


@EACH
def test_initial_values_are_of_what_the_cell_carries(cell):
    params = parameters(cell)
    last = cell.carried[-1]
    numbers = np.arange(2 * params.length_of(last)).reshape(2, -1) + 0.5
    lines = [*gate_lines(params), "x = [[[1, 2, 3]], [[4, 5, 6]]]", f"{last}0 = {numbers.tolist()}"]
    read = parse(document(cell, *lines))
    assert read.state._fields == cell.carried
    for name, part in zip(cell.carried, read.state, strict=True):
        wanted = numbers if name == last else np.zeros((2, params.length_of(name)))
        np.testing.assert_array_equal(part, wanted)
    trace = forward(read.params, read.x, read.state)
    np.testing.assert_array_equal(trace[f"{last}0"], numbers)
    assert parse(document(cell, X, *gate_lines(params))).state is None


@EACH
def test_drawn_parameters_are_those_of_init_and_labels_are_as_long_as_out(cell):
    projects = any("Q" in letters for letters in cell.parameters.values())
    more = ["output_size = 2"] if projects else []
    read = parse(document(cell, "input_size = 3\nhidden_size = 4\nseed = 7\nsteps = 5\nsequences = 2", *more))
    wanted = Params.init(3, 4, cell=read.cell, output_size=2 if projects else None, seed=7, dtype="float64")
    np.testing.assert_array_equal(read.params.flat(), wanted.flat())
    assert read.x.shape == (2, 5, 3)
    assert read.label.shape == (2, 5, wanted.output_size)
    assert read.seed == 7


def test_the_forget_bias_of_a_cell_that_has_one():
    assert parse('cell = "mgu"\ninput_size = 2\nhidden_size = 2\nforget_bias = 1\nsteps = 1').params.b[:2].tolist() == [1, 1]  # fmt: skip


def test_nothing_said_is_the_lstm_and_saying_it_changes_nothing():
    source = "x = [[1, 2], [0.5, 3]]\nlabel = [0.5, 1.25]\n"
    for weights in (GATE_TABLES, STACKED):
        silent, said = parse(source + weights), parse('cell = "lstm"\n' + source + weights)
        assert silent.cell is said.cell is LSTM
        assert_same(said, silent)
        assert type(silent.state) is type(said.state)
    start = parse(source + GATE_TABLES.replace("[gates.a]", "state0 = [2]\n[gates.a]", 1)).state
    assert type(start) is gatewise.State


def test_a_cell_in_a_file_beside_the_problem(tmp_path, monkeypatch):
    folder = tmp_path / "cells"
    folder.mkdir()
    (folder / "leaky.toml").write_text(f"equations = '''{OWN['leaky']}'''\nwords.g = 'leak'\n", "utf-8")
    (tmp_path / "model.toml").write_text(f'cell = "cells/leaky.toml"\n{X}' + "\n".join(gate_lines(parameters(OWN_CELLS["leaky"]))))  # fmt: skip
    monkeypatch.chdir("/")  # where the program runs is not where the file is looked for
    read = load_problem(tmp_path / "model.toml")
    assert same(read.cell, OWN_CELLS["leaky"])


def test_equations_of_a_cell_that_is_known_are_that_cell():
    """So that what knows the LSTM, or runs it compiled, takes it for what it is."""
    for name in ("lstm", "gru"):
        read = parse(f"input_size = 2\nhidden_size = 1\nsteps = 1\n[cell]\n{cell_toml(CELLS[name])}")
        assert read.cell is CELLS[name]


def test_a_parameter_may_be_called_like_something_of_a_library():
    """json and dict are methods of pydantic's tables, file an argument of numpy.savez."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        names = {name for cell in OWN_CELLS.values() for name in cell.parameters}
        assert {"json", "dict", "file"} < names
        for cell in OWN_CELLS.values():
            read = parse(document(cell, X, *gate_lines(parameters(cell))))
            assert set(np.load(io.BytesIO(read.to_npz())).files) == {*cell.parameters, "x", "cell"}


# Written and read again -------------------------------------------------------------------------------------


def full_problem(cell):
    """A problem that has everything: a batch, lengths, labels that are missing, initial values, texts, a sheet."""
    params = parameters(cell)
    Q = params.output_size
    lines = [
        *gate_lines(params, lambda array: np.char.mod("%.3f", array).tolist()),
        'title = "Ünder \\"test\\"\\\\"',
        'learning_rate = "0.050"',
        'x = [[["1.0", 2, 3], [-0.0, 1e-7, "−3.10"]], [[1e20, 0.1, 2], [0, 0, 0]]]',
        f"label = [[{['0.70'] * Q}, 'missing'], [{[0.5] * Q}, 'missing']]",
        "lengths = [2, 1]",
        *(f"{name}0 = {(np.ones((2, params.length_of(name))) / 3).tolist()}" for name in cell.carried),
    ]
    said = document(cell, *lines)
    return parse(said + '[worksheet]\ndigits = 4\nbatch = 0\nsteps = [0, 1]\nrounding = "hand"\n')


@EACH
def test_a_problem_is_read_back_from_its_toml(cell):
    problem = full_problem(cell)
    assert problem.texts["x"].tolist()[0][1] == [None, None, "-3.10"]
    assert {*cell.parameters} < {*problem.texts}
    again = parse(problem.to_toml())
    assert_same(again, problem)
    assert_same_texts(again, problem)
    assert np.signbit(again.x[0, 1, 0])
    assert again.to_toml() == problem.to_toml()


@EACH
def test_a_problem_is_read_back_from_its_npz(tmp_path, cell):
    problem = full_problem(cell)
    (tmp_path / "all.npz").write_bytes(problem.to_npz())
    source = problem.to_toml("all.npz")
    again = parse(source, tmp_path)
    assert_same(again, problem)
    assert again.settings == problem.settings
    assert len(source.partition("[cell]")[0]) < 300
    with_no_word = "\n".join(
        line for line in source.partition("[cell]")[0].splitlines() if "cell" not in line
    )
    other = parse(with_no_word, tmp_path)  # the .npz alone says whose they are
    assert same(other.cell, cell)
    np.testing.assert_array_equal(other.params.flat(), problem.params.flat())
    assert problem.to_npz() == problem.to_npz()


@EACH
def test_a_drawn_problem_is_read_back_without_its_seed(cell):
    problem = parse(document(cell, "input_size = 2\nhidden_size = 40\nsteps = 3"))
    again = parse(problem.to_toml())
    assert_same(again, problem)
    assert (problem.seed, again.seed) == (0, None)


@pytest.mark.parametrize("order", "<>")
def test_a_cell_in_an_npz_of_either_byte_order(tmp_path, order):
    np.savez(tmp_path / "w.npz", cell=np.array("gru").astype(f"{order}U9"), **parameters(CELLS["gru"]).arrays)
    assert parse(f'weights = "w.npz"\n{X}', tmp_path).cell is CELLS["gru"]


def test_an_npz_of_the_lstm_holds_arrays_alone():
    stored = np.load(io.BytesIO(load_problem().to_npz()))
    assert stored.files == ["W", "U", "b", "x", "label"]
    assert stored["W"].tolist() == [[0.45, 0.25], [0.95, 0.8], [0.7, 0.45], [0.6, 0.4]]


def test_the_worked_example_is_written_as_a_person_would():
    assert load_problem().to_toml() == (
        'title = "The worked example"\nlearning_rate = 0.1\nx = [[1, 2], [0.5, 3]]\nlabel = [[0.5], [1.25]]\n'
        "\n[gates.a]\nW = [[0.45, 0.25]]\nU = [[0.15]]\nb = [0.2]\n"
        "\n[gates.i]\nW = [[0.95, 0.8]]\nU = [[0.8]]\nb = [0.65]\n"
        "\n[gates.f]\nW = [[0.7, 0.45]]\nU = [[0.1]]\nb = [0.15]\n"
        "\n[gates.o]\nW = [[0.6, 0.4]]\nU = [[0.25]]\nb = [0.1]\n"
        "\n[worksheet]\ndigits = 5\n"
    )


def test_long_arrays_are_written_by_line():
    problem = parse("input_size = 9\nhidden_size = 1\nsteps = 7")
    lines = problem.to_toml().splitlines()
    assert lines[1] == "x = ["
    assert max(map(len, lines)) < 220


def test_a_problem_too_long_for_a_file_says_where_its_arrays_can_go(tmp_path):
    problem = parse("input_size = 300\nhidden_size = 300\nsteps = 1")
    with pytest.raises(gatewise.errors.GatewiseError, match=r"at most 4,000,000 are read.*to_npz"):
        problem.to_toml()
    (tmp_path / "a.npz").write_bytes(problem.to_npz())
    assert_same(parse(problem.to_toml("a.npz"), tmp_path), problem)


def test_a_cell_that_equations_do_not_tell_is_not_written():
    """Its parameters are in another order than the equations use them, and reading would give that one."""
    gru = CELLS["gru"]
    odd = replace(gru, name="odd", parameters=dict(reversed(gru.parameters.items())))
    problem = load_problem(cell=odd)
    for write in (problem.to_toml, problem.to_npz):
        with pytest.raises(gatewise.cells.CellError, match="cell odd cannot be written as equations"):
            write()


# Drawn without a file ---------------------------------------------------------------------------------------


@EACH
def test_a_small_problem_of_a_cell_has_readable_numbers_and_gradients_that_show(cell):
    problem = load_problem(cell=cell)
    assert same(problem.cell, cell)
    if cell is LSTM:
        assert_same(problem, load_problem())
        return
    assert problem.x.shape == (2, 2)
    assert problem.params.hidden_size == (2 if problem.label.shape == (2, 1) and cell.sizes else 1)
    assert problem.label.shape == (2, 1)
    assert (problem.seed, problem.title, problem.learning_rate) == (0, cell.title, 0.1)
    for array in (*problem.params.arrays.values(), problem.x, problem.label):
        np.testing.assert_array_equal(array, array.round(2))
        assert (np.abs(array) >= 0.1).all()
    trace = forward(problem.params, problem.x)
    grads = backward(problem.params, trace, trace.out - problem.label)
    for name in cell.parameters:
        assert np.abs(grads[f"d_{name}"]).min() >= 0.001
    assert load_problem(cell=cell).to_toml() == problem.to_toml()


def test_a_cell_by_the_name_of_its_file(tmp_path):
    path = tmp_path / "leaky.toml"
    path.write_text(f"equations = '''{OWN['leaky']}'''\n", "utf-8")
    assert load_problem(cell=str(path)).cell.name == "leaky"
    assert load_problem(cell=str(path)).seed == 0


def test_a_file_of_the_cell_that_is_asked_for(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(load_problem(cell="gru").to_toml(), "utf-8")
    assert load_problem(path, cell="gru").cell is CELLS["gru"]
    path.write_text(load_problem().to_toml(), "utf-8")
    assert load_problem(path, cell="lstm").cell is LSTM


def test_an_open_file_may_be_of_a_cell():
    data = io.BytesIO(load_problem(cell="rnn").to_toml().encode())
    assert load_problem(data, cell="rnn").cell is CELLS["rnn"]
