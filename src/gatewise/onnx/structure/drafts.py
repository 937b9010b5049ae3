"""What is noted of each node that is, or is part of, a layer: what it reads, and what it does to it."""

from __future__ import annotations

from typing import NamedTuple

from gatewise.onnx.recurrent.node import RecurrentNode
from gatewise.onnx.structure.sources import LabelSource
from gatewise.support.arrays import FloatArray, IntArray


class LayerReading(NamedTuple):
    """What is read of a source.

    Attributes
    ----------
    source : LabelSource
    returns : "steps", "last", "row" or "first"
        As `Recurrent.returns` says it, of steps in the order of x, where "first" is the outs at the first
        step; "steps" of what gives its numbers once, too.
    features : int array
        Which of its features, in the order in which they are read.
    n, t : int array
        The sequence and step of each row; t is None where there are no steps.
    """

    source: LabelSource
    returns: str
    features: IntArray
    n: IntArray
    t: IntArray | None


class RecurrentDraft(NamedTuple):
    """A recurrent node, with what it reads; `backward` if the steps come from the last to the first."""

    node: RecurrentNode
    name: str
    below: LayerReading
    backward: bool

    @property
    def reverse(self) -> tuple[bool, ...]:
        """Whether each direction goes through time backwards."""
        return tuple(each != self.backward for each in self.node.reverse)


class LinearDraft(NamedTuple):
    """W·z, or scale ⊙ z where W is a vector, + b."""

    name: str
    below: LayerReading
    W: FloatArray | None = None
    b: FloatArray | None = None


class FunctionDraft(NamedTuple):
    """A function of each number, or softmax of the features."""

    name: str
    below: LayerReading
    function: str
