"""A file larger than the memory that its numbers may take: read and cut into batches, memory watched; trained on."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from paths import SUPPORT

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is Linux's")

ROWS, COLUMNS, PIECE = 1_200_000, 12, 100_000
MEMORY = 4_000_000
LIMIT = 175e6
"""The file is 146 MB, its numbers 115 MB and its rows of x 96 MB. Streamed, 105 to 135 MB are in use at once, nearly all
of them pyarrow's and hardly more for a larger file; read into memory, 350 MB."""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("larger") / "large.csv"
    values = np.random.default_rng(0).standard_normal((PIECE, COLUMNS)).tolist()
    lines = [",".join(f"{value:.5f}" for value in line) for line in values]
    with path.open("w") as file:
        file.write(",".join(["time", "y", *(f"x{k}" for k in range(COLUMNS - 1))]) + "\n")
        for first in range(0, ROWS, PIECE):
            times = (np.datetime64("2000-01-01T00:00:00") + 60 * np.arange(first, first + PIECE)).astype(str)
            file.write("\n".join(f"{time},{line}" for time, line in zip(times, lines, strict=True)) + "\n")
    return path


def facts_of(*words):
    script = SUPPORT / "read_much.py"
    result = subprocess.run([sys.executable, script, *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    return json.loads(result.stdout)


def test_a_large_file_needs_little_memory(large, tmp_path):
    facts = facts_of(large, tmp_path, MEMORY)
    assert (facts["rows"], facts["mapped"]) == (ROWS, True)
    assert facts["windows"] > ROWS * 0.69 / 10
    assert facts["peak"] < LIMIT
    assert list(tmp_path.iterdir()) == []
    whole = facts_of(large, tmp_path, 1 << 30)
    assert (whole["sum"], whole["mapped"]) == (facts["sum"], False)
    assert whole["peak"] > LIMIT  # so the limit is one that reading into memory breaks


def fit_within(limit, large, run, megabytes):
    script = SUPPORT / "fit_within.py"
    words = [
        "fit", large, "--target", "y", "--time", "time", "--window", 24, "--horizon", 2, "--hidden", 4, "--stride", 500,
        "--validation", 0.002, "--test", 0.002, "--epochs", 1, "--threads", 1, "--memory", megabytes, "-q", "-o", run,
    ]  # fmt: skip
    few = {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return subprocess.run(
        [sys.executable, script, str(limit), *map(str, words)],
        capture_output=True,
        text=True,
        env=few,
        timeout=300,
    )


def test_a_file_larger_than_the_memory_allowed_trains(large, tmp_path):
    """The whole command under a limit that the system enforces: it ends well streamed, and not in memory."""
    streamed = fit_within(200_000_000, large, tmp_path / "streamed", 4)
    assert streamed.returncode == 0, streamed.stderr
    assert json.loads((tmp_path / "streamed" / "results.json").read_text())["windows"] > 2000
    whole = fit_within(200_000_000, large, tmp_path / "whole", 1024)
    assert whole.returncode == 2
    assert whole.stderr.startswith("gatewise: there is not enough memory: Unable to allocate")
    assert not (tmp_path / "whole").exists()
