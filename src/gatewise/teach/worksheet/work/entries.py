"""A single entry of a vector or matrix equation, as a scalar equation.

δx_t = Wᵀ·δgates_t has an entry δx_t[0] = W_a[0,0] × δa_t[0] + W_i[0,0] × δi_t[0] + …. Inner products of
more than LONG_DOT terms stay whole and are later shown by their value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gatewise.cells.lstm import GATES, STACKED
from gatewise.cells.quantities import gate_and_unit
from gatewise.expression import Add, Expression, Product, Symbol, Transpose, rebuild, terms_in, times

LONG_DOT = 8
_SCALARS = ("learning_rate", "loss")


def entry_of(
    node: Expression,
    entry: tuple[int, ...],
    columns: Mapping[str, int],
    hidden_size: int,
    every: bool = False,
) -> Expression:
    """Return the scalar expression of one entry of `node`; `columns` gives D for "W" and H for "U".

    With `every`, the four gates' parts of Wᵀ·δgates count as inner products of their own.
    """

    def pick(node: Expression, entry: tuple[int, ...]) -> Expression:
        match node:
            case Symbol():
                return entry_symbol(node, entry, hidden_size)
            case Product("dot", (Symbol() as matrix, Symbol() as vector)):
                count = columns[matrix.name]
                if count > LONG_DOT:
                    return Product("dot", (replace(matrix, entry=entry), vector))
                return _sum(
                    [times(replace(matrix, entry=(*entry, k)), pick(vector, (k,))) for k in range(count)]
                )
            case Product("dot", (Transpose(Symbol() as matrix), Symbol() as gates)):
                return _transposed_dot(matrix, gates, entry[0], hidden_size, every)
            case Product("outer", (left, right)):
                return times(pick(left, entry[:1]), pick(right, entry[1:]))
            case Product("hadamard", factors):
                return Product("times", tuple(pick(factor, entry) for factor in factors))
            case Add(terms):
                picked = [pick(term, entry) for term in terms]
                return _sum([part for term in picked for part in terms_in(term)])
        return rebuild(node, lambda child: pick(child, entry))

    return pick(node, entry)


def entry_symbol(symbol: Symbol, entry: tuple[int, ...], hidden_size: int) -> Symbol:
    """One entry of a named quantity; of a stacked one, by its gate: row 3 of δgates is δo[0] if H = 1."""
    if symbol.name in _SCALARS:
        return symbol
    if symbol.name == "d_gates" or (symbol.name in STACKED and not symbol.part):
        gate, unit = gate_and_unit(entry[0], hidden_size)
        if symbol.name == "d_gates":
            return replace(symbol, name=f"d_{gate}", entry=(unit,))
        return replace(symbol, part=gate, entry=(unit, *entry[1:]))
    return replace(symbol, entry=entry)


def entry_id(
    id: str, symbol: Symbol, entry: tuple[int, ...], shape: tuple[int, ...], hidden_size: int
) -> str:
    """Return the id of one entry, as exercises have it: B7@t=1[0] of the line B7@t=1, G1[a,2] of G1."""
    return f"{id}[{place_in_letters(symbol, entry, shape, hidden_size)}]"


def place_in_letters(symbol: Symbol, entry: tuple[int, ...], shape: tuple[int, ...], hidden_size: int) -> str:
    """Write an entry's place: of a stacked quantity gate, unit if there are several, column likewise."""
    if symbol.name not in STACKED:
        return ",".join(map(str, entry))
    gate, unit = gate_and_unit(entry[0], hidden_size)
    parts = [gate, *([str(unit)] if hidden_size > 1 else [])]
    return ",".join([*parts, *(str(column) for column in entry[1:] if shape[1] > 1)])


def _transposed_dot(matrix: Symbol, gates: Symbol, column: int, hidden_size: int, every: bool) -> Expression:
    """Entry `column` of Wᵀ·δgates or Uᵀ·δgates, gate by gate."""
    terms: list[Expression] = []
    for gate in GATES:
        block, d_gate = replace(matrix, part=gate), replace(gates, name=f"d_{gate}")
        if (1 if every else len(GATES)) * hidden_size > LONG_DOT:
            terms.append(Product("dot", (replace(block, entry=(None, column)), d_gate)))
        else:
            terms += [
                times(replace(block, entry=(unit, column)), replace(d_gate, entry=(unit,)))
                for unit in range(hidden_size)
            ]
    return _sum(terms)


def _sum(terms: list[Expression]) -> Expression:
    return Add(tuple(terms)) if len(terms) > 1 else terms[0]
