"""The backward pass of a cell, derived from its forward equations: reverse mode on named quantities.

The rules are those of the worked example:

- δ of a gate is taken before its activation, whose slope stands last and is written in the gate's own value;
  so is that of a clip: [low < value < high] is 1 where that holds, and 0 at the limits and beyond;
- δ of a quantity is the sum of its ways: those of the same step, then those from step t+1; ways that begin
  with the same δ are joined;
- a quantity has a Δ of its own, the gradient that it gets from step t+1, if the loss sees it or if one of its
  ways from there goes through a matrix; else those ways stand in its δ;
- quantities are worked out as soon as all that they need is known: first what is no gate, from the last
  equation to the first, then the gates; then δx, then the Δs;
- all gates share one product with the transposed matrix where each gate's own δ meets the same quantity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gatewise.cells import sentences
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import EQUATIONS, over_steps, update
from gatewise.cells.record import CellError, Record
from gatewise.cells.ways import (
    Way,
    at_t,
    d,
    functions_before,
    joined,
    multiplied,
    shifted,
    signed,
    slope_of,
    ways_of,
)
from gatewise.expression import (
    Add,
    Expression,
    Step,
    Symbol,
    outer,
    walk,
)

MOST_NODES = 20_000
LOSS = tuple(each for each in EQUATIONS if each.phase == "loss" or each.id == "B0")  # whatever the cell


@dataclass(frozen=True)
class Delta:
    """What the δ of a quantity is made of: (now + back) ⊙ slope.

    Attributes
    ----------
    now : tuple of Expression
        What comes from the same step.
    back : tuple of Expression
        What comes from the step after it, written at that step; of a quantity with a Δ of its own, that is Δ.
    slope : tuple of Expression
        Of a gate, the factors of its activation's slope; of what is clipped, whether it is within its limits.
    """

    now: tuple[Expression, ...]
    back: tuple[Expression, ...]
    slope: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """What follows from a cell's forward equations.

    Attributes
    ----------
    loss, backward, gradients, updates : tuple of Equation
        L1 and B0 to start from, then B1, B2, …; G1, …; P1 of each parameter.
    order : tuple of str
        The quantities in the order in which their δ are found.
    returning : tuple of str
        The carried quantities with a Δ of their own.
    deltas : dict
        What each δ is made of.
    ways : dict
        The uses of each quantity and parameter.
    notes : tuple of str
        What is to be known beside the equations: what stands for a step that does not exist, and which
        carried quantity reaches its own past without a matrix.
    """

    loss: tuple[Equation, ...]
    backward: tuple[Equation, ...]
    gradients: tuple[Equation, ...]
    updates: tuple[Equation, ...]
    order: tuple[str, ...]
    returning: tuple[str, ...]
    deltas: dict[str, Delta]
    ways: dict[str, tuple[Way, ...]]
    notes: tuple[str, ...]


def derive(cell: Record) -> Derivation:
    """Derive the backward pass and the gradients of a cell.

    Raises
    ------
    CellError
        If what follows from its equations is longer than anybody can read.
    """
    work = _Derivation(cell)
    terms = (*work.deltas.values(),)
    size = sum(1 for made in terms for part in (*made.now, *made.back, *made.slope) for _ in walk(part))
    if size > MOST_NODES:
        raise CellError(
            f"the backward pass of cell {cell.name} has {size:,} names and signs; at most {MOST_NODES:,} are "
            "written. Give what is used again a name of its own."
        )
    ids = {equation.left.name: equation.id for equation in cell.forward}
    backward = tuple(
        Equation(f"B{number}", "backward", left, right, sentences.backward(work, left, ways, ids))
        for number, (left, right, ways) in enumerate(work.backward(), 1)
    )
    gradients = []
    number = {name: place for place, name in enumerate(cell.parameters, 1)}
    for left, right, ways in work.gradients():
        name = left.name.removeprefix("d_")
        id = f"G{number[name]}[{left.part}]" if left.part else f"G{number[name]}"
        gradients.append(Equation(id, "gradients", left, right, sentences.gradient(left, ways)))
    return Derivation(
        LOSS, backward, tuple(gradients), tuple(map(update, cell.parameters)), tuple(work.order),
        work.returning, work.deltas, {name: tuple(ways) for name, ways in work.ways.items()},
        sentences.notes(work),
    )  # fmt: skip


def _added(terms: Sequence[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _joined(ways: Sequence[Way]) -> Expression:
    """Return the ways of one δ without a matrix as one product."""
    delta = replace(d(ways[0].user), step=Step())
    factors = joined(ways)
    negative = len(ways) == 1 and ways[0].negative
    return signed(negative, multiplied(delta, factors))


class _Derivation:
    """Goes through a cell's equations once; `derive` keeps what it finds."""

    def __init__(self, cell: Record) -> None:
        self.cell = cell
        ways = [way for equation in cell.forward for way in ways_of(equation, cell.gates)]
        self.ways: dict[str, list[Way]] = {}
        for way in ways:
            self.ways.setdefault(way.symbol.name, []).append(way)
        self.order = self._order_of_work()
        place = {name: number for number, name in enumerate(self.order)}
        for uses in self.ways.values():
            uses.sort(key=lambda way: place[way.user])  # stable: within an equation as it is read
        self.returning = tuple(
            name
            for name in cell.carried
            if any(
                way.later and (way.matrix is not None or name == cell.carried[0])
                for way in self.ways.get(name, ())
            )
        )
        self.deltas = {name: self._delta(name) for name in self.order}

    def _order_of_work(self) -> list[str]:
        """Return the quantities in the order in which their δ are found."""
        names = [equation.left.name for equation in self.cell.forward]
        waiting = [name for name in reversed(names) if name not in self.cell.gates]
        waiting += [name for name in names if name in self.cell.gates]
        found: list[str] = []
        while waiting:
            ready = next(
                name
                for name in waiting
                if all(way.user in found for way in self.ways.get(name, ()) if not way.later)
            )
            waiting.remove(ready)
            found.append(ready)
        return found

    def terms(self, ways: Sequence[Way]) -> list[Expression]:
        """Return what these ways add up to, term by term."""
        terms: list[Expression] = []
        done: set[str] = set()
        for user in dict.fromkeys(way.user for way in ways):
            own = [way for way in ways if way.user == user]
            plain = [way for way in own if way.matrix is None]
            if plain:
                terms.append(_joined(plain))
            for name in dict.fromkeys(way.matrix.name for way in own if way.matrix is not None):
                if name not in done:
                    done.add(name)
                    terms += self._back(name, ways)
        return terms

    def next_terms(self, name: str) -> list[Expression]:
        """Return what a quantity gets from step t+1, term by term."""
        return [shifted(term) for term in self.deltas[name].back]

    def _delta(self, name: str) -> Delta:
        ways = self.ways.get(name, [])
        equation = self.cell.equation(name)
        before, _ = functions_before(equation, self.cell.gates)
        slope = slope_of(before, equation.left)
        return Delta(
            tuple(self.terms([way for way in ways if not way.later])),
            tuple(self.terms([way for way in ways if way.later])),
            slope,
        )

    def _back(self, name: str, ways: Sequence[Way]) -> list[Expression]:
        """Return the terms of one transposed matrix, or of its parts."""
        through = [(way.matrix, way) for way in ways if way.matrix is not None and way.matrix.name == name]
        if self.is_stack(name, [(matrix.part, way) for matrix, way in through]):
            return [Symbol(name).T @ at_t("d_gates")]
        if parts := self.cell.parts_of(name):
            through.sort(key=lambda pair: parts.index(pair[0].part))
        return [signed(way.negative, matrix.T @ at_t(f"d_{way.user}")) for matrix, way in through]

    def is_stack(self, name: str, ways: Sequence[tuple[str, Way]]) -> bool:
        """Say whether the rows of all gates meet the same, each by its own gate's δ alone."""
        gates = self.cell.gates
        return (
            len(gates) > 1
            and self.cell.parts_of(name) == gates
            and sorted(part for part, _ in ways) == sorted(gates)
            and all(part == way.user and not way.negative and not way.factors for part, way in ways)
        )

    # Equations --------------------------------------------------------------------------------------------

    def backward(self) -> Iterator[tuple[Symbol, Expression, list[Way]]]:
        """Yield the left and right sides of the backward pass, and the ways that they are made of."""
        for name in self.order:
            ways = self.ways.get(name, [])
            yield at_t(f"d_{name}"), self._formula(name), ways
        inputs = self.ways.get("x", [])
        yield at_t("d_x"), _added(self.terms(inputs)), inputs
        for name in self.returning:
            ways = [way for way in self.ways.get(name, ()) if way.later]
            yield at_t(f"delta_{name}").prev, _added(self.deltas[name].back), ways

    def _formula(self, name: str) -> Expression:
        """Return δ of a quantity as the document writes it."""
        delta = self.deltas[name]
        seen = [at_t("delta")] if name == self.cell.carried[0] else []
        back = [at_t(f"delta_{name}")] if name in self.returning else self.next_terms(name)
        return multiplied(_added([*seen, *delta.now, *back]), delta.slope)

    def gradients(self) -> Iterator[tuple[Symbol, Expression, list[Way]]]:
        """Yield the gradients of the parameters likewise: of all gates in one where they go together."""
        for name in self.cell.parameters:
            ways = self.ways[name]
            columns = {way.column for way in ways}
            if len(columns) == 1 and self.is_stack(name, [(way.symbol.part, way) for way in ways]):
                yield d(name), self._summed([replace(ways[0], symbol=Symbol(name))], at_t("d_gates")), ways
                continue
            for part in self.cell.parts_of(name) or ("",):
                own = [way for way in ways if way.symbol.part == part]
                yield d(name, part), self._summed(own, None), own

    def _summed(self, ways: Sequence[Way], stacked: Symbol | None) -> Expression:
        terms = []
        plain = [way for way in ways if way.column is None]
        for way in ways:
            if way.column is not None:
                delta = stacked or at_t(f"d_{way.user}")
                terms.append(signed(way.negative, outer(delta, way.column)))
        for user in dict.fromkeys(way.user for way in plain):
            own = [way for way in plain if way.user == user]
            terms.append(stacked if stacked is not None else _joined(own))
        return over_steps(_added(terms))
