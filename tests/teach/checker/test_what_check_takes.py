"""`check` takes a document as text or as a Path, and refuses in words what is neither: never an empty report."""

from pathlib import Path

import paths
import pytest

import gatewise
from gatewise.errors import ArgumentError

SHEET = paths.DOCUMENTS / "worked-example.md"
PROBLEM = gatewise.load_problem()


def test_a_path_is_read_and_named():
    of_text = gatewise.check(SHEET.read_text(encoding="utf-8"), name="worked-example.md")
    of_path = gatewise.check(SHEET)
    assert of_path.findings == of_text.findings
    assert of_path.numbers == of_text.numbers
    assert of_path.name == str(SHEET)
    assert gatewise.check(SHEET, name="mine").name == "mine"


def test_a_path_to_nothing_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        gatewise.check(tmp_path / "sheet.md")


def test_a_path_tells_the_format(tmp_path):
    claims = tmp_path / "claims.csv"
    claims.write_text("name,step,value\nf,0,0.5\n", encoding="utf-8")
    of_text = gatewise.check(claims.read_text(), name="claims.csv")
    assert gatewise.check(claims).numbers == of_text.numbers
    assert of_text.numbers != gatewise.check(claims.read_text()).numbers


@pytest.mark.parametrize(
    "text",
    ["sheet.md", "no/such/Homework.TEX", " work.ipynb\n", str(SHEET), "C:\\class\\a b.markdown", "a.csv"],
)
def test_the_name_of_a_file_is_no_document(text):
    with pytest.raises(
        ArgumentError, match=r"the name of a file and no document\. Give check\(pathlib\.Path\("
    ):
        gatewise.check(text)


def test_a_file_without_a_suffix_is_known_by_being_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "homework").write_text("f = 0.5")
    with pytest.raises(ArgumentError, match="the name of a file"):
        gatewise.check("homework")
    assert len(gatewise.check(Path("homework")).numbers) == 1


@pytest.mark.parametrize("text", ["", "f0 = 0.5", "see f0 = 0.5 in sheet.md", "hello", "x" * 5000])
def test_one_line_of_text_is_a_document(text):
    assert gatewise.check(text).name == "document"


NO_TEXT = {
    "a problem": (PROBLEM, r"text is a Problem; .* check\(text, model=problem\)"),
    "a sheet": (
        gatewise.worksheet(PROBLEM.params, PROBLEM.x),
        r'text is a Worksheet; .*sheet\.render\("md"\)',
    ),
    "bytes": (b"f0 = 0.5", r"text is a bytes; .* text\.decode\(\)"),
    "None": (None, "text is None; it must be the document as text, or a pathlib.Path"),
    "a list": (["f0 = 0.5"], r"text is \['f0 = 0.5'\]"),
    "params": (PROBLEM.params, "text is a Params"),
}


@pytest.mark.parametrize(("given", "words"), NO_TEXT.values(), ids=NO_TEXT)
def test_what_is_no_text_is_refused_in_words(given, words):
    with pytest.raises(ArgumentError, match=words):
        gatewise.check(given)


def test_an_open_file_is_told_to_be_read():
    with SHEET.open() as file, pytest.raises(ArgumentError, match=r"file\.read\(\)"):
        gatewise.check(file)


def test_a_path_as_the_model_is_refused():
    with pytest.raises(
        ArgumentError, match=r"model is 'model\.toml'; it must be what gatewise\.load_problem read"
    ):
        gatewise.check("f0 = 0.5", model="model.toml")
    with pytest.raises(ArgumentError, match="notation is 3"):
        gatewise.check("f0 = 0.5", notation=3)


def test_whether_it_is_strict_is_a_flag():
    with pytest.raises(ArgumentError, match=r"strict is \[0, 1\]"):
        gatewise.check("$a_0 = 1$", strict=[0, 1])
