"""Whole numbers in, exactly equal whole numbers out: an index that is wrong anywhere shows, and hides in no tolerance.

Both engines run with tanh and sigmoid replaced by the identity, the compiled one as a build of its own (GATEWISE_LINEAR
in CMakeLists.txt). The slopes stay as written, 1 - a² and i (1 - i): no derivatives of the identity, but whole numbers.
Everything is then sums of products of whole numbers, the same in any order as long as none grows too large for the
dtype; that is looked at, too. The LSTM's variants are beside it, at fewer sizes, with limits that are whole numbers.

How the numbers are kept small: of the hidden units about half are sources, which no unit feeds, and the others are
sinks, which a few sources feed; a new choice each time, so that every entry of U has its turn. The gates of a source
are -1, 0, 1 or 2. Of projected outputs, likewise, some are made of sources alone and go back to sinks, the others are
made of all units and go back to none.
"""

import dataclasses
import itertools

import numpy as np
import pytest
from builds import BUILDS, build, load
from helpers import everything
from variants import OPTIONS

from gatewise import _core, cells
from gatewise.engine import native
from gatewise.engine.params import Params
from gatewise.engine.reference import lstm
from gatewise.engine.trace import State
from gatewise.expression import functions

DTYPES = ["float32", "float64"]
NAMES = _core.instruction_sets()
PLAIN = cells.LSTM
WHOLE = {"clip": 2, "state_clip": 3}
VARIANTS = {
    name: cells.lstm(**{option: WHOLE.get(option, given) for option, given in options.items()})
    for name, options in OPTIONS.items()
}


@pytest.fixture(scope="session")
def linear_core():
    options = {"GATEWISE_LINEAR": "ON", "GATEWISE_DOMAIN": "gatewise_linear", "GATEWISE_OPTIMIZE": "-O1"}
    return load(build(BUILDS / "linear", **options), "gatewise_linear")


@pytest.fixture
def linear(monkeypatch, linear_core):
    """Both engines with linear activations."""
    monkeypatch.setattr(native, "_core", linear_core)
    for name in ("tanh", "sigmoid"):
        monkeypatch.setattr(lstm, name, lambda z: z)
        monkeypatch.setitem(
            functions._PLAIN, name, dataclasses.replace(functions.FUNCTIONS[name], worth=lambda z: z)
        )
    functions._with_number.cache_clear()  # what a limit is worth has been kept
    yield
    functions._with_number.cache_clear()


def test_every_instruction_set_is_linear(linear_core):
    assert linear_core.instruction_sets() == NAMES
    z = np.arange(-40.0, 40)
    for name, which in itertools.product(NAMES, ("tanh", "sigmoid")):
        np.testing.assert_array_equal(linear_core.activation(which, z, name), z)


def whole_problem(rng, cell, sizes, density):
    """params, x, delta, state, lengths, d_last of small whole numbers in float64; `density` is the share not 0."""
    N, T, D, H, Q = sizes

    def some(shape, values, share=density):
        return np.where(rng.random(shape) < share, rng.choice(values, shape), 0).astype(float)

    sources = rng.random(H) < 0.5
    projected = "R" in cell.parameters
    shown = rng.random(Q) < 0.5 if projected else sources  # outs that units are fed
    rows = {name: [] for name in ("W", "U", "b", "V")}
    for gate in cell.gates:
        W = some((H, D), [-1, 2] if gate == "i" else [-2, 2] if gate == "o" else [-1, 1])
        b = some(
            H, [1] if gate == "i" and "f" not in cell.gates else [-1, 1], 0.3
        )  # 1 - i is 0, and rarely 2
        feeds = some((H, Q), [-2, 2] if gate == "o" else [-1, 1], min(1, 1.5 / Q))
        rows["U"].append(feeds * np.outer(~sources, shown))
        if gate == "o":
            W *= rng.random((H, D)) < 0.3
            b = rng.choice([-1.0, 1.0], H)  # o is odd, and hardly ever 0: W_o and U_o are even
        if gate == "f":
            W *= sources[:, np.newaxis]  # what a sink forgets is up to its sources, one of them
            b *= sources
        rows["W"].append(W)
        rows["b"].append(b)
        if gate in cell.parts.get("V", ()):
            rows["V"].append(some(H, [-1, 1], 0.5 * density))
    arrays = {name: np.concatenate(parts) for name, parts in rows.items() if name in cell.parameters}
    if projected:
        R = some((Q, H), [-1, 1], min(1, 1.5 / H))
        arrays["R"] = R * (sources | ~shown[:, np.newaxis])
    # One of the D inputs at a time, so that gates stay small.
    x = np.zeros((N, T, D))
    np.put_along_axis(x, rng.integers(0, D, (N, T, 1)), some((N, T, 1), [-1, 1], 0.7), axis=-1)
    state, d_last = (State(some((N, Q), [-1, 1]), some((N, H), [-1, 1])) for _ in range(2))
    lengths = rng.permutation(np.append(rng.integers(0, T + 1, N - 1), T))
    return Params.of(arrays, cell), x, some((N, T, Q), [-1, 1]), state, lengths, d_last


