"""Arguments in each other's place, and what is no array: refused with what was given and what to do.

A tensor of torch, a frame of pandas and the like are told by where their types come from, so that a type made
here, of that name, stands for them.
"""

import datetime

import numpy as np
import pytest

import gatewise
from gatewise.errors import ArgumentError, DtypeError, GatewiseError, ShapeError

PARAMS = gatewise.Params.init(2, 1, dtype="float64")
X, LABEL = np.zeros((3, 2)), np.zeros((3, 1))
TRACE = gatewise.forward(PARAMS, X)
GRADS = gatewise.backward(PARAMS, TRACE, LABEL)
NETWORK = gatewise.network.Network.init(
    gatewise.network.Architecture(input_size=2, hidden_size=1, outputs=1), dtype="float64"
)
NETWORK_TRACE = gatewise.network.forward(NETWORK, X)
MOMENTS = gatewise.optimizers.Moments.zero(PARAMS)

EXCHANGED = {
    "forward": (lambda: gatewise.forward(X, PARAMS), "params comes first, and an array (3, 2) was given"),
    "forward, a list": (lambda: gatewise.forward([[1, 2]], PARAMS), "a list of 1 was given there. The Params"),
    "backward": (lambda: gatewise.backward(TRACE, PARAMS, LABEL), "params comes first, and a Trace was given"),
    "trace last": (lambda: gatewise.backward(PARAMS, LABEL, TRACE), "The Trace stands where delta belongs"),
    "turned round": (lambda: gatewise.backward(LABEL, PARAMS, TRACE), "The Params stands where trace belongs"),
    "no trace": (lambda: gatewise.backward(PARAMS, X, LABEL), "an array (3, 2) was given there. It must be a Trace"),
    "worksheet": (lambda: gatewise.worksheet(X, PARAMS, LABEL), "worksheet(params, x, label): params comes first"),
    "train_steps": (lambda: gatewise.train_steps(X, LABEL, PARAMS, steps=1), "The Params stands where label"),
    "Stepper": (lambda: gatewise.Stepper(3, PARAMS), "the number 3 was given there. The Params stands where batch"),
    "derivatives": (lambda: gatewise.derivatives.check(X, PARAMS), "derivatives.check(params, x, label)"),
    "sgd": (lambda: gatewise.optimizers.sgd(GRADS, PARAMS, 0.1), "sgd(params, grads, learning_rate): params"),
    "rate second": (lambda: gatewise.optimizers.sgd(PARAMS, 0.1, GRADS), "The Grads stands where learning_rate"),
    "adam": (lambda: gatewise.optimizers.adam(PARAMS, GRADS, MOMENTS, 0.1), "The Moments stands where learning_rate"),
    "network forward": (lambda: gatewise.network.forward(X, NETWORK), "The Network stands where x belongs"),
    "a layer's": (lambda: gatewise.network.forward(PARAMS, X), "a Params was given there. It must be a Network"),
    "network backward": (
        lambda: gatewise.network.backward(NETWORK_TRACE, NETWORK, LABEL[0]),
        "network comes first, and a NetworkTrace was given there. The Network stands where trace belongs",
    ),
    "network stepper": (lambda: gatewise.network.NetworkStepper(PARAMS), "It must be a Network"),
    "Network": (lambda: gatewise.network.Network(X, NETWORK.architecture), "The Architecture stands where vector"),
    "clip": (lambda: gatewise.optimizers.clip_by_norm(1.0, X), "clip_by_norm(gradient, largest): gradient comes"),
    "optimizer": (
        lambda: gatewise.optimizers.OPTIMIZERS["sgd"]({}, X, X, 0.1, 1),
        "sgd(vector, gradient, memory): vector comes first, and a dict was given",
    ),
    "a trace to a loss": (lambda: gatewise.losses.l2(TRACE, LABEL), "y is a Trace; it must be an array of numbers"),
    "a size": (lambda: gatewise.Params.from_flat(2, 1, PARAMS.flat()), "hidden_size is an array (16,); it must"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "text"), EXCHANGED.values(), ids=EXCHANGED)
def test_exchanged_arguments_are_told_which_comes_where(call, text):
    with pytest.raises(GatewiseError) as caught:
        call()
    assert text in str(caught.value)
    assert len(str(caught.value)) < 300


