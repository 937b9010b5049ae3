"""What is displayed works out: each substituted side gives its result; by hand each number is the honest one.

Sides are evaluated by calculator.py, which reads nothing but their characters. The by-hand values are worked
out once more below, in plain decimals and loops, from the document's equations; neither shares code with the
package.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from calculator import TIES, sigmoid, tanh, work_out, writes_as
from displayed import Check
from helpers import chunks

from gatewise import Params, worksheet
from gatewise.expression import ascii, evaluate_decimal, walk
from gatewise.expression.tree import Number
from gatewise.teach.worksheet import derivative_check
from gatewise.teach.worksheet.digits import styles_for
from gatewise.teach.worksheet.layout.document import Facts, Row
from gatewise.teach.worksheet.work.substitution import GUARD_DIGITS, substitute

CHUNK = 20  # models to a test
GATES = ("a", "i", "f", "o")


@pytest.fixture(autouse=True)
def _only_directions(monkeypatch):
    """Derivatives are checked elsewhere; here they would take half of the time."""
    monkeypatch.setattr(derivative_check, "CHECK_STEPS", 0)


def random_model(seed):
    """Arguments of a sheet: H 1-4, T 1-6, D 1-3, 3-8 digits; states, missing labels, short numbers."""
    rng = np.random.default_rng(seed)
    H, T, D = rng.integers(1, 5), rng.integers(1, 7), rng.integers(1, 4)
    scale, short = rng.choice([0.3, 1, 2]), rng.random() < 0.5

    def normal(*shape):
        values = rng.normal(size=shape) * scale
        return values.round(2) if short else values

    params = Params(W=normal(4 * H, D), U=normal(4 * H, H), b=normal(4 * H))
    label = rng.uniform(-1, 1, size=(T, H))
    label[rng.random(label.shape) < 0.1] = np.nan
    if np.isnan(label).all():
        label[0, 0] = 0.5
    state = (normal(H), normal(H)) if rng.random() < 0.5 else None
    data = {"params": params, "x": normal(T, D), "label": label, "state": state}
    return data | {
        "learning_rate": float(rng.choice([0.1, 0.05, 0.3])),
        "updates": 1 + int(rng.random() < 0.1),
        "digits": int(rng.integers(3, 9)),
    }


@pytest.mark.share(4)
@pytest.mark.parametrize("chunk", chunks(25, 10))
def test_full_precision_sides_give_what_is_displayed(chunk):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        ties = list(TIES)[seed % 3]
        model = random_model(seed)
        detail = "products" if seed % 20 == 0 else "example"
        check = Check(worksheet(**model, ties=ties, detail=detail), model["digits"], ties)
        if seed % 20 == 0:
            check.json()
        if seed % 5 == 0:
            check.rows()


# 200 models, the first 60 of them with every tie rule, the others with one; a slow test has all 500 with all.
BY_HAND = [(chunk, ties) for chunk in range(3) for ties in TIES]
BY_HAND += [(chunk, list(TIES)[chunk % 3]) for chunk in range(3, 10)]


@pytest.mark.share(4)
@pytest.mark.parametrize(("chunk", "ties"), BY_HAND)
def test_by_hand_sides_give_what_is_displayed_and_values_are_the_honest_ones(chunk, ties):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        check_by_hand(seed, ties)


def check_by_hand(seed, ties):
    model = random_model(seed)
    detail = "products" if seed % 20 == 0 else "example"
    sheet = worksheet(**model, rounding="hand", ties=ties, detail=detail)
    check = Check(sheet, model["digits"], ties, "hand")
    if seed % 20 == 0:
        check.json()
        check.rows()
    for id, expected in work_out_by_hand(**model, ties=ties).items():
        assert list(map(Decimal, sheet[id].displayed)) == expected, f"{id} seed={seed} {ties}"
        assert sheet[id].value.ravel().tolist() == list(map(float, expected)), f"{id} seed={seed} {ties}"


@pytest.mark.slow
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("chunk", range(25))
def test_every_model_with_every_tie_rule(chunk, ties):
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        check_by_hand(seed, ties)
        model = random_model(seed)
        Check(worksheet(**model, ties=ties), model["digits"], ties)


def work_out_by_hand(params, x, label, state, learning_rate, updates, digits, ties):
    """The document by hand: {line id: entries}, every named quantity rounded before it is used."""
    with localcontext(Context(prec=60)):
        hand = Hand(digits, ties)
        T, H = label.shape
        W, U, b = (hand.given(f"{n}", getattr(params, n)) for n in "WUb")
        start = state or (np.zeros(H), np.zeros(H))
        data = {
            "x": [hand.given(f"x@t={t}", x[t]) for t in range(T)],
            "label": [hand.given(f"label@t={t}", label[t]) for t in range(T)],
            "out": hand.given("out@t=-1", start[0]),
            "state": hand.given("state@t=-1", start[1]),
        }
        for update in range(1, updates + 1):
            hand.suffix = f"#{update}" if update > 1 else ""
            W, U, b = hand.one_update(W, U, b, data, Decimal(repr(learning_rate)))
        return {
            id: values for id, values in hand.lines.items() if not any(value.is_nan() for value in values)
        }


class Hand:
    """Rounds and remembers. Matrices are flat lists, row by row."""

    def __init__(self, digits, ties):
        self.digits, self.mode = digits, TIES[ties]
        self.unit = Decimal(1).scaleb(-digits)
        self.suffix = ""
        self.lines = {}

    def rounded(self, values):
        """To decimals; an entry that would read as zero, or is long, to significant digits."""
        fine = Context(prec=self.digits, rounding=self.mode)
        largest = 10 ** min(10, 15 - self.digits)
        shown = []
        for value in values:
            fixed = value if value.is_nan() else value.quantize(self.unit, self.mode)
            long = not value.is_nan() and ((value and not fixed) or abs(value) >= largest)
            shown.append(fine.plus(value) if long else fixed)
        return shown

    def given(self, id, values):
        """A given number keeps its own digits if it has no more than are asked for."""
        exact = [Decimal(repr(value)) for value in np.ravel(values).tolist()]
        column = self.rounded(exact)
        own = [
            v if v.is_nan() or v == v.quantize(self.unit) else r for v, r in zip(exact, column, strict=True)
        ]
        self.lines[id] = own
        return own

    def note(self, id, values):
        self.lines[id + self.suffix] = values = self.rounded(values)
        return values

    def one_update(self, W, U, b, data, rate):
        xs, labels = data["x"], data["label"]
        T, D, H = len(xs), len(xs[0]), len(data["out"])

        def part(matrix, gate, columns):
            rows = [matrix[k * columns : (k + 1) * columns] for k in range(4 * H)]
            return rows[GATES.index(gate) * H : (GATES.index(gate) + 1) * H]

        steps, out, state = [], data["out"], data["state"]
        for t in range(T):
            v = {"out_prev": out, "state_prev": state}
            for id, gate in zip(("F1", "F2", "F3", "F4"), GATES, strict=True):
                z = [
                    sum(w * x for w, x in zip(W_row, xs[t], strict=True))
                    + sum(u * h for u, h in zip(U_row, out, strict=True))
                    + bias
                    for W_row, U_row, (bias,) in zip(
                        part(W, gate, D), part(U, gate, H), part(b, gate, 1), strict=True
                    )
                ]
                v[gate] = self.note(f"{id}@t={t}", [tanh(n) if gate == "a" else sigmoid(n) for n in z])
            state = self.note(f"F5@t={t}", [v["a"][h] * v["i"][h] + v["f"][h] * state[h] for h in range(H)])
            out = self.note(f"F6@t={t}", [tanh(state[h]) * v["o"][h] for h in range(H)])
            v["label"] = [own if wish.is_nan() else wish for own, wish in zip(out, labels[t], strict=True)]
            (v["loss"],) = self.note(
                f"L1@t={t}", [sum((o - y) ** 2 for o, y in zip(out, v["label"], strict=True)) / 2]
            )
            steps.append(v | {"state": state, "out": out})
        self.note("L1", [sum(v["loss"] for v in steps)])

        delta_out, carried = [Decimal(0)] * H, [Decimal(0)] * H
        for t in reversed(range(T)):
            v, units = steps[t], range(H)
            a, i, f, o, state = (v[n] for n in (*GATES, "state"))
            delta = self.note(f"B0@t={t}", [v["out"][h] - v["label"][h] for h in units])
            d_out = self.note(f"B1@t={t}", [delta[h] + delta_out[h] for h in units])
            d_state = self.note(
                f"B2@t={t}", [d_out[h] * o[h] * (1 - tanh(state[h]) ** 2) + carried[h] for h in units]
            )
            d = [
                self.note(f"B3@t={t}", [d_state[h] * i[h] * (1 - a[h] ** 2) for h in units]),
                self.note(f"B4@t={t}", [d_state[h] * a[h] * i[h] * (1 - i[h]) for h in units]),
                self.note(f"B5@t={t}", [d_state[h] * v["state_prev"][h] * f[h] * (1 - f[h]) for h in units]),
                self.note(f"B6@t={t}", [d_out[h] * tanh(state[h]) * o[h] * (1 - o[h]) for h in units]),
            ]
            v["d"] = [entry for block in d for entry in block]
            self.note(f"B7@t={t}", [sum(W[k * D + n] * v["d"][k] for k in range(4 * H)) for n in range(D)])
            delta_out = self.note(
                f"B8@t={t}", [sum(U[k * H + n] * v["d"][k] for k in range(4 * H)) for n in units]
            )
            carried = [d_state[h] * f[h] for h in units]

        rows = range(4 * H)
        d_W = self.note(
            "G1", [sum(v["d"][k] * xs[t][n] for t, v in enumerate(steps)) for k in rows for n in range(D)]
        )
        d_U = self.note(
            "G2", [sum(v["d"][k] * v["out_prev"][n] for v in steps) for k in rows for n in range(H)]
        )
        d_b = self.note("G3", [sum(v["d"][k] for v in steps) for k in rows])
        return (
            self.note(f"P1[{name}]", [w - rate * g for w, g in zip(old, gradient, strict=True)])
            for name, old, gradient in (("W", W, d_W), ("U", U, d_U), ("b", b, d_b))
        )  # fmt: skip


# Cases that random models seldom meet ------------------------------------------------------------------


def one_unit(W, U, b, x, label=None, **options):
    """A sheet of one unit and one input; W, U, b are the numbers of the gates a, i, f, o."""
    params = Params(W=np.reshape(W, (4, 1)), U=np.reshape(U, (4, 1)), b=np.array(b, dtype=float))
    return worksheet(params, np.reshape(x, (-1, 1)), label, **options)


@pytest.mark.share(4)
@pytest.mark.parametrize("ties", ["half-even", "truncate"])
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("digits", [2, 12])
@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e-3, 1, 30, 1e3, 1e8])
def test_extreme_weights(scale, digits, rounding, ties):
    """From gates that do not move to gates that saturate below what float64 can hold."""
    rng = np.random.default_rng(12)
    params = Params(**{n: rng.normal(size=s) * scale for n, s in (("W", (8, 2)), ("U", (8, 2)), ("b", 8))})
    data = rng.normal(size=(3, 2)), rng.uniform(-1, 1, size=(3, 2))
    sheet = worksheet(params, *data, digits=digits, rounding=rounding, ties=ties, detail="products")
    Check(sheet, digits, ties, rounding).rows()


@pytest.mark.share(4)
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize(
    "options",
    [{"learning_rate": 0}, {"learning_rate": 1e6}, {"learning_rate": 1e300}, {"learning_rate": 1e-15}],
    ids=str,
)
@pytest.mark.parametrize("digits", [2, 5, 12])
def test_extreme_learning_rates(options, digits, rounding):
    model = (
        random_model(7) | options | {"digits": digits, "updates": 1 if options["learning_rate"] > 1e9 else 3}
    )
    sheet = worksheet(**model, rounding=rounding)
    Check(sheet, digits, rounding=rounding).rows()


@pytest.mark.parametrize("scale", [1e-9, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("rounding", ["full", "hand"])
@pytest.mark.parametrize("digits", [3, 12])
def test_large_and_small_x(scale, digits, rounding):
    model = random_model(8) | {"digits": digits}
    sheet = worksheet(**model | {"x": model["x"] * scale}, rounding=rounding)
    Check(sheet, digits, rounding=rounding).rows()


@pytest.mark.share(2)
@pytest.mark.parametrize("digits", [2, 12])
@pytest.mark.parametrize("rounding", ["full", "hand"])
def test_two_hundred_steps(digits, rounding):
    """Sums over many steps are shown by a few terms and the sum of the rest; they, too, work out."""
    rng = np.random.default_rng(4)
    label = rng.uniform(-1, 1, size=(200, 1))
    sheet = one_unit(
        rng.normal(size=4), rng.normal(size=4), rng.normal(size=4), rng.normal(size=200), label,
        digits=digits, rounding=rounding,
    )  # fmt: skip
    Check(sheet, digits, rounding=rounding).rows()
    assert ascii(sheet["G3"].substituted).count(";") == 4 * 3  # two first terms, the middle's sum, the last


def test_by_hand_what_is_carried_is_what_is_shown():
    """0.00049996 at 3 digits is 5.00e-4 when written; as a number it must not become 0.001 later."""
    sheet = one_unit([0.00049996] * 4, [0] * 4, [0] * 4, [1], digits=3, rounding="hand", ties="half-up")
    assert sheet["W"].displayed == ["5.00e-4"] * 4
    assert sheet["F1@t=0"].displayed == ["5.00e-4"]
    assert sheet["F1@t=0"].value == [0.0005]
    assert sheet["F5@t=0"].displayed == ["2.50e-4"]


def test_by_hand_a_difference_that_is_zero_is_zero():
    """0.3 - 0.1 × 3 is 0 in decimals, 5.6e-17 in floats."""
    sheet = one_unit([0.3, 0, 0, 0], [0.1, 0, 0, 0], [0.3, 0, 0, 0], [1], digits=5, rounding="hand",
                     state=([-6.0], [0.0]))  # fmt: skip
    assert sheet["F1@t=0"].displayed == ["0"]
    assert not sheet["F1@t=0"].value.any()


@pytest.mark.parametrize(
    ("ties", "expected"), [("half-up", "0.13"), ("half-even", "0.12"), ("truncate", "0.12")]
)
def test_by_hand_ties_are_decided_in_decimals(ties, expected):
    """a i + f state = 0.5 × 0.25 + 0 is a tie at 2 digits."""
    sheet = one_unit([0] * 4, [0] * 4, [0] * 4, [0], [[0.25]], digits=2, rounding="hand", ties=ties,
                     state=([0.0], [0.25]))  # fmt: skip
    assert sheet["F3@t=0"].displayed == ["0.50"]
    assert sheet["F5@t=0"].displayed == [expected]


def test_saturated_slopes_show_only_digits_that_there_are():
    """1 − o of an o that is nearly 1 has few digits in float64: the line works out, with fewer digits."""
    sheet = one_unit([0, 0, 0, 36.5], [0] * 4, [0.5, 1, 1, 0], [1], [[0.25]])
    line = sheet["B6@t=0"]
    assert line.reproduces
    Check(sheet, 5)


def test_vanishing_gradients():
    """Over 500 steps to 1e-80: shown in significant digits, and the lines work out."""
    label = np.full((500, 1), np.nan)
    label[-1] = 1
    sheet = one_unit([0.5] * 4, [0.1] * 4, [0.0] * 4, np.ones(500), label)
    assert 0 < abs(sheet["B2@t=0"].value[0]) < 1e-75
    assert sheet["B2@t=0"].reproduces


def test_the_last_line_of_a_long_chain_can_be_read_first():
    """Where digits are scarce each line's style depends on the lines before it; not by a recursion that deep."""
    sheet = one_unit([1] * 4, [0.1] * 4, [2] * 4, np.ones(500), digits=12)
    assert sheet["F5@t=499"].displayed[0].startswith("22.")
    assert sheet["F5@t=499"].reproduces


