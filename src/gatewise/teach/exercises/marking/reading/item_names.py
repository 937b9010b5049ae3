"""What the numbers of a sheet are called: by id, F1@t=0, and as people write them, a_0 or out₀ or δstate_1.

A name is looked up among all lines of the sheet, asked or not, so that what could mean two is never guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cached_property, lru_cache
from typing import NamedTuple

from gatewise.cells.cell import Cell
from gatewise.teach.checker.render.words import named
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.sheet import Item

LONGEST = 80  # characters of a name
_LATEX = (
    (re.compile(r"\\(?:mathit|mathrm|mathbf|text|textit|operatorname)(?![a-z])|\\[,;:! ]|\\q?quad\b"), ""),
    (re.compile(r"\\(?:left|right)(?![a-z])|\\[()\[\]]|[$`*&|]"), ""),
    (re.compile(r"\\delta(?![a-z])"), "δ"),
    (re.compile(r"\\Delta(?![a-z])"), "∆"),
    (re.compile(r"\\"), ""),
)
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋", "0123456789-")
_STEPS = (
    re.compile(r"[@,_^]*[({\[]*t=(-?\d{1,3})[)}\]]*"),  # @t=0, (t=0), _{t=0}
    re.compile(r"_[({]*(-?\d{1,3})[)}]*"),  # _0, _{0}
    re.compile(r"\^?\{?\((-?\d{1,3})\)\}?"),  # (0), ^{(0)}
)
_ENTRY = re.compile(r"\[([^\[\]@]*)\]")
_WORD = re.compile(r"[∆δ]?[a-z.]*\d?")


class Spelt(NamedTuple):
    """A name taken apart: out, step 0, entry "1" of out₀[1]; F1, step 0, no entry of F1@t=0."""

    word: str
    step: str
    entry: str


class Meaning(NamedTuple):
    """What a name means: items in reading order, or lines that it `could` mean, or nothing that is asked."""

    ids: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()  # of the whole quantity, if it is one
    places: tuple[int, ...] = ()  # of the items, among its numbers
    could: tuple[str, ...] = ()


def plain_id(id: str) -> str:
    """Write an id plainly: without spaces, marks of Markdown or capitals."""
    return "".join(id.split()).replace("\\", "").strip("`*|").lower()


@lru_cache(maxsize=64)
def _gate_of(cell: Cell) -> re.Pattern[str]:
    """Return what the gate of a parameter looks like in a name: _i and _{i}, of a cell with a gate i."""
    gates = "|".join(sorted((re.escape(gate.lower()) for gate in cell.gates), key=len, reverse=True))
    ends = "".join({name[-1].lower() for name in cell.parameters if cell.parts_of(name)})
    return re.compile(rf"(?<=[{re.escape(ends)}}}])_\{{?({gates})\}}?" if gates and ends else "(?!)()")


def spelt(name: str, cell: Cell) -> tuple[Spelt, ...]:
    """Take a name of a cell's quantity apart, in every way that it may be meant; none if it is no name."""
    of_gate = _gate_of(cell)
    text = name if len(name) <= LONGEST else ""
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    text = re.sub(r"[₀-₉₋]+", lambda found: "_" + found[0].translate(_LOW), text)
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("Δ", "∆").replace("⁺", "new")
    text = "".join(text.split()).lower()
    for pattern in _STEPS:
        text = pattern.sub(r"@\1", text)
    steps, entries = set(re.findall(r"@(-?\d+)", text)), _ENTRY.findall(text)
    text = _ENTRY.sub("", re.sub(r"@(?:-?\d+)?", "", text))
    entries = [*of_gate.findall(text), *entries]
    word = re.sub(r"[_^{}()]", "", of_gate.sub("", text))
    if len(steps) > 1 or not word or not _WORD.fullmatch(word):
        return ()
    step, entry = "".join(steps), ",".join(entries)
    found = [Spelt(each, step, entry) for each in _words(word)]
    if not step and word[-1].isdigit():  # out0 for out₀; F1 may be the line and f₁
        found += [Spelt(each, word[-1], entry) for each in _words(word[:-1])]
    return tuple(found)


def _words(word: str) -> list[str]:
    """Return the words that one may be meant as: delta_out is δout or Δout."""
    if word.startswith("delta"):
        return ["δ" + word[5:], "∆" + word[5:]]
    return ["δ" + word[1:]] if word.startswith("d") else [word]


class ItemNames:
    """The items of a sheet, found by what people call them."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.cell = key.solution.cell
        self.items = {plain_id(item.id): item for item in key.items}
        self._found: dict[str, Meaning | None] = {}

    def find(self, name: str) -> Meaning | None:
        """Return what a name means, None if it is no name of the sheet."""
        if name not in self._found:
            self._found[name] = self._meaning(name)
        return self._found[name]

    def item(self, id: str) -> Item:
        """Return the item of an id."""
        return self.items[plain_id(id)]

    def line(self, name: str) -> str:
        """Return the id of the one line that a name stands for, "" if there is none or more than one."""
        found = {line for line, _ in self._entries_of(name)}
        return found.pop() if len(found) == 1 else ""

    def _meaning(self, name: str) -> Meaning | None:
        if item := self.items.get(plain_id(name)):
            return Meaning((item.id,))
        entries = self._entries_of(name)
        lines = {line for line, _ in entries}
        if not entries:
            return None
        if len(lines) > 1:
            return Meaning(could=tuple(sorted(lines)[:4]))
        items = ((self.items.get(plain_id(id)), place) for place, (_, id) in enumerate(entries))
        asked = [(item.id, place) for item, place in items if item is not None]
        shape = self.key.solution.lines[entries[0][0]].value.shape
        if shape and len(entries) > 1:  # the whole, or the rows of a gate
            shape = (len(entries) * shape[0] // math.prod(shape), *shape[1:])
        return Meaning(
            tuple(id for id, _ in asked), shape if len(entries) > 1 else (), tuple(k for _, k in asked)
        )

    def _entries_of(self, name: str) -> list[tuple[str, str]]:
        """Return the numbers that a name may mean, as line and entry, those of a line in their order."""
        found: dict[tuple[str, str], None] = {}
        for word, step, entry in spelt(name, self.cell):
            steps = self._index.get((word, entry), {})
            if not steps and entry in ("0", "0,0"):  # the only number of a line
                steps = {s: ids for s, ids in self._index.get((word, ""), {}).items() if len(ids) == 1}
            for at in [step] if step or "" in steps else steps:
                found |= dict.fromkeys(steps.get(at, ()))
        return list(found)

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[str, list[tuple[str, str]]]]:
        """By word and entry, then by step: the numbers of that name; without entry, all of the line."""
        index: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = {}
        for line, entries in self.key.solution.entries.items():
            for entry in entries:
                for name in (entry.id, named(entry.quantity)):
                    word, step, inside = spelt(name, self.cell)[0]
                    whole = inside.split(",")[0] if word == "p1" else ""  # P1[W] is a line
                    gate = re.sub(r",\d+", "", inside) if inside.count(",") else ""  # δW_a is its rows
                    for part in {inside, whole, gate}:
                        index.setdefault((word, part), {}).setdefault(step, []).append((line, entry.id))
        return index
