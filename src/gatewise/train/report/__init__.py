"""The report of a training run: one offline page that says how good the model is and what goes on inside.

diagnostics.py measures the gates and the gradients, interpretation.py says what the numbers mean, charts.py
draws, and page.html.jinja lays it out. Everything is taken from a trained model and its test windows.
"""

from gatewise.train.report.page import render, write

__all__ = ["render", "write"]
