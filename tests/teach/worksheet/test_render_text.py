"""Sheets as text: what is drawn, how it is folded, and that ASCII is ASCII."""

import io

import pytest
from paths import EXAMPLES
from sheets import GATE, GUARDED, OUTER_PRODUCTS, SCALAR, SHEET, TIMES_COLUMN, WIDE

from gatewise import load_problem, worksheet
from gatewise.teach.worksheet.layout.document import Document, Facts, Note, Section, Table
from gatewise.teach.worksheet.render.text import render_text, terminal_options


def drawn(*blocks, **options):
    """The lines of a section of these blocks, without titles."""
    return render_text(Document("", (Section("only", "", blocks),)), **options).strip("\n").split("\n")


def test_scalar_line_has_each_side_under_the_first_equals_sign():
    assert drawn(SCALAR, width=88) == [
        "B2@t=0   δstate₀ = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) + δstate₁ ⊙ f₁",
        "                 = 0.01804 × 0.81757 × (1 − tanh²(0.78573)) + (−0.07111) × 0.87030",
        "                 = −0.05348",
    ]


def test_a_side_that_is_too_wide_is_folded_before_plus_first_and_hangs_after_the_equals_sign():
    assert drawn(SCALAR, width=80)[1:3] == [
        "                 = 0.01804 × 0.81757 × (1 − tanh²(0.78573))",
        "                   + (−0.07111) × 0.87030",
    ]
    assert drawn(SCALAR, width=48) == [
        "B2@t=0   δstate₀ = δout₀ ⊙ o₀",
        "                     ⊙ (1 − tanh²(state₀))",
        "                   + δstate₁ ⊙ f₁",
        "                 = 0.01804 × 0.81757",
        "                     × (1 − tanh²(0.78573))",
        "                   + (−0.07111) × 0.87030",
        "                 = −0.05348",
    ]


def test_guard_digits_are_set_low_and_ascii_marks_them_with_an_underscore():
    assert "= 0.01804₃₁ × tanh(0.78573) × 0.81757₄₄ × (1 − 0.81757₄₄)" in drawn(GUARDED)[1]
    ascii = drawn(GUARDED, unicode=False)
    assert "= 0.01804_31 * tanh(0.78573) * 0.81757_44 * (1 - 0.81757_44)" in ascii[1]
    assert ascii[3].strip().startswith("d_out[0] and o[0] are shown")


def test_a_matrix_times_a_column_is_drawn_in_two_dimensions_with_points_aligned():
    assert drawn(TIMES_COLUMN) == [
        "B7@t=0   δx₀ = Wᵀ · δgates₀",
        "                                           ⎡ −0.01703 ⎤",
        "             = ⎡ 0.45  0.95  0.7   0.6 ⎤ · ⎢ −0.00165 ⎥",
        "               ⎣ 0.25  0.8   0.45  0.4 ⎦   ⎢  0       ⎥",
        "                                           ⎣  0.00176 ⎦",
        "",
        "             = ⎡ −0.00817 ⎤",
        "               ⎣ −0.00487 ⎦",
    ]


def test_a_sum_of_outer_products_folds_at_its_plus_and_names_the_rows_of_its_result():
    assert drawn(OUTER_PRODUCTS, width=60)[1:16] == [
        "          ⎡ −0.01703 ⎤",
        "        = ⎢ −0.00165 ⎥ ⊗ [ 1  2 ]",
        "          ⎢  0       ⎥",
        "          ⎣  0.00176 ⎦",
        "",
        "            ⎡ −0.01938 ⎤",
        "          + ⎢ −0.00112 ⎥ ⊗ [ 0.5  3 ]",
        "            ⎢ −0.00631 ⎥",
        "            ⎣ −0.05538 ⎦",
        "",
        "          ⎡ −0.02672  −0.09221 ⎤  a",
        "        = ⎢ −0.00221  −0.00666 ⎥  i",
        "          ⎢ −0.00316  −0.01893 ⎥  f",
        "          ⎣ −0.02593  −0.16262 ⎦  o",
    ]


def test_brackets_grow_to_what_they_hold():
    assert drawn(GATE, width=100)[1:3] == [
        "            = tanh⎛⎡ 0.45   0.25  ⎤ · ⎡ 1 ⎤ + ⎡  0.15  0.3 ⎤ · ⎡ 0 ⎤ + ⎡ 0.2 ⎤⎞",
        "                  ⎝⎣ 0.5   −0.125 ⎦   ⎣ 2 ⎦   ⎣ −0.1   0.2 ⎦   ⎣ 0 ⎦   ⎣ 0.1 ⎦⎠",
    ]
    assert drawn(GATE, width=100, unicode=False)[1:3] == [
        "              = tanh/[ 0.45   0.25  ] @ [ 1 ] + [  0.15  0.3 ] @ [ 0 ] + [ 0.2 ]\\",
        "                    \\[ 0.5   -0.125 ]   [ 2 ]   [ -0.1   0.2 ]   [ 0 ]   [ 0.1 ]/",
    ]


