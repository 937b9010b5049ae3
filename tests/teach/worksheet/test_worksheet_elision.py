"""What a long sheet leaves out, what it still shows, and that it counts both correctly."""

from __future__ import annotations

import numpy as np
import pytest
from worksheet_helpers import blocks, facts, keys, model, row

from gatewise import (
    Params,
    worksheet,
)
from gatewise.teach.worksheet.layout.document import Note, Row, Table


@pytest.fixture(scope="module")
def large():
    """H = 128, T = 500, N = 32."""
    params = Params.init(3, 128, seed=1, dtype="float64")
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(32, 500, 3)), rng.uniform(-1, 1, size=(32, 500, 128))
    return worksheet(params, x, label, batch=31)


def test_a_large_sheet_is_a_few_pages(large):
    for format in ("text", "md", "tex"):
        assert len(large.render(format).splitlines()) < 1500
    assert len(large.render("html")) < 1_000_000
    assert len(blocks(large, Row)) < 200
    assert large.verified.ok
    assert large.verified.lines_shown > 40


def test_a_large_sheet_says_what_it_leaves_out(large):
    assert facts(large)["sequence"].startswith("31 of a batch of 32")
    shown = [key.removeprefix("forward-t") for key in keys(large) if key.startswith("forward")]
    assert len(shown) == 3
    assert (shown[0], shown[-1]) == ("0", "499")
    notes = [block.text for block in blocks(large, Note)]
    expected = f"497 of 500 steps are left out; shown: t = {', '.join(shown)}. JSON has all of them."
    assert expected in notes
    assert (
        f"the first step, the last, and t={shown[1]}, where the state changes most" in facts(large)["shown"]
    )
    assert "whose state is the largest" in facts(large)["shown"]
    norms = blocks(large, Table)[-1]
    assert norms.title == "Norms of the gradients by step (480 of 500 steps left out)"
    assert len(norms.rows) == 20


def test_the_step_and_unit_that_are_shown_are_those_that_they_are_said_to_be(large):
    states = np.array([large[f"F5@t={t}"].value for t in range(500)])
    turning = int(np.linalg.norm(np.diff(states, axis=0), axis=1).argmax()) + 1
    busiest = int(np.abs(states).max(axis=0).argmax())
    assert f"forward-t{turning}" in keys(large)
    assert f"unit {busiest}, whose state is the largest" in facts(large)["shown"]
    assert row(large, "F5@t=0").left.entry == (busiest,)


def test_the_unit_whose_state_is_the_largest_may_be_negative():
    rng = np.random.default_rng(0)
    params = Params(W=rng.normal(size=(36, 2)), U=np.zeros((36, 9)), b=np.zeros(36))
    params.b[4], params.b[9:] = -9, 2
    sheet = worksheet(params, rng.normal(size=(4, 2)))
    assert sheet["F5@t=3"].value.argmin() == np.abs(sheet["F5@t=3"].value).argmax() == 4
    assert facts(sheet)["shown"] == "unit 4, whose state is the largest"


def test_counts_of_entries_left_out_are_right(large):
    rows = {r[0]: r for table in blocks(large, Table) for r in table.rows if "Left out" in table.title}
    for id in ("W", "U", "b", "F5@t=499", "B2@t=0", "G1", "G2", "P1[U]"):
        line = large[id]
        written = sum(r.line == id and len(r.left.entry) > 0 for r in blocks(large, Row))
        assert rows[id][1] == "×".join(map(str, line.value.shape))
        assert int(rows[id][2]) == line.value.size - written
        for shown, number in zip(
            rows[id][3:], (line.value.min(), line.value.max(), np.linalg.norm(line.value)), strict=True
        ):
            assert float(shown.replace("−", "-")) == pytest.approx(number, abs=1e-5, rel=1e-4)


def test_a_large_sheet_s_lines_are_all_there(large):
    assert len(large) == 4 + 2 * 500 + 4 + 16 * 500 + 1 + 6
    assert large["B2@t=250"].value.shape == (128,)
    assert large["G2"].value.shape == (512, 128)
    assert len(large["G2"].displayed) == 512 * 128
    assert large["B2@t=250"].substituted is None  # 768 numbers


@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_steps_and_units_that_were_asked_for(rounding):
    sheet = worksheet(*model(3, H=12, T=20, D=2), steps=[17, 4, 4], units=(3, 11), rounding=rounding)
    assert [key for key in keys(sheet) if "-t" in key] == [
        "forward-t4",
        "forward-t17",
        "backward-t17",
        "backward-t4",
    ]
    assert {r.left.entry for r in blocks(sheet, Row) if r.line == "F5@t=17"} == {(3,), (11,)}
    assert [r.left.part + str(r.left.entry) for r in blocks(sheet, Row) if r.line == "G3"][1:] == [
        f"{gate}({unit},)" for unit in (3, 11) for gate in "aifo"
    ]
    assert any(
        "18 of 20 steps are left out; shown: t = 4, 17." in block.text for block in blocks(sheet, Note)
    )
    assert "shown" not in facts(sheet)
    assert sheet.verified.ok


def test_steps_and_units_as_arrays_and_ranges():
    arguments = model(3, H=3, T=12)
    expected = worksheet(*arguments, steps=[1, 2], units=[2]).render("text")
    assert worksheet(*arguments, steps=range(1, 3), units=np.array([2])).render("text") == expected


@pytest.mark.parametrize("max_lines", [110, 150, 300, 10_000])
def test_the_line_budget_is_kept(max_lines):
    arguments = model(3, H=2, T=8)
    sheet = worksheet(*arguments, max_lines=max_lines)
    count = len(blocks(sheet, Row))
    whole = len(blocks(worksheet(*arguments), Row))
    steps = [key for key in keys(sheet) if key.startswith("forward")]
    assert count <= max_lines
    if whole <= max_lines:
        assert count == whole
    else:
        assert steps[0] == "forward-t0"
        assert steps[-1] == "forward-t7"
        assert len(steps) < 8
        assert facts(sheet)["shown"] == "steps chosen to keep within the line budget"
        assert any("of 8 steps are left out" in block.text for block in blocks(sheet, Note))


@pytest.mark.parametrize("options", [{}, {"steps": [0, 1, 2]}])
def test_a_line_budget_that_cannot_be_kept_is_not_passed_over(options):
    sheet = worksheet(*model(3, T=8), max_lines=5, **options)
    count = len(blocks(sheet, Row))
    assert count > 5
    assert f"{count} lines for these steps, more than the 5 asked for" in facts(sheet)["shown"]