class _Tensor:
    """Stands for another library's: of its module's name, and an array by NumPy's protocol, or none."""

    def __init__(self, values, error=None, dtype="float32"):
        self.values, self.error, self.dtype = np.array(values, "float32"), error, dtype
        self.shape = self.values.shape

    def __array__(self, dtype=None, copy=None):
        if self.error is not None:
            raise self.error
        return self.values


def tensor_of(library, *args, **keys):
    return type("Tensor", (_Tensor,), {"__module__": library})(*args, **keys)


@pytest.mark.parametrize(
    ("library", "way"),
    [
        ("torch", "x.detach().cpu().numpy().astype('float64')"),
        ("tensorflow.python.framework.ops", "x.numpy().astype('float64')"),
        ("jaxlib._jax", "np.asarray(x).astype('float64')"),
        ("xarray.core.dataarray", "x.to_numpy().astype('float64')"),
        ("unheard_of", "np.asarray(x).astype('float64')"),
    ],
)
def test_the_advice_for_another_precision_fits_the_type(library, way):
    with pytest.raises(DtypeError) as caught:
        gatewise.forward(PARAMS, tensor_of(library, X))
    assert f"Use {way}, or params.astype('float32')" in str(caught.value)
    with pytest.raises(DtypeError, match="x is float32"):
        gatewise.forward(PARAMS, [tensor_of(library, row) for row in X])


def test_frames_of_another_precision_are_told_to_numpy():
    for library in ("pandas", "polars"):
        frame = pytest.importorskip(library).DataFrame(X.astype("float32"))
        with pytest.raises(DtypeError) as caught:
            gatewise.forward(PARAMS, frame)
        assert "Use x.to_numpy().astype('float64')" in str(caught.value)


NO_ARRAY = {
    "needs its gradient": (RuntimeError("Can't call numpy() on Tensor that requires grad."), "float32", "cpu().numpy()"),
    "on the device": (TypeError("can't convert cuda:0 device type tensor to numpy."), "float32", "cpu().numpy()"),
    "half": (TypeError("Got unsupported ScalarType BFloat16"), "torch.bfloat16", "detach().cpu().float().numpy()"),
}  # fmt: skip


@pytest.mark.parametrize(("error", "dtype", "way"), NO_ARRAY.values(), ids=NO_ARRAY)
def test_a_tensor_that_gives_no_array_is_told_how_to(error, dtype, way):
    tensor = tensor_of("torch", X, error, dtype)
    with pytest.raises(ArgumentError) as caught:
        gatewise.forward(PARAMS, tensor)
    assert "x is a torch Tensor (3, 2), of which NumPy makes no array" in str(caught.value)
    assert way in str(caught.value)
    with pytest.raises(ArgumentError, match=r"np\.array\(\[one\.detach"):
        gatewise.forward(PARAMS, [tensor, tensor])


