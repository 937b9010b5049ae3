"""The mistake catalogue: wrong formulas that people use, each with a name, an explanation and its tree.

They are edits of the equations of cells/known/lstm.py (edits.py makes them): PLAUSIBLE keeps those that
people make, and `_by_hand` has the few that no single edit gives. `neighbours` has every edit of an equation,
unlikely ones too: what a printed formula is compared with. Names and explanations are in words.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import (
    BY_ID,
    CARRIED_BACK,
    EQUATIONS,
    GATES,
    STEP_GRADIENTS,
    a,
    d_out,
    d_state,
    f,
    i,
    label,
    o,
    out,
    state,
    x,
)
from gatewise.expression import Call, Expression, Symbol, product, tanh
from gatewise.teach.checker.mistakes.edits import Edit, consistent_edits, edits
from gatewise.teach.checker.mistakes.words import FAMOUS, reason


@dataclass(frozen=True)
class Mistake:
    """A wrong formula for the left side of an equation.

    Attributes
    ----------
    id : str
        Stable and unique: "B2/without-d_state_next*f_next".
    equation : Equation
        The right one, a row of `gatewise.cells.known.lstm.EQUATIONS`.
    right : Expression
        The wrong right-hand side, in the letters and unbound indices of the spec.
    name, why : str
        What a teacher calls it, and one sentence of explanation.
    """

    id: str
    equation: Equation
    right: Expression
    name: str
    why: str

    @property
    def equation_id(self) -> str:
        """The id of the equation: B2."""
        return self.equation.id


def mistakes_for(equation: Equation) -> tuple[Mistake, ...]:
    """Return the catalogue's entries for one row of `EQUATIONS`, those a teacher sees most first."""
    return tuple(mistake for mistake in MISTAKES if mistake.equation is equation)


@cache
def neighbours(equation: Equation) -> tuple[Mistake, ...]:
    """Return every formula one edit away from the equation, those of the catalogue first."""
    entries = {mistake.right: mistake for mistake in mistakes_for(equation)}
    known = {mistake.id for mistake in entries.values()}
    for edit in (*consistent_edits(equation.right), *edits(equation.right)):
        if edit.right not in entries and edit.right != equation.right:
            entry = _entry(equation, edit)
            again = sum(id.split("#")[0] == entry.id for id in known)
            id = f"{entry.id}#{again + 1}" if again else entry.id  # the same edit at another place
            known.add(id)
            entries[edit.right] = Mistake(id, equation, edit.right, entry.name, entry.why)
    return tuple(entries.values())


def prefix_of(equation: Equation) -> str:
    """Return how the ids of an equation's mistakes begin: its own id; that of the total loss is L1[total]."""
    return "L1[total]" if equation is BY_ID["L1"] else equation.id


def _entry(equation: Equation, edit: Edit) -> Mistake:
    id = f"{prefix_of(equation)}/{edit.slug}"
    name, why = FAMOUS.get(id, (edit.name, reason(equation, edit)))
    return Mistake(id, equation, edit.right, name, why)


# Which edits people make ------------------------------------------------------------------------------------

# Quantities whose time index is easily one off, for they are remembered from one step to another.
REMEMBERED = ("state", "out", "x", "label", "d_state", "d_gates", "delta_out")
COMES_LATER = (
    *STEP_GRADIENTS,
    "d_gates",
    "label",
    "f",
)  # what a step may be thought to take from the one after it
EASILY_CONFUSED = {
    "a": ("i",),
    "i": ("a", "f", "o"),
    "f": ("i", "o"),
    "o": ("i", "f"),
}  # gates easily taken for one another
NEXT_ROW = {"a": "i", "i": "f", "f": "o", "o": "f"}  # as are the parameters of the gate in the next row


def _one_step_off(equation: Equation, edit: Edit) -> bool:
    assert edit.old
    assert edit.new
    assert edit.new.step
    offset = edit.new.step.offset
    if edit.old.name == "f":
        return equation.phase == "backward" and offset in (0, 1)  # f_{t+1} in B2, f_t in B5
    if edit.old == out and equation.id in ("L1", "B0"):
        return False  # the label is what is taken from another step
    if offset > 0 and edit.new.name not in COMES_LATER:
        return False
    return edit.old.name in REMEMBERED and abs(offset) < 2 and _is_known(equation, edit.new)


