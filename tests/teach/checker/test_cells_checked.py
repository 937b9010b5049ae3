"""A sheet of any cell is judged by that cell's own equations."""

import json
import re
from functools import cache

import numpy as np
import pytest

import gatewise
from gatewise.cells import CELLS, cell_named, read_cell
from gatewise.errors import ArgumentError
from gatewise.expression import latex
from gatewise.teach.checker.mistakes.catalogue import catalogue_of
from gatewise.teach.checker.report import SOUND

NAMES = (
    *(name for name in CELLS if name != "lstm"),
    "lstm+no-bias", "peephole+coupled", "peephole+clip=3", "coupled+state-clip=0.5", "projected+no-bias",
)  # fmt: skip
SUFFIXES = {"text": "txt", "md": "md", "tex": "tex", "json": "json"}
OWN = """
g_t = σ(W_g · x_t + U_g · out_{t-1} + b_g)
n_t = tanh(W_n · x_t + U_n · out_{t-1} + b_n)
out_t = g_t ⊙ n_t + (1 - g_t) ⊙ out_{t-1}
"""


@cache
def sheet_of(cell, format):
    cell = cell if isinstance(cell, gatewise.Cell) else cell_named(cell)
    size = {"output_size": 1} if "R" in cell.parameters else {}
    params = gatewise.Params.init(2, 2, cell=cell, dtype="float64", seed=1, **size)
    rng = np.random.default_rng(1)
    x, label = rng.normal(size=(2, 2)).round(2), rng.normal(size=(2, params.output_size)).round(2)
    return gatewise.worksheet(params, x, label, learning_rate=0.1).render(format)


def checked(text, format="md", **options):
    return gatewise.check(text, name=f"sheet.{SUFFIXES[format]}", **options)


def roots(report):
    return [finding for finding in report.findings if finding.root]


@pytest.mark.share(4)
@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("name", NAMES)
def test_a_sound_sheet_of_any_cell_is_read_whole_and_blamed_for_nothing(name, format):
    report = checked(sheet_of(name, format), format)
    assert not report.findings
    assert report.unread == 0
    numbers = [judged for judged in report.numbers if judged.verdict in SOUND]
    assert len(numbers) == len(report.numbers) > 100
    # What a formula takes is told by its name; a number of no quantity would have none.
    assert sum(bool(judged.quantity) for judged in numbers) > 0.9 * len(numbers)


RESULT = re.compile(r"(?<=[ \[])-?0\.\d{5}(?= |\n)")


def results(text):
    """Yield where the numbers of a sheet's results stand: of the sides that no formula is worked out on."""
    for line in re.finditer(r"^&= (?:\\left\[ \\begin\{array\}|-?\d)[^\n]*$", text, re.MULTILINE):
        if not re.search(r"odot|otimes|cdot|times| \+ |frac", line[0]):
            yield from (found.start() + line.start() for found in RESULT.finditer(line[0] + "\n"))


@pytest.mark.share(2)
@pytest.mark.parametrize("name", NAMES)
def test_one_number_that_is_changed_is_found_and_nothing_else(name):
    text = sheet_of(name, "md")
    places = list(results(text))
    assert len(places) > 20
    for k in np.random.default_rng(7).choice(len(places), 3, replace=False).tolist():
        number = RESULT.match(text, places[k])[0]
        digit = (int(number[-3]) + 4) % 10
        wrong = f"{number[:-3]}{digit}{number[-2:]}"
        report = checked(f"{text[: places[k]]}{wrong}{text[places[k] + len(number) :]}")
        assert [(finding.at.offset, finding.printed) for finding in roots(report)] == [(places[k], wrong)]


def wrong_formulas(name, count):
    """Yield sheets in which one equation is a mistake of the cell's catalogue, and that mistake."""
    text = sheet_of(name, "md")
    mistakes = [m for m in catalogue_of(cell_named(name)).mistakes if "without-first" not in m.id]
    for k in np.random.default_rng(3).permutation(len(mistakes)).tolist():
        left = latex(mistakes[k].equation.left)
        line = f"{left} &= {latex(mistakes[k].equation.right)}\n"
        if text.count(line) == 1 and count:
            count -= 1
            yield text.replace(line, f"{left} &= {latex(mistakes[k].right)}\n"), mistakes[k]
    assert not count


