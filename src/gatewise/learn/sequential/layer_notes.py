"""`LayerNote`: a note about what some layers compute, which matters to who looks at one of them alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class LayerNote(str):
    """A note of a `Sequential`.

    Attributes
    ----------
    layers : tuple of str
        The names of the recurrent layers that it is about.
    """

    layers: tuple[str, ...]

    def __new__(cls, text: str, layers: Iterable[str]) -> LayerNote:
        """Return the text, with what it is about."""
        made = super().__new__(cls, text)
        made.layers = tuple(layers)
        return made


def notes_about(notes: Sequence[str], layer: str) -> tuple[str, ...]:
    """Return the notes about what a layer computes; all others are about the model around it."""
    return tuple(note for note in notes if isinstance(note, LayerNote) and layer in note.layers)
