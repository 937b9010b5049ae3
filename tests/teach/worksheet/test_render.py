"""All formats together: which there are, and which options each takes. Each format has tests of its own."""

import numpy as np
import pytest
from problem_files import SIZES, parse

from gatewise import ArgumentError, worksheet
from gatewise.teach.worksheet.render import FORMATS


@pytest.fixture(scope="module")
def sheet():
    model = parse(SIZES + "steps = 2")
    return worksheet(model.params, model.x, model.label)


@pytest.mark.parametrize("format", FORMATS)
def test_an_option_that_a_format_does_not_take_is_refused(sheet, format):
    with pytest.raises(ArgumentError, match=f"format '{format}' does not take paper"):
        sheet.render(format, paper="a4")


def test_the_refusal_says_what_the_format_takes(sheet):
    with pytest.raises(ArgumentError, match=r"'json' does not take width; it has no options\."):
        sheet.render("json", width=10)
    with pytest.raises(
        ArgumentError, match=r"'text' does not take columns; its options are width, unicode, colour\."
    ):
        sheet.render("text", columns=10)


@pytest.mark.parametrize(
    ("format", "option"), [("text", "unicode"), ("text", "colour"), ("html", "fragment")]
)
def test_a_flag_of_a_format_is_a_flag(sheet, format, option):
    with pytest.raises(ArgumentError, match=f"{option} is an array"):
        sheet.render(format, **{option: np.zeros((4, 2))})


def test_options_reach_their_format(sheet):
    assert sheet.render("text", unicode=False).isascii()
    assert sheet.render("html", fragment=True).startswith("<div")
