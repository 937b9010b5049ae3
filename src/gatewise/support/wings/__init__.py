"""What one wing has of another that it does not know.

openers.py names who gives it, run_window.py is what train hands to teach.
"""
