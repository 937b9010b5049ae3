"""Weights and models in and out: torch, Keras, ONNX, safetensors, problem files, runs, and C.

    gatewise.convert.model("lstm.safetensors", "lstm.onnx")     # from one file to another
    opened = gatewise.convert.read("model.keras")                # layers that run here
    y = opened.layers().forward(x)

`FORMATS` is the table: a row for each format, which reads and writes in a module of its own. Nothing that
is read is ever unpickled or run.
"""

from gatewise.convert.converting import model, read
from gatewise.convert.formats import FORMATS, FileFormat
from gatewise.convert.opened import Opened
from gatewise.learn.sequential import Dense, Recurrent, Sequential

__all__ = ["FORMATS", "Dense", "FileFormat", "Opened", "Recurrent", "Sequential", "model", "read"]
