"""What a class hands in: folders of every kind of file, marked to the end, with what could not be read listed."""

import csv
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from gatewise.errors import GatewiseError
from gatewise.teach.exercises import AnswersError, exercise, key_of, mark, read_answers, render, write_key
from gatewise.teach.exercises.marking.reading import hand_ins as hand_in_module
from gatewise.teach.exercises.marking.reading import zips
from gatewise.teach.exercises.marking.reading.hand_ins import decoded

SHEET = exercise("fill", 5)
KEY = key_of(SHEET)
RIGHT = {item.id: item.key for item in KEY.items}
MARKDOWN = "".join(f"`{id}` = {answer}\n" for id, answer in RIGHT.items())


def percents(read):
    return {answers.name: round(mark(key, answers.given).percent) for answers, key in read}


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


WAYS = {
    "md": lambda name: (f"{name}.md", MARKDOWN.encode()),
    "latin": lambda name: (f"{name}.txt", (MARKDOWN + "größer als ±1 – n’est-ce pas\n").encode("cp1252")),
    "utf16": lambda name: (f"{name}.txt", MARKDOWN.encode("utf-16")),
    "utf16 without a mark": lambda name: (f"{name}.txt", MARKDOWN.encode("utf-16-le")),
    "utf32": lambda name: (f"{name}.txt", MARKDOWN.encode("utf-32")),
    "utf16 with δ": lambda name: (f"{name}.txt", (MARKDOWN + "δstate₁ = δ\n").encode("utf-16-be")),
    "bom": lambda name: (f"{name}.md", MARKDOWN.encode("utf-8-sig")),
    "toml": lambda name: (f"{name}.toml", "".join(f'"{id}" = "{a}"\n' for id, a in RIGHT.items()).encode()),
    "json": lambda name: (f"{name}.json", json.dumps({"answers": RIGHT}).encode()),
    "csv": lambda name: (f"{name}.csv", as_csv(RIGHT.items()).encode()),
    "notebook": lambda name: (
        f"{name}.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": MARKDOWN.splitlines(True)}]}).encode()
    ),
    "zip": lambda name: (f"{name}.zip", zipped({f"{name}/answers.md": MARKDOWN, "__MACOSX/x.md": "junk"})),
    "moodle": lambda name: (f"{name}_48213_assignsubmission_file_/answers.md", MARKDOWN.encode()),
    "folder": lambda name: (f"{name}/deep/answers.md", MARKDOWN.encode()),
}  # fmt: skip
NOT_READ = {
    "essay.docx": (zipped({"word/document.xml": "x"}), "a Word document"),
    "scan.pdf": (b"%PDF-1.7", "a PDF"),
    "photo.HEIC": (b"\x00", "a picture"),
    "what": (b"x", "no suffix"),
    "broken.zip": (b"PK\x03\x04nothing", "no zip that can be opened"),
    "binary.md": (b"F1@t=0: 0.5\n\x00\x00", "NUL bytes"),
    "torn.json": (b"{", "not JSON"),
    "other.md": (render(exercise("fill", 6), "md").encode(), "fill-6-1"),
    "torn.ipynb": (b"[]", "no notebook"),
}


def test_a_class_of_sixty_from_a_folder_of_mixed_files(run, tmp_path):
    (tmp_path / "key.key.json").write_text(write_key(SHEET))
    folder = tmp_path / "handed-in"
    names = []
    for number in range(60):
        names.append(f"Student {number:02}")
        place, data = list(WAYS.values())[number % len(WAYS)](names[-1])
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(data)
    for name, (data, _) in NOT_READ.items():
        (folder / name).write_bytes(data)
    code, out, err = run("mark", "key.key.json", "handed-in", "--format", "json")
    assert code == 1
    report = json.loads(out)
    found = {student["name"]: student["percent"] for student in report["students"]}
    assert found == dict.fromkeys(names, 100)
    reasons = {each["file"].removeprefix("handed-in/"): each["reason"] for each in report["not_read"]}
    assert set(reasons) == set(NOT_READ)
    for name, (_, why) in NOT_READ.items():
        assert why in reasons[name]
        assert f"not read: handed-in/{name}: " in err
    for format in ("text", "md"):
        code, out, _ = run("mark", "key.key.json", "handed-in", "--format", format)
        assert code == 1
        assert "Not read:" in out
        assert "a Word document" in " ".join(out.split())


