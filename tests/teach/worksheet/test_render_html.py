"""The HTML page: well-formed, nothing from the network, every line named once and reachable."""

import base64
import hashlib
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from sheets import GUARDED, OUTER_PRODUCTS, SCALAR, SHEET, TIMES_COLUMN, WIDE
from worksheet_helpers import blocks, model

from gatewise import load_problem, worksheet
from gatewise.expression import Number
from gatewise.teach.worksheet.layout.document import Document, Facts, Note, Row, Section, Table
from gatewise.teach.worksheet.render.folding import FoldingPrinter
from gatewise.teach.worksheet.render.html import mathml, render_html

PAGE = render_html(SHEET)
VOID = {"meta", "link", "br", "hr", "input", "img"}


class Tags(HTMLParser):
    """Elements with their attributes; complains where one is not closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.seen if name in attributes]


def page_of(*blocks):
    return render_html(Document("A sheet", (Section("only", "Only", blocks),)))


def worked_example(**options):
    model = load_problem()
    return worksheet(model.params, model.x, model.label, **options)


def formulas(page):
    return [ElementTree.fromstring(found) for found in re.findall(r"<math.*?</math>", page, re.DOTALL)]


def words(page):
    """The page's text, formulas included, without what is hidden to align numbers."""
    page = re.sub(
        r"<mphantom>.*?</mphantom>|<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def test_page_is_well_formed_and_so_is_every_formula():
    Tags(PAGE)
    assert len(formulas(PAGE)) > 40


def test_page_has_language_title_headings_and_viewport():
    assert PAGE.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>An LSTM, worked by hand &amp; &lt;checked&gt;</title>" in PAGE
    levels = [tag for tag, _ in Tags(PAGE).seen if re.fullmatch("h[1-6]", tag)]
    assert levels == ["h1"] + ["h2"] * len(SHEET.sections)
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in PAGE


def test_nothing_comes_from_the_network():
    assert not re.search(r"https?:|//[a-z]|@import|url\(", PAGE)
    assert {link for link in Tags(PAGE).attributes("href") if not link.startswith("#")} == {"data:,"}
    assert not Tags(PAGE).attributes("src")


def test_security_policy_forbids_everything_but_the_page_s_own_style_and_script():
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        (source,) = re.findall(f"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not Tags(PAGE).attributes("style")
    assert not [name for _, attributes in Tags(PAGE).seen for name in attributes if name.startswith("on")]


def test_every_line_is_a_link_to_itself_and_every_link_has_a_target():
    tags = Tags(PAGE)
    ids = tags.attributes("id")
    assert len(set(ids)) == len(ids)
    links = [link[1:] for link in tags.attributes("href") if link.startswith("#")]
    assert set(links) <= set(ids)
    for section in SHEET.sections:
        assert section.key in links
        for block in section.blocks:
            if isinstance(block, Row):
                assert {block.id, f"formula-{block.id}"} & set(links)


def test_lines_that_share_an_id_get_anchors_of_their_own():
    ids = Tags(page_of(SCALAR, SCALAR, SCALAR)).attributes("id")
    assert ids[-3:] == ["B2@t=0", "B2@t=0.2", "B2@t=0.3"]


def test_a_line_s_name_leads_to_its_numbers_and_not_to_the_formula():
    """G1, L1 and P1[W] stand twice on a sheet: stated in general, and worked out."""
    page = worked_example().render("html")
    for id in ("G1", "L1", "P1[W]"):
        (row,) = re.findall(
            rf'<div class="row" id="{re.escape(id)}"[^>]*>.*?\n</div>\n</div>', page, re.DOTALL
        )
        assert 'class="side result"' in row
        assert f'href="#formula-{id}"' in page


def test_a_scalar_line_in_mathml():
    assert (
        '<math displaystyle="true"><mo>=</mo><mrow><mrow><mn>0.01804</mn><mo>×</mo><mn>0.81757</mn>'
        '<mo>×</mo><mrow><mo stretchy="false">(</mo><mrow><mn>1</mn><mo>−</mo><mrow><msup><mi>tanh</mi>'
        '<mn>2</mn></msup><mrow><mo stretchy="false">(</mo><mn>0.78573</mn><mo stretchy="false">)</mo>'
        '</mrow></mrow></mrow><mo stretchy="false">)</mo></mrow></mrow>' in page_of(SCALAR)
    )


def test_guard_digits_are_set_apart():
    assert '<mrow class="guarded" aria-label="0.0180431"><mn>0.01804</mn><mpadded' in page_of(GUARDED)


@pytest.mark.parametrize(("rounding", "times"), [("full", 1), ("hand", 0)])
def test_guard_digits_are_explained_once_and_only_where_there_are_any(rounding, times):
    page = worked_example(rounding=rounding).render("html")
    assert words(page).count("guard digits") == times
    assert ('class="guard"' in page) == bool(times)


def test_numbers_of_a_column_are_padded_to_the_same_decimals():
    assert "<mrow><mn>0</mn><mphantom><mn>.00000</mn></mphantom></mrow>" in page_of(TIMES_COLUMN)


def test_a_wide_matrix_keeps_every_number():
    shown = words(page_of(WIDE))
    assert all(f"{row}.{column:02}517" in shown for row in range(4) for column in range(14))


def test_results_are_marked_and_their_rows_labelled():
    page = page_of(OUTER_PRODUCTS)
    assert page.count('class="side result"') == 1
    labels = re.findall(r'<mtable class="labels">.*?</mtable>', page)
    assert [re.findall(r"<mtext>(.)</mtext>", label) for label in labels] == [["a", "i", "f", "o"]]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "a\" onclick='x", "]]>&amp;"])
