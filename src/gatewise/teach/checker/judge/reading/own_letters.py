"""What a document calls the quantities of its cell: Γ_f for f, C̃ for a, one W for W and U on [h, x].

Keys are the names of the equations as sentences have them: f, z_f, W_f. Where one letter stands for W and U,
"W alone" is the one of them as a word. What is called as the equations have it is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from gatewise.expression import Step, Symbol, text
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.judge.reading.joined import STEM
from gatewise.teach.checker.judge.reading.own import own_symbol, stem_of, without_unit
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.tokens.signs import GREEK
from gatewise.teach.checker.read.words import ACCENTS, STEPPED

JOINED = "joined"  # the order of one W on both, as the equations call them: "out x"
ALONE = " alone"  # W as a word of a sentence, not in a formula
LONGEST = 12  # letters of a name that is shown
_MARKS = dict(zip(ACCENTS, "\u0303\u0302\u0304′\u20d7\u20d6", strict=True))
_OWN = re.compile(r"(δ|Δ|∂t?|)([A-Za-z]+)((?:_\w+|\[[\d,]+\])?)(?:@t=(-?\d{1,9}))?", re.ASCII)
_OF_STEP = re.compile(r"([fioc]|cc)t")  # ft, as programs write f_t


def letters_of_document(reading: Reading, dialect: Dialect) -> Mapping[str, str]:
    """Return the document's names for the quantities of its cell; the first that it uses for each."""
    if reading.standard:
        return {}
    found: dict[str, str] = {}
    derived: dict[str, str] = {}  # by the names of derivatives alone: C̃ of dC̃
    weights: dict[tuple[str, str], tuple[str, str]] = {}
    parameters = {*dialect.cell.parameters, "b_hh", STEM}
    stepped = {*(equation.left.name for equation in dialect.cell.forward), "x", "z", "label", "loss"}
    for symbol in reading.symbols:
        name = name_of(symbol)
        if name is None:
            continue
        prefix, word = stem_of(name)
        made = dialect.symbol(symbol)
        what = made.name.removeprefix("d_").removeprefix("dg_").removeprefix("delta_").partition("(")[0]
        own = own_symbol(without_unit(symbol))
        letter, index = shown_word(word), own.part if own.part.isalpha() else ""
        if not letter or (what == "z" and not made.part):
            continue
        if what in parameters:
            weights.setdefault((what, made.part), (letter, index))
        elif what in stepped:
            indexed = what == "z" or (word, own.part) in dialect.names
            shown = f"{letter}_{index}" if index and indexed else letter
            key = f"z_{made.part}" if what == "z" else what
            if not prefix:
                found.setdefault(key, shown)
            elif what == STEPPED.get(word) or dialect.names.get((word, own.part), ("",))[0] == what:
                derived.setdefault(key, shown)
    letters = {**derived, **found}
    letters |= _of_weights(weights, dialect, letters)
    return {key: shown for key, shown in letters.items() if key != shown}


def _of_weights(
    weights: Mapping[tuple[str, str], tuple[str, str]], dialect: Dialect, letters: Mapping[str, str]
) -> dict[str, str]:
    """Return what the parameters are called, of each gate and as a whole."""
    found: dict[str, str] = {}
    indices: dict[str, str] = {}
    for (_, part), (_, index) in weights.items():
        if part and index:
            indices.setdefault(part, index)
    for parameter in (*dialect.cell.parameters, "b_hh"):
        source = STEM if dialect.concatenated and parameter in ("W", "U") else parameter
        own = {part: named for (name, part), named in weights.items() if name == source}
        if not own:
            continue
        stem = next(iter(own.values()))[0]
        found[parameter] = stem
        for gate in dialect.cell.gates:
            letter, index = own.get(gate, (stem, _like(own, indices.get(gate, gate), gate)))
            found[f"{parameter}_{gate}"] = f"{letter}_{index}" if index else letter
    if "W" in found and found.get("W") == found.get("U"):
        for parameter, vector in (("W", "x"), ("U", "out")):
            found[parameter + ALONE] = f"{found[parameter]} on {letters.get(vector, vector)}"
        if dialect.concatenated:
            found[JOINED] = dialect.concatenated.replace("h", "out")
    return found


def _like(own: Mapping[str, tuple[str, str]], index: str, gate: str) -> str:
    """Return the index of a gate whose weights are not named, built as those of others: xi, as xf is."""
    for part, (_, known) in own.items():
        if part and len(known) == 2 and part in known:
            return known.replace(part, index if len(index) == 1 else gate)
    return index


def shown_word(word: str) -> str:
    """Return a word as it is read: Gamma as Γ, Ctilde as C̃; "" for one that is no name."""
    word = word.rstrip("0123456789")
    accent = next((accent for accent in ACCENTS if word.endswith(accent) and word != accent), "")
    stem = word.removesuffix(accent)
    if found := _OF_STEP.fullmatch(stem):
        stem = found[1]
    if stem in (*GREEK, "sigma"):
        case = "CAPITAL" if stem[0].isupper() else "SMALL"
        stem = unicodedata.lookup(f"GREEK {case} LETTER {stem.upper().replace('LAMBDA', 'LAMDA')}")
    if not stem.replace("_", "").isalpha() or len(stem) > LONGEST:
        return ""
    return unicodedata.normalize("NFC", stem + _MARKS.get(accent, ""))


def shown_to_people(name: str) -> str:
    """Return a name in own letters, Ctilde@t=1, as it is read: C̃₁; one that needs no signs as it is."""
    found = _OWN.fullmatch(name)
    if found is None:
        return name
    prefix, word, index, step = found.groups()
    shown = shown_word(word) or word
    if shown == word and not prefix.startswith("∂"):
        return name
    prefix = "∂L/∂" if prefix.startswith("∂") else prefix
    return prefix + text(Symbol(f"{shown}{index}", step=Step("", int(step)) if step else None))
