"""Answers as students write them: symbols, vectors on a line, sheets filled in place, and what is not read."""

import json
import re
import zipfile
from contextlib import suppress
from functools import cache

import pytest
from pace import within

from gatewise.cells import LSTM
from gatewise.teach.checker.render.words import named
from gatewise.teach.exercises import (
    AnswersError,
    ExerciseSizes,
    exercise,
    key_of,
    mark,
    read_answers,
    read_key,
    render,
    write_key,
)
from gatewise.teach.exercises.marking.reading.item_names import ItemNames, spelt
from gatewise.teach.exercises.marking.reading.vectors import numbers_in

TWO_UNITS = ExerciseSizes(units=2)
KINDS = ("fill", "full", "missing-block", "find-error", "explain-rounding", "multiple-choice")


@cache
def sheet(kind="full", sizes=ExerciseSizes()):  # noqa: B008  # frozen
    return exercise(kind, 3, 1, sizes)


@cache
def key(kind="full", sizes=ExerciseSizes()):  # noqa: B008
    return key_of(sheet(kind, sizes))


def right(kind="full", sizes=ExerciseSizes()):  # noqa: B008
    return {item.id: item.key for item in key(kind, sizes).items}


def read(tmp_path, text, known=None, name="a.md"):
    (tmp_path / name).write_text(text, "utf-8")
    ((answers, _),) = read_answers(tmp_path / name, [known or key()])
    return answers


def percent(answers, known=None):
    return mark(known or key(), answers.given).percent


def left(answers):
    return [(line.number, line.reason) for line in answers.lines_not_read]


# Names ----------------------------------------------------------------------------------------------------

WAYS = {
    "the sheet's": lambda name: name,
    "ASCII": lambda name: re.sub(r"([₀₁₋]+)", lambda m: "_" + m[1].translate(str.maketrans("₀₁₋", "01-")), name).replace("δ", "d_"),
    "LaTeX": lambda name: re.sub(r"([₀₁₋]+)", lambda m: "_{" + m[1].translate(str.maketrans("₀₁₋", "01-")) + "}", name)
    .replace("δ", "\\delta ").replace("Δ", "\\Delta ").replace("ⁿᵉʷ", "^{\\mathrm{new}}"),
    "a step in words": lambda name: re.sub(r"([₀₁₋]+)(.*)", lambda m: m[2] + "(t=" + m[1].translate(str.maketrans("₀₁₋", "01-")) + ")", name),
    "capitals": lambda name: name.upper().replace("Δ", "Δ") if "δ" not in name else name,
    "typewriter": lambda name: f"`{name}`",
}  # fmt: skip


@pytest.mark.parametrize("sizes", [ExerciseSizes(), TWO_UNITS], ids=["one unit", "two units"])
@pytest.mark.parametrize("way", WAYS)
def test_answers_are_found_by_their_symbols(tmp_path, way, sizes):
    known = key("full", sizes)
    lines = [f"{WAYS[way](named(item.asks))} = {item.key}" for item in known.items]
    answers = read(tmp_path, "\n".join(lines), known)
    assert answers.lines_not_read == ()
    assert percent(answers, known) == 100


SYMBOLS = {
    "out_0": "F6@t=0", "out₀": "F6@t=0", "out0": "F6@t=0", "\\mathit{out}_{0}": "F6@t=0", "out(t=0)": "F6@t=0", "Out_0": "F6@t=0",
    "δstate₁": "B2@t=1", "\\delta state_1": "B2@t=1", "delta_state_1": "B2@t=1", "d_state_1": "B2@t=1", "a_1": "F1@t=1",
    "f4@t=0": "F4@t=0", "F4, t=0": "F4@t=0", "f_1": "F3@t=1", "Δ_1": "B0@t=1", "∆out_{-1}": "B8@t=0", "Δout₋₁": "B8@t=0", "loss": "L1",
    "loss_1": "L1@t=1", "l1": "L1", "out_0[0]": "F6@t=0", "δW_a[1]": "G1[a,1]", "W^{new}_a[0]": "P1[W][a,0]", "**a_1**": "F1@t=1",
    "𝛿state_1": "B2@t=1",
}  # fmt: skip


