"""What a document's letters stand for: a cell, its letters, and what says so."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.teach.checker.judge.reading.structure import Key
from gatewise.teach.checker.read.words import STEPPED

OTHER = "other"  # what is no quantity of a cell
USUAL = ""  # what the reader's tables say that it is, of the gate that is known
Quantity = tuple[str, str]  # a quantity of a cell and the gate whose part of it is meant: ("W", "f")

# Letters that the reader's tables do not have, because they mean this in an LSTM alone or with others beside.
LSTM_LETTERS: dict[Key, Quantity] = {
    ("cprime", ""): ("a", ""), ("Cprime", ""): ("a", ""), ("ctilda", ""): ("a", ""), ("gbar", ""): ("a", ""),
    ("Gamma", "f"): ("f", ""), ("Gamma", "u"): ("i", ""), ("Gamma", "i"): ("i", ""),
    ("Gamma", "o"): ("o", ""), ("cc", ""): ("a", ""), ("cct", ""): ("a", ""), ("ft", ""): ("f", ""),
    ("it", ""): ("i", ""), ("ot", ""): ("o", ""),
}  # fmt: skip
GRU_LETTERS: dict[Key, Quantity] = {
    ("z", ""): ("u", ""), ("r", ""): ("r", ""), ("u", ""): ("u", ""), ("n", ""): ("a", ""),
    ("g", ""): ("a", ""),
    ("htilde", ""): ("a", ""), ("hhat", ""): ("a", ""), ("hbar", ""): ("a", ""), ("hprime", ""): ("a", ""),
    ("ctilde", ""): ("a", ""), ("h", ""): ("out", ""), ("c", ""): ("out", ""), ("x", ""): ("x", ""),
    ("Gamma", "u"): ("u", ""), ("Gamma", "r"): ("r", ""), ("s", ""): ("out", ""),
}  # fmt: skip


@dataclass
class Letters:
    """A cell, what the letters of a document are in it, and what says so.

    `concatenated` is the order of one W on [h, x], as "h x" or "x h".
    """

    cell: Cell = LSTM
    names: dict[Key, Quantity] = field(default_factory=dict)
    concatenated: str = ""
    because: dict[str, str] = field(default_factory=dict)
    on_input: set[Key] = field(default_factory=set)  # weights that stand on x
    on_hidden: set[Key] = field(default_factory=set)
    no_formula: bool = True  # whether no formula says what the weights stand on
    heads: dict[Key, str] = field(default_factory=dict)  # what is worked out of the output, and by what

    @property
    def w_is_on_hidden(self) -> bool:
        """Whether W stands on h: more weights of that letter do than on x."""
        hidden, given = (sum(word == "W" for word, _ in keys) for keys in (self.on_hidden, self.on_input))
        return hidden > given

    def know(self, key: Key, name: str, part: str = "") -> None:
        self.names.setdefault(key, (name, part))


def usual_in_lstm(key: Key) -> str:
    """Return the quantity of an LSTM that a letter usually is; "" if none."""
    return LSTM_LETTERS[key][0] if key in LSTM_LETTERS else STEPPED.get(key[0], "")