@pytest.mark.share(2)
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_formula_of_the_cells_catalogue_is_found_and_named(name):
    for text, mistake in wrong_formulas(name, 3):
        found = roots(checked(text))
        assert [(finding.verdict, finding.mistake) for finding in found] == [("wrong-formula", mistake.id)]


def test_the_numbers_of_a_wrong_formula_are_named_as_well():
    data = json.loads(sheet_of("gru", "json"))
    lines = {line["id"]: line for line in data["lines"]}
    gradient = np.concatenate([lines[f"G2[{gate}]"]["value"] for gate in "rua"])
    new = lines["P1[U]"]
    new["displayed"] = [f"{value:.5f}" for value in (lines["U"]["value"] + 0.1 * gradient).ravel()]
    new["formula"] = new["substituted"] = None
    found = roots(checked(json.dumps(data), "json"))
    assert [(finding.verdict, finding.mistake) for finding in found] == [
        ("wrong-formula", "P1[U]/plus-learning_rate*d_U")
    ]


@pytest.mark.parametrize("format", ["text", "md", "tex"])
def test_a_sheet_of_a_cell_of_ones_own_is_judged_by_the_equations_that_it_prints(format):
    report = checked(sheet_of(read_cell(OWN, "Mine"), format), format)
    assert not report.findings
    assert len(report.numbers) > 100


def test_a_sheet_of_a_cell_of_ones_own_without_its_equations_needs_the_model():
    cell = read_cell(OWN, "mine")
    text = sheet_of(cell, "json")
    with pytest.raises(ArgumentError, match=r"sheet of cell mine, .* do not stand in it\. .* --model"):
        checked(text, "json")
    problem = gatewise.load_problem(cell=cell)
    sheet = gatewise.worksheet(
        problem.params, problem.x, problem.label, learning_rate=problem.learning_rate
    ).render("json")
    assert not checked(sheet, "json", model=problem).findings


@pytest.mark.parametrize("name", ["gru", "projected", "peephole"])
def test_a_model_of_any_cell_is_compared_with_a_sheet_of_it(name):
    problem = gatewise.load_problem(cell=name)
    text = gatewise.worksheet(
        problem.params, problem.x, problem.label, learning_rate=problem.learning_rate
    ).render("md")
    assert not checked(text, model=problem).findings
    x = f"{problem.x[0, 0]:g}"
    wrong = checked(text.replace(f"{x} \\\\", "9.25 \\\\", 1), model=problem)
    assert [(finding.quantity, finding.printed, finding.expected) for finding in roots(wrong)] == [
        ("x[0]@t=0", "9.25", x)
    ]


def test_a_sheet_and_a_model_of_two_cells_are_refused_by_their_names():
    with pytest.raises(ArgumentError, match="a sheet of cell gru, and the model is of cell lstm"):
        checked(sheet_of("gru", "md"), model=gatewise.load_problem())


CLAIMS = """
cell = "gru"
[claims]
"W_r" = [["0.5", "-0.25"]]
"U_r" = "0.75"
"b_r" = "0.1"
"x@t=0" = ["1", "2"]
"out@t=-1" = "0.5"
"r@t=0" = "0.61657"
"k@t=0" = "{k}"
"""


@pytest.mark.parametrize(("k", "wrong"), [("0.30828", []), ("0.31828", ["k@t=0"])])
def test_claims_say_whose_quantities_they_are(k, wrong):
    report = gatewise.check(CLAIMS.format(k=k), name="claims.toml")
    assert [finding.quantity for finding in roots(report) if finding.verdict != "missing"] == wrong


@pytest.mark.parametrize("words", [
    "The cell: gru is another one. ",
    'A memory cell "lstm": out = tanh(state) o. ',
    "cell: red: 0.5",
])  # fmt: skip
def test_words_on_cells_are_no_sheet_of_one(words):
    assert gatewise.check(f"{words}\n\nout_0 = 0.5\n") is not None


def test_a_changed_number_of_the_gates_together_is_found():
    text = sheet_of("lstm", "md")
    at = text.index("d_gates@t=0")
    found = RESULT.search(text, at)
    wrong = f"{found[0][:-3]}{(int(found[0][-3]) + 4) % 10}{found[0][-2:]}"
    report = checked(f"{text[: found.start()]}{wrong}{text[found.end() :]}")
    assert [finding.printed for finding in roots(report)] == [wrong]
