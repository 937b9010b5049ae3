"""`gatewise check`: what it writes where, its exit codes, and no traceback for anything that is given to it."""

import json

import pytest
from reports import EMPTY, REPORT, SOUND

from gatewise.cli.check import exit_code
from gatewise.teach.checker.report import Report


@pytest.fixture
def sheet(run, tmp_path):
    """Our own sheet of the worked example, as Markdown."""
    assert run("work", "--to", "md", "--rounding", "hand", "--detail", "results", "-o", "sheet.md")[0] == 0
    return tmp_path / "sheet.md"


def test_a_sound_sheet(run, sheet):
    code, out, err = run("check", "sheet.md")
    assert (code, err) == (0, "")
    assert out.startswith("sheet.md: No mistakes")


def test_a_wrong_number_is_found_where_it_stands(run, sheet):
    text = sheet.read_text("utf-8")
    sheet.write_text(text.replace("0.85195", "0.85915", 1), "utf-8")
    code, out, _ = run("check", "sheet.md", "--format", "json")
    data = json.loads(out)
    assert code == 1
    assert not data["ok"]
    line = 1 + text[: text.index("0.85195")].count("\n")
    assert [(f["line"], f["printed"], f["expected"]) for f in data["findings"] if f["root"]] == [
        (line, "0.85915", "0.85195")
    ]


def test_what_cannot_be_read_ends_with_2_and_the_share_that_was_read(run, tmp_path):
    (tmp_path / "letter.md").write_text("Dear students,\n\nthere is nothing to compute today.\n")
    code, out, err = run("check", "letter.md")
    assert code == 2
    assert out.startswith("letter.md: Not enough could be read")
    assert "not enough could be read" in err
    assert "0 numbers" in err


def test_a_reading_that_is_asked_for_is_the_one_that_is_said(run, tmp_path):
    (tmp_path / "work.md").write_text("$f_3 = \\sigma(0.4) = 0.5987$ and $c_3 = f_3 \\cdot 0.5 = 0.2994$\n")
    out = run("check", "work.md", "--reading", "first-step=3,loss=mse", "--format", "json")[1]
    reading = json.loads(out)["reading"]
    assert reading["first_step"] == "3"
    assert reading["because"]["first_step"] == "you say so"


def test_all_of_what_is_folded_is_listed_when_asked_for(run, sheet):
    short, full = run("check", "sheet.md")[1], run("check", "sheet.md", "--all")[1]
    assert "with --all they are listed" in " ".join(short.split())
    assert "would not show" in full
    assert len(full) > len(short)


def test_standard_input(run, sheet):
    code, out, _ = run("check", "-", stdin=sheet.read_bytes())
    assert code == 0
    assert out.startswith("standard input: No mistakes")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.txt", "sheet.md: "),
        ("r.json", "{"),
        ("r.sarif", "{"),
        ("r.md", "# Check"),
        ("r.HTML", "<!DOCTYPE html>"),
    ],
)
def test_the_suffix_says_the_format(run, sheet, tmp_path, name, start):
    assert run("check", "sheet.md", "-o", name)[0] == 0
    assert (tmp_path / name).read_text("utf-8").lstrip().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["nowhere.md"], "nowhere.md"),
        (["."], "directory"),
        (["sheet.md", "--format", "pdf"], "text, json, sarif, md, html"),
        (["sheet.md", "-o", "report.docx"], "--format"),
        (["sheet.md", "--notation", "mine"], "--notation mine"),
        (["sheet.md", "--rounding", "up"], "--rounding up"),
        (["sheet.md", "--reading", "mood=1"], "mood"),
        (["sheet.md", "--format", "json", "--all"], "--all"),
        (["sheet.md", "--model", "none.toml"], "none.toml"),
        (["sheet.md", "--format", "json", "--width", "60"], "--width"),
        (["sheet.md", "-o", "no/such/folder.txt"], "folder"),
    ],
)
def test_mistakes_of_the_user_end_with_2_and_a_sentence(run, sheet, arguments, fragment):
    code, out, err = run("check", *arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("gatewise: ")
    assert fragment in err


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04....", "zip"),
        (b"\x89PNG\r\n", "a picture"),
        (b"{\\rtf1 a = 0.5}", "a rich text file"),
        (b"<!DOCTYPE html>\n<title>Check of a.md</title>", "a page that gatewise made"),
        (b"<!-- drawn --><svg><text>a = 0.5</text></svg>", "a picture"),
        (b"line\n\xe9t\xe9\n", "line 2 holds the byte 0xe9"),
        (b"$$a_0 = 0.5$$\n$$i_0 = 0.\x005$$\n", "given.md is a binary file: line 2 holds a NUL byte"),
        ("$$a_0 = 0.5$$".encode("utf-16-le"), "UTF-16 with its byte order mark"),
        (b"x" * 9_000_000, "larger than the 2,000,000 characters"),
    ],
)
def test_files_that_are_no_text_are_named_for_what_they_are(run, tmp_path, content, fragment):
    (tmp_path / "given.md").write_bytes(content)
    code, out, err = run("check", "given.md")
    assert (code, out) == (2, "")
    assert fragment in err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(run, sheet, encoding):
    sheet.write_text(sheet.read_text("utf-8"), encoding)
    assert run("check", "sheet.md")[0] == 0


@pytest.mark.parametrize("content", [b"", b"$" * 5000, b"\\begin{bmatrix}" * 300, b"= " * 4000])
def test_hostile_documents_end_with_2(run, tmp_path, content):
    (tmp_path / "given.md").write_bytes(content)
    assert run("check", "given.md")[0] == 2


def test_a_model_file_says_what_the_document_does_not(run, sheet, tmp_path):
    rows = "[['0.45', '0.25'], ['0.95', '0.80'], ['0.70', '0.45'], ['0.60', '0.40']]"
    model = f"""W = {rows}
U = [["0.15"], ["0.80"], ["0.10"], ["0.25"]]
b = ["0.20", "0.65", "0.15", "0.10"]
x = [["1", "2"], ["0.5", "3"]]
label = [["0.5"], ["1.25"]]
learning_rate = "0.1"
"""
    (tmp_path / "model.toml").write_text(model)
    assert run("check", "sheet.md", "--model", "model.toml")[0] == 0
    (tmp_path / "model.toml").write_text(model.replace("0.45", "0.46"))
    code, out, _ = run("check", "sheet.md", "--model", "model.toml")
    assert code == 1
    assert "0.46" in out


def test_full_rounding_does_not_accept_what_was_carried_by_hand(run, sheet):
    """The worked example by hand has 0.01803 for δout₀, in full precision 0.01804."""
    assert run("check", "sheet.md", "--rounding", "hand")[0] == 0
    code, out, _ = run("check", "sheet.md", "--rounding", "full")
    assert code == 1
    assert "0.01804" in out


def test_exit_codes():
    assert [exit_code(report, strict=False) for report in (SOUND, REPORT, EMPTY)] == [0, 1, 2]
    remarks = Report("", REPORT.findings[2:4], ())
    assert (exit_code(remarks, strict=False), exit_code(remarks, strict=True)) == (0, 1)


def test_our_own_page_is_refused_with_what_to_give_instead(run, tmp_path):
    """Two numbers of its 350 can be read, and they are right: "No mistakes" would be said of what was not seen."""
    page = tmp_path / "sheet.html"
    assert run("work", "-o", str(page))[0] == 0
    code, out, err = run("check", str(page))
    assert (code, out) == (2, "")
    assert "is read as text, Markdown, LaTeX or JSON: gatewise work -o sheet.md" in err
