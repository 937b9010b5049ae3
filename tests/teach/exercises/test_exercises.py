"""Exercises: the same seed gives the same bytes, every sheet is fit to be handed out, and says what it asks."""

import json
import re
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest

import gatewise
from gatewise.cells.known.lstm import GATES
from gatewise.errors import ArgumentError
from gatewise.teach.checker.mistakes.catalogue import MISTAKES
from gatewise.teach.checker.report import ERRORS
from gatewise.teach.exercises import FORMATS, KINDS, ExerciseSizes, exercise, render, write_key
from gatewise.teach.exercises.drawing import draw
from gatewise.teach.exercises.formats.rendering import render_together
from gatewise.teach.exercises.make.rounding import CAUSES
from gatewise.teach.exercises.quality import GATE_RANGE, LABEL_RANGE, faults, is_worth_working
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.work.build import SequenceProblem

SEED = 7
BY_ID = {mistake.id: mistake for mistake in MISTAKES}
SIZES = (ExerciseSizes(), ExerciseSizes(steps=3, units=1, inputs=1, digits=6))


@cache
def sheet(kind, seed=SEED, variant=1, sizes=SIZES[0]):
    return exercise(kind, seed, variant, sizes)


# Drawing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_and_variant_give_the_same_bytes(kind):
    again = exercise(kind, SEED, 1)
    for format in FORMATS:
        for solved in (False, True):
            assert render(sheet(kind), format, solved=solved) == render(again, format, solved=solved)
    assert write_key(sheet(kind)) == write_key(again)


def test_kinds_seeds_and_variants_give_other_numbers():
    problems = [sheet(kind).solution.problem for kind in ("full", "fill", "missing-block")]
    problems += [sheet("full", 8).solution.problem, sheet("full", SEED, 2).solution.problem]
    assert len({problem.params.W.tobytes() for problem in problems}) == len(problems)


@pytest.mark.parametrize("kind", ["fill", "full", "missing-block"])
def test_all_variants_of_a_seed_ask_for_the_same(kind):
    first, second = ([item.id for item in sheet(kind, SEED, variant).items] for variant in (1, 2))
    assert first == second


def test_seeds_ask_for_different_blocks():
    asked = {tuple(item.line for item in sheet("missing-block", seed).items) for seed in range(6)}
    assert len(asked) > 2


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_drawn_problem_keeps_what_is_promised(sizes):
    solution = draw(np.random.default_rng(3), sizes)
    problem = solution.problem
    trace = gatewise.forward(problem.params, problem.x, engine="reference")
    for gate in GATES:
        assert GATE_RANGE[0] <= np.abs(trace[gate]).min() <= np.abs(trace[gate]).max() <= GATE_RANGE[1]
    assert np.abs(problem.label).max() <= LABEL_RANGE
    unit = 10.0**-sizes.digits
    for id, line in solution.lines.items():
        if line.phase in ("backward", "gradients"):
            sizes_of = np.abs(solution.full_values[id])
            assert sizes_of[sizes_of > 0].min(initial=1.0) >= 100 * unit  # three digits
        right = line.value
        wrong = [value for _, value in solution.mistaken(id)]
        for k, value in enumerate(wrong):
            assert np.abs(value - right).max() >= 2.5 * unit  # 3 from the unrounded value
            for other in wrong[k + 1 :]:
                distance = np.abs(value - other).max()
                assert distance >= 2.999 * unit or distance < 1e-9
    assert list(faults(solution)) == []


def replaced(problem, **changes):
    fields = {
        name: getattr(problem, name) for name in ("params", "x", "label", "state", "learning_rate", "texts")
    }
    return SequenceProblem(**{**fields, **changes})


def test_a_shut_gate_an_unreachable_label_and_a_tiny_gradient_are_not_handed_out():
    problem = draw(np.random.default_rng(3), ExerciseSizes()).problem
    assert is_worth_working(problem, 5)
    shut = gatewise.Params(W=problem.params.W, U=problem.params.U, b=problem.params.b - [0, 9, 0, 0])
    assert not is_worth_working(replaced(problem, params=shut), 5)
    assert not is_worth_working(replaced(problem, label=problem.label * 0 + 1.25), 5)
    out = gatewise.forward(problem.params, problem.x, engine="reference").out
    assert not is_worth_working(replaced(problem, label=out + 1e-5), 5)


