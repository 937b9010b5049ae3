"""The reader on the worked example: every formula and number of it, where it stands."""

import re

import pytest
from paths import DOCUMENTS

from gatewise.expression import text
from gatewise.teach.checker.read import read

DOCUMENT = (DOCUMENTS / "worked-example.md").read_text(encoding="utf-8")
# What a person reads: line:column, left = side = side, one claim a line; matrices as [1 2; 3 4].
READ_BY_HAND = (DOCUMENTS / "worked-example.read.txt").read_text(encoding="utf-8").splitlines()
# Numbers that are no values: indices and bounds, exponents, the 2 of E's definition stands in a claim.
DECIMAL = re.compile(r"(?<![\w.])-?[0-9]+\.[0-9]+")


@pytest.fixture(scope="module")
def reading():
    return read(DOCUMENT)


def test_every_formula_and_number_is_read(reading):
    claims = [
        f"{claim.left.at.line}:{claim.left.at.column} "
        + " = ".join(text(side.tree) for side in (claim.left, *claim.sides))
        for claim in reading.claims
    ]
    assert claims == READ_BY_HAND


def test_every_number_stands_where_it_was_read(reading):
    for number in reading.numbers:
        printed = DOCUMENT[number.at.offset : number.at.offset + number.at.length]
        assert printed == number.text
        line = DOCUMENT.split("\n")[number.at.line - 1]
        assert line[number.at.column - 1 :].startswith(printed)


def test_no_decimal_of_the_document_is_passed_over(reading):
    """Found without the reader's help: everything that looks like a decimal number."""
    standing = {found.start(): found[0] for found in DECIMAL.finditer(DOCUMENT)}
    read_at = {number.at.offset: number.text for number in reading.numbers if "." in number.text}
    assert len(standing) > 130
    assert read_at == standing


def test_what_cannot_be_read_is_said_with_a_guess(reading):
    (damage,) = reading.unread
    assert damage.source == r"\times 10^{-10} \times 10^{"
    assert (damage.guess, damage.numbers, damage.at.line) == ("0.00176", 2, 111)


def test_what_is_mended_is_said(reading):
    taken = {(remark.at.line, remark.source): remark.taken_as for remark in reading.remarks}
    assert taken == {
        (5, "ullet"): r"\bullet",
        (29, r"\Delta T"): "ΔT",
        (103, r"\Delta_0 ut_0"): "Δout₀",
        (121, r"^{\delta W}"): "δW",
        (121, r"^{\delta U}"): "δU",
        (121, r"^{\delta b}"): "δb",
    }


def test_questions_and_what_they_ask_for(reading):
    asked = {h.question: [text(symbol) for symbol in h.mentions] for h in reading.headings if h.question}
    assert asked == {
        "a": ["a₀", "i₀", "f₀", "state₀", "out₀"],
        "b": ["state", "x", "out₀"],
        "c": ["δW", "δU", "δb"],
        "d": [],
    }
    steps = {heading.text: heading.t for heading in reading.headings}
    assert (steps["Forward @ t=1"], steps["Backward @ t=0"]) == (1, 0)
    assert [t for heading, t in steps.items() if "passed back from T=1" in heading] == [None]
