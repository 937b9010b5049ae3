"""A window of a trained model, for the page to play with.

window.py cuts it out, beside_report.py makes the page that a run keeps.
"""
