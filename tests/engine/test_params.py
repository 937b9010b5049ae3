"""Params: what is accepted, how gates and the flat vector are laid out, and the random schemes."""

import copy
import pickle

import numpy as np
import pytest
from helpers import random_problem

from gatewise.cells.known.lstm import GATES
from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.errors import ArgumentError, DtypeError, ShapeError

D, H = 3, 2


def arrays(dtype="float64"):
    """W, U, b with a different number at every place."""
    numbers = np.arange(4 * H * (D + H + 1)).astype(dtype)
    return {
        "W": numbers[: 4 * H * D].reshape(4 * H, D),
        "U": numbers[4 * H * D : 4 * H * (D + H)].reshape(4 * H, H),
        "b": numbers[4 * H * (D + H) :],
    }


def test_sizes_and_dtype():
    params = Params(**arrays("float32"))
    assert (params.input_size, params.hidden_size, params.size) == (D, H, 4 * H * (D + H + 1))
    assert params.dtype == "float32"


def test_gates_are_rows_in_the_order_a_i_f_o():
    params = Params(**arrays())
    parts = [params.gate(gate) for gate in ("a", "i", "f", "o")]
    assert GATES == ("a", "i", "f", "o")
    for name, stacked in zip("WUb", zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(stacked), getattr(params, name))
    assert np.shares_memory(params.gate("f")[0], params.W)
    with pytest.raises(ArgumentError, match=r"'g' is not a gate\. The gates are a, i, f, o"):
        params.gate("g")


def test_flat_and_back():
    params = Params(**arrays("float32"))
    np.testing.assert_array_equal(params.flat(), np.arange(params.size))
    back = Params.from_flat(params.flat(), D, H)
    assert back.dtype == "float32"
    for name in "WUb":
        np.testing.assert_array_equal(getattr(back, name), getattr(params, name))
    with pytest.raises(ShapeError, match=r"vector is \(5,\); it must be \(48,\)"):
        Params.from_flat(np.zeros(5), D, H)


def test_gradients_are_flat_in_the_same_order():
    params, x, delta, _, _ = random_problem(1)
    grads = backward(params, forward(params, x), delta)
    as_params = Params.from_flat(grads.flat(), params.input_size, params.hidden_size)
    for name in "WUb":
        np.testing.assert_array_equal(getattr(as_params, name), grads[f"d_{name}"])


@pytest.mark.parametrize(
    "change",
    [{"W": np.zeros((8, 0))}, {"W": np.zeros(8)}, {"W": np.zeros((7, D))}, {"U": np.zeros((8, 3))},
     {"b": np.zeros(7)}, {"b": np.zeros((8, 1))}, {"U": np.zeros((0, 0)), "W": np.zeros((0, D)), "b": []}],
)  # fmt: skip
def test_shapes_are_refused(change):
    with pytest.raises(
        ShapeError, match=r"W is .*, U is .*, b is .*; they must be \(4H, D\), \(4H, H\), \(4H,\)"
    ):
        Params(**{**arrays(), **change})


def test_mixed_dtypes_are_refused():
    with pytest.raises(DtypeError, match=r"W is float64, U is float64, b is float32; .* must have one dtype"):
        Params(**{**arrays(), "b": np.zeros(4 * H, "float32")})


@pytest.mark.parametrize("b", [np.zeros(4 * H, int), [0] * (4 * H), [0.5] * (4 * H)])
def test_lists_and_integers_follow_the_arrays_beside_them(b):
    assert Params(**{**arrays("float32"), "b": b}).dtype == "float32"
    lists = {name: array.tolist() for name, array in arrays().items()}
    assert Params(**{**lists, "b": b}).dtype == "float64"


def test_astype_is_a_copy_and_floating():
    params = Params(**arrays("float32"))
    for dtype in ("float32", "float64", "complex128"):
        other = params.astype(dtype)
        assert other.dtype == dtype
        assert not np.shares_memory(other.W, params.W)
    with pytest.raises(DtypeError, match="Parameters cannot be int64"):
        params.astype("int64")


def test_fields_cannot_be_replaced():
    with pytest.raises(AttributeError):
        Params(**arrays()).W = np.zeros((8, 3))


@pytest.mark.parametrize("scheme", ["uniform", "glorot"])
def test_init_is_seeded_and_the_same_in_every_dtype(scheme):
    first, again = (Params.init(D, H, seed=5, scheme=scheme, dtype="float64") for _ in range(2))
    np.testing.assert_array_equal(first.flat(), again.flat())
    assert (first.flat() != Params.init(D, H, seed=6, scheme=scheme, dtype="float64").flat()).any()
    single = Params.init(D, H, seed=5, scheme=scheme)
    assert single.dtype == "float32"
    np.testing.assert_array_equal(single.flat(), first.flat().astype("float32"))


def test_uniform_fills_its_range():
    params = Params.init(50, 25, dtype="float64")
    for array in (params.W, params.U):
        assert 0.19 < np.abs(array).max() <= 0.2
        assert abs(array.mean()) < 0.01
    assert 0 < np.abs(params.b).max() <= 0.2


def test_glorot_scales_W_orthogonalises_each_U_and_zeroes_b():
    params = Params.init(30, 20, scheme="glorot", dtype="float64")
    limit = np.sqrt(6 / 50)
    assert 0.98 * limit < np.abs(params.W).max() <= limit
    for gate in GATES:
        U = params.gate(gate)[1]
        np.testing.assert_allclose(U @ U.T, np.eye(20), atol=1e-14)  # 20 products of numbers below 1
    assert not params.b.any()
    assert (params.gate("a")[1] != params.gate("i")[1]).any()


def test_forget_bias_sets_b_f_alone():
    plain, biased = (Params.init(D, H, forget_bias=bias) for bias in (None, 1.5))
    for gate in GATES:
        changed = (plain.gate(gate)[2] != biased.gate(gate)[2]).any()
        assert changed == (gate == "f")
    np.testing.assert_array_equal(biased.gate("f")[2], 1.5)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"input_size": 0, "hidden_size": 2}, "input_size is 0"),
        ({"input_size": 2, "hidden_size": 1.5}, "hidden_size is 1.5"),
        (
            {"input_size": 2, "hidden_size": 2, "scheme": "he"},
            "scheme='he' is not known. Known: uniform, glorot",
        ),
    ],
)
def test_init_refuses(options, text):
    with pytest.raises(ArgumentError, match=text):
        Params.init(**options)


def test_pickle_and_copy():
    params, x, delta, _, _ = random_problem(2)
    trace = forward(params, x, engine="reference")
    for whole in (params, trace, backward(params, trace, delta)):
        for again in (pickle.loads(pickle.dumps(whole)), copy.deepcopy(whole)):
            assert type(again) is type(whole)
    again = pickle.loads(pickle.dumps(trace))
    np.testing.assert_array_equal(
        backward(params, again, delta).flat(), backward(params, trace, delta).flat()
    )
