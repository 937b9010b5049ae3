"""`SeriesScale`: the mean and spread of one series, for tables whose series are of different size."""

from __future__ import annotations

from typing import NamedTuple


class SeriesScale(NamedTuple):
    """How one series is scaled; its name is the text of what the table calls it.

    mean, scale: of each column of `Preparation.inputs`; label_mean, label_scale: of each target.
    """

    series: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    label_mean: tuple[float, ...]
    label_scale: tuple[float, ...]
