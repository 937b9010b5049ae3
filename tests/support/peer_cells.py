"""Problems of cells that other libraries have too, gatewise's results for them, and the rows of other libraries.

Shapes are small and all different; the loss is linear, Σ delta ⊙ out + Σ d_last ⊙ last, so that delta is Δ.
"""

import warnings
from importlib import import_module

import numpy as np
import pytest

from gatewise import Params, backward, forward
from gatewise.cells import cell_named

N, T, D, H, Q = 3, 5, 2, 4, 3


def peer(name, package):
    """A library, or a skip that says how it is installed. What it warns of when it is imported is its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module(name)
        except ImportError:
            pytest.skip(f"{package} is not installed; make test-peers installs it", allow_module_level=True)


class PeerCase:
    """Parameters of a cell, inputs, initial values, Δ and what reaches the last values from outside."""

    def __init__(self, cell, dtype="float64", scale=0.7, seed=0):
        rng = np.random.default_rng(seed)
        self.rng, self.dtype, self.cell = rng, np.dtype(dtype), cell_named(cell)
        sizes = {"D": D, "H": H, "Q": Q}
        shapes = {
            name: [int(axis[:-1] or 1) * sizes[axis[-1]] for axis in shape]
            for name, shape in self.cell.parameters.items()
        }
        arrays = {name: self.draw(*shape, scale=scale) for name, shape in shapes.items()}
        self.params = Params(cell=self.cell, **arrays)
        self.x = self.draw(N, T, D)
        self.first = {
            name: self.draw(N, sizes[self.cell.size_of(name)], scale=0.5) for name in self.cell.carried
        }
        self.delta = self.draw(N, T, self.params.output_size)
        self.d_last = {name: self.draw(*array.shape) for name, array in self.first.items()}

    def draw(self, *shape, scale=1.0):
        return self.rng.normal(scale=scale, size=shape).astype(self.dtype)

    def part(self, name, gate):
        """The rows of one gate in a parameter."""
        whole = self.params.arrays[name]
        return whole[self.cell.rows_of(name, gate, len(whole))]

    def stacked(self, name, gates):
        """A parameter with the gates' rows in another order."""
        return np.concatenate([self.part(name, gate) for gate in gates])

    def trace(self):
        return forward(self.params, self.x, tuple(self.first.values()))

    def grads(self, last=True):
        d_last = tuple(self.d_last.values()) if last else None
        return backward(self.params, self.trace(), self.delta, d_last_state=d_last)

    def own(self, array, name, gates):
        """A gradient whose rows another library stacks in the order of `gates`, in the order of the cell."""
        parts = dict(zip(gates, np.split(np.asarray(array), len(gates)), strict=True))
        return np.concatenate([parts[gate] for gate in self.cell.parts_of(name)])


def differences(given, expected):
    """The largest difference of each array, relative to the largest entry that is expected."""
    assert given.keys() == expected.keys()
    found = {}
    for name, array in expected.items():
        theirs, ours = np.asarray(given[name]), np.asarray(array)
        assert theirs.shape == ours.shape, (name, theirs.shape, ours.shape)
        found[name] = float(np.abs(theirs - ours).max() / max(np.abs(ours).max(), 1e-300))
    return found


def agree(given, expected, tolerance):
    """Hold that all arrays agree; show how well with `pytest -rP`."""
    found = differences(given, expected)
    worst = max(found, key=found.__getitem__)
    print(f"largest difference {found[worst]:.1e}, of {worst}, of {len(found)} arrays")
    assert found[worst] <= tolerance, found
