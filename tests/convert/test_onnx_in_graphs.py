"""Graphs made by hand: what is read as layers, what the whole graph gives, and what is refused by which words."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import helper  # noqa: E402
from onnx_models import dense_model, expected, model_of, node_of, weights  # noqa: E402

import gatewise.convert  # noqa: E402
from gatewise.errors import ConvertError  # noqa: E402
from gatewise.onnx import Backend, read  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

D, H = 3, 4
ROUNDED = 3e-7  # float32, a handful of steps; measured 1.2e-7


def as_file(model, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    return path


def x_of(N=3, T=6, D=D, seed=0):
    return np.random.default_rng(seed).standard_normal((N, T, D)).astype(np.float32)


@pytest.mark.parametrize("opset", [7, 11, 13, 14, 15, 17, 20, 22])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_hand_made_model_of_any_opset_gives_its_numbers(kind, opset, tmp_path):
    model, w = dense_model(kind, opset=max(opset, 13))
    if opset < 13:  # axes were an attribute of Squeeze then
        model, w = older(model, opset), w
    layers = read(as_file(model, tmp_path))
    x = x_of()
    own = {name: w[name] for name in ("W", "R", "B")}
    last = expected(kind, x.swapaxes(0, 1), own)[1][0]
    want = last @ w["V"] + w["b"]
    np.testing.assert_allclose(layers.forward(x), want, rtol=0, atol=ROUNDED * np.abs(want).max())
    np.testing.assert_allclose(
        Backend.run_model(model, [x])[0], want, rtol=0, atol=ROUNDED * np.abs(want).max()
    )


def older(model, opset):
    squeeze = next(node for node in model.graph.node if node.op_type == "Squeeze")
    del squeeze.input[1]
    squeeze.attribute.append(helper.make_attribute("axes", [0]))
    (zero,) = (each for each in model.graph.initializer if each.name == "zero")
    model.graph.initializer.remove(zero)
    model.opset_import[0].version = opset
    onnx.checker.check_model(model)
    return model


@pytest.mark.parametrize(
    "options", [{"peepholes": True}, {"bias": False}, {"peepholes": True, "bias": False}]
)
def test_peepholes_and_no_bias_are_read_as_cells(options, tmp_path):
    model, w = dense_model(**options)
    layers = read(as_file(model, tmp_path))
    own = {name: w[name] for name in ("W", "R", "B", "P") if name in w}
    want = expected("LSTM", x_of().swapaxes(0, 1), own)[1][0] @ w["V"] + w["b"]
    np.testing.assert_allclose(layers.forward(x_of()), want, rtol=0, atol=ROUNDED * np.abs(want).max())
    assert ("V" in layers.recurrent[0].cells[0].arrays) == options.get("peepholes", False)


def stack(beside=(), *, x=("n", "t", D), perm=(1, 0, 2), after=(), output="Y_h", lengths=None, **attributes):
    """A model of x → Transpose → LSTM → what is to be after it."""
    ways = 2 if attributes.get("direction") == "bidirectional" else 1
    w = weights("LSTM", D, H, directions=ways)
    given = {*w, "X"} | ({"sequence_lens"} if lengths else set()) | set(beside)
    nodes = [
        helper.make_node("Transpose", ["x"], ["X"], perm=perm),
        node_of("LSTM", given, **attributes),
        *after,
    ]
    inputs = {"x": ("f4", x)} | ({"sequence_lens": ("i4", ("n",))} if lengths else {})
    constants = w | dict(beside)
    return model_of(nodes, inputs, {output: ("f4", tuple("abc"))}, constants), w


def test_layout_1_needs_no_transpose(tmp_path):
    w = weights("LSTM", D, H)
    model = model_of(
        [node_of("LSTM", {*w, "X"}, layout=1)], {"X": ("f4", ("n", "t", D))}, {"Y": ("f4", tuple("abcd"))}, w
    )
    layers = read(as_file(model, tmp_path))
    want = expected("LSTM", x_of().swapaxes(0, 1), w)[0][:, 0].swapaxes(0, 1)
    np.testing.assert_allclose(layers.forward(x_of()), want, rtol=0, atol=ROUNDED)


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_lengths_that_are_an_input_become_lengths(direction, tmp_path):
    model, w = stack(lengths=True, direction=direction)
    layers = read(as_file(model, tmp_path))
    x, lengths = x_of(), [6, 2, 4]
    Y_h = expected("LSTM", x.swapaxes(0, 1), w, lengths=lengths, direction=direction)[1]
    want = np.concatenate(list(Y_h), axis=-1)
    np.testing.assert_allclose(layers.forward(x, lengths), want, rtol=0, atol=ROUNDED)


@pytest.mark.parametrize("axes", [(2, 0, 1), (0, 1, 2)])
def test_other_orders_of_the_axes_of_x_are_found(axes, tmp_path):
    """x is (N, D, T), or (T, N, D) already."""
    shape = {(2, 0, 1): ("n", D, "t"), (0, 1, 2): ("t", "n", D)}[axes]
    model, w = stack(x=shape, perm=axes)
    layers = read(as_file(model, tmp_path))
    want = expected("LSTM", x_of().swapaxes(0, 1), w)[1][0]
    np.testing.assert_allclose(layers.forward(x_of()), want, rtol=0, atol=ROUNDED)
    assert "the axes of 'x' are" in layers.notes[0]


def test_states_of_zero_are_dropped(tmp_path):
    zero = np.zeros((1, 3, H), np.float32)
    model, w = stack({"initial_h": zero, "initial_c": zero}, x=(3, "t", D))
    layers = read(as_file(model, tmp_path))
    want = expected("LSTM", x_of().swapaxes(0, 1), w)[1][0]
    np.testing.assert_allclose(layers.forward(x_of()), want, rtol=0, atol=ROUNDED)


def test_a_state_that_is_not_zero_is_refused_by_the_nodes_name(tmp_path):
    one = np.ones((1, 3, H), np.float32)
    model, _ = stack({"initial_c": one}, x=(3, "t", D))
    with pytest.raises(ConvertError, match=r"node 'cell' \(LSTM\).*initial_c is not 0"):
        read(as_file(model, tmp_path))


def test_a_state_that_is_an_input_is_refused_and_runs_whole(tmp_path):
    w = weights("LSTM", D, H)
    inputs = {"X": ("f4", ("t", "n", D)), "initial_h": ("f4", (1, "n", H))}
    model = model_of([node_of("LSTM", {*w, *inputs})], inputs, {"Y": ("f4", tuple("abcd"))}, w)
    with pytest.raises(ConvertError, match=r"'initial_h' is an initial state.*Backend"):
        read(as_file(model, tmp_path))
    x, h = x_of().swapaxes(0, 1), np.random.default_rng(2).standard_normal((1, 3, H)).astype(np.float32)
    np.testing.assert_allclose(
        Backend.run_model(model, [x, h])[0], expected("LSTM", x, w, h=h)[0], rtol=0, atol=ROUNDED
    )


def test_a_scaling_before_and_a_function_after_the_layer_become_dense_layers(tmp_path):
    w = weights("LSTM", D, H)
    mean, scale = np.array([0.5, -1, 2], np.float32), np.array([2, 0.5, 3], np.float32)
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["X"], perm=[1, 0, 2]),
        node_of("LSTM", {*w, "X"}),
        helper.make_node("Squeeze", ["Y_h", "zero"], ["h"]),
        helper.make_node("Relu", ["h"], ["y"]),
    ]
    constants = w | {"mean": mean, "scale": scale, "zero": np.array([0])}
    model = model_of(nodes, {"x": ("f4", ("n", "t", D))}, {"y": ("f4", tuple("ab"))}, constants)
    layers = read(as_file(model, tmp_path))
    x = x_of()
    want = expected("LSTM", ((x - mean) / scale).swapaxes(0, 1), w)[1][0]
    np.testing.assert_allclose(layers.forward(x), np.maximum(want, 0), rtol=0, atol=1e-6)


def after_of(*nodes, output="y", **constants):
    model, _ = stack(output="Y_h")
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(a, n) for n, a in constants.items())
    model.graph.output[0].name = output
    return model


make = helper.make_node
REFUSED = {
    "residual": (after_of(make("Add", ["Y_h", "Y_h"], ["y"], name="sum")), r"node 'sum' \(Add\).*two layers together"),
    "state": (after_of(make("Identity", ["Y_c"], ["y"])), "reads the state of node 'cell'"),
    "other operator": (after_of(make("Erf", ["Y_h"], ["y"], name="curve")), r"node 'curve' \(Erf\).*not read"),
    "other domain": (
        after_of(make("Own", ["Y_h"], ["y"], name="mine", domain="my.company")),
        r"node 'mine' \(Own\).*domain my.company",
    ),
    "square": (after_of(make("Mul", ["Y_h", "Y_h"], ["y"], name="square")), r"node 'square' \(Mul\)"),
    "middle step": (
        after_of(make("Gather", ["Y", "two"], ["y"], axis=0), two=np.array(2)),
        "some of the (steps|sequences)|several steps",
    ),
    "sum over steps": (
        after_of(make("ReduceSum", ["Y", "zero"], ["y"], name="total"), zero=np.array([0])),
        r"node 'total' \(ReduceSum\).*no layer does",
    ),
    "constant": (after_of(make("Identity", ["W"], ["y"])), "does not come from x"),
    "loop": (
        after_of(
            make(
                "If", ["yes"], ["y"], name="maybe",
                then_branch=helper.make_graph([make("Identity", ["Y_h"], ["a"])], "t", [], []),
                else_branch=helper.make_graph([make("Identity", ["Y_h"], ["a"])], "e", [], []),
            ),
            yes=np.array(True),
        ),
        r"node 'maybe' \(If\) runs a graph of its own",
    ),
    "training": (
        after_of(make("Dropout", ["Y_h", "", "yes"], ["y"], name="drop"), yes=np.array(True)),
        r"node 'drop' \(Dropout\).*training",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_layer_does_is_refused_by_the_nodes_name(name, tmp_path):
    model, says = REFUSED[name]
    with pytest.raises(ConvertError, match=says) as told:
        gatewise.convert.read(as_file(model, tmp_path))
    assert str(told.value).startswith(str(tmp_path / "model.onnx"))


def test_a_model_of_a_single_step_is_refused(tmp_path):
    model, _ = stack(x=("n", 1, D))
    with pytest.raises(ConvertError, match="single step"):
        read(as_file(model, tmp_path))


def test_two_layers_that_read_one_another_twice_are_no_chain(tmp_path):
    """Both Y_h of a stack joined: numbers of two layers."""
    w = weights("LSTM", D, H)
    second = {f"{name}2": array for name, array in weights("LSTM", H, H, seed=4).items()}
    nodes = [
        helper.make_node("LSTM", ["x", "W", "R", "B"], ["Y", "first"], name="one"),
        helper.make_node("Squeeze", ["Y", "axis"], ["Z"]),
        helper.make_node("LSTM", ["Z", "W2", "R2", "B2"], ["", "second"], name="two"),
        helper.make_node("Concat", ["first", "second"], ["y"], axis=2),
    ]
    model = model_of(
        nodes, {"x": ("f4", ("t", "n", D))}, {"y": ("f4", tuple("abc"))}, w | second | {"axis": np.array([1])}
    )
    with pytest.raises(ConvertError, match=r"from node 'one'.* and from node 'two'"):
        read(as_file(model, tmp_path))


def test_layers_are_never_returned_that_do_not_give_the_graphs_numbers(tmp_path, monkeypatch):
    """The proof can fail: with a gate order that is wrong in the layers alone, nothing is returned."""
    from gatewise.onnx.structure import building

    def swapped(params, dtype):
        arrays = {name: array.astype(dtype) for name, array in params.arrays.items()}
        arrays["W"] = np.roll(arrays["W"], H, axis=0)
        return arrays

    monkeypatch.setattr(building, "_arrays", swapped)
    model, _ = dense_model()
    with pytest.raises(ConvertError, match="does not give the graph's own numbers"):
        read(as_file(model, tmp_path))
