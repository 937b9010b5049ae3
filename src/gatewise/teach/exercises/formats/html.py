"""A sheet as a page that marks itself: no network, fonts or libraries, also on a phone and by keyboard.

The answers lie in the page, packed so that they are not read by accident; who wants to can unpack them.
Its script is web/src/exercises, built into support/bundles: it marks as marking/ladder.py does.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from gatewise.support.pages import bundle, environment, policy
from gatewise.teach.exercises.formats.answer_sheet import question_of
from gatewise.teach.exercises.program import program
from gatewise.teach.exercises.sheet import Exercise, Part
from gatewise.teach.worksheet.layout.document import Section, Table
from gatewise.teach.worksheet.render.html import render_section, sentence, sheet_style


def _without_options(part: Part) -> Section:
    """Return a part's section without what the page shows as fields to choose from."""
    if part.section.key == "answers":
        return replace(part.section, blocks=())
    shown = [block for block in part.section.blocks if not (part.items and isinstance(block, Table))]
    return replace(part.section, blocks=tuple(shown))


def render_sheet(exercise: Exercise, solved: bool = False) -> str:
    """Write the sheet as an HTML page, its answers filled in if it is `solved`."""
    style = sheet_style() + bundle("exercises.css")
    script = bundle("exercises.js")
    packed = base64.b64encode(json.dumps(program(exercise), ensure_ascii=False).encode())
    return (
        environment(__package__)
        .get_template("page.html.jinja")
        .render(
            exercise=exercise,
            solved=solved,
            question_of=question_of,
            sentence=sentence,
            render_section=lambda part: render_section(_without_options(part)),
            lines=list(exercise.solution.lines),
            data=packed.decode("ascii"),
            style=style,
            script=script,
            policy=policy([style], script),
        )
    )