def test_text_from_outside_is_only_text(hostile):
    row = Row(hostile, SCALAR.left, SCALAR.sides, note=hostile)
    blocks = (row, Note(hostile), Facts(((hostile, hostile),)), Table(hostile, (hostile,), ((hostile,),)))
    page = render_html(Document(hostile, (Section("only", hostile, blocks),)))
    assert page.count("<script>") == 1
    assert {name for _, attributes in Tags(page).seen for name in attributes} == {
        name
        for _, attributes in Tags(page_of(SCALAR, Table("", ("a",), (("b",),)))).seen
        for name in attributes
    }


FRAGMENT = render_html(SHEET, fragment=True)


def test_a_fragment_is_one_element_with_everything_the_page_shows():
    assert [tag for tag, _ in Tags(FRAGMENT).seen][:2] == ["div", "style"]
    ElementTree.fromstring(FRAGMENT.strip().replace("&nbsp;", " "))  # one element, well-formed
    assert len(formulas(FRAGMENT)) == len(formulas(PAGE)) > 0
    assert SHEET.sections[-1].title in words(FRAGMENT)


def test_a_fragment_leaves_its_host_alone():
    """No script, no id that another sheet on the page could have too, no rule that reaches outside."""
    tags = Tags(FRAGMENT)
    assert {tag for tag, _ in tags.seen} & {
        "script",
        "html",
        "head",
        "body",
        "meta",
        "link",
        "main",
        "nav",
    } == set()
    (key,) = {re.match("gatewise-[0-9a-f]{8}-", id)[0] for id in tags.attributes("id")}
    assert all(link.startswith(f"#{key}") for link in tags.attributes("href"))
    assert not [name for _, attributes in tags.seen for name in attributes if name.startswith("on")]
    (style,) = re.findall("<style>(.*?)</style>", FRAGMENT, re.DOTALL)
    rules = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
    selectors = [
        part.strip() for rule in rules for part in rule.split(",") if not rule.strip().startswith("@")
    ]
    assert selectors
    steps = {"from", "to"}  # of @keyframes, which have a name of their own
    assert [each for each in selectors if not each.startswith(".gatewise") and each not in steps] == []
    assert all(name.startswith("gatewise-") for name in re.findall(r"@keyframes (\S+)", style))


def test_notebooks_get_the_fragment():
    shown = worked_example()._repr_mimebundle_()["text/html"]
    assert shown.startswith('<div class="gatewise">')


def test_the_same_document_gives_the_same_page():
    assert render_html(SHEET) == PAGE


def test_rows_of_single_entries_have_ids_of_their_own():
    sheet = worksheet(*model(3, H=2), detail="products", updates=2)
    ids = [r.id for r in blocks(sheet, Row) if len(r.sides) > 1]
    assert len(set(ids)) == len(ids)
    assert {"G1[a,1,0]", "G1#2[a,1,0]", "B7@t=2[1]", "P1[W][o,0,1]", "F1[z]@t=0[1]"} <= set(ids)
    with pytest.raises(KeyError, match=r"a row of the line P1\[W\]"):
        sheet["P1[W][o,0,1]"]


def test_a_guard_digit_is_no_subscript_and_stands_in_a_bracket_before_a_square():
    """0.84980₄² would read as an index squared, to the eye and, as <msub>, to a screen reader."""
    page = worked_example().render("html")
    (row,) = re.findall(r'<div class="row" id="B3@t=1".*?\n</div>\n</div>', page, re.DOTALL)
    assert not re.search(r"<msub>(?:(?!</msub>).)*guard", page)
    assert re.search(r'<msup><mrow><mo stretchy="false">\(</mo>.{0,60}aria-label="0.849804"', row)


def test_a_formula_that_goes_on_below_has_its_operator_between_operands():
    """A + at the beginning of a line is else taken for a sign, and stands without space."""
    page = worksheet(*model(3, H=4)).render("html")
    begun = re.findall(r'<div class="more"><math displaystyle="true"><mrow><mo( [^>]*)?>', page)
    assert begun
    assert set(begun) == {' form="infix"'}


@pytest.mark.parametrize("format", ["html", "tex", "md"])
def test_the_indices_of_an_entry_stand_beside_the_name_and_not_low(format):
    text = worksheet(*model(3, H=2), detail="products").render(format)
    low = r"<msub>(?:(?!</msub>).)*\[" if format == "html" else r"_\{[^{}]*\["
    assert not re.search(low, re.sub("</?a[^>]*>", "", text))
    assert ("</msub><mtext>[0,1]</mtext>" if format == "html" else "W_{a}[0,1]") in text


def test_a_column_is_as_wide_as_its_numbers_with_their_points_aligned():
    """10.5 above 0.25 takes five characters: a matrix is folded by what is drawn."""
    rows = ((Number("10.5"),), (Number("0.25"),))
    assert FoldingPrinter(mathml, 76).matrix(rows).width == 5 + 2 + 2


def test_the_page_leads_to_its_first_worked_number_past_formulas_and_given_values():
    page = worked_example().render("html")
    (anchor,) = re.findall('<a href="#([^"]+)">To the first number that is worked out</a>', page)
    assert anchor == "F1@t=0"
    assert page.index(f'<div class="row" id="{anchor}"') > page.index('id="given"')
