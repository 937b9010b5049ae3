"""What predict writes as CSV can be opened in a spreadsheet: no name and no text of it is a formula."""

import csv

import pytest
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.support.files import no_formula

DANGEROUS = [
    "=cmd|' /C calc'!A0",
    "+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "-",
    "--1",
    "-1e",
    "=",
    "+1 2",
]
HARMLESS = [
    "",
    "load",
    "a=b",
    "'=1",
    " x",
    "5",
    "-1.5",
    "+3",
    "-1,5",
    "-.5",
    "-1e-9",
    "é",
    None,
    -1.5,
    3,
    True,
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_be_a_formula_gets_an_apostrophe(text):
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("cell", HARMLESS, ids=repr)
def test_numbers_and_other_texts_stay_as_they_are(cell):
    assert no_formula(cell) is cell


def test_predict_writes_names_and_series_that_are_no_formulas(run, tmp_path):
    table = series(160)
    ids = ["=HYPERLINK(1)", "@b", "-7", "plain"]
    rows = {"time": [time for time in table["time"] for _ in ids], "where": ids * 160}
    rows |= {
        "=cmd|x": [value + k for value in table["load"] for k in range(4)],
        "+more": [k for _ in range(160) for k in range(4)],
    }
    write_csv(tmp_path / "table.csv", rows)
    gatewise.fit("table.csv", run="run", **{**SMALL, "target": "=cmd|x", "series": "where", "epochs": 1})
    code, _, err = run("predict", "run", "table.csv", "-o", "out.csv")
    assert code == 0, err
    with (tmp_path / "out.csv").open(newline="") as file:
        header, *cells = csv.reader(file)
    assert header == ["where", "time", "'=cmd|x"]
    assert {row[0] for row in cells} == {"'=HYPERLINK(1)", "'@b", "-7", "plain"}
    numbers = [float(row[2]) for row in cells]  # negative ones among them, which have no apostrophe
    assert min(numbers) < 0 or len(numbers) == 12
    assert run("predict", "run", "table.csv", "-o", "out.parquet")[0] == 0
    parquet = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "out.parquet")
    assert parquet.column_names == ["where", "time", "=cmd|x"]
    assert set(parquet["where"].to_pylist()) == set(ids)
    said = gatewise.load("run").predict("table.csv")
    assert sorted(set(said["where"])) == sorted(ids)


def test_classes_are_no_formulas(run, tmp_path):
    table = series(160)
    kind = ["=high" if value > 0 else "low" for value in table["load"]]
    write_csv(tmp_path / "table.csv", {**table, "kind": kind})
    keys = {name: value for name, value in SMALL.items() if name != "horizon"}
    gatewise.fit("table.csv", run="run", **{**keys, "target": "kind", "task": "classify", "epochs": 1})
    code, out, _ = run("predict", "run", "table.csv")
    assert code == 0
    header, *cells = csv.reader(out.splitlines())
    assert header[-2:] == ["kind_p_=high", "kind_p_low"]
    assert {row[1] for row in cells} <= {"'=high", "low"}
    assert not any(cell.startswith("=") for row in cells for cell in row)
