"""What a run says while it goes on: a bar with the time left on a terminal, else a line for each epoch."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from gatewise.support.streams import tell
from gatewise.train.loop.state import TrainingState

if TYPE_CHECKING:
    from rich.progress import Progress


class Silent:
    """Says nothing; the others say more."""

    @contextmanager
    def over(self, _state: TrainingState, _epochs: int, _steps: int) -> Iterator[None]:
        """Go with a run of at most `epochs`, each of `steps`."""
        yield

    def say(self, text: str) -> None:
        """Tell something once."""

    def warn(self, text: str) -> None:
        """Tell what a user should know before training begins."""

    def step(self, state: TrainingState) -> None:
        """Follow a step."""

    def epoch(self, state: TrainingState) -> None:
        """Follow the end of an epoch."""


class Warns(Silent):
    """Says nothing but what a user should know, as a warning: for who calls from Python."""

    def warn(self, text: str) -> None:
        """Warn who called `fit`."""
        warnings.warn(text, RuntimeWarning, stacklevel=4)


class EpochLines(Silent):
    """A line for each epoch."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    @contextmanager
    def over(self, state: TrainingState, epochs: int, steps: int) -> Iterator[None]:
        """Remember when the run began, for the time that is left."""
        self._epochs, self._began, self._from = epochs, time.monotonic(), state.epoch + state.batch / steps
        yield

    def say(self, text: str) -> None:
        """Write a line."""
        tell(text, self._stream)

    def warn(self, text: str) -> None:
        """Write a line."""
        self.say(text)

    def epoch(self, state: TrainingState) -> None:
        """Write the epoch's line."""
        spent = time.monotonic() - self._began
        done = state.epoch - self._from  # 0 where a run goes on after the last step of an epoch
        left = f", at most {clock(spent / done * (self._epochs - state.epoch))} left" if done else ""
        self.say(f"{line(state.history[-1], self._epochs)}  {clock(spent)}{left}")


class Bar(EpochLines):
    """A bar that moves with every step, under the lines of the epochs."""

    @contextmanager
    def over(self, state: TrainingState, epochs: int, steps: int) -> Iterator[None]:
        """Show the bar as long as the run goes on."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._epochs = epochs
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("steps"),
                   TimeRemainingColumn(elapsed_when_finished=True), TextColumn("left at most"))  # fmt: skip
        with Progress(*columns, console=Console(file=self._stream), transient=True) as self._bar:
            done = state.epoch * steps + state.batch
            self._task = self._bar.add_task(f"epoch {state.epoch + 1}", total=epochs * steps, completed=done)
            self._steps = steps
            yield
            self._bar.update(self._task, visible=False)

    def step(self, state: TrainingState) -> None:
        """Move the bar."""
        done = state.epoch * self._steps + state.batch
        self._bar.update(self._task, completed=done, description=f"epoch {state.epoch + 1}")

    def epoch(self, state: TrainingState) -> None:
        """Print the epoch's line above the bar."""
        self._bar.console.print(line(state.history[-1], self._epochs), highlight=False)

    _bar: Progress
    _task: Any


def listener(quiet: bool = False) -> Silent:
    """Return the one for standard error as it is now."""
    if quiet or sys.stderr is None:  # closed, as after 2>&-
        return Silent()
    return Bar() if sys.stderr.isatty() else EpochLines()


def line(row: dict[str, Any], epochs: int) -> str:
    """Write one row of the history."""
    width = len(str(epochs))
    text = f"epoch {row['epoch']:>{width}}/{epochs}  loss {row['loss']:.4f}"
    if "validation_loss" in row:
        best = "*" if row["best"] else " "
        metric = next(
            (name for name in row if name.startswith("validation_") and name != "validation_loss"), None
        )
        text += f"  validation {row['validation_loss']:.4f}"
        text += best if metric is None else f"  {metric.removeprefix('validation_')} {row[metric]:.4g}{best}"
    return f"{text}  λ {row['rate']:.2g}"


def clock(seconds: float) -> str:
    """Write a time as 0:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
