"""The words of a document between its formulas: bold, emphasis, code, indices, numbers with their verdict."""

from __future__ import annotations

import re

from markupsafe import Markup

from gatewise.teach.checker.render.page.marks import FindingMarks
from gatewise.teach.checker.render.page.mathematics import shown_text

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|(?P<strong>\*\*)"
    r"|(?<![\w*])\*(?P<emphasis>[^\s*](?:[^*\n]{0,200}[^\s*])?)\*(?![\w*])"
    r"|<su(?P<level>[bp])>(?P<index>[^<>\n]{1,12})</su(?P=level)>"
)
_INLINE_IN_LATEX = re.compile(
    r"\\(?:emph|textit)\{(?P<emphasis>[^{}\n]*)\}|\\textbf\{(?P<bold>[^{}\n]*)\}|(?P<item>\\item\b)"
    r"|(?P<none>\\(?:begin|end)\{[a-z]+\*?\}|\\(?:maketitle|noindent|medskip|bigskip|smallskip)\b|[{}])"
)
STRONG = Markup("\0")  # stands for ** until its block is whole
_NUMBER = re.compile(r"[-−]?[0-9]+(?:[.,][0-9]+)?")


class Words:
    """Writes stretches of one document's words."""

    def __init__(self, text: str, marks: FindingMarks, tex: bool = False) -> None:
        self.text, self.marks = text, marks
        self.inline = _INLINE_IN_LATEX if tex else _INLINE

    def write(self, start: int, end: int, inline: bool = True) -> Markup:
        """Return words as they stand, with their marks; inline, `code` and **bold** are taken as such."""
        shown, at = Markup(""), start
        for k in self.marks.across(start, end):
            mark = self.marks.report.findings[k].at
            first, last = max(mark.offset, at), min(max(mark.offset + mark.length, at), end)
            shown += self._bare(at, first, inline)
            shown += Markup('<span class="{}">{}{}</span>').format(
                self.marks.classes([k]), self._bare(first, last, False), self.marks.badges([k])
            )
            at = max(at, last)
        return shown + self._bare(at, end, inline)

    def _bare(self, start: int, end: int, inline: bool) -> Markup:
        if not inline:
            return self._with_numbers(start, end)
        shown, at = Markup(""), start
        for found in self.inline.finditer(self.text, start, max(end, start)):
            shown += self._with_numbers(at, found.start())
            shown += _latex(found) if self.inline is _INLINE_IN_LATEX else self._inline(found)
            at = found.end()
        return shown + self._with_numbers(at, end)

    def _with_numbers(self, start: int, end: int) -> Markup:
        """Return words as they stand, those numbers in them that were judged marked as such."""
        shown, at = Markup(""), start
        for found in _NUMBER.finditer(self.text, start, max(end, start)):
            classes, title = self.marks.number_class(found.start(), len(found[0]))
            if classes:
                shown += shown_text(self.text[at : found.start()])
                shown += Markup('<span class="{}" title="{}">{}</span>').format(
                    classes, title, shown_text(found[0])
                )
                at = found.end()
        return shown + shown_text(self.text[at:end])

    @staticmethod
    def _inline(found: re.Match[str]) -> Markup:
        if found["strong"]:
            return STRONG
        if found["code"]:
            return Markup("<code>{}</code>").format(shown_text(found["code"]))
        if found["emphasis"]:
            return Markup("<i>{}</i>").format(shown_text(found["emphasis"]))
        tag = Markup("sub" if found["level"] == "b" else "sup")
        return Markup("<{0}>{1}</{0}>").format(tag, shown_text(found["index"]))


def _latex(found: re.Match[str]) -> Markup:
    """Return what a command of LaTeX stands for in words."""
    if found["item"]:
        return Markup("<br>• ")
    for name, tag in (("emphasis", Markup("i")), ("bold", Markup("b"))):
        if found[name] is not None:
            return Markup("<{0}>{1}</{0}>").format(tag, shown_text(found[name]))
    return Markup("")