MISSING = np.array([[1.0, 2.0], [3.0, None]], dtype=object)
NO_NUMBERS = {
    "text": ("sheet.md", DtypeError, "x holds <U8; it must hold numbers, for example float64. It is text, such as 'sheet.md'"),
    "digits as text": ([["1", "2"]], DtypeError, "np.array(x, dtype=float)"),
    "bytes": (np.array([b"a"]), DtypeError, "x holds |S1; it must hold numbers"),
    "None": (None, DtypeError, "x is None; it must be an array"),
    "a None inside": (MISSING, DtypeError, "x holds object; it must hold numbers, for example float64. At [1, 1] it has None: make it NaN"),
    "times": (np.array(["2020-01-01"], "M8[h]"), DtypeError, "(x - x.min()) / np.timedelta64(1, 'h')"),
    "durations": (np.array([3], "m8[s]"), DtypeError, "x / np.timedelta64(1, 'h')"),
    "Python times": ([[datetime.date(2020, 1, 1)]], DtypeError, "At [0, 0] it has a date"),
    "a dict": ({"a": 1}, DtypeError, "x is a dict; it must be an array"),
    "a generator": ((one for one in X), DtypeError, "x is a generator"),
    "a class": (PARAMS, DtypeError, "x is a Params"),
    "fields": (np.zeros(3, [("a", float), ("b", float)]), DtypeError, "with the fields a, b"),
    "ragged": ([[1, 2], [3]], ShapeError, "x is a ragged list"),
    "ragged arrays": ([np.zeros((2, 2)), np.zeros((3, 2))], ShapeError, "x is a ragged list"),
    "complex": (X + 1j, DtypeError, "Use x.real, or params.astype('complex128')"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "error", "text"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_array_of_numbers_is_refused_with_what_it_is(engine, x, error, text):
    with pytest.raises(error) as caught:
        gatewise.forward(PARAMS, x, engine=engine)
    assert text in str(caught.value)


def test_a_frame_with_what_is_missing_is_told_how_it_becomes_nan():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DtypeError, match=r"x\.to_numpy\(dtype=float, na_value=np\.nan\)"):
        gatewise.forward(PARAMS, pandas.DataFrame({"a": [1, pandas.NA]}, dtype=object))


MASKED_X, MASKED_LABEL = (np.ma.masked_array(values, mask=values == 0) for values in (X, LABEL))
MASKED_OUT = np.ma.masked_array(np.zeros(1), mask=[True])
WITH_A_MASK = {
    "x": lambda: gatewise.forward(PARAMS, MASKED_X),
    "x as a list": lambda: gatewise.forward(PARAMS, [MASKED_X, X]),
    "the second of a list": lambda: gatewise.forward(PARAMS, [X, MASKED_X]),
    "state.out": lambda: gatewise.forward(PARAMS, X, (MASKED_OUT, np.zeros(1))),
    "delta": lambda: gatewise.backward(PARAMS, TRACE, MASKED_LABEL),
    "d_last_state.state": lambda: gatewise.backward(PARAMS, TRACE, LABEL, d_last_state=(np.zeros(1), MASKED_OUT)),
    "x of a stepper": lambda: gatewise.Stepper(PARAMS).step(MASKED_X[0]),
    "W": lambda: gatewise.Params(W=np.ma.masked_less(PARAMS.W, 9), U=PARAMS.U, b=PARAMS.b),
    "label": lambda: gatewise.losses.l2(TRACE.out, MASKED_LABEL),
    "label of a sheet": lambda: gatewise.worksheet(PARAMS, X, MASKED_LABEL),
    "label in training": lambda: gatewise.train_steps(PARAMS, X, MASKED_LABEL, steps=1),
    "lengths": lambda: gatewise.forward(PARAMS, X[None], lengths=np.ma.masked_array([3], mask=[True])),
}  # fmt: skip


@pytest.mark.parametrize("call", WITH_A_MASK.values(), ids=WITH_A_MASK)
def test_a_mask_is_never_ignored(call):
    with pytest.raises(ArgumentError, match=r"is a masked array, .* are masked.*np\.ma\.filled"):
        call()


def test_a_masked_array_without_a_masked_entry_is_an_array(engine):
    plain = gatewise.forward(PARAMS, X, engine=engine)
    np.testing.assert_array_equal(
        gatewise.forward(PARAMS, np.ma.masked_array(X), engine=engine).out, plain.out
    )


NO_OPTION = {
    "dtype": lambda: PARAMS.astype("flot32"),
    "dtype of a network": lambda: gatewise.network.Network.init(NETWORK.architecture, dtype="int32"),
    "step of a trace": lambda: TRACE.at("a"),
    "learning rate": lambda: gatewise.train_steps(PARAMS, X, LABEL, steps=1, learning_rate="0.1"),
    "rate of sgd": lambda: gatewise.optimizers.sgd(PARAMS, GRADS, "0.1"),
    "moments": lambda: gatewise.train_steps(PARAMS, X, LABEL, steps=1, optimizer="adam", moments=GRADS),
    "schedule": lambda: gatewise.schedules.SCHEDULES["cosine"]("1", 10, 0.1),
    "rate of a schedule": lambda: gatewise.schedules.SCHEDULES["constant"](1, 10, "0.1"),
    "norm": lambda: gatewise.optimizers.clip_by_norm(X, "1"),
}  # fmt: skip


@pytest.mark.parametrize("call", NO_OPTION.values(), ids=NO_OPTION)
def test_an_option_of_the_wrong_type_is_an_error_of_ours(call):
    with pytest.raises(GatewiseError, match=r"must|give one|cannot be|counted from"):
        call()
