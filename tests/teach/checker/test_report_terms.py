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


CANDIDATE = {"a": "c\u0303", "W_a": "W_c"}


def own(reading, letters=None, **fields):
    report = replace(REPORT, reading=reading, letters=letters or {}, findings=(replace(MISPRINT, **fields),))
    return in_own_terms(report).findings[0]


def said(letters, sentence):
    return own((ReadingChoice("first_step", "0", ""),), letters, message=sentence).message


def letters_of(document):
    return dict(check(document).letters)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("f₀ should be 0.7350", "f₁ should be 0.7350"),
        ("δstate₁ ⊙ f₁ and out₋₁", "δstate₂ ⊙ f₂ and out₀"),
        ("a₁, i₁ = 0.4251; Forward at t=1", "a₂, i₂ = 0.4251; Forward at t=2"),
        ("d_out@t=0 is wrong", "δout₁ is wrong"),
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
        ("W_a · xₜ + a₀", "W_c · xₜ + c\u0303₁"),
        ("d_state@t=0", "δc₁"),
    ],
)
def test_letters_are_those_of_textbooks_where_the_document_has_them(sentence, shown):
    assert own(TEXTBOOK, CANDIDATE, message=sentence).message == shown


def test_letters_that_a_document_does_not_use_are_those_of_the_equations():
    assert own(TEXTBOOK, message="a₀").message == "a₁"


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("a@t=0", "c\u0303₁"), ("d_a[1]@t=0", "δc\u0303₁[1]"), ("state@t=1", "c₂"), ("d_U[i,0]", "δU[i,0]")],
)
def test_quantities_are_named_so_too(quantity, shown):
    assert named(own(TEXTBOOK, CANDIDATE, quantity=quantity).quantity) == shown


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


# The document's own letters -------------------------------------------------------------------------------

GRU_LETTERS = {"u": "z", "out": "h", "a": "h\u0303", "W_u": "W_z", "W_a": "W_h"}
GAMMAS = {
    "out": "a", "a": "c\u0303", "state": "c", "f": "Γ_f", "U": "W", "U_f": "W_f", "joined": "out x",
    "W alone": "W on x", "U alone": "W on a",
}  # fmt: skip
OF_GRU = r"""
$z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)$, $r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)$

$\tilde h_t = \tanh(W_h x_t + U_h (r_t \odot h_{t-1}) + b_h)$

$h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t$
"""


@pytest.mark.parametrize(
    ("letters", "sentence", "shown"),
    [
        (GRU_LETTERS, "uₜ and 1 − uₜ exchanged", "zₜ and 1 − zₜ exchanged"),
        (GRU_LETTERS, "outₜ₋₁ − aₜ instead of aₜ − outₜ₋₁", "hₜ₋₁ − h\u0303ₜ instead of h\u0303ₜ − hₜ₋₁"),
        (GRU_LETTERS, "the sign of 1 − u lost on the way back", "the sign of 1 − z lost on the way back"),
        (GRU_LETTERS, "W_aᵀ instead of W_a", "W_hᵀ instead of W_h"),
        ({"a": "g"}, "W_a · xₜ and b[a,0]", "W_g · xₜ and b[g,0]"),
        ({"i": "Γ_u"}, "U_iᵀ", "U_uᵀ"),
        (GRU_LETTERS, "the slope of σ is u(1 − u)", "the slope of σ is z(1 − z)"),
        (GRU_LETTERS, "δa and δu, not a mistake of mine", "δh\u0303 and δz, not a mistake of mine"),
        (GRU_LETTERS, "Wⁿᵉʷ_a and W[a,0]", "Wⁿᵉʷ_h and W[h,0]"),
        (GRU_LETTERS, "out instead of tanh(state)", "h instead of tanh(state)"),
        (GRU_LETTERS, "the bias left out of the gate", "the bias left out of the gate"),
        (GRU_LETTERS, "dg_uₜ", "∂L/∂zₜ"),
        (GAMMAS, "outₜ and aₜ and fₜ₊₁", "aₜ and c\u0303ₜ and Γ_fₜ₊₁"),
        (GAMMAS, "fₜ = σ(W_f · xₜ + U_f · outₜ₋₁ + b_f)", "Γ_fₜ = σ(W_f · [aₜ₋₁, xₜ] + b_f)"),
        (GAMMAS, "W and U exchanged in the forget gate", "aₜ₋₁ and xₜ in the wrong order in the forget gate"),
        (
            GAMMAS,
            "W multiplies the input xₜ, U the output outₜ₋₁ of the step before.",
            "W stands on [aₜ₋₁, xₜ], in this order.",
        ),
        (GAMMAS, "U not transposed", "W on a not transposed"),
        (GAMMAS, "Uᵀ · δgatesₜ", "Wᵀ · δgatesₜ"),
    ],
)
def test_sentences_speak_in_the_letters_of_the_document(letters, sentence, shown):
    assert said(letters, sentence) == shown


