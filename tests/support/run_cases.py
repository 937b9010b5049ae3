"""Every kind of run that is served elsewhere: its data, its keys, and new data where it predicts others."""

from functools import cache

import numpy as np

import gatewise

WINDOW, HORIZON = 12, 5
SMALL = {
    "target": "load", "time": "time", "window": WINDOW, "horizon": HORIZON, "hidden": 4, "epochs": 1, "tune": False,
    "threads": 1,
}  # fmt: skip


def table(rows=260, seed=0):
    """An hourly load with a feature that leads it, a large one, kinds; and gaps, one longer than a window."""
    rng = np.random.default_rng(seed)
    t = np.arange(rows)
    load = 5 + np.sin(2 * np.pi * t / 24) + 0.1 * rng.standard_normal(rows)
    warmth = np.roll(load, -2) * 100 + 1000
    wind = rng.standard_normal(rows)
    for column in (load, warmth, wind):
        column[rng.random(rows) < 0.08] = np.nan
    if rows > 200:
        warmth[40:75] = np.nan
        load[rows - 30 : rows - 9] = np.nan
    return {
        "time": np.datetime64("2024-01-01T00:00:00") + np.timedelta64(3600, "s") * t,
        "load": load, "warmth": warmth, "wind": wind, "kind": np.array(["a", "b", "c"], object)[rng.integers(0, 3, rows)],
    }  # fmt: skip


def panel(series=14, rows=60, short=3):
    """Series of different sizes, one of them shorter than a window, each of a store of its own."""
    parts = []
    for number in range(series):
        part = table(9 if number == short else rows, number)
        count = len(part["load"])
        part["load"] = part["load"] * (number + 1)
        part |= {name: np.full(count, f"{name}{number}", object) for name in ("id", "store")}
        parts.append(part | {"big": np.full(count, float(number))})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def with_rows_ahead():
    """The last rows have what is known ahead and nothing else, a gap among it."""
    data = table(seed=5)
    for name in ("load", "wind"):
        data[name][-HORIZON:] = np.nan
    data["warmth"][-3] = np.nan
    return data


def of_counts():
    return {**table(), "load": np.random.default_rng(2).poisson(4, 260).astype(float)}


PANEL = {"series": "id", "window": 10, "horizon": 4, "features": ["warmth"]}
CASES = {
    "with gaps": (table, {}, None),
    "logarithms, none below 0": (table, {"log": True, "non_negative": True}, None),
    "from the season before": (table, {"season": 8}, None),
    "the past as changes": (table, {"past": "changes"}, None),
    "changes from the season before": (table, {"season": 8, "past": "changes"}, None),
    "values": (table, {"change": False}, None),
    "quantiles of two targets": (
        table, {"target": ["load", "wind"], "loss": "pinball", "quantiles": [0.1, 0.4, 0.9]}, None
    ),
    "a normal distribution": (table, {"loss": "gaussian"}, None),
    "counts": (of_counts, {"loss": "negative_binomial"}, None),
    "windows with gaps left out": (table, {"missing": "drop", "window": 4}, None),
    "categories": (table, {"categories": ["kind"]}, None),
    "known ahead": (table, {"future": ["warmth", "kind"], "categories": ["kind"]}, with_rows_ahead),
    "last rows": (table, {"skip": 3, "dtype": "float64"}, None),
    "both directions, last rows": (table, {"skip": 3, "layers": 2, "bidirectional": True}, None),
    "a cell of equations": (table, {"cell": "mgu"}, None),
    "projected": (table, {"cell": "projected"}, None),
    "float64": (table, {"dtype": "float64"}, None),
    "stateful": (table, {"stateful": True}, None),
    "regress": (table, {"task": "regress", "horizon": None}, None),
    "classes": (table, {"task": "classify", "target": "kind", "horizon": None}, None),
    "series": (panel, {**PANEL, "static": ["big"]}, None),
    "series scaled each": (panel, {**PANEL, "static": ["big"], "scale": "series"}, None),
    "series that are new": (
        panel, {**PANEL, "scale": "series", "season": 4, "past": "changes", "log": True}, lambda: panel(16)
    ),
    "learned vectors": (
        panel, {**PANEL, "static": ["store"], "categories": ["store", "kind"]}, lambda: panel(16)
    ),
    "whole series": (
        lambda: panel(20, 40), {
            **PANEL, "task": "regress", "window": 0, "horizon": None, "features": ["warmth", "wind"], "split": "group",
        }, None,
    ),
}  # fmt: skip


@cache
def fitted_case(case):
    """A trained model of a case, once, and the data that it predicts."""
    data, keys, new = CASES[case]
    data = data()
    chosen = {name: value for name, value in {**SMALL, **keys}.items() if value is not None}
    return gatewise.fit(data, **chosen), data if new is None else new()


def said_of(model, data, rolling):
    """What predict's own table is made of: (N, horizon, K, Q), or (N, C) of classes."""
    windows = model.windows(data, "every" if rolling else "last")
    return model.forecast(windows, windows.test)
