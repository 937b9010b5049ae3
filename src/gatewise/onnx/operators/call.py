"""One call of an operator: what it was given, and how much it may make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.graph import GraphNode
from gatewise.support.given import brief

MOST = 1 << 34  # numbers that one node may make, if nothing else is said
Array = NDArray[Any]


@dataclass(frozen=True)
class OperatorCall:
    """A node with its inputs.

    Attributes
    ----------
    node : GraphNode
    inputs : tuple of array or None
    opset : int
    wide : bool
        Whether float32 is read as float64, and stays so.
    most : int
        How many numbers its outputs may have.
    """

    node: GraphNode
    inputs: tuple[Array | None, ...]
    opset: int
    wide: bool = False
    most: int = MOST

    def fail(self, why: str) -> NoReturn:
        """Refuse the node."""
        raise ConvertError(f"{self.node.where}: {why}")

    def input(self, place: int) -> Array:
        """Return an input that must be there."""
        found = self.optional(place)
        if found is None:
            self.fail(f"its input {place} is missing.")
        return found

    def optional(self, place: int) -> Array | None:
        """Return an input, or None where it is not given."""
        return self.inputs[place] if place < len(self.inputs) else None

    def integers(self, place: int, attribute: str = "") -> tuple[int, ...] | None:
        """Return whole numbers that are an input or, in older opsets, an attribute; None where not given."""
        given: Any = self.node.attributes.get(attribute) if attribute else None
        array = self.optional(place)
        if array is not None:
            if array.dtype.kind not in "iu" or array.ndim > 1 or array.size > 64:
                self.fail(
                    f"its input {place} must be a few whole numbers; it is {array.shape} of {array.dtype}."
                )
            given = tuple(int(each) for each in array.reshape(-1))
        if given is None:
            return None
        if not isinstance(given, (tuple, int)) or isinstance(given, bool):
            self.fail(f"its {attribute} is {brief(given)}; it must be whole numbers.")
        return tuple(int(each) for each in given) if isinstance(given, tuple) else (given,)

    def whole(self, attribute: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        given = self.node.attributes.get(attribute, default)
        if not isinstance(given, int):
            self.fail(f"its {attribute} is {brief(given)}; it must be a whole number.")
        return given

    def real(self, attribute: str, default: float) -> float:
        """Return an attribute that is a number."""
        given = self.node.attributes.get(attribute, default)
        if not isinstance(given, (int, float)):
            self.fail(f"its {attribute} is {brief(given)}; it must be a number.")
        return float(given)

    def axis(self, given: int, rank: int) -> int:
        """Return an axis, which may be counted from the end."""
        if not -rank <= given < max(rank, 1):
            self.fail(f"there is no axis {given} of {rank}.")
        return given % max(rank, 1)

    def axes(self, given: Sequence[int], rank: int) -> tuple[int, ...]:
        """Return axes that are different ones."""
        found = tuple(self.axis(each, rank) for each in given)
        if len(set(found)) < len(found):
            self.fail(f"it names an axis twice: {brief(list(given))}.")
        return found

    def room(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Return a shape that is to be made, refused where it has too many numbers."""
        if any(length < 0 for length in shape) or len(shape) > 32:
            self.fail(f"there is no array of shape {brief(list(shape))}.")
        if (count := math.prod(shape)) > self.most:
            self.fail(
                f"it would make {brief(count)} numbers, an array {brief(list(shape))}: more than can be "
                "meant."
            )
        return tuple(shape)

    def float_dtype(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Return the dtype in which numbers of a dtype are kept."""
        return np.dtype(np.float64) if self.wide and dtype.kind == "f" else dtype
