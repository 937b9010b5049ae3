"""Problem files of other cells that cannot be used: the cell, its parameters, sizes and names; one message for each."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problem_cells import OWN, OWN_CELLS, gate_lines, parameters
from problem_files import GATE_TABLES, message, outcome, parse, write

from gatewise.cells import CELLS, CellError, read_cell
from gatewise.errors import ArgumentError
from gatewise.teach.problem import ProblemFileError, load_problem
from gatewise.teach.problem.tables import ProblemTable

X = "x = [[1, 2, 3], [4, 5, 6]]\n"


def lines(name):
    """The keys of a cell's parameters, D = 3 and H = 2."""
    return f'cell = "{name}"\n{X}' + "\n".join(gate_lines(parameters(CELLS[name]))) + "\n"


def without(source, start):
    return "\n".join(line for line in source.splitlines() if not line.startswith(start)) + "\n"


def own(equations, more=""):
    return f"{X}[cell]\nequations = '''\n{equations}\n'''\n{more}"


PEEPHOLE, GRU, PROJECTED, RNN, AFTER = map(lines, ("peephole", "gru", "projected", "rnn", "gru-reset-after"))
LEAKY = OWN["leaky"]
BAD = {
    # which cell
    "unknown cell": ('cell = "grue"\n' + X, ["cell: There is no cell 'grue'", "Did you mean gru?", "mgu", "TOML"]),
    "unknown cell, nothing near": ('cell = "zzz"\n' + X, ["There is no cell 'zzz'. Choose from: lstm, peephole,"]),
    "a cell of a long name": (f'cell = "{"z" * 5000}"\n' + X, ["There is no cell 'zzz", "…"]),
    "cell a number": ("cell = 3\n" + X, ["cell is 3", 'such as "gru"', "[cell]"]),
    "cell a list": ('cell = ["gru"]\n' + X, ["cell is a list of 1"]),
    "a file that is not there": ('cell = "nowhere.toml"\n' + X, ["cell: nowhere.toml cannot be read", "No such file"]),
    "a folder": ('cell = "."\n' + X, ["cell: . cannot be read: it is a directory"]),
    "no equations": (X + "[cell]\nname = 'mine'\n", ["cell: equations are missing"]),
    "equations no text": (X + "[cell]\nequations = 3\n", ["cell: equations is 3; it must be a text"]),
    "a key that is misspelt": (
        X + "[cell]\nequation = 'out_t = x_t'\n",
        ["cell: there is no key 'equation'; did you mean equations?"],
    ),
    "a key after [cell]": (own(LEAKY, "title = 'T'\nlearning_rate = 0.5\n"), ["learning_rate is not a key of a cell", "above [cell]"]),
    "title of the sheet in [cell] is the cell's": (own(LEAKY, "title = 3"), ["title is 3; it must be a text"]),
    # its equations
    "a circle": (
        own("s_t = W·x_t + U·out_t\nout_t = tanh(s_t)"),
        ["cell: s needs its own value: s needs out needs s", "s_{t-1}"],
    ),
    "a sign": (own("a_t = tanh(W_a·x_t)\nout_t = a_t $ 2"), ["cell.equations, line 2, column 13: '$' is no sign"]),
    "an open bracket": (own("out_t = tanh(x_t"), ["cell.equations, line 1, column 17: a bracket is not closed"]),
    "sizes": (own("s_t = W·x_t + x_t ⊙ out_{t-1}\nout_t = tanh(s_t)"), ["cell: F1", "(D) and (H)"]),
    "too long": (own("# a comment\n" * 2000), ["cell: the equations have 24,", "at most 20,000"]),
    "too many": (
        own("\n".join(f"{'q' * k}_t = W·x_t + out_{{t-1}}" for k in range(1, 60)) + "\nout_t = q_t"),
        ["60 equations; at most 40"],
    ),
    "too deep": (own("out_t = " + "(" * 40 + "x_t" + ")" * 40), ["nested more than 24 deep"]),
    # names
    "the name of another cell": (own(LEAKY, "name = 'gru'"), ["the cell is called gru", "give it another name"]),
    "a name of two lines": (own(LEAKY, 'name = "a\\nb"'), ["cell.name is", "a line of 1 to 60"]),
    "a long name": (own(LEAKY, f"name = '{'n' * 61}'"), ["cell.name is", "1 to 60 characters"]),
    "no name": (own(LEAKY, "name = ''"), ['cell.name is ""', "1 to 60"]),
    "a parameter called as a key": (
        own("s_t = W·x_t + seed ⊙ out_{t-1}\nout_t = tanh(s_t)"),
        ["a parameter seed, which is a key of problem files"],
    ),
    "a parameter called as another key": (
        own("s_t = W·x_t + title ⊙ out_{t-1}\nout_t = tanh(s_t)"),
        ["a parameter title", "give it another name"],
    ),
    "a parameter called label": (own("s_t = W·x_t + label ⊙ out_{t-1}\nout_t = tanh(s_t)"), ["label means something else"]),
    "one name twice": (own("W_t = W·x_t + out_{t-1}\nout_t = W_t"), ["cell: "]),
    # parameters
    "peepholes of the gate that has none": (
        PEEPHOLE + "gates.a.V = [1, 2]\n",
        ["gates.a.V: gate a has no part in V; it has the rows of i, f and o"],
    ),
    "R in a gate": (
        without(PROJECTED, "R =") + "gates.a.R = [[1, 2]]\n",
        ["gates.a.R: gate a has no part in R; write it above the first [gates]"],
    ),
    "a gate that is misspelt": (GRU.replace("gates.u.b", "gates.a.B"), ["gates.a.B is not a key", "did you mean b?"]),
    "no peepholes": (without(PEEPHOLE, "gates.f.V"), ["gates.f.V is missing; gates.f needs W, U, b, V"]),
    "no gate r": (without(GRU, "gates.r"), ["gates.r is missing; gates needs r, u, a"]),
    "a gate of another cell": (GRU + "gates.f.b = [1, 2]\n", ["gates.f is not a key of a problem file of cell gru", "r, u, a"]),
    "gates of a cell without": (RNN + "[gates.a]\nW = 1\n", ["gates is not a key here: cell rnn has no gates; W, U and b stand at the top"]),
    "no projection": (without(PROJECTED, "R ="), ["R missing; it is needed above [gates]"]),
    "whole, one missing": ('cell = "rnn"\nW = 1\nb = 1\n' + X, ["U missing; W, U and b are needed together"]),
    "whole, none": ('cell = "rnn"\n' + X, ["there are no weights. Give W, U and b; or weights"]),
    "by gate, none": (
        'cell = "projected"\n' + X,
        ["[gates.a] to [gates.o] with W, U and b, and R above them; or W, U, b and R stacked"],
    ),
    "by gate, none, one gate": (own("g_t = σ(W_g·x_t + U_g·out_{t-1})\nout_t = g_t"), ["Give [gates.g] with W and U; or"]),
    "a parameter of another cell": (
        GRU.replace("gates.r.W", "v = 1\ngates.r.W", 1),
        ["v is not a key of a problem file of cell gru"],
    ),
    "a parameter of the LSTM's peepholes": ("V = [1, 2]\n" + X + GATE_TABLES, ["V is not a key of a problem file;"]),
    "both ways": (
        GRU.replace("gates.r.W", "b = [1, 2]\ngates.r.W", 1),
        ["gates and b both say what the weights are"],
    ),
    "projection and drawn": (
        'cell = "projected"\nR = [[1]]\ninput_size = 1\nhidden_size = 1\nx = [[1]]\n',
        ["R and input_size both say what the weights are"],
    ),
    # initial values
    "state of a GRU": (GRU.replace("gates.r", "state0 = [1, 2]\ngates.r", 1), ["state0 is not a key of a problem file of cell gru"]),
    "out0 of another length": (
        PROJECTED.replace("gates.a", "out0 = [1, 2]\ngates.a", 1),
        ["out0 has shape (2,); it must be (Q,) with Q = 1 from gates.a.U"],
    ),
    # sizes
    "V of a gate": (
        PEEPHOLE.replace("gates.i.V = [", "gates.i.V = [7.0, "),
        ["gates.i.V has shape (3,); it must be (H,) with H = 2 from gates.a.b"],
    ),
    "V of all gates": (
        'cell = "peephole"\nb = [1, 1, 1, 1]\nW = [[1], [1], [1], [1]]\nU = [1, 1, 1, 1]\nV = [1, 1, 1, 1]\nx = [[1]]\n',
        ["V has shape (4,); it must be (3H,) with 3H = 3 from b", "the gates i, f, o, in this order"],
    ),
    "stacked rows of three gates": (
        'cell = "gru"\nb = [1, 1, 1, 1]\nW = [[1], [1], [1], [1]]\nU = [1, 1, 1, 1]\nx = [[1]]\n',
        ["b has 4 numbers; it must have 3H, the same number for each gate r, u, a"],
    ),
    "stacked rows, no bias": (
        "W = [[1], [1], [1]]\nU = [[1], [1], [1]]\nx = [[1]]\n[cell]\nequations = '''\n"
        "g_t = σ(W_g·x_t + U_g·out_{t-1})\na_t = tanh(W_a·x_t + U_a·out_{t-1})\nout_t = g_t ⊙ a_t\n'''\n",
        ["W has 3 rows; it must have 2H, the same number for each gate g, a"],
    ),
    "W of an LSTM": (
        'cell = "gru"\nb = [1, 1, 1]\nW = [[1], [1], [1], [1]]\nU = [1, 1, 1]\nx = [[1]]\n',
        ["W has shape (4, 1); it must be (3H, D) with 3H = 3 from b", "r, u, a"],
    ),
    "c of all gates": (
        AFTER.replace("gates.a.c = [", "gates.a.c = [7.0, "),
        ["gates.a.c has shape (3,)", "H = 2 from gates.r.b"],
    ),
    "R turned": (
        without(PROJECTED, "R =").replace("gates.a", "R = [[1], [2]]\ngates.a", 1),
        ["R has shape (2, 1); it must be (Q, H) with Q = 1 from gates.a.U, H = 2 from gates.a.b"],
    ),
    "label of H for a projected out": (
        PROJECTED.replace("gates.a", "label = [[1, 2], [3, 4]]\ngates.a", 1),
        ["label has shape (2, 2); it must be (T, Q) with T = 2 from x, Q = 1 from gates.a.U"],
    ),
    # drawn
    "too large": ('cell = "gru"\ninput_size = 3\nhidden_size = 1000000\n' + X, ["input_size and hidden_size ask for 3000012000000 numbers"]),
    "far too large": (f'cell = "rnn"\ninput_size = 3\nhidden_size = {10**18}\n' + X, ["numbers to be drawn"]),
    "Q too large": ('cell = "projected"\ninput_size = 1\nhidden_size = 1\noutput_size = 90000000\n' + X, ["to be drawn"]),
    "Q of no projection": ('cell = "gru"\ninput_size = 3\nhidden_size = 2\noutput_size = 2\n' + X, ["output_size is not a key of a problem file of cell gru", "did you mean input_size?"]),
    "Q below 1": ('cell = "projected"\ninput_size = 3\nhidden_size = 2\noutput_size = 0\n' + X, ["output_size is 0; it must be at least 1"]),
    "forget bias of a GRU": ('cell = "gru"\ninput_size = 3\nhidden_size = 2\nforget_bias = 1\n' + X, ["cell gru has no bias of a forget gate"]),
    "scheme unknown": ('cell = "gru"\ninput_size = 3\nhidden_size = 2\nscheme = "he"\n' + X, ['scheme is "he"', "uniform, glorot"]),
}  # fmt: skip


