"""Pages about mistakes: their names, why they are wrong, what they do to numbers. `explain(id)` has one.

pages.py finds the page of an id, wrong_formula.py writes that of a mistake of the catalogue, kinds.toml has
the kinds of misprints and the verdicts, lists.py the index of all.
"""

from gatewise.teach.explain.lists import index_page, listing
from gatewise.teach.explain.pages import UnknownMistakeError, explain

__all__ = ["UnknownMistakeError", "explain", "index_page", "listing"]
