"""Keras on its torch backend, for tests that need it; skipped where it or torch is not installed."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")


def keras_on_torch():
    """Keras, or skip."""
    why = "{} is not installed; pip install 'gatewise[{}]'"
    pytest.importorskip("torch", reason=why.format("torch", "torch"))
    keras = pytest.importorskip("keras", reason=why.format("keras", "keras"))
    pytest.importorskip("h5py", reason=why.format("h5py", "keras"))
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
    return tensor.detach().cpu().numpy()
