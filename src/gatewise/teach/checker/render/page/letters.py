"""Names as they stand in a document, in MathML: Γ_f^{⟨t⟩} stays that, whatever quantity it was read as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from gatewise.expression import Expression, Symbol, Transpose
from gatewise.expression.printing import MathmlPrinter
from gatewise.teach.checker.read.names import Name, name_of
from gatewise.teach.checker.read.words import KEPT_TRANSPOSED, PARAMETERS

_FIRST = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma"
_LAST = "sigma tau upsilon phi chi psi omega"
GREEK = {name: chr(ord("α") + k) for k, name in enumerate(f"{_FIRST} {_LAST}".split())}
GREEK |= {name.capitalize(): letter.upper() for name, letter in GREEK.items()}
ACCENTS = {"tilde": "~", "hat": "^", "bar": "¯", "prime": "′"}
TRANSPOSED = ("T", "top", "t", "newT")  # what stands high at a name that is transposed
SIGNS = {"-": "−", "<": "⟨", ">": "⟩"}
_PIECE = re.compile(r"([A-Za-z]+)|([0-9]+)|(.)", re.DOTALL)


class WrittenPrinter(MathmlPrinter):
    """MathML in the letters of the document; a quantity that no letters stand for has those of the spec."""

    def show(self, node: Expression, strength: int, opens: bool = False) -> str:
        """Return a node; a transpose that the name says itself, as Wᵀ does, is not said again."""
        if isinstance(node, Transpose) and isinstance(node.argument, Symbol):
            name = name_of(node.argument)
            if name is not None and (name.word in KEPT_TRANSPOSED or {*name.high} & {*TRANSPOSED}):
                return written(name)
        return super().show(node, strength, opens)

    def symbol(self, node: Symbol) -> str:
        """Return the name that stands in the document."""
        name = name_of(node)
        return super().symbol(node) if name is None else written(name)


def written(name: Name) -> str:
    """Return a name in MathML as it stands."""
    if name.prefix == "∂":
        below = written(Name(name.word, "", name.low, name.high, name.brackets))
        return f"<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow><mrow><mi>∂</mi>{below}</mrow></mfrac>"
    word, low = name.word, [piece for piece in name.low if piece]
    sign = {"d": "<mi>δ</mi>", "delta": '<mi mathvariant="normal">Δ</mi>'}.get(name.prefix, "")
    if name.prefix == word == "delta":
        sign = ""
    head, _, tail = word.partition("_")
    if tail and head not in ("d", "delta") and not low:  # weight_ih, learning_rate
        word, low = head, [tail]
    base = f"{sign}{_letters(word)}"
    base = f"<mrow>{base}</mrow>" if sign else base
    bracketed = [piece for piece in low if piece.startswith("[")] + [f"[{piece}]" for piece in name.brackets]
    below = _indices([piece for piece in low if not piece.startswith("[")])
    above = _indices([_raised(piece, word) for piece in name.high if piece])
    entry = "".join(f"<mtext>{escape(piece)}</mtext>" for piece in bracketed)
    if below and above:
        base = f"<msubsup>{base}{below}{above}</msubsup>"
    elif below:
        base = f"<msub>{base}{below}</msub>"
    elif above:
        base = f"<msup>{base}{above}</msup>"
    return f"<mrow>{base}{entry}</mrow>" if entry else base


def _letters(word: str) -> str:
    for accent, sign in ACCENTS.items():
        bare = word.removesuffix(accent)
        if bare != word and (len(bare) == 1 or bare in GREEK):
            if accent == "prime":
                return f"<mrow>{_letters(bare)}<mo>′</mo></mrow>"
            return f'<mover accent="true">{_letters(bare)}<mo stretchy="false">{sign}</mo></mover>'
    return f"<mi>{escape(GREEK.get(word, word))}</mi>"


def _raised(piece: str, word: str) -> str:
    if piece in ("new", "prime") and word not in PARAMETERS:
        return "′"
    return {"top": "⊤", "newT": "new T"}.get(piece, piece)


def _indices(pieces: Sequence[str]) -> str:
    shown = "<mo>,</mo>".join(map(_index, pieces))
    return f"<mrow>{shown}</mrow>" if shown else ""


def _index(piece: str) -> str:
    parts = []
    for letters, digits, sign in _PIECE.findall(piece):
        if letters:
            parts.append(f"<mi>{GREEK.get(letters, letters)}</mi>")
        elif digits:
            parts.append(f"<mn>{digits}</mn>")
        else:
            parts.append(f'<mo lspace="0" rspace="0" stretchy="false">{escape(SIGNS.get(sign, sign))}</mo>')
    return "".join(parts)
