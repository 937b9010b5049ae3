"""`RunWindow`: one window of a trained model, as train hands it out and teach shows it.

The two do not know each other; openers.py says who makes what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gatewise.support.arrays import FloatArray


class Column(NamedTuple):
    """What a scaled number stands for: mean + scale · number, in the units of the table.

    Attributes
    ----------
    name : str
        Of the column, or of what is predicted.
    base : int, optional
        Of an output that is a change: the column of x whose last value, in units, stands for the mean.
    """

    name: str
    mean: float = 0.0
    scale: float = 1.0
    base: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class RunWindow:
    """A window of a trained model: what the network reads, with what weights, and what it is to say.

    Attributes
    ----------
    run : str
        Where the model is.
    at : str
        The row that the window ends with, as it was asked for.
    series : str
        Which series it is of; "" where there is one.
    times : tuple of str
        Of each of the T rows.
    layers : tuple of (str, Params)
        From the input upwards.
    x : array (T, D)
        Scaled; learned vectors stand beside the columns of the table.
    columns : tuple of Column
        The D columns of x.
    W, b : array (P, F) and (P,)
        The head's, for the last out of the last layer.
    beside : dict
        What the head reads beside it, by name, "extra" or "recent": weights (P, n) and values (n,).
    label : array (P,)
        Scaled, NaN where there is none; of classes 1 for the right one and 0 for the others.
    classes : bool
        Whether what is said are probabilities, by softmax.
    outputs : tuple of Column
        What each of the P outputs stands for.
    output_names : tuple of str
        Short ones: "+1", or of a class its name.
    note : str
        What is to be known: whose loss it is, what is not as in training.
    base : str
        What a forecast counts from, where changes are learned, and whether that moves with x; else "".
    """

    run: str
    at: str
    series: str
    times: tuple[str, ...]
    layers: tuple[tuple[str, Any], ...]
    x: FloatArray
    columns: tuple[Column, ...]
    W: FloatArray
    b: FloatArray
    label: FloatArray
    classes: bool
    outputs: tuple[Column, ...]
    output_names: tuple[str, ...]
    note: str
    base: str = ""
    beside: Mapping[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)
