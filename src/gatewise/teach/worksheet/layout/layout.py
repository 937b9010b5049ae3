"""From lines to a document: sections 0 to 8, detail levels, and elision that says what it left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from gatewise.cells.lstm import CARRIED_BACK, GATES, STACKED
from gatewise.cells.quantities import at, equations_of, gates_of
from gatewise.cells.two_biases import parameters_of
from gatewise.expression import (
    Array,
    Expression,
    Number,
    Step,
    Symbol,
    bind,
    rebuild,
    walk,
)
from gatewise.teach.worksheet.digits import tree
from gatewise.teach.worksheet.layout.document import Block, Note, Row, Section
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
from gatewise.teach.worksheet.work.entries import entry_id, entry_of, entry_symbol
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.substitution import settle
from gatewise.teach.worksheet.work.working import Working, line_id

DETAILS = ("results", "example", "products", "reasons")
GATES_ID = "d_gates"  # of the row that defines δgates; it is no line, for nothing is worked out on it
_GATES_T = Symbol("d_gates", step=Step())


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
        shown = [e for e in equations_of(working.biases) if learns or e.phase == "forward"]
        blocks: list[Block] = []
        for e in shown:
            if not _is_defined(blocks) and _takes_gates(e.right):
                blocks.append(self._row(GATES_ID, _GATES_T, (self._stack_of(_GATES_T),)))
            blocks.append(self._row(e.id, e.left, (e.right,), note=why(e.why, self.detail)))
        blocks.append(Note("Boundary values, where the recursions begin:"))
        blocks += self._line_rows(working[at("out", -1)]) + self._line_rows(working[at("state", -1)])
        if learns:
            T = working.steps
            last = working[at("delta_out", T - 1)]
            blocks += self._line_rows(last, note=f"no step after t={T - 1} sends anything back")
            carried = working[at("carried", T)]
            product = bind(CARRIED_BACK, T - 1, T)
            zero = carried.numbers()[0]
            blocks.append(self._row(carried.id, product, (zero,), note=f"there is no step {T}"))
        return Section("formulas", "Formulas and boundary values", tuple(blocks))

    def given(self, working: Working, learns: bool) -> Section:
        """Section 2: parameters, learning rate, inputs and labels."""
        lines = [working[Symbol(name)] for name in parameters_of(working.biases)]
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
            blocks = self._with_gates_defined(self._blocks(lines), working, t)
            sections.append(Section(key, _title(f"{title} @ t={t}", working), blocks))
        return sections

    def _with_gates_defined(self, blocks: tuple[Block, ...], working: Working, t: int) -> tuple[Block, ...]:
        """Put δgates_t, which stacks the four gates' gradients, before the first row that takes it."""
        place = next(
            (k for k, b in enumerate(blocks) if isinstance(b, Row) and any(map(_takes_gates, b.sides))), None
        )
        if place is None:
            return blocks
        left, H = at("d_gates", t), working.hidden_size
        sides, labels = [self._stack_of(left)], self._gate_rows(H)
        if H <= RESULT_ROWS:
            sides.append(tree(working.gather(left, lambda line: line.numbers(), working.order)))
        else:
            labels = ()
        made = tuple(_with_sources(side, working) for side in sides)
        row = self._row(line_id(GATES_ID, t, working.update), left, made, labels)
        return (*blocks[:place], row, *blocks[place:])

    def _stack_of(self, joined: Symbol) -> Expression:
        """Return what δgates is made of: the four gates' vectors, one above the other."""
        gates = dict(zip(GATES, gates_of(joined), strict=True))
        return Array(tuple((gates[gate],) for gate in self.notation.order))

    def phase(self, working: Working, phase: str, title: str, after: Sequence[Block] = ()) -> Section:
        """Sections 4, 6 and 7."""
        lines = [
            line
            for line in working
            if line.phase == phase and (line.t is None or line.t in self.selection.steps)
        ]
        return Section(_key(phase, working), _title(title, working), (*self._blocks(lines), *after))

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
        z, H = PreActivation(line), line.working.hidden_size
        shown, large = self._shown_entries(line), self._is_large(line)
        blocks: list[Block] = []
        if line.value.size > 1 and not large:
            blocks.append(self._row(z.id, z.left, (z.formula, tree(z.numbers())), line=line))
        for entry in shown:
            sides, fine = z.sides(entry)
            self.checked.append(fine)
            collapsed = collapsed_note(sides[0])
            id = entry_id(z.id, line.left, entry, line.value.shape, H) if line.value.size > 1 else z.id
            blocks.append(self._row(id, z.at(entry), sides, note=collapsed, line=line))
        for whole in shown if large else (None,):
            of_gate, fine = z.sides_of_gate(whole)
            self.checked.append(fine)
            left = line.left if whole is None else entry_symbol(line.left, whole, H)
            id = line.id if whole is None else entry_id(line.id, line.left, whole, line.value.shape, H)
            blocks.append(self._row(id, left, of_gate, note=note, line=line))
        return blocks

    def _entry_row(self, line: Line, entry: tuple[int, ...], note: str = "") -> Row:
        """One entry as a scalar equation."""
        H = line.working.hidden_size
        left = entry_symbol(line.left, entry, H)
        number = line.number_at(entry)
        sides: tuple[Expression, ...] = (number,)
        if line.formula is not None and self.detail != "results":
            formula = entry_of(line.formula, entry, line.working.columns, H, self._detailed)
            note = "; ".join(part for part in (note, collapsed_note(formula)) if part)
            substituted, fine = settle(
                line.working, formula, np.array([number], dtype=object), [line.style_at(entry)]
            )
            self.checked.append(fine)
            sides = (formula, substituted, number)
        return self._row(
            entry_id(line.id, line.left, entry, line.value.shape, H), left, sides, note=note, line=line
        )

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
            sides = tuple(_with_sources(side, line.working) for side in sides)
        rename = self.notation.rename
        shown = tuple(rename(side) for side in sides)
        note = self.notation.sentence(note)
        return Row(id, rename(left), shown, labels, note, own, line.uses if line is not None else ())

    def _labels(self, line: Line) -> tuple[str, ...]:
        """Gate letters, with the unit where a gate has several rows."""
        return self._gate_rows(line.working.hidden_size) if line.left.name in STACKED else ()

    def _gate_rows(self, H: int) -> tuple[str, ...]:
        letters = [self.notation.gate(gate) for gate in self.notation.order]
        return tuple(letter if H == 1 else f"{letter}[{unit}]" for letter in letters for unit in range(H))

    def _is_large(self, line: Line) -> bool:
        return max(row_count(line), column_count(line)) > RESULT_ROWS

    def _shown_entries(self, line: Line) -> list[tuple[int, ...]]:
        return entries(line, self.selection.units, self._detailed)


