"""The PDF: what Typst is given, that it compiles, and what is said where Typst is missing."""

import re
import sys

import pytest
from sheets import GUARDED, OUTER_PRODUCTS, SCALAR, SHEET, TIMES_COLUMN, WIDE

from gatewise.errors import GatewiseError
from gatewise.teach.worksheet.layout.document import Document, Facts, Note, Row, Section, Table
from gatewise.teach.worksheet.render.pdf import render_pdf, typst_source


def source(*blocks):
    """What Typst is given for these blocks, after the title."""
    return typst_source(Document("T", (Section("only", "", blocks),))).rpartition('= #"T";\n')[2]


def test_scalar_line():
    assert source(SCALAR) == (
        "#working(\n"
        '  ("B2@t=0", $italic(delta"state")_(0)$, ($= italic(delta"out")_(0) dot.o  o_(0) dot.o (1 - tanh^2 '
        '(italic("state")_(0))) + italic(delta"state")_(1) dot.o  f_(1)$, $= 0.01804 times 0.81757 times '
        "(1 - tanh^2 (0.78573)) + (-0.07111) times 0.87030$, $= result(-0.05348)$,), none),\n"
        ")\n"
    )


def test_guard_digits_padding_labels_and_column_groups():
    assert '0.01804_(guard("31"))' in source(GUARDED)
    assert 'cell(0 gap(".00000"))' in source(TIMES_COLUMN)
    assert 'labels("a", "i", "f", "o")' in source(OUTER_PRODUCTS)
    assert re.findall(r"delim: #\(([^)]*)\)", source(WIDE)) == ['"[", none', 'none, "]"']


def test_without_typst_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(
        GatewiseError, match=r"needs the package typst. Install it with: pip install 'gatewise\[pdf\]'"
    ):
        render_pdf(SHEET)


def test_pdf_is_the_same_every_time():
    pytest.importorskip("typst")
    first = render_pdf(SHEET)
    assert first.startswith(b"%PDF-")
    assert render_pdf(SHEET) == first


@pytest.mark.parametrize(
    "hostile", ['"; #panic("x")', '$ x #read("/etc/passwd") $', "\\", "*_`<@=/+-[]{}()", "a\nb"]
)
def test_text_from_outside_is_only_text(hostile):
    pytest.importorskip("typst")
    row = Row(hostile, SCALAR.left, SCALAR.sides, labels=(hostile,), note=hostile)
    labelled = Row("G1", OUTER_PRODUCTS.left, OUTER_PRODUCTS.sides, labels=(hostile,) * 4)
    blocks = (
        row,
        labelled,
        Note(hostile),
        Facts(((hostile, hostile),)),
        Table(hostile, (hostile,), ((hostile,),)),
    )
    assert render_pdf(Document(hostile, (Section("only", hostile, blocks),))).startswith(b"%PDF-")
