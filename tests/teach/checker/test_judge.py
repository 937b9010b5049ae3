"""The judge: honest sheets are left in peace, and a known mistake is found, named, and the only root."""

import importlib
from collections import Counter

import numpy as np
import pytest
from checker_draws import draw, draw_person
from checker_mistakes import outcome, wrong_formula
from checker_sheets import Person, random_problem, reading_of, work
from honest import RULES, Hand, honest
from paths import BENCH, DOCUMENTS

import gatewise
from gatewise.teach.checker.judge.judgement import judge
from gatewise.teach.checker.mistakes.catalogue import MISTAKES
from gatewise.teach.checker.report import ERRORS, SOUND, Report

STUDIED = (
    12,
    pytest.param(60, marks=pytest.mark.slow),
)  # of about 900 mistakes of one round of bench/checker.py


def errors(report):
    return [(f.verdict, f.quantity, f.printed, f.expected) for f in report.findings if f.verdict in ERRORS]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "guard", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(2, marks=pytest.mark.slow)]
)
def test_honest_hands_make_no_errors(rule, guard):
    for k in range(3):
        rng = np.random.default_rng([k, guard])
        T, D, H = (int(rng.integers(1, high)) for high in (21, 4, 4))
        report = judge(honest(rng, Hand(int(rng.integers(3, 7)), RULES[rule], guard), T, D, H))
        assert errors(report) == [], (T, D, H)
        assert report.ok


def test_numbers_that_are_cut_off_are_recognised():
    report = judge(honest(np.random.default_rng(4), Hand(4, RULES["truncate"]), 6, 2, 2))
    assert report.inferred["rounding"]["ties"] == "truncate"
    assert report.ok


@pytest.mark.share(4)
@pytest.mark.parametrize("format", ["text", "md", "tex", "json"])
@pytest.mark.parametrize(("rounding", "digits"), [("full", 3), ("full", 8), ("hand", 4), ("hand", 6)])
def test_our_own_sheets_have_no_findings(format, rounding, digits):
    rng = np.random.default_rng([digits, len(format)])
    T, H = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    problem = random_problem(rng, T, 2, H)
    sheet = gatewise.worksheet(
        problem.params,
        problem.x,
        problem.label,
        digits=digits,
        rounding=rounding,
        updates=2,
        learning_rate=0.05,
    )
    report = gatewise.check(str(sheet.render(format)), name=f"sheet.{'txt' if format == 'text' else format}")
    assert report.findings == ()
    assert report.unread == 0
    assert len(report.numbers) > 20
    assert {n.verdict for n in report.numbers} <= set(SOUND)


@pytest.mark.parametrize("studied", STUDIED)
def test_a_sample_of_the_study(studied):
    """Each of some mistakes, drawn with a fixed seed: found, named, one root, nothing sound blamed."""
    counts = Counter()
    makes = list(draw(np.random.default_rng(7), 5))
    for k in np.linspace(0, len(makes) - 1, studied).astype(int):
        injected = makes[k][1]()
        if injected is None:
            continue
        found = outcome(injected, judge(injected.reading))
        counts["made"] += 1
        counts.update(
            {
                "found": found.detected,
                "named": found.named,
                "root": found.roots == 1,
                "sound": not found.blamed,
            }
        )
    assert counts["made"] > studied * 0.8
    for share, least in {"found": 0.98, "named": 0.96, "root": 0.95, "sound": 0.98}.items():
        assert counts[share] >= least * counts["made"], (share, counts)


