"""The rows of metrics.jsonl for TensorBoard, written to RUN/tensorboard by tensorboardX."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatewise.support.extras import need
from gatewise.support.files import OutputError

Row = Mapping[str, Any]


def writer_class() -> Any:
    """Return the class that writes event files.

    Raises
    ------
    ExtraError
        If tensorboardX is not installed.
    """
    return need("tensorboardX", "tensorboard", "--tensorboard").SummaryWriter


@contextmanager
def open_tensorboard(folder: Path, history: Iterable[Row]) -> Iterator[Callable[[Row], None]]:
    """Write the epochs so far, as metrics.jsonl has them; yield a function that adds an epoch.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
        writer = writer_class()(str(folder))
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}.") from None

    def add(row: Row) -> None:
        for name, value in row.items():
            if name != "step":
                writer.add_scalar(name, float(value), row["step"])
        writer.flush()

    try:
        for row in history:
            add(row)
        yield add
    finally:
        writer.close()
