"""ONNX' recurrent nodes by ONNX' own letters, in NumPy and step by step, and models of one node; no gatewise here."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCKS = {"LSTM": 4, "GRU": 3, "RNN": 1}
FUNCTIONS = {
    "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "Tanh": np.tanh,
    "Relu": lambda z: np.maximum(z, 0),
    "HardSigmoid": lambda z: np.clip(0.2 * z + 0.5, 0, 1),
    "Softsign": lambda z: z / (1 + np.abs(z)),
    "Softplus": lambda z: np.log1p(np.exp(z)),
}
USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}


def weights(kind, D, H, *, directions=1, bias=True, peepholes=False, dtype=np.float32, seed=0):
    """Distinct random weights: W, R, and B and P where they are wanted."""
    draw, k = np.random.default_rng(seed), BLOCKS[kind]
    shapes = {"W": (directions, k * H, D), "R": (directions, k * H, H)}
    shapes |= {"B": (directions, 2 * k * H)} if bias else {}
    shapes |= {"P": (directions, 3 * H)} if peepholes else {}
    return {name: (draw.standard_normal(shape) * 0.7).astype(dtype) for name, shape in shapes.items()}


def one_direction(kind, X, w, h, c, *, activations, clip=None, input_forget=0, linear_before_reset=0):
    """X (T, D) of one sequence; outs (T, H), and what is left of h and c."""
    H = w["R"].shape[1]
    k = BLOCKS[kind]
    Wb, Rb = np.split(w.get("B", np.zeros(2 * k * H, X.dtype)), 2)
    W, R, Wb, Rb = (np.split(each, k) for each in (w["W"], w["R"], Wb, Rb))
    functions = [FUNCTIONS[name] for name in activations]

    def limited(z):
        return z if clip is None else np.clip(z, -clip, clip)

    outs = []
    for x in X:
        if kind == "LSTM":
            f, g, last = functions
            Pi, Po, Pf = np.split(w.get("P", np.zeros(3 * H, X.dtype)), 3)
            zi, zo, zf, zc = (W[n] @ x + R[n] @ h + Wb[n] + Rb[n] for n in range(4))
            i = f(limited(zi + Pi * c))
            forget = 1 - i if input_forget else f(limited(zf + Pf * c))
            c = forget * c + i * g(limited(zc))
            h = f(limited(zo + Po * c)) * last(c)
        elif kind == "GRU":
            f, g = functions
            z, r = (f(limited(W[n] @ x + R[n] @ h + Wb[n] + Rb[n])) for n in range(2))
            if linear_before_reset:
                inner = W[2] @ x + r * (R[2] @ h + Rb[2]) + Wb[2]
            else:
                inner = W[2] @ x + R[2] @ (r * h) + Rb[2] + Wb[2]
            h = (1 - z) * g(limited(inner)) + z * h
        else:
            h = functions[0](limited(W[0] @ x + R[0] @ h + Wb[0] + Rb[0]))
        outs.append(h)
    return np.array(outs), h, c


def expected(kind, X, w, *, lengths=None, h=None, c=None, direction="forward", activations=None, **options):
    """X (T, N, D); Y (T, directions, N, H), Y_h and, of an LSTM, Y_c (directions, N, H)."""
    T, N, _ = X.shape
    directions, _, H = w["R"].shape
    each = len(USUAL[kind])
    activations = activations or USUAL[kind] * directions
    zero = np.zeros((directions, N, H), X.dtype)
    h, c = (zero if state is None else state for state in (h, c))
    Y, Y_h, Y_c = np.zeros((T, directions, N, H), X.dtype), zero.copy(), zero.copy()
    for d in range(directions):
        backwards = direction == "reverse" or d == 1
        own = {name: array[d] for name, array in w.items()}
        for n in range(N):
            length = T if lengths is None else lengths[n]
            steps = np.arange(length)[::-1] if backwards else np.arange(length)
            outs, Y_h[d, n], Y_c[d, n] = one_direction(
                kind, X[steps, n], own, h[d, n], c[d, n],
                activations=activations[d * each : (d + 1) * each], **options,
            )  # fmt: skip
            Y[steps, d, n] = outs.reshape(length, H)
    return (Y, Y_h, Y_c) if kind == "LSTM" else (Y, Y_h)


def node_of(kind, inputs, *, outputs=("Y", "Y_h", "Y_c"), name="cell", **attributes):
    """A node; inputs that are not named in `inputs` are left out."""
    order = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    order = order if kind == "LSTM" else order[:6]
    names = [each if each in inputs else "" for each in order]
    while names[-1] == "":
        names.pop()
    outputs = list(outputs)[: 3 if kind == "LSTM" else 2]
    return helper.make_node(kind, names, outputs, name=name, **attributes)


def model_of(nodes, inputs, outputs, constants, *, opset=20):
    """A checked model: inputs and outputs as {name: (dtype, shape)}, constants as arrays by name."""

    def info(name, told):
        return helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(np.dtype(told[0])), told[1]
        )

    graph = helper.make_graph(
        nodes, "graph", [info(*each) for each in inputs.items()], [info(*each) for each in outputs.items()],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def dense_model(kind="LSTM", *, D=3, H=4, P=2, opset=20, batch_first=True, **options):
    """x (N, T, D) → a recurrent layer → its last step → a Dense layer: a model, and its weights."""
    w = weights(kind, D, H, **options)
    draw = np.random.default_rng(9)
    w |= {
        "V": draw.standard_normal((H, P)).astype(np.float32),
        "b": draw.standard_normal(P).astype(np.float32),
    }
    one = np.array([0], np.int64)
    nodes = [
        helper.make_node("Transpose", ["x"], ["X"], perm=[1, 0, 2]),
        node_of(kind, {*w, "X"} - {"V", "b"}, outputs=("", "Y_h")),
        helper.make_node("Squeeze", ["Y_h", "zero"], ["h"]),
        helper.make_node("MatMul", ["h", "V"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["y"], name="add"),
    ]
    model = model_of(
        nodes, {"x": ("f4", ("n", "t", D))}, {"y": ("f4", ("n", P))}, w | {"zero": one}, opset=opset
    )
    return model, w
