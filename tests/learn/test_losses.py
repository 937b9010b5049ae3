"""The L2 loss (L1, B0) and the update (P1)."""

import numpy as np
import pytest
from helpers import random_problem

from gatewise.engine.passes import backward, forward
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.learn.losses import LOSSES, l2
from gatewise.learn.optimizers import OPTIMIZERS, sgd


def test_l2_by_hand():
    loss, delta = l2([[1.0, 2.0], [3.0, 5.0]], [[0.0, 2.0], [5.0, 1.0]])
    assert loss == (1 + 0 + 4 + 16) / 2
    np.testing.assert_array_equal(delta, [[1, 0], [-2, 4]])


def test_l2_is_the_sum_over_batch_steps_and_units():
    rng = np.random.default_rng(1)
    out, label = rng.standard_normal((2, 3, 4, 5))
    parts = [l2(out[n, t], label[n, t])[0] for n in range(3) for t in range(4)]
    assert l2(out, label)[0] == pytest.approx(sum(parts), rel=1e-14)  # 60 terms of one sign


def test_nan_in_label_is_a_missing_label():
    loss, delta = l2(np.array([1.0, np.nan, 3.0]), [0.0, np.nan, np.nan])
    assert loss == 0.5
    np.testing.assert_array_equal(delta, [1, 0, 0])


def test_nan_in_out_shows():
    loss, delta = l2(np.array([1.0, np.nan]), [0.0, 0.0])
    assert np.isnan(loss)
    np.testing.assert_array_equal(delta, [1, np.nan])


def test_no_label_at_all_costs_nothing():
    loss, delta = l2(np.ones((2, 3)), np.full((2, 3), np.nan))
    assert loss == 0
    assert not delta.any()


def test_complex_loss_is_analytic():
    """A complex step through it gives delta: the square is out², not |out|²."""
    rng = np.random.default_rng(2)
    out, label, direction = rng.standard_normal((3, 4, 5))
    step = 1e-20
    moved, _ = l2(out + 1j * step * direction, label.astype(complex))
    assert moved.imag / step == pytest.approx((l2(out, label)[1] * direction).sum(), rel=1e-13)  # 20 terms


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
def test_dtype_is_kept(dtype):
    loss, delta = l2(np.ones(3, dtype), np.zeros(3, dtype))
    assert loss.dtype == delta.dtype == dtype


def test_l2_refuses_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"label is \(3,\); it must be \(2, 3\)"):
        l2(np.ones((2, 3)), np.ones(3))
    with pytest.raises(DtypeError, match="label is float64 where float32 is needed"):
        l2(np.ones(3, "float32"), np.ones(3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sgd(dtype):
    params, x, delta, _, _ = random_problem(1, dtype=dtype)
    grads = backward(params, forward(params, x), delta)
    before = params.flat()
    new = sgd(params, grads, np.float64(0.25))
    assert new.dtype == dtype
    for name in ("W", "U", "b"):
        np.testing.assert_array_equal(
            getattr(new, name), getattr(params, name) - np.array(0.25, dtype) * grads[f"d_{name}"]
        )
    np.testing.assert_array_equal(params.flat(), before)


@pytest.mark.parametrize("learning_rate", [-0.1, np.nan, np.inf])
def test_sgd_refuses_a_learning_rate(learning_rate):
    params, x, delta, _, _ = random_problem(1)
    grads = backward(params, forward(params, x), delta)
    with pytest.raises(ArgumentError, match=f"learning_rate={learning_rate}"):
        sgd(params, grads, learning_rate)


def test_sgd_refuses_other_gradients():
    params, x, delta, _, _ = random_problem(1)
    other, *_ = random_problem(1, D=3)
    with pytest.raises(ShapeError, match=r"d_W is \(16, 2\) but W is \(16, 3\)"):
        sgd(other, backward(params, forward(params, x), delta), 0.1)


def test_tables_name_the_functions():
    assert LOSSES["l2"] is l2
    assert list(OPTIMIZERS) == ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
