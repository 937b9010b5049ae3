r"""The signs and commands of mathematics by what they do: tables for lexer.py.

LaTeX's commands and Unicode's signs come to the same plain forms: `\odot` and ⊙ are both an operator "⊙".
"""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "number", "word", "greek", "operator", "equals", "open", "close", "sub", "sup", "group", "end",
    "cell", "row", "comma", "quad", "begin", "finish", "frac", "sum", "accent", "prose", "partial",
    "dots", "wrap", "brace", "bar", "percent", "member", "unknown",
]  # fmt: skip
NORM = "‖"
THOUSANDS = "\u2063"  # an invisible separator, put in for each sign between the digits of 4,800
Table = dict[str, tuple[Kind, str]]


def _table(rows: dict[Kind, dict[str, str]]) -> Table:
    return {sign: (kind, plain) for kind, signs in rows.items() for sign, plain in signs.items()}


GREEK = (
    "lambda", "eta", "mu", "alpha", "beta", "gamma", "theta", "phi", "tau", "epsilon", "rho", "xi", "kappa",
    "zeta", "omega", "psi", "nu", "chi", "Gamma", "Theta", "Omega", "Phi", "Psi", "Lambda", "iota", "upsilon",
    "Xi", "Upsilon",
)  # fmt: skip
_ALL = dict.fromkeys
COMMANDS = _table(
    {
        "operator": {
            "cdot": "·", "bullet": "·", "times": "×", "ast": "*", "odot": "⊙", "circ": "⊙", "otimes": "⊗",
            "div": "/", "pm": "±",
        },
        "equals": {
            "approx": "≈", "simeq": "≈", "equiv": "=", "doteq": "=", "coloneqq": "=", "leftarrow": "=",
            "gets": "=",
        },
        "member": {name: f"\\{name}" for name in ("in", "subset", "subseteq", "forall")},
        "greek": {"delta": "δ", "Delta": "Δ", "nabla": "∇"},
        "partial": {"partial": "∂"},
        "sum": {"sum": "Σ"},
        "frac": _ALL(("frac", "dfrac", "tfrac", "cfrac"), ""),
        "word": {
            **{name: name for name in GREEK},
            **{name: name for name in ("sigma", "tanh", "exp", "ln", "log", "max", "sqrt", "top")},
            "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi",
            "intercal": "top", "prime": "prime",
            "ell": "loss",
        },
        "wrap": _ALL(("boxed", "underline", "cancel", "textcolor", "color"), ""),
        "brace": _ALL(("underbrace", "overbrace"), ""),
        "quad": _ALL(("quad", "qquad"), ""),
        "bar": _ALL(("vert", "lvert", "rvert", "mid"), "|") | _ALL(("Vert", "lVert", "rVert"), NORM),
        "row": _ALL(("newline", "cr"), ""),
        "comma": {
            **_ALL(("Rightarrow", "implies", "Longrightarrow"), "⇒"), **_ALL(("rightarrow", "to"), "→"),
            "therefore": "",
        },
        "open": {"langle": "<", "lbrack": "[", "lbrace": "{"},
        "close": {"rangle": ">", "rbrack": "]", "rbrace": "}"},
        "dots": _ALL(("ldots", "cdots", "vdots", "ddots", "dots"), ""),
        "accent": {
            "tilde": "tilde", "widetilde": "tilde", "hat": "hat", "widehat": "hat", "bar": "bar",
            "overline": "bar", "overrightarrow": "right", "overleftarrow": "left",
        },
    }
)  # fmt: skip
SIGNS = _table(
    {
        "operator": {
            "+": "+", "-": "-", "−": "-", "–": "-", "*": "*", "∗": "*", "×": "×", "·": "·", "⋅": "·",
            "•": "·", "∙": "·", "⊙": "⊙", "∘": "⊙", "○": "⊙", "⊗": "⊗", "/": "/", "÷": "/",
            "@": "@", "±": "±",
        },
        "equals": {"=": "=", "＝": "=", "≈": "≈", "≡": "=", "≃": "≈", "≅": "≈", "←": "="},
        "member": {sign: sign for sign in "∈⊂⊆∀"},
        "greek": {"δ": "δ", "Δ": "Δ", "∆": "Δ", "∇": "∇"},
        "partial": {"∂": "∂"},
        "sum": {"Σ": "Σ", "∑": "Σ"},
        "word": {
            **dict(zip("λημαβγθφτερξκζωψνχΓΘΩΦΨΛιυΞΥ", GREEK, strict=True)),
            "σ": "sigma", "⊤": "top", "√": "sqrt",
        },
        "open": {"(": "(", "（": "(", "[": "[", "⟨": "<", "<": "<"},
        "close": {")": ")", "）": ")", "]": "]", "⟩": ">", ">": ">"},
        "group": {"{": "{"},
        "end": {"}": "}"},
        "sub": {"_": ""},
        "sup": {"^": "", "'": "new", "′": "new"},
        "cell": {"&": ""},
        "row": {";": ";"},
        "comma": {",": ",", ".": "", **_ALL("，、。；", ","), "→": "→", "⇒": "⇒", "∴": ""},
        "bar": _ALL("|∣", "|"),
        "percent": {"%": "%", "％": "%"},
        "dots": _ALL("…⋯⋮⋱", ""),
        "number": {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅕": "0.2", "⅛": "0.125", "⅜": "0.375"},
        "accent": {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u20d6": "left", "\u20d7": "right"},
    }
)  # fmt: skip

# Commands that set their argument in a font; of these, the argument may be a sentence.
PROSE = {"text", "mbox", "textbf", "textit", "textrm", "intertext", "textsf", "texttt"}
FONTS = PROSE | {
    "mathit", "mathbf", "mathrm", "mathsf", "mathtt", "mathcal", "boldsymbol", "bm", "operatorname", "vec",
    "symbf", "pmb", "mathnormal", "mathbb",
}  # fmt: skip
# Commands whose argument is not mathematics, and those that leave a blank.
WITH_ARGUMENT = {
    "phantom", "hphantom", "vphantom", "hspace", "vspace", "label", "tag", "ref", "eqref",
    "kern", "lefts", "remark",
}  # fmt: skip
COLOURS = ("color", "textcolor")  # whose second argument is the mathematics
# Commands that change only how things look.
LOOKS = {
    "left", "right", "middle", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber",
    "notag", "rm", "bf", "it", "strut", "hline", "allowbreak", "nobreak", "hfill",
    "noindent", "centering", "small", "footnotesize", "ttfamily", "ensuremath",
    *(size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")),
}  # fmt: skip
