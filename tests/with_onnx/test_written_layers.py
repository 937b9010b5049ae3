"""Layers written as ONNX and run by ONNX Runtime and OpenVINO give what gatewise gives."""

import itertools

import numpy as np
import pytest
from onnx_served import RUNTIMES, drawn_cell, drawn_dense, drawn_layer, served
from own_cells import OWN, own_cell

from gatewise.cells import CELLS, read_cell
from gatewise.cells.gate_orders import from_library, gate_order
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import FUNCTIONS, Recurrent, Sequential
from gatewise.onnx import model_of
from gatewise.onnx.writing import notes_of

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
pytestmark = pytest.mark.filterwarnings("ignore")

D, H = 3, 4
NODES = {
    "lstm": "LSTM", "coupled": "LSTM", "peephole": "LSTM", "lstm+clip=0.4": "LSTM", "lstm+no-bias": "LSTM",
    "coupled+peephole+clip=0.5": "LSTM", "gru": "GRU", "gru-reset-after": "GRU", "rnn": "RNN", "rnn-relu": "RNN",
}  # fmt: skip
SCANNED = ("projected", "lstm1997", "mgu", "lstm+state-clip=0.3", "peephole+projected+clip=0.6")
ROUNDING = {"float32": 4e-6, "float64": 1e-13}  # two layers and two dense ones: measured 7.7e-7 and 1e-15
IN_FLOAT32 = 6e-6  # OpenVINO computes in float32 throughout; measured 1.4e-6


def close(got, wanted, runtime, dtype="float32"):
    bound = IN_FLOAT32 if runtime == "openvino" else ROUNDING[dtype]
    assert got.shape == wanted.shape
    assert got.dtype == wanted.dtype
    assert np.abs(got - wanted).max() <= bound * max(1, np.abs(wanted).max())


