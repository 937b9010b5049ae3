"""Labels that are missing add nothing; without any label a sheet ends after the forward pass."""

from __future__ import annotations

import numpy as np
import pytest
from worksheet_helpers import facts, keys, model, row

from gatewise import (
    forward,
    worksheet,
)
from gatewise.expression import ascii
from gatewise.learn.losses import l2


def test_missing_labels_add_nothing_and_the_sheet_says_so():
    params, x, label = model()
    label[0], label[2, 1] = np.nan, np.nan
    sheet = worksheet(params, x, label)
    assert sheet["label@t=0"].displayed == ["missing", "missing"]
    assert sheet["B0@t=0"].displayed == ["0", "0"]
    assert sheet["L1@t=0"].displayed == ["0"]
    assert sheet["B0@t=2"].displayed[1] == "0"
    assert sheet["B0@t=2"].displayed[0] != "0"
    side = ascii(sheet["B0@t=2"].substituted)
    first, second = sheet["F6@t=2"].displayed
    assert side == f"[{first}; {second}] - [{sheet['label@t=2'].displayed[0]}; {second}]"
    assert "no label for unit 0, 1: out_t itself stands in" in row(sheet, "label@t=0").note
    assert "no label for unit 1: out_t itself stands in" in row(sheet, "label@t=2").note
    assert row(sheet, "label@t=1").note == ""
    assert sheet.losses[0] == l2(forward(params, x, engine="reference").out, label)[0]
    assert sheet.verified.ok


@pytest.mark.parametrize("options", [{}, {"updates": 3}, {"rounding": "hand"}, {"notation": "torch"}])
def test_without_labels_the_sheet_ends_after_the_forward_pass(options):
    params, x, _ = model()
    sheet = worksheet(params, x, **options)
    assert {line.phase for line in sheet} == {"given", "forward"}
    assert sheet.losses == ()
    assert keys(sheet) == [
        "header",
        "formulas",
        "given",
        "forward-t0",
        "forward-t1",
        "forward-t2",
        "verified",
    ]
    assert "learning rate" not in facts(sheet)
    assert sheet.verified.ok
    assert sheet.verified.derivatives is None
    for format in ("text", "md", "tex", "html"):
        assert "δ" not in str(sheet.render(format)).replace("δ-", "")
