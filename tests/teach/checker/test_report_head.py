"""How reports begin, and what makes them short: the reading, the coverage, no empty words, marks under wide letters."""

import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from paths import DOCUMENTS
from reports import MISPRINT, REPORT, SOUND

from gatewise import check
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render import FORMATS, render
from gatewise.teach.checker.render.columns import columns, excerpt, wrapped
from gatewise.teach.checker.render.head import coverage_sentence, reading_sentence
from gatewise.teach.checker.render.outline import headline
from gatewise.teach.checker.report import Coverage, Finding, ReadingChoice, Report

READING = (
    ReadingChoice("rounding", "3", "most results have 3 decimals"),
    ReadingChoice("weights", "W on x, U on h", "f_t = σ(W_f x_t + U_f h_{t-1} + b_f)"),
    ReadingChoice("cell", "lstm", "c_t = f_t c_{t-1} + i_t c̃_t"),
    ReadingChoice("loss", "½Σ(h − y)²", "the loss in line 12"),
    ReadingChoice("first_step", "1", "x₁ is the first input"),
    ReadingChoice("gates", "f i c̃ o", "their letters"),
)
COVERAGE = Coverage(
    given=40, checked=62, uncheckable=12, unread=51, formulas=6,
    places=((4, 9, "table"), (20, 20, "code"), (31, 40, "table")),
)  # fmt: skip
READ = replace(REPORT, reading=READING, coverage=COVERAGE)
PEOPLE = ("text", "md", "html")


# The head -------------------------------------------------------------------------------------------------


def test_the_reading_is_one_sentence_in_a_sensible_order():
    assert reading_sentence(READ) == (
        "Read as: an LSTM, steps from 1; W on x, U on h; gates f i c̃ o; loss ½Σ(h − y)²; rounded to 3 decimals."
    )


def test_a_choice_that_is_not_known_here_is_said_all_the_same():
    report = replace(SOUND, reading=(ReadingChoice("head", "softmax", ""), ReadingChoice("cell", "mine", "")))
    assert reading_sentence(report) == "Read as: cell mine; head softmax."


@pytest.mark.parametrize(
    ("coverage", "sentence"),
    [
        (
            COVERAGE,
            "Checked 62 of 165 numbers: 40 are given, 12 cannot be checked, 51 were not read "
            "(2 tables, 1 code block: lines 4–9, 20, 31–40); 6 formulas compared, all right.",
        ),
        (Coverage(checked=1), "Checked 1 of 1 number."),
        (Coverage(given=1, checked=2, program=7), "Checked 2 of 10 numbers: 1 is given, 7 stand in program text."),
        (Coverage(unread=1, places=((3, 3, "table"),)), "Checked 0 of 1 number: 1 was not read (1 table: line 3)."),
        (Coverage(formulas=1), "1 formula compared, right."),
        (Coverage(formulas=3, wrong_formulas=2), "5 formulas compared, 2 wrong."),
        (Coverage(), ""),
    ],
)  # fmt: skip
def test_the_coverage_is_one_sentence(coverage, sentence):
    assert coverage_sentence(replace(SOUND, coverage=coverage)) == sentence


def test_what_cannot_be_checked_says_what_it_lacks():
    lacking = [
        Finding("missing", Place(0, 0, 1, 1), name, "", "", f"{name} is never given.")
        for name in ("W_new[o]", "W[o]", "U[o]", "b[o]")
    ]
    report = replace(SOUND, findings=tuple(lacking), coverage=Coverage(checked=3, uncheckable=2))
    assert "2 cannot be checked (Wⁿᵉʷ_o, W_o, U_o and 1 more are not given)" in coverage_sentence(report)


@pytest.mark.parametrize("format", PEOPLE)
def test_reports_for_people_begin_with_both_before_any_finding(format):
    shown = " ".join(re.sub(r"<[^>]*>|\\", "", render(READ, format)).split())
    assert (
        shown.index("Read as: an LSTM") < shown.index("Checked 62 of 165 numbers") < shown.index("misprint")
    )
    assert "x₁ is the first input" in shown


@pytest.mark.parametrize("format", PEOPLE)
def test_a_report_that_knows_neither_has_no_head(format):
    shown = render(REPORT, format)
    assert "Read as" not in shown
    assert "Checked" not in shown


def test_data_has_both():
    properties = json.loads(render(READ, "sarif"))["runs"][0]["properties"]
    data = json.loads(render(READ, "json"))
    assert properties["reading"] == data["reading"]
    assert properties["coverage"] == data["coverage"]
    assert data["coverage"]["numbers"] == 165
    assert data["reading"]["because"]["cell"] == "c_t = f_t c_{t-1} + i_t c̃_t"
    assert properties["readAs"].startswith("Read as: an LSTM")


def test_what_was_inferred_is_not_said_twice():
    assert "carried by hand" in render(REPORT, "text")
    assert "carried by hand" not in render(READ, "text")