def test_guard_digits_are_the_fewest_and_most_lines_need_none():
    """With fewer guard digits than a line shows, it would not work out."""
    assert GUARD_DIGITS[:13] == tuple(range(13))
    guards = []
    for seed in range(0, 60, 3):
        for line in worksheet(**random_model(seed) | {"digits": 5}):
            if line.given:
                continue
            guard = max(node.guard for node in walk(line.substituted) if isinstance(node, Number))
            guards.append(guard)
            for fewer in GUARD_DIGITS[: GUARD_DIGITS.index(guard)]:
                values = work_out(ascii(substitute(line.working, line.formula, fewer)))
                shown = line.displayed
                assert not all(writes_as(*pair, 5, "half-up") for pair in zip(values, shown, strict=True))
    assert sum(guard == 0 for guard in guards) > 0.6 * len(guards)
    assert sum(guard <= 3 for guard in guards) > 0.95 * len(guards)


@pytest.mark.parametrize("ties", ["half-up", "half-even", "truncate"])
def test_large_quantities_worked_by_hand_are_those_of_decimal_arithmetic(ties):
    """From 64 entries on, floating point decides where nothing is near a tie: the digits stay the same."""
    rng = np.random.default_rng(3)
    params = Params.init(3, 20, seed=3, dtype="float64")
    x, label = rng.normal(size=(3, 3)).round(2), rng.normal(size=(3, 20)).round(1)
    sheet = worksheet(params, x, label, rounding="hand", ties=ties, digits=4)
    for id in ("G1", "G2", "G3", "P1[U]"):
        line = sheet[id]
        working = line.working
        decimals = np.ravel(evaluate_decimal(working.closed(line.formula), working._decimal_value))
        styles = styles_for(decimals.tolist(), 4, ties)
        expected = [style.write(value) for style, value in zip(styles, decimals, strict=True)]
        assert line.texts.ravel().tolist() == expected, id


def test_lines_of_many_guard_digits_are_named():
    """An entry of 4e-5 beside one of 1e-2 takes more than three: the sheet says which lines do."""
    named = 0
    for seed in range(40):
        sections = worksheet(**random_model(seed) | {"digits": 3}).document.sections
        rows = [block for section in sections for block in section.blocks if isinstance(block, Row)]
        facts = [block for block in sections[-1].blocks if isinstance(block, Facts)]
        said = dict(pair for block in facts for pair in block.pairs).get("guard digits", "")
        for row in rows:
            guards = [node.guard for side in row.sides for node in walk(side) if isinstance(node, Number)]
            named += max(guards, default=0) > 3
            assert max(guards, default=0) <= 3 or f"{row.id} (" in said, row.id
        assert all(int(count) > 3 for count in re.findall(r"\((\d+)\)", said))
    assert named
