"""Backward passes derived from forward ones: the worked example's own, and the others by complex steps."""

from dataclasses import replace

import numpy as np
import pytest
from any_cell import EVERY, SIZES, Drawn

from gatewise.cells import CELLS, LSTM, cell_named
from gatewise.cells.known.lstm import EQUATIONS
from gatewise.engine.reference import any_cell
from gatewise.expression import (
    Add,
    Number,
    Power,
    Product,
    Sigma,
    Symbol,
    Transpose,
    ascii,
    children,
    latex,
    mathml,
    rebuild,
    text,
    walk,
)

EACH = pytest.mark.parametrize("name", EVERY)


def test_the_lstm_is_derived_node_by_node_as_the_worked_example_has_it():
    derived = LSTM.derivation
    every = (*LSTM.forward, *derived.loss, *derived.backward, *derived.gradients, *derived.updates)
    assert {(e.id, e.left): e.right for e in every} == {(e.id, e.left): e.right for e in EQUATIONS}
    by_hand = [e.id for e in EQUATIONS if e.phase in ("backward", "gradients")]
    assert [e.id for e in (derived.loss[-1], *derived.backward, *derived.gradients)] == by_hand


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_derived_gradients_are_the_derivatives(name, seed):
    drawn = Drawn(cell_named(name), seed)
    assert drawn.worst(drawn.gradients()) < 1e-12


def test_the_reference_lstm_and_the_evaluated_one_agree():
    import gatewise

    drawn = Drawn(LSTM)
    params = gatewise.Params(**drawn.parameters)
    state = tuple(drawn.initial.values())
    trace = gatewise.forward(params, drawn.x, state, drawn.lengths, engine="reference")
    arrays, last = any_cell.forward(LSTM, drawn.parameters, drawn.x, drawn.initial, drawn.lengths)
    for field in trace:
        assert np.array_equal(trace[field], arrays[field]), field
    assert np.array_equal(trace.last.state, last["state"])
    by_hand = gatewise.backward(
        params, trace, drawn.delta, d_last_state=tuple(drawn.d_last.values()), keep=True
    )
    derived = drawn.gradients(keep=True)
    assert set(by_hand) <= set(derived)
    for field in by_hand:
        np.testing.assert_allclose(derived[field], by_hand[field], rtol=1e-13, atol=1e-15, err_msg=field)


@EACH
def test_each_printed_equation_is_what_was_computed(name):
    """At a step in the middle: the right side of every equation, evaluated, is its left side."""
    drawn = Drawn(cell_named(name), lengths=(5, 5))
    arrays, _ = any_cell.forward(drawn.cell, drawn.parameters, drawn.x, drawn.initial, drawn.lengths)
    found = arrays | drawn.gradients(keep=True) | {"delta": drawn.delta}

    def look_up(symbol):
        if symbol.step is None:
            whole = drawn.parameters[symbol.name]
            if not symbol.part:
                return whole
            parts = drawn.cell.parts_of(symbol.name)
            return np.split(whole, len(parts))[parts.index(symbol.part)]
        return found[symbol.name][:, 2 + symbol.step.offset]

    for equation in (*drawn.cell.forward, *drawn.cell.derivation.backward):
        worth = any_cell.worth(equation.right, look_up)
        np.testing.assert_allclose(look_up(equation.left), worth, rtol=1e-12, atol=1e-14, err_msg=equation.id)


# Mutants ----------------------------------------------------------------------------------------------------


def mutants(node):
    """Slips in a formula: a sign, a factor left out, another step, no transpose, a slope's square left out."""
    match node:
        case Add(terms):
            for place in range(len(terms)):
                rest = (*terms[:place], *terms[place + 1 :])
                yield rest[0] if len(rest) == 1 else Add(rest)
                yield Add((*terms[:place], -terms[place], *terms[place + 1 :]))
        case Product("hadamard", factors):
            for place in range(len(factors)):
                rest = (*factors[:place], *factors[place + 1 :])
                yield rest[0] if len(rest) == 1 else Product("hadamard", rest)
        case Product("dot" | "outer", (left, right)) if isinstance(right, Symbol) and right.step is not None:
            yield Product(node.operation, (left, right.prev if right.step.offset == 0 else right.next))
        case Power(base, 2):
            yield base
        case Number("1"):
            yield Number("2")
    for place, child in enumerate(children(node)):
        for changed in mutants(child):
            places = iter(range(len(children(node))))
            yield rebuild(node, lambda each, p=place, c=changed, at=places: c if next(at) == p else each)


