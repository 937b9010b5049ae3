"""The same bits, always: for any number of threads, and for a sequence in whatever batch it stands."""

import itertools

import numpy as np
import pytest
from builds import run_python
from helpers import assert_same_bits, everything, random_problem

from gatewise import _core
from gatewise.engine.passes import ENGINES, backward, forward
from gatewise.engine.trace import State

NATIVE = [name for name in ENGINES if name.startswith("native-")]
DTYPES = ["float32", "float64"]
THREADS = [2, 3, 8]


def lanes(name, dtype):
    """V, the units that one vector holds."""
    return _core.vector_bytes()[name.removeprefix("native-")] // np.dtype(dtype).itemsize


# Threads --------------------------------------------------------------------------------------------------------------

# Each has groups enough for several threads, and work enough to share: engine.cpp uses one thread for little.
SHARED = [(130, 20, 9, 33), (64, 12, 3, 40), (7, 60, 20, 64), (3, 100, 5, 50), (160, 3, 4, 520)]


@pytest.mark.parametrize("uneven", [False, True], ids=["even", "uneven"])
@pytest.mark.parametrize("size", SHARED, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NATIVE)
def test_any_number_of_threads_gives_the_same_bits(name, dtype, size, uneven):
    N, T, D, H = size
    if H > 500 and uneven:
        pytest.skip("large H is tried with even lengths only, for time")
    params, x, delta, state, lengths = random_problem(1, N, T, D, H, dtype=dtype, scale=0.3)
    d_last = random_problem(2, N, 1, D, H, dtype=dtype).state
    problem = (params, x, delta, state, lengths if uneven else None, d_last)
    one = everything(*problem, engine=name, threads=1)
    for threads in THREADS:
        assert_same_bits(everything(*problem, engine=name, threads=threads), one, f"with {threads} threads")


COUNT_THREADS = """
        from pathlib import Path
        from gatewise import forward
        from helpers import random_problem
        running = lambda: len(list(Path("/proc/self/task").iterdir()))
"""


def test_the_threads_do_run():
    """The comparison above would hold for an engine that ignores `threads`; this one starts them."""
    code = f"""
        {COUNT_THREADS}
        params, x, *_ = random_problem(1, 130, 20, 9, 33, dtype="float32")
        for threads in (1, 2, 5):
            before = running()
            forward(params, x, threads=threads)
            print(running() - before)
    """
    assert run_python(code).split() == ["0", "1", "3"]


@pytest.mark.parametrize("name", NATIVE)
def test_two_runs_give_the_same_bits(name):
    problem = random_problem(3, 65, 9, 5, 21, dtype="float32")
    once = everything(*problem, engine=name)
    everything(
        *random_problem(4, 65, 9, 5, 21, dtype="float32"), engine=name
    )  # leaves other numbers in the memory
    assert_same_bits(everything(*problem, engine=name), once)


# A single sequence of many units: threads share its units and meet at every step. No more of them than there are CPUs,
# unless GATEWISE_THREADS says so.
ONE_ROW = """
        from pathlib import Path
        import numpy as np
        from gatewise import Stepper, forward
        from helpers import assert_same_bits, everything, random_problem
        running = lambda: len(list(Path("/proc/self/task").iterdir()))
        name, dtype = {name!r}, {dtype!r}
        for T, D, H in [(5, 256, 256), (3, 130, 333), (400, 70, 150), (2, 5, 300), (2, 600, 45)]:
            params, x, delta, state, _ = random_problem(1, 1, T, D, H, dtype=dtype, scale=0.1)
            d_last = random_problem(2, 1, 1, D, H, dtype=dtype).state
            for lengths in (None, np.array([T - 1])):
                problem = (params, x, delta, state, lengths, d_last)
                one = everything(*problem, engine=name, threads=1)
                for threads in (2, 3, 8):
                    found = everything(*problem, engine=name, threads=threads)
                    assert_same_bits(found, one, f"{{T}} {{D}} {{H}} with {{threads}} threads")
            whole = forward(params, x, state, engine=name, threads=1).out[0]
            for threads in (1, 2, 5):
                stepper = Stepper(params, 1, state, engine=name, threads=threads)
                for t in range(min(T, 20)):
                    assert stepper.step(x[:, t]).tobytes() == whole[t].tobytes(), (t, threads)
        print(running())
"""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NATIVE)
def test_threads_that_share_one_sequence_give_the_same_bits(name, dtype):
    code = ONE_ROW.format(name=name, dtype=dtype)
    assert run_python(code, GATEWISE_THREADS="8", OPENBLAS_NUM_THREADS="1") == "8"  # the threads did run


# Batches --------------------------------------------------------------------------------------------------------------

OF_A_SEQUENCE = ("x", "a", "i", "f", "o", "state", "out", "d_x")
OF_A_SEQUENCE += ("delta_out", "d_out", "d_state", "d_a", "d_i", "d_f", "d_o", "d_gates")
OF_ITS_ENDS = ("out0", "state0", "last out", "last state", "d_out0", "d_state0")


def alone(params, x, delta, state, length, d_last, engine):
    """What one sequence gives without any other, cut to its own length."""
    return everything(params, x[:length], delta[:length], state, None, d_last, engine=engine)


def own_part(batch, n, length):
    """The part of a batch's results that belongs to sequence n."""
    return {name: batch[name][n, :length] for name in OF_A_SEQUENCE} | {
        name: batch[name][n] for name in OF_ITS_ENDS
    }


