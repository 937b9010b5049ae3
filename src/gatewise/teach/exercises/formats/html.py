"""A sheet as a page that marks itself: no network, fonts or libraries, also on a phone and by keyboard.

A number is written where the sheet has its "?"; other answers stand below their section. The right ones
lie in the page, packed so that they are not read by accident; who wants to can unpack them. Its script is
web/src/exercises, built into support/bundles: it marks as marking/ladder.py does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from gatewise.support.pages import bundle, environment, policy
from gatewise.teach.exercises.formats.answer_sheet import question_of
from gatewise.teach.exercises.make.sheets import BLANK
from gatewise.teach.exercises.program import program
from gatewise.teach.exercises.sheet import Exercise, Item, Part
from gatewise.teach.worksheet.layout.document import Row, Section, Table
from gatewise.teach.worksheet.render.html import render_section, sentence, sheet_style


def _without_options(part: Part) -> Section:
    """Return a part's section without what the page shows as fields to choose from."""
    if part.section.key == "answers":
        return replace(part.section, blocks=())
    shown = [block for block in part.section.blocks if not (part.items and isinstance(block, Table))]
    return replace(part.section, blocks=tuple(shown))


class _Fields:
    """Writes the fields of a sheet's answers, each with its number."""

    def __init__(self, exercise: Exercise, solved: bool) -> None:
        self.lines, self.solved = list(exercise.solution.lines), solved
        items = (item for part in exercise.parts for item in part.items)
        self.numbers = {item.id: n for n, item in enumerate(items, 1)}
        self.template = environment(__package__).get_template("answer.html.jinja")

    def shown(self, part: Part) -> tuple[str, Markup, Markup]:
        """Return a part's title, its section with fields for the blanks in it, and the fields below it."""
        blanks = [row.id for row in part.section.blocks if isinstance(row, Row) and row.sides[-1] == BLANK]
        of_rows = {id: [item for item in part.items if item.line == id] for id in blanks}
        in_rows = {id: self._written(items, in_row=len(items) == 1) for id, items in of_rows.items() if items}
        below = self._written([item for item in part.items if item.line not in in_rows])
        return part.section.title, render_section(_without_options(part), in_rows), below

    def _written(self, items: Sequence[Item], in_row: bool = False) -> Markup:
        def written(item: Item) -> Markup:
            n, solved, lines = self.numbers[item.id], self.solved, self.lines
            asks = sentence(item.asks if item.form != "number" else question_of(item))
            html = self.template.render(
                item=item, n=n, asks=asks, in_row=in_row, solved=solved, lines=lines, sentence=sentence
            )
            return Markup(html)

        return Markup("").join(map(written, items))


def render_sheet(exercise: Exercise, solved: bool = False) -> str:
    """Write the sheet as an HTML page, its answers filled in if it is `solved`."""
    fields = _Fields(exercise, solved)
    style = sheet_style() + bundle("exercises.css")
    script = bundle("exercises.js")
    packed = base64.b64encode(json.dumps(program(exercise), ensure_ascii=False).encode())
    return (
        environment(__package__)
        .get_template("page.html.jinja")
        .render(
            exercise=exercise,
            solved=solved,
            parts=[fields.shown(part) for part in exercise.parts],
            data=packed.decode("ascii"),
            style=style,
            script=script,
            policy=policy([style], script),
        )
    )
