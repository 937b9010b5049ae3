"""How the formulas of a document are built: which one carries the state, which ones are gates.

Everything here is in the document's own letters; what they mean is what is looked for. A formula that
multiplies S_{t−1} by something and adds something else carries the state S, whatever S is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Symbol,
    Transpose,
    factors_of,
    terms_in_order,
    walk,
)
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.reading.own import own_symbol, whole_tree, without_unit
from gatewise.teach.checker.read.names import is_unit
from gatewise.teach.checker.read.reading import Place, Reading

Key = tuple[str, str]  # a letter and its indices, without its step
MOST_FORMULAS = 4000
DERIVED = "δΔ∂"  # what the names of derivatives begin with


@dataclass(frozen=True)
class Formula:
    """A formula as it stands: its left side and one symbolic side, in the document's own letters."""

    left: Symbol
    tree: Expression
    at: Place
    source: str


@dataclass(frozen=True)
class Carries:
    """S_t = P ⊙ S_{t−1} + Q ⊙ R: `kept` is P or None, `added` Q and R; `complement` says who is 1 − of whom.

    `complement` is "kept" where P is 1 − Q or 1 − R, "added" where one of these is 1 − P, else "".
    """

    formula: Formula
    state: Key
    kept: Key | None
    added: tuple[Key, ...]
    complement: str = ""


@dataclass(frozen=True)
class Shows:
    """H_t = O ⊙ f(S_t)."""

    formula: Formula
    out: Key
    gate: Key
    state: Key


@dataclass(frozen=True)
class Weighed:
    """A weight times a vector, so many steps from that of the formula."""

    weight: Key
    vector: Key
    offset: int


@dataclass(frozen=True)
class GateFormula:
    """X_t = f(W v + U w + b), or the sum alone: `function` is then ""."""

    formula: Formula
    key: Key
    function: str
    weighed: tuple[Weighed, ...]
    biases: tuple[Key, ...]
    joined: tuple[Key, tuple[tuple[Key, int], ...]] | None = None  # W and what stands in its [h, x]
    rest: tuple[Expression, ...] = ()  # terms that are none of these


@dataclass(frozen=True)
class Activates:
    """X_t = f(Z_t): a gate by its pre-activation, which is a letter of its own."""

    formula: Formula
    key: Key
    function: str
    inner: Key


@dataclass
class Structure:
    """The formulas of a document by what they do."""

    carries: list[Carries] = field(default_factory=list)
    shows: list[Shows] = field(default_factory=list)
    gates: list[GateFormula] = field(default_factory=list)
    activates: list[Activates] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    joins: dict[Key, tuple[tuple[Key, int], ...]] = field(default_factory=dict)  # z_t = [h_{t−1}, x_t]


def key_of(symbol: Symbol) -> Key:
    return symbol.name, symbol.part


def structure_of(reading: Reading) -> Structure:
    """Find how the formulas of a document are built."""
    formulas = [formula for formula, _ in zip(_formulas(reading), range(MOST_FORMULAS), strict=False)]
    found = Structure(formulas=formulas)
    for formula in formulas:
        if isinstance(formula.tree, Array) and (joined := _joined(formula.tree, formula.left)):
            found.joins.setdefault(key_of(formula.left), joined)
    for formula in formulas:
        if (carries := _carries(formula)) is not None:
            found.carries.append(carries)
        elif (shows := _shows(formula)) is not None:
            found.shows.append(shows)
        elif (activates := _activates(formula, found)) is not None:
            found.activates.append(activates)
        elif (gate := _gate(formula, found)) is not None:
            found.gates.append(gate)
    return found


def _formulas(reading: Reading) -> Iterator[Formula]:
    for claim in reading.claims:
        tree = claim.left.tree.argument if isinstance(claim.left.tree, Transpose) else claim.left.tree
        if not isinstance(tree, Symbol) or is_unit(tree):
            continue
        left = own_symbol(without_unit(tree))
        if left.name[:1] in DERIVED:
            continue
        for side in claim.sides:
            tree = normalized(side.tree)
            if any(isinstance(node, Symbol) for node in walk(tree)):
                yield Formula(left, whole_tree(tree), side.at, side.source)


def complement_of(node: Expression) -> Symbol | None:
    """Return Z of 1 − Z."""
    if isinstance(node, Add) and len(node.terms) == 2:
        one, other = node.terms
        if isinstance(other, Number):
            one, other = other, one
        if isinstance(one, Number) and one.text in ("1", "1.0") and isinstance(other, Negative):
            return other.argument if isinstance(other.argument, Symbol) else None
    return None


def _is_before(node: Expression, left: Symbol) -> bool:
    """Return whether a node is the left side's quantity, one step before."""
    return isinstance(node, Symbol) and key_of(node) == key_of(left) and _offset(node, left) == -1


def _offset(node: Symbol, left: Symbol) -> int | None:
    """Return by how many steps a symbol stands after the left side; None if one has no step."""
    if node.step is None or left.step is None or node.step.base != left.step.base:
        return None
    return node.step.offset - left.step.offset


