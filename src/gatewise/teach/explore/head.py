"""The head of a model as a block of a page: y_t = g(V·x_t + c) on the outs of the last layer, and its loss.

Its equations are written here as trees; ids are in the family of a cell's. The loss is that of worksheets,
half the squared error summed over outputs and steps; after a softmax it is the cross-entropy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import over_steps, update
from gatewise.cells.tree_data import tree_data
from gatewise.cells.ways import at_t
from gatewise.expression import Add, Call, Expression, Negative, Product, Symbol, outer, product, walk
from gatewise.expression.functions import FUNCTIONS
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.explore.mistakes import cuts_of
from gatewise.teach.explore.names import written
from gatewise.teach.explore.packing import packed_numbers
from gatewise.teach.worksheet.work.working import drop_unit_sum

SOFTMAX = "softmax"
x, y, z, label, delta, loss_t = map(at_t, ("x", "y", "z", "label", "delta", "loss"))
d_x, d_z = at_t("d_x"), at_t("d_z")
V, c, loss = Symbol("V"), Symbol("c"), Symbol("loss")
_WORDS = {
    "x": "outs of the last layer",
    "y": "prediction",
    "z": "weighted sum of the outs",
    "label": "label",
    "delta": "gradient of the loss",
    "loss": "loss",
    "learning_rate": "learning rate",
    "V": "weights of the head",
    "c": "bias of the head",
    "recent": "the last rows of the input, which the head reads itself",
    "S": "weights of the head for the last rows of the input",
    "extra": "what is known of the future",
    "E": "weights of the head for what is known of the future",
}
BESIDE = {"extra": "E", "recent": "S"}  # what a head may read beside the outs, and its weights


@dataclass(frozen=True, eq=False)
class Head:
    """A linear layer on the outs, with a function or none.

    Attributes
    ----------
    V : array (P, F)
    c : array (P,) or None
    function : str
        One of "linear", "sigmoid", "tanh", "relu", "softmax".
    label : array (steps, P)
        NaN where there is none; of a softmax the probabilities that are right.
    last : bool
        Whether it reads the last step alone.
    beside : dict
        "extra" and "recent": (weights (P, n), values (steps, n)) of what it reads beside the outs.
    recent_rows : int
        How many of the last rows of the first block's x "recent" is; 0 where it is numbers of its own.
    """

    V: Any
    c: Any
    label: Any
    last: bool
    function: str = "linear"
    beside: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    recent_rows: int = 0


def head_block(head: Head, below: int, steps: int, learning_rate: float) -> dict[str, Any]:
    """Return a head as a block of data.ts, on the block with the number `below` that has so many steps."""
    weights = {"V": head.V, **({} if head.c is None else {"c": head.c})}
    weights |= {BESIDE[name]: matrix for name, (matrix, _) in head.beside.items()}
    shapes = _shapes(head, weights)
    own = 1 if head.last else steps
    given: dict[str, Any] = {name: packed_numbers(values) for name, values in weights.items()}
    given["learning_rate"] = learning_rate
    given |= {f"label@{t}": packed_numbers(values) for t, values in enumerate(_rows(head.label, own))}
    linked = {"recent": {"block": 0, "rows": head.recent_rows}} if head.recent_rows else {}
    for name, (_, values) in head.beside.items():
        if name in linked:
            continue
        given |= {f"{name}@{t}": packed_numbers(row) for t, row in enumerate(_rows(values, own))}
    P, F = np.shape(head.V)
    equations = [_row(each, P, P == F) for each in equations_of(head)]
    names = dict.fromkeys(("x", *linked, *given_names(given)))
    for equation in equations_of(head):
        names[equation.left.name] = None
    return {
        "name": "head",
        "kind": "head",
        "cell": "head",
        "steps": own,
        "sizes": {"D": F, "P": P},
        "gates": [],
        "carried": [],
        "joined": {},
        "byPart": {},
        "quantities": {name: _quantity(name, shapes) for name in names},
        "equations": equations,
        "given": given,
        "below": {"block": below, "steps": "last" if head.last else "each"},
        **({"beside": linked} if linked else {}),
    }


def given_names(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of what is given, by its keys."""
    yield from dict.fromkeys(key.partition("@")[0] for key in given)


def equations_of(head: Head) -> list[Equation]:
    """Return the equations of a head, in the order of work."""
    terms = [V @ x, *(Symbol(BESIDE[name]) @ at_t(name) for name in head.beside)]
    total: Expression = terms[0]
    for term in [*terms[1:], *([c] if head.c is not None else [])]:
        total = total + term
    back = delta if head.function in ("linear", SOFTMAX) else d_z
    found = list(_forward(head, total))
    found += _loss(head.function)
    if back is d_z:
        slope = FUNCTIONS[head.function].slope
        assert slope is not None
        right = product("hadamard", delta, *slope(y))
        why = f"Through the function: {FUNCTIONS[head.function].words}."
        found.append(Equation("B1", "backward", d_z, right, why))
    number = 2 if back is d_z else 1
    found.append(Equation(f"B{number}", "backward", d_x, V.T @ back, "x_t reaches the loss through V."))
    if head.recent_rows:
        number += 1
        why = "The last rows of the input reach the loss through S as well."
        found.append(Equation(f"B{number}", "backward", at_t("d_recent"), Symbol("S").T @ back, why))
    read = [("V", x), *((BESIDE[name], at_t(name)) for name in head.beside)]
    for place, (name, what) in enumerate(read, 1):
        met = f"{name} met {what.name}_t at every step."
        gradient = over_steps(outer(back, what))
        found.append(Equation(f"G{place}", "gradients", Symbol(f"d_{name}"), gradient, met))
    if head.c is not None:
        id, why = f"G{len(read) + 1}", "c was added at every step."
        found.append(Equation(id, "gradients", Symbol("d_c"), over_steps(back), why))
    found += [update(name) for name, _ in read]
    return [*found, *([update("c")] if head.c is not None else [])]


