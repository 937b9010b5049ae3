"""The command line: app.py joins the commands, each in a file; options.py and output.py serve all of them."""

from gatewise.cli.entry import main

__all__ = ["main"]
