"""Whole numbers in, exactly equal whole numbers out: an index that is wrong anywhere shows, and hides in no tolerance.

Both engines run with tanh and sigmoid replaced by the identity, the compiled one as a build of its own (GATEWISE_LINEAR
in CMakeLists.txt). The slopes stay as written, 1 - a² and i (1 - i): no derivatives of the identity, but whole numbers.
Everything is then sums of products of whole numbers, the same in any order as long as none grows too large for the
dtype; that is looked at, too.

How the numbers are kept small: of the hidden units about half are sources, which no unit feeds, and the others are
sinks, which a few sources feed; a new choice each time, so that every entry of U has its turn. The gates of a source
are -1, 0, 1 or 2. o is odd and so never 0, for the backward pass divides by it.
"""

import itertools

import numpy as np
import pytest
from builds import BUILDS, build, load
from helpers import everything

from gatewise import _core
from gatewise.engine import native
from gatewise.engine.params import Params
from gatewise.engine.reference import lstm
from gatewise.engine.trace import State

DTYPES = ["float32", "float64"]
NAMES = _core.instruction_sets()


@pytest.fixture(scope="session")
def linear_core():
    options = {"GATEWISE_LINEAR": "ON", "GATEWISE_DOMAIN": "gatewise_linear", "GATEWISE_OPTIMIZE": "-O1"}
    return load(build(BUILDS / "linear", **options), "gatewise_linear")


@pytest.fixture
def linear(monkeypatch, linear_core):
    """Both engines with linear activations."""
    monkeypatch.setattr(native, "_core", linear_core)
    monkeypatch.setattr(lstm, "tanh", lambda z: z)
    monkeypatch.setattr(lstm, "sigmoid", lambda z: z)


def test_every_instruction_set_is_linear(linear_core):
    assert linear_core.instruction_sets() == NAMES
    z = np.arange(-40.0, 40)
    for name, which in itertools.product(NAMES, ("tanh", "sigmoid")):
        np.testing.assert_array_equal(linear_core.activation(which, z, name), z)


def whole_problem(rng, N, T, D, H, density):
    """params, x, delta, state, lengths, d_last of small whole numbers in float64; `density` is the share not 0."""

    def some(shape, values, share=density):
        return np.where(rng.random(shape) < share, rng.choice(values, shape), 0).astype(float)

    W, U, b = np.zeros((4, H, D)), np.zeros((4, H, H)), np.zeros((4, H))
    sources = rng.random(H) < 0.5
    for gate, values in enumerate(([-1, 1], [-1, 2], [-1, 1], [-2, 2])):
        W[gate] = some((H, D), values)
        b[gate] = some(H, [-1, 1], 0.3)
        feeds = some((H, H), [-2, 2] if gate == 3 else [-1, 1], min(1, 1.5 / H))
        U[gate] = feeds * np.outer(~sources, sources)
    W[3] *= rng.random((H, D)) < 0.3
    b[3] = rng.choice([-1, 1], H)  # o is odd: W_o and U_o are even
    W[2] *= sources[:, np.newaxis]  # what a sink forgets is up to its sources, one of them
    b[2] *= sources
    # One of the D inputs at a time, so that gates stay small.
    x = np.zeros((N, T, D))
    np.put_along_axis(x, rng.integers(0, D, (N, T, 1)), some((N, T, 1), [-1, 1], 0.7), axis=-1)
    params = Params(W=W.reshape(4 * H, D), U=U.reshape(4 * H, H), b=b.reshape(4 * H))
    state, d_last = (State(some((N, H), [-1, 1]), some((N, H), [-1, 1])) for _ in range(2))
    lengths = rng.permutation(np.append(rng.integers(0, T + 1, N - 1), T))
    return params, x, some((N, T, H), [-1, 1]), state, lengths, d_last


@np.errstate(over="ignore", invalid="ignore")  # a problem that grows too large is not used
def largest(found, params):
    """A bound on every number and partial sum that either engine comes across."""
    size = {name: np.abs(array) for name, array in found.items()}
    gates, x, out = (
        size["d_gates"],
        size["x"],
        np.concatenate([size["out0"][:, np.newaxis], size["out"]], axis=1),
    )
    W, U = np.abs(params.W), np.abs(params.U)
    forward = x @ W.T + out[:, :-1] @ U.T + 2
    products = [
        gates.sum((0, 1)),
        np.einsum("ntk,ntd->kd", gates, x),
        np.einsum("ntk,ntd->kd", gates, out[:, :-1]),
    ]
    products += [gates @ W, gates @ U, forward]
    # Each gate's gradient is a product of up to five factors, smaller ones first; B2 adds one product to another.
    state = np.maximum(size["state"], np.abs(size["state0"])[:, np.newaxis])
    steps = [
        (1 + size[name]) ** 2 * size["d_state"] * (1 + size[other])
        for name, other in (("a", "i"), ("i", "a"))
    ]
    steps += [(1 + size["f"]) ** 2 * (1 + size["d_state"]) * (1 + state)]
    steps += [(1 + size["o"]) ** 2 * (1 + state) ** 2 * (1 + size["d_out"])]
    return max(array.max(initial=0) for array in (*products, *steps, *size.values()))


