"""Model files: what each form means, and one clear message for each way in which a file can be wrong."""

import os
import re
import tomllib
import zipfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewise.errors import GatewiseError
from gatewise.model_file import ModelFileError, load_model, parse_model, text
from gatewise.model_file.tables import Gate, Gates, ModelTable, Settings
from gatewise.params import SCHEMES, Params
from gatewise.spec import GATES, PARAMETERS

ROOT = Path(__file__).parents[1]
DOCUMENTATION = ROOT / "docs" / "model-file.md"

SIZES = "input_size = 2\nhidden_size = 2\n"
GATE_TABLES = """
[gates.a]
W = [[0.45, 0.25]]
U = [[0.15]]
b = [0.2]
[gates.i]
W = [[0.95, 0.8]]
U = [[0.8]]
b = [0.65]
[gates.f]
W = [[0.7, 0.45]]
U = [[0.1]]
b = [0.15]
[gates.o]
W = [[0.6, 0.4]]
U = [[0.25]]
b = [0.1]
"""


def parse(source, folder=Path()):
    return parse_model(source, folder)


def message(source, folder=Path()):
    with pytest.raises(ModelFileError) as caught:
        parse(source, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What a file means ------------------------------------------------------------------------------------------


def test_the_embedded_model_is_the_worked_example():
    model = load_model()
    printed = {  # W_g, U_g, b_g as the document prints them
        "a": ([0.45, 0.25], 0.15, 0.2),
        "i": ([0.95, 0.8], 0.8, 0.65),
        "f": ([0.7, 0.45], 0.1, 0.15),
        "o": ([0.6, 0.4], 0.25, 0.1),
    }
    for gate in GATES:
        W, U, b = model.params.gate(gate)
        assert (W.tolist(), U.tolist(), b.tolist()) == (
            [printed[gate][0]],
            [[printed[gate][1]]],
            [printed[gate][2]],
        )
    assert model.x.tolist() == [[1, 2], [0.5, 3]]
    assert model.label.tolist() == [[0.5], [1.25]]
    assert model.learning_rate == 0.1
    assert model.settings.digits == 5
    assert model.params.dtype == model.x.dtype == model.label.dtype == np.float64
    assert model.state is None
    assert model.lengths is None


STACKED = (
    "W = [[0.45, 0.25], [0.95, 0.8], [0.7, 0.45], [0.6, 0.4]]\n"
    "U = [[0.15], [0.8], [0.1], [0.25]]\nb = [0.2, 0.65, 0.15, 0.1]\n"
)
WITHOUT_BRACKETS = """
[gates]
a = { W = [0.45, 0.25], U = 0.15, b = 0.2 }
i = { W = [0.95, 0.80], U = [0.80], b = [0.65] }
f = { W = [[0.70, 0.45]], U = 0.10, b = 0.15 }
o = { W = [0.60, 0.40], U = 0.25, b = 0.1 }
"""


STACKED_COLUMN = STACKED.replace("[[0.15], [0.8], [0.1], [0.25]]", "[0.15, 0.8, 0.1, 0.25]")


@pytest.mark.parametrize("weights", [GATE_TABLES, WITHOUT_BRACKETS, STACKED, STACKED_COLUMN])
def test_every_way_to_write_the_weights_means_the_same(weights):
    data = "x = [[1, 2], [0.5, 3]]\nlabel = [0.5, 1.25]\n"
    model, document = parse(data + weights), load_model()
    np.testing.assert_array_equal(model.params.flat(), document.params.flat())
    np.testing.assert_array_equal(model.x, document.x)
    np.testing.assert_array_equal(model.label, document.label)


def test_gates_land_in_their_rows_when_there_are_several_units():
    """Distinct numbers everywhere, so that no swap of gates, units or matrices can hide."""
    gates = {
        g: {
            "W": 100 * k + np.arange(6).reshape(2, 3),
            "U": 100 * k + np.arange(10, 14).reshape(2, 2),
            "b": 100 * k + np.arange(20, 22),
        }
        for k, g in enumerate(GATES)
    }
    lines = [f"gates.{g}.{n} = {v.tolist()}" for g, arrays in gates.items() for n, v in arrays.items()]
    model = parse("x = [[1, 2, 3]]\n" + "\n".join(reversed(lines)))
    for gate, arrays in gates.items():
        for array, wanted in zip(model.params.gate(gate), arrays.values(), strict=True):
            np.testing.assert_array_equal(array, wanted)


def test_numbers_in_quotes_keep_their_digits():
    model = parse(
        'x = [["1.0", 2], ["0.50", "−3.10"]]\nlabel = [["0.70"], "missing"]\nlearning_rate = "0.10"\n'
        + GATE_TABLES.replace("[[0.7, 0.45]]", '[["0.70", 0.45]]')
    )
    assert model.texts["x"].tolist() == [["1.0", None], ["0.50", "-3.10"]]
    assert model.texts["label"].tolist() == [["0.70"], [None]]
    assert model.texts["W"].tolist() == [[None, None], [None, None], ["0.70", None], [None, None]]
    assert model.texts["learning_rate"].shape == ()
    assert model.texts["learning_rate"].item() == "0.10"
    assert set(model.texts) == {"x", "label", "W", "learning_rate"}
    assert model.x.tolist() == [[1, 2], [0.5, -3.1]]
    assert model.params.gate("f")[0].tolist() == [[0.7, 0.45]]


def test_missing_labels_are_nan():
    model = parse(SIZES + 'x = [[1, 2], [3, 4], [5, 6]]\nlabel = ["missing", [0.5, "missing"], [1, 2]]')
    np.testing.assert_array_equal(model.label, [[np.nan, np.nan], [0.5, np.nan], [1, 2]])


def test_without_a_label_there_is_none():
    assert parse(SIZES + "x = [[1, 2]]").label is None


def test_initial_state_and_lengths_of_a_batch():
    model = parse(
        SIZES + "x = [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]\nlengths = [2, 1]\nout0 = [[1, 2], [3, 4]]"
    )
    assert model.lengths.tolist() == [2, 1]
    assert model.lengths.dtype == np.int64
    assert model.state.out.tolist() == [[1, 2], [3, 4]]
    assert model.state.state.tolist() == [[0, 0], [0, 0]]


def test_drawn_weights_are_those_of_init():
    model = parse('input_size = 3\nhidden_size = 4\nseed = 7\nscheme = "glorot"\nforget_bias = 1\nsteps = 2')
    wanted = Params.init(3, 4, seed=7, dtype=np.float64, forget_bias=1, scheme="glorot")
    np.testing.assert_array_equal(model.params.flat(), wanted.flat())


def test_drawn_data_have_two_decimals_and_depend_on_the_seed_alone():
    source = SIZES + "steps = 3\nsequences = 2\nseed = {}"
    first, again, other = (parse(source.format(seed)) for seed in (1, 1, 2))
    assert first.x.shape == (2, 3, 2)
    assert first.label.shape == (2, 3, 2)
    np.testing.assert_array_equal(first.x, again.x)
    assert (first.x != other.x).any()
    np.testing.assert_array_equal(first.x, first.x.round(2))
    assert np.abs(first.x).max() <= 1
    assert parse(SIZES + "steps = 3").x.shape == (3, 2)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int8"])
def test_arrays_from_npz_files(tmp_path, dtype):
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.integers(-9, 9, shape).astype(dtype)
        for name, shape in {
            "W": (8, 3),
            "U": (8, 2),
            "b": 8,
            "x": (5, 4, 3),
            "lengths": 5,
            "state0": (5, 2),
        }.items()
    }
    arrays["lengths"] = np.array([4, 0, 1, 2, 3])
    np.savez(tmp_path / "all.npz", **arrays)
    (tmp_path / "model.toml").write_text('weights = "all.npz"\ninputs = "all.npz"\n')
    model = load_model(tmp_path / "model.toml")
    for name in PARAMETERS:
        np.testing.assert_array_equal(getattr(model.params, name), arrays[name])
    np.testing.assert_array_equal(model.x, arrays["x"])
    np.testing.assert_array_equal(model.state.state, arrays["state0"])
    assert model.params.dtype == model.x.dtype == np.float64