def test_all_is_never_said_of_what_was_skipped():
    for format in FORMATS:
        assert "all there are" not in render(READ, format)
        assert "all there are" not in render(SOUND, format)


def test_too_little_checked_is_not_called_sound():
    report = replace(SOUND, enough=False, coverage=Coverage(checked=2, uncheckable=30))
    assert headline(report) == "No mistakes found, but too little could be checked to call it sound."
    assert headline(replace(REPORT, enough=False)).startswith("2 mistakes")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("3", "rounded to 3 decimals"),
        ("1 decimal", "rounded to 1 decimal"),
        ("4 decimals, by hand, or mixed", "rounded to 4 decimals"),
        ("full", "full"),
    ],
)
def test_rounding_is_said_by_its_decimals(value, said):
    assert (
        reading_sentence(replace(SOUND, reading=(ReadingChoice("rounding", value, ""),)))
        == f"Read as: {said}."
    )


# Nothing empty --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("printed", "expected", "message"),
    [
        ("0.5", "nan", "b should be nan, 0.5 is printed: nothing later uses it."),
        ("0.5", "", "b should be , 0.5 is printed: nothing later uses it."),
        ("0.5", "0.5", "b should be 0.5, 0.5 is printed: nothing later uses it."),
        ("0.5", "[0.1; nan]", "b is wrong."),
    ],
)
def test_no_report_says_what_is_no_value(format, printed, expected, message):
    finding = replace(
        MISPRINT, verdict="unexplained", quantity="b", printed=printed, expected=expected, message=message
    )
    shown = render(replace(REPORT, findings=(finding,)), format)
    if format == "json":
        return  # data for programs keeps what the judge found
    words = re.sub(r'"expected": "[^"]*"', "", shown)
    assert not re.search(r"(?<!\w)nan(?!\w)", words)
    assert not re.search(r"should be\s*[,.]", words)
    assert "should be 0.5" not in words
    assert "0.5" in words


@pytest.mark.parametrize("format", PEOPLE)
def test_what_is_missing_is_told_three_times_and_then_folded(format):
    missing = [
        Finding("missing", Place(0, 0, 1, 1), f"out@t={t}", "", f"0.{t}", f"out_{t} = 0.{t} is not there.")
        for t in range(8)
    ]
    shown = render(replace(SOUND, findings=tuple(missing)), format)
    assert "8 remarks" in shown
    assert "5 more missing" in shown
    if format == "text":
        assert shown.count("is not there") == 3
        assert all(f"out{sub} (line 1)" in " ".join(shown.split()) for sub in "₃₄₅₆₇")


def test_what_cannot_be_seen_is_one_line_of_text_unless_it_is_asked_for():
    hidden = tuple(
        f"F{k}: with these numbers these would not show: the forget gate left out." for k in (1, 2, 3)
    )
    report = replace(SOUND, undetectable=hidden)
    short, full = render(report, "text"), render(report, "text", everything=True)
    assert "the forget gate left out" not in short
    assert "3 equations with mistakes that would not show at these digits (F1, F2, F3)" in " ".join(
        short.split()
    )
    assert full.count("the forget gate left out") == 3
    assert "<details><summary>3 equations" in render(report, "html")
    assert "<details><summary>3 equations" in render(report, "md")


def test_new_verdicts_are_named_in_words():
    finding = replace(MISPRINT, verdict="arithmetic", mistake="")
    assert "two sides that are not the same" in render(replace(REPORT, findings=(finding,)), "text")


def test_a_sum_that_is_wrong_is_read_out_without_latex():
    said = r"\sigma(0.5 \cdot 2) is 0.7311, and 0.9350 stands here."
    finding = replace(MISPRINT, verdict="arithmetic", mistake="", message=said)
    shown = render(replace(REPORT, findings=(finding,)), "text")
    assert "σ(0.5 · 2) is 0.7311" in shown


@pytest.mark.parametrize("format", PEOPLE)
def test_a_finding_with_a_known_mistake_names_the_command_that_explains_it(format):
    shown = render(REPORT, format).replace("&#39;", "'").replace("\\", "")
    assert "gatewise explain digit-changed" in shown
    assert "gatewise explain G3/d_gates_next-for-d_gates" in shown
    gru = replace(REPORT, reading=(ReadingChoice("cell", "gru", ""),))
    assert "gatewise explain digit-changed --cell gru" in render(gru, format)


def test_an_id_that_a_shell_would_change_stands_in_quotes():
    finding = replace(MISPRINT, mistake="B2/without-d_state_next*f_next")
    shown = render(replace(REPORT, findings=(finding,)), "text")
    assert "gatewise explain 'B2/without-d_state_next*f_next'" in shown


# Letters beyond ASCII -------------------------------------------------------------------------------------

CHINESE = "# 第一步：忘记门 f₁ = σ(1.02) = 0.9350，所以 c₁ = 0.19\n"


