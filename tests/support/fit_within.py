"""`gatewise fit` with a limit on memory, set when everything is imported: run by test_data_larger.py.

    python fit_within.py BYTES fit DATA --target y …

BYTES: memory of its own (RLIMIT_DATA: not that of mapped files) beyond what it has after its imports.
"""

import resource
import sys
from pathlib import Path

import matplotlib.figure  # noqa: F401
import pyarrow
import pyarrow.csv
import scipy.linalg  # noqa: F401
import sklearn.linear_model  # noqa: F401

import gatewise.cli.fit  # noqa: F401
from gatewise.cli import main


def data_memory():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no VmData")


pyarrow.csv.read_csv(pyarrow.BufferReader(b"y\n1\n"))  # its threads start
limit = data_memory() + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
sys.exit(main(sys.argv[2:]))
