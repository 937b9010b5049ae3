"""Pages about mistakes: one for each id, true to the equations, with numbers that the formulas give."""

import re
from pathlib import Path

import pytest

import gatewise.teach.checker
from gatewise.cells import CELLS, GRU, LSTM
from gatewise.cells.beside.by_gate import by_gate
from gatewise.cells.beside.losses import LOSSES, mean_of
from gatewise.expression import text
from gatewise.teach.checker.judge.numbers.misprints import NAMES, SHAPES
from gatewise.teach.checker.mistakes.catalogue import catalogue_of
from gatewise.teach.checker.report import ERRORS, MEANINGS, SOUND, VERDICTS
from gatewise.teach.explain import UnknownMistakeError, explain, index_page, listing
from gatewise.teach.explain.pages import find_mistake, kinds

DOCS = Path(__file__).parents[3] / "docs"
NO_NUMBERS = 11  # mistakes of the LSTM that take what is not there, at any step
FORGOTTEN = "B2/without-d_state_next*f_next"


def part(page, title):
    (found,) = (part for part in page.parts if part.title.startswith(title))
    return found


def test_a_page_has_the_formulas_the_reason_and_both_worked_on_the_worked_example():
    page = explain(FORGOTTEN)
    assert (page.id, page.name) == (FORGOTTEN, "the path through the state forgotten")
    right, wrong = page.parts[0].lines
    equation = LSTM_EQUATION = catalogue_of(LSTM).by_id[FORGOTTEN].equation
    assert f"{text(equation.left)} = {text(LSTM_EQUATION.right)}" in right
    assert "fₜ₊₁" not in wrong
    assert "what comes back" in " ".join(part(page, "Why").sentences)
    away = " ".join(part(page, "What gives it away").sentences)
    assert "It shows in δstate₀; δstate₁ is the same with either formula." in away
    assert "wrong with it: δa₀" in away
    numbers = "\n".join(part(page, "With numbers (the worked example").lines)
    assert "= −0.05349" in numbers.split("wrong")[0]
    assert "= 0.01803 × 0.81757 × (1 − tanh²(0.78572))\n" in numbers.split("wrong")[1]


@pytest.mark.parametrize("id", ["B2/without-d_state_next*f_next", "F5/coupled", "B6/without-tanh(state)"])
def test_the_wrong_number_of_a_page_is_what_its_wrong_formula_gives(id):
    """The last line but one is arithmetic: it works out to the number below it."""
    import math

    page = explain(id)
    lines = part(page, "With numbers").lines
    *_, worked, result = (line.strip().removeprefix("= ") for line in lines)
    sum_in_python = re.sub(
        r"tanh²\(([^()]*)\)", r"math.tanh(\1)**2", worked.replace("×", "*").replace("−", "-")
    )
    sum_in_python = re.sub(r"(?<![.\w])tanh\(", "math.tanh(", sum_in_python).replace("⊙", "*")
    sum_in_python = sum_in_python.replace("²", "**2")
    sum_in_python = re.sub(r"[₀-₉]", lambda digit: str("₀₁₂₃₄₅₆₇₈₉".index(digit[0])), sum_in_python)
    assert eval(sum_in_python, {"math": math}) == pytest.approx(float(result.replace("−", "-")), abs=6e-6)


def test_every_mistake_of_the_lstm_has_a_page_and_nearly_all_have_numbers():
    without = []
    for id, mistake in catalogue_of(LSTM).by_id.items():
        page = explain(id)
        shown = page.text()
        assert shown.startswith(f"{id}\n")
        assert text(mistake.right) in page.parts[0].lines[1]
        assert page.parts[0].lines[0].split(" = ")[1] != page.parts[0].lines[1].split(" = ")[1]
        assert "nan" not in shown
        without += [] if "With numbers" in shown else [id]
    assert len(without) <= NO_NUMBERS, without


