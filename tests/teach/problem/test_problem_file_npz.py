"""The .npz files that a problem file names: refusals in words, and nothing worse whatever they hold."""

import re
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problem_files import SIZES, message, outcome, parse, write


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
