"""Names that people write together: Wx for W x, Wf for W_f, zf1 for z_f at step 1."""

from __future__ import annotations

from gatewise.teach.checker.read import names
from gatewise.teach.checker.read.words import ACCENTS, FUNCTIONS, OTHERS, PARAMETERS, STEPPED

GATES = ("f", "i", "o", "g", "c")
WITH_GATE = ("W", "U", "b", "z", "net")
WITH_GATE_AND_STEP = ("a", "p", "s")  # that stand so before the activation; ai and si alone are other words


def split_word(word: str) -> list[str]:
    """Split a run of letters into names written side by side, Wx into W, x; [word] if it is not that."""
    if names.is_known(word) or word in FUNCTIONS or len(word) > 6:
        return [word]
    parts = list(word)
    if word[0] == "d" and len(word) > 1 and names.is_known(word[:2]):
        parts = [word[:2], *word[2:]]
    useful = all(
        part in STEPPED or part in PARAMETERS or part in OTHERS or part.startswith("d") for part in parts
    )
    return parts if useful and any(part in PARAMETERS for part in parts) else [word]


def glued(word: str, has_step: bool = False) -> tuple[str, str] | None:
    """Take Wf, dUo or zf apart, a quantity with its gate close behind it; None for any other word.

    `has_step` says that a step stands close behind the word, as in af1.
    """
    stem, gate = word[:-1], word[-1:]
    bare = stem.removeprefix("d")
    is_stem = bare in WITH_GATE or (has_step and bare in WITH_GATE_AND_STEP)
    return (stem, gate) if is_stem and gate in GATES else None


def is_accented(word: str) -> bool:
    """Return whether a word is one letter with its accent spelled out: yhat, ctilde."""
    return len(word) > 1 and word[1:] in ACCENTS
