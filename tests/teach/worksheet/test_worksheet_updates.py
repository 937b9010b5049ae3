"""A sheet of several updates: each is the engine's, and starts from the parameters of the one before."""

from __future__ import annotations

import numpy as np
import pytest
from worksheet_helpers import blocks, facts, keys, model

from gatewise import (
    backward,
    forward,
    worksheet,
)
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import sgd
from gatewise.teach.worksheet.layout.document import Table


def test_several_updates_are_those_of_the_engine():
    params, x, label = model(5, H=3, T=4, D=2)
    sheet = worksheet(params, x, label, updates=3, learning_rate=0.4)
    losses = []
    for suffix in ("", "#2", "#3"):
        trace = forward(params, x, engine="reference")
        loss, delta = l2(trace.out, label)
        grads = backward(params, trace, delta, keep=True)
        losses.append(loss)
        for name in "WUb":
            np.testing.assert_array_equal(sheet[name + suffix].value, getattr(params, name))
        for t in range(4):
            np.testing.assert_array_equal(sheet[f"F5@t={t}{suffix}"].value, trace.state[t])
            np.testing.assert_array_equal(sheet[f"B2@t={t}{suffix}"].value, grads.d_state[t])
        np.testing.assert_array_equal(sheet[f"G2{suffix}"].value, grads.d_U)
        params = sgd(params, grads, 0.4)
        np.testing.assert_array_equal(sheet[f"P1[W]{suffix}"].value, params.W)
    losses.append(l2(forward(params, x, engine="reference").out, label)[0])
    assert sheet.losses == tuple(losses)
    assert sheet.verified.ok


@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_an_update_starts_from_the_parameters_of_the_one_before(rounding):
    sheet = worksheet(*model(), updates=3, rounding=rounding)
    assert sheet["W"].uses == ()
    assert sheet["W#2"].uses == ("P1[W]",)
    assert sheet["b#3"].uses == ("P1[b]#2",)
    assert sheet["F1@t=0#3"].uses == ("W#3", "x@t=0#3", "U#3", "out@t=-1#3", "b#3")
    for name in "WUb":
        np.testing.assert_array_equal(sheet[f"{name}#2"].value, sheet[f"P1[{name}]"].value)
        assert sheet[f"{name}#2"].displayed == sheet[f"P1[{name}]"].displayed
    assert [key for key in keys(sheet) if key.startswith("update")] == [
        "update",
        "update-update2",
        "update-update3",
    ]
    titles = [section.title for section in sheet.document.sections]
    assert "Forward @ t=0, update 2" in titles
    assert len(set(keys(sheet))) == len(keys(sheet))


def test_the_norms_of_every_update_are_tabulated_and_say_which_it_is():
    params, x, label = model(5, H=3, T=4, D=2)
    sheet = worksheet(params, x, label, updates=3, learning_rate=0.4)
    tables = [table for table in blocks(sheet, Table) if table.title.startswith("Norms")]
    assert [table.title for table in tables] == [
        f"Norms of the gradients by step, update {k}" for k in (1, 2, 3)
    ]
    for table, suffix in zip(tables, ("", "#2", "#3"), strict=True):
        for t, d_out, d_state, d_gates in table.rows:
            place = f"@t={t}{suffix}"
            gates = np.concatenate([sheet[f"B{k}{place}"].value for k in (3, 4, 5, 6)])
            for shown, value in (
                (d_out, sheet[f"B1{place}"].value),
                (d_state, sheet[f"B2{place}"].value),
                (d_gates, gates),
            ):
                assert float(shown) == pytest.approx(np.linalg.norm(value), abs=5.1e-6)
    assert "gradients, update 1" in facts(sheet)
    alone = worksheet(params, x, label)
    assert [table.title for table in blocks(alone, Table)][-1] == "Norms of the gradients by step"
    assert "gradients" in facts(alone)


def test_norms_have_the_names_of_the_notation():
    columns = blocks(worksheet(*model(), notation="torch"), Table)[-1].columns
    assert columns == ("t", "‖δh‖", "‖δc‖", "‖δgates‖")
