"""The reader on the worked example: every formula and every number of it, where it stands."""

from pathlib import Path

import pytest

from gatewise.checker.read import read
from gatewise.expression import text

DOCUMENT = (Path(__file__).parent / "data" / "worked-example.md").read_text()


@pytest.fixture(scope="module")
def reading():
    return read(DOCUMENT)


def test_every_number_stands_where_it_was_read(reading):
    numbers = list(reading.numbers)
    assert len(numbers) > 150
    for number in numbers:
        printed = DOCUMENT[number.at.offset : number.at.offset + number.at.length]
        assert printed == number.text
        line = DOCUMENT.split("\n")[number.at.line - 1]
        assert line[number.at.column - 1 :].startswith(printed)


def test_what_cannot_be_read_is_said_with_a_guess(reading):
    (damage,) = reading.unread
    assert damage.source == r"\times 10^{-10} \times 10^{"
    assert (damage.guess, damage.numbers, damage.at.line) == ("0.00176", 2, 111)


def test_what_is_mended_is_said(reading):
    taken = {remark.source: remark.taken_as for remark in reading.remarks}
    assert taken[r"\Delta_0 ut_0"] == "Δout₀"
    assert taken[r"^{\delta W}"] == "δW"


def test_labels_in_words_belong_to_the_input_before_them(reading):
    labels = {text(claim.left.tree): text(claim.sides[0].tree) for claim in reading.claims}
    assert (labels["label₀"], labels["label₁"]) == ("0.5", "1.25")
