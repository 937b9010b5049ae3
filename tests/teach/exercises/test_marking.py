"""Marking: a solved key is worth 100 %, mistakes are named once, what follows from them earns its credit."""

import json
import shutil
import subprocess
from collections import Counter
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from paths import PACKAGE

from gatewise.teach.checker.mistakes.catalogue import MISTAKES, mistakes_for
from gatewise.teach.exercises import (
    KINDS,
    AnswersError,
    KeyFileError,
    exercise,
    key_of,
    mark,
    read_answers,
    read_key,
    render,
    write_key,
)
from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.formats.marks import FORMATS, render_marks
from gatewise.teach.exercises.marking.hints import misconception
from gatewise.teach.exercises.marking.verdicts import POINTS
from gatewise.teach.exercises.program import program
from gatewise.teach.worksheet.work.build import work_by_hand

SEED = 7
TWO_UNITS = ExerciseSizes(units=2)


@cache
def sheet(kind, sizes=ExerciseSizes()):  # noqa: B008  # frozen
    return exercise(kind, SEED, 1, sizes)


@cache
def key(kind, sizes=ExerciseSizes()):  # noqa: B008
    return read_key(write_key(sheet(kind, sizes)))


def solved(kind, sizes=ExerciseSizes()):  # noqa: B008
    return {item.id: item.key for item in key(kind, sizes).items}


def verdicts(marks):
    return {marked.item.id: marked.verdict for marked in marks.marked}


def worked_with(believed):
    """The answers of someone who works the full sheet out by wrong formulas, by line id."""
    made = sheet("full")
    working = work_by_hand(made.solution.problem, made.sizes.digits, instead=believed)
    return {
        entry.id: working[line.left].numbers()[entry.place].text
        for id, line in made.solution.lines.items()
        for entry in made.solution.entries[id]
    }


def lines_by(equation):
    return [
        id for id, line in sheet("full").solution.lines.items()
        if line.equation.id == equation.id and line.equation.left == equation.left
    ]  # fmt: skip


# Numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_solved_key_marks_100_percent(kind):
    marks = mark(key(kind), solved(kind))
    assert marks.percent == 100
    assert marks.hints == ()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_answered_is_worth_nothing(kind):
    marks = mark(key(kind), {})
    assert marks.points == 0
    assert set(verdicts(marks).values()) == {"missing"}


def test_full_precision_and_rounding_of_ones_own_is_right_too():
    made = sheet("full")
    answers = {item.id: f"{made.solution.full_values[item.line][item.place]:.5f}" for item in made.items}
    assert mark(key("full"), answers).percent == 100


@pytest.mark.parametrize(
    "mistake",
    [m for m in MISTAKES if m.equation.phase in ("forward", "backward", "gradients", "update")][::6],
    ids=lambda m: m.id,
)
def test_a_wrong_formula_costs_its_lines_and_what_follows_earns_credit(mistake):
    believed = dict.fromkeys(lines_by(mistake.equation), mistake.right)
    try:
        answers = worked_with(believed)
    except (KeyError, ValueError, IndexError):
        pytest.skip("it asks for what is not on the sheet, or does not fit one unit")
    marks = mark(key("full"), answers)
    # A result of 0 that follows from a 0 shows nothing, so it earns nothing.
    off = {m.item.id for m in marks.marked if m.points < 1 and float(m.answer)}
    assert off <= {entry.id for id in believed for entry in sheet("full").solution.entries[id]}
    wrong = [m for m in marks.marked if m.verdict == "mistake"]
    if not wrong:
        assert marks.percent == 100  # it has no effect on this problem
        return
    assert len(marks.hints) == 1
    same = {m.id for m in mistakes_for(mistake.equation) if misconception(m.id) == misconception(mistake.id)}
    assert {m.mistake for m in wrong} <= same | equal_here(mistake, believed)


def equal_here(mistake, believed):
    """Other entries of the catalogue that give the same numbers on this problem."""
    solution = sheet("full").solution
    found = set()
    for id in believed:
        values = {m.id: value for m, value in solution.mistaken(id)}
        if mistake.id in values:
            found |= {
                other for other, value in values.items() if np.allclose(value, values[mistake.id], atol=1e-9)
            }
    return found


def test_one_hint_for_a_misconception_however_often_it_shows():
    slopes = {
        id: m.right
        for m in MISTAKES
        for id in lines_by(m.equation)
        if m.id in ("B4/no-slope", "B5/no-slope", "B6/no-slope")
    }
    marks = mark(key("full"), worked_with(slopes))
    (hint,) = marks.hints
    assert hint.name.startswith("The slope of σ forgotten")
    assert len(hint.items) == 5  # δi and δo at two steps, δf at one: at the other it is 0 whatever the slope


