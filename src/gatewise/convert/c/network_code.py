"""A network as C: its layers one after the other, their state in one struct; reset, advance, head, step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gatewise.convert.c.cell_code import CellCode
from gatewise.convert.c.plan import Plan
from gatewise.convert.c.writing import Names, as_numbers, comment, table
from gatewise.learn.sequential import Dense, Recurrent

_AFTER = {
    "linear": "",
    "sigmoid": "y[j] = ${p}_sigmoid(y[j]);",
    "tanh": "y[j] = ${tanh}(y[j]);",
    "relu": "y[j] = ${p}_relu(y[j]);",
}
_SOFTMAX = """
    most = y[0];
    for (j = 1; j < ${size}; ++j) {
        most = y[j] > most ? y[j] : most;
    }
    for (j = 0; j < ${size}; ++j) {
        y[j] = ${exp}(y[j] - most);
        sum += y[j];
    }
    for (j = 0; j < ${size}; ++j) {
        y[j] /= sum;
    }
"""


@dataclass(frozen=True)
class NetworkCode:
    """The C of a network.

    Attributes
    ----------
    names : Names
    plan : Plan
    own : str
        What its struct and functions are called after: the prefix, or PREFIX_network inside a run.
    """

    names: Names
    plan: Plan
    own: str

    @property
    def struct(self) -> str:
        """The name of the struct: PREFIX_state, or PREFIX_network inside a run."""
        return f"{self.own}_state" if self.own == self.names.prefix else self.own

    def whole(self) -> str:
        """Return weights, layers, and the functions of the network."""
        pieces = [*self._tables()]
        for number, layer in enumerate(self.plan.layers):
            if isinstance(layer, Recurrent):
                pieces += [
                    CellCode(self.names, name, layer.cells[place]).whole()
                    for name, place in self._cells(number)
                ]
            else:
                pieces += self._dense(number, layer)
        pieces += [self._struct(), self._reset(), self._advance(), self._head()]
        return "\n\n".join(piece for piece in pieces if piece)

    @property
    def step_inputs(self) -> tuple[tuple[str, str], ...]:
        """The arguments of a step beside the struct and y: their types and names."""
        codes = (("const int *", "codes"),) if self.plan.vectors else ()
        extra = ((f"const {self.names.real} *", "extra"),) if self.plan.extra else ()
        return ((f"const {self.names.real} *", "x"), *codes, *extra)

    def step(self) -> str:
        """Return the function that takes a step and says what the network gives."""
        given = ", ".join(kind + name for kind, name in self.step_inputs)
        inputs = [name for _, name in self.step_inputs]
        return (
            f"static inline void {self.own}_step({self.struct} *self, {given}, {self.names.real} *y)\n{{\n"
            f"    {self.own}_advance(self, {', '.join(each for each in inputs if each != 'extra')});\n"
            f"    {self.own}_head(self, {'extra, ' if self.plan.extra else ''}y);\n}}"
        )

    def _tables(self) -> Iterator[str]:
        for number, (name, rows) in enumerate(self.plan.vectors):
            numbers = as_numbers(f"the vectors of {name}", rows, self.names.dtype)
            yield comment(
                f"The learned vectors of {name}, by code; the last row, their mean, is that of code -1."
            ) + "\n" + table(
                self.names, self.names.real, f"{self.names.prefix}_vectors{number}", numbers
            )  # fmt: skip

    def _dense(self, number: int, layer: Dense) -> Iterator[str]:
        names, label = self.names, self.plan.labels[number]
        start = f"{names.prefix}_layer{number}"
        W = as_numbers(f"{label}: W", layer.W, names.dtype)
        yield comment(f"{label}: W {layer.W.shape}.") + "\n" + table(names, names.real, f"{start}_W", W)
        if layer.b is not None:
            b = as_numbers(f"{label}: b", layer.b, names.dtype)
            yield comment(f"{label}: b ({layer.width},).") + "\n" + table(names, names.real, f"{start}_b", b)
        after = _AFTER.get(layer.function, "")
        after = names.fill(after, tanh=names.function("tanh")) if after else ""
        softmax = layer.function == "softmax"
        zero = names.number(0)
        yield names.fill(
            """
            /* ${about} */
            static inline void ${start}_dense(const ${real} *z, ${real} *y)
            {${declared}
                int j;
                for (j = 0; j < ${size}; ++j) {
                    y[j] = ${p}_dot(${start}_W[j], z, ${inputs})${bias};${after}
                }${softmax}
            }
            """,
            start=start, size=layer.width, inputs=layer.input_size,
            about=f"y = {layer.function}(W·z{'' if layer.b is None else ' + b'})",
            declared=f"\n    {names.real} most, sum = {zero};" if softmax else "",
            bias=f" + {start}_b[j]" if layer.b is not None else "",
            after=f"\n        {after}" if after else "",
            softmax="\n    " + names.fill(_SOFTMAX, size=layer.width, exp=names.function("exp")).replace(
                "\n", "\n    "
            ) if softmax else "",
        )  # fmt: skip

    def _cells(self, number: int) -> Iterator[tuple[str, int]]:
        """Yield what each direction of a layer is called, and its place among the layer's cells."""
        yield f"layer{number}", 0

    def _recurrent(self) -> list[int]:
        return [n for n, layer in enumerate(self.plan.layers) if isinstance(layer, Recurrent)]

    def _struct(self) -> str:
        fields = [f"    {self.names.prefix}_layer{n} layer{n};" for n in self._recurrent()]
        if self.plan.skip:
            fields += [
                f"    {self.names.real} recent[{self.plan.skip}][{self.plan.input_size}]; "
                "/* the last rows of x */",
                "    int oldest; /* the place of the oldest of them */",
            ]
        about = comment("What is kept from step to step.")
        return "\n".join([about, "typedef struct {", *fields, f"}} {self.struct};"])

    def _reset(self) -> str:
        lines = [f"    {self.names.prefix}_layer{n}_reset(&self->layer{n});" for n in self._recurrent()]
        if self.plan.skip:
            D = self.plan.input_size
            lines += [
                f"    for (j = 0; j < {self.plan.skip * D}; ++j) {{",
                f"        self->recent[j / {D}][j % {D}] = {self.names.number(0)};",
                "    }",
                "    self->oldest = 0;",
            ]
        declared = ["    int j;"] if self.plan.skip else []
        return "\n".join(
            [
                comment("Start again, from zero."),
                f"static inline void {self.own}_reset({self.struct} *self)",
                "{", *declared, *lines, "}",
            ]
        )  # fmt: skip

    def _advance(self) -> str:
        """Return the function that takes x_t through the layers up to the last recurrent one."""
        real, D = self.names.real, self.plan.input_size
        given = ", ".join(kind + name for kind, name in self.step_inputs if name != "extra")
        lines, vector = [], "x"
        counts = self.plan.skip or self.plan.vectors
        if self.plan.vectors:
            size = D + sum(rows.shape[1] for _, rows in self.plan.vectors)
            lines += [f"    {real} wide[{size}];", *copied("wide", 0, "x", D), *self._vectors_into("wide")]
            vector = "wide"
        last = self.plan.last_recurrent
        for number, layer in enumerate(self.plan.layers[: last + 1]):
            start = f"{self.names.prefix}_layer{number}"
            if isinstance(layer, Recurrent):
                lines.append(f"    {start}_step(&self->layer{number}, {vector});")
                vector = f"self->layer{number}.out_before"
            else:
                lines += [
                    f"    {real} of_layer{number}[{layer.width}];",
                    f"    {start}_dense({vector}, of_layer{number});",
                ]
                vector = f"of_layer{number}"
        if self.plan.skip:
            lines += [
                *copied("self->recent[self->oldest]", 0, "x", D),
                f"    self->oldest = (self->oldest + 1) % {self.plan.skip};",
            ]
        head = f"static inline void {self.own}_advance({self.struct} *self, {given})"
        declared = ["    int j;"] if counts else []
        return "\n".join([comment("Take x_t into the state."), head, "{", *declared, *lines, "}"])

    def _vectors_into(self, wide: str) -> list[str]:
        """Return the lines that copy the learned vectors of the codes behind a row of x."""
        lines, at = list[str](), self.plan.input_size
        for number, (name, rows) in enumerate(self.plan.vectors):
            count, code = len(rows) - 1, f"codes[{number}]"
            row = f"{self.names.prefix}_vectors{number}[{code} >= 0 && {code} < {count} ? {code} : {count}]"
            lines += [comment(name, indent=4), *copied(wide, at, row, rows.shape[1])]
            at += rows.shape[1]
        return lines

    def _head(self) -> str:
        """Return the function that says what the network gives of the steps so far."""
        plan, real, last = self.plan, self.names.real, self.plan.last_recurrent
        width = plan.layers[last].width
        extra = f"const {real} *extra, " if plan.extra else ""
        head = f"static inline void {self.own}_head(const {self.struct} *self, {extra}{real} *y)"
        vector, lines, counts = f"self->layer{last}.out_before", [], False
        if plan.extra or plan.skip:
            D, counts = plan.input_size, True
            lines = [
                f"    {real} z[{width + plan.extra + plan.skip * D}];",
                *copied("z", 0, vector, width),
                *(copied("z", width, "extra", plan.extra) if plan.extra else ()),
            ]
            if plan.skip:
                place = f"self->recent[(self->oldest + j / {D}) % {plan.skip}][j % {D}]"
                lines += [
                    f"    for (j = 0; j < {plan.skip * D}; ++j) {{",
                    f"        z[{width + plan.extra} + j] = {place};",
                    "    }",
                ]
            vector = "z"
        if last + 1 < len(plan.layers):
            lines += self._dense_layers(vector)
        else:
            lines, counts = [*copied("y", 0, vector, width)], True
        about = comment(f"Say what the network gives after the steps so far: y, {plan.outputs} numbers.")
        return "\n".join([about, head, "{", *(["    int j;"] if counts else []), *lines, "}"])

    def _dense_layers(self, vector: str) -> list[str]:
        """Return the lines from what the layers after the last recurrent one read to y."""
        lines, after = list[str](), range(self.plan.last_recurrent + 1, len(self.plan.layers))
        for number in after:
            into = "y" if number == after[-1] else f"of_layer{number}"
            if into != "y":
                lines.append(f"    {self.names.real} {into}[{self.plan.layers[number].width}];")
            lines.append(f"    {self.names.prefix}_layer{number}_dense({vector}, {into});")
            vector = into
        return lines


def copied(into: str, at: int, vector: str, size: int) -> list[str]:
    """Return the lines that copy so many entries to a place of an array."""
    place = f"{at} + j" if at else "j"
    return [
        f"    for (j = 0; j < {size}; ++j) {{",
        f"        {into}[{place}] = {vector}[j];",
        "    }",
    ]


def bytes_of(plan: Plan, itemsize: int) -> int:
    """Return how many bytes the numbers of a network take."""
    arrays = [array for layer in plan.layers if isinstance(layer, Recurrent)
              for cell in layer.cells for array in cell.arrays.values()]  # fmt: skip
    arrays += [
        array
        for layer in plan.layers if isinstance(layer, Dense)
        for array in (layer.W, layer.b) if array is not None
    ]  # fmt: skip
    return itemsize * (sum(map(np.size, arrays)) + sum(np.size(rows) for _, rows in plan.vectors))