def agrees(model, runtime, *, lengths=False, sizes=((3, 6), (5, 9)), scan=False):
    """Of several numbers of series and of steps, in one file."""
    rng = np.random.default_rng(7)
    written = model_of(model, lengths=lengths, scan=scan)
    for N, T in sizes:
        feeds = {"x": rng.normal(size=(N, T, D)).astype(model.dtype)}
        if lengths:
            feeds["lengths"] = np.array([T, 0, T - 1, 1, T // 2][:N], np.int32)
        wanted = model.forward(feeds["x"], feeds.get("lengths"))
        close(served(written, feeds, runtime)["y"], wanted, runtime, str(model.dtype))
    return written


def operators(written):
    return [node.op_type for node in written.graph.node]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", [*NODES, *SCANNED])
def test_every_cell_gives_its_own_numbers(cell, runtime):
    rng = np.random.default_rng(1)
    model = Sequential([drawn_layer(cell, D, H, rng, 2, returns="last")])
    scan = "peephole" in cell and runtime == "openvino"
    written = agrees(model, runtime, scan=scan)
    wanted = "Scan" if scan else NODES.get(cell, "Scan")
    assert operators(written).count(wanted) == (2 if wanted == "Scan" else 1)


def test_the_cells_of_the_table_are_all_tried():
    assert set(CELLS) <= {*NODES, *SCANNED}


@pytest.mark.share(4)
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", ["lstm", "gru-reset-after", "mgu"])
@pytest.mark.parametrize("lengths", [False, True], ids=["whole", "lengths"])
@pytest.mark.parametrize("returns", ["steps", "last", "row"])
@pytest.mark.parametrize("way", ["forwards", "backwards", "both"])
def test_every_way_through_series(way, returns, lengths, cell, runtime):
    rng = np.random.default_rng(2)
    directions, reverse = (2, False) if way == "both" else (1, way == "backwards")
    below = drawn_layer(cell, D, H + 1, rng, directions, reverse=reverse)
    above = drawn_layer(cell, below.width, H, rng, directions, reverse=reverse, returns=returns)
    agrees(Sequential([below, above]), runtime, lengths=lengths, sizes=((3, 6),))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_one_file_takes_any_number_of_series_and_steps(runtime):
    rng = np.random.default_rng(2)
    below = drawn_layer("lstm", D, H, rng, 2)
    model = Sequential([below, drawn_layer("lstm", below.width, H, rng, 2, returns="last")])
    agrees(model, runtime, lengths=True, sizes=((1, 1), (2, 5), (5, 2), (1, 40)))


@pytest.mark.share(3)
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", ["lstm", "peephole", "gru", "coupled+clip=0.5"])
@pytest.mark.parametrize(("returns", "lengths"), [("steps", True), ("last", True), ("row", False)])
def test_float64_is_computed_in_float64(returns, lengths, cell, runtime):
    rng = np.random.default_rng(3)
    layer = drawn_layer(cell, D, H, rng, 2, "float64", returns=returns)
    model = Sequential([layer, drawn_dense(layer.width, 5, rng, "softmax", dtype="float64")])
    written = agrees(model, runtime, lengths=lengths)
    assert written.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("returns", ["steps", "last"])
def test_dense_layers_before_between_and_after(returns, function, runtime):
    rng = np.random.default_rng(4)
    model = Sequential(
        [
            drawn_dense(D, 5, rng, "tanh", bias=False), drawn_layer("lstm", 5, H, rng),
            drawn_dense(H, 6, rng, function), drawn_layer("gru", 6, H, rng, returns=returns),
            drawn_dense(H, 5, rng, function), drawn_dense(5, 2, rng, function, bias=False),
        ]
    )  # fmt: skip
    agrees(model, runtime)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", ["lstm", "mgu"])
def test_outs_turned_round_as_go_backwards_has_them(cell, runtime):
    rng = np.random.default_rng(5)
    model = Sequential(
        [drawn_layer(cell, D, H, rng, reverse=True, turned=True), drawn_layer("lstm", H, 2, rng)]
    )
    agrees(model, runtime)


def test_outs_turned_round_have_no_order_with_lengths():
    layer = drawn_layer("lstm", D, H, np.random.default_rng(5), reverse=True, turned=True, name="back")
    with pytest.raises(ConvertError, match=r"layer back turns its outs round.*without lengths"):
        model_of(Sequential([layer]), lengths=True)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_cell_of_ones_own_is_written_by_its_equations(name, dtype, runtime):
    rng = np.random.default_rng(6)
    model = Sequential([drawn_layer(own_cell(name), D, H, rng, 2, dtype)])
    if runtime == "onnxruntime" or dtype == "float32":
        agrees(model, runtime, lengths=True, sizes=((3, 4),))


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    "function", ["sigmoid", "tanh", "relu", "hard_sigmoid", "softsign", "softplus", "exp", "g", "h"]
)
def test_every_function_of_equations(function, runtime):
    cell = read_cell(
        f"s_t = M·x_t + U·out_{{t-1}} + v\nq_t = {function}(s_t)\nout_t = tanh(q_t - s_t)", name="own"
    )
    rng = np.random.default_rng(8)
    agrees(Sequential([drawn_layer(cell, D, H, rng)]), runtime, sizes=((3, 4),))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_nodes_can_be_written_as_equations_too(runtime):
    rng = np.random.default_rng(9)
    model = Sequential([drawn_layer("peephole", D, H, rng, 2, returns="last")])
    assert "LSTM" not in operators(agrees(model, runtime, lengths=True, scan=True))


# Order of gates and biases ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(4), 2)))
@pytest.mark.parametrize("tensor", ["W", "R", "B"])
def test_two_gates_swapped_in_the_file_give_other_numbers(tensor, one, other):
    """So that the tests above would see it."""
    model = Sequential([drawn_layer("lstm", D, H, np.random.default_rng(10), name="L")])
    written = model_of(model)
    swap = list(range(8 if tensor == "B" else 4))
    swap[one], swap[other] = swap[other], swap[one]
    for constant in written.graph.initializer:
        if constant.name == f"L_{tensor}":
            array = onnx.numpy_helper.to_array(constant)[0]
            mixed = np.concatenate([np.split(array, len(swap))[place] for place in swap])[np.newaxis]
            constant.CopyFrom(onnx.numpy_helper.from_array(mixed, constant.name))
    x = np.random.default_rng(11).normal(size=(2, 5, D)).astype(np.float32)
    assert np.abs(served(written, {"x": x}, "onnxruntime")["y"] - model.forward(x)).max() > 1e-3


def test_two_biases_are_kept_apart_to_the_bit():
    rng = np.random.default_rng(12)
    params = drawn_cell("lstm", D, H, rng)
    of_input = rng.normal(size=4 * H).astype(np.float32)
    of_recurrent = rng.normal(size=4 * H).astype(np.float32)
    layer = Recurrent(
        [params.replace(b=of_input + of_recurrent)], biases=[(of_input, of_recurrent)], name="L"
    )
    written = model_of(Sequential([layer]))
    arrays = {each.name: onnx.numpy_helper.to_array(each) for each in written.graph.initializer}
    first, second = np.split(arrays["L_B"][0], 2)
    assert from_library("onnx", first).tobytes() == of_input.tobytes()
    assert from_library("onnx", second).tobytes() == of_recurrent.tobytes()
    assert from_library("onnx", arrays["L_W"][0]).tobytes() == params.W.tobytes()
    assert gate_order("onnx").gates == ("i", "o", "f", "a")


# What a file says --------------------------------------------------------------------------------------------------


def test_a_file_names_its_inputs_and_leaves_sizes_open():
    model = Sequential([drawn_layer("lstm", D, H, np.random.default_rng(13), returns="last")])
    written = model_of(model, lengths=True)
    axes = {
        each.name: [axis.dim_param or axis.dim_value for axis in each.type.tensor_type.shape.dim]
        for each in (*written.graph.input, *written.graph.output)
    }
    assert axes == {"x": ["N", "T", D], "lengths": ["N"], "y": ["N", H]}
    assert all(each.doc_string for each in written.graph.input)
    onnx.checker.check_model(written, full_check=True)


def test_layers_may_be_called_as_inputs_and_outputs_are():
    rng = np.random.default_rng(16)
    layers = [
        drawn_layer(cell, D, D, rng, name=name) for cell, name in (("lstm", "x"), ("mgu", "x"), ("lstm", "y"))
    ]
    model = Sequential(
        [*layers, drawn_dense(D, D, rng, "softmax", name="y"), drawn_dense(D, 2, rng, name="lengths")]
    )
    agrees(model, "onnxruntime", lengths=True)


def test_another_dtype_is_written_where_it_is_asked_for():
    rng = np.random.default_rng(14)
    model = Sequential([drawn_layer("lstm", D, H, rng), drawn_dense(H, 2, rng)])
    written = model_of(model, dtype="float64")
    x = rng.normal(size=(2, 4, D))
    got = served(written, {"x": x}, "onnxruntime")["y"]
    assert got.dtype == np.float64
    assert np.abs(got - model.forward(x.astype(np.float32))).max() < 1e-6


def test_who_writes_peepholes_is_told_of_openvino():
    rng = np.random.default_rng(15)
    seeing, plain = (Sequential([drawn_layer(cell, D, H, rng, name="L")]) for cell in ("peephole", "lstm"))
    assert "OpenVINO" in notes_of(model_of(seeing))[0]
    assert notes_of(model_of(plain)) == notes_of(model_of(seeing, scan=True)) == ()


def test_what_is_no_model_is_refused():
    with pytest.raises(ArgumentError, match="must be a Sequential, a Network or a Model"):
        model_of([1, 2])
