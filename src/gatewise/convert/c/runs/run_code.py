"""A run as C: what its functions are, and the two that step: from row to row, and over the last rows alone.

rows_code.py leads from a row of a table to x_t, answer_code.py from y to a forecast in the targets' units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewise.convert.c.runs.ahead_code import AheadCode
from gatewise.convert.c.runs.answer_code import AnswerCode
from gatewise.convert.c.runs.calendar_code import calendar_code
from gatewise.convert.c.runs.rows_code import RowsCode
from gatewise.convert.c.runs.scaling_code import ScalingCode
from gatewise.convert.c.writing import Names, comment

if TYPE_CHECKING:
    from gatewise.train import Model


class RunCode:
    """The C around a run's network.

    Parameters
    ----------
    names : Names
    run : Model

    Raises
    ------
    ConvertError
        If its loss has no C.
    """

    def __init__(self, names: Names, run: Model) -> None:
        self.names, self.run, self.preparation = names, run, run.preparation
        prepared = self.preparation
        self.inputs, self.categories = len(prepared.inputs), len(prepared.categories)
        self.window = prepared.window
        self.both_ways = run.network.architecture.bidirectional
        scaling = ScalingCode(names, prepared)
        self.answer = AnswerCode(names, run, scaling, self.window)
        self.ahead = AheadCode(names, prepared, scaling)
        self.rows = RowsCode(names, prepared, self.answer, self.ahead)
        self.outputs = self.answer.outputs
        self.has_texts = bool(self.categories or prepared.series_scales)

    def pieces(self) -> Iterator[str]:
        """Yield constants, then functions, in the order in which they need one another."""
        if self.preparation.calendar:
            yield calendar_code(self.names, self.preparation.calendar)
        yield from self.rows.pieces()
        yield from self.answer.pieces()
        if not self.both_ways:
            yield self._stepper()
        if self.window:
            yield self._windows()

    def _beside(self) -> tuple[list[str], str, str]:
        """Return the lines that make what a network is given beside x, and the arguments: codes, extra."""
        p, real, prepared = self.names.prefix, self.names.real, self.preparation
        lines, codes, extra = list[str](), "", ""
        if prepared.embedded:
            names = [name for name, _ in prepared.categories]
            lines.append(f"    int codes[{len(prepared.embedded)}];")
            for n, name in enumerate(prepared.embedded):
                lines.append(f"    codes[{n}] = self->rows.places[{names.index(name)}];")
            codes = ", codes"
        if prepared.extra:
            given = ", ".join(name for _, name in self.ahead.arguments())
            lines.append(f"    {real} extra[{len(prepared.extra)}];")
            lines.append(f"    {p}_beside(&self->rows, {given}, extra);")
            extra = ", extra"
        return lines, codes, extra

    def _reset(self, kind: str, struct: str, lines: list[str]) -> str:
        """Return the function that starts again; where each series has its scaling, two that take it."""
        p, scales = self.names.prefix, self.preparation.series_scales
        if not scales:
            head = f"static inline void {p}_{kind}({p}_{struct} *self)"
            return "\n".join([comment("Start again, as before the first row."), head, "{", *lines, "}"])
        again = comment("Start again with a scaling of a series; -1, and nothing done, if it is none.")
        known = comment(
            "Start again with a series that training has seen; -1, and nothing done, for another."
        )
        return "\n".join(
            [
                again,
                f"static inline int {p}_{kind}_as({p}_{struct} *self, const double *own_scaling)",
                "{",
                f"    if ({p}_rows_scale(&self->rows, own_scaling) != 0) {{", "        return -1;", "    }",
                *lines,
                "    return 0;",
                "}\n",
                known,
                f"static inline int {p}_{kind}({p}_{struct} *self, int series)",
                "{",
                f"    if (series < 0 || series >= {len(scales)}) {{", "        return -1;", "    }",
                f"    return {p}_{kind}_as(self, {p}_scalings[series]);",
                "}",
            ]
        )  # fmt: skip

    def _step_head(self, kind: str, struct: str) -> list[str]:
        p = self.names.prefix
        given = ", ".join(kind_ + name for kind_, name in self.rows.arguments())
        return [
            f"static inline int {p}_{kind}({p}_{struct} *self, {given})",
            "{",
            f"    {self.names.real} y[{self.run.network.architecture.outputs}];",
        ]

    def _prepared(self, x: str) -> list[str]:
        names = "".join(f"{name}, " for _, name in self.rows.prepared())
        return [
            f"    if ({self.names.prefix}_prepare(&self->rows, {names}{x}) != 0) {{",
            "        return -1;",
            "    }",
        ]

    def _stepper(self) -> str:
        """Return the struct, reset and step that go on from row to row."""
        p = self.names.prefix
        before, codes, extra = self._beside()
        struct = f"typedef struct {{\n    {p}_rows rows;\n    {p}_network network;\n}} {p}_state;"
        reset = self._reset(
            "reset", "state", [f"    {p}_rows_reset(&self->rows);", f"    {p}_network_reset(&self->network);"]
        )
        step = [
            comment("Take a row and forecast, going on from the rows before it, as Model.stepper() does."),
            *self._step_head("step", "state"),
            f"    {self.names.real} x[{self.preparation.input_size}];",
            *self._prepared("x"),
            *before,
            f"    {p}_network_advance(&self->network, x{codes});",
            f"    {p}_network_head(&self->network{extra}, y);",
            f"    {p}_answer(&self->rows, {'0, ' if self.answer.ages else ''}y, forecast);",
            "    return 0;", "}",
        ]  # fmt: skip
        return "\n\n".join([struct, reset, "\n".join(step)])

    def _windows(self) -> str:
        """Return the struct, reset and step of which each forecast knows the last `window` rows alone."""
        p, T, D = self.names.prefix, self.window, self.preparation.input_size
        before, codes, extra = self._beside()
        first = f"(self->next + {T} - self->count) % {T}"
        network = f"    {p}_network network; /* what is worked out of them */\n" if self.both_ways else ""
        if self.both_ways:
            through = [
                f"    {p}_network_window(&self->network, self->x, {first}, self->count{codes}{extra}, y);"
            ]
        else:
            row = f"self->x[({first} + n) % {T}]"
            through = [
                f"    {p}_network_reset(&network);",
                "    for (n = 0; n < self->count; ++n) {",
                f"        {p}_network_advance(&network, {row}{codes});",
                "    }",
                f"    {p}_network_head(&network{extra}, y);",
            ]
        struct = (
            f"typedef struct {{\n    {p}_rows rows;\n    {self.names.real} x[{T}][{D}]; /* the last rows */\n"
            f"    int count; /* how many there are, {T} at most */\n"
            f"    int next; /* the place of the next */\n{network}}} {p}_window;"
        )
        reset = self._reset(
            "window_reset",
            "window",
            [f"    {p}_rows_reset(&self->rows);", "    self->count = 0;", "    self->next = 0;"],
        )
        step = [
            comment(
                f"Take a row and forecast from the last {T} rows, or as many as there are, as gatewise "
                "predict does."
            ),
            *self._step_head("window_step", "window"),
            *([] if self.both_ways else [f"    {p}_network network;", "    int n;"]),
            *self._prepared("self->x[self->next]"),
            *before,
            f"    self->next = (self->next + 1) % {T};",
            f"    self->count = self->count < {T} ? self->count + 1 : {T};",
            *through,
            f"    {p}_answer(&self->rows, {'1, ' if self.answer.ages else ''}y, forecast);",
            "    return 0;", "}",
        ]  # fmt: skip
        return "\n\n".join([struct, reset, "\n".join(step)])