def test_a_misprint_is_half_a_point_and_the_right_value_is_gone_on_with():
    answers = solved("full")
    digits = answers["F5@t=0"]
    k = next(k for k in range(len(digits) - 4, len(digits) - 1) if digits[k] != digits[k + 1])
    answers["F5@t=0"] = digits[:k] + digits[k + 1] + digits[k] + digits[k + 2 :]
    marks = mark(key("full"), answers)
    assert {id: v for id, v in verdicts(marks).items() if v != "right"} == {"F5@t=0": "misprint"}
    assert marks.points == marks.out_of - 0.5


def test_too_few_digits_are_half_a_point():
    answers = solved("full")
    answers["F1@t=0"] = answers["F1@t=0"][:-2]
    item = next(item for item in key("full").items if item.id == "F1@t=0")
    answers["F1@t=0"] = f"{float(item.key):.3f}"
    marks = mark(key("full"), answers)
    assert verdicts(marks)["F1@t=0"] == "coarse"


@pytest.mark.parametrize("wrong", ["0", "1", "-1"])
def test_zero_and_one_earn_no_credit_for_following(wrong):
    answers = solved("full")
    answers |= {"B2@t=1": "0", "B3@t=1": "0", "B4@t=1": "0", "B5@t=1": "0"}
    found = verdicts(mark(key("full"), answers))
    assert found["B3@t=1"] != "follows"
    assert found["B4@t=1"] != "follows"


def test_an_answer_that_follows_from_a_wrong_one_is_not_right_by_itself():
    answers = solved("full")
    answers["F5@t=0"] = "0.11111"
    found = verdicts(mark(key("full"), answers))
    assert found["F5@t=0"] == "wrong"
    assert found["F6@t=0"] == "right"  # the right value, whatever stands before it


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_half_a_point_is_for_at_most_two_digits_too_few(decimals):
    """One decimal where five are asked for was worth half of the sheet."""
    answers = {item.id: f"{float(item.key):.{decimals}f}" for item in key("full").items}
    found = Counter(verdicts(mark(key("full"), answers)).values())
    if decimals >= 3:
        assert found["coarse"] > 20
    else:
        assert found["coarse"] == 0
        assert mark(key("full"), answers).percent < 15


def test_zeros_everywhere_are_worth_what_is_zero():
    for zero in ("0", "0.0", "0.000", "-0.0"):
        answers = {item.id: zero for item in key("full").items}
        zeros = sum(float(item.key) == 0 for item in key("full").items)
        assert mark(key("full"), answers).points == zeros


def carried_on(line, change):
    """A sheet worked by hand on with one number written down wrongly."""
    solution = key("full").solution
    own, answers = {}, {}
    wrong = change(solution.lines[line].value)
    for id, each in solution.lines.items():
        value = wrong if id == line else solution.worked(id, own)
        own[each.left] = np.round(value, 5)
        for entry in solution.entries[id]:
            answers[entry.id] = f"{float(np.asarray(own[each.left])[entry.place]):.5f}"
    return answers


@pytest.mark.parametrize("line", ["F5@t=0", "B2@t=1", "F1@t=0", "B1@t=0"])
def test_a_slip_that_is_carried_on_is_one_mistake(line):
    marks = mark(key("full"), carried_on(line, lambda value: -value))
    found = verdicts(marks)
    assert found.pop(line) in ("wrong", "mistake")
    assert set(found.values()) <= {"right", "follows"}, {
        k: v for k, v in found.items() if v not in ("right", "follows")
    }
    assert list(found.values()).count("follows") > 2


def test_too_few_digits_that_are_carried_on_cost_once():
    answers = carried_on("F5@t=0", lambda value: np.round(value, 3))
    answers["F5@t=0"] = answers["F5@t=0"][:-2]
    found = verdicts(mark(key("full"), answers))
    assert found.pop("F5@t=0") == "coarse"
    assert set(found.values()) <= {"right", "follows"}


# Choices --------------------------------------------------------------------------------------------------


def test_each_distractor_earns_its_hint():
    made = key("multiple-choice")
    for item in made.items:
        for option in item.options:
            marks = mark(made, {**solved("multiple-choice"), item.id: option.letter.lower()})
            found = next(m for m in marks.marked if m.item.id == item.id)
            if option.letter == item.key:
                assert marks.percent == 100
            else:
                assert found.verdict == "mistake"
                assert found.mistake == option.mistake
                assert [hint.items for hint in marks.hints] == [(item.id,)]
                assert marks.hints[0].why in option.hint


