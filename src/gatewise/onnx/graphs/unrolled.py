"""Whether the steps of a graph were written out one by one.

They were where the same weights multiply what came of a product with them, again and again. How the weights
are laid out before it, and which functions stand between, is no matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from gatewise.onnx.graphs.graph import GraphNode, NodeGraph

_PRODUCTS = ("MatMul", "Gemm")
_SAME = ("Identity", "Transpose", "Cast", "Reshape", "Squeeze", "Unsqueeze")  # of a weight, still that weight
_MOST = 8  # weights that are followed, those of the most products
_FEWEST = 2  # products one after the other


class UnrolledSteps(NamedTuple):
    """Steps that were written out.

    Attributes
    ----------
    weights : str
        The name of the weights that every step multiplies the one before by.
    products : int
        How many with them stand one after the other: the steps, or one fewer where the first has none.
    """

    weights: str
    products: int


def unrolled_steps(graph: NodeGraph) -> UnrolledSteps | None:
    """Return the longest chain of products with the same weights; None if there is none."""
    origins = _origins(graph)
    met = {id(node): name for node in graph.nodes if (name := _weights_of(node, origins))}
    often = Counter(met.values()).most_common(_MOST)
    places = {name: place for place, (name, count) in enumerate(often) if count >= _FEWEST}
    if not places:
        return None
    none = (0,) * len(places)
    depths: dict[str, tuple[int, ...]] = {}
    longest = none
    for node in graph.nodes:
        found = none
        for name in set(node.inputs):
            if (below := depths.get(name)) is not None:
                found = tuple(map(max, found, below))
        place = places.get(met.get(id(node), ""))
        if place is not None:
            found = (*found[:place], found[place] + 1, *found[place + 1 :])
            longest = tuple(map(max, longest, found))
        if any(found):
            depths |= dict.fromkeys(node.outputs, found)
    count = max(longest)
    if count < _FEWEST:
        return None
    return UnrolledSteps(list(places)[longest.index(count)], count)


def _origins(graph: NodeGraph) -> dict[str, str]:
    """Return, for each value that is a constant of two axes laid out in some way, that constant's name."""
    origins = {name: name for name, array in graph.constants.items() if array.ndim > 1 and array.size > 1}
    for node in graph.nodes:
        if node.op == "Constant" and getattr(node.attributes.get("value"), "ndim", 0) > 1:
            origins |= {node.outputs[0]: node.outputs[0]} if node.outputs else {}
        elif node.op in _SAME and node.inputs and node.inputs[0] in origins:
            origins |= dict.fromkeys(node.outputs, origins[node.inputs[0]])
    return origins


def _weights_of(node: GraphNode, origins: Mapping[str, str]) -> str:
    """Return the constant that a product multiplies by, or ""."""
    if node.op not in _PRODUCTS:
        return ""
    return next((origins[name] for name in node.inputs[1::-1] if name in origins), "")
