"""Exercises on every cell: fit to be handed out, marked by their own equations, mistakes named by their own ids."""

import json
import shutil
import subprocess
from functools import cache

import numpy as np
import pytest
from own_cells import OWN, own_cell
from paths import PACKAGE

import gatewise
from gatewise.cells import CELLS, cell_named, read_cell
from gatewise.cells.quantities import quantities_of
from gatewise.errors import ArgumentError
from gatewise.expression import Array, Number, Symbol, text, walk
from gatewise.teach.checker.mistakes import words
from gatewise.teach.checker.mistakes.catalogue import catalogue_of
from gatewise.teach.exercises import (
    FORMATS,
    KINDS,
    ExerciseSizes,
    KeyFileError,
    exercise,
    mark,
    read_answers,
    read_key,
    render,
    write_key,
)
from gatewise.teach.exercises.drawing import LIMITS, nothing_carried
from gatewise.teach.exercises.marking.hints import misconception
from gatewise.teach.exercises.program import program
from gatewise.teach.exercises.quality import faults
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.layout.document import Row
from gatewise.teach.worksheet.work.build import SequenceProblem, work_by_hand

SIZES = ExerciseSizes()
OPTIONAL = ("lstm+no-bias", "peephole+coupled", "lstm+clip=0.5", "coupled+state-clip=0.2")
NAMES = [name for name in (*CELLS, *OPTIONAL, *OWN) if name != "lstm"]
FEW_LINES = ("rnn-relu",)  # of single numbers that differ by rounding there are never enough


def cell_of(name):
    return own_cell(name) if name in OWN else cell_named(name)


@cache
def sheet(name, kind, seed=1, sizes=SIZES):
    return exercise(kind, seed, cell=cell_of(name), sizes=sizes)


@cache
def drawn_again(name):
    return exercise("full", 1, cell=cell_of(name))


@cache
def key(name, kind):
    return read_key(write_key(sheet(name, kind)))


@pytest.mark.share(6)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_is_fit_and_its_key_marks_what_is_right(name, kind):
    if kind == "explain-rounding" and name in FEW_LINES:
        with pytest.raises(ArgumentError, match=f"of cell {name} with steps=2"):
            sheet(name, kind)
        return
    made = sheet(name, kind)
    assert list(faults(made.solution)) == []
    assert made.solution.cell is cell_of(name)
    marks = mark(key(name, kind), {item.id: item.key for item in made.items})
    assert marks.points == marks.out_of == len(list(made.items)) > 0
    assert key(name, kind).solution.cell.forward == cell_of(name).forward


@pytest.mark.share(5)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_every_format_writes_it_and_none_shows_the_key(name, format):
    again = drawn_again(name)
    assert render(sheet(name, "full"), format) == render(again, format)
    assert write_key(sheet(name, "full")) == write_key(again)
    if format != "moodle":  # which has the answers for the machine
        assert render(again, format) != render(again, format, solved=True)


@pytest.mark.parametrize("name", NAMES)
def test_two_units_are_drawn_and_numbers_are_read_by_name_too(name, tmp_path):
    made = sheet(name, "full", 2, ExerciseSizes(units=2, inputs=1, digits=6))
    own = read_key(write_key(made))
    assert mark(own, {item.id: item.key for item in made.items}).percent == 100
    handed_in = tmp_path / "ada.txt"
    handed_in.write_text("\n".join(f"{item.asks} = {item.key}" for item in made.items), "utf-8")
    ((read, _),) = read_answers(handed_in, [own])
    missed = {
        m.item.asks.partition("[")[0].partition("@")[0] for m in mark(own, read.given).marked if m.points < 1
    }
    assert missed <= {f"delta_{each}" for each in cell_of(name).carried}  # δout or Δout: never guessed


def small_problem(cell, seed):
    """A problem with nothing carried in, of small numbers, so that little is clipped."""
    params = gatewise.Params.init(2, 2, cell=cell, seed=seed, dtype=np.float64)
    rng = np.random.default_rng(seed)
    params = params.replace(**{name: 0.3 * rng.normal(size=a.shape) for name, a in params.arrays.items()})
    x, label = 0.3 * rng.normal(size=(3, 2)), rng.normal(size=(3, params.output_size))
    return Solution(SequenceProblem(params, x, label, nothing_carried(params), 0.2, {}), 5)


