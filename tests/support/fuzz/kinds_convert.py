"""Files of weights of other libraries, one fuzzer for each. files.py has the rest."""

import io
import json
import zipfile

import numpy as np
from fuzz.damage_bytes import damaged, damaged_tree
from fuzz.files import Files

from gatewise import convert
from gatewise.cells import CELLS, lstm
from gatewise.convert.formats import Choices
from gatewise.convert.keras import archive
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential


def models():
    """A few models of Keras' layers, small."""
    made = []
    for cell in (lstm(), lstm(bias=False), CELLS["gru"], CELLS["gru-reset-after"], CELLS["rnn"]):
        one = [Params.init(3, 4, cell=cell), Params.init(3, 4, cell=cell)]
        made.append(
            Sequential(
                [
                    Recurrent(one, name="both"),
                    Recurrent([Params.init(8, 3, cell=cell)], returns="last", name="one"),
                    Dense(np.ones((2, 3), "f4"), np.ones(2, "f4"), function="softmax", name="head"),
                ]
            )
        )
    return made


def bytes_of(key, model):
    opened = convert.Opened(path=None, format="safetensors", sequential=model)
    return convert.FORMATS[key].load().write(opened, Choices())[0]


CALL = "import gatewise.convert\nm = gatewise.convert.read(path / {name!r}).layers()\nm.forward([[[0.5] * m.input_size] * 3])"


class Tensors(Files):
    """State_dicts by torch's names, and layers by gatewise's: the header's table damaged, or any byte."""

    name, textual = "safetensors", False
    call = CALL.format(name="a.safetensors")

    def samples(self):
        made = []
        for model in models():
            for key in ("torch", "safetensors"):
                try:
                    made.append({"a.safetensors": bytes_of(key, model)})
                except ConvertError:  # cells that torch has not
                    continue
        return made

    def damaged(self, files, choose):
        if choose.random() < 0.3:
            return super().damaged(files, choose)
        data = files["a.safetensors"]
        size = int.from_bytes(data[:8], "little")
        tree = json.loads(data[8 : 8 + size])
        own = tree.get("__metadata__", {}).get("gatewise")
        if own is not None and choose.random() < 0.7:
            tree["__metadata__"]["gatewise"] = json.dumps(damaged_tree(json.loads(own), choose))
        else:
            tree = damaged_tree(tree, choose)
        try:
            head = json.dumps(tree).encode()
        except RecursionError:  # deeper than it can be written
            head = b"[" * 1000
        head += b" " * (-len(head) % 8)
        return {"a.safetensors": len(head).to_bytes(8, "little") + head + data[8 + size :]}


class KerasFiles(Files):
    """Whole models: the zip's members damaged, with its checksums made right, or its own bytes."""

    name, textual = "keras", False
    call = CALL.format(name="a.keras")

    def samples(self):
        return [{"a.keras": bytes_of("keras", model)} for model in models()]

    def damaged(self, files, choose):
        where = choose.random()
        if where < 0.2:
            return super().damaged(files, choose)
        with zipfile.ZipFile(io.BytesIO(files["a.keras"])) as held:
            parts = {name: held.read(name) for name in held.namelist()}
        if where < 0.6:
            tree = json.loads(parts[archive.CONFIG])
            for _ in range(choose.choice((1, 1, 2, 4))):
                tree = damaged_tree(tree, choose)
            try:
                parts[archive.CONFIG] = json.dumps(tree).encode()
            except RecursionError:  # deeper than it can be written
                parts[archive.CONFIG] = b"[" * 1000
        else:
            parts[archive.WEIGHTS] = damaged(parts[archive.WEIGHTS], choose)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as new:
            for name, data in parts.items():
                new.writestr(name, data)
        return {"a.keras": file.getvalue()}


class KerasWeights(Files):
    """Weights alone, and whole models of Keras 2's format."""

    name, textual = "keras-weights", False
    call = CALL.format(name="a.h5")

    def samples(self):
        made = [{"a.h5": bytes_of("keras-weights", model)} for model in models()]
        return [*made, {"a.h5": old_file()}]


def old_file():
    """A whole model as Keras 2 wrote it."""
    import h5py

    data = io.BytesIO()
    config = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "LSTM", "config": {"name": "lstm"}}]},
    }
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        group = file.create_group("model_weights/lstm")
        group.attrs["weight_names"] = [b"lstm/kernel:0", b"lstm/recurrent_kernel:0", b"lstm/bias:0"]
        for name, shape in (("kernel:0", (3, 16)), ("recurrent_kernel:0", (4, 16)), ("bias:0", (16,))):
            group.create_dataset(f"lstm/{name}", data=np.ones(shape, "f4"))
    return data.getvalue()


KINDS = {kind.name: kind for kind in (Tensors, KerasFiles, KerasWeights)}
