"""What a document says of its loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gatewise.cells.beside.losses import LAST, LAST_SQUARES
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Symbol,
    factors_of,
    walk,
)
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.reading.choices import Said
from gatewise.teach.checker.judge.reading.own import own_symbol, own_tree
from gatewise.teach.checker.judge.reading.structure import Key, key_of
from gatewise.teach.checker.read.reading import Claim, Reading, Side
from gatewise.teach.checker.read.words import QUANTITIES

LOSS_WORDS = ("E", "L", "J", "loss", "Loss", "ell", "l")
LAST_BY_FACTOR = {"1/2": LAST, "1": LAST_SQUARES}  # by what the square is multiplied by
MEANS = {"sum": "mean", "half": "mean of halves"}  # what the mean over the steps is called, of each
OTHER_LOSS = re.compile(
    r"cross[- ]?entropy|softmax|log[- ]?likelihood|\bBCE\b|\bNLL\b|hinge|huber|Kreuzentropie|交叉熵",
    re.IGNORECASE,
)
MEAN_WORDS = re.compile(r"mean[- ]squared|\bMSE\b|mittlere[rn]? quadratische|均方", re.IGNORECASE)


def stated_loss(reading: Reading, in_words: bool = True) -> Said | None:
    """Return the loss that a document states: "half", "sum", "mean", "last", "given" for another; None.

    Where it states that of a step and the total of these, both count: (h_t − y_t)² and Σ L_t / T are
    the mean. What it says in words counts if it is about a loss at all, `in_words`.
    """
    of_step: Said | None = None
    total: tuple[str, str] | None = None
    for left, side in _losses(reading):
        tree = own_tree(normalized(side.tree))
        nodes = list(walk(tree))
        if _is_total(nodes):
            factor = _factor(tree)
            total = total or (factor or "?", side.source)
        elif (
            of_step is None
            and (kind := _kind_of_loss(tree, nodes, left)) is not None
            and not (kind == "given" and _is_of_errors(side.tree))
        ):
            of_step = Said(kind, side.source)
            if left.step is None:
                at_last = (
                    LAST_BY_FACTOR.get(_factor(tree) or "") if _is_of_last_alone(nodes, reading) else None
                )
                return Said(at_last, side.source) if at_last else of_step
    if of_step is not None:
        return _together(of_step, total, reading)
    if total is not None and total[0] == "1/T":
        return Said("mean", total[1])
    if (head := next(compared_with_labels(reading), None)) is not None:
        return Said("given", head[1].source)
    if not in_words:
        return None
    if found := OTHER_LOSS.search(reading.text):
        return Said("given", f"the text says {found[0]}")
    if found := MEAN_WORDS.search(reading.text):
        return Said("mean", f"the text says {found[0]}")
    return None


def compared_with_labels(reading: Reading) -> Iterator[tuple[Claim, Side]]:
    """Yield where p − y stands, in which what is no quantity of a cell is compared with the label."""
    for claim in reading.claims:
        for side in claim.sides:
            match normalized(side.tree):
                case Add((Symbol(name), Negative(Symbol("label")))) if name not in QUANTITIES:
                    yield claim, side


def compares(reading: Reading, name: str, meaning: Callable[[Symbol], Symbol]) -> bool:
    """Return whether a formula of the loss has a quantity of that name; `meaning` says what letters are."""
    return any(
        isinstance(node, Symbol) and meaning(node).name == name
        for _, side in _losses(reading)
        for node in walk(side.tree)
    )


def labels_of(reading: Reading, meaning: Callable[[Symbol], Symbol]) -> Iterator[Key]:
    """Yield the letters, of no quantity known, that a formula of the loss has beside out: τ of (h − τ)²."""
    for _, side in _losses(reading):
        for node in walk(normalized(side.tree)):
            match node:
                case Add((Symbol() as one, Negative(Symbol() as other))):
                    for of_out, label in ((one, other), (other, one)):
                        if meaning(of_out).name == "out" and meaning(label).name not in QUANTITIES:
                            yield key_of(own_symbol(label))


def subtracts_label(reading: Reading) -> bool:
    """Return whether a formula has out − label: the loss is of squares, though nothing states it."""

    def is_difference(node: Expression) -> bool:
        match node:
            case Add((Symbol("out"), Negative(Symbol("label")))):
                return True
        return False

    sides = (side for claim in reading.claims for side in claim.sides)
    return any(is_difference(node) for side in sides for node in walk(normalized(side.tree)))


def _losses(reading: Reading) -> Iterator[tuple[Symbol, Side]]:
    for claim in reading.claims:
        left = claim.left.tree
        if isinstance(left, Symbol) and left.name in ("loss", "E", "L", "J"):
            own = own_symbol(left)
            if own.name in LOSS_WORDS:
                yield from ((own, side) for side in claim.sides)


def _is_total(nodes: list[Expression]) -> bool:
    """Return whether this is made of the losses of steps: Σ L_t / T."""
    return any(map(_is_loss, nodes))


def _is_loss(node: Expression) -> bool:
    return isinstance(node, Symbol) and node.name in LOSS_WORDS and node.step is not None


def _together(of_step: Said, total: tuple[str, str] | None, reading: Reading) -> Said:
    factor, source = total or ("1", "")
    if factor == "1":
        return of_step
    because = f"{of_step.because}, {source}"
    steps = _steps_of("label", reading)
    whole = factor == "1/T" or factor == f"1/{len(steps)}"
    if of_step.value in MEANS and whole:
        return Said(MEANS[of_step.value], because)
    return Said("half" if of_step.value == "sum" and factor == "1/2" else "given", because)


def _kind_of_loss(tree: Expression, nodes: list[Expression], left: Symbol) -> str | None:
    if not any(isinstance(node, Symbol) for node in nodes):
        return None
    if any(isinstance(node, Call) and node.function in ("log", "exp", "softmax", "ln") for node in nodes):
        return "given"
    squares = [node for node in nodes if isinstance(node, Power) and node.exponent == 2]
    if not squares:
        return None if _only_sums(tree) else "given"
    factor = _factor(tree)
    if factor is None:
        return "given"
    summed = any(
        isinstance(node, Sigma) or (isinstance(node, Call) and node.function == "sum") for node in nodes
    )
    last = any(isinstance(node, Symbol) and node.step is not None and node.step.base == "T" for node in nodes)
    if last and not summed and factor in LAST_BY_FACTOR:
        return LAST_BY_FACTOR[factor]
    if factor == "1/T" and (left.step is not None or _is_of_one_step(nodes)):
        return "mean of entries"
    return {"1/2": "half", "1": "sum", "1/T": "mean"}.get(factor, "given")


def _is_of_one_step(nodes: list[Expression]) -> bool:
    """Return whether all that has a step is of a single one, which is named: h_{3,k} − y_{3,k}."""
    steps = {node.step for node in nodes if isinstance(node, Symbol) and node.step is not None}
    return len(steps) == 1 and steps.pop().base in ("", "T")


def _is_of_last_alone(nodes: list[Expression], reading: Reading) -> bool:
    """Return whether the only step of the only loss is the last of several that are worked."""
    steps = {node.step.offset for node in nodes if isinstance(node, Symbol) and node.step is not None}
    worked = _steps_of("x", reading) or _steps_of("out", reading)
    formulas = {side.source for _, side in _losses(reading) if any(map(_is_square, walk(side.tree)))}
    of_one = len(steps) == len(formulas) == 1 and _is_of_one_step(nodes)
    return of_one and len(worked) > 1 and steps == {max(worked)}


def _steps_of(name: str, reading: Reading) -> set[int]:
    """Return the steps for which a quantity stands to the left."""
    owns = (own_symbol(symbol) for symbol in _lefts(reading) if symbol.name == name)
    return {own.step.offset for own in owns if own.step is not None and not own.step.base}


def _is_square(node: Expression) -> bool:
    return isinstance(node, Power) and any(isinstance(each, Symbol) for each in walk(node))


def _lefts(reading: Reading) -> Iterator[Symbol]:
    yield from (claim.left.tree for claim in reading.claims if isinstance(claim.left.tree, Symbol))


def _is_of_errors(tree: Expression) -> bool:
    """Return whether only out and label are compared, without a square: a mistake in a loss of squares."""
    nodes = list(walk(tree))
    names = {node.name for node in nodes if isinstance(node, Symbol)}
    calls = {node.function for node in nodes if isinstance(node, Call)}
    powers = any(isinstance(node, Power) for node in nodes)
    return names == {"out", "label"} and calls <= {"sum"} and not powers


def _only_sums(tree: Expression) -> bool:
    """Return whether this is no more than a sum of losses: Σ L_t, L_1 + L_2."""
    return all(not isinstance(node, (Number, Power, Quotient, Product, Negative)) for node in walk(tree))


def _factor(tree: Expression) -> str | None:
    """Return what the squares, or the losses of steps, are multiplied by: "1/2", "1", "1/T" or None."""
    number, mean = 1.0, False

    def take(node: Expression) -> bool:
        nonlocal number, mean
        match node:
            case Number(text):
                number *= float(text)
            case Quotient(top, bottom):
                if not take(top):
                    return False
                for factor in factors_of(bottom):
                    if isinstance(factor, Number) and float(factor.text):
                        number /= float(factor.text)
                    elif _is_count(factor):
                        mean = True
                    else:
                        return False
            case Product(_, factors):
                return all(take(factor) for factor in factors)
            case Sigma(_, _, body):
                return take(body)
            case Call("sum", argument):
                return take(argument)
            case Power(_, 2):
                return True
            case Add(terms) if all(map(_is_loss, terms)):
                return True
            case _:
                return _is_loss(node)
        return True

    if not take(tree):
        return None
    if mean:
        return "1/T" if number == 1.0 else None
    inverse = round(1 / number) if 0 < number <= 1 else 0
    return None if not inverse or abs(1 / number - inverse) > 1e-9 else f"1/{inverse}" if inverse > 1 else "1"


def _is_count(node: Expression) -> bool:
    """Return whether this is how many steps or entries there are: T, or Σ 1."""
    if isinstance(node, Sigma):
        return isinstance(node.body, Number) and float(node.body.text) == 1
    return isinstance(node, Symbol) and node.name in ("T", "N", "n", "m")
