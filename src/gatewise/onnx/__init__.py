"""ONNX models, which the package onnx is needed for (`gatewise[onnx]`): read, looked into and run.

    model = gatewise.onnx.read("model.onnx")            # a Sequential, with model.trace(x)
    gatewise.onnx.Backend.run_model(proto, [x])         # the whole graph, its LSTM nodes by the engine

graphs/ reads files, operators/ has what stands beside the LSTM nodes, recurrent/ those nodes themselves, and
structure/ finds the layers that a graph is.
"""

from gatewise.support.extras import need

need("onnx", "onnx", "an ONNX model")

from gatewise.onnx.backend import Backend, PreparedModel  # noqa: E402  (after the check)
from gatewise.onnx.structure.reading import read  # noqa: E402

__all__ = ["Backend", "PreparedModel", "read"]
