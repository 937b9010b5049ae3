"""The page of a report: the document with its mathematics rendered in its own letters, marks in it, nothing obeyed."""

import re
from dataclasses import replace

import pytest
from pace import within
from reports import REPORT

from gatewise import check
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render import render
from gatewise.teach.checker.render.page.document import MOST_CHARACTERS, blocks_of
from gatewise.teach.checker.render.page.marks import FindingMarks
from gatewise.teach.checker.report import Finding, Judged, Report


def page_of(text, findings=(), numbers=(), name="work.md"):
    return render(Report(text, tuple(findings), tuple(numbers), name=name), "html")


def shown(text, findings=(), name="work.md"):
    """The rendered document, without the page around it."""
    report = Report(text, tuple(findings), (), name=name)
    blocks = blocks_of(report, FindingMarks(report))
    return "\n".join(str(block.content) if block.kind != "table" else str(block.cells) for block in blocks)


def words(markup):
    return " ".join(re.sub(r"<[^>]*>", "", markup.replace("&nbsp;", " ")).split())


def at(text, printed, which=0):
    offset = -1
    for _ in range(which + 1):
        offset = text.index(printed, offset + 1)
    line = text.count("\n", 0, offset) + 1
    return Place(offset, len(printed), line, offset - text.rfind("\n", 0, offset))


def wrong(text, printed, which=0, **fields):
    return Finding("misprint", at(text, printed, which), "f@t=1", printed, "0.7350", "one digit.", **fields)


# Mathematics ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "mathml"),
    [
        ("f_1 = 0.5", "<msub><mi>f</mi><mrow><mn>1</mn></mrow></msub>"),
        (r"\tilde{c}_t = 0.5", '<mover accent="true"><mi>c</mi><mo stretchy="false">~</mo></mover>'),
        (r"\delta_t = 0.5", "<mi>δ</mi>"),
        (r"h^{\langle t \rangle} = 0.5", "⟨</mo><mi>t</mi>"),
        (r"h^{(t-1)} = 0.5", "<mi>t</mi><mo"),
        ("W_{hf} = 0.5", "<msub><mi>W</mi><mrow><mi>hf</mi></mrow></msub>"),
        (r"\frac{\partial L}{\partial f_1} = 0.5", "<mi>∂</mi><mi>L</mi></mrow><mrow><mi>∂</mi><msub><mi>f</mi>"),
        (r"W^T = [0.5]", "<msup><mi>W</mi><mrow><mi>T</mi></mrow></msup>"),
        (r"W = \begin{bmatrix} 0.5 & 1 \\ 2 & 3 \end{bmatrix}", "<mtable><mtr><mtd><mn>0.5</mn></mtd>"),
        (r"\sigma(0.5) = 0.6225", "<mi>σ</mi>"),
        (r"f_1 \approx 0.5", "<mo form=\"infix\">≈</mo>"),
    ],
)  # fmt: skip
def test_formulas_are_rendered_in_the_letters_that_stand_there(formula, mathml):
    assert mathml in shown(f"We have ${formula}$ here.")
    assert "<code>" not in shown(f"$${formula}$$")


def test_a_transpose_is_written_once():
    assert shown(r"$\delta x_0 = W^T \cdot \delta gates_0$").count("<mi>T</mi>") == 1
    assert shown(r"$\delta x_0 = W^\top \cdot \delta gates_0$").count("⊤") == 1


def test_all_numbers_of_a_document_are_on_the_rendered_page():
    text = REPORT.text
    assert set(re.findall(r"0\.\d+", text)) <= set(re.findall(r"0\.\d+", words(shown(text))))


def test_what_cannot_be_parsed_stands_there_as_it_was_written():
    assert r"<code>\oint 3 \heartsuit 4</code>" in shown(r"Let $\oint 3 \heartsuit 4$ be.")


def test_a_chain_can_be_broken_between_its_sides_and_terms():
    rendered = shown("$c_1 = f_1 c_0 + i_1 g_1 = 0.5 + 0.25 = 0.75$")
    assert rendered.count("<math>") == 3 + 6  # signs, and left, two terms, two terms, the result


def test_rows_words_and_commas_between_formulas_are_kept():
    rendered = shown(
        "$$\\begin{aligned} f_1 &= 0.5, \\quad i_1 = 0.25 \\\\ c_1 &= 1 \\text{ for all units} \\end{aligned}$$"
    )
    assert rendered.count("<br>") == 1
    assert "for all units" in words(rendered)
    assert ", " in rendered
    assert "<code>" not in rendered


# Marks ----------------------------------------------------------------------------------------------------

TEXT = "# Gates\n\nThe gate is $f_1 = \\sigma(0.4) = 0.7530$ here.\n\n$$c_1 = 0.7530 \\cdot 0.3 + 0.6 = 0.8259$$\n"