@pytest.mark.parametrize(
    "cell", [cell for cell in CELLS.values() if cell is not LSTM], ids=lambda cell: cell.name
)
def test_mistakes_of_other_cells_have_pages_in_their_own_letters(cell):
    mistakes = catalogue_of(cell).mistakes
    for mistake in mistakes[:: len(mistakes) // 8]:
        page = explain(mistake.id, cell)
        assert text(mistake.right) in page.parts[0].lines[1]


def test_a_mistake_of_another_cell_is_worked_on_that_cell():
    shown = explain("F4/out_prev-for-k", CELLS["gru"]).text()
    assert "reset gate forgotten" in shown.lower()
    assert "gatewise work --cell gru" in shown


def test_a_formula_one_edit_away_that_is_in_no_catalogue_has_a_page_too():
    neighbours = catalogue_of(LSTM).neighbours(catalogue_of(LSTM).by_id[FORGOTTEN].equation)
    other = next(mistake for mistake in neighbours if mistake.id not in catalogue_of(LSTM).by_id)
    assert find_mistake(other.id, LSTM) is not None
    assert explain(other.id).text().startswith(other.id)


def test_every_misprint_and_every_verdict_that_is_not_sound_has_a_page():
    assert set(kinds()) == {*SHAPES, *VERDICTS, "shape"} - {*SOUND}
    assert set(ERRORS) < set(kinds())
    for id in kinds():
        assert len(explain(id).text().splitlines()) > 5


def test_what_pages_call_misprints_and_verdicts_is_what_reports_call_them():
    for id, kind in kinds().items():
        assert id == "shape" or kind["name"] in (NAMES.get(id), MEANINGS.get(id))


def test_every_id_that_the_judge_gives_a_finding_has_a_page():
    judge = Path(gatewise.teach.checker.__file__).parent / "judge"
    given = {
        id for path in judge.rglob("*.py") for id in re.findall(r'mistake="([^"]+)"', path.read_text("utf-8"))
    }
    assert given
    assert given <= set(kinds())


@pytest.mark.parametrize(
    ("id", "nearest"),
    [
        ("B2/without-d_state_nxt", FORGOTTEN),
        ("b2/without-d_state_next*f_next", FORGOTTEN),
        ("digit-change", "digit-changed"),
        ("aritmetic", "arithmetic"),
    ],
)
def test_an_unknown_id_names_the_nearest(id, nearest):
    with pytest.raises(UnknownMistakeError, match=re.escape(nearest)):
        explain(id)


@pytest.mark.parametrize("id", ["", "/", "xyz" * 400, "B2/", "F9/without-o", "\x1b[31m"])
def test_nonsense_is_refused_in_a_sentence(id):
    with pytest.raises(UnknownMistakeError, match="gatewise explain lists them all") as refused:
        explain(id)
    assert len(str(refused.value)) < 500
    assert "\x1b" not in str(refused.value)


def test_pages_keep_to_their_width_but_for_formulas():
    for line in explain(FORGOTTEN).text(60).splitlines():
        assert len(line) <= 60 or "=" in line or "right  " in line or "wrong  " in line


def test_the_list_has_every_id_once_with_its_name():
    shown = listing(LSTM)
    rows = re.findall(r"^  (\S+) {2,}(.+)$", shown, re.MULTILINE)
    assert sorted(id for id, _ in rows) == sorted([*catalogue_of(LSTM).by_id, *kinds()])
    assert dict(rows)[FORGOTTEN] == "the path through the state forgotten"


def test_docs_have_the_index_as_the_catalogue_makes_it():
    """To mend: python -c "from gatewise.teach.explain import index_page; print(index_page(), end='')" > docs/mistakes.md."""
    assert (DOCS / "mistakes.md").read_text("utf-8") == index_page()


@pytest.mark.parametrize("cell", [LSTM, GRU], ids=lambda cell: cell.name)
@pytest.mark.parametrize("loss", [*LOSSES, mean_of(3)])
def test_every_id_that_a_report_may_have_has_a_page(cell, loss):
    """Of other losses and of derivatives by the gates, too, of which no sheet is made."""
    catalogue = catalogue_of(cell, loss)
    found = [m for m in catalogue.mistakes if m.equation.id in ("B0", "L1", "L1[total]")]
    found += [m for equation in by_gate(cell).values() for m in catalogue.of(equation)]
    for equation in catalogue.equations:
        found += [*catalogue.of_another_gate(equation), *filter(None, [catalogue.without_slope(equation)])]
    for mistake in found:
        page = explain(mistake.id, cell).text(80)
        assert mistake.id in page
        assert "right  " in page
        assert "wrong  " in page
