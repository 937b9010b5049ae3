"""What every chart of a report shares: colours, inline SVG, axes in plain numbers, the legend above."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from gatewise.support.extras import need

COLOURS = ("#2b8cc4", "#e0702c", "#3f9e63", "#a05fb0", "#b58a1b", "#7a7f87")  # readable on light and dark
INK = "#123457"  # stands for the page's own text colour until the SVG is written
WIDTH = 7.2  # inches, of a figure as wide as the page
PAGE_WIDTH = 50  # rem
LEGEND_ROOM = 58  # letters in one row of a legend: what a phone shows of a picture before it is slid
MARK = 6  # letters that the piece of line before a name is wide
COMMAS = 1e3  # from here on, numbers of an axis have commas
PLAIN = (1e-4, 1e7)  # sizes between these are written without powers of ten

STYLE = {
    "font.size": 9, "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "text.color": INK, "svg.fonttype": "none", "axes.grid": True, "axes.axisbelow": True, "grid.alpha": 0.25,
    "grid.color": INK, "legend.frameon": False,
}  # fmt: skip
P = ParamSpec("P")


def styled(draw: Callable[P, str]) -> Callable[P, str]:
    """Draw in the page's colours, every text too, and leave the settings of the calling program alone."""

    @wraps(draw)
    def drawn(*arguments: P.args, **options: P.kwargs) -> str:
        matplotlib = need("matplotlib", "train", "the report")
        with matplotlib.rc_context(STYLE | {"axes.prop_cycle": matplotlib.cycler(color=COLOURS)}):
            return draw(*arguments, **options)

    return drawn


def new_figure(width: float = WIDTH, height: float = 3.0, columns: int = 1, rows: int = 1) -> tuple[Any, Any]:
    """Make a figure without a window; panels above one another share the axis x."""
    figure = need("matplotlib.figure", "train", "the report").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure, figure.subplots(rows, columns, sharex=rows > 1)


def svg_of(figure: Any, title: str) -> str:
    """Write the figure as an SVG element in the page's colour; the same figure, the same bytes."""
    written = io.StringIO()
    matplotlib = need("matplotlib", "train", "the report")
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    # Its style would be one that the page's security policy does not know; page.css says the same.
    svg = re.sub(r"<(metadata|style)[^>]*>.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Two charts on one page may not share ids.
    mark = re.sub(r"\W", "", title)
    svg = re.sub(r'\bid="', f'id="{mark}-', svg)
    svg = re.sub(r'href="#', f'href="#{mark}-', svg)
    svg = svg.replace("url(#", f"url(#{mark}-")
    room = f"max-width: {PAGE_WIDTH * figure.get_figwidth() / WIDTH:.0f}rem"
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}" style="{room}"', 1)


def legend_above(axes: Any) -> None:
    """Say which line is which above the axes, where no line is; at the left, which a phone shows first."""
    lines, names = axes.get_legend_handles_labels()
    room = sum(len(name) + MARK for name in names)
    columns = len(names) if room <= LEGEND_ROOM else 2
    axes.figure.legend(lines, names, loc="outside upper left", ncols=columns, borderaxespad=0.2)


def whole_numbers(axis: Any) -> None:
    """Put the ticks of an axis at whole numbers."""
    axis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def plain_numbers(axis: Any) -> None:
    """Write the numbers of an axis, whose lines are drawn, in full: 711,000,000, not 7.11 and 1e8 apart."""
    ticker = need("matplotlib.ticker", "train", "the report")
    largest = abs(axis.get_view_interval()).max()
    short = PLAIN[0] <= largest < COMMAS  # these with as many digits each
    axis.set_major_formatter(
        ticker.ScalarFormatter(useOffset=False) if short else ticker.FuncFormatter(_full)
    )


def plain_logarithm(axes: Any) -> None:
    """Make the axis y, whose lines are drawn, logarithmic: in plain numbers, long ones in powers of ten."""
    ticker = need("matplotlib.ticker", "train", "the report")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    within = (1, 1.5, 2, 3, 5, 7) if high < 10 * low else (1, 2, 5) if high < 1000 * low else (1,)
    plain = PLAIN[0] <= low and high < PLAIN[1]
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=within))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(_full if plain else _power))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())


def _full(value: float, _place: int | None = None) -> str:
    return f"{value:,.10g}".replace("-", "\N{MINUS SIGN}", 1 if value < 0 else 0)


def _power(value: float, _place: int | None = None) -> str:
    """Write a number as a power of ten, and times what if it is none."""
    factor, power = f"{value:.1e}".split("e")
    factor = "" if float(factor) == 1 else rf"{float(factor):g}\times"
    return f"${factor}10^{{{int(power)}}}$"
