"""What is read of a layer, told by labels: every step, each direction's last out, or the last row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewise.onnx.structure.drafts import LayerReading, RecurrentDraft
from gatewise.onnx.structure.sources import LabelPlaces, LabelSource, LabelSources
from gatewise.support.arrays import IntArray


def rows_of(sources: LabelSources, labels: NDArray[np.int64], lengths: IntArray) -> LayerReading | str:
    """Return what rows of features are read, or why they are none.

    Parameters
    ----------
    sources : LabelSources
    labels : int array (rows, F)
    lengths : int array (N,)
        How long each sequence is.
    """
    places = sources.places(labels)
    if isinstance(places, str):
        return places
    source, n, t, f = places
    if np.any(n != n[:, :1]):
        return f"it reads numbers of several sequences of {source.where} together"
    if np.any(f != f[:1]) or len(set(f[0].tolist())) < f.shape[1]:
        return f"it reads the features of {source.where} in no one order"
    sequences, features = n[:, 0], f[0]
    N = source.shape[0]
    once = len(sequences) == N and bool(np.all(np.bincount(sequences, minlength=N) == 1))
    if t is None:
        if not once:
            return f"it reads some of the sequences of {source.where} alone"
        return LayerReading(source, "steps", features, sequences, None)
    for returns in ("last", "row", "first"):
        ends = _ends(places, returns, lengths)
        if once and ends is not None and np.array_equal(t, ends):
            return LayerReading(source, returns, features, sequences, None)
    if np.any(t != t[:, :1]):
        return f"it reads several steps of {source.where} together"
    steps = t[:, 0]
    T = source.shape[1]
    if len(steps) != N * T or np.any(np.bincount(sequences * T + steps, minlength=N * T) != 1):
        return f"it reads some of the steps of {source.where}, and neither all nor the last"
    return LayerReading(source, "steps", features, sequences, steps)


def _ends(places: LabelPlaces, returns: str, lengths: IntArray) -> IntArray | None:
    """Return the step of each number that is read, if the last outs are: None where that means nothing."""
    final = np.broadcast_to((lengths - 1)[places.n], places.n.shape)
    if returns == "row":
        return final
    if returns == "first":  # the last row of steps that stand from the last to the first
        return np.zeros_like(final)
    draft = recurrent_below(places.source)
    if draft is None or draft is not places.source.work:
        return None
    each = places.source.shape[-1] // len(draft.reverse)
    backwards = np.array(sorted(draft.reverse))[places.f // each]
    return np.where(backwards, 0, final)


def recurrent_below(source: LabelSource) -> RecurrentDraft | None:
    """Return the recurrent layer that the numbers of each step come from, through dense ones."""
    work = source.work
    while work is not None and not isinstance(work, RecurrentDraft):
        work = work.below.source.work
    return work


def order_of(reading: LayerReading, T: int, lengths: IntArray) -> str:
    """Say in which order X (T, N) holds the steps: "forward", "backward", or "" for no one order."""
    assert reading.t is not None
    steps, sequences = reading.t.reshape(T, -1), reading.n.reshape(T, -1)
    if np.any(sequences != sequences[:1]):
        return ""
    now, ends = np.arange(T)[:, np.newaxis], lengths[sequences]
    if np.array_equal(steps, np.broadcast_to(now, steps.shape)):
        return "forward"
    if np.array_equal(steps, np.where(now < ends, ends - 1 - now, now)):
        return "backward"
    return ""