def test_the_study_runs(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    study = importlib.import_module("checker")
    rows = study.study(1, 5, 0, only="slip sign")
    assert len(rows["slip sign"]) >= 2
    assert "slip sign" in study.table(rows)


FAMOUS = ["B2/without-d_state_next*f_next", "B5/state-for-state_prev", "B2/f-for-f_next", "G2/last-only"]


@pytest.mark.share(2)
@pytest.mark.parametrize("detail", ["example", "substituted", "results"])
@pytest.mark.parametrize("id", [m.id for m in MISTAKES if m.id in FAMOUS])
def test_famous_mistakes_are_named(id, detail):
    mistake = next(m for m in MISTAKES if m.id == id)
    rng = np.random.default_rng(3)
    injected = wrong_formula(random_problem(rng, 3, 2, 2), draw_person(rng, 5, detail), mistake)
    report = judge(injected.reading)
    (root,) = [f for f in report.roots if f.verdict in ERRORS]
    assert root.mistake in (id, *injected.also())
    assert root.verdict == "wrong-formula"


def test_what_follows_from_a_mistake_is_not_blamed_for_it():
    mistake = next(m for m in MISTAKES if m.id == "F5/without-i")
    person = Person(believes={mistake.equation: mistake.right})
    problem = random_problem(np.random.default_rng(5), 3, 2, 1)
    report = judge(reading_of(work(problem, person), person))
    verdicts = {
        n.quantity: n.verdict for n in reversed(report.numbers)
    }  # where it is found, not where it is used
    assert verdicts["state@t=0"] == "wrong-formula"
    assert verdicts["out@t=0"] == "follow-through"
    assert verdicts["a@t=0"] == "exact"
    follows = [f for f in report.findings if f.verdict == "follow-through"]
    assert {f.cause for f in follows} == {0}


def test_a_model_fills_in_and_is_compared():
    model = gatewise.load_problem()
    text = str(gatewise.worksheet(model.params, model.x, model.label, detail="results").render("md"))
    wrong = text.replace("0.95 &", "0.59 &")
    report = gatewise.check(wrong, model=model)
    assert [(f.quantity, f.printed, f.mistake) for f in report.roots if f.verdict in ERRORS] == [
        ("W[i,0]", "0.59", "digits-swapped")
    ]


@pytest.mark.parametrize(("rounding", "sound"), [("full", False), ("hand", True), ("auto", True)])
def test_rounding_says_how_much_is_accepted(rounding, sound):
    model = gatewise.load_problem()
    text = str(gatewise.worksheet(model.params, model.x, model.label, rounding="hand").render("md"))
    assert gatewise.check(text, rounding=rounding).ok is sound


def test_an_unknown_rounding_is_refused():
    with pytest.raises(gatewise.ArgumentError, match="rounding='up' is not offered"):
        gatewise.check("x", rounding="up")


def test_a_document_without_an_lstm_is_not_enough():
    report = gatewise.check("# Notes\n\nNothing to see, $2 + k = 5$.")
    assert not report.enough
    assert not report.ok


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        (
            "out_0 = 0.77198\n\nlabel_0 = 0.31416\n\ndelta_0 = out_0 - label_0 = 0.77198 - 0.31416 = 0.45782\n",
            [],
        ),
        (
            "x_1 = 0.5\n\nW_f = 0.7\n\nf_1 = σ(W_f x_1 + U_f h_0 + b_f) = σ(0.7 × 0.5 + 0.1 + 0.2) = 0.65701\n",
            ["U"],
        ),
    ],
)
def test_a_fragment_is_not_told_what_it_lacks(text, missed):
    report = gatewise.check(text, name="notes.md")
    assert [
        f.quantity for f in report.findings if f.verdict == "missing" and f.quantity in ("W", "U", "b")
    ] == missed
    assert missed or report.findings == ()


def test_a_quantity_with_a_name_of_several_letters_is_read_in_a_sentence():
    text = "out_0 = 0.77198 and the label was label_0 = 0.31416.\n\ndelta_0 = out_0 - label_0 = 0.45872\n"
    assert [(f.verdict, f.printed) for f in gatewise.check(text, name="notes.md").roots] == [
        ("misprint", "0.45872")
    ]


def test_what_is_wrong_arithmetic_is_wrong_without_an_lstm():
    report = gatewise.check("# Notes\n\nNothing to see, $2 + 2 = 5$.")
    assert [finding.verdict for finding in report.roots] == ["arithmetic"]
    assert not report.ok


