"""Cells written as TOML: read again they are the same, whatever their texts hold; what equations do not tell is refused."""

from dataclasses import replace

import pytest
from problem_cells import EVERY

from gatewise.cells import CELLS, CellError, read_cell
from gatewise.cells.own.cell_file import cell_of_text, find_cell, load_cell
from gatewise.cells.own.writing import cell_toml, same

EACH = pytest.mark.parametrize("cell", EVERY.values(), ids=EVERY)
UNIT = "s_t = M·x_t + U·out_{t-1}\nout_t = tanh(s_t)"


@EACH
def test_what_is_written_is_read_back(cell):
    toml = cell_toml(cell)
    again = cell_of_text(toml)
    assert same(again, cell)
    assert [(each.left, each.right, each.why) for each in again.forward] == [
        (each.left, each.right, each.why) for each in cell.forward
    ]
    assert cell_toml(again) == toml


def test_equations_stand_on_lines_of_their_own():
    assert cell_toml(EVERY["leaky"]) == (
        'name = "leaky"\ntitle = "leaky"\nequations = \'\'\'\n'
        "gₜ = σ(W_g · xₜ + U_g · outₜ₋₁ + b_g)  # How much leaks.\n"
        "aₜ = tanh(W_a · xₜ + b_a)  # What comes in.\n"
        "outₜ = (1 − gₜ) ⊙ outₜ₋₁ + gₜ ⊙ aₜ  # What stays, and what comes in.\n"
        "'''\nwords = { g = \"leak\" }\n"
    )


ODD = ['a "quote" and a \\ or two', "tab\tand\x7fdelete", "''' three", 'Ünder 𝄞 "', "#", "two\nlines"]


@pytest.mark.parametrize("text", ODD)
def test_any_text_is_read_back(text):
    cell = read_cell(UNIT, "unit", title=text, source=text, words={"s": text})
    assert same(cell_of_text(cell_toml(cell)), cell)
    if "\n" not in text:
        first = replace(cell.forward[0], why=text)
        cell = replace(cell, forward=(first, *cell.forward[1:]))
        assert same(cell_of_text(cell_toml(cell)), cell)


def test_a_power_of_a_function_is_written_as_it_can_be_read():
    """On paper it is tanh²(s), which no definition has."""
    cell = read_cell("s_t = M·x_t + U·out_{t-1}\nout_t = tanh(s_t)^2 + s_t", "square")
    assert "tanh(s[t])^2 + s[t]" in cell_toml(cell)
    assert same(cell_of_text(cell_toml(cell)), cell)


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": dict(reversed(CELLS["gru"].parameters.items()))},
        {"gates": ("u", "r", "a")},
        {"forward": tuple(replace(each, why="Two\nlines.") for each in CELLS["gru"].forward)},
    ],
)
def test_what_equations_do_not_tell_is_refused(change):
    cell = replace(CELLS["gru"], name="odd", **change)
    assert not same(cell, replace(CELLS["gru"], name="odd"))
    with pytest.raises(
        CellError, match=r"cell odd cannot be written as equations: .* gatewise\.cells\.read_cell"
    ):
        cell_toml(cell)


def test_cells_are_the_same_by_what_is_computed_and_printed():
    gru = CELLS["gru"]
    assert same(gru, replace(gru, parts=dict.fromkeys(gru.parameters, gru.gates)))
    said = [replace(e, why=f" {e.why[0].lower()}{e.why[1:-1]}") for e in gru.forward]  # no sentences yet
    assert same(gru, replace(gru, forward=tuple(said)))
    assert not same(gru, replace(gru, forward=tuple(replace(e, why="Another.") for e in said)))
    for change in ({"name": "b"}, {"title": "b"}, {"source": "b"}, {"words": {}}):
        assert not same(gru, replace(gru, **change))


def test_a_cell_is_found_by_name_and_by_file(tmp_path):
    assert find_cell("gru") is CELLS["gru"]
    (tmp_path / "gru").write_text("none", "utf-8")
    assert find_cell("gru", tmp_path) is CELLS["gru"]
    for name in ("mine.toml", "mine.TOML", "mine"):
        (tmp_path / name).write_text(cell_toml(EVERY["leaky"]), "utf-8")
        assert same(find_cell(name, tmp_path), load_cell(tmp_path / name))
    for name in ("", "grue", "x" * 5000, "a\0b"):
        with pytest.raises(CellError, match="There is no cell '") as caught:
            find_cell(name, tmp_path)
        assert len(str(caught.value)) < 350
