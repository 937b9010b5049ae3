"""ONNX models as files: bytes damaged, and fields of nodes, tensors and inputs changed in models that stay models."""

import onnx
from fuzz.damage_bytes import damaged
from fuzz.files import Files
from onnx import TensorProto, helper
from paths import SUPPORT

SAMPLES = SUPPORT.parent / "convert" / "onnx_files"
NUMBERS = (0, 1, -1, 2, 3, 7, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63), 100_000)
TEXTS = ("", "x", "\0", "LSTM", "Loop", "../../etc/passwd", "/dev/zero", "reverse", "a" * 5000, "é\u202e")
OPS = (
    "LSTM",
    "GRU",
    "RNN",
    "Expand",
    "ConstantOfShape",
    "Reshape",
    "Concat",
    "Gather",
    "MatMul",
    "TopK",
    "Range",
    "Slice",
)


class Models(Files):
    """ONNX files."""

    name = "onnx"
    call = (
        "import numpy as np, gatewise.convert\nm = gatewise.convert.read(path / 'm.onnx').layers()\n"
        "if m.input_size < 1000: m.trace(np.zeros((2, 3, m.input_size), m.dtype), [2, 3])"
    )
    textual = False

    def samples(self):
        names = sorted(path.name for path in SAMPLES.glob("*.onnx"))
        made = [{"m.onnx": (SAMPLES / name).read_bytes()} for name in names]
        data = (SAMPLES / "torch_external.onnx.data").read_bytes()
        return [files | {"torch_external.onnx.data": data} for files in made]

    def damaged(self, files, choose):
        if choose.random() < 0.3:
            return {**files, "m.onnx": damaged(files["m.onnx"], choose, self.all)}
        model = onnx.ModelProto.FromString(files["m.onnx"])
        for _ in range(choose.randrange(1, 4)):
            change(model.graph, choose)
        return {**files, "m.onnx": model.SerializeToString()}


def change(graph, choose):
    """Change one thing of a graph."""
    node = choose.choice(graph.node) if graph.node else graph.node.add()
    names = [name for each in graph.node for name in (*each.input, *each.output)] or ["x"]
    tensors = [*graph.initializer, *(a.t for n in graph.node for a in n.attribute if a.type == a.TENSOR)]
    match choose.randrange(12):
        case 0 if node.input:
            node.input[choose.randrange(len(node.input))] = choose.choice([*names, "", "nobody"])
        case 1 if node.output:
            node.output[choose.randrange(len(node.output))] = choose.choice([*names, ""])
        case 2:
            node.op_type = choose.choice([*OPS, *TEXTS, *(each.op_type for each in graph.node)])
        case 3 if node.attribute:
            each = choose.choice(node.attribute)
            each.i, each.type = (
                choose.choice(NUMBERS),
                choose.choice((each.type, each.INT, each.GRAPH, each.UNDEFINED)),
            )
        case 4:
            name = choose.choice(("axis", "perm", "hidden_size", "layout", "direction", "clip", "axes", "to"))
            value = choose.choice((choose.choice(NUMBERS), 0.5, "reverse", [1, 0, 2], [2**40, -1]))
            node.attribute.append(helper.make_attribute(name, value))
        case 5 | 6 | 7 if tensors:
            spoil(choose.choice(tensors), choose)
        case 8 if graph.input:
            port = choose.choice(graph.input)
            if port.type.tensor_type.shape.dim:
                axis = choose.choice(port.type.tensor_type.shape.dim)
                axis.dim_value = choose.choice(NUMBERS)
            else:
                port.type.tensor_type.elem_type = choose.randrange(30)
        case 9:
            graph.node.insert(choose.randrange(len(graph.node) + 1), choose.choice(graph.node))
        case 10:
            graph.node.remove(node)
        case _:
            graph.output[0].name = choose.choice(names)


def spoil(tensor, choose):
    """Change one thing of a tensor: its dtype, shape, numbers or where it lies."""
    match choose.randrange(6):
        case 0:
            tensor.data_type = choose.randrange(30)
        case 1 if tensor.dims:
            tensor.dims[choose.randrange(len(tensor.dims))] = choose.choice(NUMBERS)
        case 2:
            tensor.dims.append(choose.choice(NUMBERS))
        case 3 if tensor.raw_data:
            tensor.raw_data = damaged(tensor.raw_data, choose)
        case 4 if tensor.raw_data and tensor.data_type == TensorProto.INT64 and len(tensor.raw_data) >= 8:
            place = 8 * choose.randrange(len(tensor.raw_data) // 8)
            number = choose.choice(NUMBERS).to_bytes(8, "little", signed=True)
            tensor.raw_data = tensor.raw_data[:place] + number + tensor.raw_data[place + 8 :]
        case _:
            tensor.data_location = TensorProto.EXTERNAL
            entries = {"location": choose.choice((*TEXTS, "torch_external.onnx.data", "m.onnx"))}
            entries |= {"offset": str(choose.choice(NUMBERS)), "length": str(choose.choice(NUMBERS))}
            del tensor.external_data[:]
            for key, value in entries.items():
                tensor.external_data.add(key=key, value=value)


KINDS = {Models.name: Models}
