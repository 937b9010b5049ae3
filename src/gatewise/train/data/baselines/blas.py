"""One thread for the matrix products of NumPy and SciPy: with several, their bits depend on the number."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from gatewise.support.extras import need

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _controller() -> Any:
    """Look for the loaded libraries once, SciPy's among them; it takes some milliseconds."""
    need("scipy.linalg", "train", "a baseline")
    return need("threadpoolctl", "train", "a baseline").ThreadpoolController()


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function, run with one thread of the BLAS."""

    @wraps(function)
    def run(*arguments: P.args, **named: P.kwargs) -> R:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*arguments, **named)

    return run
