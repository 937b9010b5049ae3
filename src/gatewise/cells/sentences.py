"""What is said of each derived equation: the ways that its formula is made of, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gatewise.cells.record import Record
from gatewise.cells.ways import Way, functions_before, joined, shifted, slope_of, symbols_in
from gatewise.expression import Call, Expression, Step, Symbol, walk
from gatewise.expression.functions import FUNCTIONS, numbered
from gatewise.expression.printing import TextPrinter, greek
from gatewise.support.given import listed

_CLIPPED = (
    "[low < value < high] is 1 where that holds and 0 elsewhere, the slope of a clip: what is clipped, at "
    "the limit itself or beyond it, gives nothing back."
)
_WHILE_NOT_CLIPPED = " Where it is clipped, nothing comes back."
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Work(Protocol):
    """What derive.py knows of a cell."""

    cell: Record
    order: list[str]
    returning: tuple[str, ...]
    ways: dict[str, list[Way]]

    def next_terms(self, name: str) -> list[Expression]:
        """Return what a quantity gets from step t+1, term by term."""


class _Words(TextPrinter):
    """Formulas within sentences, with indices as sentences have them: state_{t-1}."""

    def symbol(self, node: Symbol) -> str:
        name = "".join(greek(node.name)) + (f"_{node.part}" if node.part else "")
        if node.step is None:
            return name
        return f"{name}_t" if node.step.offset == 0 else f"{name}_{{t{node.step.offset:+d}}}"


_words = _Words()


def _at(name: str, offset: int = 0) -> str:
    return _words(Symbol(name, step=Step("t", offset)))


def backward(work: Work, left: Symbol, ways: Sequence[Way], ids: Mapping[str, str]) -> str:
    """Say where an equation of the backward pass comes from."""
    if left.name == "d_x":
        return f"x_t enters {_entered(work, ways)}."
    if left.name.startswith("delta_"):
        name = left.name.removeprefix("delta_")
        return f"At step t, {_at(name, -1)} enters {_entered(work, ways)}."
    name = left.name.removeprefix("d_")
    now = [_way(group, ids, 0) for group in _groups(ways, later=False)]
    if name == work.cell.carried[0]:
        now.insert(0, "directly")
    if name in work.returning:
        now.append("through the step after it")
    else:
        now += [_way(group, ids, 1) for group in _groups(ways, later=True)]
    text = f"{_at(name)} reaches the loss {_in_ways(now)}"
    return f"{text}{_before(work, name)}."


def _groups(ways: Sequence[Way], later: bool) -> list[list[Way]]:
    """Put together the ways that begin with the same δ and have no matrix."""
    groups: dict[object, list[Way]] = {}
    for way in ways:
        if way.later == later:
            groups.setdefault((way.user, way.matrix), []).append(way)
    return list(groups.values())


def _in_ways(said: Sequence[str]) -> str:
    if len(said) > 2:
        return f"in {_NUMBERS[len(said)] if len(said) < len(_NUMBERS) else len(said)} ways: {'; '.join(said)}"
    return ", and ".join(said) if any("," in each for each in said) else " and ".join(said)


def _way(group: Sequence[Way], ids: Mapping[str, str], offset: int) -> str:
    """Say one way: through state_{t+1} (F5), where f_{t+1} multiplies it."""
    way = group[0]
    return f"through {_at(way.user, offset)} ({ids[way.user]}), {_what_happens(group, offset)}"


def _what_happens(group: Sequence[Way], offset: int = 0) -> str:
    way = group[0]
    subtracted = len(group) == 1 and way.negative
    if way.matrix is not None:
        said = f"where {_words(way.matrix)} multiplies it"
    elif factors := joined(group):
        said = f"where {listed([_words(shifted(each) if offset else each) for each in factors])} "
        said += f"{'multiplies' if len(factors) == 1 else 'multiply'} it"
    else:
        return "from which it is subtracted" if subtracted else "to which it is added"
    return f"{said} and it is subtracted" if subtracted else said


def _before(work: Work, name: str) -> str:
    """Say which slopes are in a δ and, of the first gate, which δ have their activation's in them."""
    equation = work.cell.equation(name)
    functions, _ = functions_before(equation, work.cell.gates)
    said = [FUNCTIONS[each].words for each in functions if not numbered(each)]
    if clips := [factor for factor in slope_of(functions, equation.left) if _is_condition(factor)]:
        said.append(f"the clip, {' and '.join(map(_words, clips))}")
    if not said:
        return ""
    text = f"; then {', and '.join(said)}"
    if name not in work.cell.gates:
        return f"{text}. δ{name} is taken before the clip"
    gates = [f"δ{gate}" for gate in work.order if gate in work.cell.gates]
    if gates[0] == f"δ{name}":
        taken = "is taken before its activation" if len(gates) == 1 else "are taken before their activations"
        text += f". {listed(gates)} {taken}"
    return text


