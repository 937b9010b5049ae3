"""The answers to a document's questions: the quantities that each is about, with their right values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from gatewise.cells.quantities import at
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.read.reading import Heading
from gatewise.teach.checker.report import Answer


def answer_questions(case: Case, document: BoundDocument) -> Iterator[Answer]:
    """Yield an answer to each question, in the right values, whatever is printed."""
    questions = [heading for heading in document.reading.headings if heading.question]
    for question, following in zip_longest(questions, questions[1:]):
        end = following.at.offset if following else len(document.reading.text) + 1
        values = [
            (case.name(symbol, place), case.style.write(float(value)))
            for symbol in _wanted_quantities(case, document, question, end)
            for place, value in enumerate(case.sound(symbol).ravel().tolist())
        ]
        yield Answer(question.question, question.text, question.at, tuple(values))


def _wanted_quantities(case: Case, document: BoundDocument, question: Heading, end: int) -> list[Symbol]:
    """Return what a question names, what is worked out below it, and what its headings announce."""
    wanted: dict[Symbol, None] = {}
    for node in question.mentions:
        if isinstance(node, Symbol) and case.sizes.has_part(node):
            wanted[case.sizes.quantities.whole(node)] = None
    inside = range(question.at.offset, end)
    for statement in case.statements:
        if statement.claim.left.at.offset in inside:
            wanted[statement.base] = None
    for heading in document.reading.headings:
        if heading.at.offset in inside:
            wanted |= dict.fromkeys(_announced_quantities(heading, case.sizes))
    known = [symbol for symbol in case.order() if symbol in wanted]
    return [symbol for symbol in known if case.sizes.rule(symbol) is not None]


def _announced_quantities(heading: Heading, sizes: Sizes) -> list[Symbol]:
    title, cell = heading.text.lower(), sizes.cell
    forward = [equation.left.name for equation in cell.forward]
    if "update" in title and heading.t is None:
        return [Symbol(name, new=True) for name in cell.parameters]
    if heading.t is None:
        return []
    if title.startswith("forward"):
        return [at(name, heading.t) for name in forward]
    if title.startswith("backward") or "backward" in title:
        back = [at(name, heading.t) for name in ("delta", *(f"d_{name}" for name in forward), "d_x")]
        return back + [at(f"delta_{name}", heading.t - 1) for name in sizes.quantities.returning]
    return []
