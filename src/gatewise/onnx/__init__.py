"""ONNX models, which the package onnx is needed for (`gatewise[onnx]`): read, looked into, run and written.

    model = gatewise.onnx.read("model.onnx")            # a Sequential, with model.trace(x)
    gatewise.onnx.Backend.run_model(proto, [x])         # the whole graph, its LSTM nodes by the engine
    onnx.save(gatewise.onnx.model_of(model), "again.onnx")

graphs/ reads files, operators/ has what stands beside the LSTM nodes, recurrent/ those nodes themselves,
structure/ finds the layers that a graph is, and writing/ makes graphs of layers, networks and whole runs.
"""

from gatewise.support.extras import need

need("onnx", "onnx", "an ONNX model")

from gatewise.onnx.backend import Backend, PreparedModel  # noqa: E402  (after the check)
from gatewise.onnx.structure.reading import read  # noqa: E402
from gatewise.onnx.writing import model_of  # noqa: E402

__all__ = ["Backend", "PreparedModel", "model_of", "read"]
