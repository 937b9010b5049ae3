"""A file larger than the memory that its numbers may take: read, prepared and cut into batches, memory watched."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is Linux's")

ROWS, COLUMNS, PIECE = 600_000, 12, 100_000
MEMORY = 4_000_000
LIMIT = 175e6
"""The file is 73 MB, its numbers 58 MB and its rows of x 48 MB. Streamed, 105 to 125 MB are in use at once, nearly all
of them pyarrow's and hardly more for a file three times as large; read into memory, 230 MB."""


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
    script = Path(__file__).with_name("read_much.py")
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
