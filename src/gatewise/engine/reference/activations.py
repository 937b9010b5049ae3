"""tanh and the sigmoid for real and complex arrays of any floating dtype.

Both are analytic where they are finite, which is what complex-step derivatives need, and neither overflows
for any finite argument. Their slopes are written where they are used, from the output: 1 - a², i (1 - i).
"""

import numpy as np

from gatewise.support.arrays import FloatArray

tanh = np.tanh


def sigmoid(z: FloatArray) -> FloatArray:
    """1 / (1 + exp(-z)), in the one of its two forms whose exponential cannot overflow."""
    positive = z.real >= 0
    e = np.exp(np.where(positive, -z, z))
    result: FloatArray = np.where(positive, 1, e) / (1 + e)
    return result
