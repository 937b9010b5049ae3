"""Products of matrices and vectors as C that compilers turn into vector code without reordering any sum.

A matrix stands transposed, a line for each entry z[k] that it multiplies, and the loop over its rows is the
inner one: sums[j] += M[k][j] * z[k]. The rows of all gates that read the same vector are one loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gatewise.cells import Cell
from gatewise.cells.equation import Equation
from gatewise.convert.c.writing import Names, comment, statement
from gatewise.engine.params import Params
from gatewise.expression import Expression, Product, Symbol, text, walk

AT_A_TIME = 4  # columns of a matrix


@dataclass(frozen=True)
class Sums:
    """One loop: consecutive rows of a matrix times a vector, into an array.

    Attributes
    ----------
    array : str
        The array of the sums.
    matrix : str
        The parameter.
    column : Expression
        The vector.
    start, count : int
        The first row and how many.
    at_once : bool
        Whether the vector is known when the step begins; else it is made of what the step computes.
    """

    array: str
    matrix: str
    column: Expression
    start: int
    count: int
    at_once: bool


class Products:
    """The products in a cell's equations.

    Parameters
    ----------
    params : Params
    """

    def __init__(self, params: Params) -> None:
        self._cell, self._params = params.cell, params
        asked: dict[tuple[str, str], dict[int, int]] = {}
        columns: dict[tuple[str, str], Expression] = {}
        for matrix, column in products_of(self._cell.forward):
            key = (matrix.name, text(column))
            asked.setdefault(key, {})[self.first_row(matrix)] = self._rows(matrix)
            columns[key] = column
        self.all: list[Sums] = []
        for key, rows in asked.items():
            name, column = key[0], columns[key]
            at_once = all(map(_is_given, walk(column)))
            for start, count in _joined(rows) if at_once else sorted(rows.items()):
                self.all.append(Sums(f"sums{len(self.all)}", name, column, start, count, at_once))

    def of(self, matrix: Symbol, column: Expression) -> Sums:
        """Return the loop that has a product's rows among its own."""
        row, said = self.first_row(matrix), text(column)
        return next(
            each for each in self.all
            if each.matrix == matrix.name and text(each.column) == said
            and each.start <= row < each.start + each.count
        )  # fmt: skip

    def first_row(self, symbol: Symbol) -> int:
        """Return the first row of a gate in a parameter: it comes after those of the gates before it."""
        return first_row(self._cell, symbol, len(self._params.arrays[symbol.name]))

    def _rows(self, matrix: Symbol) -> int:
        rows = len(self._params.arrays[matrix.name])
        return rows // len(self._cell.parts_of(matrix.name)) if matrix.part else rows

    def declared(self, names: Names) -> list[str]:
        """Return the declarations of all arrays."""
        return [f"    {names.real} {each.array}[{each.count}];" for each in self.all]

    def loops(self, names: Names, sums: Sums, layer: str, entry: Callable[[str], str]) -> list[str]:
        """Return the loops of sums of a layer's matrix; `entry(k)` is entry k of the vector.

        Four columns go at a time, so that the sums are read and written a quarter as often; those that are
        over come first.
        """
        size = self._params.arrays[sums.matrix].shape[1]
        row = f"{sums.start} + j" if sums.start else "j"
        over = size % AT_A_TIME

        def term(k: str, z: str) -> str:
            return f"{layer}_{sums.matrix}[{k}][{row}] * {z}"

        start = " + ".join(term(str(k), entry(str(k))) for k in range(over)) or names.number(0)
        lines = [
            comment(f"{sums.array} = {sums.matrix} · {text(sums.column)}{self._gates(sums)}", indent=4),
            f"    for (j = 0; j < {sums.count}; ++j) {{",
            statement(f"{sums.array}[j] = {start};", 8),
            "    }",
        ]
        if size < AT_A_TIME:
            return lines
        places = ["k" + (f" + {n}" if n else "") for n in range(AT_A_TIME)]
        terms = [term(k, f"z{n}") for n, k in enumerate(places)]
        return [
            *lines,
            f"    for (k = {over}; k < {size}; k += {AT_A_TIME}) {{",
            "        const " + names.real + " " + ", ".join(
                f"z{n} = {entry(k)}" for n, k in enumerate(places)
            ) + ";",
            f"        for (j = 0; j < {sums.count}; ++j) {{",
            f"            {sums.array}[j] += ({terms[0]} + {terms[1]})",
            f"                + ({terms[2]} + {terms[3]});",
            "        }",
            "    }",
        ]  # fmt: skip

    def _gates(self, sums: Sums) -> str:
        parts = self._cell.parts_of(sums.matrix)
        if not parts:
            return ""
        each = len(self._params.arrays[sums.matrix]) // len(parts)
        return f" for {', '.join(parts[sums.start // each : (sums.start + sums.count) // each])}"


def products_of(equations: Iterable[Equation]) -> list[tuple[Symbol, Expression]]:
    """Return the matrix and the vector of each product M·v, in order."""
    nodes = [node for equation in equations for node in walk(equation.right)]
    return [found for node in nodes if (found := _matrix_product(node))]


def first_row(cell: Cell, symbol: Symbol, rows: int) -> int:
    """Return where the rows of a symbol's gate begin in a parameter of so many rows."""
    if not symbol.part or symbol.step is not None:
        return 0
    found = cell.rows_of(symbol.name, symbol.part, rows)
    assert found is not None  # the cell was checked
    return int(found.start)


def _is_given(node: Expression) -> bool:
    """Whether a piece of a column is known when a step begins: no product, no vector of the step but x."""
    if isinstance(node, Symbol):
        return node.step is None or node.step.offset != 0 or node.name == "x"
    return _matrix_product(node) is None


def _matrix_product(node: Expression) -> tuple[Symbol, Expression] | None:
    match node:
        case Product("dot", (Symbol() as matrix, column)):
            return matrix, column
    return None


def _joined(rows: dict[int, int]) -> list[tuple[int, int]]:
    """Return ranges (first, count) in order, joined where one begins where the other ends."""
    found: list[tuple[int, int]] = []
    for start, count in sorted(rows.items()):
        if found and sum(found[-1]) == start:
            found[-1] = (found[-1][0], found[-1][1] + count)
        else:
            found.append((start, count))
    return found