def test_nan_in_an_npz_label_is_missing_and_the_rest_may_stand_in_the_file(tmp_path):
    np.savez(tmp_path / "data.npz", label=[[np.nan, 1.0]])
    model = parse(SIZES + 'inputs = "data.npz"\nx = [[1, 2]]', tmp_path)
    np.testing.assert_array_equal(model.label, [[np.nan, 1.0]])


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "model.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (SIZES + "x = [[1, 2]]\n").replace("\n", "\r\n").encode())
    assert load_model(path).x.tolist() == [[1, 2]]


# What is wrong with a file ----------------------------------------------------------------------------------

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
    "whole number of too many digits": (SIZES + f"x = [[1, {'9' * 5000}]]", ["4300 digits"]),
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
    "a key twice": (SIZES + X + X, ["not TOML", "line 4"]),
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


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def refused(path):
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
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
    assert "larger than 4 MB" in refused(path)


def test_the_largest_file_is_read_in_bounded_time(tmp_path):
    """4 MB of numbers, almost: a million of them."""
    rows = ",".join(["[0.1]"] * (text.MAX_BYTES // 6 - 20))
    path = write(tmp_path / "model.toml", f"input_size = 1\nhidden_size = 1\nx = [{rows}]")
    assert len(load_model(path).x) > 600_000


# .npz files -------------------------------------------------------------------------------------------------


def in_npz(tmp_path, **arrays):
    np.savez(tmp_path / "data.npz", **arrays)
    return message(SIZES + 'inputs = "data.npz"', tmp_path)


def test_npz_that_is_not_there(tmp_path):
    said = message(SIZES + 'inputs = "data.npz"', tmp_path)
    assert "inputs = " in said
    assert "No such file" in said


@pytest.mark.parametrize(
    "data", [b"", b"x = 1", b"PK\x03\x04 and so on", b"PK\x05\x06" + bytes(10), b"\x93NUMPY\x01\x00v\x00"]
)
def test_npz_that_is_none(tmp_path, data):
    write(tmp_path / "data.npz", data)
    assert "is not an .npz file" in message(SIZES + 'inputs = "data.npz"', tmp_path)


def test_npz_that_is_a_folder(tmp_path):
    assert "directory" in message(SIZES + 'inputs = "."', tmp_path)


def test_npz_with_unknown_arrays(tmp_path):
    assert "holds X, which is not one of W, U, b, x" in in_npz(tmp_path, X=np.ones((2, 2)))


def test_npz_that_lacks_an_array(tmp_path):
    assert "x is missing" in in_npz(tmp_path, label=np.ones((2, 2)))
    np.savez(tmp_path / "weights.npz", W=np.ones((4, 2)))
    assert "U and b missing" in message('weights = "weights.npz"\nx = [[1, 2]]', tmp_path)


def test_npz_of_wrong_shape(tmp_path):
    assert "x has shape (2, 3); it must be (T, D) with T at least 1, D = 2" in in_npz(
        tmp_path, x=np.ones((2, 3))
    )
    assert "T at least 1" in in_npz(tmp_path, x=np.ones((0, 2)))


@pytest.mark.parametrize("values", [["1", "2"], [1j, 2], [True, False], [np.datetime64("2024-01-01")]])
def test_npz_of_wrong_kind(tmp_path, values):
    array = np.array([values])
    said = in_npz(tmp_path, x=array)
    assert f"is {array.dtype}" in said
    assert "real numbers" in said


def test_npz_of_pickled_objects(tmp_path):
    assert "Object arrays" in in_npz(tmp_path, x=np.array([[{}, 2]], dtype=object))


def test_npz_with_nan(tmp_path):
    assert "x[1][0] is nan" in in_npz(tmp_path, x=[[1, 2], [np.nan, 1]])


def test_npz_and_model_file_with_the_same_array(tmp_path):
    np.savez(tmp_path / "data.npz", x=[[1, 2]])
    said = message(SIZES + 'inputs = "data.npz"\nx = [[1, 2]]', tmp_path)
    assert "x is given here and in inputs" in said


def test_npz_that_unpacks_to_terabytes(tmp_path):
    packed = zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("x.npy", "w") as file:
        for _ in range(1025):
            file.write(bytes(1 << 20))
    assert "unpacks to" in message(SIZES + 'inputs = "data.npz"', tmp_path)


def test_npz_whose_header_promises_more_than_it_holds(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 2), }"
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    assert "cannot be read" in message(SIZES + 'inputs = "data.npz"', tmp_path)


# Whatever the file ------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *ModelTable.model_fields,
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
        *ModelTable.model_fields,
        *(f"gates.{gate}.{name}" for gate in GATES for name in PARAMETERS),
        *(f"worksheet.{name}" for name in Settings.model_fields),
    ]
)


