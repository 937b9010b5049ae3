"""Dropout masks: drawn once for a forward pass, the same at every time step.

A mask holds 0 for what is left out and 1/(1-p) for what stays, so that the mean is as without it.
Gal and Ghahramani 2016 for masks that do not change over time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatewise.learn.network.architecture import Architecture
from gatewise.support.arrays import FloatArray
from gatewise.support.reprs import short_repr

Mask = FloatArray | None


class Masks(NamedTuple):
    """The factors of one pass; None stands for 1.

    inputs[layer] (N, 1, ·) meets what the layer reads, recurrent[layer][direction] (H,), or (Q,), those of U,
    outputs (N, 1, ·) the last layer's outs before the head. For a single sequence there is no N axis.
    """

    inputs: tuple[Mask, ...]
    recurrent: tuple[tuple[Mask, ...], ...]
    outputs: Mask

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


def draw(
    architecture: Architecture, batch: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator | None
) -> Masks:
    """Draw the masks of one pass, always in the same order; without `rng` nothing is left out."""
    layers, directions = architecture.layers, architecture.directions

    def mask(chance: float, shape: tuple[int, ...]) -> Mask:
        if rng is None or not chance:
            return None
        stays = rng.random(shape) >= chance
        return (stays / (1 - chance)).astype(dtype)

    sizes = (architecture.input_width, *[architecture.width] * (layers - 1))
    chances = (architecture.input_dropout, *[architecture.dropout] * (layers - 1))
    return Masks(
        tuple(mask(chance, (*batch, 1, size)) for chance, size in zip(chances, sizes, strict=True)),
        tuple(
            tuple(
                mask(architecture.recurrent_dropout, (architecture.output_size,)) for _ in range(directions)
            )
            for _ in range(layers)
        ),
        mask(architecture.output_dropout, (*batch, 1, architecture.width)),
    )
