"""Problem files that cannot be used: one clear message for each way in which a file can be wrong."""

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from problem_files import GATE_TABLES, SIZES, STACKED, message, outcome, write

from gatewise.cells.known.lstm import GATES, PARAMETERS
from gatewise.teach.problem import ProblemFileError, load_problem, text
from gatewise.teach.problem.tables import ProblemTable, Settings

X = "x = [[1, 2], [3, 4]]\n"
BAD = {
    # shapes
    "W of another width": (
        X + GATE_TABLES.replace("[[0.95, 0.8]]", "[[0.95, 0.8, 1]]"),
        ["gates.i.W has shape (1, 3)", "(H, D)", "H = 1 from gates.a.b", "D = 2 from gates.a.W"],
    ),
    "U of two rows": (
        X + GATE_TABLES.replace("[[0.8]]", "[[0.8], [1]]"),
        ["gates.i.U has shape (2, 1)", "(H, H)"],
    ),
    "b of two units": (
        X + GATE_TABLES.replace("[0.15]\n[gates.o]", "[0.15, 1]\n[gates.o]"),
        ["gates.f.b has shape (2,)"],
    ),
    "x of another width": ("x = [[1, 2, 3]]\n" + GATE_TABLES, ["x has shape (1, 3)", "D = 2 from gates.a.W"]),
    "stacked b not of four gates": (
        "W = [[1]]\nU = [[1]]\nb = [1, 2, 3]\n" + X,
        ["b has 3 numbers", "a, i, f, o"],
    ),
    "stacked W of too few rows": (
        X + STACKED.replace(", [0.6, 0.4]", ""),
        ["W has shape (3, 2)", "4H = 4 from b"],
    ),
    "label of another length": (
        SIZES + X + "label = [[1, 2]]",
        ["label has shape (1, 2)", "T = 2 from x", "H = 2 from hidden_size"],
    ),
    "label of a batch for a sequence": (
        SIZES + X + "label = [[[1, 2], [3, 4]]]",
        ["label has shape (1, 2, 2)", "(T, H)"],
    ),
    "x a single number": (SIZES + "x = 5", ["x is a single number", "(T, D)"]),
    "out0 too long": (SIZES + X + "out0 = [1, 2, 3]", ["out0 has shape (3,)", "(H,)"]),
    "lengths of another batch": (
        SIZES + "x = [[[1, 2]]]\nlengths = [1, 1]",
        ["lengths has shape (2,)", "N = 1 from x"],
    ),
    "lengths past the end": (SIZES + "x = [[[1, 2]]]\nlengths = [2]", ["lengths[0] is 2", "0 to 1"]),
    "lengths not whole": (SIZES + "x = [[[1, 2]]]\nlengths = [0.5]", ["lengths[0] is 0.5", "whole number"]),
    "lengths of a single sequence": (SIZES + X + "lengths = [2]", ["lengths is for several sequences"]),
    # ragged
    "ragged rows": (SIZES + "x = [[1, 2], [3]]", ["x[1] is a list of 1", "x[0] is a list of 2"]),
    "ragged sequences": (SIZES + "x = [[[1, 2]], [[1, 2], [3, 4]]]", ["x[1] is a list of 2", "give lengths"]),
    "a number among rows": (SIZES + "x = [[1, 2], 3]", ["x[1] is 3", "x[0] is a list of 2"]),
    "nested too deep": (SIZES + "x = [[[[1, 2]]]]", ["x is nested more than 3"]),
    "nested far too deep": ("x = " + "[" * 5000 + "]" * 5000, ["nested too deep"]),
    "tables nested too deep": ("x = " + "{a=" * 5000, ["nested too deep"]),
    # missing and unknown keys, keys that do not go together
    "empty": ("", ["no weights", "[gates.a]"]),
    "no x": (SIZES, ["x is missing", "steps"]),
    "no gate": (X + GATE_TABLES.split("[gates.o]")[0], ["gates.o is missing", "a, i, f, o"]),
    "no bias": (X + GATE_TABLES.replace("b = [0.15]\n", ""), ["gates.f.b is missing", "W, U, b"]),
    "no U": ("W = [[1]]\nb = [1]\n" + X, ["U missing", "W, U and b"]),
    "no hidden_size": ("input_size = 2\n" + X, ["hidden_size is missing"]),
    "sequences without steps": (SIZES + "sequences = 2", ["steps is missing"]),
    "unknown key": (SIZES + X + "lable = [[1, 2]]", ["lable is not a key", "did you mean label?"]),
    "unknown key, another case": (SIZES + X + "Learning_Rate = 1", ["did you mean learning_rate?"]),
    "unknown key, nothing near": (SIZES + X + "zzz = 1", ["zzz is not a key", "known here: title, gates"]),
    "unknown key in a gate": (
        X + GATE_TABLES.replace("b = [0.1]\n", "bias = [0.1]\n"),
        ["gates.o.bias", "known here: W, U, b"],
    ),
    "a key after [gates]": (
        X + GATE_TABLES + "learning_rate = 0.2\n",
        ["gates.o.learning_rate is not a key", "stands under [gates.o]", "move it to the top, above [gates]"],
    ),
    "data after [gates]": (GATE_TABLES + X, ["gates.o.x is not a key", "above [gates]"]),
    "a title after [worksheet]": (
        SIZES + X + '[worksheet]\ntitle = "mine"\n',
        ["worksheet.title is not a key", "move it to the top, above [worksheet]"],
    ),
    "misspelt after [worksheet]": (
        SIZES + X + "[worksheet]\nlearning_rte = 1\n",
        ["did you mean learning_rate? it stands under [worksheet]", "above [worksheet]"],
    ),
    "a setting after [gates]": (
        X + GATE_TABLES + 'detail = "reasons"\n',
        ["gates.o.detail is not a key", "it belongs to the table [worksheet]"],
    ),
    "a setting at the top": (SIZES + X + "digits = 3\n", ["digits is not a key", "the table [worksheet]"]),
    "unknown gate": (X + GATE_TABLES.replace("gates.a", "gates.c"), ["gates.c is not a key", "a, i, f, o"]),
    "unknown setting": (
        SIZES + X + "worksheet.digit = 5",
        ["worksheet.digit is not", "did you mean digits?"],
    ),
    "weights twice": (SIZES + X + GATE_TABLES, ["gates and input_size both"]),
    "data twice": (SIZES + X + "steps = 5", ["steps draws x", "x is given"]),
    "label for drawn data": (SIZES + "steps = 1\nlabel = [[1, 2]]", ["label is given"]),
    "seed without use": (X + "seed = 1\n" + GATE_TABLES, ["seed has no effect"]),
    # kinds
    "text for a number": (SIZES + 'x = [[1, 2], [3, "two"]]', ['x[1][1] is "two"', "must be a number"]),
    "long text for a number": (
        SIZES + f'x = [[1, "{"9" * 500}x"]]',
        ['x[0][1] is "999', "…", "must be a number"],
    ),
    "text with a newline": (SIZES + 'x = [[1, "1\\n2"]]', ["x[0][1] is", "must be a number"]),
    "text for an array": (SIZES + 'x = "1, 2"', ['x is "1, 2"', "must be a number"]),
    "true for a number": (SIZES + "x = [[1, true]]", ["x[0][1] is true"]),
    "a date for a number": (SIZES + "x = [[1, 2024-01-01]]", ["x[0][1] is a date"]),
    "a table for a number": (SIZES + "x = [[1, {}]]", ["x[0][1] is a table"]),
    "a table for x": (SIZES + "x.y = 1", ["x is a table"]),
    "missing in x": (SIZES + 'x = [[1, "missing"]]', ['x[0][1] is "missing"']),
    "NaN": (SIZES + "x = [[1, 2], [nan, 4]]", ["x[1][0] is nan", "finite"]),
    "NaN in a label": (SIZES + X + "label = [[1, 2], [nan, 4]]", ["label[1][0] is nan"]),
    "NaN in quotes": (SIZES + 'x = [[1, "nan"]]', ['x[0][1] is "nan"']),
    "infinity": (X + GATE_TABLES.replace("[[0.8]]", "[[-inf]]"), ["gates.i.U[0][0] is -inf", "finite"]),
    "too large": (SIZES + "x = [[1, 1e999]]", ["x[0][1] is inf", "finite"]),
    "too large in quotes": (SIZES + 'x = [[1, "1e999"]]', ['x[0][1] is "1e999"', "finite"]),
    "huge whole number": (
        SIZES + f"x = [[1, {'9' * 400}]]",
        ["x[0][1] is a whole number of more than 18 digits"],
    ),
    "whole number of too many digits": (
        SIZES + f"x = [[1, {'9' * 5000}]]",
        ["a whole number has more than 4,300 digits."],
    ),
    "hexadecimal of too many digits": (SIZES + f"x = [[1, 0x{'f' * 50000}]]", ["x[0][1] is a whole number"]),
    "huge seed setting": (
        SIZES + X + f"worksheet.digits = '{'9' * 100}'",
        ['worksheet.digits is "999', "whole number"],
    ),
    "learning rate a list": (SIZES + X + "learning_rate = [0.1]", ["learning_rate is a list of 1"]),
    "forget bias NaN": (SIZES + X + "forget_bias = nan", ["forget_bias is nan"]),
    "gates a number": (X + "gates = 3", ["gates is 3", "a table"]),
    "a gate a list": (X + "gates.a = []\ngates.i = {}", ["gates.a is a list of 0", "a table"]),
    "title a number": (SIZES + X + "title = 3", ["title is 3", "text in quotes"]),
    "digits not whole": (SIZES + X + "worksheet.digits = 5.0", ["worksheet.digits is 5.0", "whole number"]),
    "steps a number": (SIZES + X + "worksheet.steps = 1", ["worksheet.steps is 1", "a list"]),
    "scheme unknown": (SIZES + X + 'scheme = "he"', ['scheme is "he"', "uniform", "glorot"]),
    "rounding unknown": (
        SIZES + X + 'worksheet.rounding = "ful"',
        ['worksheet.rounding is "ful"', "full", "hand"],
    ),
    # empty sizes
    "T = 0": (SIZES + "x = []", ["x has shape (0,)", "T at least 1"]),
    "T = 0 in a batch": (SIZES + "x = [[], []]", ["x has shape (2, 0)", "T at least 1"]),
    "T = 0 drawn": (SIZES + "steps = 0", ["steps is 0", "at least 1"]),
    "D = 0": (
        X + "W = [[], [], [], []]\nU = [0, 0, 0, 0]\nb = [0, 0, 0, 0]",
        ["W has shape (4, 0)", "D at least 1"],
    ),
    "H = 0": (X + GATE_TABLES.replace("b = [0.2]", "b = []"), ["gates.a.b has shape (0,)", "H at least 1"]),
    "H = 0 stacked": (X + "W = []\nU = []\nb = []", ["b has shape (0,)", "4H at least 1"]),
    "H = 0 drawn": ("input_size = 2\nhidden_size = 0\n" + X, ["hidden_size is 0", "at least 1"]),
    "seed below 0": (SIZES + X + "seed = -1", ["seed is -1", "at least 0"]),
    # too much
    "sizes of a typo": (
        "input_size = 2\nhidden_size = 1000000\n" + X,
        ["input_size and hidden_size", "numbers to be drawn"],
    ),
    "steps of a typo": (
        SIZES + "steps = 1000000000\nsequences = 9000000000000000000",
        ["steps and sequences", "drawn"],
    ),
    # not TOML
    "not TOML": (SIZES + "x = [[1, 2]\nlabel", ["not TOML", "line 4, column"]),
    "a key twice": (SIZES + X + X, ["not TOML", "x is given twice", "line 4"]),
    "a key twice at the end": (SIZES + X + "seed = 1\nseed = 2", ["seed is given twice", "line 5"]),
    "a key twice, on many lines": (
        SIZES + X + "label = [[1, 2]]\nlabel = [\n  [1, 2],\n  [3, 4],\n]\n",
        ["label is given twice", "line 8"],
    ),
    "a dotted key twice": (X + "gates.a.b = 1\ngates . a.b = 1\n", ["gates . a.b is given twice", "line 3"]),
    "a table twice": (
        SIZES + X + "[worksheet]\n[gates.a]\n[worksheet]\n",
        ["worksheet is given twice", "line 6"],
    ),
    "a long key twice": (f"{'k' * 5000} = 1\n" * 2, ["kkk… is given twice"]),
    "a key of too many parts": (".".join(["a"] * 100_000) + " = 1", ["a key has over 32 parts"]),
    "a quoted key of too many parts": (
        "[" + " . ".join(['"a\\""', "'b'", "c"] * 20) + "]",
        ["a key has over 32 parts"],
    ),
}


