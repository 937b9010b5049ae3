"""In which order the steps stand between layers: what makes a layer `reverse` and `turned`.

A graph says which way through time each layer goes. Whether its outs stand in the order of x or from the last
step to the first is often the same in numbers, once the layer above goes the other way. One rule decides, so
that what was written is read: what the file holds, where nodes that go backwards turn it; else, as Keras'
go_backwards has it, each layer that goes backwards turns the steps, wherever that gives the output's order.
"""

from __future__ import annotations

from collections.abc import Sequence


def orders_of(
    ways: Sequence[bool | None], held: Sequence[bool], end: bool | None, *, steps: bool, varied: bool
) -> tuple[bool, ...] | None:
    """Return before each layer, and after the last, whether the steps stand from the last to the first.

    Parameters
    ----------
    ways : sequence of bool or None
        For each recurrent layer, from x on, whether it goes through time backwards; None for both ways.
    held : sequence of bool
        How the steps stand that its node reads.
    end : bool or None
        How they stand after the last layer; None if nothing depends on it.
    steps : bool
        Whether the last layer gives every step; one that gives a row leaves their order alone.
    varied : bool
        Whether sequences have lengths of their own, within which nothing is turned between layers.

    Returns
    -------
    tuple of bool or None
        None if no layers turn them so.
    """
    if varied:
        return None if end else (False,) * (len(ways) + 1)
    whole = (*held, held[-1] if end is None else end)
    turning = [steps or number < len(ways) - 1 for number in range(len(ways))]
    if not whole[0] and all(_may(*each) for each in zip(ways, whole[:-1], whole[1:], turning, strict=True)):
        return whole
    return _least(ways, turning, end)


def _may(way: bool | None, before: bool, after: bool, turns: bool) -> bool:
    """Say whether a layer can leave the steps so: one that goes backwards through them may turn them."""
    return before == after or (turns and way is not None and way != before)


def _least(ways: Sequence[bool | None], turning: Sequence[bool], end: bool | None) -> tuple[bool, ...] | None:
    """Return the orders in which as few layers as can be go backwards without turning the steps."""
    best: dict[bool, tuple[int, tuple[bool, ...]]] = {False: (0, (False,))}
    for way, turns in zip(ways, turning, strict=True):
        found: dict[bool, tuple[int, tuple[bool, ...]]] = {}
        for before, (cost, path) in best.items():
            for after in (False, True):
                if not _may(way, before, after, turns):
                    continue
                kept = turns and way is not None and way != before and after == before
                made = (cost + kept, (*path, after))
                found[after] = min(found.get(after, made), made)
        best = found
    fitting = [made for after, made in best.items() if end is None or after == end]
    return min(fitting)[1] if fitting else None