def rows_to_try(N):
    """All of a small batch; of a large one the ends, the edges of tiles and groups, and some between."""
    return (
        range(N)
        if N <= 7
        else sorted({0, 1, 5, 6, N // 3, N // 2, N - 33, N - 32, N - 2, N - 1} & set(range(N)))
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NATIVE)
def test_a_sequence_has_the_same_bits_in_any_batch(name, dtype):
    V = lanes(name, dtype)
    heights = {1, V - 1, V, V + 1, 2 * V + 1}
    widths = itertools.cycle([1, 2, 3, 5, 8, 17])
    for N, H in itertools.product(
        [2, 3, 4, 5, 6, 7, 9, 13, 31, 32, 33, 64, 65, 129, 130], sorted(heights - {0})
    ):
        T, D = 4, next(widths)
        params, x, delta, state, lengths = random_problem(N + H, N, T, D, H, dtype=dtype)
        d_last = random_problem(N, N, 1, 1, H, dtype=dtype).state
        batch = everything(params, x, delta, state, lengths, d_last, engine=name)
        for n in rows_to_try(N):
            if length := lengths[n]:
                initial, last = State(*(s[n] for s in state)), State(*(s[n] for s in d_last))
                expected = alone(params, x[n], delta[n], initial, length, last, name)
                own = {field: expected[field] for field in (*OF_A_SEQUENCE, *OF_ITS_ENDS)}
                assert_same_bits(own_part(batch, n, length), own, f"N = {N}, n = {n}, D = {D}, H = {H}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NATIVE)
def test_neither_place_nor_company_matters(name, dtype):
    """The same sequence, long enough for several chunks of the backward pass, among others of any lengths."""
    V, T, D = lanes(name, dtype), 60, 3
    rng = np.random.default_rng(7)
    for H in (V + 1, 3 * V):
        params, x, delta, _, _ = random_problem(H, 40, T, D, H, dtype=dtype, scale=0.5)
        length = 55
        expected = alone(params, x[0], delta[0], None, length, None, name)
        for N in (1, 2, 3, 11, 40):
            for _ in range(3):
                place = rng.integers(N)
                order = np.append(0, rng.permutation(np.arange(1, 40))[: N - 1])
                order[[0, place]] = order[[place, 0]]
                lengths = rng.integers(0, T + 1, N)
                lengths[place] = length
                batch = everything(params, x[order], delta[order], None, lengths, engine=name)
                own = {field: expected[field] for field in (*OF_A_SEQUENCE, *OF_ITS_ENDS)}
                assert_same_bits(own_part(batch, place, length), own, f"N = {N}, H = {H}, lengths {lengths}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NATIVE)
def test_what_is_kept_or_left_out_changes_no_bit(name, dtype):
    params, x, delta, state, lengths = random_problem(8, 9, 14, 5, 19, dtype=dtype)
    whole = everything(params, x, delta, state, lengths, engine=name)
    trace = forward(params, x, state, lengths, engine=name)
    for inputs, keep in itertools.product([True, False], repeat=2):
        grads = backward(params, trace, delta, inputs=inputs, keep=keep)
        assert ("d_x" in set(grads)) == inputs
        assert_same_bits({field: grads[field] for field in grads}, {field: whole[field] for field in grads})
    lean = forward(params, x, state, lengths, engine=name, trace=False)
    assert_same_bits({"out": lean.out}, {"out": whole["out"]})
    assert_same_bits(lean.last._asdict(), trace.last._asdict())


# How many threads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "expected"), [("1", 1), ("2", 2), ("3", 3), (" 2 ", 2)])
def test_gatewise_threads_is_honoured(said, expected):
    code = f"""
        {COUNT_THREADS}
        from gatewise import _core
        params, x, *_ = random_problem(1, 130, 20, 9, 33, dtype="float32")
        before = running()
        forward(params, x)
        print(_core.default_threads(), 1 + running() - before)
    """
    assert run_python(code, GATEWISE_THREADS=said).split() == [str(expected), str(expected)]


@pytest.mark.parametrize("said", [None, ""])
def test_without_it_the_cpus_of_this_process_count(said):
    code = """
        import os
        from gatewise import _core
        print(_core.default_threads() == len(os.sched_getaffinity(0)))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    """
    assert run_python(code, GATEWISE_THREADS=said) == "True"
    narrow = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    narrow += "from gatewise import _core; print(_core.default_threads())"
    assert run_python(narrow, GATEWISE_THREADS=said) == "1"


@pytest.mark.share(3)
@pytest.mark.parametrize(("said", "expected"), [
    ("1", 1), ("1,4", 1), ("999", None), ("two", None), ("0", None), ("-1", None), ("", None), ("1x", None),
])  # fmt: skip
def test_omp_num_threads_is_heard_where_it_says_fewer(said, expected):
    """joblib tells its workers so; each of two took both CPUs."""
    code = "from gatewise import _core; print(_core.default_threads())"
    cpus = run_python(code, GATEWISE_THREADS=None, OMP_NUM_THREADS=None)
    assert run_python(code, GATEWISE_THREADS=None, OMP_NUM_THREADS=said) == str(expected or cpus)
    assert run_python(code, GATEWISE_THREADS="3", OMP_NUM_THREADS=said) == "3"


@pytest.mark.parametrize("said", ["two", "0", "-1", "1.5", "2x", "99999999999999999999"])
def test_a_bad_number_of_threads_is_refused(said):
    code = """
        import numpy as np
        from gatewise import Params, forward
        try:
            forward(Params.init(2, 3), np.ones((4, 2), "float32"))
        except ValueError as error:
            print(error)
    """
    assert (
        run_python(code, GATEWISE_THREADS=said)
        == f"GATEWISE_THREADS={said} is not a whole number of at least 1"
    )
