"""Where the command line begins: app.py takes a while to import, in which Ctrl-C may come."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv` by default, and return the exit code."""
    try:
        from gatewise.cli.app import main as run
    except KeyboardInterrupt:
        return 130
    return run(arguments)