def test_a_matrix_that_is_too_wide_is_parted_between_columns_and_loses_nothing():
    lines = drawn(WIDE, width=60)
    shown = " ".join(lines)
    for row in range(4):
        for column in range(14):
            assert f"{row}.{column:02}517" in shown
    assert max(map(len, lines)) <= 60


def test_in_a_narrow_column_of_text_formulas_go_below_the_left_side():
    assert drawn(SCALAR, width=40) == [
        "B2@t=0   δstate₀",
        "  = δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀))",
        "    + δstate₁ ⊙ f₁",
        "  = 0.01804 × 0.81757",
        "      × (1 − tanh²(0.78573))",
        "    + (−0.07111) × 0.87030",
        "  = −0.05348",
    ]


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_asked(width, unicode):
    text = render_text(SHEET, width=width, unicode=unicode)
    assert max(map(len, text.split("\n"))) <= width
    assert not any(line.endswith(" ") for line in text.split("\n"))


@pytest.mark.parametrize("notation", ["document", "torch", "keras"])
@pytest.mark.parametrize("name", [None, "two-units.toml", "only-sizes.toml"])
def test_no_line_of_a_real_sheet_is_wider_than_asked(name, notation):
    model = load_problem(name and EXAMPLES / name)
    sheet = worksheet(model.params, model.x, model.label, texts=model.texts, notation=notation)
    for width in (40, 60, 80):
        for unicode in (True, False):
            lines = str(sheet.render("text", width=width, unicode=unicode)).split("\n")
            assert [line for line in lines if len(line) > width] == []


def test_ascii_is_ascii_and_has_every_number():
    assert render_text(SHEET, unicode=False).isascii()
    for number in ("-0.05348", "0.16262", "1.2346e-7", "12.07111"):
        assert number in render_text(SHEET, unicode=False)


def test_facts_tables_and_notes():
    facts = Facts((("digits", "5"), ("λ", "0.1")))
    table = Table("Norms", ("t", "‖δout‖", "where"), (("0", "0.5", "first"), ("11", "12.25", "last")))
    assert drawn(facts, table, Note("δstate_{t+1} reaches state_t.")) == [
        "digits   5",
        "λ        0.1",
        "",
        "Norms",
        " t  ‖δout‖  where",
        "──  ──────  ─────",
        " 0    0.5   first",
        "11   12.25  last",
        "",
        "δstateₜ₊₁ reaches stateₜ.",
    ]


def test_a_table_that_is_too_wide_continues_below_with_its_first_column():
    table = Table("", tuple("abcdef"), (tuple(str(10**k) for k in range(5, 11)),))
    lines = drawn(table, width=40)
    assert max(map(len, lines)) <= 40
    assert [line for line in lines if line.startswith("100000")] == [
        "100000  1000000  10000000  100000000",
        "100000  1000000000  10000000000",
    ]


def test_long_words_in_a_table_are_wrapped():
    table = Table(
        "", ("here", "there"), (("U (4H, H)", "recurrent_kernel (H, 4H), columns i f c o"), ("b", "bias"))
    )
    assert drawn(table, width=44) == [
        "here       there",
        "─────────  ─────────────────────────────────",
        "U (4H, H)  recurrent_kernel (H, 4H), columns",
        "           i f c o",
        "b          bias",
    ]


def test_colour_is_sparing_and_only_when_asked_for():
    assert "\x1b" not in render_text(SHEET)
    lines = drawn(SCALAR, colour=True)
    assert lines[0].startswith("\x1b[2mB2@t=0\x1b[0m")
    assert lines[-1].endswith("= \x1b[1m−0.05348\x1b[0m")
    plain = (
        render_text(SHEET, colour=True).replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    )
    assert plain == render_text(SHEET)


class Stream(io.StringIO):
    """A stream that says what it is told to."""

    def __init__(self, tty, encoding):
        super().__init__()
        self.tty, self.codec = tty, encoding

    def isatty(self):
        return self.tty

    @property
    def encoding(self):
        return self.codec


@pytest.mark.parametrize(
    ("tty", "environment", "colour"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_follows_the_terminal(monkeypatch, tty, environment, colour):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal_options(Stream(tty, "utf-8"))["colour"] is colour


@pytest.mark.parametrize(
    ("encoding", "unicode"),
    [("utf-8", True), ("ascii", False), ("cp1252", False), ("cp437", False), (None, False)],
)
def test_letters_follow_the_encoding(encoding, unicode):
    assert terminal_options(Stream(False, encoding))["unicode"] is unicode


def test_width_follows_the_terminal_within_limits(monkeypatch):
    for columns, width in ((100, 100), (20, 40), (500, 120)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert terminal_options(Stream(True, "utf-8"))["width"] == width
