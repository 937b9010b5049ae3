"""Documents as other people write them: textbooks, physicists, students at a keyboard, notebooks."""

import pytest
from paths import DOCUMENTS

from gatewise.expression import text
from gatewise.teach.checker.checking import check
from gatewise.teach.checker.read import ReadingError, read, read_file


def claims(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


def formula(source, **options):
    """The one claim of a formula between dollar signs."""
    (claim,) = claims(read(f"$${source}$$", **options))
    return claim


def test_a_latex_article_in_textbook_letters():
    reading = read_file(DOCUMENTS / "textbook.tex")
    assert (reading.notation, reading.unread, reading.remarks) == ("textbook", (), ())
    assert claims(reading) == [
        "iₜ = σ(W_i · xₜ + U_i · outₜ₋₁ + b_i)",
        "fₜ = σ(W_f · xₜ + U_f · outₜ₋₁ + b_f)",
        "oₜ = σ(W_o · xₜ + U_o · outₜ₋₁ + b_o)",
        "aₜ = tanh(W_a · xₜ + U_a · outₜ₋₁ + b_a)",
        "stateₜ = fₜ ⊙ stateₜ₋₁ + iₜ ⊙ aₜ",
        "outₜ = oₜ ⊙ tanh(stateₜ)",
        "W_a = 0.5",
        "U_a = 0.1",
        "b_a = 0",
        "x₀ = 1",
        "out₋₁ = 0",
        "state₋₁ = 0",
        "a₀ = tanh(0.5 · 1 + 0.1 · 0 + 0) = 0.46212",
        "state₀ = 0.6 × 0 + 0.7 × 0.46212 = 0.32348",
        "out₀ = 0.55 × tanh(0.32348) = 0.17201",
        "loss₀ = (1 / 2) × (out₀ − label₀)²",
        "label₀ = 0.5",
        "δout₀ = out₀ − label₀ = 0.17201 − 0.5 = −0.32799",
        "δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) = −0.32799 × 0.55 × (1 − tanh²(0.32348)) = −1.6277e−1",
        "λ = 0.05",
        "Wⁿᵉʷ_a = W_a − λ × δW_a",
    ]


def test_markdown_with_bold_letters_and_typed_formulas():
    reading = read_file(DOCUMENTS / "physics.md")
    assert (reading.notation, reading.unread) == ("textbook", ())
    assert claims(reading) == [
        "aₜ = tanh(W_a · xₜ + U_a · outₜ₋₁ + b_a)",
        "stateₜ = fₜ ⊙ stateₜ₋₁ + iₜ ⊙ aₜ",
        "outₜ = oₜ ⊙ tanh(stateₜ)",
        "W_a = [0.45 0.25; −0.10 0.30]",
        "b_a = [0.2; 0.1]",
        "λ = 0.01",
        "x₀ = [1; 2]",
        "δstate₁ = δout₁ ⊙ o₁ ⊙ (1 − tanh²(state₁)) = [0.1; −0.2] ⊙ [0.5; 0.5] ⊙ (1 − [0.3; 0.4]²)"
        " = [0.0455; −0.084]",
        "δW_a = Σₜ₌₀¹ δaₜ ⊗ xₜ = [1.0 2.0; 3.0 4.0]",
        "out₀ = tanh(state₀) ⊙ o₀ = tanh(0.78572) × 0.81757 = 0.53631",
    ]
    (remark,) = reading.remarks
    assert (remark.source, remark.taken_as) == (r"\Delta W_{xg}", "δW_a")


def test_lecture_notes_loosely_set():
    """Lists, cases, boxes, colours, braces below, δ with an index, a table."""
    reading = read_file(DOCUMENTS / "lecture.md")
    assert reading.remarks == ()
    (broken,) = reading.unread
    assert (broken.source, broken.guess) == (r"0.0\,12", "0.012")
    assert claims(reading) == [
        "i₀ = σ(0.5) = 0.62246",
        "W_f = [0.1 0.2]",
        "f₀ = 0.5",
        "o₀ = 0.6",
        "a₀ = 0.1",
        "i₀ = 0.2",
        "state₀ = 0.5 · 0.6 + 0.1 · 0 = 0.30000",
        "out₀ = tanh(0.3) · 0.6 = 0.17479",
        "δa₀ = δstate₀ ⊙ i₀ ⊙ (1 − a₀²)",
        "δW_a = [0.1 0.2]",
        "δf₀",
        "δo₀ = 0.01",
        "δstate₀ = 0.3",
        "δW = 0",
        "δstate₀ = 0.1 × 0.2 + 0.3 × 0.4 = 0.14",
        "o₁ = 0.5",
        "f₁ = 0.25",
        "state₁ = 0.5 × 0.3 + 0.2 × 0.4 = 0.23",
    ]


def test_plain_text_as_a_student_types_it():
    reading = read_file(DOCUMENTS / "typed.txt")
    assert (reading.unread, reading.remarks) == ((), ())
    assert claims(reading) == [
        "x₀ = [1; 2]",
        "W_a = [0.45 0.25]",
        "a₀ = tanh(W_a · x₀ + U_a · out₋₁ + b_a) = tanh([0.45 0.25] · [1; 2] + 0.15 × 0 + 0.2) = 0.81775",
        "state₀ = a₀ ⊙ i₀ + f₀ ⊙ state₋₁ = 0.78572",
        "δout₀ = Δ₀ + Δout₀ = 0.03631 + (−0.01828) = 0.01803",
        "δstate₀ = −0.05349",
        "δW_a[0,1] = −0.0922",
        "λ = 0.1",
        "label₀ = 0.5",
    ]


def test_row_vectors_are_turned_into_columns():
    reading = read_file(DOCUMENTS / "rows.md")
    assert reading.rows
    assert claims(reading) == [
        "aₜ = tanh(xₜ · W_aᵀ + outₜ₋₁ · U_aᵀ + b_a)",
        "W_a = [0.45 0.25 0.1; 0.55 0.35 0.2]",
        "δW_a = Σₜ₌₀ᵀ δaₜ ⊗ xₜ",
    ]


def test_a_notebooks_places_are_those_within_its_cells():
    reading = read_file(DOCUMENTS / "cells.ipynb")
    assert claims(reading) == ["state₀ = a₀ ⊙ i₀ = 0.5 × 0.5 = 0.25", "out₀ = 0.12246"]
    last = list(reading.numbers)[-1].at
    assert (last.cell, last.line, last.column) == (3, 3, 10)
    assert reading.text[last.offset :].startswith("0.12246")


@pytest.mark.parametrize(
    ("source", "read_as"),
    [
        (r"\text{state}_1 = \mathbf{a}_1 \circ i_1", "state₁ = a₁ ⊙ i₁"),
        (r"\operatorname{out}_{t-1} = 0", "outₜ₋₁ = 0"),
        (r"h^{<t>} = o^{<t>} * \tanh c^{<t>}", "outₜ = oₜ ⊙ tanh(stateₜ)"),
        (r"h^{(t-1)} = 0.5", "outₜ₋₁ = 0.5"),
        (r"c(t) = f(t) \odot c(t-1)", "stateₜ = fₜ ⊙ stateₜ₋₁"),
        (r"\dfrac{\partial E}{\partial W_i} = [1, 2]", "δW_i = [1 2]"),
        (r"\partial L / \partial c_1 = 0.5", "δstate₁ = 0.5"),
        (r"dW_f = \delta f_0 x_0^\top", "δW_f = δf₀ ⊗ x₀"),
        (r"W_{hi} = 0.5", "U_i = 0.5"),
        (r"\text{weight\_ih\_l0} = [1; 2; 3; 4]", "W = [3; 1; 2; 4]"),
        (r"\hat{C}_t = \tanh(z_C)", "aₜ = tanh(z_a)"),
        (r"x_0 = \left[ \begin{array}{c} 1 \\ 2 \\ \end{array} \right]", "x₀ = [1; 2]"),
        (r"b = \begin{pmatrix} .5 \\ -.5 \end{pmatrix}", "b = [0.5; −0.5]"),
        (r"x_0 = \begin{bmatrix} 0.1 \ -0.2 \ 3 - 4 \end{bmatrix}", "x₀ = [0.1 −0.2 3 − 4]"),
        ("δstate₀ = δout₀⊙o₀⊙(1−tanh²(state₀))", "δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀))"),
        ("Wᵀ = 1", "W = 1"),
        (r"o_0 = \tfrac12 + \frac{1}{3}", "o₀ = 1 / 2 + 1 / 3"),
        (r"\Delta\text{out}_0 = 1{,}5", "Δout₀ = 1.5"),
        (r"f_0 = 1.5 \cdot 10^{-3}", "f₀ = 1.5e−3"),
        (r"x_0 = 1 \\ = 2", "x₀ = 1 = 2"),
        ("d_W[a,1] = 2", "δW_a[0,1] = 2"),
        ("d_W[a,2,1] = 2", "δW_a[2,1] = 2"),
        (r"a_0 = -0.5^2 + (-0.5)^2", "a₀ = −0.5² + (−0.5)²"),
    ],
)
def test_ways_of_writing(source, read_as):
    assert formula(source) == read_as


def test_continuations_across_displays():
    assert claims(
        read("$$\\delta x_0 = W^T \\delta gates_0$$\n\n$$= \\begin{bmatrix} 1 \\\\ 2\\end{bmatrix}$$")
    ) == ["δx₀ = Wᵀ · δgates₀ = [1; 2]"]


def test_a_notation_can_be_named_and_only_a_known_one():
    assert read("$h_0 = 1$", notation="torch").notation == "torch"
    with pytest.raises(ReadingError, match="'pytorch' is not known; choose one of: document, textbook"):
        read("", notation="pytorch")


CLAIMS = {
    "a.toml": '[claims]\n"d_state@t=0" = "-0.05349"\nlearning_rate = 0.10\nd_W = [["1", "2.0"],\n  ["3", "4"]]\n'
    '"x[1]@t=0" = "2"\n"delta@t=0" = "0.53631 - 0.5 = 0.03631"\n"d_b[o]#2" = "-0.5"\n',
    "a.json": '{"claims": {"d_state@t=0": "-0.05349", "learning_rate": 0.10, "d_W": [["1", "2.0"], ["3", "4"]],'
    ' "x[1]@t=0": "2", "delta@t=0": "0.53631 - 0.5 = 0.03631", "d_b[o]#2": "-0.5"}}',
    "a.csv": 'quantity,value\nd_state@t=0,-0.05349\nlearning_rate,0.10\nd_W,[1 2.0; 3 4]\n"x[1]@t=0",2\n'
    "delta@t=0,0.53631 - 0.5 = 0.03631\nd_b[o]#2,-0.5\n",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_as_data(name):
    reading = read(CLAIMS[name], name=name)
    assert (reading.unread, reading.remarks) == ((), ())
    assert claims(reading) == [
        "δstate₀ = −0.05349",
        "λ = 0.10",
        "δW = [1 2.0; 3 4]",
        "x₀[1] = 2",
        "Δ₀ = 0.53631 − 0.5 = 0.03631",
        "δb_o = −0.5",
    ]
    assert [claim.update for claim in reading.claims][-2:] == [1, 2]
    for number in reading.numbers:
        assert CLAIMS[name][number.at.offset :].startswith(number.text)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "= 1", "a.toml: this is not TOML"),
        ("a.json", "{", "a.json: it is not JSON"),
        ("a.json", '{"lines": 1, "lines": 2}', "a.json: it has the key 'lines' twice in one table"),
        ("a.json", "[1]", "a.json has no claims: give each quantity a value"),
        ("a.json", "[" * 100_000, "nested too deep"),
        ("a.json", '{"claims": {"W": {"a": 1}}}', 'a value is a string, "-0.05349"'),
        ("a.json", '{"schema": 1, "lines": [3]}', "line 1 of the sheet"),
    ],
)
def test_data_that_is_none_is_refused_with_the_reason(name, text, message):
    with pytest.raises(ReadingError, match=message):
        read(text, name=name)


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"line\n\xff\xfe")
    with pytest.raises(ReadingError, match="line 2 holds the byte 0xff"):
        read_file(path)
    path.write_bytes(b"a\0b")
    with pytest.raises(ReadingError, match="binary"):
        read_file(path)


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("W_a = [1 2\n       3 4]", "W_a = [1 2; 3 4]"),
        ("W_a = [1 2;\n       3 4]", "W_a = [1 2; 3 4]"),
        ("W_a = [[1, 2], [3, 4]]", "W_a = [1 2; 3 4]"),
        ("W_a = [[1 2]\n       [3 4]]", "W_a = [1 2; 3 4]"),
        ("W_a = [[1, 2],\n       [3, 4]]", "W_a = [1 2; 3 4]"),
        ("x_0 = [0.5\n 0.7\n -0.1]", "x₀ = [0.5; 0.7; −0.1]"),
        ("x_0 = [1, 2,\n 3]", "x₀ = [1 2 3]"),
        ("a_0 = i_0 * [0.5 - 0.3\n   - 0.4]", "a₀ = i₀ ⊙ (0.5 − 0.3 − 0.4)"),
    ],
)
def test_matrices_typed_over_several_lines(typed, read_as):
    reading = read(typed + "\n", name="notes.txt")
    assert claims(reading) == [read_as]
    assert (reading.unread, reading.remarks) == ((), ())


@pytest.mark.parametrize("slope", [r"\sigma'(z)", r"\sigma'", r"\tanh^{\prime}(z)", r"\sigma^\prime"])
def test_the_slope_of_a_function_explained_is_no_claim(slope):
    reading = read(rf"$${slope} = \sigma(z)(1 - \sigma(z))$$")
    assert (reading.claims, reading.unread) == ((), ())


def test_a_derivative_of_the_output_by_the_letter_a_needs_no_remark():
    """Δa is the candidate's gradient by the letter alone; beside Γ gates a is the output, and all is well."""
    text = r"$$\Gamma_o^{\langle 1\rangle} = 0.5, \quad \Delta a^{\langle 1\rangle} = 0.1$$"
    other = r"$$\tilde{c}_1 = 0.5, \quad \Delta a_1 = 0.1$$"
    remarks = [[f.message for f in check(each).findings if f.verdict == "notation"] for each in (text, other)]
    assert remarks[0] == []
    assert remarks[1] == ["Read as δa₁: Δ is here the derivative δ of a."]