@pytest.mark.parametrize("name", SYMBOLS)
def test_a_symbol_is_one_line(tmp_path, name):
    answers = read(tmp_path, f"{name} = 0.5\n")
    assert answers.given == {SYMBOLS[name]: "0.5"}
    assert answers.lines_not_read == ()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("f1", ("F1@t=0", "F3@t=1")), ("F1", ("F1@t=0", "F1@t=1")), ("delta_out_0", ("B1@t=0", "B8@t=1")),
        ("out", ("F6@t=0", "F6@t=1")), ("b0", ("B0@t=0", "B0@t=1")),
    ],
)  # fmt: skip
def test_a_symbol_that_could_mean_two_lines_is_not_guessed_but_said(tmp_path, name, lines):
    answers = read(tmp_path, f"\n{name} = 0.5\n")
    assert not any(answers.given.values())
    ((number, reason),) = left(answers)
    assert number == 2
    assert all(line in reason for line in lines)


def test_a_symbol_that_is_not_asked_is_no_other_line(tmp_path):
    known = key("fill")
    item = next(item for item in sheet().items if item.id not in right("fill") and "[" not in item.id)
    answers = read(tmp_path, f"{named(item.asks)} = 0.5\n", known)
    assert not any(answers.given.values())
    assert left(answers) == [(1, "it is not asked")]


def test_every_number_of_a_sheet_has_names_of_its_own():
    for sizes in (ExerciseSizes(), TWO_UNITS, ExerciseSizes(steps=3, inputs=3)):
        known = key("full", sizes)
        names = ItemNames(known)
        for item in known.items:
            assert names.find(named(item.asks)).ids == (item.id,)
            assert names.find(item.id.lower()).ids == (item.id,)


def test_the_wrong_line_may_be_named_by_its_symbol(tmp_path):
    made = sheet("find-error")
    line = made.solution.lines[right("find-error")["error.line"]]
    symbol = named(f"{line.left.name}" + (f"@t={line.left.step.offset}" if line.left.step else ""))
    answers = read(tmp_path, f"error.line = {symbol}\n", key("find-error"))
    assert answers.given["error.line"] == right("find-error")["error.line"]


@pytest.mark.parametrize(
    "text",
    ["", "_", "[", "@", "a" * 500, "a_" * 40, "((((", "\\", "δ", "∆", "1", "₀", "f[f[f", "t=1", "\x00"],
)
def test_any_text_is_a_name_or_none(text):
    assert isinstance(spelt(text, LSTM), tuple)
    ItemNames(key()).find(text)


# Vectors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [
    "{n} = [{c}]", "{n} = ({c})", "{n}: {s}", "{n} = [{b}]", "{n} ≈ {c}", "| {n} | [{c}] |", "{n} = {m}", "{n} = [{g}]", "{n} = [[{r}]]",
])  # fmt: skip
def test_a_whole_vector_or_matrix_is_one_answer(tmp_path, way):
    known = key("full", TWO_UNITS)
    groups = {}
    for item in known.items:
        groups.setdefault(item.line, []).append(item)
    lines = []
    for items in groups.values():
        keys, name = [item.key for item in items], re.sub(r"\[.*", "", named(items[0].asks))
        columns = 2 if items[0].id.count(",") == 2 else 1
        rows = [keys[k : k + columns] for k in range(0, len(keys), columns)]
        fields = {
            "n": name,
            "c": ", ".join(keys),
            "s": "; ".join(keys).replace(".", ","),
            "b": " ".join(keys),
            "g": ",".join(keys),
        }
        fields |= {
            "r": "], [".join(map(", ".join, rows)),
            "m": r"\begin{pmatrix} " + r" \\ ".join(map(" & ".join, rows)) + r" \end{pmatrix}",
        }
        lines.append(f"{name} = {keys[0]}" if len(keys) == 1 else way.format(**fields))
    answers = read(tmp_path, "\n".join(lines), known)
    assert answers.lines_not_read == ()
    assert percent(answers, known) == 100


