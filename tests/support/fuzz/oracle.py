"""What a call may do: compute, or refuse in words. Everything else is a find.

A find is another exception than those that are promised; a message that is empty, or in the words of the compiler; a warning
of NumPy's; over 5 s of CPU; memory that stays; an argument that was changed; and, worst, another result than the reference
engine's. That the process ends is seen by the process that started it (drivers.py).
"""

import array
import ctypes
import mmap
import re
import resource
import signal
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
from fuzz import find, hostile
from fuzz.equal import compare
from fuzz.find import Find, HangsError

import gatewise
from gatewise.errors import GatewiseError

HANGS = 60  # seconds of the clock, of which a busy machine may take some
MOST_MEMORY = 1_000_000_000  # bytes by which one call may raise the process's peak
PACKAGE = str(Path(gatewise.__file__).parent)
CPP = re.compile(
    r"incompatible function arguments|nanobind|std::|please report|bad_alloc|object at 0x|<class '",
    re.IGNORECASE,
)
PYTHON = re.compile(  # what Python says by itself of a call that is none
    r"(missing \d+ required|got an unexpected keyword|got multiple values|takes \d+ positional|argument after \*\*)"
    r"|keywords must be strings"
)
IN_PLACE = {
    "vector",
    "gradient",
    "memory",
    "self",
    "rng",
    "seed",
    "known",
}  # changed by contract, or an object's own
# scikit-learn's rules: ValueError and TypeError, as its own checks raise them, and its own warnings.
BY_FACE = {"sklearn": (ValueError, TypeError)}


def namespace():
    """What the lines of a call may use."""
    made = {helper.__name__: helper for helper in hostile.HELPERS}
    exec(hostile.PRELUDE, made)
    return made


SPACE = namespace()
_FIXED = {}  # objects that take long to make and that no call changes


def evaluate(line):
    """What a line makes; a model, a sheet or a table is made once."""
    if line.startswith(("gatewise.fit(", "gatewise.worksheet(", "gatewise.exercises.", "gatewise.data.")):
        if line not in _FIXED:
            _FIXED[line] = eval(line, SPACE)
        return _FIXED[line]
    return eval(line, SPACE)


def make(call):
    """The variables of a call, or None where NumPy itself makes none of a line."""
    made = {}
    for name, line in call.lines:
        try:
            made[name] = evaluate(line)
        except Exception as error:  # noqa: BLE001
            if any(PACKAGE in frame.filename for frame in traceback.extract_tb(error.__traceback__)):
                _promised(call, error)
            return None
    return made


def prints_of(value, depth=0):
    """A value from which a change can be seen: bytes, of what has bytes that are worth reading."""
    if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
        small = value.size <= 100_000 and value.dtype.kind != "O"
        return (
            value.shape,
            value.strides,
            str(value.dtype),
            value.flags.writeable,
            value.tobytes() if small else "",
        )
    if isinstance(value, (ctypes.Array, memoryview, bytearray, array.array)) and not isinstance(
        value, mmap.mmap
    ):
        small = memoryview(value).nbytes <= 1_000_000
        return bytes(value) if small else None
    if depth < 6 and type(value) in (list, tuple):
        return [prints_of(each, depth + 1) for each in value[:50]]
    if depth < 6 and type(value) is dict:
        return {key: prints_of(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (gatewise.Params, gatewise.network.Network)):
        return [prints_of(each, depth + 1) for each in vars(value).values() if isinstance(each, np.ndarray)]
    return None


def judge(call):
    """Carry a call out and judge it; how it ended, in a word, is returned."""
    given = make(call)
    if given is None:
        return "not made"
    before = {name: prints_of(value) for name, value in given.items() if name not in IN_PLACE}
    outcome = carried_out(call, given)
    if "with_thread" not in call.script():
        for name, told in before.items():
            if prints_of(given[name]) != told:
                raise Find((call.target, "changed", name), f"{name} was changed by the call")
        beside_reference(call, outcome)
    return type(outcome).__name__ if isinstance(outcome, BaseException) else "computed"


def carried_out(call, given):
    """The result, or the exception where it is one that is promised."""
    peak, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(HANGS)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            outcome = eval(call.call, SPACE, given)
            repr(outcome)
    except HangsError as error:
        if _goes_on(call):
            return error
        raise Find((call.target, "hangs"), f"the call goes on after {HANGS} s") from None
    except Exception as error:  # noqa: BLE001
        outcome = _promised(call, error, given)
    finally:
        signal.alarm(0)
    spent = time.process_time() - start
    if spent > find.LONGEST:
        raise Find((call.target, "slow"), f"the call took {spent:.1f} s of CPU")
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)
    if grown > MOST_MEMORY:
        raise Find((call.target, "memory"), f"the call took {grown:,} bytes")
    for each in told:
        if not _is_ours(call, each):
            where = f"{each.category.__name__}: {each.message}"
            raise Find(
                (call.target, "warns", each.category.__name__, each.lineno),
                f"a user sees {where} ({each.filename}:{each.lineno})",
            )
    return outcome


