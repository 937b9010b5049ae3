"""Whether a formula that begins with = goes on with the one before it, by what stands between them."""

from __future__ import annotations

import re

LONGEST_BETWEEN = 300  # characters
MOST_WORDS = 14
_MARKUP = re.compile(
    r"\\(?:tag|label|begin|end|hspace|vspace)\*?\{[^{}\n]{0,40}\}|\\[A-Za-z]+|</?[A-Za-z][^<>\n]{0,80}>"
    r"|^[ \t]*(?:`{3,}|~{3,})[^\n]*$",
    re.MULTILINE,
)
_PARAGRAPH = re.compile(r"\n[ \t>]*\n")
_WORD = re.compile(r"[^\W_]+")
_FORMULA = re.compile(r"[0-9=_×·⊙*^/+]|\w\$|\$\w")
# Words after which the same formula goes on: "Substituting the numbers:", "which gives".
_LEADS = re.compile(
    r"(?:substitut|plug|insert|numeric|evaluat|simplif|giv|yield|becom|equal|einsetz|eingesetzt|ergibt|ergeben"
    r"|zahlen|werte|numerisch|numériq|remplaç|valeur|donne|sustituy|valores|obtene|inser|sostitu|substituind)\w*"
    r"|numbers?|values?|comes|which|that|so|thus|hence|therefore|ie|or|about|also|das|heißt|soit|donc|ou|sea"
    r"|decir|cioè|得|即|所以|因此|于是|代入\w*|计算得?|约为?|也就是",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    (
        "we", "the", "in", "to", "is", "are", "it", "this", "and", "for", "of", "our", "all", "these", "from",
        "out", "now", "then", "get", "a", "i", "e", "be", "by", "with", "into", "roughly", "approximately",
        "nearly", "exactly", "finally", "again", "wir", "die", "der", "den", "und", "ist", "mit", "dies",
        "auf", "on", "les", "la", "le", "el", "los", "est", "es", "è",
    )
)  # fmt: skip


def goes_on(between: str, apart: bool) -> bool:
    """Return whether nothing stands between two formulas that the second would be the value of.

    `apart` says that the second stands on lines of its own, where a sentence may lead to it.
    """
    if len(between) > LONGEST_BETWEEN:
        return False
    plain = _MARKUP.sub(" ", between)
    words = _WORD.findall(plain)
    if not words:
        return True
    if _FORMULA.search(plain) or len(words) > MOST_WORDS:
        return False
    leads = [_LEADS.fullmatch(word) is not None for word in words]
    known = all(lead or word.lower() in _FILLERS for lead, word in zip(leads, words, strict=True))
    return known or any(leads) if apart else known and not _PARAGRAPH.search(plain)
