"""One optimizer as a row, and what all of them have in common: memory, options, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.support.arrays import FloatArray, as_real, floating, is_count, refuse_masked
from gatewise.support.given import brief, check_order
from gatewise.support.options import as_whole, with_options
from gatewise.support.reprs import short_repr

Memory = dict[str, FloatArray]
MOST_STEPS = 2**62  # that fit into the counter of the core


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimizer:
    """An optimizer with everything that is needed around it. Calling it takes a step.

    Attributes
    ----------
    name : str
    update : function
        (vector, gradient, memory, rate, step, **options), in place.
    remembers : tuple of str
        The names of what it carries from step to step, each laid out like the vector.
    options : dict
        The options and their defaults. "beta…", "decay" and "momentum" are at least 0 and below 1, the others
        at least 0.
    """

    name: str
    update: Callable[..., None]
    remembers: tuple[str, ...] = ()
    options: Mapping[str, float] = field(default_factory=dict)

    def memory(self, size: int, dtype: DTypeLike) -> Memory:
        """Return what it knows before the first step: zeros."""
        size, dtype = as_whole("size", size, 0, MOST_STEPS), floating("memory", dtype)
        return {name: np.zeros(size, dtype) for name in self.remembers}

    def __call__(
        self,
        vector: FloatArray,
        gradient: FloatArray,
        memory: Memory,
        rate: float,
        step: int,
        **options: float,
    ) -> None:
        """Take one step: `vector` and `memory` change in place.

        Parameters
        ----------
        vector, gradient : arrays of one shape
        memory : dict of arrays
            What `memory` made and earlier steps changed.
        rate : float
            λ, the step size.
        step : int
            The number of this step, from 1 on.
        options
            Those of the optimizer.

        Raises
        ------
        ShapeError
            If the gradient or the memory is of other parameters.
        ArgumentError
            If rate, step or an option is out of its range.
        """
        given = {"vector": vector, "gradient": gradient, "memory": memory}
        check_order(self.name, given, {"vector": np.ndarray, "gradient": np.ndarray, "memory": dict})
        self._check_arrays(vector, gradient, memory)
        check_rate(rate)
        if not is_count(step) or step > MOST_STEPS:
            raise ArgumentError(f"step={brief(step)}; steps are counted from 1, to {MOST_STEPS:,} at most.")
        chosen = self.with_options(options) if options else self.options
        with np.errstate(all="ignore"):  # a gradient that is not finite shows in the parameters
            self.update(vector, gradient, memory, float(rate), step, **chosen)

    def _check_arrays(self, vector: FloatArray, gradient: FloatArray, memory: Memory) -> None:
        """Refuse arrays that do not fit together, or cannot be changed in place."""
        arrays: dict[str, Any] = {"vector": vector, "gradient": gradient, **memory}
        shapes = {name: getattr(array, "shape", brief(array)) for name, array in arrays.items()}
        if set(memory) != set(self.remembers) or any(shape != vector.shape for shape in shapes.values()):
            (_, first), *others = shapes.items()
            listed = ", ".join([f"vector is {first}", *(f"{_plain(name)} {shape}" for name, shape in others)])
            raise ShapeError(
                f"{listed}; all must be of one shape, and {self.name} remembers "
                f"{', '.join(self.remembers) or 'nothing'}."
            )
        for name, array in arrays.items():
            refuse_masked(name, array)
            if name == "gradient" and np.can_cast(gradient.dtype, vector.dtype, "same_kind"):
                continue
            if (
                not isinstance(array, np.ndarray)
                or array.dtype.kind not in "fc"
                or array.dtype != vector.dtype
            ):
                kind = getattr(array, "dtype", brief(array))
                raise DtypeError(
                    f"{name} is {kind}; vector, gradient and memory must be of one floating dtype."
                )
            if not array.flags.writeable:
                raise ArgumentError(f"{name} is read-only; a step changes it in place. Give a copy of it.")

    def with_options(self, options: Mapping[str, float]) -> dict[str, float]:
        """Return all options, the defaults where they were not given.

        Raises
        ------
        ArgumentError
            If one is unknown or out of its range.
        """
        chosen = with_options(f"optimizer {self.name}", self.options, options)
        for name, value in options.items():
            is_mean = name.startswith("beta") or name in ("decay", "momentum")
            if not 0 <= as_real(value) < (1 if is_mean else math.inf):
                below = " and below 1" if is_mean else ""
                raise ArgumentError(
                    f"{name}={brief(value)}; it must be a finite number of at least 0{below}."
                )
        return chosen

    def __repr__(self) -> str:
        return short_repr(self, self.name, options=dict(self.options))


def _plain(name: object) -> str:
    """Return a name without the marks of a text."""
    return brief(name).strip("'")


def check_rate(rate: float, name: str = "rate") -> None:
    """Refuse a step size that is none."""
    if not 0 <= as_real(rate) < math.inf:
        raise ArgumentError(f"{name}={brief(rate)}; it must be a finite number of at least 0.")
