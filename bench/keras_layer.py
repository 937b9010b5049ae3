"""Times a fit with gatewise.keras.LSTM beside keras.layers.LSTM, on Keras' torch backend, in turns.

python bench/keras_layer.py                # batches of 32, 50 steps of 8 numbers, 32 units: some minutes
python bench/keras_layer.py --masked       # with a mask, where Keras runs its cell step by step

A model is the layer and a Dense on its last out; a figure is the best of the rounds, in ms for a batch, by
the clock and in CPU time. "without" is the same model with a mean over the steps in the layer's place: what
Keras' own training loop takes, whatever the layer is.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

from gatewise.keras import LSTM, calls


def model_with(layer: keras.layers.Layer, shape: tuple[int, int], masked: bool) -> keras.Model:
    """A model with this layer, that has been trained for an epoch's warming up."""
    first = [keras.layers.Masking()] if masked else []
    model = keras.Sequential([keras.layers.Input(shape), *first, layer, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--sizes", type=int, nargs=4, default=(32, 50, 8, 32), metavar=("N", "T", "D", "H"))
    read.add_argument("--batches", type=int, default=16)
    read.add_argument("--rounds", type=int, default=10)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--masked", action="store_true")
    options = read.parse_args()
    torch.set_num_threads(options.threads)
    N, T, D, H = options.sizes
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N * options.batches, T, D)).astype("float32")
    if options.masked:
        for row, length in zip(x, rng.integers(T // 2, T + 1, len(x)), strict=True):
            row[length:] = 0
    y = rng.normal(size=(len(x), 1)).astype("float32")
    models = {
        "keras": model_with(keras.layers.LSTM(H), (T, D), options.masked),
        "gatewise": model_with(LSTM(H), (T, D), options.masked),
        "without": model_with(keras.layers.GlobalAveragePooling1D(), (T, D), options.masked),
    }
    for model in models.values():
        model.fit(x, y, batch_size=N, verbose=0)
    best = dict.fromkeys(models, (np.inf, np.inf))
    for _ in range(options.rounds):
        for name, model in models.items():
            clock, cpu = time.perf_counter(), time.process_time()
            model.fit(x, y, batch_size=N, verbose=0)
            spent = (time.perf_counter() - clock, time.process_time() - cpu)
            best[name] = tuple(min(pair) for pair in zip(best[name], spent, strict=True))
    print(f"{N}x{T}x{D}x{H}{', masked' * options.masked}, {options.threads} thread(s); ms for a batch")
    for name, (clock, cpu) in best.items():
        print(f"{name:9} {1000 * clock / options.batches:8.2f} clock {1000 * cpu / options.batches:8.2f} CPU")
    for what, k in (("clock", 0), ("CPU", 1)):
        whole = best["keras"][k] / best["gatewise"][k]
        alone = (best["keras"][k] - best["without"][k]) / max(best["gatewise"][k] - best["without"][k], 1e-9)
        print(f"{what}: fit {whole:.1f}x, the layer's own part {alone:.1f}x")
    print(calls())


if __name__ == "__main__":
    main()
