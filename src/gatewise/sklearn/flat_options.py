"""The forecaster's options for its regressor, and `regressor=`, which was how most were given before 0.3."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from sklearn.base import clone

from gatewise.cells import Cell
from gatewise.sklearn.regressor import LSTMRegressor
from gatewise.support.given import brief, has_method

_OWN = ("window", "horizon", "regressor", "change", "stride")  # of the forecaster alone


def options_of(forecaster: Any) -> dict[str, Any]:
    """Return the options that are its regressor's, too."""
    return {name: value for name, value in forecaster.get_params(deep=False).items() if name not in _OWN}


def changed_options_of(forecaster: Any) -> dict[str, Any]:
    """Return those of them that are not as by default."""
    default = _defaults(forecaster)
    return {n: value for n, value in options_of(forecaster).items() if not _same(value, default[n])}


def regressor_given(forecaster: Any) -> Any:
    """Return a copy of `regressor=`, and say what to write instead.

    Raises
    ------
    ValueError
        If it is no estimator.
    """
    regressor = forecaster.regressor
    if not has_method(regressor, "set_params"):
        raise ValueError(f"regressor={brief(regressor)}; leave it out, and give its options here.")
    copy = clone(regressor)
    default = _defaults(forecaster)
    options = copy.get_params(deep=False) if isinstance(copy, LSTMRegressor) else {}
    options |= changed_options_of(forecaster)
    own = {name: getattr(forecaster, name) for name in _OWN if name != "regressor"}
    differ = {
        n: value for n, value in (own | options).items() if n in default and not _same(value, default[n])
    }
    written = ", ".join(f"{name}={_written(value)}" for name, value in differ.items())
    warnings.warn(
        "regressor= of LSTMForecaster is deprecated and will be removed in 0.4. Give its options to the "
        f"forecaster: LSTMForecaster({written}).",
        FutureWarning,
        stacklevel=4,  # of who called fit
    )
    return copy


def _defaults(forecaster: Any) -> dict[str, Any]:
    parameters = inspect.signature(type(forecaster).__init__).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}


def _same(value: Any, default: Any) -> bool:
    """Whether an option is as by default; arrays and generators are not."""
    return value is default or (type(value) is type(default) and value == default)


def _written(value: Any) -> str:
    return f"<cell {value.name}>" if isinstance(value, Cell) else brief(value)
