"""A model that a document is not of: its parameters have other shapes, or nearly all are other numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.teach.checker.judge.bind.infer_sizes import Known, params_of, sizes_said
from gatewise.teach.checker.judge.bind.statements import BoundDocument, Statement
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber

FEWEST = 8  # parameters that a document prints: of fewer, all may be wrong
MOST_OTHERS = 0.9  # of them are other numbers in the model: so many misprints nobody makes


class OtherModelError(ArgumentError):
    """The parameters of a document are those of another model, or of another layer of it."""

    def __init__(self, of_document: str, of_model: str) -> None:
        self.of_document, self.of_model = of_document, of_model
        super().__init__(f"{self.said('the model')}. Give the model that the document is of, or none.")

    def said(self, model: str) -> str:
        """Say what the document has and what the model has, which is called `model`."""
        return f"{self.of_document}; {model} has {self.of_model}"


def refuse_other_model(
    document: BoundDocument, by_itself: Callable[[], BoundDocument], model: Known, style: PrintedStyle
) -> None:
    """Refuse a model that a document, bound with the model's sizes, cannot be of.

    `by_itself` binds the document with the sizes that it has on its own.

    Raises
    ------
    OtherModelError
        If a parameter is printed in a shape that the model's has not, or if 90 % of at least 8 printed
        parameters are other numbers in the model.
    """
    _refuse_other_shapes(document, by_itself)
    _refuse_other_numbers(document, model, style)


def _refuse_other_shapes(document: BoundDocument, by_itself: Callable[[], BoundDocument]) -> None:
    sizes = document.sizes
    said = sizes_said(document.reading)
    unfit = any(_is_whole(s, document) and s.fit in ("short", "mismatch") for s in document.statements)
    if not unfit and all(getattr(sizes, letter) == size for letter, size in said.items()):
        return
    own = by_itself()
    if (own.sizes.D, own.sizes.H) == (sizes.D, sizes.H):
        return  # an entry is missing, or there is one too many
    for statement in own.statements:
        if not _is_whole(statement, own) or statement.fit not in ("fits", "transposed"):
            continue
        needed = sizes.cells(statement.left)[1].shape
        if sorted(needed) != sorted(statement.places.shape):
            has, needs = (_dimensions(shape) for shape in (statement.places.shape, needed))
            raise OtherModelError(f"the document's {_name(statement)} is {has}", needs)
    if any(getattr(sizes, letter) != size for letter, size in said.items()):
        raise OtherModelError(
            f"the document has D = {own.sizes.D} (inputs) and H = {own.sizes.H} (hidden units)",
            f"D = {sizes.D} and H = {sizes.H}",
        )


def _is_whole(statement: Statement, document: BoundDocument) -> bool:
    """Return whether a statement prints a parameter, or a gate's part of it, with all entries."""
    left = statement.left
    whole = left.name in document.sizes.parameters and not left.new and not left.entry
    return whole and statement.grid is not None


def _name(statement: Statement) -> str:
    left = statement.left
    return f"{left.name}_{left.part}" if left.part else left.name


def _dimensions(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if len(shape) > 1 else f"of {shape[0] if shape else 1} entries"


def _refuse_other_numbers(document: BoundDocument, model: Known, style: PrintedStyle) -> None:
    compared = list(_compared(document, model))
    others = [
        (name, number, right)
        for name, number, right in compared
        if abs(number.value - right) > number.unit and not style.rounds_to(right, number)
    ]
    if len(compared) < FEWEST or len(others) <= MOST_OTHERS * len(compared):
        return
    name, number, right = others[0]
    raise OtherModelError(
        f"the document's {name} is {number.text}",
        f"{right:.6g}, and {len(others) - 1} more of the "
        f"{len(compared)} parameters that the document prints are other numbers",
    )


def _compared(document: BoundDocument, model: Known) -> Iterator[tuple[str, WrittenNumber, float]]:
    """Yield the parameters that the document gives, by name, and what each is in the model."""
    arrays = {name: np.ravel(array) for name, array in params_of(model).arrays.items()}
    if document.sizes.biases == 2:
        arrays.pop("b", None)  # a model has the sum of the two
    first = document.updates[0]
    seen: set[tuple[str, int]] = set()
    for statement in document.statements_of(first):
        base = statement.base
        if base.name not in arrays or base.new:
            continue
        for number, place in statement.results:
            if (base.name, place) not in seen and not np.isnan(arrays[base.name][place]):
                seen.add((base.name, place))
                yield document.sizes.name(base, place), number, float(arrays[base.name][place])
