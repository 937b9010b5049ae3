"""Sheets of random LSTMs, and what a complete reading of them holds: one claim for each row, all its numbers."""

import itertools

import numpy as np

import gatewise
from gatewise.expression import Number, Power, Symbol, Transpose, walk
from gatewise.expression import ascii as ascii_text
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.worksheet.layout.document import Row


def sheet_of(seed, steps=2, inputs=2, units=1, **options):
    """A worksheet of an LSTM drawn at random."""
    random = np.random.default_rng(seed)
    params = gatewise.Params.init(inputs, units, seed=seed, dtype="float64")
    x = random.normal(size=(steps, inputs)).round(3)
    label = random.normal(size=(steps, units)).round(3)
    return gatewise.worksheet(params, x, label, **options)


def numbers_of(tree):
    """The numbers of a tree with their guard digits, and what stands high, in reading order."""
    high = {Power: lambda node: ("to the power of", node.exponent), Transpose: lambda _: ("transposed", 0)}
    high[Number] = high[Printed] = lambda node: (node.text, node.guard)
    return [high[type(node)](node) for node in walk(tree) if type(node) in high]


def rows_of(sheet):
    """(id, left side as text, numbers of each side) of every row of a sheet."""
    for section in sheet.document.sections:
        for row in section.blocks:
            if isinstance(row, Row):
                yield row.id, ascii_text(row.left), [numbers_of(side) for side in row.sides]


def claims_of(reading):
    """The same of every claim of a reading."""
    for claim in (claim for claim in reading.claims if claim.id):  # without: what the header tells in words
        yield claim.id, ascii_text(claim.left.tree), [numbers_of(side.tree) for side in claim.sides]


def differences(sheet, reading):
    """Where a reading differs from the sheet that was read; [] if it is complete."""
    pairs = itertools.zip_longest(rows_of(sheet), claims_of(reading))
    found = [f"row {row} was read as {claim}" for row, claim in pairs if row != claim]
    return (
        found + [f"unread: {piece}" for piece in reading.unread] + [f"remark: {r}" for r in reading.remarks]
    )


__all__ = ["Symbol", "Transpose", "claims_of", "differences", "numbers_of", "rows_of", "sheet_of"]