def changed_delta(cell, name, number):
    """The cell with one slip in what a δ is made of."""
    made = cell.derivation.deltas[name]
    for field in ("now", "back", "slope"):
        terms = getattr(made, field)
        for place, term in enumerate(terms):
            for changed in mutants(term):
                if number == 0:
                    other = replace(made, **{field: (*terms[:place], changed, *terms[place + 1 :])})
                    deltas = {**cell.derivation.deltas, name: other}
                    return with_derivation(cell, replace(cell.derivation, deltas=deltas))
                number -= 1
    return None


def with_derivation(cell, derivation):
    """The same cell with another derivation than its own."""
    other = replace(cell)
    other.__dict__["derivation"] = derivation
    return other


def slips(cell):
    """Cells with one slip each: in a δ, in δx, or in a gradient."""
    for name in cell.derivation.order:
        number = 0
        while (made := changed_delta(cell, name, number)) is not None:
            yield f"d_{name}, {number}", made
            number += 1
    for number, equation in enumerate(cell.derivation.gradients):
        assert isinstance(equation.right, Sigma)
        for changed in mutants(equation.right.body):
            other = replace(equation, right=replace(equation.right, body=changed))
            gradients = list(cell.derivation.gradients)
            gradients[number] = other
            yield text(changed), with_derivation(cell, replace(cell.derivation, gradients=tuple(gradients)))


@EACH
def test_slips_in_derived_equations_are_noticed(name):
    """At least 15 of each cell; a slip that cannot be evaluated is noticed, too."""
    tried = 0
    for what, cell in slips(cell_named(name)):
        drawn = Drawn(cell, 1)
        tried += 1
        try:
            gradients = drawn.gradients()
        except (ValueError, KeyError, IndexError):
            continue
        assert drawn.worst(gradients, 3) > 1e-6, what
    assert tried >= 15 or len(cell_named(name).forward) < 3, tried


# What is shown ----------------------------------------------------------------------------------------------


@EACH
def test_every_equation_can_be_written_in_every_medium_and_has_a_sentence(name):
    derived = cell_named(name).derivation
    every = (
        *cell_named(name).forward,
        *derived.loss,
        *derived.backward,
        *derived.gradients,
        *derived.updates,
    )
    assert len({equation.id for equation in every}) == len(every) - 1  # L1 is twice
    for equation in every:
        for medium in (text, ascii, latex, mathml):
            assert medium(equation.left)
            assert medium(equation.right)
        assert ascii(equation.right).isascii()
        assert equation.why.endswith("."), equation


def test_gru_sentences():
    said = {equation.id: equation.why for equation in CELLS["gru"].derivation.backward}
    assert said["B2"].startswith(
        "u_t reaches the loss through out_t (F5), where out_{t-1} − a_t multiplies it; then σ′"
    )
    assert said["B7"] == (
        "At step t, out_{t-1} enters r and u through U; out_t, where u_t multiplies it; and k_t, where r_t "
        "multiplies it."
    )


def test_sizes_of_all_matrices_are_those_of_the_record():
    """A derived gradient has its parameter's shape, rows of a gate by itself too."""
    for cell in CELLS.values():
        drawn = Drawn(cell)
        for name, shape in cell.parameters.items():
            assert drawn.gradients()[f"d_{name}"].shape == drawn.parameters[name].shape, (cell.name, shape)
    assert SIZES["Q"] != SIZES["H"] != SIZES["D"]


def test_nothing_but_names_stands_beside_products():
    """What a derivation multiplies by a matrix, or puts beside ⊗, has a name."""
    for cell in CELLS.values():
        for equation in (*cell.derivation.backward, *cell.derivation.gradients):
            for node in walk(equation.right):
                if isinstance(node, Product) and node.operation in ("dot", "outer"):
                    left = node.factors[0]
                    assert isinstance(left.argument if isinstance(left, Transpose) else left, Symbol)
                    assert isinstance(node.factors[1], Symbol)
