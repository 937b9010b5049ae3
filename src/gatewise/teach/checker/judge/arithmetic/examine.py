"""What a document says by itself: its chains, its contradictions, its scopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gatewise.expression import Symbol, Transpose
from gatewise.teach.checker.judge.arithmetic.chains import Chains, check_chains
from gatewise.teach.checker.judge.arithmetic.contradictions import contradictions
from gatewise.teach.checker.judge.arithmetic.stated import Statements
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.judge.reading.own import left_of, own_symbol, shown_name
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.words import PARAMETERS
from gatewise.teach.checker.report import Finding

WORKED = ("z", "loss", "carried", "gates")


@dataclass(frozen=True)
class Examined:
    """The chains of a document, its contradictions, and what it states."""

    chains: Chains
    contradictions: tuple[tuple[WrittenNumber, WrittenNumber, Finding], ...]
    statements: Statements


def examine(reading: Reading, dialect: Dialect, style: PrintedStyle) -> Examined:
    """Examine a document as it is written; `dialect` says which of its letters are worked out."""
    statements = Statements(reading, _derived(reading, dialect), style.digits)
    chains = check_chains(reading.claims, statements, style)
    named = _names(reading, dialect)
    chains.breaks = [replace(each, finding=_renamed(each.finding, named)) for each in chains.breaks]
    contradicting = contradictions(statements, _is_variable)
    found = tuple((one, other, _renamed(finding, named)) for one, other, finding in contradicting)
    return Examined(chains, found, statements)


def _renamed(finding: Finding, named: Mapping[str, str]) -> Finding:
    return replace(finding, quantity=named.get(finding.quantity, finding.quantity))


def _names(reading: Reading, dialect: Dialect) -> dict[str, str]:
    """Return what quantities are called by the cell's equations, steps from 0, by what findings call them."""
    sizes = Sizes(1, 1, 1, cell=dialect.cell)
    named: dict[str, str] = {}
    for claim in reading.claims:
        tree = claim.left.tree
        inner = tree.argument if isinstance(tree, Transpose) else tree
        if not isinstance(inner, Symbol):
            continue
        own, meant = own_symbol(inner), dialect.symbol(inner)
        if sizes.has_part(meant):
            named.setdefault(shown_name(own), sizes.plain_name(meant))
        else:
            named.setdefault(shown_name(own), shown_name(replace(own, step=meant.step)))
    return named


def _derived(reading: Reading, dialect: Dialect) -> Callable[[Symbol], bool]:
    """Return a function that says of a symbol, in the document's own letters, whether it is worked out."""
    lefts = {equation.left.name for equation in dialect.cell.forward}
    known: dict[Symbol, bool] = {}
    for symbol in reading.symbols:
        if (own := own_symbol(symbol)) not in known:
            meant = dialect.symbol(symbol)
            name = meant.name
            worked = name in lefts or name in WORKED or name.startswith(("d_", "dg_", "delta"))
            before = meant.step is not None and not meant.step.base and meant.step.offset < 0
            known[own] = worked and not (before and not name.startswith("delta"))
    return lambda symbol: known.get(symbol, False)


def _is_variable(symbol: Symbol) -> bool:
    """Return whether a letter may stand for several things in turn: one without a step, or a weight."""
    return symbol.step is None or bool(symbol.step.base) or symbol.name in PARAMETERS


def within(reading: Reading, examined: Examined, scope: int) -> Reading:
    """Return the claims of one scope: its own, general formulas, and givens not stated anew."""
    statements = examined.statements
    own = {stated.key for stated in statements.all if statements.scope(stated.offset) == scope}
    earlier = {
        id(stated.claim)
        for stated in statements.all
        if not stated.worked and statements.scope(stated.offset) < scope and stated.key not in own
    }
    kept = []
    for claim in reading.claims:
        left = left_of(claim)
        general = left is not None and left.step is not None and bool(left.step.base)
        here = statements.scope(claim.left.at.offset) == scope
        if (
            here
            or id(claim) in earlier
            or (general and scope and statements.scope(claim.left.at.offset) < scope)
        ):
            kept.append(claim)
    return replace(reading, claims=tuple(kept))
