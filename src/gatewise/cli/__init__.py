"""The command line: a file for each command, and app.py, which puts them together.

options.py and output.py have what the commands share.
"""

from gatewise.cli.app import main

__all__ = ["main"]
