"""ONNX: models out, checked by the package onnx (`gatewise[onnx]`).

onnx.save(gatewise.onnx.model_of(sequential), "lstm.onnx")
"""

from gatewise.onnx.writing import model_of

__all__ = ["model_of"]
