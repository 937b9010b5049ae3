"""The claims of a document as they come: continuations joined, notes made, the whole finished at the end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from gatewise.expression import Call, Expression, Number, Step, Symbol, walk
from gatewise.teach.checker.read import prose
from gatewise.teach.checker.read.finish import standardize
from gatewise.teach.checker.read.grammar.parser import parse
from gatewise.teach.checker.read.grammar.stream import CannotRead, Notes, shown
from gatewise.teach.checker.read.names import FUNCTIONS
from gatewise.teach.checker.read.reading import Claim, Heading, Printed, Reading, Remark, Side, Unread
from gatewise.teach.checker.read.source import MAX_NUMBERS, ReadingError, Source
from gatewise.teach.checker.read.tokens.clauses import Clause, clauses
from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.read.tokens.segments import Segment

SIZES = ("T", "N", "D", "H", "t", "k", "n", "d")  # what a formula such as T = 2 tells the size of
LONGEST_SOURCE = 400  # characters of a piece that could not be read
MOST_RECORDED = 1000  # remarks, and pieces that could not be read, that are kept one by one


class Collector:
    """Takes the pieces of a document in order."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.notes = Notes(source.place)
        self.claims: list[Claim] = []
        self.unread: list[Unread] = []
        self.remarks: list[Remark] = []
        self.only_counted = [
            0,
            0,
            0,
        ]  # remarks and unread pieces that are only counted, and the numbers in these
        self.headings: list[Heading] = []
        self.facts: dict[str, str] = {}
        self.numbers = 0
        self.update = 1
        self.open = False  # whether a formula that begins with = goes on with the claim before it

    # Pieces -------------------------------------------------------------------------------------------

    def add_heading(self, start: int, end: int, line: str) -> None:
        """Add a heading or question."""
        at = self.source.place(start, end)
        self.update = prose.update_in(line) or self.update
        mentions = tuple(self.mentioned_quantities(start, end))
        question = prose.question_in(line)
        self.headings.append(Heading(at, prose.without_markup(line), prose.step_in(line), question, mentions))
        self.open = False

    def add_math(self, text: str, segment: Segment, id: str = "") -> None:
        """Add a piece of mathematics; `text` is the document, perhaps with its comments blanked out."""
        if segment.stray:
            self.add_remark(segment.start, segment.end, "", segment.stray)
        self.add_tokens([token for start, end in segment.parts for token in tokens(text, start, end)], id)

    def add_tokens(self, found: list[Token], id: str = "") -> None:
        """Add the clauses in these tokens."""
        self.count(sum(token.kind == "number" for token in found))
        for clause in clauses(found):
            self.add_clause(clause, id)

    def count(self, numbers: int) -> None:
        """Count so many numbers more in the document; there are only so many that are read."""
        self.numbers += numbers
        if self.numbers > MAX_NUMBERS:
            raise ReadingError(
                f"The document has more than {MAX_NUMBERS:,} numbers. "
                "Give the part of it that is to be checked."
            )

    def add_fact(self, line: str) -> None:
        """Add what a sheet says of itself, if this line is that."""
        if found := prose.fact_in(line):
            self.facts.setdefault(*found)

    def add_stated_value(self, stated: prose.StatedValue) -> None:
        """Add a label or a learning rate that is stated in words."""
        step = None
        if stated.name == "label":
            last = next(
                (s.step for s in map(_left_symbol, reversed(self.claims)) if s and s.name in ("x", "label")),
                None,
            )
            step = Step("", last.offset if last and not stated.k else stated.k)
        left = Symbol(stated.name, step=step)
        place = self.source.place(stated.number_start, stated.number_start + len(stated.number))
        digits = stated.number.replace("−", "-").removeprefix("+")
        number = Printed("0" + digits if digits.startswith(".") else digits, 0, place)
        self.add_claim(
            left, stated.start, stated.end, [self.side(number, place.offset, place.offset + place.length)]
        )
        self.open = False

    # Clauses ------------------------------------------------------------------------------------------

    def add_clause(self, clause: Clause, id: str) -> None:
        sides = [side for side in clause.sides if side]
        for token in clause.broken:
            if token.kind == "group":  # what it leaves open is put aside with it
                continue
            self.add_remark(token.start, token.end, "", f"the bracket {shown(token)} has no partner")
        if clause.run_on:
            end = sides[-1][-1].end
            self.add_remark(sides[0][0].start, end, "", "nothing parts it from the next formula")
        if clause.continues and self.open and self.claims:
            last = self.claims[-1]
            more = self.sides(sides)
            self.claims[-1] = replace(last, sides=(*last.sides, *more))
            return
        if len(clause.sides) < 2 or not sides:
            self.add_without_equals(sides)
            return
        self.open = False
        if clause.continues:
            self.add_unread_sides(sides, "it begins with = and follows nothing")
            return
        if _is_slope(sides[0]):
            return
        left = self.parsed(sides[0])
        if left is None:
            return
        if _defines_function(left):
            return
        if _is_size(left):
            self.facts.setdefault(
                str(left), "".join(token.text for token in sides[1]) if len(sides) > 1 else ""
            )
            return
        self.add_claim(left, *_span(sides[0]), self.sides(sides[1:]), id)
        self.open = True

    def add_without_equals(self, sides: list[list[Token]]) -> None:
        """Add mathematics without an `=`: names in a sentence, or numbers that are the value of nothing."""
        for side in sides:
            if any(token.kind == "number" and "." in token.text for token in side):
                self.add_unread_sides([side], "there is no = that says what it is the value of")
            else:
                self.parsed(side, quiet=True)

    def sides(self, sides: list[list[Token]]) -> list[Side]:
        """Return the sides that can be read."""
        read = []
        for side in sides:
            tree = self.parsed(side)
            if tree is not None:
                read.append(self.side(tree, *_span(side)))
        return read

    def parsed(self, side: list[Token], quiet: bool = False) -> Expression | None:
        """Return the tree of a side; what cannot be read is noted, unless `quiet`."""
        try:
            return parse(side, self.notes)
        except CannotRead as reason:
            if not quiet:
                self.add_unread_sides([side], reason.reason, reason.guess)
            return None

    def mentioned_quantities(self, start: int, end: int) -> list[Symbol]:
        """Return the quantities that a heading or question names, in formulas or in words."""
        text = self.source.text
        found = []
        for name_start, name_end in prose.names_in(text, start, end):
            part = [token for token in tokens(text, name_start, name_end) if token.kind != "unknown"]
            with suppress(CannotRead):
                tree = parse(part, Notes(self.source.place))
                found += [tree] if isinstance(tree, Symbol) else []
        return found

    # Records ------------------------------------------------------------------------------------------

    def add_claim(self, left: Expression, start: int, end: int, sides: list[Side], id: str = "") -> None:
        """Add a claim of the document."""
        self.claims.append(Claim(self.side(left, start, end), tuple(sides), id, self.update))

    def side(self, tree: Expression, start: int, end: int) -> Side:
        return Side(tree, self.source.place(start, end), self.source.text[start:end])

    def add_remark(self, start: int, end: int, taken_as: str, why: str) -> None:
        if len(self.remarks) >= MOST_RECORDED:
            self.only_counted[0] += 1
            return
        start, end = min(start, end), max(start, end)
        source = self.source.text[start : min(end, start + LONGEST_SOURCE)]
        self.remarks.append(Remark(self.source.place(start, end), source, taken_as, why))

    def add_unread_sides(self, sides: list[list[Token]], reason: str, guess: str = "") -> None:
        start, end = _span([token for side in sides for token in side])
        count = sum(token.kind == "number" for side in sides for token in side)
        self.add_unread(start, end, reason, guess, count)

    def add_unread(self, start: int, end: int, reason: str, guess: str, numbers: int) -> None:
        if len(self.unread) >= MOST_RECORDED:
            self.only_counted[1] += 1
            self.only_counted[2] += numbers
            return
        start, end = min(start, end), max(start, end)
        source = self.source.text[start : min(end, start + LONGEST_SOURCE)]
        self.unread.append(Unread(self.source.place(start, end), source, reason, guess, numbers))

    def reading(self, notation: str | None) -> Reading:
        """Return everything that was read, in the order of the document."""
        for repair in self.notes.repairs:
            self.add_remark(repair.start, repair.end, repair.taken_as, repair.why)
        for discarded in self.notes.discarded:
            self.add_unread(
                discarded.start, discarded.end, discarded.reason, discarded.guess, discarded.numbers
            )
        remarks, unread, numbers = self.only_counted
        end = self.source.place(len(self.source.text), len(self.source.text))
        if remarks:
            self.remarks.append(Remark(end, "", "", f"{remarks:,} more remarks are only counted"))
        if unread:
            self.unread.append(Unread(end, "", f"{unread:,} more pieces are only counted", "", numbers))
        return standardize(
            Reading(
                self.source.text,
                tuple(self.claims),
                tuple(sorted(self.unread, key=lambda unread: unread.at)),
                tuple(self.headings),
                notation or self.notes.seen.notation,
                remarks=tuple(sorted(self.remarks, key=lambda remark: remark.at)),
                facts=self.facts,
            ),
            self.notes.labels,
        )


def _span(tokens: list[Token]) -> tuple[int, int]:
    """Return where tokens stand: those drawn over several lines are not in the order of the page."""
    return min(token.start for token in tokens), max(token.end for token in tokens)


def _left_symbol(claim: Claim) -> Symbol | None:
    return claim.left.tree if isinstance(claim.left.tree, Symbol) else None


def _defines_function(left: Expression) -> bool:
    """Return whether this is σ(z) = …: a function explained, not used."""
    return isinstance(left, Call) and not any(isinstance(node, Number) for node in walk(left))


def _is_slope(left: list[Token]) -> bool:
    """Return whether this is σ' or σ'(z): the derivative of a function explained, not used."""
    marks = [token.text for token in left[1:4] if token.kind in ("sup", "word")]
    primed = marks[:1] == ["new"] or marks[:2] == ["", "prime"]
    return primed and left[0].text in FUNCTIONS and not any(token.kind == "number" for token in left)


def _is_size(left: Expression) -> bool:
    return isinstance(left, Symbol) and left.name in SIZES and not left.step