def compare(sizes, dtype):
    """Every size, for every instruction set; returns how often each array held anything but 0."""
    limit = 2 ** (np.finfo(dtype).nmant + 1)
    busy = dict.fromkeys(("d_W", "d_U", "d_b", "d_x", "d_out0", "d_state0", "out"), 0)
    for number, (N, T, D, H) in enumerate(sizes):
        rng = np.random.default_rng(number)
        for density in (0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01):
            params, x, delta, state, lengths, d_last = whole_problem(rng, N, T, D, H, density)
            if number % 3 == 0:
                lengths = None
            expected = everything(params, x, delta, state, lengths, d_last, engine="reference")
            if largest(expected, params) < limit:
                break
        else:
            pytest.fail(f"no problem of {(N, T, D, H)} stays below 2^{np.log2(limit):.0f}")
        for name in busy:
            busy[name] += expected[name].any()
        cast = [array.astype(dtype) for array in (x, delta, *state, *d_last)]
        given = (params.astype(dtype), *cast[:2], State(*cast[2:4]), lengths, State(*cast[4:]))
        for name in NAMES:
            actual = everything(*given, engine=f"native-{name}")
            for field, array in expected.items():
                if not np.array_equal(actual[field], array):
                    where = np.argwhere(actual[field] != array)
                    pytest.fail(
                        f"{name}, N T D H = {N} {T} {D} {H}: {field} differs at {where[:10].tolist()}"
                    )
    return busy


def lanes(dtype):
    """The most units that a vector of any set holds here."""
    return max(_core.vector_bytes().values()) // np.dtype(dtype).itemsize


def assert_busy(busy, sizes):
    """The comparison can fail: few arrays are all 0."""
    assert min(busy.values()) > 0.5 * len(sizes), (busy, len(sizes))


@pytest.mark.parametrize("dtype", DTYPES)
def test_all_small_sizes(linear, dtype):
    """Every N and D up to a tile and one more, with every H up to a block and one more."""
    V = lanes(dtype)
    T = itertools.cycle([3, 1, 4, 2])
    sizes = [(N, next(T), D, H) for N, D, H in itertools.product(range(1, 8), range(1, 8), range(1, V + 2))]
    assert_busy(compare(sizes, dtype), sizes)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_number_of_sequences(linear, dtype):
    """Up to two groups of the largest size, and one more."""
    sizes = [(N, 2, 1 + N % 3, 1 + N % 5) for N in range(1, 131)]
    sizes += [(N, 3, 2, H) for N in (31, 32, 33, 63, 64, 65, 127, 128, 129, 130) for H in (lanes(dtype) + 1,)]
    assert_busy(compare(sizes, dtype), sizes)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_number_of_units_and_inputs(linear, dtype):
    """Up to four blocks and one more unit; inputs up to four vectors and one more, which are taken together."""
    most = 4 * lanes(dtype) + 1
    sizes = [(2, 2, 1 + H % 4, H) for H in range(1, most + 1)]
    sizes += [(2, 2, D, 1 + D % 4) for D in range(1, most + 1)]
    sizes += [(7, 2, most - 1, most), (7, 2, most, most - 1), (5, 1, 2 * most, 3), (5, 1, 3, 2 * most)]
    assert_busy(compare(sizes, dtype), sizes)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_steps(linear, dtype):
    """Past the steps that a single sequence's W·x is worked out ahead, and past the rows of a chunk."""
    sizes = [(1, T, 2, 3) for T in (*range(1, 8), 31, 47, 48, 49, 50, 95, 96, 97, 100, 383, 384, 385, 400)]
    sizes += [(N, T, 2, 2) for N in (5, 8) for T in (47, 48, 49, 76, 77, 78, 96, 97)]
    sizes += [(33, 13, 3, 5), (64, 7, 2, 9), (65, 12, 2, 3), (130, 13, 2, 3)]
    busy = compare(sizes, dtype)
    for name in ("d_out0", "d_state0"):  # so far back, hardly anything remains
        assert busy.pop(name) > 2
    assert_busy(busy, sizes)
