"""The worked example's own mistakes: each one reported with its kind and place, and nothing sound blamed."""

import pytest
from paths import DOCUMENTS

import gatewise
from gatewise.teach.checker.report import SOUND

TEXT = (DOCUMENTS / "worked-example.md").read_text("utf-8")


@pytest.fixture(scope="module")
def report():
    return gatewise.check(TEXT)


def line_of(piece: str, number: int = 1) -> int:
    """The line on which `piece` stands for the `number`-th time."""
    at = -1
    for _ in range(number):
        at = TEXT.index(piece, at + 1)
    return TEXT.count("\n", 0, at) + 1


def column_of(piece: str, after: str) -> int:
    at = TEXT.index(piece, TEXT.index(after))
    return at - TEXT.rfind("\n", 0, at)


# printed, quantity, verdict, mistake, expected, and the text after which it stands
NUMBERS = [
    ("-0.00132", "d_i@t=1", "misprint", "digit-changed", "-0.00112", "\\delta U &= \\sum_{t=0}^{T-1} \\delta gates_{t+1} \\otimes out_{t} \\\\\n&="),
    ("-0.00538", "d_o@t=1", "misprint", "digit-changed", "-0.05538", "-0.02970"),
    ("-0.005362", "d_b[o]", "misprint", "point-shifted", "-0.05362", "-0.00538"),
]  # fmt: skip


@pytest.mark.parametrize(("printed", "quantity", "verdict", "mistake", "expected", "after"), NUMBERS)
def test_wrong_numbers(report, printed, quantity, verdict, mistake, expected, after):
    (found,) = [f for f in report.roots if f.printed == printed]
    assert (found.quantity, found.verdict, found.mistake, found.expected) == (
        quantity,
        verdict,
        mistake,
        expected,
    )
    place = TEXT[found.at.offset : found.at.offset + found.at.length]
    assert place == printed
    assert found.at.column == column_of(printed, after.split("\n")[-1])


def test_the_vector_that_lacks_an_entry(report):
    (found,) = [f for f in report.roots if f.verdict == "dropped-entry"]
    assert found.quantity == "d_gates@t=0"
    assert found.expected == "d_f@t=0 = 0"


def test_wrong_formulas(report):
    roots = [(f.quantity, f.mistake, f.at.line) for f in report.roots if f.verdict == "wrong-formula"]
    assert roots == [
        ("d_b", "G3/d_gates_next-for-d_gates", line_of("\\delta b &=")),
        ("delta_out@t=-1", "B8/d_gates_next-for-d_gates", line_of("\\Delta out_{-1} =")),
    ]
    again = [f for f in report.findings if f.verdict == "wrong-formula" and not f.root]
    assert [(f.quantity, f.at.line) for f in again] == [("d_b", line_of("\\delta b &=", 2))]


def test_nothing_else_is_an_error(report):
    wrong = [n for n in report.numbers if n.verdict not in SOUND]
    assert {n.printed for n in wrong} == {"-0.00132", "-0.00538", "-0.005362"}
    assert not report.ok


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [("0.78572", "carried"), ("0.01803", "carried"), ("-0.05349", "carried"), ("-0.00817", "exact"),
     ("-0.00316", "carried"), ("-0.01039", "carried"), ("0.70031", "within-rounding"), ("-0.01938", "exact")],
)  # fmt: skip
def test_honest_rounding_is_recognised(report, printed, verdict):
    assert {n.verdict for n in report.numbers if n.printed == printed} == {verdict}


def test_every_number_has_a_verdict(report):
    assert report.read == {"numbers": 182, "unread": 2}


def test_damaged_text_and_shapes_that_clash(report):
    notation = {(f.at.line, f.printed, f.expected) for f in report.findings if f.verdict == "notation"}
    assert (line_of("\\Delta_0 ut_0"), "\\Delta_0 ut_0", "Δout₀") in notation
    assert (line_of("\\Delta T"), "\\Delta T", "ΔT") in notation
    shapes = [f.quantity for f in report.findings if f.mistake == "shape"]
    assert shapes == [f"{name}[{gate}]" for name in ("W", "W_new") for gate in "aifo"]
    (unread,) = [f for f in report.findings if f.verdict == "unreadable"]
    assert (unread.at.line, unread.expected) == (line_of("10^{-10}"), "0.00176")


def test_what_is_missing(report):
    missing = {f.quantity: f for f in report.findings if f.verdict == "missing"}
    assert list(missing) == [
        "a@t=1, i@t=1, f@t=1, o@t=1, state@t=1, out@t=1",
        "delta@t=1, d_out@t=1, d_state@t=1, d_a@t=1, d_i@t=1, d_f@t=1, d_o@t=1",
        "d_i@t=0",
        "learning_rate",
    ]
    assert "d_i@t=0 = -0.00165" in missing["d_i@t=0"].message


def test_learning_rate_is_inferred(report):
    rate = report.inferred["learning_rate"]
    assert rate["value"] == "0.1"
    assert 0.0999 < float(rate["low"]) < 0.1 < float(rate["high"]) < 0.1001


ANSWERS = {
    "a": {"a@t=0": "0.81775", "i@t=0": "0.96083", "f@t=0": "0.85195", "state@t=0": "0.78572", "out@t=0": "0.53631",
          "out@t=1": "0.77198", "d_state@t=1": "-0.07111"},
    "b": {"d_state@t=0": "-0.05349", "d_x[0]@t=0": "-0.00817", "delta_out@t=-1": "-0.00343", "d_i@t=0": "-0.00165"},
    "c": {"d_W[a,1]": "-0.09220", "d_U[i]": "-0.00060", "d_b[o]": "-0.05362"},
    "d": {"W_new[o,1]": "0.41626", "U_new[a]": "0.15104", "b_new[o]": "0.10536"},
}  # fmt: skip


@pytest.mark.parametrize("question", ANSWERS)
def test_questions_are_answered(report, question):
    (answer,) = [a for a in report.answers if a.question == question]
    assert dict(answer.values).items() >= ANSWERS[question].items()