@pytest.mark.parametrize(("source", "fragments"), BAD.values(), ids=BAD)
def test_one_clear_message(source, fragments):
    said = message(source)
    assert len(said) < 480
    for fragment in fragments:
        assert fragment in said


# .npz files -------------------------------------------------------------------------------------------------


def npz(tmp_path, **arrays):
    np.savez(tmp_path / "w.npz", **arrays)
    return message(f'weights = "w.npz"\n{X}', tmp_path)


GRU_ARRAYS = parameters(CELLS["gru"]).arrays


def test_the_file_and_the_npz_say_different_cells(tmp_path):
    np.savez(tmp_path / "w.npz", cell=np.array("gru"), **GRU_ARRAYS)
    for said in ("lstm", "coupled"):
        wrong = message(f'cell = "{said}"\nweights = "w.npz"\n{X}', tmp_path)
        assert f"cell is {said}, and weights = " in wrong
        assert "is of cell gru." in wrong
    np.savez(tmp_path / "d.npz", cell=np.array("mgu"), x=np.ones((2, 3)))
    wrong = message('weights = "w.npz"\ninputs = "d.npz"\n', tmp_path)
    assert 'w.npz" is of cell gru, and inputs = ' in wrong
    assert "is of cell mgu." in wrong


def test_two_cells_of_one_name(tmp_path):
    np.savez(tmp_path / "w.npz", cell=np.array("equations = 'out_t = W·x_t + out_{t-1}'"), W=np.ones((1, 3)))
    said = message(f"weights = 'w.npz'\n{X}[cell]\nequations = 'out_t = W·x_t - out_{{t-1}}'", tmp_path)
    assert "cell is own, and weights = " in said
    assert "is of another cell that is called own." in said


