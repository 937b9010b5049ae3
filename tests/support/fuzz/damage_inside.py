"""Damage to what a file holds: its tree, where it is JSON or TOML, and the arrays of an .npz file."""

import io
import json
import struct

import numpy as np
from fuzz.damage_bytes import damaged, damaged_tree, damaged_zip, toml_file, zip_of

from gatewise.support.toml import parse_toml


def once_in_tree(data, choose, read, write):
    """A document whose tree was damaged, some times as bytes afterwards; as bytes alone if it is none."""
    try:
        tree = read(data)
    except Exception:  # noqa: BLE001
        return damaged(data, choose)
    for _ in range(choose.choice((1, 1, 2, 4))):
        tree = damaged_tree(tree, choose)
    try:
        made = write(tree)
    except RecursionError:  # deeper than it can be written
        return damaged(data, choose)
    return damaged(made, choose) if choose.random() < 0.1 else made


def in_json(data, choose):
    """JSON, damaged in its tree."""
    return once_in_tree(data, choose, json.loads, lambda tree: json.dumps(tree).encode())


def in_toml(data, choose):
    """TOML, damaged in its tree."""
    return once_in_tree(
        data, choose, lambda d: _plain(parse_toml(d.decode(), longest_key="", deepest="")), toml_file
    )


def _plain(tree):
    return json.loads(json.dumps(tree, default=str))


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def in_npz(data, choose):
    """A zip of arrays, damaged in an array's header or numbers, with checksums made right, or in the zip's own headers."""
    if choose.random() < 0.4:
        return damaged_zip(data, choose)
    with np.load(io.BytesIO(data)) as stored:
        members = [(f"{name}.npy", _npy(stored[name])) for name in stored.files]
    k = choose.randrange(len(members))
    name, inside = members[k]
    if choose.random() < 0.5:
        odd = choose.choice(
            ("(2**40,)", "(-1,)", "()", "(0, 2)", "(8, 2, 1)", "'a'", "(2, 2**62)", "None", "(8.0, 2)")
        )
        descr = choose.choice(
            ("<f8", ">f8", "<f2", "|O", "<U4", "<i8", "|V8", "<c16", "[('a', '<f8')]", "x", "<f999", "<M8[s]")
        )
        text = repr({"descr": descr, "fortran_order": choose.random() < 0.5, "shape": ()}).replace(
            "'shape': ()", f"'shape': {odd}"
        )
        header = text.encode() + b" " * (-(len(text) + 11) % 64) + b"\n"
        inside = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + inside[128:]
    else:
        inside = damaged(inside, choose)
    members[k] = (choose.choice((name, name, name, "x.npy", "../y.npy", "W", members[0][0])), inside)
    return zip_of(members)


def _npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()
