"""ONNX's activation functions as expressions, with their two numbers alpha and beta where they have them.

Source: ONNX operators, LSTM, attribute `activations`; the defaults are those of the operators of the same
names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gatewise.cells.known.family import digits_of
from gatewise.errors import ConvertError
from gatewise.expression import Call, Expression, Number, times
from gatewise.support.given import brief, listed


class Activation(NamedTuple):
    """A function of a node: its name in lower case, and its numbers; None where it has none.

    The numbers are the shortest that are the same in float32, in which ONNX keeps attributes.
    """

    name: str
    alpha: float | None = None
    beta: float | None = None

    def of(self, z: Expression) -> Expression:
        """Return the function of an expression."""
        return _FUNCTIONS[self.name](z, self.alpha, self.beta)

    def __str__(self) -> str:
        numbers = ", ".join(digits(number) for number in (self.alpha, self.beta) if number is not None)
        return f"{self.name}({numbers})" if numbers else self.name


def digits(number: float) -> str:
    """Write a number as an equation has it: 0.2, -1."""
    return f"-{digits_of(-number)}" if number < 0 else digits_of(number) if number else "0"


def _scaled(number: float | None, z: Expression) -> Expression:
    if number == 1 or number is None:
        return z
    return times(Number(digits(number)), z)


def _line(z: Expression, alpha: float | None, beta: float | None) -> Expression:
    scaled = _scaled(alpha, z)
    return scaled + Number(digits(beta)) if beta else scaled


def _hard_sigmoid(z: Expression, alpha: float | None, beta: float | None) -> Expression:
    if (alpha, beta) == (0.2, 0.5):
        return Call("hard_sigmoid", z)
    # gatewise's own is between 0 and 1 what z/5 + 1/2 is: of 5·(alpha·z + beta − 1/2), alpha·z + beta.
    return Call("hard_sigmoid", _line(z, 5 * (alpha or 0), 5 * (beta or 0) - 2.5))


def _elu(z: Expression, alpha: float | None, _: float | None) -> Expression:
    # e^{min(z, 0)} − 1 is 0 where z is above 0; −relu(−z) is min(z, 0), which cannot overflow.
    below = Call("exp", -Call("relu", -z)) - Number("1")
    return Call("relu", z) + _scaled(alpha, below)


def _leaky(z: Expression, alpha: float | None, _: float | None) -> Expression:
    return Call("relu", z) - _scaled(alpha, Call("relu", -z))


def _plain(function: str) -> Callable[[Expression, float | None, float | None], Expression]:
    return lambda z, _alpha, _beta: Call(function, z)


_FUNCTIONS: Mapping[str, Callable[[Expression, float | None, float | None], Expression]] = {
    "sigmoid": _plain("sigmoid"),
    "tanh": _plain("tanh"),
    "relu": _plain("relu"),
    "softsign": _plain("softsign"),
    "softplus": _plain("softplus"),
    "hardsigmoid": _hard_sigmoid,
    "affine": _line,
    "leakyrelu": _leaky,
    "scaledtanh": lambda z, alpha, beta: _scaled(alpha, Call("tanh", _scaled(beta, z))),
    "elu": _elu,
}
OF_GATES = ("sigmoid", "tanh", "relu", "softsign", "softplus", "hardsigmoid of alpha 0.2 and beta 0.5")
"""Those of which one function is taken of the whole sum, as cells need it of a gate."""
# ThresholdedRelu jumps, and so has no slope of which a cell's backward pass could be made.
_DEFAULTS: Mapping[str, tuple[float | None, float | None]] = {
    "hardsigmoid": (0.2, 0.5), "affine": (1.0, 0.0), "leakyrelu": (0.01, None),
    "scaledtanh": (1.0, 1.0), "elu": (1.0, None),
}  # fmt: skip


def activations_of(
    where: str, names: Sequence[str], alphas: Sequence[float], betas: Sequence[float]
) -> tuple[Activation, ...]:
    """Return the functions of a node.

    Parameters
    ----------
    where : str
        What messages call the node.
    names : sequence of str
        As ONNX writes them; large and small letters are the same.
    alphas, betas : sequence of float
        One for each function that has such a number, in order, or one for every function.

    Raises
    ------
    ConvertError
        If gatewise has no such function, or the numbers do not go with the names.
    """
    lower = [name.lower() for name in names]
    for name, small in zip(names, lower, strict=True):
        if small not in _FUNCTIONS:
            raise ConvertError(
                f"{where} has the activation {brief(name)}, which gatewise has no cell with. It has "
                f"{listed(_FUNCTIONS)}."
            )
    defaults = [_DEFAULTS.get(name, (None, None)) for name in lower]
    first = _numbers(where, "activation_alpha", [each[0] for each in defaults], alphas)
    second = _numbers(where, "activation_beta", [each[1] for each in defaults], betas)
    return tuple(map(Activation, lower, first, second))


def _numbers(
    where: str, attribute: str, defaults: Sequence[float | None], given: Sequence[float]
) -> list[float | None]:
    """Return the number of each function: those that are given, in order, then the defaults."""
    needing = sum(default is not None for default in defaults)
    if len(given) == len(defaults) > needing:  # one for every function, of use or not
        given = [number for number, default in zip(given, defaults, strict=True) if default is not None]
    if len(given) > needing or not all(np.isfinite(given)):
        raise ConvertError(
            f"{where} has {attribute} {brief(list(given))}; {needing} finite numbers go with its activations."
        )
    left = [shortest(number) for number in given]
    return [None if default is None else left.pop(0) if left else default for default in defaults]


def shortest(number: float) -> float:
    """Return the number with the fewest digits that is the same in float32."""
    return float(str(np.float32(number)))
