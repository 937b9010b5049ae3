"""Sheets as LaTeX and Markdown: balanced, pure ASCII where LaTeX needs it, and golden lines."""

import re
import shutil
import subprocess

import pytest
from sheets import GUARDED, OUTER_PRODUCTS, SCALAR, SHEET, SIXTEEN, TIMES_COLUMN, WIDE, given, matrix

from gatewise import load_problem, worksheet
from gatewise.expression import Symbol
from gatewise.teach.worksheet.layout.document import Document, Note, Row, Section, Table
from gatewise.teach.worksheet.render.latex import escape, render_latex
from gatewise.teach.worksheet.render.markdown import render_markdown


def sheet_of(*blocks):
    return Document("", (Section("only", "", blocks),))


def body(*blocks):
    """The LaTeX between \\begin{document} and \\end{document}."""
    text = render_latex(sheet_of(*blocks))
    return text.partition(r"\begin{document}")[2].partition(r"\end{document}")[0]


def balanced(text):
    """Whether braces, \\left/\\right, environments and $ all close what they open."""
    text = re.sub(r"\\[\\{}$]", "", text)
    stack = []
    for token in re.findall(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\left\b|\\right\b|[{}]", text):
        opens = token.startswith((r"\begin", r"\left", "{"))
        if opens:
            stack.append(token)
            continue
        partner = {r"\right": r"\left", "}": "{"}.get(token, token.replace(r"\end", r"\begin"))
        if not stack or stack.pop() != partner:
            return False
    return not stack and text.count("$") % 2 == 0


def test_document_is_ascii_balanced_and_needs_amsmath_alone():
    text = render_latex(SHEET)
    assert text.isascii()
    assert balanced(text)
    assert re.findall(r"\\usepackage.*", text) == [r"\usepackage{amsmath}"]
    assert r"\setcounter{MaxMatrixCols}{64}" in text


def test_the_check_for_balance_can_fail():
    assert not balanced(r"\left( 1")
    assert not balanced(r"\begin{aligned} { \end{aligned} }")
    assert not balanced("$x")


def test_scalar_line():
    assert body(SCALAR).strip().split("\n")[2:] == [
        r"\lefts{B2@t=0}{\delta \mathit{state}_{0}}",
        r"\working{B2@t=0}{\delta \mathit{state}_{0}}{%",
        r"  &= \delta \mathit{out}_{0} \odot o_{0} \odot "
        r"\left( 1 - \tanh^{2}\left( \mathit{state}_{0} \right) \right) "
        r"+ \delta \mathit{state}_{1} \odot f_{1} \\",
        r"  &= 0.01804 \times 0.81757 \times \left( 1 - \tanh^{2}\left( 0.78573 \right) \right) "
        r"+ \left( -0.07111 \right) \times 0.87030 \\",
        r"  &= -0.05348}",
    ]


def test_guard_digits_are_subscripts():
    assert r"0.01804_{31} \times" in body(GUARDED)


def test_matrices_are_right_aligned_and_padded_to_the_same_decimals():
    assert (
        r"\left[ \begin{array}{r} -0.01703 \\ -0.00165 \\ 0\phantom{.00000} \\ 0.00176 \end{array} \right]"
        in body(TIMES_COLUMN)
    )


def test_gate_letters_stand_beside_the_result():
    assert r"\right] \begin{array}{l} \scriptstyle \mathrm{a} \\ \scriptstyle \mathrm{i}" in body(
        OUTER_PRODUCTS
    )


def test_a_wide_matrix_is_parted_into_groups_of_columns():
    text = body(WIDE)
    assert balanced(text)
    assert text.count(r"\left[") == text.count(r"\right]") == 1
    assert text.count(r"\begin{array}") == 2
    assert all(f"{row}.{column:02}517" in text for row in range(4) for column in range(14))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a & W_i 100 % #1 {x}", r"a \& $W_{i}$ 100 \% \#1 \{x\}"),
        ("~ ^ \\ $", r"\textasciitilde{} \textasciicircum{} \textbackslash{} \$"),
        ("δstate_{t+1} reaches out₋₁", r"$\delta \mathit{state}_{t+1}$ reaches $\mathit{out}_{-1}$"),
        ("½ Σ (out − label)²", r"$\tfrac12$ $\sum$ (out $-$ label)$^{2}$"),
        ("σ(z) = 1/(1 + e⁻ᶻ), Wᵀ", r"$\sigma$(z) = 1/(1 + e$^{-z}$), W$^{T}$"),
        ("(₃₄) “naïve” → 漢", r"($_{34}$) ``naive'' $\to$ ?"),
    ],
)  # fmt: skip
def test_sentences_become_latex_in_ascii(text, latex):
    assert escape(text) == latex