@pytest.mark.parametrize("kind", ["multiple-choice", "find-error", "explain-rounding"])
def test_a_choice_may_be_its_letter_its_words_or_both(kind):
    made, right = key(kind), solved(kind)
    for item in (item for item in made.items if item.form == "choice"):
        option = next(option for option in item.options if option.letter == item.key)
        other = next(option for option in item.options if option.letter != item.key)
        for written in (
            "{0}", "{0}.", "({0})", "**{0}**", "{0}: {1}", "{0} {1}", "{0}) {1}", "{1}", "{0} - {2}",
        ):  # fmt: skip
            answer = written.format(option.letter, option.text, option.text[:12])
            assert mark(made, {**right, item.id: answer}).percent == 100, answer
        for answer in (f"{option.letter}: {other.text}", "E", "it", f"{option.letter}{other.letter}", "7"):
            found = verdicts(mark(made, {**right, item.id: answer}))[item.id]
            assert found == "unreadable", answer


def test_far_too_few_digits_are_no_known_mistake():
    """-0.59 for -0.59329 was called not updated at all, for the old weight was -0.59."""
    made, right = key("full"), solved("full")
    for item in made.items:
        if item.form == "number" and item.line and len(item.key.split(".")[-1]) == 5:
            short = f"{float(item.key):.2f}"
            if float(short):
                found = next(m for m in mark(made, {**right, item.id: short}).marked if m.item.id == item.id)
                assert found.verdict in ("wrong", "right"), (item.id, short, found)
                if found.verdict == "wrong":
                    assert found.note == f"Far too few digits: it should be {item.key}."


def test_a_later_line_chosen_in_find_error_is_told_to_look_earlier():
    made = key("find-error")
    ids = list(made.solution.lines)
    right = solved("find-error")["error.line"]
    later = ids[ids.index(right) + 1]
    note = {m.item.id: m.note for m in mark(made, {**solved("find-error"), "error.line": later}).marked}[
        "error.line"
    ]
    assert "earlier" in note
    found = verdicts(mark(made, {"error.line": "B9@t=7", "error.kind": "Z", "error.value": "?"}))
    assert found == {"error.line": "unreadable", "error.value": "missing", "error.kind": "unreadable"}


# Keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [ExerciseSizes(), TWO_UNITS], ids=["one unit", "two units"])
def test_a_key_read_back_marks_as_the_sheet_it_came_from(sizes):
    made = sheet("full", sizes)
    answers = {item.id: item.key for item in made.items} | {"F1@t=0": "0.5", "B2@t=1": "0.1"}
    first, second = mark(key_of(made), answers), mark(key("full", sizes), answers)
    assert [(m.item, m.verdict, m.note) for m in first.marked] == [
        (m.item, m.verdict, m.note) for m in second.marked
    ]


def damaged(change):
    data = json.loads(write_key(sheet("fill")))
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "it is empty"),
        ("[]", "no key|not a key"),
        ("[" * 100_000, "nested too deep"),
        ('{"gatewise": "sheet"}', "not a key"),
        (lambda data: data.update(schema=99), "schema 99"),
        (lambda data: data.pop("items"), "damaged"),
        (lambda data: data.pop("model"), "damaged"),
        (lambda data: data["items"][0].update(key="abc"), "damaged"),
        (lambda data: data["items"][0].update(line="B9@t=9"), "damaged"),
        (lambda data: data["items"][0].update(place=[0.5]), "its place"),
        (lambda data: data["items"][0].update(place=[7, 7]), "damaged"),
        (lambda data: data["items"].append(data["items"][0]), "damaged"),
        (lambda data: data["model"].update(W=[[1]]), "damaged"),
        (lambda data: data["model"].update(x=[[float("nan"), 1]] * 2), "damaged"),
        (lambda data: data["model"].update(x=[[1, 2]] * 5000, label=[[1]] * 5000), "damaged"),
        (lambda data: data["sizes"].update(digits=10**9), "damaged"),
        (lambda data: data["items"][0].update(nonsense=1), "damaged"),
    ],
)
def test_damaged_keys_and_those_of_another_version_are_refused(text, fragment):
    with pytest.raises(KeyFileError, match=fragment):
        read_key(text if isinstance(text, str) else damaged(text))


def test_a_key_of_the_largest_numbers_is_read_or_refused_without_a_warning():
    text = damaged(lambda data: data["model"].update(x=[[1e308, -1e308]] * len(data["model"]["x"])))
    with suppress(KeyFileError):
        mark(read_key(text), {"1": "0.5"})


