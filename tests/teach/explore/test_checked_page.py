"""A checked document as a page: its own problem, and a mark on each number with the verdict that check gives."""

import numpy as np
import pytest
from page_values import Worked, unpacked
from paths import DOCUMENTS, SUPPORT

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


TWO_EXAMPLES = r"""
#First example

$W_f = 0.4$, $U_f = 0.2$, $b_f = 0.1$, $W_i = 0.3$, $U_i = 0.1$, $b_i = 0$, $W_a = 0.5$, $U_a = 0.2$, $b_a = 0.1$, $W_o = 0.6$, $U_o = 0.1$, $b_o = 0.2$.

$x_0 = 1.5$, $out_{-1} = 0$, $state_{-1} = 0$

$$f_0 = \sigma(0.4 \cdot 1.5 + 0.2 \cdot 0 + 0.1) = 0.6682$$

$$i_0 = \sigma(0.3 \cdot 1.5 + 0.1 \cdot 0 + 0) = 0.6106$$

# Second example

Now take another example: $x_0 = -0.5$, $out_{-1} = 0$, $state_{-1} = 0$

$$f_0 = \sigma(0.4 \cdot (-0.5) + 0.2 \cdot 0 + 0.1) = 0.4790$$

$$i_0 = \sigma(0.3 \cdot (-0.5) + 0.1 \cdot 0 + 0) = 0.4626$$

$$a_0 = \tanh(0.5 \cdot (-0.5) + 0.2 \cdot 0 + 0.1) = -0.1489$$
"""


def test_another_example_of_the_document_marks_nothing_of_the_first():
    report = gatewise.check(TWO_EXAMPLES, name="two-examples.md")
    assert [finding.quantity for finding in report.findings] == ["f@t=0"]  # of the second
    page = gatewise.explore(report)
    assert marks(page)["f@0", (0,)]["written"] == "0.6682"
    assert ("a@0", (0,)) not in marks(page)  # worked out in the second alone
    assert {mark["verdict"] for mark in page.data["marks"] if mark["key"]} == {"exact"}
    (second,) = (mark for mark in page.data["marks"] if not mark["key"])  # stands by its line alone
    assert (second["verdict"], second["line"]) == (report.findings[0].verdict, report.findings[0].at.line)


CHECKED = [
    "data/worked-example.md",
    *(f"people/derivations/{name}" for name in ("three-mistakes.md", "seminar-tables.md")),
]


@pytest.mark.parametrize("name", CHECKED)
def test_every_finding_stands_at_its_quantity_or_by_its_line(name):
    report = gatewise.check(SUPPORT / "documents" / name)
    page = gatewise.explore(report)
    assert report.findings
    shown = [(mark["line"], mark["verdict"], mark["mistake"]) for mark in page.data["marks"]]
    for finding in report.findings:
        assert (finding.at.line, finding.verdict, finding.mistake) in shown, finding
    keys = {"learning_rate"} | {each["left"][1] for each in page.data["blocks"][0]["equations"]}
    assert {
        mark["key"].partition("@")[0] for mark in page.data["marks"] if mark["verdict"] == "missing"
    } <= keys


def test_what_is_missing_is_missed_at_each_quantity():
    found = gatewise.explore(DOCUMENTS / "worked-example.md").data["marks"]
    missing = {mark["key"] for mark in found if mark["verdict"] == "missing"}
    assert missing >= {f"{name}@1" for name in ("a", "i", "f", "o", "state", "out", "delta", "d_o")}
    dropped = {mark["key"] for mark in found if mark["verdict"] == "dropped-entry"}
    assert dropped >= {"d_a@0", "d_i@0", "d_f@0", "d_o@0"}  # an entry of δgates is missing


def test_a_quantity_with_two_mistakes_wears_both():
    page = gatewise.explore(SUPPORT / "documents/people/derivations/three-mistakes.md")
    both = [mark["sentence"] for mark in page.data["marks"] if mark["key"] == "d_o@1" and mark["mistake"]]
    assert len(set(both)) == 2


def test_a_document_with_a_head_says_that_the_head_is_not_on_its_page(sheet):
    page = gatewise.explore(SUPPORT / "documents/people/derivations/softmax-blog.md")
    (note,) = page.notes
    assert "its head, and the backward pass that begins there, are not on the page" in note
    assert {each["phase"] for each in page.data["blocks"][0]["equations"]} == {"forward"}
    assert {"d_out@2", "d_o@2"} <= {mark["key"] for mark in page.data["marks"]}  # each by its line
    assert gatewise.explore(gatewise.check(sheet, name="homework.md")).notes == ()


def test_a_document_of_several_layers_is_refused():
    with pytest.raises(ArgumentError, match="works several layers, and a page of a document shows one"):
        gatewise.explore(SUPPORT / "documents/people/derivations/two-layers.md")


@pytest.mark.parametrize("units", [1, 2])
def test_a_wrong_formula_of_one_step_marks_that_step(units):
    rng = np.random.default_rng(0)
    shapes = {"W": (4 * units, 2), "U": (4 * units, units), "b": (4 * units,)}
    params = gatewise.Params(**{name: rng.uniform(-1, 1, shape).round(2) for name, shape in shapes.items()})
    x, label = rng.uniform(-1, 1, (2, 2)).round(2), rng.uniform(-1, 1, (2, units)).round(2)
    sheet = gatewise.worksheet(params, x, label).render("md")
    right = r"\delta \mathit{out}_{1} \odot \tanh\left( \mathit{state}_{1} \right) \odot o_{1} \odot \left( 1 - o_{1} \right)"
    assert sheet.count(right) == 1
    stated = f"{sheet}\n\n$$\\delta o_1 = \\delta \\mathit{{out}}_1 \\odot \\tanh(\\mathit{{state}}_1) \\odot o_1$$\n"
    page = gatewise.explore(gatewise.check(stated, name="sheet.md"))
    wrong = {(mark["key"], mark["verdict"]) for mark in page.data["marks"] if mark["mistake"]}
    assert wrong == {("d_o@1", "wrong-formula")}


def test_a_part_of_the_weights_wears_what_is_said_of_it():
    page = gatewise.explore(DOCUMENTS / "worked-example.md")
    said = {
        key: mark["sentence"] for (key, entry), mark in marks(page).items() if mark["verdict"] == "notation"
    }
    assert said["W.a"].startswith("W_a is written with 2 rows")
    assert "is written with 2 rows" in said["W.f_new"]
    assert "delta_out@-1" in {
        mark["key"] for mark in page.data["marks"] if mark["verdict"] == "wrong-formula"
    }


def test_the_learning_rate_that_is_given_stands_in_place_of_the_documents(sheet):
    page = gatewise.explore(gatewise.check(sheet, name="homework.md"), learning_rate=0.5)
    assert page.data["learningRate"] == page.data["blocks"][0]["given"]["learning_rate"] == 0.5