def test_what_an_npz_says_that_is_no_cell(tmp_path):
    assert "cell in weights = " in npz(tmp_path, cell=np.array("grue"), **GRU_ARRAYS)
    assert "Did you mean gru?" in npz(tmp_path, cell=np.array("grue"), **GRU_ARRAYS)
    assert "this is not TOML" in npz(tmp_path, cell=np.array("a = ["), **GRU_ARRAYS)
    assert "s needs its own value" in npz(tmp_path, cell=np.array("equations = '''s_t = s_t + W·x_t\nout_t = s_t'''"))  # fmt: skip
    assert "called gru, as one of gatewise" in npz(tmp_path, cell=np.array(f"name = 'gru'\nequations = '''{OWN['leaky']}'''"))  # fmt: skip
    assert "it must be one text" in npz(tmp_path, cell=np.array(["gru"]), **GRU_ARRAYS)
    assert "it must be one text" in npz(tmp_path, cell=np.array(3), **GRU_ARRAYS)
    assert "at most 100,000 characters" in npz(tmp_path, cell=np.array("#" * 100_001), **GRU_ARRAYS)
    odd = np.frombuffer(b"\xff" * 8, "<U2")[0:1].reshape(())
    for order in "<>":
        assert "no text: it has characters that Unicode has not" in npz(tmp_path, cell=odd.view(f"{order}U2"))
    assert "Object arrays" in npz(tmp_path, cell=np.array({}), **GRU_ARRAYS)


