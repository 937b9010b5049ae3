"""A checked document as a page: its own problem, and a mark on each number with the verdict that check gives."""

import numpy as np
import pytest
from page_values import Worked, unpacked
from paths import DOCUMENTS

import gatewise
from gatewise.errors import ArgumentError
from gatewise.teach.problem import load_problem


@pytest.fixture(scope="module")
def sheet():
    problem = load_problem()
    return gatewise.worksheet(problem.params, problem.x, problem.label, texts=problem.texts).render("md")


@pytest.fixture(scope="module")
def page(sheet):
    assert sheet.count("0.81775") > 1
    wrong = sheet.replace(
        "0.81775", "0.81795", 1
    )  # a_0, where it is stated; later it is put in as it should be
    wrong = wrong.replace(r"\mathit{out}_{t-1} + b_{a} \right)", r"\mathit{out}_{t-1} \right)")
    assert wrong != sheet
    return gatewise.explore(gatewise.check(wrong, name="homework.md"))


def marks(page):
    return {(mark["key"], tuple(mark["entry"] or ())): mark for mark in page.data["marks"]}


def test_the_documents_own_numbers_are_played_with(page):
    example = Worked(gatewise.explore().data)
    own = Worked(page.data)
    for key in ("W", "U", "b", "x@0", "label@1", "out@-1", "learning_rate"):
        assert own[0, key] == pytest.approx(example[0, key]), key
    assert own.loss == pytest.approx(example.loss)
    assert page.data["digits"] == 5
    assert page.data["document"]["name"] == "homework.md"


def test_every_number_wears_its_verdict(page):
    found = marks(page)
    assert found["a@0", (0,)]["verdict"] not in ("exact", "carried")
    assert found["a@0", (0,)]["written"] == "0.81795"
    assert found["W", (4, 0)]["verdict"] == "exact" if ("W", (4, 0)) in found else True
    assert found["W", (0, 1)]["verdict"] == "exact"
    assert found["d_U", (2, 0)]["written"].lstrip("−-").startswith("0.")
    assert {mark["block"] for mark in page.data["marks"]} == {0}


def test_a_mark_says_what_the_report_says_and_where(page):
    report = gatewise.check(page.data["document"]["text"], name="homework.md")
    lines = page.data["document"]["text"].splitlines()
    formulas = [mark for (key, entry), mark in marks(page).items() if key.startswith("a@") and entry == ()]
    assert {mark["mistake"] for mark in formulas} == {"F1/without-b_a"}
    assert formulas[0]["sentence"] in {finding.message for finding in report.findings}
    misprint = marks(page)["a@0", (0,)]
    assert misprint["sentence"].startswith("a₀ should be 0.81775, 0.81795 is printed")
    for mark in page.data["marks"]:
        assert mark["written"].split()[0] in lines[mark["line"] - 1]


def test_a_document_in_its_own_letters_is_read_as_check_reads_it():
    page = gatewise.explore(DOCUMENTS / "worked-example.md")
    assert unpacked(page.data["blocks"][0]["given"]["W"]).shape == (4, 2)
    wrong = [
        mark for mark in page.data["marks"] if mark["verdict"] not in ("exact", "carried", "within-rounding")
    ]
    report = gatewise.check(DOCUMENTS / "worked-example.md")
    assert bool(wrong) == bool(report.findings)


def test_a_document_without_its_problem_asks_for_it():
    text = "$a_0 = 0.81775$\n\n$i_0 = 0.96083$\n\n$state_0 = 0.78572$\n\n$out_0 = 0.53631$\n"
    with pytest.raises(ArgumentError, match=r"document does not say W, .*model='PROBLEM.toml'"):
        gatewise.explore(gatewise.check(text))
    page = gatewise.explore(gatewise.check(text, model=load_problem()))
    assert marks(page)["state@0", (0,)]["written"] == "0.78572"
    assert np.isfinite(Worked(page.data).loss)


def test_the_second_update_of_a_sheet_marks_nothing_of_the_first():
    problem = load_problem()
    sheet = gatewise.worksheet(
        problem.params, problem.x, problem.label, texts=problem.texts, updates=2
    ).render("md")
    page = gatewise.explore(gatewise.check(sheet))
    assert marks(page)["a@0", (0,)]["written"] == "0.81775"