@cache
def zero_lines(name):
    """The lines that are 0 in each of some problems."""
    some = [small_problem(cell_of(name), seed) for seed in range(8)]
    return set.intersection(*({id for id in made.lines if not made.full_values[id].any()} for made in some))


@pytest.mark.parametrize("name", ["lstm", *NAMES])
def test_lines_that_are_0_in_every_problem_are_told_by_their_formulas(name):
    made = small_problem(cell_of(name), 0)
    assert set(made.lines) - made.telling == zero_lines(name)


def test_the_lines_that_are_always_0():
    none = {"lstm": {"B5@t=0"}, "gru": {"F3@t=0", "B5@t=0"}, "coupled": set()}
    for name, lines in none.items():
        made = small_problem(cell_of(name), 0)
        assert set(made.lines) - made.telling == lines


MOST_SEEDS = {"gru": 6, "mgu": 3, "peephole": 3}  # of the sheets where something is always 0


@pytest.mark.share(4)
@pytest.mark.parametrize("kind", ["fill", "missing-block", "find-error", "multiple-choice"])
@pytest.mark.parametrize(
    ("name", "seed"),
    [(name, seed) for name in ("lstm", *NAMES) for seed in range(1, 1 + MOST_SEEDS.get(name, 1))],
)
def test_no_question_has_the_answer_0_whatever_is_drawn(name, seed, kind):
    made = sheet(name, kind, seed)
    lines = {item.line for item in made.items if item.line} | ({made.line} - {""})
    if kind == "multiple-choice":  # which names its line in words alone
        notes = [part.section.blocks[0].text for part in made.parts[1:]]
        lines = {note.rpartition("line ")[2].rstrip("?") for note in notes}
    assert lines
    assert not lines & zero_lines(name)


def test_the_full_sheet_asks_for_them_too():
    assert {"F3@t=0", "B5@t=0"} <= {item.line for item in sheet("gru", "full").items}


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_nothing_on_the_sheet_is_worked_out_from_the_missing_block(name, seed):
    """A block that is worked out with other numbers leaves every result on the sheet as it is."""
    made = sheet(name, "missing-block", seed)
    solution, blank = made.solution, {item.line for item in made.items}
    own = {}
    for id, line in solution.lines.items():  # the block 0.1 larger, and what follows worked on from that
        own[line.left] = solution.worked(id, own) + 0.1 * (id in blank)
    rows = [block for part in made.parts for block in part.section.blocks if isinstance(block, Row)]
    results = [row for row in rows if row.line in solution.lines and row.line not in blank]
    formulas = [row for row in results if not isinstance(row.sides[-1], (Array, Number))]
    for row in results:
        line = solution.lines[row.line]
        moved = np.abs(own[line.left] - solution.worked(row.line)).max() > 1e-3
        if row not in formulas:
            assert not moved, row.line
    phases = {solution.lines[id].phase for id in blank}
    following = {solution.lines[row.line].phase for row in formulas if row.id == row.line}
    assert phases == {"update"} or "update" in following


def worked_with(made, mistake):
    """The answers of someone who works a full sheet out with one formula wrong, and the lines that it spoils."""
    lines = [id for id, line in made.solution.lines.items() if line.equation is mistake.equation]
    working = work_by_hand(
        made.solution.problem, made.sizes.digits, instead=dict.fromkeys(lines, mistake.right)
    )
    answers = {
        entry.id: working[line.left].numbers()[entry.place].text
        for id, line in made.solution.lines.items()
        for entry in made.solution.entries[id]
    }
    return answers, lines


