"""The report of a training run: one offline page that says how good the model is and what goes on inside.

whole_test.py and observed.py show what was predicted beside what came, inputs.py measures what each input is
worth, diagnostics.py the gates and the gradients; words.py says what the numbers mean, charts.py and
inside.py draw, and page.html.jinja lays it out. All is taken from a trained model and its test windows;
nothing is trained.
"""

from gatewise.train.report.page import SearchTold, render

__all__ = ["SearchTold", "render"]
