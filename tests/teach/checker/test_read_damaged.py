"""Damaged and hostile documents: what can be read is read, what is mended is said, nothing crashes or hangs."""

import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import DOCUMENTS

from gatewise.expression import text, walk
from gatewise.teach.checker.read import MAX_CHARACTERS, ReadingError, read

DOCUMENT = (DOCUMENTS / "worked-example.md").read_text(encoding="utf-8")
NAMES = ("a.md", "a.tex", "a.txt", "a.json", "a.toml", "a.csv", "a.ipynb", "document")
PIECES = (
    "$", "$$", "\\[", "\\(", "{", "}", "[", "]", "(", ")", "\\left(", "\\right]", "\\left[", "\\right.", "\\left.",
    "\\begin{bmatrix}", "\\end{bmatrix}", "\\begin{aligned}", "\\begin{array}{r", "&", "\\\\", "=", "+", "-",
    "\\times 10^{", "10", "0.5", "-0.05349", "₃₄", "_", "^", "_{t-1}", "state", "\\delta", "\\Delta_0 ut_0", "out_0",
    "W_a", "\\tanh", "\\sigma(", "\\sum_{t=0}", "\\frac{", "\\text{", "\\phantom{", "⎡", "⎢", "⎣", "⎤", "⎥", "⎦", "⎛",
    "⎝", " ", "\n", "\n\n", "```", "# t=1", "label: 0.5", "λ = 0.1", ",", "\\quad", "…", "\\working{a}{", "}{%\n", "'",
    "/", "|", "\\", "<sub>0</sub>", "½", "T", "new", "€",
)  # fmt: skip


def claims(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


@pytest.mark.parametrize(
    ("source", "read_as", "why"),
    [
        (r"$$a_0 = \tanh(0.5 = 0.46212$$", ["a₀ = tanh(0.5) = 0.46212"], "the bracket ( is not closed"),
        (r"$$a_0 = [0.5 = 0.4, o_0 = 0.5$$", ["a₀ = [0.5] = 0.4", "o₀ = 0.5"], "the bracket [ is not closed"),
        (r"$$x_0 = \begin{bmatrix} 1 \\ 2$$", ["x₀ = [1; 2]"], "is not closed"),
        (r"$$x_0 = [1; 2]]$$", ["x₀ = [1; 2]"], "the bracket ] has no partner"),
        (r"$$W_a = [1, 2] U_a = [3]$$", ["W_a = [1 2]", "U_a = [3]"], "nothing parts it"),
        (r"$$f_0 = 0.85195 o_0 = 0.81757$$", ["f₀ = 0.85195", "o₀ = 0.81757"], "nothing parts it"),
        (r"$$sate_0 = 0.5$$", ["state₀ = 0.5"], "sate is read as state"),
        (r"$$\Delta_0 ut_0 = 0.5$$", ["Δout₀ = 0.5"], "ut is read as out"),
        (r"$$b = \begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}$$", ["b = [1 2; 3]"], "have 2, 1 entries"),
        ("$a_0 = 0.5\n\nprose", ["a₀ = 0.5"], "a $ is missing"),
        ("$$a_0 = 0.5\n\n# prose", ["a₀ = 0.5"], "a $$ is missing"),
        (r"\begin{align} a_0 &= 0.5", ["a₀ = 0.5"], r"\end{align} is missing"),
    ],
)
def test_what_is_mended_is_said(source, read_as, why):
    reading = read(source)
    assert claims(reading) == read_as
    assert any(why in remark.why for remark in reading.remarks)


@pytest.mark.parametrize(
    ("source", "reason", "numbers"),
    [
        (r"$$a_0 = 0.05O49$$", "0.05O is not a number", 2),
        (r"$$a_0 = 0.5 +$$", "missing at the end", 1),
        (r"$$a_0 = \begin{bmatrix} 0.5 \\ \vdots \\ 0.7 \end{bmatrix}$$", "left out", 2),
        (r"$$a_0 = 0.5 \pm 0.1$$", "two values", 2),
        (r"$$= 0.5$$", "follows nothing", 1),
        (r"$$0.5 \times 0.25$$", "no = that says", 2),
        (r"$$a_0 = \foo{0.5}$$", "not expected", 1),
        ("$$a_0 = " + "(" * 100 + "0.5" + ")" * 100 + "$$", "nested more than 40 deep", 1),
        ("$$a_0 = " + r"\cdot ".join(["0.5"] * 300) + "$$", "more than 200 factors", 300),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_numbers(source, reason, numbers):
    (unread,) = read(source).unread
    assert reason in unread.reason
    assert unread.numbers == numbers
    assert source[unread.at.offset :].startswith(unread.source[:5])


def test_the_rest_of_a_chain_with_a_damaged_side_is_read():
    (claim,) = read(r"$$f_0 = 0.5 ** 0.3 = 0.85195$$").claims
    assert text(claim.sides[-1].tree) == "0.85195"


# Nothing crashes --------------------------------------------------------------------------------------


def survives(source, name):
    try:
        reading = read(source, name=name)
    except ReadingError as error:
        assert str(error)  # noqa: PT017
        return
    for claim in reading.claims:
        for side in (claim.left, *claim.sides):
            assert sum(1 for _ in walk(side.tree)) >= 1
            text(side.tree)
    for number in reading.numbers:
        assert (
            reading.text[number.at.offset : number.at.offset + number.at.length].strip()
            or not number.at.length
        )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.sampled_from(NAMES))
def test_pieces_of_mathematics_in_any_order_are_survived(source, name):
    survives(source, name)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")),
    st.sampled_from(NAMES),
)
def test_any_text_is_survived(source, name):
    survives(source, name)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAMES[:3]))