@pytest.mark.share(3)
@pytest.mark.parametrize("name", NAMES)
def test_mistakes_are_named_and_what_follows_earns_credit(name):
    made, known = sheet(name, "full"), catalogue_of(cell_of(name))
    seen = 0
    for mistake in known.mistakes[::7]:
        try:
            answers, lines = worked_with(made, mistake)
        except (KeyError, ValueError, IndexError):
            continue  # it asks for what is not on the sheet, or does not fit one unit
        marks = mark(key(name, "full"), answers)
        off = {m.item.id for m in marks.marked if m.points < 1 and float(m.answer)}
        assert off <= {entry.id for id in lines for entry in made.solution.entries[id]}, mistake.id
        wrong = {m.mistake for m in marks.marked if m.verdict == "mistake"}
        same = {m.id for m in known.of(mistake.equation)}
        assert wrong <= same, mistake.id
        seen += bool(wrong)
    assert seen > 3


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))])
@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_with_an_error_has_it_in_the_line_that_it_says(name, seed):
    made = sheet(name, "find-error", seed)
    mistake = catalogue_of(cell_of(name)).by_id[made.mistake]
    solution = made.solution
    wrong = work_by_hand(solution.problem, made.sizes.digits, instead={made.line: mistake.right})
    ids = list(solution.lines)
    before, after = ids[: ids.index(made.line)], ids[ids.index(made.line) + 1 :]
    lines = {line.id: line for line in wrong}
    assert all((lines[id].value == solution.lines[id].value).all() for id in before)
    assert np.abs(lines[made.line].value - solution.lines[made.line].value).max() >= solution.unit(made.line)
    own = {line.left: line.value for line in wrong}
    for id in after:  # right, of what the wrong line gave
        worked = solution.worked(id, own)
        assert np.abs(worked - lines[id].value).max(initial=0.0) <= 0.5001 * wrong[lines[id].left].style_at(
            (0,) * lines[id].value.ndim
        ).unit(float(lines[id].value.ravel()[0]) or 1.0), id


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_has_each_mistake_once_and_in_words(name):
    known = catalogue_of(cell_of(name))
    assert len(known.by_id) == len(known.mistakes)
    gates = set(cell_of(name).gates)
    for mistake in known.mistakes:
        assert mistake.right != mistake.equation.right
        assert mistake.name
        assert mistake.why.endswith((".", "!", "?"))
        if not {"a", "i", "f", "o"} <= gates:
            assert "a i f o" not in mistake.why
            assert "four gates" not in mistake.why


def test_ids_of_other_cells_are_not_told_what_those_of_the_lstm_mean():
    for name in set(CELLS) - {"lstm"}:
        known = catalogue_of(CELLS[name]).by_id
        own = words._written().get(name, {})
        for id, (called, _) in words._written()["lstm"].items():
            assert id not in known or id in own or known[id].name != called, (name, id)


def test_one_misconception_however_often_it_shows():
    gru = CELLS["gru"]
    assert misconception("F1/without-b_r", gru) == misconception("F2/without-b_u", gru)
    assert misconception("B2/no-slope", gru) == misconception("B5/no-slope", gru)
    assert misconception("F3/without-r", gru) != misconception("F1/without-b_r", gru)
    another_gate = misconception("F2/rows-of-f")
    assert another_gate == misconception("F2/W_f-for-W_i") == misconception("F1/U_o-for-U_a")
    assert another_gate not in (misconception("F2/W_iT-for-W_i"), misconception("F2/W-and-U-exchanged"))


def test_the_reset_gate_forgotten_is_a_known_mistake_of_the_gru():
    mistake = catalogue_of(CELLS["gru"]).by_id["F4/out_prev-for-k"]
    assert mistake.name == "the reset gate forgotten"


