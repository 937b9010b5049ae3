"""The functions of equations and of dense layers as ONNX nodes, composed of those that run in float64 too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gatewise.errors import ConvertError
from gatewise.expression.functions import numbered
from gatewise.onnx.writing.graph import GraphMaker


class Numbers:
    """The arithmetic of one graph in one dtype."""

    def __init__(self, graph: GraphMaker, dtype: Any) -> None:
        self.graph, self.dtype = graph, dtype

    def number(self, value: float) -> str:
        """Return a constant number."""
        return self.graph.constant(value, self.dtype)

    def __call__(self, operator: str, *inputs: str | float) -> str:
        """Add a node, of values and plain numbers."""
        named = [each if isinstance(each, str) else self.number(each) for each in inputs]
        return self.graph.add(operator, *named)

    def chosen(self, condition: str, yes: str | float, no: str | float) -> str:
        """Return `yes` where a condition holds and `no` elsewhere."""
        return self("Where", condition, yes, no)


def _relu(to: Numbers, z: str) -> str:
    return to.chosen(to("LessOrEqual", z, 0.0), 0.0, z)


def _hard_sigmoid(to: Numbers, z: str) -> str:
    line = to("Add", to("Div", z, 5.0), 0.5)
    return to.chosen(to("GreaterOrEqual", line, 1.0), 1.0, _relu(to, line))


def _between_0_and_1(to: Numbers, z: str) -> str:
    return to.chosen(to("And", to("Greater", z, 0.0), to("Less", z, 1.0)), 1.0, 0.0)


def _softplus(to: Numbers, z: str) -> str:
    """Return max(z, 0) + log(1 + exp(−|z|))."""
    rest = to("Log", to("Add", 1.0, to("Exp", to("Neg", to("Abs", z)))))
    return to("Add", _relu(to, z), rest)


FUNCTIONS: Mapping[str, Callable[[Numbers, str], str]] = {
    "sigmoid": lambda to, z: to("Sigmoid", z),
    "tanh": lambda to, z: to("Tanh", z),
    "relu": lambda to, z: to("Relu", z),
    "step": lambda to, z: to.chosen(to("Greater", z, 0.0), 1.0, 0.0),
    "hard_sigmoid": _hard_sigmoid,
    "inside": _between_0_and_1,
    "softsign": lambda to, z: to("Div", z, to("Add", 1.0, to("Abs", z))),
    "abs": lambda to, z: to("Abs", z),
    "softplus": _softplus,
    "exp": lambda to, z: to("Exp", z),
    "log": lambda to, z: to("Log", z),
    "sqrt": lambda to, z: to("Sqrt", z),
    "g": lambda to, z: to("Sub", to("Mul", 4.0, to("Sigmoid", z)), 2.0),
    "h": lambda to, z: to("Sub", to("Mul", 2.0, to("Sigmoid", z)), 1.0),
}
"""By the names of `gatewise.expression.functions`; clip(…) beside them."""


def called(to: Numbers, function: str, z: str) -> str:
    """Return a function's value.

    Raises
    ------
    ConvertError
        If it is one that ONNX nodes do not make up.
    """
    if function in FUNCTIONS:
        return FUNCTIONS[function](to, z)
    found = numbered(function)
    if found is None or found.name != "clip":
        raise ConvertError(f"the function {function} of an equation has no form in ONNX.")
    limit = float(found.number)
    return to("Clip", z, -limit, limit)
