"""C headers of layers compute what gatewise computes: every cell, stacks, heads, both types, random weights."""

import dataclasses

import numpy as np
import pytest
from c_headers import LANGUAGES, included, stepped
from own_cells import OWN, own_cell

from gatewise import Params
from gatewise.cells import CELLS, lstm
from gatewise.convert.c import cell_code
from gatewise.convert.c.plan import plan_of, plan_of_network
from gatewise.convert.c.writing import Names
from gatewise.convert.c_header import header_of
from gatewise.errors import ConvertError
from gatewise.learn.network import Architecture, Network, NetworkStepper
from gatewise.learn.network.architecture import projects
from gatewise.learn.sequential import FUNCTIONS, Dense, Recurrent, Sequential

D, H, T = 3, 5, 11
CLOSE = {"float32": 1e-6, "float64": 1e-12}
ALL_CELLS = {
    **CELLS,
    "all options": lstm(peepholes=True, coupled=True, projected=True, clip=0.7, state_clip=0.4),
    "no bias": lstm(bias=False),
    **{name: own_cell(name) for name in OWN},
}


def drawn(cell, inputs=D, units=H, dtype="float64", seed=0, spread=0.6):
    """Parameters of which no two numbers are alike."""
    rng = np.random.default_rng([seed, inputs, units])
    like = Params.init(inputs, units, cell=cell, **({"output_size": 2} if projects(cell) else {}))
    return Params.of(
        {name: (spread * rng.standard_normal(array.shape)).astype(dtype) for name, array in like.arrays.items()},
        cell,
    )  # fmt: skip


def series(dtype, width=D, steps=T):
    return (1.5 * np.random.default_rng(9).standard_normal((steps, width))).astype(dtype)


def dense(inputs, outputs, dtype, seed=1, **options):
    rng = np.random.default_rng(seed)
    return Dense(
        rng.standard_normal((outputs, inputs)).astype(dtype),
        rng.standard_normal(outputs).astype(dtype), **options,
    )  # fmt: skip


def check(found, wanted, dtype):
    assert found.dtype == dtype
    assert np.abs(wanted).max() > 0.05
    assert np.abs(found - wanted).max() <= CLOSE[dtype] * np.abs(wanted).max()


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("name", ALL_CELLS)
def test_a_layer_of_every_cell_gives_the_outs_of_gatewise(tmp_path, name, dtype):
    model = Sequential([Recurrent([drawn(ALL_CELLS[name], dtype=dtype)])])
    x = series(dtype)
    check(stepped(tmp_path, model)(x), model.forward(x), dtype)


def test_a_swapped_gate_is_seen(tmp_path):
    """The comparison itself: gates i and f exchanged in the header are no rounding."""
    params = drawn(CELLS["lstm"])
    rows = {name: array.copy() for name, array in params.arrays.items()}
    for array in rows.values():
        array[H : 2 * H], array[2 * H : 3 * H] = array[2 * H : 3 * H].copy(), array[H : 2 * H].copy()
    swapped = Sequential([Recurrent([Params.of(rows, params.cell)])])
    wanted = Sequential([Recurrent([params])]).forward(series("float64"))
    assert np.abs(stepped(tmp_path, swapped)(series("float64")) - wanted).max() > 0.05


def test_rows_of_a_gate_that_begin_elsewhere_are_seen(tmp_path, monkeypatch):
    """The writer broken: the rows of every gate one gate further."""
    right = cell_code.CellCode._start

    def further(self, symbol):  # of a parameter alone: beyond the vectors x and out stands anything
        return (right(self, symbol) + H) % (4 * H) if symbol.part else right(self, symbol)

    monkeypatch.setattr(cell_code.CellCode, "_start", further)
    model = Sequential([Recurrent([drawn(CELLS["lstm"])])])
    assert np.abs(stepped(tmp_path, model)(series("float64")) - model.forward(series("float64"))).max() > 0.05


@pytest.mark.parametrize("dtype", CLOSE)
def test_layers_of_several_cells_and_sizes_with_dense_ones_between(tmp_path, dtype):
    model = Sequential(
        [
            dense(D, 4, dtype, function="tanh"),
            Recurrent([drawn(CELLS["gru-reset-after"], 4, 6, dtype)]),
            dense(6, 3, dtype, seed=2, function="relu"),
            Recurrent([drawn(CELLS["peephole"], 3, 5, dtype)]),
            Recurrent([drawn(CELLS["mgu"], 5, 7, dtype)]),
            Dense(np.random.default_rng(5).standard_normal((4, 7)).astype(dtype)),
            dense(4, 3, dtype, seed=3, function="softmax"),
        ]
    )
    x = series(dtype)
    check(stepped(tmp_path, model)(x), model.forward(x), dtype)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("returns", ["steps", "last", "row"])
def test_y_is_the_head_of_the_outs_so_far(tmp_path, returns, function):
    model = Sequential(
        [Recurrent([drawn(CELLS["lstm"])], returns=returns), dense(H, 3, "float64", function=function)]
    )
    x = series("float64")
    found = stepped(tmp_path, model)(x)
    if returns == "steps":
        check(found, model.forward(x), "float64")
    else:
        check(found, np.array([model.forward(x[: t + 1]) for t in range(T)]), "float64")


