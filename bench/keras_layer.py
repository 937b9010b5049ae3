"""Times a fit with gatewise.keras.LSTM beside keras.layers.LSTM, on Keras' torch backend, in turns.

python bench/keras_layer.py                # batches of 32, 50 steps of 8 numbers, 32 units: some minutes
python bench/keras_layer.py --masked       # with a mask, where Keras runs its cell step by step
python bench/keras_layer.py --predict      # predicting instead of training

A model is the layer and a Dense on its last out; a figure is for one batch of the loop, from its begin to
that of the next, in ms: the least, the tenth part and the median of all batches, in CPU time, which the work
of others on the machine moves less than the clock. "empty" is the same model with a layer of the same three
weights that works nothing: what Keras' own loop takes, whatever the layer is.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

from gatewise.keras import LSTM, calls


class EmptyPass(torch.autograd.Function):
    """Nothing, with gradients of 0."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        """Return zeros (N, H)."""
        ctx.gradients = [torch.zeros_like(each) for each in weights]
        return x.new_zeros(len(x), len(weights[1]))

    @staticmethod
    def backward(ctx: Any, *_: torch.Tensor) -> tuple[Any, ...]:
        """Return zeros."""
        return None, *ctx.gradients


class Empty(keras.layers.Layer):
    """A layer with the weights of an LSTM that works nothing."""

    def __init__(self, H: int) -> None:
        super().__init__()
        self.H, self.supports_masking = H, True

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the weights."""
        self.kernels = [self.add_weight(shape=(rows, 4 * self.H)) for rows in (shape[-1], self.H)]
        self.bias = self.add_weight(shape=(4 * self.H,))

    def compute_mask(self, x: Any, mask: Any) -> None:
        """Return none: the steps are gone."""

    def call(self, x: Any, mask: Any = None, training: bool = False) -> Any:  # noqa: ARG002 (Keras' own)
        """Return zeros (N, H)."""
        return EmptyPass.apply(x, *(each.value for each in self.kernels), self.bias.value)


def model_with(layer: keras.layers.Layer, shape: tuple[int, int], masked: bool) -> keras.Model:
    """A model with this layer."""
    first = [keras.layers.Masking()] if masked else []
    model = keras.Sequential([keras.layers.Input(shape), *first, layer, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def watched(model: keras.Model, name: str, begins: list[float]) -> None:
    """Note when each batch begins, in CPU time."""
    own = getattr(model, name)

    def noted(batch: Any) -> Any:
        begins.append(time.process_time())
        return own(batch)

    setattr(model, name, noted)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--sizes", type=int, nargs=4, default=(32, 50, 8, 32), metavar=("N", "T", "D", "H"))
    read.add_argument("--batches", type=int, default=16)
    read.add_argument("--rounds", type=int, default=20)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--masked", action="store_true")
    read.add_argument("--predict", action="store_true")
    options = read.parse_args()
    torch.set_num_threads(options.threads)
    N, T, D, H = options.sizes
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N * options.batches, T, D)).astype("float32")
    if options.masked:
        for row, length in zip(x, rng.integers(T // 2, T + 1, len(x)), strict=True):
            row[length:] = 0
    y = rng.normal(size=(len(x), 1)).astype("float32")

    def work(model: keras.Model) -> None:
        if options.predict:
            model.predict(x, batch_size=N, verbose=0)
        else:
            model.fit(x, y, batch_size=N, verbose=0)

    layers = {"keras": keras.layers.LSTM(H), "gatewise": LSTM(H), "empty": Empty(H)}
    models = {name: model_with(layer, (T, D), options.masked) for name, layer in layers.items()}
    begins: dict[str, list[float]] = {name: [] for name in models}
    spent: dict[str, list[float]] = {name: [] for name in models}
    for name, model in models.items():
        work(model)
        watched(model, "predict_function" if options.predict else "train_function", begins[name])
    for _ in range(options.rounds):
        for name, model in models.items():
            begins[name].clear()
            work(model)
            spent[name] += np.diff(begins[name][: options.batches]).tolist()
    what = "predict" if options.predict else "fit"
    print(f"{what} {N}x{T}x{D}x{H}{', masked' * options.masked}, {options.threads} thread(s); ms for a batch")
    kinds = {"least": 0, "tenth part": 10, "median": 50}
    figures = {
        name: {kind: 1000 * np.percentile(each, q) for kind, q in kinds.items()}
        for name, each in spent.items()
    }
    for name, each in figures.items():
        print(f"{name:9}", *(f"{kind} {value:7.2f}" for kind, value in each.items()))
    for kind in kinds:
        theirs, ours, empty = (figures[name][kind] for name in ("keras", "gatewise", "empty"))
        alone = (theirs - empty) / max(ours - empty, 1e-9)
        print(f"{kind}: {what} {theirs / ours:.1f}x, the layer's own part {alone:.1f}x")
    print(calls())


if __name__ == "__main__":
    main()
