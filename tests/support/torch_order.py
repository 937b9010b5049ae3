"""The rows of W, U and b as torch stacks them: for the tests that compare with torch."""

import numpy as np

TORCH_ORDER = ("i", "f", "a", "o")  # torch stacks i, f, g, o; its g is a


def in_torch_order(params, name):
    """W, U or b with the gates' rows as torch stacks them."""
    position = "WUb".index(name)
    return np.concatenate([params.gate(gate)[position] for gate in TORCH_ORDER])