def _forward(head: Head, total: Expression) -> Iterator[Equation]:
    if head.function == "linear":
        yield Equation("F1", "forward", y, total, "A weighted sum of the outs: the prediction.")
        return
    yield Equation("F1", "forward", z, total, "A weighted sum of the outs.")
    probabilities = "A probability for each class; they add up to 1."
    why = probabilities if head.function == SOFTMAX else "The prediction."
    yield Equation("F2", "forward", y, Call(head.function, z), why)


def _loss(function: str) -> Iterator[Equation]:
    if function == SOFTMAX:
        right: Expression = -Call("sum", label * Call("log", y))
        why = "The cross-entropy: minus the logarithm of the probability of the right class."
        slope = "The derivative of the cross-entropy by z_t: the slopes of log and softmax together."
    else:
        right, why = Call("sum", (y - label) ** 2) / 2, "Half the squared error of every output at this step."
        slope = "The derivative of ½(y_t − label_t)² with respect to y_t."
    yield Equation("L1", "loss", loss_t, right, why)
    total = "The loss of the sequence is the sum over its steps."
    yield Equation("L1", "loss", loss, over_steps(loss_t), total)
    yield Equation("B0", "backward", delta, y - label, slope)


def _row(equation: Equation, outputs: int, square: bool) -> dict[str, Any]:
    mistakes = list(_mistakes(equation, square))
    right = equation.right
    if outputs == 1 and equation.id == "L1" and equation.left.step is not None:
        right = drop_unit_sum(right)
    return {
        "id": equation.id,
        "phase": equation.phase,
        "left": tree_data(equation.left),
        "right": tree_data(right),
        "why": equation.why,
        "mistakes": [
            {"id": each.id, "name": each.name, "why": each.why, "right": tree_data(each.right)}
            for each in mistakes
        ],
        **({"cuts": cuts} if (cuts := cuts_of(equation.right, mistakes)) else {}),
    }


def _mistakes(equation: Equation, square: bool) -> Iterator[Mistake]:
    """Yield what people get wrong at an equation of a head."""
    name, right = equation.left.name, equation.right

    def made(slug: str, wrong: Expression, called: str, why: str) -> Mistake:
        return Mistake(f"{equation.id}/{slug}", equation, wrong, called, why)

    if equation.id == "F1" and isinstance(right, Add):
        for place, term in enumerate(right.terms):
            rest = (*right.terms[:place], *right.terms[place + 1 :])
            what = next(each for each in walk(term) if isinstance(each, Symbol)).name
            wrong = rest[0] if len(rest) == 1 else Add(rest)
            called = "The bias of the head left out." if what == "c" else f"{what} left out of the head."
            why = "Every term of the sum belongs to the prediction."
            yield made(f"without-{what}", wrong, called, why)
    if name == "delta":
        yield made(
            "label-minus-y", label - y, "The difference the wrong way round.",
            "The loss falls where y comes nearer to the label: Δ is y − label.",
        )  # fmt: skip
        yield made("without-label", y, "The label left out.", "Δ is how far y is from the label.")
    if name == "d_x" and square and isinstance(right, Product):
        yield made(
            "no-transpose", V @ right.factors[1], "V not transposed.",
            "What went forward through the rows of V goes back through its columns, so V is transposed.",
        )  # fmt: skip
    if name == "d_z":
        why = "z_t reaches y_t through the function."
        yield made("no-slope", delta, "The slope of the function forgotten.", why)
    if equation.phase == "update" and isinstance(right, Add) and isinstance(right.terms[1], Negative):
        wrong = Add((right.terms[0], right.terms[1].argument))
        why = "The loss falls against the gradient, so the step is subtracted."
        yield made("plus", wrong, "A step along the gradient.", why)
        yield made(
            "without-step", right.terms[0], "The step left out.", "λ times the gradient is subtracted."
        )


def _shapes(head: Head, weights: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    P, F = np.shape(head.V)
    shapes: dict[str, tuple[int, ...]] = {name: np.shape(values) for name, values in weights.items()}
    shapes |= {"x": (F,), "loss": (), "learning_rate": ()}
    shapes |= dict.fromkeys(("y", "z", "label", "delta", "d_z"), (P,))
    shapes |= {name: (np.shape(values)[-1],) for name, (_, values) in head.beside.items()}
    return shapes | {f"d_{name}": shape for name, shape in shapes.items()}


def _quantity(name: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    stem = name.removeprefix("d_")
    words = _WORDS[name] if name in _WORDS else f"gradient of the {_WORDS[stem].removeprefix('the ')}"
    stepless = ("V", "c", "E", "S", "learning_rate")
    return {
        **written(Symbol(name)),
        "words": words,
        "shape": list(shapes[name]),
        "parts": [],
        "stepped": stem not in stepless,
    }


def _rows(values: Any, steps: int) -> Any:
    return np.asarray(values, dtype=np.float64).reshape(steps, -1)
