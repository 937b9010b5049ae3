"""A model's torch.nn.LSTMs exchanged for gatewise's, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

from torch import nn

from gatewise.errors import ArgumentError
from gatewise.torch.layer import LSTM

M = TypeVar("M", bound=nn.Module)


def replace(model: M, *, back: bool = False) -> M:
    """Put gatewise's LSTM in the place of every torch.nn.LSTM of a model, in place.

    Parameters and buffers stay the objects that they are: optimizers, hooks and names hold. Subclasses of
    torch.nn.LSTM are left alone.

    Parameters
    ----------
    model : torch.nn.Module
        A torch.nn.LSTM, or a module with some inside.
    back : bool
        True puts torch's own back.

    Returns
    -------
    torch.nn.Module
        The same model.

    Raises
    ------
    ArgumentError
        If it is no module.
    """
    if not isinstance(model, nn.Module):
        raise ArgumentError(f"replace takes a torch.nn.Module; this is a {type(model).__name__}.")
    old, new = (LSTM, nn.LSTM) if back else (nn.LSTM, LSTM)
    for module in model.modules():
        if type(module) is old:
            module.__class__ = new
    return model


_wanted: ContextVar[bool] = ContextVar("gatewise.torch.use", default=False)
_lock = Lock()
_users = 0
_theirs: Any = None  # what nn.LSTM.__init__ was when the first user began


@contextmanager
def use() -> Iterator[None]:
    """Make every torch.nn.LSTM that is built inside gatewise's.

    with gatewise.torch.use():
        model = SomeLibrary.Model(...)      # which builds torch.nn.LSTM(...) itself

    Only what this thread, or this asynchronous task, builds is changed. torch.nn.LSTM itself stays what it
    is, so that isinstance and imports of it hold.
    """
    global _users, _theirs
    token = _wanted.set(True)
    with _lock:
        _users += 1
        if _users == 1:
            _theirs = nn.LSTM.__init__
            nn.LSTM.__init__ = _init(_theirs)
    try:
        yield
    finally:
        _wanted.reset(token)
        with _lock:
            _users -= 1
            # Unless somebody else has changed it since.
            if _users == 0 and getattr(nn.LSTM.__init__, "__wrapped__", None) is _theirs:
                nn.LSTM.__init__ = _theirs


def _init(theirs: Any) -> Any:
    # Not by __new__: once set, a class cannot be without one again.
    @wraps(theirs)
    def init(self: nn.LSTM, *args: Any, **options: Any) -> None:
        theirs(self, *args, **options)
        if type(self) is nn.LSTM and _wanted.get():
            self.__class__ = LSTM

    return init
