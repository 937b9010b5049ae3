"""What the quantities of a block are called: in text, in LaTeX, in words, and in the letters of libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.ends import CARRIED
from gatewise.cells.quantities import JOINED, stem_of
from gatewise.cells.shapes import Shapes
from gatewise.errors import ArgumentError
from gatewise.expression import Symbol, Transpose, latex, text
from gatewise.teach.worksheet.layout.notation import NOTATIONS, Notation, notation_for

_WORDS = {
    "x": "input",
    "label": "label",
    "state": "internal state",
    "out": "output",
    "loss": "loss",
    "learning_rate": "learning rate",
    "W": "input weights",
    "U": "recurrent weights",
    "b": "bias",
    "b_hh": "second bias",
    "gates": "all gates",
    "delta": "gradient of the loss with respect to the output",
}
_WHOLE = ("learning_rate",)


def notations_of(cell: Cell) -> list[str]:
    """Return the notations that have names for a cell, the document's first."""
    found = []
    for name in NOTATIONS:
        try:
            notation_for(name, cell)
        except ArgumentError:
            continue
        found.append(name)
    return found


def quantities_named(names: Iterable[str], shapes: Shapes) -> dict[str, Any]:
    """Return what a page says of each quantity of a cell, by its name."""
    known = shapes.quantities
    others = {name: notation_for(name, known.cell) for name in notations_of(known.cell)[1:]}
    stepless = {*known.parameters, *(f"d_{name}" for name in known.parameters), *_WHOLE}
    table = {}
    for name in names:
        symbol = Symbol(name)
        parts = known.parts_of(name)
        renamed = {key: _renamed(symbol, parts, notation) for key, notation in others.items()}
        table[name] = {
            **written(symbol),
            "words": words_for(name, known.cell),
            "shape": list(shapes.shape(symbol)),
            "parts": list(parts),
            "stepped": name not in stepless,
            **({"notations": given} if (given := {k: v for k, v in renamed.items() if v}) else {}),
        }
    return table


def written(symbol: Symbol) -> dict[str, str]:
    """Return a quantity's name in text, in LaTeX and in ASCII."""
    return {"text": text(symbol), "latex": latex(symbol), "ascii": symbol.name}


def words_for(name: str, cell: Cell) -> str:
    """Say in words what a quantity of a cell is."""
    own: Mapping[str, str] = {**_WORDS, **cell.words}
    stem = stem_of(name)
    thing = own.get(stem) or (f"parameter {stem}" if stem in cell.parameters else f"quantity {stem}")
    if name == "delta" or (name == stem and name != CARRIED):
        return thing
    if name == CARRIED or name.startswith(f"{CARRIED}_"):
        return "what would come from past the last step"
    if name in JOINED:
        return "gradients of all gates"
    article = "" if stem == "gates" or thing.startswith(("parameter", "quantity")) else "the "
    if name.startswith("delta_"):
        return f"gradient that reaches {article}{thing} from the next step"
    return f"gradient of {article}{thing}"


def _renamed(symbol: Symbol, parts: Iterable[str], notation: Notation) -> dict[str, Any]:
    """Return the names of a quantity and of its parts in a library's letters; {} where they are alike."""
    found: dict[str, Any] = _other(symbol, notation)
    of_parts = {part: _other(Symbol(symbol.name, part), notation) for part in parts}
    if symbol.name not in JOINED and any(of_parts.values()):
        found = found or {key: value for key, value in written(symbol).items() if key != "ascii"}
        found["parts"] = {part: name for part, name in of_parts.items() if name}
    return found


def _other(symbol: Symbol, notation: Notation) -> dict[str, Any]:
    renamed = notation.rename(symbol)
    inner = renamed.argument if isinstance(renamed, Transpose) else renamed
    if inner == symbol:
        return {}
    found: dict[str, Any] = {"text": text(renamed), "latex": latex(renamed)}
    return found if inner is renamed else found | {"transposed": True}