def test_a_tie_and_values_that_are_too_near_are_faults():
    problem = draw(np.random.default_rng(3), ExerciseSizes()).problem
    tie = replaced(problem, learning_rate=0.1)  # a tenth of a gradient whose fifth decimal is a 5
    assert any("tie" in fault for fault in faults(Solution(tie, 5)))
    equal = gatewise.Params(W=problem.params.W, U=problem.params.U, b=problem.params.b * 0 + 1e-5)
    assert any("differ by" in fault for fault in faults(Solution(replaced(problem, params=equal), 5)))


@pytest.mark.parametrize(
    ("kind", "changes", "fragment"),
    [
        ("essay", {}, "fill, full"),
        ("fill", {"seed": -1}, "seed"),
        ("fill", {"variant": 0}, "variant"),
        ("fill", {"sizes": ExerciseSizes(steps=1)}, "steps=1"),
        ("fill", {"sizes": ExerciseSizes(units=9)}, "units=9"),
        ("fill", {"sizes": ExerciseSizes(digits=3)}, "digits=3"),
        ("explain-rounding", {"sizes": ExerciseSizes(units=2)}, "1 unit"),
    ],
)
def test_what_cannot_be_drawn_is_refused(kind, changes, fragment):
    with pytest.raises(ArgumentError, match=fragment):
        exercise(kind, **changes)


# What is asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_has_an_id_of_its_own_and_a_key(kind):
    items = list(sheet(kind).items)
    assert items
    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert item.key
        if item.form == "choice":
            assert [option.letter for option in item.options if not option.mistake] == [item.key]
            assert all(option.hint for option in item.options if option.mistake)
            assert len({option.text for option in item.options}) == len(item.options)


@pytest.mark.parametrize("kind", ["fill", "full", "missing-block"])
def test_the_answers_of_blanks_do_not_stand_on_the_sheet(kind):
    made = sheet(kind)
    text = json.loads(render(made, "json"))["text"].replace("−", "-")
    hidden = {item.line for item in made.items}
    shown = {
        float(value)
        for id, line in made.solution.lines.items()
        if id not in hidden
        for value in line.value.ravel()
    }
    for item in made.items:
        if abs(float(item.key)) not in {abs(value) for value in shown} | {0.0}:
            assert item.key not in text, item.id


def test_full_asks_for_everything_and_missing_block_for_one_block():
    solution = sheet("full").solution
    assert {item.line for item in sheet("full").items} == set(solution.lines)
    phases = {sheet("missing-block").solution.lines[item.line].phase for item in sheet("missing-block").items}
    assert len(phases) == 1


def test_keys_are_what_a_worksheet_carried_by_hand_has():
    made = sheet("full")
    problem = made.solution.problem
    by_hand = gatewise.worksheet(
        problem.params, problem.x, problem.label, learning_rate=problem.learning_rate, rounding="hand"
    )
    for item in made.items:
        line = by_hand[item.line]
        assert line.numbers()[item.place].text == item.key


@pytest.mark.parametrize("variant", range(1, 5))
def test_find_error_has_exactly_one_root_cause_under_the_checker(variant):
    made = sheet("find-error", 5, variant)
    report = gatewise.check(render(made, "md"), name="sheet.md")
    roots = [finding for finding in report.roots if finding.verdict in ERRORS]
    assert [finding.mistake for finding in roots] == [made.mistake]
    assert roots[0].quantity.split("[")[0] in made.solution.entries[made.line][0].quantity
    answers = {item.id: item.key for item in made.items}
    assert answers["error.line"] == made.line
    assert BY_ID[made.mistake].name == next(
        option.text for item in made.items for option in item.options if option.letter == item.key
    )


