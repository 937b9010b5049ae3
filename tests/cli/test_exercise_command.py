"""`gatewise exercise` and `gatewise mark`: what they write where, and no traceback for anything they are given."""

import importlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from browser import CHROMIUM, NO_CHROMIUM
from paths import DOCS

from gatewise.errors import GatewiseError
from gatewise.teach.checker.mistakes.catalogue import MISTAKES
from gatewise.teach.exercises import FORMATS, exercise, render
from gatewise.teach.worksheet.work.build import work_by_hand

exercise_command = importlib.import_module("gatewise.cli.exercise")


def refused(result, *fragments):
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("gatewise: ") or "Usage" in err
    for fragment in fragments:
        assert fragment in err


@pytest.mark.parametrize("format", FORMATS)
def test_sheets_solved_sheets_and_keys_lie_beside_one_another(run, tmp_path, format):
    code, out, err = run(
        "exercise", "--kind", "fill", "--seed", 7, "--variants", 2, "--to", format, "-o", "class"
    )
    assert (code, out) == (0, "")
    assert err.startswith("wrote 2 of fill")
    suffix = FORMATS[format].suffix
    names = {"fill-7-1.key.json", "fill-7-2.key.json"}
    names |= (
        {f"fill-7{suffix}"}
        if format == "moodle"
        else {f"fill-7-{k}{end}{suffix}" for k in (1, 2) for end in ("", ".solved")}
    )
    assert {path.name for path in (tmp_path / "class").iterdir()} == names
    first = {path.name: path.read_bytes() for path in (tmp_path / "class").iterdir()}
    run("exercise", "--kind", "fill", "--seed", 7, "--variants", 2, "--to", format, "-o", "class")
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "class").iterdir()}


@pytest.fixture
def sheets(run, tmp_path):
    run("exercise", "--kind", "fill", "--seed", 7, "--variants", 2, "-o", "class")
    return tmp_path / "class"


def test_a_solved_sheet_and_the_key_itself_mark_100_percent(run, sheets):
    for answers in ("class/fill-7-1.solved.md", "class/fill-7-1.key.json"):
        code, out, _ = run("mark", "class/fill-7-1.key.json", answers)
        assert code == 0
        assert "(100 %)" in out.splitlines()[0]
    assert "(0 %)" in run("mark", "class/fill-7-1.key.json", "class/fill-7-1.md")[1]


def test_a_folder_of_answers_is_marked_by_a_folder_of_keys(run, sheets, tmp_path):
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    for k in (1, 2):
        shutil.copy(sheets / f"fill-7-{k}.solved.md", handed_in / f"student-{k}.md")
    (handed_in / "student-3.md").write_text((sheets / "fill-7-2.md").read_text("utf-8"), "utf-8")
    code, out, _ = run("mark", "class", "in")
    assert code == 0
    assert out.count("100 %") == 2
    assert out.count("  0 %") == 1
    data = json.loads(run("mark", "class", "in", "--format", "json")[1])
    assert [student["sheet"] for student in data["students"]] == ["fill-7-1", "fill-7-2", "fill-7-2"]


@pytest.mark.parametrize(("name", "start"), [("m.txt", "the key, Fill in"), ("m.md", "# "), ("m.json", "{")])
def test_the_suffix_says_the_format_of_marks(run, sheets, tmp_path, name, start):
    assert run("mark", "class/fill-7-1.key.json", "class/fill-7-1.solved.md", "-o", name)[0] == 0
    assert (tmp_path / name).read_text("utf-8").startswith(start)