def test_a_softmax_of_large_numbers_is_finite(tmp_path):
    head = Dense(np.full((2, H), 1e4), np.array([1e5, 0.0]), function="softmax")
    model = Sequential([Recurrent([drawn(CELLS["lstm"])]), head])
    np.testing.assert_allclose(stepped(tmp_path, model)(series("float64"))[:, 0], 1)


def test_functions_keep_to_their_range_and_do_not_overflow(tmp_path):
    model = Sequential([Recurrent([drawn(CELLS["lstm"], dtype="float32", spread=200.0)])])
    x = 100 * series("float32")
    found = stepped(tmp_path, model)(x)
    np.testing.assert_allclose(found, model.forward(x), rtol=1e-5, atol=1e-6)


def test_weights_of_one_type_are_written_in_the_other(tmp_path):
    model = Sequential([Recurrent([drawn(CELLS["lstm"], dtype="float64")])])
    x = series("float64")
    wanted = model.forward(x)
    found = stepped(tmp_path, model, dtype="float32")(x)
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() <= 1e-6
    narrow = Sequential([Recurrent([drawn(CELLS["lstm"], dtype="float32")])])
    wide = Sequential([Recurrent([drawn(CELLS["lstm"], dtype="float32").astype("float64")])])
    (tmp_path / "wide").mkdir()
    check(stepped(tmp_path / "wide", narrow, dtype="float64")(x), wide.forward(x), "float64")


@pytest.mark.parametrize("dtype", CLOSE)
def test_a_network_with_learned_vectors_inputs_of_the_head_and_the_last_rows(tmp_path, dtype):
    architecture = Architecture(
        input_size=D, hidden_size=H, outputs=2, layers=2, head_inputs=2, skip=3,
        embeddings=(("store", 4, 2), ("town", 3, 1)),
    )  # fmt: skip
    size = sum(int(np.prod(shape)) for shape in architecture.shapes().values())
    rng = np.random.default_rng(4)
    network = Network(architecture, (0.5 * rng.standard_normal(size)).astype(dtype))
    x, extra = series(dtype), series(dtype, 2)
    run = stepped(tmp_path, plan_of_network(network))
    for codes in ([1, 2], [3, -1], [-1, 0]):
        stepper = NetworkStepper(network)
        wanted = np.array([stepper.step(row, more, codes) for row, more in zip(x, extra, strict=True)])
        check(run(x, codes, extra), wanted, dtype)


def test_layers_that_read_from_the_end_are_refused_by_name():
    cells = [drawn(CELLS["lstm"], seed=seed) for seed in range(2)]
    for layer, why in (
        (Recurrent(cells, name="encoder"), "encoder is bidirectional"),
        (
            Recurrent(cells[:1], reverse=True, name="encoder"),
            "encoder goes through each sequence from its end",
        ),
    ):
        with pytest.raises(ConvertError, match=why):
            plan_of(Sequential([layer]))


@pytest.mark.parametrize(
    ("value", "dtype", "why"),
    [
        (np.nan, "float64", "1 of the 60 numbers of net_layer0: W are NaN or infinite"),
        (1e300, "float32", "too large for float32"),
    ],
)
def test_numbers_that_a_header_cannot_have_are_refused(value, dtype, why):
    params = drawn(CELLS["lstm"])
    params.W[3, 1] = value
    with pytest.raises(ConvertError, match=why):
        header_of(plan_of(Sequential([Recurrent([params])])), Names("net", dtype), "a test")


def test_every_weight_reads_back_to_the_same_bits(tmp_path):
    """Those that decimal digits have trouble with: the smallest, the largest, and what lies between others."""
    for dtype in CLOSE:
        info = np.finfo(dtype)
        odd = [info.max, info.tiny, info.smallest_subnormal, 1 + info.eps, 1 / 3, 8.5, 2.0**-20, 0.1, 5e-7]
        W = np.array([[value, -value] for value in odd], dtype)
        folder = tmp_path / dtype
        folder.mkdir()
        # U = 0, and x of one 1: an Elman unit with relu gives the weight itself.
        params = Params.of(
            {"W": W, "U": np.zeros((len(W), len(W)), dtype), "b": np.zeros(len(W), dtype)}, CELLS["rnn-relu"]
        )
        found = stepped(folder, Sequential([Recurrent([params])]))(np.array([[1, 0]], dtype))
        assert found[0].tobytes() == W[:, 0].tobytes()


@pytest.mark.parametrize(("language", "compiler", "standard"), LANGUAGES)
@pytest.mark.parametrize("dtype", CLOSE)
def test_it_compiles_without_a_warning(tmp_path, language, compiler, standard, dtype):
    """All functions of equations, heads, and what a network may have, in one unit."""
    texts = []
    for number, cell in enumerate(ALL_CELLS.values()):
        layer = Recurrent([drawn(cell, dtype=dtype)], returns="last")
        head = dense(layer.width, 2, dtype, function=list(FUNCTIONS)[number % len(FUNCTIONS)])
        texts.append(header_of(plan_of(Sequential([layer, head])), Names(f"net{number}", dtype), "a test"))
    included(tmp_path, "\n".join(texts), language=language, compiler=compiler, standard=standard)


def test_a_cell_whose_title_would_end_a_comment(tmp_path):
    cell = dataclasses.replace(own_cell("one gate"), title="*/ int evil; /* ??/", source="line\nbreak \\")
    model = Sequential([Recurrent([drawn(cell)])])
    x = series("float64")
    check(stepped(tmp_path, model)(x), model.forward(x), "float64")
