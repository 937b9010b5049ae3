"""From lines to a document: sections 0 to 8, detail levels, and elision that says what it left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from gatewise.cells.quantities import at
from gatewise.expression import (
    Array,
    Expression,
    Number,
    Symbol,
    bind,
    walk,
)
from gatewise.teach.worksheet.digits import tree
from gatewise.teach.worksheet.layout.document import Block, Note, Row, Section
from gatewise.teach.worksheet.layout.joined import joined_in, stack_of
from gatewise.teach.worksheet.layout.notation import Notation
from gatewise.teach.worksheet.layout.notes import collapsed_note, note_of, steps_left_out, why
from gatewise.teach.worksheet.layout.pre_activation import PreActivation, has_pre_activation
from gatewise.teach.worksheet.layout.selection import (
    FULL_ROWS,
    RESULT_ROWS,
    Selection,
    column_count,
    entries,
    row_count,
)
from gatewise.teach.worksheet.layout.tables import summary
from gatewise.teach.worksheet.layout.uses import with_sources
from gatewise.teach.worksheet.work.entries import entry_id, entry_of, entry_symbol
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.substitution import settle
from gatewise.teach.worksheet.work.working import Working, line_id

DETAILS = ("results", "example", "products", "reasons")


class Layout:
    """Lays out one sheet. `checked` collects, for every substituted side shown, whether it reproduces."""

    def __init__(self, selection: Selection, detail: str, notation: Notation) -> None:
        self.selection = selection
        self.detail = detail
        self.notation = notation
        self.checked: list[bool] = []
        self.rows = 0
        self.guards: dict[str, int] = {}  # the most guard digits on each line

    # Sections -----------------------------------------------------------------------------------------

    def formulas(self, working: Working, learns: bool) -> Section:
        """Section 1: every equation with letters for indices, and the boundary values."""
        known = working.quantities
        blocks: list[Block] = []
        defined: set[str] = set()
        for e in known.equations:
            if not learns and e.phase != "forward":
                continue
            for joined in joined_in(e.right, working):
                if joined.name not in defined:
                    defined.add(joined.name)
                    side = with_sources(stack_of(joined, working), working)
                    blocks.append(self._row(joined.name, joined, (side,)))
            side = with_sources(e.right, working)
            blocks.append(self._row(e.id, e.left, (side,), note=why(e.why, self.detail)))
        blocks.append(Note("Boundary values, where the recursions begin:"))
        for name in known.cell.carried:
            blocks += self._line_rows(working[at(name, -1)])
        if learns:
            blocks += self._ends(working)
        return Section("formulas", "Formulas and boundary values", tuple(blocks))

    def _ends(self, working: Working) -> Iterator[Block]:
        """Yield what stands for the step after the last one, which there is not."""
        known, T = working.quantities, working.steps
        for name in known.returning:
            last = working[at(f"delta_{name}", T - 1)]
            yield from self._line_rows(last, note=f"no step after t={T - 1} sends anything back")
        for name, terms in known.carried.items():
            line = working[at(known.boundary_of(name), T)]
            for number, term in enumerate(terms, 1):
                id = line.id if number == 1 else f"{line.id}[{number}]"
                zero = line.numbers()[0]
                yield self._row(id, bind(term, T - 1, T), (zero,), note=f"there is no step {T}")

    def given(self, working: Working, learns: bool) -> Section:
        """Section 2: parameters, learning rate, inputs and labels."""
        lines = [working[Symbol(name)] for name in working.quantities.parameters]
        if learns:
            lines.append(working[Symbol("learning_rate")])
        for t in self.selection.steps:
            lines.append(working[at("x", t)])
            if learns:
                lines.append(working[at("label", t)])
        notes = (
            [Note(steps_left_out(self.selection, working))]
            if len(self.selection.steps) < working.steps
            else []
        )
        return Section(_key("given", working), _title("Given", working), (*notes, *self._blocks(lines)))

    def steps(self, working: Working, phase: str, title: str, times: Iterable[int]) -> list[Section]:
        """Sections 3 and 5: one for each step shown."""
        sections = []
        for t in times:
            lines = [line for line in working if line.phase == phase and line.t == t]
            key = _key(f"{phase}-t{t}", working)
            blocks = self._with_joined_defined(self._blocks(lines), working)
            sections.append(Section(key, _title(f"{title} @ t={t}", working), blocks))
        return sections

    def _with_joined_defined(self, blocks: tuple[Block, ...], working: Working) -> tuple[Block, ...]:
        """Put what stacks the gates' gradients, as δgates_t does, before the first row that takes it."""
        placed: list[Block] = []
        defined: set[Symbol] = set()
        for block in blocks:
            taken = [
                left
                for side in _sides_of(block)
                for left in joined_in(side, working)
                if left.step is None or not left.step.base
            ]
            for left in dict.fromkeys(taken):
                if left not in defined:
                    defined.add(left)
                    placed.append(self._joined_row(left, working))
            placed.append(block)
        return tuple(placed)

    def _joined_row(self, left: Symbol, working: Working) -> Row:
        """Return the row of what is put together of several lines, and so is no line of its own."""
        sides, labels = [stack_of(left, working)], self._part_rows(left, working)
        if (
            working.shapes.units <= RESULT_ROWS
            and max(working.shapes.shape(left)[1:], default=1) <= RESULT_ROWS
        ):
            sides.append(tree(working.gather(left, lambda line: line.numbers(), working.order)))
        else:
            labels = ()
        made = tuple(with_sources(side, working) for side in sides)
        t = left.step.offset if left.step else None
        return self._row(line_id(left.name, t, working.update), left, made, labels)

    def phase(self, working: Working, phase: str, title: str, after: Sequence[Block] = ()) -> Section:
        """Sections 4, 6 and 7."""
        lines = [
            line
            for line in working
            if line.phase == phase and (line.t is None or line.t in self.selection.steps)
        ]
        blocks = self._with_joined_defined(self._blocks(lines), working)
        return Section(_key(phase, working), _title(title, working), (*blocks, *after))

    # Rows ---------------------------------------------------------------------------------------------

    def _blocks(self, lines: Sequence[Line]) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for line in lines:
            blocks += self._line_rows(line)
        left_out = [line for line in lines if self._is_large(line) and (line.value.any() or not line.given)]
        return (*blocks, *([summary(left_out, self._shown_entries)] if left_out else []))

    def _line_rows(self, line: Line, note: str = "") -> list[Block]:
        """Return the rows of one line: in full where it fits, else single entries."""
        note = note_of(line, note, self.detail)
        if self._is_large(line) and line.given and not line.value.any():
            note = f"all {line.value.size} entries" + (f"; {note}" if note else "")
            return [self._row(line.id, line.left, (Number("0"),), note=note)]
        if self._detailed and has_pre_activation(line):
            return self._gate_with_pre_activation(line, note)
        if self._is_large(line):
            return [self._entry_row(line, entry, note) for entry in self._shown_entries(line)]
        sides: list[Expression] = []
        fits = False
        if line.formula is not None and self.detail != "results":
            sides.append(line.formula)
            fits = line.substituted is not None and _fits(line.substituted, line)
            if fits and line.substituted is not None:
                self.checked.append(line.reproduces)
                sides.append(line.substituted)
        sides.append(line.shown)
        blocks: list[Block] = [self._row(line.id, line.left, tuple(sides), self._labels(line), note, line)]
        if len(sides) > 1 and (self._detailed or not fits) and line.value.size > 1:
            blocks += [self._entry_row(line, entry) for entry in self._shown_entries(line)]
        return blocks

    @property
    def _detailed(self) -> bool:
        return self.detail in ("products", "reasons")

    def _gate_with_pre_activation(self, line: Line, note: str) -> list[Block]:
        """Write z product by product, then the gate as a function of z."""
        z, shapes = PreActivation(line), line.working.shapes
        shown, large = self._shown_entries(line), self._is_large(line)
        blocks: list[Block] = []
        if line.value.size > 1 and not large:
            blocks.append(self._row(z.id, z.left, (z.formula, tree(z.numbers())), line=line))
        for entry in shown:
            sides, fine = z.sides(entry)
            self.checked.append(fine)
            collapsed = collapsed_note(sides[0])
            id = entry_id(z.id, line.left, entry, shapes) if line.value.size > 1 else z.id
            blocks.append(self._row(id, z.at(entry), sides, note=collapsed, line=line))
        for whole in shown if large else (None,):
            of_gate, fine = z.sides_of_gate(whole)
            self.checked.append(fine)
            left = line.left if whole is None else entry_symbol(line.left, whole, shapes)
            id = line.id if whole is None else entry_id(line.id, line.left, whole, shapes)
            blocks.append(self._row(id, left, of_gate, note=note, line=line))
        return blocks

    def _entry_row(self, line: Line, entry: tuple[int, ...], note: str = "") -> Row:
        """One entry as a scalar equation."""
        shapes = line.working.shapes
        left = entry_symbol(line.left, entry, shapes)
        number = line.number_at(entry)
        sides: tuple[Expression, ...] = (number,)
        if line.formula is not None and self.detail != "results":
            formula = entry_of(line.formula, entry, shapes, self._detailed)
            note = "; ".join(part for part in (note, collapsed_note(formula)) if part)
            substituted, fine = settle(
                line.working, formula, np.array([number], dtype=object), [line.style_at(entry)]
            )
            self.checked.append(fine)
            sides = (formula, substituted, number)
        id = entry_id(line.id, line.left, entry, shapes)
        return self._row(id, left, sides, note=note, line=line)

    def _row(
        self,
        id: str,
        left: Expression,
        sides: tuple[Expression, ...],
        labels: tuple[str, ...] = (),
        note: str = "",
        line: Line | None = None,
    ) -> Row:
        self.rows += 1
        guards = [node.guard for side in sides for node in walk(side) if isinstance(node, Number)]
        own = line.id if line is not None else id
        self.guards[own] = max(self.guards.get(own, 0), *guards, 0)
        if line is not None:
            sides = tuple(with_sources(side, line.working) for side in sides)
        rename = self.notation.rename
        shown = tuple(rename(side) for side in sides)
        note = self.notation.sentence(note)
        return Row(id, rename(left), shown, labels, note, own, line.uses if line is not None else ())

    def _labels(self, line: Line) -> tuple[str, ...]:
        """Gate letters, with the unit where a gate has several rows."""
        return self._part_rows(line.left, line.working)

    def _part_rows(self, symbol: Symbol, working: Ledger[Line]) -> tuple[str, ...]:
        parts, H = working.shapes.parts_of(symbol), working.shapes.units
        order = working.order if parts == working.quantities.gates else parts
        letters = [self.notation.gate(gate) for gate in order]
        return tuple(letter if H == 1 else f"{letter}[{unit}]" for letter in letters for unit in range(H))

    def _is_large(self, line: Line) -> bool:
        return max(row_count(line), column_count(line)) > RESULT_ROWS

    def _shown_entries(self, line: Line) -> list[tuple[int, ...]]:
        return entries(line, self.selection.units, self._detailed)


def _sides_of(block: Block) -> tuple[Expression, ...]:
    return block.sides if isinstance(block, Row) else ()


def _key(name: str, working: Working) -> str:
    return name if working.update == 1 else f"{name}-update{working.update}"


def _title(title: str, working: Working) -> str:
    return title if working.update == 1 else f"{title}, update {working.update}"


def _fits(side: Expression, line: Line) -> bool:
    """Whether every matrix of a substituted side is small enough to print: stacked ones have 4H rows."""
    arrays = [node for node in walk(side) if isinstance(node, Array)]
    if line.working.shapes.units > FULL_ROWS:  # a single number has no entries to show instead
        most = FULL_ROWS if line.value.size > 1 else RESULT_ROWS
        return all(node.shape[0] <= most and node.shape[1] <= RESULT_ROWS for node in arrays)
    most = max(len(line.working.quantities.gates), 1) * FULL_ROWS
    return all(max(node.shape) <= most for node in arrays)
