"""Damaged documents are checked to the end: read, judged, and the report written in all of its formats.

`make fuzz KIND=documents` goes on for as long as one likes; what it has found stands here.
"""

import json
import random

import pytest
from damage import damaged, documents, survives
from hypothesis import given, settings
from hypothesis import strategies as st

import gatewise
from gatewise.teach.checker.judge.numbers.sizes import TooLargeError
from gatewise.teach.checker.read import ReadingError

DOCUMENTS = documents()
TEXTS = [text for _, text in DOCUMENTS]
MOST_LINES = 80


@st.composite
def _damaged(draw):
    """(suffix, text): a stretch of a real document with some damage done to it."""
    suffix, text = draw(st.sampled_from(DOCUMENTS))
    lines = text.splitlines(keepends=True)
    whole = suffix in (".json", ".ipynb")
    first = 0 if whole else draw(st.integers(0, max(0, len(lines) - 5)))
    text = text if whole else "".join(lines[first : first + MOST_LINES])
    for number in draw(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8)):
        text = damaged(text, random.Random(number), TEXTS)
    return suffix, text


DAMAGED = _damaged()


@settings(max_examples=25, deadline=None)
@given(DAMAGED)
def test_damaged_documents_are_checked_to_the_end(document):
    suffix, text = document
    survives(text, f"a{suffix}")


@pytest.mark.share(4)
@pytest.mark.parametrize(("suffix", "text"), DOCUMENTS, ids=[f"{k}{s}" for k, (s, _) in enumerate(DOCUMENTS)])
def test_the_documents_themselves(suffix, text):
    survives(text, f"a{suffix}")


# What was found: a text, and what went wrong with it -------------------------------------------------

FOUND = {
    "a label without a step in a formula": (
        ".md",
        r"$$a_0 = label = 0.5$$" "\n" r"$$\delta b = [label \\ 1] = 0.1$$",
    ),
    "something missing in a product": (
        ".md",
        r"$W_a=0.5$ $x_0=1$ $$\delta b_a = NaN [0.1] = 0.1$$ $a_0 = NaN \cdot 0.5 = 0.1$",
    ),
    "a sum before an activation of no gate": (
        ".md",
        r"$x_0=1$ $z_0=0.5$ $$a_0 = \tanh(z_0) = \tanh(0.5) = 0.46212$$ $z=1$",
    ),
    "a side that ends above its beginning": (".txt", "    [  o= ]1\n    [ .6"),
    "a bracket drawn beyond the end of its line": (".txt", "                 ⎢\n               = ⎢"),
    "a sum of a million terms": (".md", r"$$\delta W_a = [0.\sum_{t=0}^{999999} 1 & 0.2]$$"),
    "sums within sums": (".md", "$$loss = " + r"\sum_{t=0}^{T}" * 20 + " loss_t = 0.5$$"),
    "a sum that ends before it begins": (".md", r"$$loss = \sum_{t=3}^{-5} 0.5 = 0.5$$"),
    "powers of powers": (".md", "$$a_0 = ((9^{999})^{999})^{999} = 9^{999} = 1e999999999$$"),
    "hundreds of steps of which nothing else is worked out": (
        ".md",
        "$$" + " $$\n$$ ".join(f"state_{{{k}}} = 0.5" for k in range(600)) + "$$",
    ),
}


@pytest.mark.parametrize("kind", FOUND)
def test_what_was_found(kind):
    suffix, text = FOUND[kind]
    survives(text, f"a{suffix}")


def test_a_power_that_is_infinite_is_not_right():
    given = r"$W_a=0.5$ $U_a=0.1$ $b_a=0.2$ $x_0=1$ $out_{-1}=0$ "
    report = gatewise.check(given + r"$$a_0 = 9^{999} = 0.60437$$")
    (finding,) = [finding for finding in report.roots if finding.verdict != "missing"]
    assert finding.verdict == "arithmetic"
    assert "9^{999} is infinite, and 0.60437 stands here" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(f"$$state_{{{k}}} = 0.5$$" for k in range(600)),
        "$$U_a = [" + " ".join(["0.1"] * 2000) + "]$$",
    ],
    ids=["steps", "units"],
)
def test_more_than_can_be_judged_is_refused_with_its_size(text):
    with pytest.raises(TooLargeError, match="What is checked has at most 500 steps"):
        gatewise.check(text)


def test_remarks_without_end_are_counted():
    report = gatewise.check("$ x\n\n" * 3000)
    assert len(report.findings) < 1100
    assert any("2,000 more remarks are only counted" in finding.message for finding in report.findings)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".md", ".json"])
def test_too_many_numbers_are_refused(suffix):
    matrix = "1;" * 160_000
    line = {
        "id": "W",
        "update": 1,
        "symbol": "W",
        "t": None,
        "shape": [160_000],
        "displayed": ["1"] * 160_000,
    }
    sheet = json.dumps({"schema": 1, "lines": [{**line, "formula": None, "substituted": None}]})
    with pytest.raises(ReadingError, match="more than 150,000 numbers"):
        gatewise.check(f"$$x_0=[{matrix}]$$" if suffix == ".md" else sheet, name=f"a{suffix}")


def test_a_worked_value_with_rows_of_different_lengths_ends_in_a_report():
    text = (
        r"$$c_1 = c_0 \cdot 1 = \begin{bmatrix} 0.10 & 0.20 \\ 0.30 \end{bmatrix}$$"
        "\n\n"
        r"$$h_1 = 0.5 \cdot c_1 = 0.05$$"
    )
    assert gatewise.check(text, name="a.md").numbers