def test_the_number_that_is_wrong_is_marked_and_linked_to_its_note_and_back():
    page = page_of(TEXT, [wrong(TEXT, "0.7530", 1)])
    marked = re.search(
        r'<mrow class="mark error"><mn>0.7530</mn><mtext><a class="badge error" id="at-0" href="#finding-0"',
        page,
    )
    assert marked is not None
    assert page.index('id="at-0"') > page.index("c</mi>")  # the second of the two
    note = page[page.index('id="finding-0"') :]
    assert 'href="#at-0"' in note[: note.index("</div>")]


def test_a_side_that_is_wrong_is_marked_as_a_whole():
    finding = Finding("wrong-formula", at(TEXT, r"0.7530 \cdot 0.3 + 0.6"), "state@t=1", "x", "y", "m.")
    assert re.search(
        r'<span class="mark error[^"]*"><math>.*0\.6</mn></math><a class="badge', shown(TEXT, [finding])
    )


@pytest.mark.parametrize("printed", ["Gates", "gate is", "here.", "$f_1", r"\sigma(0.4) = 0.7530$ here"])
def test_a_finding_anywhere_has_its_anchor(printed):
    page = page_of(TEXT, [wrong(TEXT, printed)])
    assert page.count('id="at-0"') == 1


def test_a_finding_at_what_is_not_shown_has_its_badge_at_the_end_of_the_block():
    text = "$$f_1 = 0.5 \\quad i_1 = 0.25$$\n\nMore.\n"
    (block, _) = shown(text, [wrong(text, "\\quad")]).split("\n")
    assert block.endswith(">1</a>")


def test_a_place_in_a_notebook_leads_to_its_row_of_the_whole():
    text = "# Cell\n\n$f_1 = 0.5$\n\n# Next\n\n$i_1 = 0.9350$\n"
    place = replace(at(text, "0.9350"), line=3, cell=2)
    page = page_of(text, [replace(wrong(text, "0.9350"), at=place)], name="work.ipynb")
    assert re.search(r'href="#line-7"[^>]*>cell 2, 3:8</a>', page)


def test_mistakes_are_numbered_before_remarks():
    remark = replace(wrong(TEXT, "Gates"), verdict="notation")
    page = page_of(TEXT, [remark, wrong(TEXT, "0.7530")])
    assert re.search(r'id="at-1"[^>]*>1</a>', page)
    assert re.search(r'id="at-0"[^>]*>2</a>', page)


def test_numbers_show_their_verdict():
    judged = Judged(at(TEXT, "0.8259"), "0.8259", "state@t=1", "exact")
    assert '<mrow class="number sound" title="state₁: exact' in page_of(TEXT, numbers=[judged])


def test_real_mistakes_are_marked_where_they_stand(tmp_path):
    text = (
        "$$W_a = 0.5, U_a = 0.1, b_a = 0.2, W_i = 0.5, U_i = 0.1, b_i = 0.2, W_f = 0.5, U_f = 0.1, b_f = 0.2, "
        "W_o = 0.5, U_o = 0.1, b_o = 0.2, x_0 = 1$$\n\n"
        "$$a_0 = \\tanh(0.7) = 0.60437, i_0 = \\sigma(0.7) = 0.66819, f_0 = \\sigma(0.7) = 0.68619$$\n\n"
        "$$state_0 = 0.60437 \\times 0.66819 + 0.66819 \\times 0 = 0.40383$$\n"
    )
    report = check(text, name="work.md")
    wrong_ones = [k for k, finding in enumerate(report.findings) if finding.printed == "0.68619"]
    assert wrong_ones
    assert re.search(
        rf'<mn>0.68619</mn><mtext><a class="badge error" id="at-{wrong_ones[0]}"', render(report, "html")
    )


# Markdown -------------------------------------------------------------------------------------------------


def test_headings_lists_tables_and_code_are_shown_simply():
    text = (
        "## The gate\n\nSome **bold** words and `code`,\ngoing on.\n\n- one $f_1$\n- two\n\n1. first\n\n"
        "| t | $f_t$ |\n|---|:--|\n| 1 | 0.5 |\n| 2 | **0.6** |\n\n```python\nx = 0.5\n```\n\n---\n\nlast\n"
    )
    report = Report(text, (), ())
    blocks = blocks_of(report, FindingMarks(report))
    assert [block.kind for block in blocks] == ["h2", "p", "li", "li", "li", "table", "pre", "p"]
    assert "<b>bold</b> words and <code>code</code>" in blocks[1].content
    table = [[words(cell) for cell in row] for row in blocks[5].cells]
    assert table == [["t", "ft"], ["1", "0.5"], ["2", "0.6"]]
    assert "<b>0.6</b>" in blocks[5].cells[2][1]
    assert blocks[4].sign == "1."
    assert words(blocks[6].content) == "x = 0.5"