def test_vectors_in_json_and_toml(tmp_path):
    known = key("full", TWO_UNITS)
    groups = {}
    for item in known.items:
        groups.setdefault(item.line, []).append(float(item.key))
    values = {line: numbers if len(numbers) > 1 else numbers[0] for line, numbers in groups.items()}
    assert percent(read(tmp_path, json.dumps(values), known, "a.json"), known) == 100
    toml = "".join(f'"{line}" = {value}\n' for line, value in values.items())
    assert percent(read(tmp_path, toml, known, "a.toml"), known) == 100


@pytest.mark.parametrize(
    "text", ["[0.1, 0.2, 0.3]", "0.1", "[0.1]", "[0,1]", "[0.1, ?]", "[0.1 or 0.2]", "[0.1, 0.2"[:-4]]
)
def test_a_vector_of_another_length_is_said(tmp_path, text):
    answers = read(tmp_path, f"out_0 = {text}\n", key("full", TWO_UNITS))
    if text == "[0,1]":  # integers, since one number would be too few
        assert [answers.given[f"F6@t=0[{k}]"] for k in (0, 1)] == ["0", "1"]
        return
    assert not any(answers.given.values())
    assert left(answers) == [(1, "2 numbers are asked for")]


@pytest.mark.parametrize(("text", "shape", "numbers"), [
    ("[0,1; 0,2]", (2,), ["0,1", "0,2"]), ("[0,1; 0,2]", (2, 2), ["0", "1", "0", "2"]), ("[1 2; 3 4]", (2, 2), ["1", "2", "3", "4"]),
    ("[[1, 2, 3], [4, 5, 6]]", (3, 2), None), ("[- 0.1, − 0.2]", (2,), ["-0.1", "−0.2"]), ("a = [0.1, 0.2] = [0.3, 0.4]", (2,), ["0.3", "0.4"]),
    ("1,5 · 10^-1; 2", (2,), ["1,5·10^-1", "2"]), ("x" * 5000, (2,), None),
])  # fmt: skip
def test_numbers_of_a_vector(text, shape, numbers):
    assert numbers_in(text, shape) == numbers


# Lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "given"), [
    ("a_0 = 0.5, i_0 = 0.6", {"F1@t=0": "0.5", "F2@t=0": "0.6"}), ("a_0 = 0.5; i_0 = 0.6", {"F1@t=0": "0.5", "F2@t=0": "0.6"}),
    ("a_0 = 0.5 i_0 = 0.6", {"F1@t=0": "0.5", "F2@t=0": "0.6"}), ("a_0 = tanh(1.47)\n= 0.90072", {"F1@t=0": "0.90072"}),
    ("a_0:\n0.5", {"F1@t=0": "0.5"}), ("B2@t=1\n≈ -0.5", {"B2@t=1": "-0.5"}), ("F6@t=0 = out_0 = 0.75", {"F6@t=0": "out_0 = 0.75"}),
    ("a_0 = $0.5$; `i_0` = **0.6**; loss: 0.7", {"F1@t=0": "$0.5$", "F2@t=0": "**0.6**", "L1": "0.7"}),
    ("a_0 → 0.5", {"F1@t=0": "0.5"}), ("F1@t=0\t0.5", {"F1@t=0": "0.5"}), ("F1@t=0=-0.5", {"F1@t=0": "-0.5"}), ("F1@t=0;0,5", {"F1@t=0": "0,5"}),
    ("| F1@t=0 | a₀ | 0.5 | checked twice |", {"F1@t=0": "0.5"}), ("| F1@t=0 | a₀ = 0.5 | |", {"F1@t=0": "a₀ = 0.5"}),
    ("| F1@t=0 | 0.5 | 0.6 |", {"F1@t=0": "0.5 | 0.6"}), ("- [x] a_0 = 0.5", {"F1@t=0": "0.5"}), ("1) a_0 = 0.5", {"F1@t=0": "0.5"}),
    ("F1@t=0 = 9.0072*10^-1", {"F1@t=0": "9.0072*10^-1"}), (r"F1@t=0 = \frac{3}{4}", {"F1@t=0": r"\frac{3}{4}"}),
])  # fmt: skip
def test_lines_with_answers(tmp_path, text, given):
    answers = read(tmp_path, text)
    assert {id: answer for id, answer in answers.given.items() if answer} == given
    assert answers.lines_not_read == ()