def outcome(action):
    """What a ModelFileError says, or None if there is none; anything else goes through."""
    try:
        action()
    except ModelFileError as error:
        return str(error)
    return None


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
    said = outcome(lambda: load_model(path))
    assert said is None or said.startswith(str(path))
    assert len(said or "") < 600 + len(str(path))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_an_npz_file_causes_anything_but_a_model_file_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "data.npz"
    np.savez(path, x=np.ones((3, 2)), label=np.ones((3, 2)))
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    said = outcome(lambda: parse(SIZES + f'inputs = "{path.name}"', path.parent))
    assert said is None or re.match(r"inputs = |x|label", said)


# The documentation ------------------------------------------------------------------------------------------

EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
def test_documented_examples_are_read(tmp_path, source):
    np.savez(tmp_path / "weights.npz", W=np.ones((8, 3)), U=np.ones((8, 2)), b=np.ones(8))
    np.savez(tmp_path / "data.npz", x=np.ones((5, 3)), label=np.ones((5, 2)))
    parse(source, tmp_path)


def test_every_key_is_documented_and_shown():
    written = set(re.findall(r"`\[?(\w+)\]?`", DOCUMENTATION.read_text(encoding="utf-8")))
    assert {*ModelTable.model_fields, *Settings.model_fields} - written == {"gates"}
    shown = {key for source in EXAMPLES for key in tomllib.loads(source)}
    assert set(ModelTable.model_fields) - shown == {"state0"} - shown


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_examples_are_read(path):
    assert load_model(path).title


def test_tables_agree_with_the_package():
    assert tuple(Gates.model_fields) == GATES
    assert tuple(Gate.model_fields) == tuple(PARAMETERS)
    scheme = get_args(get_args(ModelTable.model_fields["scheme"].annotation)[0])
    assert set(scheme) == set(SCHEMES)
    assert issubclass(ModelFileError, GatewiseError)