def test_an_npz_names_no_file(tmp_path):
    """A cell in an .npz stands in it: what is downloaded does not say which file of this machine is read."""
    (tmp_path / "mine.toml").write_text(f"equations = '''{OWN['leaky']}'''", "utf-8")
    said = npz(tmp_path, cell=np.array(str(tmp_path / "mine.toml")), **GRU_ARRAYS)
    assert "There is no cell" in said


def test_arrays_of_another_cell(tmp_path):
    assert "holds V, which is not one of W, U, b, x, label, lengths, out0, state0." in npz(
        tmp_path, **parameters(CELLS["peephole"]).arrays
    )
    said = npz(tmp_path, cell=np.array("gru"), state0=np.ones(2), **GRU_ARRAYS)
    assert "holds state0, which is not one of W, U, b, x, label, lengths, out0." in said
    rest = {name: array for name, array in parameters(CELLS["projected"]).arrays.items() if name != "R"}
    assert "R missing; W, U, b and R are needed together" in npz(tmp_path, cell=np.array("projected"), **rest)


# load_problem ------------------------------------------------------------------------------------------------


def test_a_file_of_another_cell_than_is_asked_for(tmp_path):
    path = write(tmp_path / "model.toml", GRU)
    with pytest.raises(ProblemFileError) as caught:
        load_problem(path, cell="lstm")
    assert str(caught.value).startswith(f"{path}: the parameters are of cell gru, and cell lstm is asked for")
    path = write(tmp_path / "plain.toml", "x = [[1, 2]]\n" + GATE_TABLES)
    with pytest.raises(ProblemFileError) as caught:
        load_problem(path, cell="coupled")
    assert "of cell lstm, and cell coupled is asked for" in str(caught.value)
    assert 'write cell = "coupled" there' in str(caught.value)


