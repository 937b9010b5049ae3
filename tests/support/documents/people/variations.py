"""Small variations of what people write: templates filled with an LSTM of one unit, sound or with one wrong number.

The templates are in templates/*.toml, a file for each kind of dialect. In them [[f1]] is a number, [[W.f p]] one
in brackets if it is negative, and [[f1!]] one that may be made wrong: what determines it stands in the document.
All numbers are worked in plain floats, each rounded as it is written and used as it stands.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
from people.cases import Case

FOLDER = Path(__file__).parent / "templates"
PLACE = re.compile(r"\[\[([A-Za-z0-9_.]+)( ?p)?(!)?\]\]")
EACH = 3  # documents of each template: a sound one, a wrong one, and one more of either
GATES = ("f", "i", "g", "o")


def variations() -> Iterator[Case]:
    """Yield every case."""
    for path in sorted(FOLDER.glob("*.toml")):
        for number, template in enumerate(tomllib.loads(path.read_text("utf-8"))["template"]):
            for turn in range(EACH):
                seed = [sum(map(ord, path.stem)), number, turn]
                yield _case(
                    f"{path.stem}: {template['name']} {turn}", template, turn, np.random.default_rng(seed)
                )


def _case(name: str, template: dict[str, Any], turn: int, rng: np.random.Generator) -> Case:
    text = template["text"]
    digits = int(template.get("digits", (4, 4, 3, 5)[rng.integers(4)]))
    values = worked(rng, digits, zero=template.get("zero", False))
    places = [match for match in PLACE.finditer(text) if match[3]]
    wrong = (
        places[rng.integers(len(places))]
        if places and turn != 0 and (turn == 1 or rng.random() < 0.5)
        else None
    )
    comma = template.get("comma", False)
    bad = good = ""

    def fill(match: re.Match[str]) -> str:
        nonlocal bad, good
        shown = values[match[1]]
        if wrong is not None and match.start() == wrong.start():
            good, bad = shown, spoilt(shown, rng)
            shown = bad
        shown = f"({shown})" if match[2] and shown.startswith("-") else shown
        return shown.replace(".", ",") if comma else shown

    text = PLACE.sub(fill, text)
    kind, right, least = template.get("kind", "sound"), template.get("right", ""), template.get("least", 1)
    if wrong is not None:
        alternatives = [bad, bad.replace(".", ","), good, good.replace(".", ",")]
        kind, right = "wrong", "|".join(dict.fromkeys(alternatives))
    return Case(name, kind, text, right, least, template.get("suffix", ".md"))


def spoilt(shown: str, rng: np.random.Generator) -> str:
    """Return a number with its second decimal changed by 2 to 8."""
    point = shown.index(".")
    digit = (int(shown[point + 2]) + int(rng.integers(2, 9))) % 10
    return shown[: point + 2] + str(digit) + shown[point + 3 :]


def worked(rng: np.random.Generator, digits: int, zero: bool = False) -> dict[str, str]:
    """Return every number as it is written: such that it does not matter which steps between were rounded."""
    while True:
        values, texts = _worked(rng, digits, zero)
        if all(abs(values[name] - exact) < 0.5 * 10**-digits for name, exact in _at_once(values)):
            return texts


def _at_once(v: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Yield what comes out where steps between are not rounded."""
    for t in (1, 2):
        c, h = v[f"c{t - 1}"], v[f"h{t - 1}"]
        yield f"c{t}", v[f"fc{t}"] + v[f"ig{t}"]
        yield f"h{t}", v[f"o{t}"] * math.tanh(v[f"c{t}"])
        yield f"h{t}", v[f"o{t}"] * math.tanh(v[f"f{t}"] * c + v[f"i{t}"] * v[f"g{t}"])
        yield f"f{t}", sigmoid(v[f"Wxf{t}"] + v[f"Uhf{t}"] + v["b.f"])
        for gate in GATES:
            z = v[f"W.{gate}"] * v[f"x{t}"] + v[f"U.{gate}"] * h + v[f"b.{gate}"]
            yield f"{gate}{t}", math.tanh(z) if gate == "g" else sigmoid(z)
    yield "L.half", (v["e1"] ** 2 + v["e2"] ** 2) / 2
    yield "L.sum", v["e1"] ** 2 + v["e2"] ** 2
    yield "L.mean", (v["e1"] ** 2 + v["e2"] ** 2) / 2
    th, slope = math.tanh(v["c2"]), 1 - math.tanh(v["c2"]) ** 2
    yield "do", v["e2"] * th
    yield "dc", v["e2"] * v["o2"] * slope
    for gate, other in (("f", v["c1"]), ("i", v["g2"])):
        yield f"z{gate}", v["dc"] * other * v[f"{gate}2"] * (1 - v[f"{gate}2"])
    for by in (v["th2"], th):
        yield "zo", v["e2"] * by * v["o2"] * (1 - v["o2"])
    yield "p", 1 / (1 + math.exp(v["s2"] - v["s"]))
    yield "lin", (v["V"] * v["h2"] + v["d"] - v["y2"]) ** 2 / 2
    yield "gn", math.tanh(v["W.g"] * v["x1"] + v["U.g"] * v["gr"] * v["h0"] + v["b.g"])
    yield "gna", math.tanh(v["W.g"] * v["x1"] + v["b.g"] + v["gr"] * (v["U.g"] * v["h0"] + v["d"]))


