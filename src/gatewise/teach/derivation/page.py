"""`derivation`: a cell's forward equations, what follows from them and why, in every format of a sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gatewise.cells import Cell, cell_named
from gatewise.cells.equation import Equation
from gatewise.expression import Expression, Symbol, ascii, latex, rebuild, text
from gatewise.support import media
from gatewise.support.media import Format
from gatewise.support.options import as_flag
from gatewise.support.reprs import short_repr
from gatewise.teach.worksheet.layout.document import Document, Facts, Note, Row, Section
from gatewise.teach.worksheet.render import FORMATS as SHEET_FORMATS

SCHEMA = 1
_JSON = Format(__name__, "render_json", ".json", "application/json")
FORMATS: Mapping[str, Format] = {**SHEET_FORMATS, "json": _JSON}


class DerivationPage:
    """A cell worked out from its forward equations; prints as text, and shows itself in a notebook.

    Attributes
    ----------
    cell : Cell
        The cell.
    derived : bool
        Whether the backward pass is on the page, or the forward equations alone.
    """

    def __init__(self, cell: Cell | str, *, derived: bool = True) -> None:
        self.cell, self.derived = cell_named(cell), as_flag("derived", derived)

    @property
    def document(self) -> Document:
        """The page as sections of equations and notes."""
        title = f"{self.cell.title}: forward and backward" if self.derived else self.cell.title
        return Document(title, (*self._sections(),))

    def render(self, format: str = "text", **options: Any) -> str | bytes:
        """Write the page in a format: text, md, tex, html, json, pdf.

        Raises
        ------
        ArgumentError
            For a format that there is not, or an option that it does not take.
        """
        rendered: str | bytes = media.render(FORMATS, format, self, **options)
        return rendered

    def __str__(self) -> str:
        return str(self.render("text"))

    def _repr_html_(self) -> str:
        return str(self.render("html", fragment=True))

    def __repr__(self) -> str:
        return short_repr(self, repr(self.cell.name), derived=self.derived)

    def _sections(self) -> Iterator[Section]:
        cell = self.cell
        derived = cell.derivation
        known = (*cell.forward, *((*derived.loss, *derived.backward) if self.derived else ()))
        ids = {equation.left.name: equation.id for equation in known}

        def rows(equations: Iterable[Equation]) -> Iterator[Row]:
            return (_row(equation, ids) for equation in equations)

        yield Section("cell", "The cell", (Facts((*_facts(cell),)),))
        yield Section("forward", "Forward, at each step t", (*rows(cell.forward),))
        if not self.derived:
            return
        notes = map(Note, derived.notes)
        yield Section("loss", "The loss, and what it sends back", (*rows(derived.loss),))
        yield Section(
            "backward", "Backward, at each step t", (Note(_start(cell)), *rows(derived.backward), *notes)
        )
        yield Section("gradients", "Gradients of the parameters", (*rows(derived.gradients),))
        yield Section("update", "Update", (*rows(derived.updates),))


def _start(cell: Cell) -> str:
    text = (
        "From the last step to the first. Every quantity collects what it is used for: δ is the derivative "
        "of the loss with respect to it, of a gate with respect to what stands inside its activation."
    )
    if len(cell.gates) > 1:
        *first, last = (f"δ{gate}_t" for gate in cell.gates)
        text += f" δgates_t is {', '.join(first)} and {last}, one below the other."
    return text


def derivation(cell: Cell | str, *, derived: bool = True) -> DerivationPage:
    """Work out a cell: its forward equations, and the backward pass and gradients that follow from them.

    Parameters
    ----------
    cell : Cell or str
        A cell, or a name that `gatewise.cells.cell_named` reads.
    derived : bool
        Whether the backward pass is on the page.

    Returns
    -------
    DerivationPage
        .render(format); prints as text.

    Raises
    ------
    ArgumentError
        If there is no cell of that name.
    """
    return DerivationPage(cell, derived=derived)


def _facts(cell: Cell) -> Iterator[tuple[str, str]]:
    yield "cell", cell.name
    if cell.source:
        yield "source", cell.source
    if cell.gates:
        named = (f"{gate} {cell.words.get(gate, '')}".strip() for gate in cell.gates)
        yield "gates", ", ".join(named)
    yield "carried", ", ".join(cell.carried)
    for name, shape in cell.parameters.items():
        parts = cell.parts_of(name)
        of = f", the rows of {', '.join(parts)}" if len(parts) > 1 else f" of {parts[0]}" if parts else ""
        yield name, f"({', '.join(shape)}{',' * (len(shape) == 1)}){of}"
    letters = {axis[-1] for shape in cell.parameters.values() for axis in shape}
    meant = {"D": "D inputs", "H": "H units", "Q": "Q outputs"}
    yield "sizes", ", ".join(words for letter, words in meant.items() if letter in letters)


def _row(equation: Equation, ids: Mapping[str, str]) -> Row:
    right = _linked(equation.right, ids)
    return Row(equation.id, equation.left, (right,), note=equation.why, line=equation.id)


def _linked(node: Expression, ids: Mapping[str, str]) -> Expression:
    """Return a formula whose quantities lead to the equations that they are found by."""
    if isinstance(node, Symbol):
        return replace(node, source=ids.get(node.name, ""))
    return rebuild(node, lambda child: _linked(child, ids))


def render_json(page: DerivationPage) -> str:
    """Write the equations as JSON, each in text, ASCII and LaTeX."""
    cell = page.cell
    data: dict[str, Any] = {
        "schema": SCHEMA, "cell": cell.name, "title": cell.title, "source": cell.source,
        "gates": list(cell.gates), "carried": list(cell.carried),
        "parameters": {name: list(shape) for name, shape in cell.parameters.items()},
        "parts": {name: list(cell.parts_of(name)) for name in cell.parameters},
        "forward": [*map(_plain, cell.forward)],
    }  # fmt: skip
    if page.derived:
        derived = cell.derivation
        data |= {
            "loss": [*map(_plain, derived.loss)], "backward": [*map(_plain, derived.backward)],
            "gradients": [*map(_plain, derived.gradients)], "updates": [*map(_plain, derived.updates)],
            "notes": list(derived.notes),
        }  # fmt: skip
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _plain(equation: Equation) -> dict[str, str]:
    written = {
        name: f"{printer(equation.left)} = {printer(equation.right)}"
        for name, printer in (("text", text), ("ascii", ascii), ("latex", latex))
    }
    return {"id": equation.id, **written, "why": equation.why}
