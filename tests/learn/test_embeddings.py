"""Learned vectors of categories: what is read where, what is refused, and that the check of their gradient can fail."""

import inspect

import numpy as np
import pytest
from network_cases import errors, random_case

from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.learn.network import (
    Architecture,
    Network,
    NetworkStepper,
    backward,
    backward_pass,
    embeddings,
    forward,
)

TABLES = (("store", 4, 3), ("town", 2, 1))
CODES = np.array([[0, 1], [3, 0], [-1, -1]])


def made(dtype="float64", **settings):
    given = {"input_size": 2, "hidden_size": 4, "outputs": 2, "embeddings": TABLES} | settings
    return Network.init(Architecture(**given), seed=3, dtype=dtype)


def series(N=3, T=5, dtype="float64"):
    return np.random.default_rng(1).standard_normal((N, T, 2)).astype(dtype)


def test_a_vector_is_as_good_as_columns_of_x_that_never_change(engine):
    """The same cells and head, told the vectors as features of every step: the same y to the bit."""
    network, x = made(), series()
    plain = Architecture(input_size=6, hidden_size=4, outputs=2)
    ordinary = Network(plain, network.vector[4 * 3 + 2 :])
    store, town = network.views["embedding.store"], network.views["embedding.town"]
    rows = [[*store[0], *town[1]], [*store[3], *town[0]], [*store.mean(axis=0), *town.mean(axis=0)]]
    whole = np.concatenate([x, np.repeat(np.array(rows)[:, np.newaxis], 5, axis=1)], axis=-1)
    found = forward(network, x, codes=CODES, engine=engine).y
    np.testing.assert_array_equal(found, forward(ordinary, whole, engine=engine).y)


def test_a_code_that_was_never_learned_gets_the_mean_and_the_mean_passes_its_gradient_on(engine):
    network, x = made(), series()
    trace = forward(network, x, codes=np.full((3, 2), -1), engine=engine)
    d_store = backward(network, trace, np.ones_like(trace.y)).views["embedding.store"]
    assert d_store.any()
    np.testing.assert_array_equal(d_store, np.broadcast_to(d_store[0], d_store.shape))


def test_only_the_vectors_that_were_read_get_a_gradient(engine):
    network, x = made(), series(2)
    trace = forward(network, x, codes=[[0, 1], [3, 1]], engine=engine)
    grads = backward(network, trace, np.ones_like(trace.y))
    assert grads.views["embedding.store"].any(axis=1).tolist() == [True, False, False, True]
    assert grads.views["embedding.town"].any(axis=1).tolist() == [False, True]


def test_d_x_has_the_columns_of_x_alone():
    network, x = made(skip=2), series()
    trace = forward(network, x, codes=CODES)
    assert backward(network, trace, np.ones_like(trace.y), inputs=True).d_x.shape == x.shape


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("skip", [0, 2])
def test_a_stepper_gives_the_bits_of_forward(engine, batch, skip):
    network, x = made("float32", skip=skip, layers=2), series(dtype="float32")
    codes = CODES if batch else CODES[0]
    x = x if batch else x[0]
    stepper = NetworkStepper(network, batch, engine=engine)
    for t in range(5):
        y = stepper.step(x[..., t, :], codes=codes)
    np.testing.assert_array_equal(y, forward(network, x, codes=codes, engine=engine).y)


