"""Dialects: the independent choices that people make when they write a worked LSTM down."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

LETTERS = ("tilde", "g", "gamma", "prime", "hat", "big", "example")
STEPS = ("sub", "t=", "paren", "bracket", "sup", "angle", "glued", "html")
WEIGHTS = ("W x, U h", "W h, U x", "W_fx, W_fh", "W_xf, W_hf", "W^(f)", "[h, x]", "[x, h]")
DERIVATIVES = ("delta", "partial", "gate", "d")
LOSSES = ("half", "sum", "mean")
LAYOUTS = ("display", "inline", "aligned", "table", "fence", "list", "plain", "notebook")
LANGUAGES = ("English", "German", "Chinese")
OUTER = ("⊗", "T")  # δ ⊗ x, δ xᵀ
ARRAYS = ("bmatrix", "pmatrix", "list")
PLAIN_LAYOUTS = ("fence", "plain", "notebook")  # mathematics as plain text, not as LaTeX
PLAIN_STEPS = ("sub", "paren", "bracket", "glued", "html")
LATEX_STEPS = ("sub", "t=", "paren", "bracket", "sup", "angle")
NUMBERED_OFF = ("gamma",)  # letters with a subscript of their own: the step stands above


@dataclass(frozen=True)
class Dialect:
    """How a document is written; each field is a choice of its own.

    `first` is the number of the first step, `initial` whether h and c before it are given ("given"), said to be
    zero in words ("words") or passed over ("none"); `old_first` whether f·c comes before i·c̃, `gate_first`
    whether o stands before tanh(c), `h_first` whether U h stands before W x, `rows` whether vectors are rows,
    as in x W + h U. `general` is whether the formulas stand at the head. The others are explained above.
    """

    first: int = 1
    initial: str = "given"
    old_first: bool = True
    gate_first: bool = True
    h_first: bool = False
    rows: bool = False
    weights: str = "W x, U h"
    letters: str = "tilde"
    steps: str = "sub"
    derivatives: str = "delta"
    loss: str = "half"
    layout: str = "display"
    language: str = "English"
    arrays: str = "bmatrix"
    outer: str = "⊗"
    comma: bool = False
    tens: bool = False
    general: bool = True

    def choices(self) -> dict[str, str]:
        """Return every choice as text, by name."""
        return {name: str(value) for name, value in asdict(self).items()}

    @property
    def plain(self) -> bool:
        """Whether the worked lines are plain text."""
        return self.layout in PLAIN_LAYOUTS

    @property
    def concatenated(self) -> bool:
        return self.weights.startswith("[")


def draw_dialect(rng: np.random.Generator) -> Dialect:
    """Return a dialect, every choice drawn by itself; those that nobody combines are put right."""

    def one(options):
        return options[rng.integers(len(options))]

    drawn = Dialect(
        first=int(rng.random() < 0.75),
        initial=one(("given", "given", "words", "none")),
        old_first=bool(rng.random() < 0.7),
        gate_first=bool(rng.random() < 0.7),
        h_first=bool(rng.random() < 0.5),
        rows=bool(rng.random() < 0.15),
        weights=one(WEIGHTS),
        letters=one(LETTERS),
        steps=one(("sub", "sub", *STEPS)),
        derivatives=one(DERIVATIVES),
        loss=one(("half", *LOSSES)),
        layout=one(LAYOUTS),
        language=one(("English", *LANGUAGES)),
        arrays=one(ARRAYS),
        outer=one(OUTER),
        comma=bool(rng.random() < 0.2),
        tens=bool(rng.random() < 0.15),
        general=bool(rng.random() < 0.7),
    )
    return settled(drawn)


def settled(drawn: Dialect) -> Dialect:
    """Return it without what contradicts itself: HTML within LaTeX, a Γ with two subscripts."""
    steps = drawn.steps
    if drawn.plain and steps not in PLAIN_STEPS:
        steps = {"t=": "bracket", "sup": "paren", "angle": "bracket"}[steps]
    if not drawn.plain and steps not in LATEX_STEPS:
        steps = "sub"
    if drawn.letters in NUMBERED_OFF:
        steps = "angle" if not drawn.plain else "bracket"
    weights = drawn.weights
    if drawn.rows and drawn.concatenated:
        weights = "W x, U h"
    # Only a general formula or a sentence says which matrix meets what, where its letter does not.
    general = drawn.general or weights in ("W h, U x", "[h, x]", "[x, h]") or drawn.rows
    german = drawn.comma and drawn.language == "English"
    return replace(
        drawn, steps=steps, weights=weights, general=general,
        language="German" if german else drawn.language,
        letters="hat" if drawn.letters == "tilde" and drawn.plain else drawn.letters,
        arrays="list" if drawn.plain else drawn.arrays,
    )  # fmt: skip


__all__ = ["LAYOUTS", "Dialect", "draw_dialect", "settled"]
