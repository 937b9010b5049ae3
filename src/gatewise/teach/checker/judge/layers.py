"""Stacked layers, told apart by an index: each is judged by itself, on the outputs of the one below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from gatewise.expression import Expression, Symbol, Transpose, rebuild
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.read.names import Name, NamesSeen, name_of, symbol_for
from gatewise.teach.checker.read.reading import Claim, Place, Reading
from gatewise.teach.checker.read.words import STEPPED
from gatewise.teach.checker.report import Coverage, Finding, ReadingChoice, Report

_SAID = re.compile(r"\b(?:layer|stack(?:ed|ing)|schicht|couche|capa)|层", re.IGNORECASE)
_LAYER = re.compile(r"[(\[]?(?:(?P<number>[0-9])|(?P<letter>[lL]|ell)(?P<below>-1)?)[)\]]?")
MOST_LAYERS = 9


@dataclass(frozen=True)
class Layer:
    """One layer of a document: its number, its claims in letters of a single layer, and what stands below it.

    `own` are the places of its numbers; those of its inputs belong to the layer that gives them.
    """

    number: int
    reading: Reading
    own: frozenset[Place]
    inputs: int  # how many numbers it has from the layer below


def layers_of(reading: Reading) -> list[Layer]:
    """Return the layers of a document; none if it has one alone, or none that an index tells apart."""
    if reading.standard or _SAID.search(reading.text) is None:
        return []
    numbers = sorted({found for claim in reading.claims if (found := _of_claim(claim)) is not None})
    if not 2 <= len(numbers) <= MOST_LAYERS or numbers[0] not in (0, 1):
        return []
    return [_layer(reading, number, number == numbers[0]) for number in numbers if number]


def _index(symbol: Symbol) -> tuple[Name, re.Match[str]] | None:
    """Return a symbol's name and the index of its layer: one above beside a step, or of a parameter."""
    name = name_of(symbol)
    if name is None:
        return None
    stepped = symbol.step is not None or symbol.name.removeprefix("d_") in STEPPED.values()
    above = [*name.high, *name.brackets]
    if len(above) != 1 or (stepped and not name.low):
        return None
    found = _LAYER.fullmatch(above[0])
    return None if found is None else (name, found)


def _of_claim(claim: Claim) -> int | None:
    left = claim.left.tree
    inner = left.argument if isinstance(left, Transpose) else left
    found = _index(inner) if isinstance(inner, Symbol) else None
    return int(found[1]["number"]) if found is not None and found[1]["number"] else None


def _layer(reading: Reading, number: int, is_first: bool) -> Layer:
    claims, own, inputs = [], [], 0
    for claim in reading.claims:
        layer = _of_claim(claim)
        if layer is None and not is_first and not _is_general(claim):
            continue
        if layer == number or layer is None:
            claims.append(_changed(claim, number))
            own += _places(claim) if layer == number or is_first else []
        elif layer == number - 1 and (given := _as_input(claim, number)) is not None:
            claims.append(given)
            inputs += len(_places(given))
    made = replace(reading, claims=tuple(claims))
    if not is_first:
        made = replace(made, unread=(), skipped=(), remarks=())
    return Layer(number, made, frozenset(own), inputs)


def _is_general(claim: Claim) -> bool:
    """Return whether a claim is of every layer: its index is a letter."""
    found = _index(claim.left.tree) if isinstance(claim.left.tree, Symbol) else None
    return found is not None and found[1]["letter"] is not None


def _as_input(claim: Claim, number: int) -> Claim | None:
    """Return the value of an output of the layer below as that of an input; None for other claims."""
    left = _in_layer(claim.left.tree, number)
    if not isinstance(left, Symbol) or left.name != "x" or not claim.sides:
        return None
    last = claim.sides[-1]
    if grid_of(normalized(last.tree)) is None:
        return None
    return replace(claim, left=replace(claim.left, tree=left), sides=(last,))


def _changed(claim: Claim, number: int) -> Claim:
    sides = (replace(side, tree=_in_layer(side.tree, number)) for side in claim.sides)
    return replace(
        claim, left=replace(claim.left, tree=_in_layer(claim.left.tree, number)), sides=tuple(sides)
    )


def _in_layer(node: Expression, number: int) -> Expression:
    """Return a tree in the letters of one layer: h of the layer below is its x."""
    if not isinstance(node, Symbol):
        return rebuild(node, lambda child: _in_layer(child, number))
    found = _index(node)
    if found is None:
        return node
    name, index = found
    if index["number"]:
        below = number - int(index["number"])
    else:
        below = 1 if index["below"] else 0
    word = "x" if below == 1 and STEPPED.get(name.word) == "out" and not name.prefix else name.word
    if below and word != "x":
        return node
    return symbol_for(replace(name, word=word, high=(), brackets=()), NamesSeen())[0]


def _places(claim: Claim) -> list[Place]:
    return [number.at for number in claim.numbers if number.at is not None]


def merged(layers: Sequence[Layer], reports: Sequence[Report]) -> Report:
    """Put the reports of the layers together."""
    first = reports[0]
    numbers = [
        judged
        for layer, report in zip(layers, reports, strict=True)
        for judged in report.numbers
        if judged.at in layer.own or (report is first and not any(judged.at in each.own for each in layers))
    ]
    findings = list(_findings(layers, reports))
    coverage = _coverage(layers, [report.coverage for report in reports])
    choice = ReadingChoice("layers", str(len(layers)), "its indices, and the text speaks of layers")
    return replace(
        first,
        findings=tuple(findings),
        numbers=tuple(sorted(numbers, key=lambda judged: judged.at.offset)),
        reading=(*first.reading, choice),
        coverage=coverage,
        enough=coverage.enough,
        basis=None,  # each layer has its own
    )


def _findings(layers: Sequence[Layer], reports: Sequence[Report]) -> Iterator[Finding]:
    """Yield the roots of all layers in the order of the document, then what follows from them."""
    found = [
        (replace(finding, message=f"Layer {layer.number}: {finding.message}"), report)
        for layer, report in zip(layers, reports, strict=True)
        for finding in report.findings
    ]
    roots = sorted((pair for pair in found if pair[0].root), key=lambda pair: pair[0].at.offset)
    yield from (finding for finding, _ in roots)
    for finding, report in found:
        if finding.root:
            continue
        cause = report.findings[finding.cause] if finding.cause is not None else None
        place = next(
            (k for k, (root, _) in enumerate(roots) if cause is not None and root.at == cause.at), None
        )
        yield replace(finding, cause=place)


def _coverage(layers: Sequence[Layer], parts: Sequence[Coverage]) -> Coverage:
    """Add up what was checked; the inputs of a layer count where they are worked out."""
    counts = {
        each.name: sum(getattr(part, each.name) for part in parts)
        for each in fields(Coverage)
        if each.name != "places"
    }
    counts["given"] = max(counts["given"] - sum(layer.inputs for layer in layers), 0)
    return Coverage(**counts, places=parts[0].places)
