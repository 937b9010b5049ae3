"""What people write: small documents in many dialects and whole derivations, each with what is right to say of it."""

import json

import pytest
from people.cases import cases, derivations, what_is_wrong
from people.variations import variations

from gatewise import check

CASES = [*cases(), *derivations()]
VARIATIONS = list(variations())


@pytest.mark.share(3)
@pytest.mark.parametrize("case", [*CASES, *VARIATIONS], ids=lambda case: case.name)
def test_of_each_case_is_said_what_is_right(case, run, tmp_path):
    path = tmp_path / f"document{case.suffix}"
    path.write_text(case.text, "utf-8")
    code, out, _ = run("check", path, "--format", "json")
    assert what_is_wrong(case, json.loads(out), code) == ""


def test_a_case_can_fail():
    """Who blames nothing and who looks at nothing both fail: a wrong case, and a sound one."""
    silent = {
        "findings": [],
        "numbers": [],
        "coverage": {"checked": 0, "formulas": 0},
        "reading": {"cell": "lstm"},
    }
    failed = [case for case in CASES if what_is_wrong(case, silent, 0)]
    assert {case.kind for case in failed} == {"sound", "wrong", "other", "uncheckable", "unread"}


def test_there_are_thirty_variations_of_each_kind_and_some_are_wrong():
    for kind in {case.name.partition(":")[0] for case in VARIATIONS}:
        own = [case for case in VARIATIONS if case.name.startswith(f"{kind}:")]
        assert len(own) == 30
        assert 9 <= sum(case.kind == "wrong" for case in own) <= 20


def transposed_on_the_way_back(instead=""):
    case = next(case for case in cases() if case.name.endswith("on the way back, of two units"))
    text = case.text.replace("(-0.1193, -0.0136)", instead) if instead else case.text
    return check(text, name="document.tex").roots


def test_entries_that_one_mistake_explains_are_one_mistake_with_its_name():
    (root,) = transposed_on_the_way_back()
    assert (root.verdict, root.mistake) == ("wrong-formula", "B8/no-transpose")
    assert "U not transposed" in root.message


def test_entries_of_a_line_that_no_mistake_explains_are_one_mistake():
    roots = [
        root for root in transposed_on_the_way_back("(-0.1493, -0.0436)") if root.quantity[:5] == "d_out"
    ]
    assert [(root.verdict, root.printed) for root in roots] == [("unexplained", "-0.1493")]
