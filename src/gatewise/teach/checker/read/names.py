"""Names: whatever letters a document uses, as the quantities of the spec, by the tables of words.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gatewise.expression import Expression, Step, Symbol, Transpose
from gatewise.teach.checker.read.spelling import Name as Name
from gatewise.teach.checker.read.spelling import name_of as name_of
from gatewise.teach.checker.read.tokens.signs import GREEK as GREEK
from gatewise.teach.checker.read.words import (
    ACCENTS,
    DERIVED,
    GATE_LETTERS,
    KEPT_TRANSPOSED,
    LOSSES,
    OTHERS,
    OWN_WORDS,
    PARAMETERS,
    QUANTITIES,
    STEPPED,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.teach.checker.read.cell_letters import CellLetters

LONGEST_STEP = 7  # characters
_STEP = re.compile(r"\(?<?(?:[tk]=)?([tTk])?([-+]?[0-9]+)?>?\)?")
_LAYER = re.compile(r"_l[0-9]+$")
# W_ih, W_hf as torch has them, W_xi, W_hi as others: from what, and to which gate (h: all).
_PAIR = re.compile(r"(?P<from>[xih])(?P<to>[ifgoaczh])")


@dataclass
class NamesSeen:
    """The names that a document used, from which its notation is inferred."""

    words: dict[str, int] = field(default_factory=dict)
    letters: CellLetters | None = None  # of a cell whose own sheet it is, other than the LSTM

    def has(self, word: str) -> bool:
        """Say whether a word is a name of that cell's own."""
        return self.letters is not None and self.letters.has(word)

    def add(self, word: str) -> None:
        self.words[word] = self.words.get(word, 0) + 1

    @property
    def notation(self) -> str:
        """The notation that these names belong to."""
        if any(word.startswith(("kernel", "recurrent")) for word in self.words):
            return "keras"
        fused = {"W_ih", "W_hh"} <= self.words.keys()  # W_ih alone is of the gate i, on h
        if fused or any(word.startswith("weight_") or word == "W_ii" for word in self.words):
            return "torch"
        document = self.words.get("state", 0) + self.words.get("out", 0)
        textbook = sum(self.words.get(word, 0) for word in ("h", "c", "C", "ctilde", "Ctilde", "chat"))
        return "textbook" if textbook > document else "document"


def step_of(text: str) -> Step | None:
    """Return a time index, t−1 or 3 or T, from its text; None if it is something else."""
    found = _STEP.fullmatch(text)
    if found is None or not text.strip("()<>"):
        return None
    letter, offset = found.groups()
    if letter and offset and offset[0] not in "+-":
        return None
    if len(offset or "") > LONGEST_STEP:
        return None
    return Step("T" if letter == "T" else "t" if letter else "", int(offset or 0))


def is_known(word: str) -> bool:
    """Return whether `word` is a name by itself, with or without a d before it, or a layer after it."""
    word = _LAYER.sub("", word)
    return (
        word in STEPPED
        or word in PARAMETERS
        or word in OTHERS
        or word in LOSSES
        or derivative_of(word) != ("", word)
    )


def closest_name(word: str) -> str:
    """Return the one name that `word` is probably a damaged form of, or ""."""
    if len(word) < 4 or word in OWN_WORDS or word in GREEK or word.endswith(ACCENTS):
        return ""
    found = get_close_matches(word, WORDS, 2, 0.7) if len(word) < 16 else []
    return found[0] if found else ""


def symbol_for(name: Name, seen: NamesSeen) -> tuple[Expression, str]:
    """Return the quantity of the spec that a name stands for; and why, if this is not plain."""
    made, why = _meant(name, seen)
    if isinstance(made, Symbol):
        return replace(made, source=name.source), why
    assert isinstance(made, Transpose)
    assert isinstance(made.argument, Symbol)
    return Transpose(replace(made.argument, source=name.source)), why


def _meant(name: Name, seen: NamesSeen) -> tuple[Expression, str]:
    word, prefix = name.word, name.prefix
    if seen.letters is not None and (own := _of_cell(name, seen.letters)) is not None:
        return own
    if not prefix:
        prefix, word = derivative_of(word)
    layer = _LAYER.search(word)
    word = word[: layer.start()] if layer else word
    seen.add(word)
    if word in PARAMETERS:
        return _parameter(prefix, word, name, seen)
    if word in STEPPED:
        return _stepped(prefix, STEPPED[word], name)
    if word in LOSSES and not prefix:
        return _stepped("", "loss", name)
    if prefix == "delta" and word in ("T", "t") and not name.low:
        return Symbol(
            "delta", step=Step("T" if word == "T" else "t")
        ), f"{word} stands beside Δ, not below it"
    base = OTHERS.get(word, word)
    return _indexed(Symbol(f"{prefix}_{base}" if prefix else base), name), ""


def _of_cell(name: Name, letters: CellLetters) -> tuple[Expression, str] | None:
    """Return the quantity of a cell that its own name stands for; None for another name."""
    prefix, word, low = letters.taken_apart(name.word, name.prefix, name.low)
    if word == "z" and letters.cell.gates and not letters.has("z"):
        gates = {gate: gate for gate in letters.cell.gates}
        return _indexed(Symbol("z"), name, _Kind(False, gates, False)), ""
    made = letters.symbol(prefix, word)
    if made is None:
        return None
    shape = letters.cell.parameters.get(word)
    gates = {gate: gate for gate in letters.quantities.parts_of(made.name)}
    return _indexed(made, replace(name, low=low), _Kind(shape is not None, gates, len(shape or ()) > 1)), ""


