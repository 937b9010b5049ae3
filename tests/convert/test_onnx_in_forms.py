"""The same layer in forms that exporters and people write: ranks, dtypes, layouts, constants in odd places."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx_models import expected, model_of, node_of, weights  # noqa: E402

from gatewise.errors import ConvertError  # noqa: E402
from gatewise.onnx import read  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

D, H, N, T = 3, 4, 3, 6
ROUNDED = 3e-7
make = helper.make_node


def x_of(N=N, D=D):
    return np.random.default_rng(0).standard_normal((N, T, D)).astype(np.float32)


def read_model(model, tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(model, path)
    return read(path)


def numbers(w, x, **options):
    """Y (N, T, directions·H) and Y_h (N, directions·H)."""
    Y, Y_h, _ = expected("LSTM", x.swapaxes(0, 1), {k: w[k] for k in ("W", "R", "B")}, **options)
    return np.concatenate(list(Y.transpose(1, 2, 0, 3)), -1), np.concatenate(list(Y_h), -1)


def close(got, want):
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=0, atol=ROUNDED)


def test_y_as_it_stands_is_an_output_of_steps(tmp_path):
    """Y (T, 2, N, H) has directions and units on two axes."""
    w = weights("LSTM", D, H, directions=2)
    node = node_of("LSTM", {*w, "X"}, direction="bidirectional")
    model = model_of([node], {"X": ("f4", ("t", "n", D))}, {"Y": ("f4", tuple("abcd"))}, w)
    layers = read_model(model, tmp_path)
    close(layers.forward(x_of()), numbers(w, x_of(), direction="bidirectional")[0])
    assert "(T, P)" not in layers.notes[0]


def test_a_single_sequence_without_an_axis_of_its_own(tmp_path):
    w = weights("LSTM", D, H)
    nodes = [
        make("Unsqueeze", ["x", "one"], ["X"]),
        node_of("LSTM", {*w, "X"}),
        make("Squeeze", ["Y", "both"], ["y"]),
    ]
    constants = w | {"one": np.array([1]), "both": np.array([1, 2])}
    model = model_of(nodes, {"x": ("f4", ("t", D))}, {"y": ("f4", tuple("ab"))}, constants)
    layers = read_model(model, tmp_path)
    x = x_of(1)
    close(layers.forward(x[0]), numbers(w, x)[0][0])


def test_a_series_of_one_feature_without_an_axis_for_it(tmp_path):
    """x (N, T), and a forecast (N,)."""
    w = weights("LSTM", 1, H)
    V = np.random.default_rng(1).standard_normal((H, 1)).astype(np.float32)
    nodes = [
        make("Unsqueeze", ["x", "two"], ["wide"]),
        make("Transpose", ["wide"], ["X"], perm=[1, 0, 2]),
        node_of("LSTM", {*w, "X"}),
        make("Squeeze", ["Y_h", "zero"], ["h"]),
        make("Gemm", ["h", "V"], ["p"], alpha=2.0),
        make("Squeeze", ["p", "one"], ["y"]),
    ]
    axes = {"two": np.array([2]), "zero": np.array([0]), "one": np.array([1])}
    model = model_of(nodes, {"x": ("f4", ("n", "t"))}, {"y": ("f4", ("n",))}, w | axes | {"V": V})
    layers = read_model(model, tmp_path)
    x = x_of(D=1)
    np.testing.assert_allclose(layers.forward(x), 2 * numbers(w, x)[1] @ V, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", [TensorProto.DOUBLE, TensorProto.FLOAT16])
def test_x_of_another_dtype_that_is_cast(kind, tmp_path):
    w = weights("LSTM", D, H)
    nodes = [make("Cast", ["x"], ["X"], to=TensorProto.FLOAT), node_of("LSTM", {*w, "X"})]
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    model = model_of(nodes, {"x": (dtype, ("t", "n", D))}, {"Y_h": ("f4", tuple("abc"))}, w)
    layers = read_model(model, tmp_path)
    assert layers.dtype == np.float32
    close(layers.forward(x_of()), numbers(w, x_of())[1])


def test_weights_that_are_constant_nodes_or_listed_as_inputs(tmp_path):
    w = weights("LSTM", D, H)
    nodes = [
        make("Constant", [], ["R"], value=numpy_helper.from_array(w["R"])),
        node_of("LSTM", {*w, "X"}),
    ]
    rest = {"W": w["W"], "B": w["B"]}
    inputs = {"X": ("f4", ("t", "n", D)), "W": ("f4", w["W"].shape)}
    model = model_of(nodes, inputs, {"Y_h": ("f4", tuple("abc"))}, rest)
    close(read_model(model, tmp_path).forward(x_of()), numbers(w, x_of())[1])


def test_an_input_without_a_shape(tmp_path):
    w = weights("LSTM", D, H)
    model = model_of(
        [node_of("LSTM", {*w, "X"})], {"X": ("f4", ("t", "n", D))}, {"Y_h": ("f4", tuple("abc"))}, w
    )
    model.graph.input[0].type.tensor_type.ClearField("shape")
    close(read_model(model, tmp_path).forward(x_of()), numbers(w, x_of())[1])


def test_states_of_the_examples_batch_beside_open_sizes(tmp_path):
    w = weights("LSTM", D, H)
    zero = np.zeros((1, 2, H), np.float32)
    node = node_of("LSTM", {*w, "X", "initial_h", "initial_c"})
    constants = w | {"initial_h": zero, "initial_c": zero}
    model = model_of([node], {"X": ("f4", ("t", "n", D))}, {"Y_h": ("f4", tuple("abc"))}, constants)
    layers = read_model(model, tmp_path)
    close(layers.forward(x_of()), numbers(w, x_of())[1])
    assert "for 2 sequences alone" in layers.notes[0]


def test_part_of_the_features_is_read_with_weights_of_zero_for_the_others(tmp_path):
    """The layer reads features 2 and 0 of x; the head the second direction alone."""
    w = weights("LSTM", 2, H, directions=2)
    V = np.random.default_rng(1).standard_normal((H, 2)).astype(np.float32)
    nodes = [
        make("Gather", ["x", "some"], ["X"], axis=2),
        node_of("LSTM", {*w, "X"}, direction="bidirectional"),
        make("Gather", ["Y_h", "second"], ["h"], axis=0),
        make("MatMul", ["h", "V"], ["y"]),
    ]
    constants = w | {"some": np.array([2, 0]), "second": np.array(1), "V": V}
    model = model_of(nodes, {"x": ("f4", ("t", "n", D))}, {"y": ("f4", tuple("ab"))}, constants)
    layers = read_model(model, tmp_path)
    x = x_of()
    want = numbers(w, np.ascontiguousarray(x[..., [2, 0]]), direction="bidirectional")[1][:, H:] @ V
    np.testing.assert_allclose(layers.forward(x), want, rtol=0, atol=1e-6)


def test_a_softmax_of_before_opset_13_is_over_all_axes_from_its_own(tmp_path):
    w = weights("LSTM", D, H)
    nodes = [node_of("LSTM", {*w, "X"}), make("Softmax", ["Y_h"], ["y"], name="all")]
    model = model_of(nodes, {"X": ("f4", ("t", "n", D))}, {"y": ("f4", tuple("abc"))}, w, opset=11)
    with pytest.raises(ConvertError, match=r"node 'all' \(Softmax\).*more than the features"):
        read_model(model, tmp_path)


@pytest.mark.parametrize("activations", [["HardSigmoid", "Softsign", "Relu"], ["Sigmoid", "Tanh", "Relu"]])
@pytest.mark.parametrize("attributes", [{}, {"clip": 0.7, "input_forget": 1}])
def test_other_functions_are_cells_of_their_own(activations, attributes, tmp_path):
    w = weights("LSTM", D, H, directions=2)
    attributes = {"activations": activations * 2} | attributes
    node = node_of("LSTM", {*w, "X"}, direction="bidirectional", **attributes)
    model = model_of([node], {"X": ("f4", ("t", "n", D))}, {"Y_h": ("f4", tuple("abc"))}, w)
    layers = read_model(model, tmp_path)
    close(layers.forward(x_of()), numbers(w, x_of(), direction="bidirectional", **attributes)[1])
    assert layers.trace(x_of())[0][1].i.shape == (N, T, H)


def test_directions_of_different_functions_are_refused_by_the_nodes_name(tmp_path):
    w = weights("LSTM", D, H, directions=2)
    names = ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Tanh", "Tanh"]
    node = node_of("LSTM", {*w, "X"}, direction="bidirectional", activations=names)
    model = model_of([node], {"X": ("f4", ("t", "n", D))}, {"Y_h": ("f4", tuple("abc"))}, w)
    with pytest.raises(ConvertError, match=r"node 'cell' \(LSTM\).*different cells"):
        read_model(model, tmp_path)