def test_bits_of_a_sequence_depend_neither_on_the_others_nor_on_threads(engine):
    network, x = made("float32"), series(dtype="float32")
    whole = forward(network, x, codes=CODES, engine=engine, threads=1)
    for n in range(3 if engine == "native" else 0):  # NumPy's products of matrices promise no bits
        alone = forward(network, x[n : n + 1], codes=CODES[n : n + 1], engine=engine).y
        np.testing.assert_array_equal(alone[0], whole.y[n])
    vectors = [
        backward(
            network,
            forward(network, x, codes=CODES, engine=engine, threads=n),
            np.ones_like(whole.y),
            threads=n,
        ).vector
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(*vectors)


def test_what_lies_past_a_length_reaches_no_vector(engine):
    network, x = made(), series()
    codes = np.array([[0, 1], [3, 0], [1, 1]])
    x[1, 2:] = np.nan
    trace = forward(network, x, lengths=[5, 2, 3], codes=codes, engine=engine)
    grads = backward(network, trace, np.ones_like(trace.y))
    assert np.isfinite(grads.vector).all()
    short = forward(network, x[1:2, :2], codes=codes[1:2], engine=engine)
    alone = backward(network, short, np.ones_like(short.y))
    assert alone.views["embedding.store"][3].any()
    np.testing.assert_allclose(
        alone.views["embedding.store"][3], grads.views["embedding.store"][3], rtol=1e-12
    )


def test_the_length_of_vectors_is_the_square_root_of_their_number_and_16_at_most():
    assert [embeddings.vector_size(n) for n in (1, 4, 5, 147, 256, 257, 10_000)] == [1, 2, 3, 13, 16, 16, 16]


def test_an_architecture_with_vectors_goes_to_a_dict_and_one_without_is_written_as_before():
    architecture = made().architecture
    listed = architecture.to_dict() | {"embeddings": [list(each) for each in TABLES]}  # as JSON has it
    assert Architecture.from_dict(listed) == architecture
    assert "embeddings" not in made(embeddings=()).architecture.to_dict()


REFUSED = {
    "no codes": ({}, ArgumentError, "codes is not given; the network has vectors of store, town"),
    "a shape": ({"codes": CODES[:, :1]}, ShapeError, r"codes is \(3, 1\); it must be \(3, 2\)"),
    "too large": ({"codes": CODES + 1}, ArgumentError, "codes of store go from 0 to 4; there are 4 vectors: 0 to 3, and -1"),
    "too small": ({"codes": CODES - 1}, ArgumentError, "codes of store go from -2 to 2"),
    "fractions": ({"codes": CODES / 2}, DtypeError, "codes holds float64; it must hold whole numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_codes_are_checked(case):
    given, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        forward(made(), series(), **given)


def test_a_network_without_vectors_takes_no_codes_and_x_keeps_its_own_width():
    with pytest.raises(ArgumentError, match="the network has vectors of none"):
        forward(made(embeddings=()), series(), codes=CODES)
    with pytest.raises(ShapeError, match="x has 6 features per step but W was made for 2"):
        forward(made(), np.zeros((3, 5, 6)), codes=CODES)


@pytest.mark.parametrize(
    "given",
    ["store", [("store", 4)], [("store", 0, 3)], [(1, 4, 3)], [("a", 2, 1), ("a", 3, 1)], 5, [("a", 2.0, 1)]],
)
def test_an_architecture_refuses_what_is_no_table_of_vectors(given):
    with pytest.raises(ArgumentError, match="embeddings has"):
        Architecture(input_size=2, hidden_size=4, outputs=1, embeddings=given)


MUTATIONS = {
    "last step alone": ("d_rows.sum(axis=-2)", "d_rows[..., -1, :]"),
    "overwritten": ("np.add.at(table, here[known], mine[known])", "table[here[known]] = mine[known]"),
    "mean forgotten": ("table += mine[~known].sum(axis=0) / count", "pass"),
    "mean not parted": ("mine[~known].sum(axis=0) / count", "mine[~known].sum(axis=0)"),
    "wrong columns": ("mine, here = reached[:, first : first + size]", "mine, here = reached[:, :size]"),
    "wrong codes": ("rows[:, column]\n", "rows[:, 0]\n"),
}


def source_of_gradient(old="", new=""):
    """`embeddings.gradient` with a piece of its source exchanged."""
    source = inspect.getsource(embeddings)
    assert not old or source.count(old) == 1, old
    module = {"__name__": "mutated"}
    exec(compile(source.replace(old, new) if old else source, "mutated embeddings.py", "exec"), module)
    return module["gradient"]


def worst(monkeypatch, gradient):
    monkeypatch.setattr(backward_pass.embeddings, "gradient", gradient)
    case = random_case(12, T=4, dropout=False, embeddings=(("store", 3, 2), ("town", 3, 2)))
    return max(errors(case, case.gradients(engine="reference"), entries=30).values())


def test_the_unbroken_gradient_passes(monkeypatch):
    assert worst(monkeypatch, source_of_gradient()) < 1e-12


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_gradient_is_caught(monkeypatch, mutation):
    assert worst(monkeypatch, source_of_gradient(*MUTATIONS[mutation])) > 1e-5