def is_unit(node: Expression) -> bool:
    """Return whether this is one unit of a quantity, as c_{1,2} is: the second at step 1."""
    return isinstance(node, Symbol) and node.name.endswith(")")


def derivative_of(word: str) -> tuple[str, str]:
    """Split d_state, dstate, delta_out into prefix and name; ("", word) for a name without a derivative."""
    for start, prefix in (("d_", "d"), ("delta_", "delta"), ("d", "d")):
        rest = word.removeprefix(start)
        if rest != word and (rest in STEPPED or rest in PARAMETERS):
            mapped = STEPPED.get(rest) or PARAMETERS[rest]
            if mapped in DERIVED and rest != "y":
                return prefix, rest
    return "", word


def _stepped(prefix: str, base: str, name: Name) -> tuple[Expression, str]:
    why = ""
    if prefix == "delta" and base not in ("out", "delta"):
        why = f"Δ is here the derivative δ of {base}"
        prefix = "d"
    full = "delta" if base == "delta" and not prefix else f"{prefix}_{base}" if prefix else base
    return _indexed(Symbol(full), name), why


def _parameter(prefix: str, word: str, name: Name, seen: NamesSeen) -> tuple[Expression, str]:
    base, low, why = PARAMETERS[word], list(name.low), ""
    for k, text in enumerate(low):
        if word in ("W", "b") and (pair := _PAIR.fullmatch(text)):
            seen.add(f"{word}_{text}")
            base = {"W": "U", "b": "b_hh"}[base] if pair["from"] == "h" else base
            low[k] = "" if pair["to"] == "h" else pair["to"]
    if prefix == "delta":
        prefix = "d"
        why = f"Δ is here the derivative δ of {word}"
    made = _indexed(
        Symbol(f"d_{base}" if prefix else base), Name(word, "", tuple(low), name.high, name.brackets)
    )
    return (_of_transposed(made) if word in KEPT_TRANSPOSED else made), why


def _of_transposed(node: Expression) -> Expression:
    """Return what Keras' kernel stands for, Wᵀ: an entry of it has its row second."""
    if isinstance(node, Transpose):
        return node.argument
    if isinstance(node, Symbol) and node.entry:
        row, *column = node.entry
        return replace(node, entry=(column[0] if column else None, row))
    return Transpose(node)


@dataclass(frozen=True)
class _Kind:
    """What the indices of a name may be: steps, except of a parameter, and gates that have a part in it."""

    parameter: bool
    gates: Mapping[str, str]
    matrix: bool
    other: bool = False  # a name of nothing known, which keeps its indices


def _indexed(made: Symbol, name: Name, kind: _Kind | None = None) -> Expression:
    """Return the symbol with its part, step and entry; what else stands at it, the name keeps."""
    bare = made.name.removeprefix("d_")
    if kind is None:
        parameter = bare in ("W", "U", "b", "b_hh")
        kind = _Kind(parameter, GATE_LETTERS, bare in ("W", "U"), bare not in QUANTITIES)
    parted, timed, own = kind.parameter or bare == "z", not kind.parameter, kind.other
    part, step, new, transposed, unit = "", None, False, False, ""
    entry: list[int | None] = []
    by_gate = False
    for text in name.low:
        if text.startswith("["):
            entry += _entries(text)
        elif parted and text in kind.gates and not part:
            part = kind.gates[text]
        elif text in ("new", "old"):
            new = new or text == "new"
        elif timed and step is None and (found := step_of(text)) is not None:
            step = found
        elif parted and text.isdecimal() and len(text) < 8:
            entry.append(int(text))
        elif own and text:
            part += text
        elif timed and text.isdecimal():
            unit = text
    in_brackets = any(step_of(item) is not None for text in name.brackets for item in text.split(","))
    for text in name.high:
        plain = text.strip("(){}<>")
        if plain in ("T", "top", "t", "newT") and (not timed or (plain == "T" and in_brackets)):
            transposed = True
            new = new or plain == "newT"
        elif plain in ("new", "old", "prime", "*", "+", "neu"):
            new = new or plain != "old"
        elif timed and step is None and (found := step_of(text)) is not None:
            step = found
        elif plain in ("T", "top"):
            transposed = True
        elif parted and plain in kind.gates and not part:
            part = kind.gates[plain]
        elif own:
            part += plain
    for text in name.brackets:
        for item in text.split(","):
            if timed and step is None and not entry and (found := step_of(item)) is not None:
                step = found
            elif item in kind.gates and parted and not part:
                part, by_gate = kind.gates[item], True
            else:
                entry += _entries(item)
    if by_gate and kind.matrix and len(entry) == 1:  # d_W[a,1] of one unit: row 0 of the gate
        entry.insert(0, 0)
    # One unit of a vector is a quantity by itself, and never the vector: nothing says where units begin.
    made = Symbol(f"{made.name}({unit})" if unit else made.name, part, step, tuple(entry), new)
    return Transpose(made) if transposed else made


def _entries(text: str) -> list[int | None]:
    items = text.strip("[]").split(",")
    return [
        None if item == ":" else int(item)
        for item in items
        if item == ":" or (item.isdecimal() and len(item) < 8)
    ]
