r"""Tables of Markdown, LaTeX and HTML: quantities at the head or at the side, steps at the other.

    | t | f_t   | c_t   |      | gate | W   | U   | b   |      | quantity | formula   | value |
    |---|-------|-------|      |------|-----|-----|-----|      |----------|-----------|-------|
    | 1 | 0.735 | 0.762 |      | f    | 0.7 | 0.4 | 0.1 |      | f_1      | σ(1.02)   | 0.735 |

A table that is none of these is not read, and its numbers are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.read import names, words
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.cells import TableCell, rows_of
from gatewise.teach.checker.read.formats.prints import at_step
from gatewise.teach.checker.read.grammar.parser import parse
from gatewise.teach.checker.read.grammar.stream import CannotRead, Notes
from gatewise.teach.checker.read.records import MOST_CLAIMS
from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.read.tokens.sentences import EQUALS, is_sentence

_STEP_HEAD = re.compile(
    r"|#|t|k|n|step t?|(?:time ?)?step|time|schritt|zeit|zeitschritt|schritt t|步|时刻", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*[-−+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
# How large something is, from which nothing follows.
_NORM = re.compile(r"‖[^‖]+‖|\\\|.+\\\||\|\|.+\|\||\\l?Vert\b.+\\r?Vert")
# What a column of shapes is called, and one of how many numbers there are of each.
_SHAPE = re.compile(
    r"shapes?|dimensions?|dims?|sizes?|form|größe|tailles?|dimensiones|形状|维度|尺寸", re.IGNORECASE
)
_COUNT = re.compile(r"(?:#|number of|no\. of)?\s*(?:param\w*|weights|entries|count|参数\w*)", re.IGNORECASE)
_OPERATION = re.compile(r"[·×⊙*/^(+]|\\(?:cdot|times|odot|tanh|sigma|frac)|[0-9)] *[-−] *[0-9(]")
_DECIMAL = re.compile(r"[0-9]\.[0-9]")
_WORDS = re.compile(r"[^\W\d_]{3,}(?:[ -][^\W\d_]+){0,5}")
GATES = {"forget": "f", "input": "i", "output": "o", "candidate": "c", "cell": "c", "update": "u"}
CHECKS = re.compile(r"err|diff|numeric|grad|check|abweich|delta", re.IGNORECASE)
PARAMETERS = ("W", "U", "b")
MOST_COLUMNS = 100  # of a table whose first columns are words


def read_grid(text: str, start: int, end: int, collector: Collector) -> None:
    """Read the table at `text[start:end]`."""
    read_rows(text, [row for row in rows_of(text, start, end) if row], collector)


def names_steps(word: str) -> bool:
    """Return whether a word at the head of a column says that it holds the steps."""
    return bool(word) and _STEP_HEAD.fullmatch(word) is not None


def read_rows(text: str, rows: list[list[TableCell]], collector: Collector) -> None:
    """Read a table of these rows, the first of which is its head."""
    mark = collector.mark()
    if len(rows) > 1:
        grid = _Grid(text, rows, collector)
        grid.read()
        grid.read_chains(mark)
    collector.open = False
    head = 1 if len(rows) > 1 else 0
    norms = _columns_of_sizes(rows[0]) if head else set()
    counted = [
        (cell.start, cell.end) for row in rows[head:] for k, cell in enumerate(row) if k and k not in norms
    ]
    collector.add_rest(counted, "table", mark)


def _columns_of_sizes(head: list[TableCell]) -> set[int]:
    """Return which columns say how large something is: norms, shapes, and counts beside shapes."""
    shapes = {k for k, cell in enumerate(head) if k and _SHAPE.fullmatch(cell.text)}
    counts = {k for k, cell in enumerate(head) if k and shapes and _COUNT.fullmatch(cell.text)}
    return shapes | counts | {k for k, cell in enumerate(head) if _NORM.fullmatch(cell.text)}


class _Grid:
    def __init__(self, text: str, rows: list[list[TableCell]], collector: Collector) -> None:
        self.text, self.collector = text, collector
        self.head, *self.body = rows
        self.quiet = Notes(collector.source.place)
        self.sizes = _columns_of_sizes(self.head)

    def read(self) -> None:
        side = [row[0] for row in self.body]
        top = self.head[1:]
        steps_at_side = all(cell.step is not None for cell in side) and _STEP_HEAD.fullmatch(
            self.head[0].text
        )
        steps_on_top = bool(top) and all(cell.step is not None for cell in top)
        heads = [self.quantity(cell) for cell in top]
        if steps_at_side and any(heads):
            for row in self.first_rows():
                for name, head, cell in zip(heads, top, row[1:], strict=False):
                    if name is not None:
                        self.add(
                            at_step(name, row[0].step or 0) if not _has_own_step(name) else name, head, cell
                        )
        elif steps_on_top:
            for row in self.first_rows():
                if (name := self.quantity(row[0], words=True)) is not None:
                    for head, cell in zip(top, row[1:], strict=False):
                        self.add(at_step(name, head.step or 0), row[0], cell)
        elif len(self.head) <= MOST_COLUMNS and self.has_labels(heads):
            _Grid(self.text, [row[1:] for row in (self.head, *self.body)], self.collector).read()
        elif not self.parameters(heads, top):
            names_at_side = [self.quantity(cell) for cell in side]
            if self.one_value() and (any(names_at_side) or self.shows_work()):
                for found, row in zip(names_at_side, self.body, strict=True):
                    if found is not None:
                        self.chain(found, row)
                    else:
                        self.unnamed(row)
            elif len(self.body) == 1:
                first = self.quantity(self.head[0])
                for name, head, cell in zip([first, *heads], self.head, self.body[0], strict=False):
                    if name is not None:
                        self.add(name, head, cell)

    def first_rows(self) -> Iterator[list[TableCell]]:
        """Yield the rows until the document has more claims than anything is done with."""
        for row in self.body:
            if len(self.collector.claims) >= MOST_CLAIMS:
                return
            yield row

    # Kinds of tables ----------------------------------------------------------------------------------

    def has_labels(self, heads: list[Symbol | None]) -> bool:
        """Return whether the first column only says in words what the second names: forget gate, f_1."""
        labels = all(_WORDS.fullmatch(row[0].text) for row in self.body)
        return labels and not any(heads) and all(len(row) > 2 and self.quantity(row[1]) for row in self.body)

    def parameters(self, heads: list[Symbol | None], top: list[TableCell]) -> bool:
        """Read a table of gates by parameters, either way; return whether it is one."""
        gates = [self.gate(row[0]) for row in self.body]
        if all(gates) and sum(_is_bare_parameter(head) for head in heads) >= 1:
            for gate, row in zip(gates, self.body, strict=True):
                for name, head, cell in zip(heads, top, row[1:], strict=False):
                    if name is not None and _is_bare_parameter(name):
                        self.add(self.of_gate(name, gate), head, cell)
            return True
        gates = [self.gate(cell) for cell in top]
        at_side = [self.quantity(row[0]) for row in self.body]
        if gates and all(gates) and any(_is_bare_parameter(name) for name in at_side):
            for found, row in zip(at_side, self.body, strict=True):
                for gate, cell in zip(gates, row[1:], strict=False):
                    if found is not None:
                        self.add(self.of_gate(found, gate), row[0], cell)
            return True
        return False

    def one_value(self) -> bool:
        """Return whether no two columns hold numbers alone: ours and theirs, or a value and its error."""
        if any(CHECKS.search(cell.text) for cell in self.head):
            return False
        width = max(len(row) for row in self.body)
        columns = [[row[k] for row in self.body if k < len(row)] for k in range(1, width)]
        numeric = [
            any(not cell.blank for cell in column)
            and all(cell.blank or _NUMBER.fullmatch(cell.text) for cell in column)
            for column in columns
        ]
        return sum(numeric) <= 1

    def chain(self, name: Symbol, row: list[TableCell]) -> None:
        """Read a row as a chain: the quantity, its formula, numbers put in, the value."""
        self.claim(name, row[0], [token for cell in self.values(row) for token in self.side(cell)])

    def values(self, row: list[TableCell]) -> list[TableCell]:
        """Return the cells of a row that hold formulas or numbers."""
        cells = [cell for k, cell in enumerate(row) if k and k not in self.sizes]
        return [cell for cell in cells if not cell.blank and not is_sentence(cell.text)]

    def side(self, cell: TableCell) -> list[Token]:
        """Return a cell as a side of a chain."""
        return [Token("equals", "=", cell.start, cell.start), *tokens(self.text, cell.start, cell.end)]

    def shows_work(self) -> bool:
        """Return whether rows that only words name have what is worked out, and what it comes to."""
        return any(_is_worked(cell) for row in self.body for cell in self.values(row))

    def read_chains(self, mark: tuple[int, int]) -> None:
        """Read each cell with a chain of its own, 0.4 × 0.5 + 0.1 = 0.3, of which nothing was read before."""
        read = {
            number.at.offset
            for claim in self.collector.claims[mark[0] :]
            for number in claim.numbers
            if number.at
        }
        read |= {piece.at.offset for piece in self.collector.unread[mark[1] :]}
        for row in self.body:
            for cell in self.values(row):
                if EQUALS.search(cell.text) and read.isdisjoint(range(cell.start, cell.end)):
                    self.unnamed([row[0], cell])

    def unnamed(self, row: list[TableCell]) -> None:
        """Read a row that words name: what is worked out equals its value."""
        cells = self.values(row)
        if not cells or not _is_worked(cells[0]):
            return
        found = [token for cell in cells for token in self.side(cell)]
        if found[1:] and EQUALS.search(cells[0].text) and found[1].kind in ("word", "greek", "accent"):
            del found[0]
        self.collector.open = False
        self.collector.add_tokens(found)

    # Cells --------------------------------------------------------------------------------------------

    def add(self, name: Symbol, head: TableCell, cell: TableCell) -> None:
        """Read a cell as the value of a quantity."""
        if not cell.blank and not is_sentence(cell.text):
            equals = Token("equals", "=", cell.start, cell.start)
            self.claim(name, head, [equals, *tokens(self.text, cell.start, cell.end)])

    def claim(self, name: Symbol, head: TableCell, found: list[Token]) -> None:
        if any(token.kind == "number" for token in found):
            self.collector.add_named(name, head.start, head.end, found)

    def quantity(self, cell: TableCell, words: bool = False) -> Symbol | None:
        """Return the quantity that a cell names, or with `words` the gate."""
        part = list(tokens(self.text, cell.start, cell.end))
        if (
            part
            and not is_sentence(cell.text)
            and part[0].kind in ("word", "greek", "accent", "partial", "frac")
        ):
            try:
                tree: Expression = parse(part, self.quiet)
            except CannotRead:
                return None
            written = names.name_of(tree) if isinstance(tree, Symbol) else None
            if isinstance(tree, Symbol) and written is not None and _is_quantity(written.word):
                return tree
        gate = self.gate(cell) if words else ""
        return _symbol(names.Name(gate), self.quiet) if gate else None

    def gate(self, cell: TableCell) -> str:
        """Return the letter of the gate that a cell is about, f of "forget gate" or of $f_t$; "" for none."""
        first = cell.text.split()[0].lower() if cell.text else ""
        if first in GATES:
            return GATES[first]
        letters = self.quantity(cell)
        written = names.name_of(letters) if letters is not None else None
        return written.word if written is not None and written.word in words.GATE_LETTERS else ""

    def of_gate(self, name: Symbol, gate: str) -> Symbol:
        written = names.name_of(name)
        assert written is not None
        of = "".join(written.low)
        if written.word == "W" and of in ("x", "h", "i"):
            index = of + gate
        elif of:
            index = gate.removesuffix("tilde").removesuffix("hat").removesuffix("bar") + of
        else:
            index = gate
        return _symbol(replace(written, low=(index,)), self.quiet) or name


def _symbol(name: names.Name, notes: Notes) -> Symbol | None:
    made, _ = names.symbol_for(name, notes.seen)
    return made if isinstance(made, Symbol) else None


def _is_quantity(word: str) -> bool:
    """Return whether a word at the head of a column names a quantity, of an LSTM or by one letter."""
    letter = word
    for accent in words.ACCENTS:
        letter = letter.removesuffix(accent)
    return len(letter) == 1 or names.is_known(word) or word in names.GREEK


def _is_worked(cell: TableCell) -> bool:
    """Return whether a cell has numbers put in, decimals among them, and something done with them."""
    return _OPERATION.search(cell.text) is not None and _DECIMAL.search(cell.text) is not None


def _is_bare_parameter(name: Symbol | None) -> bool:
    """Return whether this is W, U or b of no gate yet, or w_h."""
    if name is None:
        return False
    written = names.name_of(name)
    small = written is not None and written.word in ("w", "u") and "".join(written.low) in ("", "x", "h")
    return (name.name.removeprefix("d_") in PARAMETERS and not name.part) or small


def _has_own_step(name: Symbol) -> bool:
    return name.step is not None and not name.step.base