def test_a_lone_pair_of_asterisks_is_no_bold():
    assert "2**3 is 8" in words(shown("So 2**3 is 8. And $f_1$."))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> and $f_1 = 0.5$",
        r"$f_1 = \text{<script>alert(1)</script>} 0.5$",
        r"$<script>alert(1)</script>$",
        "| <img src=x onerror=alert(1)> | $f_1$ |\n",
        "`<script>alert(1)</script>` **<img src=x>** $f_1$",
        '# <a href="javascript:alert(1)">x</a>\n\n$f_1$',
        "[x](javascript:alert(1)) $f_1$ <sub><script></sub> <sub>0</sub>",
        "```\n<script>alert(1)</script>\n```\n$f_1$",
        r"$W_{<script>alert(1)</script>} = 0.5$ $\operatorname{<img>}(0.5)$",
    ],
)
def test_no_markup_of_the_document_passes_through(text):
    page = page_of(text, [wrong(text, text[2:9])])
    body = page[: page.rindex("<script>")]
    assert "<script>" not in body
    assert "<img" not in body
    assert "javascript:" not in re.sub(r">[^<]*<", "><", body)


def test_indices_of_html_are_shown_as_such():
    assert "state<sub>0</sub>" in shown("The state<sub>0</sub> and $f_1$.")


# What is shown as it was written --------------------------------------------------------------------------


def test_plain_text_is_rendered_line_by_line():
    rendered = shown("The forget gate:\nf_1 = 0.5\n\nc_1 = 0.5*0.3 = 0.15\n", name="work.txt")
    assert rendered.count("<math>") == 3 + 5
    assert "The forget gate:" in rendered


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"claims": {"f@t=1": "0.5"}}', "c.json"),
        ('[claims]\n"f@t=1" = "0.5"\n', "c.toml"),
        ("⎡0.5⎤\n⎣0.6⎦\n", "m.txt"),
        ("$f_1 = 0.5$\n" * (MOST_CHARACTERS // 11), "long.md"),
    ],
)
def test_what_is_not_rendered_is_open_below_with_its_notes(text, name):
    page = page_of(text, [wrong(text, "0.5")], name=name)
    assert '<details class="written" open>' in page
    assert page.count('id="at-0"') == 1
    assert page.index('id="finding-0"') > page.index('class="source"')


def test_a_rendered_page_has_the_source_folded_with_every_line():
    page = page_of(TEXT, [wrong(TEXT, "0.7530")])
    assert '<details class="written"><summary>' in page
    assert 'id="line-5"' in page
    assert 'href="#line-3"' in page


@pytest.mark.parametrize(
    "text",
    ["$" * 30_000, "$" + "{" * 20_000, "**" * 20_000 + "$f$", "| " * 30_000 + "$f$", "$$\\frac{" * 8_000, "- " * 30_000 + "$f$",
     "$f_1 = " + "0.5 + " * 8_000 + "1$", "`" * 30_000 + "$f$", "<sub>" * 15_000 + "$f$", "\\text{" * 10_000 + "$"],
    ids=range(10),
)  # fmt: skip
def test_hostile_documents_are_rendered_in_time(text):
    with within(5):
        page = page_of(text, [wrong(text, text[:3])])
    assert page.endswith("</html>")


def test_decimal_commas_are_shown_as_commas_and_are_one_number():
    text = "$$W_f = 0,5, \\quad f_1 = \\sigma(0,5 \\cdot 0,8) = 0,5987$$"
    page = render(check(text, name="a.md"), "html")
    assert "<mn>0,5987</mn>" in page
    assert "<mtable" not in page


def test_words_of_latex_are_words():
    text = (
        "\\begin{document}\n\\section{One step}\nWe \\emph{only} look at \\textbf{one}.\n"
        "\\begin{itemize}\n\\item first\n\\end{itemize}\n$f_1 = 0.5$\n\\end{document}"
    )
    assert words(shown(text, name="a.tex")) == "One step We only look at one. • first f1 = 0.5"
    assert "<i>only</i>" in shown(text, name="a.tex")


def test_a_page_of_html_is_rendered():
    text = "<html><body><h1>One step</h1><p>Then \\(f_1 = \\sigma(0.4) = 0.5987\\).</p></body></html>"
    assert words(shown(text, name="a.html")) == "One step Then f1 = σ(0.4) = 0.5987."


def test_numbers_in_tables_and_words_show_their_verdict():
    text = "Take x_1 = 0.5.\n\n| t | c |\n|---|---|\n| 1 | 0.25 |\n"
    numbers = [
        Judged(at(text, "0.5"), "0.5", "x@t=1", "exact"),
        Judged(at(text, "0.25"), "0.25", "c@t=1", "exact"),
    ]
    report = Report(text, (), tuple(numbers), name="work.md")
    blocks = blocks_of(report, FindingMarks(report))
    assert 'class="number sound"' in str(blocks[0].content)
    assert 'class="number sound"' in str(blocks[1].cells)


def test_emphasis_by_one_asterisk_is_no_product():
    assert "<i>Appendix</i>" in shown("*Appendix* C")
    assert "<i>" not in shown("f * c and i * g")


def test_formulas_side_by_side_are_held_apart():
    assert "&emsp;" in shown("W_f = 0.4   U_f = 0.3", name="a.txt").replace("\u2003", "&emsp;")


def test_a_page_is_called_by_the_name_of_its_file():
    assert "<h1>b.md</h1>" in page_of("$f_1 = 0.5$", name="/some/where/b.md")
