"""What was marked: of one student in full; of a class as a table, with its commonest misconceptions."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from gatewise.teach.checker.render.words import clean, counted
from gatewise.teach.exercises.formats.answer_sheet import question_of
from gatewise.teach.exercises.marking.marking import Marks
from gatewise.teach.exercises.marking.reading.hand_ins import NotRead
from gatewise.teach.exercises.marking.verdicts import Marked, Verdict
from gatewise.teach.worksheet.render.markdown import escape
from gatewise.teach.worksheet.render.prose import ascii_text

WORDS: dict[Verdict, str] = {
    "right": "right",
    "follows": "right from own numbers",
    "mistake": "known mistake",
    "misprint": "misprint",
    "coarse": "too few digits",
    "wrong": "wrong",
    "unreadable": "not read",
    "missing": "no answer",
}
SIGNS: dict[Verdict, str] = {
    "right": "+", "follows": "+", "mistake": "-", "misprint": "~", "coarse": "~", "wrong": "-",
    "unreadable": "?", "missing": ".",
}  # fmt: skip
FORMATS = {"text": ".txt", "md": ".md", "json": ".json"}
MOST_HINTS = 8  # misconceptions of a class that are named
LONGEST_NAME = 60  # with the file that tells two of one name apart
MOST_LINES = 12  # lines of a student that were not read and are shown


def render_marks(
    marks: Sequence[Marks],
    format: str,
    not_read: Sequence[NotRead] = (),
    *,
    width: int = 80,
    unicode: bool = True,
) -> str:
    """Write one student's marks in full, or a class's as a table; then what could not be read."""
    if format == "json":
        return _json(marks, not_read)
    if format == "md":
        left = "".join(f"- {escape(clean(each.file))}: {escape(each.reason)}\n" for each in not_read)
        whole = _markdown_class(marks) if len(marks) > 1 else _markdown(marks[0])
        return whole + (f"\nNot read:\n\n{left}" if left else "")
    lines = [*(_text_class(marks, width) if len(marks) > 1 else _text(marks[0], width))]
    if not_read:
        lines += ["", "Not read:"]
    for each in not_read:
        sentence = f"{clean(each.file)}: {each.reason}"
        lines += textwrap.wrap(sentence, width, initial_indent="  ", subsequent_indent="    ")
    shown = "\n".join(lines) + "\n"
    return shown if unicode else ascii_text(shown)


def score(marks: Marks) -> str:
    """Say how many points a sheet got: "13.5 of 23 points (59 %)"."""
    return f"{marks.points:g} of {marks.out_of} points ({marks.percent:.0f} %)"


def lines_not_read(marks: Marks) -> list[str]:
    """Say which lines were not read: "line 12 was not read: x_0 = 0.5 (it is not asked)"."""
    lines = []
    for line in marks.lines_not_read[:MOST_LINES]:
        start = f"line {line.number} was not read" if line.number else "not read"
        reason = f" ({clean(line.reason)})" if line.reason else ""
        lines.append(f"{start}: {clean(line.text, 60)}{reason}")
    more = len(marks.lines_not_read) - MOST_LINES
    return lines + ([f"and {counted(more, 'more line')}; the JSON has them all"] if more > 0 else [])


# One student ----------------------------------------------------------------------------------------------


def _text(marks: Marks, width: int) -> Iterator[str]:
    who = f"{clean(marks.name)}, " if marks.name else ""
    yield f"{who}{marks.key.title}: {score(marks)}"
    yield ""
    first = max(len(marked.item.id) for marked in marks.marked)
    second = max(len(_what(marked)) for marked in marks.marked)
    third = max(len(clean(marked.answer, 16)) for marked in marks.marked)
    for marked in marks.marked:
        answer = clean(marked.answer, 16)
        head = (
            f"{SIGNS[marked.verdict]} {marked.item.id:<{first}}  {_what(marked):<{second}}  {answer:>{third}}"
        )
        yield f"{head}  {WORDS[marked.verdict]}".rstrip()
        if marked.note:
            yield from textwrap.wrap(marked.note, width, initial_indent="    ", subsequent_indent="    ")
    for hint in marks.hints:
        yield ""
        yield from textwrap.wrap(f"Hint: {hint.name} {hint.why}", width)
        yield from textwrap.wrap(
            f"seen in {', '.join(hint.items)}", width, initial_indent="  ", subsequent_indent="  "
        )
    if marks.unknown:
        yield ""
        yield from textwrap.wrap(f"Not asked, so not marked: {clean(', '.join(marks.unknown))}", width)
    if marks.lines_not_read:
        yield ""
    for line in lines_not_read(marks):
        yield from textwrap.wrap(line[:1].upper() + line[1:], width, subsequent_indent="  ")


def _name(marks: Marks) -> str:
    return clean(marks.name, LONGEST_NAME)


def _what(marked: Marked) -> str:
    return "" if marked.item.options or marked.item.form == "line" else question_of(marked.item)


def _markdown(marks: Marks) -> str:
    who = f"{escape(clean(marks.name))}: " if marks.name else ""
    parts = [f"# {who}{escape(marks.key.title)}", f"**{score(marks)}**"]
    parts += [
        f"- **{escape(hint.name)}** {escape(hint.why)} (seen in {escape(', '.join(hint.items))})"
        for hint in marks.hints
    ]
    rows = [
        f"| {escape(m.item.id)} | {escape(_what(m))} | {escape(clean(m.answer, 24))} | {WORDS[m.verdict]} | "
        f"{m.points:g} | {escape(m.note)} |"
        for m in marks.marked
    ]
    head = ["| id | what | answer | verdict | points | remark |", "| :-- | :-- | --: | :-- | --: | :-- |"]
    parts.append("\n".join([*head, *rows]))
    if marks.unknown:
        parts.append(f"Not asked, so not marked: {escape(clean(', '.join(marks.unknown)))}")
    parts += (
        ["\n".join(f"- {escape(line)}" for line in lines_not_read(marks))] if marks.lines_not_read else []
    )
    return "\n\n".join(parts) + "\n"


# A class --------------------------------------------------------------------------------------------------


def _text_class(marks: Sequence[Marks], width: int) -> Iterator[str]:
    yield f"{_sheets(marks)}: {counted(len(marks), 'student')}"
    yield ""
    first = max(len(_name(one)) for one in marks)
    second = max(len(one.key.name) for one in marks) if _several(marks) else 0
    third = max(len(f"{one.points:g}") for one in marks)
    for one in marks:
        sheet = f"{one.key.name:<{second}}  " if second else ""
        head = f"{_name(one):<{first}}  {sheet}{one.points:>{third}g}  {one.percent:3.0f} %  "
        folded = textwrap.wrap(_signs(one), max(width - len(head), 20))
        yield head + folded[0]
        yield from (" " * len(head) + line for line in folded[1:])
    yield ""
    yield from textwrap.wrap(_LEGEND, width)
    for name, why, count in _commonest(marks):
        yield ""
        yield from textwrap.wrap(f"{counted(count, 'student')}: {name} {why}", width)
    if any(one.lines_not_read for one in marks):
        yield ""
    for one in marks:
        for line in lines_not_read(one):
            yield from textwrap.wrap(f"{_name(one)}: {line}", width, subsequent_indent="  ")


_LEGEND = (
    "A sign for each answer, in the order of the sheet: + right, ~ nearly, - wrong, ? not read, . missing."
)


def _signs(marks: Marks) -> str:
    return "".join(SIGNS[marked.verdict] for marked in marks.marked)


def _several(marks: Sequence[Marks]) -> bool:
    return len({one.key.name for one in marks}) > 1


def _sheets(marks: Sequence[Marks]) -> str:
    names = list(dict.fromkeys(one.key.name for one in marks))
    return (
        marks[0].key.title if len(names) == 1 else f"{names[0]} and {counted(len(names) - 1, 'other sheet')}"
    )


def _markdown_class(marks: Sequence[Marks]) -> str:
    head = "| name | sheet | points | % | answers |\n| :-- | :-- | --: | --: | :-- |"
    rows = [
        f"| {escape(_name(one))} | {one.key.name} | {one.points:g} | {one.percent:.0f} | `{_signs(one)}` |"
        for one in marks
    ]
    hints = [
        f"- {counted(count, 'student')}: **{escape(name)}** {escape(why)}"
        for name, why, count in _commonest(marks)
    ]
    parts = [f"# {escape(_sheets(marks))}", "\n".join([head, *rows]), escape(_LEGEND)]
    left = [f"- {escape(_name(one))}: {escape(line)}" for one in marks for line in lines_not_read(one)]
    return "\n\n".join([*parts, *("\n".join(lines) for lines in (hints, left) if lines)]) + "\n"


def _commonest(marks: Sequence[Marks]) -> list[tuple[str, str, int]]:
    """Return the misconceptions that most students have: name, explanation, number of students."""
    counts = Counter((hint.name, hint.why) for one in marks for hint in one.hints)
    return [(name, why, count) for (name, why), count in counts.most_common(MOST_HINTS)]


# Data -----------------------------------------------------------------------------------------------------


def _json(marks: Sequence[Marks], not_read: Sequence[NotRead]) -> str:
    data = {
        "gatewise": "marks",
        "schema": 1,
        "students": [_student(one) for one in marks],
        "misconceptions": [
            {"name": name, "why": why, "students": count} for name, why, count in _commonest(marks)
        ],
        "not_read": [{"file": each.file, "reason": each.reason} for each in not_read],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _student(marks: Marks) -> dict[str, Any]:
    return {
        "name": marks.name,
        "sheet": marks.key.name,
        "points": marks.points,
        "out_of": marks.out_of,
        "percent": round(marks.percent, 2),
        "answers": [
            {
                "id": marked.item.id,
                "answer": marked.answer,
                "key": marked.item.key,
                "verdict": marked.verdict,
                "points": marked.points,
                "note": marked.note,
                "mistake": marked.mistake,
            }
            for marked in marks.marked
        ],
        "hints": [{"name": hint.name, "why": hint.why, "ids": list(hint.items)} for hint in marks.hints],
        "not_asked": list(marks.unknown),
        "lines_not_read": [
            {"line": line.number, "text": line.text, "reason": line.reason} for line in marks.lines_not_read
        ],
    }