def test_wide_letters_are_shown_as_they_are_and_count_two_columns():
    at = CHINESE.index("0.9350")
    finding = replace(MISPRINT, at=Place(at, 6, 1, at + 1), printed="0.9350", expected="0.7350")
    lines = render(replace(REPORT, text=CHINESE, findings=(finding,)), "text").splitlines()
    (row,) = (k for k, line in enumerate(lines) if "忘记门" in line)
    under = lines[row + 1]
    before = lines[row][: lines[row].index("0.9350")]
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in before)
    assert wide >= 6
    assert under.index("^") == len(before) + wide
    assert under.count("^") == 6


@pytest.mark.parametrize("width", [20, 30, 60])
def test_an_excerpt_of_wide_letters_keeps_to_its_columns(width):
    for word in ("0.9350", "忘记门", "所以"):
        at = CHINESE.index(word)
        shown, begins, ends = excerpt(CHINESE, Place(at, len(word), 1, at + 1), width)
        assert shown[begins:ends] == word
        assert columns(shown) <= width


def test_accents_take_no_column_and_control_characters_are_not_shown():
    text = "c\u0303 = 0.5\x1b[31m"
    shown, begins, ends = excerpt(text, Place(5, 3, 1, 6), 40)
    assert shown[begins:ends] == "0.5"
    assert columns(shown[:begins]) == 4
    assert "\x1b" not in shown


def test_chinese_text_is_wrapped_between_letters():
    lines = wrapped("忘记门的公式写错了。" * 6 + " b = 0.5", 30, "  ", "  ")
    assert len(lines) > 3
    assert all(columns(line) <= 30 for line in lines)
    assert "".join(line.strip() for line in lines).replace(" ", "") == ("忘记门的公式写错了。" * 6 + "b=0.5")


def test_a_sound_report_without_a_document_has_no_lines_to_spare():
    assert render(Report("", (), (), enough=False), "text").count("\n") < 6


def test_what_check_returns_begins_with_its_reading_and_coverage():
    text = "$f_1 = \\sigma(0.7 \\cdot 1.2 + 0.1) = 0.7191$ and $c_1 = f_1 \\cdot 0.3 = 0.2157$\n"
    name, read_as, *rest = str(check(text)).splitlines()
    assert name.startswith("document: ")
    assert read_as.startswith("Read as: an LSTM, steps from 1;")
    assert any(line.startswith("Checked ") for line in rest[:3])


def test_the_sample_of_the_docs_is_what_is_said_of_its_document(run, tmp_path, monkeypatch):
    (tmp_path / "blog.md").write_text((DOCUMENTS / "blog.md").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("check", "blog.md", "--width", "80")
    assert code == 1
    sample = out.partition("\n\nWhat cannot be seen")[0]
    docs = Path(__file__).parents[3]
    assert sample in (docs / "docs" / "checking.md").read_text("utf-8")
    assert sample.partition("\n\n")[0] in (docs / "README.md").read_text("utf-8")


def reading_of(document):
    return {choice.name: choice.value for choice in check(document).reading}


def test_of_a_loss_that_nothing_depends_on_nothing_is_said():
    report = check("$f_1 = \\sigma(0.7 \\cdot 1.2 + 0.1) = 0.7191$ and $c_1 = f_1 \\cdot 0.3 = 0.2157$\n")
    assert "loss" not in reading_sentence(report)
    assert "½" not in str(report)
    assert json.loads(render(report, "json"))["reading"]["loss"] == "½Σ(h − y)²"


def test_a_loss_is_told_where_there_is_a_derivative_or_a_label():
    derived = "$h_1 = 0.3$, $y_1 = 0.5$, $\\frac{\\partial L}{\\partial h_1} = h_1 - y_1 = -0.2$"
    assert "loss ½Σ(h − y)²" in reading_sentence(check(derived))


def test_the_first_step_is_that_of_the_first_state_not_of_the_first_derivative():
    written = (
        "$L = (h_3 - y_3)^2$ with $y_3 = 1$.\n\n$h_1 = 0.1$, $h_2 = 0.2$, $h_3 = 0.4$\n\n"
        "$L = 0.36$, $\\frac{\\partial L}{\\partial h_3} = 2(h_3 - y_3) = -1.2$\n"
    )
    assert reading_of(written)["first_step"] == "1"


def test_the_first_step_is_the_first_that_is_printed():
    printed = "t=0 i=0.5866 h=-0.1364\nt=1 i=0.6636 h=-0.3760\nt=2 i=0.7298 h=-0.5639\n"
    assert reading_of(f"```\n{printed}```\n\nThe last output is $h_2 = -0.5639$.\n")["first_step"] == "0"


def test_a_state_of_step_0_that_meets_its_label_is_of_the_first_step():
    assert (
        reading_of("out_0 = 0.77198, label_0 = 0.31416.\n\ndelta_0 = out_0 - label_0 = 0.45782\n")[
            "first_step"
        ]
        == "0"
    )
