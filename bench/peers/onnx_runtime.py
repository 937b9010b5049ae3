"""ONNX Runtime: a model of one LSTM node. It has no training. Time first, the node's default layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import Problem
from peers import Array, Program, Unsupported, gates

onnx: Any = None
ort: Any = None
options: Any = None


def start(threads: int) -> dict[str, str]:
    global onnx, ort, options
    import onnx as onnx_module
    import onnxruntime as ort_module

    onnx, ort = onnx_module, ort_module
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return {"onnxruntime": ort.__version__, "onnx": onnx.__version__}


def forward(problem: Problem) -> Program:
    session = _session(problem, carried=False)
    fed = {"X": np.ascontiguousarray(problem.x.swapaxes(0, 1))}

    def run() -> Any:
        return session.run(["Y"], fed)[0]

    return Program(run, lambda: {"out": run()[:, 0].swapaxes(0, 1)})


def stream(problem: Problem) -> Program:
    session = _session(problem, carried=True)
    steps = [np.ascontiguousarray(problem.x[:, t : t + 1]) for t in range(problem.x.shape[1])]
    zero = np.zeros((1, 1, problem.U.shape[1]), problem.x.dtype)
    carry = [zero, zero]

    def step(x: Array) -> Any:
        nonlocal carry
        carry = session.run(["Y_h", "Y_c"], {"X": x, "h": carry[0], "c": carry[1]})
        return carry[0]

    def results() -> dict[str, Array]:
        nonlocal carry
        carry = [zero, zero]
        return {"out": np.concatenate([step(x) for x in steps], axis=1)}

    return Program(lambda: step(steps[0]), results)


def _session(problem: Problem, *, carried: bool) -> Any:
    """Build a session of one LSTM node; `carried`: with initial states as inputs and last ones as outputs."""
    helper, D, H = onnx.helper, problem.W.shape[1], problem.U.shape[1]
    N, T = (1, 1) if carried else problem.x.shape[:2]
    kind = helper.np_dtype_to_tensor_dtype(problem.x.dtype)
    weights = {
        "W": gates.to("onnx", problem.W)[np.newaxis],
        "R": gates.to("onnx", problem.U)[np.newaxis],
        "B": np.concatenate([gates.to("onnx", problem.b), np.zeros_like(problem.b)])[np.newaxis],
    }
    states = ["h", "c"] if carried else []
    shapes = {"X": [T, N, D], "Y": [T, 1, N, H]} | {key: [1, N, H] for key in ("h", "c", "Y_h", "Y_c")}
    outputs = ["", "Y_h", "Y_c"] if carried else ["Y"]
    inputs = ["X", "W", "R", "B", *([""] if carried else []), *states]
    node = helper.make_node("LSTM", inputs, outputs, hidden_size=H)

    def described(names: list[str]) -> list[Any]:
        return [helper.make_tensor_value_info(name, kind, shapes[name]) for name in names if name]

    constants = [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph([node], "lstm", described(["X", *states]), described(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    zeros = {name: np.zeros(shapes[name], problem.x.dtype) for name in ("X", *states)}
    try:  # a missing dtype shows when the node first runs
        session.run(None, zeros)
    except ort.capi.onnxruntime_pybind11_state.RuntimeException as error:
        if "does not support" not in str(error):
            raise
        raise Unsupported(str(error).rpartition("Status Message: ")[2]) from error
    return session


PROGRAMS = {"forward": forward, "stream": stream}
