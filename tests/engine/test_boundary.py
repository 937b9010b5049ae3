"""Whatever a caller hands over, the compiled engine computes or refuses in words: buffers, flags, signals, copies."""

import copy
import ctypes
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from fuzz.hostile import as_shared, read_only, unaligned

from gatewise import Params, Stepper, backward, forward, train_steps
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.learn.optimizers import Moments

PARAMS = Params.init(2, 3, seed=1)
X = np.random.default_rng(0).standard_normal((4, 2)).astype(np.float32)
DELTA = np.ones((4, 3), np.float32)


def as_ctypes(array):
    made = np.ctypeslib.as_ctypes(np.ascontiguousarray(array))
    assert memoryview(made).strides  # what Python fills in; the buffer itself has none
    return made


SAME = {
    "ctypes": as_ctypes, "shared memory": as_shared, "memoryview": lambda a: memoryview(a.copy()),
    "bytes cast": lambda a: memoryview(a.tobytes()).cast("B").cast(a.dtype.char, a.shape),
    "negative strides": lambda a: a[::-1].copy()[::-1], "every other": lambda a: np.repeat(a, 2, axis=0)[::2],
    "Fortran order": np.asfortranarray, "unaligned": unaligned, "read-only": read_only, "list": np.ndarray.tolist,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}  # fmt: skip


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_the_same_numbers_in_any_buffer_give_the_same_bits(make):
    """A ctypes array has no strides, and reading it ended the process."""
    trace = forward(PARAMS, X)
    assert forward(PARAMS, make(X)).out.tobytes() == trace.out.tobytes()
    grads = backward(PARAMS, trace, make(DELTA))
    assert grads.d_W.tobytes() == backward(PARAMS, trace, DELTA).d_W.tobytes()
    state = (np.float32([0.1, 0.2, 0.3]), np.float32([0.4, 0.5, 0.6]))
    assert (
        forward(PARAMS, X, tuple(map(make, state))).out.tobytes() == forward(PARAMS, X, state).out.tobytes()
    )
    lengths, batch = np.int64([4, 2]), np.stack([X, X])
    assert (
        forward(PARAMS, batch, lengths=make(lengths)).out.tobytes()
        == forward(PARAMS, batch, lengths=lengths).out.tobytes()
    )
    one, other = Stepper(PARAMS), Stepper(PARAMS)
    assert one.step(make(X[0])).tobytes() == other.step(X[0]).tobytes()


class Raises:
    def __array__(self, *_, **__):
        raise RuntimeError("no")


class Lies:
    """Says that it is an array of floats, and hands out something else."""

    shape, dtype, ndim = (4, 2), np.dtype(np.float32), 2

    def __array__(self, *_, **__):
        return "four by two"


WRONG = {
    "items of no bytes": np.zeros((4, 2), dtype=[]), "fields": np.zeros((4, 2), "f4,f4"), "void": np.zeros((4, 2), "V4"),
    "half": X.astype(np.float16), "long double": X.astype(np.longdouble), "texts": np.full((4, 2), "a"),
    "objects": X.astype(object) * None if False else np.full((4, 2), None), "dates": np.zeros((4, 2), "M8[s]"),
    "bytes": b"\0" * 32, "bytearray": bytearray(32), "chars": (ctypes.c_char * 8)(), "bits": np.zeros((4, 2), "?").data.cast("B"),
    "four axes": np.zeros((1, 1, 4, 2), np.float32), "none": np.float32(1), "empty": np.zeros((0, 2), np.float32),
    "an array that raises": Raises(), "an array that lies": Lies(), "generator": (row for row in X),
    "a struct": (type("P", (ctypes.Structure,), {"_fields_": [("a", ctypes.c_float)]}) * 8)(),
}  # fmt: skip


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_what_is_no_array_of_such_numbers_is_refused_in_words(given):
    """An item of no bytes was divided by, and the process ended."""
    trace = forward(PARAMS, X)
    for call in (
        lambda: forward(PARAMS, given), lambda: backward(PARAMS, trace, given), lambda: Stepper(PARAMS).step(given),
        lambda: forward(PARAMS, X, (given, given)), lambda: train_steps(PARAMS, given, DELTA, steps=1),
        lambda: train_steps(PARAMS, X, given, steps=1), lambda: forward(PARAMS, X[None], lengths=given),
    ):  # fmt: skip
        with pytest.raises(GatewiseError) as refused:
            call()
        assert "please report" not in str(refused.value)