def test_mistakes_of_the_user(run, sheets, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    refused(run("exercise", "--kind", "essay", "-o", "class"), "--kind essay", "find-error")
    refused(run("exercise", "--kind", "fill", "--to", "docx", "-o", "class"), "--to docx")
    refused(run("exercise", "--kind", "fill", "--variants", 0, "-o", "class"), "--variants is 0")
    refused(run("exercise", "--kind", "fill", "--steps", 99, "-o", "class"), "steps=99")
    refused(run("exercise", "--kind", "fill", "--seed", -1, "-o", "class"), "seed=-1")
    refused(run("exercise", "--kind", "fill", "-o", "file"), "file cannot be made a folder")
    refused(run("mark", "nowhere.json", "class/fill-7-1.md"), "nowhere.json")
    refused(run("mark", "class/fill-7-1.key.json", "nowhere.md"), "nowhere.md")
    refused(run("mark", "class/fill-7-1.md", "class/fill-7-1.md"), "no key")
    refused(run("mark", "class/fill-7-1.key.json", "class/fill-7-2.solved.md"), "fill-7-2", "fill-7-1")
    refused(run("mark", "empty", "class/fill-7-1.md"), "holds no keys")
    refused(run("mark", "class/fill-7-1.key.json", "empty"), "holds no answers")
    refused(run("mark", "class/fill-7-1.key.json", "class/fill-7-1.md", "-o", "marks.docx"), "--format")
    (tmp_path / "old.key.json").write_text(
        (sheets / "fill-7-1.key.json").read_text().replace('"schema": 1', '"schema": 7')
    )
    refused(run("mark", "old.key.json", "class/fill-7-1.md"), "schema 7", "schema 1")


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
@pytest.mark.parametrize("kind", ["full", "find-error"])
def test_the_page_marks_a_solved_key_100_percent_in_a_browser(tmp_path, kind):
    page = render(exercise(kind, 7, 1), "html", solved=True)
    # The page's own policy allows no other script, so the one that presses the button needs it gone.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    press = "<script>document.querySelector('button[type=submit]').click()</script></body>"
    (tmp_path / "page.html").write_text(page.replace("</body>", press), "utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += [
        "--disable-background-networking",
        "--disable-component-update",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        [*command, "--virtual-time-budget=3000", "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    dom = done.stdout.decode()
    assert ", 100 %, after 1 try.</p>" in dom
    assert dom.count('class="verdict right"') == len(list(exercise(kind, 7, 1).items))


def test_the_marks_in_the_documentation_are_those_of_this_version(run, tmp_path):
    """docs/exercises.md: variant 1 of its seed, by someone who forgets the slope of σ in δi and δo."""
    page = (DOCS / "exercises.md").read_text("utf-8")
    shown = re.search(r"```\n(Ada, .*?)```", page, re.DOTALL)[1]
    seed = int(re.search(r"--kind missing-block --seed (\d+)", page)[1])
    run("exercise", "--kind", "missing-block", "--seed", seed, "-o", "handout")
    made = exercise("missing-block", seed, 1)
    believed = {f"{m.equation.id}@t=1": m.right for m in MISTAKES if m.id in ("B4/no-slope", "B6/no-slope")}
    working = work_by_hand(made.solution.problem, 5, instead=believed)
    lines = ["Name: Ada"]
    for item in made.items:
        number = working[made.solution.lines[item.line].left].numbers()[item.place]
        lines.append(f"{item.id} = {number.text}")
    (tmp_path / "ada.md").write_text("\n".join(lines), "utf-8")
    assert run("mark", f"handout/missing-block-{seed}-1.key.json", "ada.md", "--width", "80")[1] == shown


@pytest.mark.parametrize(("seed", "variant"), [(1, 2), (1, 3), (5, 1), (5, 2), (5, 3), (0, 2), (7, 1)])
def test_a_mistake_is_made_of_what_stands_before_it(seed, variant):
    """A class of 60 died at a sheet whose mistake needed a gradient in the forward pass."""
    sheet = exercise("find-error", seed, variant)
    ids = list(sheet.solution.lines)
    (mistake,) = (m for m, _ in sheet.solution.mistaken(sheet.line) if m.id == sheet.mistake)
    used = sheet.solution.hand.ids_in(sheet.solution.bound(mistake.right, sheet.solution.lines[sheet.line].t))
    assert not set(used) & set(ids[ids.index(sheet.line) :])


@pytest.mark.parametrize("to", ["md", "moodle"])
def test_a_class_is_made_whole_or_not_at_all(run, tmp_path, monkeypatch, to):
    drawn = exercise_command.draw

    def fail(kind, seed, variant, sizes, *, cell):
        if variant == 3:
            raise GatewiseError("the third cannot be drawn")
        return drawn(kind, seed, variant, sizes, cell=cell)

    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "notes.txt").write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(exercise_command, "draw", fail)
        for folder in ("new", "old", "deep/er"):
            code, _, err = run("exercise", "--kind", "fill", "--variants", 4, "--to", to, "-o", folder)
            assert code == 2
            assert "the third cannot be drawn" in err
    assert sorted(path.name for path in tmp_path.rglob("*")) in (
        ["deep", "notes.txt", "old"],
        ["notes.txt", "old"],
    )
    assert run("exercise", "--kind", "fill", "--variants", 2, "--to", to, "-o", "old")[0] == 0
    assert (tmp_path / "old" / "notes.txt").read_text() == "mine"
    assert len(list((tmp_path / "old").glob("*.key.json"))) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_class_that_is_stopped_half_way_leaves_nothing(tmp_path, number):
    command = [
        sys.executable,
        "-m",
        "gatewise",
        "exercise",
        "--kind",
        "full",
        "--variants",
        "500",
        "-o",
        "class",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    for _ in range(600):
        if any(tmp_path.glob(".class.*/*.key.json")):
            break
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "words"),
    [("folder.md", "Is a directory"), ("missing/m.md", "folder does not exist"), ("in.md/m.md", "")],
)
def test_marks_that_cannot_be_written_are_refused_and_leave_nothing(run, sheets, tmp_path, output, words):
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "in.md").write_text("old")
    before = sorted(tmp_path.rglob("*"))
    code, _, err = run("mark", "class", "class/fill-7-1.solved.md", "-o", output)
    assert code == 2
    assert words in err
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "in.md").read_text() == "old"


def test_a_key_by_which_sheets_are_marked_is_not_replaced_by_another(run, tmp_path):
    """Other sizes made keys of the same names, and sheets that were handed out were marked 0."""
    words = ("exercise", "--kind", "fill", "--seed", 3, "--variants", 2, "-o", "class")
    assert run(*words)[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "class").iterdir()}
    refused(
        run(*words, "--units", 2), "fill-3-1.key.json is there with another content", "name another folder"
    )
    assert {path.name: path.read_bytes() for path in (tmp_path / "class").iterdir()} == before
    assert run(*words, "--to", "html")[0] == 0  # the same keys
    assert list(tmp_path.glob(".*")) == []


def test_each_letter_to_choose_has_its_words_on_the_sheet(tmp_path):
    """explain-rounding asked for A, B or C and never said what they are."""
    for kind in ("explain-rounding", "find-error"):
        made = exercise(kind, 3, 1)
        for format in ("md", "latex" if "latex" in FORMATS else "tex"):
            text = render(made, format)
            for item in made.items:
                for option in item.options:
                    assert f"{option.letter}: {option.text}" in text, (kind, format)
