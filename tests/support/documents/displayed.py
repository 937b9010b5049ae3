"""How a sheet is read back: each side that is displayed gives its result, by the reader's calculator."""

from __future__ import annotations

import json
from decimal import Context

from calculator import plain, work_out, writes_as

from gatewise.expression import ascii, text, walk
from gatewise.expression.tree import Number
from gatewise.teach.worksheet.layout.document import Row

CALCULATOR = Context(prec=15)


class Check:
    """How one sheet is read; its methods assert."""

    def __init__(self, sheet, digits, ties="half-up", rounding="full"):
        self.sheet, self.digits, self.ties = sheet, digits, ties
        self.is_float = rounding == "full"
        self.lines()

    def works_out(self, where, side, unicode_side, displayed):
        """The side, in ASCII and in Unicode, gives what is displayed."""
        assert plain(unicode_side).replace(" ", "") == side.replace(" ", ""), where  # the same to a reader
        values = work_out(side)
        assert len(values) == len(displayed), where
        for value, shown in zip(values, displayed, strict=True):
            assert self.is_shown_as(value, shown), (
                f"{where} {self.digits} digits {self.ties}: {side} = {value}, shown {shown}"
            )

    def is_shown_as(self, value, shown):
        if writes_as(value, shown, self.digits, self.ties):
            return True
        # With full precision what is cut off is a float, to which 1 - 1e-17 is 1, as it is to a calculator.
        cut_off = self.is_float and self.ties == "truncate"
        return cut_off and writes_as(CALCULATOR.plus(value), shown, self.digits, self.ties)

    def lines(self):
        """Every line; those of models this small all have a substituted side."""
        for line in self.sheet:
            assert (line.substituted is None) == line.given
            if line.substituted is not None:
                self.works_out(line.id, ascii(line.substituted), text(line.substituted), line.displayed)

    def json(self):
        """Every line as it stands in the JSON."""
        lines = json.loads(self.sheet.render("json"))["lines"]
        assert len(lines) == len(self.sheet)
        for line, own in zip(lines, self.sheet, strict=True):
            assert (line["substituted"] is None) == (line["formula"] is None) == (line["phase"] == "given")
            if line["substituted"] is not None:
                self.works_out(line["id"], line["substituted"], text(own.substituted), line["displayed"])

    def rows(self):
        """Every row that is laid out with a substituted side: lines, single entries, pre-activations."""
        shown = 0
        for section in self.sheet.document.sections:
            for row in section.blocks:
                if isinstance(row, Row) and len(row.sides) == 3:
                    _, side, result = row.sides
                    numbers = [ascii(node) for node in walk(result) if isinstance(node, Number)]
                    self.works_out(f"row {row.id} {text(row.left)}", ascii(side), text(side), numbers)
                    shown += 1
        assert self.sheet.verified.lines_shown == self.sheet.verified.lines_reproduced == shown > 0
