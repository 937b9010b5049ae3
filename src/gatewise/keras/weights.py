"""The arrays of one recurrent layer of Keras as `Params`, and back: kernel, recurrent_kernel and bias.

Needs no Keras: the arrays are what layer.get_weights() gives, and what its files hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.gate_orders import from_library, to_library
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.keras.cells import CellOptions, cell_of
from gatewise.learn.sequential import joined
from gatewise.support.arrays import FloatArray

LIBRARY = "keras"
Biases = tuple[FloatArray, FloatArray]


def params_of(options: CellOptions, arrays: Sequence[NDArray[Any]]) -> tuple[Params, Biases | None]:
    """Return what runs, and the two bias vectors of a GRU that resets after the product.

    Parameters
    ----------
    options : CellOptions
    arrays : sequence of array
        kernel (D, kH), recurrent_kernel (H, kH) and, with a bias, bias (kH,), of a GRU that resets after the
        product (2, kH); k is 4 of an LSTM, 3 of a GRU and 1 of a SimpleRNN.

    Raises
    ------
    ConvertError
        If they are of other shapes, or the cell has no counterpart.
    """
    cell = cell_of(options)
    _check(options, arrays)
    kernel, recurrent = arrays[:2]
    made: dict[str, FloatArray] = {
        part: np.ascontiguousarray(from_library(LIBRARY, array, 1, cell.parts_of(part)).T)
        for part, array in (("W", kernel), ("U", recurrent))
    }
    if not options.bias:
        return Params.of(made, cell), None
    gates, two = cell.parts_of("b"), None
    if arrays[2].ndim == 2:
        first, second = (from_library(LIBRARY, row, gates=gates) for row in arrays[2])
        two = (first, second)
        made |= joined(cell, two)
    else:
        made["b"] = from_library(LIBRARY, arrays[2], gates=gates)
    return Params.of(made, cell), two


def _check(options: CellOptions, arrays: Sequence[NDArray[Any]]) -> None:
    """Refuse arrays that are not a layer's of this kind."""
    k = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[options.kind]
    shapes = [tuple(array.shape) for array in arrays]
    H = shapes[1][0] if len(shapes) > 1 and shapes[1] else 0
    D = shapes[0][0] if shapes and shapes[0] else 0
    needed: list[tuple[int, ...]] = [(D, k * H), (H, k * H)]
    if options.bias:
        needed.append((2, k * H) if options.kind == "GRU" and options.reset_after else (k * H,))
    if shapes != needed or H < 1 or D < 1:
        raise ConvertError(
            f"its weights are {', '.join(map(str, shapes)) or 'missing'}; {options.kind} "
            f"{'with' if options.bias else 'without'} a bias needs a kernel (D, {k}H), a recurrent_kernel "
            f"(H, {k}H)"
            + (f" and a bias {'(2, 3H)' if len(needed[-1]) == 2 else f'({k}H,)'}" * options.bias)
            + "."
        )


def arrays_of(params: Params, options: CellOptions, biases: Biases | None = None) -> list[FloatArray]:
    """Return kernel, recurrent_kernel and bias in Keras' order.

    Parameters
    ----------
    params : Params
        Of the cell that `options` stand for.
    options : CellOptions
    biases : tuple of two arrays, optional
        Of a GRU that resets after the product: both its vectors, in this project's order of gates.

    Returns
    -------
    list of array
        As `params_of` takes them.
    """
    cell = params.cell
    made = [
        np.ascontiguousarray(to_library(LIBRARY, params.arrays[part].T, 1, cell.parts_of(part)))
        for part in ("W", "U")
    ]
    if not options.bias:
        return made
    gates = cell.parts_of("b")
    if "c" in cell.parameters:
        assert biases is not None  # `apart` has them of every such cell
        rows = [to_library(LIBRARY, each, gates=gates) for each in biases]
        return [*made, np.stack(rows)]
    return [*made, to_library(LIBRARY, params.arrays["b"], gates=gates)]
