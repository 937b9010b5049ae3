"""Damage to the bytes of a file, to the tree that it holds (JSON, TOML), and to zips, whose checksums are made right again."""

import io
import json
import struct
import zipfile

WORDS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b",", b";", b"\t", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b"#", b"-", b"nan", b"inf", b"1e999", b"-0",
    b"1e-320", b"9" * 400, b"null", b"true", b"\xe2\x80\xae", b"\xc0\x80", b"=cmd|' /C'!A0", b"\x1a", b"2024-02-30", b"24:00", b"\\u0000", b"\\ud800", b"0x7fffffff",
    b"1_0", b"[" * 3000, b"{" * 3000, b"a." * 300, b",,,,,,,,", b"\x7f\xff\xff\xff\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\xff",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 1, 2, 3.5, 2**31, 2**40, 2**63, 10**30, -(2**63), 1e308, -1e308, 5e-324, float("nan"), float("inf"), "", "a", "0.5", "nan", "\0", "x" * 5000, "/dev/zero",
    "/etc/passwd", "../../x", "=1+1", [], {}, [[]], [1], ["a"], [None], {"a": 1}, [[1, 2], [3]], {"": {}}, [0.5] * 3000, "2024-01-01", "é\u202e", [[[[0.5]]]], 30_000_000,
)  # fmt: skip


def damaged(data, choose, others=()):
    """Bytes with one thing changed; `others` are files to take stretches from."""
    at, end = choose.randrange(len(data) + 1), choose.randrange(len(data) + 1)
    match choose.randrange(9):
        case 0:
            return data[:at] + choose.choice(WORDS) + data[at:]
        case 1:
            return data[:at] + data[at + choose.randrange(1, 20) :]
        case 2 | 3 if data:
            k = choose.randrange(len(data))
            return data[:k] + bytes([data[k] ^ (1 << choose.randrange(8))]) + data[k + 1 :]
        case 4:
            return data[:at]
        case 5:
            return data[: max(at, end)] + data[min(at, end) :]
        case 6 if others:
            other = choose.choice(others)
            first = choose.randrange(len(other) + 1)
            return data[:at] + other[first : first + choose.randrange(1, 200)] + data[at:]
        case 7:
            lines = data.split(b"\n")
            k = choose.randrange(len(lines))
            return b"\n".join([*lines[:k], lines[choose.randrange(len(lines))], *lines[k:]])
        case _:
            size = choose.choice((1, 2, 4, 8))
            number = choose.choice((0, 1, 2**7, 2**15, 2**31 - 1, 2**31, 2**63 - 1, 2**64 - 1)) % 2 ** (
                8 * size
            )
            return data[:at] + number.to_bytes(size, "little") + data[at + size :]


def deep(inner, depth):
    """Lists around a value."""
    for _ in range(depth):
        inner = [inner]
    return inner


def damaged_tree(tree, choose):
    """A tree of dicts and lists, with one place in it changed; a new one."""
    tree = json.loads(json.dumps(tree))
    places = list(_places(tree))
    if not places:
        return choose.choice(VALUES)
    inside, key = choose.choice(places)
    old = inside[key]
    match choose.randrange(9):
        case 0:
            del inside[key]
        case 1:
            inside[key] = deep(old, choose.choice((1, 2, 30, 400)))
        case 2:
            inside[key] = {"a": old}
        case 3 if isinstance(inside, dict):
            inside[choose.choice(("", "a", "A" * 300, "W", "é", "layers", key.upper(), key + "s"))] = (
                inside.pop(key)
            )
        case 4 if isinstance(inside, list):
            inside.insert(key, old)
        case 5 if isinstance(inside, list):
            inside[key:] = [old] * choose.choice((2, 100, 20_000))
        case 6:
            other, at = choose.choice(places)
            inside[key] = json.loads(json.dumps(other[at]))
        case 7 if isinstance(old, (int, float)) and not isinstance(old, bool):
            inside[key] = choose.choice(
                (-old, old * 1e9, old + 1, str(old), int(old) if abs(old) < 1e9 else 0, [old])
            )
        case _:
            inside[key] = choose.choice(VALUES)
    return tree


def _places(tree):
    """(container, key) of every place in a tree, outer ones first; of a long list its first entries."""
    keys = (
        list(tree) if isinstance(tree, dict) else range(min(len(tree), 12)) if isinstance(tree, list) else ()
    )
    for key in keys:
        yield tree, key
    for key in keys:
        yield from _places(tree[key])


def as_toml(value):
    """A tree as TOML: tables are inline, what TOML does not have is text."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return json.dumps(value)
        case list():
            return f"[{', '.join(map(as_toml, value))}]"
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(key)} = {as_toml(each)}" for key, each in value.items()) + "}"
            )
    return '"null"'


def toml_file(tree):
    """A tree as a TOML document."""
    if not isinstance(tree, dict):
        return as_toml(tree).encode("utf-8", "replace")
    return "".join(f"{json.dumps(key)} = {as_toml(each)}\n" for key, each in tree.items()).encode(
        "utf-8", "surrogatepass"
    )


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, bytes), as `zipfile` writes it: every checksum is right."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
FIELDS = {CENTRAL: ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4)), LOCAL: ((6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)), END: ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4))}  # fmt: skip


def damaged_zip(data, choose):
    """A zip with a field of a header changed: flags, method, checksum, a size, an offset."""
    kind = choose.choice((CENTRAL, CENTRAL, LOCAL, END))
    places = [k for k in range(len(data)) if data[k : k + 4] == kind]
    if not places:
        return damaged(data, choose)
    offset, size = choose.choice(FIELDS[kind])
    at = choose.choice(places) + offset
    number = choose.choice(
        (0, 1, 8, 99, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(data), choose.randrange(2**16))
    ) % 2 ** (8 * size)
    return data[:at] + struct.pack({2: "<H", 4: "<I"}[size], number) + data[at + size :]
