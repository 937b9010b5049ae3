"""One direction of a layer as a Scan whose body is made of the cell's own forward equations.

So every cell can be written, one's own among them, and in float64, which ONNX Runtime's LSTM does not run.
What multiplies x alone is worked for all steps at once, before the Scan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.engine.params import Params
from gatewise.expression import Expression, Symbol, Transpose
from gatewise.learn.sequential.layers import Biases
from gatewise.onnx.writing.equations import written
from gatewise.onnx.writing.functions import Numbers
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.support.arrays import FloatArray


class Outs(NamedTuple):
    """What a direction gives: outs (T, N, Q) in the order of time, 0 past an end, and its last out (N, Q)."""

    steps: str
    last: str


def scanned(
    graph: GraphMaker, params: Params, x: str, inside: str | None, *, reverse: bool, name: str,
    biases: Biases | None = None,
) -> Outs:  # fmt: skip
    """Run a cell over x (T, N, D).

    Parameters
    ----------
    inside : str, optional
        Bools (T, N, 1): whether a step is within its sequence. What is carried stays as it is past the end.
    biases : tuple of two arrays, optional
        The two bias vectors of which b is the sum; the graph holds both and adds them up.
    """
    return _Scan(graph, params, x, name, biases).run(inside, reverse)


class _Scan:
    """A Scan in the making: its body, and what it reads of each step."""

    def __init__(self, graph: GraphMaker, params: Params, x: str, name: str, biases: Biases | None) -> None:
        self.graph, self.params, self.x, self.name, self.biases = graph, params, x, name, biases
        self.cell: Cell = params.cell
        self.body = GraphMaker(graph)
        self.to = Numbers(self.body, params.dtype)
        self.read: dict[str, tuple[str, int]] = {}  # a value of all steps: its name in the body, its length
        self.weights: dict[tuple[str, str, bool], str] = {}

    def run(self, inside: str | None, reverse: bool) -> Outs:
        before = {
            carried: self.body.input(
                f"{self.name}_{carried}_prev", self.params.dtype, ("N", self.params.length_of(carried))
            )
            for carried in self.cell.carried
        }
        now: dict[str, str] = {}

        def value(symbol: Symbol) -> str:
            if symbol.name == "x":
                return self._of_step(self.x, self.params.input_size)
            if symbol.step is None:
                return self._weight(symbol)
            return before[symbol.name] if symbol.step.offset else now[symbol.name]

        def dot(matrix: Expression, column: Expression) -> str:
            turned = isinstance(matrix, Transpose)
            inner = matrix.argument if isinstance(matrix, Transpose) else matrix
            assert isinstance(inner, Symbol)  # the check of a cell says so
            weight = self._weight(inner, transposed=not turned)
            if isinstance(column, Symbol) and column.name == "x":
                product = self.graph.add(
                    "MatMul", self.x, weight, name=f"{self.name}_{inner.name}{inner.part}_x"
                )
                rows = self._array(inner).shape[1 if turned else 0]
                return self._of_step(product, rows)
            return self.to("MatMul", written(column, self.to, value, dot), weight)

        for equation in self.cell.forward:
            now[equation.left.name] = written(equation.right, self.to, value, dot)
        return self._closed(now, before, inside, reverse)

    def _closed(self, now: dict[str, str], before: dict[str, str], inside: str | None, reverse: bool) -> Outs:
        """Add the Scan, now that its body is known."""
        body, graph, dtype = self.body, self.graph, self.params.dtype
        out = self.cell.carried[0]
        scanned_in = list(self.read)
        for given, length in self.read.values():
            body.read_of_each_step(given, dtype, ("N", length))
        kept, shown = dict(now), now[out]
        if inside is not None:
            here = body.input(f"{self.name}_inside", bool, ("N", 1))
            scanned_in.append(inside)
            kept = {name: self.to.chosen(here, now[name], before[name]) for name in before}
            shown = self.to.chosen(here, now[out], 0.0)
        for name in self.cell.carried:
            body.output(kept[name], f"{self.name}_{name}", dtype, ("N", self.params.length_of(name)))
        body.output(shown, f"{self.name}_out_t", dtype, ("N", self.params.length_of(out)))
        starts = [self._start(self.params.length_of(name)) for name in self.cell.carried]
        names = [f"{self.name}_{name}_last" for name in self.cell.carried]
        found = graph.add_many(
            "Scan", [*starts, *scanned_in], [*names, f"{self.name}_outs"],
            body=body.made(f"{self.name}_step"), num_scan_inputs=len(scanned_in),
            scan_input_directions=[int(reverse)] * len(scanned_in), scan_output_directions=[int(reverse)],
        )  # fmt: skip
        return Outs(found[-1], found[0])

    def _start(self, length: int) -> str:
        """Return zeros (N, length)."""
        shape = self.graph.joined([self.graph.size(self.x, 1), self.graph.axes(length)], 0)
        zero = self.graph.onnx.numpy_helper.from_array(np.zeros(1, self.params.dtype))
        return self.graph.add("ConstantOfShape", shape, name=f"{self.name}_start", value=zero)

    def _of_step(self, value: str, length: int) -> str:
        """Return what a value of all steps (T, N, length) is called in the body, at one step."""
        if value not in self.read:
            self.read[value] = (self.graph.name(f"{value}_t"), length)
        return self.read[value][0]

    def _array(self, symbol: Symbol) -> FloatArray:
        return self._part(self.params.arrays[symbol.name], symbol)

    def _part(self, whole: FloatArray, symbol: Symbol) -> FloatArray:
        return whole[self.cell.rows_of(symbol.name, symbol.part, len(whole))] if symbol.part else whole

    def _weight(self, symbol: Symbol, *, transposed: bool = False) -> str:
        key = (symbol.name, symbol.part, transposed)
        if key not in self.weights:
            if symbol.name == "b" and self.biases is not None:
                self.weights[key] = self._sum_of(self.biases, symbol)
            else:
                array = self._array(symbol)
                self.weights[key] = self._held(array.T if transposed else array, symbol.name, symbol.part)
        return self.weights[key]

    def _sum_of(self, biases: Biases, symbol: Symbol) -> str:
        """Return b_ih + b_hh; of a candidate whose recurrent bias is c, which its equation has, b_ih."""
        first, second = (
            (f"b_{which}", self._part(whole, symbol))
            for which, whole in zip(("ih", "hh"), biases, strict=True)
        )
        held = self._held(first[1], first[0], symbol.part)
        if symbol.part == "a" and "c" in self.cell.parameters:
            return held
        other = self._held(second[1], second[0], symbol.part)
        return self.to("Add", held, other)  # in the body: OpenVINO reads constants alone from around it

    def _held(self, array: FloatArray, *names: str) -> str:
        return self.graph.constant(array, name="_".join(filter(None, (self.name, *names))))
