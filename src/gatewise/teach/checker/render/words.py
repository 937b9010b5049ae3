"""Words of a report that every medium shows alike: counts, verdicts, quantities, text made safe to show."""

from __future__ import annotations

import re
import unicodedata

from gatewise.expression import Step, Symbol, text
from gatewise.teach.checker.report import SOUND

LONGEST = 160  # characters of something printed; a whole matrix may stand there
_QUANTITY = re.compile(
    "((?:d_)?(?:c\u0303|ĉ)|[A-Za-z]\\w*?)"  # the candidate as documents write it, or an ASCII name
    r"(_new)?(?:\[([A-Za-z]+)\])?((?:\[[^\]]*\])?)(?:@t=(-?\d{1,9}))?",
    re.ASCII,
)

# A quantity by its ASCII name within a sentence: one with a step, a gradient, or an entry of a parameter.
_IN_SENTENCE = re.compile(
    r"(?<![\w\\$])(?:[A-Za-z]\w*(?:\[[\w,]+\])?@t=-?\d{1,9}"
    r"|(?:d|delta)_[A-Za-z]+(?:\[[\w,]+\])?|[WUb](?:_new)?\[[\w,]+\])",
    re.ASCII,
)


def counted(count: int, word: str) -> str:
    """Return a number and its noun: "1 mistake", "3 mistakes"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def told(count: int, word: str) -> str:
    """Return a number, its noun and the verb: "1 number follows", "3 numbers follow"."""
    return f"{counted(count, word)} {verb_for(count)}"


def verb_for(count: int) -> str:
    """Return the verb for so many: "follows" for one, "follow" for more."""
    return "follows" if count == 1 else "follow"


VERDICT_NAMES = {
    "arithmetic": "two sides that are not the same",
    "contradiction": "one quantity, two values",
    "uncheckable": "cannot be checked",
}


def verdict_name(verdict: str) -> str:
    """Return a verdict in words: "wrong formula"."""
    return VERDICT_NAMES.get(verdict, verdict.replace("-", " "))


# Quantities and text of the document ----------------------------------------------------------------------


def named(quantity: str) -> str:
    """Return quantities in the letters of the equations: d_state[0]@t=1 as δstate₁[0]."""
    if ", " in quantity:
        return ", ".join(map(named, quantity.split(", ")))
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        return clean(quantity)
    name, new, part, entry, t = match.groups()
    step = Step("", int(t)) if t else None
    return text(Symbol(name, part=part or "", step=step, new=bool(new))) + clean(entry)


def spoken(sentence: str, longest: int = 1000) -> str:
    """Return a sentence of a finding with its quantities in the letters of the equations."""
    return quantities_named(clean(sentence, longest))


def quantities_named(sentence: str) -> str:
    """Return a sentence with the ASCII names of quantities in it in the letters of the equations."""
    return _IN_SENTENCE.sub(lambda found: named(found[0]), sentence)


def clean(string: str, longest: int = LONGEST) -> str:
    """Return text on one line, not too long, with nothing in it that a terminal or page would obey."""
    safe = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else letter
        for letter in string
    )
    words = " ".join(safe.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


_SIGNS = {
    "sigma": "σ", "Gamma": "Γ", "delta": "δ", "Delta": "Δ", "partial": "∂", "cdot": "·", "times": "×",
    "odot": "⊙", "circ": "∘", "tanh": "tanh", "exp": "exp", "ln": "ln", "max": "max", "left": "", "right": "",
}  # fmt: skip


def without_commands(source: str) -> str:
    """Return a formula of LaTeX as it is read out: signs for the commands that are known."""
    shown = re.sub(r"\\([A-Za-z]+)", lambda found: _SIGNS.get(found[1], found[0]), source)
    return re.sub(r"\\[,;:! ]", " ", shown)


def is_sound(verdict: str) -> bool:
    """Return whether a number with this verdict is left in peace."""
    return verdict in SOUND
