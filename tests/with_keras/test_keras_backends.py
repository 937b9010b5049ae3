"""What holds on every backend of Keras, on those that are installed beside torch.

Keras takes its backend once for a process, so each has one of its own.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ("test_keras_parameters.py", "test_keras_trace.py", "test_keras_forms.py", "test_keras_files.py")
# Of the many cells and shapes of models those whose work differs between backends: the rest is files alone.
CHOSEN = "not safetensors and (not bit or (stacked and not without and not reset and not linear))"


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_parameters_traces_and_files_are_right_on_the_backend(backend):
    for package in ("keras", "h5py", backend):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; pip install {package}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", CHOSEN]
    done = subprocess.run(
        [*command, *(str(HERE / name) for name in FILES)], capture_output=True, text=True, timeout=900,
        env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
