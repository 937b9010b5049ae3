"""A network of both directions as C: not step by step, but over a window's rows, all there at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatewise.convert.c.network_code import NetworkCode, copied
from gatewise.convert.c.writing import comment
from gatewise.learn.sequential import Recurrent

DIRECTIONS = ("forwards", "backwards")


@dataclass(frozen=True)
class BothWaysCode(NetworkCode):
    """The C of a network that goes through a window in both directions.

    Attributes
    ----------
    rows : int
        T, the most rows of a window.
    """

    rows: int = 0

    def step(self) -> str:
        """There is none."""
        return ""

    def _cells(self, number: int) -> Iterator[tuple[str, int]]:
        for place, direction in enumerate(DIRECTIONS):
            yield f"layer{number}_{direction}", place

    def _struct(self) -> str:
        real, layers = self.names.real, self._recurrent()
        fields = [
            f"    {self.names.prefix}_{name} {name};" for n in layers for name, _ in self._cells(n)
        ]  # fmt: skip
        fields += [
            f"    {real} outs{n}[{self.rows}][{self.plan.layers[n].width}]; /* of layer {n} at each row */"
            for n in layers[:-1]
        ]
        if self.plan.vectors:
            fields.append(f"    {real} wide[{self.rows}][{self._wide}]; /* rows, and the learned vectors */")
        about = comment("What is worked out of a window; all of it anew for each.")
        return "\n".join([about, "typedef struct {", *fields, f"}} {self.struct};"])

    @property
    def _wide(self) -> int:
        """The numbers of a row with the learned vectors."""
        return self.plan.input_size + sum(int(rows.shape[1]) for _, rows in self.plan.vectors)

    def _reset(self) -> str:
        lines = [
            f"    {self.names.prefix}_{name}_reset(&self->{name});"
            for n in self._recurrent() for name, _ in self._cells(n)
        ]  # fmt: skip
        head = f"static inline void {self.own}_reset({self.struct} *self)"
        return "\n".join([head, "{", *lines, "}"])

    def _advance(self) -> str:
        """Return the function that goes through a window and says what the network gives."""
        real, D, T = self.names.real, self.plan.input_size, self.rows
        given = "".join(
            f", {kind}{name}" for kind, name in (*self.step_inputs[1:], (f"{real} *", "y"))
        )  # fmt: skip
        row = f"x[(first + t) % {T}]"
        lines = [f"    {self.own}_reset(self);"]
        if self.plan.vectors:
            inner = [*copied("self->wide[t]", 0, row, D), *self._vectors_into("self->wide[t]")]
            lines += ["    for (t = 0; t < count; ++t) {", *_deeper(inner), "    }"]
            row = "self->wide[t]"
        layers = self._recurrent()
        for n in layers:
            for name, place in self._cells(n):
                lines += self._through(n, name, place, row, keep=n != layers[-1])
            row = f"self->outs{n}[t]"
        lines += self._outputs(layers[-1])
        about = comment(
            f"Go through count rows of x, {T} at most, of which the oldest is row first of a ring, from both "
            "ends, and say what the network gives."
        )
        head = (
            f"static inline void {self.own}_window({self.struct} *self, {real} (*x)[{D}], int first, "
            f"int count{given})"
        )
        return "\n".join([about, head, "{", "    int j, t;", *lines, "}"])

    def _head(self) -> str:
        return ""

    def _through(self, n: int, name: str, place: int, row: str, *, keep: bool) -> list[str]:
        """Return the loop of one direction of layer n over the rows; `keep` its outs for the next layer."""
        size = self.plan.layers[n].width // 2
        loop = "t = count - 1; t >= 0; --t" if place else "t = 0; t < count; ++t"
        outs = copied(f"self->outs{n}[t]", place * size, f"self->{name}.out_before", size) if keep else []
        step = f"    {self.names.prefix}_{name}_step(&self->{name}, {row});"
        return [f"    for ({loop}) {{", *_deeper([step, *outs]), "    }"]

    def _outputs(self, last: int) -> list[str]:
        """Return the lines from the last outs of each direction, and what the head reads beside, to y."""
        plan, D, real = self.plan, self.plan.input_size, self.names.real
        layer = plan.layers[last]
        assert isinstance(layer, Recurrent)
        size, width = layer.width // 2, layer.width
        lines = [f"    {real} z[{width + plan.extra + plan.skip * D}];"]
        for name, place in self._cells(last):
            lines += copied("z", place * size, f"self->{name}.out_before", size)
        lines += copied("z", width, "extra", plan.extra) if plan.extra else []
        if plan.skip:
            lines += [
                f"    for (t = 0; t < {plan.skip}; ++t) {{",
                f"        const int n = count - {plan.skip} + t; /* which row; below 0 there is none */",
                f"        for (j = 0; j < {D}; ++j) {{",
                f"            z[{width + plan.extra} + t * {D} + j] = n < 0 ? {self.names.number(0)} : "
                f"x[(first + n) % {self.rows}][j];",
                "        }",
                "    }",
            ]
        return [*lines, *self._dense_layers("z")]


def _deeper(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
