"""What a teacher says of a mistake: its name and one sentence of explanation.

`famous` has both for the well-known ones of a cell and for those made by hand, by id, from mistakes.toml;
`reason` has a sentence for every other edit, by its kind. Ids mean other quantities in other cells, so that
what is said of one equation of the LSTM is said of no other cell's, unless that is the same equation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.table import CELLS, LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.cells.ways import at_t
from gatewise.expression import Call, Product, Symbol, Transpose, text, walk
from gatewise.teach.checker.mistakes.changes import Edit
from gatewise.teach.worksheet.render import prose

# What is wrong with an edit of each kind; the right formula follows.
_REASONS = {
    "term": "A part of the sum is missing",
    "factor": "A factor is missing",
    "sign": "The sign is the other one",
    "function": "The function is the other one",
    "linear": "The activation keeps it in bounds",
    "square": "The square belongs there",
    "power": "The power belongs there",
    "no-function": "The function belongs there",
    "square-inside-of-other": "The square is of what the function gives, not of what it is given",
    "square-inside": "Tanh² is the square of tanh, not tanh of the square",
    "slope": "The slope of tanh is 1 − tanh², that of σ is σ(1 − σ)",
    "bounds": "Every step counts once, from 0 to T − 1",
    "one-step": "Every step adds its part, not only one",
    "mean": "The sum over the steps is not divided by their number",
    "transpose": "What went forward through a matrix goes back through its transpose",
    "slope-twice": "The slope is written in the value that the function has already given",
    "block": "Every gate passes something back",
    "complement": "What stays and what is replaced are taken for one another",
    "turned": "The difference has the other sign",
    "transposed": "Only the way back goes through the transpose",
    "outer-turned": "A gradient has the shape of what it is the gradient of",
    "rows": "Each gate has rows of W and U of its own",
    "sign-first": "The sign is the other one",
    "slope-squared": "The slope of σ is σ(1 − σ)",
    "scale": "The factor does not belong there",
}

_QUANTITIES = ("state", "out", "label")  # names that are words, too

_OF_LSTM = {
    "function": "Tanh is for the input activation and the state, σ for the gates",
    "block": "All four gates pass something back",
}


def reason(equation: Equation, edit: Edit, cell: Cell) -> str:
    """Return one sentence on what is wrong with `edit` of `equation`."""
    if edit.old is not None:
        fault = f"{text(edit.old)} belongs there"
    elif cell is LSTM and edit.kind in _OF_LSTM:
        fault = _OF_LSTM[edit.kind]
    else:
        fault = _REASONS.get(edit.kind, "The formula is another one")
    return f"{fault}: {text(equation.left)} = {text(equation.right)}."


@cache
def _written() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "mistakes.toml").read_text("utf-8"))


def has_usual_sum(cell: Cell, gate: str) -> bool:
    """Say whether x meets W and the old out meets U in a gate's sum."""
    parts = [*walk(cell.equation(gate).right)]
    return Symbol("W", gate) @ at_t("x") in parts and Symbol("U", gate) @ at_t("out").prev in parts


@lru_cache(maxsize=64)
def famous(cell: Cell) -> Mapping[str, tuple[str, str]]:
    """Return the names and explanations of a cell's well-known mistakes by their ids."""
    written, known = _written(), quantities_of(cell)
    single = written["loss"] | (written.get(cell.name, {}) if CELLS.get(cell.name) is cell else {})
    table = {id: (name, in_unicode(why)) for id, (name, why) in single.items()}

    def family(words: str, id: str, **letters: str) -> None:
        for slug, (name, why) in written["families"][words].items():
            table.setdefault(
                f"{id}/{_filled(slug, letters)}", (_filled(name, letters), in_unicode(_filled(why, letters)))
            )

    ids = {equation.left: equation.id for equation in known.equations}
    functions = {e.left.name: e.right.function for e in cell.forward if isinstance(e.right, Call)}
    usual = [gate for gate in cell.gates if has_usual_sum(cell, gate)]
    called = {
        gate: f"the {cell.words[gate]}" if gate in cell.words else f"gate {gate}" for gate in cell.gates
    }
    for gate, name in called.items():
        if gate in usual:
            family("gate", ids[at_t(gate)], g=gate, name=name)
            for other in cell.gates:
                if other != gate:
                    family("rows", ids[at_t(gate)], g=gate, q=other, name=name, other=called[other])
        if "state" in cell.carried and len(usual) == len(cell.gates):
            family("state", ids[at_t(gate)], g=gate, name=name)
        if functions.get(gate) == "sigmoid":
            family("slope", ids[at_t(f"d_{gate}")], g=gate)
    others, order = {"W": "U", "U": "W"}, " ".join(cell.gates)
    for equation in known.equations:
        match equation.right:
            case Product("dot", (Transpose(Symbol(name)), Symbol("d_gates"))) if name in others:
                left = equation.left.name
                source = "x_t" if left == "d_x" else f"{left.removeprefix('delta_')}_{{t-1}}"
                family("matrix", equation.id, M=name, other=others[name], source=source, order=order)
    for equation in known.equations:
        if equation.phase == "gradients" and equation.left.name != "d_b_hh":
            part = f"_{equation.left.part}" if equation.left.part else ""
            name = equation.left.name.removeprefix("d_") + part
            family("sum", equation.id, P=name)
            if any(isinstance(node, Product) and node.operation == "outer" for node in walk(equation.right)):
                family("outer", equation.id, P=name)
        if equation.phase == "update":
            family("update", equation.id, P=equation.left.name)
    return table


def _filled(template: str, letters: Mapping[str, str]) -> str:
    """Return the template with its letters; other braces belong to quantities such as state_{t-1}."""
    for key, value in letters.items():
        template = template.replace("{" + key + "}", value)
    return template


def begun(sentence: str) -> str:
    """Return a sentence with a capital at its beginning; the name of a quantity there stays as it is."""
    first = sentence.partition(" ")[0]
    is_word = first.isascii() and first.isalpha() and len(first) > 1 and first not in _QUANTITIES
    return f"{first.capitalize()}{sentence[len(first) :]}" if is_word else sentence


def in_unicode(sentence: str) -> str:
    """Return a sentence with its quantities in Unicode: state_{t-1} as stateₜ₋₁."""
    return "".join(text(part) if isinstance(part, Symbol) else part for part in prose.parts(sentence))


FAMOUS = famous(LSTM)
