"""Calls leave memory where it was, also those that are refused: a million of them in the slow test."""

import gc
import sys

import numpy as np
import pytest
from builds import run_python

import gatewise
from gatewise import Params, Stepper, backward, forward, train_steps
from gatewise.errors import GatewiseError

MEGABYTE = 1 << 20
ALLOWED = 4 * MEGABYTE  # of growth: what the allocator keeps in another order

NO_ROOM = """
import resource
import gatewise, numpy as np
from gatewise import _core

p = gatewise.Params.init(2, 3, seed=1)
few = np.zeros((1, 1, 2), p.dtype)
rows = (2**27, 3, 2)

def said(call):
    try:
        call()
    except MemoryError as error:
        return str(error)

for batch in (2**40, 2**62):
    print(said(lambda: _core.NativeStepper(p.W, p.U, p.b, batch, 1, "portable")))
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
print(said(lambda: gatewise.Stepper(p, 2**24)))
print(said(lambda: gatewise.forward(p, np.broadcast_to(few, rows))))
"""


def test_what_memory_cannot_hold_is_said_with_its_sizes():
    assert run_python(NO_ROOM).splitlines() == [
        "no memory for N = 1099511627776, T = 1, D = 2, H = 3",
        "no memory for N = 4611686018427387904, T = 1, D = 2, H = 3",
        "no memory for N = 16777216, T = 1, D = 2, H = 3",
        "no memory for N = 134217728, T = 3, D = 2, H = 3",
    ]


CALLS = """
import gc, numpy as np, gatewise
from gatewise.errors import GatewiseError
params, other = gatewise.Params.init(3, 4, seed=1), gatewise.Params.init(2, 4, seed=1)
x, label, delta = (np.ones((2, 5, k), np.float32) for k in (3, 4, 4))
state = (np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32))
network = gatewise.network.Network.init(gatewise.network.Architecture(input_size=3, hidden_size=4, outputs=2))
step = gatewise.network.TrainingStep(network, gatewise.losses.mse, gatewise.optimizers.OPTIMIZERS["adam"])
stepper, row = gatewise.Stepper(params), np.ones(3, np.float32)
memory = gatewise.optimizers.OPTIMIZERS["adam"].memory(7, np.float32)
vector, gradient = np.ones(7, np.float32), np.ones(7, np.float32)
ends = np.array([5, 2])

def resident():
    gc.collect()
    return 4096 * int(open("/proc/self/statm").read().split()[1])

def refused(call, *given, **more):
    try:
        call(*given, **more)
    except GatewiseError:
        return
    raise AssertionError(f"{call} took {given} {more}")

def passes():
    trace = gatewise.forward(params, x, state, ends)
    gatewise.backward(params, trace, delta, keep=True).d_W
    trace.f
    stepper.step(row)

def training():
    gatewise.train_steps(params, x, label, steps=2, optimizer="adam", lengths=ends)
    gatewise.optimizers.OPTIMIZERS["adam"](vector, gradient, memory, 1e-3, 1)

def networks():
    trace = gatewise.network.forward(network, x, lengths=ends)
    gatewise.network.backward(network, trace, np.ones_like(trace.y))
    step(x, label[:, 0, :2], rate=0.0, step=1, lengths=ends)

def refusals():
    trace = gatewise.forward(params, x)
    refused(gatewise.forward, params, "x")
    refused(gatewise.forward, params, x[..., :2])
    refused(gatewise.forward, params, x, (state[0], None))
    refused(gatewise.forward, params, x, lengths=[9, 9])
    refused(gatewise.forward, params, x, engine="none")
    refused(gatewise.forward, params, x, trace=1)
    refused(gatewise.backward, other, trace, delta)
    refused(gatewise.backward, params, trace, delta[:1])
    refused(stepper.step, x)
    refused(step, x, label, rate=0.0, step=1)
    refused(gatewise.train_steps, params, x, label, steps=1, batches=[[0]])
    refused(gatewise.train_steps, params, x, label, batches=[[7]])
    refused(gatewise.optimizers.OPTIMIZERS["adam"], vector, x, memory, 1e-3, 1)
    refused(gatewise.Params, W=x, U=x, b=x)

KINDS = {"passes": (passes, 3), "training": (training, 3), "networks": (networks, 3), "refusals": (refusals, 15)}
"""


def growth(calls, before=""):
    """By how many bytes a process grew over so many calls, after a tenth of them."""
    code = f"{CALLS}{before}\n" + (
        f"share = {calls} // 4\n"
        "for run, each in KINDS.values():\n    for _ in range(share // each // 10 + 1): run()\n"
        "before = resident()\n"
        "for run, each in KINDS.values():\n    for _ in range(share // each): run()\n"
        "print(resident() - before)"
    )
    return int(run_python(code, timeout=3000, OPENBLAS_NUM_THREADS="1", GATEWISE_THREADS="1"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident memory is read from /proc")
def test_calls_leave_memory_where_it_was():
    assert growth(40_000) < ALLOWED


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident memory is read from /proc")
def test_a_million_calls_leave_memory_where_it_was():
    assert growth(1_000_000) < ALLOWED


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident memory is read from /proc")
def test_a_leak_is_seen():
    """A kilobyte of each refused call is kept."""
    leak = "kept = []\nplain = refused\ndef refused(*given, **more):\n    kept.append(bytearray(1024))\n    plain(*given, **more)"
    assert growth(40_000, leak) > ALLOWED


P = Params.init(3, 4, seed=1)
X, DELTA = np.ones((2, 5, 3), np.float32), np.ones((2, 5, 4), np.float32)
PAIR = (np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32))
TRACE = forward(P, X)
ENDS = np.array([5, 2])
REFUSED = {
    "a state that does not fit": (forward, (P, X, (PAIR[0], PAIR[1][:1])), {"lengths": ENDS}),
    "lengths beyond the end": (forward, (P, X, PAIR), {"lengths": ENDS + 9}),
    "another engine": (forward, (P, X, PAIR), {"engine": "none"}),
    "a delta that does not fit": (backward, (P, TRACE, DELTA[:1]), {"d_last_state": PAIR}),
    "a last state that does not fit": (backward, (P, TRACE, DELTA), {"d_last_state": (X, X)}),
    "a row that does not fit": (Stepper(P).step, (X,), {}),
    "sequences that are not there": (train_steps, (P, X, DELTA), {"batches": ENDS[:, np.newaxis] + 9}),
    "moments that do not fit": (train_steps, (P, X, DELTA), {"steps": 1, "optimizer": "adam", "moments": gatewise.optimizers.Moments(X, X, 1)}),
}  # fmt: skip


@pytest.mark.parametrize(("call", "given", "more"), REFUSED.values(), ids=REFUSED)
def test_a_refused_call_keeps_no_reference(call, given, more):
    """To its arguments, or to what they hold."""
    parts = [part for one in (*given, *more.values()) for part in (one if isinstance(one, tuple) else (one,))]
    for _ in range(3):
        with pytest.raises(GatewiseError):
            call(*given, **more)
    gc.collect()
    before = [sys.getrefcount(part) for part in parts]
    objects = len(gc.get_objects())
    for _ in range(100):
        with pytest.raises(GatewiseError):
            call(*given, **more)
    gc.collect()
    assert [sys.getrefcount(part) for part in parts] == before
    assert len(gc.get_objects()) - objects < 50
