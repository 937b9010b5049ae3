"""A sheet of another cell is not judged as an LSTM's."""

import pytest

import gatewise
from gatewise.errors import ArgumentError


@pytest.mark.parametrize("format", ["text", "md", "tex", "html", "json"])
@pytest.mark.parametrize("cell", ["gru", "peephole+clip=3", "lstm+no-bias", "rnn"])
def test_a_sheet_of_another_cell_is_refused_by_its_name(cell, format):
    params = gatewise.Params.init(2, 1, cell=cell, dtype="float64")
    sheet = gatewise.worksheet(params, [[1.0, 2.0]], [[0.5]])
    with pytest.raises(ArgumentError, match=f"this is a sheet of cell {cell.replace('+', '.')}; check knows"):
        gatewise.check(sheet.render(format))


def test_words_on_cells_are_no_sheet_of_one():
    for words in (
        "The cell: gru is another one. ",
        'A memory cell "lstm": out = tanh(state) o. ',
        "cell: red: 0.5",
    ):
        assert gatewise.check(words + "\n\nout_0 = 0.5\n") is not None