def test_markdown_line_stands_between_dollars_under_its_id():
    assert render_markdown(sheet_of(OUTER_PRODUCTS)).split("\n")[2:10] == [
        "**`G1`**",
        "",
        "$$",
        r"\begin{aligned}",
        r"\delta W &= \sum_{t=0}^{1} \delta \mathit{gates}_{t} \otimes x_{t} \\",
        r"&= \left[ \begin{array}{r} -0.01703 \\ -0.00165 \\ 0\phantom{.00000} \\ 0.00176 \end{array} "
        r"\right] \otimes \left[ \begin{array}{rr} 1 & 2 \end{array} \right] + "
        r"\left[ \begin{array}{r} -0.01938 \\ -0.00112 \\ -0.00631 \\ -0.05538 \end{array} \right] \otimes "
        r"\left[ \begin{array}{rr} 0.5 & 3 \end{array} \right] \\",
        r"&= \left[ \begin{array}{rr} -0.02672 & -0.09221 \\ -0.00221 & -0.00666 \\ -0.00316 & -0.01893 \\ "
        r"-0.02593 & -0.16262 \end{array} \right] \begin{array}{l} \scriptstyle \mathrm{a} \\ \scriptstyle "
        r"\mathrm{i} \\ \scriptstyle \mathrm{f} \\ \scriptstyle \mathrm{o} \end{array}",
        r"\end{aligned}",
    ]


def test_markdown_formulas_are_balanced_and_no_line_of_them_looks_like_markup():
    text = render_markdown(SHEET)
    formulas = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
    assert len(formulas) == sum(isinstance(b, Row) for s in SHEET.sections for b in s.blocks)
    for formula in formulas:
        assert balanced(formula)
        assert not re.search(r"^\s*([-+*=#>|]|\d+\.)", formula, re.MULTILINE)


def test_markdown_escapes_what_would_be_markup():
    table = Table("", ("a|b", "n"), (("<x>_*", "1"),))
    text = render_markdown(sheet_of(Note("1 * 2 <b> `c` $5 [d] #e f|g"), table))
    assert r"1 \* 2 \<b\> \`c\` \$5 \[d\] \#e f\|g" in text
    assert text.endswith("| a\\|b | n |\n| :-- | --: |\n| \\<x\\>\\_\\* | 1 |\n")


def compiled(tmp_path, text):
    """What pdflatex says of a document that it could set."""
    (tmp_path / "sheet.tex").write_text(text, "ascii")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]
    return run.stdout


PDFLATEX = pytest.mark.skipif(
    not shutil.which("pdflatex"), reason="pdflatex is not installed: Debian has it in texlive-latex-base"
)


@PDFLATEX
def test_the_document_compiles_and_stays_on_the_page(tmp_path):
    hundred = given("W", Symbol("W"), matrix(";".join(" ".join(["-0.12345"] * 24) for _ in range(4))))
    wide = Document(SHEET.title, (*SHEET.sections, Section("w", "Wide", (hundred,))))
    assert "Overfull" not in compiled(tmp_path, render_latex(wide))


# Of functions that no other sheet has: clip(z, 3), [−3 < z < 3], g and h, relu and its step.
CELLS = ["lstm+clip=3", "coupled+state-clip=0.2", "peephole+clip=0.5", "lstm1997", "rnn-relu", "gru"]


def sheet_of_cell(cell):
    problem = load_problem(cell=cell)
    return worksheet(problem.params, problem.x, problem.label, detail="reasons", updates=2).render("tex")


@pytest.mark.parametrize("cell", CELLS)
def test_sheets_of_other_cells_are_ascii_balanced_and_need_amsmath_alone(cell):
    text = sheet_of_cell(cell)
    assert text.isascii()
    assert balanced(text)
    assert re.findall(r"\\usepackage.*", text) == [r"\usepackage{amsmath}"]
    assert ("clip" in cell) == (r"\operatorname{clip}\left( " in text)


LONG = Table("Answers", ("id", "answer"), tuple((f"F{k}", "") for k in range(150)))


def test_a_long_table_has_its_head_again_and_every_row_once():
    text = body(LONG)
    assert balanced(text)
    assert text.count(r"id & answer \\ \hline") == 4
    assert [f"F{k} &  \\\\" in text for k in range(150)] == [True] * 150
    assert text.count("\nF") == 150


@PDFLATEX
def test_a_long_table_stays_on_the_pages(tmp_path):
    assert "Overfull" not in compiled(tmp_path, render_latex(sheet_of(LONG)))


@PDFLATEX
@pytest.mark.parametrize("cell", CELLS)
def test_sheets_of_other_cells_compile_and_stay_on_the_page(tmp_path, cell):
    assert "Overfull" not in compiled(tmp_path, sheet_of_cell(cell))


def test_sixteen_rows_have_sixteen_labels():
    assert body(SIXTEEN).count(r"\scriptstyle") == 16