def test_choices_several_to_a_line(tmp_path):
    known = key("multiple-choice")
    text = "; ".join(f"{item.id}: {item.key}" for item in known.items)
    assert percent(read(tmp_path, text, known), known) == 100


@pytest.mark.parametrize(("text", "number", "reason"), [
    ("my result\n\nis 0.25", 3, ""), ("F9@t=0 = 0.5", 1, ""), ("F1@t=0 - 0.5", 1, "dash"), ("x_0 = 0.5", 1, ""),
    ("F1@t=0 = 0.5\nF1@t=0 = 0.6", 1, "answered again"), ("| F9@t=0 | | 0.5 |", 1, ""), ("Line F1@t=0: 0.5", 1, ""),
    ("F1@t=0 = 0.5" + " " * 5000, 1, "4,000 characters"),
])  # fmt: skip
def test_lines_with_numbers_that_are_not_read_are_said(tmp_path, text, number, reason):
    answers = read(tmp_path, text)
    found = left(answers)
    assert [line for line, _ in found] == [number]
    assert reason in found[0][1]


@pytest.mark.parametrize(("name", "text"), [
    ("a.csv", "id,answer\nF1@t=0,0.5\nF9@t=0,0.25\n"), ("a.csv", "F1@t=0;0,5\nsomething;0,25\n"),
    ("a.csv", "name,F1@t=0,F2@t=0\nAda,0.5,0.6,0.25\n"), ("a.json", '{"answers": {"F1@t=0": 0.5, "out": 0.25}}'),
    ("a.toml", '"F1@t=0" = 0.5\n"out" = 0.25\n'),
])  # fmt: skip
def test_what_is_not_read_in_tables_is_said_too(tmp_path, name, text):
    answers = read(tmp_path, text, name=name)
    assert answers.given["F1@t=0"] in ("0.5", "0,5")
    assert len(answers.lines_not_read) == 1
    assert "25" in answers.lines_not_read[0].text


@pytest.mark.parametrize(("name", "text"), [
    ("a.csv", "F1@t=0,0,5\nF2@t=0,0,25\n"), ("a.csv", "id,what,answer\nF1@t=0,a₀,0.5\n"), ("a.csv", 'a_0;0,5\nG1[a,0];0,25\n'),
    ("a.csv", "F1@t=0,0.5\nG1[a,0],0.25\n"), ("a.csv", "name,out_0,F1@t=0,i_0\nAda,0.1,0.5,0.2\n"),
    ("a.toml", 'error.line = "x"\n[answers]\n"a_0" = 0.5\n'), ("a.json", '{"a_0": "0.5", "name": "Ada"}'),
])  # fmt: skip
def test_tables_of_other_shapes(tmp_path, name, text):
    answers = read(tmp_path, text, name=name)
    assert answers.given["F1@t=0"].replace(",", ".") == "0.5"
    assert answers.lines_not_read == ()
    assert mark(key(), answers.given).unknown == ()


# Sheets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_sheet_is_no_answer_and_leaves_no_line_unread(tmp_path, kind):
    answers = read(tmp_path, render(sheet(kind), "md"), key(kind))
    assert not any(answers.given.values())
    assert answers.lines_not_read == ()


@pytest.mark.parametrize("sizes", [ExerciseSizes(), TWO_UNITS], ids=["one unit", "two units"])
@pytest.mark.parametrize("kind", ["fill", "full", "missing-block"])
def test_a_sheet_filled_in_place_is_read_whole(tmp_path, kind, sizes):
    """Vectors too, and the ? that stands on the line of its symbol, as in a missing block."""
    answers, place, lines = right(kind, sizes), "", []
    for line in render(sheet(kind, sizes), "md").splitlines():
        if line.startswith("**`"):
            place = line.strip("*`")
        values = [answer for id, answer in answers.items() if id == place or id.startswith(f"{place}[")]
        lines.append(line.replace(r"\text{?}", values[0] if len(values) == 1 else f"[{', '.join(values)}]"))
    found = read(tmp_path, "\n".join(lines), key(kind, sizes))
    assert percent(found, key(kind, sizes)) == 100
    assert found.lines_not_read == ()


