"""JAX: the equations under lax.scan, compiled by jit; W·x of all steps in one product before. Time first."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import LEARNED_STEPS, LEARNING_RATE, Problem
from peers import Array, Program

jax: Any = None
jnp: Any = None


def start(threads: int) -> dict[str, str]:
    # XLA has no option for its number of threads: it makes as many as the CPUs that the worker may use.
    global jax, jnp
    import jax as module
    import jax.numpy as numpy_module

    jax, jnp = module, numpy_module
    return {"jax": jax.__version__}


def _cell(z: Any, state: Any) -> Any:
    a, i, f, o = jnp.split(z, 4, axis=-1)
    state = jnp.tanh(a) * jax.nn.sigmoid(i) + jax.nn.sigmoid(f) * state
    return jnp.tanh(state) * jax.nn.sigmoid(o), state


def _lstm(params: Any, x: Any) -> Any:
    """W (D, 4H), U (H, 4H), b (4H,); x (T, N, D) to out (T, N, H)."""
    W, U, b = params
    zero = jnp.zeros((x.shape[1], U.shape[0]), x.dtype)

    def step(carry: Any, z: Any) -> Any:
        out, state = _cell(z + carry[0] @ U, carry[1])
        return (out, state), out

    return jax.lax.scan(step, (zero, zero), x @ W + b)[1]


def train(problem: Problem) -> Program:
    params, x, delta = _params(problem), _series(problem.x), _series(problem.delta)

    @jax.jit  # type: ignore[untyped-decorator]
    def step(params: Any, x: Any, delta: Any) -> Any:
        out, back = jax.vjp(_lstm, params, x)
        return out, back(delta)

    def run() -> Any:
        return jax.block_until_ready(step(params, x, delta))

    def results() -> dict[str, Array]:
        out, ((d_W, d_U, d_b), d_x) = run()
        plain = {"out": _plain(out), "d_x": _plain(d_x), "d_W": np.asarray(d_W).T}
        return plain | {"d_U": np.asarray(d_U).T, "d_b": np.asarray(d_b)}

    return Program(run, results)


def forward(problem: Problem) -> Program:
    params, x = _params(problem), _series(problem.x)
    compiled = jax.jit(_lstm)

    def run() -> Any:
        return compiled(params, x).block_until_ready()

    return Program(run, lambda: {"out": _plain(run())})


def stream(problem: Problem) -> Program:
    params = _params(problem)
    steps = [jnp.asarray(problem.x[:, t]) for t in range(problem.x.shape[1])]
    zero = jnp.zeros((1, problem.U.shape[1]), problem.x.dtype)
    carry = (zero, zero)

    @jax.jit  # type: ignore[untyped-decorator]
    def compiled(params: Any, carry: Any, x: Any) -> Any:
        W, U, b = params
        return _cell(x @ W + carry[0] @ U + b, carry[1])

    def step(x: Any) -> Any:
        nonlocal carry
        carry = compiled(params, carry, x)
        return carry[0].block_until_ready()

    def results() -> dict[str, Array]:
        nonlocal carry
        carry = (zero, zero)
        return {"out": np.stack([np.asarray(step(x)) for x in steps], axis=1)}

    return Program(lambda: step(steps[0]), results)


def learn(problem: Problem) -> Program:
    start, x, label = _params(problem), _series(problem.x), _series(problem.delta)
    params = start

    def loss(params: Any, x: Any, label: Any) -> Any:
        return 0.5 * jnp.sum((_lstm(params, x) - label) ** 2)

    @jax.jit  # type: ignore[untyped-decorator]
    def update(params: Any, x: Any, label: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(params, x, label)
        return value, jax.tree.map(lambda p, g: p - LEARNING_RATE * g, params, grads)

    def run() -> None:
        nonlocal params
        _, params = jax.block_until_ready(update(params, x, label))

    def results() -> dict[str, Array]:
        nonlocal params
        params = start
        for _ in range(LEARNED_STEPS):
            run()
        return {name: np.asarray(array).T for name, array in zip("WUb", params, strict=True)}

    return Program(run, results)


def _params(problem: Problem) -> Any:
    return jnp.asarray(problem.W.T.copy()), jnp.asarray(problem.U.T.copy()), jnp.asarray(problem.b)


def _series(array: Array) -> Any:
    return jnp.asarray(np.ascontiguousarray(array.swapaxes(0, 1)))


def _plain(series: Any) -> Array:
    return np.asarray(series).swapaxes(0, 1)


PROGRAMS = {"train": train, "forward": forward, "stream": stream, "learn": learn}
