"""The core on other machines: aarch64 and i686 by a cross compiler and an emulator, beside this one and the reference engine.

There is no Python for those here, so tests/support/program/numbers.cpp takes its place.
"""

import shutil
import subprocess

import numpy as np
import pytest
from helpers import everything, random_problem
from paths import ROOT, SUPPORT

from gatewise.engine.stepper import Stepper
from gatewise.learn.network import head
from gatewise.learn.train_steps import train_steps

# What CMakeLists.txt says, without instruction sets: those that the compiler takes by itself.
WARNINGS = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"]
KERNELS = [
    "-O3", "-ffp-contract=fast", "-fno-exceptions", "-fno-rtti",
    "-DGATEWISE_KERNELS=gatewise_kernels_portable", '-DGATEWISE_NAME="portable"',
]  # fmt: skip
OWN = {"update.cpp": ["-O3", "-ffp-contract=off", "-fno-math-errno"], "head.cpp": ["-O3"]}
# Compiler, its Debian package, flags; emulator, its package. x87 registers would round twice: SSE2, as on every such CPU.
MACHINES = {
    "this one": ("g++", "g++", [], None),
    "aarch64": ("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu", ["-static"], "qemu-aarch64"),
    "i686": ("i686-linux-gnu-g++", "g++-i686-linux-gnu", ["-static", "-msse2", "-mfpmath=sse"], "qemu-i386"),
}
# Sums of some tens of products, relative to the largest of an array; after five steps of training. Measured: 4e-15, 2e-6.
ROUNDING = {"float64": 1e-12, "float32": 1e-5}
STEPS = 5
TRAINING = {"learning_rate": 0.01, "steps": STEPS, "engine": "reference"}


@pytest.fixture(scope="module", params=MACHINES)
def program(request, tmp_path_factory):
    """How to call the program that was compiled for a machine."""
    compiler, package, flags, emulator = MACHINES[request.param]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed; it comes with {package}")
    if emulator is not None and shutil.which(emulator) is None:
        pytest.skip(f"{emulator} is not installed; it comes with qemu-user")
    folder = tmp_path_factory.mktemp("program")
    sources = [
        *(ROOT / "cpp" / "host").glob("*.cpp"),
        ROOT / "cpp/kernels/kernels.cpp",
        SUPPORT / "program/numbers.cpp",
    ]
    objects = []
    for source in sources:
        own = KERNELS if source.name == "kernels.cpp" else OWN.get(source.name, [])
        objects.append(folder / f"{source.stem}.o")
        includes = ["-I", ROOT / "cpp/host", "-I", ROOT / "cpp/kernels"]
        compile_(compiler, *flags, *WARNINGS, *own, *includes, "-c", source, "-o", objects[-1])
    compile_(compiler, *flags, "-pthread", *objects, "-o", folder / "numbers")
    return [*([emulator] if emulator else []), str(folder / "numbers")]


def compile_(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


def results(program, problem, threads):
    """What the program prints, by name."""
    params, x, delta, state, lengths = problem
    N, T, D = x.shape
    arrays = (lengths, params.W, params.U, params.b, x, delta, state.out, state.state)
    words = [x.dtype.name, threads, N, T, D, params.hidden_size, STEPS]
    words += [format(float(value), ".17g") for array in arrays for value in np.ravel(array)]
    done = subprocess.run(
        program, input=" ".join(map(str, words)), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: np.array(values, float) for name, *values in lines}


def expected(problem):
    """The same from the reference engine, by the program's names."""
    params, x, delta, state, lengths = problem
    named = everything(*problem, engine="reference")
    found = {
        name: named[name]
        for name in (*"aifo", "state", "out", "d_W", "d_U", "d_b", "d_x", "d_out0", "d_state0", "d_gates")
    }
    found |= {"last_out": named["last out"], "last_state": named["last state"]}
    stepper = Stepper(params, len(x), state, engine="reference")
    for t in range(x.shape[1]):
        stepper.step(x[:, t])
    found |= {"stepped_out": stepper.state.out, "stepped_state": stepper.state.state}
    for optimizer in ("sgd", "adam"):
        trained = train_steps(params, x, delta, lengths=lengths, optimizer=optimizer, **TRAINING)
        found |= {f"{optimizer}_losses": trained.losses, f"{optimizer}_parameters": trained.params.flat()}
    H = params.hidden_size
    W, b = params.W[:H], params.b[:H]
    d_z, d_parameters = head.backward(W, x, delta, "reference", None)
    found |= {
        "head": head.forward(W, b, x, "reference", None),
        "head_d_z": d_z,
        "head_d_parameters": d_parameters,
    }
    return {name: np.ravel(values).astype(float) for name, values in found.items()}


PROBLEMS = {
    "lengths": {"N": 7, "T": 5, "D": 3, "H": 19},
    "several groups": {"N": 70, "T": 9, "D": 2, "H": 5},
    "a single sequence": {"N": 1, "T": 40, "D": 4, "H": 9},
    "saturated": {"N": 3, "T": 6, "D": 3, "H": 8, "scale": 30.0},
}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("kind", PROBLEMS)
def test_every_machine_gives_the_numbers_of_the_reference_engine(program, kind, dtype):
    problem = random_problem(5, dtype=dtype, **PROBLEMS[kind])
    wanted = expected(problem)
    for threads in (1, 2):
        found = results(program, problem, threads)
        assert set(found) == set(wanted)
        for name, values in wanted.items():
            # A slope, 1 - a**2 of an a next to 1, is as exact as 1: what goes through it, as the Δ that came in.
            allowed = ROUNDING[dtype] * max(np.abs(values).max(), PROBLEMS[kind].get("scale", 0))
            np.testing.assert_allclose(
                found[name], values, rtol=0, atol=allowed, err_msg=f"{name}, {threads} threads"
            )


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ROUNDING)
def test_what_is_not_a_number_stays_so_on_every_machine(program, dtype):
    """NaN and infinity in x reach what they must, and nothing of the sequences beside them."""
    params, x, delta, state, _ = random_problem(6, N=3, T=4, D=2, H=5, dtype=dtype)
    x[1, 1, 0], x[2, 2, 1] = np.nan, np.inf
    problem = (params, x, delta, state, np.full(3, 4))
    out = results(program, problem, 1)["out"].reshape(3, 4, 5)
    assert np.isnan(out[1, 1:]).all()
    assert np.isfinite(out[[0, 2]]).all()
    assert np.isfinite(out[1, 0]).all()
