"""A problem of any cell, with numbers drawn for it, and the derivative of its loss by complex steps."""

import numpy as np

from gatewise.cells import CELLS
from gatewise.engine.reference import any_cell

# Every cell by name: those of the table, and those that options make.
OPTIONAL = (
    *(f"{name}+no-bias" for name in CELLS), "peephole+coupled+projected+no-bias", "lstm+clip=0.5", "lstm+state-clip=0.3",
    "peephole+clip=0.7+state-clip=0.4", "coupled+projected+no-bias+clip=1.5+state-clip=0.25",
)  # fmt: skip
EVERY = (*CELLS, *OPTIONAL)
SIZES = {"D": 3, "H": 4, "Q": 2}
STEP = 1e-20


def size(axis):
    """The number of entries that a letter stands for: "3H" are 12."""
    return int(axis[:-1] or 1) * SIZES["H"] if axis.endswith("H") else SIZES[axis]


class Drawn:
    """Parameters, inputs of sequences of several lengths, initial values, and weights of a linear loss."""

    def __init__(self, cell, seed=0, lengths=(5, 3, 0)):
        rng = np.random.default_rng(seed)
        N, T = len(lengths), max(lengths)
        self.cell, self.lengths, self.rng = cell, np.array(lengths), rng
        self.parameters = {
            name: rng.normal(scale=0.6, size=[size(axis) for axis in shape])
            for name, shape in cell.parameters.items()
        }
        self.x = rng.normal(size=(N, T, SIZES["D"]))
        self.initial = {name: rng.normal(size=(N, size(cell.size_of(name)))) for name in cell.carried}
        self.delta = rng.normal(size=(N, T, size(cell.size_of("out"))))
        self.d_last = {name: rng.normal(size=first.shape) for name, first in self.initial.items()}

    @property
    def inputs(self):
        """Everything that the loss depends on, by name."""
        return {**self.parameters, "x": self.x, **{f"{name}0": first for name, first in self.initial.items()}}

    def loss(self, inputs):
        """A linear function of every out and of what is carried last."""
        parameters = {name: inputs[name] for name in self.parameters}
        initial = {name: inputs[f"{name}0"] for name in self.initial}
        arrays, last = any_cell.forward(self.cell, parameters, inputs["x"], initial, self.lengths)
        return (self.delta * arrays["out"]).sum() + sum(
            (self.d_last[name] * last[name]).sum() for name in last
        )

    def gradients(self, keep=False):
        """What the derived equations give."""
        arrays, _ = any_cell.forward(self.cell, self.parameters, self.x, self.initial, self.lengths)
        return any_cell.backward(
            self.cell, self.parameters, arrays, self.lengths, self.delta, self.d_last, keep=keep
        )

    def worst(self, gradients, directions=4):
        """The largest error of the gradients along random directions of each input, beside complex steps."""
        found = 0.0
        for name, value in self.inputs.items():
            for _ in range(directions):
                along = self.rng.normal(size=value.shape)
                moved = {other: array.astype(complex) for other, array in self.inputs.items()}
                moved[name] += 1j * STEP * along
                measured = self.loss(moved).imag / STEP
                given = (gradients[f"d_{name}"] * along).sum()
                found = max(found, abs(measured - given) / max(1, abs(measured)))
        return found
