"""Signs that a document spells otherwise: as HTML does, &sigma;, or in the full width of CJK text, ＋."""

from __future__ import annotations

import re
from html import unescape

_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z][A-Za-z0-9]{1,15});")
# The comma is left: between numbers it parts them, whatever a comma of usual width does.
_FULL_WIDTH = str.maketrans(
    "＋－＝（）：＊／．％［］｛｝＾＿０１２３４５６７８９", "+-=():*/.%[]{}^_0123456789"
)
AMPERSAND = "&"  # which parts columns where it stands by itself, and so is left as it is


def with_signs(text: str) -> str:
    """Return the document, as long as it was, with the sign for each entity and blanks for the rest of it.

    Signs of full width become those of usual width.
    """
    text = with_usual_width(text)
    if "&" not in text:
        return text
    return _ENTITY.sub(_sign, text)


def with_usual_width(text: str) -> str:
    """Return the document with signs and digits of full width in their usual width."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def _sign(found: re.Match[str]) -> str:
    sign = unescape(found[0])
    if sign == "\N{NO-BREAK SPACE}":
        sign = " "
    if sign == AMPERSAND or len(sign) != 1 or ord(sign) < ord(" "):
        return found[0]
    return sign.ljust(len(found[0]))
