"""One file for each library. What every one of them defines:

    start(threads)          import and set up; returns the versions of what it imported
    PROGRAMS[task](problem) a Program, in the layout the library is fastest with; raises Unsupported

Weights are converted with `gates.py`. A program's results are in this project's layout and gate order again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Unsupported(Exception):
    """The library cannot do this task, or not with this dtype; the message says which."""


@dataclass(frozen=True)
class Program:
    """`run` does the task `repeats` times and is timed; `results` starts afresh and returns the arrays."""

    run: Callable[[], object]
    results: Callable[[], dict[str, Array]]
    repeats: int = 1


@dataclass(frozen=True)
class Peer:
    """A row of the table of peers."""

    module: str
    label: str
    needs: tuple[str, ...]  # distributions
    environment: tuple[tuple[str, str], ...] = ()


PEERS = {
    "gatewise": Peer("peers.gatewise_lstm", "gatewise", ("gatewise",)),
    "gatewise-avx2": Peer(
        "peers.gatewise_lstm", "gatewise, AVX2", ("gatewise",), (("GATEWISE_ISA", "avx2"),)
    ),
    "torch": Peer("peers.torch_lstm", "torch", ("torch",)),
    "jax": Peer(
        "peers.jax_scan", "JAX", ("jax", "jaxlib"), (("JAX_ENABLE_X64", "1"), ("JAX_PLATFORMS", "cpu"))
    ),
    "tensorflow": Peer(
        "peers.keras_lstm",
        "TensorFlow",
        ("tensorflow", "keras"),
        (("KERAS_BACKEND", "tensorflow"), ("TF_CPP_MIN_LOG_LEVEL", "3"), ("CUDA_VISIBLE_DEVICES", "-1")),
    ),
    "onnxruntime": Peer("peers.onnx_runtime", "ONNX Runtime", ("onnxruntime", "onnx")),
}
OURS = "gatewise"


def is_ours(name: str) -> bool:
    """Whether a row is this project's."""
    return name.split("-")[0] == OURS
