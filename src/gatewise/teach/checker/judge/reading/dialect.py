"""One way to read a document, and the document translated by it into the quantities of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.expression import Add, Array, Expression, Product, Sigma, Step, Symbol, Transpose, rebuild, walk
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.reading.letters import OTHER
from gatewise.teach.checker.judge.reading.own import OF_ONE_STEP, is_of_others, own_symbol, stem_of
from gatewise.teach.checker.judge.reading.structure import Key
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Claim, Reading, Side

EXCHANGED = {"W": "U", "U": "W", "d_W": "d_U", "d_U": "d_W"}
ALL_STEPS = (Step("", 0), Step("T", -1))
CALLED = {"next", "prev"}  # how programs call what comes from the step after, and goes to the one before
MOST_UNITS = 1000
STEM = "joined"  # one W on [h, x]
OF_UNITS = ("b", "out", "state", "a", "i", "f", "o")


class JoinedSizes(NamedTuple):
    """Of one W on [h, x]: how many units there are, and columns; 0 if that is not told."""

    units: int = 0
    width: int = 0


@dataclass(frozen=True)
class Dialect:
    """One way to read a document.

    Attributes
    ----------
    cell : Cell
        Whose equations it works by.
    names : mapping
        What its letters stand for, as far as it is not what the reader's tables say.
    first_step : int
        The step at which its work begins; h and c of the step before are initial.
    exchanged : bool
        Whether a W that no formula explains stands on h, and a U on x.
    concatenated : str
        "h x" or "x h" where one W stands on both, joined in that order; else "".
    loss : str
        "half", "sum", "mean", "last", or "given" for one that is not known.
    by_gate : tuple of str
        Which signs stand for the derivative by a gate itself, not by what stands in its σ: "∂", "d".
    one_step : frozenset of str
        What is stated without a step, of the only one that there is: "f = 0.7350".
    next_is_given : bool
        Whether what comes back from the step after, dc_next, is a number that the document begins with.
    """

    cell: Cell = LSTM
    names: Mapping[Key, tuple[str, str]] = field(default_factory=dict)
    first_step: int = 0
    exchanged: bool = False
    concatenated: str = ""
    loss: str = "half"
    by_gate: tuple[str, ...] = ("∂",)
    one_step: frozenset[str] = frozenset()
    next_is_given: bool = False

    def translated(self, reading: Reading) -> Reading:
        """Return the reading in the quantities of the cell, its first step 0."""
        if self == PLAIN:
            return reading
        sizes = _joined_sizes(reading) if self.concatenated else JoinedSizes()
        claims = tuple(
            part for claim in reading.claims for part in self._split(self._claim(claim, sizes), sizes)
        )
        return replace(reading, claims=claims)

    def _claim(self, claim: Claim, sizes: JoinedSizes) -> Claim:
        left = self._side(claim.left, sizes)
        tree = left.tree
        if isinstance(tree, Symbol) and tree.step is None and tree.name in self.one_step:
            left = replace(left, tree=replace(tree, step=Step("", 0)))
        sides = tuple(self._side(side, sizes) for side in claim.sides)
        step = left.tree.step if isinstance(left.tree, Symbol) else None
        if step is not None and not step.base:
            sides = tuple(replace(side, tree=_called_at(side.tree, step.offset)) for side in sides)
        return replace(claim, left=left, sides=sides)

    def _side(self, side: Side, sizes: JoinedSizes) -> Side:
        return replace(side, tree=self._tree(side.tree, sizes))

    def _tree(self, node: Expression, sizes: JoinedSizes) -> Expression:
        if isinstance(node, Symbol):
            return self.quantity(node)
        if isinstance(node, Sigma):
            low, high = node.low, node.high
            if (low, high) != ALL_STEPS:  # which a sum without bounds is read as, too
                low, high = self._moved(low) or low, self._moved(high) or high
            return Sigma(low, high, self._tree(node.body, sizes))
        node = rebuild(node, lambda child: self._tree(child, sizes))
        if self.concatenated and isinstance(node, Product) and len(node.factors) == 2:
            return self._of_joined(node, sizes) or node
        return node

    def quantity(self, symbol: Symbol) -> Expression:
        """Return what a symbol stands for: a quantity, or what programs call dc_next."""
        name, made = name_of(symbol), self.symbol(symbol)
        called = name is not None and bool(CALLED & {text.strip("()") for text in name.low})
        if not called or made.step is None or not made.name.startswith("d_"):
            return made
        assert name is not None
        is_next = "next" in name.low
        if made.name == "d_state" and self.next_is_given:
            return replace(made, name=f"d_{OTHER}")
        if made.name == "d_state":
            later = replace(made, step=replace(made.step, offset=made.step.offset + 1))
            return Product("hadamard", (later, replace(later, name="f")))
        if made.name == "d_out" and not is_next:
            return replace(made, name="delta_out")
        return made

    def symbol(self, symbol: Symbol) -> Symbol:
        """Return the quantity that a symbol stands for."""
        name = name_of(symbol)
        if name is None:
            return replace(symbol, step=self._moved(symbol.step))
        prefix, word = stem_of(name)
        own = own_symbol(symbol)
        step = self._moved(own.step or symbol.step)
        known = self.names.get((word.rstrip("0123456789") or word, own.part))
        if known is None:
            made = self._by_table(symbol, step, prefix)
        else:
            quantity, part = known
            made = replace(symbol, name=self._derived(quantity, prefix), part=part, step=step)
        if made.name == "d_z" and made.part in self.cell.gates:  # the derivative before the activation
            return replace(made, name=f"d_{made.part}", part="")
        return made

    def _by_table(self, symbol: Symbol, step: Step | None, prefix: str) -> Symbol:
        """Return what the reader's tables made of a symbol, as this dialect has it."""
        name = symbol.name
        if is_of_others(symbol):
            return replace(symbol, name=f"d_{OTHER}" if prefix else OTHER, step=step)
        if self.concatenated and name in ("W", "d_W"):
            name = name.replace("W", STEM)
        elif self.exchanged:
            name = EXCHANGED.get(name, name)
        stem = name.removeprefix("d_")
        if name.startswith("d_") and stem in self.cell.gates and prefix in self.by_gate:
            name = f"dg_{stem}"
        if prefix == OF_ONE_STEP and name == "d_out":
            name = "delta"
        return replace(symbol, name=name, step=step)

    def _derived(self, quantity: str, prefix: str) -> str:
        """Return the name of the derivative by a quantity, as its prefix has it."""
        if not prefix:
            return quantity
        if prefix == OF_ONE_STEP and quantity == "out":
            return "delta"
        if prefix == "delta" and quantity == "out":
            return "delta_out"
        if quantity in self.cell.gates and prefix in self.by_gate:
            return f"dg_{quantity}"
        return f"d_{quantity}"

    def _moved(self, step: Step | None) -> Step | None:
        if step is None or step.base == "t" or not self.first_step:
            return step
        return replace(step, offset=step.offset - self.first_step)

    # One W on [h, x] ----------------------------------------------------------------------------------

    def _of_joined(self, node: Product, sizes: JoinedSizes) -> Expression | None:
        """Return W [h, x] as U h + W x, in letters or in numbers."""
        for weights, vectors in (node.factors, node.factors[::-1]):
            inner = weights.argument if isinstance(weights, Transpose) else weights
            if not isinstance(vectors, Array):
                continue
            entries = [entry for row in vectors.rows for entry in row]
            if isinstance(inner, Symbol) and inner.name == STEM and len(entries) > 2:
                return self._with_peephole(inner, entries)
            if isinstance(inner, Symbol) and inner.name == STEM and len(entries) == 2:
                first, second = (
                    replace(inner, name="U" if is_out else "W") for is_out in self._order_of(entries)
                )
                return Add((Product("dot", (first, entries[0])), Product("dot", (second, entries[1]))))
            if isinstance(inner, Array) and sizes.units:
                made = self._in_numbers(inner, entries, sizes)
                if made is not None:
                    return made
        return None

    def _with_peephole(self, weights: Symbol, entries: list[Expression]) -> Expression | None:
        """Return W [c, h, x] as V ⊙ c + U h + W x; None if other vectors are joined."""
        names = {"state": "V", "out": "U", "x": "W"}
        found = [entry for entry in entries if isinstance(entry, Symbol) and entry.name in names]
        if "V" not in self.cell.parameters or len({entry.name for entry in found}) != len(entries):
            return None
        terms = []
        for entry in found:
            weight = replace(weights, name=names[entry.name])
            terms.append(weight * entry if entry.name == "state" else weight @ entry)
        return Add(tuple(terms))

    def _order_of(self, entries: list[Expression]) -> list[bool]:
        """Return for each part of [h, x] whether it is h."""
        names = [
            {node.name for node in walk(entry) if isinstance(node, Symbol)} & {"out", "x"}
            for entry in entries
        ]
        if names in ([{"out"}, {"x"}], [{"x"}, {"out"}]):
            return ["out" in each for each in names]
        h_first = self.concatenated == "h x"
        return [h_first, not h_first]

    def _in_numbers(self, weights: Array, entries: list[Expression], sizes: JoinedSizes) -> Expression | None:
        columns = len(weights.rows[0]) if weights.rows else 0
        if columns != len(entries) or columns <= sizes.units or (sizes.width and columns != sizes.width):
            return None
        cut = sizes.units if self.concatenated == "h x" else columns - sizes.units

        def part(start: int, end: int) -> Product:
            rows = tuple(row[start:end] for row in weights.rows)
            column = Array(tuple((entry,) for entry in entries[start:end]))
            return Product("dot", (normalized(Array(rows)), normalized(column)))

        return Add((part(0, cut), part(cut, columns)))

    def _split(self, claim: Claim, sizes: JoinedSizes) -> Iterator[Claim]:
        """Yield the claims that one about W of [h, x] makes: one about U, one about W."""
        left = claim.left.tree
        stem = left.name.removeprefix("d_") if isinstance(left, Symbol) else ""
        outer = stem == "W" and any(part_on(side.tree, True) is not None for side in claim.sides)
        if not isinstance(left, Symbol) or not (stem == STEM or outer):
            yield claim
            return
        for name in ("U", "W"):
            of = replace(left, name=left.name.replace(stem, name))
            sides = tuple(
                replace(side, tree=cut)
                for side in claim.sides
                if (cut := self._columns(side.tree, sizes, name == "U")) is not None
            )
            if sides:
                yield replace(claim, left=replace(claim.left, tree=of), sides=sides)

    def _columns(self, node: Expression, sizes: JoinedSizes, of_h: bool) -> Expression | None:
        """Return the columns of a value of W on [h, x] that stand on h, or on x; None for other sides."""
        node = normalized(node)
        if (formula := part_on(node, of_h)) is not None:
            return formula
        if not isinstance(node, Array) or not node.rows or not sizes.units:
            return None
        rows = node.rows
        if len(rows) > 1 and all(len(row) == 1 for row in rows) and sizes.units == 1:
            rows = node.transposed().rows  # one unit's weights, as a column
        columns = len(rows[0])
        if columns <= sizes.units or len({len(row) for row in rows}) > 1:
            return None
        first_is_h = self.concatenated == "h x"
        cut = sizes.units if first_is_h else columns - sizes.units
        wanted = slice(0, cut) if of_h == first_is_h else slice(cut, columns)
        return normalized(Array(tuple(row[wanted] for row in rows)))


