"""Sheets as Moodle XML, for a question bank: cloze questions with a field for each answer, or choices.

Wrong numbers that known mistakes give carry their hint as feedback. Moodle marks each field by itself, so
there is no credit for what follows from an earlier mistake. Format: docs.moodle.org, "Moodle XML format" and
"Embedded Answers (Cloze) question type".
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from gatewise.expression import Symbol
from gatewise.teach.exercises.formats.answer_sheet import question_of
from gatewise.teach.exercises.marking.hints import name_and_reason
from gatewise.teach.exercises.marking.verdicts import NEAR, unit_of
from gatewise.teach.exercises.sheet import Exercise, Item, Part
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.digits import exact
from gatewise.teach.worksheet.layout.document import Block, Facts, Note, Row, Table
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.folding import FoldingPrinter
from gatewise.teach.worksheet.render.latex import latex, working

WIDTH = 80
MOST_HINTS = 12  # wrong values of one field that carry a hint: a field's text stays readable


def render_sheets(exercises: Sequence[Exercise]) -> str:
    """Write a question bank with a category for these sheets."""
    quiz = ElementTree.Element("quiz")
    first = exercises[0]
    category = ElementTree.SubElement(quiz, "question", type="category")
    _text(ElementTree.SubElement(category, "category"), f"$course$/top/gatewise/{first.kind}-{first.seed}")
    for exercise in exercises:
        if exercise.kind == "multiple-choice":
            for part in exercise.parts[1:]:
                _multiple_choice(quiz, exercise, part)
        else:
            _cloze(quiz, exercise)
    ElementTree.indent(quiz, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(quiz, encoding="unicode") + "\n"


# Questions ------------------------------------------------------------------------------------------------


def _question(quiz: ElementTree.Element, kind: str, name: str, body: str) -> ElementTree.Element:
    question = ElementTree.SubElement(quiz, "question", type=kind)
    _text(ElementTree.SubElement(question, "name"), name)
    _text(ElementTree.SubElement(question, "questiontext", format="html"), body)
    _text(ElementTree.SubElement(question, "generalfeedback", format="html"), "")
    ElementTree.SubElement(question, "penalty").text = "0.3333333"
    ElementTree.SubElement(question, "hidden").text = "0"
    return question


def _multiple_choice(quiz: ElementTree.Element, exercise: Exercise, part: Part) -> None:
    (item,) = part.items
    blocks = [block for block in part.section.blocks if not isinstance(block, Table)]
    name = f"{exercise.title}, {part.section.title}"
    question = _question(quiz, "multichoice", name, "".join(map(_block, blocks)))
    for tag, value in (
        ("defaultgrade", "1"), ("single", "true"), ("shuffleanswers", "true"), ("answernumbering", "ABCD"),
    ):  # fmt: skip
        ElementTree.SubElement(question, tag).text = value
    for option in item.options:
        right = option.letter == item.key
        answer = ElementTree.SubElement(question, "answer", fraction="100" if right else "0", format="html")
        ElementTree.SubElement(answer, "text").text = html.escape(option.text)
        _text(ElementTree.SubElement(answer, "feedback", format="html"), html.escape(option.hint))


def _cloze(quiz: ElementTree.Element, exercise: Exercise) -> None:
    body = []
    for part in exercise.parts:
        body.append(f"<h4>{_sentence(part.section.title)}</h4>")
        body += [_block(block) for block in part.section.blocks]
        for item in part.items:
            field = _field(item, exercise.solution)
            body.append(f"<p><code>{html.escape(item.id)}</code> {_sentence(question_of(item))}: {field}</p>")
    _question(quiz, "cloze", exercise.title, "\n".join(body))


def _text(parent: ElementTree.Element, text: str) -> None:
    ElementTree.SubElement(parent, "text").text = text


# Fields of a cloze question -------------------------------------------------------------------------------


def _field(item: Item, solution: Solution) -> str:
    if item.form == "choice":
        answers = [
            ("=" if option.letter == item.key else "") + _escaped(option.text) + _feedback(option.hint)
            for option in item.options
        ]
        return "{1:MULTICHOICE_V:" + "~".join(answers) + "}"
    if item.form == "line":
        return "{1:SHORTANSWER:=" + _escaped(item.key) + "}"
    unit = unit_of(item, solution)
    tolerance = f"{NEAR * unit:.{solution.digits + 3}f}"
    answers = [f"={item.key}:{tolerance}"]
    answers += [f"%0%{value}:{tolerance}{_feedback(hint)}" for value, hint in _wrong(item, solution)]
    return "{1:NUMERICAL:" + "~".join(answers) + "}"


def _wrong(item: Item, solution: Solution) -> Iterator[tuple[str, str]]:
    """Wrong values and their hints, no two of them within each other's tolerance."""
    if not item.line:
        return
    unit, style = unit_of(item, solution), solution.lines[item.line].style_at(item.place)
    taken = [float(item.key), float(solution.full_values[item.line][item.place])]
    for mistake, value in solution.mistaken(item.line):
        number = float(value[item.place])
        if all(abs(number - other) > 2.5 * unit for other in taken) and len(taken) < MOST_HINTS + 2:
            taken.append(number)
            yield style.write(exact(number)), " ".join(name_and_reason(mistake.id, solution.cell))


def _feedback(hint: str) -> str:
    return f"#{_escaped(hint)}" if hint else ""


def _escaped(text: str) -> str:
    """Text inside a field: what would end it or an answer has a backslash before it."""
    text = html.escape(text, quote=False)
    return "".join(f"\\{letter}" if letter in '\\}#~/"' else letter for letter in text)


# What stands around them ----------------------------------------------------------------------------------


def _block(block: Block) -> str:
    match block:
        case Row():
            left, lines = working(block, FoldingPrinter(latex, WIDTH))
            body = r" \\ ".join(lines)
            formula = html.escape(rf"\[\begin{{aligned}} {left} {body} \end{{aligned}}\]", quote=False)
            note = f"<p><i>{_sentence(block.note)}</i></p>" if block.note else ""
            return f"<div><code>{html.escape(block.id)}</code> {formula}</div>{note}"
        case Note(text):
            return f"<p>{_sentence(text)}</p>"
        case Facts(pairs):
            rows = "".join(f"<li>{_sentence(name)} = {_sentence(value)}</li>" for name, value in pairs)
            return f"<ul>{rows}</ul>"
        case Table(title, columns, rows):
            head = "".join(f"<th>{_sentence(cell)}</th>" for cell in columns)
            cells = "".join(
                f"<tr>{''.join(f'<td>{_sentence(cell)}</td>' for cell in row)}</tr>" for row in rows
            )
            caption = f"<caption>{_sentence(title)}</caption>" if title else ""
            return f"<table>{caption}<tr>{head}</tr>{cells}</table>"


def _sentence(text: str) -> str:
    """Write a sentence with its quantities as formulas."""
    return "".join(
        rf"\({html.escape(latex(part), quote=False)}\)" if isinstance(part, Symbol) else html.escape(part)
        for part in prose.parts(text)
    )
