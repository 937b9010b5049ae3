"""Names, numbers, comments and arrays as C99 and C++11 both have them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from string import Template
from typing import NamedTuple

import numpy as np

from gatewise.errors import ArgumentError, ConvertError
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief
from gatewise.support.options import spelled

WIDTH = 100
LONGEST = 32  # characters of a name: with what follows it stays within the 63 that C99 tells apart
DIGITS = {"float32": 9, "float64": 17}  # significant decimal digits that name each number uniquely
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await
        co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
        default delete do double dynamic_cast else enum explicit export extern false float for friend goto
        if inline int long main mutable namespace new noexcept not not_eq nullptr operator or or_eq
        private protected public register reinterpret_cast requires restrict return short signed sizeof
        static static_assert static_cast struct switch template this thread_local throw true try typedef
        typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
        """,
    )
)


class Names(NamedTuple):
    """What the names of a header begin with, and of which type its numbers are.

    Attributes
    ----------
    prefix : str
        A C identifier.
    dtype : str
        "float32" or "float64".
    """

    prefix: str
    dtype: str

    @property
    def real(self) -> str:
        """The type of the numbers."""
        return f"{self.prefix}_real"

    def function(self, name: str) -> str:
        """Return what math.h calls a function of such numbers: tanhf, tanh."""
        return name + "f" * (self.dtype == "float32")

    def number(self, value: float) -> str:
        """Return a constant of that type."""
        return literal(value, self.dtype)

    def fill(self, template: str, **values: object) -> str:
        """Return a piece of C with ${p} in it put for the prefix, ${real} for the type, and further values.

        What is put in is not read again.
        """
        return Template(textwrap.dedent(template).strip("\n")).substitute(
            p=self.prefix, real=self.real, **values
        )


def checked_name(name: str | None) -> str:
    """Return what names are to begin with, if C and C++ can have it.

    Raises
    ------
    ArgumentError
    """
    given = name or ""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", given) or "__" in given or given in _KEYWORDS:
        usable = re.sub(r"[^A-Za-z0-9]+", "_", given).strip("_")
        usable = usable if re.match("[A-Za-z]", usable) and usable not in _KEYWORDS else f"model_{usable}"
        raise ArgumentError(
            f"{brief(given)} cannot begin names in C and C++: it must be letters, digits and single _, "
            f"a letter first, and no keyword. Say another: {spelled('name', usable[:LONGEST].strip('_'))}."
        )
    if len(given) > LONGEST:
        raise ArgumentError(
            f"{brief(given)} has {len(given)} characters; {LONGEST} at most, so that C99 tells the "
            "names apart that begin with it."
        )
    return given


def literal(value: float, dtype: str = "float64") -> str:
    """Return a number as a constant that reads back to the same bits; one below 0 stands in brackets."""
    exact = float(np.float32(value)) if dtype == "float32" else float(value)
    text = format(exact, f".{DIGITS[dtype]}g")
    if not re.search(r"[.e]", text):
        text += ".0"
    text += "f" * (dtype == "float32")
    return f"({text})" if text.startswith("-") else text


def entries(values: Iterable[float], dtype: str = "float64") -> str:
    """Return numbers as an initialiser's entries, in lines."""
    texts = (literal(value, dtype).strip("()") for value in values)
    return "\n".join(
        textwrap.wrap(", ".join(texts), WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    )


def as_numbers(what: str, array: FloatArray, dtype: str) -> FloatArray:
    """Return numbers in the dtype of the header, if they are numbers there.

    Raises
    ------
    ConvertError
        If one is NaN or infinite, or becomes infinite in it.
    """
    with np.errstate(over="ignore"):
        made = np.asarray(array, dtype)
    bad = int((~np.isfinite(made)).sum())
    if bad:
        why = "are NaN or infinite" if not np.isfinite(array).all() else f"are too large for {dtype}"
        raise ConvertError(
            f"{bad:,} of the {made.size:,} numbers of {what} {why}; a C header has finite ones alone."
        )
    return made


def table(names: Names, kind: str, name: str, array: FloatArray, parts: Sequence[str] = ()) -> str:
    """Return a constant array of one or two axes; `parts` name equal shares of its rows."""
    sizes = "".join(f"[{size}]" for size in array.shape)
    dtype = names.dtype if kind == names.real else "float64"
    each = len(array) // len(parts) if parts else 0
    lines = [f"static const {kind} {name}{sizes} = {{"]
    if array.ndim == 1 and not parts:
        return "\n".join([*lines, textwrap.indent(entries(array, dtype), " " * 4), "};"])
    for number, row in enumerate(array if array.ndim == 2 else array.reshape(len(parts), -1)):
        if array.ndim == 1:
            inner = textwrap.indent(entries(row, dtype), " " * 4)
            lines += [f"    /* {parts[number]} */", inner + ("," if number + 1 < len(parts) else "")]
            continue
        if parts and number % each == 0:
            lines.append(f"    /* {parts[number // each]} */")
        inner = textwrap.indent(entries(row, dtype), " " * 5).strip()
        lines.append(f"    {{{inner}}}" + ("," if number + 1 < len(array) else ""))
    return "\n".join([*lines, "};"])


def plain(text: str) -> str:
    """Return text of a user's as a comment may hold it: on one line, and without what would end it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return re.sub(r"\?(?=\?)", "? ", shown.replace("*/", "* /").replace("/*", "/ *")).rstrip("\\")


def comment(*paragraphs: str, indent: int = 0) -> str:
    """Return a comment, folded; each paragraph begins a line."""
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += textwrap.wrap(
            plain(paragraph), WIDTH - 6 - indent, break_long_words=False, break_on_hyphens=False
        ) or [""]  # fmt: skip
    start = " " * indent
    if len(lines) == 1:
        return f"{start}/* {lines[0]} */"
    body = "\n".join(f"{start} * {line}".rstrip() for line in lines)
    return f"{start}/*\n{body}\n{start} */"


def statement(text: str, indent: int) -> str:
    """Return a statement, folded at its blanks: for code without texts in it."""
    return "\n".join(
        textwrap.wrap(
            text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 4),
            break_long_words=False, break_on_hyphens=False,
        )
    )  # fmt: skip


def string(text: str) -> str:
    """Return a text as a C string of its UTF-8 bytes."""
    return '"' + "".join(_escaped(byte) for byte in text.encode("utf-8", "surrogatepass")) + '"'


def _escaped(byte: int) -> str:
    plain_letter = 32 <= byte < 127 and chr(byte) not in '"\\?'
    return chr(byte) if plain_letter else f"\\{byte:03o}"
