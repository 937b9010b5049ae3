"""keras.layers.LSTM on TensorFlow, inside tf.function. Batch first, Keras's own layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import Problem
from peers import Array, Program, gates

tf: Any = None
keras: Any = None


def start(threads: int) -> dict[str, str]:
    global tf, keras
    import tensorflow as module

    tf = module
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras as keras_module

    keras = keras_module
    return {"tensorflow": tf.__version__, "keras": keras.__version__}


def train(problem: Problem) -> Program:
    lstm, x, delta = _lstm(problem), tf.constant(problem.x), tf.constant(problem.delta)

    @tf.function  # type: ignore[untyped-decorator]
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            out = lstm(x)
        return out, tape.gradient(out, [x, *lstm.trainable_weights], output_gradients=delta)

    def results() -> dict[str, Array]:
        out, (d_x, *rest) = run()
        names = ("d_W", "d_U", "d_b")
        grads = {n: gates.back("keras", g.numpy().T) for n, g in zip(names, rest, strict=True)}
        return {"out": out.numpy(), "d_x": d_x.numpy()} | grads

    return Program(run, results)


def forward(problem: Problem) -> Program:
    lstm, x = _lstm(problem), tf.constant(problem.x)

    @tf.function  # type: ignore[untyped-decorator]
    def run() -> Any:
        return lstm(x)

    return Program(run, lambda: {"out": run().numpy()})


def stream(problem: Problem) -> Program:
    lstm = _lstm(problem, return_state=True)
    steps = [tf.constant(problem.x[:, t : t + 1]) for t in range(problem.x.shape[1])]
    zero = tf.zeros((1, problem.U.shape[1]), problem.x.dtype)
    carry = [zero, zero]

    @tf.function  # type: ignore[untyped-decorator]
    def compiled(x: Any, out: Any, state: Any) -> Any:
        return lstm(x, initial_state=[out, state])

    def step(x: Any) -> Any:
        nonlocal carry
        out, *carry = compiled(x, *carry)
        return out

    def results() -> dict[str, Array]:
        nonlocal carry
        carry = [zero, zero]
        return {"out": np.concatenate([step(x).numpy() for x in steps], axis=1)}

    return Program(lambda: step(steps[0]), results)


def _lstm(problem: Problem, *, return_state: bool = False) -> Any:
    H, D = problem.U.shape[1], problem.W.shape[1]
    dtype = str(problem.x.dtype)
    lstm = keras.layers.LSTM(H, return_sequences=True, return_state=return_state, dtype=dtype)
    lstm.build((None, None, D))
    lstm.set_weights([gates.to("keras", rows).T for rows in (problem.W, problem.U, problem.b)])
    return lstm


PROGRAMS = {"train": train, "forward": forward, "stream": stream}
