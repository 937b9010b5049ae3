"""The lines of one update step of one sequence, each under the symbol that other lines know it by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.lstm import CARRIED_FACTORS, GATES, STACKED, Equation
from gatewise.expression import (
    Call,
    Expression,
    Number,
    Product,
    Sigma,
    Step,
    Symbol,
    bind,
    evaluate,
    evaluate_decimal,
    magnitude,
    rebuild,
    terms_of,
    walk,
)
from gatewise.teach.worksheet.digits import (
    COLUMN,
    Rounding,
    Style,
    Ties,
    Values,
    exact,
    quick_texts,
    styles_for,
)
from gatewise.teach.worksheet.entries import entry_of
from gatewise.teach.worksheet.lines import Line
from gatewise.teach.worksheet.substitution import LONG_SUM


def line_id(id: str, t: int | None, update: int = 1) -> str:
    """The id of an equation's line at a step: B2@t=0, G1, in the second update G1#2."""
    place = f"@t={t}" if t is not None else ""
    return f"{id}{place}" + (f"#{update}" if update > 1 else "")


class Working:
    """All lines of one update step of one sequence of T steps, D inputs, H units."""

    def __init__(
        self,
        steps: int,
        hidden_size: int,
        *,
        digits: int,
        rounding: Rounding,
        ties: Ties,
        update: int = 1,
        order: tuple[str, ...] = GATES,
    ) -> None:
        self.steps = steps
        self.hidden_size = hidden_size
        self.order = order  # in which stacked rows are shown; they are kept in the order of GATES
        self.digits = digits
        self.rounding = rounding
        self.ties = ties
        self.update = update
        self.lines: list[Line] = []
        self._table: dict[Symbol, Line] = {}
        # δstate_T ⊙ f_T: a boundary value, for there is no step T
        self._carried_factors = [replace(node, step=Step("", steps)) for node in CARRIED_FACTORS]
        self._carried_symbol = Symbol("carried", step=Step("", steps))

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __getitem__(self, symbol: Symbol) -> Line:
        return self._table[symbol]

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
        return self._enter(line)

    def give_carried(self, value: Values) -> Line:
        """Enter the boundary value of δstate_T ⊙ f_T, which has no factors to multiply."""
        return self.give(self._carried_symbol, value)

    def derive(self, equation: Equation, t: int | None, traced: Values | None) -> Line:
        """Enter a line that follows from earlier ones.

        With full precision its value is the traced one, or is evaluated where the trace holds none; by
        hand it is evaluated from the displayed values and rounded as it will be shown.
        """
        left = bind(equation.left, t, self.steps)
        formula = bind(equation.right, t, self.steps)
        if self.hidden_size == 1:
            formula = drop_unit_sum(formula)
        assert isinstance(left, Symbol)
        texts = self.written(formula) if self.rounding == "hand" else None
        if texts is not None:
            value = texts.astype(np.float64)
        elif traced is None:
            value = self.evaluate(formula)
        else:
            value = np.asarray(traced, dtype=np.float64)
        if left.name == "loss":  # a single number, also where the formula for one unit has no Σ over units
            value, texts = value.reshape(()), None if texts is None else texts.reshape(())
        id = self._identity(equation.id, t)
        line = Line(id, equation.phase, t, left, value, self, formula, equation, texts=texts)
        line.settle_style()
        return self._enter(line)

    def _enter(self, line: Line) -> Line:
        self.lines.append(line)
        self._table[line.left] = line
        return line

    def written(self, formula: Expression) -> NDArray[Any]:
        """The formula's value in decimal arithmetic, rounded and written entry by entry.

        Floating point does the work; decimal arithmetic decides wherever it could round differently.
        """
        value = self.evaluate(formula)
        sizes = np.broadcast_to(self.magnitude(formula), value.shape)
        if value.size > COLUMN:
            texts = quick_texts(value, self.digits, self.ties, sizes)
            for place in np.argwhere(texts == "").tolist():
                texts[tuple(place)] = self._entry_written(formula, tuple(place), value, sizes)
            return texts
        return self._written_together(formula, value.ravel().tolist(), sizes.ravel().tolist()).reshape(
            value.shape
        )

    def _entry_written(
        self, formula: Expression, place: tuple[int, ...], value: Values, sizes: Values
    ) -> str:
        """One entry of a large quantity, alone; in decimal arithmetic where that could matter."""
        columns = {name: self.value(Symbol(name)).shape[1] for name in ("W", "U")}
        entry = entry_of(formula, place, columns, self.hidden_size)
        return str(self._written_together(entry, [float(value[place])], [float(sizes[place])])[0])

    def _written_together(self, formula: Expression, flat: list[Any], sizes: list[float]) -> NDArray[Any]:
        """Values that share a style, written."""
        fixed, styles = Style(self.digits, ties=self.ties), styles_for(flat, self.digits, self.ties)
        if any(
            style.doubtful(entry, size) or fixed.doubtful(entry, size)
            for entry, size, style in zip(flat, sizes, styles, strict=True)
        ):
            flat = np.ravel(evaluate_decimal(self.closed(formula), self._decimal_value)).tolist()
            styles = styles_for(flat, self.digits, self.ties)
        texts = np.empty(len(flat), dtype=object)
        texts[:] = [style.write(exact(entry)) for style, entry in zip(styles, flat, strict=True)]
        return texts

    # Reading values by symbol -------------------------------------------------------------------------

    def gather(
        self, symbol: Symbol, read: Callable[[Line], NDArray[Any]], order: tuple[str, ...] = GATES
    ) -> NDArray[Any]:
        """What `read` takes from the line of `symbol`: parts and entries cut out, the gates in `order`."""
        base = replace(symbol, part="", entry=())
        if symbol.name == "d_gates":
            blocks = [read(self._table[replace(base, name=f"d_{gate}")]) for gate in order]
            result = np.concatenate(blocks)
        elif symbol.name == "label":
            result = read(self._table[base])
            missing = np.isnan(self._table[base].value)
            if missing.any():  # the unit's own output stands in, so that the difference is 0
                result = np.where(missing, read(self._table[replace(base, name="out")]), result)
        else:
            result = read(self._table[base])
        if symbol.name in STACKED:
            result = self.rows_of(result, symbol.part) if symbol.part else self.arranged(result, order)
        if not symbol.entry:
            return result
        picked = result[tuple(slice(None) if place is None else place for place in symbol.entry)]
        return np.asarray(picked, dtype=result.dtype)

    def rows_of(self, stacked: NDArray[Any], gate: str) -> NDArray[Any]:
        first = GATES.index(gate) * self.hidden_size
        return stacked[first : first + self.hidden_size]

    def arranged(self, stacked: NDArray[Any], order: tuple[str, ...]) -> NDArray[Any]:
        """Stacked rows with the gates in another order."""
        if order == GATES:
            return stacked
        return np.concatenate([self.rows_of(stacked, gate) for gate in order])

    def value(self, symbol: Symbol) -> Values:
        return np.asarray(self.gather(symbol, lambda line: line.value))

    def evaluate(self, formula: Expression) -> Values:
        """A bound formula on the values of the lines."""
        return np.asarray(evaluate(self.closed(formula), self.value), dtype=np.float64)

    def evaluate_exactly(self, formula: Expression) -> NDArray[Any]:
        """A bound formula on the values of the lines: by hand in decimal arithmetic, else in float64."""
        if self.rounding != "hand":
            return self.evaluate(formula)
        return np.asarray(evaluate_decimal(self.closed(formula), self._decimal_value))

    def magnitude(self, formula: Expression) -> Values:
        """How large the terms are that a bound formula adds up, on the values of the lines."""
        return np.asarray(magnitude(self.closed(formula), self.value), dtype=np.float64)

    def _decimal_value(self, symbol: Symbol) -> Any:
        value = self.value(symbol)
        return np.vectorize(exact, otypes=[object])(value) if value.ndim else exact(float(value))

    def closed(self, formula: Expression) -> Expression:
        """The formula with the boundary product δstate_T ⊙ f_T replaced by its one value."""
        if isinstance(formula, Product) and isinstance(formula.factors[0], Symbol):
            entry = formula.factors[0].entry
            carried = tuple(replace(factor, entry=entry) for factor in self._carried_factors)
            if formula.factors == carried:
                return replace(self._carried_symbol, entry=entry)
        if isinstance(formula, (Symbol, Number, Sigma)):
            return formula
        return rebuild(formula, self.closed)

    def number(self, symbol: Symbol, guard: int) -> Number:
        """One displayed entry of a large quantity, without writing out the rest of it."""
        line = self._table[replace(symbol, part="", entry=())]
        first = GATES.index(symbol.part) * self.hidden_size if symbol.part else 0
        row, *column = symbol.entry
        assert row is not None
        place = (first + row, *(k for k in column if k is not None))
        if symbol.name == "label" and np.isnan(line.value[place]):
            return self.number(replace(symbol, name="out"), guard)
        return line.number_at(place, guard)

    def ids_in(self, formula: Expression) -> Iterator[str]:
        """The ids of the lines that a formula names, in reading order."""
        for node in walk(self.closed(formula)):
            if isinstance(node, Sigma):
                for term in terms_of(node):
                    yield from self.ids_in(term)
            elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
                base = replace(node, part="", entry=())
                names = [f"d_{gate}" for gate in GATES] if node.name == "d_gates" else [node.name]
                for name in names:
                    yield self._table[replace(base, name=name)].id

    def count_numbers(self, formula: Expression) -> int:
        """How many numbers a substituted side would hold."""
        count = 0
        for node in walk(self.closed(formula)):
            if isinstance(node, Sigma):
                first = next(terms_of(node))
                count += self.count_numbers(first) * min(LONG_SUM, node.high.offset + 1)
            elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
                count += self.value(node).size
        return count


def drop_unit_sum(node: Expression) -> Expression:
    """`node` without the Σ over units, for sheets with a single unit."""
    if isinstance(node, Call) and node.function == "sum":
        return node.argument
    return rebuild(node, drop_unit_sum)
