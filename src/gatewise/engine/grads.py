"""The gradients of the loss, by name. Nothing is computed here."""

from __future__ import annotations

import numpy as np

from gatewise.errors import ShapeError
from gatewise.support.arrays import FloatArray, NamedArrays
from gatewise.support.options import as_flag


class Grads(NamedArrays):
    """The gradients of the loss. For a single sequence (T, D), arrays have no N axis.

    d_W (4H, D), d_U (4H, H), d_b (4H,), d_x (N, T, D), d_out0 and d_state0 (N, H).
    After `backward(..., keep=True)` also, each (N, T, H): delta_out, the gradient that reached out_t from
    step t+1, and d_out, d_state, d_a, d_i, d_f, d_o; and d_gates (N, T, 4H), the last four side by side,
    which are already through their activation.
    """

    d_W: FloatArray
    d_U: FloatArray
    d_b: FloatArray
    d_x: FloatArray
    d_out0: FloatArray
    d_state0: FloatArray
    delta_out: FloatArray
    d_out: FloatArray
    d_state: FloatArray
    d_a: FloatArray
    d_i: FloatArray
    d_f: FloatArray
    d_o: FloatArray
    d_gates: FloatArray

    _why_missing = "backward keeps the gradients of each step only with keep=True"

    def flat(self, *, copy: bool = True) -> FloatArray:
        """Lay d_W, d_U and d_b row by row into one vector, in the order of `Params.flat`.

        A new vector; with copy=False it is their own memory, where an engine has them so.
        """
        as_they_lie = None if as_flag("copy", copy) else getattr(self._arrays, "flat", None)
        if as_they_lie is not None:
            vector: FloatArray = as_they_lie()
            return vector
        return np.concatenate([self.d_W.ravel(), self.d_U.ravel(), self.d_b])

    def is_batch_of_one(self) -> bool:
        """Say whether they are of a batch of one, not of a single sequence; a batch of several is refused."""
        shape = self.d_out0.shape
        if len(shape) > 1 and shape[0] != 1:
            raise ShapeError(
                f"the gradients are of {shape[0]} sequences; only a batch of one can be unbatched."
            )
        return len(shape) > 1

    def unbatched(self) -> Grads:
        """Return the gradients of a batch of one without the batch axis; those of one sequence as they are.

        Raises
        ------
        ShapeError
            If they are of a batch of several.
        """
        of_params = ("d_W", "d_U", "d_b")
        if not self.is_batch_of_one():
            return self
        return Grads({name: self[name] if name in of_params else self[name][0] for name in self})
