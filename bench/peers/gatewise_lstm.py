"""This project's engine, through its public functions. GATEWISE_ISA chooses its kernels, as for any user."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import LEARNED_STEPS, LEARNING_RATE, Problem
from peers import Array, Program

gatewise: Any = None


def start(threads: int) -> dict[str, str]:
    # The number of threads comes from the environment: GATEWISE_THREADS.
    global gatewise
    import gatewise as module

    gatewise = module
    return {"gatewise": gatewise.__version__, "instruction set": gatewise.info()["instruction_set"]}


def train(problem: Problem) -> Program:
    params = _params(problem)

    def run() -> Any:
        trace = gatewise.forward(params, problem.x, lengths=problem.lengths)
        return trace, gatewise.backward(params, trace, problem.delta)

    def results() -> dict[str, Array]:
        trace, grads = run()
        return {"out": trace.out} | {name: grads[name] for name in ("d_x", "d_W", "d_U", "d_b")}

    return Program(run, results)


def forward(problem: Problem) -> Program:
    params = _params(problem)

    def run() -> Any:
        return gatewise.forward(params, problem.x, trace=False)

    return Program(run, lambda: {"out": run().out})


def stream(problem: Problem) -> Program:
    steps = [np.ascontiguousarray(problem.x[0, t]) for t in range(problem.x.shape[1])]
    stepper = gatewise.Stepper(_params(problem))

    def results() -> dict[str, Array]:
        fresh = gatewise.Stepper(_params(problem))
        return {"out": np.stack([fresh.step(x).copy() for x in steps])[np.newaxis]}

    return Program(lambda: stepper.step(steps[0]), results)


def learn(problem: Problem) -> Program:
    params, steps = _params(problem), 50

    def run(count: int = steps) -> Any:
        return gatewise.train_steps(
            params, problem.x, problem.delta, steps=count, optimizer="sgd", learning_rate=LEARNING_RATE
        ).params

    def results() -> dict[str, Array]:
        after = run(LEARNED_STEPS)
        return {name: getattr(after, name) for name in ("W", "U", "b")}

    return Program(run, results, steps)


def epoch(problem: Problem) -> Program:
    """Train as a user would write it, with the public functions."""
    networks, mse = gatewise.network, gatewise.losses.mse
    D, H = problem.x.shape[2], problem.U.shape[1]
    label, lengths, batches = problem.label(), problem.lengths, problem.batches()

    def trained() -> tuple[Any, Any]:
        parts = (problem.W, problem.U, problem.b, *problem.head())
        architecture = networks.Architecture(input_size=D, hidden_size=H, outputs=1)
        network = networks.Network(architecture, np.concatenate([part.ravel() for part in parts]))
        step, taken = networks.TrainingStep(network, mse, gatewise.optimizers.OPTIMIZERS["adam"]), 0

        def run() -> None:
            nonlocal taken
            for chosen in batches:
                ends = None if lengths is None else lengths[chosen]
                taken += 1
                step(problem.x[chosen], label[chosen], rate=LEARNING_RATE, step=taken, lengths=ends)

        return network, run

    def results() -> dict[str, Array]:
        network, run = trained()
        run()
        return network.views

    return Program(trained()[1], results)


def _params(problem: Problem) -> Any:
    return gatewise.Params(W=problem.W, U=problem.U, b=problem.b)


PROGRAMS = {"train": train, "uneven": train, "forward": forward, "stream": stream, "learn": learn}
PROGRAMS |= {"epoch": epoch, "epoch-uneven": epoch}
