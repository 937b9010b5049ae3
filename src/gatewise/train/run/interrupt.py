"""Ctrl-C and SIGTERM ask training to stop after the step, with a checkpoint; a second one stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Training was asked to stop, and did; the message says how to go on."""


class Interrupt:
    """Whether a signal has asked training to stop, and whether it was one that ends the process."""

    requested = False
    terminated = False
    _message: str | None = None

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self.terminated = number == signal.SIGTERM
        if self._message is not None:
            raise Stopped(self._message)
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    @contextmanager
    def at_once(self, message: str) -> Iterator[None]:
        """Stop at a signal without waiting, with this message; also at one that has come already."""
        if self.requested:
            raise Stopped(message)
        self._message = message
        try:
            yield
        finally:
            self._message = None


@contextmanager
def stop_on_signals() -> Iterator[Interrupt]:
    """Watch for the signals. Outside of the main thread, where Python handles none, do nothing."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt._ask) for number in SIGNALS}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
