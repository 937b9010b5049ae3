"""The report of a training run: one offline page that says how good the model is and what goes on inside.

diagnostics.py measures the gates and the gradients, words.py says what the numbers mean, charts.py draws, and
page.html.jinja lays it out. All is taken from a trained model and its test windows; nothing is trained.
"""

from gatewise.train.report.page import render

__all__ = ["render"]
