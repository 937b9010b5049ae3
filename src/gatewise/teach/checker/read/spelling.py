"""The name that stands in a document for a quantity: letters and all indices, as a symbol keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.expression import Symbol

_BETWEEN, _WITHIN = "\x1f", "\x1e"  # what parts the pieces of a name, and the indices of one piece


@dataclass(frozen=True)
class Name:
    """A name as it stands: the word before any index, and what stands low, high and in brackets after it."""

    word: str
    prefix: str = ""  # "d", "delta"; "∂" for ∂L/∂, and "∂t" for ∂L_t/∂: after ∂ stands the index of the loss
    low: tuple[str, ...] = ()
    high: tuple[str, ...] = ()
    brackets: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The name as a symbol keeps it, for the reading to say later what it stands for."""
        return _BETWEEN.join((self.word, self.prefix, *(_WITHIN.join(part) for part in self._indices)))

    @property
    def _indices(self) -> tuple[tuple[str, ...], ...]:
        return self.low, self.high, self.brackets


def name_of(symbol: Symbol) -> Name | None:
    """Return the name that stands in the document for a symbol; None for one that no letters stand for."""
    word, *rest = symbol.source.split(_BETWEEN)
    if len(rest) != 4:
        return None
    low, high, brackets = (tuple(part.split(_WITHIN)) if part else () for part in rest[1:])
    return Name(word, rest[0], low, high, brackets)
