"""Edits of products with a matrix: a transpose too many or too few, gates in another order, other rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatewise.cells.cell import Cell
from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.expression import Add, Expression, Product, Step, Symbol, Transpose, text
from gatewise.teach.checker.mistakes.changes import Edit
from gatewise.teach.checker.mistakes.slugs import slug_of


def leave_out_transpose(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Put a matrix for its transpose, gate by gate, since the stacked one would not fit."""
    if isinstance(node, Product) and isinstance(node.factors[0], Transpose):
        matrix, vector = node.factors[0].argument, node.factors[1]
        if isinstance(matrix, Symbol) and vector == Symbol("d_gates", step=Step()):
            gates = cell.gates
            terms = {gate: (replace(matrix, part=gate), Symbol(f"d_{gate}", step=Step())) for gate in gates}
            yield Edit(
                "transpose",
                "no-transpose",
                f"{matrix.name} instead of {text(node.factors[0])}",
                Add(tuple(block @ part for block, part in terms.values())),
            )
            for gate in gates:
                rest = [block.T @ part for name, (block, part) in terms.items() if name != gate]
                yield Edit("block", f"without-d_{gate}", f"δ{gate}ₜ left out of δgatesₜ", Add(tuple(rest)))
            order = GATE_ORDERS["torch"].gates if cell is LSTM else (*gates[1:], gates[0])
            other = dict(zip(gates, order, strict=True))
            mixed = [terms[other[gate]][0].T @ terms[gate][1] for gate in gates]
            yield Edit(
                "order",
                "gate-order",
                f"the rows of {matrix.name} in another order of gates",
                Add(tuple(mixed)),
            )
        elif isinstance(matrix, Symbol):
            name = f"{text(matrix)} instead of {text(node.factors[0])}"
            yield Edit("transpose", f"no-transpose-of-{slug_of(matrix)}", name, matrix @ vector)


def transpose(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Transpose a matrix that is not: Uᵀ out for U out."""
    if isinstance(node, Product) and node.operation == "dot" and isinstance(node.factors[0], Symbol):
        matrix, vector = node.factors
        turned = Transpose(matrix)
        name = f"{text(turned)} instead of {text(matrix)}"
        yield Edit("transposed", f"{slug_of(turned)}-for-{slug_of(matrix)}", name, turned @ vector)


def turn_outer(node: Expression, _cell: Cell) -> Iterator[Edit]:
    """Exchange the factors of an outer product, which transposes it."""
    if isinstance(node, Product) and node.operation == "outer":
        turned = replace(node, factors=node.factors[::-1])
        yield Edit("outer-turned", "transposed", f"{text(turned)} instead of {text(node)}", turned)


def take_rows(node: Expression, cell: Cell) -> Iterator[Edit]:
    """Take W and U of another gate, as who has the rows of two gates exchanged; the bias stays."""
    if not isinstance(node, Add):
        return
    matrices = [symbol for symbol in map(_matrix_of, node.terms) if symbol]
    if len({symbol.part for symbol in matrices}) != 1 or not matrices[0].part:
        return
    own, known = matrices[0].part, quantities_of(cell)
    for other in cell.gates:
        if other != own and all(other in known.parts_of(symbol.name) for symbol in matrices):
            terms = tuple(_with_part(term, other) for term in node.terms)
            name = f"the matrices of {other} instead of those of {own}"
            yield Edit("rows", f"rows-of-{other}", name, Add(terms))


def _matrix_of(term: Expression) -> Symbol | None:
    """Return W or U of a term such as W x."""
    match term:
        case Product("dot", (Symbol("W" | "U") as matrix, _)):
            return matrix
    return None


def _with_part(term: Expression, part: str) -> Expression:
    matrix = _matrix_of(term)
    if matrix is None:
        return term
    assert isinstance(term, Product)
    return replace(term, factors=(replace(matrix, part=part), *term.factors[1:]))
