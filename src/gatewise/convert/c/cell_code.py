"""One recurrent layer as C: each forward equation of its cell is a loop, with the equation above it.

A vector q of the step is the array q_t, of the step before self->q_before, a parameter P of layer 0
PREFIX_layer0_P; the rows of a gate begin where the gate stands in the cell's order. products.py has the
products with matrices, which stand transposed.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatewise.cells.equation import Equation
from gatewise.convert.c import functions
from gatewise.convert.c.products import Products, Sums, first_row
from gatewise.convert.c.writing import Names, as_numbers, comment, plain, statement, table
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    text,
)

SUM, PRODUCT, ATOM = 1, 2, 3  # how strongly a piece of C binds


class CellCode:
    """The C of one layer in one direction.

    Parameters
    ----------
    names : Names
    layer : str
        What it is called in names: layer0.
    params : Params
    """

    def __init__(self, names: Names, layer: str, params: Params) -> None:
        self.names, self.layer, self.params, self.cell = names, f"{names.prefix}_{layer}", params, params.cell
        self.products = Products(params)
        self._made: set[str] = set()  # the sums that stand already

    def whole(self) -> str:
        """Return weights, the struct of what is carried, reset and step."""
        return "\n\n".join([*self._weights(), self._struct(), self._reset(), self._step()])

    def _weights(self) -> Iterator[str]:
        for name, array in self.params.arrays.items():
            numbers = as_numbers(f"{self.layer}: {name}", array, self.names.dtype)
            parts = self.cell.parts_of(name)
            words = self.cell.words
            shown = [plain(f"{gate}: {words[gate]}" if gate in words else gate) for gate in parts]
            shape = ", ".join(map(str, array.shape)) + "," * (array.ndim == 1)
            rows = f" Rows: {len(array) // len(parts)} for each of {', '.join(parts)}." if parts else ""
            if array.ndim == 2:
                about = [f"{name} ({shape}), transposed: [column][row].{rows}", *shown]
                shown, numbers = [], numbers.T
            else:
                about = [f"{name} ({shape}).{rows}"]
            yield comment(*about) + "\n" + table(
                self.names, self.names.real, f"{self.layer}_{name}", numbers, shown
            )  # fmt: skip

    def _struct(self) -> str:
        fields = "\n".join(
            f"    {self.names.real} {name}_before[{self.params.length_of(name)}];"
            for name in self.cell.carried
        )
        return f"typedef struct {{\n{fields}\n}} {self.layer};"

    def _reset(self) -> str:
        zero = self.names.number(0)
        loops = "\n".join(
            f"    for (j = 0; j < {self.params.length_of(name)}; ++j) {{\n"
            f"        self->{name}_before[j] = {zero};\n    }}"
            for name in self.cell.carried
        )
        head = f"static inline void {self.layer}_reset({self.layer} *self)"
        return f"{head}\n{{\n    int j;\n{loops}\n}}"

    def _step(self) -> str:
        real = self.names.real
        declared = "\n".join(
            f"    {real} {equation.left.name}_t[{self.params.length_of(equation.left.name)}];"
            for equation in self.cell.forward
        )
        self._made.clear()
        declared = "\n".join([declared, *self.products.declared(self.names)])
        first = [line for sums in self.products.all if sums.at_once for line in self._loops(sums)]
        equations = "\n".join([*first, *(self._equation(equation) for equation in self.cell.forward)])
        carried = "\n".join(
            f"    for (j = 0; j < {self.params.length_of(name)}; ++j) {{\n"
            f"        self->{name}_before[j] = {name}_t[j];\n    }}"
            for name in self.cell.carried
        )
        about = comment(
            f"One step of {self.layer.removeprefix(self.names.prefix + '_')}: {self.cell.title}"
            + (f" ({self.cell.source})" if self.cell.source else "")
            + f". {self.params.input_size} inputs, {self.params.hidden_size} units."
        )
        head = f"static inline void {self.layer}_step({self.layer} *self, const {real} *x_t)"
        counters = "j, k" if "(k = " in equations else "j"
        return f"{about}\n{head}\n{{\n{declared}\n    int {counters};\n{equations}\n{carried}\n}}"

    # Equations --------------------------------------------------------------------------------------------

    def _equation(self, equation: Equation) -> str:
        """Return the comment and the loop of one equation, after those of vectors that it needs made."""
        before: list[str] = []
        right = self._entry(equation.right, SUM, before)
        name = equation.left.name
        lines = [
            comment(f"{equation.id}: {equation}", indent=4),
            *before,
            *self._loop(f"{name}_t", self.params.length_of(name), right),
        ]
        return "\n".join(lines)

    def _loop(self, vector: str, size: int, right: str) -> list[str]:
        return [
            f"    for (j = 0; j < {size}; ++j) {{",
            statement(f"{vector}[j] = {right};", 8),
            "    }",
        ]

    def _entry(self, node: Expression, strength: int, before: list[str]) -> str:
        """Return entry j of a vector, bracketed where it binds less than `strength`.

        `before` gets the lines that must run first.
        """

        def entry(part: Expression, needed: int) -> str:
            return self._entry(part, needed, before)

        match node:
            case Number(shown):
                return self.names.number(float(shown))
            case Symbol():
                return f"{self._vector(node)}[{self._row(node)}]"
            case Add(terms):
                made, own = entry(terms[0], SUM), SUM
                for term in terms[1:]:
                    minus = isinstance(term, Negative)
                    inner = term.argument if isinstance(term, Negative) else term
                    made += f" {'-' if minus else '+'} {entry(inner, PRODUCT)}"
            case Negative(argument):
                return f"(-{entry(argument, ATOM)})"
            case Product("dot", (Symbol() as matrix, column)):
                return self._dot(matrix, column, before)
            case Product("hadamard" | "times", factors):
                first, *others = factors
                made = " * ".join([entry(first, PRODUCT), *(entry(each, ATOM) for each in others)])
                own = PRODUCT
            case Quotient(top, bottom):
                made, own = f"{entry(top, PRODUCT)} / {entry(bottom, ATOM)}", PRODUCT
            case Power(base, exponent):
                power = self.names.function("pow")
                return f"{power}({entry(base, SUM)}, {self.names.number(exponent)})"
            case Call(function, argument):
                return functions.call(self.names, function, entry(argument, SUM))
            case _:
                raise ConvertError(f"{text(node)} of cell {self.cell.name} cannot be written in C.")
        return f"({made})" if own < strength else made

    def _dot(self, matrix: Symbol, column: Expression, before: list[str]) -> str:
        """Return entry j of matrix·column, whose sums are made first unless they stand already."""
        sums = self.products.of(matrix, column)
        if sums.array not in self._made:
            before += self._loops(sums)
        offset = self._start(matrix) - sums.start
        return f"{sums.array}[{f'{offset} + ' if offset else ''}j]"

    def _loops(self, sums: Sums) -> list[str]:
        """Return the loops of sums, after that of a column which is no vector of its own."""
        self._made.add(sums.array)
        column, before = sums.column, list[str]()
        if isinstance(column, Symbol):
            vector, start = self._vector(column), self._start(column)
        else:
            vector, start = f"made_for_{sums.array}", 0
            size = self.params.arrays[sums.matrix].shape[1]
            right = self._entry(column, SUM, before)
            before += [f"    {self.names.real} {vector}[{size}];", *self._loop(vector, size, right)]

        def entry(k: str) -> str:
            return f"{vector}[{f'{start} + ' if start else ''}{k}]"

        return [*before, *self.products.loops(self.names, sums, self.layer, entry)]

    def _vector(self, symbol: Symbol) -> str:
        if symbol.step is None:
            return f"{self.layer}_{symbol.name}"
        return f"{symbol.name}_t" if symbol.step.offset == 0 else f"self->{symbol.name}_before"

    def _row(self, symbol: Symbol) -> str:
        return f"{start} + j" if (start := self._start(symbol)) else "j"

    def _start(self, symbol: Symbol) -> int:
        """Return the first row of a gate in a parameter."""
        if symbol.step is not None:
            return 0
        return first_row(self.cell, symbol, len(self.params.arrays[symbol.name]))
