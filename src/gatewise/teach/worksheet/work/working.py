"""The lines of one update step of one sequence, each under the symbol that other lines know it by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.equation import Equation
from gatewise.cells.quantities import at
from gatewise.errors import ArgumentError
from gatewise.expression import Call, Expression, Symbol, bind, rebuild, text
from gatewise.teach.worksheet.digits import COLUMN, Style, Values
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.lines import Line


def line_id(id: str, t: int | None, update: int = 1) -> str:
    """Return the id of an equation's line at a step: B2@t=0, G1, in the second update G1#2."""
    place = f"@t={t}" if t is not None else ""
    return f"{id}{place}" + (f"#{update}" if update > 1 else "")


class Working(Ledger[Line]):
    """All lines of one update step of one sequence, as they are worked out."""

    def _identity(self, id: str, t: int | None) -> str:
        return line_id(id, t, self.update)

    def give(
        self,
        symbol: Symbol,
        value: Values,
        *,
        texts: NDArray[Any] | None = None,
        note: str = "",
        uses: tuple[str, ...] = (),
        phase: str = "given",
    ) -> Line:
        """Enter a value that is not derived on this sheet."""
        t = symbol.step.offset if symbol.step else None
        name = symbol.name + ("_new" if symbol.new else "")
        line = Line(
            id=self._identity(name, t),
            phase=phase,
            t=t,
            left=symbol,
            value=np.asarray(value, dtype=np.float64),
            working=self,
            note=note,
            uses_given=uses,
            texts=texts,
        )
        if self.rounding == "hand":  # what is worked with is what is written
            written = np.vectorize(lambda number: number.text, otypes=[object])(line.numbers())
            read = np.where(np.isnan(line.value), "nan", written).astype(np.float64)
            line = replace(line, value=read, texts=written)
        return self.enter(line)

    def give_boundaries(self) -> None:
        """Enter what stands past the last step: Δout_{T-1}, and terms like δstate_T ⊙ f_T. All are 0."""
        known = self.quantities
        ends = [at(f"delta_{name}", self.steps - 1) for name in known.returning]
        ends += [at(known.boundary_of(name), self.steps) for name in known.carried]
        for end in ends:
            self.give(end, np.zeros(self.shapes.shape(end)))

    def derive(self, equation: Equation, t: int | None, traced: Values | None) -> Line:
        """Enter a line that follows from earlier ones.

        With full precision its value is the traced one, or is evaluated where the trace holds none; by
        hand it is evaluated from the displayed values and rounded as it will be shown.
        """
        left = bind(equation.left, t, self.steps)
        formula = bind(equation.right, t, self.steps)
        if self.shapes.outputs == 1:
            formula = drop_unit_sum(formula)
        assert isinstance(left, Symbol)
        texts = self.written(formula) if self.rounding == "hand" else None
        id = self._identity(equation.id, t)
        if texts is not None:
            value = texts.astype(np.float64)
        elif traced is None:
            value = self.evaluate(formula)
        else:
            value = self._decided(formula, np.asarray(traced, dtype=np.float64))
        if left.name == "loss":  # a single number, also where the formula for one unit has no Σ over units
            value, texts = value.reshape(()), None if texts is None else texts.reshape(())
        if np.isnan(value).any():
            raise ArgumentError(
                f"{id}: {text(left)} = {text(equation.right)} is no number here, as 0 / 0 or ∞ − ∞. Give "
                "other numbers."
            )
        line = Line(id, equation.phase, t, left, value, self, formula, equation, texts=texts)
        line.settle_styles()
        return self.enter(line)

    def _decided(self, formula: Expression, value: Values) -> Values:
        """Return a traced value; where the digits that it is worked from are all there are, the exact one.

        W·x + b of short numbers may be exactly half a unit of the last digit, which float64 misses by a hair.
        """
        operands = self.quantities.operands_of(self.closed(formula))
        if value.size > COLUMN or not all(self[symbol].given for symbol in operands):
            return value
        sizes = np.broadcast_to(self.magnitude(formula), value.shape)
        style = Style(self.digits, ties=self.ties)
        if not any(
            style.doubtful(*pair) for pair in zip(value.ravel().tolist(), sizes.ravel().tolist(), strict=True)
        ):
            return value
        return np.asarray(self.exactly(formula), dtype=np.float64).reshape(value.shape)


def drop_unit_sum(node: Expression) -> Expression:
    """`node` without the Σ over units, for sheets with a single unit."""
    if isinstance(node, Call) and node.function == "sum":
        return node.argument
    return rebuild(node, drop_unit_sum)
