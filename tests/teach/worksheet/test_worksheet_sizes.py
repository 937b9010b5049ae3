"""Sheets of every small size, of a single step, of nothing but zeros."""

from __future__ import annotations

import numpy as np
import pytest
from worksheet_helpers import FORMATS, blocks, keys, model, row

from gatewise import (
    Params,
    worksheet,
)
from gatewise.expression import ascii, text
from gatewise.teach.worksheet.layout.document import Row, Table


@pytest.mark.share(6)
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("H", range(1, 10))
@pytest.mark.parametrize(("T", "D"), [(1, 1), (3, 2), (9, 9)])
def test_every_small_size(H, T, D, rounding):
    """Also where matrices are no longer written out and sequences no longer shown step by step."""
    sheet = worksheet(*model(H, H=H, T=T, D=D), rounding=rounding)
    assert sheet.verified.ok
    assert sheet.verified.lines_shown >= 20
    labels = row(sheet, "b").labels
    if H == 1:
        assert labels == ("a", "i", "f", "o")
    elif H <= 8:
        assert labels == tuple(f"{gate}[{unit}]" for gate in "aifo" for unit in range(H))
    left_out = [table for table in blocks(sheet, Table) if "Left out" in table.title]
    assert bool(left_out) == (H > 8 or D > 8)
    for format in FORMATS:
        assert sheet.render(format)


@pytest.mark.parametrize("H", [4, 5])
def test_a_matrix_too_large_to_substitute_is_expanded_by_one_unit(H):
    """Up to 4 rows in full; from 5 on symbols and result, and one unit as scalars."""
    sheet = worksheet(*model(H, H=H))
    sides = len(row(sheet, "F1@t=1").sides)
    expanded = [r for r in blocks(sheet, Row) if r.line == "F1@t=1" and r.left.entry]
    assert (sides, len(expanded)) == ((3, 0) if H == 4 else (2, 1))


def test_one_step():
    params, x, label = model(T=1)
    sheet = worksheet(params, x, label)
    assert keys(sheet).count("forward-t0") == 1
    assert ascii(sheet["L1"].formula) == "sum[t=0..0] loss[t]"
    assert sheet["L1"].displayed == sheet["L1@t=0"].displayed
    assert not sheet["G2"].value.any()
    assert sheet["G2"].displayed == ["0"] * 16
    assert sheet.verified.ok


def test_everything_zero():
    params = Params(W=np.zeros((4, 1)), U=np.zeros((4, 1)), b=np.zeros(4))
    for rounding in ("full", "hand"):
        sheet = worksheet(params, np.zeros((2, 1)), np.zeros((2, 1)), rounding=rounding)
        assert sheet["F2@t=1"].displayed == ["0.50000"]
        assert sheet["F6@t=1"].displayed == ["0"]
        assert sheet.losses == (0.0, 0.0)
        assert "-0" not in sheet.render("json").replace("e-0", "")
        assert sheet.verified.ok


@pytest.mark.parametrize("H", [2, 3, 4])
def test_matrix_lines_have_numbers_put_in_up_to_four_units(H):
    sheet = worksheet(*model(H, H=H, T=2, D=3))
    for id in ("B7@t=1", "B8@t=1", "B7@t=0", "B8@t=0", "G1", "G2", "G3", "P1[W]", "P1[U]", "P1[b]"):
        rows = [r for r in blocks(sheet, Row) if r.line == id and len(r.sides) == 3]
        assert len(rows) == 1, id
        assert rows[0].sides[1] == sheet[id].substituted
    assert sheet.verified.ok
    for format in FORMATS[:-1]:
        assert sheet.render(format)


def test_five_units_are_worked_entry_by_entry():
    sheet = worksheet(*model(5, H=5, T=2, D=3))
    rows = [r for r in blocks(sheet, Row) if r.line == "B8@t=1"]
    assert [len(r.sides) for r in rows] == [2, 3]
    assert text(rows[1].left) == "Δout₀[0]"


@pytest.mark.parametrize("label", [1e200, -1e308])
def test_a_loss_beyond_all_numbers_is_infinite_on_the_sheet(label):
    sheet = worksheet(Params.init(1, 1, dtype="float64"), [[1.0]], [[label]])
    assert "infinity" in str(sheet)
    assert not sheet.verified.ok