def _worked(rng: np.random.Generator, digits: int, zero: bool) -> tuple[dict[str, float], dict[str, str]]:
    """Work an LSTM of one unit for two steps, and the last step back."""
    values: dict[str, float] = {}
    texts: dict[str, str] = {}

    def given(name: str, low: float, high: float) -> float:
        number = 0.0
        while abs(number) < 0.05:
            number = round(float(rng.uniform(low, high)), 1)
        values[name], texts[name] = number, f"{number:.1f}"
        return number

    def result(name: str, value: float) -> float:
        unit = Decimal(1).scaleb(-digits)
        text = format(Decimal(repr(value)).quantize(unit, ROUND_HALF_UP), "f")
        text = text.removeprefix("-") if float(text) == 0 else text
        values[name], texts[name] = float(text), text
        return values[name]

    for gate in GATES:
        given(f"W.{gate}", 0.2, 0.9), given(f"U.{gate}", -0.5, 0.6), given(f"b.{gate}", 0.1, 0.4)
    given("x1", 0.3, 1.4), given("x2", -1.2, -0.3), given("y1", 0.1, 0.4), given("y2", 0.1, 0.6)
    given("h0", 0.1, 0.4), given("c0", 0.1, 0.5)
    given("V", 0.5, 1.4), given("d", 0.1, 0.3), given("V2", -0.9, -0.2), given("d2", 0.1, 0.4)
    if zero:
        for name in ("h0", "c0"):
            values[name], texts[name] = 0.0, "0"
    v = values
    for t in (1, 2):
        h, c, x = v[f"h{t - 1}"], v[f"c{t - 1}"], v[f"x{t}"]
        for gate in GATES:
            z = v[f"W.{gate}"] * x + v[f"U.{gate}"] * h + v[f"b.{gate}"]
            function = math.tanh if gate == "g" else sigmoid
            result(f"z{gate}{t}", z)
            result(f"{gate}{t}", function(v[f"z{gate}{t}"]))
            result(f"Wx{gate}{t}", v[f"W.{gate}"] * x), result(f"Uh{gate}{t}", v[f"U.{gate}"] * h)
        result(f"fc{t}", v[f"f{t}"] * c), result(f"ig{t}", v[f"i{t}"] * v[f"g{t}"])
        result(f"c{t}", v[f"f{t}"] * c + v[f"i{t}"] * v[f"g{t}"])
        result(f"th{t}", math.tanh(v[f"c{t}"]))
        result(f"h{t}", v[f"o{t}"] * v[f"th{t}"])
        result(f"e{t}", v[f"h{t}"] - v[f"y{t}"]), result(f"ee{t}", 2 * (v[f"h{t}"] - v[f"y{t}"]))
        result(f"sq{t}", v[f"e{t}"] ** 2), result(f"half{t}", v[f"e{t}"] ** 2 / 2)
    result("L.half", v["half1"] + v["half2"]), result("L.sum", v["sq1"] + v["sq2"])
    result("L.mean", (v["sq1"] + v["sq2"]) / 2)
    _back(v, result)
    _other_cells(v, result)
    return values, texts


