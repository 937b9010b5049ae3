"""Every library's gate order and bias rule, once, and its rows put in this project's order and back.

A library may keep one matrix for all four gates, as this project does with a, i, f, o, or a matrix for each
gate; then its order is the one in which its documentation names them. Reading a library's files and models is
not done here: the wing of that library does it with these rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.known.lstm import GATES
from gatewise.errors import ArgumentError, ShapeError
from gatewise.support.given import brief
from gatewise.support.options import named_in


@dataclass(frozen=True)
class GateOrder:
    """How a library stacks the four gates, and what else differs from W, U and b of this project.

    Attributes
    ----------
    gates : tuple of str
        The blocks in the library's order, in this project's letters.
    letters : str
        The same blocks in the library's own letters.
    biases : int
        How many bias vectors there are. Of two, one belongs to the input weights and one to the recurrent
        weights; both are added before the activation, so b of this project is their sum.
    transposed : bool
        Whether weights are kept as (D, 4H) and (H, 4H): the gates are then blocks of columns, axis 1.
    peepholes : tuple of str
        The order of the peephole weights where the library has them, in this project's letters.
    forget_bias : bool
        Whether a number of its own is added to the forget gate before its activation, beside the bias.
    gru : tuple of str
        The blocks of the library's GRU, in the letters of the cells gru and gru-reset-after; () where none
        is known.
    """

    gates: tuple[str, ...]
    letters: str
    biases: int = 1
    transposed: bool = False
    peepholes: tuple[str, ...] = ()
    forget_bias: bool = False
    gru: tuple[str, ...] = ()

    def letter(self, gate: str) -> str:
        """Return the library's letter for one of this project's gates."""
        return self.letters[self.gates.index(gate)]


GATE_ORDERS: Mapping[str, GateOrder] = {
    # gatewise.cells.known.lstm.GATES
    "gatewise": GateOrder(GATES, "aifo"),
    # PyTorch documentation, torch.nn.LSTM: weight_ih_l[k] is (W_ii|W_if|W_ig|W_io), bias_ih and bias_hh
    # and torch.nn.GRU: weight_ih_l[k] is W_ir, W_iz, W_in
    "torch": GateOrder(("i", "f", "a", "o"), "ifgo", biases=2, gru=("r", "u", "a")),
    # Equinox, equinox.nn.LSTMCell: i, f, g, o of weight_ih @ input + weight_hh @ hidden + bias
    "equinox": GateOrder(("i", "f", "a", "o"), "ifgo"),
    # Flax documentation, flax.linen.LSTMCell: kernels ii if ig io, and hi hf hg ho, which have a bias
    "flax": GateOrder(("i", "f", "a", "o"), "ifgo", transposed=True),
    # Keras documentation, keras.layers.LSTM, and LSTMCell: kernel (D, 4H), bias (4H,) in the order i, f, c, o
    # keras.layers.GRU: z, r, h
    "keras": GateOrder(("i", "f", "a", "o"), "ifco", transposed=True, gru=("u", "r", "a")),
    # oneDNN developer guide, RNN primitive: gates i, f, c~, o; weights ldigo; peepholes i, f, o
    "onednn": GateOrder(("i", "f", "a", "o"), "ifco", transposed=True, peepholes=("i", "f", "o")),
    # ONNX operators, LSTM: W[iofc], R[iofc], B = [Wb[iofc], Rb[iofc]], P[iof]
    # ONNX operators, GRU: W[zrh]
    "onnx": GateOrder(("i", "o", "f", "a"), "iofc", biases=2, peepholes=("i", "o", "f"), gru=("u", "r", "a")),
    # Haste API documentation, LSTM: kernel (D, 4H) with i,g,f,o gate layout, one bias
    "haste": GateOrder(("i", "a", "f", "o"), "igfo", transposed=True),
    # TensorFlow raw_ops.BlockLSTM: w (D + H, 4H) in the order i, c, f, o; forget_bias; wci, wcf, wco
    "tensorflow-block": GateOrder(
        ("i", "a", "f", "o"), "icfo", transposed=True, peepholes=("i", "f", "o"), forget_bias=True
    ),
    # TensorFlow raw_ops.BlockLSTMV2: as BlockLSTM, but i, f, c, o and no forget_bias
    "tensorflow-block-v2": GateOrder(
        ("i", "f", "a", "o"), "ifco", transposed=True, peepholes=("i", "f", "o")
    ),
    # RETURNN, NativeLstm2: cell input, input gate, forget gate, output gate; W_re (H, 4H), one bias
    "returnn": GateOrder(("a", "i", "f", "o"), "aifo", transposed=True),
    # Core ML Tools documentation, MIL lstm: input, forget, output, cell; weight_ih (4H, D); peephole likewise
    "coreml": GateOrder(("i", "f", "o", "a"), "ifoz", peepholes=("i", "f", "o")),
}


def gate_order(library: str) -> GateOrder:
    """Return the row of a library.

    Raises
    ------
    ArgumentError
        For a library that is not in GATE_ORDERS.
    """
    if not named_in(library, GATE_ORDERS):
        raise ArgumentError(
            f"The gate order of {brief(library)} is not known; choose one of: {', '.join(GATE_ORDERS)}."
        )
    return GATE_ORDERS[library]


def to_library(
    library: str, stacked: NDArray[Any], axis: int = 0, gates: Sequence[str] = GATES
) -> NDArray[Any]:
    """Return what is stacked in this project's order, along `axis`, in the order of a library.

    Parameters
    ----------
    gates : sequence of str
        The blocks that are stacked, in this project's order: `cell.parts_of(name)` of a parameter. i, f, o
        alone are peepholes; r, u, a are a GRU's; none leave what is given as it is.

    Raises
    ------
    ArgumentError
        For a library that is not in GATE_ORDERS, or that is not known to have these blocks.
    """
    return reordered(stacked, tuple(gates), _theirs(library, gates), axis)


def from_library(
    library: str, stacked: NDArray[Any], axis: int = 0, gates: Sequence[str] = GATES
) -> NDArray[Any]:
    """Return what is stacked in the order of a library, along `axis`, in this project's order."""
    return reordered(stacked, _theirs(library, gates), tuple(gates), axis)


def _theirs(library: str, gates: Sequence[str]) -> tuple[str, ...]:
    """Return the blocks in the order of a library: of its peepholes, its GRU or its LSTM."""
    order = gate_order(library)
    if set(gates) == {"i", "f", "o"}:
        known = order.peepholes or order.gates
    else:
        known = order.gru if "r" in gates else order.gates
    if library == "gatewise" or not gates:
        return tuple(gates)
    if missing := [gate for gate in gates if gate not in known]:
        raise ArgumentError(f"{library} has no order for the gates {', '.join(gates)}: not for {missing[0]}.")
    return tuple(gate for gate in known if gate in gates)


def reordered(stacked: NDArray[Any], have: Sequence[str], want: Sequence[str], axis: int = 0) -> NDArray[Any]:
    """Return the blocks of some gates, in the order in which they are wanted; those of no gates as they are.

    Raises
    ------
    ShapeError
        If the rows are no equal blocks.
    """
    if not have:
        return np.array(stacked)
    if (size := np.asarray(stacked).shape[axis]) % len(have):
        raise ShapeError(f"{size} rows are no {len(have)} blocks of the gates {', '.join(have)}.")
    blocks = dict(zip(have, np.split(np.asarray(stacked), len(have), axis), strict=True))
    return np.concatenate([blocks[gate] for gate in want], axis)
