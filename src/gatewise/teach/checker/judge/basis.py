"""What a document was judged from, for who goes on with its numbers, as the page to play with does."""

from __future__ import annotations

from collections.abc import Iterable

from gatewise.cells.quantities import at
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.report import Basis


def basis_of(case: Case, document: BoundDocument, others: Iterable[int] = ()) -> Basis:
    """Return the sizes and the given numbers of a document's first update.

    Parameters
    ----------
    others : ints
        Where the other examples of the document begin, as offsets in its text.
    """
    sizes = case.sizes
    known = [Symbol(name) for name in (*sizes.quantities.parameters, "learning_rate")]
    known += [at(name, t) for name in ("x", "label") for t in range(sizes.T)]
    known += [at(name, -1) for name in sizes.cell.carried]
    stated = {**case.true.values}
    values = {symbol: stated.get(symbol, case.true(symbol)) for symbol in known}
    later = [*others] + [
        statement.claim.left.at.offset
        for statement in document.statements
        if statement.update > document.updates[0]
    ]
    return Basis(
        sizes.cell, sizes.loss_by_size, sizes.T, sizes.biases,
        {"D": sizes.D, "H": sizes.H, "Q": sizes.Q or sizes.H}, values, min(later, default=None),
    )  # fmt: skip