@pytest.mark.parametrize(("source", "fragments"), BAD.values(), ids=BAD)
def test_one_clear_message(source, fragments):
    said = message(source)
    assert len(said) < 400
    for fragment in fragments:
        assert fragment in said


def refused(path):
    with pytest.raises(ProblemFileError) as caught:
        load_problem(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    return said


def test_the_message_names_the_file(tmp_path):
    assert "lable" in refused(write(tmp_path / "model.toml", SIZES + X + "lable = 1"))


def test_not_there(tmp_path):
    assert "No such file" in refused(tmp_path / "model.toml")


def test_a_folder(tmp_path):
    assert "directory" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path):
    path = write(tmp_path / "model.toml", SIZES)
    path.chmod(0)
    assert "Permission denied" in refused(path)


def test_binary(tmp_path):
    assert "binary" in refused(write(tmp_path / "model.toml", bytes(range(256))))


def test_not_utf8(tmp_path):
    assert "line 2 is not UTF-8" in refused(write(tmp_path / "model.toml", b'seed = 1\ntitle = "caf\xe9"'))


def test_a_gigabyte_of_zeros_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "model.toml"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert "at most 4,000,000 are read" in refused(path)


def test_the_largest_file_is_read_in_bounded_time(tmp_path):
    """4 MB of numbers, almost: a million of them."""
    rows = ",".join(["[0.1]"] * (text.LIMIT.most // 6 - 20))
    path = write(tmp_path / "model.toml", f"input_size = 1\nhidden_size = 1\nx = [{rows}]")
    assert len(load_problem(path).x) > 600_000


# Whatever the file ------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *ProblemTable.model_fields,
        *Settings.model_fields,
        "gates.a",
        "[gates.a]",
        "[worksheet]",
        *"=.,[]{}#'\"\n",
        "0",
        "1",
        "2",
        "-3",
        "0.5",
        "nan",
        "1e999",
        '"0.70"',
        '"missing"',
        "true",
        "[[1, 2]]",
    ]
)
VALUES = st.recursive(
    st.sampled_from(
        ["0", "1", "2", "-1", "0.5", "nan", '"0.5"', '"missing"', '"full"', "true", "1979-05-27"]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *ProblemTable.model_fields,
        *(f"gates.{gate}.{name}" for gate in GATES for name in PARAMETERS),
        *(f"worksheet.{name}" for name in Settings.model_fields),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(PIECES, max_size=30).map(lambda parts: " ".join(parts).encode()),
        st.dictionaries(KEYS, VALUES, max_size=12).map(
            lambda table: "\n".join(f"{key} = {value}" for key, value in table.items()).encode()
        ),
    )
)
@example(b"")
@example(b"\xef\xbb\xbf")
def test_no_file_causes_anything_but_a_model_file_error(tmp_path_factory, data):
    path = write(tmp_path_factory.getbasetemp() / "model.toml", data)
    said = outcome(lambda: load_problem(path))
    assert said is None or said.startswith(str(path))
    assert len(said or "") < 600 + len(str(path))
