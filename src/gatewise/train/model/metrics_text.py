"""How numbers, names of metrics and comparisons are written: alike in the terminal and in the report.

metrics.py measures; here is only what a reader sees of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gatewise.support.given import listed
from gatewise.train.metrics.table import metric_of

MANY = 10.0  # times an error: from there on it is not told in percent
# Windows of a test below which it says little: the mean of 20 errors is off by 1/√20 of their spread.
FEW = 20
NAMED = 3  # series in a sentence


def number(value: float | None) -> str:
    """Write a metric: whole numbers from 1,000 on, four digits below."""
    if value is None:
        return "none known"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"


def metric(name: str) -> str:
    """Write the name of a metric, which in results.json is a key, as the head of a column."""
    return _HEADS.get(name, name.replace("_", " "))


_HEADS = {"r2": "R²", "nse": "NSE", "kge": "KGE", "mape": "mape %", "smape": "smape %"}


def title(name: str) -> str:
    """Write the name of a metric in a sentence."""
    row = metric_of(name)
    return row.title if row else metric(name)


def percent(share: float, digits: int = 0) -> str:
    """Write a share."""
    return f"{100 * share:.{digits}f} %"


def count(amount: int, thing: str, things: str = "") -> str:
    """Write how many there are of a thing: 1 window, 2,000 windows."""
    return f"{amount:,} {thing if amount == 1 else things or thing + 's'}"


def advantage(measure: str, ours: float, theirs: float) -> float:
    """Return how much better ours is, to one decimal: of an error in percent, of a share in points.

    Of an efficiency, which is 1 at best, it is the difference, to four digits. Negative where ours is worse;
    nothing in percent of zero is infinite.
    """
    match _kind(measure):
        case "share":
            return round(100 * (ours - theirs), 1)
        case "score":
            return float(f"{ours - theirs:.4g}") if abs(ours - theirs) >= 5e-5 else 0.0
    if theirs == 0:
        return -float("inf") if ours else 0.0
    return round(100 * (1 - ours / theirs), 1)


def _kind(measure: str) -> str:
    """Say how values of a metric are compared: an "error" is best small, a "share" or a "score" large."""
    row = metric_of(measure)
    return row.unit if row is not None and row.better == "larger" else "error"


def _times(measure: str, ours: float, theirs: float) -> str:
    """Write an error that is many times another as a factor; empty where it is not."""
    if _kind(measure) != "error" or not theirs or ours / theirs < MANY:
        return ""
    factor = ours / theirs
    return f"{number(factor) if factor >= 100 else f'{factor:.2g}'} times"


def compared(measure: str, ours: float, theirs: float) -> str:
    """Say in a sentence how ours stands to another: "8.9 % better than"."""
    ahead, times = advantage(measure, ours, theirs), _times(measure, ours, theirs)
    if ahead == 0:
        return "as good as"
    if times:
        return f"{times} the error of"
    way, kind = "better" if ahead > 0 else "worse", _kind(measure)
    if kind == "score":
        return f"{number(abs(ahead))} {way} than"
    size = f"{abs(ahead):.1f} {'points' if kind == 'share' else '%'} " if theirs or kind == "share" else ""
    return f"{size}{way} than"


def against(measure: str, ours: float | None, theirs: float | None) -> str:
    """Say in a cell of a table how much better or worse ours is: "8.9 % better"."""
    if ours is None or theirs is None:
        return ""
    if advantage(measure, ours, theirs) == 0:
        return "as good"
    return compared(measure, ours, theirs).removesuffix(" of").removesuffix(" than")


def left_out(results: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Say which of the metrics `names` are means or medians that leave series out, and how many."""
    said = []
    for target, counts in results.get("left_out", {}).items():
        rows = results.get("by_series", {}).get(target, ())
        said += [
            f"{target}: {metric(name)} is over {len(rows) - missing:,} of {len(rows):,} series; "
            f"{'the training rows' if name == 'mase' else 'the values'} of {_without(name, rows, missing)} "
            "are constant, or few"
            for name, missing in counts.items()
            if name in names
        ]
    return said


def _without(name: str, rows: Sequence[Mapping[str, Any]], missing: int) -> str:
    """Name the series without a value of a metric; "the others" where the rows do not tell."""
    found = [
        str(row["series"]) for row in rows if next(iter(row["metrics"].values())).get(name, missing) is None
    ]
    if len(found) != missing:
        return "the others"
    return listed([*found[:NAMED], f"{missing - NAMED:,} more"] if missing > NAMED else found)


def no_test(of: str) -> str:
    """Warn where no test was kept, by what results call their windows; empty where there is one."""
    if "(no test was kept)" not in of:
        return ""
    seen = "training has learned from" if of.startswith("training") else "the training was chosen by"
    return (
        f"There is no test: these are windows that {seen}, and it is better there than it will be on others."
    )


def few_windows(windows: int) -> str:
    """Warn of a test that is too small to compare by; empty where it is not."""
    if windows >= FEW:
        return ""
    return f"Only {count(windows, 'window')}: fewer than {FEW} say little about which is better."
