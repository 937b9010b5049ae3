r"""HTML pages as Markdown: every tag is blanked or becomes the mark that Markdown has, and nothing moves.

What is read keeps its offset, so that lines and columns are those of the page. Tables, <sub> and <sup> stay
as they are. A formula that the page renders is read from its TeX: that of <annotation>, or of MathJax's
scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatewise.teach.checker.read.formats.entities import with_signs
from gatewise.teach.checker.read.tokens.ahead import Ahead, blanked

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:\s[^<>]*)?)/?>|<[!?][^<>]*>"
)
_NEWLINE = re.compile(r"(?<!\n)\n(?![ \t\r]*\n)")
_HIDDEN = re.compile(r"aria-hidden\s*=\s*[\"']true|class\s*=\s*[\"'][^\"']*katex-html|display\s*:\s*none")
_TEX_SCRIPT = re.compile(r"type\s*=\s*[\"']math/tex(?P<display>\s*;\s*mode=display)?")
_ANNOTATION = re.compile(r"<annotation\b[^<>]*x-tex[^<>]*>(?P<tex>[^<]*)</annotation>", re.IGNORECASE)
_IS_DISPLAY = re.compile(r"display\s*=\s*[\"']block")
_LANGUAGE = re.compile(r"language-(?P<name>[a-z+]{1,12})")
_LAYOUT = re.compile(r"<(?:h[1-6]|pre|ul|ol|table)\b", re.IGNORECASE)
_OWN = re.compile(r"<title>Check of |/\* The style of a sheet, in a page of its own|class=\"gatewise\b")
NOT_SHOWN = (
    "head",
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "button",
    "select",
    "textarea",
    "iframe",
)
PARAGRAPHS = ("p", "blockquote", "pre", "figure", "dl", "hr", "table", "ul", "ol")
LINES = (
    "div", "section", "article", "header", "footer", "main", "aside", "nav", "dt", "dd", "li", "br",
    "figcaption", "form", "fieldset", "address", "details", "summary", "body", "html", "center", "tr", "td",
    "th", "thead", "tbody", "tfoot", "caption", "h1", "h2", "h3", "h4", "h5", "h6",
)  # fmt: skip
OF_TABLES = ("tr", "td", "th")


def is_own_page(text: str) -> bool:
    """Return whether gatewise made a page: a sheet, or a report."""
    return _OWN.search(text) is not None


def as_markdown(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Return a page as Markdown, as long as it was; and what is not read, with how many numbers it has."""
    page = _Page(text)
    page.read()
    return with_signs("".join(page.parts).replace("&amp;", "&    ")), page.unread


