"""Other libraries' names for the same quantities: the sheet's trees renamed, the stacked rows reordered.

The equations stay the same; only letters and the order of the gates change, and a table on top of the
sheet translates. Weights are not converted here: that is for gatewise.torch and gatewise.keras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gatewise.cells.cell import Cell
from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cells.known.table import LSTM
from gatewise.cells.known.two_biases import GRU_OF_TORCH
from gatewise.errors import ArgumentError
from gatewise.expression import Expression, Symbol, Transpose, rebuild

# What a sentence calls a quantity: a parameter by its letter, alone or of a gate; the others only with an
# index, for "a", "out" and "state" are words as well.
_IN_WORDS = re.compile(r"(?<![A-Za-z])(?:[WUbc](?:_([a-z])\b|(?![A-Za-z_′]))|(?:a|u|state|out)(?=[_₀-₉₋₊ₜ]))")


@dataclass(frozen=True)
class Notation:
    """Names for quantities and gates, and the order in which the gates' rows are stacked."""

    order: tuple[str, ...] | None = None  # None: as the cell has them
    names: Mapping[str, str] = field(default_factory=dict)  # a, state, out … and W, U, b
    blocks: Mapping[str, str] = field(default_factory=dict)  # what stands before a gate letter: W_a is W_ia
    gates: Mapping[str, str] = field(default_factory=dict)  # the letter of a gate in W_a, if not its own
    transposed: tuple[str, ...] = ()  # W is kernelᵀ, and an entry's row its column
    translation: tuple[tuple[str, str], ...] = ()
    biases: int = 1  # two, where the library adds two and moves each of them in an update

    def gate(self, letter: str) -> str:
        return self.gates.get(letter, self.names.get(letter, letter))

    def rename(self, node: Expression) -> Expression:
        """`node` in these names."""
        if not self.names:
            return node
        match node:
            case Transpose(Symbol() as symbol) if self._is_transposed(symbol):
                return self._renamed(symbol)
            case Symbol(entry=(row, *column)) if self._is_transposed(node):
                return self._renamed(replace(node, entry=(column[0] if column else None, row)))
            case Symbol() if self._is_transposed(node):
                return self._renamed(node).T
            case Symbol():
                return self._renamed(node)
        return rebuild(node, self.rename)

    def sentence(self, text: str) -> str:
        """`text` of a note or a reason, its quantities in these names: "W met x_t" is "kernel met x_t"."""
        if not self.names:
            return text
        return _IN_WORDS.sub(
            lambda found: _in_words(self._renamed(Symbol(found[0].partition("_")[0], found[1] or ""))), text
        )

    def _is_transposed(self, symbol: Symbol) -> bool:
        return _split(symbol.name)[1] in self.transposed

    def _renamed(self, node: Symbol) -> Symbol:
        prefix, name = _split(node.name)
        part = self.gate(node.part) if node.part else ""
        if name in self.blocks:
            part = self.blocks[name] + (part or "h")
        return replace(node, name=prefix + self.names.get(name, name), part=part)


def _in_words(symbol: Symbol) -> str:
    return f"{symbol.name}_{{{symbol.part}}}" if symbol.part else symbol.name


def _split(name: str) -> tuple[str, str]:
    """Split a gradient's name into its prefix and the quantity: d_state is ("d_", "state")."""
    for prefix in ("delta_", "d_"):
        if name.startswith(prefix):
            return prefix, name.removeprefix(prefix)
    return "", name


_STATES = {"a": "g", "state": "c", "out": "h"}
NOTATIONS: Mapping[str, Notation] = {
    "document": Notation(),
    "torch": Notation(
        order=GATE_ORDERS["torch"].gates,
        names={**_STATES, "U": "W", "b_hh": "b"},
        blocks={"W": "i", "U": "h", "b": "i", "b_hh": "h"},
        biases=GATE_ORDERS["torch"].biases,
        translation=(
            ("a (input activation)", "g"),
            ("state", "c"),
            ("out", "h"),
            ("W, rows a i f o", "weight_ih_l0 = W_ih, rows i f g o"),
            ("U, rows a i f o", "weight_hh_l0 = W_hh, rows i f g o"),
            ("b, rows a i f o", "bias_ih_l0 + bias_hh_l0 = b_ih + b_hh, rows i f g o; each is updated"),
        ),
    ),
    "keras": Notation(
        order=GATE_ORDERS["keras"].gates,
        names={**_STATES, "W": "kernel", "U": "recurrent", "b": "bias"},
        gates={"a": "c"},
        transposed=("W", "U"),
        translation=(
            ("a (input activation)", "g; its block of the weights is c"),
            ("state", "c (the second of the two states)"),
            ("out", "h (the first of the two states)"),
            ("W (4H, D), rows a i f o", "kernel (D, 4H) = Wᵀ, columns i f c o"),
            ("U (4H, H), rows a i f o", "recurrent_kernel (H, 4H) = Uᵀ, columns i f c o"),
            ("b, rows a i f o", "bias, entries i f c o"),
        ),
    ),
}

# torch documentation, torch.nn.GRU: rows r, z, n, and b_hn inside what the reset gate scales.
_GRU_OF_TORCH = Notation(
    names={"u": "z", "a": "n", "out": "h", "U": "W", "c": "b"},
    blocks={"W": "i", "U": "h", "b": "i", "c": "h"},
    translation=(
        ("u (update gate)", "z"),
        ("a (candidate)", "n"),
        ("out", "h"),
        ("W, rows r u a", "weight_ih_l0 = W_ih, rows r z n"),
        ("U, rows r u a", "weight_hh_l0 = W_hh, rows r z n"),
        ("b, rows r u a", "bias_ih_l0 = b_ih, rows r z n"),
        (
            "c, of a alone",
            "bias_hh_l0 = b_hh, rows r z n: those of r and z are 0 at the start; all are updated",
        ),
    ),
)


def notation_for(name: str, cell: Cell) -> Notation:
    """Return a notation as it is for a cell.

    Raises
    ------
    ArgumentError
        If the library's names are not known for that cell.
    """
    if name == "document" or cell is LSTM:
        return NOTATIONS[name]
    if name == "torch" and cell is GRU_OF_TORCH:
        return _GRU_OF_TORCH
    also = " and gru-reset-after" if name == "torch" else " alone"
    raise ArgumentError(
        f"notation={name!r} has names for the cell{'s' * (name == 'torch')} lstm{also}; these parameters are "
        f"of cell {cell.name}. Use notation='document'."
    )
