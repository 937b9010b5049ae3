"""What Python writes into a page: equations that give the engine's numbers, mistakes by the checker's names, sizes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from checker_sheets import random_problem, reading_of
from page_values import Worked, unpacked

import gatewise
from gatewise.cells import CELLS
from gatewise.cells.quantities import quantities_of
from gatewise.cells.tree_data import tree_data
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.expression import Add, Array, Number, Step, Symbol
from gatewise.learn.sequential import Dense, Recurrent, Sequential
from gatewise.teach.checker.judge.judgement import judge
from gatewise.teach.checker.mistakes.catalogue import catalogue_of
from gatewise.teach.explore.block import key_of
from gatewise.teach.explore.head import Head
from gatewise.teach.explore.mistakes import small
from gatewise.teach.explore.packing import FEW, packed_numbers
from gatewise.teach.explore.program import program_of_layers, program_of_problem
from gatewise.teach.problem import load_problem
from gatewise.teach.worksheet.work.build import build, work_by_hand
from gatewise.teach.worksheet.work.inputs import one_sequence

EXACT = 1e-12  # float64 by another order of the same sums


def rng():
    return np.random.default_rng(0)


def params(D, H, seed, cell="lstm"):
    return Params.init(
        D, H, cell=CELLS[cell], seed=seed, dtype="float64", output_size=2 if cell == "projected" else None
    )


def written(data):
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


# Trees and values -----------------------------------------------------------------------------------------------------


def test_a_tree_keeps_digits_parts_steps_and_entries():
    node = -(Symbol("W", "a", entry=(None, 1)) @ Symbol("x", step=Step("t", -1))) + Number("1.50") / Symbol(
        "y", step=Step("T", -1)
    )
    assert tree_data(node) == [
        "+",
        [
            ["-", ["product", "dot", [["symbol", "W", "a", None, [None, 1], False], ["symbol", "x", "", ["t", -1], None, False]]]],
            ["/", ["number", "1.50"], ["symbol", "y", "", ["T", -1], None, False]],
        ],
    ]  # fmt: skip
    assert tree_data(Symbol("W", new=True, step=Step("", 3))) == ["symbol", "W", "", 3, None, True]


def test_a_written_out_matrix_is_refused():
    with pytest.raises(TypeError, match="Array"):
        tree_data(Array(((Number("1"),),)))


def test_few_numbers_are_lists_and_many_are_packed_to_the_bit():
    assert packed_numbers([[1.5, np.nan]]) == [[1.5, None]]
    many = rng().normal(size=(3, FEW))
    assert packed_numbers(many)["shape"] == [3, FEW]
    assert (unpacked(packed_numbers(many)) == many).all()


# Values of the equations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_the_equations_of_a_page_give_every_number_of_the_worksheet(cell):
    problem = load_problem(cell=None if cell == "lstm" else cell, seed=None if cell == "lstm" else 3)
    page = Worked(program_of_problem(problem))
    sequence, _ = one_sequence(
        problem.params, problem.x, problem.label, problem.state, None, problem.learning_rate, {}, 0
    )
    working = build(sequence, updates=1, digits=5, rounding="full", ties="half-up").workings[0]
    for line in working:
        assert page[0, key_of(line.left)] == pytest.approx(line.value, rel=EXACT, abs=EXACT), line.id


def test_a_missing_label_costs_nothing_and_no_label_means_no_way_back():
    problem = load_problem()
    gap = replace(problem, label=np.array([[np.nan], [1.25]]))
    page = Worked(program_of_problem(gap))
    assert page[0, "loss@0"] == 0
    assert page[0, "delta@0"] == 0
    forward = program_of_problem(replace(problem, label=None))["blocks"][0]
    assert {each["phase"] for each in forward["equations"]} == {"forward"}
    assert "learning_rate" not in forward["given"]


LAYERS = {
    "one layer": [Recurrent([params(2, 3, 0)])],
    "a head on the last step": [
        Recurrent([params(2, 3, 0)]), Recurrent([params(3, 4, 1)], returns="last"), Dense(rng().normal(size=(2, 4)), rng().normal(size=2))
    ],
    "a head on every step": [Recurrent([params(2, 3, 0, "gru")]), Dense(rng().normal(size=(2, 3)), None, function="tanh")],
    "a softmax": [Recurrent([params(2, 3, 0)], returns="last"), Dense(rng().normal(size=(3, 3)), None, function="softmax")],
    "backwards": [Recurrent([params(2, 3, 0)], reverse=True), Recurrent([params(3, 4, 1)]), Dense(rng().normal(size=(2, 4)), np.ones(2))],
    "backwards twice": [
        Recurrent([params(2, 3, 0)], reverse=True, turned=True), Recurrent([params(3, 4, 1)], reverse=True),
        Dense(rng().normal(size=(2, 4)), rng().normal(size=2)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_layers_say_what_they_say_and_their_gradients_are_differences_of_the_loss(name):
    model, x = Sequential(LAYERS[name]), rng().normal(size=(4, 2))
    label = (
        np.array([1])
        if name == "a softmax"
        else rng().normal(size=(4 if model.by_step else 1, model.outputs))
    )
    worked = Worked(gatewise.explore(model, x, label).data)
    top = worked.data["blocks"][-1]
    said = [
        worked[len(worked.blocks) - 1, f"{'y' if top['kind'] == 'head' else 'out'}@{t}"]
        for t in range(top["steps"])
    ]
    assert np.stack(said) == pytest.approx(np.atleast_2d(model.forward(x)), abs=EXACT)
    first, step = LAYERS[name][0], 1e-5

    def loss(change):
        W = first.cells[0].W.copy()
        W[1, 1] += change
        moved = Recurrent(
            [first.cells[0].replace(W=W)], reverse=first.reverse, returns=first.returns, turned=first.turned
        )
        return Worked(gatewise.explore(Sequential([moved, *LAYERS[name][1:]]), x, label).data).loss

    slope = (loss(step) - loss(-step)) / (2 * step)
    assert worked[0, "d_W"][1, 1] == pytest.approx(slope, rel=1e-6)


def test_a_head_reads_what_stands_beside_the_outs():
    W, recent = rng().normal(size=(2, 2)), rng().normal(size=(1, 2))
    head = Head(rng().normal(size=(2, 3)), None, np.zeros((1, 2)), last=True, beside={"recent": (W, recent)})
    with_it = Worked(program_of_layers([("layer 0", params(2, 3, 0))], np.ones((3, 2)), head=head))
    without = Worked(
        program_of_layers([("layer 0", params(2, 3, 0))], np.ones((3, 2)), head=replace(head, beside={}))
    )
    assert with_it[1, "y@0"] == pytest.approx(without[1, "y@0"] + W @ recent[0])
    assert with_it[1, "d_S"] == pytest.approx(np.outer(with_it[1, "delta@0"], recent[0]))


# Mistakes -------------------------------------------------------------------------------------------------------------


def test_a_mistake_has_the_name_that_the_catalogue_gives_it():
    block = program_of_problem(load_problem())["blocks"][0]
    known = catalogue_of(CELLS["lstm"]).by_id
    found = {mistake["id"]: mistake for equation in block["equations"] for mistake in equation["mistakes"]}
    assert len(found) > 150
    for id, mistake in found.items():
        assert mistake["name"].rstrip(".").lower() == known[id].name.lower()
        assert mistake["why"] == known[id].why


def test_what_does_not_fit_or_changes_nothing_is_no_mistake_of_this_model():
    narrow, square = (
        program_of_layers([("layer", params(D, 2, 0))], np.ones((2, D)), label=np.ones((2, 2)))
        for D in (3, 2)
    )
    ids = [
        {m["id"] for e in page["blocks"][0]["equations"] for m in e["mistakes"]} for page in (narrow, square)
    ]
    assert "F1/W_aT-for-W_a" not in ids[0]
    assert "F1/W_aT-for-W_a" in ids[1]
    single = {
        m["id"] for e in program_of_problem(load_problem())["blocks"][0]["equations"] for m in e["mistakes"]
    }
    assert "F1/U_aT-for-U_a" not in single  # of one unit it is the same number


def test_sizes_are_made_small_without_a_change_of_which_are_equal():
    assert small({"D": 3, "H": 2}) == (("D", 3), ("H", 2))
    assert small({"D": 64, "H": 64}) == (("D", 2), ("H", 2))
    assert dict(small({"D": 1, "H": 64, "Q": 16})) == {"D": 1, "H": 3, "Q": 2}


def test_a_mistake_that_takes_the_input_before_the_first_says_where_it_is_undefined():
    block = program_of_problem(load_problem())["blocks"][0]
    first = block["equations"][0]
    earlier = next(mistake for mistake in first["mistakes"] if mistake["id"] == "F1/x_prev-for-x")
    assert earlier["undefinedAt"] == [0]
    assert all(
        f"d_{gate}@2" in block["given"] for gate in "aifo"
    )  # of mistakes that take δgates of step T: 0


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_cut_term_has_the_name_that_check_gives_to_who_forgets_it(cell):
    problem = random_problem(np.random.default_rng(5), 3, 2, 2) if cell == "lstm" else None
    if problem is None:
        loaded = load_problem(cell=cell, seed=4)
        problem, _ = one_sequence(loaded.params, loaded.x, loaded.label, None, None, 0.1, {}, 0)
    page = program_of_layers([("cell", problem.params)], problem.x, label=problem.label)
    named = 0
    for shown, equation in zip(
        page["blocks"][0]["equations"], quantities_of(CELLS[cell]).equations, strict=True
    ):
        for term, id in enumerate(shown.get("cuts", ())):
            if id is None or equation.phase == "update" or (shown["phase"] == "forward" and cell != "lstm"):
                continue
            terms = [each for place, each in enumerate(equation.right.terms) if place != term]
            right = terms[0] if len(terms) == 1 else Add(tuple(terms))
            lines = {f"{equation.id}@t={t}": right for t in range(len(problem.x))}
            report = judge(reading_of(work_by_hand(problem, 5, instead=lines)), cell=CELLS[cell])
            found = {finding.mistake for finding in report.roots}
            assert id in found, (id, report.roots)
            named += 1
    assert named >= 5


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_the_data_of_the_worked_example_are_at_most_100_kb_and_those_of_a_trained_layer_3_mb():
    assert written(program_of_problem(load_problem())) <= 100_000
    head = Head(np.ones((24, 64)), np.ones(24), np.ones((1, 24)), last=True)
    large = program_of_layers([("layer 0", params(8, 64, 0))], rng().normal(size=(168, 8)), head=head)
    assert written(large) <= 2_800_000


@pytest.mark.parametrize(
    ("layer", "steps", "said"),
    [(params(1, 129, 0), 2, "H = 129; a page shows at most 128"), (params(1, 2, 0), 501, "T = 501")],
)
def test_what_is_too_large_to_show_is_refused_with_the_numbers(layer, steps, said):
    with pytest.raises(ArgumentError, match=said):
        program_of_layers([("layer", layer)], np.ones((steps, 1)), label=np.ones((steps, layer.hidden_size)))


def test_numbers_that_are_none_are_refused_where_they_stand():
    with pytest.raises(ArgumentError, match=r"x\[1, 0\] is nan"):
        program_of_layers([("layer", params(1, 2, 0))], np.array([[1.0], [np.nan]]))
    worst = params(1, 2, 0)
    worst.b[3] = np.inf
    with pytest.raises(ArgumentError, match=r"b of layer\[3\] is inf"):
        program_of_layers([("layer", worst)], np.ones((2, 1)))


def test_what_no_page_has_is_not_taken():
    with pytest.raises(TypeError, match="digit"):
        program_of_layers([("layer", params(1, 2, 0))], np.ones((2, 1)), digit=3)
