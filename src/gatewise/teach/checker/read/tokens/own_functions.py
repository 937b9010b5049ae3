"""Functions by letters of a document's own: S(x) = 1/(1 + e^{-x}), or "φ denotes the hyperbolic tangent"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.read.words import FUNCTIONS

_NAME = (
    r"(?<![A-Za-z\\_^])(?P<name>\\(?:mathrm|mathit|mathbf|text|operatorname\*?)\s*+\{[A-Za-z]{1,10}\}"
    r"|\\?[A-Za-z]{2,10}|[A-Za-z\u0391-\u03c9])"
)
_OPEN, _CLOSE = r"\s*+(?:\\left\s*+)?\(\s*+", r"\s*+(?:\\right\s*+)?\)"
_E_TO_MINUS = (
    r"(?:e\s*+\^\s*+(?:\{\s*+[-−]\s*+(?P=x)\s*+\}|[-−]\s*+(?P=x))"
    rf"|\\?exp{_OPEN}[-−]\s*+(?P=x){_CLOSE})\s*+"
)
_LOGISTIC = (
    rf"(?:\\[dt]?frac\s*+\{{\s*+1\s*+\}}\s*+\{{\s*+1\s*+\+\s*+{_E_TO_MINUS}\}}"
    rf"|1\s*+/\s*+[(\[{{]\s*+1\s*+\+\s*+{_E_TO_MINUS}[)\]}}])"
)
_END = r"(?=\s*+(?:[$.,;:&}\n。,;]|\\[\])\\]|\\q?quad|\Z|\(?[^\W\d_]{2}))"  # nothing more belongs to it
_DEFINED = re.compile(
    rf"{_NAME}{_OPEN}(?P<x>[a-su-zA-SU-Z]){_CLOSE}\s*+:?=\s*+"
    rf"(?:(?P<sigmoid>{_LOGISTIC})|(?P<tanh>\\?tanh{_OPEN}(?P=x){_CLOSE})){_END}"
)
_SAID = re.compile(
    rf"{_NAME}(?:\([a-z·.]\))?[$`*]*\s+(?:is|denotes|stands\s+for|means|ist|bezeichnet)\s+"
    r"(?:here\s+|hier\s+)?(?:the\s+|die\s+|der\s+)?(?:standard\s+)?"
    r"(?:(?P<sigmoid>(?:logistic|logistische|sigmoid)\b(?:\s+sigmoid\b)?+)"
    r"|(?P<tanh>hyperbolic\s+tangent|Tangens\s+hyperbolicus|tanh\b(?!\s*+[\\({$])))"
    r"(?!(?:\s+\w+){0,2}\s+(?:of|gate|output|von|des)\b)",
    re.IGNORECASE,
)
_NO_LETTERS = {"it", "this", "that", "which", "activation", "function", "x"}
_MARKED = r"\s*(?:_|\^|\[|=|:=|<su[bp]>|[₀-₉ₜ]|\(\s*(?:[-−]?[0-9]+|t(?:\s*[-−+]\s*1)?)\s*\)\s*=)"


def functions_in(text: str) -> dict[str, str]:
    """Return the functions that a document defines or names, each letter or word with what it stands for.

    A letter that has a step, an index or a value anywhere is a quantity, whatever is said of it.
    """
    found: dict[str, str] = {}
    for pattern in (_DEFINED, _SAID):
        for match in pattern.finditer(text):
            name = next(
                (t.text for t in tokens(text, *match.span("name")) if t.kind in ("word", "greek")), ""
            )
            known = not name or name in FUNCTIONS or name in found or name.lower() in _NO_LETTERS
            if not known and not _is_quantity(match["name"], text):
                found[name] = "sigmoid" if match["sigmoid"] else "tanh"
    return found


def _is_quantity(name: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z\\]){re.escape(name)}{_MARKED}", text) is not None


def with_functions(found: list[Token], functions: Mapping[str, str]) -> list[Token]:
    """Return the tokens with each of these functions by its usual name, where a bracket follows it."""
    if not functions:
        return found
    return [
        replace(token, kind="word", text=functions[token.text])
        if token.kind in ("word", "greek") and token.text in functions and _is_applied(found, k + 1)
        else token
        for k, token in enumerate(found)
    ]


def _is_applied(found: list[Token], k: int) -> bool:
    return k < len(found) and found[k].kind == "open" and found[k].text == "("
