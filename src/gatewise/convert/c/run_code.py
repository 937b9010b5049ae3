"""A run as C: what its functions are, and the two that step: from row to row, and over the last rows alone.

rows_code.py leads from a row of a table to x_t, answer_code.py from y to a forecast in the targets' units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewise.convert.c.ahead_code import AheadCode
from gatewise.convert.c.answer_code import AnswerCode
from gatewise.convert.c.calendar_code import calendar_code
from gatewise.convert.c.rows_code import RowsCode
from gatewise.convert.c.scaling_code import ScalingCode
from gatewise.convert.c.writing import Names, comment
from gatewise.train.data.reading.cells import LARGEST
from gatewise.train.data.windows.served import scaling_columns

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
        scaling = ScalingCode(names, prepared)
        self.answer = AnswerCode(names, run, scaling, self.window)
        self.ahead = AheadCode(names, prepared, scaling)
        self.rows = RowsCode(names, prepared, self.answer, self.ahead)
        self.outputs = self.answer.outputs
        self.has_texts = bool(self.categories or prepared.series_scales)

    # What it says ----------------------------------------------------------------------------------------

    def about(self) -> list[str]:
        """Return what the comment at the head says of the functions and their arguments."""
        p, prepared = self.names.prefix, self.preparation
        given = ", ".join(name for _, name in self.rows.arguments())
        start = f"{p}_reset(&state{', series' if prepared.series_scales else ''})"
        told = [
            f"{p}_state state; {start}; then for each row {p}_step(&state, {given}), which returns 0; or -1 "
            "for a row that is refused, and then nothing has changed.",
        ]
        if self.window:
            told.append(
                f"{p}_window, {p}_window_reset and {p}_window_step are the same of the last {self.window} "
                f"rows alone, as `gatewise predict` forecasts: they take {self.window} steps for each row. "
                f"{p}_step goes on from row to row, like Model.stepper(); this network was trained on "
                f"windows of {self.window} rows: reset it from time to time."
            )
        told.append("")
        if self.inputs:
            names = ", ".join(f"[{n}] {name}" for n, name in enumerate(prepared.inputs))
            told.append(
                f"row: {self.inputs} numbers as the table has them, NaN where missing: {names}. Where one is "
                "missing the last known one stands, before the first the training's mean"
                + (", and a mark says so" if prepared.marks else "")
                + f". Refused are numbers beyond {LARGEST:g}"
                + (" and targets below 0, of which the logarithm was learned." if prepared.log else ".")
            )
        if self.categories:
            each = "; ".join(
                f"[{n}] {name}: {', '.join(f'{code} {text}' for code, text in enumerate(texts))}"
                for n, (name, texts) in enumerate(prepared.categories)
            )
            told.append(
                f"categories: {self.categories} codes, which {p}_category(column, text) finds; -1 where "
                f"missing or unknown. {each}."
                + (f" {', '.join(prepared.static)} may be given once." if prepared.static else "")
            )
        cycles = ", ".join(f"{cycle} {wave}" for cycle in prepared.calendar for wave in ("sin", "cos"))
        where = f"by the clocks of {prepared.zone}" if prepared.zone else "by the clock that the table has"
        if prepared.calendar:
            told.append(f"calendar: {cycles} of the row's time, {where}; {p}_calendar works them out.")
        told += self.ahead.about(cycles)
        if prepared.series_scales:
            own = "; ".join(f"[{n}] {name}" for n, name in enumerate(scaling_columns(prepared)))
            told.append(
                f"series: each series has a scaling of its own; {p}_series(name) finds it. Training has seen "
                f"{', '.join(f'{n} {each.series}' for n, each in enumerate(prepared.series_scales))}. For "
                f"another one {p}_reset_as and {p}_window_reset_as take its scaling instead, own_scaling in "
                f"what `gatewise predict --inputs` writes: {own}."
            )
        return [*told, self.answer.about()]

    def notes(self) -> tuple[str, ...]:
        """Return what a user is told beside the header."""
        p, prepared, notes = self.names.prefix, self.preparation, []
        if self.window:
            notes.append(
                f"{p}_window_step forecasts from the last {self.window} rows, as gatewise predict does; "
                f"{p}_step goes on from row to row, as Model.stepper() does"
            )
        if prepared.calendar:
            notes.append(f"the program gives the calendar of each row's time; {p}_calendar works it out")
        if prepared.series_scales:
            notes.append(
                f"each series is scaled by itself; {p}_reset_as takes the scaling of one that training has "
                "not seen"
            )
        return tuple(notes)

    # The code --------------------------------------------------------------------------------------------

    def pieces(self) -> Iterator[str]:
        """Yield constants, then functions, in the order in which they need one another."""
        if self.preparation.calendar:
            yield calendar_code(self.names, self.preparation.calendar)
        yield from self.rows.pieces()
        yield from self.answer.pieces()
        yield self._stepper()
        if self.window:
            yield self._windows()

    def _network_call(self, network: str, x: str) -> tuple[str, list[str], str]:
        """Return the call that advances a network, the lines before it, and the call of its head."""
        p, real, prepared = self.names.prefix, self.names.real, self.preparation
        before, codes, extra = [], "", ""
        if prepared.embedded:
            names = [name for name, _ in prepared.categories]
            places = ", ".join(f"self->rows.places[{names.index(name)}]" for name in prepared.embedded)
            before += [f"    int codes[{len(prepared.embedded)}];"]
            before += [f"    codes[{n}] = {place};" for n, place in enumerate(places.split(", "))]
            codes = ", codes"
        if prepared.extra:
            given = ", ".join(name for _, name in self.ahead.arguments())
            before += [f"    {real} extra[{len(prepared.extra)}];"]
            before += [f"    {p}_beside(&self->rows, {given}, extra);"]
            extra = "extra, "
        return (
            f"{p}_network_advance({network}, {x}{codes});", before,
            f"    {p}_network_head({network}, {extra}y);",
        )  # fmt: skip

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
        advance, before, said = self._network_call("&self->network", "x")
        struct = f"typedef struct {{\n    {p}_rows rows;\n    {p}_network network;\n}} {p}_state;"
        reset = self._reset(
            "reset", "state", [f"    {p}_rows_reset(&self->rows);", f"    {p}_network_reset(&self->network);"]
        )
        step = [
            comment("Take a row and forecast, going on from the rows before it, as Model.stepper() does."),
            *self._step_head("step", "state"),
            f"    {self.names.real} x[{self.preparation.input_size}];",
            *self._prepared("x"),
            *before, f"    {advance}", said,
            f"    {p}_answer(&self->rows, {'0, ' if self.answer.ages else ''}y, forecast);",
            "    return 0;", "}",
        ]  # fmt: skip
        return "\n\n".join([struct, reset, "\n".join(step)])

    def _windows(self) -> str:
        """Return the struct, reset and step of which each forecast knows the last `window` rows alone."""
        p, T, D = self.names.prefix, self.window, self.preparation.input_size
        advance, before, said = self._network_call(
            "&network", f"self->x[(self->next + {T} - self->count + n) % {T}]"
        )
        struct = (
            f"typedef struct {{\n    {p}_rows rows;\n    {self.names.real} x[{T}][{D}]; /* the last rows */\n"
            f"    int count; /* how many there are, {T} at most */\n"
            f"    int next; /* the place of the next */\n}} {p}_window;"
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
            f"    {p}_network network;",
            "    int n;",
            *self._prepared("self->x[self->next]"),
            *before,
            f"    self->next = (self->next + 1) % {T};",
            f"    self->count = self->count < {T} ? self->count + 1 : {T};",
            f"    {p}_network_reset(&network);",
            "    for (n = 0; n < self->count; ++n) {", f"        {advance}", "    }",
            said,
            f"    {p}_answer(&self->rows, {'1, ' if self.answer.ages else ''}y, forecast);",
            "    return 0;", "}",
        ]  # fmt: skip
        return "\n\n".join([struct, reset, "\n".join(step)])
