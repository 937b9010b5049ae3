"""ONNX models: `write` makes one of layers or of a whole run."""

from __future__ import annotations

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.onnx.writing import model_of, notes_of


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of an ONNX model that onnx has checked, and what its user should know.

    Raises
    ------
    ConvertError
        If ONNX cannot express something; the message names the layer and says why.
    """
    source = opened.run if opened.run is not None else opened.layers()
    made = model_of(source, lengths=choices.lengths, dtype=choices.dtype, scan=choices.scan)
    return made.SerializeToString(), notes_of(made)