def _neighbouring_gate(_equation: Equation, edit: Edit) -> bool:
    assert edit.old
    assert edit.new
    if edit.old.part:
        return edit.old.name != "b" and edit.new.part == NEXT_ROW[edit.old.part]
    return edit.new.name in EASILY_CONFUSED[edit.old.name]


def _is_known(equation: Equation, symbol: Symbol) -> bool:
    """Return whether someone who works `equation` out at step t has a value of `symbol`."""
    if symbol == equation.left:
        return False
    if not symbol.step:
        return True
    if equation.phase == "forward":
        return symbol.step.offset < 0 or symbol.name in (*GATES, "x")
    return symbol.name not in STEP_GRADIENTS or symbol.step.offset >= 0


def _known_instead(equation: Equation, edit: Edit) -> bool:
    assert edit.new
    return _is_known(equation, edit.new) and (equation.phase == "backward" or edit.new.name not in ("W", "U"))


def _except_parts(*kept: str) -> Callable[[Equation, Edit], bool]:
    """Return a rule for parts left out other than those that the work is about."""
    return lambda _, edit: not any(edit.slug == f"without-{name}" for name in kept)


def _only(*ids: str) -> Callable[[Equation, Edit], bool]:
    return lambda equation, edit: f"{prefix_of(equation)}/{edit.slug}" in ids


def _in(*phases: str) -> Callable[[Equation, Edit], bool]:
    return lambda equation, _: equation.phase in phases


def _always(_equation: Equation, _edit: Edit) -> bool:
    return True


PLAUSIBLE: Mapping[str, Callable[[Equation, Edit], bool]] = {
    "term": _except_parts("out", "1"),
    "factor": _except_parts(
        "d_out", "d_state", "d_state_next", "state_prev", "tanh(state)", "d_W", "d_U", "d_b"
    ),
    "index": _one_step_off,
    "gate": _neighbouring_gate,
    "quantity": _known_instead,
    "sign": lambda equation, _: equation.id not in ("F1", "F2", "F3", "F4"),
    "function": _in("forward"),
    "linear": _always,
    "square": _always,
    "square-inside": _always,
    "slope": _always,
    "slope-twice": _always,
    "no-slope": _always,
    "transpose": _always,
    "order": _always,
    "block": _always,
    "bounds": _always,
    "mean": _always,
    "one-step": lambda equation, edit: edit.slug == "last-only" and equation.phase == "gradients",
    "scale": _only("B0/doubled", "B0/halved", "L1/no-half"),
}
SLOPE = 1 - tanh(state) ** 2


def _by_hand() -> Iterator[tuple[str, str, Expression]]:
    """Yield the mistakes that take more than one edit: the equation's id, a slug, the wrong formula."""
    for equation, gate in zip(EQUATIONS, GATES, strict=False):  # F1 to F4
        assert isinstance(equation.right, Call)
        swapped = Symbol("W", gate) @ out.prev + Symbol("U", gate) @ x + Symbol("b", gate)
        yield equation.id, "W-and-U-exchanged", Call(equation.right.function, swapped)
    yield "F5", "i-and-f-exchanged", a * f + i * state.prev
    yield "F5", "coupled", a * i + (1 - i) * state.prev
    yield "F6", "tanh-of-product", tanh(state * o)
    yield "B0", "label-minus-out", label - out
    yield "B0", "loss-not-derivative", (out - label) ** 2 / 2
    yield "B2", "slope-over-both", product("hadamard", d_out * o + CARRIED_BACK, SLOPE)
    yield "B2", "out-for-tanh(state)", d_out * o * (1 - out**2) + CARRIED_BACK
    yield "B2", "f-slope-carried", d_out * o * SLOPE + d_state.next * f.next * (1 - f.next)
    yield "B6", "out-for-tanh(state)", d_out * out * o * (1 - o)
    yield "B6", "slope-of-state", d_out * SLOPE * o * (1 - o)


def _catalogue() -> Iterator[Mistake]:
    for equation in EQUATIONS:
        for edit in consistent_edits(equation.right):
            if edit.kind in PLAUSIBLE and PLAUSIBLE[edit.kind](equation, edit):
                yield _entry(equation, edit)
    for id, slug, right in _by_hand():
        name, why = FAMOUS[f"{id}/{slug}"]
        yield Mistake(f"{id}/{slug}", _equation(id), right, name, why)


def _equation(id: str) -> Equation:
    return next(equation for equation in EQUATIONS if equation.id == id)


MISTAKES: tuple[Mistake, ...] = tuple(sorted(_catalogue(), key=lambda mistake: mistake.id not in FAMOUS))
