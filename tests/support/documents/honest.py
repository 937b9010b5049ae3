"""People who work an LSTM out honestly by hand: every number is rounded as they do it, and then used as it stands.

Written in plain Python floats and decimals, without the package's equations, to be independent of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np

from gatewise.expression import Array, Expression, Step, Symbol
from gatewise.teach.checker.read.reading import Claim, Place, Printed, Reading, Side

Rule = Callable[[float, int], str]


def _decimal(mode: str) -> Rule:
    return lambda value, digits: format(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), mode), "f")


RULES: dict[str, Rule] = {
    "half-up": _decimal(ROUND_HALF_UP),
    "half-even": _decimal(ROUND_HALF_EVEN),
    "truncate": _decimal(ROUND_DOWN),
    "binary": lambda value, digits: f"{value:.{digits}f}",
}


@dataclass
class Hand:
    """Writes numbers down with `digits` decimals by `rule`, and carries on with `guard` more than it writes."""

    digits: int
    rule: Rule
    guard: int = 0

    def __call__(self, value: float) -> tuple[float, str]:
        carried = float(self.rule(value, self.digits + self.guard))
        return carried, self.rule(carried if self.guard else value, self.digits)


class Sheet:
    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.offset = 0
        self.claims: list[Claim] = []

    def side(self, tree: Expression, length: int = 1) -> Side:
        self.offset += length + 1
        return Side(tree, Place(self.offset, length, 1, self.offset + 1), "")

    def number(self, text: str) -> Printed:
        self.offset += len(text) + 1
        return Printed(text, 0, Place(self.offset, len(text), 1, self.offset + 1))

    def state(self, name: str, t: int | None, texts: list, part: str = "", new: bool = False) -> None:
        left = Symbol(name, part=part, step=None if t is None else Step("", t), new=new)
        start = self.side(left)
        if isinstance(texts, str):
            tree: Expression = self.number(texts)
        else:
            rows = texts if isinstance(texts[0], list) else [[text] for text in texts]
            tree = Array(tuple(tuple(self.number(text) for text in row) for row in rows))
        self.claims.append(Claim(start, (self.side(tree),)))

    def work(
        self, name: str, t: int | None, values: list[float], part: str = "", new: bool = False
    ) -> list[float]:
        """Round, write down, and give what is carried on."""
        pairs = [self.hand(value) for value in values]
        self.state(name, t, [text for _, text in pairs], part, new)
        return [carried for carried, _ in pairs]

    def matrix(self, name: str, rows: list[list[float]], part: str, new: bool = False) -> list[list[float]]:
        pairs = [[self.hand(value) for value in row] for row in rows]
        self.state(name, None, [[text for _, text in row] for row in pairs], part, new)
        return [[carried for carried, _ in row] for row in pairs]


def sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def dot(a: list[float], b: list[float]) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


def honest(rng: np.random.Generator, hand: Hand, T: int, D: int, H: int, rate: float = 0.1) -> Reading:
    """One sheet, results only, from givens of two decimals."""
    sheet = Sheet(hand)

    def given(name: str, t: int | None, shape: tuple[int, ...], part: str = "") -> list:
        values = np.round(rng.uniform(-1.5, 1.5, shape), 2)
        sheet.state(name, t, np.vectorize(lambda v: f"{v:.2f}", otypes=[object])(values).tolist(), part)
        return values.tolist()

    W = {g: given("W", None, (H, D), g) for g in "aifo"}
    U = {g: given("U", None, (H, H), g) for g in "aifo"}
    b = {g: given("b", None, (H,), g) for g in "aifo"}
    x = [given("x", t, (D,)) for t in range(T)]
    label = [given("label", t, (H,)) for t in range(T)]
    sheet.state("learning_rate", None, str(rate))
    units = range(H)
    out, state = {-1: [0.0] * H}, {-1: [0.0] * H}
    gate: dict[str, dict[int, list[float]]] = {g: {} for g in "aifo"}
    for t in range(T):
        for g in "aifo":
            z = [dot(W[g][k], x[t]) + dot(U[g][k], out[t - 1]) + b[g][k] for k in units]
            gate[g][t] = sheet.work(g, t, [math.tanh(v) if g == "a" else sigma(v) for v in z])
        a, i, f, o = (gate[g][t] for g in "aifo")
        state[t] = sheet.work("state", t, [a[k] * i[k] + f[k] * state[t - 1][k] for k in units])
        out[t] = sheet.work("out", t, [math.tanh(state[t][k]) * o[k] for k in units])
    d_state_next, f_next, delta_out = [0.0] * H, [0.0] * H, [0.0] * H
    d: dict[str, dict[int, list[float]]] = {g: {} for g in "aifo"}
    for t in reversed(range(T)):
        a, i, f, o = (gate[g][t] for g in "aifo")
        delta = sheet.work("delta", t, [out[t][k] - label[t][k] for k in units])
        d_out = sheet.work("d_out", t, [delta[k] + delta_out[k] for k in units])
        tanh = [math.tanh(s) for s in state[t]]
        d_state = sheet.work(
            "d_state", t,
            [d_out[k] * o[k] * (1 - tanh[k] ** 2) + d_state_next[k] * f_next[k] for k in units],
        )  # fmt: skip
        d["a"][t] = sheet.work("d_a", t, [d_state[k] * i[k] * (1 - a[k] ** 2) for k in units])
        d["i"][t] = sheet.work("d_i", t, [d_state[k] * a[k] * i[k] * (1 - i[k]) for k in units])
        d["f"][t] = sheet.work("d_f", t, [d_state[k] * state[t - 1][k] * f[k] * (1 - f[k]) for k in units])
        d["o"][t] = sheet.work("d_o", t, [d_out[k] * tanh[k] * o[k] * (1 - o[k]) for k in units])
        sheet.work("d_x", t, [sum(W[g][k][j] * d[g][t][k] for g in "aifo" for k in units) for j in range(D)])
        back = [sum(U[g][k][j] * d[g][t][k] for g in "aifo" for k in units) for j in units]
        delta_out = sheet.work("delta_out", t - 1, back)
        d_state_next, f_next = d_state, f
    for g in "aifo":
        steps = range(T)
        d_W = [[sum(d[g][t][k] * x[t][j] for t in steps) for j in range(D)] for k in units]
        d_U = [[sum(d[g][t][k] * out[t - 1][j] for t in steps) for j in units] for k in units]
        d_W, d_U = sheet.matrix("d_W", d_W, g), sheet.matrix("d_U", d_U, g)
        d_b = sheet.work("d_b", None, [sum(d[g][t][k] for t in steps) for k in units], g)
        sheet.matrix("W", [[W[g][k][j] - rate * d_W[k][j] for j in range(D)] for k in units], g, new=True)
        sheet.matrix("U", [[U[g][k][j] - rate * d_U[k][j] for j in units] for k in units], g, new=True)
        sheet.work("b", None, [b[g][k] - rate * d_b[k] for k in units], g, new=True)
    return Reading(" " * sheet.offset, tuple(sheet.claims))
