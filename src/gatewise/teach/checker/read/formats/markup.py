"""Markdown and LaTeX: each segment to the collector, in order."""

from __future__ import annotations

import re

from gatewise.teach.checker.read import prose
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.plain import is_sentence
from gatewise.teach.checker.read.source import Source
from gatewise.teach.checker.read.tokens.lexer import moved, tokens
from gatewise.teach.checker.read.tokens.segments import segments, without_comments

_ID = re.compile(r"\*\*`([^`\n]{1,40})`\*\*\s*\Z")
_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]{1,3}[.)])\s+")
_LINE = re.compile(r"[^\n]+")


_MARKS = re.compile(r"\$|\\begin\{|\\[\[(](?![ ]*[-0-9])|^[ \t]*(?:```|~~~)", re.MULTILINE)


def is_markup(text: str) -> bool:
    """Return whether a document marks its mathematics, as Markdown and LaTeX do."""
    return _MARKS.search(text) is not None


def read_markup(source: Source, collector: Collector, tex: bool = False) -> None:
    """Read a document whose mathematics is marked as such."""
    text = without_comments(source.text) if tex else source.text
    id, heading_until = "", 0
    for segment in segments(text):
        match segment.kind:
            case "heading":
                heading_until = segment.end
                collector.add_heading(segment.start, segment.end, text[segment.start : segment.end])
            case "math":
                collector.add_math(text, segment, segment.id or id)
                id = ""
            case "prose":
                _prose(text, max(segment.start, heading_until), segment.end, collector)
                found = _ID.search(text, max(segment.start, segment.end - 60), segment.end)
                id = found[1] if found else id if not text[segment.start : segment.end].strip() else ""


def _prose(text: str, start: int, end: int, collector: Collector) -> None:
    for first, last, command in prose.truncated_commands_in(text, start, end):
        collector.add_remark(first, last, command, "the command lost its beginning")
    for line in _LINE.finditer(text, start, max(start, end)):
        stated = list(prose.stated_values(text, line.start(), line.end()))
        for found in stated:
            collector.add_stated_value(found)
        if not stated:
            _typed(line[0], line.start(), collector, text)
        collector.add_fact(line[0])
        begins = text.rfind("\n", 0, line.start()) + 1 == line.start()
        if begins and prose.question_in(line[0]):
            whole = text.find("\n", line.start())
            whole = len(text) if whole < 0 else whole
            collector.add_heading(line.start(), whole, text[line.start() : whole])


def _typed(line: str, start: int, collector: Collector, text: str) -> None:
    """Read a formula that is typed as plain text in a sentence, mostly after a colon."""
    whole = text[start - 1 : start] in ("", "\n") and text[start + len(line) : start + len(line) + 1] in (
        "",
        "\n",
    )
    if not whole or " = " not in line or "`" in line:
        return
    item = _ITEM.match(line)
    first = max(line.rfind(": ", 0, line.find(" = ")) + 1, item.end() if item else 0)
    formula = line[first:].replace("**", "  ")
    if not is_sentence(formula):
        collector.add_tokens([moved(token, start + first) for token in tokens(formula, 0, len(formula))])
