"""How far rounding can move a result, beside a derivative of each operand by differences."""

import numpy as np
import pytest
from pace import within

from gatewise.cells.quantities import at, quantities_of
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.books.book import Book
from gatewise.teach.checker.judge.numbers.error_propagation import spread
from gatewise.teach.checker.judge.numbers.sizes import Sizes

STEP = 1e-6
CLOSE = {"rtol": 1e-6, "atol": 1e-9}  # central differences of this step are good to about 1e-9

KNOWN = quantities_of()


def drawn(sizes):
    """Values and radii of everything, drawn at random."""
    rng = np.random.default_rng(4)
    book = Book(sizes)
    for t in range(sizes.T):
        for name in ("x", "label"):
            book.enter(at(name, t), rng.uniform(-1, 1, sizes.shape(at(name, t))))
    for name in KNOWN.given:
        if name not in ("x", "label"):
            book.enter(Symbol(name), rng.uniform(-1, 1, sizes.shape(Symbol(name))))
    for symbol in KNOWN.derived_quantities(sizes.T):
        book(symbol)
    for symbol, value in book.values.items():
        book.enter(symbol, value, rng.uniform(0, 1e-3, value.shape))
    return book


@pytest.mark.parametrize("base", list(KNOWN.derived_quantities(2)), ids=str)
def test_every_equation_moves_by_its_derivatives(base):
    """Also where an operand stands twice, as a in a (1 − a²)."""
    book = drawn(Sizes(2, 3, 2))
    formula = KNOWN.rule(base, 2)
    value, radius = spread(formula, book, book.radius)
    assert np.allclose(value, book.work_out(formula), **CLOSE)
    expected = np.zeros(np.shape(value))
    for used in dict.fromkeys(KNOWN.operands_of(formula)):
        own, radii = book.values[used], book.radii[used]
        for place in np.ndindex(own.shape):
            ends = []
            for step in (STEP, -STEP):
                moved = np.array(own)
                moved[place] += step
                book.enter(used, moved, radii)
                ends.append(book.work_out(formula))
            book.enter(used, own, radii)
            expected += np.abs(ends[0] - ends[1]) / (2 * STEP) * radii[place]
    assert np.allclose(radius, expected, **CLOSE)


def test_a_large_layer_takes_no_square_of_its_weights():
    """64 units and inputs: a slope for each weight, of each weight, would be 270 million numbers."""
    book = drawn(Sizes(2, 64, 64))
    with within(2):
        for symbol in KNOWN.derived_quantities(2):
            spread(KNOWN.rule(symbol, 2), book, book.radius)
