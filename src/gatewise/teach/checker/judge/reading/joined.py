"""One W on [h, x], taken apart: U on h, and W on x."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gatewise.expression import Add, Array, Expression, Product, Symbol, Transpose, rebuild, walk
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.read.reading import Claim, Reading

MOST_UNITS = 1000
STEM = "joined"  # one W on [h, x]
OF_UNITS = ("b", "out", "state", "a", "i", "f", "o")


@dataclass(frozen=True)
class Joined:
    """One W on [h, x]: in which order, of how many units and columns; 0 if that is not told."""

    order: str = ""
    peepholes: bool = False
    units: int = 0
    width: int = 0

    def apart(self, node: Product) -> Expression | None:
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
            if isinstance(inner, Array) and self.units:
                made = self._in_numbers(inner, entries)
                if made is not None:
                    return made
        return None

    def _with_peephole(self, weights: Symbol, entries: list[Expression]) -> Expression | None:
        """Return W [c, h, x] as V ⊙ c + U h + W x; None if other vectors are joined."""
        names = {"state": "V", "out": "U", "x": "W"}
        found = [entry for entry in entries if isinstance(entry, Symbol) and entry.name in names]
        if not self.peepholes or len({entry.name for entry in found}) != len(entries):
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
        h_first = self.order == "h x"
        return [h_first, not h_first]

    def _in_numbers(self, weights: Array, entries: list[Expression]) -> Expression | None:
        if len(weights.rows) == len(entries) and {len(row) for row in weights.rows} == {self.units}:
            weights = weights.transposed()  # of [h, x] W
        columns = len(weights.rows[0]) if weights.rows else 0
        if columns != len(entries) or columns <= self.units or (self.width and columns != self.width):
            return None
        cut = self.units if self.order == "h x" else columns - self.units

        def part(start: int, end: int) -> Product:
            rows = tuple(row[start:end] for row in weights.rows)
            column = Array(tuple((entry,) for entry in entries[start:end]))
            return Product("dot", (normalized(Array(rows)), normalized(column)))

        return Add((part(0, cut), part(cut, columns)))

    def split(self, claim: Claim) -> Iterator[Claim]:
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
                if (cut := self._columns(side.tree, name == "U")) is not None
            )
            if sides:
                yield replace(claim, left=replace(claim.left, tree=of), sides=sides)

    def _columns(self, node: Expression, of_h: bool) -> Expression | None:
        """Return the columns of a value of W on [h, x] that stand on h, or on x; None for other sides."""
        node = normalized(node)
        if (formula := part_on(node, of_h)) is not None:
            return formula
        if not isinstance(node, Array) or not node.rows or not self.units:
            return None
        rows = node.rows
        if len(rows) > self.units and all(len(row) == self.units for row in rows):
            rows = node.transposed().rows  # of [h, x] W, and one unit's weights as a column
        columns = len(rows[0])
        if columns <= self.units or len({len(row) for row in rows}) > 1:
            return None
        first_is_h = self.order == "h x"
        cut = self.units if first_is_h else columns - self.units
        wanted = slice(0, cut) if of_h == first_is_h else slice(cut, columns)
        return normalized(Array(tuple(row[wanted] for row in rows)))


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


def joined_of(reading: Reading, order: str, peepholes: bool) -> Joined:
    """Return one W on [h, x] with as many units as biases and states tell, and its columns."""
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
    return Joined(order, peepholes, units, width)
