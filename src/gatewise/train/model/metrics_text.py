"""How numbers, names of metrics and comparisons are written: alike in the terminal and in the report.

metrics.py measures; here is only what a reader sees of it.
"""

from __future__ import annotations

MANY = 10.0  # times an error: from there on it is not told in percent
# Windows of a test below which it says little: the mean of 20 errors is off by 1/√20 of their spread.
FEW = 20


def number(value: float | None) -> str:
    """Write a metric: whole numbers from 1,000 on, four digits below."""
    if value is None:
        return "none known"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"


def metric(name: str) -> str:
    """Write the name of a metric, which in results.json is a key."""
    return name.replace("_", " ")


def percent(share: float, digits: int = 0) -> str:
    """Write a share."""
    return f"{100 * share:.{digits}f} %"


def count(amount: int, thing: str, things: str = "") -> str:
    """Write how many there are of a thing: 1 window, 2,000 windows."""
    return f"{amount:,} {thing if amount == 1 else things or thing + 's'}"


def advantage(measure: str, ours: float, theirs: float) -> float:
    """Return how much better ours is, to one decimal: of an accuracy in points, of an error in percent.

    Negative where ours is worse; nothing in percent of zero is infinite.
    """
    if measure == "accuracy":
        return round(100 * (ours - theirs), 1)
    if theirs == 0:
        return -float("inf") if ours else 0.0
    return round(100 * (1 - ours / theirs), 1)


def _times(measure: str, ours: float, theirs: float) -> str:
    """Write an error that is many times another as a factor; empty where it is not."""
    if measure == "accuracy" or not theirs or ours / theirs < MANY:
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
    size = f"{abs(ahead):.1f} {'points' if measure == 'accuracy' else '%'} " if theirs else ""
    return f"{size}{'better' if ahead > 0 else 'worse'} than"


def against(measure: str, ours: float | None, theirs: float | None) -> str:
    """Say in a cell of a table how much smaller our error is, or how many points higher an accuracy."""
    if ours is None or theirs is None:
        return ""
    ahead = advantage(measure, ours, theirs)
    if ahead == 0:
        return "as good"
    if measure == "accuracy":
        return f"{ahead:+.1f} points"
    return _times(measure, ours, theirs) or (f"{-ahead:+.1f} %" if theirs else "worse")


def few_windows(windows: int) -> str:
    """Warn of a test that is too small to compare by; empty where it is not."""
    if windows >= FEW:
        return ""
    return f"Only {count(windows, 'window')}: fewer than {FEW} say little about which is better."
