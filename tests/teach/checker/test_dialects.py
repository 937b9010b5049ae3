"""A sample of the study in dialects: mistakes in whole documents, and their sound twins."""

import numpy as np
import pytest
from dialects.trial import false_roots, result_of, trials

import gatewise

SHARE = 0.03  # of all mistakes, each in a dialect of its own


@pytest.fixture(scope="module")
def sample():
    return list(trials(np.random.default_rng([5, 5, 0]), 5, "", SHARE))


def report_of(written):
    return gatewise.check(written.text, name=written.name)


def test_the_sound_twins_are_blamed_for_nothing(sample):
    assert len(sample) > 15
    blamed = {trial.sound.name: false_roots(report_of(trial.sound)) for trial in sample}
    assert {name: roots for name, roots in blamed.items() if roots} == {}


def test_most_mistakes_are_found_as_one(sample):
    results = [result_of(trial, report_of(trial.wrong)) for trial in sample]
    assert np.mean([result.found for result in results]) > 0.9
    assert np.mean([result.roots == 1 for result in results]) > 0.85


def test_beyond_so_many_formulas_only_arithmetic_is_checked_and_that_is_said():
    right = "".join(f"$f_{{{t % 9}}} = \\sigma(0.5) = 0.6225$\n\n" for t in range(2_050))
    report = gatewise.check(right + "$q = 0.5 + 0.5 = 2$\n", name="long.md")
    (arithmetic,) = [finding for finding in report.roots if finding.verdict == "arithmetic"]
    assert arithmetic.printed == "2"
    assert any("beyond the first 2,000" in finding.message for finding in report.findings)