# Answers in files -----------------------------------------------------------------------------------------


def read(tmp_path, name, text, kind="fill"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_answers(path, [key(kind)])


def percents(found):
    return [round(mark(known, answers.given, answers.name).percent) for answers, known in found]


@pytest.mark.parametrize("kind", KINDS)
def test_solved_sheets_are_answers_worth_100_percent(tmp_path, kind):
    for suffix in ("md", "json"):
        text = render(sheet(kind), suffix, solved=True)
        assert percents(read(tmp_path, f"solved.{suffix}", text, kind)) == [100]
    assert percents(read(tmp_path, "key.json", write_key(sheet(kind)), kind)) == [100]


def test_an_empty_sheet_handed_back_is_worth_nothing(tmp_path):
    for suffix in ("md", "json"):
        assert percents(read(tmp_path, f"empty.{suffix}", render(sheet("fill"), suffix))) == [0]


def test_lines_of_markdown(tmp_path):
    given = solved("fill")
    lines = [
        f"- `{id}` = {value}" if k % 2 else f"{id}: {value.replace('-', '−')}"
        for k, (id, value) in enumerate(given.items())
    ]
    ((answers, _),) = found = read(tmp_path, "Ada.md", "Name: Ada Lovelace\n\n" + "\n".join(lines))
    assert answers.name == "Ada Lovelace"
    assert percents(found) == [100]


def test_toml_json_and_csv(tmp_path):
    given = solved("fill")
    toml = 'name = "Ada"\n[answers]\n' + "\n".join(f'"{id}" = "{value}"' for id, value in given.items())
    bare = "\n".join(f'"{id}" = {value}' for id, value in given.items())
    csv = "id,answer\n" + "\n".join(f'"{id}",{value}' for id, value in given.items())
    semicolons = "\n".join(f"{id};{value.replace('.', ',')}" for id, value in given.items())
    numbers = json.dumps({id: float(value) for id, value in given.items()})
    for name, text in {
        "a.toml": toml, "b.toml": bare, "c.csv": csv, "d.csv": semicolons, "e.json": json.dumps(given), "f.json": numbers,
    }.items():  # fmt: skip
        assert percents(read(tmp_path, name, text)) == [100], name


def test_a_class_as_csv_and_as_a_folder(tmp_path):
    given = solved("fill")
    ids = list(given)
    rows = [["name", *ids], ["Ada", *given.values()], ["Bob", *([""] * len(ids))]]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    found = read(tmp_path, "class.csv", text)
    assert [answers.name for answers, _ in found] == ["Ada", "Bob"]
    assert percents(found) == [100, 0]
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "ada.md").write_text(render(sheet("fill"), "md", solved=True), "utf-8")
    (folder / "bob.json").write_text(json.dumps(given), "utf-8")
    (folder / "notes.docx").write_text("no answers", "utf-8")
    assert percents(read_answers(folder, [key("fill")])) == [100, 100]


def test_each_student_s_own_variant_is_marked_by_its_key(tmp_path):
    keys = [key("fill"), key_of(exercise("fill", SEED, 2))]
    folder = tmp_path / "handed-in"
    folder.mkdir()
    for k, made in enumerate([sheet("fill"), exercise("fill", SEED, 2)]):
        (folder / f"student{k}.md").write_text(render(made, "md", solved=True), "utf-8")
    assert percents(read_answers(folder, keys)) == [100, 100]
    (folder / "nameless.csv").write_text("F1@t=0,0.5\n", "utf-8")
    read = read_answers(folder, keys)
    assert percents(read) == [100, 100]
    assert [(each.file, "does not say which sheet" in each.reason) for each in read.not_read] == [
        (f"{folder.name}/nameless.csv", True)
    ]


@pytest.mark.parametrize(
    ("name", "content", "fragment"),
    [
        (
            "a.md",
            render(exercise("fill", SEED + 1, 1), "md"),
            "fill-8-1, and its key is not there; there are keys of fill-7-1",
        ),
        ("a.toml", "= 1", "TOML"),
        ("a.json", "{", "JSON"),
        ("a.json", "3", "table"),
        ("a.json", '{"answers": 3}', "table"),
        ("a.json", "[" * 50_000, "JSON"),
        ("a.md", b"d_W[a,1]: 0.5\n\x00", "binary file"),
        ("a.csv", b"x" * 6_000_000, "bytes"),
    ],
)
def test_answers_that_cannot_be_marked_are_refused(tmp_path, name, content, fragment):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(AnswersError, match=fragment) as caught:
        read_answers(tmp_path / name, [key("fill")])
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "||||\n|\n", "a,b\n1", "=" * 5000, "`" * 5000, '"' * 999, "F1@t=0" * 2000],
)
@pytest.mark.parametrize("suffix", ["md", "csv", "txt"])
def test_empty_and_strange_answers_are_worth_nothing(tmp_path, suffix, content):
    for points in percents(read(tmp_path, f"strange.{suffix}", content)):
        assert points == 0


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(AnswersError, match="holds no answers"):
        read_answers(tmp_path, [key("fill")])


