"""A worked sheet's claims, as they stand in a dialect: gate by gate, one matrix for both inputs, terms in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dialects.dialect import Dialect

from gatewise.cells.known.lstm import GATES
from gatewise.expression import Add, Array, Expression, Negative, Product, Symbol, Transpose, rebuild, walk
from gatewise.teach.checker.read.reading import Claim, Printed

STACKED = ("W", "U", "b", "d_W", "d_U", "d_b")
SHOWN = ("f", "i", "a", "o")  # the order in which people go through the gates


@dataclass(frozen=True)
class Shaped:
    """One chain of the document: left = sides, and the id of the line that it is of."""

    id: str
    left: Expression
    sides: tuple[Expression, ...]
    gate: str = ""


class Unwritable(ValueError):
    """What this dialect has no way to write."""


class Shaper:
    """Turns the claims of one reading into those of a dialect."""

    def __init__(self, dialect: Dialect, claims: tuple[Claim, ...], H: int, T: int) -> None:
        self.dialect, self.H, self.T = dialect, H, T
        self.claims = {claim.id: claim for claim in claims}

    def shaped(self) -> Iterator[Shaped]:
        for claim in self.claims.values():
            left = claim.left.tree
            sides = tuple(side.tree for side in claim.sides)
            assert isinstance(left, Symbol)
            if left.name == "carried" or self._passed_over(left, claim.id):
                continue
            if left.name in STACKED and not left.part:
                yield from self._by_gate(claim.id, left, sides)
                continue
            if len(sides) > 1:
                sides = self._settled(claim.id, left, sides)
            yield Shaped(claim.id, left, sides)

    def _passed_over(self, left: Symbol, id: str) -> bool:
        step = left.step.offset if left.step else None
        if left.name in ("out", "state") and step == -1:
            return self.dialect.initial != "given"
        return left.name == "delta_out" and step == self.T - 1

    # What is stacked, gate by gate ----------------------------------------------------------------------

    def _by_gate(self, id: str, left: Symbol, sides: tuple[Expression, ...]) -> Iterator[Shaped]:
        other = {"W": "U", "d_W": "d_U"}.get(left.name)
        if self.dialect.concatenated and left.name in ("U", "d_U"):
            return  # it stands beside W
        for gate in SHOWN:
            own = tuple(self._part(side, gate) for side in sides)
            if self.dialect.concatenated and other:
                yield self._beside(id, left, own, gate)
            else:
                yield Shaped(id, replace(left, part=gate), own, gate)

    def _beside(self, id: str, left: Symbol, own: tuple[Expression, ...], gate: str) -> Shaped:
        """Return W and U of a gate as one matrix on [h, x] or [x, h]: the result alone, and the formula of a gradient."""
        beside = {"W": "U", "G1": "G2", "P1[W]": "P1[U]"}[id]
        recurrent = self._part(self.claims[beside].sides[-1].tree, gate)
        parts = (own[-1], recurrent) if self.dialect.weights == "[x, h]" else (recurrent, own[-1])
        rows = [_rows_of(part) for part in parts]
        joined = Array(tuple((*one, *two) for one, two in zip(*rows, strict=True)))
        name = "d_WU" if left.name == "d_W" else "WU"
        return Shaped(id, Symbol(name, part=gate, new=left.new), (joined,), gate)

    def _part(self, node: Expression, gate: str) -> Expression:
        """Return the rows of one gate, in everything that is stacked."""
        if isinstance(node, Array) and node.shape[0] == 4 * self.H and self.H * 4 > 1:
            k = GATES.index(gate)
            rows = node.rows[k * self.H : (k + 1) * self.H]
            return rows[0][0] if len(rows) == len(rows[0]) == 1 else Array(rows)
        if isinstance(node, Symbol) and node.name in STACKED and not node.part:
            return replace(node, part=gate)
        if isinstance(node, Symbol) and node.name == "d_gates":
            return replace(node, name=f"d_{gate}")
        return rebuild(node, lambda child: self._part(child, gate))

    # Within a line ------------------------------------------------------------------------------------

    def _settled(self, id: str, left: Symbol, sides: tuple[Expression, ...]) -> tuple[Expression, ...]:
        *worked, result = sides
        worked = [self._without_end(side) if id[:2] in ("B1", "B2") else side for side in worked]
        worked = [self._spread(side) for side in worked]
        worked = [self._ordered(id, side) for side in worked]
        symbolic = [side for side in worked if any(isinstance(n, Symbol) for n in walk(side))]
        if any(isinstance(n, Symbol) and n.name == "d_gates" for side in worked for n in walk(side)):
            worked = [side for side in worked if side not in symbolic]
        if self.dialect.concatenated and symbolic:
            at = worked.index(symbolic[0])
            joined = self._joined(id, worked[at])
            if joined is None:
                del worked[at]
            else:
                worked[at] = joined
        if len(worked) > 1 and worked[-1] == result:  # δh_T = Δ_T = 0.58, and not = 0.58 = 0.58
            worked.pop()
        return (*worked, result)

    def _without_end(self, node: Expression) -> Expression:
        """Leave out what comes back from beyond the last step."""
        if not isinstance(node, Add):
            return node
        kept = [term for term in node.terms if not self._is_beyond(term)]
        if len(kept) == len(node.terms) or not kept:
            return node
        return kept[0] if len(kept) == 1 else Add(tuple(kept))

    def _is_beyond(self, term: Expression) -> bool:
        if isinstance(term, Symbol) and term.name == "delta_out":
            return bool(term.step and term.step.offset >= self.T - 1)
        symbols = [node for node in walk(term) if isinstance(node, Symbol)]
        if symbols:
            return any(node.step and node.step.offset >= self.T for node in symbols)
        numbers = [node for node in walk(term) if isinstance(node, Printed)]
        return all(number.text == "0" for number in numbers) and isinstance(term, Printed | Array)

    def _spread(self, node: Expression) -> Expression:
        """Write Wᵀ·δgates as a sum over the gates."""
        match node:
            case Product("dot", (Transpose(Symbol(part="")) as matrix, Symbol("d_gates") as vector)):
                assert isinstance(matrix.argument, Symbol)
                return Add(tuple(
                    Transpose(replace(matrix.argument, part=gate)) @ replace(vector, name=f"d_{gate}")
                    for gate in SHOWN
                ))  # fmt: skip
            case Product("dot", (Array() as matrix, Array() as vector)):
                n, H = 4 * self.H, self.H
                if matrix.shape[1] == n and vector.shape == (n, 1):
                    terms = []
                    for k in (GATES.index(gate) for gate in SHOWN):
                        left = Array(tuple(row[k * H : (k + 1) * H] for row in matrix.rows))
                        right = Array(vector.rows[k * H : (k + 1) * H])
                        terms.append(Product("dot", (_single(left), _single(right))))
                    return Add(tuple(terms))
        return rebuild(node, self._spread)

    def _ordered(self, id: str, node: Expression) -> Expression:
        """Put terms and factors in the dialect's order; the same is done to every side of a line."""
        kind = id.partition("@")[0]
        match node:
            case Add(terms) if kind == "F5" and self.dialect.old_first and len(terms) == 2:
                if any(isinstance(term, Negative) for term in terms):
                    return node
                return Add((terms[1], self._turned(terms[0])))
            case Product() if kind == "F6" and self.dialect.gate_first:
                return self._turned(node)
            case _ if kind in ("F1", "F2", "F3", "F4") and self._has_h_first:
                return self._h_first(node)
        return node

    @property
    def _has_h_first(self) -> bool:
        return self.dialect.weights == "[h, x]" or (self.dialect.h_first and not self.dialect.concatenated)

    def _turned(self, node: Expression) -> Expression:
        """Write i ⊙ c̃ for c̃ ⊙ i, o ⊙ tanh(c) for tanh(c) ⊙ o; f ⊙ c stays."""
        if not isinstance(node, Product) or len(node.factors) != 2:
            return node
        first, second = node.factors
        return replace(node, factors=(second, first))

    def _h_first(self, node: Expression) -> Expression:
        if isinstance(node, Add) and len(node.terms) == 3:
            x, h, b = node.terms
            if all(isinstance(term, Product) for term in (x, h)):
                return Add((h, x, b))
        return rebuild(node, self._h_first)

    def _joined(self, id: str, node: Expression) -> Expression | None:
        """Return the sum of a gate with one matrix, or None where that is not how it could be written."""
        if id[:1] != "F" or id[:2] in ("F5", "F6"):
            left_over = any(isinstance(n, Symbol) and n.name in ("W", "U") for n in walk(node))
            return None if left_over else node
        found = []

        def put(node: Expression) -> Expression:
            if isinstance(node, Add):
                pairs = {
                    term.factors[0].name: term
                    for term in node.terms
                    if isinstance(term, Product) and isinstance(term.factors[0], Symbol)
                }
                if set(pairs) == {"W", "U"} and pairs["W"].factors[0].part == pairs["U"].factors[0].part:
                    h_first = self.dialect.weights == "[h, x]"
                    both = ("U", "W") if h_first else ("W", "U")
                    found.append(1)
                    joined = Product("dot", (
                        Symbol("WU", part=pairs["W"].factors[0].part),
                        Array(tuple((pairs[name].factors[1],) for name in both)),
                    ))  # fmt: skip
                    rest = tuple(term for term in node.terms if term not in pairs.values())
                    return Add((joined, *rest)) if rest else joined
            return rebuild(node, put)

        node = put(node)
        names = {n.name for n in walk(node) if isinstance(n, Symbol)}
        return node if found and not names & {"W", "U"} else None


def _single(array: Array) -> Expression:
    return array.rows[0][0] if array.shape == (1, 1) else array


def _rows_of(node: Expression) -> tuple[tuple[Expression, ...], ...]:
    return node.rows if isinstance(node, Array) else ((node,),)


__all__ = ["Shaped", "Shaper", "Unwritable"]
