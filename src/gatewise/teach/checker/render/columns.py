"""Text in the columns of a terminal: Chinese letters take two of them, an accent over a letter none."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from gatewise.teach.checker.read.reading import Place


def width_of(letter: str) -> int:
    """Return how many columns a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def columns(text: str) -> int:
    """Return how many columns a text takes."""
    return len(text) if text.isascii() else sum(map(width_of, text))


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return text in lines of at most `width` columns; `first` and `rest` stand at their beginnings."""
    if columns(text) == len(text):
        return textwrap.wrap(
            text, width, initial_indent=first, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    lines: list[str] = []
    line, used = first, len(first)
    for word, gap in _words(text):
        space = " " if gap and used > len(rest if lines else first) else ""
        if used + len(space) + columns(word) > width and line.strip():
            lines.append(line)
            line, used, space = rest, len(rest), ""
        line += space + word
        used += len(space) + columns(word)
    return [*lines, line] if line.strip() else lines


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what a line may end before, and whether a blank stands there: words, each wide letter."""
    for word in text.split():
        part, gap = "", True
        for letter in word:
            if part and width_of(letter) == 2:
                yield part, gap
                part, gap = "", False
            part += letter
        yield part, gap


def excerpt(text: str, at: Place, width: int) -> tuple[str, int, int]:
    """Return the line where something stands, cut to `width` columns, and where in it the place is.

    The place is given in letters of what is returned: `shown[begins:ends]`.
    """
    start = text.rfind("\n", 0, at.offset) + 1
    end = text.find("\n", at.offset)
    line = [_shown(letter) for letter in text[start : len(text) if end < 0 else end]]
    left = min(at.offset - start, len(line))
    right = _within(line, left, min(left + max(at.length, 1), len(line)), width)
    # Half of the room that is left goes before the place, what the line needs of the rest after it.
    room = width - _columns_of(line[left:right])
    after = _columns_of(line[right:])
    first = _back(line, left, max(room // 2, room - after))
    last = _within(line, right, len(line), width - _columns_of(line[first:right]))
    begins, ends = left - first, right - first
    shown = line[first:last]
    if first > 0 and begins > 0:
        shown[0] = "…" * width_of(shown[0])
        begins, ends = begins + len(shown[0]) - 1, ends + len(shown[0]) - 1
    if last < len(line) and ends < last - first:
        shown[-1] = "…"
    return "".join(shown), begins, max(ends, begins)


def _within(line: list[str], start: int, end: int, room: int) -> int:
    """Return how far one gets from `start` in so many columns, at most to `end`."""
    at = start
    while at < end and (room := room - width_of(line[at])) >= 0:
        at += 1
    return at


def _back(line: list[str], start: int, room: int) -> int:
    """Return how far one gets back from `start` in so many columns."""
    at = start
    while at > 0 and (room := room - width_of(line[at - 1])) >= 0:
        at -= 1
    return at


def _columns_of(letters: list[str]) -> int:
    return sum(map(width_of, letters))


def _shown(letter: str) -> str:
    """Return a letter as a terminal may have it: none that it would obey."""
    category = unicodedata.category(letter)
    if letter == "\t" or category[0] == "Z":
        return " "
    return "·" if category[0] == "C" else letter
