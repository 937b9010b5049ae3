"""Functions by letters of a document's own: S(x) = 1/(1 + e^{-x}), or "φ denotes the hyperbolic tangent"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.read.words import FUNCTIONS

_NAME = (
    r"(?<![A-Za-z\\_^])(?P<name>\\(?:mathrm|mathit|mathbf|text|operatorname\*?)\s*\{[A-Za-z]{1,10}\}"
    r"|\\?[A-Za-z]{2,10}|[A-Za-z\u0391-\u03c9])"
)
_OPEN, _CLOSE = r"\s*(?:\\left\s*)?\(\s*", r"\s*(?:\\right\s*)?\)\s*"
_E_TO_MINUS = rf"(?:e\s*\^\s*\{{?\s*[-−]\s*(?P=x)\s*\}}?|\\?exp{_OPEN}[-−]\s*(?P=x){_CLOSE})"
_LOGISTIC = (
    rf"(?:\\[dt]?frac\s*\{{\s*1\s*\}}\s*\{{\s*1\s*\+\s*{_E_TO_MINUS}\s*\}}"
    rf"|1\s*/\s*[(\[{{]\s*1\s*\+\s*{_E_TO_MINUS})"
)
_DEFINED = re.compile(
    rf"{_NAME}{_OPEN}(?P<x>[a-su-zA-SU-Z]){_CLOSE}:?=\s*"
    rf"(?:(?P<sigmoid>{_LOGISTIC})|(?P<tanh>\\?tanh{_OPEN}(?P=x){_CLOSE}(?![-+*/·^\w\\])))"
)
_SAID = re.compile(
    rf"{_NAME}(?:\([a-z·.]\))?[$`*]*\s+(?:is|denotes|stands\s+for|means|ist|bezeichnet)\s+"
    r"(?:here\s+|hier\s+)?(?:the\s+|die\s+|der\s+)?(?:standard\s+)?"
    r"(?:(?P<sigmoid>(?:logistic|logistische|sigmoid)\b(?:\s+sigmoid)?)|(?P<tanh>hyperbolic\s+tangent|tanh\b|Tangens\s+hyperbolicus))"
    r"(?!\s+(?:of|gate|output|von|des)\b)",
    re.IGNORECASE,
)
_GATES = {"f", "i", "o", "c", "h", "g", "x", "it", "this", "that", "which", "activation", "function"}


def functions_in(text: str) -> dict[str, str]:
    """Return the functions that a document defines or names, each letter or word with what it stands for."""
    found: dict[str, str] = {}
    for pattern, never in ((_DEFINED, frozenset[str]()), (_SAID, _GATES)):
        for match in pattern.finditer(text):
            name = next(
                (t.text for t in tokens(text, *match.span("name")) if t.kind in ("word", "greek")), ""
            )
            if name and name not in FUNCTIONS and name.lower() not in never:
                found.setdefault(name, "sigmoid" if match["sigmoid"] else "tanh")
    return found


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
