"""A single entry of a vector or matrix equation, as a scalar equation.

δx_t = Wᵀ·δgates_t has an entry δx_t[0] = W_a[0,0] × δa_t[0] + W_i[0,0] × δi_t[0] + …. Inner products of
more than LONG_DOT terms stay whole and are later shown by their value.
"""

from __future__ import annotations

from dataclasses import replace

from gatewise.cells.quantities import SCALARS
from gatewise.cells.shapes import Shapes
from gatewise.expression import Add, Expression, Product, Symbol, Transpose, rebuild, terms_in, times

LONG_DOT = 8


def entry_of(node: Expression, entry: tuple[int, ...], shapes: Shapes, every: bool = False) -> Expression:
    """Return the scalar expression of one entry of `node`.

    With `every`, the gates' parts of Wᵀ·δgates count as inner products of their own.
    """

    def pick(node: Expression, entry: tuple[int, ...]) -> Expression:
        match node:
            case Symbol():
                return entry_symbol(node, entry, shapes)
            case Product("dot", (Symbol() as matrix, Symbol() as vector)):
                count = shapes.shape(matrix)[1]
                if count > LONG_DOT:
                    return Product("dot", (replace(matrix, entry=entry), vector))
                return _sum(
                    [times(replace(matrix, entry=(*entry, k)), pick(vector, (k,))) for k in range(count)]
                )
            case Product("dot", (Transpose(Symbol() as matrix), Symbol() as vector)):
                return _transposed_dot(matrix, vector, entry[0], shapes, every)
            case Product("outer", (left, right)):
                return times(pick(left, entry[:1]), pick(right, entry[1:]))
            case Product("hadamard", factors):
                return Product("times", tuple(pick(factor, entry) for factor in factors))
            case Add(terms):
                picked = [pick(term, entry) for term in terms]
                return _sum([part for term in picked for part in terms_in(term)])
        return rebuild(node, lambda child: pick(child, entry))

    return pick(node, entry)


def entry_symbol(symbol: Symbol, entry: tuple[int, ...], shapes: Shapes) -> Symbol:
    """One entry of a named quantity; of a stacked one, by its gate: row 3 of δgates is δo[0] if H = 1."""
    if symbol.name in SCALARS:
        return symbol
    if shapes.parts_of(symbol):
        gate, unit = shapes.gate_and_unit(symbol, entry[0])
        if symbol.name == "d_gates":
            return replace(symbol, name=f"d_{gate}", entry=(unit,))
        return replace(symbol, part=gate, entry=(unit, *entry[1:]))
    return replace(symbol, entry=entry)


def entry_id(id: str, symbol: Symbol, entry: tuple[int, ...], shapes: Shapes) -> str:
    """Return the id of one entry, as exercises have it: B7@t=1[0] of the line B7@t=1, G1[a,2] of G1."""
    return f"{id}[{place_in_letters(symbol, entry, shapes)}]"


def place_in_letters(symbol: Symbol, entry: tuple[int, ...], shapes: Shapes) -> str:
    """Write an entry's place: of a stacked quantity gate, unit if there are several, column likewise."""
    if not shapes.parts_of(symbol):
        return ",".join(map(str, entry))
    gate, unit = shapes.gate_and_unit(symbol, entry[0])
    parts = [gate, *([str(unit)] if shapes.units > 1 else [])]
    columns = shapes.shape(symbol)[1:]
    return ",".join([*parts, *(str(column) for column in entry[1:] if columns[0] > 1)])


def _transposed_dot(matrix: Symbol, vector: Symbol, column: int, shapes: Shapes, every: bool) -> Expression:
    """Entry `column` of Wᵀ·δgates, gate by gate, or of Rᵀ·δout."""
    gates = shapes.parts_of(vector)
    blocks = [(replace(matrix, part=gate), replace(vector, name=f"d_{gate}")) for gate in gates]
    rows = shapes.shape(vector)[0]
    terms: list[Expression] = []
    for block, part in blocks or [(matrix, vector)]:
        own = rows // (len(gates) or 1)
        if (own if every else rows) > LONG_DOT:
            terms.append(Product("dot", (replace(block, entry=(None, column)), part)))
        else:
            terms += [
                times(entry_symbol(block, (row, column), shapes), replace(part, entry=(row,)))
                for row in range(own)
            ]
    return _sum(terms)


def _sum(terms: list[Expression]) -> Expression:
    return Add(tuple(terms)) if len(terms) > 1 else terms[0]
