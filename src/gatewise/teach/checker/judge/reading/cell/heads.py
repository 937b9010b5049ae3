"""Heads: what a document works out of a cell's output, y_t = W_y h_t + b_y, and is none of the cell's."""

from __future__ import annotations

from collections.abc import Iterator

from gatewise.expression import Call, Expression, Number, Symbol, Transpose, factors_of, terms_in_order, walk
from gatewise.teach.checker.judge.reading.cell.letters import OTHER, Letters, usual_in_lstm
from gatewise.teach.checker.judge.reading.structure import Formula, GateFormula, Key, Structure, key_of
from gatewise.teach.checker.read.words import PARAMETERS, STEPPED

FUNCTIONS = ("softmax", "sigmoid", "tanh", "relu")
OUTS = ("h", "H", "out", "hidden")


def find_heads(structure: Structure, letters: Letters) -> None:
    """Find the heads of a document; their letters, weights and biases are none of the cell's.

    Their formulas leave the structure: they say nothing of what W and U stand on.
    """
    outs = {key for key, quantity in letters.names.items() if quantity[0] == "out"}
    outs |= {(word, "") for word in OUTS if (word, "") not in letters.names}
    of_head: list[Formula] = []
    for formula in structure.formulas:
        if _is_quantity(formula.left, letters):
            continue
        if _is_head(formula, outs) or _is_function_of_head(formula, letters):
            letters.heads.setdefault(key_of(formula.left), formula.source)
            of_head.append(formula)
    structure.gates = [gate for gate in structure.gates if gate.formula not in of_head]
    structure.activates = [each for each in structure.activates if each.formula not in of_head]
    used = {key for gate in structure.gates for key in _parameters(gate)}
    for formula in of_head:
        letters.know(key_of(formula.left), OTHER)
        for node in walk(formula.tree):
            if isinstance(node, Symbol) and node.step is None and key_of(node) not in used | outs:
                letters.know(key_of(node), OTHER)


def _is_quantity(left: Symbol, letters: Letters) -> bool:
    """Return whether a letter is a quantity of the cell: known, or a gate's letter without more."""
    key = key_of(left)
    if key in letters.names or left.name in PARAMETERS or STEPPED.get(left.name) in ("x", "loss"):
        return True
    usual = usual_in_lstm(key) if not left.part else ""
    return usual in (*letters.cell.gates, *letters.cell.carried)


def _is_head(formula: Formula, outs: set[Key]) -> bool:
    """Return whether this is a weighed output of the same step, with a bias or none."""
    tree = formula.tree
    inner = tree.argument if isinstance(tree, Call) and tree.function in FUNCTIONS else tree
    weighed = 0
    for term in terms_in_order(inner):
        factors = [f.argument if isinstance(f, Transpose) else f for f in factors_of(term)]
        of_step = [f for f in factors if isinstance(f, Symbol) and (f.step is not None or key_of(f) in outs)]
        others = [f for f in factors if f not in of_step]
        if any(not isinstance(f, (Symbol, Number)) for f in others):
            return False
        if not of_step:
            if len(factors) > 1:
                return False
            continue
        if len(of_step) != 1 or len(others) != 1 or not _is_output(of_step[0], formula.left, outs):
            return False
        weighed += 1
    return weighed == 1


def _is_output(symbol: Expression, left: Symbol, outs: set[Key]) -> bool:
    """Return whether a symbol is the output at the step of the left side, or at any if that has none."""
    if not isinstance(symbol, Symbol) or key_of(symbol) not in outs:
        return False
    return left.step is None or symbol.step is None or symbol.step == left.step


def _is_function_of_head(formula: Formula, letters: Letters) -> bool:
    """Return whether this is softmax or another function of a head alone."""
    tree = formula.tree
    return (
        isinstance(tree, Call)
        and tree.function in FUNCTIONS
        and isinstance(tree.argument, Symbol)
        and key_of(tree.argument) in letters.heads
    )


def _parameters(gate: GateFormula) -> Iterator[Key]:
    yield from (weighed.weight for weighed in gate.weighed)
    yield from gate.biases
    if gate.joined is not None:
        yield gate.joined[0]
