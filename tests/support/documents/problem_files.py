"""Problem files as text, and what reading them gives or refuses; shared by the tests of problem files."""

from pathlib import Path

import pytest

from gatewise.teach.problem import ProblemFileError, parse_problem

SIZES = "input_size = 2\nhidden_size = 2\n"
GATE_TABLES = """
[gates.a]
W = [[0.45, 0.25]]
U = [[0.15]]
b = [0.2]
[gates.i]
W = [[0.95, 0.8]]
U = [[0.8]]
b = [0.65]
[gates.f]
W = [[0.7, 0.45]]
U = [[0.1]]
b = [0.15]
[gates.o]
W = [[0.6, 0.4]]
U = [[0.25]]
b = [0.1]
"""


STACKED = (
    "W = [[0.45, 0.25], [0.95, 0.8], [0.7, 0.45], [0.6, 0.4]]\n"
    "U = [[0.15], [0.8], [0.1], [0.25]]\nb = [0.2, 0.65, 0.15, 0.1]\n"
)


def parse(source, folder=Path()):
    return parse_problem(source, folder)


def message(source, folder=Path()):
    with pytest.raises(ProblemFileError) as caught:
        parse(source, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def outcome(action):
    """What a ProblemFileError says, or None if there is none; anything else goes through."""
    try:
        action()
    except ProblemFileError as error:
        return str(error)
    return None
