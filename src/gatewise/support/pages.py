"""What offline HTML pages share: templates, their own style and script, a policy that allows no other."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def environment(package: str) -> Environment:
    """Jinja templates of a package, strict and escaping."""
    return Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def source(package: str, name: str) -> Markup:
    """Return a style or script that lies in a package, to stand in a page as it is."""
    return Markup((files(package) / name).read_text("utf-8"))


def policy_hash(text: str) -> str:
    """How a page's security policy knows a style or script: no other may be used."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
