"""From a table to windows: CSV and Parquet files, frames, arrays; splits, scaling, batches; simple baselines.

    dataset = gatewise.data.read("river.csv", target="level", time="time")
    windows = gatewise.data.Windows.fit(dataset, window=168, horizon=24)
    batch = windows.batch(windows.train[:64])     # x, label, extra: scaled by the training rows alone
    windows.restore(predicted, windows.train[:64])    # and back to the target's own units

docs/data.md says what is done with what.
"""

from gatewise.data.baselines import Baselines
from gatewise.data.dataset import Dataset
from gatewise.data.embedded import EMBEDDED, embedded, embedded_path
from gatewise.data.preparation import Preparation
from gatewise.data.problems import DataError
from gatewise.data.reading import read
from gatewise.data.windows import Batch, Windows

__all__ = [
    "EMBEDDED",
    "Baselines",
    "Batch",
    "DataError",
    "Dataset",
    "Preparation",
    "Windows",
    "embedded",
    "embedded_path",
    "read",
]
