"""Arguments that a sheet refuses, each by name and with what is needed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from worksheet_helpers import model

from gatewise import (
    ArgumentError,
    DtypeError,
    GatewiseError,
    ShapeError,
    worksheet,
)

OPTIONS = {
    "digits 0": ({"digits": 0}, "digits=0; it must be a whole number from 1 to 12"),
    "digits 13": ({"digits": 13}, "digits=13; it must be a whole number from 1 to 12"),
    "digits a float": ({"digits": 5.0}, "digits=5.0; it must be a whole number"),
    "digits True": ({"digits": True}, "digits=True; it must be a whole number"),
    "digits a string": ({"digits": "5"}, "digits='5'; it must be a whole number"),
    "rounding": ({"rounding": "half"}, "rounding='half' is not offered. Choose from: full, hand."),
    "rounding a list": ({"rounding": ["full"]}, "rounding=['full'] is not offered"),
    "rounding an array": ({"rounding": np.array(["full", "hand"])}, "is not offered. Choose from: full"),
    "ties": ({"ties": "up"}, "ties='up' is not offered. Choose from: half-up, half-even, truncate."),
    "detail": ({"detail": 2}, "detail=2 is not offered. Choose from: results, example, products, reasons."),
    "notation": ({"notation": "jax"}, "notation='jax' is not offered. Choose from: document, torch, keras."),
    "updates": ({"updates": 0}, "updates=0; it must be a whole number from 1 to 1000"),
    "max_lines": ({"max_lines": 0}, "max_lines=0; it must be a whole number"),
    "steps outside": ({"steps": [0, 3]}, "steps: 3 given; this sheet has steps 0 to 2."),
    "steps negative": ({"steps": [-1]}, "steps: -1 given; this sheet has steps 0 to 2."),
    "steps without end": ({"steps": range(2**62)}, "steps has more than 100,000 numbers; this sheet has 3 steps."),
    "many steps outside": ({"steps": range(3, 30)}, "steps: 3, 4, 5, 6, 7, 8, 9, 10, … given; this sheet has steps 0 to 2."),
    "no steps": ({"steps": []}, "steps: none given; this sheet has steps 0 to 2."),
    "steps a number": ({"steps": 1}, "steps=1; it must be a list of whole numbers."),
    "steps floats": ({"steps": [0.5]}, "steps=[0.5]; it must be a list of whole numbers."),
    "steps text": ({"steps": "01"}, "steps='01'; it must be a list of whole numbers."),
    "units outside": ({"units": (0, 7, 9)}, "units: 7, 9 given; this sheet has units 0 to 1."),
    "batch of one": ({"batch": 1}, "batch=1, but x (3, 2) is a single sequence."),
    "rate negative": ({"learning_rate": -0.1}, "learning_rate=-0.1; it must be a finite number"),
    "learning rate NaN": ({"learning_rate": np.nan}, "learning_rate=nan; it must be a finite number"),
    "learning rate complex": ({"learning_rate": 1j}, "learning_rate=1j; it must be a finite number"),
    "learning rate a list": ({"learning_rate": [0.1]}, "learning_rate=[0.1]; it must be a finite number"),
    "learning rate text": ({"learning_rate": "0.1"}, "learning_rate holds <U3; it must hold numbers"),
    "state one": ({"state": (np.zeros(2),)}, "state is a tuple of 1; it must be a pair (out, state)."),
    "state an array": ({"state": np.zeros((2, 2))}, "state is an array (2, 2); it must be a pair (out, state)."),
    "state short": ({"state": ([0, 0], [0])}, "state.state is (1,); with x (3, 2) and H = 2 it must"),
    "state NaN": ({"state": (np.zeros(2), [0, np.nan])}, "state.state[1] is nan; a worksheet needs finite"),
    "lengths 0": ({"lengths": 0}, "the sequence's length is 0; it must be at least 1"),
    "lengths long": ({"lengths": 4}, "lengths go from 4 to 4; x has 3 steps, so 0 to 3."),
    "lengths floats": ({"lengths": 2.5}, "lengths holds float64; it must hold whole numbers."),
    "lengths many": ({"lengths": [3, 3]}, "lengths is (2,); it must be (), one whole number for"),
    "texts of nothing": ({"texts": {"y": ["1"]}}, "texts for y are (1,); there is nothing of that name."),
    "texts short": ({"texts": {"b": ["1"]}}, "texts for b are (1,); they must be (8,)."),
}  # fmt: skip


@pytest.mark.parametrize(("options", "message"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_that_does_not_fit(options, message):
    params, x, label = model()
    with pytest.raises(GatewiseError, match=re.escape(message)):
        worksheet(params, x, label, **options)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5])
def test_a_bad_learning_rate_is_refused_without_labels_too(value):
    params, x, _ = model()
    with pytest.raises(ArgumentError, match="learning_rate="):
        worksheet(params, x, learning_rate=value)


@pytest.mark.parametrize("batch", [3, -1, 0.0, True, "0", None])
def test_a_batch_element_that_does_not_exist(batch):
    params, x, label = model(N=3)
    with pytest.raises(ArgumentError, match=re.escape(f"batch={batch!r}; x has 3 sequences, 0 to 2.")):
        worksheet(params, x, label, batch=batch)


LABEL_2 = np.zeros((3, 2))
X_2 = np.zeros((3, 2))
BAD_DATA = {
    "x NaN": ([[1, np.nan]] * 3, LABEL_2, ArgumentError, "x[0, 1] is nan; a worksheet needs finite numbers."),
    "x infinite": ([[1, 2], [3, 4], [5, -np.inf]], LABEL_2, ArgumentError, "x[2, 1] is -inf"),
    "x features": (np.zeros((3, 5)), LABEL_2, ShapeError, "x is (3, 5), read as (N, T, D) or (T, D); W"),
    "x one axis": (np.zeros(3), LABEL_2, ShapeError, "x is (3,), read as"),
    "x four axes": (np.zeros((1, 1, 3, 2)), LABEL_2, ShapeError, "x is (1, 1, 3, 2), read as"),
    "no steps": (np.zeros((0, 2)), np.zeros((0, 2)), ShapeError, "at least one sequence and one step"),
    "no sequence": (np.zeros((0, 3, 2)), np.zeros((0, 3, 2)), ShapeError, "at least one sequence"),
    "x ragged": ([[1, 2], [3]], LABEL_2, ShapeError, "x is a ragged list"),
    "x text": ([["a", "b"]] * 3, LABEL_2, DtypeError, "x holds <U1; it must hold numbers"),
    "x objects": (np.array([[None, 1]] * 3), LABEL_2, DtypeError, "x holds object; it must hold numbers"),
    "x complex": (np.zeros((3, 2), complex), LABEL_2, DtypeError, "x is complex; a worksheet needs real"),
    "x None": (None, LABEL_2, DtypeError, "x is None; it must be an array of numbers"),
    "label shape": (X_2, np.zeros((2, 2)), ShapeError, "label is (2, 2); with x (3, 2) and H = 2 it must"),
    "label all missing": (X_2, LABEL_2 * np.nan, ArgumentError, "label is missing at every step"),
    "label infinite": (X_2, LABEL_2 + np.inf, ArgumentError, "label[0, 0] is inf"),
    "label complex": (X_2, LABEL_2 + 0j, DtypeError, "label is complex"),
    "label text": (X_2, [["a", "b"]] * 3, DtypeError, "label holds <U1"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "label", "error", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_data_that_does_not_fit(x, label, error, message):
    with pytest.raises(error, match=re.escape(message)):
        worksheet(model()[0], x, label)


@pytest.mark.parametrize("name", ["W", "U", "b"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_not_finite(name, value):
    params, x, label = model()
    getattr(params, name).flat[3] = value
    with pytest.raises(ArgumentError, match=rf"{name}\[.*\] is {value}; a worksheet needs finite numbers"):
        worksheet(params, x, label)


def test_complex_parameters():
    params, x, label = model()
    with pytest.raises(DtypeError, match="W is complex; a worksheet needs real numbers"):
        worksheet(params.astype(complex), x, label)