@pytest.mark.share(3)
@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the page's script")
@pytest.mark.parametrize("name", NAMES)
def test_the_page_gives_the_same_marks(tmp_path, name):
    made = sheet(name, "full")
    right = {item.id: item.key for item in made.items}
    tries = [right, {**right, next(iter(right)): "0.5"}]
    for mistake in catalogue_of(cell_of(name)).mistakes[3::17]:
        try:
            tries.append(worked_with(made, mistake)[0])
        except (KeyError, ValueError, IndexError):
            continue
    script = PACKAGE / "support" / "bundles" / "exercises.js"
    (tmp_path / "cases.json").write_text(json.dumps([program(made), tries]))
    run = "\nconst [data, tries] = JSON.parse(require('fs').readFileSync(process.argv[2]));"
    run += "console.log(JSON.stringify(tries.map((answers) => gatewise.markSheet(data, answers))));"
    (tmp_path / "run.js").write_text(script.read_text("utf-8") + run, "utf-8")
    done = subprocess.run(
        ["node", "run.js", "cases.json"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    )
    for answers, page in zip(tries, json.loads(done.stdout), strict=True):
        marks = mark(key(name, "full"), answers)
        ours = [[m.item.id, m.verdict, m.points, m.note, m.mistake] for m in marks.marked]
        assert [
            [m[each] for each in ("id", "verdict", "points", "note", "mistake")] for m in page["marked"]
        ] == ours
        assert [hint["name"] for hint in page["hints"]] == [hint.name for hint in marks.hints]


@pytest.mark.parametrize(
    ("cell", "said"),
    [("grue", "cell"), (3, "cell"), ("equations = 'out_t = out_t'\n", "damaged|out"), ("gru", "damaged")],
)
def test_a_key_with_another_cell_is_refused(cell, said):
    data = json.loads(write_key(sheet("rnn", "full")))
    data["model"]["cell"] = cell
    with pytest.raises((KeyFileError, ArgumentError), match=said):
        read_key(json.dumps(data, indent=1))


def test_w_and_u_exchanged_is_said_in_the_gates_own_letters():
    gru = catalogue_of(CELLS["gru"]).by_id
    assert text(gru["F2/W-and-U-exchanged"].right) == "σ(W_u · outₜ₋₁ + U_u · xₜ + b_u)"
    assert "F4/W-and-U-exchanged" not in gru  # U_a meets k there
    for name in NAMES:
        known = quantities_of(cell_of(name))
        for mistake in catalogue_of(cell_of(name)).mistakes:
            for node in walk(mistake.right):
                if isinstance(node, Symbol) and node.part:
                    assert node.part in known.parts_of(node.name), (name, mistake.id)


def test_what_stays_and_what_is_replaced_are_known_to_be_taken_for_one_another():
    known = catalogue_of(CELLS["gru"]).by_id
    for id in ("F5/u-exchanged", "F5/u-for-one-minus-u", "B3/u-for-one-minus-u", "B7/one-minus-u-for-u"):
        assert id in known
    assert known["B2/turned-out_prev"].name == "aₜ − outₜ₋₁ instead of outₜ₋₁ − aₜ"


@pytest.mark.parametrize("kind", KINDS)
def test_a_solved_sheet_handed_in_is_marked_by_its_key(tmp_path, kind):
    made = sheet("gru", kind)
    other = exercise(kind, 1)  # the same of the LSTM, whose name is the end of this one's
    keys = [read_key(write_key(other)), key("gru", kind)]
    solved = tmp_path / f"{made.name}.solved.md"
    solved.write_text(render(made, "md", solved=True), "utf-8")
    ((read, found),) = read_answers(solved, keys)
    assert found.name == made.name
    assert mark(found, read.given).percent == 100
    named = tmp_path / f"bob-{other.name}.txt"  # bob is no cell
    named.write_text("\n".join(f"{item.id} = {item.key}" for item in other.items), "utf-8")
    ((_, found),) = read_answers(named, keys)
    assert found.name == other.name


NINE = "abcdefgij"


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        (
            "\n".join(f"{g}_t = σ(W_{g}·x_t + U_{g}·out_{{t-1}})" for g in NINE)
            + "\nout_t = "
            + " ⊙ ".join(f"{g}_t" for g in NINE),
            "has 9 gates",
        ),
        (
            "h_t = W·x_t + U·out_{t-1}\nout_t = " + " ⊙ ".join(["h_t"] * 40),
            "names and signs; exercises are made of at most 100",
        ),
        (
            "A_t = σ(W_A·x_t + U_A·out_{t-1})\na_t = tanh(W_a·x_t)\nout_t = A_t ⊙ a_t",
            "only capitals tell apart",
        ),
    ],
)
def test_a_cell_that_nobody_would_work_by_hand_is_refused(equations, said):
    with pytest.raises(ArgumentError, match=said):
        exercise("full", cell=read_cell(equations))


def test_a_forged_key_with_equations_that_give_no_number_is_refused():
    data = json.loads(write_key(sheet("rnn", "full")))
    for out in ("h_t / (h_t - h_t)", "exp(exp(exp(exp(exp(h_t)))))"):
        written = f"h_t = W·x_t + U·out_{{t-1}} + b\nout_t = {out}\n"
        data["model"]["cell"] = f"equations = '''\n{written}'''\n"
        with pytest.raises(KeyFileError):
            read_key(json.dumps(data, indent=1))


def test_sheets_are_called_after_their_cell():
    assert sheet("gru", "fill").name == "gru-fill-1-1"
    assert sheet("lstm+clip=0.5", "fill").name == "lstm-clip-0-5-fill-1-1"
    assert "(gru-fill-1-1)" in sheet("gru", "fill").title
    assert LIMITS["units"][1] >= 2
