"""The picture of a run: how many times as long as this engine each peer takes, and our share of the peak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from measurements import peaks, ratios, share_of_peak, thread_counts, times
from peers import PEERS

DTYPE = "float32"
PANELS = ("train", "forward", "stream")
MARKS = {"torch": "o", "jax": "s", "tensorflow": "^", "onnxruntime": "D"}


def write(result: dict[str, Any], path: Path | None) -> None:
    """Draw into `path`, if one is wanted: best of all threads, float32."""
    if path is None:
        return
    import matplotlib as mpl
    from matplotlib import pyplot

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gatewise"  # the same run gives the same file
    chosen = {task: _cases(result, task) for task in PANELS}
    drawn = [task for task in PANELS if chosen[task]]
    if not drawn:
        return
    widths = [len(chosen[task]) + 1 for task in drawn]
    figure, axes = pyplot.subplots(
        2, len(drawn), figsize=(2 + 0.7 * sum(widths), 6), sharex="col", sharey="row", squeeze=False,
        height_ratios=(3, 1), width_ratios=widths, layout="constrained",
    )  # fmt: skip
    for column, task in enumerate(drawn):
        _ratios(axes[0][column], task, chosen[task])
        _share(axes[1][column], chosen[task], peaks(result))
    axes[0][0].set_ylabel("time ÷ gatewise's time")
    shown = {
        label: handle
        for each in axes[0]
        for handle, label in zip(*each.get_legend_handles_labels(), strict=True)
    }
    axes[0][0].legend(shown.values(), shown.keys(), fontsize="small")
    axes[1][0].set_ylabel("% of FMA peak")
    figure.suptitle(f"{result['machine']['model']}, {DTYPE}, best of 1 and 2 threads", fontsize="medium")
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def _cases(result: dict[str, Any], task: str) -> list[dict[str, Any]]:
    return [case for case in result["cases"] if (case["task"], case["dtype"]) == (task, DTYPE)]


def _ratios(axes: Any, task: str, cases: list[dict[str, Any]]) -> None:
    """Draw a mark for each peer and size, above 1 where this engine is faster."""
    by_size = [ratios(times(case, None)) for case in cases]
    for peer, mark in MARKS.items():
        at = [number for number, ratio in enumerate(by_size) if peer in ratio]
        heights = [by_size[number][peer] for number in at]
        if at:
            axes.plot(at, heights, mark, label=PEERS[peer].label, markersize=6, alpha=0.8)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.set_title(task)
    axes.set_xticks(range(len(cases)), [""] * len(cases))


def _share(axes: Any, cases: list[dict[str, Any]], most: dict[tuple[str, int], float]) -> None:
    """Draw a bar for each size: the best share of the peak over the numbers of threads."""
    shares = [
        max(100 * (share_of_peak(case, n, most) or 0.0) for n in thread_counts(case) if n) for case in cases
    ]
    axes.bar(range(len(cases)), shares, color="0.5", width=0.6)
    axes.set_ylim(0, 100)
    axes.grid(visible=True, axis="y", alpha=0.3)
    names = [case["size"] for case in cases]
    axes.set_xticks(range(len(cases)), names, rotation=60, ha="right", fontsize="small")
