"""Problem files: what each form means, and that the documentation says the same."""

import re
import tomllib
import zipfile

import numpy as np
import pytest
from paths import ROOT
from problem_files import GATE_TABLES, SIZES, STACKED, parse

from gatewise.cells import CELLS
from gatewise.cells.known.lstm import GATES, PARAMETERS
from gatewise.engine.params import Params
from gatewise.errors import GatewiseError
from gatewise.teach.problem import ProblemFileError, load_problem
from gatewise.teach.problem.tables import Gate, Gates, ProblemTable, Settings, table_of
from gatewise.teach.worksheet import worksheet
from gatewise.teach.worksheet.digits import ROUNDINGS, TIES
from gatewise.teach.worksheet.layout.layout import DETAILS
from gatewise.teach.worksheet.layout.notation import NOTATIONS

DOCUMENTATION = ROOT / "docs" / "problem-file.md"

# What a file means ------------------------------------------------------------------------------------------


def test_the_embedded_model_is_the_worked_example():
    model = load_problem()
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
    model, document = parse(data + weights), load_problem()
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


def test_a_path_may_be_a_string():
    path = ROOT / "examples" / "two-units.toml"
    assert load_problem(str(path)).title == load_problem(path).title == "Two units, three steps"


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
    model = load_problem(tmp_path / "model.toml")
    for name in PARAMETERS:
        np.testing.assert_array_equal(getattr(model.params, name), arrays[name])
    np.testing.assert_array_equal(model.x, arrays["x"])
    np.testing.assert_array_equal(model.state.state, arrays["state0"])
    assert model.params.dtype == model.x.dtype == np.float64


def test_what_python_2_wrote_is_read_without_a_word(tmp_path):
    """Its whole numbers have an L in the header, of which NumPy warns."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 2L), }".ljust(117) + "\n"
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00v\x00" + header.encode() + x.tobytes())
    assert np.array_equal(parse(SIZES + 'inputs = "data.npz"', tmp_path).x, x)


def test_nan_in_an_npz_label_is_missing_and_the_rest_may_stand_in_the_file(tmp_path):
    np.savez(tmp_path / "data.npz", label=[[np.nan, 1.0]])
    model = parse(SIZES + 'inputs = "data.npz"\nx = [[1, 2]]', tmp_path)
    np.testing.assert_array_equal(model.label, [[np.nan, 1.0]])


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "model.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (SIZES + "x = [[1, 2]]\n").replace("\n", "\r\n").encode())
    assert load_problem(path).x.tolist() == [[1, 2]]


# The documentation ------------------------------------------------------------------------------------------

EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
def test_documented_examples_are_read(tmp_path, source):
    np.savez(tmp_path / "weights.npz", W=np.ones((8, 3)), U=np.ones((8, 2)), b=np.ones(8))
    np.savez(tmp_path / "data.npz", x=np.ones((5, 3)), label=np.ones((5, 2)))
    parse(source, tmp_path)


def test_every_key_is_documented_and_shown():
    written = set(re.findall(r"`\[?(\w+)\]?`", DOCUMENTATION.read_text(encoding="utf-8")))
    keys = {key for cell in CELLS.values() for key in {*table_of(cell).model_fields} - {*cell.parameters}}
    assert not {*ProblemTable.model_fields, *Settings.model_fields, *keys} - written
    shown = {key for source in EXAMPLES for key in tomllib.loads(source)}
    assert set(ProblemTable.model_fields) - shown == {"state0"} - shown


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_examples_are_read(path):
    assert load_problem(path).title


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_an_update_lowers_the_loss_of_an_example(path):
    model = load_problem(path)
    sheet = worksheet(
        model.params, model.x, model.label, state=model.state, lengths=model.lengths,
        learning_rate=model.learning_rate, texts=model.texts,
    )  # fmt: skip
    before, after = sheet.losses
    assert after < before


def test_every_detail_and_notation_of_the_package_may_stand_in_a_file():
    for key, offered in {
        "detail": DETAILS,
        "notation": NOTATIONS,
        "ties": TIES,
        "rounding": ROUNDINGS,
    }.items():
        for name in offered:
            settings = parse(SIZES + f'steps = 1\nworksheet.{key} = "{name}"').settings
            assert getattr(settings, key) == name


def test_tables_agree_with_the_package():
    assert tuple(Gates.model_fields) == GATES
    assert tuple(Gate.model_fields) == tuple(PARAMETERS)
    assert issubclass(ProblemFileError, GatewiseError)