def test_a_letter_of_four_bytes_is_not_read_as_eight():
    """'l' is long in the machine's own layout, and four bytes in the standard one that '<l' says."""
    short = np.array([4, 2], "<i4")
    made = memoryview(short.tobytes()).cast("B").cast("i")
    assert forward(PARAMS, np.stack([X, X]), lengths=made).lengths.tolist() == [4, 2]
    assert forward(PARAMS, np.stack([X, X]), lengths=short).lengths.tolist() == [4, 2]


@pytest.mark.parametrize("given", [1, 0, None, "yes", np.array([True])])
def test_a_flag_is_true_or_false(given):
    for call in (
        lambda: forward(PARAMS, X, trace=given), lambda: backward(PARAMS, forward(PARAMS, X), DELTA, inputs=given),
        lambda: backward(PARAMS, forward(PARAMS, X), DELTA, keep=given),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match="it must be True or False"):
            call()


def test_a_flag_may_be_numpy_s(engine):
    trace = forward(PARAMS, X, engine=engine, trace=np.True_)
    assert "d_x" not in backward(PARAMS, trace, DELTA, inputs=np.False_, keep=np.True_)
    assert list(forward(PARAMS, X, engine=engine, trace=np.False_)) == ["out"]


def test_a_trace_cannot_be_written_to(engine):
    """On one engine a write changed what backward gave, on the other it did not."""
    for x in (X, np.stack([X, X])):
        trace = forward(PARAMS, x, engine=engine)
        for made in (trace, pickle.loads(pickle.dumps(trace)), copy.deepcopy(trace), trace.batched()):
            for array in (*(made[name] for name in made), made.last_out, *made.last):
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 1
        grads = backward(PARAMS, trace, np.ones_like(trace.out))
        grads.d_W[...] = 0  # gradients are the caller's own
    x = X.copy()
    forward(PARAMS, x, engine=engine)
    x[...] = 0  # and so is x


@pytest.mark.parametrize(("count", "said"), [(0, "structured array"), (2, "4 of its 6 entries are masked")])
def test_a_masked_array_of_records_is_refused(count, said):
    """Its mask is an array of records, too, which has no sum."""
    x = np.ma.array(np.zeros((2, 3), "f4,f4"), mask=np.arange(6).reshape(2, 3) < count)
    with pytest.raises(GatewiseError, match=said):
        forward(Params.init(3, 2), x)


def test_numbers_beyond_a_dtype_are_refused_in_words():
    with pytest.raises(GatewiseError, match=r"b has 1e\+308, which is beyond the largest float32."):
        Params.init(1, 1, forget_bias=1e308)


@pytest.mark.parametrize("batch", [None, 3])
def test_a_copied_stepper_goes_on_by_itself(engine, batch):
    """copy shared the state, and deepcopy raised."""
    rows = X if batch is None else np.stack([X] * batch, axis=1)
    first = Stepper(PARAMS, batch, engine=engine)
    first.step(rows[0])
    copies = [copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first))]
    expected = [first.step(row).copy() for row in rows[1:]]
    for each in copies:
        assert each.engine == first.engine
        assert [each.step(row).tobytes() for row in rows[1:]] == [out.tobytes() for out in expected]


