"""The file around the data: one offline HTML page with the app of web/ in it.

The app is built from web/ into support/bundles/ (explore.js, explore.css), which lies in every installation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from gatewise.support.pages import bundle, environment, policy
from gatewise.teach.explore.packing import packed


def page_of(data: Mapping[str, Any]) -> str:
    """Return the page of a model, as HTML.

    Parameters
    ----------
    data : dict
        What `program.page_data` returns.

    Raises
    ------
    GatewiseError
        If the app is not there: it was not built.
    """
    style, script = bundle("explore.css"), bundle("explore.js")
    page = (
        environment("gatewise.teach.explore")
        .get_template("page.html.jinja")
        .render(
            title=data["title"],
            version=data["version"],
            style=style,
            script=script,
            data=as_script(packed(data)),
            policy=policy([style], script),
        )
    )
    return page.encode("utf-8", "replace").decode("utf-8")  # the name of a file may be no text


def as_script(data: Mapping[str, Any]) -> Markup:
    """Return data as JSON that can stand in a script element: no `<` in it ends the element."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(written)
