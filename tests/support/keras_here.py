"""Keras for tests that need it: on its torch backend, or on whichever KERAS_BACKEND names.

Skipped where Keras or the backend is not installed. `tests/with_keras/test_keras_backends.py` runs what holds
on every backend on the others too.
"""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")


WHY = "{} is not installed; pip install 'gatewise[{}]'"


def keras_on_any_backend():
    """Keras on the backend that KERAS_BACKEND names, torch by default; or skip."""
    backend = os.environ["KERAS_BACKEND"]
    if backend == "torch":
        pytest.importorskip("torch", reason=WHY.format("torch", "torch"))
    else:
        pytest.importorskip(backend, reason=f"{backend} is not installed; pip install {backend}")
    keras = pytest.importorskip("keras", reason=WHY.format("keras", "keras"))
    pytest.importorskip("h5py", reason=WHY.format("h5py", "keras"))
    return keras


def keras_on_torch():
    """Keras on its torch backend, or skip."""
    if os.environ["KERAS_BACKEND"] != "torch":
        pytest.skip("KERAS_BACKEND names another backend", allow_module_level=True)
    keras = keras_on_any_backend()
    if keras.backend.backend() != "torch":
        pytest.skip("Keras was imported with another backend", allow_module_level=True)
    return keras


def randomize(model, seed=0, scale=0.4):
    """Give a model distinct random weights, so that nothing exchanged goes unseen."""
    rng = np.random.default_rng(seed)
    model.set_weights([(rng.normal(size=w.shape) * scale).astype(w.dtype) for w in model.get_weights()])
    return model


def numbers(tensor):
    """What a tensor holds."""
    return tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)