@pytest.mark.parametrize(("options", "said"), [
    ({"steps": 1.5}, "steps=1.5"), ({"steps": 0}, "steps=0"), ({"steps": 1, "learning_rate": "0.1"}, "learning_rate='0.1'"),
    ({"steps": 1, "epsilon": -1}, "epsilon=-1"), ({"steps": 1, "beta1": "x", "optimizer": "adam"}, "beta1='x'"),
    ({"steps": 1, "threads": 1.5}, "threads=1.5"), ({"batches": [[4]]}, "batches names"), ({"batches": [[-1]]}, "batches names"),
    ({"steps": 1, "optimizer": "adam", "moments": Moments(np.zeros(48, np.float32), np.zeros(48, np.float32), -5)}, r"moments\.steps"),
    ({"steps": 1, "optimizer": "adam", "moments": Moments(np.zeros(48, np.float32), np.zeros(48, np.float32), 2**80)}, r"moments\.steps"),
    ({"steps": 1, "optimizer": "adam", "moments": Moments(np.zeros(48), np.zeros(48), 1)}, r"moments\.first is float64"),
    ({"steps": 1, "optimizer": "adam", "moments": Moments(np.zeros(48, np.float32), np.zeros(7, np.float32), 1)}, r"moments\.second is \(7,\)"),
    ({"steps": 1, "optimizer": "adam", "moments": Moments(np.zeros(3, np.float32), np.zeros(3, np.float32), 1)}, r"moments\.first is \(3,\)"),
])  # fmt: skip
def test_arguments_of_train_steps_are_refused_in_words(engine, options, said):
    params = Params.init(2, 2, seed=1)
    label = np.zeros((3, 4, 2), np.float32)
    size = params.size
    moments = options.get("moments")
    if moments is not None and moments.first.shape == (48,):
        grown = [np.resize(part, size) if part.shape == (48,) else part for part in moments[:2]]
        options = {**options, "moments": Moments(*grown, moments.steps)}
    with pytest.raises(GatewiseError, match=said):
        train_steps(params, np.stack([X] * 3), label, engine=engine, **options)


def test_many_threads_and_numpy_s_numbers_are_taken(engine):
    label = np.zeros((4, 3), np.float32)
    plain = train_steps(PARAMS, X, label, steps=2, learning_rate=0.25, engine=engine)
    same = train_steps(
        PARAMS, X, label, steps=np.int64(2), learning_rate=np.float32(0.25), threads=2**40, engine=engine
    )
    assert same.params.W.tobytes() == plain.params.W.tobytes()


def test_moments_that_are_handed_over_stay_as_they_are(engine):
    label = np.zeros((4, 3), np.float32)
    first = train_steps(PARAMS, X, label, steps=2, optimizer="adam", engine=engine)
    before = pickle.dumps(tuple(first.moments))
    train_steps(first.params, X, label, steps=2, optimizer="adam", moments=first.moments, engine=engine)
    assert pickle.dumps(tuple(first.moments)) == before


def test_batches_that_change_meanwhile_are_those_that_were_checked():
    """They were read again while other threads could write there: a number out of range ended the process."""
    x, label = np.stack([X] * 8), np.zeros((8, 4, 3), np.float32)
    batches = np.zeros((20_000, 4), np.int64)
    expected = train_steps(PARAMS, x, label, batches=batches.copy()).params.W.tobytes()
    ends, done = np.full(8, 4, np.int64), threading.Event()

    def spoil():
        while not done.is_set():
            batches[...] = 2**40
            ends[...] = 2**40
            batches[...] = 0
            ends[...] = 4

    thread = threading.Thread(target=spoil)
    thread.start()
    try:
        for _ in range(20):
            try:
                assert train_steps(PARAMS, x, label, batches=batches, lengths=ends).params.W.shape == (12, 2)
                forward(PARAMS, x, lengths=ends)
            except ArgumentError:  # seen in the middle of a change
                pass
    finally:
        done.set()
        thread.join()
    assert train_steps(PARAMS, x, label, batches=batches).params.W.tobytes() == expected


@pytest.mark.share(2)
@pytest.mark.parametrize("word", ["abc", "0", "-3", "1.5", ""])
def test_a_wrong_number_of_threads_in_the_environment_is_told_in_a_line(word):
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", "work"], env={**os.environ, "GATEWISE_THREADS": word},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    with_forward = "import gatewise, numpy as np; gatewise.forward(gatewise.Params.init(2, 3), np.zeros((4, 2), np.float32))"
    done = subprocess.run(
        [sys.executable, "-c", with_forward], env={**os.environ, "GATEWISE_THREADS": word}, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0 or "gatewise.errors.ArgumentError: GATEWISE_THREADS=" in done.stderr
