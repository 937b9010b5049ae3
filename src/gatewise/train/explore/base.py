"""What the forecast of a window counts from where changes are learned: a column of x, or a held number."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.support.arrays import FloatArray
from gatewise.support.wings.run_window import Column
from gatewise.train.model.model import Model

_SAME = 1e-4  # of a column's scale: one number, in float32 and in float64


def with_bases(
    model: Model, outputs: tuple[Column, ...], columns: Sequence[Column], last: FloatArray
) -> tuple[Column, ...]:
    """Return the outputs, each with the column of x that has its target's last value, where one has it.

    Parameters
    ----------
    last : array (D,)
        The last row of x.
    """
    own = model.preparation
    if not own.change or own.season or own.lag or own.classes is not None:
        return outputs
    found, each = [], len(outputs) // (own.horizon * len(own.targets))
    for place, output in enumerate(outputs):
        target = own.targets[place // each % len(own.targets)]
        column = own.inputs.index(target) if target in own.inputs else None
        if column is not None:
            _, mean, scale, _ = columns[column]
            same = abs(mean + scale * float(last[column]) - output.mean) <= _SAME * scale
            column = column if same else None
        found.append(output._replace(base=column))
    return tuple(found)


def base_said(model: Model, outputs: Sequence[Column]) -> str:
    """Say what the change that is learned is added to, and whether that moves with x; "" without changes."""
    own = model.preparation
    if not own.change or own.classes is not None:
        return ""
    since = "the value one season before" if own.season else "the target's last value"
    said = f"The model learned the change from {since}; the forecast is that value plus the change."
    if any(output.base is not None for output in outputs):
        return (
            f"{said} Change the target in the last row, and the forecast starts from your value. What was "
            "measured and the loss stay as they are, so the target's share below is only of what the network "
            "makes of it."
        )
    why = "" if own.season else ", as the inputs do not have it as it is"
    return f"{said} That value is held as measured, whatever you change here{why}."