@np.errstate(over="ignore", invalid="ignore")  # a problem that grows too large is not used
def largest(found, params):
    """A bound on every number and partial sum that either engine comes across."""
    size = {name: np.abs(array) for name, array in found.items()}
    weights = {name: np.abs(array) for name, array in params.arrays.items()}
    gates, x, out = (
        size["d_gates"],
        size["x"],
        np.concatenate([size["out0"][:, np.newaxis], size["out"]], axis=1),
    )
    state = np.maximum(size["state"], np.abs(size["state0"])[:, np.newaxis])
    V, R = weights.get("V", np.zeros(1)).max(), weights.get("R")
    forward = x @ weights["W"].T + out[:, :-1] @ weights["U"].T + 2
    products = [
        gates.sum((0, 1)),
        np.einsum("ntk,ntd->kd", gates, x),
        np.einsum("ntk,ntd->kd", gates, out[:, :-1]),
        gates.reshape(*state.shape[:2], -1, state.shape[-1]).max(2).sum((0, 1)) * state.max(initial=0),
    ]
    products += [gates @ weights["W"], gates @ weights["U"], forward + V * np.max(state, initial=0)]
    # What reaches h where out is projected, else out itself.
    d_shown = size["d_out"]
    if R is not None:
        d_shown = d_shown @ R
        products += [d_shown, size["h"] @ R.T, np.einsum("ntq,nth->qh", size["d_out"], size["h"])]
    f = size.get("f", 1 + size["i"])
    # Each gate's gradient is a product of up to five factors, smaller ones first; B2 adds one product to another.
    steps = [
        (1 + size["a"]) ** 2 * size["d_state"] * (1 + size["i"]),
        (1 + size["i"]) ** 2 * size["d_state"] * (1 + size["a"] + state),
    ]
    steps += [(1 + f) ** 2 * (1 + size["d_state"]) * (1 + state) + 3 * V * gates.max(initial=0)]
    steps += [(1 + size["o"]) ** 2 * (1 + state) ** 2 * (1 + d_shown)]
    return max(array.max(initial=0) for array in (*products, *steps, *size.values()))


def compare(sizes, dtype, cell=PLAIN):
    """Every size N, T, D, H and, where it is not H, Q, for every instruction set.

    Returns how often each array held anything but 0.
    """
    limit = 2 ** (np.finfo(dtype).nmant + 1)
    of_parameters = [f"d_{name}" for name in cell.parameters]
    busy = dict.fromkeys((*of_parameters, "d_x", "d_out0", "d_state0", "out"), 0)
    for number, (N, T, D, H, *projected) in enumerate(sizes):
        size = (N, T, D, H, *projected) if "R" in cell.parameters else (N, T, D, H, H)
        rng = np.random.default_rng(number)
        for density in (0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01):
            params, x, delta, state, lengths, d_last = whole_problem(rng, cell, size, density)
            if number % 3 == 0:
                lengths = None
            expected = everything(params, x, delta, state, lengths, d_last, engine="reference")
            if largest(expected, params) < limit:
                break
        else:
            pytest.fail(f"no problem of {size} stays below 2^{np.log2(limit):.0f}")
        for name in busy:
            busy[name] += expected[name].any()
        cast = [array.astype(dtype) for array in (x, delta, *state, *d_last)]
        given = (params.astype(dtype), *cast[:2], State(*cast[2:4]), lengths, State(*cast[4:]))
        for name in NAMES:
            actual = everything(*given, engine=f"native-{name}")
            for field, array in expected.items():
                if not np.array_equal(actual[field], array):
                    where = np.argwhere(actual[field] != array)
                    pytest.fail(f"{name}, N T D H Q = {size}: {field} differs at {where[:10].tolist()}")
    return busy


def lanes(dtype):
    """The most units that a vector of any set holds here."""
    return max(_core.vector_bytes().values()) // np.dtype(dtype).itemsize


def assert_busy(busy, sizes):
    """The comparison can fail: few arrays are all 0."""
    assert min(busy.values()) > 0.5 * len(sizes), (busy, len(sizes))


@pytest.mark.share(4)
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("dtype", DTYPES)
def test_all_small_sizes(linear, dtype, part):
    """Every N and D up to a tile and one more, with every H up to a block and one more; a part has each pair of them."""
    V = lanes(dtype)
    T = itertools.cycle([3, 1, 4, 2])
    sizes = [(N, next(T), D, H) for N, D, H in itertools.product(range(1, 8), range(1, 8), range(1, V + 2))]
    sizes = [size for size in sizes if (size[0] + size[2] + size[3]) % 4 == part]
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


@pytest.mark.share(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_variants(linear, variant, dtype):
    """Tiles, blocks, groups and chunks, and one more than each holds; fewer and more outputs than units."""
    V = lanes(dtype)
    T = itertools.cycle([3, 1, 4, 2])
    sizes = [(1 + H % 7, next(T), 1 + H % 5, H, 1 + H * 5 % (2 * V + 1)) for H in range(1, 2 * V + 2)]
    sizes += [(1 + D % 7, next(T), D, 1 + D % 4, 1 + D % 3) for D in (V - 1, V, V + 1, 4 * V, 4 * V + 1)]
    sizes += [(N, 2, 3, 2 + N % 3, 3) for N in (31, 32, 33, 63, 64, 65, 127, 128, 129, 130)]
    sizes += [(2, 2, 2, 4 * V + 1, 3), (5, 3, 1, 4 * V, 2 * V), (3, 2, 2, 2, 4 * V + 1)]
    sizes += [(1, T, 2, 3, 2) for T in (48, 49, 97, 390)] + [(N, 110, 2, 2, 3) for N in (7, 8)]
    sizes += [(65, 13, 2, 3, 4)]
    assert_busy(compare(sizes, dtype, VARIANTS[variant]), sizes)
