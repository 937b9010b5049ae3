"""The page to play with: a model and its data as one offline HTML file in which every number can be changed.

program.py writes equations and numbers as data, page.py the file around them and the app of web/ that reads
them; sources/ has what of a model file, a document or a run is shown.
"""

from gatewise.teach.explore.create import ExplorePage, explore

__all__ = ["ExplorePage", "explore"]