@pytest.mark.parametrize("cell", [3, ["gru"], object(), b"gru"])
def test_no_cell_is_asked_for(cell):
    with pytest.raises(ArgumentError, match=r"cell is .*; it must be a Cell, the name of one"):
        load_problem(cell=cell)


def test_a_cell_of_ones_own_that_is_called_as_another():
    gru = read_cell(OWN["leaky"], "gru")
    with pytest.raises(ProblemFileError, match="called gru"):
        load_problem(cell=gru)
    with pytest.raises(CellError, match=r"There is no cell 'gruu'\. Did you mean gru"):
        load_problem(cell="gruu")


def test_a_cell_whose_numbers_are_never_finite():
    cell = read_cell("s_t = M·x_t + out_{t-1} - out_{t-1}\nq_t = s_t - s_t\nout_t = v ⊙ s_t / q_t", "hole")
    with pytest.raises(ProblemFileError, match="none of 300 problems drawn for cell hole has finite numbers"):
        load_problem(cell=cell)


# Whatever the file ------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.sampled_from(
        ["0", "1", "2", "-1", "0.5", "nan", '"0.5"', '"missing"', "true", "[1, 2]", "{}", '"gru"']
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    max_leaves=8,
)
CELL = st.one_of(
    st.sampled_from(sorted(CELLS)).map(lambda name: f'"{name}"'),
    st.sampled_from(sorted(OWN)).map(
        lambda name: f'{{equations = """{OWN[name]}""", sizes = {{out = "Q"}}}}'
    ),
    st.text("stouxWUb_t=+·⊙()#\n{}-1σtanh ", max_size=60).map(lambda text: f"{{equations = '''{text}'''}}"),
    VALUES,
)
NAMES = {name for cell in (*CELLS.values(), *OWN_CELLS.values()) for name in cell.parameters}
GATES = {gate for cell in (*CELLS.values(), *OWN_CELLS.values()) for gate in cell.gates}
KEYS = st.sampled_from(
    sorted(
        {*ProblemTable.model_fields, *NAMES, "output_size", "s0", "slow0", "h0"}
        | {f"gates.{gate}.{name}" for gate in GATES for name in ("W", "U", "b", "V", "c")}
    )
)


@settings(max_examples=300, deadline=None)
@given(CELL, st.dictionaries(KEYS, VALUES, max_size=12))
def test_no_file_causes_anything_but_a_problem_file_error(cell, table):
    source = "\n".join(f"{key} = {value}" for key, value in ({"cell": cell} | table).items())
    said = outcome(lambda: parse(source))
    assert len(said or "") < 900


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_that_was_written_causes_anything_else(data):
    name = data.draw(st.sampled_from(["peephole", "projected", "gru", "rnn", *OWN]))
    damaged = list(load_problem(cell=OWN_CELLS.get(name, name)).to_toml())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.sampled_from(["", "a", "_", "1", '"', "\n", "[", "·", "-", "\0"]))
    source = io.BytesIO("".join(damaged).encode())
    said = outcome(lambda: load_problem(source))
    assert len(said or "") < 900
