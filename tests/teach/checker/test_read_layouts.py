"""The layouts in which people put one worked step: each number is bound to its quantity, and a wrong one found."""

import tomllib

import pytest
from paths import SUPPORT

import gatewise
from gatewise.expression import text
from gatewise.teach.checker.read import read

DOCUMENTS = SUPPORT / "documents" / "layouts.toml"
GIVEN, LAYOUTS = tomllib.loads(DOCUMENTS.read_text("utf-8")).values()
WORKED = {("0.7685", "f@t=0"), ("0.8884", "i@t=0"), ("0.7039", "a@t=0")}
MISTAKES = (
    "misprint",
    "slip",
    "wrong-formula",
    "dropped-entry",
    "unexplained",
    "contradiction",
    "arithmetic",
)


def checked(layout, state, output):
    entry = LAYOUTS[layout]
    written = (GIVEN if entry.get("given") else "") + entry["text"]
    name = f"document{entry.get('suffix', '.md')}"
    return gatewise.check(written.replace("<c>", state).replace("<h>", output), name=name)


def roots(report):
    return [finding.printed for finding in report.findings if finding.root and finding.verdict in MISTAKES]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_number_of_a_layout_is_bound_to_its_quantity(layout):
    report = checked(layout, "0.6253", "0.4056")
    assert roots(report) == []
    assert {*WORKED, ("0.6253", "state@t=0")} <= {(each.printed, each.quantity) for each in report.numbers}
    assert (report.coverage.unread, report.coverage.program, report.enough) == (0, 0, True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_one_wrong_number_of_a_layout_is_found(layout):
    assert roots(checked(layout, "0.6553", "0.4205")) == ["0.6553"]


def lines(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


def counted(reading):
    return [(stretch.kind, stretch.numbers) for stretch in reading.skipped]


def test_an_arrow_between_values_is_no_equation():
    assert lines(read("$L = 0.5 \\to 0.3$", name="d.md")) == ["loss = 0.5"]


def test_what_follows_from_a_formula_is_not_equal_to_it():
    reading = read("$f_1 = 0.5 + 0.2 \\Rightarrow c_1 = 0.3$", name="d.md")
    assert lines(reading) == ["f₁ = 0.5 + 0.2", "state₁ = 0.3"]


@pytest.mark.parametrize(
    "sentence", ["If f_1 = 0.99, little is lost.", "Wäre, falls f_1 = 0.99, alles gleich?"]
)
def test_a_value_that_a_sentence_only_supposes_is_not_read(sentence):
    assert read(f"$c_1 = 0.3$\n\n{sentence}\n", name="d.md").claims[1:] == ()


def test_rows_that_nothing_numbers_are_counted_and_bound_to_no_step():
    reading = read(
        "$x_1 = 1.5, x_2 = 0.5$\n\n```\n     f     c\n0  0.76  0.62\n1  0.81  0.45\n```\n", name="d.md"
    )
    assert lines(reading) == ["x₁ = 1.5", "x₂ = 0.5"]
    assert counted(reading) == [("table", 4)]


def test_rows_numbered_as_the_inputs_are_of_these_steps():
    reading = read(
        "$x_0 = 1.5, x_1 = 0.5$\n\n```\n     f     c\n0  0.76  0.62\n1  0.81  0.45\n```\n", name="d.md"
    )
    assert lines(reading)[2:] == ["f₀ = 0.76", "state₀ = 0.62", "f₁ = 0.81", "state₁ = 0.45"]
    assert counted(reading) == []


def test_an_entity_takes_the_place_of_its_letters():
    written = "<p>f<sub>1</sub>&nbsp;=&nbsp;&sigma;(1.2) = 0.77</p>"
    (claim,) = read(written, name="d.md").claims
    place = claim.sides[-1].at
    assert written[place.offset : place.offset + place.length] == "0.77"


def test_rows_of_a_matrix_keep_their_columns():
    (claim,) = read(r"$$W = \begin{bmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \end{bmatrix}$$", name="d.md").claims
    assert claim.sides[0].tree.shape == (2, 2)


def test_a_formula_that_stands_in_columns_of_its_own_stays_one():
    reading = read("f_1 = 0.5 + 0.2    = 0.7\n", name="d.txt")
    assert lines(reading) == ["f₁ = 0.5 + 0.2 = 0.7"]


def test_what_is_skipped_is_counted_in_the_coverage():
    written = "$c_1 = 0.5 + 0.1 = 0.6$\n\n```python\nx = 0.5\n```\n\n| a | ours | theirs |\n|---|---|---|\n| z | 0.1 | 0.2 |\n"
    coverage = gatewise.check(written, name="d.md").coverage
    assert (coverage.program, coverage.unread) == (1, 2)
    assert coverage.places == ((9, 9, "table"),)


def test_units_of_a_vector_are_never_the_vector():
    reading = read("c_{1,1} = 0.3\n\nc_{1,2} = 0.4\n\nc_{1,1} = 0.5 + 0.1 = 0.6\n", name="d.md")
    assert [claim.left.tree.name for claim in reading.claims] == ["state(1)", "state(2)", "state(1)"]
    assert counted(reading) == []


def test_values_below_a_step_are_of_this_step():
    reading = read("```\nstep 1\n  f = [0.1 0.2]\n  c = 0.3\nstep 2\n  f = [0.3 0.4]\n```\n", name="d.md")
    assert [claim.left.tree.step.offset for claim in reading.claims] == [1, 1, 2]


def test_norms_at_the_head_of_a_table_are_no_numbers_of_the_work():
    reading = read("| run | ‖δh‖ | time |\n|---|---|---|\n| a | 0.77 | 0.36 |\n", name="d.md")
    assert counted(reading) == [("table", 1)]


def test_columns_of_latex_may_be_set_in_any_way():
    written = r"\begin{tabular}{@{}r|l@{}}\hline t & $f_t$ \\ \hline 1 & 0.77 \\ \hline\end{tabular}"
    assert lines(read(written, name="d.tex")) == ["f₁ = 0.77"]
