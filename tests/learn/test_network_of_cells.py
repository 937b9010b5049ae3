"""Networks of every cell: gradients beside complex steps, one step at a time, dropout, and what does not fit."""

import itertools

import numpy as np
import pytest

from gatewise.cells import CELLS
from gatewise.errors import ArgumentError
from gatewise.learn import network as networks
from gatewise.learn.network import Architecture, Network, NetworkStepper

EACH = pytest.mark.parametrize(
    "cell", [*CELLS, "gru+no-bias", "peephole+clip=0.7+state-clip=0.4", "coupled+projected+no-bias+clip=1.5"]
)
STEP = 1e-20


def network_of(cell, **options):
    projection = 2 if "projected" in cell else 0
    settings = {
        "input_size": 3,
        "hidden_size": 4,
        "outputs": 2,
        "cell": cell,
        "projection": projection,
        **options,
    }
    return Network.init(Architecture(**settings), seed=2, dtype="float64")


@EACH
@pytest.mark.parametrize(("head", "both"), [*itertools.product(("last", "steps"), (False, True))])
def test_gradients_of_a_network(cell, head, both):
    """Two layers, uneven lengths, along random directions of all parameters and of x."""
    network = network_of(cell, layers=2, bidirectional=both, head=head, skip=2 if head == "last" else 0)
    rng = np.random.default_rng(5)
    x, lengths = rng.standard_normal((3, 5, 3)), np.array([5, 3, 1])
    trace = networks.forward(network, x, lengths=lengths)
    d_y = rng.standard_normal(trace.y.shape)
    grads = networks.backward(network, trace, d_y, inputs=True)
    for _ in range(4):
        along, beside = rng.standard_normal(network.size), rng.standard_normal(x.shape)
        moved = Network(network.architecture, network.vector + 1j * STEP * along)
        y = networks.forward(moved, x + 1j * STEP * beside, lengths=lengths, engine="reference").y
        measured = (y * d_y).sum().imag / STEP
        given = (grads.vector * along).sum() + (grads.d_x * beside).sum()
        assert abs(given - measured) <= 1e-11 * max(1, abs(measured))


@EACH
def test_recurrent_dropout_is_a_factor_of_the_columns_of_U(cell):
    network = network_of(cell, recurrent_dropout=0.5)
    x = np.random.default_rng(1).standard_normal((2, 4, 3))
    trace = networks.forward(network, x, rng=np.random.default_rng(3))
    mask = trace.masks.recurrent[0][0]
    assert np.array_equal(trace.used[0][0].U, network.cells[0][0].U * mask)
    grads = networks.backward(network, trace, np.ones_like(trace.y))
    along = np.random.default_rng(4).standard_normal(network.size)
    moved = Network(network.architecture, network.vector + 1j * STEP * along)
    y = networks.forward(moved, x.astype(complex), rng=np.random.default_rng(3), engine="reference").y
    assert (grads.vector * along).sum() == pytest.approx(y.sum().imag / STEP, rel=1e-11)


@EACH
def test_step_by_step_and_in_pieces(cell):
    network = network_of(cell, layers=2)
    x = np.random.default_rng(1).standard_normal((2, 6, 3))
    whole = networks.forward(network, x).y
    stepper = NetworkStepper(network, 2)
    for t in range(6):
        y = stepper.step(x[:, t])
    np.testing.assert_allclose(y, whole, rtol=1e-12)
    first = networks.forward(network, x[:, :2])
    rest = networks.forward(network, x[:, 2:], first.last)
    np.testing.assert_allclose(rest.y, whole, rtol=1e-12)
    grads = networks.backward(network, rest, np.ones_like(whole))
    back = networks.backward(network, first, np.zeros_like(first.y), d_last_state=grads.d_state0)
    at_once = networks.backward(network, networks.forward(network, x), np.ones_like(whole))
    head = sum(map(np.size, (network.views["head.W"], network.views["head.b"])))
    together = (grads.vector + back.vector)[:-head]
    np.testing.assert_allclose(together, at_once.vector[:-head], rtol=1e-10, atol=1e-14)


@EACH
def test_settings_go_into_a_dict_and_back(cell):
    made = network_of(cell).architecture
    assert Architecture.from_dict(made.to_dict()) == made
    assert ("cell" in made.to_dict()) == (cell != "lstm")  # files of the LSTM are those of before


def test_a_forget_bias_is_set_where_there_is_a_forget_gate():
    for cell in ("lstm", "peephole", "projected"):
        assert (network_of(cell).cells[0][0].gate("f")[2] == 1).all()
    for cell in ("gru", "coupled", "rnn", "mgu"):  # the f of mgu says how much is replaced, not kept
        assert not (network_of(cell).cells[0][0].b == 1).any()


def test_a_forget_bias_that_was_given_is_set_or_refused():
    architecture = network_of("gru").architecture
    with pytest.raises(ArgumentError, match=r"forget_bias=2\.0: cell gru has no bias of a forget gate"):
        Network.init(architecture, forget_bias=2.0)
    drawn = Network.init(network_of("mgu").architecture, forget_bias=-1.0)
    assert (drawn.cells[0][0].gate("f")[2] == -1).all()


def test_what_does_not_fit_is_refused():
    sizes = {"input_size": 3, "hidden_size": 4, "outputs": 2}
    for options, said in (
        ({"cell": "grü"}, "Choose from: lstm"),
        ({"cell": "gru", "projection": 2}, "projection=2: cell gru does not project its output"),
        ({"cell": "projected"}, "projection=0: cell projected projects its output: give its length"),
        ({"projection": -1}, "projection=-1; it must be a whole number of at least 0"),
    ):
        with pytest.raises(ArgumentError, match=said):
            Architecture(**sizes, **options)
