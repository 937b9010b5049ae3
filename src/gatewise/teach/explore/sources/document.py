"""A checked document as a page: its own problem to play with, and a mark on every number that it states.

`gatewise check` reads and judges it; here its verdicts are put to the quantities of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.cells.beside.losses import GIVEN
from gatewise.cells.quantities import JOINED
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.expression import Step, Symbol
from gatewise.support.given import listed
from gatewise.support.options import spelled
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.render.own_terms import with_own_sentences
from gatewise.teach.checker.render.words import quantities_named
from gatewise.teach.checker.report import ERRORS, SOUND, Basis, Finding, Report
from gatewise.teach.explore.block import PageLayer, cell_block, key_of
from gatewise.teach.explore.names import notations_of
from gatewise.teach.explore.program import finite, page_data, refuse_large
from gatewise.teach.worksheet.work.inputs import checked_rate

_QUANTITY = re.compile(r"(?P<name>\w+)(?:\[(?P<part>[a-z]\w*)\])?(?:@t=(?P<step>-?\d+))?")
_DIGITS_SAID = re.compile(r"(\d+) decimals")


@dataclass(frozen=True)
class _Place:
    """Where a number that a report names stands on the page."""

    key: str
    entry: tuple[int, ...] | None  # None of the whole quantity


def program_of_document(
    report: Report, *, learning_rate: float | None = None, title: str | None = None, **frame: Any
) -> dict[str, Any]:
    """Return the data of the page of a checked document.

    Parameters
    ----------
    report : Report
        What `check` returned.
    learning_rate : float, optional
        Instead of the document's own.
    title : str, optional
    frame
        What `explore` takes beside these: digits, rounding, notation.

    Raises
    ------
    ArgumentError
        If the document does not say what its work starts from, or has several layers.
    """
    basis = report.basis
    if basis is None:
        raise ArgumentError(
            f"{report.name} works several layers, and a page of a document shows one. Give a document of one "
            "layer, or the model itself: gatewise explore MODEL."
        )
    layer, rate = _layer(basis, report.name)
    rate = rate if learning_rate is None else checked_rate(learning_rate)
    refuse_large([layer.params], basis.steps)
    for name, values in layer.params.arrays.items():
        finite(name, values)
    block = cell_block(layer, rate)
    digits = next((found[1] for each in report.reading if (found := _DIGITS_SAID.match(each.value))), None)
    if digits is not None:
        frame.setdefault("digits", min(max(int(digits), 1), 12))
    return page_data(
        [block],
        title or f"{report.name}, checked",
        learning_rate=rate,
        notations=notations_of(basis.cell),
        marks=list(_marks(report, basis)),
        document={"name": report.name, "text": report.text},
        **frame,
    )


def notes_of_document(report: Report) -> tuple[str, ...]:
    """Say what of a document is not on its page: a head, its loss, and what goes back from it."""
    if report.basis is None or report.basis.loss != GIVEN:
        return ()
    return (
        f"the loss of {report.name} is no squared error of out: its head, and the backward pass that begins "
        "there, are not on the page, which shows the forward pass; their marks stand by their lines",
    )


def _layer(basis: Basis, name: str) -> tuple[PageLayer, float]:
    """Return the layer that a document works, and its learning rate."""
    missing = [key_of(s) for s in basis.values if _is_needed(s) and np.isnan(basis.values[s]).any()]
    if missing:
        few = listed(missing[:6]) + " …" * (len(missing) > 6)
        raise ArgumentError(
            f"{name} does not say {few}, which its work starts from. Say of which model it is: "
            f"{spelled('model', 'PROBLEM.toml')}."
        )
    weights = {each: np.array(basis.values[Symbol(each)]) for each in basis.cell.parameters}
    if basis.biases == 2:
        weights["b"] = weights["b"] + basis.values[Symbol("b_hh")]

    def series(name: str) -> Any:
        return np.stack([basis.values[Symbol(name, step=Step("", t))] for t in range(basis.steps)])

    label = series("label")
    learns = not np.isnan(label).all()
    rate = float(basis.values[Symbol("learning_rate")])
    state = {each: basis.values[Symbol(each, step=Step("", -1))] for each in basis.cell.carried}
    layer = PageLayer(
        "cell", Params.of(weights, basis.cell), basis.steps, x=series("x"), label=label if learns else None,
        state=state, learns=learns, loss=basis.loss,
    )  # fmt: skip
    return layer, 0.1 if np.isnan(rate) else rate


def _is_needed(symbol: Symbol) -> bool:
    return symbol.name not in ("label", "learning_rate", "b_hh")


# Marks ------------------------------------------------------------------------------------------------------


def _marks(report: Report, basis: Basis) -> Iterator[dict[str, Any]]:
    """Yield every finding of a report where its quantity stands, and the worst verdict of each that has none.

    A finding of no quantity of the page, or of a later update or example, has no key: it stands by its line.
    """
    places = _places(basis)
    findings = with_own_sentences(report).findings
    by_offset = {number.at.offset: places.get(number.quantity) for number in report.numbers}
    marks: dict[tuple[str, tuple[int, ...] | None], list[dict[str, Any]]] = {}
    elsewhere = []
    for finding in findings:
        later = basis.end is not None and finding.at.offset >= basis.end
        own = by_offset.get(finding.at.offset)
        there = list(_places_of(finding.quantity, basis, places)) or ([] if own is None else [own])
        mark = _mark(finding.verdict, finding.printed, finding.at.line, finding)
        for place in [] if later else there:
            marks.setdefault((place.key, place.entry), []).append(mark)
        if later or not there:
            elsewhere.append({"block": 0, "key": "", "entry": None, **mark})
    worst = {at: min(_rank(mark["verdict"]) for mark in found) for at, found in marks.items()}
    bare: dict[tuple[str, tuple[int, ...] | None], dict[str, Any]] = {}
    for number in report.numbers:
        stated = places.get(number.quantity)
        if stated is None or (basis.end is not None and number.at.offset >= basis.end):
            continue
        at, rank = (stated.key, stated.entry), _rank(number.verdict)
        if at not in worst or rank < worst[at]:
            worst[at], bare[at] = rank, _mark(number.verdict, number.printed, number.at.line, None)
    for (key, entry), found in [*marks.items(), *((at, [mark]) for at, mark in bare.items())]:
        for mark in found:
            yield {"block": 0, "key": key, "entry": list(entry or ()) or None, **mark}
    yield from elsewhere


def _mark(verdict: str, printed: str, line: int, finding: Finding | None) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "sentence": "" if finding is None else quantities_named(finding.message),
        "mistake": "" if finding is None else finding.mistake,
        "written": printed,
        "line": line,
    }


def _rank(verdict: str) -> int:
    """Order verdicts, the worst first; what nothing is known of comes before what is right."""
    order = (*ERRORS, "unreadable", "notation", "missing", "uncheckable", *reversed(SOUND))
    return order.index(verdict) if verdict in order else len(order)


def _places_of(quantity: str, basis: Basis, places: Mapping[str, _Place]) -> Iterator[_Place]:
    """Yield where what a finding without a number of its own is about stands: a formula in letters, a size.

    δstate_t = … is of every step, δstate_0 = … of that one, W[a] of the gate's rows; what is missing are
    several, and δgates_0 those of all gates.
    """
    if quantity in places:
        yield places[quantity]
        return
    known = {place.key for place in places.values()}
    for each in quantity.split(", "):
        if not (found := _QUANTITY.fullmatch(each)):
            continue
        name, part, step = found["name"], found["part"], found["step"]
        names = [f"{JOINED[name]}{gate}" for gate in basis.cell.gates] if name in JOINED else [name]
        for t in range(-1, basis.steps) if step is None else (int(step),):
            yield from (_Place(f"{one}@{t}", None) for one in names if f"{one}@{t}" in known)
        if step is None and name in known:
            stem = name.removesuffix("_new")
            yield _Place(key_of(Symbol(stem, part or "", new=stem != name)), None)


def _places(basis: Basis) -> dict[str, _Place]:
    """Return where each number stands, by what reports call it."""
    sizes = Sizes(basis.steps, basis.sizes["D"], basis.sizes["H"], 1, basis.cell, basis.sizes["Q"])
    known = sizes.quantities
    found: dict[str, _Place] = {}

    def enter(symbol: Symbol) -> None:
        shape = sizes.shape(symbol)
        for place in range(int(np.prod(shape, dtype=int))):
            entry = tuple(int(k) for k in np.unravel_index(place, shape)) if shape else ()
            found[sizes.name(symbol, place)] = _Place(key_of(symbol), entry)

    for name in (*known.parameters, "learning_rate"):
        enter(Symbol(name))
    for t in range(basis.steps):
        enter(Symbol("x", step=Step("", t)))
        enter(Symbol("label", step=Step("", t)))
    for name in known.cell.carried:
        enter(Symbol(name, step=Step("", -1)))
    for symbol in known.derived_quantities(basis.steps):
        if symbol.name != "z" and not symbol.name.startswith("dg_"):
            enter(symbol)
    return found
