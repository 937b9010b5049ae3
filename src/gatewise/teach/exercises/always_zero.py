"""Lines that are 0 whatever the parameters and the data: a wrong derivation gives 0 as well.

Nothing is carried into the first step, and nothing comes back from past the last: what a line multiplies by
such a 0 is 0 as well, as k_0 = r_0 ⊙ out_{-1} of the GRU and δf_0 = δstate_0 ⊙ state_{-1} ⊙ f_0 ⊙ (1 − f_0).
"""

from __future__ import annotations

import numpy as np

from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Symbol,
    Transpose,
    evaluate,
    terms_of,
)
from gatewise.teach.worksheet.work.working import Working


def always_zero(working: Working) -> frozenset[str]:
    """Return the ids of the lines whose formula is 0 for every parameter, input and label."""
    given = (line for line in working if line.given and line.left.step is not None)
    ends = (line for line in given if line.left.name not in ("x", "label"))
    zero = {line.left for line in ends if not line.value.any()}
    found = set()
    for line in working:
        if line.formula is not None and _vanishes(working.closed(line.formula), zero, working):
            zero.add(line.left)
            found.add(line.id)
    return frozenset(found)


def _vanishes(node: Expression, zero: set[Symbol], working: Working) -> bool:
    """Say whether a bound formula is 0 wherever the quantities in `zero` are."""

    def vanishes(node: Expression) -> bool:
        match node:
            case Number(text):
                return float(text) == 0
            case Symbol():
                known = working.quantities
                base = known.whole(node)
                return all(part in zero for part in known.made_of(base) or (base,))
            case Add(terms):
                return all(map(vanishes, terms))
            case Sigma():
                return all(map(vanishes, terms_of(node)))
            case Product(_, factors):
                return any(map(vanishes, factors))
            case Quotient(top, _):
                return vanishes(top)
            case Power(base, _):
                return vanishes(base)
            case Negative(argument) | Transpose(argument):
                return vanishes(argument)
            case Call(function, argument):
                return vanishes(argument) and not np.any(evaluate(Call(function, Number("0"))))
        return False

    return vanishes(node)
