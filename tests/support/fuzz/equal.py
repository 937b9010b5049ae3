"""Whether two results of the same call say the same, up to rounding."""

import numpy as np

import gatewise

MOST = 1e3  # how large the terms of a pre-activation may be: beyond, what they cancel to is rounding alone
ROUNDING = 5000  # times eps, of the largest number: some thousand operations


def compare(one, other, given):
    """In words how two results differ, or None."""
    if not _can_be_compared(given):
        return None
    all_theirs = _arrays(other)
    eps = max(float(np.finfo(array.dtype).eps) for array in all_theirs.values())  # losses are float64 always
    for name, mine in _arrays(one).items():
        theirs = all_theirs[name]
        if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
            return f"{name} is {mine.dtype} {mine.shape}, and {theirs.dtype} {theirs.shape}"
        if (np.isnan(mine) != np.isnan(theirs)).any():
            return f"{name} has NaN at other places:\n{mine}\n{theirs}"
        finite = np.isfinite(mine) & np.isfinite(theirs)
        with np.errstate(all="ignore"):
            scale = max(1.0, float(np.abs(theirs[finite]).max(initial=0)))
            apart = float(np.abs(mine[finite].astype(float) - theirs[finite]).max(initial=0))
        bound = ROUNDING * eps * scale
        if apart > bound:
            return f"{name} is {apart:.3g} apart, with numbers up to {scale:.3g}"
    return None


def _arrays(result):
    """Names and arrays of a result, those that every engine has."""
    found = {}
    if isinstance(result, (gatewise.Trace, gatewise.Grads)):
        found = {name: result[name] for name in result}
        if isinstance(result, gatewise.Trace):
            found |= {"last.out": result.last.out, "last.state": result.last.state}
    elif isinstance(result, gatewise.Trained):
        found = {"losses": result.losses, "W": result.params.W, "U": result.params.U, "b": result.params.b}
        if result.moments is not None:
            found |= {"first": result.moments.first, "second": result.moments.second}
    elif isinstance(result, np.ndarray):
        found = {"result": result}
    elif type(result).__name__ == "NetworkTrace":
        found = {"y": result.y, "z": result.z}
    elif type(result).__name__ == "NetworkGrads":
        found = {"vector": result.vector}
    return found


def _can_be_compared(given):
    """Whether the numbers of the arguments are of a size at which both engines round alike."""
    for value in given.values():
        for array in _numbers(value):
            finite = array[np.isfinite(array)] if array.dtype.kind in "fc" else array
            if finite.size and float(np.abs(finite.astype(float)).max()) > MOST:
                return False
            if array.dtype.kind == "f" and ((np.abs(finite) > 0) & (np.abs(finite) < 1e-30)).any():
                return False  # numbers that count as 0 natively
    return True


def _numbers(value, depth=0):
    if isinstance(value, (gatewise.Params, gatewise.network.Network)):
        yield from (each for each in vars(value).values() if isinstance(each, np.ndarray))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield np.array(float(value)) if abs(value) < 1e300 or value != value else np.array(np.inf)
    elif isinstance(value, (list, tuple)) and type(value) in (list, tuple) and depth < 4:
        for each in value[:50]:
            yield from _numbers(each, depth + 1)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.size < 1e6:
        yield np.asarray(value)