@pytest.mark.parametrize("detail", ["example", "results"])
@pytest.mark.parametrize("format", ["md", "json"])
def test_weights_that_are_printed_rounded_are_no_misprints(detail, format):
    rng = np.random.default_rng(1)
    params = gatewise.Params(W=rng.normal(size=(8, 2)), U=rng.normal(size=(8, 2)), b=rng.normal(size=8))
    x, label = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    sheet = gatewise.worksheet(params, x, label, detail=detail, updates=2)
    report = gatewise.check(str(sheet.render(format)), name=f"sheet.{format}")
    assert report.findings == ()


HOSTILE = {
    "far steps": "$a_{400} = 0.5$, $x_0 = 1$",
    "many digits": f"$a_0 = 0.{'1' * 500}$, $out_0 = 0.5$",
    "beyond float64": "$a_0 = 1e400$, $state_0 = 1e-400$, $out_0 = 2$",
    "shapes": "$W_a = [1 2 3]$, $x_0 = [1; 2]$, $a_0 = 0.5$",
    "no such entry": "$W[50000,2] = 3$, $a_0[99999] = 0.1$",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_in_a_report(name):
    assert isinstance(gatewise.check(HOSTILE[name]), Report)


def test_damaged_documents_end_in_a_report():
    text = (DOCUMENTS / "worked-example.md").read_text("utf-8")
    rng = np.random.default_rng(2)
    for _ in range(12):
        pieces = list(text)
        for at in rng.integers(len(pieces), size=30).tolist():
            pieces[at] = str(rng.choice(["", "&", "9", "}", "{", "\\\\", "-", "=", "^T", "e99"]))
        assert gatewise.check("".join(pieces)).read["numbers"] > 0


@pytest.mark.parametrize(
    ("worked", "verdict", "mistake"),
    [
        ("0.84980 × 0.98118 − 0.87030 × 0.78572", "wrong-formula", "F5/minus-f*state_prev"),
        ("0.84980 × 0.98118 + 0.98118 × 0.78572", "wrong-formula", "F5/i-for-f"),
        ("0.84980 × 0.98118", "wrong-formula", "F5/without-f*state_prev"),
        ("0.84980 × 0.98118 + (−0.87030) × 0.78572", "misprint", "sign"),
        ("0.84980 × 0.98118 + 0.87300 × 0.78572", "misprint", "digits-swapped"),
    ],
)
def test_numbers_put_in_wrongly_before_a_right_result_are_found(worked, verdict, mistake):
    """They may fit a formula of the catalogue to the last digit; the result says that it was not used."""
    line = "0.84980 × 0.98118 + 0.87030 × 0.78572"
    text = worked_example().render("text")
    assert text.count(line) == 1
    report = gatewise.check(text.replace(line, worked), name="sheet.txt")
    assert [(f.verdict, f.quantity.partition("@")[0], f.mistake) for f in report.roots] == [
        (verdict, "state" if verdict == "wrong-formula" else "f", mistake)
    ]


def test_a_wrong_sign_before_a_product_with_zero_is_found():
    text = worked_example().render("text")
    report = gatewise.check(text.replace("+ 0.85195 × 0\n", "+ (−0.85195) × 0\n"), name="sheet.txt")
    assert [(f.verdict, f.quantity, f.mistake) for f in report.roots] == [("misprint", "f@t=0", "sign")]


def worked_example():
    """The sheet of the worked example, rounded by hand."""
    W = [[0.45, 0.25], [0.95, 0.80], [0.70, 0.45], [0.60, 0.40]]
    params = gatewise.Params(W=W, U=[[0.15], [0.80], [0.10], [0.25]], b=[0.20, 0.65, 0.15, 0.10])
    x, label = [[1.0, 2.0], [0.5, 3.0]], [[0.5], [1.25]]
    return gatewise.worksheet(params, x, label, rounding="hand")