def _is_condition(factor: Expression) -> bool:
    return isinstance(factor, Call) and numbered(factor.function) is not None


def _entered(work: Work, ways: Sequence[Way]) -> str:
    """Say what a quantity is used for: all gates through W; out_t, where u_t multiplies it."""
    through: dict[str, list[str]] = {}
    for way in ways:
        if way.matrix is not None:
            through.setdefault(way.matrix.name, []).append(way.user)
    place = [equation.left.name for equation in work.cell.forward]
    said = [f"{listed(sorted(users, key=place.index))} through {name}" for name, users in through.items()]
    straight = _groups([way for way in ways if way.matrix is None], later=ways[0].later)
    said += [f"{_at(group[0].user)}, {_what_happens(group)}" for group in straight]
    return "; ".join(said[:-1]) + "; and " + said[-1] if len(said) > 1 else said[0]


def gradient(left: Symbol, ways: Sequence[Way]) -> str:
    """Say what a parameter met."""
    name = left.name.removeprefix("d_") + (f"_{left.part}" if left.part else "")
    columns = list(dict.fromkeys(_words(way.column) for way in ways if way.column is not None))
    if columns:
        return f"{name} met {listed(columns)} at every step."
    if ways[0].factors:
        factors = list(dict.fromkeys(_words(factor) for way in ways for factor in way.factors))
        return f"{name} multiplied {listed(factors)} at every step."
    return f"{name} was added at every step."


def notes(work: Work) -> tuple[str, ...]:
    """Say what stands for the step that does not exist, and what reaches its own past without a matrix."""
    said = []
    for name in work.cell.carried:
        later = [way for way in work.ways.get(name, ()) if way.later]
        terms = work.next_terms(name)
        if name in work.returning:
            said.append(f"After the last step there is no other: Δ{name} is 0 there, or what is given.")
        elif later:
            those = (
                f"{listed([_words(each) for each in terms])} {'is' if len(terms) == 1 else 'are together'}"
            )
            said.append(f"After the last step there is no other: in its place {those} 0, or what is given.")
        straight = [way for way in later if way.user == name and way.matrix is None]
        if len(straight) == 1 and name not in work.cell.gates and _may_last(straight[0]):
            reaches = f"{_at(name, -1)} reaches {_at(name)} without a matrix between"
            clip = _WHILE_NOT_CLIPPED if functions_before(straight[0].by, ())[0] else ""
            said.append(f"{reaches}: {_unchanged(straight[0])}{clip}")
    if any(
        isinstance(node, Call) and numbered(node.function)
        for equation in work.cell.forward
        for node in walk(equation.right)
    ):
        said.append(_CLIPPED)
    return tuple(said)


def _may_last(way: Way) -> bool:
    """Say whether what multiplies on the way can stay near 1: nothing, or what a gate decides."""
    decided = all(next(symbols_in(factor), None) is not None for factor in way.factors)
    return decided and not way.negative


def _unchanged(way: Way) -> str:
    factors = listed([_words(factor) for factor in way.factors]) if way.factors else ""
    if not factors:
        return "nothing changes it on the way, which is why its gradient lasts."
    multiplies = "multiplies" if len(way.factors) == 1 else "multiply"
    return (
        f"on the way {factors} {multiplies} it, and over many steps a product of these alone, which is why "
        "its gradient can last."
    )
