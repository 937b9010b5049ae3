"""What offline HTML pages share: templates, their own style and script, a policy that allows no other."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gatewise.errors import GatewiseError


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


def bundle(name: str) -> Markup:
    """Return a script or style that is built from web/ into support/bundles.

    Raises
    ------
    GatewiseError
        If it is not there: it was not built.
    """
    try:
        return source("gatewise.support", f"bundles/{name}")
    except FileNotFoundError:
        raise GatewiseError(
            f"the page's app is not here: {name} is missing in gatewise/support/bundles. It is part of every "
            "release; in a checkout, npm run build in web/ makes it."
        ) from None


def styles_as_classes(markup: str) -> tuple[Markup, Markup]:
    """Return markup with a class in place of each `style` attribute, and the style that the classes need.

    A security policy knows a style by its hash; an attribute has none. What has a style may have no class.
    """
    names: dict[str, str] = {}

    def named(attribute: re.Match[str]) -> str:
        return f' class="{names.setdefault(attribute[1], f"s{len(names)}")}"'

    changed = Markup(re.sub(r' style="([^"]*)"', named, markup))
    rules = (f".{name} {{ {html.unescape(style)} }}\n" for style, name in names.items())
    return changed, Markup("".join(rules).replace("<", ""))


def policy(styles: Iterable[str], script: str = "") -> Markup:
    """Return the security policy of a page: its own styles and script by their hashes, and nothing else.

    A `style` attribute has no hash, and is not applied: what it would say belongs in a style.
    """
    allowed = " ".join(dict.fromkeys(map(_hash, styles)))
    return Markup(
        f"default-src 'none'; img-src data:; style-src {allowed}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    if not text:
        return "'none'"
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
