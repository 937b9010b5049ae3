"""Losses beside ½Σ(out − label)², and derivatives by the gates themselves, judged for several cells."""

from dataclasses import replace

import numpy as np
import pytest

from gatewise.cells import cell_named
from gatewise.cells.beside.by_gate import after_it, by_gate
from gatewise.cells.beside.losses import LOSSES, loss_equations
from gatewise.cells.quantities import at, quantities_of
from gatewise.errors import ArgumentError
from gatewise.expression import Array, Symbol, bind, evaluate, text
from gatewise.teach.checker.judge.bind.statements import bind_document
from gatewise.teach.checker.judge.books.book import Book
from gatewise.teach.checker.judge.given.rounding_style import infer_style
from gatewise.teach.checker.judge.judgement import Judgement
from gatewise.teach.checker.judge.numbers.sizes import MEAN_OF_ALL, Sizes
from gatewise.teach.checker.mistakes.catalogue import catalogue_of
from gatewise.teach.checker.read.reading import Claim, Place, Printed, Reading, Side
from gatewise.teach.checker.report import SOUND

CELLS = ("lstm", "gru", "peephole", "coupled", "mgu")
T, D, H = 3, 2, 2


def worked(name, loss):
    """Return a book of a cell's work with a loss, from random givens."""
    cell = cell_named(name)
    sizes = Sizes(T, D, H, cell=cell, loss=loss)
    book, rng = Book(sizes), np.random.default_rng(4)
    for given in sizes.quantities.given:
        stepped = given in ("x", "label", "delta")
        for symbol in [at(given, t) for t in range(T)] if stepped else [Symbol(given)]:
            book.enter(symbol, np.asarray(rng.uniform(-1, 1, sizes.shape(symbol)).round(3)))
    return book


def document(book, wrong=None, left_out=()):
    """Return a document that states all that was worked out, to 6 decimals; `wrong` has other values."""
    claims, wrong, offset = [], wrong or {}, 0
    sizes = book.sizes
    given = [symbol for symbol in book.values if sizes.rule(symbol) is None and symbol.name != "b_hh"]
    for symbol in (*given, *sizes.quantities.derived_quantities(sizes.T)):
        if symbol.name == "z" or symbol.name in left_out:
            continue
        values = np.asarray(wrong.get(symbol, book(symbol)))
        rows = []
        for row in values.reshape(values.shape[0], -1) if values.ndim else values.reshape(1, 1):
            entries = []
            for value in row:
                digits = f"{value:.3f}" if symbol in given else f"{value:.6f}"
                entries.append(Printed(digits, 0, Place(offset, len(digits), 1, offset + 1)))
                offset += 20
            rows.append(tuple(entries))
        tree = rows[0][0] if values.size == 1 else Array(tuple(rows))
        place = Place(offset, 1, 1, offset + 1)
        claims.append(Claim(Side(symbol, place, text(symbol)), (Side(tree, place, ""),)))
        offset += 20
    return Reading("", tuple(claims), standard=True)


def judged(reading, sizes):
    bound = bind_document(reading, sizes, sizes.cell, sizes.loss)
    judgement = Judgement(bound, infer_style(bound), frozenset())
    judgement.judge_formulas()
    judgement.judge_updates(None, SOUND)
    return judgement.verdicts


def roots(verdicts):
    return [finding for finding in verdicts.findings() if finding.root]


@pytest.mark.parametrize("loss", [*LOSSES, MEAN_OF_ALL])
@pytest.mark.parametrize("name", CELLS)
def test_delta_is_the_derivative_of_the_loss(name, loss):
    if loss == "given":
        return
    book = worked(name, loss)
    for t in range(T):
        for unit in range(H):
            ends = []
            for step in (1e-6, -1e-6):
                moved = Book(book.sizes)
                for other in range(T):
                    out = np.array(book(at("out", other)))
                    out[unit] += step * (other == t)
                    moved.enter(at("out", other), out)
                    moved.enter(at("label", other), book(at("label", other)))
                ends.append(float(moved(Symbol("loss"))))
            assert book(at("delta", t))[unit] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-8)


