"""Reports speak in the steps and letters of the document, though the judge counts from 0 and has state and out."""

import json
from dataclasses import replace

import pytest
from reports import MISPRINT, REPORT

from gatewise import check
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle
from gatewise.teach.checker.render import render
from gatewise.teach.checker.render.own_terms import in_own_terms
from gatewise.teach.checker.render.words import named
from gatewise.teach.checker.report import ReadingChoice

FROM_1 = (ReadingChoice("first_step", "1", ""),)
TEXTBOOK = (ReadingChoice("first_step", "1", ""), ReadingChoice("notation", "textbook", ""))


def own(reading, text="", **fields):
    report = replace(REPORT, reading=reading, text=text, findings=(replace(MISPRINT, **fields),))
    return in_own_terms(report).findings[0]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("f₀ should be 0.7350", "f₁ should be 0.7350"),
        ("δstate₁ ⊙ f₁ and out₋₁", "δstate₂ ⊙ f₂ and out₀"),
        ("a₁, i₁ = 0.4251; Forward at t=1", "a₂, i₂ = 0.4251; Forward at t=2"),
        ("d_out@t=0 is wrong", "d_out@t=1 is wrong"),
        ("stateₜ₋₁ instead of outₜ₋₁", "stateₜ₋₁ instead of outₜ₋₁"),
        ("0.81757₃₄ has guard digits", "0.81757₃₄ has guard digits"),
        ("Σₜ₌₀ᵀ⁻¹ δgatesₜ", "Σₜ₌₁ᵀ δgatesₜ"),
        ("Σₜ₌₀¹ lossₜ", "Σₜ₌₁² lossₜ"),
        ("δgatesₜ₊₁ in F1 and B2", "δgatesₜ₊₁ in F1 and B2"),
        ("state₉ and state₁₀", "state₁₀ and state₁₁"),
    ],
)
def test_steps_are_those_of_the_document(sentence, shown):
    assert own(FROM_1, message=sentence).message == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("δstate₀ ⊙ out₋₁", "δc₁ ⊙ h₀"),
        ("stateₜ₋₁ instead of outₜ₋₁", "cₜ₋₁ instead of hₜ₋₁"),
        ("the path through the state forgotten", "the path through the state forgotten"),
        ("the forget gate left out", "the forget gate left out"),
        ("W_a · xₜ + a₀", "W_a · xₜ + c\u0303₁"),
        ("d_state@t=0", "d_c@t=1"),
    ],
)
def test_letters_are_those_of_textbooks_where_the_document_has_them(sentence, shown):
    assert own(TEXTBOOK, text=r"$\tilde{c}_1 = 0.5$", message=sentence).message == shown


def test_a_candidate_whose_letter_is_not_plain_keeps_that_of_the_spec():
    assert own(TEXTBOOK, text="$g_1 = 0.5$", message="a₀").message == "a₁"


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("a@t=0", "c\u0303₁"), ("d_a[1]@t=0", "δc\u0303₁[1]"), ("state@t=1", "c₂"), ("d_U[i,0]", "δU[i,0]")],
)
def test_quantities_are_named_so_too(quantity, shown):
    assert named(own(TEXTBOOK, text="c\u0303", quantity=quantity).quantity) == shown


def test_what_was_printed_and_sentences_that_quote_it_stay():
    finding = own(
        FROM_1, verdict="arithmetic", printed="f₀", message="σ(f₀) is 0.7350, and 0.9350 stands here."
    )
    assert finding.printed == "f₀"
    assert finding.message == "σ(f₀) is 0.7350, and 0.9350 stands here."


@pytest.mark.parametrize("format", ["text", "md", "html", "sarif"])
def test_every_format_for_people_says_them(format):
    shown = render(replace(REPORT, reading=FROM_1), format)
    assert "δi₂[0]" in (
        json.loads(shown)["runs"][0]["results"][0]["message"]["text"]
        if format == "sarif"
        else shown.replace("\\", "")
    )


def test_a_document_from_0_in_the_letters_of_the_spec_is_left_alone():
    report = replace(REPORT, reading=(ReadingChoice("first_step", "0", ""),))
    assert in_own_terms(report) is report


def test_what_is_wrong_in_a_chain_has_the_equations_name_as_data_and_the_documents_own_for_people():
    report = check("$c_0 = 0.3$, $g_1 = \\tanh(0.5) = 0.4261$, $J_2 = 2 \\cdot 3 = 7$")
    assert [finding.quantity for finding in report.roots] == ["a@t=0", "loss@t=1"]
    assert [finding.quantity for finding in in_own_terms(report).roots] == ["g@t=1", "J@t=2"]


def test_a_unit_stands_in_brackets_behind_its_step():
    written = "$c_{t,1} = f_{t,1} c_{t-1,1} + i_{t,1} g_{t,1}$, $h_{1,2} = 0.5 \\cdot 0.3 + 0.11 = 0.36$"
    finding = next(f for f in check(written).roots if f.verdict == "arithmetic")
    assert finding.quantity == "out[1]@t=0"
    assert named(in_own_terms(replace(REPORT, findings=(finding,))).findings[0].quantity) == "h₁[2]"


def test_two_values_that_differ_are_written_with_digits_that_tell_them_apart():
    roots = check("$h_1 = 0.5 \\cdot 0.339 = 0.5 \\cdot 0.340 = 0.170$").roots
    finding = next(f for f in roots if f.verdict == "arithmetic")
    assert finding.message == r"0.5 \cdot 0.339 is 0.1695; 0.5 \cdot 0.340, said to equal it, is 0.1700."
    assert PrintedStyle(3).write_beside(0.1698, "0.170") == "0.1698"
