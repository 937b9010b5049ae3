"""The numbers that the worked example gives, as arrays, and its loss before and after the update."""

import oracle_mpmath as oracle

from gatewise.engine.params import Params

LOSS_BEFORE, LOSS_AFTER = 0.114910363059, 0.110880801307
LOSS_DIGITS = 5e-13  # half a unit of the last of the 12 digits above


def by_gate(table):
    """Rows in the order a, i, f, o."""
    return [table[gate] for gate in oracle.GATES]


def document_params():
    return Params(
        W=[[float(w) for w in row] for row in by_gate(oracle.W)],
        U=[[float(u)] for u in by_gate(oracle.U)],
        b=[float(b) for b in by_gate(oracle.B)],
    )


X = [[float(number) for number in row] for row in oracle.X]
LABEL = [[float(number)] for number in oracle.LABEL]
