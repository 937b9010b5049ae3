"""The mistake catalogue: every entry is wrong in value, no two of an equation are the same, and none goes unnamed."""

import re
from itertools import combinations

import numpy as np
import pytest

from gatewise.cells.known.lstm import EQUATIONS, GATES
from gatewise.cells.known.table import CELLS, LSTM
from gatewise.expression import Call, Sigma, Symbol, bind, evaluate, walk
from gatewise.teach.checker.mistakes.catalogue import (
    MISTAKES,
    catalogue_of,
    mistakes_for,
    neighbours,
    prefix_of,
)
from gatewise.teach.checker.mistakes.words import FAMOUS

STEPS = 4
APART = 1e-6  # relative; values that differ at all differ by much more on random models of this size
SIZES = ((2, 2), (3, 3))  # D = H, so that W fits where U belongs


class Model:
    """Random values for every quantity at every step, with no relation between them."""

    def __init__(self, seed, D, H):
        self.D, self.H, self.rng = D, H, np.random.default_rng(seed)
        self.values = {}

    def __call__(self, symbol):
        if symbol.name == "d_gates":
            return np.concatenate([self(Symbol(f"d_{gate}", step=symbol.step)) for gate in GATES])
        if symbol.name in ("W", "U", "b", "d_W", "d_U", "d_b"):
            value = self._drawn(symbol.name)
            if symbol.part:
                first = GATES.index(symbol.part) * self.H
                value = value[first : first + self.H]
            return value
        return self._drawn((symbol.name, symbol.step.offset if symbol.step else None))

    def _drawn(self, key):
        H = self.H
        shapes = {
            "x": (self.D,),
            "W": (4 * H, self.D),
            "d_W": (4 * H, self.D),
            "b": (4 * H,),
            "d_b": (4 * H,),
        }
        shapes |= {"U": (4 * H, H), "d_U": (4 * H, H), "loss": (), "learning_rate": ()}
        name = key if isinstance(key, str) else key[0]
        if key not in self.values:
            self.values[key] = self.rng.uniform(0.1, 0.9, shapes.get(name, (H,)))
        return self.values[key]


MODELS = [Model(seed, *size) for seed, size in enumerate(SIZES)]


def values_of(right):
    """Its value on every model; a sum over all steps is one value, anything else is taken at t = 1."""
    return np.concatenate([np.ravel(evaluate(bind(right, 1, STEPS), model)) for model in MODELS])


def same(first, second):
    return first.shape == second.shape and np.allclose(first, second, rtol=APART, atol=0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_every_entry_gives_another_value_than_the_equation(mistake):
    assert not same(values_of(mistake.right), values_of(mistake.equation.right))


@pytest.mark.parametrize("equation", EQUATIONS, ids=prefix_of)
def test_no_two_entries_of_an_equation_are_equal_in_value(equation):
    worth = [(mistake.id, values_of(mistake.right)) for mistake in mistakes_for(equation)]
    assert [(a, b) for (a, u), (b, v) in combinations(worth, 2) if same(u, v)] == []


def test_the_catalogue_has_about_250_entries_and_some_for_every_equation():
    assert 230 <= len(MISTAKES) <= 260
    assert all(len(mistakes_for(equation)) >= 3 for equation in EQUATIONS)


def test_ids_are_unique_and_made_of_an_equation_and_a_slug():
    ids = [mistake.id for mistake in MISTAKES]
    assert len(set(ids)) == len(ids)
    for mistake in MISTAKES:
        prefix, slug = mistake.id.split("/", 1)
        assert prefix == prefix_of(mistake.equation)
        assert re.fullmatch(r"[A-Za-z0-9_*()^+-]+", slug), slug


def test_every_famous_name_belongs_to_an_entry():
    assert set(FAMOUS) - {mistake.id for mistake in MISTAKES} == set()


def test_every_entry_has_a_name_and_one_sentence():
    for mistake in MISTAKES:
        assert mistake.name
        assert not mistake.name.endswith(".")
        assert mistake.why.endswith(".")
        assert ". " not in mistake.why
        assert "{" not in mistake.name + mistake.why


def test_the_mistakes_that_papers_and_programs_have_are_there():
    ids = {mistake.id for mistake in MISTAKES}
    for id in (
        "B2/without-d_state_next*f_next", "B2/f-for-f_next", "B5/state-for-state_prev", "B8/no-transpose",
        "B7/U-for-W", "G2/out-for-out_prev", "G3/d_gates_next-for-d_gates", "B0/label-minus-out", "B4/no-slope",
        "B3/sigmoid-slope", "B2/no-square-of-tanh(state)", "P1[W]/plus-learning_rate*d_W", "F1/without-b_a",
        "L1/no-half", "F3/tanh-for-sigmoid", "B8/gate-order", "G1/without-last",
    ):  # fmt: skip
        assert id in ids


NAMED = {
    "B6/without-tanh(state)": "tanh of the state left out of δo",
    "B5/without-state_prev": "the old state left out of δf",
    "B5/slope-squared": "f squared instead of the slope of σ",
    "F5/minus-a*i": "the new input subtracted",
    "F5/minus-f*state_prev": "minus instead of plus fₜ ⊙ stateₜ₋₁",
    "F2/rows-of-f": "the matrices of the forget gate in the input gate",
    "F3/U_fT-for-U_f": "U transposed in the forget gate",
    "G1/transposed": "δW transposed",
    "G2/transposed": "δU transposed",
    "F3/without-b_f": "the bias left out of the forget gate",
    "F3/without-W_f*x": "the input left out of the forget gate",
}


@pytest.mark.parametrize("id", NAMED)
def test_what_was_found_in_documents_has_a_name(id):
    assert catalogue_of(LSTM).by_id[id].name == NAMED[id]


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_other_cells_have_the_same_by_rule(cell):
    ids = catalogue_of(cell).by_id
    assert {"G1/transposed"} <= set(ids)
    matrices = [id for id in ids if re.fullmatch(r"F[0-9]/U(_[a-z])?T-for-U(_[a-z])?", id)]
    assert len(matrices) == max(len(cell.gates), 1)
    slopes = [id for id in ids if id.endswith("/slope-squared")]
    sigmoids = [e for e in cell.forward if isinstance(e.right, Call) and e.right.function == "sigmoid"]
    assert len(slopes) == len(sigmoids)


@pytest.mark.parametrize("equation", EQUATIONS, ids=prefix_of)
def test_neighbours_begin_with_the_catalogue_and_hold_no_formula_twice(equation):
    found = neighbours(equation)
    assert found[: len(mistakes_for(equation))] == mistakes_for(equation)
    assert len({mistake.right for mistake in found}) == len(found)
    assert len({mistake.id for mistake in found}) == len(found)
    assert equation.right not in {mistake.right for mistake in found}


def test_a_bound_of_a_sum_in_the_catalogue_stays_inside_the_sequence():
    for mistake in MISTAKES:
        for node in walk(mistake.right):
            if isinstance(node, Sigma):
                bound = bind(node, None, STEPS)
                assert 0 <= bound.low.offset <= bound.high.offset < STEPS
