"""Layers and tensors of other libraries: taken where our own are, and counted where the engine runs.

A wing that knows a library is imported when one of its objects comes in, and by nobody before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from threading import Lock
from typing import Any, NamedTuple

# The class that an object is of, and the module that makes of it what a function takes.
OPENERS = {"torch.nn.modules.rnn.LSTM": "gatewise.torch.parameters"}

# The class that a whole model is of, and the module that reads it as a file of that library is read. A layer
# of Keras is a module of torch as well where torch works for it; its own class comes first.
READERS = {
    "keras.src.layers.layer.Layer": "gatewise.convert.live.keras_model",
    "torch.nn.modules.module.Module": "gatewise.convert.live.torch_module",
}


def opener_of(given: object) -> Any:
    """Return the module that opens an object of another library, None where there is none."""
    return _module_of(given, OPENERS)


def reader_of(given: object) -> Any:
    """Return the module that reads a live model of another library, None where there is none."""
    return _module_of(given, READERS)


def _module_of(given: object, known: Mapping[str, str]) -> Any:
    for kind in type(given).__mro__:
        module = known.get(f"{kind.__module__}.{kind.__qualname__}")
        if module is not None:
            return import_module(module)
    return None


def is_plain(tensor: Any) -> bool:
    """Say whether a tensor of torch is dense, of real or complex numbers that are there to be read."""
    return not any(_is(tensor, name) for name in ("is_meta", "is_nested", "is_quantized")) and (
        str(getattr(tensor, "layout", "")) == "torch.strided"
    )


def why_no_numbers_in(tensor: object) -> str:
    """Say why no number of a tensor of torch can be read, whatever is done with it; "" of all others."""
    if _is(tensor, "is_meta"):
        return "it is on torch's meta device, where tensors have sizes and no numbers. Give one with numbers."
    return ""


def torch_to_numpy(name: str, value: Any) -> str:
    """Return the Python that makes a NumPy array of something of torch's, which is called `name`."""
    if type(value).__name__ == "PackedSequence":
        padded = f"torch.nn.utils.rnn.pad_packed_sequence({name}, batch_first=True)"
        return f"{padded}[0].detach().cpu().numpy(), and the lengths that {padded}[1] has"
    made = name
    if _is(value, "is_nested"):
        made = f"torch.nested.to_padded_tensor({name}, 0.0)"
    elif _is(value, "is_quantized"):
        made += ".dequantize()"
    elif "strided" not in str(getattr(value, "layout", "strided")):
        made += ".to_dense()"
    made += ".detach().cpu()"
    if any(narrow in str(getattr(value, "dtype", "")) for narrow in ("bfloat16", "float8")):
        made += ".float()"
    made += "".join(f".resolve_{bit}()" for bit in ("conj", "neg") if _is(value, f"is_{bit}"))
    return f"{made}.numpy()"


def _is(value: object, name: str) -> bool:
    """Return what a tensor says of itself, by an attribute or a method."""
    said = getattr(value, name, False)
    return bool(said() if callable(said) else said)


class Calls(NamedTuple):
    """How many calls of a layer the engine ran since the process began, and how many its own library did.

    Attributes
    ----------
    native, fallback : int
    reasons : dict
        Why the library ran, and how often.
    """

    native: int
    fallback: int
    reasons: dict[str, int]


class CallCounter:
    """Counts calls, from any thread."""

    def __init__(self) -> None:
        self._native = 0
        self._reasons: Counter[str] = Counter()
        self._lock = Lock()

    def count(self, reason: str | None) -> None:
        """Count a call: native without a reason, by the library with one."""
        with self._lock:
            if reason is None:
                self._native += 1
            else:
                self._reasons[reason] += 1

    def calls(self) -> Calls:
        """Return what was counted."""
        with self._lock:
            return Calls(self._native, sum(self._reasons.values()), dict(self._reasons))