@pytest.mark.share(3)
@pytest.mark.parametrize("loss", [*LOSSES, MEAN_OF_ALL])
@pytest.mark.parametrize("name", CELLS)
def test_a_sound_document_with_a_loss_is_blamed_for_nothing_with_that_loss_alone(name, loss):
    book = worked(name, loss)
    assert not roots(judged(document(book), book.sizes))
    other = "sum" if loss not in ("sum", "given") else "half"
    if loss != "given":
        assert roots(judged(document(book), replace(book.sizes, loss=other)))


@pytest.mark.parametrize(
    ("loss", "id"), [("sum", "B0/without-2"), ("mean", "B0/not-divided"), ("last", "B0/label-minus-out")]
)
def test_a_mistake_of_the_losss_own_delta_is_named(loss, id):
    book = worked("gru", loss)
    mistake = catalogue_of(book.sizes.cell, loss).by_id[id]
    assert mistake.equation in loss_equations(loss)
    wrong = Book(book.sizes)
    for symbol in book.values:
        if book.sizes.rule(symbol) is None:
            wrong.enter(symbol, book(symbol))
    t = T - 1
    other = evaluate_at(mistake.right, t, wrong)
    wrong.enter(at("delta", t), other)
    found = roots(judged(document(wrong), book.sizes))
    assert [finding.mistake for finding in found if finding.quantity == f"delta[0]@t={t}"] == [id]


def evaluate_at(formula, t, book):
    return np.asarray(evaluate(bind(formula, t, T), book))


def test_a_loss_that_there_is_not_is_refused():
    with pytest.raises(
        ArgumentError, match="there is no loss 'huber'; there are half, sum, mean, last, given"
    ):
        quantities_of(cell_named("gru"), 1, "huber")


@pytest.mark.parametrize(
    "name", [*CELLS, "lstm1997", "gru-reset-after", "peephole+clip=3", "projected", "rnn"]
)
def test_a_gates_delta_is_its_own_derivative_times_its_slope(name):
    cell = cell_named(name)
    assert set(by_gate(cell)) == {f"dg_{gate}" for gate in cell.gates}
    book = worked(name, "half")
    for t in range(T):
        for gate in cell.gates:
            two = evaluate_at(after_it(cell, gate), t, book)
            assert np.allclose(two, book(at(f"d_{gate}", t)), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", CELLS)
def test_a_derivative_by_a_gate_itself_is_judged_and_a_slope_in_it_named(name):
    cell = cell_named(name)
    book = worked(name, "half")
    gate = cell.gates[0]
    symbol = at(f"dg_{gate}", 1)
    assert not roots(judged(document(book), book.sizes))
    wrong = document(book, {symbol: book(at(f"d_{gate}", 1))})
    found = roots(judged(wrong, book.sizes))
    assert [finding.quantity for finding in found][:1] == [f"dg_{gate}[0]@t=1"]
    mistakes = [mistake.id for mistake in catalogue_of(cell).of(by_gate(cell)[f"dg_{gate}"])]
    assert mistakes[0].endswith(f"[by {gate}]/with-slope")


@pytest.mark.parametrize("name", CELLS)
def test_what_follows_from_a_wrong_derivative_by_a_gate_is_no_mistake_of_its_own(name):
    """δ of a gate that was worked out from a wrong dg follows from it."""
    cell = cell_named(name)
    book = worked(name, "half")
    gate = cell.gates[-1]
    wrong = Book(book.sizes)
    for symbol in book.values:
        if book.sizes.rule(symbol) is None:
            wrong.enter(symbol, book(symbol))
    symbol = at(f"dg_{gate}", 0)
    wrong.enter(symbol, book(at(f"d_{gate}", 0)))
    wrong.enter(at(f"d_{gate}", 0), evaluate_at(after_it(cell, gate), 0, wrong))
    found = roots(judged(document(wrong), book.sizes))
    assert {finding.quantity.split("[")[0] for finding in found} == {f"dg_{gate}"}
    assert found[0].mistake.endswith("/with-slope")


def test_a_worksheet_has_no_derivatives_by_gates_and_the_equations_stay():
    known = quantities_of()
    assert not any(equation.left.name.startswith("dg_") for equation in known.equations)
    assert known.has("dg_f")
    assert not any(mistake.id.count("[by ") for mistake in catalogue_of().mistakes)
