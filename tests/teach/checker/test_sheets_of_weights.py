"""Sheets of trained weights, which have more digits than a sheet shows, are blamed for nothing."""

import re

import numpy as np
import pytest

import gatewise
from gatewise.cells import CELLS, cell_named
from gatewise.errors import ArgumentError

SUFFIXES = {"text": "txt", "md": "md", "tex": "tex"}


def random_problem(cell, seed, D=None, H=None, T=None):
    """Parameters, x and label with all the digits of float32, for odd seeds of float64."""
    rng = np.random.default_rng([seed, *map(ord, cell)])
    drawn = rng.integers(1, 6), rng.integers(1, 6), rng.integers(1, 4)
    D, H, T = (int(own if given is None else given) for own, given in zip(drawn, (D, H, T), strict=True))
    dtype = ("float32", "float64")[seed % 2]
    known = cell_named(cell)
    size = {"output_size": (H + 1) // 2} if "R" in known.parameters else {}
    shapes = gatewise.Params.init(D, H, cell=known, dtype=dtype, seed=seed, **size).arrays
    params = gatewise.Params.of(
        {name: rng.uniform(-0.6, 0.6, array.shape).astype(dtype) for name, array in shapes.items()}, known
    )
    return params, rng.normal(size=(T, D)).astype(dtype), rng.normal(size=(T, params.output_size))


def assert_clean(sheet, format):
    report = gatewise.check(sheet.render(format), name=f"sheet.{SUFFIXES[format]}")
    assert not report.findings, [(f.verdict, f.at.line, f.quantity, f.message) for f in report.findings][:3]


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_a_whole_matrix_that_is_updated_follows_from_the_digits_that_are_shown_of_it(rounding, format):
    params, x, label = random_problem("lstm", 3, D=2, H=5, T=1)  # U of 100 entries: no side with numbers
    sheet = gatewise.worksheet(params, x, label.round(2), rounding=rounding)
    assert_clean(sheet, format)


@pytest.mark.parametrize("format", SUFFIXES)
def test_a_formula_that_goes_on_in_the_next_line_is_read_to_its_end(format):
    params, x, label = random_problem("lstm", 0, D=10, H=5, T=2)
    sheet = gatewise.worksheet(params, x, label.round(2))
    if format == "text":  # a list's mark, were it not for the colon of a column
        assert re.search(r"^ +\+ W_o\[:,0\] · δo", sheet.render("text"), re.MULTILINE)
    assert_clean(sheet, format)


def test_a_term_that_is_left_out_of_a_formula_of_two_lines_is_missed():
    params, x, label = random_problem("lstm", 0, D=10, H=5, T=2)
    text = gatewise.worksheet(params, x, label.round(2)).render("text")
    wrong = re.sub(r"\n +\+ W_o\[:,0\] · δo₁(?=\n)", "", text)
    assert wrong != text
    assert "wrong-formula" in {f.verdict for f in gatewise.check(wrong, name="sheet.txt").roots}


def test_a_matrix_that_is_wrong_by_more_than_rounding_is_still_found():
    params, x, label = random_problem("lstm", 3, D=2, H=5, T=1)
    text = gatewise.worksheet(params, x, label.round(2)).render("md")
    line = next(found for found in re.finditer(r"(?<=U - \\lambda \\times \\delta U \\\\\n)[^\n]*", text))
    number = re.search(r"-?0\.\d{5}(?= )", line[0])
    other = f"{number[0][:-2]}{(int(number[0][-2]) + 5) % 10}{number[0][-1]}"
    at = line.start() + number.start()
    wrong = f"{text[:at]}{other}{text[at + len(number[0]) :]}"
    assert gatewise.check(wrong, name="sheet.md").has_mistakes


@pytest.mark.slow
@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("cell", CELLS)
def test_sheets_of_random_problems_of_every_cell_are_clean(cell, seed, rounding, format):
    params, x, label = random_problem(cell, seed)
    assert_clean(gatewise.worksheet(params, x, label, rounding=rounding), format)


# A model that the sheet is not of -----------------------------------------------------------------------


def sheet_and_params(D=3, H=2, seed=2):
    params, x, label = random_problem("lstm", seed, D=D, H=H, T=2)
    return gatewise.worksheet(params, x, label.round(2)).render("md"), params


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize(
    ("D", "H", "words"),
    [
        (4, 2, "the document's W is 8×3; the model has 8×4"),
        (3, 3, "the document's W is 8×3; the model has 12×3"),
    ],
)
def test_a_model_of_other_sizes_is_refused_in_one_line(D, H, words, format):
    params, x, label = random_problem("lstm", 2, D=3, H=2, T=2)
    text = gatewise.worksheet(params, x, label.round(2)).render(format)
    with pytest.raises(ArgumentError, match=words) as caught:
        gatewise.check(text, name=f"a.{SUFFIXES[format]}", model=sheet_and_params(D, H)[1])
    assert "\n" not in str(caught.value)


def test_a_model_of_other_sizes_is_refused_where_the_sheet_shows_single_entries():
    params, x, label = random_problem("lstm", 0, D=10, H=5, T=1)
    text = gatewise.worksheet(params, x, label.round(2)).render("md")
    with pytest.raises(ArgumentError, match=r"D = 10 \(inputs\).* the model has D = 3 and H = 5"):
        gatewise.check(text, model=sheet_and_params(3, 5)[1])
    assert not gatewise.check(text, model=params).findings


def test_a_model_of_other_numbers_is_refused_in_one_line():
    text, params = sheet_and_params()
    with pytest.raises(ArgumentError, match="47 more of the 48 parameters that the document prints"):
        gatewise.check(text, model=sheet_and_params(seed=4)[1])
    assert not gatewise.check(text, model=params).findings


def test_a_model_that_differs_in_some_parameters_is_compared_number_by_number():
    text, params = sheet_and_params()
    report = gatewise.check(text, model=params.replace(b=params.b + 0.25))
    assert sum(f.verdict == "misprint" and f.quantity.startswith("b[") for f in report.roots) == 8


def test_a_row_that_is_missing_is_no_other_model():
    text, params = sheet_and_params()
    row = re.search(r"(?<=\nb &= \\left\[ \\begin\{array\}\{r\} )\S+ \\\\ ", text)
    report = gatewise.check(text.replace(row[0], "", 1), model=params)
    assert report.numbers