def test_letters_are_those_that_the_document_uses_first():
    assert letters_of("$g_1 = 0.5$, $g_2 = 0.4$, $\\tilde{c}_3 = 0.2$, $c_1 = 0.3$")["a"] == "g"
    assert letters_of("$C_t = f_t C_{t-1} + i_t \\tilde C_t$, $c_1 = 0.3$")["state"] == "C"


def test_letters_of_a_gru_are_its_own():
    letters = letters_of(OF_GRU)
    assert (letters["u"], letters["a"]) == ("z", "h\u0303")
    assert letters["W_a"] == "W_h"
    assert "r" not in letters


def test_weights_with_two_indices_keep_both():
    letters = letters_of("$f_t = \\sigma(W_{xf} x_t + W_{hf} h_{t-1} + b_f)$")
    assert (letters["W_f"], letters["U_f"]) == ("W_xf", "W_hf")
    assert (letters["W alone"], letters["U alone"]) == ("W on x", "W on h")


def test_the_name_of_a_quantity_stays_as_it_is_at_the_beginning_of_a_sentence():
    written = "$$C_t = f_t C_{t-1} + i_t \\tilde C_t$$\n\n$$df_t = dC_t \\odot C_t \\odot f_t (1 - f_t)$$\n"
    report = check(written)
    shown = render(report, "text")
    assert "Cₜ instead of Cₜ₋₁." in shown
    assert "tate" not in shown.partition("Mistakes")[2].partition("the old state")[0]
    (finding,) = (found for found in json.loads(render(report, "json"))["findings"] if found["mistake"])
    assert finding["quantity"] == "d_f"
    assert finding["message"].startswith("Cₜ instead of Cₜ₋₁. In F5 the forget gate")


@pytest.mark.parametrize("format", ["text", "md", "html"])
def test_headings_have_the_letters_of_the_document(format):
    written = (
        "$g_t = \\tanh(W_g x_t + U_g h_{t-1} + b_g)$, $W_g = 0.6$, $U_g = 0.2$, $b_g = 0.1$, $h_0 = 0$\n\n"
        "$x_1 = 0.5$, $g_1 = \\tanh(0.6 \\cdot 0.5 + 0.1) = 0.308$\n"
    )
    shown = render(check(written), format)
    assert "g₁ should be 0.380" in shown
    assert "a₁" not in shown


def test_an_accent_stands_over_the_letter_of_what_is_no_quantity_of_the_cell():
    written = "$\\tilde h_1 = \\tanh(0.5) = 0.4261$, $f_1 = 0.3$, $c_1 = f_1 \\cdot 0.5 = 0.15$"
    assert "h\u0303₁" in render(check(written), "text")


def test_derivatives_by_one_another_have_the_letters_of_the_document():
    assert own(TEXTBOOK, shown="∂out₃/∂out₁").quantity == "∂h₃/∂h₁"