def _with_sources(side: Expression, working: Ledger[Line]) -> Expression:
    """Return a side whose symbols remember the lines that their values stand on."""
    if isinstance(side, Symbol):
        return side if side.source else replace(side, source=working.source_of(side))
    return rebuild(side, lambda node: _with_sources(node, working))


def _takes_gates(side: Expression) -> bool:
    return any(isinstance(node, Symbol) and node.name == "d_gates" for node in walk(side))


def _is_defined(blocks: Sequence[Block]) -> bool:
    return any(isinstance(block, Row) and block.id == GATES_ID for block in blocks)


def _key(name: str, working: Working) -> str:
    return name if working.update == 1 else f"{name}-update{working.update}"


def _title(title: str, working: Working) -> str:
    return title if working.update == 1 else f"{title}, update {working.update}"


def _fits(side: Expression, line: Line) -> bool:
    """Whether every matrix of a substituted side is small enough to print: stacked ones have 4H rows."""
    arrays = [node for node in walk(side) if isinstance(node, Array)]
    if line.working.hidden_size > FULL_ROWS:  # a single number has no entries to show instead
        most = FULL_ROWS if line.value.size > 1 else RESULT_ROWS
        return all(node.shape[0] <= most and node.shape[1] <= RESULT_ROWS for node in arrays)
    return all(max(node.shape) <= len(GATES) * FULL_ROWS for node in arrays)
