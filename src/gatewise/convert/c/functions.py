"""The functions of equations in C: those of `gatewise.expression.functions`, each a small inline function."""

from __future__ import annotations

from collections.abc import Mapping

from gatewise.convert.c.writing import Names
from gatewise.errors import ConvertError
from gatewise.expression.functions import numbered

# What each returns of z; ${exp} and so on are math.h's for the type, numbers in {} are of the type.
_BODIES: Mapping[str, str] = {
    "sigmoid": "return {1} / ({1} + ${exp}(-z));",
    "relu": "return z <= {0} ? {0} : z;",
    "hard_sigmoid": (
        "const ${real} line = z / {5} + {0.5};\n    return line >= {1} ? {1} : line <= {0} ? {0} : line;"
    ),
    "softsign": "return z / ({1} + ${fabs}(z));",
    "softplus": "return (z <= {0} ? {0} : z) + ${log1p}(${exp}(-${fabs}(z)));",
    "g": "return {4} / ({1} + ${exp}(-z)) - {2};",
    "h": "return {2} / ({1} + ${exp}(-z)) - {1};",
}
_WORDS: Mapping[str, str] = {
    "sigmoid": "σ(z)",
    "relu": "z above 0, else 0",
    "hard_sigmoid": "z/5 + 1/2, kept between 0 and 1",
    "softsign": "z / (1 + |z|)",
    "softplus": "log(1 + exp(z))",
    "g": "4σ(z) − 2",
    "h": "2σ(z) − 1",
}
_OF_MATH = ("tanh", "exp")
_NAMED = ("exp", "fabs", "log1p")


def call(names: Names, function: str, argument: str) -> str:
    """Return the call of a function of equations.

    Raises
    ------
    ConvertError
        If it has no C.
    """
    if function in _OF_MATH:
        return f"{names.function(function)}({argument})"
    if function in _BODIES:
        return f"{names.prefix}_{function}({argument})"
    found = numbered(function)
    if found is None or found.name != "clip":
        raise ConvertError(f"the function {function} cannot be written in C.")
    return f"{names.prefix}_clip({argument}, {names.number(float(found.number))})"


def definitions(names: Names, code: str) -> str:
    """Return the definitions of the functions that a piece of code calls, in order; "" if there are none."""
    wanted = [name for name in _BODIES if f"{names.prefix}_{name}(" in code]
    made = [_defined(names, name) for name in wanted]
    if f"{names.prefix}_clip(" in code:
        made.append(names.fill(_CLIP))
    if f"{names.prefix}_dot(" in code:
        made.append(names.fill(_DOT, zero=names.number(0)))
    return "\n\n".join(made)


def _defined(names: Names, name: str) -> str:
    body = _BODIES[name]
    for number in ("0.5", "0", "1", "2", "4", "5"):
        body = body.replace(f"{{{number}}}", names.number(float(number)))
    return names.fill(
        "/* ${words} */\nstatic inline ${real} ${p}_${name}(${real} z)\n{\n    ${body}\n}",
        words=_WORDS[name], name=name,
        body=names.fill(body, **{each: names.function(each) for each in _NAMED}),
    )  # fmt: skip


_CLIP = """
/* z, kept between -most and most */
static inline ${real} ${p}_clip(${real} z, ${real} most)
{
    return z >= most ? most : z <= -most ? -most : z;
}
"""
_DOT = """
/* The sum of row[k] * z[k] over n entries: four sums side by side, which do not wait for one another. */
static inline ${real} ${p}_dot(const ${real} *row, const ${real} *z, int n)
{
    ${real} first = ${zero}, second = ${zero}, third = ${zero}, fourth = ${zero};
    int k = 0;
    for (; k + 3 < n; k += 4) {
        first += row[k] * z[k];
        second += row[k + 1] * z[k + 1];
        third += row[k + 2] * z[k + 2];
        fourth += row[k + 3] * z[k + 3];
    }
    for (; k < n; ++k) {
        first += row[k] * z[k];
    }
    return (first + second) + (third + fourth);
}
"""