def _carries(formula: Formula) -> Carries | None:
    left, terms = formula.left, terms_in_order(formula.tree)
    if left.step is None or len(terms) != 2:
        return None
    for old, new in (terms, terms[::-1]):
        kept, added = factors_of(old), factors_of(new)
        before = [node for node in kept if _is_before(node, left)]
        if len(before) != 1 or len(kept) > 2 or len(added) != 2 or _is_before(added[0], left):
            continue
        kept = [node for node in kept if node is not before[0]]
        keys, complement = [], ""
        for node in added:
            other = complement_of(node)
            if other is not None:
                complement = "added"
            inner = other or (node.argument if isinstance(node, Call) else node)
            if isinstance(inner, Symbol) and inner.step is not None:
                keys.append(key_of(inner))
        if len(keys) != 2:
            continue
        gate: Key | None = None
        if kept:
            other = complement_of(kept[0])
            inner = other or kept[0]
            if not isinstance(inner, Symbol) or inner.step is None:
                continue
            gate = key_of(inner)
            if other is not None:
                complement = "kept"
        return Carries(formula, key_of(left), gate, tuple(keys), complement)
    return None


def _shows(formula: Formula) -> Shows | None:
    left, factors = formula.left, factors_of(formula.tree)
    if left.step is None or len(factors) != 2:
        return None
    for gate, shown in (factors, factors[::-1]):
        inner = shown.argument if isinstance(shown, Call) and shown.function == "tanh" else None
        if (
            isinstance(gate, Symbol)
            and isinstance(inner, Symbol)
            and _offset(gate, left) == _offset(inner, left) == 0
        ):
            return Shows(formula, key_of(left), key_of(gate), key_of(inner))
    return None


def _activates(formula: Formula, found: Structure) -> Activates | None:
    tree = formula.tree
    if isinstance(tree, Call) and isinstance(tree.argument, Symbol) and tree.function in ("tanh", "sigmoid"):
        inner = tree.argument
        if inner.step is not None and key_of(inner) not in found.joins:
            return Activates(formula, key_of(formula.left), tree.function, key_of(inner))
    return None


def _gate(formula: Formula, found: Structure) -> GateFormula | None:
    tree = formula.tree
    function = tree.function if isinstance(tree, Call) else ""
    inner = tree.argument if isinstance(tree, Call) else tree
    if function not in ("", "tanh", "sigmoid", "relu"):
        return None
    weighed: list[Weighed] = []
    biases: list[Key] = []
    rest: list[Expression] = []
    joined: tuple[Key, tuple[tuple[Key, int], ...]] | None = None
    for term in terms_in_order(inner):
        factors = factors_of(term)
        if len(factors) == 1 and isinstance(term, Symbol) and term.step is None:
            biases.append(key_of(term))
        elif len(factors) == 2 and (product := _weighed(factors, formula.left, found)):
            if isinstance(product, Weighed):
                weighed.append(product)
            else:
                joined = product
        else:
            rest.append(term)
    if not weighed and joined is None:
        return None
    return GateFormula(
        formula, key_of(formula.left), function, tuple(weighed), tuple(biases), joined, tuple(rest)
    )


def _weighed(
    factors: list[Expression], left: Symbol, found: Structure
) -> Weighed | tuple[Key, tuple[tuple[Key, int], ...]] | None:
    """Return what a product of a weight and a vector is; the weight is the one without a step."""
    for weight, vector in (factors, factors[::-1]):
        weight = weight.argument if isinstance(weight, Transpose) else weight
        if not isinstance(weight, Symbol) or weight.step is not None:
            continue
        if isinstance(vector, Array) and (joined := _joined(vector, left)):
            return key_of(weight), joined
        if not isinstance(vector, Symbol):
            continue
        if key_of(vector) in found.joins:
            return key_of(weight), found.joins[key_of(vector)]
        if vector.step is not None:
            offset = _offset(vector, left)
            if offset in (0, -1):
                return Weighed(key_of(weight), key_of(vector), offset)
    return None


def _joined(array: Array, left: Symbol) -> tuple[tuple[Key, int], ...]:
    """Return what stands in [h_{t−1}, x_t], with the step of each from that of the formula; () if no such."""
    entries = [_through_gate(entry, left) for row in array.rows for entry in row]
    found = []
    for entry in entries:
        offset = _offset(entry, left) if isinstance(entry, Symbol) else None
        if not isinstance(entry, Symbol) or offset not in (0, -1):
            return ()
        found.append((key_of(entry), offset))
    return tuple(found) if len(found) > 1 else ()


def _through_gate(entry: Expression, left: Symbol) -> Expression:
    """Return h_{t−1} of r_t ⊙ h_{t−1}; another entry as it is."""
    factors = [node for node in factors_of(entry) if isinstance(node, Symbol) and _offset(node, left) == -1]
    return factors[0] if len(factors) == 1 and len(factors_of(entry)) == 2 else entry
