"""Every library's gate order: each gate once, rows there and back, and a name that is not known."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.cells.gate_orders import GATE_ORDERS, from_library, gate_order, to_library
from gatewise.cells.known.lstm import GATES
from gatewise.errors import ArgumentError

D, H = 3, 2
W = np.arange(4.0 * H * D).reshape(4 * H, D)


@pytest.mark.parametrize("library", GATE_ORDERS)
def test_an_order_has_each_gate_once_and_a_letter_for_it(library):
    order = gate_order(library)
    assert sorted(order.gates) == sorted(GATES)
    assert len(order.letters) == len(set(order.letters)) == len(GATES)
    assert sorted(map(order.letter, GATES)) == sorted(order.letters)
    assert [order.letter(gate) for gate in "ifo"] == list("ifo")
    assert set(order.peepholes) in (set(), set("ifo"))
    assert order.biases in (1, 2)


@pytest.mark.parametrize("library", GATE_ORDERS)
@pytest.mark.parametrize("axis", [0, 1])
def test_rows_there_and_back_are_the_same(library, axis):
    stacked = W if axis == 0 else W.T
    np.testing.assert_array_equal(from_library(library, to_library(library, stacked, axis), axis), stacked)
    np.testing.assert_array_equal(to_library(library, from_library(library, stacked, axis), axis), stacked)


@pytest.mark.parametrize("library", GATE_ORDERS)
def test_a_block_stands_where_the_library_has_it(library):
    """Each of the distinct blocks is found at its gate's place in the library's order."""
    there = to_library(library, W)
    for place, gate in enumerate(gate_order(library).gates):
        ours = GATES.index(gate)
        np.testing.assert_array_equal(there[place * H : (place + 1) * H], W[ours * H : (ours + 1) * H])


@pytest.mark.parametrize(
    ("library", "blocks"), [("torch", [1, 2, 0, 3]), ("onnx", [1, 3, 2, 0]), ("haste", [1, 0, 2, 3])]
)
def test_the_order_of_a_library_by_numbers(library, blocks):
    np.testing.assert_array_equal(to_library(library, np.arange(4)), blocks)


def test_an_unknown_library_is_refused_with_the_list():
    with pytest.raises(
        ArgumentError, match=r"'caffe' is not known; choose one of: gatewise, torch, .*coreml\."
    ):
        to_library("caffe", W)
