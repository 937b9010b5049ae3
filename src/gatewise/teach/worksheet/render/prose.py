"""Sentences of a sheet: found in them, the quantities of the equations; and their letters in ASCII.

A note is plain Unicode text in which state_t, δstate_{t+1} or out₋₁ may stand. Each renderer prints those
with its own printer and escapes what is between them in its own way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, cast

from gatewise.expression import Step, Symbol

_INDEX = re.compile(r"([tT]?)([-+]?\d+)?")
_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋₊ₜ−", "0123456789-+t-")
# A name with a Greek letter before it, an index after it, or both; a bare word is just a word.
_QUANTITY = re.compile(
    r"""(?<![A-Za-z_])
    (?P<greek>[δΔ]?)
    (?P<word>[A-Za-z]*)
    (?P<new>(?:ⁿᵉʷ)?)
    (?: _\{(?P<braced>[^{}\s]+)\} | _(?P<single>[A-Za-z0-9])(?![A-Za-z0-9]) | (?P<small>[₀-₉₋₊ₜ]+) )?
    (?![A-Za-z_])""",
    re.VERBOSE,
)

ASCII = {
    "−": "-", "–": "-", "—": "--", "×": "*", "·": "@", "⊙": "*", "⊗": "(x)", "•": "*", "½": "1/2", "±": "+/-",
    "σ": "sigmoid", "λ": "learning_rate", "δ": "d_", "Δ": "delta_", "ε": "epsilon", "Σ": "sum", "∑": "sum",
    "′": "'", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "⋯": "...", "→": "->", "←": "<-", "≤": "<=",
    "≥": ">=", "≠": "!=", "≈": "~", "∞": "infinity", "√": "sqrt", "∂": "d", "∇": "grad ", "ᵀ": "^T",
    "∈": "in", "‖": "||", "Γ": "Gamma", "\u0303": "~",
}  # fmt: skip
_INDEXED = re.compile(r"(?<=[A-Za-zδΔΓ\u0303])[₀-₉₋₊ₜ]+")
_LOW = re.compile(r"[₀-₉₋₊ₜ]+")
_HIGH = re.compile(r"[⁰¹²³⁴-⁹⁻⁺]+")
_FROM_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")


def parts(text: str) -> Iterator[str | Symbol]:
    """`text` cut into words between quantities, and the quantities as symbols."""
    end = 0
    for match in _QUANTITY.finditer(text):
        symbol = _symbol(match)
        if symbol is None:
            continue
        if match.start() > end:
            yield text[end : match.start()]
        yield symbol
        end = match.end()
    if end < len(text):
        yield text[end:]


def ascii_text(text: str) -> str:
    """`text` in ASCII alone; a letter that has no equivalent becomes a question mark."""
    text = _INDEXED.sub(lambda found: f"[{found[0].translate(_PLAIN)}]", text)
    text = _LOW.sub(lambda found: f"_{found[0].translate(_PLAIN)}", text)
    text = _HIGH.sub(lambda found: f"^{found[0].translate(_FROM_HIGH)}", text.replace("ⁿᵉʷ", "_new"))
    text = "".join(ASCII.get(letter, letter) for letter in text)
    bare = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(bare).encode("ascii", "replace").decode("ascii")


def _symbol(match: re.Match[str]) -> Symbol | None:
    """Return the quantity that was found, or None if it is an ordinary word."""
    greek, word, new = match["greek"], match["word"], bool(match["new"])
    index = match["braced"] or match["single"] or (match["small"] or "")
    index = index.translate(_PLAIN)
    if not (greek or word) or not (greek or index or new):
        return None
    name = {"δ": "d_", "Δ": "delta_", "": ""}[greek] + word
    if name == "d_":
        return None
    step = _INDEX.fullmatch(index)
    if not index:
        return Symbol(name.removesuffix("_"), new=new)
    if step is None:
        return Symbol(name.removesuffix("_"), part=index, new=new)
    base, offset = step.groups()
    return Symbol(
        name.removesuffix("_"), step=Step(cast(Literal["t", "T", ""], base), int(offset or 0)), new=new
    )
