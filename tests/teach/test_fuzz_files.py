"""Damaged problem files, hand-ins and keys: read, or refused in words, with nothing written. A short run of each.

`make fuzz KIND=keys` goes on for as long as one likes; what was found stands below. Documents: checker/test_check_damaged.py.
"""

import json

import pytest
from fuzz.damage_bytes import zip_of
from fuzz.kinds_teach import KINDS
from fuzz.short_run import short_run

import gatewise
from gatewise.exercises import KeyFileError

EXAMPLES = {"problems": 300, "hand-ins": 80, "keys": 150}


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_run_finds_nothing(kind):
    short_run(kind, EXAMPLES[kind])


# What was found -----------------------------------------------------------------------------------------------------


def key(kind, change):
    document = json.loads(gatewise.exercises.write_key(gatewise.exercises.exercise(kind, 3)))
    change(document)
    return json.dumps(document)


CHANGES = {
    "an option's text is a table": (
        "multiple-choice",
        lambda d: d["items"][0]["options"][0].update(text={"a": 1}),
    ),
    "an option's mistake is a number": (
        "multiple-choice",
        lambda d: d["items"][0]["options"][0].update(mistake=0.5),
    ),
    "a place of any length": ("fill", lambda d: d["items"][0].update(place=[0] * 20_000)),
    "a schema of any length": ("fill", lambda d: d.update(schema="x" * 100_000)),
}


@pytest.mark.parametrize(("kind", "change"), CHANGES.values(), ids=CHANGES)
def test_a_damaged_key_is_refused_in_a_line(kind, change):
    with pytest.raises(KeyFileError) as refused:
        gatewise.exercises.read_key(key(kind, change))
    assert len(str(refused.value)) < 500


HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (",
    "{'descr': x, 'fortran_order': False, 'shape': ()}",
    "(" * 300,
    "{'descr': [('a', '<f8'",
    "3",
    "{1: 2}",
)


@pytest.mark.parametrize("header", HEADERS)
def test_an_array_without_a_header_is_refused_in_a_line(tmp_path, header):
    """NumPy's reader of headers lets out what Python's tokenizer and parser raise."""
    text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)
    (tmp_path / "w.npz").write_bytes(zip_of([("W.npy", array)]))
    (tmp_path / "my.toml").write_text('weights = "w.npz"\nx = [[1.0, 2.0]]\n')
    with pytest.raises(gatewise.GatewiseError, match="cannot be read"):
        gatewise.load_problem(tmp_path / "my.toml")
