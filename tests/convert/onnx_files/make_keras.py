"""Make the fixtures of Keras on TensorFlow again, by tf2onnx; needs tensorflow, keras, tf2onnx and onnx.

    python tests/convert/onnx_files/make_keras.py

Each keras_NAME.onnx has a keras_NAME.npz beside it: x, and y as Keras itself gave it. Files that are to be
refused have none.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import layers

HERE = Path(__file__).parent
D, H, P = 5, 4, 3
NETS = {
    "last": [layers.LSTM(H), layers.Dense(P)],
    "steps": [layers.LSTM(H, return_sequences=True), layers.Dense(P, activation="softmax")],
    "stack": [
        layers.LSTM(H, return_sequences=True), layers.Dropout(0.3), layers.LSTM(3),
        layers.Dense(P, activation="relu"), layers.Dense(1, activation="sigmoid"),
    ],
    "both": [
        layers.Bidirectional(layers.LSTM(H, return_sequences=True)), layers.Bidirectional(layers.LSTM(3)),
        layers.Dense(2),
    ],
    "both_steps": [
        layers.Bidirectional(layers.LSTM(H, return_sequences=True)), layers.Dense(P, use_bias=False),
        layers.Activation("tanh"),
    ],
    "backwards": [
        layers.LSTM(H, go_backwards=True, return_sequences=True), layers.Dense(P, activation="tanh"),
    ],
    "backwards_last": [layers.LSTM(H, go_backwards=True), layers.Dense(P)],
    "backwards_twice": [
        layers.LSTM(H, return_sequences=True), layers.LSTM(3, go_backwards=True, return_sequences=True),
        layers.Dense(P, activation="tanh"), layers.LSTM(H, go_backwards=True, return_sequences=True),
    ],
    "backwards_both": [
        layers.LSTM(H, go_backwards=True, return_sequences=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.LSTM(P, go_backwards=True),
    ],
    "no_bias": [layers.LSTM(H, use_bias=False, return_sequences=True)],
}  # fmt: skip
REFUSED = {
    "mask": [layers.Masking(), layers.LSTM(H), layers.Dense(P)],
    "gru": [layers.GRU(H), layers.Dense(P)],
}


def export(name, net):
    """Write NAME.onnx, and return the model and what it was tried on."""
    model = keras.Sequential([layers.Input((None, D)), *net])
    draw = np.random.default_rng(7)
    for weight in model.weights:
        weight.assign(draw.standard_normal(weight.shape) * 0.4)
    x = draw.standard_normal((3, 7, D)).astype(np.float32)
    run = tf.function(lambda x: model(x, training=False))
    given = [tf.TensorSpec((None, None, D), tf.float32, name="x")]
    proto, _ = tf2onnx.convert.from_function(run, given, opset=15)
    onnx.save(proto, HERE / f"{name}.onnx")
    return x, model(x, training=False).numpy()


def main():
    """Make all files."""
    for name, net in NETS.items():
        x, y = export(f"keras_{name}", net)
        np.savez(HERE / f"keras_{name}.npz", x=x, y=y)
    for name, net in REFUSED.items():
        export(f"refused_keras_{name}", net)


if __name__ == "__main__":
    sys.exit(main())