class _Page:
    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []
        self.at = 0  # where the rest begins, as far as it is taken
        self.in_pre = False
        self.fence_at = -1  # where <code> follows <pre>, whose language it says
        # Mathematics without its TeX: from where to where, and how many numbers it has.
        self.unread: list[tuple[int, int, int]] = []
        self.ahead = Ahead(text)

    def read(self) -> None:
        """Take the page, tag by tag."""
        while (tag := self.next_tag()) is not None:
            self.words(self.text[self.at : tag.start()])
            self.at = tag.end()
            self.take(tag, (tag["name"] or "").lower())
        self.words(self.text[self.at :])

    def next_tag(self) -> re.Match[str] | None:
        """Return the next tag, past comments."""
        while (tag := _TAG.search(self.text, self.at)) is not None:
            comment = self.ahead.next("<!--", self.at)
            if comment > tag.start():
                return tag
            self.words(self.text[self.at : comment])
            self.blank(comment, min(self.ahead.next("-->", comment) + len("-->"), len(self.text)))
        return None

    def words(self, text: str) -> None:
        """Take text between tags, whose single line ends are blanks but in <pre>."""
        self.parts.append(text if self.in_pre else _NEWLINE.sub(" ", text))

    def blank(self, start: int, end: int, mark: str = "") -> None:
        """Take `text[start:end]` as a mark and blanks, and go on after it."""
        mark = mark[: end - start]
        self.parts.append(mark + " " * (end - start - len(mark)))
        self.at = end

    def take(self, tag: re.Match[str], name: str) -> None:
        opens = not tag["close"] and name != ""
        start, end = tag.span()
        if opens and name == "math":
            self.mathematics(tag)
        elif opens and name == "script" and (script := _TEX_SCRIPT.search(tag["attributes"])):
            self.formula(start, end, self.end_of(name, end), "$$" if script["display"] else "$")
        elif opens and (name in NOT_SHOWN or self.is_hidden(tag)):
            self.blank(start, self.past(name, end))
        elif opens and name == "table" and self.is_table(end):
            self.table(start, self.past(name, end))
        elif name in ("sub", "sup"):
            self.parts.append(f"<{tag['close']}{name}>".ljust(end - start))
        elif name == "pre":
            self.in_pre = opens
            self.fence_at = end if opens and self.text[end : end + 5].lower() == "<code" else -1
            self.blank(start, end, "\n```" if self.fence_at == end else "\n```\n")
        elif name == "code" and opens and self.fence_at == start:
            language = _LANGUAGE.search(tag["attributes"])
            self.blank(start, end, (language["name"] if language else "") + "\n")
        elif name in PARAGRAPHS:
            self.blank(start, end, "\n\n")
        elif opens and name == "li":
            self.blank(start, end, "\n- ")
        elif opens and name[:1] == "h" and name[1:].isdecimal():
            self.blank(start, end, "\n## ")
        else:
            self.blank(start, end, "\n" if name in LINES else "")

    def is_hidden(self, tag: re.Match[str]) -> bool:
        """Return whether this begins what is not to be read: a formula drawn beside its TeX, not the TeX."""
        hidden = tag["name"].lower() == "span" and _HIDDEN.search(tag["attributes"])
        return bool(hidden) and self.text[tag.end() : tag.end() + 5].lower() != "<math"

    def end_of(self, name: str, at: int) -> int:
        """Return where the closing tag of a name stands next."""
        return min(self.ahead.next(f"</{name}", at), self.ahead.next(f"</{name.upper()}", at))

    def past(self, name: str, at: int) -> int:
        """Return where the element ends whose first tag ends at `at`, past those of its name within it."""
        depth = 1
        for tag in re.compile(rf"<(/?){name}\b[^<>]*>", re.IGNORECASE).finditer(self.text, at):
            depth += -1 if tag[1] else not tag[0].endswith("/>")
            if depth == 0:
                return tag.end()
        return len(self.text)

    def formula(self, start: int, inner: int, last: int, sign: str) -> None:
        """Take `text[inner:last]` as a formula between dollar signs, and what is around it as blanks."""
        end = min(self.ahead.next(">", last) + 1, len(self.text))
        self.parts.append(sign.rjust(inner - start))
        self.parts.append(_NEWLINE.sub(" ", self.text[inner:last]))
        self.blank(last, end, sign)

    def mathematics(self, tag: re.Match[str]) -> None:
        """Take <math> as its TeX, if it says that; a wiki's <math> is TeX itself."""
        start, inner = tag.span()
        last = self.end_of("math", inner)
        sign = "$$" if _IS_DISPLAY.search(tag["attributes"]) else "$"
        said = _ANNOTATION.search(self.text, inner, last)
        if said is not None:
            self.parts.append(sign.rjust(said.start("tex") - start))
            self.parts.append(_NEWLINE.sub(" ", said["tex"]))
            end = min(self.ahead.next(">", last) + 1, len(self.text))
            self.blank(said.end("tex"), end, sign)
        elif "<" not in self.text[inner:last]:
            self.formula(start, inner, last, sign)
        else:
            end = self.past("math", inner)
            self.unread.append((start, end, self.text.count("<mn", inner, end)))
            self.parts.append(blanked(self.text[start:end]))
            self.at = end

    def is_table(self, at: int) -> bool:
        """Return whether a table is one of numbers, not what lays out the page."""
        return _LAYOUT.search(self.text, at, self.end_of("table", at)) is None

    def table(self, start: int, end: int) -> None:
        """Take a table as it is, without the tags within its cells."""
        inner = "".join(_of_table(self.text[start:end]))
        self.parts.append(inner.replace("\\(", " $").replace("\\)", "$ "))
        self.at = end


def _of_table(text: str) -> Iterator[str]:
    at = 0
    for tag in _TAG.finditer(text):
        name = (tag["name"] or "").lower()
        yield text[at : tag.start()]
        if name in ("table", "sub", "sup", *OF_TABLES):
            yield f"<{tag['close']}{name}>".ljust(len(tag[0]))
        else:
            yield " " * len(tag[0])
        at = tag.end()
    yield text[at:]