def test_explain_rounding_tells_rounding_from_mistakes():
    made = sheet("explain-rounding")
    causes = [item.options["ABC".index(item.key)].text for item in made.items if item.form == "choice"]
    assert sorted(causes) == sorted([CAUSES[0], CAUSES[1], CAUSES[1], CAUSES[2], CAUSES[2]])
    unit = 10.0**-made.sizes.digits
    for part in made.parts[1:]:
        value, cause = part.items
        (row,) = part.section.blocks
        difference = abs(float(row.sides[-1].text) - float(value.key))
        assert (difference < unit / 2) == (cause.key == "A")
        if cause.key == "B":
            assert difference < 20 * unit


def test_distractors_of_multiple_choice_are_what_mistakes_give():
    for item in sheet("multiple-choice").items:
        assert len(item.options) == 4
        values = [float(option.text) for option in item.options]
        assert min(abs(a - b) for k, a in enumerate(values) for b in values[k + 1 :]) >= 2e-5
        for option in item.options:
            if option.mistake:
                assert BY_ID[option.mistake].why in option.hint


# Formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_that_is_not_solved_holds_no_key(kind):
    made = sheet(kind)
    data = json.loads(render(made, "json"))
    assert set(data["answers"].values()) == {""}
    assert "key" not in json.dumps(data["items"])
    assert json.loads(render(made, "json", solved=True))["answers"] == {
        item.id: item.key for item in made.items
    }


@pytest.mark.parametrize("kind", KINDS)
def test_moodle_xml_is_what_its_documentation_asks_for(kind):
    text = render_together([sheet(kind), sheet(kind, SEED, 2)], "moodle")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>')
    quiz = ElementTree.fromstring(text.encode())
    category, *questions = quiz
    assert category.get("type") == "category"
    assert category.findtext("category/text") == f"$course$/top/gatewise/{kind}-{SEED}"
    assert questions
    for question in questions:
        assert question.get("type") in ("cloze", "multichoice")
        assert question.findtext("name/text")
        assert question.find("questiontext").get("format") == "html"
        if question.get("type") == "multichoice":
            assert question.findtext("single") == "true"
            answers = question.findall("answer")
            assert sorted(answer.get("fraction") for answer in answers) == ["0", "0", "0", "100"]
            assert all(
                answer.findtext("feedback/text") for answer in answers if answer.get("fraction") == "0"
            )


FIELD = r"\{1:(NUMERICAL|SHORTANSWER|MULTICHOICE_V):((?:\\.|[^}\\])*)\}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "multiple-choice"])
def test_cloze_fields_hold_the_key_and_hints_of_mistakes(kind):
    made = sheet(kind)
    quiz = ElementTree.fromstring(render(made, "moodle").encode())
    body = quiz[1].findtext("questiontext/text")
    fields = re.findall(FIELD, body)
    items = list(made.items)
    assert len(fields) == len(items)
    for (form, inside), item in zip(fields, items, strict=True):
        answers = re.split(r"(?<!\\)~", inside)
        right = [answer for answer in answers if answer.startswith("=")]
        assert len(right) == 1
        if form == "NUMERICAL":
            value, tolerance = right[0][1:].split(":")
            assert value == item.key
            unit = 10.0 ** -(len(item.key.partition(".")[2]) or made.sizes.digits)
            assert 0.9 * unit < float(tolerance) < 1.5 * 10.0**-made.sizes.digits
            for answer in answers:
                if answer.startswith("%0%"):
                    wrong = answer[3:].split(":")[0]
                    assert abs(float(wrong) - float(item.key)) > 2 * float(tolerance)
        if form == "SHORTANSWER":
            assert right[0][1:] == item.key


def test_latex_is_ascii_and_has_room_for_answers():
    text = render(sheet("fill"), "tex")
    assert text.isascii()
    assert text.count("." * 24) == len(list(sheet("fill").items)) + 1  # and the name


def test_pages_ask_for_nothing_from_elsewhere_and_do_not_show_the_key():
    for kind in KINDS:
        page = render(sheet(kind), "html")
        assert "default-src 'none'" in page
        assert "http:" not in page
        assert "https:" not in page
        hidden = page.partition('id="data"')[0]
        if kind == "full":
            assert not any(item.key in hidden for item in sheet(kind).items if len(item.key) > 6)