def test_another_number_in_place_than_in_the_table_is_said(tmp_path):
    text = render(sheet("missing-block"), "md").replace(r"\text{?}", "0.12345", 1)
    item = key("missing-block").items[0]
    text = re.sub(rf"(\| {re.escape(item.id)} \|.*\|) +\|", rf"\1 {item.key} |", text)
    answers = read(tmp_path, text, key("missing-block"))
    assert answers.given[item.id] == item.key
    assert [line.reason for line in answers.lines_not_read] == [f"{item.id} is answered again"]


def test_a_number_in_place_that_is_none_is_said(tmp_path):
    text = render(sheet("missing-block"), "md").replace(r"\text{?}", "0.5 or 0.6", 1)
    answers = read(tmp_path, text, key("missing-block"))
    assert ["0.5 or 0.6" in line.text for line in answers.lines_not_read] == [True]


def test_the_report_has_the_lines_that_were_not_read(run, tmp_path):
    (tmp_path / "k.key.json").write_text(write_key(sheet()))
    (tmp_path / "in").mkdir()
    for name in ("ada", "bob"):
        lines = "".join(f"{id} = {answer}\n" for id, answer in right().items())
        (tmp_path / "in" / f"{name}.md").write_text(lines + "my guess: 0.25\n" + "x_0 = 0.5\n" * 40)
    number = len(right()) + 1
    for answers in ("in", "in/ada.md"):
        for format in ("text", "md"):
            code, out, _ = run("mark", "k.key.json", answers, "--format", format)
            assert code == 0
            assert f"ine {number} was not read: my guess: 0.25" in out
            assert "29 more lines" in " ".join(out.split())
        data = json.loads(run("mark", "k.key.json", answers, "--format", "json")[1])
        assert len(data["students"][0]["lines_not_read"]) == 41
        assert data["students"][0]["lines_not_read"][0] == {
            "line": number,
            "text": "my guess: 0.25",
            "reason": "",
        }


@pytest.mark.share(2)
@pytest.mark.parametrize(
    "piece",
    [
        "F1@t=0 ",
        "| ",
        "= ",
        "a_",
        "\\",
        "[",
        "* ",
        "name:",
        "F1@t=0 = 0.5 ",
        "0.5 ",
        ",",
        "- [ ] ",
        "a_0 = 0.5, ",
    ],
)
@pytest.mark.parametrize("suffix", ["txt", "csv", "json", "toml"])
def test_hostile_text_takes_no_long_time(tmp_path, piece, suffix):
    with within(6):
        for text in (piece * (200_000 // len(piece)), (piece * 20 + "\n") * 2000):
            (tmp_path / f"a.{suffix}").write_text(text)
            with suppress(AnswersError):
                read_answers(tmp_path / f"a.{suffix}", [key()])


def test_numbers_below_a_vector_s_name_are_said_if_they_are_not_read(tmp_path):
    """Two numbers below a_0: were dropped without a word."""
    made = exercise("fill", 3, 1, ExerciseSizes(units=2))
    path = tmp_path / "ada.md"
    path.write_text("a_0:\n-0.55391\n0.75736\n", "utf-8")
    (read, _), *_ = read_answers(path, [read_key(write_key(made))])
    assert [line.number for line in read.lines_not_read] == [2, 3]


def test_the_key_in_a_zip_is_no_student(tmp_path):
    made = exercise("fill", 3, 1)
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as file:
        file.writestr("fill-3-1.key.json", write_key(made))
        file.writestr("ada.md", render(made, "md", solved=True))
    read = read_answers(tmp_path / "class.zip", [read_key(write_key(made))])
    assert [answers.name for answers, _ in read] != ["fill-3-1.key"]
    assert len(list(read)) == 1
