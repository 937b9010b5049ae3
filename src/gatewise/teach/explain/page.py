"""A page as rows of text: a title, and sections of sentences or of lines that stand as they are."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.teach.checker.render.columns import wrapped
from gatewise.teach.worksheet.render.prose import ascii_text

INDENT = "  "


@dataclass(frozen=True)
class PageSection:
    """A section: its title, sentences that are wrapped, lines that are not."""

    title: str
    sentences: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """What is said of one mistake."""

    id: str
    name: str
    parts: tuple[PageSection, ...]

    def text(self, width: int = 80, unicode: bool = True) -> str:
        """Return the page in lines of about `width` columns; formulas are not broken."""
        written = str if unicode else ascii_text
        lines = [self.id, *wrapped(written(f"{self.name[:1].upper()}{self.name[1:]}."), width)]
        for part in self.parts:
            lines += ["", part.title] if part.title else [""]
            for sentence in part.sentences:
                lines += wrapped(written(sentence), width, INDENT, INDENT)
            lines += [f"{INDENT}{written(line)}".rstrip() for line in part.lines]
        return "\n".join(lines) + "\n"
