"""Every block of Python in docs/convert.md runs as it stands, where the libraries that it imports are installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gatewise
from gatewise.convert import Dense, Opened, Recurrent, Sequential
from gatewise.convert.formats import FORMATS, Choices

PAGE = (Path(__file__).parents[2] / "docs" / "convert.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
DATA = "import numpy as np\nx = np.zeros((2, 7, 3), 'float32')\n"
KERAS = (
    "import os\nos.environ['KERAS_BACKEND'] = 'torch'\nimport keras, numpy as np, gatewise.keras\n"
    "x, y = np.zeros((4, 50, 8), 'float32'), np.zeros((4, 1), 'float32')\n"
)
# By the number of the block: what it takes for granted, and what has to be installed.
GIVEN = {
    1: (DATA, ["safetensors", "h5py"]),
    2: ("", ["safetensors"]),
    3: ("import torch\nmodel = torch.nn.LSTM(3, 4)\n", ["safetensors", "torch"]),
    4: (DATA, ["safetensors", "h5py"]),
    5: (KERAS, ["keras", "torch"]),
    6: (
        KERAS + "model = keras.Sequential([keras.layers.Input((50, 8)), keras.layers.LSTM(4, name='lstm', "
        "return_sequences=True), keras.layers.Bidirectional(keras.layers.LSTM(3, name='lstm_1'))])\n"
        "other_layer = keras.layers.LSTM(4)\nother_layer.build((None, 50, 8))\n",
        ["keras", "torch"],
    ),
    7: ("", ["onnx"]),
    8: (DATA, ["onnx"]),
    9: ("", ["onnx", "onnxruntime"]),
    10: ("", ["onnx", "onnxruntime"]),
    11: ("", ["onnx", "onnxruntime"]),
    12: ("", ["pyarrow"]),
}


@pytest.fixture
def folder(tmp_path):
    layers = [Recurrent([gatewise.Params.init(3, 8, seed=1)], returns="last")]
    layers.append(Dense(np.ones((2, 8), "float32")))
    opened = Opened(path=tmp_path, format="safetensors", sequential=Sequential(layers))
    for key, package in (("safetensors", "safetensors"), ("keras", "h5py"), ("onnx", "onnx")):
        try:
            __import__(package)
        except ImportError:
            continue
        (tmp_path / f"model.{key}").write_bytes(FORMATS[key].load().write(opened, Choices())[0])
    return tmp_path


@pytest.mark.parametrize("number", range(1, len(BLOCKS) + 1))
def test_every_block_runs(folder, number):
    before, packages = GIVEN[number]
    for package in packages:
        pytest.importorskip(
            package, reason=f"{package} is not installed; make test-torch, or make test-peers"
        )
    if number == 2:
        layers = [Recurrent([gatewise.Params.init(*sizes, seed=1)]) for sizes in ((3, 4), (4, 5))]
        opened = Opened(path=folder, format="safetensors", sequential=Sequential(layers))
        (folder / "two.safetensors").write_bytes(FORMATS["safetensors"].load().write(opened, Choices())[0])
    if number in (10, 11):
        table = {"y": np.sin(np.arange(300) / 4)}
        model = gatewise.fit(
            table, target="y", window=8, horizon=2, hidden=4, epochs=1, tune=False, progress=False
        )
        from gatewise.onnx import model_of

        (folder / "load.onnx").write_bytes(model_of(model).SerializeToString())
        np.savez(folder / "inputs.npz", **model.inputs(table))
    command = [sys.executable, "-X", "utf8", "-W", "ignore", "-c", before + BLOCKS[number - 1]]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
