"""The rows of W, U and b as torch stacks them: for the tests that compare with torch."""

from gatewise.cells.gate_orders import GATE_ORDERS, to_library

TORCH_ORDER = GATE_ORDERS["torch"].gates


def in_torch_order(params, name):
    """W, U or b with the gates' rows as torch stacks them."""
    return to_library("torch", getattr(params, name))