def test_a_document_with_pieces_torn_out_or_put_in_is_survived(data, name):
    start = data.draw(st.integers(0, len(DOCUMENT) - 1500))
    source = DOCUMENT[start : start + 1500]
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(source)))
        piece = data.draw(st.sampled_from(PIECES))
        source = source[:at] + piece + source[at + data.draw(st.integers(0, 12)) :]
    survives(source, name)


# Nothing hangs ----------------------------------------------------------------------------------------

SLACK = 1.5  # for what a longer document needs once, such as sorting
HOSTILE = {
    "dollars": "$" * 2000,
    "lone dollars": "$ x\n\n" * 400,
    "braces": "$$" + "{" * 2000,
    "brackets": "$$a_0 = " + "[(" * 1000,
    "phantoms": "$$" + "\\phantom{" * 250,
    "begins": "\\begin{align}" * 150,
    "matrices": "$$x_0 = " + "\\begin{bmatrix}" * 130,
    "products": "$$x_0 = " + "a_t" * 650,
    "minuses": "$$x_0 = " + "-" * 2000,
    "powers": "$$x_0 = 1" + "^2" * 1000,
    "equals": "$$" + "a=" * 1000,
    "rows": "$$x_0 = [" + "1;" * 1000 + "]$$",
    "words": "$$" + "state " * 330 + "$$",
    "headings": "# t=1\n" * 330,
    "labels": "label: 1\n" * 220,
    "drawn": "⎡ 1 ⎤\n⎢ 1 ⎥\n" * 160,
    "fences": "```\n" * 500,
    "workings": "\\working{a}{b}{%\n" * 110,
    "subs": "<sub>" * 400,
    "fractions": "$$a_0 = " + "\\frac{1}" * 250,
    "accents": "$$" + "\\tilde" * 350 + "a_0 = 1$$",
    "braces below": "$$a_0 = " + "\\underbrace" * 190,
    "digits": "$$x_0 = " + "1" * 2000,
    "escapes": "\\\\" * 1000,
    "ids": "**`a`**\n" * 250,
    "names": "a" * 2000,
    "bars": "$$a_0 = " + "|" * 2000,
    "tables": "|a|\n|-|\n|1|\n" * 160,
    "a wide table": "|" * 1000 + "\n" + "|-" * 500 + "\n" + "|1" * 500,
    "tabulars": "\\begin{tabular}{l} a & b \\\\" * 60,
    "prompts": ">>> a\n[[1\n" * 200,
    "fenced prompts": "```\n>>> a\n[[1\n```\n" * 100,
    "printed arrays": "```\na: [[1\n" + "b: [1\n" * 300 + "```\n",
    "cases": "$$" + "\\begin{array}{l} a = 1 " * 90 + "$$",
    "dL": "$$" + "dL + " * 400 + "= 1$$",
    "decimal commas": "x = 0,5, " * 220,
    "stars": "**a** *b* " * 200 + "= 1",
    "typed steps": "t=1: a=1 " * 220,
    "indented": "\n\n    a = 1\n" * 150,
    "glue": "$a$ = 1 " * 250,
}


def work_of(source, name):
    """How many functions are called to read a document: a measure that does not depend on the machine."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with suppress(ReadingError):
            read(source, name=name)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.share(4)
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["a.md", "a.tex", "a.txt"])
def test_work_grows_no_faster_than_the_document(kind, name):
    short, long = HOSTILE[kind] * 2, HOSTILE[kind] * 8
    assert work_of(long, name) < SLACK * len(long) / len(short) * work_of(short, name)


def test_too_long_a_document_is_refused_at_once():
    with pytest.raises(
        ReadingError, match=r"a\.md has 10,000,000 characters, and at most 2,000,000 are read"
    ):
        read("x" * 10_000_000, name="a.md")


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_the_longest_documents_come_to_an_end(kind):
    survives((HOSTILE[kind] * 2000)[:MAX_CHARACTERS], "a.md")
