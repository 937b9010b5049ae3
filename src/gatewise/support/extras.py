"""Optional packages: imported when first needed, with a message that says how to install them."""

from __future__ import annotations

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
