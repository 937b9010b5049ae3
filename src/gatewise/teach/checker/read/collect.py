"""The claims of a document as they come: continuations joined, notes made, the whole finished at the end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from gatewise.expression import Expression, Step, Symbol
from gatewise.teach.checker.read import prose
from gatewise.teach.checker.read.cell_letters import CellLetters
from gatewise.teach.checker.read.claim_kinds import (
    defines_function,
    is_size,
    is_slope,
    is_value,
    left_symbol,
    of_numbers,
)
from gatewise.teach.checker.read.going_on import goes_on
from gatewise.teach.checker.read.grammar.parser import parse
from gatewise.teach.checker.read.grammar.stream import Braced, CannotRead, Notes, shown
from gatewise.teach.checker.read.names import NamesSeen
from gatewise.teach.checker.read.reading import Claim, Heading, Printed, Reading, Remark, Side, Unread
from gatewise.teach.checker.read.records import MOST_CLAIMS, Records, span_of, values_in
from gatewise.teach.checker.read.source import MAX_NUMBERS, ReadingError, Source
from gatewise.teach.checker.read.tokens.clauses import Clause, clauses
from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.read.tokens.macros import Macros
from gatewise.teach.checker.read.tokens.own_functions import functions_in, with_functions
from gatewise.teach.checker.read.tokens.segments import Segment

MOST_SIDES = 12  # of a chain, to which another line adds what it comes to


class Collector(Records):
    """Takes the pieces of a document in order."""

    def __init__(self, source: Source, letters: CellLetters | None = None) -> None:
        super().__init__(source)
        self.letters = letters
        self.notes = Notes(source.place, NamesSeen(letters=letters))
        if letters is not None:
            self.notes.gates = letters.cell.gates
        self.headings: list[Heading] = []
        self.facts: dict[str, str] = {}
        self.numbers = 0
        self.braced: list[Braced] = []
        self.open = False  # whether a formula that begins with = goes on with the claim before it
        self.end = 0  # where the last formula ends
        self.macros = Macros()
        self.functions = functions_in(source.text)

    # Pieces -------------------------------------------------------------------------------------------

    def add_heading(self, start: int, end: int, line: str) -> None:
        """Add a heading or question."""
        at = self.source.place(start, end)
        self.update = prose.update_in(line) or self.update
        mentions = tuple(self.mentioned_quantities(start, end))
        question = prose.question_in(line)
        self.headings.append(Heading(at, prose.without_markup(line), prose.step_in(line), question, mentions))
        self.open = False

    def add_math(self, text: str, segment: Segment, id: str = "", more: Sequence[Token] = ()) -> None:
        """Add a piece of mathematics, and `more` that belongs to it; `text` may have its comments blanked."""
        if segment.stray:
            self.add_remark(segment.start, segment.end, "", segment.stray)
        found = [token for start, end in segment.parts for token in tokens(text, start, end)]
        self.add_tokens([*found, *more], id, segment.display)

    def add_tokens(self, found: list[Token], id: str = "", apart: bool = False) -> None:
        """Add the clauses in these tokens; `apart` if they stand on lines of their own."""
        found = with_functions(self.macros.put_in(found), self.functions)
        if not found:
            return
        start, end = span_of(found)
        self.open = self.open and goes_on(self.source.text[self.end : start], apart)
        self.end = end
        found = self.with_own_signs(found)
        numbers = sum(token.kind == "number" for token in found)
        self.count(numbers)
        if len(self.claims) >= MOST_CLAIMS:
            self.add_skipped(start, end, "formula", numbers)
            return
        for clause in clauses(found):
            self.add_clause(clause, id)
            self.add_braced()

    def with_own_signs(self, found: list[Token]) -> list[Token]:
        """Return the tokens with < as a sign where the cell has limits, not as a bracket of h^{<t>}."""
        if self.letters is None:
            return found
        return [replace(token, kind="operator") if token.text == "<" else token for token in found]

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
                (s.step for s in map(left_symbol, reversed(self.claims)) if s and s.name in ("x", "label")),
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

    def add_named(self, left: Symbol, start: int, end: int, found: list[Token]) -> None:
        """Add a claim whose left side is known, and whose other sides begin with =."""
        found = with_functions(self.macros.put_in(found), self.functions)
        self.count(sum(token.kind == "number" for token in found))
        for k, clause in enumerate(clauses(found)):
            if k:
                self.add_clause(clause, "")
            else:
                self.add_claim(left, start, end, self.sides([side for side in clause.sides if side]))

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
            if len(sides) > 1:
                self.add_chain_of_unread(sides, id)
            else:
                self.add_unread_sides(sides, "it begins with = and follows nothing")
            return
        if is_slope(sides[0]):
            return
        left = self.parsed(sides[0])
        if left is None:
            self.add_chain_of_unread(sides[1:], id)
            return
        if is_size(left):
            self.facts.setdefault(
                str(left), "".join(token.text for token in sides[1]) if len(sides) > 1 else ""
            )
            if len(sides) > 2 and not clause.broken:
                self.add_chain_of_unread(sides[1:], id)
            return
        more = self.sides(sides[1:])
        if self.states_result(left, more):
            last = self.claims[-1]
            self.claims[-1] = replace(last, sides=(*last.sides, *more))
            self.open = True
            return
        if not defines_function(left, more):
            self.add_claim(left, *span_of(sides[0]), more, id)
            self.open = True

    def states_result(self, left: Expression, more: list[Side]) -> bool:
        """Return whether this is h_2 ≈ 0.814 right after h_2 = tanh(1.138), whose value it so states."""
        last = self.claims[-1] if self.claims else None
        if last is None or len(more) != 1 or not 0 < len(last.sides) <= MOST_SIDES:
            return False
        same = isinstance(left, Symbol) and left.step is not None and left == last.left.tree
        between = any(heading.at.offset > last.left.at.offset for heading in self.headings[-1:])
        if not same or between or self.update != last.update:
            return False
        worked = last.sides[-1].tree
        return of_numbers(worked) and of_numbers(more[0].tree) and not is_value(worked)

    def add_braced(self) -> None:
        """Add what stands below braces as the value of what they enclose; words there are none."""
        braced, self.braced = self.braced, []
        for node, enclosed, below in braced:
            written = [token for token in below if token.kind not in ("equals", "prose")]
            if values_in(written) and values_in(enclosed):
                with suppress(CannotRead):
                    tree = parse(written, self.notes)
                    if isinstance(tree, Printed):
                        self.add_claim(node, *span_of(enclosed), [self.side(tree, *span_of(written))])

    def add_chain_of_unread(self, sides: list[list[Token]], id: str) -> None:
        """Add what is left of a chain whose first side cannot be read: its other sides equal each other."""
        read = self.sides(sides)
        if len(read) > 1:
            self.claims.append(Claim(read[0], tuple(read[1:]), id, self.update))
            self.open = True
        elif read:
            numbers = sum(1 for _ in read[0].numbers)
            at = read[0].at
            self.add_unread(
                at.offset, at.offset + at.length, "what it is the value of cannot be read", "", numbers
            )

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
        for side in map(self.with_own_signs, sides):
            tree = self.parsed(side)
            if tree is not None:
                read.append(self.side(tree, *span_of(side)))
        return read

    def parsed(self, side: list[Token], quiet: bool = False) -> Expression | None:
        """Return the tree of a side; what cannot be read is noted, unless `quiet`."""
        self.notes.braced.clear()
        try:
            tree = parse(side, self.notes)
        except CannotRead as reason:
            if not quiet:
                self.add_unread_sides([side], reason.reason, reason.guess)
            return None
        self.braced += self.notes.braced
        return tree

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

    def reading(self, notation: str | None) -> Reading:
        """Return everything that was read, as it is written, in the order of the document."""
        for repair in self.notes.repairs:
            self.add_remark(repair.start, repair.end, repair.taken_as, repair.why, repair.symbol)
        for discarded in self.notes.discarded:
            self.add_unread(
                discarded.start, discarded.end, discarded.reason, discarded.guess, discarded.numbers
            )
        remarks, unread, numbers = self.only_counted
        end = self.source.place(len(self.source.text), len(self.source.text))
        for piece in self.unread:
            self.add_skipped(piece.at.offset, piece.at.offset + piece.at.length, "formula", piece.numbers)
        if remarks:
            self.remarks.append(Remark(end, "", "", f"{remarks:,} more remarks are only counted"))
        if unread:
            self.unread.append(Unread(end, "", f"{unread:,} more pieces are only counted", "", numbers))
            self.add_skipped(end.offset, end.offset, "formula", numbers)
        return Reading(
            self.source.text,
            tuple(self.claims),
            tuple(sorted(self.unread, key=lambda unread: unread.at)),
            tuple(self.headings),
            notation or self.notes.seen.notation,
            remarks=tuple(sorted(self.remarks, key=lambda remark: remark.at)),
            facts=self.facts,
            skipped=tuple(sorted(self.skipped, key=lambda skipped: skipped.at)),
            labels=tuple(self.notes.labels),
            gates=self.notes.gates,
            standard=self.letters is not None,
        )
