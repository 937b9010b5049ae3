"""Whether the engine can run a call, and how often it did: exactly what it can is taken, all else is torch's.

A reason is a short sentence that `gatewise.torch.calls()` counts; no reason means that the engine runs.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.utils._device import DeviceContext

from gatewise.support.foreign import CallCounter
from gatewise.support.foreign import Calls as Calls

_C: Any = torch._C
_forward_mode: Any = torch.autograd.forward_ad
_STRIDED = torch.strided
_compiler_of_frames: Any = getattr(_C._dynamo.eval_frame, "get_eval_frame_callback", None)


def surroundings() -> str | None:
    """Say what watches or rewrites torch's operations just now, which the engine's are not."""
    if _C._get_tracing_state() is not None:
        return "torch.jit is tracing"
    if _C._len_torch_dispatch_stack() or (_C._len_torch_function_stack() and not _only_the_device()):
        return "a dispatch or function mode is active"
    if torch.is_autocast_enabled("cpu"):
        return "autocast is on"
    if _C._functorch.peek_interpreter_stack() is not None:
        return "torch.func transforms the call"
    if _forward_mode._current_level >= 0:
        return "forward-mode differentiation"
    return None


def compiler_listens() -> bool:
    """Say whether torch.compile would compile the Python functions that are called from here, one by one."""
    if _compiler_of_frames is None:  # torch 2.4
        return "torch._dynamo" in sys.modules
    return _compiler_of_frames() is not None


def _only_the_device() -> bool:
    """Say whether the function modes do nothing but make the CPU the default device."""
    modes: list[Any] = torch.overrides._get_current_function_mode_stack()
    return all(type(mode) is DeviceContext and mode.device.type == "cpu" for mode in modes)


def gradient(given: Tensor, dtype: torch.dtype) -> bool:
    """Say whether what reaches a backward pass has its numbers in memory: no batch of gradients, for one."""
    return (
        plain(given, dtype)
        and not given._is_zerotensor()
        and not _C._functorch.is_functorch_wrapped_tensor(given)
        and not _C._functorch.is_legacy_batchedtensor(given)
    )


def plain(tensor: Any, dtype: torch.dtype) -> bool:
    """Say whether it is a tensor whose memory holds its numbers: dense, on the CPU, of this dtype.

    A tensor of zeros without memory has the pointer 0, which the engine takes for zeros or refuses.
    """
    kind = type(tensor)
    return (
        (kind is Tensor or kind is Parameter)
        and tensor.dtype is dtype
        and tensor.is_cpu
        and tensor.layout is torch.strided
        and not tensor.is_neg()
    )


def weights(given: list[Any], shapes: tuple[tuple[int, ...], ...], dtype: torch.dtype) -> str | None:
    """Say what is unusual about a layer's weights."""
    if len(given) != len(shapes):
        return "weights are missing"
    for weight, shape in zip(given, shapes, strict=True):
        kind = type(weight)  # `plain`, written out: small problems would feel the calls
        if not (
            (kind is Parameter or kind is Tensor)
            and weight.dtype is dtype
            and weight.is_cpu
            and weight.layout is _STRIDED
            and not weight.is_neg()
        ):
            return "a weight is no plain CPU tensor of x's dtype"
        if weight.shape != shape:
            return "a weight has another shape"
        if not weight.is_contiguous():
            return "a weight is not contiguous"
    return None


_counter = CallCounter()
count = _counter.count


def calls() -> Calls:
    """Return how many calls ran natively, and how many fell back to torch, with the reasons."""
    return _counter.calls()
