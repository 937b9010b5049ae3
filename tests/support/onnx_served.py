"""Models of ONNX run by ONNX Runtime and by OpenVINO, whichever is installed, and random layers to write."""

import pytest

from gatewise.cells import Cell, cell_named
from gatewise.engine.params import Params
from gatewise.learn.sequential import Dense, Recurrent

RUNTIMES = ("onnxruntime", "openvino")


def served(model, feeds, runtime):
    """The outputs by name; inputs that the model does not declare are left out."""
    data, names = model.SerializeToString(), [output.name for output in model.graph.output]
    known = [each.name for each in model.graph.input]
    feeds = {name: array for name, array in feeds.items() if name in known}
    if runtime == "onnxruntime":
        library = pytest.importorskip(
            "onnxruntime", reason="onnxruntime is not installed; pip install onnxruntime"
        )
        session = library.InferenceSession(data, providers=["CPUExecutionProvider"])
        return dict(zip(names, session.run(names, feeds), strict=True))
    library = pytest.importorskip("openvino", reason="openvino is not installed; pip install openvino")
    core = library.Core()
    compiled = core.compile_model(core.read_model(data), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(feeds)
    return {name: found[place] for place, name in enumerate(names)}


def drawn_cell(cell, inputs, units, rng, dtype="float32"):
    """Parameters of which no two numbers are alike."""
    cell = cell if isinstance(cell, Cell) else cell_named(cell)
    size = units - 1 if cell.size_of("out") == "Q" or "Q" in str(dict(cell.parameters)) else None
    like = Params.init(inputs, units, cell=cell, output_size=size, dtype=dtype)
    return Params.of(
        {name: rng.normal(size=array.shape).astype(dtype) for name, array in like.arrays.items()}, cell
    )


def drawn_layer(cell, inputs, units, rng, directions=1, dtype="float32", **more):
    return Recurrent([drawn_cell(cell, inputs, units, rng, dtype) for _ in range(directions)], **more)


def drawn_dense(inputs, units, rng, function="linear", bias=True, dtype="float32", name=""):
    b = rng.normal(size=units).astype(dtype) if bias else None
    return Dense(rng.normal(size=(units, inputs)).astype(dtype) / 2, b, function=function, name=name)
