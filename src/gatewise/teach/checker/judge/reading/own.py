"""A document's own letters: every symbol by the name that stands there, whatever it may mean.

f_0, f(0), f[0] and f^{(0)} are the same symbol; f_0 and f_1 are not, nor are δf_0 and ∂L/∂f_0.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from gatewise.expression import Expression, Step, Symbol, Transpose, with_symbols
from gatewise.teach.checker.read.names import Name, derivative_of, name_of, step_of
from gatewise.teach.checker.read.reading import Claim

_NUMBERED = re.compile(r"([A-Za-z]+?)([0-9]{1,4})")
_NUMBERS = re.compile(r"[0-9,:]+")
_STEP_WRITTEN = re.compile(r"[tTk]=(-?[0-9]{1,6})")
OF_ONE_STEP = "∂t"  # ∂L_t/∂: the derivative of the loss of one step, with whatever index of the loss
PARAMETERS = ("W", "U", "b", "b_hh")
OF_WHOLE = {
    "h", "x", "hh", "xh", "hx", "ih", "hi", "i", "in", "hid", "hidden", "input", "rec", "t", "T", "k",
    "new", "old", "prev", "next", "all", "gates", "lstm", "gru", "rnn", "RNN", "LSTM", "GRU", "top", "prime",
}  # fmt: skip
PREFIXES = {"d": "δ", "delta": "Δ"}


WRITTEN_STEPS = {"prev": Step("t", -1), "next": Step("t"), "t": Step("t")}  # as programs call t−1 and t


def stem_of(name: Name) -> tuple[str, str]:
    """Return what a name is the derivative by, and the prefix that says so: ("d", "h") of dh and of δh."""
    if name.prefix:
        return (OF_ONE_STEP if name.prefix[0] == "∂" and name.prefix != "∂" else name.prefix), name.word
    return derivative_of(name.word)


def word_and_index(symbol: Symbol) -> tuple[str, str] | None:
    """Return a symbol's word, without the sign of a derivative, and its index: ("W", "f") of δW_f.

    None for one that no letters stand for.
    """
    name = name_of(symbol)
    return None if name is None else (stem_of(name)[1], own_symbol(symbol).part)


def own_tree(node: Expression) -> Expression:
    """Return the tree in the document's own letters."""
    return with_symbols(node, own_symbol)


def own_symbol(symbol: Symbol) -> Symbol:
    """Return a symbol by the name that stands in the document."""
    if not symbol.source:
        return symbol
    parameter = symbol.name.removeprefix("d_") in PARAMETERS
    return _own(symbol.source, symbol.step, symbol.new, parameter)


def whole_tree(node: Expression) -> Expression:
    """Return the tree in the document's own letters, single units by the letters of their vectors."""
    return with_symbols(node, lambda symbol: own_symbol(without_unit(symbol)))


def without_unit(symbol: Symbol) -> Symbol:
    """Return the vector or matrix that a symbol is a single unit of, or itself."""
    name = name_of(symbol) if symbol.entry else None
    if name is None or not all(_NUMBERS.fullmatch(text) for text in name.brackets):
        return symbol
    return replace(symbol, source=replace(name, brackets=()).source, entry=())


@lru_cache(maxsize=1 << 14)
def _own(source: str, known: Step | None, new: bool, parameter: bool) -> Symbol:
    name = name_of(Symbol("", source=source))
    if name is None:
        return Symbol(source)
    prefix, word = stem_of(name)
    step = None
    indices: list[str] = []
    if not parameter and (numbered := _NUMBERED.fullmatch(word)):
        word, step = numbered[1], Step("", int(numbered[2]))
    texts = [*name.low, *(item for text in name.brackets for item in text.split(",")), *name.high]
    for text in texts:
        plain = text.strip("(){}<>[]⟨⟩ ")
        if plain == "T" and text in name.high and (known is None or known.base != "T"):  # a transpose
            continue
        if not plain or plain in ("top", "new", "newT", "old", "prime", "*", "+"):
            continue
        if (
            not parameter
            and step is None
            and (found := WRITTEN_STEPS.get(plain) or step_in(plain)) is not None
        ):
            step = found
        else:
            indices.append(plain)
    if step is None and known is not None and known.base:
        step = known
    return Symbol(f"{PREFIXES.get(prefix, prefix)}{word}", ",".join(indices), step, (), new)


def is_of_others(symbol: Symbol) -> bool:
    """Return whether a parameter is none of the cell's: as W_y and W_2, by their indices."""
    bare, name = symbol.name.removeprefix("d_"), name_of(symbol)
    if bare not in PARAMETERS or symbol.part or name is None or name.brackets:
        return False
    texts = [text.strip("(){}[] ") for text in name.low]
    if len(texts) == 1 and texts[0].isdecimal():
        return bare != "b"
    return any(text.isalpha() and len(text) > 0 and text not in OF_WHOLE for text in texts)


def step_in(text: str) -> Step | None:
    """Return the step that an index is: 3, t−1, T, or t=3."""
    if found := _STEP_WRITTEN.fullmatch(text):
        return Step("", int(found[1]))
    return step_of(text)


def left_of(claim: Claim) -> Symbol | None:
    """Return the symbol that a claim is about, in the document's own letters."""
    tree: Expression = claim.left.tree
    if isinstance(tree, Transpose):
        tree = tree.argument
    return own_symbol(tree) if isinstance(tree, Symbol) else None


def shown_name(symbol: Symbol) -> str:
    """Return an own symbol as findings name it: h_f@t=2, and units in brackets, c[2]@t=1."""
    units = any(text.isdecimal() for text in symbol.part.split(","))
    part = f"[{symbol.part}]" if units else f"_{symbol.part}" if symbol.part else ""
    step = f"@t={symbol.step.offset}" if symbol.step is not None and not symbol.step.base else ""
    return f"{symbol.name}{part}{step}"
