"""A plain recurrent network without gates, where no formula for every step says that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatewise.expression import Call, Symbol, walk
from gatewise.teach.checker.judge.numbers.grids import grid_of, grids_of, normalized
from gatewise.teach.checker.judge.reading.cell.letters import OTHER, Letters
from gatewise.teach.checker.judge.reading.own import left_of, own_symbol, word_and_index
from gatewise.teach.checker.judge.reading.structure import Key, Structure
from gatewise.teach.checker.read.reading import Claim, Reading

OF_GATES = ("f", "i", "c", "C", "r", "u", "Gamma", "ctilde", "Ctilde", "chat", "gates", "state", "cell")
OUTS = ("h", "H", "out", "a")
PRE_ACTIVATIONS = ("z", "a", "s", "net", "u", "q", "v")
WEIGHTS = ("W", "w", "U", "u", "V", "v", "theta")
ON_X = ("xh", "hx", "x", "ih", "ax", "in", "xa")
ON_H = ("hh", "h", "rec", "aa", "ah", "a")
OF_HEAD = ("hy", "yh", "y", "ya", "ay", "ho", "oh", "o", "out", "hq", "hv")
_WORDS = re.compile(
    r"\bRNNs?\b|recurrent neural net|循环神经网络|循環神經網|r[ée]seaux? (?:de neurones )?r[ée]curr"
    r"|red(?:es)? (?:neuronal\w* )?recurrent|rede\w* (?:neura\w* )?recorrente|rekurrente\w* (?:\w+ )?Netz",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\bLSTMs?\b|long short[- ]term|\bGRUs?\b|gated recurrent", re.IGNORECASE)


def why_plain(reading: Reading) -> str | None:
    """Return what says that a document is of a plain network; None if nothing does, or gates are named."""
    if any(map(_is_of_gates, reading.symbols)):
        return None
    if (found := _WORDS.search(reading.text)) is not None and not _OTHERS.search(reading.text):
        return f"the text says {found[0]}, and names no gate"
    for symbol in reading.symbols:
        word, part = _key(symbol)
        if word in ("W", "w") and part in ("xh", "hh", "hx") and symbol.step is None:
            return f"it has {word}_{part}, and no gate"
    shown = next((claim for claim in reading.claims if _squashed(claim) is not None), None)
    return None if shown is None else f"{shown.sides[0].source}, and no gate"


def know_letters(reading: Reading, structure: Structure, letters: Letters) -> None:
    """Let the letters of a plain network be what they usually are, and its sum what its tanh is taken of."""
    keys = {_key(symbol) for symbol in reading.symbols if symbol.step is None}
    for word, part in sorted(keys):
        if word in WEIGHTS and part in (*ON_X, *ON_H, *OF_HEAD):
            what = "W" if part in ON_X else "U" if part in ON_H else OTHER
            letters.know((word, part), what)
        elif word == "b" and part in (*ON_H, *OF_HEAD):
            letters.know((word, part), "b" if part in ON_H else OTHER)
    for claim in reading.claims:
        left = left_of(claim)
        if left is not None and _squashed(claim) is not None:
            letters.know((left.name, left.part), "out")
    for key in _sums(reading, structure):
        letters.know(key, "s")


def _sums(reading: Reading, structure: Structure) -> Iterator[Key]:
    """Yield the letters that tanh is taken of: h_t = tanh(z_t), or z_1 = 0.8 where h_1 = tanh(0.8)."""
    yield from (each.inner for each in structure.activates if each.key[0] in OUTS)
    arguments: dict[int, float] = {}
    for claim in reading.claims:
        if (squashed := _squashed(claim)) is not None:
            arguments[squashed[0]] = squashed[1]
    for claim in reading.claims:
        left = left_of(claim)
        if left is None or left.name not in PRE_ACTIVATIONS or left.step is None or left.step.base:
            continue
        argument = arguments.get(left.step.offset)
        grids = grids_of(claim)
        if argument is not None and any(grid[0][0].value == argument for grid in grids if grid[0]):
            yield left.name, left.part


def _squashed(claim: Claim) -> tuple[int, float] | None:
    """Return the step of an output that is tanh of something, and of which number; None of other claims."""
    left = left_of(claim)
    if left is None or left.name not in OUTS or left.step is None or left.step.base:
        return None
    calls = [normalized(side.tree) for side in claim.sides]
    inner = [node.argument for node in calls if isinstance(node, Call) and node.function == "tanh"]
    if not inner or any(isinstance(node, Symbol) for tree in inner for node in walk(tree)):
        return None
    values = [grid[0][0].value for node in inner if (grid := grid_of(normalized(node))) is not None]
    return left.step.offset, values[-1] if values else float("nan")


def _is_of_gates(symbol: Symbol) -> bool:
    word, _ = _key(symbol)
    stepped = own_symbol(symbol).step is not None
    of_gate = symbol.part == "f" and symbol.name.removeprefix("d_") in ("W", "U", "b", "z")
    return of_gate or (stepped and word in OF_GATES)


def _key(symbol: Symbol) -> Key:
    return word_and_index(symbol) or (symbol.name, own_symbol(symbol).part)
