"""From gatewise to ONNX: `model_of` returns the model of layers, of a network or of a run.

`networks.py` adds layers to a graph, as nodes (`nodes.py`) where ONNX has the cell and as a Scan of its
equations (`scan.py`) where not; `run.py` has what stands around the network of `gatewise fit`.
"""

from gatewise.onnx.writing.model import model_of, notes_of

__all__ = ["model_of", "notes_of"]
