"""Pages to play with, as `gatewise explore` writes them, and the data in them."""

import json
import re

from gatewise import cli


def explored(path, *arguments):
    """Write the page that `gatewise explore` makes of these arguments."""
    assert cli.main(["explore", *map(str, arguments), "-o", str(path), "--no-open"]) == 0
    return path


def data_of(path):
    """Return the data that a page holds."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    return json.loads(found[1])
