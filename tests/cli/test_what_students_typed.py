"""What students typed, and what they are told: numbers as on paper, the wrong file, a file that would be lost."""

import pathlib

import pytest

import gatewise
from gatewise.teach.exercises import exercise, read_key, write_key
from gatewise.teach.exercises.key import KeyFileError

MODEL = """learning_rate = 0.2
x = [[1, 2], [0.5, 3]]
label = [0.5, 1.25]
[gates]
a = {W = [0.45, 0.25], U = 0.15, b = 0.2}
i = {W = [0.95, 0.8], U = 0.8, b = 0.65}
f = {W = [0.7, 0.45], U = 0.1, b = 0.15}
o = {W = [0.6, 0.4], U = 0.25, b = 0.1}
"""


@pytest.mark.parametrize(("old", "new", "said"), [
    ("= 0.2\n", "= 0,2\n", "write a decimal point, as in 0.2"),
    ("[0.5, 3]", "[−0.5, 3]", "the minus there is a typographic one: write -"),
    ("[0.5, 3]", "[.5, 3]", "a number has digits on both sides of its point, as in 0.5"),
    ("[0.5, 3]", "[0.5, -1.]", "a number has digits on both sides of its point, as in 0.5"),
    ("\na = {", "\nforget = {", "known here: a, i, f, o"),
])  # fmt: skip
def test_slips_of_a_problem_file_are_told_with_what_to_write(run, tmp_path, old, new, said):
    (tmp_path / "my.toml").write_text(MODEL.replace(old, new), "utf-8")
    code, out, err = run("work", "my.toml")
    assert (code, out) == (2, "")
    assert said in err


def test_a_problem_file_is_no_document(run, tmp_path):
    (tmp_path / "my.toml").write_text(MODEL)
    code, _, err = run("check", "my.toml")
    assert code == 2
    assert "my.toml is a problem file, which has nothing to check: gatewise work my.toml works it out" in err


def test_a_sheet_says_why_it_ends_after_the_forward_pass(run, tmp_path):
    (tmp_path / "my.toml").write_text(MODEL.replace("label = [0.5, 1.25]\n", ""))
    code, out, _ = run("work", "my.toml")
    assert code == 0
    assert "none, so that the sheet ends after the forward pass" in out


@pytest.mark.parametrize("words", [
    ("work", "my.toml", "--to", "text", "-o", "my.toml"),
    ("check", "sheet.md", "--format", "md", "-o", "sheet.md"),
    ("check", "sheet.md", "--model", "my.toml", "--format", "md", "-o", "my.toml"),
    ("mark", "key.json", "sheet.md", "-o", "sheet.md"),
    ("mark", "key.json", "sheet.md", "--format", "json", "-o", "key.json"),
    ("predict", "run", "table.csv", "-o", "table.csv"),
    ("work", "my.toml", "--to", "text", "-o", "link.toml"),
])  # fmt: skip
def test_what_is_read_is_not_written_over(run, tmp_path, words):
    """work --to text -o my.toml took the student's model away."""
    made = exercise("fill", 1, 1)
    files = {"my.toml": MODEL, "key.json": write_key(made), "sheet.md": made.title, "table.csv": "y\n1\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "link.toml").symlink_to("my.toml")
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "is read here, and would be overwritten; name another file with -o" in err
    assert {name: (tmp_path / name).read_text("utf-8") for name in files} == files


def test_a_key_is_read_from_its_text_or_a_path(tmp_path):
    path = tmp_path / "fill-1-1.key.json"
    path.write_text(write_key(exercise("fill", 1, 1)))
    assert read_key(path).name == read_key(path.read_text()).name == "fill-1-1"
    for wrong, said in ((str(path), "the name of a file"), (3, "text is 3"), (b"{}", "text is a bytes")):
        with pytest.raises(KeyFileError, match=said):
            read_key(wrong)
    with pytest.raises(OSError, match="nothing"):
        read_key(pathlib.Path(tmp_path / "nothing.json"))


@pytest.mark.parametrize("notation", ["document", "torch"])
def test_brackets_of_a_page_are_drawn_as_high_as_what_they_hold(notation):
    """Rows lay one upon the other in a fraction, and parentheses stayed small beside a matrix."""
    params = gatewise.Params.init(2, 3, seed=1)
    x, label = [[0.1, 0.2], [0.3, -0.4]], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    page = gatewise.worksheet(params, x, label, notation=notation).render("html")
    assert "<mo>[</mo>" not in page
    assert "<mo>(</mo>" not in page
    assert page.count('<mo class="drawn">(</mo>') == page.count('<mrow class="round">') > 10
    assert "<mtable><mtr>" not in page