def _back(v: dict[str, float], result: Any) -> None:
    """The last step back, by the gates and before their activations; and heads on the last output."""
    result("do", v["e2"] * v["th2"]), result("dc", v["e2"] * v["o2"] * (1 - v["th2"] ** 2))
    result("df", v["dc"] * v["c1"]), result("di", v["dc"] * v["g2"]), result("dg", v["dc"] * v["i2"])
    result("zf", v["df"] * v["f2"] * (1 - v["f2"])), result("zi", v["di"] * v["i2"] * (1 - v["i2"]))
    result("zo", v["do"] * v["o2"] * (1 - v["o2"])), result("zg", v["dg"] * (1 - v["g2"] ** 2))
    result("dcp", v["dc"] * v["f2"])
    result("dWf", v["zf"] * v["x2"]), result("dUf", v["zf"] * v["h1"])
    result("s", v["V"] * v["h2"] + v["d"]), result("s2", v["V2"] * v["h2"] + v["d2"])
    result("E", math.exp(v["s"])), result("E2", math.exp(v["s2"]))
    result("p", v["E"] / (v["E"] + v["E2"])), result("p2", v["E2"] / (v["E"] + v["E2"]))
    (
        result("nll", -math.log(v["p"])),
        result("q", v["p"] - 1),
        result("dhs", v["V"] * v["q"] + v["V2"] * v["p2"]),
    )
    result("sg", sigmoid(v["s"])), result("bce", -math.log(v["sg"])), result("qb", v["sg"] - 1)
    (
        result("lin", (v["s"] - v["y2"]) ** 2 / 2),
        result("le", v["s"] - v["y2"]),
        result("dhl", v["V"] * v["le"]),
    )


def _other_cells(v: dict[str, float], result: Any) -> None:
    """A step of a GRU, of both conventions; of an LSTM with coupled gates; with peepholes; of a plain RNN."""
    result("gz", sigmoid(v["W.f"] * v["x1"] + v["U.f"] * v["h0"] + v["b.f"]))
    result("gr", sigmoid(v["W.i"] * v["x1"] + v["U.i"] * v["h0"] + v["b.i"]))
    result("grh", v["gr"] * v["h0"])
    result("gn", math.tanh(v["W.g"] * v["x1"] + v["U.g"] * v["grh"] + v["b.g"]))
    result("gh", (1 - v["gz"]) * v["h0"] + v["gz"] * v["gn"])
    result("gh2", v["gz"] * v["h0"] + (1 - v["gz"]) * v["gn"])
    result("gm", v["U.g"] * v["h0"] + v["d"])
    result("gna", math.tanh(v["W.g"] * v["x1"] + v["b.g"] + v["gr"] * v["gm"]))
    result("gha", (1 - v["gz"]) * v["gna"] + v["gz"] * v["h0"])
    result("cc1", (1 - v["i1"]) * v["c0"] + v["i1"] * v["g1"])
    result("pf", sigmoid(v["W.f"] * v["x1"] + v["U.f"] * v["h0"] + v["V"] * v["c0"] + v["b.f"]))
    result("nf", sigmoid(v["W.f"] * v["x1"] + v["U.f"] * v["h0"]))
    result("ng", math.tanh(v["W.g"] * v["x1"] + v["U.g"] * v["h0"]))
    result("r1", math.tanh(v["W.g"] * v["x1"] + v["U.g"] * v["h0"] + v["b.g"]))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


__all__ = ["variations"]
