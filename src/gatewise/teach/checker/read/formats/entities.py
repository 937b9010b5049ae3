"""Signs that a document spells as HTML does, such as &sigma; and &nbsp;: put in as the signs themselves."""

from __future__ import annotations

import re
from html import unescape

_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z][A-Za-z0-9]{1,15});")
AMPERSAND = "&"  # which parts columns where it stands by itself, and so is left as it is


def with_signs(text: str) -> str:
    """Return the document, as long as it was, with the sign for each entity and blanks for the rest of it."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    sign = unescape(found[0])
    if sign == "\N{NO-BREAK SPACE}":
        sign = " "
    if sign == AMPERSAND or len(sign) != 1 or ord(sign) < ord(" "):
        return found[0]
    return sign.ljust(len(found[0]))
