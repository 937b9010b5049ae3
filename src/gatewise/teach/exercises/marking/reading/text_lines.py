"""Answers in text: lines that name what they answer, tables, and a sheet with its ? filled in place.

Within a sheet's own text, what is given there is no answer; everywhere else, what is not read is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatewise.cells import CELLS
from gatewise.teach.exercises.make.exercise_kinds import KINDS
from gatewise.teach.exercises.marking.reading.collected import Collected, has_number, is_blank
from gatewise.teach.exercises.marking.reading.item_names import ItemNames, Meaning
from gatewise.teach.exercises.marking.reading.written_numbers import written_number

SHEET = re.compile(rf"\b(?:{'|'.join(KINDS)})-\d+-\d+\b")  # a sheet's name, but for that of its cell
LONGEST = 4000  # characters of a line
FARTHEST = 120  # characters in which the name of an answer ends
_LINES = re.compile(r"\r\n|[\n\r\u2028\x0b\x0c]")
_NAME = re.compile(r"^\W{0,20}name\W{0,20}:\W{0,20}?(\w.*?)\W*$", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([_*|@=.#>`~+-]|[\[\]](?=[^$]*$))")
_MARKS = re.compile(r"^[\s>*+•|#-]{0,40}(?:\d{1,3}[.)]\s+)?(?:\[[ xX]?\]\s+)?")
_SEPARATOR = re.compile(r"\s*(?::=|&=|[:=≈≃≅~]|\\approx(?![a-z])|→|->|[,;\t])\s*|\s+")
_ANOTHER = re.compile(r"(?:[,;]|(?<=[\d%)\]])[,;.]?)\s+(?=(?:\*\*)?[^\s\d(+\-·*/=≈,;][^\s=≈:]{0,40}\s*[=≈:])")
_CONTINUED = re.compile(r"^[&\s]*(?:[=≈]|\\approx)")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")


def sheet_in(text: str, known: Iterable[str]) -> str:
    """Return the first name of a sheet in a text, with its cell's where the text has it; "" if there is none.

    `known` are the names of keys, gru-fill-3-1: in bob-fill-3-1, bob is no cell.
    """
    prefixes = {cell.name for cell in CELLS.values()} | {SHEET.sub("", name)[:-1] for name in known}
    for found in SHEET.finditer(text):
        before = text[: found.start()]
        of = (prefix for prefix in prefixes if prefix and re.search(rf"\b{re.escape(prefix)}-$", before))
        longest = max(of, key=len, default="")
        return f"{longest}-{found[0]}" if longest else found[0]
    return ""


class TextReader:
    """Reads the lines of one student's text."""

    def __init__(self, names: ItemNames) -> None:
        self.names = names
        self.collected = Collected(names)
        self.student = ""
        self.below: Meaning | None = None  # what the line or the heading before was about
        self.inside = False  # a sheet's own text
        self.left = ""  # the last line of a formula filled in that is not read

    def read(self, text: str) -> Collected:
        """Read all of a text."""
        for number, line in enumerate(_LINES.split(text), 1):
            if len(line) > LONGEST and has_number(line[:LONGEST]):
                self.collected.leave(number, line[:200], f"it has more than {LONGEST:,} characters")
            elif found := _NAME.match(line[:LONGEST]):
                self.student = found[1]
            else:
                self.read_line(number, line[:LONGEST])
        return self.collected

    def read_line(self, number: int, line: str) -> None:
        """Read the next line."""
        bare = _TEXT.sub(r"\1", _ESCAPED.sub(r"\1", line)).strip()
        if bare.startswith("#") and self._is_heading(bare):
            self.below = None
        elif bare == "$$" or bare.startswith(("\\begin{aligned}", "\\end{aligned}")):
            self._end_formula(number)
        elif bare.startswith("|") or bare.count("|") > 1:
            self._row(number, bare)
        elif bare and not SHEET.search(bare) and not self._continued(number, bare):
            self._named(number, bare)

    def _is_heading(self, bare: str) -> bool:
        """Read a heading, which says where a sheet's own text begins and ends."""
        title = bare.strip("# ").lower()
        if SHEET.search(title):
            self.inside = not title.startswith("answers")
        elif title in ("answers", "your answers"):
            self.inside = False
        elif not self.inside and has_number(title):
            return False
        return True

    def _leave(self, number: int, bare: str, reason: str = "") -> None:
        if not self.inside and has_number(bare):
            self.collected.leave(number, bare, reason)

    def _row(self, number: int, bare: str) -> None:
        """Read a row of a table: a name first, its answer after it."""
        cells = [cell.strip() for cell in bare.removeprefix("|").removesuffix("|").split("|")]
        meanings = [self.names.find(cell) for cell in cells[:-1]]
        k = next((k for k, meaning in enumerate(meanings) if meaning is not None), None)
        if k is None or (meaning := meanings[k]) is None:
            self._leave(number, bare)
        elif not self.inside or meaning.ids:
            answer = self.collected.answer_in(meaning, cells[k + 1 :])
            if meaning.ids or not is_blank(answer):
                self.collected.put(meaning, answer, number, bare)

    # Lines that name what they answer -------------------------------------------------------------------

    def _named(self, number: int, bare: str) -> None:
        """Read a line that names what it answers, several answers on a line, or a name alone."""
        bare = _MARKS.sub("", bare) or bare
        heading = self.names.find(bare.strip("`*:$ "))
        if heading or bare.startswith("**`"):
            self.below = heading
            return
        for piece in self._pieces(bare):
            if not self._piece(number, piece):
                self._leave(number, piece)

    def _pieces(self, bare: str) -> list[str]:
        """Cut a line where another answer begins: a_0 = 0.5, i_0 = 0.6."""
        ends = [
            found.end() for found in _ANOTHER.finditer(bare)
            if (parted := self._parted(bare[found.end() : found.end() + FARTHEST])) and parted[0].ids
        ]  # fmt: skip
        return [bare[i:j].strip().rstrip(",;") for i, j in zip([0, *ends], [*ends, len(bare)], strict=True)]

    def _parted(self, piece: str) -> tuple[Meaning, str, str] | None:
        """Return what a line is about, what parts name and answer, and the answer, by the longest name."""
        best = None
        for found in _SEPARATOR.finditer(piece[:FARTHEST]):
            meaning = self.names.find(piece[: found.start()]) if found.start() else None
            if meaning is not None:
                best = meaning, found[0].strip(), piece[found.end() :]
        return best

    def _piece(self, number: int, piece: str) -> bool:
        parted = self._parted(piece)
        if parted is None:
            return False
        meaning, mark, rest = parted
        answer = rest.strip().lstrip("&:=≈~ \t").removesuffix("\\\\").strip(" \t|")
        if not mark and rest == answer and re.match(r"[-−–—]\s", rest):
            self._leave(number, piece, "the dash may be a minus or may be none")
            return True
        if self.collected.is_question(meaning, answer):
            return True
        self.below = meaning
        if self.inside:
            self._put_in_place(number, meaning, answer, piece)
        elif mark or has_number(answer) or self._is_text(meaning):
            self.collected.put(meaning, answer, number, piece)
        else:
            return False
        return True

    def _is_text(self, meaning: Meaning) -> bool:
        return bool(meaning.ids) and self.names.item(meaning.ids[0]).form != "number"

    # A sheet filled in place ----------------------------------------------------------------------------

    def _continued(self, number: int, bare: str) -> bool:
        """Read a line below a name, = 0.75 or &= 0.75 or 0.75 alone: of several, the last number counts."""
        if self.below is None or not self.below.ids:
            return False
        begins = _CONTINUED.match(bare)
        if not begins and not re.match(r"[-−+]?[\d.\[]", bare):
            return False
        answer = bare.removesuffix("\\\\").lstrip("&=≈ \t").strip()
        if not begins and ("=" in answer or written_number(answer) is None):
            return False
        self._put_in_place(number, self.below, answer, bare)
        return True

    def _put_in_place(self, number: int, meaning: Meaning, answer: str, bare: str) -> None:
        put = self.collected.put_number(meaning, answer, number, bare, in_place=self.inside)
        filled = meaning.ids and "?" not in answer and re.match(r"[-−+]?[\d.]", answer)
        self.left = bare if filled and not put else ""
        if self.left and not self.inside:  # no formula ends here, which would say so
            self.collected.leave(number, bare)
            self.left = ""

    def _end_formula(self, number: int) -> None:
        if self.left:
            self.collected.leave(number, self.left)
        self.left = ""