PLAIN = Dialect()


def _called_at(node: Expression, t: int) -> Expression:
    """Return the tree with dc_next, dh_next and c_prev, as programs call them, beside step t."""
    if not isinstance(node, Symbol):
        return rebuild(node, lambda child: _called_at(child, t))
    name = name_of(node)
    called = name is not None and CALLED & {text.strip("()") for text in name.low}
    if not called or node.step is None or not node.step.base:
        return node
    return replace(node, step=Step("", t + node.step.offset))


def part_on(node: Expression, of_h: bool) -> Expression | None:
    """Return a formula with one [h, x] in it, as δf [h, x]ᵀ, with h or x in its place; None for others."""
    joined = [each for each in walk(node) if isinstance(each, Array) and _names_of(each) == {"out", "x"}]
    if len(joined) != 1 or joined[0] is node:
        return None
    entries = [entry for row in joined[0].rows for entry in row]
    wanted = next(e for e in entries if isinstance(e, Symbol) and (e.name == "out") is of_h)

    def put(each: Expression) -> Expression:
        return wanted if each is joined[0] else rebuild(each, put)

    return put(node)


def _names_of(array: Array) -> set[str]:
    """Return the names of the symbols that an array of two is made of."""
    entries = [entry for row in array.rows for entry in row]
    symbols = [entry.name for entry in entries if isinstance(entry, Symbol)]
    return set(symbols) if len(symbols) == len(entries) == 2 else set()


def _joined_sizes(reading: Reading) -> JoinedSizes:
    """Return how many units the document has, as its biases and states tell, and the columns of its W."""
    units, width = 1, 0
    for claim in reading.claims:
        left = claim.left.tree
        if not isinstance(left, Symbol) or left.name not in (*OF_UNITS, "W"):
            continue
        values = [node for side in claim.sides if isinstance(node := normalized(side.tree), Array)]
        values = [node for node in values if node.rows]
        if left.name == "W":
            width = max([width, *(len(node.rows[0]) for node in values)])
        else:
            sizes = [max(len(node.rows), len(node.rows[0])) for node in values]
            units = max([units, *(size for size in sizes if size < MOST_UNITS)])
    return JoinedSizes(units, width)
