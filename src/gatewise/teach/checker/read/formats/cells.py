"""The rows and cells of tables in Markdown, LaTeX's tabular and HTML: where each stands in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROW = re.compile(r"[^\n]+")
_RULE = re.compile(r"[ \t|:\-=+]*")
_END_OF_ROW = re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?")
_BAR = re.compile(r"(?<!\\)\|")
_AMPERSAND = re.compile(r"(?<!\\)&")
_HTML_ROW = re.compile(r"<tr\b[^<>]{0,200}>", re.IGNORECASE)
_HTML_CELL = re.compile(r"<t[dh]\b[^<>]{0,200}>", re.IGNORECASE)
_HTML_TAG = re.compile(r"\s*<(?!/?su[bp]>)[^<>]{1,200}>\s*")
_FORMULA = re.compile(r"\$([^$]+)\$")
_SAID_OF_IT = re.compile(r"\s*\([^()|]{1,60}\)\s*")  # $w_h$ (from $h$)
_LINES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^}]*\})|\\(?:begin|end)\{tabular\*?\}"
    r"(?:\{(?:[^{}]|\{[^{}]*\})*\})?"
)
_STEP = re.compile(
    r"(?:t|k|n|step|time(?: ?step)?|schritt|zeit|zeitschritt|步|时刻)?\s*[=:]?\s*(-?[0-9]{1,4})",
    re.IGNORECASE,
)
BLANK = ("", "-", "–", "—", "…", "...", "n/a", "/")


@dataclass(frozen=True)
class TableCell:
    """A cell: where what stands in it begins and ends, without marks of emphasis and of mathematics."""

    text: str
    start: int
    end: int

    @property
    def blank(self) -> bool:
        return self.text in BLANK

    @property
    def step(self) -> int | None:
        """The step that it names: 1, t = 1, step 1."""
        found = _STEP.fullmatch(self.text)
        return int(found[1]) if found else None


def rows_of(text: str, start: int, end: int) -> Iterator[list[TableCell]]:
    """Yield the rows of the table at `text[start:end]`."""
    if text.startswith("<", start):
        for row, after in _parted(text, start, end, _HTML_ROW)[1:]:
            cells = _parted(text, row, after, _HTML_CELL)[1:]
            yield [_trimmed(text, *_without_tags(text, *cell)) for cell in cells]
        return
    latex = text.startswith("\\begin", start)
    for first, last in _parted(text, start, end, _END_OF_ROW) if latex else _spans(text, start, end):
        if latex:
            while (rule := _LINES.search(text, first, last)) is not None and not text[
                first : rule.start()
            ].strip():
                first = rule.end()
            if (rule := _LINES.search(text, first, last)) is not None:
                last = rule.start()
        elif _RULE.fullmatch(text, first, last):
            continue
        yield list(_cells(text, first, last, _AMPERSAND if latex else _BAR))


def _without_tags(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a cell of HTML without the tags at its ends; <sub> and <sup> are of what stands in it."""
    while (tag := _HTML_TAG.match(text, start, end)) is not None:
        start = tag.end()
    while (last := text.rfind("<", start, end)) >= 0 and _HTML_TAG.fullmatch(text, last, end):
        end = last
    return start, end


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [row.span() for row in _ROW.finditer(text, start, end)]


def _parted(text: str, start: int, end: int, mark: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the stretches between marks."""
    marks = [found.span() for found in mark.finditer(text, start, max(start, end))]
    starts, ends = [start, *(last for _, last in marks)], [*(first for first, _ in marks), max(start, end)]
    return list(zip(starts, ends, strict=True))


def _cells(text: str, start: int, end: int, mark: re.Pattern[str]) -> Iterator[TableCell]:
    line = text[start:end]
    if mark is _BAR:
        start += len(line) - len(line.lstrip()) + line.lstrip().startswith("|")
        end -= (
            len(line)
            - len(line.rstrip())
            + (line.rstrip().endswith("|") and not line.rstrip().endswith("\\|"))
        )
    elif not line.strip():
        return
    for first, last in _parted(text, start, end, mark):
        yield _trimmed(text, first, last)


def _trimmed(text: str, start: int, end: int) -> TableCell:
    """Return the cell; of one with words and a single formula, the formula."""
    inner = list(_FORMULA.finditer(text, start, end))
    if len(inner) == 1 or (inner and _SAID_OF_IT.fullmatch(text, inner[0].end(), end)):
        start, end = inner[0].span(1)
    while start < end and text[start] in " \t\n*`$\\" and not text[start : start + 2].strip("\\").isalpha():
        start += 1
    while start < end and text[end - 1] in " \t\n*`$":
        end -= 1
    return TableCell(text[start:end], start, end)
