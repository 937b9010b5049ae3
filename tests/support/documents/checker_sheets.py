"""Worked sheets as a reader would hand them to the judge, right ones and ones with a known mistake in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

import gatewise
from gatewise.cells.known.lstm import EQUATIONS, STEP_GRADIENTS, TRACED, Equation
from gatewise.cells.quantities import quantities_of
from gatewise.expression import Array, Expression, Number, Product, Step, Symbol, rebuild, walk
from gatewise.teach.checker.read.reading import Claim, Place, Printed, Reading, Side
from gatewise.teach.worksheet.work import build
from gatewise.teach.worksheet.work.build import SequenceProblem, _enter_given, _Run
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.working import Working


@dataclass
class Person:
    """Who works a sheet out: how they round, what formulas they believe in, what they write down."""

    digits: int = 5
    rounding: str = "hand"
    ties: str = "half-up"
    detail: str = "example"  # "example", "substituted" or "results"
    believes: Mapping[Equation, Expression] = field(default_factory=dict)  # wrong right-hand sides
    at: int | None = None  # the step at which the wrong formula is used; None: at every step
    slips: Mapping[str, Callable[[np.ndarray], np.ndarray]] = field(
        default_factory=dict
    )  # by line id, on texts
    general: bool = False  # whether the formulas are stated first
    guards: bool = True  # whether numbers are put in with as many more digits as their line needs
    by_gate: bool = False  # whether the gradient of a gate itself comes before that of the sum inside it


def random_problem(rng, steps, input_size, hidden_size, digits=2, learning_rate=0.1) -> SequenceProblem:
    def draw(*shape):
        return np.round(rng.uniform(-1, 1, shape), digits)

    H = hidden_size
    params = gatewise.Params(W=draw(4 * H, input_size), U=draw(4 * H, H), b=draw(4 * H))
    zero = np.zeros(H)
    return SequenceProblem(
        params, draw(steps, input_size) * 2, draw(steps, H), gatewise.State(zero, zero), learning_rate, {}
    )


def work(problem: SequenceProblem, person: Person) -> Working:
    """The lines of one update, worked as `person` works them."""
    working = Working(
        len(problem.x), problem.shapes(),
        digits=person.digits, rounding=person.rounding, ties=person.ties,
    )  # fmt: skip
    run = _Run(problem, problem.params)
    _enter_given(working, problem, None)
    mistaken = bool(person.believes or person.slips)
    if person.believes:
        _enter_nothing_outside(working, problem)
    for equation, t in quantities_of().order_of_work(len(problem.x)):
        wrong = person.believes.get(equation) if person.at is None or t in (person.at, None) else None
        used = replace(equation, right=wrong) if wrong is not None else equation
        line = working.derive(used, t, None if mistaken else run.traced(equation, t))
        if line.id in person.slips:
            _slip(working, line, person.slips[line.id])
    return working


def _enter_nothing_outside(working: Working, problem: SequenceProblem) -> None:
    """Zeros before the first step and after the last, for wrong formulas that reach there; not on the sheet."""
    D, H = problem.params.input_size, problem.params.hidden_size
    sizes = dict.fromkeys((*TRACED, *STEP_GRADIENTS, "delta", "label"), H) | {"x": D}
    for name, size in sizes.items():
        for t in (-2, -1, working.steps, working.steps + 1):
            symbol = Symbol(name, step=Step("", t))
            if symbol not in working._table:
                working.give(symbol, np.zeros(size))
                working.lines.pop()


def _slip(working: Working, line: Line, change: Callable[[np.ndarray], np.ndarray]) -> None:
    texts = np.vectorize(lambda number: number.text, otypes=[object])(line.numbers())
    texts = change(texts.copy())
    slipped = replace(line, value=texts.astype(np.float64), texts=texts)
    working.lines[-1] = slipped
    working._table[line.left] = slipped


class Paper:
    """Gives every number a place of its own, in reading order."""

    def __init__(self, working: Working | None = None) -> None:
        """Take a working to write its numbers without guard digits."""
        self.offset = 0
        self.values = [] if working is None else [float(v) for line in working for v in np.ravel(line.value)]

    def side(self, tree: Expression) -> Side:
        start = self.offset
        marked = self._mark(tree)
        self.offset += 1
        return Side(marked, Place(start, self.offset - start, 1, start + 1), "")

    def _shorter(self, text: str, guard: int) -> str:
        """Return a number as it is shown elsewhere: its value, rounded; as it is if two values may be its own."""
        if "e" in text:
            return text
        decimals = len(text.partition(".")[2])
        unit = Decimal(1).scaleb(guard - decimals)
        near = sorted(self.values, key=lambda value: abs(value - float(text)))
        own = [near[0], *(value for value in near[1:] if abs(value - float(text)) <= 0.51 * 10.0**-decimals)]
        shown = {format(Decimal(repr(value)).quantize(unit, ROUND_HALF_UP), "f") for value in own}
        if len(shown) > 1:
            return text
        (only,) = shown
        return only.removeprefix("-") if float(only) == 0 else only

    def _mark(self, node: Expression) -> Expression:
        if isinstance(node, Number):
            if node.guard and self.values:
                node = Number(self._shorter(node.text, node.guard))
            at = Place(self.offset, len(node.text), 1, self.offset + 1)
            self.offset += len(node.text) + 1
            return Printed(node.text, node.guard, at)
        return rebuild(node, self._mark)


def reading_of(working: Working, person: Person | None = None) -> Reading:
    """What is read of a sheet."""
    person = person or Person()
    paper = Paper(None if person.guards else working)
    claims = []
    if person.general:
        claims += [
            Claim(paper.side(e.left), (paper.side(person.believes.get(e, e.right)),), e.id) for e in EQUATIONS
        ]
    for line in working:
        sides: list[Expression] = []
        if line.formula is not None and person.detail == "example":
            sides.append(line.formula)
        if line.formula is not None and person.detail != "results" and line.substituted is not None:
            sides.append(line.substituted)
        left = line.left
        if left.name == "carried" and person.detail == "results":
            continue
        if person.by_gate and line.formula is not None and left.name in GATE_GRADIENTS:
            by_itself, sides = _by_gate(working, line, sides, person.digits)
            if by_itself:
                claims.append(
                    Claim(paper.side(by_itself[0]), tuple(map(paper.side, by_itself[1:])), f"D{line.id[1:]}")
                )
        claims.append(
            Claim(paper.side(left), tuple(paper.side(side) for side in (*sides, line.shown)), line.id)
        )
    return Reading(" " * paper.offset, tuple(claims))


GATE_GRADIENTS = ("d_a", "d_i", "d_f", "d_o")


def _by_gate(working: Working, line: Line, sides: list[Expression], digits: int):
    """Return ∂L/∂f_t of a line δf_t as a chain of its own, and the sides that are left for δf_t."""
    formula = line.formula
    assert formula is not None
    gate = Symbol(line.left.name[2:], step=line.left.step)
    parts = formula.factors if isinstance(formula, Product) and formula.operation == "hadamard" else ()
    of_gate = [
        k for k, factor in enumerate(parts) if {n for n in walk(factor) if isinstance(n, Symbol)} == {gate}
    ]
    bare = [k for k in of_gate if parts[k] == gate]
    kept = (
        bare[-1:] if gate.name != "a" else []
    )  # the gate in its slope, which a wrong formula may have twice
    first = [k for k in range(len(parts)) if k not in of_gate or (k in bare and k not in kept)]
    if not first or len(first) == len(parts) or any(
        not isinstance(side, Product) or len(side.factors) != len(parts) for side in sides
    ):  # fmt: skip
        return (), sides
    by_itself = Symbol(f"by_itself_{gate.name}", step=gate.step)
    value = np.ravel(working.evaluate(_product([parts[k] for k in first])))
    texts = [f"{number + 0.0:.{digits}f}" for number in value]
    texts = [text.replace("-", "") if float(text) == 0 else text for text in texts]
    shown = Number(texts[0]) if len(texts) == 1 else Array(tuple((Number(text),) for text in texts))
    chains, left = [], []
    for side in sides:
        chains.append(_product([side.factors[k] for k in first], side.operation))
        rest = [side.factors[k] for k in range(len(parts)) if k not in first]
        symbolic = any(isinstance(node, Symbol) for node in walk(side))
        left.append(_product([by_itself if symbolic else shown, *rest], side.operation))
    return (by_itself, *chains, shown), left


def _product(factors: list[Expression], operation: str = "hadamard") -> Expression:
    return factors[0] if len(factors) == 1 else Product(operation, tuple(factors))


__all__ = ["Person", "build", "random_problem", "reading_of", "work"]
