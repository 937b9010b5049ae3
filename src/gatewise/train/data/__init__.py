"""From a table to windows: CSV and Parquet files, frames, arrays; splits, scaling, batches; simple baselines.

    dataset = gatewise.data.read("river.csv", target="level", time="time")
    windows = gatewise.data.Windows.fit(dataset, window=168, horizon=24)
    batch = windows.batch(windows.train[:64])     # x, label, extra: scaled by the training rows alone
    windows.restore(predicted, windows.train[:64])    # and back to the target's own units

docs/data.md says what is done with what.
"""

from gatewise.train.data.baselines.baselines import Baselines
from gatewise.train.data.data_error import DataError
from gatewise.train.data.embedded_weather import EMBEDDED, embedded, embedded_path
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.reader import read
from gatewise.train.data.windows.batch import Batch
from gatewise.train.data.windows.windows import Windows

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
