"""The data of a page to play with, as they stand in it."""

import json
import re

from gatewise.teach.explore.packing import unpacked


def packed_data_in(page):
    """Return what is written into a page (HTML), packed."""
    (written,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(written)


def data_in(page):
    """Return the data of a page (HTML)."""
    return unpacked(packed_data_in(page))