def _goes_on(call):
    """Whether so much was asked for that a minute is none too long: millions of steps, of training or of a sequence."""
    script = call.script()
    many_steps = call.target == "gatewise.train_steps" and "steps = 2**" in script
    return many_steps or (call.target == "derivatives.check" and "x = huge(" in script)


def _is_ours(call, told):
    """Whether a warning is gatewise's own, or one that scikit-learn or NumPy gives of what the caller brings."""
    if call.target.startswith("sklearn") and "/site-packages/sklearn/" in told.filename:
        return True
    said = str(told.message)
    if "has no compiled engine: the reference engine trains it" in said:
        return True
    return told.category.__module__.startswith(("gatewise", "sklearn")) or "PEP3118" in said


def _hangs(*_):
    raise HangsError


def _promised(call, error, given=None):
    """The error, if it is one of those that are promised and says what is wrong."""
    told, face = "".join(map(str, error.args)), call.target.partition(".")[0]
    try:
        told = str(error)
    except Exception:  # noqa: BLE001
        raise Find((call.target, "no words"), f"str() of a {type(error).__name__} raises") from error
    promised = isinstance(error, (GatewiseError, MemoryError, *BY_FACE.get(face, ())))
    promised |= isinstance(error, TypeError) and bool(PYTHON.search(told))
    promised |= (
        call.target == "derivatives.check" and "backward = " in call.script()
    )  # the caller's own function
    promised |= isinstance(error, OSError) and bool(error.filename)
    promised |= face == "sklearn" and _inside_sklearn(error)
    frames = traceback.extract_tb(error.__traceback__)
    # Where no function of the package was reached, Python refused the call by itself.
    promised |= not any(PACKAGE in frame.filename for frame in frames)
    last = frames[-1]
    key = (type(error).__name__, last.filename.rpartition("/")[2], last.lineno)
    if not promised:
        raise Find(key, f"{type(error).__name__}: {told[:300]}") from error
    if not told.strip() and not isinstance(error, MemoryError):
        raise Find((*key, "empty"), f"a {type(error).__name__} without a word") from error
    repeated = any(isinstance(each, str) and CPP.search(each) for each in (given or {}).values())
    if CPP.search(told) and face != "sklearn" and not repeated:
        raise Find((*key, "raw"), f"not our words: {told[:300]}") from error
    if len(told) > 3000 and face != "sklearn":
        raise Find((*key, "long"), f"a message of {len(told)} characters: {told[:200]}…") from error
    return error


def _inside_sklearn(error):
    """Whether scikit-learn's own checks let an exception out, of an object's own methods for example."""
    frames = traceback.extract_tb(error.__traceback__)
    return any("/site-packages/sklearn/" in frame.filename for frame in frames)


def beside_reference(call, outcome):
    """Compare with what the readable engine makes of the same arguments, where the call says an engine."""
    lines = dict(call.lines)
    engine = lines.get("engine", "'auto'")
    if (
        call.target.startswith(("sklearn", "gatewise.Model"))
        or "reference" in engine
        or engine.strip("'") not in ("auto", *gatewise.available())
    ):
        return
    if call.target not in ENGINED:
        return
    other = _with_reference(call)
    given = make(other)
    if given is None or isinstance(outcome, MemoryError):
        return
    try:
        expected = carried_out(other, given)
    except Find as find:
        raise Find(find.key, f"with the reference engine: {find}") from find
    if isinstance(expected, MemoryError):
        return
    mine, other_s = (
        type(each).__name__ if isinstance(each, Exception) else "a result" for each in (outcome, expected)
    )
    if mine != other_s:
        raise Find(
            (call.target, "engines", mine, other_s),
            f"{engine} gives {mine} ({outcome!s:.200}), the reference engine {other_s} ({expected!s:.200})",
        )
    if not isinstance(outcome, Exception) and (apart := compare(outcome, expected, given)) is not None:
        raise Find((call.target, "wrong"), f"{engine} and the reference engine differ: {apart}")


ENGINED = {
    "gatewise.forward", "gatewise.backward", "gatewise.train_steps", "network.forward", "network.backward", "gatewise.Stepper.step",
    "network.NetworkStepper.step",
}  # fmt: skip
_ENGINE = re.compile(r"engine='[\w-]+'")


def _with_reference(call):
    """The same call with the reference engine, also in what its arguments were made by."""
    lines = [
        (name, "'reference'" if name == "engine" else _ENGINE.sub("engine='reference'", line))
        for name, line in call.lines
    ]
    text = call.call
    if "engine" not in dict(lines) and call.target in (
        "gatewise.forward",
        "gatewise.train_steps",
        "network.forward",
    ):
        text = f"{call.call.removesuffix(')')}, engine='reference')"
    return type(call)(call.target, tuple(lines), text, call.hostile)