# The page marks alike -------------------------------------------------------------------------------------


def tries(kind, sizes):
    """Answers good and bad in every way, drawn from a seed."""
    rng = np.random.default_rng(1)
    right = solved(kind, sizes)
    yield right
    yield {}
    for _ in range(6):
        answers = dict(right)
        for item in key(kind, sizes).items:
            draw = rng.random()
            if draw < 0.1:
                answers[item.id] = ["", "abc", "?", "1e5"][rng.integers(4)]
            elif item.form == "choice" and draw < 0.6:
                option = item.options[rng.integers(len(item.options))]
                written = ["{0}", "({1})", "{1}: {0}", "{1} {0}", "{1} - no words of it", "{1} {2}", "ABCDE"]
                text = written[rng.integers(len(written))]
                answers[item.id] = text.format(option.text, option.letter, option.text[:9]) + " " * (
                    draw < 0.1
                )
            elif item.form == "number" and draw < 0.3:
                text = list(item.key)
                text[rng.integers(len(text))] = "0123456789-."[rng.integers(12)]
                answers[item.id] = "".join(text)
            elif item.form == "number" and draw < 0.4:
                answers[item.id] = item.key[: -int(rng.integers(2, 5))].replace(".", ",")
            elif item.form == "line" and draw < 0.8:
                answers[item.id] = list(key(kind, sizes).solution.lines)[rng.integers(20)]
        yield answers
    if kind == "full" and sizes == ExerciseSizes():
        for mistake in MISTAKES[3::17]:
            try:
                yield worked_with(dict.fromkeys(lines_by(mistake.equation), mistake.right))
            except (KeyError, ValueError, IndexError):
                continue


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the page's script")
@pytest.mark.parametrize(
    ("kind", "sizes"), [*((kind, ExerciseSizes()) for kind in KINDS), ("full", TWO_UNITS)]
)
def test_the_page_gives_the_same_marks(tmp_path, kind, sizes):
    all_answers = list(tries(kind, sizes))
    script = PACKAGE / "support" / "bundles" / "exercises.js"
    (tmp_path / "cases.json").write_text(json.dumps([program(sheet(kind, sizes)), all_answers]))
    run = "\nconst [data, tries] = JSON.parse(require('fs').readFileSync(process.argv[2]));"
    run += "console.log(JSON.stringify(tries.map((answers) => gatewise.markSheet(data, answers))));"
    (tmp_path / "run.js").write_text(script.read_text("utf-8") + run, "utf-8")
    done = subprocess.run(
        ["node", "run.js", "cases.json"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    )
    for answers, page in zip(all_answers, json.loads(done.stdout), strict=True):
        marks = mark(key(kind, sizes), answers)
        ours = [[m.item.id, m.answer, m.verdict, m.points, m.note, m.mistake] for m in marks.marked]
        theirs = [
            [m[name] for name in ("id", "answer", "verdict", "points", "note", "mistake")]
            for m in page["marked"]
        ]
        assert theirs == ours
        assert [(hint["name"], hint["why"], hint["items"]) for hint in page["hints"]] == [
            (hint.name, hint.why, list(hint.items)) for hint in marks.hints
        ]
        assert page["points"] == marks.points


# Marks in every format ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_marks_of_a_student_and_of_a_class(format):
    nasty = {**solved("fill"), "F1@t=0": "\x1b[31m|`<b>", "what?": "1"}
    one = mark(key("fill"), nasty, "Ada \x1b[0m|*")
    for marks in ([one], [one, mark(key("fill"), {}, "Bob")]):
        shown = render_marks(marks, format)
        assert "\x1b" not in shown
        assert "Bob" in shown or len(marks) == 1
        assert f"{one.points:g}" in shown


def test_marks_as_json_have_every_answer():
    data = json.loads(render_marks([mark(key("fill"), solved("fill"), "Ada")], "json"))
    (student,) = data["students"]
    assert (student["name"], student["percent"]) == ("Ada", 100)
    assert {answer["verdict"] for answer in student["answers"]} == {"right"}


def test_points_are_given_for_every_verdict():
    assert set(POINTS.values()) == {0.0, 0.5, 1.0}
