"""Optional packages: imported when first needed, with a message that says how to install them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from gatewise.errors import GatewiseError


class ExtraError(GatewiseError, ImportError):
    """A package is needed that is not installed."""


def need(package: str, extra: str, what: str) -> Any:
    """Import and return an optional package.

    Parameters
    ----------
    package : str
        The module to import, such as "pyarrow.csv".
    extra : str
        The extra of gatewise that brings it.
    what : str
        What needs it, as the message begins: "gatewise fit".

    Raises
    ------
    ExtraError
        If it is not installed: "gatewise fit needs the package pyarrow. Install it with: …".
    """
    try:
        return import_module(package)
    except ImportError as error:
        if (error.name or "").split(".")[0] != package.split(".")[0]:
            raise  # it is there and broken: what it misses is for its own message
        name = {"sklearn": "scikit-learn"}.get(package.split(".")[0], package.split(".")[0])
        raise ExtraError(
            f"{what} needs the package {name}. Install it with: pip install 'gatewise[{extra}]'"
        ) from error


def late_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package whose names are imported when first asked for.

    Parameters
    ----------
    package : str
        Its `__name__`.
    homes : dict
        The module of the package that each name is in.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find, lambda: sorted(homes)
