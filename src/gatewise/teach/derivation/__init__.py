"""The derivation of a cell's backward pass as a page: what `gatewise cells NAME --derive` writes."""

from gatewise.teach.derivation.page import DerivationPage, derivation

__all__ = ["DerivationPage", "derivation"]
