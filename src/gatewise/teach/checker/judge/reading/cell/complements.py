"""Cells by the other convention: a gate says how much is kept, not how much is replaced."""

from __future__ import annotations

from dataclasses import replace

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import CELLS
from gatewise.expression import Add, Expression, Negative, Number, Product, Symbol, rebuild, with_symbols


def complemented(cell: Cell, gate: str) -> Cell:
    """Return a cell in which one gate says how much is replaced, where it said how much stays; or back."""

    def other(node: Expression) -> Expression:
        if (
            isinstance(node, Add)
            and any(isinstance(term, Number) for term in node.terms)
            and any(isinstance(term, Negative) and _is_gate(term.argument, gate) for term in node.terms)
        ):
            return next(term.argument for term in node.terms if isinstance(term, Negative))
        if _is_gate(node, gate):
            return 1 - node
        return rebuild(node, other)

    forward = tuple(
        replace(equation, right=other(equation.right))
        if equation.left.name == "out" and isinstance(equation.right, (Add, Product))
        else equation
        for equation in cell.forward
    )
    return replace(cell, forward=forward)


def _is_gate(node: Expression, gate: str) -> bool:
    return isinstance(node, Symbol) and node.name == gate


def coupled(by_forget_gate: bool) -> Cell:
    """Return the coupled cell; with `by_forget_gate`, by its forget gate: c_t = f c_{t−1} + (1 − f) c̃_t."""
    cell = CELLS["coupled"]
    if not by_forget_gate:
        return cell
    by_name = {"i": "f"}

    def renamed(symbol: Symbol) -> Symbol:
        name, part = (by_name.get(word, word) for word in (symbol.name, symbol.part))
        return replace(symbol, name=name, part=part)

    forward = []
    for equation in cell.forward:
        left = renamed(equation.left)
        right = _one_minus_exchanged(equation.right) if left.name == "state" else equation.right
        right = with_symbols(right, renamed)
        forward.append(replace(equation, left=left, right=right))
    gates = tuple(by_name.get(gate, gate) for gate in cell.gates)
    words = {by_name.get(gate, gate): said for gate, said in cell.words.items()} | {"f": "forget gate"}
    return replace(cell, gates=gates, forward=tuple(forward), words=words)


def _one_minus_exchanged(node: Expression) -> Expression:
    """Return (1 − i) where i stands, and i where (1 − i) stands."""
    if isinstance(node, Add) and any(
        isinstance(t, Negative) and _is_gate(t.argument, "i") for t in node.terms
    ):
        return next(t.argument for t in node.terms if isinstance(t, Negative))
    if _is_gate(node, "i"):
        return 1 - node
    return rebuild(node, _one_minus_exchanged)