def test_two_of_one_name_are_told_apart_by_their_files(tmp_path):
    for folder in ("Ada_1_assignsubmission_file_", "Ada_2_assignsubmission_file_"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text(MARKDOWN)
    names = [answers.name for answers, _ in read_answers(tmp_path, [KEY])]
    assert len(set(names)) == 2
    assert all(name.startswith("Ada (") and "assignsubmission" in name for name in names)


@pytest.mark.parametrize("members", [
    {f"{n}.md": "x" for n in range(2100)},
    {f"{n}.md": "0" * 6_000_000 for n in range(20)},
], ids=["many", "bomb"])  # fmt: skip
def test_a_zip_has_bounds(tmp_path, members):
    (tmp_path / "good.md").write_text(MARKDOWN)
    (tmp_path / "large.zip").write_bytes(zipped(members))
    read = read_answers(tmp_path, [KEY])
    assert percents(read) == {"good": 100}
    assert ["at most" in each.reason for each in read.not_read] == [True]


def test_names_in_a_zip_lead_nowhere(tmp_path):
    (tmp_path / "evil.zip").write_bytes(
        zipped({"../../etc/evil.md": MARKDOWN, "/abs.md": MARKDOWN, "a\\b.md": MARKDOWN})
    )
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert len(read_answers(tmp_path / "evil.zip", [KEY])) == 3
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def encrypted(data):
    """The zip with the flag of a password in each of its two headers."""
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(start) + offset
        data = data[:at] + b"\x01\x00" + data[at + 2 :]
    return data


def torn(data):
    """A zip whose first member cannot be unpacked."""
    at = data.index(b"a.md") + 5
    return data[:at] + b"\xff" * 40 + data[at + 40 :]


NESTED = zipped({"a/answers.md": MARKDOWN})
ZIPS = {
    "encrypted": (encrypted(zipped({"a.md": MARKDOWN})), "it is encrypted"),
    "empty": (zipped({}), "it is an empty zip"),
    "only-junk": (zipped({"__MACOSX/._a.md": "x", ".DS_Store": "x"}), "it is an empty zip"),
    "torn": (torn(zipped({"a.md": MARKDOWN, "b.docx": "x"})), "damaged"),
    "bomb": (zipped({"a.md": b"0" * 6_000_000}), "6,000,000 bytes; answers have at most 5,000,000"),
    "bomb-in-zip": (zipped({f"{n}.zip": zipped({"a.md": b"0" * 4_900_000}) for n in range(25)}), "unpacked"),
    "deep": (zipped({"1.zip": zipped({"2.zip": zipped({"3.zip": NESTED})})}), "3 deep"),
    "archive": (zipped({"a.rar": "x", "b.7z": "x"}), "a RAR archive"),
    "disguised": (zipped({"a.md": b"%PDF-1.7"}), "a PDF by another name"),
}  # fmt: skip


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_cannot_be_read_says_why_and_the_rest_goes_on(run, tmp_path, name):
    data, why = ZIPS[name]
    (tmp_path / "key.key.json").write_text(write_key(SHEET))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.md").write_text(MARKDOWN)
    (tmp_path / "in" / f"{name}.zip").write_bytes(data)
    code, out, err = run("mark", "key.key.json", "in", "--format", "json")
    assert code == 1
    report = json.loads(out)
    assert {s["percent"] for s in report["students"] if s["name"] == "good"} == {100}
    assert any(why in each["reason"] for each in report["not_read"]), report["not_read"]
    assert f"not read: in/{name}.zip" in err


def test_a_zip_within_a_zip_is_read(tmp_path):
    (tmp_path / "class.zip").write_bytes(zipped({"Ada/a.zip": NESTED, "bob.md": MARKDOWN}))
    assert percents(read_answers(tmp_path / "class.zip", [KEY])) == {"Ada": 100, "bob": 100}


def test_a_zip_too_large_is_called_too_large(tmp_path, monkeypatch):
    """It was called no zip that can be opened."""
    data = zipped({"a.md": MARKDOWN})
    monkeypatch.setattr(hand_in_module, "LARGEST_ZIP", len(data) - 1)
    monkeypatch.setattr(zips, "LARGEST_ZIP", len(data) - 1)
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(
        AnswersError, match=rf"it has {len(data):,} bytes; a zip has at most {len(data) - 1:,}"
    ):
        read_answers(tmp_path / "a.zip", [KEY])


def test_links_circles_pipes_and_closed_folders_are_listed(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "answers.md").write_text(MARKDOWN)
    (tmp_path / "secret.md").write_text(MARKDOWN)
    (folder / "loop").symlink_to(folder)
    (folder / "round.md").symlink_to(folder / "round.md")
    (folder / "secret.md").symlink_to(tmp_path / "secret.md")
    (folder / "nowhere.md").symlink_to(tmp_path / "nowhere.md")
    os.mkfifo(folder / "pipe.md")
    (folder / "empty").mkdir()
    (folder / "closed").mkdir()
    (folder / "large.bin").write_bytes(b"\0" * 6_000_000)
    iterdir = Path.iterdir

    def shut(self):
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return iterdir(self)

    monkeypatch.setattr(Path, "iterdir", shut)
    read = read_answers(folder, [KEY])
    assert percents(read) == {"ada": 100}
    reasons = {each.file.removeprefix("in/"): each.reason for each in read.not_read}
    assert "of a kind that is not known (.bin)" in reasons.pop("large.bin")
    assert reasons == {
        **dict.fromkeys(["loop", "round.md", "secret.md", "nowhere.md"], "it is a link to elsewhere"),
        "pipe.md": "it is no file", "empty": "it is an empty folder", "closed": "it cannot be read: Permission denied",
    }  # fmt: skip


def test_no_more_files_are_read_than_are_marked_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(hand_in_module, "MOST_FILES", 3)
    for n in range(9):
        (tmp_path / f"{n}.md").write_text(MARKDOWN)
    read = read_answers(tmp_path, [KEY])
    assert len(read) == 3
    assert [each.file.split("/")[-1] for each in read.not_read] == ["3.md"]


# Standard input -------------------------------------------------------------------------------------------

PIPED = {
    "lines": MARKDOWN, "sheet": render(SHEET, "md", solved=True), "json": json.dumps({"answers": RIGHT}),
    "toml": "".join(f'"{id}" = "{a}"\n' for id, a in RIGHT.items()), "a sheet in JSON": render(SHEET, "json", solved=True),
}  # fmt: skip


@pytest.mark.parametrize("name", PIPED)
def test_one_hand_in_is_read_from_standard_input(run, tmp_path, name):
    (tmp_path / "key.key.json").write_text(write_key(SHEET))
    code, out, _ = run("mark", "key.key.json", "-", stdin=PIPED[name].encode())
    assert code == 0
    assert "(100 %)" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * 5_000_001, "more than 5,000,000 bytes"), (b"\x00\x01\x02", "binary"), (b"%PDF-1.7", "a PDF by another name"),
        (b"{", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_piped_hand_in_is_said_of_standard_input(run, tmp_path, data, words):
    (tmp_path / "key.key.json").write_text(write_key(SHEET))
    code, out, err = run("mark", "key.key.json", "-", stdin=data)
    assert (code, out) == (2, "")
    assert "standard input" in err
    assert words in err
    assert run("mark", "-", "-", stdin=b"")[0] == 2


def test_the_name_of_a_file_or_a_later_line_says_the_sheet(tmp_path):
    other = key_of(exercise("fill", 6))
    (tmp_path / "fill-5-1-ada.md").write_text(MARKDOWN)
    (tmp_path / "bob.md").write_text(
        "Name: Bob\n\n" + render(SHEET, "md", solved=True).replace("Name: the key", "")
    )
    (tmp_path / "cy.md").write_text(MARKDOWN)
    read = read_answers(tmp_path, [other, KEY])
    assert percents(read) == {"fill-5-1-ada": 100, "Bob": 100}
    assert [each.file.split("/")[-1] for each in read.not_read] == ["cy.md"]


def test_one_of_a_class_in_a_file_stops_no_other(tmp_path):
    entries = [{"name": "Ada", "answers": RIGHT}, 3, {"name": "Bob", "sheet": "fill-9-9", "answers": RIGHT}]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    head = ",".join(f'"{id}"' for id in RIGHT)
    answers = ",".join(RIGHT.values())
    (tmp_path / "b.csv").write_text(f"name,sheet,{head}\nCy,fill-5-1,{answers}\nDan,fill-9-9,{answers}\n")
    read = read_answers(tmp_path, [KEY])
    assert percents(read) == {"Ada": 100, "Cy": 100}
    assert [each.file.split("/")[-1] for each in read.not_read] == [
        "a.json, entry 2",
        "a.json, Bob",
        "b.csv, Dan",
    ]


def test_noise_that_is_no_utf_8_is_a_binary_file():
    assert decoded(bytes(range(1, 256)) * 20) is None


FIRST, SECOND = list(RIGHT)[:2]


@pytest.mark.parametrize("line", [
    "{id} ≈ {a}", "{id}: {a}", "{id} {a}", "- {id} {a}", "{lower} = {a}", "**{id}** = {a}", "| {id} | {a} |", "> `{id}`: {a}", "{id} := {a}",
    "{id} ~ {a}", "  {id}   =   ≈ {a}", "1. {id} = {a}",
])  # fmt: skip
def test_lines_as_students_write_them(tmp_path, line):
    text = "".join(line.format(id=id, lower=id.lower(), a=a) + "\n" for id, a in RIGHT.items())
    (tmp_path / "a.md").write_text(text)
    assert percents(read_answers(tmp_path / "a.md", [KEY])) == {"a": 100}


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xfe\x00", b"a\x00b\x00", bytes(range(256))])
def test_any_bytes_are_text_or_none(data):
    assert decoded(data) is None or isinstance(decoded(data), str)


def test_a_sheet_filled_in_place_is_read(tmp_path):
    """The question marks replaced by numbers, the table at the end left empty."""
    sheet, place = render(SHEET, "md"), ""
    scalar = [id for id in RIGHT if "[" not in id]
    for line in sheet.splitlines():
        if line.startswith("**`"):
            place = line.strip("*`")
        if "?" in line and place in scalar and line.startswith("&="):
            line = f"&= {RIGHT[place]}"
        with (tmp_path / "a.md").open("a") as file:
            file.write(line + "\n")
    ((answers, _),) = read_answers(tmp_path / "a.md", [KEY])
    assert {id: answers.given[id] for id in scalar} == {id: RIGHT[id] for id in scalar}


def test_long_lines_are_read_in_a_blink(tmp_path):
    (tmp_path / "a.md").write_text(
        "\n".join(["F1@t=0 " + " " * 400_000, "F1@t=0=" + "≈ " * 200_000, "- " * 200_000, "1. " * 99_999])
    )
    assert len(read_answers(tmp_path / "a.md", [KEY])) == 1


@pytest.mark.parametrize(
    ("source", "keys", "said"), [(Path("\0"), [KEY], "which is no path"), (Path("x"), [], "keys is")]
)
def test_no_path_and_no_keys_are_refused(source, keys, said):
    with pytest.raises(GatewiseError, match=said):
        read_answers(source, keys)
